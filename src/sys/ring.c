/* SPDX-License-Identifier: MIT
 *
 * ring.c - the ring of a thread: its coroutines, and where they wait.
 *
 *   a coroutine: call -> submission, not seen by the kernel yet -> suspended  ----+
 *   the thread:  when all are suspended: enters the kernel with all submissions   |
 *                takes the completions, and resumes their coroutines         <----+
 *
 * A coroutine has at most one call in flight, so the queues have room for all. A time limit is a
 * second submission, linked to the first.
 *
 * A call that io_uring lacks goes to a helper thread (helpers.h) where it may wait for a server.
 * While helpers have any calls, the ring reads their bell. */
#include "sys/ring.h"

#include "base/clock.h"
#include "coro/turns.h"
#include "sys/helpers.h"
#include "sys/ring_call.h"

#include <assert.h>
#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <string.h>

/* As for worker threads; untouched pages cost nothing. */
#define STACK_BYTES (256U << 10)

/* After a job in which the thread read from a disk, it is spared that for so many jobs, before it
 * is tried again: a call that does not wait costs half as much without a helper. */
#define DISK_JOBS 32U

/* Pause when the kernel is short of memory. */
#define PAUSE_NS 1000000

/* Operations are stored as bits of a word. */
#define OPS 64U

struct pc_ring_worker {
	struct pc_ring *ring;
	void (*body)(void *arg);
	void *arg;
	struct pc_turn *turn;
	struct pc_ring_worker *next; /* in the queue at the gate */
	int answer;
	bool fresh; /* its call was not submitted to the kernel yet */
	bool idle;  /* it waits for work, and not for a result */
	uint8_t op;
	uint64_t since_ns; /* start of its turn */
	struct pc_ring_times times;
};

struct pc_ring {
	struct io_uring uring;
	struct pc_turns turns;
	struct pc_ring_worker *worker, **fresh; /* [most] */
	unsigned most, workers, fresh_count;
	struct pc_reaches reaches;
	struct pc_helpers helpers;
	uint64_t rung; /* receives the value read from the helpers' bell */
	bool bell_is_read;
	unsigned away; /* coroutines whose calls are with helpers */
	uint64_t ops;  /* bits: operations that the kernel has */
	uint64_t idle_ns;
	uint64_t blocks;    /* that the thread has read itself */
	unsigned disk_jobs; /* jobs that are still to expect a wait for a local disk */
	struct pc_ring_counts counts;
	bool gate_taken;
	struct pc_ring_worker *at_gate;
};

_Thread_local struct pc_ring_worker *pc_ring_here;

/* Operations that always go to a kernel worker (REQ_F_FORCE_ASYNC in the kernel's source). */
static bool is_never_at_once(uint8_t op)
{
	static const uint64_t ops =
		UINT64_C(1) << IORING_OP_STATX | UINT64_C(1) << IORING_OP_MKDIRAT |
		UINT64_C(1) << IORING_OP_SYMLINKAT | UINT64_C(1) << IORING_OP_LINKAT |
		UINT64_C(1) << IORING_OP_UNLINKAT | UINT64_C(1) << IORING_OP_RENAMEAT |
		UINT64_C(1) << IORING_OP_FSYNC | UINT64_C(1) << PC_RING_OP_FTRUNCATE;

	return ops >> op & 1;
}

/* ---- The ring's lifetime ---- */

/* Uses the best flags that the kernel knows: a single thread submits, and completions are
 * processed when it waits. */
static int uring_init(struct io_uring *uring, unsigned entries)
{
	static const unsigned flags[] = {
		IORING_SETUP_CLAMP | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER |
			IORING_SETUP_DEFER_TASKRUN, /* Linux 6.1 */
		IORING_SETUP_CLAMP | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN, /* 5.19 */
		IORING_SETUP_CLAMP,
	};
	int r = -EINVAL;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]) && r == -EINVAL; i++)
		r = io_uring_queue_init(entries, uring, flags[i]);
	return r;
}

