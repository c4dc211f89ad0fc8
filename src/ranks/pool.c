/* SPDX-License-Identifier: MIT
 *
 * pool.c - the pool whose workers are ranks: starts a pass, receives results, ends it.
 *
 * A slot that was sent to a rank is leased in the name of the rank's first worker, until a STATUS
 * message names the worker that runs the job.  An answer is stored in its slot as by a worker of
 * this process, so the coordinator sees no difference. */
#include "ranks/ranks.h"

#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Messages received before results are processed. */
#define MESSAGES_MAX 256U

/* A received message and its sender. */
struct arrival {
	struct pc_pool *pool;
	struct pc_rank *rank;
	unsigned i; /* index of the rank */
	struct pc_wire_reader r;
	struct pc_pool_losses *losses;
};

static void ranks_fail(struct pc_ranks *ranks, int error)
{
	if (ranks->error == 0)
		ranks->error = error;
}

/* ---- Answers ---- */

static uint64_t time_here(const struct pc_rank *rank, uint64_t ns)
{
	return rank->same_host ? ns : ns + (uint64_t)rank->clock_offset_ns;
}

/* Converts times in an answer to our clock. */
static void times_shift(const struct pc_rank *rank, struct pc_job *job, char *text)
{
	uint32_t pos = pc_item_start(job->request_len);
	struct pc_item *item;

	if (rank->same_host)
		return;
	job->start_ns = time_here(rank, job->start_ns);
	while ((item = (struct pc_item *)pc_item_next(text, job->text_len, &pos))) {
		struct pc_slice slice;

		for (size_t at = 0;
		     item->type == PC_ITEM_SLICES && at + sizeof(slice) <= item->text_len;
		     at += sizeof(slice)) {
			memcpy(&slice, item->text + at, sizeof(slice));
			slice.start_ns = time_here(rank, slice.start_ns);
			memcpy(item->text + at, &slice, sizeof(slice));
		}
	}
}

static bool slot_is_of(const struct arrival *a, unsigned slot)
{
	return slot < a->pool->queue->depth && a->pool->ranks->slot_rank[slot] == a->i + 1;
}

/* A moving average over about eight jobs: it tells deal.c how many short jobs to send in
 * advance. */
static void job_time_note(struct pc_rank *rank, uint64_t ns)
{
	rank->job_ns = rank->job_ns > 0 ? rank->job_ns - rank->job_ns / 8 + ns / 8 : ns;
}

/* Stores one answer. The slot must be one that this rank holds, so an answer that comes twice, or
 * after the rank was lost, is refused. pc_message_answer() checks the rest against the request
 * that was sent. */
static bool result_take(struct arrival *a)
{
	struct pc_queue *queue = a->pool->queue;
	unsigned slot, threads = a->pool->ranks->threads;
	const char *items;
	struct pc_job answer, *job;
	size_t len;

	if (!pc_message_get_result(&a->r, &slot, &answer, &items, &len) || !slot_is_of(a, slot) ||
	    answer.worker >= threads)
		return false;
	job = pc_queue_job(queue, slot);
	if (!pc_message_answer(job, pc_queue_text(queue, slot), &answer, items, len))
		return false;
	job->worker += a->i * threads;
	job_time_note(a->rank, job->busy_ns);
	times_shift(a->rank, job, pc_queue_text(queue, slot));
	a->pool->ranks->slot_rank[slot] = 0;
	a->rank->jobs--;
	pc_queue_finish(queue, slot);
	return true;
}

/* Processes the records of a message, which begins with their number. */
static bool records_take(struct arrival *a, bool (*take)(struct arrival *a))
{
	uint64_t count = pc_wire_get_number(&a->r, PC_QUEUE_MAX);

	for (uint64_t n = 0; n < count; n++) {
		if (!take(a))
			return false;
	}
	return pc_wire_is_whole(&a->r);
}

static bool results_take(struct arrival *a)
{
	if (!records_take(a, result_take))
		return false;
	a->pool->losses_without_progress = 0;
	return true;
}

/* ---- Progress of running jobs ---- */

static bool job_status_take(struct arrival *a)
{
	struct pc_queue *queue = a->pool->queue;
	unsigned slot = (unsigned)pc_wire_get_number(&a->r, PC_QUEUE_MAX - 1);
	unsigned worker = (unsigned)pc_wire_get_number(&a->r, a->pool->ranks->threads - 1);
	uint64_t moved = pc_wire_get_number(&a->r, UINT64_MAX);
	bool flushing = pc_wire_get_number(&a->r, 1);
	uint32_t root = (uint32_t)pc_wire_get_number(&a->r, UINT32_MAX);
	const char *shown = pc_wire_get_text(&a->r);

	if (a->r.broken)
		return false;
	if (!slot_is_of(a, slot)) /* answered in the meantime */
		return true;
	pc_queue_set_worker(queue, slot, a->i * a->pool->ranks->threads + worker);
	pc_queue_set_flushing(queue, slot, flushing);
	atomic_store_explicit(pc_queue_moved(queue, slot), moved, memory_order_relaxed);
	pc_queue_show(queue, slot, root, "", shown);
	return true;
}

