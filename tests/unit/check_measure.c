/* check_measure.c - what a run tells of itself: src/job/meter.c, src/copy/phase.c,
 * src/plan/progress.c and src/plan/trace.c, through the public header alone.
 * SPDX-License-Identifier: MIT */
#include "copies.h"

#include <time.h>

#include "job/meter.h"

static struct {
	unsigned progress, paths, walking, seconds;
} seen;

/* ---- Progress ---- */

static void note_paths(UNUSED void *userdata, const struct pcopy_progress *progress)
{
	seen.progress++;
	ck_assert_uint_eq(progress->workers, options.pool == PCOPY_POOL_HYBRID ? 4 : 2);
	for (unsigned i = 0; i < progress->workers; i++) {
		if (progress->worker[i].path) {
			ck_assert_int_eq(strncmp(progress->worker[i].path, "src", 3), 0);
			seen.paths += strncmp(progress->worker[i].path, "src/d", 5) == 0;
		}
	}
	seen.walking += progress->walking;
}

/* Each worker that is at work says on what.  Whether one is when the progress is shown, the scheduler
 * decides: so there are several copies. */
#define COPIES_MAX 50

START_TEST(progress_names_files_in_work)
{
	char dst[32];

	use_pool(_i);
	if (options.pool == PCOPY_POOL_SERIAL)
		return; /* between its jobs the only thread is at nothing */
	if (options.pool == PCOPY_POOL_COROUTINES) { /* likewise, where no call waits */
		options.threads = 2;
		options.coroutines = 1;
	}
	options.progress_ms = 0;
	options.on_progress = note_paths;
	options.progress_paths = true;
	make_tree("src", 60, 60);
	for (int i = 0; i < COPIES_MAX && (seen.paths == 0 || seen.walking == 0); i++) {
		struct pcopy *copy;

		snprintf(dst, sizeof(dst), "dst-%d", i);
		copy = make_copy("src", dst);
		ck_assert_int_eq(pcopy_run(copy), 0);
		pcopy_free(copy);
	}
	ck_assert_uint_gt(seen.progress, 1);
	ck_assert_uint_gt(seen.paths, 0);
	ck_assert_uint_gt(seen.walking, 0);
	ck_assert_uint_lt(seen.walking, seen.progress); /* in the end it is over */
}
END_TEST

/* A process that lets a reader of the FIFO wait, and then gives it something. */
static pid_t feed(const char *fifo)
{
	const struct timespec moment = {.tv_nsec = 200000000};
	pid_t pid = fork();
	int fd;

	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	fd = open(fifo, O_WRONLY);
	nanosleep(&moment, NULL);
	_exit(write(fd, "text", 4) != 4);
}

static void count_progress(UNUSED void *userdata, const struct pcopy_progress *progress)
{
	seen.progress++;
	seen.seconds = (unsigned)(progress->elapsed_ns / 1000000000);
}

/* While a job takes its time there is nothing new to report. */
START_TEST(progress_without_an_interval_comes_with_answers)
{
	struct pcopy *copy;
	pid_t feeder;
	int status;

	use_pool(PCOPY_POOL_PROCESSES); /* threads are started when there is work for two */
	options.progress_ms = 0;
	options.on_progress = count_progress;
	options.copy_contents = true;
	make_dir("src");
	ck_assert_int_eq(mkfifo("src/fifo", 0644), 0);
	copy = make_copy("src", "dst");
	feeder = feed("src/fifo");
	ck_assert_int_eq(pcopy_run(copy), 0);
	ck_assert_int_eq(waitpid(feeder, &status, 0), feeder);
	ck_assert_int_eq(status, 0);
	expect_text("dst/fifo", "text");
	ck_assert_uint_le(seen.progress, pcopy_get_report(copy)->jobs + 2 * seen.seconds + 2);
	pcopy_free(copy);
}
END_TEST

/* ---- Measuring ---- */

/* What is sent of a job comes right after it, and lies within it. */
static struct {
	struct pcopy_slice job;
	uint64_t jobs, entries, phase_ns[PCOPY_PHASES], end_ns;
} traced;

