/* check_pcopy.c - src/run through the public header alone.
 * SPDX-License-Identifier: MIT */
#include "copies.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>

static void expect_same(const char *src, const char *dst)
{
	struct pcopy_options choices = PCOPY_OPTIONS_INIT;
	struct pcopy *copy;

	choices.preserve = PCOPY_KEEP_MODE;
	ck_assert_int_eq(pcopy_new(&choices, &copy), 0);
	ck_assert_int_eq(pcopy_add(copy, src, dst, 0), 0);
	ck_assert_int_eq(pcopy_verify(copy), 0);
	pcopy_free(copy);
}

/* ---- Options ---- */

START_TEST(refuses_values_out_of_range)
{
	static const struct pcopy_options bad[] = {
		{.size = 0},
		{.size = sizeof(bad[0]) + 1},
		{.size = sizeof(bad[0]), .pool = PCOPY_POOLS},
		{.size = sizeof(bad[0]), .pool = (enum pcopy_pool) - 1},
		{.size = sizeof(bad[0]), .reflink = (enum pcopy_when)3},
		{.size = sizeof(bad[0]), .sparse = (enum pcopy_when)3},
		{.size = sizeof(bad[0]), .pool = PCOPY_POOL_THREADS, .threads = 1025},
		{.size = sizeof(bad[0]), .pool = PCOPY_POOL_PROCESSES, .processes = 1025},
		{.size = sizeof(bad[0]), .pool = PCOPY_POOL_HYBRID, .processes = 33, .threads = 32},
		{.size = sizeof(bad[0]),
	         .pool = PCOPY_POOL_HYBRID,
	         .processes = 65536,
	         .threads = 65536},
		{.size = sizeof(bad[0]), .preserve = 2U * PCOPY_DEFAULT_MODE},
		{.size = sizeof(bad[0]), .rules = 2U * PCOPY_RULE_GO_ON_WHEN_FULL},
		{.size = sizeof(bad[0]), .delete_flags = 2U * PCOPY_DELETE_EXCLUDED},
		{.size = sizeof(bad[0]), .queue_depth = 4097},
		{.size = sizeof(bad[0]),
	         .verify = PCOPY_VERIFY_HASH,
	         .make = PCOPY_MAKE_HARD_LINKS},
		{.size = sizeof(bad[0]), .verify = PCOPY_VERIFY_HASH, .attributes_only = true},
		{.size = sizeof(bad[0]), .verify = PCOPY_VERIFY_HASH, .dry_run = true},
	};
	struct pcopy *copy = NULL;

	for (size_t i = 0; i < COUNT(bad); i++) {
		ck_assert_msg(pcopy_new(&bad[i], &copy) == -EINVAL, "case %zu", i);
		ck_assert_ptr_null(copy);
	}
	ck_assert_int_eq(pcopy_new(&options, &copy), 0);
	ck_assert_int_eq(pcopy_add(copy, "src", "dst", 2U * PCOPY_ADD_PARENTS), -EINVAL);
	pcopy_free(copy);
}
END_TEST

START_TEST(takes_values_at_the_limits)
{
	static const struct pcopy_options good[] = {
		{.size = offsetof(struct pcopy_options, processes)}, /* an older caller */
		{.size = sizeof(good[0]), .pool = PCOPY_POOL_THREADS, .threads = 1024},
		{.size = sizeof(good[0]),
	         .pool = PCOPY_POOL_HYBRID,
	         .processes = 32,
	         .threads = 32},
		{.size = sizeof(good[0]), .queue_depth = 4096},
		{.size = sizeof(good[0]), .queue_depth = 1},
	};

	for (size_t i = 0; i < COUNT(good); i++) {
		struct pcopy *copy;

		ck_assert_int_eq(pcopy_new(&good[i], &copy), 0);
		pcopy_free(copy);
	}
	pcopy_free(NULL);
}
END_TEST

