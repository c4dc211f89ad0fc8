/* check_ranks.c - src/ranks/{ranks,deal,pool,serve,greeting,greeting_answer,view,asks}.c and
 * src/run/{ranks,serve}.c: copies by processes that share nothing with this one.
 * SPDX-License-Identifier: MIT */
#include "copies.h"
#include "job/queue.h"
#include "ranks/ranks.h"
#include "run/handle.h"
#include "sockets.h"

#include <sched.h>
#include <sys/mount.h>

static struct pcopy_transport transport;
static unsigned ranks; /* that serve */

static struct {
	unsigned errors, refusals, silent, other_users, lost, degraded;
	struct pcopy_event last;
	char src[256], host[256];
} reported;

static void (*when_silent)(void);

static void note_event(UNUSED void *userdata, const struct pcopy_event *event)
{
	reported.errors += event->type == PCOPY_EVENT_ERROR;
	reported.lost += event->type == PCOPY_EVENT_WORKER;
	reported.degraded += event->type == PCOPY_EVENT_DEGRADED;
	if (event->type != PCOPY_EVENT_RANK)
		return;
	reported.silent += event->step == PCOPY_STEP_SILENT;
	reported.other_users += event->step == PCOPY_STEP_OTHER_USER;
	reported.refusals += event->step != PCOPY_STEP_LINK && event->step != PCOPY_STEP_SILENT;
	reported.last = *event;
	if (event->step == PCOPY_STEP_SILENT && when_silent)
		when_silent();
	snprintf(reported.src, sizeof(reported.src), "%s", event->src);
	snprintf(reported.host, sizeof(reported.host), "%s", event->host);
}

static void ranks_start(unsigned count, serve_fn first)
{
	ways_clear();
	memset(&reported, 0, sizeof(reported));
	when_silent = NULL;
	ranks = count;
	for (unsigned i = 1; i <= count; i++)
		rank_start(i, count + 1, i == 1 && first ? first : pcopy_serve);
	transport = sockets_transport(0, count + 1);
	options.transport = &transport;
	options.on_event = note_event;
	options.threads = 2;
}

/* All of them end, with status 0. */
static void ranks_end(void)
{
	ck_assert_int_eq(pcopy_dismiss(&transport), 0);
	ways_flush();
	for (unsigned i = 1; i <= ranks; i++)
		ck_assert_int_eq(rank_status(i), 0);
}

static void same_trees(const char *a, const char *b)
{
	char command[256];

	snprintf(command, sizeof(command), "diff -r --no-dereference %s %s", a, b);
	ck_assert_int_eq(system(command), 0);
}

/* ---- Passes ---- */

static int copy_run(const char *src, const char *dst)
{
	struct pcopy *copy = make_copy(src, dst);
	int r = pcopy_run(copy);

	pcopy_free(copy);
	return r;
}

START_TEST(ranks_copy_a_tree)
{
	const struct pcopy_report *report;
	struct pcopy *copy;

	make_tree("src", 20, 30);
	ck_assert_int_eq(link("src/d0/f0", "src/d19/name"), 0);
	ranks_start(3, NULL);
	options.preserve = PCOPY_KEEP_LINKS | PCOPY_KEEP_TIMES | PCOPY_KEEP_MODE;
	options.measure = true;
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_run(copy), 0);
	report = pcopy_get_report(copy);
	ck_assert_int_eq(report->pool, PCOPY_POOL_RANKS);
	ck_assert_uint_eq(report->workers, 6);
	ck_assert_uint_eq(report->entries[PCOPY_FILE].copied, 600);
	ck_assert_uint_eq(report->entries[PCOPY_DIRECTORY].copied, 21);
	ck_assert_uint_eq(report->entries[PCOPY_HARD_LINK].copied, 1);
	ck_assert_uint_eq(report->phase[PCOPY_PHASE_CREATE].count, 600);
	ck_assert_uint_eq(report->ranks, 3);
	for (unsigned i = 0, jobs = 0; i < 3; i++) {
		jobs += (unsigned)report->rank[i].jobs;
		ck_assert_str_ne(report->rank[i].host, "");
		ck_assert_uint_gt(report->rank[i].peak_bytes, 0);
		ck_assert(i < 2 || jobs == report->jobs);
	}
	pcopy_free(copy);
	ranks_end();
	same_trees("src", "dst");
}
END_TEST

