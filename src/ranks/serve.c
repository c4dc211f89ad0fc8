/* SPDX-License-Identifier: MIT
 *
 * serve.c - a rank's part in one pass of workers.
 *
 * A queue and threads as in any pool.  Only this thread communicates with the coordinator: it
 * stores received requests in slots, and sends answers.  Slot numbers differ from the
 * coordinator's, which are recorded. */
#include "ranks/serve.h"

#include "base/clock.h"
#include "base/memory.h"
#include "job/request.h"
#include "ranks/device_query.h"
#include "ranks/ranks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define COLLECT_MAX 64U

/* Interval of STATUS messages, if they are needed. */
#define STATUS_MS 100

struct server {
	const struct pc_pass *pass;
	struct pc_queue queue;
	struct pc_pool pool;
	struct pc_device_query query;
	struct pc_usage before;
	unsigned *slot_there; /* [depth]: slot number at the coordinator */
	unsigned *free_slot;  /* stack */
	unsigned free_count;
	uint64_t status_ns;
	bool canceled, ended;
	struct pc_wire message; /* scratch */
};

static int server_send(struct server *s)
{
	return pc_ranks_send(s->pass->transport, 0, &s->message);
}

/* ---- Received messages ---- */

/* Rejects a job that would be unsafe to run.  `text` is already in its slot, because items must
 * be aligned. */
static bool job_is_valid(const struct server *s, const struct pc_job *job, const char *text)
{
	bool chunk = job->kind == PC_JOB_CHUNK || job->kind == PC_JOB_FINISH;

	return pc_job_request_is_valid(job, text, s->pass->root_count) &&
	       (!chunk || s->pass->options->chunk_bytes > 0);
}

static int job_take(struct server *s, struct pc_wire_reader *r)
{
	struct pc_job job;
	const char *text;
	unsigned there, slot;

	if (!pc_message_get_job(r, &there, &job, &text) || s->free_count == 0)
		return -EBADMSG;
	slot = s->free_slot[s->free_count - 1];
	memcpy(pc_queue_text(&s->queue, slot), text, job.request_len);
	if (!job_is_valid(s, &job, pc_queue_text(&s->queue, slot)))
		return -EBADMSG;
	s->free_count--;
	s->slot_there[slot] = there;
	*pc_queue_job(&s->queue, slot) = job;
	pc_queue_submit(&s->queue, slot);
	return 0;
}

static int jobs_take(struct server *s, struct pc_wire_reader *r)
{
	uint64_t count = pc_wire_get_number(r, PC_QUEUE_MAX);
	int e = 0;

	for (uint64_t n = 0; n < count && e == 0; n++)
		e = job_take(s, r);
	return e;
}

static int flags_take(struct server *s, struct pc_wire_reader *r)
{
	struct pc_message_flags flags = pc_message_get_flags(r);

	if (r->broken)
		return -EBADMSG;
	s->canceled = s->canceled || flags.canceled;
	if (flags.canceled)
		pc_queue_cancel(&s->queue);
	pc_queue_set_workers_idle(&s->queue, flags.workers_idle);
	pc_bucket_set_rate(pc_queue_bucket(&s->queue), flags.rate);
	return 0;
}

static int device_answer_take(struct server *s, struct pc_wire_reader *r)
{
	pc_device_query_answer(&s->query, pc_wire_get_number(r, UINT64_MAX));
	return 0;
}

static int end_take(struct server *s, struct pc_wire_reader *r)
{
	(void)r;
	s->ended = true;
	return 0;
}

static int message_serve(struct server *s, const void *bytes, size_t len)
{
	static int (*const take[PC_MESSAGES])(struct server *, struct pc_wire_reader *) = {
		[PC_MESSAGE_JOBS] = jobs_take,
		[PC_MESSAGE_FLAGS] = flags_take,
		[PC_MESSAGE_DEVICE] = device_answer_take,
		[PC_MESSAGE_END] = end_take,
	};
	struct pc_wire_reader r;
	enum pc_message kind = pc_message_open(bytes, len, &r);
	int e = take[kind] ? take[kind](s, &r) : -EBADMSG;

	return e == 0 && !pc_wire_is_whole(&r) ? -EBADMSG : e;
}