static uint64_t ops_probe(struct io_uring *uring)
{
	struct io_uring_probe *probe = io_uring_get_probe_ring(uring);
	uint64_t ops = 0;

	if (!probe)
		return 0;
	for (unsigned op = 0; op < OPS; op++) {
		if (io_uring_opcode_supported(probe, (int)op))
			ops |= UINT64_C(1) << op;
	}
	io_uring_free_probe(probe);
	return ops;
}

int pc_ring_refused(void)
{
	struct io_uring uring;
	int r = uring_init(&uring, 1);

	if (r == 0)
		io_uring_queue_exit(&uring);
	return r;
}

static void ring_wait(void *arg);

static int ring_init(struct pc_ring *ring, unsigned most)
{
	unsigned kernel_workers[2] = {most, most};
	int r;

	ring->turns = (struct pc_turns){.wait = ring_wait, .arg = ring};
	ring->most = most;
	ring->worker = calloc(most, sizeof(*ring->worker));
	ring->fresh = calloc(most, sizeof(struct pc_ring_worker *));
	if (!ring->worker || !ring->fresh)
		return -ENOMEM;
	r = uring_init(&ring->uring, 2 * most + 1);
	if (r < 0)
		return r;
	ring->ops = ops_probe(&ring->uring);
	if (!(ring->ops >> IORING_OP_READ & 1)) { /* before 5.6: no worker could wait for jobs */
		io_uring_queue_exit(&ring->uring);
		return -ENOSYS;
	}
	/* the default can be as low as 4 per CPU, so that calls would queue up (settable since
	 * 5.15) */
	(void)io_uring_register_iowq_max_workers(&ring->uring, kernel_workers);
	return 0;
}

int pc_ring_new(unsigned most, bool far, struct pc_ring **ret)
{
	struct pc_ring *ring = calloc(1, sizeof(*ring));
	int r = ring ? ring_init(ring, most) : -ENOMEM;

	if (r < 0) {
		if (ring) {
			free(ring->fresh);
			free(ring->worker);
		}
		free(ring);
		return r;
	}
	pc_helpers_init(&ring->helpers);
	ring->reaches.by_path = far ? PC_REACH_FAR : PC_REACH_DISK;
	*ret = ring;
	return 0;
}

void pc_ring_assume(struct pc_ring *ring, enum pc_reach reach)
{
	ring->reaches.all = reach;
}

void pc_ring_free(struct pc_ring *ring)
{
	pc_helpers_done(&ring->helpers);
	io_uring_queue_exit(&ring->uring);
	free(ring->fresh);
	free(ring->worker);
	free(ring);
}

void pc_ring_count(const struct pc_ring *ring, struct pc_ring_counts *ret)
{
	*ret = ring->counts;
}

/* ---- Coroutines ---- */

static void worker_enter(void *arg)
{
	struct pc_ring_worker *w = arg;

	pc_ring_here = w;
	w->turn = pc_turn_running(&w->ring->turns);
	w->since_ns = pc_now_ns();
	w->body(w->arg);
	pc_ring_here = NULL;
}

int pc_ring_add(struct pc_ring *ring, void (*body)(void *arg), void *arg)
{
	struct pc_ring_worker *w = &ring->worker[ring->workers];
	int r;

	assert(ring->workers < ring->most);
	*w = (struct pc_ring_worker){.ring = ring, .body = body, .arg = arg};
	r = pc_turns_add(&ring->turns, STACK_BYTES, worker_enter, w);
	ring->workers += r == 0;
	return r;
}

void pc_ring_run(struct pc_ring *ring)
{
	pc_turns_run(&ring->turns);
	pc_ring_here = NULL;
}

bool pc_ring_is_here(void)
{
	return pc_ring_here;
}