static bool status_take(struct arrival *a)
{
	return records_take(a, job_status_take);
}

/* ---- Start and end of a pass ---- */

static bool ready_take(struct arrival *a)
{
	struct pc_pool *pool = a->pool;
	unsigned started = (unsigned)pc_wire_get_number(&a->r, pool->ranks->threads);
	uint64_t error = pc_wire_get_number(&a->r, INT32_MAX);

	if (!pc_wire_is_whole(&a->r) || a->rank->ready)
		return false;
	a->rank->ready = true;
	a->rank->workers = started;
	pool->workers += started;
	if (error > 0)
		pool->start_error = -(int)error;
	if (started == 0 && pool->ranks->refusal == 0) {
		pool->ranks->refusal = error > 0 ? -(int)error : -ECHILD;
		pc_ranks_note_fault(pool->ranks, a->i, PCOPY_STEP_NO_WORKERS, pool->ranks->refusal);
	}
	return true;
}

static bool meters_take(struct arrival *a)
{
	struct pc_ranks *ranks = a->pool->ranks;
	uint64_t count = pc_wire_get_number(&a->r, ranks->threads);

	for (uint64_t n = 0; n < count; n++) {
		size_t len;
		const void *block = pc_wire_get_block(&a->r, sizeof(struct pc_meter), &len);

		if (len != sizeof(struct pc_meter))
			return false;
		if (ranks->meter)
			memcpy(&ranks->meter[a->i * ranks->threads + n], block, len);
	}
	return true;
}

/* Figures are copied as they are: all ranks are the same program on machines of one kind
 * (greeting.c). */
static bool ended_take(struct arrival *a)
{
	struct pc_usage usage;
	uint64_t peak_bytes = pc_wire_get_number(&a->r, UINT64_MAX);
	const void *at = pc_wire_get(&a->r, sizeof(usage));

	if (!at || !meters_take(a) || !pc_wire_is_whole(&a->r) || !a->rank->ending ||
	    a->rank->ended)
		return false;
	memcpy(&usage, at, sizeof(usage));
	pc_usage_add(&a->pool->child_usage, &usage);
	a->rank->user_ns += usage.user_ns;
	a->rank->system_ns += usage.system_ns;
	a->rank->peak_bytes = peak_bytes;
	a->rank->ended = true;
	atomic_store(pc_queue_peak(a->pool->queue, a->i), peak_bytes);
	return true;
}

static bool device_question_take(struct arrival *a)
{
	return pc_ranks_answer_device(a->pool->ranks, a->i, &a->r);
}

/* ---- Messages ---- */

/* The rank has exited: its jobs go to other ranks. The reason is unknown, so each of them is
 * suspected of the exit as little as after a kill from outside. */
static void rank_lose(struct pc_pool *pool, unsigned i, struct pc_pool_losses *losses)
{
	struct pc_ranks *ranks = pool->ranks;

	if (ranks->rank[i].lost)
		return;
	ranks->rank[i].lost = true;
	ranks->rank[i].jobs = 0;
	for (unsigned slot = 0; slot < pool->queue->depth; slot++) {
		if (ranks->slot_rank[slot] == i + 1)
			ranks->slot_rank[slot] = 0;
	}
	pc_queue_recover(pool->queue, i * ranks->threads, ranks->threads, PC_SUSPICION_KILL,
	                 PC_SUSPICION_MAX);
	pool->workers -= ranks->rank[i].workers;
	ranks->rank[i].workers = 0;
	if (pool->workers == 0)
		pc_ranks_note_fault(ranks, i, PCOPY_STEP_GONE, 0);
	if (losses) {
		losses->lost++;
		losses->respawn_error = -ECHILD;
	}
}

/* An invalid or unexpected message ends the run: nothing else that such a rank reports could be
 * trusted. */
static void message_dispatch(struct pc_pool *pool, unsigned i, const void *bytes, size_t len,
                             struct pc_pool_losses *losses)
{
	static bool (*const take[PC_MESSAGES])(struct arrival *) = {
		[PC_MESSAGE_READY] = ready_take,   [PC_MESSAGE_RESULTS] = results_take,
		[PC_MESSAGE_STATUS] = status_take, [PC_MESSAGE_DEVICE] = device_question_take,
		[PC_MESSAGE_ENDED] = ended_take,
	};
	struct arrival a = {.pool = pool, .rank = &pool->ranks->rank[i], .i = i, .losses = losses};
	enum pc_message kind = pc_message_open(bytes, len, &a.r);

	if (take[kind] && take[kind](&a))
		return;
	pc_ranks_note_fault(pool->ranks, i, PCOPY_STEP_NO_MESSAGE, 0);
	ranks_fail(pool->ranks, -EBADMSG);
}

