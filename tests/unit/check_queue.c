/* check_queue.c - src/job/queue.c: slots, doorbells, recovery.
 * SPDX-License-Identifier: MIT */
#include "job/queue.h"

#include "support.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define DEPTH 8U
#define CRASH 4U
#define LIMIT 12U

static struct pc_queue queue;

static void setup(void)
{
	ck_assert_int_eq(pc_queue_init(&queue, DEPTH), 0);
}

static void teardown(void)
{
	pc_queue_done(&queue);
}

static void submit(unsigned slot, uint64_t id)
{
	struct pc_job *job = pc_queue_job(&queue, slot);

	*job = (struct pc_job){.offset = id, .request_len = 4};
	memcpy(pc_queue_text(&queue, slot), "src", 4);
	pc_queue_submit(&queue, slot);
}

static unsigned take(unsigned worker)
{
	unsigned slot;

	ck_assert_int_eq(pc_queue_take(&queue, worker, &slot), 0);
	return slot;
}

static void expect_collected(unsigned slot)
{
	unsigned slots[DEPTH];

	ck_assert_uint_eq(pc_queue_collect(&queue, slots, DEPTH), 1);
	ck_assert_uint_eq(slots[0], slot);
}

static void expect_nothing_done(void)
{
	unsigned slots[DEPTH];

	ck_assert_uint_eq(pc_queue_collect(&queue, slots, DEPTH), 0);
	ck_assert_uint_eq(pc_queue_sweep(&queue, slots, DEPTH), 0);
}