/* The caller may change or free what it gave. */
START_TEST(strings_and_options_are_copied)
{
	char src[] = "src", dst[] = "dst";
	struct pcopy *copy;

	make_file("src", "text");
	ck_assert_int_eq(pcopy_new(&options, &copy), 0);
	ck_assert_int_eq(pcopy_add(copy, src, dst, 0), 0);
	memset(&options, 0xff, sizeof(options));
	memset(src, 'x', 3);
	memset(dst, 'x', 3);
	ck_assert_int_eq(pcopy_run(copy), 0);
	pcopy_free(copy);
	expect_text("dst", "text");
}
END_TEST

START_TEST(words_for_values)
{
	ck_assert_str_eq(pcopy_pool_name(PCOPY_POOL_HYBRID), "hybrid");
	ck_assert_str_eq(pcopy_method_name(PCOPY_METHOD_READ_WRITE), "read/write");
	ck_assert_str_eq(pcopy_kind_name(PCOPY_HARD_LINK), "hard link");
	ck_assert_ptr_null(pcopy_pool_name(PCOPY_POOLS));
	ck_assert_ptr_null(pcopy_pool_name((enum pcopy_pool) - 1));
	ck_assert_ptr_null(pcopy_method_name(PCOPY_METHODS));
	ck_assert_ptr_null(pcopy_kind_name(PCOPY_KINDS));
	ck_assert_uint_ge(pcopy_cpus(), 1);
}
END_TEST

/* ---- Runs ---- */

START_TEST(a_tree_by_each_pool)
{
	const struct pcopy_report *report;
	struct pcopy *copy;
	uint64_t jobs = 0, entries = 0, bytes = 0;

	use_pool(_i);
	make_tree("src", 5, 40);
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_run(copy), 0);
	expect_same("src", "dst");
	report = pcopy_get_report(copy);
	ck_assert_int_eq((int)report->pool, _i);
	ck_assert_uint_eq(report->workers,
	                  report->processes * report->threads * report->coroutines);
	ck_assert_uint_eq(report->workers, _i == PCOPY_POOL_SERIAL   ? 1
	                                   : _i == PCOPY_POOL_HYBRID ? 4
	                                                             : 2);
	ck_assert_uint_eq(report->entries[PCOPY_FILE].copied, 200);
	ck_assert_uint_eq(report->entries[PCOPY_DIRECTORY].copied, 6);
	ck_assert_uint_eq(report->entries[PCOPY_SYMLINK].copied, 5);
	ck_assert_uint_eq(entries_walked(report), 211);
	ck_assert_uint_eq(report->bytes, 1000);
	ck_assert_uint_gt(report->wall_ns, 0);
	ck_assert_uint_gt(report->peak_bytes, 0);
	for (unsigned w = 0; w < report->workers; w++) {
		jobs += report->worker[w].jobs;
		entries += report->worker[w].entries;
		bytes += report->worker[w].bytes;
	}
	ck_assert_uint_eq(jobs, report->jobs);
	ck_assert_uint_eq(entries, 211);
	ck_assert_uint_eq(bytes, 1000);
	pcopy_free(copy);
}
END_TEST

START_TEST(a_handle_runs_once)
{
	struct pcopy *copy;

	make_file("src", "text");
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_run(copy), 0);
	ck_assert_int_eq(unlink("dst"), 0);
	ck_assert_int_eq(pcopy_run(copy), -EINVAL);
	ck_assert(!exists("dst"));
	ck_assert_int_eq(pcopy_add(copy, "src", "dst2", 0), -EINVAL);
	pcopy_free(copy);
}
END_TEST

static unsigned starts;
static void note_start(UNUSED void *userdata)
{
	starts++;
}

/* Reading back is a second pass of workers. */
START_TEST(the_start_is_reported_once)
{
	struct pcopy *copy;

	make_file("src", "text");
	options.verify = PCOPY_VERIFY_HASH;
	options.on_start = note_start;
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_run(copy), 0);
	ck_assert_uint_eq(pcopy_get_report(copy)->verify.entries, 1);
	ck_assert_uint_eq(starts, 1);
	pcopy_free(copy);
}
END_TEST

static struct {
	double last;
	unsigned passes, samples; /* ... samples of the second pass before its end */
} read_back;

