/* SPDX-License-Identifier: MIT
 *
 * batch.c - closes many descriptors with few calls.
 *
 * In a descriptor table of its own a worker gets adjacent numbers, so one close_range() closes
 * several files.  Each range holds only descriptors of the batch, so this is correct in a shared
 * table too.  close_range() reports no errors, so targets are added here only from file systems
 * whose close() has none to report. */
#include "walk/walk.h"

#include "sys/sys.h"

static void close_run(int first, int last)
{
	if (first < last && pc_sys_close_range((unsigned)first, (unsigned)last) == 0)
		return;
	for (int fd = first; fd <= last; fd++)
		(void)pc_sys_close(fd); /* no errors: see above */
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

	if (fd < 0) /* the target directory does not exist, see src/copy/survey.c */
		return;
	if (b->max == 0) {
		(void)pc_sys_close(fd); /* no errors: see above */
		return;
	}
	/* keep descriptors sorted: a target is added before its source, which was opened first */
	for (at = b->len++; at > 0 && b->fd[at - 1] > fd; at--)
		b->fd[at] = b->fd[at - 1];
	b->fd[at] = fd;
	if (b->len >= b->max)
		pc_batch_flush(b);
}
