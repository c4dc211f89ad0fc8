/* check_pool.c - src/job/{pool,serial,threads,forked,worker}.c with a trivial work.
 * SPDX-License-Identifier: MIT */
#include "job/pool.h"

#include "support.h"

#include <dirent.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define DEPTH 8U
#define JOBS_MAX 600U

/* What a job does to its worker, in `length`. */
enum deed { WORK, KILL_ONCE, EXIT_ONCE, CRASH_ALWAYS, KILL_ALWAYS, GET_SIGNALS };

/* Shared with the workers. */
struct record {
	_Atomic unsigned begun[JOBS_MAX]; /* times that each job was started */
	_Atomic pid_t pid[JOBS_MAX];
	_Atomic unsigned begins, ends, births;
	_Atomic unsigned handled; /* signals, by the caller's handler */
	bool refuse;              /* no worker can make its context */
};

static struct record *record;

/* What a terminal or a user may send to all of a process group. */
static const int caught[] = {SIGINT, SIGHUP, SIGQUIT, SIGTSTP, SIGUSR1, SIGWINCH};

static void handle(int number)
{
	(void)number;
	atomic_fetch_add(&record->handled, 1);
}
static struct pc_queue queue;
static struct pc_pool pool;
static struct pc_pool_losses last_losses; /* of the last loss */
static unsigned lost;
static bool answered[JOBS_MAX];
static int errors[JOBS_MAX];
static uint64_t order[JOBS_MAX];

static int work_begin(void *env, struct pc_queue *q, unsigned worker, void **ret)
{
	struct record *r = env;

	(void)q;
	(void)worker;
	if (r->refuse)
		return -ENOMEM;
	atomic_fetch_add(&r->begins, 1);
	*ret = r;
	return 0;
}

static void work_run(void *context, unsigned slot, struct pc_job *job, char *text)
{
	struct record *r = context;
	enum deed deed = (enum deed)job->length;
	bool again = atomic_fetch_add(&r->begun[job->offset], 1) > 0;

	(void)slot;
	(void)text;
	atomic_store(&r->pid[job->offset], getpid());
	job->counts.bytes = 1;
	if (deed == KILL_ALWAYS || (deed == KILL_ONCE && !again))
		kill(getpid(), SIGKILL);
	if (deed == EXIT_ONCE && !again)
		_exit(3);
	if (deed == CRASH_ALWAYS)
		_exit(4);
	for (size_t i = 0; deed == GET_SIGNALS && i < COUNT(caught); i++)
		raise(caught[i]);
}

static void work_end(void *context)
{
	atomic_fetch_add(&((struct record *)context)->ends, 1);
}

static void work_started(void *env, unsigned worker)
{
	(void)worker;
	atomic_fetch_add(&((struct record *)env)->births, 1);
}

static void setup(void)
{
	record = mmap(NULL, sizeof(*record), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
	              0);
	ck_assert_ptr_ne(record, MAP_FAILED);
	ck_assert_int_eq(pc_queue_init(&queue, DEPTH), 0);
}

static void teardown(void)
{
	pc_queue_done(&queue);
}

static void pool_make(enum pcopy_pool kind)
{
	pool = (struct pc_pool){
		.queue = &queue,
		.work = {.env = record,
	                 .begin = work_begin,
	                 .run = work_run,
	                 .end = work_end,
	                 .started = work_started},
		.processes = kind == PCOPY_POOL_PROCESSES ? 3
	                     : kind == PCOPY_POOL_HYBRID  ? 2
	                                                  : 1,
		.threads = kind == PCOPY_POOL_THREADS  ? 3
	                   : kind == PCOPY_POOL_HYBRID ? 2
	                                               : 1,
		.coroutines = kind == PCOPY_POOL_COROUTINES ? 3 : 1,
		.private_fds = true,
		.ops = pc_pool_ops(kind),
	};
}