START_TEST(ranks_compare_what_they_copied)
{
	struct pcopy *copy;

	make_tree("src", 3, 5);
	ranks_start(2, NULL);
	options.verify = PCOPY_VERIFY_HASH;
	options.digest = true;
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_run(copy), 0);
	ck_assert_uint_eq(pcopy_get_report(copy)->verify.entries, 22);
	pcopy_free(copy);
	make_file("dst/d1/f1", "tex_\n");
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_verify(copy), PCOPY_DIFFERENT);
	ck_assert_uint_eq(pcopy_get_report(copy)->verify.differences, 1);
	pcopy_free(copy);
	ranks_end();
}
END_TEST

START_TEST(ranks_remove_what_the_source_lacks)
{
	struct pcopy *copy;

	make_tree("src", 3, 5);
	make_tree("dst", 5, 6);
	ranks_start(2, NULL);
	options.delete_extraneous = true;
	options.delete_limit = PCOPY_DELETE_COUNT;
	options.max_delete = 1000;
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_run(copy), 0);
	ck_assert_uint_eq(pcopy_get_report(copy)->deleted.removed, 3 + 2 * 8);
	pcopy_free(copy);
	ranks_end();
	same_trees("src", "dst");
}
END_TEST

/* On tmpfs, where several write to one file whatever time that takes. */
START_TEST(a_large_file_goes_to_several_ranks)
{
	char dir[] = "/dev/shm/pcopy-ranks.XXXXXX";
	struct pcopy *copy;
	unsigned at_work = 0;
	int fd;

	if (!mkdtemp(dir) || chdir(dir) < 0)
		return;
	fd = open("src", O_CREAT | O_WRONLY, 0600);
	for (uint64_t i = 0; i < 1 << 20; i++)
		ck_assert_int_eq(write(fd, &i, sizeof(i)), sizeof(i));
	close(fd);
	ranks_start(4, NULL);
	options.threads = 1;
	options.chunk_bytes = 64 << 10;
	options.bwlimit = 40 << 20; /* so that none has done all before another one comes */
	options.reflink = PCOPY_NEVER;
	options.reflink = PCOPY_NEVER;
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_run(copy), 0);
	for (unsigned i = 0; i < 4; i++)
		at_work += pcopy_get_report(copy)->rank[i].jobs > 0;
	pcopy_free(copy);
	ranks_end();
	same_trees("src", "dst");
	ck_assert(unlink("src") == 0 && unlink("dst") == 0 && rmdir(dir) == 0);
	ck_assert_uint_gt(at_work, 1);
}
END_TEST

/* What ranks that have jobs may draw each second, as rank 0 tells them. */
#define LIMIT (UINT64_C(40) << 20)
static struct {
	uint64_t rate[RANKS_MAX];
	uint64_t jobs[RANKS_MAX];
	unsigned together; /* most ranks that had jobs at once */
} drawn;

static void drawn_look(void)
{
	uint64_t sum = 0;
	unsigned together = 0;

	for (unsigned i = 1; i <= ranks; i++) {
		sum += drawn.jobs[i] > 0 ? drawn.rate[i] : 0;
		ck_assert(drawn.jobs[i] == 0 || drawn.rate[i] > 0);
		together += drawn.jobs[i] > 0;
	}
	ck_assert_uint_le(sum, LIMIT + ranks); /* a share is rounded up */
	drawn.together = together > drawn.together ? together : drawn.together;
}