static void note_slice(UNUSED void *userdata, const struct pcopy_slice *slice)
{
	if (slice->job) {
		traced.job = *slice;
		traced.jobs++;
		traced.entries += slice->entries;
		traced.end_ns = slice->start_ns;
		return;
	}
	ck_assert_uint_eq(slice->worker, traced.job.worker);
	ck_assert_uint_ge(slice->start_ns, traced.end_ns);
	traced.end_ns = slice->start_ns + slice->ns;
	ck_assert_uint_le(traced.end_ns, traced.job.start_ns + traced.job.ns);
	traced.phase_ns[slice->phase] += slice->ns;
}

static void check_phases(const struct pcopy_report *report)
{
	uint64_t phases_ns = 0, busy_ns = 0;

	for (unsigned i = 0; i < PCOPY_PHASES; i++) {
		const struct pcopy_phase_report *p = &report->phase[i];
		uint64_t count = 0;

		for (unsigned b = 0; b < PCOPY_BUCKETS; b++)
			count += p->bucket[b];
		ck_assert_uint_eq(count, p->count);
		ck_assert_uint_le(p->p50_ns, p->p95_ns);
		ck_assert_uint_le(p->p95_ns, p->p99_ns);
		ck_assert_uint_le(p->p99_ns, p->max_ns);
		if (i != PCOPY_PHASE_WALK) /* short pieces of it are not traced */
			ck_assert_uint_eq(traced.phase_ns[i], p->sum_ns);
		phases_ns += p->sum_ns;
	}
	for (unsigned i = 0; i < report->workers; i++) {
		const struct pcopy_worker_report *w = &report->worker[i];

		busy_ns += w->busy_ns;
		ck_assert_uint_le(w->first_ns + w->busy_ns, w->last_ns + 1);
		ck_assert_uint_le(w->last_ns, report->last_done_ns);
	}
	/* Phases lie within jobs.  How much of a job they leave out is the scheduler's affair. */
	ck_assert_uint_gt(phases_ns, 0);
	ck_assert_uint_le(phases_ns, busy_ns);
}

START_TEST(measures_where_the_time_goes)
{
	const struct pcopy_report *report;
	struct pcopy *copy;

	use_pool(_i);
	options.measure = true;
	options.on_slice = note_slice;
	make_tree("src", 5, 40);
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_run(copy), 0);
	report = pcopy_get_report(copy);
	ck_assert_ptr_nonnull(report->phase);
	ck_assert_uint_eq(report->phase[PCOPY_PHASE_WALK].count, 6); /* directories */
	ck_assert_uint_eq(report->phase[PCOPY_PHASE_OPEN].count, 200);
	ck_assert_uint_eq(report->phase[PCOPY_PHASE_CREATE].count, 200);
	ck_assert_uint_eq(report->phase[PCOPY_PHASE_COPY].count, 200);
	/* each file, and what a job has left to close at its end */
	ck_assert_uint_eq(report->phase[PCOPY_PHASE_COMMIT].count, 200 + report->jobs);
	ck_assert_uint_eq(report->phase[PCOPY_PHASE_LINK].count, 5);
	ck_assert_uint_eq(traced.jobs, report->jobs);
	/* directories that are only to be counted at the end cost no job */
	ck_assert_uint_ge(traced.entries + report->entries[PCOPY_DIRECTORY].copied,
	                  entries_walked(report));
	ck_assert_uint_le(traced.entries, entries_walked(report));
	check_phases(report);
	ck_assert_uint_gt(report->measuring_ns, 0);
	ck_assert_uint_gt(report->queue_peak, 0);
	ck_assert_uint_le(report->queue_peak, report->queue_depth);
	ck_assert_uint_gt(report->minor_faults, 0);
	pcopy_free(copy);
}
END_TEST

/* The kinds of jobs that were seen, a word each. */
static char kinds_seen[64];

static void note_kind(UNUSED void *userdata, const struct pcopy_slice *slice)
{
	if (slice->job && !strstr(kinds_seen, slice->job))
		strcat(kinds_seen, slice->job);
	/* a phase is of a job that was sent before */
	ck_assert(slice->job || kinds_seen[0]);
}