static void send(unsigned slot, uint64_t id, enum deed deed)
{
	*pc_queue_job(&queue, slot) = (struct pc_job){.offset = id, .length = (uint64_t)deed};
	pc_queue_submit(&queue, slot);
}

/* Takes the answers of one round; a new job takes the place of each. */
static void take_answers(unsigned *got, unsigned *sent, unsigned count, const enum deed *deed)
{
	unsigned slots[DEPTH];
	unsigned n = pc_queue_collect(&queue, slots, DEPTH);

	if (n == 0) {
		n = pc_queue_sweep(&queue, slots, DEPTH);
		pc_queue_ring_again(&queue);
	}
	for (unsigned i = 0; i < n; i++) {
		const struct pc_job *job = pc_queue_job(&queue, slots[i]);

		ck_assert(!answered[job->offset]);
		answered[job->offset] = true;
		errors[job->offset] = job->error;
		order[(*got)++] = job->offset;
		ck_assert_uint_eq(job->counts.bytes, job->error ? 0 : 1);
		ck_assert_uint_lt(job->worker, pc_pool_first(&pool));
		pc_queue_release(&queue, slots[i]);
		if (*sent < count) {
			send(slots[i], *sent, deed ? deed[*sent] : WORK);
			(*sent)++;
		}
	}
}

/* The coordinator's loop, for `count` jobs.  0, or what wait() said. */
static int run_jobs(unsigned count, const enum deed *deed)
{
	unsigned sent = 0, got = 0;
	struct pc_pool_losses losses;

	for (; sent < DEPTH && sent < count; sent++)
		send(sent, sent, deed ? deed[sent] : WORK);
	while (got < count) {
		int r = pool.ops->wait(&pool, 1000, &losses);

		if (losses.lost) {
			lost += losses.lost;
			last_losses = losses;
		}
		if (r < 0)
			return r;
		take_answers(&got, &sent, count, deed);
	}
	return 0;
}

static void run_pool(unsigned count, const enum deed *deed)
{
	ck_assert_int_eq(pool.ops->start(&pool), 0);
	ck_assert_int_eq(run_jobs(count, deed), 0);
	pool.ops->stop(&pool);
}

static void expect_no_children(void)
{
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}

/* ---- All pools ---- */

START_TEST(each_job_is_done_once)
{
	bool forks = _i == PCOPY_POOL_PROCESSES || _i == PCOPY_POOL_HYBRID;

	pool_make((enum pcopy_pool)_i);
	run_pool(JOBS_MAX, NULL);
	for (unsigned i = 0; i < JOBS_MAX; i++) {
		ck_assert_int_eq(errors[i], 0);
		ck_assert_uint_eq(atomic_load(&record->begun[i]), 1);
		ck_assert_int_eq(atomic_load(&record->pid[i]) == getpid(), !forks);
	}
	ck_assert_uint_eq(pool.replaced, 0);
	expect_no_children();
}
END_TEST

START_TEST(workers_are_as_many_as_asked_for)
{
	static const unsigned workers[] = {1, 3, 3, 4, 3}, processes[] = {0, 0, 3, 2, 0};

	pool_make((enum pcopy_pool)_i);
	run_pool(0, NULL);
	ck_assert_uint_eq(pool.workers, workers[_i]);
	ck_assert_uint_eq(atomic_load(&record->begins), workers[_i]);
	ck_assert_uint_eq(atomic_load(&record->ends), workers[_i]);
	ck_assert_uint_eq(atomic_load(&record->births), processes[_i]);
}
END_TEST

/* Neither do the caller's handlers run in a worker, nor does a signal end one. */
START_TEST(signals_are_the_callers)
{
	static const enum deed deed[] = {WORK, GET_SIGNALS, GET_SIGNALS, GET_SIGNALS, WORK, WORK};
	const struct sigaction action = {.sa_handler = handle};

	for (size_t i = 0; i < COUNT(caught); i++)
		ck_assert_int_eq(sigaction(caught[i], &action, NULL), 0);
	pool_make((enum pcopy_pool)_i);
	run_pool(COUNT(deed), deed);
	ck_assert_uint_eq(atomic_load(&record->handled), 0);
	ck_assert_uint_eq(lost, 0);
	raise(SIGINT);
	ck_assert_uint_eq(atomic_load(&record->handled), 1);
}
END_TEST

