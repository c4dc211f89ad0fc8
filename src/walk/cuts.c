/* SPDX-License-Identifier: MIT */
/* cuts.c - where the ranges of a file with holes end.
 *
 * A range is as long as it takes to hold so much data, so that a file costs what its data
 * costs and not what its length does.  The coordinator cannot see the holes: with one of
 * the ranges it asks for the ends of those behind it (PC_JOB_CUT). */
#include "walk/walk.h"

#include "base/clock.h"
#include "sys/extent.h"

/* Looking for ends, when one was found: the workers wait for them. */
#define CUTS_NS UINT64_C(50000000)

static struct pc_extent cuts_next(int fd, int other_fd, uint64_t pos, uint64_t limit)
{
	return other_fd < 0 ? pc_extent_next(fd, pos, limit)
	                    : pc_extent_next_of_two(fd, other_fd, pos, limit);
}

/* Where ranges may go to several machines, they end where those share nothing. */
static uint64_t cut_align(const struct pc_walker *w, uint64_t pos)
{
	uint64_t over = pos % PC_SHARED_PAGE_BYTES;

	return w->options->pool != PCOPY_POOL_RANKS || over == 0
	               ? pos
	               : pos + PC_SHARED_PAGE_BYTES - over;
}

/* The ends of ranges from `pos` on.  Their number; less than there are when the time is up
 * or the run was canceled. */
static unsigned cuts_find(const struct pc_walker *w, int fd, int other_fd, uint64_t pos,
                          uint64_t cut[PC_CUTS_MAX])
{
	uint64_t size = w->job->meta.size, chunk = w->options->chunk_bytes, want = chunk;
	struct pc_extent run = {.start = pos, .end = pos};
	uint64_t start_ns = pc_now_ns();
	unsigned n = 0;

	while (pos < size && !pc_queue_canceled(w->queue)) {
		uint64_t left;

		if (pos >= run.end) {
			run = cuts_next(fd, other_fd, pos, size);
			pos = run.start;
		}
		left = run.end - pos;
		pos += left < want ? left : want;
		want -= left < want ? left : want;
		if (want > 0)
			continue;
		pos = cut_align(w, pos);
		if (pos >= size)
			break;
		cut[n++] = pos;
		want = chunk;
		if (n == PC_CUTS_MAX || pc_now_ns() - start_ns > CUTS_NS)
			return n;
	}
	if (pos < size)
		return n;
	if (n > 0 && want == chunk)
		n--; /* a hole at the end is no range of its own */
	if (n == 0 || cut[n - 1] < size)
		cut[n++] = size;
	return n;
}

void pc_walk_cut(struct pc_walker *w, int fd, int other_fd)
{
	uint64_t cut[PC_CUTS_MAX], end = w->job->offset + w->job->length;
	unsigned n = 0;

	if (w->job->flags & PC_JOB_CUT)
		n = cuts_find(w, fd, other_fd, end, cut);
	if (n > 0)
		(void)pc_walk_item(w, PC_ITEM_CUTS, (const char *)cut, n * sizeof(cut[0]));
}
