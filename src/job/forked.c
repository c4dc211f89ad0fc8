/* SPDX-License-Identifier: MIT */
/* forked.c - worker processes: `processes` with one thread each, `hybrid` with several.
 *
 * A child is forked from a coordinator that has no other thread, works until the queue is closed
 * and leaves by _exit(). A pidfd reports its end. If a child ends earlier, its leased jobs are
 * queued again and another child takes its number. */
#include "job/pool.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/sys.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* Interval of checks for ended children where the kernel lacks pidfd_open(). */
#define NO_PIDFD_POLL_MS 50

/* After this time without an event, children are checked for being stopped. */
#define STOPPED_LOOK_MS 1000U

/* After this number of losses without a finished job, children are no longer replaced. */
#define LOSSES_MAX 100U

/* A terminal sends signals to the whole process group. Only the coordinator handles them, and
 * informs the workers through the queue. The caller's handlers must not run in a child. */
static void child_signals(void)
{
	static const int left_to_coordinator[] = {SIGINT,  SIGHUP,  SIGQUIT,
	                                          SIGTSTP, SIGUSR1, SIGWINCH};
	sigset_t none;

	for (size_t i = 0; i < sizeof(left_to_coordinator) / sizeof(left_to_coordinator[0]); i++)
		signal(left_to_coordinator[i], SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* write() then fails with EFBIG */
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The first worker of a process runs in its main thread. */
static int child_work(struct pc_pool *pool, unsigned process)
{
	unsigned first = process * pool->threads;
	struct pc_thread *thread = pc_threads_new(pool->threads - 1);
	unsigned started = 0;
	void *context;
	int r = pool->work.begin(pool->work.env, pool->queue, first, &context);

	if (r < 0)
		return r;
	/* a process with fewer threads than wanted still works */
	if (thread)
		(void)pc_threads_start(pool, thread, first + 1, pool->threads - 1, &started);
	pc_worker_main(pool->queue, &pool->work, context, first);
	pc_threads_join(thread, started);
	return 0;
}

_Noreturn static void child_main(struct pc_pool *pool, unsigned process, pid_t parent)
{
	int r;

	/* workers must die with their coordinator, even if it died before this call */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	child_signals();
	for (unsigned i = 0; i < pool->processes; i++) {
		if (pool->child[i].pid && pool->child[i].pidfd >= 0)
			close(pool->child[i].pidfd);
	}
	pc_queue_worker_ends(pool->queue);
	pool->in_child = true;
	if (pool->work.started)
		pool->work.started(pool->work.env, process);
	r = child_work(pool, process);
	atomic_store(pc_queue_peak(pool->queue, process), pc_memory_own_peak());
	_exit(r < 0 ? 1 : 0);
}

static int child_start(struct pc_pool *pool, unsigned process)
{
	struct pc_child *c = &pool->child[process];
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		child_main(pool, process, parent);
	*c = (struct pc_child){.pid = pid, .pidfd = pc_pidfd_open(pid)};
	if (c->pidfd < 0)
		c->pidfd = -1;
	return 0;
}

/* Reaps a child if it has ended. Without WNOHANG it waits for the end; with WUNTRACED it also
 * kills a stopped child. Returns whether the child was reaped. */
static bool child_reap(struct pc_pool *pool, struct pc_child *c, int flags, int *ret_status)
{
	struct rusage usage;
	pid_t pid;

	*ret_status = 0; /* unknown where SIGCHLD is ignored by inheritance */
	if (c->pid == 0)
		return false;
	do {
		pid = wait4(c->pid, ret_status, flags, &usage);
		if (pid > 0 && WIFSTOPPED(*ret_status))
			kill(pid, SIGKILL);
	} while ((pid < 0 && errno == EINTR) || (pid > 0 && WIFSTOPPED(*ret_status)));
	if (pid == 0)
		return false;
	if (pid == c->pid) {
		struct pc_usage used = pc_usage_of(&usage);

		pc_usage_add(&pool->child_usage, &used);
	}
	pc_close_cleanup(&c->pidfd);
	*c = (struct pc_child){.pidfd = -1};
	return true;
}

static void child_replace(struct pc_pool *pool, unsigned process, int status,
                          struct pc_pool_losses *losses)
{
	int r = -ECHILD;

	losses->lost++;
	losses->status = status;
	pc_queue_recover(pool->queue, process * pool->threads, pool->threads,
	                 WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? PC_SUSPICION_KILL
	                                                                    : PC_SUSPICION_CRASH,
	                 PC_SUSPICION_MAX);
	if (!pool->killed && pool->losses_without_progress++ < LOSSES_MAX)
		r = child_start(pool, process);
	if (r < 0) {
		pool->workers -= pool->threads;
		losses->respawn_error = r;
	} else {
		pool->replaced++;
	}
}

static int forked_start(struct pc_pool *pool)
{
	pool->child = calloc(pc_pool_most(pool) / pool->threads, sizeof(*pool->child));
	if (!pool->child)
		return -ENOMEM;
	for (unsigned i = 0; i < pool->processes; i++) {
		pool->start_error = child_start(pool, i);
		if (pool->start_error < 0) {
			pool->processes = i;
			break;
		}
	}
	pool->workers = pool->processes * pool->threads;
	if (pool->processes > 0)
		return 0;
	free(pool->child);
	return pool->start_error;
}

static void forked_grow(struct pc_pool *pool, unsigned workers)
{
	while (pool->processes * pool->threads < workers &&
	       child_start(pool, pool->processes) == 0) {
		pool->processes++;
		pool->workers += pool->threads;
	}
}

static bool needs_polling(const struct pc_pool *pool)
{
	for (unsigned i = 0; i < pool->processes; i++) {
		if (pool->child[i].pid && pool->child[i].pidfd < 0)
			return true;
	}
	return false;
}

/* Kills stopped workers (by SIGSTOP, or left by a debugger) after a long silence: each holds a
 * job that the run waits for, and another worker can do it. */
static void kill_stopped(struct pc_pool *pool)
{
	pool->quiet_ms = 0;
	for (unsigned i = 0; i < pool->processes; i++) {
		siginfo_t info = {0};

		if (pool->child[i].pid > 0 &&
		    waitid(P_PID, (id_t)pool->child[i].pid, &info, WSTOPPED | WNOHANG) == 0 &&
		    info.si_pid == pool->child[i].pid)
			kill(pool->child[i].pid, SIGKILL);
	}
}

static int forked_wait(struct pc_pool *pool, int timeout_ms, struct pc_pool_losses *losses)
{
	int status;
	int r;

	*losses = (struct pc_pool_losses){0};
	if (needs_polling(pool) && (timeout_ms < 0 || timeout_ms > NO_PIDFD_POLL_MS))
		timeout_ms = NO_PIDFD_POLL_MS;
	r = pc_pool_poll(pool, pool->child, pool->processes, timeout_ms);
	if (r < 0)
		return r;
	for (unsigned i = 0; i < pool->processes; i++) {
		if (pool->child[i].ended && child_reap(pool, &pool->child[i], WNOHANG, &status))
			child_replace(pool, i, status, losses);
	}
	pc_queue_next_suspect(pool->queue);
	if (pool->quiet_ms >= STOPPED_LOOK_MS)
		kill_stopped(pool);
	return pool->workers > 0 ? 0 : -ECHILD;
}

/* Does not wait: a worker in uninterruptible sleep dies when its call returns. */
static void forked_kill(struct pc_pool *pool)
{
	pool->killed = true;
	for (unsigned i = 0; i < pool->processes; i++) {
		if (pool->child[i].pid > 0)
			kill(pool->child[i].pid, SIGKILL);
	}
}

static void forked_stop(struct pc_pool *pool)
{
	int status;

	/* with no worker left, another pool continues over the same queue */
	if (pool->workers > 0)
		pc_queue_close(pool->queue);
	else
		pc_queue_release_suspects(pool->queue);
	for (unsigned i = 0; i < pool->processes; i++)
		(void)child_reap(pool, &pool->child[i], pool->killed ? WNOHANG : WUNTRACED,
		                 &status);
	free(pool->child);
}

const struct pc_pool_ops pc_pool_forked = {
	.forks = true,
	.start = forked_start,
	.wait = forked_wait,
	.grow = forked_grow,
	.stop = forked_stop,
	.kill = forked_kill,
};