static unsigned open_descriptors(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fd_is_open(fd);
	return n;
}

START_TEST(no_descriptor_stays_open)
{
	unsigned before = open_descriptors();

	pool_make((enum pcopy_pool)_i);
	run_pool(20, NULL);
	/* closing the queue closes one end of a bell */
	ck_assert_uint_eq(open_descriptors() + queue.closed, before);
}
END_TEST

/* Each worker that is added does work, and comes to its end. */
START_TEST(coroutines_become_more)
{
	if (pcopy_pool_refused(PCOPY_POOL_COROUTINES))
		return;
	pool_make(PCOPY_POOL_COROUTINES);
	pool.threads = 2;
	pool.most = 20;
	ck_assert_int_eq(pool.ops->start(&pool), 0);
	ck_assert_uint_eq(pool.workers, 6);
	pool.ops->grow(&pool, 11);
	ck_assert_uint_eq(pool.workers, 11);
	ck_assert_uint_eq(pc_pool_first(&pool), 12);
	ck_assert_int_eq(run_jobs(JOBS_MAX, NULL), 0);
	pool.ops->grow(&pool, 40); /* more than there may be */
	ck_assert_uint_eq(pool.workers, 20);
	pool.ops->stop(&pool);
	ck_assert_uint_eq(atomic_load(&record->ends), 20);
}
END_TEST

START_TEST(serial_keeps_the_order)
{
	pool_make(PCOPY_POOL_SERIAL);
	run_pool(JOBS_MAX, NULL);
	for (unsigned i = 0; i < JOBS_MAX; i++)
		ck_assert_uint_eq(order[i], i);
}
END_TEST

/* Workers that were lost may have left the pipe full of old bells: those of the jobs that
 * are queued then did not fit. */
START_TEST(serial_finds_jobs_behind_old_bells)
{
	const uint16_t old = 7;

	while (write(queue.job_bell[1], &old, sizeof(old)) == sizeof(old))
		;
	pool_make(PCOPY_POOL_SERIAL);
	run_pool(DEPTH - 2, NULL); /* none of them in slot 7 */
	for (unsigned i = 0; i < DEPTH - 2; i++)
		ck_assert_uint_eq(atomic_load(&record->begun[i]), 1);
}
END_TEST

START_TEST(threads_may_share_descriptors)
{
	pool_make(PCOPY_POOL_THREADS);
	pool.private_fds = false;
	run_pool(JOBS_MAX, NULL);
	ck_assert(fd_is_open(queue.done_bell[0]));
}
END_TEST

START_TEST(processes_report_their_peak_memory)
{
	pool_make((enum pcopy_pool)_i);
	run_pool(20, NULL);
	for (unsigned i = 0; i < pool.processes; i++)
		ck_assert_uint_gt(atomic_load(pc_queue_peak(&queue, i)), 4096);
}
END_TEST

/* ---- Workers that die ---- */

START_TEST(killed_worker_is_replaced)
{
	const enum deed deed[40] = {[5] = KILL_ONCE};

	pool_make((enum pcopy_pool)_i);
	run_pool(40, deed);
	ck_assert_uint_eq(pool.replaced, 1);
	ck_assert_uint_eq(lost, 1);
	ck_assert(WIFSIGNALED(last_losses.status));
	ck_assert_int_eq(WTERMSIG(last_losses.status), SIGKILL);
	ck_assert_int_eq(last_losses.respawn_error, 0);
	ck_assert_uint_eq(atomic_load(&record->begun[5]), 2);
	ck_assert_uint_eq(atomic_load(&record->births), pool.processes + 1);
	for (unsigned i = 0; i < 40; i++)
		ck_assert_int_eq(errors[i], 0);
	expect_no_children();
}
END_TEST