static int drawn_send(unsigned rank, enum pc_message kind, const void **message, size_t *len)
{
	struct pc_wire_reader r;

	(void)pc_message_open(*message, *len, &r);
	if (kind == PC_MESSAGE_FLAGS)
		drawn.rate[rank] = pc_message_get_flags(&r).rate;
	if (kind == PC_MESSAGE_JOBS)
		drawn.jobs[rank] += pc_wire_get_number(&r, PC_QUEUE_MAX);
	drawn_look();
	return 0;
}

static int drawn_receive(unsigned rank, enum pc_message kind, const void **message, size_t *len)
{
	struct pc_wire_reader r;

	(void)pc_message_open(*message, *len, &r);
	if (kind == PC_MESSAGE_RESULTS)
		drawn.jobs[rank] -= pc_wire_get_number(&r, PC_QUEUE_MAX);
	return 0;
}

START_TEST(bandwidth_limit_is_shared_by_all_ranks)
{
	make_tree("src", 60, 20);
	memset(&drawn, 0, sizeof(drawn));
	ranks_start(3, NULL);
	meddle_send = drawn_send;
	meddle_receive = drawn_receive;
	transport = meddled_transport(&transport);
	options.threads = 1;
	options.bwlimit = LIMIT;
	options.reflink = PCOPY_NEVER;
	ck_assert_int_eq(copy_run("src", "dst"), 0);
	ck_assert_uint_eq(drawn.together, 3);
	ranks_end();
	same_trees("src", "dst");
}
END_TEST

static unsigned paths_reported;
static void note_paths(UNUSED void *userdata, const struct pcopy_progress *progress)
{
	ck_assert_uint_le(progress->workers, 4);
	for (unsigned i = 0; i < progress->workers; i++)
		paths_reported += progress->worker[i].path && progress->worker[i].bytes > 0 &&
		                  strcmp(progress->worker[i].path, "src/big") == 0;
}

START_TEST(progress_names_files_of_ranks)
{
	static char bytes[1 << 20];
	int fd;

	make_dir("src");
	fd = open("src/big", O_CREAT | O_WRONLY, 0600);
	ck_assert_int_eq(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
	close(fd);
	ranks_start(2, NULL);
	paths_reported = 0;
	options.on_progress = note_paths;
	options.progress_paths = true;
	options.progress_ms = 10;
	options.reflink = PCOPY_NEVER;
	options.bwlimit = 2 << 20;
	ck_assert_int_eq(copy_run("src", "dst"), 0);
	ck_assert_uint_gt(paths_reported, 0);
	ranks_end();
}
END_TEST

/* So a later run without ranks resumes what two ranks on one machine began. */
START_TEST(machines_of_one_host_are_its_boot_id)
{
	struct pcopy *copy;

	make_tree("src", 1, 1);
	ranks_start(2, NULL);
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_run(copy), 0);
	ck_assert_uint_eq(strlen(copy->ranks->machines), 36);
	pcopy_free(copy);
	ranks_end();
}
END_TEST

START_TEST(run_on_one_machine_has_no_ranks)
{
	struct pcopy *copy;

	make_tree("src", 2, 2);
	transport = sockets_transport(0, 1);
	options.transport = &transport;
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_run(copy), 0);
	ck_assert_int_eq(pcopy_get_report(copy)->pool, PCOPY_POOL_THREADS);
	ck_assert_uint_eq(pcopy_get_report(copy)->ranks, 0);
	pcopy_free(copy);
}
END_TEST

/* ---- Jobs in flight ---- */

static int send_nothing(UNUSED void *data, UNUSED unsigned rank, UNUSED const void *message,
                        UNUSED size_t len)
{
	return 0;
}

