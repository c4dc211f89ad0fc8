/* SPDX-License-Identifier: MIT
 *
 * ranks.c - the coordinator's state of all ranks, from the greeting to the last pass.
 *
 * Ranks are counted from 0 here, and from 1 in the transport, where 0 is the coordinator.  A rank
 * that is lost stays lost for all further passes. */
#include "ranks/ranks.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

int pc_ranks_new(const struct pcopy_transport *transport, unsigned threads, struct pc_ranks **ret)
{
	struct pc_ranks *ranks = calloc(1, sizeof(*ranks));

	if (!ranks)
		return -ENOMEM;
	ranks->transport = transport;
	ranks->count = transport->ranks - 1;
	ranks->threads = threads;
	ranks->silence_ms = PC_RANK_SILENCE_MS;
	ranks->rank = calloc(ranks->count, sizeof(*ranks->rank));
	ranks->cwd = getcwd(NULL, 0);
	if (!ranks->rank || !ranks->cwd) {
		int r = ranks->rank ? -errno : -ENOMEM;

		pc_ranks_free(ranks);
		return r;
	}
	*ret = ranks;
	return 0;
}

void pc_ranks_free(struct pc_ranks *ranks)
{
	if (!ranks)
		return;
	for (unsigned i = 0; ranks->rank && i < ranks->count; i++)
		pc_wire_done(&ranks->rank[i].out);
	pc_wire_done(&ranks->setup);
	pc_wire_done(&ranks->message);
	free(ranks->rank);
	free(ranks->cwd);
	free(ranks);
}

int pc_ranks_send(const struct pcopy_transport *transport, unsigned rank, const struct pc_wire *w)
{
	if (w->no_memory)
		return -ENOMEM;
	return transport->send(transport->data, rank, w->bytes.data, w->bytes.len);
}

int pc_ranks_send_to(struct pc_ranks *ranks, unsigned i, const struct pc_wire *w)
{
	int r = pc_ranks_send(ranks->transport, i + 1, w);

	if (r < 0)
		pc_ranks_note_fault(ranks, i, PCOPY_STEP_UNREACHED, r);
	return r;
}

void pc_ranks_note_fault(struct pc_ranks *ranks, unsigned i, enum pcopy_step step, int error)
{
	if (ranks->fault.step == PCOPY_STEP_NONE)
		ranks->fault = (struct pc_rank_fault){.i = i, .step = step, .error = error};
}