START_TEST(exited_worker_is_replaced)
{
	const enum deed deed[40] = {[20] = EXIT_ONCE};

	pool_make((enum pcopy_pool)_i);
	run_pool(40, deed);
	ck_assert_uint_eq(pool.replaced, 1);
	ck_assert_uint_eq(lost, 1);
	ck_assert(WIFEXITED(last_losses.status));
	ck_assert_int_eq(WEXITSTATUS(last_losses.status), 3);
	for (unsigned i = 0; i < 40; i++)
		ck_assert_int_eq(errors[i], 0);
}
END_TEST

/* Three crashes, or twelve kills; one job at a time, so that none is beside it. */
static void expect_given_up(enum deed deed, unsigned times)
{
	pool.processes = 1;
	pool.threads = 1;
	run_pool(1, &deed);
	ck_assert_int_eq(errors[0], -EOWNERDEAD);
	ck_assert_uint_eq(atomic_load(&record->begun[0]), times);
	ck_assert_uint_eq(pool.replaced, times);
}

START_TEST(job_that_always_crashes_is_aborted)
{
	pool_make((enum pcopy_pool)_i);
	expect_given_up(CRASH_ALWAYS, 3);
}
END_TEST

START_TEST(job_that_is_always_killed_is_aborted_later)
{
	pool_make((enum pcopy_pool)_i);
	expect_given_up(KILL_ALWAYS, 12);
}
END_TEST

START_TEST(other_jobs_are_done)
{
	const enum deed deed[60] = {[30] = CRASH_ALWAYS};

	pool_make(PCOPY_POOL_PROCESSES);
	run_pool(60, deed);
	for (unsigned i = 0; i < 60; i++)
		ck_assert_int_eq(errors[i], i == 30 ? -EOWNERDEAD : 0);
	ck_assert_uint_eq(atomic_load(&record->begun[30]), 3);
}
END_TEST

/* Workers that cannot even begin are not started for ever: threads are not started at
 * all, processes are seen to end. */
START_TEST(no_worker_can_begin)
{
	pool_make((enum pcopy_pool)_i);
	record->refuse = true;
	if (!pool.ops->forks) {
		ck_assert_int_eq(pool.ops->start(&pool), -ENOMEM);
	} else {
		ck_assert_int_eq(pool.ops->start(&pool), 0);
		ck_assert_int_eq(run_jobs(4, NULL), -ECHILD);
		pool.ops->stop(&pool);
	}
	expect_no_children();
	/* the queue serves the next pool */
	record->refuse = false;
	pool.ops = &pc_pool_serial;
	memset(answered, 0, sizeof(answered));
	ck_assert_int_eq(pool.ops->start(&pool), 0);
	ck_assert_int_eq(run_jobs(4, NULL), 0);
	pool.ops->stop(&pool);
}
END_TEST

/* ---- A system that refuses ---- */

/* Allows `limit` processes; the old limit comes back with allow_all(). */
static void allow(rlim_t limit)
{
	struct rlimit rlimit;

	ck_assert_int_eq(getrlimit(RLIMIT_NPROC, &rlimit), 0);
	rlimit.rlim_cur = limit;
	ck_assert_int_eq(setrlimit(RLIMIT_NPROC, &rlimit), 0);
}

/* Leak checkers want a thread at the end. */
static void allow_all(void)
{
	struct rlimit rlimit;

	ck_assert_int_eq(getrlimit(RLIMIT_NPROC, &rlimit), 0);
	allow(rlimit.rlim_max);
}

/* Becomes a user with no other process, whom limits hold as they do not hold root.
 * False for an ordinary user, whose other processes nobody knows. */
static bool become_lonely(void)
{
	uid_t uid;

	if (geteuid() != 0)
		return false;
	uid = 1000000 + (uid_t)getpid(); /* nor one of another run of this test */
	ck_assert_int_eq(setresuid(uid, uid, uid), 0);
	return true;
}