/* How many of 300 queued jobs a rank of two threads gets whose last jobs took so long. */
static unsigned jobs_sent(uint64_t job_ns)
{
	const struct pcopy_transport nowhere = {
		.size = sizeof(nowhere), .ranks = 2, .send = send_nothing};
	struct pc_queue queue;
	struct pc_ranks *state;
	struct pc_pool pool = {.queue = &queue};
	uint16_t slot_rank[300] = {0};
	unsigned sent;

	ck_assert_int_eq(pc_queue_init(&queue, 300), 0);
	ck_assert_int_eq(pc_ranks_new(&nowhere, 2, &state), 0);
	pool.ranks = state;
	state->slot_rank = slot_rank;
	for (unsigned slot = 0; slot < 300; slot++) {
		*pc_queue_job(&queue, slot) = (struct pc_job){.kind = PC_JOB_ENTRIES};
		pc_queue_submit(&queue, slot);
	}
	state->rank[0].job_ns = job_ns;
	pc_ranks_deal(&pool);
	sent = state->rank[0].jobs;
	pc_ranks_deal(&pool); /* it has not answered */
	ck_assert_uint_eq(state->rank[0].jobs, sent);
	pc_ranks_free(state);
	pc_queue_done(&queue);
	return sent;
}

START_TEST(ranks_get_short_jobs_in_advance)
{
	ck_assert_uint_eq(jobs_sent(0), 4); /* not known yet */
	ck_assert_uint_eq(jobs_sent(32000000), 4);
	ck_assert_uint_eq(jobs_sent(500000), 8);
	ck_assert_uint_eq(jobs_sent(100000), 40);
	ck_assert_uint_eq(jobs_sent(1), 64);
	ck_assert_uint_eq(pc_rank_slots(PC_WORKERS_MAX), PC_QUEUE_MAX);
}
END_TEST

START_TEST(unneeded_ranks_end)
{
	ranks_start(2, NULL);
	ranks_end();
}
END_TEST

/* ---- What they cannot do ---- */

static int name_none(void *userdata, const char **ret)
{
	(void)userdata;
	*ret = NULL;
	return 0;
}

static int names_rewind(void *userdata)
{
	(void)userdata;
	return 0;
}

START_TEST(options_that_ranks_lack_are_refused)
{
	const struct pcopy_names names = {.next = name_none, .again = names_rewind};
	struct pcopy *copy;

	make_tree("src", 1, 1);
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	ranks_start(1, NULL);
	options.verify = PCOPY_VERIFY_ARCHIVE;
	ck_assert_int_eq(pcopy_new(&options, &copy), -EINVAL);
	options.verify = PCOPY_VERIFY_NO;
	options.copy_contents = true;
	ck_assert_int_eq(pcopy_new(&options, &copy), -EINVAL);
	options.copy_contents = false;
	options.names = &names;
	ck_assert_int_eq(pcopy_new(&options, &copy), -EINVAL);
	options.names = NULL;
	options.rules = PCOPY_RULE_READ_OPERANDS;
	ck_assert_int_eq(copy_run("fifo", "dst"), -EINVAL);
	ck_assert_int_ne(access("dst", F_OK), 0);
	ranks_end();
}
END_TEST

/* ---- What they see ---- */

static int serve_with_another_root(const struct pcopy_transport *t)
{
	/* nothing of this directory is at its path there */
	return chroot("/proc") == 0 ? pcopy_serve(t) : 77;
}

START_TEST(rank_without_the_source_is_refused)
{
	if (geteuid() != 0)
		return;
	make_tree("src", 2, 2);
	ranks_start(3, serve_with_another_root);
	ck_assert_int_eq(copy_run("src", "dst"), PCOPY_FAILED);
	ck_assert_uint_eq(reported.refusals, 2); /* for the source, and for the target */
	ck_assert_uint_eq(reported.last.rank, 1);
	ck_assert_int_eq(reported.last.errnum, ENOENT);
	ck_assert_int_eq(reported.src[0], '/');
	ck_assert_int_ne(access("dst", F_OK), 0);
	ranks_end();
}
END_TEST

/* Something is mounted over the source: the same path leads elsewhere. */
static int serve_with_another_source(const struct pcopy_transport *t)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "src", "tmpfs", 0, NULL) < 0)
		return 77;
	return pcopy_serve(t);
}

