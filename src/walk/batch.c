/* SPDX-License-Identifier: MIT
 *
 * batch.c - closing many descriptors with few calls.
 *
 * In a descriptor table of its own a worker gets neighbouring numbers, so that
 * one close_range() ends several files.  A range holds nothing but descriptors
 * of the batch, so it is right in a shared table too.  It reports no errors:
 * targets come here only from file systems whose close() has none to report. */
#include "walk/walk.h"

#include "sys/sys.h"

static void close_run(int first, int last)
{
	if (first < last && pc_sys_close_range((unsigned)first, (unsigned)last) == 0)
		return;
	for (int fd = first; fd <= last; fd++)
		(void)pc_sys_close(fd); /* see above */
}

void pc_batch_flush(struct pc_batch *b)
{
	unsigned start = 0;

	for (unsigned i = 1; i <= b->len; i++) {
		if (i < b->len && b->fd[i] == b->fd[i - 1] + 1)
			continue;
		close_run(b->fd[start], b->fd[i - 1]);
		start = i;
	}
	b->len = 0;
}

void pc_batch_add(struct pc_batch *b, int fd)
{
	unsigned at;

	if (fd < 0) /* a target directory that is not there, see src/copy/survey.c */
		return;
	if (b->max == 0) {
		(void)pc_sys_close(fd); /* see above */
		return;
	}
	/* kept in order: a target comes before its source, which was opened first */
	for (at = b->len++; at > 0 && b->fd[at - 1] > fd; at--)
		b->fd[at] = b->fd[at - 1];
	b->fd[at] = fd;
	if (b->len >= b->max)
		pc_batch_flush(b);
}
