/* SPDX-License-Identifier: MIT
 *
 * flush.c - lets each rank sync what its machine has not written at the end of a run.
 *
 * Each file system is synced on each machine that may have unwritten data for it, or reported as
 * failed.  A rank that has exited cannot sync: what its machine had not written may be lost. */
#include "ranks/flush.h"

#include <errno.h>

struct flush {
	struct pc_ranks *ranks;
	unsigned count;
	pc_flush_failed_fn failed;
	void *data;
	unsigned left; /* ranks that have not answered */
};

int pc_ranks_flush_send(struct pc_ranks *ranks, const struct pc_wire *w)
{
	int r = 0;

	for (unsigned i = 0; i < ranks->count && r == 0; i++) {
		ranks->rank[i].answered = ranks->rank[i].lost;
		if (!ranks->rank[i].lost)
			r = pc_ranks_send_to(ranks, i, w);
	}
	return r;
}

/* A rank of this machine has exited: this process syncs what it wrote. */
static void rank_exited(const struct flush *f, unsigned i)
{
	for (unsigned n = 0; n < f->count && !f->ranks->rank[i].same_host; n++)
		f->failed(f->data, i, n, -ENOLINK);
}

static int synced_take(const struct flush *f, unsigned i, const void *bytes, size_t len)
{
	struct pc_wire_reader r;

	if (f->ranks->rank[i].answered || pc_message_open(bytes, len, &r) != PC_MESSAGE_SYNCED)
		return -EBADMSG;
	for (unsigned n = 0; n < f->count && !r.broken; n++) {
		uint64_t error = pc_wire_get_number(&r, INT16_MAX);

		if (error > 0)
			f->failed(f->data, i, n, -(int)error);
	}
	return pc_wire_is_whole(&r) ? 0 : -EBADMSG;
}

static int synced_wait(struct flush *f)
{
	const struct pcopy_transport *t = f->ranks->transport;
	const void *bytes;
	unsigned rank = 0;
	size_t len;
	int r = t->receive(t->data, -1, -1, &rank, &bytes, &len);

	if (r <= 0 && r != -EPIPE)
		return r;
	if (rank == 0 || rank > f->ranks->count)
		return -EBADMSG;
	if (r > 0)
		r = synced_take(f, rank - 1, bytes, len);
	else if (!f->ranks->rank[rank - 1].answered)
		rank_exited(f, rank - 1);
	if (r == -EPIPE) {
		f->ranks->rank[rank - 1].lost = true;
		r = 0;
	}
	if (r < 0)
		pc_ranks_note_fault(f->ranks, rank - 1, PCOPY_STEP_NO_MESSAGE, 0);
	f->left -= !f->ranks->rank[rank - 1].answered;
	f->ranks->rank[rank - 1].answered = true;
	return r;
}

int pc_ranks_flush_wait(struct pc_ranks *ranks, unsigned count, pc_flush_failed_fn failed,
                        void *data)
{
	struct flush f = {.ranks = ranks, .count = count, .failed = failed, .data = data};
	int r = 0;

	for (unsigned i = 0; i < ranks->count; i++) {
		if (ranks->rank[i].answered)
			rank_exited(&f, i);
		else
			f.left++;
	}
	while (f.left > 0 && r >= 0)
		r = synced_wait(&f);
	return r < 0 ? r : 0;
}