/* No job is to be had, whatever bells are left: those are all read. */
static void expect_no_job(void)
{
	ck_assert_int_eq(fcntl(queue.job_bell[0], F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(pc_queue_take(&queue, 0, &(unsigned){0}), -ESHUTDOWN);
}

static void lose_bells(int fd)
{
	uint16_t bell[64];

	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	while (read(fd, bell, sizeof(bell)) > 0)
		;
	ck_assert_int_eq(fcntl(fd, F_SETFL, fd == queue.done_bell[0] ? O_NONBLOCK : 0), 0);
}

START_TEST(job_passes_through_all_states)
{
	submit(5, 77);
	ck_assert(!pc_queue_is_leased(&queue, 5));
	expect_nothing_done();

	ck_assert_uint_eq(take(2), 5);
	ck_assert(pc_queue_is_leased(&queue, 5));
	ck_assert_uint_eq(pc_queue_job(&queue, 5)->offset, 77);
	ck_assert_str_eq(pc_queue_text(&queue, 5), "src");
	expect_nothing_done();

	pc_queue_job(&queue, 5)->length = 99;
	pc_queue_finish(&queue, 5);
	ck_assert(!pc_queue_is_leased(&queue, 5));
	expect_collected(5);
	ck_assert_uint_eq(pc_queue_job(&queue, 5)->length, 99);

	pc_queue_release(&queue, 5);
	expect_nothing_done();
	expect_no_job();
}
END_TEST

START_TEST(slots_are_independent)
{
	for (unsigned i = 0; i < DEPTH; i++)
		submit(i, 100 + i);
	for (unsigned i = 0; i < DEPTH; i++)
		memset(pc_queue_text(&queue, i), (int)('a' + i), PC_TEXT_BYTES);
	for (unsigned i = 0; i < DEPTH; i++) {
		const char *text = pc_queue_text(&queue, i);

		ck_assert_uint_eq(take(0), i);
		ck_assert_uint_eq(pc_queue_job(&queue, i)->offset, 100 + i);
		ck_assert_int_eq(text[0], (int)('a' + i));
		ck_assert_int_eq(text[PC_TEXT_BYTES - 1], (int)('a' + i));
	}
}
END_TEST

START_TEST(a_process_answers)
{
	pid_t pid;
	int status;

	submit(3, 1);
	pid = fork();
	if (pid == 0) {
		pc_queue_worker_ends(&queue);
		if (pc_queue_take(&queue, 7, &(unsigned){0}) < 0)
			_exit(1);
		pc_queue_job(&queue, 3)->error = -ENOSPC;
		strcpy(pc_queue_text(&queue, 3), "answer");
		atomic_store(pc_queue_moved(&queue, 3), 4096);
		atomic_store(pc_queue_peak(&queue, 1), 1234);
		pc_queue_finish(&queue, 3);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	expect_collected(3);
	ck_assert_int_eq(pc_queue_job(&queue, 3)->error, -ENOSPC);
	ck_assert_str_eq(pc_queue_text(&queue, 3), "answer");
	ck_assert_uint_eq(atomic_load(pc_queue_moved(&queue, 3)), 4096);
	ck_assert_uint_eq(atomic_load(pc_queue_peak(&queue, 1)), 1234);
	pc_queue_submit(&queue, 3);
	ck_assert_uint_eq(atomic_load(pc_queue_moved(&queue, 3)), 0);
}
END_TEST

START_TEST(collect_returns_no_more_than_fits)
{
	unsigned slots[2];

	for (unsigned i = 0; i < 3; i++) {
		submit(i, i);
		pc_queue_finish(&queue, take(0));
	}
	ck_assert_uint_eq(pc_queue_sweep(&queue, slots, 2), 2);
	ck_assert_uint_eq(pc_queue_collect(&queue, slots, 2), 2);
	ck_assert_uint_eq(slots[0], 0);
	ck_assert_uint_eq(slots[1], 1);
	expect_collected(2);
}
END_TEST

/* ---- Doorbells ---- */

START_TEST(answer_without_a_bell_is_found)
{
	unsigned slots[DEPTH];

	submit(6, 1);
	pc_queue_finish(&queue, take(0));
	lose_bells(queue.done_bell[0]);
	ck_assert_uint_eq(pc_queue_collect(&queue, slots, DEPTH), 0);
	ck_assert_uint_eq(pc_queue_sweep(&queue, slots, DEPTH), 1);
	ck_assert_uint_eq(slots[0], 6);
}
END_TEST

START_TEST(request_without_a_bell_is_rung_again)
{
	submit(1, 1);
	submit(2, 2);
	ck_assert_uint_eq(take(0), 1);
	lose_bells(queue.job_bell[0]);
	pc_queue_ring_again(&queue);
	ck_assert_uint_eq(take(0), 2);
	expect_no_job(); /* what is leased is not rung */
}
END_TEST

START_TEST(request_with_two_bells_is_done_once)
{
	submit(4, 1);
	pc_queue_ring_again(&queue);
	pc_queue_ring_again(&queue);
	ck_assert_uint_eq(take(0), 4);
	pc_queue_finish(&queue, 4);
	expect_collected(4);
	pc_queue_release(&queue, 4);
	expect_no_job();
}
END_TEST

START_TEST(answer_with_two_bells_is_collected_once)
{
	const uint16_t bells[] = {4, 4, 4};

	submit(4, 1);
	pc_queue_finish(&queue, take(0));
	ck_assert_int_eq(write(queue.done_bell[1], bells, sizeof(bells)), sizeof(bells));
	expect_collected(4);
	pc_queue_release(&queue, 4);
	ck_assert_int_eq(write(queue.done_bell[1], bells, sizeof(bells)), sizeof(bells));
	expect_nothing_done();
}
END_TEST

/* Bells name slots to look at; what is found there decides. */
START_TEST(bell_without_an_answer_is_ignored)
{
	const uint16_t bells[] = {0, 1, DEPTH, UINT16_MAX};
	unsigned slots[DEPTH];

	submit(1, 1);
	ck_assert_int_eq(write(queue.done_bell[1], bells, sizeof(bells)), sizeof(bells));
	ck_assert_uint_eq(pc_queue_collect(&queue, slots, DEPTH), 0);
	lose_bells(queue.job_bell[0]);
	ck_assert_int_eq(write(queue.job_bell[1], bells, sizeof(bells)), sizeof(bells));
	ck_assert_uint_eq(take(0), 1);
	expect_no_job();
}
END_TEST

/* ---- Workers that died ---- */

START_TEST(job_of_a_dead_worker_is_queued_again)
{
	struct pc_job *job = pc_queue_job(&queue, 3);

	submit(3, 42);
	ck_assert_uint_eq(take(5), 3);
	job->text_len = 500; /* half an answer */
	job->counts.bytes = 7;
	pc_queue_recover(&queue, 5, 1, CRASH, LIMIT);
	ck_assert(!pc_queue_is_leased(&queue, 3));
	ck_assert_uint_eq(take(6), 3);
	ck_assert_uint_eq(job->suspicion, CRASH);
	ck_assert_uint_eq(job->offset, 42);
	ck_assert_uint_eq(job->text_len, 4);
	ck_assert_str_eq(pc_queue_text(&queue, 3), "src");
}
END_TEST

START_TEST(living_workers_keep_their_jobs)
{
	for (unsigned i = 0; i < 6; i++) {
		submit(i, i);
		ck_assert_uint_eq(take(i), i);
	}
	submit(6, 6);
	submit(7, 7);
	pc_queue_recover(&queue, 2, 2, CRASH, LIMIT);
	for (unsigned i = 0; i < 6; i++) {
		ck_assert_int_eq(pc_queue_is_leased(&queue, i), i < 2 || i > 3);
		ck_assert_uint_eq(pc_queue_job(&queue, i)->suspicion, i < 2 || i > 3 ? 0 : CRASH);
	}
	ck_assert_uint_eq(pc_queue_job(&queue, 6)->suspicion, 0);
	expect_nothing_done();
}
END_TEST

/* The bell may have gone down with the worker, before it leased anything. */
START_TEST(recovery_rings_for_all_jobs)
{
	submit(2, 2);
	lose_bells(queue.job_bell[0]);
	pc_queue_recover(&queue, 0, 1, CRASH, LIMIT);
	ck_assert_uint_eq(take(1), 2);
}
END_TEST

START_TEST(answered_job_of_a_dead_worker_is_kept)
{
	submit(2, 2);
	pc_queue_finish(&queue, take(0));
	pc_queue_recover(&queue, 0, 1, CRASH, LIMIT);
	expect_collected(2);
	ck_assert_uint_eq(pc_queue_job(&queue, 2)->suspicion, 0);
}
END_TEST

/* Of several that a worker had any may have caused the loss: they are done one after the other. */
static void hold_three(void)
{
	for (unsigned i = 0; i < 3; i++) {
		submit(i, i);
		(void)take(i);
	}
	pc_queue_recover(&queue, 0, 3, CRASH, LIMIT);
}

static unsigned count_queued(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < 3; i++)
		n += !pc_queue_is_leased(&queue, i) && !pc_queue_is_free(&queue, i);
	return n;
}

START_TEST(suspected_jobs_run_one_by_one)
{
	unsigned seen = 0;

	hold_three();
	for (unsigned i = 0; i < 3; i++) {
		unsigned slot = take(0);

		seen |= 1U << slot;
		ck_assert(!pc_queue_has_queued(&queue));
		pc_queue_next_suspect(&queue); /* not while that one is in work */
		ck_assert(!pc_queue_has_queued(&queue));
		pc_queue_finish(&queue, slot);
		expect_collected(slot);
		pc_queue_release(&queue, slot);
		pc_queue_next_suspect(&queue);
		ck_assert_int_eq(pc_queue_has_queued(&queue), i < 2);
	}
	ck_assert_uint_eq(seen, 7);
	expect_no_job();
}
END_TEST

/* Where nobody is left whom they could take down: all at once. */
START_TEST(suspected_jobs_are_released_without_workers)
{
	unsigned seen = 0;

	hold_three();
	ck_assert_uint_eq(count_queued(), 3);
	pc_queue_release_suspects(&queue);
	for (unsigned i = 0; i < 3; i++)
		seen |= 1U << take(0);
	ck_assert_uint_eq(seen, 7);
	expect_no_job();
}
END_TEST

static _Atomic unsigned signals;

static void count_signal(int number)
{
	(void)number;
	signals++;
}

static void *take_one(void *slot)
{
	return (void *)(intptr_t)pc_queue_take(&queue, 0, slot);
}

/* A signal while it waits is no end of the queue. */
START_TEST(a_worker_is_interrupted)
{
	const struct sigaction action = {.sa_handler = count_signal};
	unsigned slot = DEPTH;
	pthread_t thread;
	void *r;

	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, take_one, &slot), 0);
	while (signals < 1000)
		ck_assert_int_eq(pthread_kill(thread, SIGUSR1), 0);
	submit(5, 5);
	ck_assert_int_eq(pthread_join(thread, &r), 0);
	ck_assert_int_eq((intptr_t)r, 0);
	ck_assert_uint_eq(slot, 5);
}
END_TEST