/* ---- Sent messages ---- */

static void result_put(struct server *s, unsigned slot)
{
	pc_message_put_result(&s->message, s->slot_there[slot], pc_queue_job(&s->queue, slot),
	                      pc_queue_text(&s->queue, slot));
	pc_queue_release(&s->queue, slot);
	s->free_slot[s->free_count++] = slot;
}

/* Sends finished jobs, up to a size limit per message. */
static int results_send(struct server *s)
{
	unsigned slots[COLLECT_MAX];
	unsigned count = pc_queue_collect(&s->queue, slots, COLLECT_MAX), in = 0;
	int r = 0;

	if (count == 0) { /* a doorbell may have been lost */
		count = pc_queue_sweep(&s->queue, slots, COLLECT_MAX);
		pc_queue_ring_again(&s->queue);
	}
	for (unsigned i = 0; i < count && r == 0; i++) {
		if (in == 0)
			pc_message_begin_run(&s->message, PC_MESSAGE_RESULTS);
		result_put(s, slots[i]);
		in++;
		if (s->message.bytes.len < PC_MESSAGE_BYTES && i + 1 < count)
			continue;
		pc_message_set_count(&s->message, in);
		r = server_send(s);
		in = 0;
	}
	return r;
}

static bool job_status_put(struct server *s, unsigned slot)
{
	int worker = pc_queue_worker(&s->queue, slot);
	char shown[PC_SHOWN_MAX];
	uint32_t root;

	if (worker < 0)
		return false;
	pc_queue_shown(&s->queue, slot, &root, shown);
	pc_wire_put_number(&s->message, s->slot_there[slot]);
	pc_wire_put_number(&s->message, (unsigned)worker);
	pc_wire_put_number(&s->message, atomic_load(pc_queue_moved(&s->queue, slot)));
	pc_wire_put_number(&s->message, pc_queue_is_flushing(&s->queue, slot));
	pc_wire_put_number(&s->message, root);
	pc_wire_put_string(&s->message, shown);
	return true;
}

/* Needed for the progress display, and after a cancel, to decide how long to wait. */
static bool status_is_needed(const struct server *s)
{
	return s->pass->options->progress_paths || s->canceled;
}

static int status_send(struct server *s)
{
	uint64_t now_ns = pc_now_ns();
	unsigned count = 0;

	if (!status_is_needed(s) || now_ns - s->status_ns < STATUS_MS * PC_NS_PER_MS)
		return 0;
	s->status_ns = now_ns;
	pc_message_begin_run(&s->message, PC_MESSAGE_STATUS);
	for (unsigned i = 0; i < s->queue.depth; i++)
		count += job_status_put(s, i);
	pc_message_set_count(&s->message, count);
	return count > 0 ? server_send(s) : 0;
}

static int query_send(struct server *s)
{
	return pc_device_query_put(&s->query, &s->message) ? server_send(s) : 0;
}

static int ready_send(struct server *s)
{
	int error = s->pool.start_error;

	pc_message_begin(&s->message, PC_MESSAGE_READY);
	pc_wire_put_number(&s->message, s->pool.workers);
	pc_wire_put_number(&s->message, error < 0 ? (uint64_t)-error : 0);
	return server_send(s);
}

static struct pc_usage usage_self(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return pc_usage_of(&usage);
}

static int ended_send(struct server *s)
{
	struct pc_usage used = usage_self();
	unsigned meters = s->pass->meter ? s->pool.workers : 0;

	pc_usage_subtract(&used, &s->before);
	pc_message_begin(&s->message, PC_MESSAGE_ENDED);
	pc_wire_put_number(&s->message, pc_memory_own_peak());
	pc_wire_put(&s->message, &used, sizeof(used));
	pc_wire_put_number(&s->message, meters);
	for (unsigned i = 0; i < meters; i++)
		pc_wire_put_block(&s->message, &s->pass->meter[i], sizeof(s->pass->meter[i]));
	return server_send(s);
}