/* 2,100 entries, nearly all of them below one directory. */
static void note_read_back(UNUSED void *userdata, const struct pcopy_progress *progress)
{
	double share = (double)progress->entries / 2100;

	if (progress->fraction < read_back.last)
		read_back.passes++;
	read_back.last = progress->fraction;
	if (read_back.passes != 1 || progress->fraction == 1)
		return;
	read_back.samples++;
	ck_assert_double_ge(progress->fraction, share - 0.001);
	ck_assert_double_le(progress->fraction, share + 0.001);
	ck_assert(!progress->walking);
}

/* Its number of entries is known from the copy. */
START_TEST(progress_of_reading_back_is_exact)
{
	struct pcopy *copy;
	char name[32];

	make_tree("src", 2, 0);
	make_tree("src/heavy", 40, 50);
	for (int i = 0; i < 14; i++) {
		snprintf(name, sizeof(name), "src/f%d", i);
		make_file(name, "text");
	}
	options.verify = PCOPY_VERIFY_HASH;
	options.on_progress = note_read_back;
	options.progress_ms = 0;
	options.pool = PCOPY_POOL_SERIAL;
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_run(copy), 0);
	ck_assert_uint_eq(pcopy_get_report(copy)->verify.entries, 2100);
	ck_assert_uint_eq(read_back.passes, 1);
	ck_assert_uint_gt(read_back.samples, 0);
	pcopy_free(copy);
}
END_TEST

START_TEST(nothing_to_do_is_done)
{
	struct pcopy *copy;

	use_pool(_i);
	ck_assert_int_eq(pcopy_new(&options, &copy), 0);
	ck_assert_uint_eq(entries_walked(pcopy_get_report(copy)), 0);
	ck_assert_int_eq(pcopy_run(copy), 0);
	ck_assert_uint_eq(entries_walked(pcopy_get_report(copy)), 0);
	pcopy_free(copy);
}
END_TEST

/* One pool after the other: no thread of the last one is in the way of a fork. */
START_TEST(handles_follow_each_other)
{
	char dst[16];

	make_tree("src", 1, 3);
	for (int i = 0; i < 40; i++) {
		struct pcopy *copy;
		int pool = i % POOLS_HERE;

		options = (struct pcopy_options)PCOPY_OPTIONS_INIT;
		use_pool(pool);
		snprintf(dst, sizeof(dst), "dst%d", i);
		copy = make_copy("src", dst);
		ck_assert_int_eq(pcopy_run(copy), 0);
		pcopy_free(copy);
		expect_same("src", dst);
	}
}
END_TEST

static void *wait_for_go(void *arg)
{
	sem_wait(arg);
	return NULL;
}

START_TEST(no_fork_beside_other_threads)
{
	struct pcopy *copy;
	pthread_t id;
	sem_t go;

	use_pool(_i);
	make_file("src", "text");
	sem_init(&go, 0, 0);
	ck_assert_int_eq(pthread_create(&id, NULL, wait_for_go, &go), 0);
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_run(copy), -EBUSY);
	ck_assert(!exists("dst"));
	pcopy_free(copy);
	sem_post(&go);
	pthread_join(id, NULL);
}
END_TEST

static void *run_copy(void *arg)
{
	return (void *)(intptr_t)pcopy_run(arg);
}

START_TEST(two_handles_in_two_threads)
{
	pthread_t id[2];
	struct pcopy *copy[2];
	void *result;

	use_pool(PCOPY_POOL_THREADS);
	make_tree("src", 10, 60);
	for (int round = 0; round < 3; round++) {
		char dst[2][16];

		for (int i = 0; i < 2; i++) {
			snprintf(dst[i], sizeof(dst[i]), "dst%d.%d", round, i);
			copy[i] = make_copy("src", dst[i]);
			ck_assert_int_eq(pthread_create(&id[i], NULL, run_copy, copy[i]), 0);
		}
		for (int i = 0; i < 2; i++) {
			pthread_join(id[i], &result);
			ck_assert_ptr_null(result);
			ck_assert_uint_eq(entries_walked(pcopy_get_report(copy[i])), 621);
			pcopy_free(copy[i]);
			expect_same("src", dst[i]);
		}
	}
}
END_TEST