START_TEST(job_is_aborted_at_the_limit)
{
	struct pc_job *job = pc_queue_job(&queue, 3);

	submit(3, 1);
	for (unsigned lost = 1; lost < LIMIT / CRASH; lost++) {
		ck_assert_uint_eq(take(0), 3);
		pc_queue_recover(&queue, 0, 1, CRASH, LIMIT);
		expect_nothing_done();
	}
	ck_assert_uint_eq(take(0), 3);
	job->counts.bytes = 7;
	job->text_len = 500;
	pc_queue_recover(&queue, 0, 1, CRASH, LIMIT);
	expect_collected(3);
	ck_assert_int_eq(job->error, -EOWNERDEAD);
	ck_assert_uint_eq(job->counts.bytes, 0);
	ck_assert_uint_eq(job->text_len, job->request_len);
	expect_no_job();
}
END_TEST

/* ---- Many workers ---- */

#define JOBS 20000U
#define CROWD 4U

/* In memory that processes share. */
static _Atomic unsigned *done_count;

static void *crowd_work(void *arg)
{
	unsigned worker = (unsigned)(uintptr_t)arg, slot;

	while (pc_queue_take(&queue, worker, &slot) == 0) {
		struct pc_job *job = pc_queue_job(&queue, slot);

		atomic_fetch_add(&done_count[job->offset], 1);
		job->length = job->offset * 3;
		job->worker = worker;
		pc_queue_finish(&queue, slot);
	}
	return NULL;
}