START_TEST(rank_with_another_source_is_refused)
{
	if (geteuid() != 0)
		return;
	make_tree("src", 2, 2);
	ranks_start(2, serve_with_another_source);
	ck_assert_int_eq(copy_run("src", "dst"), PCOPY_FAILED);
	ck_assert_uint_eq(reported.refusals, 1);
	ck_assert_uint_eq(reported.last.rank, 1);
	ck_assert_int_eq(reported.last.step, PCOPY_STEP_OTHER_SOURCE);
	ck_assert_int_ne(access("dst", F_OK), 0);
	ranks_end();
}
END_TEST

/* Directories above an operand are not made, either. */
START_TEST(ranks_are_greeted_before_parents_are_created)
{
	struct pcopy *copy;

	if (geteuid() != 0)
		return;
	make_tree("src", 2, 2);
	make_dir("dst");
	ranks_start(2, _i ? NULL : serve_with_another_source);
	ck_assert_int_eq(pcopy_new(&options, &copy), 0);
	ck_assert_int_eq(pcopy_add(copy, "src/d1", "dst/src/d1", PCOPY_ADD_PARENTS), 0);
	ck_assert_int_eq(pcopy_run(copy), _i ? 0 : PCOPY_FAILED);
	pcopy_free(copy);
	ck_assert_uint_eq(reported.refusals, !_i);
	ck_assert_int_eq(access("dst/src", F_OK), _i - 1);
	ranks_end();
	if (_i)
		same_trees("src/d1", "dst/src/d1");
}
END_TEST

static int serve_as_somebody_else(const struct pcopy_transport *t)
{
	return setgid(65534) == 0 && setuid(65534) == 0 ? pcopy_serve(t) : 77;
}

START_TEST(rank_of_another_user_is_refused)
{
	if (geteuid() != 0)
		return;
	make_tree("src", 1, 1);
	ranks_start(1, serve_as_somebody_else);
	ck_assert_int_eq(copy_run("src", "dst"), PCOPY_FAILED);
	ck_assert_uint_eq(reported.other_users, 1);
	ck_assert_int_ne(access("dst", F_OK), 0);
	ranks_end();
}
END_TEST

/* It does not answer until it is let. */
static int serve_stopped(const struct pcopy_transport *t)
{
	raise(SIGSTOP);
	return pcopy_serve(t);
}

static void let_it_answer(void)
{
	kill(serving[1], SIGCONT);
}

START_TEST(silent_rank_is_reported)
{
	struct pcopy *copy;

	make_tree("src", 2, 2);
	ranks_start(2, serve_stopped);
	copy = make_copy("src", "dst");
	copy->ranks->silence_ms = 1;
	when_silent = let_it_answer;
	ck_assert_int_eq(pcopy_run(copy), 0);
	ck_assert_uint_eq(reported.silent, 1);
	ck_assert_uint_eq(reported.last.rank, 1);
	ck_assert_uint_eq(reported.refusals, 0);
	pcopy_free(copy);
	ranks_end();
	same_trees("src", "dst");
}
END_TEST

static struct pcopy *running;
static void cancel_it(void)
{
	pcopy_cancel(running);
}

START_TEST(cancel_does_not_wait_for_a_silent_rank)
{
	make_tree("src", 2, 2);
	ranks_start(1, serve_stopped);
	running = make_copy("src", "dst");
	running->ranks->silence_ms = 1;
	when_silent = cancel_it;
	ck_assert_int_eq(pcopy_run(running), -ECANCELED);
	pcopy_free(running);
	ck_assert_int_ne(access("dst", F_OK), 0);
	let_it_answer();
	ranks_end();
}
END_TEST

/* ---- What goes wrong ---- */