/* The thread sanitizer starts one of its own with the first thread, in a forked process again. */
#ifdef __SANITIZE_THREAD__
#define THREADS_OF_SANITIZER 1U
#else
#define THREADS_OF_SANITIZER 0U
#endif

/* How many threads this process has. */
static unsigned threads_here(void)
{
	DIR *tasks = opendir("/proc/self/task");
	unsigned count = 0;

	ck_assert_ptr_nonnull(tasks);
	for (struct dirent *task; (task = readdir(tasks));)
		count += *task->d_name != '.';
	closedir(tasks);
	return count;
}

START_TEST(pool_runs_with_fewer_workers)
{
	pool_make((enum pcopy_pool)_i);
	if (!become_lonely()) {
		puts("skipped: only root can become a user without other processes");
		return;
	}
	allow(threads_here() + THREADS_OF_SANITIZER + 2);
	run_pool(40, NULL);
	allow_all();
	ck_assert_int_eq(pool.start_error, -EAGAIN);
	ck_assert_uint_eq(pool.workers, 2);
	for (unsigned i = 0; i < 40; i++)
		ck_assert_uint_eq(atomic_load(&record->begun[i]), 1);
}
END_TEST

START_TEST(pool_without_workers_fails)
{
	pool_make((enum pcopy_pool)_i);
	(void)become_lonely(); /* an ordinary user has one process already */
	allow(1);
	ck_assert_int_eq(pool.ops->start(&pool), -EAGAIN);
	allow_all();
	expect_no_children();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pool");
	TCase *all = plain_case(suite, "all");
	TCase *dying = plain_case(suite, "dying");
	TCase *refused = plain_case(suite, "refused");

	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_loop_test(all, each_job_is_done_once, 0, POOLS_HERE);
	tcase_add_loop_test(all, workers_are_as_many_as_asked_for, 0, POOLS_HERE);
	tcase_add_loop_test(all, no_descriptor_stays_open, 0, POOLS_HERE);
	tcase_add_loop_test(all, signals_are_the_callers, PCOPY_POOL_THREADS, POOLS_HERE);
	tcase_add_test(all, coroutines_become_more);
	tcase_add_test(all, serial_keeps_the_order);
	tcase_add_test(all, serial_finds_jobs_behind_old_bells);
	tcase_add_test(all, threads_may_share_descriptors);
	tcase_add_loop_test(all, processes_report_their_peak_memory, PCOPY_POOL_PROCESSES,
	                    PCOPY_POOL_COROUTINES);
	tcase_add_checked_fixture(dying, setup, teardown);
	tcase_add_loop_test(dying, killed_worker_is_replaced, PCOPY_POOL_PROCESSES,
	                    PCOPY_POOL_COROUTINES);
	tcase_add_loop_test(dying, exited_worker_is_replaced, PCOPY_POOL_PROCESSES,
	                    PCOPY_POOL_COROUTINES);
	tcase_add_loop_test(dying, job_that_always_crashes_is_aborted, PCOPY_POOL_PROCESSES,
	                    PCOPY_POOL_COROUTINES);
	tcase_add_loop_test(dying, job_that_is_always_killed_is_aborted_later, PCOPY_POOL_PROCESSES,
	                    PCOPY_POOL_COROUTINES);
	tcase_add_test(dying, other_jobs_are_done);
	tcase_add_loop_test(dying, no_worker_can_begin, PCOPY_POOL_THREADS, POOLS_HERE);
	tcase_add_checked_fixture(refused, setup, teardown);
	tcase_add_loop_test(refused, pool_runs_with_fewer_workers, PCOPY_POOL_THREADS,
	                    PCOPY_POOL_HYBRID);
	tcase_add_loop_test(refused, pool_without_workers_fails, PCOPY_POOL_THREADS, POOLS_HERE);
	return run_suite(suite);
}
