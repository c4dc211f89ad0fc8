/* check_target.c - src/copy/backup.c: what has an entry's name gets another.
 * SPDX-License-Identifier: MIT */
#include "copy/target.h"

#include "support.h"

static const struct pcopy_options options = {.backup = PCOPY_BACKUP_SIMPLE, .backup_suffix = "~"};
static struct pc_copier copier;
static struct pc_frame frame;
static struct pc_entry entry;

static void setup(void)
{
	fresh_enter();
	copier = (struct pc_copier){.walk.options = &options};
	frame = (struct pc_frame){.dst_fd = open(".", O_RDONLY | O_DIRECTORY)};
	entry = (struct pc_entry){.frame = &frame, .src_name = "source", .dst_name = "name"};
	ck_assert_int_ge(frame.dst_fd, 0);
}

static void teardown(void)
{
	pc_buffer_done(&copier.backup);
	close(frame.dst_fd);
}

START_TEST(old_file_is_kept_as_backup)
{
	make_file("name", "old");
	ck_assert_int_eq(pc_backup_make(&copier, &entry), PC_VERDICT_FREE);
	ck_assert_str_eq(entry.backup, "name~");
	ck_assert(!exists("name"));
	expect_text("name~", "old");
	pc_backup_restore(&entry);
	expect_text("name", "old");
	ck_assert(!exists("name~"));
	ck_assert_ptr_null(entry.backup);
}
END_TEST

/* Somebody removed it meanwhile: the name is as free as it was to be. */
START_TEST(vanished_target_needs_no_backup)
{
	ck_assert_int_eq(pc_backup_make(&copier, &entry), PC_VERDICT_FREE);
	ck_assert_ptr_null(entry.backup);
	pc_backup_restore(&entry);
	ck_assert(!exists("name"));
}
END_TEST

START_TEST(backup_never_replaces_the_source)
{
	make_file("name~", "source");
	make_file("name", "old");
	entry.src_name = "name~";
	ck_assert_int_eq(stat("name~", &entry.src), 0);
	ck_assert_int_eq(pc_backup_make(&copier, &entry), PC_VERDICT_REFUSED);
	ck_assert_int_eq(entry.step, PCOPY_STEP_BACKUP_IS_SOURCE);
	expect_text("name~", "source");
	expect_text("name", "old");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("target");
	TCase *tcase = fresh_case(suite, "target");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, old_file_is_kept_as_backup);
	tcase_add_test(tcase, vanished_target_needs_no_backup);
	tcase_add_test(tcase, backup_never_replaces_the_source);
	return run_suite(suite);
}