/* Sends something else than an answer to its first jobs. */
static const char *lie;
static int lie_instead(UNUSED unsigned rank, enum pc_message kind, const void **message,
                       size_t *len)
{
	static struct pc_wire w;
	const struct pc_usage usage = {0};
	const uint64_t slot = 4000;

	if (kind != PC_MESSAGE_RESULTS)
		return 0;
	pc_wire_clear(&w);
	if (strcmp(lie, "cut") == 0) {
		pc_wire_put(&w, *message, *len - 9);
	} else if (strcmp(lie, "slot") == 0) { /* behind head and count */
		pc_wire_put(&w, *message, *len);
		memcpy(w.bytes.data + 16, &slot, sizeof(slot));
	} else if (strcmp(lie, "noise") == 0) {
		pc_wire_put(&w, (const char[64]){0}, 64);
	} else {
		pc_message_begin(&w, *lie == 'r' ? PC_MESSAGE_READY : PC_MESSAGE_ENDED);
		pc_wire_put_number(&w, 0);
		if (*lie == 'e')
			pc_wire_put(&w, &usage, sizeof(usage));
		pc_wire_put_number(&w, 0);
	}
	*message = w.bytes.data;
	*len = w.bytes.len;
	return 0;
}

static const char *const lies[] = {"noise", "cut", "slot", "ready", "ended"};

START_TEST(malformed_answer_ends_the_run)
{
	make_tree("src", 5, 5);
	lie = lies[_i];
	meddle_send = lie_instead;
	ranks_start(2, serve_meddled);
	ck_assert_int_eq(copy_run("src", "dst"), PCOPY_FAILED);
	ck_assert_int_eq(reported.last.step, PCOPY_STEP_NO_MESSAGE);
	ck_assert_uint_eq(reported.last.rank, 1);
	ck_assert_uint_eq(reported.refusals, 1);
	ranks_end();
}
END_TEST

/* What it needs for a pass arrives without its end. */
static int setup_cut(UNUSED unsigned rank, enum pc_message kind, UNUSED const void **message,
                     size_t *len)
{
	*len -= kind == PC_MESSAGE_SETUP;
	return 0;
}

START_TEST(rank_without_workers_ends_the_run)
{
	make_tree("src", 2, 2);
	meddle_receive = setup_cut;
	ranks_start(3, serve_meddled);
	ck_assert_int_eq(copy_run("src", "dst"), PCOPY_FAILED);
	ck_assert_int_eq(reported.last.step, PCOPY_STEP_NO_WORKERS);
	ck_assert_int_eq(reported.last.errnum, EBADMSG);
	ck_assert_uint_eq(reported.last.rank, 1);
	ck_assert_str_ne(reported.host, "");
	ck_assert_int_ne(access("dst", F_OK), 0);
	ranks_end();
}
END_TEST

/* It is killed when it has some jobs. */
static int die_of_jobs(UNUSED unsigned rank, enum pc_message kind, UNUSED const void **message,
                       UNUSED size_t *len)
{
	static unsigned jobs;

	if (kind == PC_MESSAGE_JOBS && ++jobs == 2)
		raise(SIGKILL);
	return 0;
}

START_TEST(jobs_of_a_lost_rank_are_redone_by_others)
{
	make_tree("src", 40, 20);
	meddle_receive = die_of_jobs;
	ranks_start(3, serve_meddled);
	ck_assert_int_eq(copy_run("src", "dst"), 0);
	ck_assert_uint_eq(reported.lost, 1);
	ck_assert_uint_eq(reported.degraded, 1);
	ck_assert_int_eq(rank_status(1), 128 + SIGKILL);
	(void)pcopy_dismiss(&transport);
	ways_flush();
	ck_assert_int_eq(rank_status(2), 0);
	ck_assert_int_eq(rank_status(3), 0);
	same_trees("src", "dst");
}
END_TEST