/* Waits for a message and processes it.  Returns 1, 0 without one, or negative errno. */
static int rank_message_take(struct pc_pool *pool, int timeout_ms, int fd,
                             struct pc_pool_losses *losses)
{
	const struct pcopy_transport *t = pool->ranks->transport;
	const void *bytes;
	unsigned rank = 0;
	size_t len;
	int r = t->receive(t->data, timeout_ms, fd, &rank, &bytes, &len);

	if (r <= 0 && r != -EPIPE)
		return r;
	if (rank == 0 || rank > pool->ranks->count)
		return -EBADMSG;
	if (r == -EPIPE)
		rank_lose(pool, rank - 1, losses);
	else
		message_dispatch(pool, rank - 1, bytes, len, losses);
	return 1;
}

/* Waits until `has_come` holds for all ranks that have not exited. */
static int all_wait(struct pc_pool *pool, bool (*has_come)(const struct pc_rank *rank))
{
	struct pc_ranks *ranks = pool->ranks;
	unsigned i = 0;
	int r = 0;

	while (i < ranks->count && r >= 0 && ranks->error == 0) {
		if (ranks->rank[i].lost || has_come(&ranks->rank[i]))
			i++;
		else
			r = rank_message_take(pool, -1, -1, NULL);
	}
	return ranks->error ? ranks->error : r < 0 ? r : 0;
}

static bool is_ready(const struct pc_rank *rank)
{
	return rank->ready;
}

static bool has_ended(const struct pc_rank *rank)
{
	return rank->ended;
}

/* ---- The pool ---- */

static void rank_begin(struct pc_rank *rank)
{
	rank->jobs = rank->out_jobs = 0;
	rank->job_ns = 0;
	rank->sent_flags = (struct pc_message_flags){0};
	rank->workers = 0;
	rank->ready = rank->ending = rank->ended = false;
}

/* A rank without workers sends no ENDED. */
static void rank_end(struct pc_ranks *ranks, unsigned i)
{
	struct pc_rank *rank = &ranks->rank[i];

	pc_message_begin(&ranks->message, PC_MESSAGE_END);
	rank->ending = rank->workers > 0 && !rank->lost;
	rank->ended = !rank->ending;
	if (rank->ending && pc_ranks_send(ranks->transport, i + 1, &ranks->message) < 0)
		rank->lost = true;
}

/* Waits for every rank that is still there, after an error, too: its threads may be writing to the
 * targets. */
static void ranks_stop(struct pc_pool *pool)
{
	struct pc_ranks *ranks = pool->ranks;

	if (ranks->error < 0) { /* running jobs whose results are no longer needed */
		pc_queue_cancel(pool->queue);
		pc_ranks_deal(pool);
	}
	for (unsigned i = 0; i < ranks->count; i++)
		rank_end(ranks, i);
	(void)all_wait(pool, has_ended); /* earlier errors were reported */
	free(ranks->slot_rank);
	ranks->slot_rank = NULL;
}

static int ranks_start(struct pc_pool *pool)
{
	struct pc_ranks *ranks = pool->ranks;
	int r = 0;

	pool->processes = ranks->count;
	pool->threads = ranks->threads;
	pool->workers = 0;
	ranks->error = ranks->refusal = 0;
	ranks->slot_rank = calloc(pool->queue->depth, sizeof(*ranks->slot_rank));
	if (!ranks->slot_rank)
		return -ENOMEM;
	for (unsigned i = 0; i < ranks->count; i++)
		rank_begin(&ranks->rank[i]);
	for (unsigned i = 0; i < ranks->count && r == 0; i++)
		r = ranks->rank[i].lost ? 0 : pc_ranks_send_to(ranks, i, &ranks->setup);
	if (r == 0)
		r = all_wait(pool, is_ready);
	if (r == 0)
		r = ranks->refusal;
	if (r == 0 && pool->workers == 0)
		r = -ECHILD;
	if (r < 0)
		ranks_stop(pool);
	return r;
}

static int ranks_wait(struct pc_pool *pool, int timeout_ms, struct pc_pool_losses *losses)
{
	struct pc_ranks *ranks = pool->ranks;
	int r;

	*losses = (struct pc_pool_losses){0};
	pc_ranks_deal(pool);
	r = rank_message_take(pool, timeout_ms, pool->queue->done_bell[0], losses);
	for (unsigned n = 0; r > 0 && n < MESSAGES_MAX && ranks->error == 0; n++)
		r = rank_message_take(pool, 0, -1, losses);
	if (ranks->error < 0)
		return ranks->error;
	if (r < 0)
		return r;
	pc_queue_next_suspect(pool->queue);
	return pool->workers > 0 ? 0 : -ECHILD;
}

const struct pc_pool_ops pc_pool_ranks = {
	.needs_workers = true,
	.budget_ns = PC_RANK_BUDGET_NS,
	.start = ranks_start,
	.wait = ranks_wait,
	.stop = ranks_stop,
};