/* ---- Callbacks ---- */

static struct {
	pthread_t caller;
	unsigned events[PCOPY_EVENT_DEGRADED + 1];
	unsigned progress;
	double fraction;
	uint64_t entries;
	char failed_src[64], failed_dst[64];
	enum pcopy_step step;
	int errnum;
} seen;

static _Atomic unsigned *births; /* in memory that processes share */

static void note_event(void *userdata, const struct pcopy_event *event)
{
	ck_assert_ptr_eq(userdata, &seen);
	ck_assert(pthread_equal(pthread_self(), seen.caller));
	seen.events[event->type]++;
	if (event->type != PCOPY_EVENT_ERROR)
		return;
	snprintf(seen.failed_src, sizeof(seen.failed_src), "%s", event->src);
	snprintf(seen.failed_dst, sizeof(seen.failed_dst), "%s", event->dst);
	seen.step = event->step;
	seen.errnum = event->errnum;
}

static void note_progress(void *userdata, const struct pcopy_progress *progress)
{
	ck_assert_ptr_eq(userdata, &seen);
	ck_assert(pthread_equal(pthread_self(), seen.caller));
	ck_assert_double_ge(progress->fraction, seen.fraction);
	ck_assert_double_le(progress->fraction, 1);
	ck_assert_uint_ge(progress->entries, seen.entries);
	seen.fraction = progress->fraction;
	seen.entries = progress->entries;
	seen.progress++;
}

static void note_birth(void *userdata, unsigned worker)
{
	ck_assert_ptr_eq(userdata, &seen);
	ck_assert_uint_lt(worker, 2);
	atomic_fetch_add(births, 1);
}

static void listen_to_all(void)
{
	static _Atomic unsigned none;

	births = &none;
	seen.caller = pthread_self();
	options.userdata = &seen;
	options.on_event = note_event;
	options.on_progress = note_progress;
	options.on_worker_start = note_birth;
	options.progress_ms = 0;
}

START_TEST(callbacks_report_each_entry)
{
	struct pcopy *copy;

	use_pool(_i);
	listen_to_all();
	options.verbose = true;
	make_tree("src", 4, 20);
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_run(copy), 0);
	ck_assert_uint_eq(seen.events[PCOPY_EVENT_COPIED], 89);
	ck_assert_uint_eq(seen.events[PCOPY_EVENT_ERROR], 0);
	ck_assert_uint_gt(seen.progress, 0);
	ck_assert_uint_eq(seen.entries, 89);
	pcopy_free(copy);
}
END_TEST

START_TEST(quiet_unless_verbose)
{
	struct pcopy *copy;

	listen_to_all();
	make_tree("src", 1, 5);
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_run(copy), 0);
	ck_assert_uint_eq(seen.events[PCOPY_EVENT_COPIED], 0);
	pcopy_free(copy);
}
END_TEST

/* walked = copied + skipped + failed, and each failure is reported with its names. */
START_TEST(failure_affects_one_entry)
{
	const struct pcopy_report *report;
	struct pcopy *copy;

	use_pool(_i);
	listen_to_all();
	make_tree("src", 3, 10);
	make_dir("dst");
	make_dir("dst/d1");
	make_dir("dst/d1/f7");
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_add(copy, "none", "dst2", 0), 0);
	ck_assert_int_eq(pcopy_run(copy), 1);
	report = pcopy_get_report(copy);
	ck_assert_uint_eq(entries_walked(report), 4 + 3 + 30 + 1);
	ck_assert_uint_eq(report->entries[PCOPY_FILE].failed, 2);
	ck_assert_uint_eq(report->entries[PCOPY_FILE].copied, 29);
	ck_assert_uint_eq(seen.events[PCOPY_EVENT_ERROR], 2);
	ck_assert_str_eq(seen.failed_src, "src/d1/f7");
	ck_assert_str_eq(seen.failed_dst, "dst/d1/f7");
	ck_assert_int_eq(seen.step, PCOPY_STEP_FILE_OVER_DIR);
	ck_assert_int_eq(seen.errnum, 0);
	expect_text("dst/d2/f9", "text\n");
	pcopy_free(copy);
}
END_TEST

