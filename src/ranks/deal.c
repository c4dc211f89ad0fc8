/* SPDX-License-Identifier: MIT
 *
 * deal.c - distributes jobs to ranks.
 *
 * A rank gets enough jobs that its threads need not wait for a message, and no more: other jobs
 * stay in the queue, where any rank can take them.  Queued jobs for one rank are sent in one
 * message. */
#include "ranks/ranks.h"

#include "base/clock.h"

/* A rank that had jobs within this time gets a share of the rate limit. */
#define BUSY_NS UINT64_C(100000000)

/* ---- Jobs ---- */

/* The number of jobs that a rank may hold, by the time that its last ones took. */
static uint64_t jobs_limit(const struct pc_ranks *ranks, const struct pc_rank *rank)
{
	uint64_t slots = pc_rank_slots(ranks->threads), limit = 0;

	if (rank->job_ns > 0)
		limit = PC_RANK_WORK_NS / rank->job_ns * ranks->threads;
	if (limit < PC_RANK_JOBS * ranks->threads)
		limit = PC_RANK_JOBS * ranks->threads;
	return limit < slots ? limit : slots;
}

/* The rank with the fewest jobs and room for another one, or `count`. */
static unsigned rank_least(const struct pc_ranks *ranks)
{
	unsigned least = ranks->count;

	for (unsigned i = 0; i < ranks->count; i++) {
		const struct pc_rank *rank = &ranks->rank[i];

		if (!rank->lost && rank->jobs < rank->jobs_most &&
		    (least == ranks->count || rank->jobs < ranks->rank[least].jobs))
			least = i;
	}
	return least;
}

static void jobs_send(struct pc_ranks *ranks, unsigned i)
{
	struct pc_rank *rank = &ranks->rank[i];
	int r;

	if (rank->out_jobs == 0)
		return;
	pc_message_set_count(&rank->out, rank->out_jobs);
	r = pc_ranks_send_to(ranks, i, &rank->out);
	if (r < 0 && ranks->error == 0)
		ranks->error = r;
	rank->out_jobs = 0;
}

/* Messages are sent when they are large enough, so that a rank begins while further jobs are put
 * together. */
static void job_put(struct pc_pool *pool, unsigned i, unsigned slot)
{
	struct pc_ranks *ranks = pool->ranks;
	struct pc_rank *rank = &ranks->rank[i];

	if (rank->out_jobs > 0 && rank->out.bytes.len > PC_MESSAGE_BYTES)
		jobs_send(ranks, i);
	if (rank->out_jobs == 0)
		pc_message_begin_run(&rank->out, PC_MESSAGE_JOBS);
	pc_message_put_job(&rank->out, slot, pc_queue_job(pool->queue, slot),
	                   pc_queue_text(pool->queue, slot));
	rank->out_jobs++;
	rank->jobs++;
	ranks->slot_rank[slot] = (uint16_t)(i + 1);
}

/* ---- Flags ---- */

/* The limit is one for all ranks together: those with jobs get equal shares. */
static uint64_t rate_share(const struct pc_ranks *ranks, uint64_t now_ns)
{
	unsigned busy = 0;

	if (ranks->rate == 0)
		return 0;
	for (unsigned i = 0; i < ranks->count; i++)
		busy += ranks->rank[i].busy_until_ns > now_ns;
	return ranks->rate / (busy ? busy : 1) + 1;
}

static void flags_send(struct pc_pool *pool, unsigned i, const struct pc_message_flags *flags)
{
	struct pc_ranks *ranks = pool->ranks;
	struct pc_rank *rank = &ranks->rank[i];
	int r;

	if (rank->lost || (rank->sent_flags.canceled == flags->canceled &&
	                   rank->sent_flags.workers_idle == flags->workers_idle &&
	                   rank->sent_flags.rate == flags->rate))
		return;
	pc_message_begin(&ranks->message, PC_MESSAGE_FLAGS);
	pc_message_put_flags(&ranks->message, flags);
	r = pc_ranks_send_to(ranks, i, &ranks->message);
	if (r < 0 && ranks->error == 0)
		ranks->error = r;
	rank->sent_flags = *flags;
}

void pc_ranks_deal(struct pc_pool *pool)
{
	struct pc_ranks *ranks = pool->ranks;
	uint64_t now_ns = pc_now_ns();
	struct pc_message_flags flags;
	unsigned i, slot;

	for (i = 0; i < ranks->count; i++)
		ranks->rank[i].jobs_most = jobs_limit(ranks, &ranks->rank[i]);
	while ((i = rank_least(ranks)) < ranks->count &&
	       pc_queue_take_now(pool->queue, i * ranks->threads, &slot) == 0)
		job_put(pool, i, slot);
	for (i = 0; i < ranks->count; i++) {
		if (ranks->rank[i].jobs > 0)
			ranks->rank[i].busy_until_ns = now_ns + BUSY_NS;
	}
	flags = (struct pc_message_flags){.canceled = pc_queue_canceled(pool->queue),
	                                  .workers_idle = pc_queue_has_idle_workers(pool->queue),
	                                  .rate = rate_share(ranks, now_ns)};
	for (i = 0; i < ranks->count; i++) {
		/* only ranks with jobs need the flags */
		if (ranks->rank[i].jobs > 0 || flags.canceled)
			flags_send(pool, i, &flags);
		jobs_send(ranks, i);
	}
}