/* ---- The pass ---- */

static int server_wait(struct server *s)
{
	const struct pcopy_transport *t = s->pass->transport;
	int timeout_ms = status_is_needed(s) ? STATUS_MS : 1000;
	const void *bytes;
	unsigned rank;
	size_t len;
	int r = t->receive(t->data, timeout_ms, s->queue.done_bell[0], &rank, &bytes, &len);

	while (r > 0) {
		r = rank == 0 ? message_serve(s, bytes, len) : -EBADMSG;
		if (r == 0 && !s->ended) /* messages after END belong to the next pass */
			r = t->receive(t->data, 0, -1, &rank, &bytes, &len);
	}
	return r;
}

static int serve_loop(struct server *s)
{
	int r = 0;

	while (r == 0 && !s->ended) {
		r = server_wait(s);
		if (r == 0)
			r = query_send(s);
		if (r == 0)
			r = results_send(s);
		if (r == 0)
			r = status_send(s);
	}
	return r;
}

static void query_wake(void *data)
{
	pc_queue_wake(data);
}

static int server_init(struct server *s, const struct pc_pass *pass)
{
	unsigned depth = pc_rank_slots(pass->threads);
	int r;

	*s = (struct server){.pass = pass, .before = usage_self()};
	r = pc_queue_init(&s->queue, depth);
	if (r < 0)
		return r;
	pc_device_query_init(&s->query);
	s->slot_there = calloc(depth, sizeof(*s->slot_there));
	s->free_slot = calloc(depth, sizeof(*s->free_slot));
	if (!s->slot_there || !s->free_slot)
		return -ENOMEM;
	while (s->free_count < depth) {
		s->free_slot[s->free_count] = depth - 1 - s->free_count;
		s->free_count++;
	}
	s->query.wake = query_wake;
	s->query.data = &s->queue;
	if (pass->devices) {
		pass->devices->ask = pc_device_query_ask;
		pass->devices->data = &s->query;
	}
	s->queue.devices = pass->devices;
	pc_bucket_init(pc_queue_bucket(&s->queue), pass->options->bwlimit, pc_now_ns());
	s->pool = (struct pc_pool){
		.queue = &s->queue,
		.work = pass->work,
		.processes = 1,
		.coroutines = 1,
		.threads = pass->threads,
		.private_fds = !pass->options->shared_fd_table,
		.ops = &pc_pool_threads,
	};
	return 0;
}

static void server_done(struct server *s)
{
	if (!s->queue.shared)
		return;
	pc_device_query_done(&s->query);
	free(s->slot_there);
	free(s->free_slot);
	pc_wire_done(&s->message);
	pc_queue_done(&s->queue);
}

/* Running jobs are canceled; workers that wait for an answer get none. */
static void server_stop(struct server *s, int error)
{
	if (error < 0)
		pc_queue_cancel(&s->queue);
	pc_device_query_close(&s->query);
	s->pool.ops->stop(&s->pool);
}

int pc_pass_serve(const struct pc_pass *pass)
{
	struct server s;
	int r = server_init(&s, pass);

	if (r == 0)
		r = s.pool.ops->start(&s.pool);
	if (r < 0) {
		server_done(&s);
		return pc_pass_refuse(pass->transport, r);
	}
	r = ready_send(&s);
	if (r == 0)
		r = serve_loop(&s);
	server_stop(&s, r);
	if (r == 0)
		r = ended_send(&s);
	server_done(&s);
	return r;
}

int pc_pass_refuse(const struct pcopy_transport *transport, int error)
{
	struct pc_wire w = {0};
	int r;

	pc_message_begin(&w, PC_MESSAGE_READY);
	pc_wire_put_number(&w, 0);
	pc_wire_put_number(&w, (uint64_t)-error);
	r = pc_ranks_send(transport, 0, &w);
	pc_wire_done(&w);
	return r;
}
