/* SPDX-License-Identifier: MIT */
/* pool.c - what all pools share: polling the bells, and abandoning jobs that hang. */
#include "job/pool.h"

#include "base/cleanup.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Interval between checks of everything, where poll() itself lacks memory. */
#define NO_POLL_NS 10000000

/* Time limit for removing unfinished files, and the interval of checks whether it is done. */
#define REMOVE_NS 300000000U
#define LOOK_NS 2000000U

unsigned pc_pool_first(const struct pc_pool *pool)
{
	return pool->processes * pool->threads * (pool->coroutines ? pool->coroutines : 1);
}

unsigned pc_pool_most(const struct pc_pool *pool)
{
	unsigned first = pc_pool_first(pool);

	return pool->most > first ? pool->most : first;
}

static void remove_files(struct pc_pool *pool)
{
	for (unsigned i = 0; i < pool->queue->depth; i++) {
		bool top = pc_queue_job(pool->queue, i)->flags & PC_JOB_TOP;
		struct pc_work_file file;

		if (pc_queue_file_abandon(pool->queue, i, &file))
			pool->work.remove_file(pool->work.env,
			                       top ? "" : pc_queue_text(pool->queue, i), &file);
	}
}

/* Waits for a child, but not forever. */
static void child_end(pid_t pid)
{
	const struct timespec look = {.tv_nsec = LOOK_NS};
	int status;

	for (unsigned ns = 0; ns < REMOVE_NS; ns += LOOK_NS) {
		if (wait4(pid, &status, WNOHANG, NULL) != 0)
			return;
		nanosleep(&look, NULL);
	}
	(void)kill(pid, SIGKILL);
	(void)wait4(pid, &status, WNOHANG, NULL); /* if it does not end now, init reaps it after
	                                           * this process */
}

/* Removes unfinished files in a child process: where a write hangs, so may a removal. */
static void remove_files_apart(struct pc_pool *pool)
{
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid <= 0)
		remove_files(pool);
	if (pid == 0)
		_exit(0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (pid > 0)
		child_end(pid);
}

uint64_t pc_pool_abandon_jobs(struct pc_pool *pool)
{
	uint64_t jobs = 0;

	if (pool->ops->kill)
		pool->ops->kill(pool);
	for (unsigned i = 0; i < pool->queue->depth; i++)
		jobs += pc_queue_is_leased(pool->queue, i);
	if (jobs > 0 && !pool->ops->needs_workers) /* otherwise they are on other machines */
		remove_files_apart(pool);
	return jobs;
}

int pc_pool_poll(struct pc_pool *pool, struct pc_child *child, unsigned count, int timeout_ms)
{
	const struct timespec moment = {.tv_nsec = NO_POLL_NS};
	struct pollfd fds[count + 1];
	int ready;

	fds[0] = (struct pollfd){.fd = pool->queue->done_bell[0], .events = POLLIN};
	/* poll() ignores negative descriptors */
	for (unsigned i = 0; i < count; i++)
		fds[i + 1] = (struct pollfd){.fd = child[i].pidfd, .events = POLLIN};
	ready = poll(fds, count + 1, timeout_ms);
	if (ready < 0 && errno == EINTR)
		return 0; /* revents are undefined */
	if (ready < 0)
		nanosleep(&moment, NULL);
	pool->quiet_ms = ready > 0 ? 0 : pool->quiet_ms + (unsigned)timeout_ms;
	if (fds[0].revents)
		pool->losses_without_progress = 0;
	for (unsigned i = 0; i < count; i++)
		child[i].ended = ready < 0 || child[i].pidfd < 0 || fds[i + 1].revents;
	return 0;
}