bool pc_ring_can(unsigned op, int fd, enum pc_reach least)
{
	struct pc_ring *ring = pc_ring_here->ring;
	bool can = (ring->ops >> op & 1) &&
	           (least <= PC_REACH_MEMORY || pc_reach_of(&ring->reaches, fd) >= least);

	ring->counts.plain += !can;
	return can;
}

enum pc_reach pc_ring_reach(int fd)
{
	return pc_reach_of(&pc_ring_here->ring->reaches, fd);
}

void pc_ring_note_blocks(uint64_t blocks)
{
	struct pc_ring *ring = pc_ring_here->ring;

	if (blocks > ring->blocks)
		ring->disk_jobs = DISK_JOBS;
	else if (ring->disk_jobs > 0)
		ring->disk_jobs--;
	ring->blocks = blocks;
}

bool pc_ring_disk_waits(void)
{
	return pc_ring_here->ring->disk_jobs > 0;
}

void pc_ring_opened(int dirfd, int fd, bool directory)
{
	pc_reach_opened(&pc_ring_here->ring->reaches, dirfd, fd, directory);
}

/* Suspends the coroutine. While it was suspended, it slept for as long as the whole thread
 * slept; for the rest it was ready. */
static void worker_give_way(struct pc_ring_worker *w)
{
	struct pc_ring *ring = w->ring;
	uint64_t left_ns = pc_now_ns(), idle_ns = ring->idle_ns, away_ns, slept_ns;

	w->times.cpu_ns += left_ns - w->since_ns;
	pc_turn_wait(&ring->turns);
	pc_ring_here = w;
	w->since_ns = pc_now_ns();
	away_ns = w->since_ns - left_ns;
	slept_ns = ring->idle_ns - idle_ns;
	if (!w->idle && away_ns > slept_ns)
		w->times.ready_ns += away_ns - slept_ns;
}

struct pc_ring_times pc_ring_times(void)
{
	struct pc_ring_worker *w = pc_ring_here;
	struct pc_ring_times times;

	if (!w)
		return (struct pc_ring_times){.cpu_ns = pc_thread_cpu_ns()};
	times = w->times;
	times.cpu_ns += pc_now_ns() - w->since_ns;
	return times;
}

/* ---- Calls ---- */

static struct io_uring_sqe *sqe_fill(struct pc_ring *ring, const struct pc_ring_call *call)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->uring);

	assert(sqe); /* there is room for all */
	io_uring_prep_rw(call->op, sqe, call->fd, call->addr, call->len, call->offset);
	sqe->rw_flags = (__kernel_rwf_t)call->flags; /* one of the many names of this field */
	return sqe;
}

/* A limit's own completion is ignored. */
static void limit_fill(struct pc_ring *ring, const struct __kernel_timespec *limit)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->uring);

	assert(sqe);
	io_uring_prep_link_timeout(sqe, (struct __kernel_timespec *)limit, 0);
	io_uring_sqe_set_data(sqe, NULL);
}

int pc_ring_submit(const struct pc_ring_call *call)
{
	struct pc_ring_worker *w = pc_ring_here;
	struct pc_ring *ring = w->ring;
	struct io_uring_sqe *sqe = sqe_fill(ring, call);
	struct __kernel_timespec limit;

	io_uring_sqe_set_data(sqe, w);
	if (call->limit) {
		limit = (struct __kernel_timespec){.tv_sec = call->limit->tv_sec,
		                                   .tv_nsec = call->limit->tv_nsec};
		sqe->flags |= IOSQE_IO_LINK;
		limit_fill(ring, &limit);
	}
	w->op = call->op;
	w->fresh = true;
	ring->fresh[ring->fresh_count++] = w;
	worker_give_way(w);
	return w->answer;
}

/* ---- Calls of helper threads ---- */

static void bell_read(struct pc_ring *ring)
{
	struct io_uring_sqe *sqe;

	if (ring->bell_is_read)
		return;
	sqe = io_uring_get_sqe(&ring->uring);
	assert(sqe); /* the queue has room for this one, too */
	io_uring_prep_read(sqe, ring->helpers.bell, &ring->rung, sizeof(ring->rung), 0);
	io_uring_sqe_set_data(sqe, ring);
	ring->bell_is_read = true;
}