/* With a second bell next to the first, so that two workers look at once. */
static void submit_doubled(unsigned slot, uint64_t id)
{
	const uint16_t bell = (uint16_t)slot;

	submit(slot, id);
	ck_assert_int_eq(write(queue.job_bell[1], &bell, sizeof(bell)), sizeof(bell));
}

/* Sends all jobs, with more bells than needed, and takes each answer. */
static void crowd_feed(void)
{
	bool answered[JOBS] = {0};
	unsigned sent = 0, got = 0, slots[DEPTH], count = 0;

	while (sent < DEPTH) {
		submit_doubled(sent, sent);
		sent++;
	}
	while (got < JOBS) {
		struct pollfd bell = {.fd = queue.done_bell[0], .events = POLLIN};

		poll(&bell, 1, 1000);
		count = pc_queue_collect(&queue, slots, DEPTH);
		if (got % 16 == 0)
			pc_queue_ring_again(&queue);
		for (unsigned i = 0; i < count; i++) {
			const struct pc_job *job = pc_queue_job(&queue, slots[i]);

			ck_assert_uint_eq(job->length, job->offset * 3);
			ck_assert(!answered[job->offset]);
			answered[job->offset] = true;
			got++;
			pc_queue_release(&queue, slots[i]);
			if (sent < JOBS)
				submit_doubled(slots[i], sent++);
		}
	}
	pc_queue_close(&queue);
}

