/* check_messages.c - src/cli/messages.c: how events are reported, in GNU cp's words.
 * SPDX-License-Identifier: MIT */
#include "cli/messages.h"

#include "support.h"

/* What goes to stderr from now on. */
static void listen_up(void)
{
	ck_assert_ptr_nonnull(freopen("messages", "w", stderr));
}

static void expect_message(const char *text)
{
	ck_assert_int_eq(fflush(stderr), 0);
	expect_text("messages", text);
}

static struct pcopy_event event_of(enum pcopy_event_type type, enum pcopy_step step, int errnum)
{
	return (struct pcopy_event){
		.type = type, .step = step, .errnum = errnum, .src = "a", .dst = "d/it's"};
}

static const struct {
	enum pcopy_step step;
	uint64_t count;
	const char *text;
} warnings[] = {
	{PCOPY_STEP_XATTR, 0,
         "pcopy: setting attributes for \"d/it's\": Operation not supported\n"},
	{PCOPY_STEP_XATTR, 1,
         "pcopy: setting attributes for \"d/it's\": Operation not supported\n"},
	{PCOPY_STEP_XATTR, 2,
         "pcopy: setting attributes for \"d/it's\" and 1 more entry: Operation not supported\n"},
	{PCOPY_STEP_FLAGS, 13,
         "pcopy: setting flags for \"d/it's\" and 12 more entries: Operation not supported\n"},
	{PCOPY_STEP_CHANGED, 3,
         "pcopy: 'a' and 2 more entries changed while it was copied: Operation not supported\n"},
};

START_TEST(warning)
{
	struct pcopy_event event = event_of(PCOPY_EVENT_WARNING, warnings[_i].step, EOPNOTSUPP);

	event.count = warnings[_i].count;
	listen_up();
	cli_message_event(&event, true); /* --quiet */
	cli_message_event(&event, false);
	expect_message(warnings[_i].text);
}
END_TEST

/* A name is bare where cp has it so, and a shell could read it. */
START_TEST(bare_names)
{
	struct pcopy_event event = event_of(PCOPY_EVENT_ERROR, PCOPY_STEP_RELATIVE_LINK, 0);

	listen_up();
	cli_message_event(&event, true);
	event.dst = "d/plain";
	cli_message_event(&event, true);
	expect_message(
		"pcopy: \"d/it's\": can make relative symbolic links only in current directory\n"
		"pcopy: d/plain: can make relative symbolic links only in current directory\n");
}
END_TEST

/* A job that failed says why: that its workers died is one reason of several. */
START_TEST(failed_jobs)
{
	struct pcopy_event event = event_of(PCOPY_EVENT_ERROR, PCOPY_STEP_WORKER, 0);

	listen_up();
	cli_message_event(&event, true);
	event.errnum = EBADMSG;
	cli_message_event(&event, true);
	event.step = PCOPY_STEP_NONE;
	event.errnum = ENOBUFS;
	cli_message_event(&event, true);
	expect_message("pcopy: cannot copy 'a': its workers died\n"
	               "pcopy: cannot copy 'a': invalid reply from its worker: Bad message\n"
	               "pcopy: cannot copy 'a': No buffer space available\n");
}
END_TEST

#define COPIED "'a' -> \"d/it's\"\n"
#define WAY "copy offload: yes, reflink: unsupported, sparse detection: SEEK_HOLE\n"

static const struct {
	enum pcopy_event_type type;
	enum pcopy_kind kind;
	bool debug, attributes_only;
	enum pcopy_make make;
	const char *backup, *text;
} done[] = {
	{.type = PCOPY_EVENT_COPIED, .text = COPIED},
	{.type = PCOPY_EVENT_COPIED,
         .backup = "d/b~",
         .text = "'a' -> \"d/it's\" (backup: 'd/b~')\n"},
	{.type = PCOPY_EVENT_REMOVED, .text = "removed \"d/it's\"\n"},
	{.type = PCOPY_EVENT_SKIPPED, .text = ""},
	{.type = PCOPY_EVENT_SKIPPED, .debug = true, .text = "skipped \"d/it's\"\n"},
	{.type = PCOPY_EVENT_REMOVED, .debug = true, .text = "removed \"d/it's\"\n"},
	{.type = PCOPY_EVENT_COPIED, .debug = true, .text = COPIED WAY},
	{.type = PCOPY_EVENT_COPIED, .debug = true, .kind = PCOPY_SYMLINK, .text = COPIED},
	{.type = PCOPY_EVENT_COPIED, .debug = true, .attributes_only = true, .text = COPIED},
	{.type = PCOPY_EVENT_COPIED, .debug = true, .make = PCOPY_MAKE_HARD_LINKS, .text = COPIED},
};

START_TEST(verbose)
{
	struct cli_options options = {.debug = done[_i].debug};
	struct pcopy_event event = event_of(done[_i].type, PCOPY_STEP_NONE, 0);
	char text[256] = "";
	FILE *stream = fmemopen(text, sizeof(text), "w");

	options.copy.attributes_only = done[_i].attributes_only;
	options.copy.make = done[_i].make;
	event.kind = done[_i].kind;
	event.backup = done[_i].backup;
	event.way = (struct pcopy_way){PCOPY_YES, PCOPY_UNSUPPORTED, true, false};
	cli_message_verbose(stream, &event, &options);
	ck_assert_int_eq(fclose(stream), 0);
	ck_assert_str_eq(text, done[_i].text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("messages");
	TCase *tcase = fresh_case(suite, "messages");

	tcase_add_loop_test(tcase, warning, 0, COUNT(warnings));
	tcase_add_test(tcase, failed_jobs);
	tcase_add_test(tcase, bare_names);
	tcase_add_loop_test(tcase, verbose, 0, COUNT(done));
	return run_suite(suite);
}