/* ---- Cancel ---- */

static struct {
	sem_t first, go_on;
	unsigned copied;
	struct pcopy *copy;
} held;

/* One job at a time, far from all of the tree; each entry is reported. */
static void make_held(int pool, void (*on_event)(void *, const struct pcopy_event *))
{
	options.pool = (enum pcopy_pool)pool;
	options.threads = 1;
	options.queue_depth = 1;
	options.verbose = true;
	options.on_event = on_event;
	make_tree("src", 20, 300);
	held.copy = make_copy("src", "dst");
}

/* Holds the coordinator at the first entry reported. */
static void hold_at_first(UNUSED void *userdata, const struct pcopy_event *event)
{
	if (event->type != PCOPY_EVENT_COPIED || held.copied++)
		return;
	sem_post(&held.first);
	sem_wait(&held.go_on);
}

static void *cancel_at_first(UNUSED void *arg)
{
	sem_wait(&held.first);
	pcopy_cancel(held.copy);
	sem_post(&held.go_on);
	return NULL;
}

START_TEST(cancelled_by_another_thread)
{
	const struct pcopy_report *report;
	pthread_t id;

	sem_init(&held.first, 0, 0);
	sem_init(&held.go_on, 0, 0);
	make_held(_i, hold_at_first);
	ck_assert_int_eq(pthread_create(&id, NULL, cancel_at_first, NULL), 0);
	ck_assert_int_eq(pcopy_run(held.copy), -ECANCELED);
	pthread_join(id, NULL);
	report = pcopy_get_report(held.copy);
	ck_assert_int_eq(report->stop, PCOPY_STOP_CANCELED);
	ck_assert_uint_gt(entries_walked(report), 0);
	ck_assert_uint_lt(entries_walked(report), 6041);
	pcopy_free(held.copy);
}
END_TEST

#define QUESTIONS 20U

static unsigned questions;
static int late_name(UNUSED void *userdata, const char **ret)
{
	*ret = "d0/f0";
	questions++;
	return questions <= QUESTIONS ? -EAGAIN : questions == QUESTIONS + 1;
}

static int from_the_start(UNUSED void *userdata)
{
	return -EIO;
}

/* Each time that there is no name yet, the caller's thread gives up the CPU. */
START_TEST(waits_for_names)
{
	static const struct pcopy_names names = {.next = late_name, .again = from_the_start};
	struct pcopy *copy;

	use_pool(_i);
	make_tree("src", 1, 1);
	options.names = &names;
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_run(copy), 0);
	ck_assert(exists("dst/d0/f0"));
	ck_assert_uint_eq(questions, QUESTIONS + 2);
	ck_assert_uint_ge(pcopy_get_report(copy)->voluntary_switches, QUESTIONS);
	pcopy_free(copy);
}
END_TEST

START_TEST(cancelled_before_it_began)
{
	struct pcopy *copy;

	use_pool(_i);
	make_tree("src", 2, 10);
	copy = make_copy("src", "dst");
	pcopy_cancel(copy);
	ck_assert_int_eq(pcopy_run(copy), -ECANCELED);
	ck_assert_int_eq(pcopy_get_report(copy)->stop, PCOPY_STOP_CANCELED);
	ck_assert(!exists("dst/d0/f0"));
	pcopy_free(copy);
}
END_TEST

static void cancel_by_signal(UNUSED int signo)
{
	pcopy_cancel(held.copy);
}

static void raise_at_first(UNUSED void *userdata, UNUSED const struct pcopy_event *event)
{
	if (held.copied++ == 0)
		raise(SIGUSR1);
}

START_TEST(cancelled_by_a_signal)
{
	make_held(PCOPY_POOL_SERIAL, raise_at_first);
	signal(SIGUSR1, cancel_by_signal);
	ck_assert_int_eq(pcopy_run(held.copy), -ECANCELED);
	ck_assert_uint_lt(entries_walked(pcopy_get_report(held.copy)), 6041);
	pcopy_free(held.copy);
}
END_TEST

