/* check_rank_faults.c - src/ranks/ and src/run/{ranks,serve,sync}.c: each call of the transport fails
 * once, each message arrives as something else, and each rank ends, at each of its messages in turn.
 * SPDX-License-Identifier: MIT
 *
 * Each rank is on a machine of its own as far as ../ranks/node.c can simulate it.  The kinds of
 * messages that a run without faults sends are recorded, so that none is left out.
 *
 * A run and its ranks are processes of their own, so that any of them may be killed.  Whatever
 * happened, what has its final name and length is whole, one line says what ended the run, and
 * without a fault the same run completes it. */
#include "copies.h"
#include "job/queue.h"
#include "sockets.h"

#include <ftw.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>

#define RANKS 2U
#define LARGE (200U << 10)

enum what { FAILS, CUT, EMPTY, LONGER, ANOTHER, KILLED, WHATS };
enum where { COORDINATOR_SENDS, COORDINATOR_RECEIVES, RANK_SENDS, RANK_RECEIVES, WHERES };

static struct {
	enum what what;
	enum where where;
	unsigned nth;
} fault;

/* What a run came to, for the process that looks at it. */
static struct outcome {
	_Atomic unsigned calls, reached;
	_Atomic unsigned kinds; /* bits: kinds of messages that were sent */
	int r;
	unsigned lines;       /* that say why it failed */
	unsigned nameless;    /* ... and name no rank */
	enum pcopy_step step; /* of the last one */
} * outcome;

static struct pc_wire other;

static bool has_other_device; /* src/d1 is another file system */

static int fault_do(enum pc_message kind, const void **message, size_t *len)
{
	outcome->kinds |= 1U << kind;
	if (++outcome->calls != fault.nth)
		return 0;
	outcome->reached = 1;
	pc_wire_clear(&other);
	pc_wire_put(&other, *message, *len);
	switch (fault.what) {
	case FAILS:
		return -EIO;
	case CUT:
		*len -= 1;
		break;
	case EMPTY:
		*len = 0;
		break;
	case LONGER:
		pc_wire_put(&other, "", 1);
		break;
	case ANOTHER: /* the kind is behind the magic number */
		other.bytes.data[4] =
			other.bytes.data[4] == PC_MESSAGE_END ? PC_MESSAGE_JOBS : PC_MESSAGE_END;
		break;
	default:
		raise(SIGKILL);
		break;
	}
	*message = other.bytes.data;
	*len = fault.what == CUT || fault.what == EMPTY ? *len : other.bytes.len;
	return 0;
}

static int fault_send(UNUSED unsigned rank, enum pc_message kind, const void **message, size_t *len)
{
	bool here = fault.where == COORDINATOR_SENDS || fault.where == RANK_SENDS;

	return here && kind != PC_MESSAGE_QUIT ? fault_do(kind, message, len) : 0;
}

static int fault_receive(UNUSED unsigned rank, enum pc_message kind, const void **message,
                         size_t *len)
{
	bool here = fault.where == COORDINATOR_RECEIVES || fault.where == RANK_RECEIVES;

	return here && kind != PC_MESSAGE_QUIT ? fault_do(kind, message, len) : 0;
}

static void note_line(UNUSED void *userdata, const struct pcopy_event *event)
{
	if (event->type != PCOPY_EVENT_RANK && event->type != PCOPY_EVENT_ERROR)
		return;
	outcome->lines++;
	outcome->nameless +=
		event->type == PCOPY_EVENT_RANK && (event->rank == 0 || event->rank > RANKS);
	outcome->step = event->step;
}

/* In a process of its own: a copy that uses all kinds of messages. */
static void run_do(bool faulty)
{
	bool of_rank = fault.where == RANK_SENDS || fault.where == RANK_RECEIVES;
	struct pcopy_transport transport;
	struct pcopy *copy;

	ways_clear();
	meddle_send = faulty ? fault_send : NULL;
	meddle_receive = faulty ? fault_receive : NULL;
	for (unsigned i = 1; i <= RANKS; i++) {
		const char number[2] = {(char)('0' + i)};

		setenv("OMPI_COMM_WORLD_RANK", number, 1); /* for node.c */
		rank_start(i, RANKS + 1, i == 1 && faulty && of_rank ? serve_meddled : pcopy_serve);
	}
	unsetenv("OMPI_COMM_WORLD_RANK");
	transport = sockets_transport(0, RANKS + 1);
	if (!of_rank)
		transport = meddled_transport(&transport);
	options.transport = &transport;
	options.on_event = note_line;
	options.threads = 1;
	options.preserve = PCOPY_KEEP_LINKS | PCOPY_KEEP_TIMES;
	options.chunk_bytes = 64 << 10;
	options.reflink = PCOPY_NEVER;
	options.verify = PCOPY_VERIFY_HASH;
	options.fsync = PCOPY_FSYNC_END;
	options.delete_extraneous = true;
	options.resume = true;
	options.bwlimit = UINT64_C(1) << 40; /* a FLAGS message for each rank */
	copy = make_copy("src", "dst");
	outcome->r = pcopy_run(copy);
	outcome->lines += outcome->r < 0;
	pcopy_free(copy);
	(void)pcopy_dismiss(&transport); /* who is not there any more has ended */
	ways_flush();
	for (unsigned i = 1; i <= RANKS; i++)
		(void)rank_status(i);
	_exit(0);
}

