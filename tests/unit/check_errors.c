/* SPDX-License-Identifier: MIT */
/* check_errors.c - src/job/errors.c: what an error means. */
#include "job/errors.h"
#include "job/job.h"

#include "support.h"

static const struct meaning {
	enum pcopy_step step;
	int error;
	enum pc_error_class want;
} meanings[] = {
	/* interrupted; under another process's lease */
	{PCOPY_STEP_READ, EINTR, PC_ERROR_RETRY},
	{PCOPY_STEP_OPEN_SOURCE, EAGAIN, PC_ERROR_RETRY},
	{PCOPY_STEP_CREATE, EAGAIN, PC_ERROR_RETRY},
	{PCOPY_STEP_READ_TARGET, EAGAIN, PC_ERROR_RETRY},
	{PCOPY_STEP_WRITE, EAGAIN, PC_ERROR_TREE},
	/* no such way between these two */
	{PCOPY_STEP_CLONE, EOPNOTSUPP, PC_ERROR_NEXT},
	{PCOPY_STEP_CLONE, EXDEV, PC_ERROR_NEXT},
	{PCOPY_STEP_CLONE, EACCES, PC_ERROR_NEXT},
	{PCOPY_STEP_CLONE, EIO, PC_ERROR_ENTRY},
	{PCOPY_STEP_CLONE, ENOSPC, PC_ERROR_FILE_SYSTEM},
	{PC_STEP_OFFLOAD, EACCES, PC_ERROR_NEXT},
	{PC_STEP_OFFLOAD, ENOENT, PC_ERROR_NEXT},
	{PC_STEP_OFFLOAD, EIO, PC_ERROR_NEXT},
	{PC_STEP_OFFLOAD, ENOMEM, PC_ERROR_NEXT},
	{PC_STEP_OFFLOAD, ENOSPC, PC_ERROR_FILE_SYSTEM},
	{PC_STEP_OFFLOAD, EDQUOT, PC_ERROR_QUOTA},
	/* a further name that cannot be: a copy instead */
	{PCOPY_STEP_LINK, EXDEV, PC_ERROR_NEXT},
	{PCOPY_STEP_LINK, EMLINK, PC_ERROR_NEXT},
	{PCOPY_STEP_LINK, EPERM, PC_ERROR_NEXT},
	{PCOPY_STEP_LINK, EACCES, PC_ERROR_TREE},
	{PCOPY_STEP_LINK, ENOSPC, PC_ERROR_FILE_SYSTEM},
	/* not kept */
	{PCOPY_STEP_OWNER, EPERM, PC_ERROR_WARNING},
	{PCOPY_STEP_OWNER, EINVAL, PC_ERROR_WARNING},
	{PCOPY_STEP_OWNER, EDQUOT, PC_ERROR_WARNING},
	{PCOPY_STEP_OWNER, EIO, PC_ERROR_ENTRY},
	{PCOPY_STEP_OWNER, ENOSPC, PC_ERROR_FILE_SYSTEM},
	{PCOPY_STEP_XATTR, ENOSPC, PC_ERROR_WARNING},
	{PCOPY_STEP_XATTR, EOPNOTSUPP, PC_ERROR_WARNING},
	{PCOPY_STEP_XATTR, ENOMEM, PC_ERROR_ENTRY},
	{PCOPY_STEP_CONTEXT, EDQUOT, PC_ERROR_WARNING},
	{PCOPY_STEP_TIMES, EROFS, PC_ERROR_ENTRY},
	{PCOPY_STEP_TIMES, EDQUOT, PC_ERROR_WARNING},
	{PCOPY_STEP_MODE, EDQUOT, PC_ERROR_WARNING},
	{PCOPY_STEP_MODE, ENOSPC, PC_ERROR_FILE_SYSTEM},
	/* the entry; and what is below it */
	{PCOPY_STEP_CLOSE, EIO, PC_ERROR_ENTRY},
	{PCOPY_STEP_SYNC, EIO, PC_ERROR_ENTRY},
	{PCOPY_STEP_MKDIR, EACCES, PC_ERROR_TREE},
	{PCOPY_STEP_SAME_FILE, 0, PC_ERROR_TREE},
	{PCOPY_STEP_WORKER, 0, PC_ERROR_TREE},
	/* full: the target, and nothing else */
	{PCOPY_STEP_WRITE, ENOSPC, PC_ERROR_FILE_SYSTEM},
	{PCOPY_STEP_WRITE, EDQUOT, PC_ERROR_QUOTA},
	{PCOPY_STEP_CLOSE, EDQUOT, PC_ERROR_QUOTA},
	{PCOPY_STEP_MKDIR, ENOSPC, PC_ERROR_FILE_SYSTEM},
	{PCOPY_STEP_READ, ENOSPC, PC_ERROR_TREE},
	{PCOPY_STEP_LIST, EDQUOT, PC_ERROR_TREE},
};

START_TEST(errors_have_one_meaning)
{
	const struct meaning *m = &meanings[_i];

	ck_assert_msg(pc_error_class(m->step, -m->error) == m->want, "step %d, %s: %d", m->step,
	              strerror(m->error), pc_error_class(m->step, -m->error));
	ck_assert(pc_is_full(m->step, -m->error) == (m->want >= PC_ERROR_QUOTA));
}
END_TEST

/* What came from another process may be any number. */
START_TEST(steps_out_of_range_are_harmless)
{
	ck_assert_int_eq(pc_error_class((enum pcopy_step)60000, -ENOSPC), PC_ERROR_TREE);
	ck_assert_int_eq(pc_error_class((enum pcopy_step) - 1, -EIO), PC_ERROR_TREE);
}
END_TEST

/* What is set when the last child is done says nothing about the children. */
START_TEST(late_steps_leave_the_children)
{
	ck_assert(!pc_step_ends_tree(PCOPY_STEP_TIMES));
	ck_assert(!pc_step_ends_tree(PCOPY_STEP_OWNER));
	ck_assert(!pc_step_ends_tree(PCOPY_STEP_SYNC));
	ck_assert(pc_step_ends_tree(PCOPY_STEP_LIST));
	ck_assert(pc_step_ends_tree(PCOPY_STEP_MKDIR));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("errors");
	TCase *tcase = plain_case(suite, "meaning");

	tcase_add_loop_test(tcase, errors_have_one_meaning, 0, (int)COUNT(meanings));
	tcase_add_test(tcase, steps_out_of_range_are_harmless);
	tcase_add_test(tcase, late_steps_leave_the_children);
	return run_suite(suite);
}