/* A large file in work is removed. */
static void cancel_in_mid_file(UNUSED void *userdata, const struct pcopy_progress *progress)
{
	if (progress->bytes > 0)
		pcopy_cancel(held.copy);
}

START_TEST(no_part_of_a_file_is_left)
{
	static char text[1 << 20];
	int fd = open("src", O_WRONLY | O_CREAT, 0644);

	memset(text, 'x', sizeof(text));
	for (int i = 0; i < 64; i++)
		ck_assert_int_eq(write(fd, text, sizeof(text)), sizeof(text));
	close(fd);
	options.pool = PCOPY_POOL_THREADS;
	options.threads = 1;
	options.queue_depth = 1;
	options.reflink = PCOPY_NEVER;
	options.chunk_bytes = 1 << 20;
	options.progress_ms = 0;
	options.on_progress = cancel_in_mid_file;
	held.copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_run(held.copy), -ECANCELED);
	pcopy_free(held.copy);
	ck_assert(!exists("dst"));
	ck_assert_int_eq(system("test \"$(ls -A)\" = src"), 0);
}
END_TEST

static _Atomic(struct pcopy *) target;
static _Atomic bool over;

static void *cancel_for_ever(UNUSED void *arg)
{
	while (!atomic_load(&over)) {
		struct pcopy *copy = atomic_load(&target);

		if (copy)
			pcopy_cancel(copy);
	}
	return NULL;
}

/* A cancel that meets the end of the run touches nothing that is gone. */
START_TEST(cancelled_at_its_end)
{
	struct pcopy *done[300];
	pthread_t id;

	make_file("src", "text");
	ck_assert_int_eq(pthread_create(&id, NULL, cancel_for_ever, NULL), 0);
	for (size_t i = 0; i < COUNT(done); i++) {
		options.pool = i % 2 ? PCOPY_POOL_SERIAL : PCOPY_POOL_THREADS;
		options.threads = 1;
		done[i] = make_copy("src", "dst");
		atomic_store(&target, done[i]);
		pcopy_run(done[i]);
	}
	atomic_store(&over, true);
	pthread_join(id, NULL);
	for (size_t i = 0; i < COUNT(done); i++)
		pcopy_free(done[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pcopy");
	TCase *tcase = prepared_case(suite, "pcopy", setup);

	tcase_add_test(tcase, refuses_values_out_of_range);
	tcase_add_test(tcase, takes_values_at_the_limits);
	tcase_add_test(tcase, strings_and_options_are_copied);
	tcase_add_test(tcase, words_for_values);
	tcase_add_loop_test(tcase, a_tree_by_each_pool, 0, POOLS_HERE);
	tcase_add_test(tcase, a_handle_runs_once);
	tcase_add_loop_test(tcase, waits_for_names, 0, POOLS_HERE);
	tcase_add_test(tcase, the_start_is_reported_once);
	tcase_add_test(tcase, progress_of_reading_back_is_exact);
	tcase_add_loop_test(tcase, nothing_to_do_is_done, 0, POOLS_HERE);
	tcase_add_test(tcase, handles_follow_each_other);
	tcase_add_loop_test(tcase, no_fork_beside_other_threads, PCOPY_POOL_PROCESSES,
	                    PCOPY_POOL_COROUTINES);
	tcase_add_test(tcase, two_handles_in_two_threads);
	tcase_add_loop_test(tcase, callbacks_report_each_entry, 0, POOLS_HERE);
	tcase_add_test(tcase, quiet_unless_verbose);
	tcase_add_loop_test(tcase, failure_affects_one_entry, 0, POOLS_HERE);
	tcase_add_loop_test(tcase, cancelled_by_another_thread, 0, PCOPY_POOL_PROCESSES);
	tcase_add_loop_test(tcase, cancelled_before_it_began, 0, POOLS_HERE);
	tcase_add_test(tcase, cancelled_by_a_signal);
	tcase_add_test(tcase, no_part_of_a_file_is_left);
	tcase_add_test(tcase, cancelled_at_its_end);
	return run_suite(suite);
}