/* Whether it came to its end. */
static bool run_copy(bool faulty)
{
	int status;
	pid_t pid;

	*outcome = (struct outcome){0};
	pid = fork();
	if (pid == 0)
		run_do(faulty);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Mounts a file system that is in no WELCOME message, so that ranks ask for its number. */
static void other_device_mount(void)
{
	has_other_device = unshare(CLONE_NEWNS) == 0 &&
	                   mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	                   mount("none", "src/d1", "tmpfs", 0, NULL) == 0;
	if (has_other_device)
		make_file("src/d1/f", "text\n");
}

static void make_source(void)
{
	int fd;

	make_tree("src", 3, 3);
	other_device_mount();
	ck_assert_int_eq(link("src/d0/f0", "src/d2/name"), 0);
	fd = open("src/large", O_CREAT | O_WRONLY, 0600);
	for (unsigned i = 0; i < LARGE / sizeof(i); i++)
		ck_assert_int_eq(write(fd, &i, sizeof(i)), sizeof(i));
	close(fd);
}

static void make_target(void)
{
	ck_assert_int_eq(system("rm -rf dst && mkdir dst dst/extra && echo x >dst/extra/x"), 0);
}

/* A copy with its final name and as long as its source. */
static int copy_is_whole(const char *path, const struct stat *st, UNUSED int type,
                         UNUSED struct FTW *ftw)
{
	char source[256], command[600];
	struct stat want;

	snprintf(source, sizeof(source), "src%s", path + 3);
	if (!S_ISREG(st->st_mode) || lstat(source, &want) < 0 || want.st_size != st->st_size)
		return 0;
	if (st->st_size < 100) /* "text\n" */
		return 0;
	snprintf(command, sizeof(command), "cmp -s %s %s", path, source);
	ck_assert_msg(system(command) == 0, "%s is not its source", path);
	return 0;
}

static void target_is_whole(const char *when)
{
	int r = system("diff -r --no-dereference src dst");

	ck_assert_msg(r == 0, "fault %u at %u, call %u: not complete %s", fault.what, fault.where,
	              fault.nth, when);
}

/* The kinds of messages that the sweep must have reached. */
static unsigned kinds_expected(void)
{
	static const enum pc_message sent_by_coordinator[] = {
		PC_MESSAGE_GREET, PC_MESSAGE_PROBE, PC_MESSAGE_WELCOME, PC_MESSAGE_SETUP,
		PC_MESSAGE_JOBS,  PC_MESSAGE_FLAGS, PC_MESSAGE_END,     PC_MESSAGE_SYNC};
	static const enum pc_message sent_by_rank[] = {PC_MESSAGE_HELLO, PC_MESSAGE_PROBE,
	                                               PC_MESSAGE_READY, PC_MESSAGE_RESULTS,
	                                               PC_MESSAGE_ENDED, PC_MESSAGE_SYNCED};
	bool here = fault.where == COORDINATOR_SENDS || fault.where == RANK_RECEIVES;
	unsigned kinds = has_other_device ? 1U << PC_MESSAGE_DEVICE : 0;

	for (unsigned i = 0; here && i < COUNT(sent_by_coordinator); i++)
		kinds |= 1U << sent_by_coordinator[i];
	for (unsigned i = 0; !here && i < COUNT(sent_by_rank); i++)
		kinds |= 1U << sent_by_rank[i];
	return kinds;
}

START_TEST(failed_call_is_reported_and_leaves_no_wrong_file)
{
	bool ended, lives;

	outcome = mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	               -1, 0);
	fault.where = (enum where)(_i / WHATS);
	fault.what = (enum what)(_i % WHATS);
	lives = fault.what != KILLED || fault.where == RANK_SENDS || fault.where == RANK_RECEIVES;
	make_source();
	for (fault.nth = 1;; fault.nth += fault.what == FAILS || fault.what == KILLED ? 1 : 3) {
		make_target();
		ended = run_copy(true);
		if (!outcome->reached)
			break;
		ck_assert_msg(ended == lives, "fault %u at %u, call %u: how it ended", fault.what,
		              fault.where, fault.nth);
		ck_assert_int_eq(nftw("dst", copy_is_whole, 16, FTW_PHYS), 0);
		if (!ended || outcome->r != 0) {
			ck_assert_msg(!ended || outcome->lines == 1,
			              "fault %u at %u, call %u: %u lines, result %d, step %d",
			              fault.what, fault.where, fault.nth, outcome->lines,
			              outcome->r, outcome->step);
			ck_assert_uint_eq(outcome->nameless, 0);
			ck_assert(run_copy(false));
			ck_assert_int_eq(outcome->r, 0);
		}
		target_is_whole(outcome->r == 0 ? "though it says so" : "in the end");
	}
	ck_assert_uint_gt(fault.nth, 5);
	ck_assert_uint_eq(outcome->kinds & kinds_expected(), kinds_expected());
	ck_assert_int_eq(outcome->r, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rank faults");
	TCase *tcase = fresh_case(suite, "rank faults");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, failed_call_is_reported_and_leaves_no_wrong_file, 0,
	                    WHERES * WHATS);
	return run_suite(suite);
}