long pc_ring_help(struct pc_call *call)
{
	struct pc_ring_worker *w = pc_ring_here;
	struct pc_ring *ring = w->ring;

	call->owner = w;
	if (!pc_helpers_give(&ring->helpers, call)) {
		ring->counts.plain++;
		return PC_RING_PLAIN;
	}
	bell_read(ring);
	ring->away++;
	worker_give_way(w);
	return call->answer;
}

/* Called for every completion of reading the bell, whatever its result. */
static void bell_answered(struct pc_ring *ring)
{
	struct pc_call *call = pc_helpers_take(&ring->helpers), *next;

	ring->bell_is_read = false;
	for (; call; call = next) {
		const struct pc_ring_worker *w = call->owner;

		next = call->next;
		ring->away--;
		ring->counts.later++;
		pc_turn_ready(&ring->turns, w->turn);
	}
	if (ring->away > 0)
		bell_read(ring);
}

/* ---- Completions ---- */

static void answer_take(struct pc_ring *ring, const struct io_uring_cqe *cqe)
{
	struct pc_ring_worker *w = io_uring_cqe_get_data(cqe);

	if (!w)
		return;
	if ((void *)w == ring) {
		bell_answered(ring);
		return;
	}
	if (w->fresh && !is_never_at_once(w->op))
		ring->counts.at_once++;
	else
		ring->counts.later++;
	w->answer = cqe->res;
	pc_turn_ready(&ring->turns, w->turn);
}

static void answers_take(struct pc_ring *ring)
{
	struct io_uring_cqe *cqe;
	unsigned head, count = 0;

	io_uring_for_each_cqe(&ring->uring, head, cqe)
	{
		answer_take(ring, cqe);
		count++;
	}
	io_uring_cq_advance(&ring->uring, count);
}

/* Charges the kernel's CPU time to the calls just submitted. The rest of the time the thread
 * slept, and so did all suspended coroutines. */
static void enter_charge(struct pc_ring *ring, uint64_t ns, uint64_t cpu_ns)
{
	for (unsigned i = 0; i < ring->fresh_count; i++) {
		ring->fresh[i]->times.cpu_ns += cpu_ns / ring->fresh_count;
		ring->fresh[i]->fresh = false;
	}
	ring->fresh_count = 0;
	ring->idle_ns += ns > cpu_ns ? ns - cpu_ns : 0;
	ring->counts.enters++;
}

static void ring_wait(void *arg)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	struct pc_ring *ring = arg;
	uint64_t start_ns = pc_now_ns(), start_cpu_ns = pc_thread_cpu_ns();
	int r = io_uring_submit_and_wait(&ring->uring, 1);

	if (r < 0 && r != -EINTR)
		(void)nanosleep(&pause, NULL);
	answers_take(ring);
	enter_charge(ring, pc_now_ns() - start_ns, pc_thread_cpu_ns() - start_cpu_ns);
}

/* ---- The gate ---- */

void pc_ring_gate_enter(void)
{
	struct pc_ring_worker *w = pc_ring_here;
	struct pc_ring *ring = w->ring;

	w->idle = true;
	if (!ring->gate_taken) {
		ring->gate_taken = true;
		return;
	}
	w->next = ring->at_gate;
	ring->at_gate = w;
	worker_give_way(w);
}

void pc_ring_gate_leave(void)
{
	struct pc_ring_worker *w = pc_ring_here;
	struct pc_ring *ring = w->ring;
	struct pc_ring_worker *next = ring->at_gate;

	w->idle = false;
	if (!next) {
		ring->gate_taken = false;
		return;
	}
	ring->at_gate = next->next;
	pc_turn_ready(&ring->turns, next->turn);
}