static void crowd_setup(void)
{
	setup();
	done_count = mmap(NULL, JOBS * sizeof(*done_count), PROT_READ | PROT_WRITE,
	                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne((void *)done_count, MAP_FAILED);
}

static void expect_each_done_once(void)
{
	for (unsigned i = 0; i < JOBS; i++)
		ck_assert_uint_eq(atomic_load(&done_count[i]), 1);
}

START_TEST(threads_do_each_job_once)
{
	pthread_t id[CROWD];

	for (uintptr_t i = 0; i < CROWD; i++)
		ck_assert_int_eq(pthread_create(&id[i], NULL, crowd_work, (void *)i), 0);
	crowd_feed();
	for (unsigned i = 0; i < CROWD; i++)
		pthread_join(id[i], NULL);
	expect_each_done_once();
}
END_TEST

START_TEST(processes_do_each_job_once)
{
	pid_t pid[CROWD];
	int status;

	for (uintptr_t i = 0; i < CROWD; i++) {
		pid[i] = fork();
		if (pid[i] == 0) {
			pc_queue_worker_ends(&queue);
			crowd_work((void *)i);
			_exit(0);
		}
	}
	crowd_feed();
	for (unsigned i = 0; i < CROWD; i++) {
		ck_assert_int_eq(waitpid(pid[i], &status, 0), pid[i]);
		ck_assert_int_eq(status, 0);
	}
	expect_each_done_once();
}
END_TEST

static void *take_once(UNUSED void *arg)
{
	return (void *)(intptr_t)pc_queue_take(&queue, 0, &(unsigned){0});
}

/* Also while somebody keeps a copy of the bell's end open. */
START_TEST(closing_ends_idle_workers)
{
	pthread_t id[CROWD];
	void *result;
	pid_t pid;
	int status;

	ck_assert_int_ge(dup(queue.job_bell[1]), 0);
	pid = fork();
	if (pid == 0)
		_exit(take_once(NULL) != (void *)-ESHUTDOWN);
	for (unsigned i = 0; i < CROWD; i++)
		ck_assert_int_eq(pthread_create(&id[i], NULL, take_once, NULL), 0);
	pc_queue_close(&queue);
	for (unsigned i = 0; i < CROWD; i++) {
		pthread_join(id[i], &result);
		ck_assert_int_eq((int)(intptr_t)result, -ESHUTDOWN);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* A bell that is full of old numbers has no room for a new one. */
START_TEST(closing_a_full_bell_ends_workers)
{
	const uint16_t old = 5;

	ck_assert_int_ge(dup(queue.job_bell[1]), 0);
	while (write(queue.job_bell[1], &old, sizeof(old)) == sizeof(old))
		;
	pc_queue_close(&queue);
	for (unsigned i = 0; i < PC_WORKERS_MAX; i++)
		ck_assert_int_eq(pc_queue_take(&queue, i, &(unsigned){0}), -ESHUTDOWN);
}
END_TEST

START_TEST(a_cancelled_coordinator_wakes)
{
	struct pollfd bell = {.fd = queue.done_bell[0], .events = POLLIN};

	ck_assert(!pc_queue_canceled(&queue));
	ck_assert_int_eq(poll(&bell, 1, 0), 0);
	pc_queue_cancel(&queue);
	ck_assert(pc_queue_canceled(&queue));
	ck_assert_int_eq(poll(&bell, 1, 0), 1);
	expect_nothing_done();
	ck_assert_int_eq(poll(&bell, 1, 0), 0);
	/* however often it is said: there is no room for as many bells */
	for (int i = 0; i < 100000; i++)
		pc_queue_cancel(&queue);
}
END_TEST

START_TEST(idle_workers_are_reported)
{
	ck_assert(!pc_queue_has_idle_workers(&queue));
	pc_queue_set_workers_idle(&queue, true);
	ck_assert(pc_queue_has_idle_workers(&queue));
	pc_queue_set_workers_idle(&queue, false);
	ck_assert(!pc_queue_has_idle_workers(&queue));
}
END_TEST

/* ---- The table ---- */

START_TEST(depth_has_limits)
{
	struct pc_queue q;

	ck_assert_int_eq(pc_queue_init(&q, 0), -EINVAL);
	ck_assert_int_eq(pc_queue_init(&q, PC_QUEUE_MAX + 1), -EINVAL);
	ck_assert_int_eq(pc_queue_init(&q, 1), 0);
	pc_queue_done(&q);
	ck_assert_int_eq(pc_queue_init(&q, PC_QUEUE_MAX), 0);
	strcpy(pc_queue_text(&q, PC_QUEUE_MAX - 1) + PC_TEXT_BYTES - 5, "last");
	pc_queue_submit(&q, PC_QUEUE_MAX - 1);
	ck_assert_int_eq(pc_queue_take(&q, 0, &(unsigned){0}), 0);
	pc_queue_done(&q);
}
END_TEST

START_TEST(no_descriptors_no_queue)
{
	const int lowest = dup(0);
	const struct rlimit limit = {(rlim_t)lowest + 3, (rlim_t)lowest + 3};
	struct pc_queue q;

	close(lowest);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(pc_queue_init(&q, 4), -EMFILE);
	ck_assert_int_eq(dup(0), lowest); /* nothing stayed open */
}
END_TEST

START_TEST(done_closes_all)
{
	const int lowest = dup(0);
	struct pc_queue q;

	close(lowest);
	for (int closed = 0; closed < 2; closed++) {
		ck_assert_int_eq(pc_queue_init(&q, 4), 0);
		if (closed)
			pc_queue_close(&q);
		pc_queue_close(&q);
		pc_queue_done(&q);
		pc_queue_done(&q);
		ck_assert_int_eq(dup(0), lowest);
		close(lowest);
	}
}
END_TEST

static void expect_shown(unsigned slot, uint32_t root, const char *text)
{
	char got[PC_SHOWN_MAX];
	uint32_t got_root;

	pc_queue_shown(&queue, slot, &got_root, got);
	ck_assert_str_eq(got, text);
	ck_assert_uint_eq(got_root, root);
}

/* What is too long loses its beginning; a new job begins with nothing. */
START_TEST(slots_shown_to_progress)
{
	char dir[600], expected[PC_SHOWN_MAX];
	unsigned slot;

	submit(3, 1);
	slot = take(2);
	ck_assert_int_eq(pc_queue_worker(&queue, slot), 2);
	ck_assert_int_eq(pc_queue_worker(&queue, slot + 1), -1);
	expect_shown(slot, 0, "");
	pc_queue_show(&queue, slot, 7, "dir", "a name of more than one word");
	expect_shown(slot, 7, "dir/a name of more than one word");
	pc_queue_show(&queue, slot, 7, "", "x");
	expect_shown(slot, 7, "x");
	for (size_t i = 0; i < sizeof(dir) - 1; i++)
		dir[i] = (char)('a' + i % 23);
	dir[sizeof(dir) - 1] = '\0';
	pc_queue_show(&queue, slot, 8, dir, "end");
	snprintf(expected, sizeof(expected), "%s/end", dir + sizeof(dir) - 1 - (PC_SHOWN_MAX - 5));
	expect_shown(slot, 8, expected);
	pc_queue_finish(&queue, slot);
	expect_collected(slot);
	pc_queue_release(&queue, slot);
	ck_assert(pc_queue_is_free(&queue, slot));
	submit(slot, 2);
	expect_shown(slot, 8, "");
}
END_TEST

/* Who gives up a job removes what it was writing, and nothing that is whole. */
START_TEST(files_in_work)
{
	struct pc_work_file file = {0};
	unsigned slot;

	submit(3, 1);
	ck_assert(!pc_queue_file_abandon(&queue, 3, &file));
	slot = take(2);
	ck_assert(!pc_queue_file_abandon(&queue, slot, &file));
	pc_queue_file_begin(&queue, slot, 4, false, "dir/sub", "name");
	ck_assert(pc_queue_file_end(&queue, slot));
	ck_assert(!pc_queue_file_abandon(&queue, slot, &file));
	pc_queue_file_begin(&queue, slot, 4, true, "", "other");
	ck_assert(pc_queue_file_abandon(&queue, slot, &file));
	ck_assert_uint_eq(file.root, 4);
	ck_assert(file.top);
	ck_assert_str_eq(file.path, "other");
	ck_assert(!pc_queue_file_abandon(&queue, slot, &file)); /* by one */
	ck_assert(!pc_queue_file_end(&queue, slot));
	pc_queue_file_begin(&queue, slot, 5, false, "dir/sub", "name");
	pc_queue_finish(&queue, slot);
	ck_assert(!pc_queue_file_abandon(&queue, slot, &file)); /* it is done */
	expect_collected(slot);
	pc_queue_release(&queue, slot);
	submit(slot, 2);
	ck_assert_uint_eq(take(1), slot);
	ck_assert(!pc_queue_file_abandon(&queue, slot, &file)); /* of the job before */
	pc_queue_file_begin(&queue, slot, 6, false, "dir/sub", "name");
	ck_assert(pc_queue_file_abandon(&queue, slot, &file));
	ck_assert_uint_eq(file.root, 6);
	ck_assert(!file.top);
	ck_assert_str_eq(file.path, "dir/sub/name");
}
END_TEST

START_TEST(long_texts_give_memory_back)
{
	char *text = pc_queue_text(&queue, 2);

	submit(2, 1);
	text[PC_TEXT_BYTES / 2] = 'x';
	pc_queue_job(&queue, 2)->text_len = 4;
	pc_queue_release(&queue, 2);
	ck_assert_int_eq(text[PC_TEXT_BYTES / 2], 'x');
	pc_queue_job(&queue, 2)->text_len = PC_TEXT_BYTES;
	pc_queue_release(&queue, 2);
	ck_assert_int_eq(text[PC_TEXT_BYTES / 2], 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("queue");
	TCase *slots = plain_case(suite, "slots");
	TCase *crowd = plain_case(suite, "crowd");
	TCase *table = plain_case(suite, "table");

	tcase_add_checked_fixture(slots, setup, teardown);
	tcase_add_test(slots, job_passes_through_all_states);
	tcase_add_test(slots, slots_are_independent);
	tcase_add_test(slots, a_process_answers);
	tcase_add_test(slots, collect_returns_no_more_than_fits);
	tcase_add_test(slots, answer_without_a_bell_is_found);
	tcase_add_test(slots, request_without_a_bell_is_rung_again);
	tcase_add_test(slots, request_with_two_bells_is_done_once);
	tcase_add_test(slots, answer_with_two_bells_is_collected_once);
	tcase_add_test(slots, bell_without_an_answer_is_ignored);
	tcase_add_test(slots, job_of_a_dead_worker_is_queued_again);
	tcase_add_test(slots, living_workers_keep_their_jobs);
	tcase_add_test(slots, recovery_rings_for_all_jobs);
	tcase_add_test(slots, suspected_jobs_run_one_by_one);
	tcase_add_test(slots, suspected_jobs_are_released_without_workers);
	tcase_add_test(slots, a_worker_is_interrupted);
	tcase_add_test(slots, answered_job_of_a_dead_worker_is_kept);
	tcase_add_test(slots, job_is_aborted_at_the_limit);
	tcase_add_test(slots, a_cancelled_coordinator_wakes);
	tcase_add_test(slots, idle_workers_are_reported);
	tcase_add_test(slots, slots_shown_to_progress);
	tcase_add_test(slots, files_in_work);
	tcase_add_test(slots, long_texts_give_memory_back);
	tcase_add_checked_fixture(crowd, crowd_setup, teardown);
	tcase_add_test(crowd, threads_do_each_job_once);
	tcase_add_test(crowd, processes_do_each_job_once);
	tcase_add_test(crowd, closing_ends_idle_workers);
	tcase_add_test(crowd, closing_a_full_bell_ends_workers);
	tcase_add_test(table, depth_has_limits);
	tcase_add_test(table, no_descriptors_no_queue);
	tcase_add_test(table, done_closes_all);
	return run_suite(suite);
}