/* Each kind of job has its name: of those that read back by libarchive, too. */
START_TEST(jobs_of_reading_back_have_a_name)
{
	struct pcopy *copy;
	int r;

	use_pool(PCOPY_POOL_PROCESSES);
	options.measure = true;
	options.verify = PCOPY_VERIFY_ARCHIVE;
	options.on_slice = note_kind;
	make_tree("src", 2, 5);
	copy = make_copy("src", "dst");
	r = pcopy_run(copy);
	pcopy_free(copy);
	if (r == -ENOTSUP)
		return; /* built without libarchive */
	ck_assert_int_eq(r, 0);
	ck_assert_ptr_nonnull(strstr(kinds_seen, "entries"));
	ck_assert_ptr_nonnull(strstr(kinds_seen, "share"));
}
END_TEST

/* The second figure of the kernel's, and not the first, which is the time on a CPU. */
static uint64_t kernel_delay_ns(void)
{
	unsigned long long delay = 0;
	FILE *f = fopen("/proc/thread-self/schedstat", "r");

	if (f && fscanf(f, "%*u %llu", &delay) != 1)
		delay = 0;
	if (f)
		fclose(f);
	return delay;
}

START_TEST(delay_matches_the_kernel)
{
	uint64_t before = kernel_delay_ns(), got = pc_meter_delay_ns();

	ck_assert_uint_ge(got, before);
	ck_assert_uint_le(got, kernel_delay_ns());
}
END_TEST

START_TEST(measures_only_when_asked)
{
	struct pcopy *copy;

	make_tree("src", 1, 5);
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_run(copy), 0);
	ck_assert_ptr_null(pcopy_get_report(copy)->phase);
	ck_assert_uint_eq(pcopy_get_report(copy)->measuring_ns, 0);
	pcopy_free(copy);
}
END_TEST

/* ---- Directories that are listed ahead of the copy ---- */

#define DIRS 200
#define LEFT_OUT 33 /* of 40 files */

static unsigned counts, excluded;

static void note_count(UNUSED void *userdata, const struct pcopy_slice *slice)
{
	counts += slice->job && strcmp(slice->job, "count") == 0;
}

static void note_excluded(UNUSED void *userdata, const struct pcopy_event *event)
{
	excluded += event->type == PCOPY_EVENT_EXCLUDED;
}

static void note_nothing(UNUSED void *userdata, UNUSED const struct pcopy_progress *progress)
{
}

/* What is left out is reported by the job that copies, and not once more by one that counts. */
START_TEST(excluded_entries_are_reported_once)
{
	struct pcopy_filter *filter;
	struct pcopy *copy;

	use_pool(PCOPY_POOL_SERIAL);
	counts = excluded = 0;
	ck_assert_int_eq(pcopy_filter_new(&filter), 0);
	ck_assert_int_eq(pcopy_filter_add(filter, PCOPY_FILTER_EXCLUDE, "f[1-3]*", false, NULL), 0);
	options.filter = filter;
	options.verbose = true;
	options.measure = true;
	options.on_slice = note_count;
	options.on_event = note_excluded;
	options.on_progress = note_nothing;
	options.progress_ms = 0;
	make_tree("src", DIRS, 40);
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_run(copy), 0);
	ck_assert_uint_gt(counts, 0);
	ck_assert_uint_eq(excluded, DIRS * LEFT_OUT);
	pcopy_free(copy);
	pcopy_filter_free(filter);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("measure");
	TCase *tcase = prepared_case(suite, "measure", setup);

	tcase_add_loop_test(tcase, progress_names_files_in_work, 0, POOLS_HERE);
	tcase_add_test(tcase, progress_without_an_interval_comes_with_answers);
	tcase_add_loop_test(tcase, measures_where_the_time_goes, 0, POOLS_HERE);
	tcase_add_test(tcase, jobs_of_reading_back_have_a_name);
	tcase_add_test(tcase, measures_only_when_asked);
	tcase_add_test(tcase, delay_matches_the_kernel);
	tcase_add_test(tcase, excluded_entries_are_reported_once);
	return run_suite(suite);
}