START_TEST(run_fails_when_all_ranks_are_lost)
{
	make_tree("src", 40, 20);
	meddle_receive = die_of_jobs;
	ranks_start(1, serve_meddled);
	ck_assert_int_eq(copy_run("src", "dst"), PCOPY_FAILED);
	ck_assert_int_eq(reported.last.step, PCOPY_STEP_GONE);
	ck_assert_uint_eq(reported.last.rank, 1);
	ck_assert_int_eq(rank_status(1), 128 + SIGKILL);
}
END_TEST

/* The first error ends the run in all ranks. */
START_TEST(errors_stop_all_ranks)
{
	struct pcopy *copy;

	make_tree("src", 30, 10);
	make_dir("dst");
	for (int d = 0; d < 30; d++) {
		char path[32];

		snprintf(path, sizeof(path), "dst/d%d", d);
		make_file(path, "in the way\n");
	}
	ranks_start(2, NULL);
	options.max_errors = 1;
	copy = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_run(copy), PCOPY_FAILED);
	ck_assert_int_eq(pcopy_get_report(copy)->stop, PCOPY_STOP_ERRORS);
	pcopy_free(copy);
	ranks_end();
}
END_TEST

static void cancel_soon(UNUSED void *userdata, const struct pcopy_progress *progress)
{
	for (unsigned i = 0; i < progress->workers; i++) {
		if (progress->worker[i].path && strcmp(progress->worker[i].path, "src/a") == 0)
			pcopy_cancel(running);
	}
}

/* One file alone would take a quarter of an hour. */
START_TEST(a_canceled_run_ends_in_all_ranks)
{
	static char bytes[1 << 20];
	int fd;

	make_tree("src", 50, 50);
	fd = open("src/a", O_CREAT | O_WRONLY, 0600);
	ck_assert_int_eq(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
	close(fd);
	ranks_start(2, NULL);
	options.on_progress = cancel_soon;
	options.progress_ms = 1;
	options.progress_paths = true;
	options.bwlimit = 1000;
	options.reflink = PCOPY_NEVER;
	running = make_copy("src", "dst");
	ck_assert_int_eq(pcopy_run(running), -ECANCELED);
	pcopy_free(running);
	ranks_end();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ranks");
	TCase *tcase = fresh_case(suite, "ranks");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, ranks_copy_a_tree);
	tcase_add_test(tcase, ranks_compare_what_they_copied);
	tcase_add_test(tcase, ranks_remove_what_the_source_lacks);
	tcase_add_test(tcase, a_large_file_goes_to_several_ranks);
	tcase_add_test(tcase, bandwidth_limit_is_shared_by_all_ranks);
	tcase_add_test(tcase, progress_names_files_of_ranks);
	tcase_add_test(tcase, machines_of_one_host_are_its_boot_id);
	tcase_add_test(tcase, run_on_one_machine_has_no_ranks);
	tcase_add_test(tcase, ranks_get_short_jobs_in_advance);
	tcase_add_test(tcase, unneeded_ranks_end);
	tcase_add_test(tcase, options_that_ranks_lack_are_refused);
	tcase_add_test(tcase, rank_without_the_source_is_refused);
	tcase_add_test(tcase, rank_with_another_source_is_refused);
	tcase_add_loop_test(tcase, ranks_are_greeted_before_parents_are_created, 0, 2);
	tcase_add_test(tcase, rank_of_another_user_is_refused);
	tcase_add_test(tcase, silent_rank_is_reported);
	tcase_add_test(tcase, cancel_does_not_wait_for_a_silent_rank);
	tcase_add_test(tcase, rank_without_workers_ends_the_run);
	tcase_add_loop_test(tcase, malformed_answer_ends_the_run, 0, COUNT(lies));
	tcase_add_test(tcase, jobs_of_a_lost_rank_are_redone_by_others);
	tcase_add_test(tcase, run_fails_when_all_ranks_are_lost);
	tcase_add_test(tcase, errors_stop_all_ranks);
	tcase_add_test(tcase, a_canceled_run_ends_in_all_ranks);
	return run_suite(suite);
}
