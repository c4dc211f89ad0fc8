/* SPDX-License-Identifier: MIT */
/* range_ends.c - finds where the ranges of a file with holes end.
 *
 * Each range holds the same amount of data, so a file costs what its data costs, regardless of
 * its length.  The coordinator cannot see holes: in one range's job it asks for the ends of the
 * following ranges (PC_JOB_FIND_ENDS). */
#include "walk/walk.h"

#include "base/clock.h"
#include "sys/extent.h"

/* Time limit of the search, once an end was found: workers wait for the answer. */
#define RANGE_ENDS_NS UINT64_C(50000000)

static struct pc_extent data_next(int fd, int other_fd, uint64_t pos, uint64_t limit)
{
	return other_fd < 0 ? pc_extent_next(fd, pos, limit)
	                    : pc_extent_next_of_two(fd, other_fd, pos, limit);
}

/* Ranges that may be written by several machines end at multiples of the shared page size. */
static uint64_t range_end_align(const struct pc_walker *w, uint64_t pos)
{
	uint64_t over = pos % PC_SHARED_PAGE_BYTES;

	return w->options->pool != PCOPY_POOL_RANKS || over == 0
	               ? pos
	               : pos + PC_SHARED_PAGE_BYTES - over;
}

/* Finds the ends of ranges from `pos` on.  Returns their number, which is incomplete if the time
 * is over or the run was canceled. */
static unsigned range_ends_find(const struct pc_walker *w, int fd, int other_fd, uint64_t pos,
                                uint64_t cut[PC_RANGE_ENDS_MAX])
{
	uint64_t size = w->job->meta.size, chunk = w->options->chunk_bytes, want = chunk;
	struct pc_extent run = {.start = pos, .end = pos};
	uint64_t start_ns = pc_now_ns();
	unsigned n = 0;

	while (pos < size && !pc_queue_canceled(w->queue)) {
		uint64_t left;

		if (pos >= run.end) {
			run = data_next(fd, other_fd, pos, size);
			pos = run.start;
		}
		left = run.end - pos;
		pos += left < want ? left : want;
		want -= left < want ? left : want;
		if (want > 0)
			continue;
		pos = range_end_align(w, pos);
		if (pos >= size)
			break;
		cut[n++] = pos;
		want = chunk;
		if (n == PC_RANGE_ENDS_MAX || pc_now_ns() - start_ns > RANGE_ENDS_NS)
			return n;
	}
	if (pos < size)
		return n;
	if (n > 0 && want == chunk)
		n--; /* a hole at the end is not a range of its own */
	if (n == 0 || cut[n - 1] < size)
		cut[n++] = size;
	return n;
}

void pc_walk_find_range_ends(struct pc_walker *w, int fd, int other_fd)
{
	uint64_t cut[PC_RANGE_ENDS_MAX], end = w->job->offset + w->job->length;
	unsigned n = 0;

	if (w->job->flags & PC_JOB_FIND_ENDS)
		n = range_ends_find(w, fd, other_fd, end, cut);
	if (n > 0)
		(void)pc_walk_item(w, PC_ITEM_RANGE_ENDS, (const char *)cut, n * sizeof(cut[0]));
}
