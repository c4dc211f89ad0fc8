/* SPDX-License-Identifier: MIT */
/* queue.c - job slots in shared memory and their doorbells.
 *
 * The owner of each transition:
 *
 *   coordinator   FREE -> QUEUED     (submit)
 *   any worker    QUEUED -> LEASED   (take; one wins the compare-and-swap)
 *   its worker    LEASED -> DONE     (finish)
 *   coordinator   LEASED -> QUEUED   (recover, only after the worker was reaped)
 *   coordinator   LEASED -> HELD -> QUEUED  (the same; run apart from other suspects)
 *   coordinator   DONE -> FREE       (release)
 *
 * The release store of each transition publishes the job and its text to the acquire load of the
 * next owner. */
#include "job/queue.h"

#include "base/cleanup.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>

enum slot_state { SLOT_FREE, SLOT_QUEUED, SLOT_LEASED, SLOT_DONE, SLOT_HELD };

#define STATE_BITS 8U
#define LEASED_BY(worker) (((uint32_t)(worker) << STATE_BITS) | SLOT_LEASED)
#define STATE_OF(word) ((word) & ((1U << STATE_BITS) - 1))
#define WORKER_OF(word) ((word) >> STATE_BITS)

#define BELL_WAKE UINT16_MAX

/* Longer texts are returned to the kernel when a slot is freed. */
#define TEXT_KEEP_BYTES (64U << 10)

enum file_state { FILE_NONE, FILE_IN_WORK, FILE_ABANDONED };

struct slot {
	_Alignas(64) _Atomic uint32_t state;
	_Atomic uint64_t moved; /* written by the leasing worker */
	_Atomic bool flushing;  /* written by the leasing worker */
	struct pc_job job;      /* of the slot's owner by its state */
	/* written by the leasing worker; odd while it is changed */
	_Atomic uint32_t shown_turn, shown_root;
	_Atomic uint64_t shown[PC_SHOWN_MAX / sizeof(uint64_t)];
	/* written by the leasing worker; by the coordinator once it has set FILE_ABANDONED */
	_Atomic uint32_t file_state;
	struct pc_work_file file;
};

struct pc_queue_shared {
	/* coordinator writes, workers read */
	_Atomic uint32_t canceled;
	_Atomic uint32_t workers_idle;
	_Atomic uint32_t closed;
	/* coordinator, or its watch */
	_Atomic uint64_t grace_until_ns;
	/* all workers */
	struct pc_bucket bucket;
	/* each process writes its own when it ends */
	_Atomic uint64_t peak[PC_PROCESSES_MAX];
	struct slot slot[];
};

static size_t header_bytes(unsigned depth)
{
	size_t bytes = sizeof(struct pc_queue_shared) + depth * sizeof(struct slot);

	return (bytes + 4095) & ~(size_t)4095;
}

/* Behind the last text lies a page that is never written, so that even a corrupted string ends. */
static size_t shared_bytes(unsigned depth)
{
	return header_bytes(depth) + (size_t)depth * PC_TEXT_BYTES + 4096;
}

static int bell_init(int bell[2])
{
	return pipe2(bell, O_CLOEXEC) < 0 ? -errno : 0;
}

static void bell_done(int bell[2])
{
	pc_close_cleanup(&bell[0]);
	pc_close_cleanup(&bell[1]);
	bell[0] = bell[1] = -1;
}

/* EAGAIN is ignored: a full pipe holds enough bells to wake the readers. */
static void bell_ring(int fd, unsigned number)
{
	uint16_t n = (uint16_t)number;
	ssize_t r;

	do
		r = write(fd, &n, sizeof(n));
	while (r < 0 && errno == EINTR);
}

static int no_wait(int fd)
{
	return fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

int pc_queue_init(struct pc_queue *q, unsigned depth)
{
	void *shared;
	int r;

	if (depth == 0 || depth > PC_QUEUE_MAX)
		return -EINVAL;
	*q = (struct pc_queue){.depth = depth, .job_bell = {-1, -1}, .done_bell = {-1, -1}};
	(void)sem_init(&q->wakeup, 0, 0); /* fails for invalid values only */
	shared = mmap(NULL, shared_bytes(depth), PROT_READ | PROT_WRITE,
	              MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (shared == MAP_FAILED)
		return -ENOMEM;
	q->shared = shared;
	r = bell_init(q->job_bell);
	if (r == 0)
		r = bell_init(q->done_bell);
	if (r == 0)
		r = no_wait(q->job_bell[1]);
	if (r == 0)
		r = no_wait(q->done_bell[0]);
	if (r < 0)
		pc_queue_done(q);
	return r;
}

void pc_queue_done(struct pc_queue *q)
{
	if (!q->shared)
		return;
	if (q->closed)
		q->job_bell[1] = -1;
	bell_done(q->job_bell);
	bell_done(q->done_bell);
	(void)sem_destroy(&q->wakeup);
	munmap(q->shared, shared_bytes(q->depth));
	q->shared = NULL;
}

struct pc_job *pc_queue_job(struct pc_queue *q, unsigned slot)
{
	return &q->shared->slot[slot].job;
}

char *pc_queue_text(struct pc_queue *q, unsigned slot)
{
	return (char *)q->shared + header_bytes(q->depth) + (size_t)slot * PC_TEXT_BYTES;
}

_Atomic uint64_t *pc_queue_moved(struct pc_queue *q, unsigned slot)
{
	return &q->shared->slot[slot].moved;
}

struct pc_bucket *pc_queue_bucket(struct pc_queue *q)
{
	return &q->shared->bucket;
}

void pc_queue_submit(struct pc_queue *q, unsigned slot)
{
	struct slot *s = &q->shared->slot[slot];

	atomic_store_explicit(&s->moved, 0, memory_order_relaxed);
	atomic_store_explicit(&s->shown[0], 0, memory_order_relaxed);
	atomic_store_explicit(&s->file_state, FILE_NONE, memory_order_relaxed);
	atomic_store_explicit(&s->state, SLOT_QUEUED, memory_order_release);
	bell_ring(q->job_bell[1], slot);
}

static bool slot_is(struct pc_queue *q, unsigned slot, enum slot_state state)
{
	uint32_t word = atomic_load_explicit(&q->shared->slot[slot].state, memory_order_acquire);

	return STATE_OF(word) == state;
}

bool pc_queue_is_leased(struct pc_queue *q, unsigned slot)
{
	return slot_is(q, slot, SLOT_LEASED);
}

bool pc_queue_is_free(struct pc_queue *q, unsigned slot)
{
	return slot_is(q, slot, SLOT_FREE);
}

int pc_queue_worker(struct pc_queue *q, unsigned slot)
{
	uint32_t word = atomic_load_explicit(&q->shared->slot[slot].state, memory_order_acquire);

	return STATE_OF(word) == SLOT_LEASED ? (int)WORKER_OF(word) : -1;
}

/* ---- The progress display ---- */

/* Keeps the last PC_SHOWN_MAX - 1 bytes of dir/name. */
static void shown_join(char text[PC_SHOWN_MAX], const char *dir, const char *name)
{
	size_t name_len = strnlen(name, PC_SHOWN_MAX - 1), dir_len = strlen(dir);
	size_t room = PC_SHOWN_MAX - 1 - name_len;
	size_t slash = dir_len > 0 && name_len > 0 && room > 0;

	if (dir_len > room - slash) {
		dir += dir_len - (room - slash);
		dir_len = room - slash;
	}
	memcpy(text, dir, dir_len);
	if (slash)
		text[dir_len] = '/';
	memcpy(text + dir_len + slash, name, name_len);
	text[dir_len + slash + name_len] = '\0';
}

/* A seqlock: the text is written in atomic words, so that a reader in another process is no data
 * race. A reader that got words of two texts detects it by `shown_turn`. */
void pc_queue_show(struct pc_queue *q, unsigned slot, uint32_t root, const char *dir,
                   const char *name)
{
	struct slot *s = &q->shared->slot[slot];
	char text[PC_SHOWN_MAX] = "";
	uint32_t turn = atomic_load_explicit(&s->shown_turn, memory_order_relaxed) | 1;
	uint64_t word;

	shown_join(text, dir, name);
	atomic_store_explicit(&s->shown_turn, turn, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	atomic_store_explicit(&s->shown_root, root, memory_order_relaxed);
	for (size_t at = 0, len = strlen(text); at <= len; at += sizeof(word)) {
		memcpy(&word, text + at, sizeof(word));
		atomic_store_explicit(&s->shown[at / sizeof(word)], word, memory_order_relaxed);
	}
	atomic_store_explicit(&s->shown_turn, turn + 1, memory_order_release);
}

void pc_queue_shown(struct pc_queue *q, unsigned slot, uint32_t *ret_root,
                    char ret[static PC_SHOWN_MAX])
{
	struct slot *s = &q->shared->slot[slot];
	uint32_t turn = atomic_load_explicit(&s->shown_turn, memory_order_acquire);

	for (size_t at = 0; at < PC_SHOWN_MAX; at += sizeof(uint64_t)) {
		uint64_t word =
			atomic_load_explicit(&s->shown[at / sizeof(word)], memory_order_relaxed);

		memcpy(ret + at, &word, sizeof(word));
	}
	*ret_root = atomic_load_explicit(&s->shown_root, memory_order_relaxed);
	atomic_thread_fence(memory_order_acquire);
	ret[PC_SHOWN_MAX - 1] = '\0';
	if ((turn & 1) || turn != atomic_load_explicit(&s->shown_turn, memory_order_relaxed))
		ret[0] = '\0';
}

/* A doubled bell would name a slot twice. After the coordinator released a slot it is no longer
 * DONE, so duplicates can only occur within one batch. */
static bool in_batch(const unsigned *slots, unsigned n, unsigned slot)
{
	for (unsigned i = 0; i < n; i++) {
		if (slots[i] == slot)
			return true;
	}
	return false;
}

unsigned pc_queue_collect(struct pc_queue *q, unsigned *slots, unsigned max)
{
	uint16_t bell[64];
	unsigned found = 0;
	size_t want = max < 64 ? max : 64;
	ssize_t n = read(q->done_bell[0], bell, want * sizeof(bell[0]));

	for (ssize_t i = 0; i < n / (ssize_t)sizeof(bell[0]); i++) {
		if (bell[i] < q->depth && slot_is(q, bell[i], SLOT_DONE) &&
		    !in_batch(slots, found, bell[i]))
			slots[found++] = bell[i];
	}
	return found;
}

bool pc_queue_has_queued(struct pc_queue *q)
{
	for (unsigned i = 0; i < q->depth; i++) {
		if (slot_is(q, i, SLOT_QUEUED))
			return true;
	}
	return false;
}

unsigned pc_queue_sweep(struct pc_queue *q, unsigned *slots, unsigned max)
{
	unsigned found = 0;

	for (unsigned i = 0; i < q->depth && found < max; i++) {
		if (slot_is(q, i, SLOT_DONE))
			slots[found++] = i;
	}
	return found;
}

void pc_queue_release(struct pc_queue *q, unsigned slot)
{
	struct slot *s = &q->shared->slot[slot];

	if (s->job.text_len > TEXT_KEEP_BYTES)
		(void)madvise(pc_queue_text(q, slot), PC_TEXT_BYTES, MADV_REMOVE); /* may fail */
	atomic_store_explicit(&s->state, SLOT_FREE, memory_order_release);
}

static void slot_take_back(struct pc_queue *q, unsigned i, unsigned suspicion,
                           unsigned suspicion_max, bool hold)
{
	struct slot *s = &q->shared->slot[i];

	s->job.suspicion += suspicion;
	s->job.text_len = s->job.request_len;
	if (s->job.suspicion < suspicion_max && hold) {
		atomic_store_explicit(&s->state, SLOT_HELD, memory_order_release);
		q->held++;
		return;
	}
	if (s->job.suspicion < suspicion_max) {
		pc_queue_submit(q, i);
		return;
	}
	s->job.error = -EOWNERDEAD;
	memset(&s->job.counts, 0, sizeof(s->job.counts));
	atomic_store_explicit(&s->state, SLOT_DONE, memory_order_release);
	bell_ring(q->done_bell[1], i);
}

static bool is_leased_by(const struct pc_queue *q, unsigned slot, unsigned first, unsigned count)
{
	uint32_t word = atomic_load(&q->shared->slot[slot].state);

	return STATE_OF(word) == SLOT_LEASED && WORKER_OF(word) - first < count;
}

void pc_queue_recover(struct pc_queue *q, unsigned first, unsigned count, unsigned suspicion,
                      unsigned suspicion_max)
{
	unsigned leased = 0;

	for (unsigned i = 0; i < q->depth; i++)
		leased += is_leased_by(q, i, first, count);
	for (unsigned i = 0; i < q->depth; i++) {
		if (is_leased_by(q, i, first, count))
			slot_take_back(q, i, suspicion, suspicion_max, leased > 1);
	}
	pc_queue_next_suspect(q);
	pc_queue_ring_again(q);
}

void pc_queue_next_suspect(struct pc_queue *q)
{
	unsigned next = q->depth;

	for (unsigned i = 0; i < q->depth && q->held > 0; i++) {
		if (slot_is(q, i, SLOT_HELD))
			next = i;
		else if ((slot_is(q, i, SLOT_QUEUED) || slot_is(q, i, SLOT_LEASED)) &&
		         q->shared->slot[i].job.suspicion > 0)
			return;
	}
	if (next == q->depth)
		return;
	q->held--;
	pc_queue_submit(q, next);
}

void pc_queue_release_suspects(struct pc_queue *q)
{
	for (unsigned i = 0; i < q->depth && q->held > 0; i++) {
		if (slot_is(q, i, SLOT_HELD)) {
			q->held--;
			pc_queue_submit(q, i);
		}
	}
}

void pc_queue_ring_again(struct pc_queue *q)
{
	for (unsigned i = 0; i < q->depth; i++) {
		if (slot_is(q, i, SLOT_QUEUED))
			bell_ring(q->job_bell[1], i);
	}
}

/* Closing the pipe is not enough: in a program with several queues, the private descriptor table
 * of another queue's thread may hold a copy of this end. */
void pc_queue_close(struct pc_queue *q)
{
	uint16_t bell[PC_WORKERS_MAX];

	if (q->closed)
		return;
	q->closed = true;
	atomic_store(&q->shared->closed, 1);
	memset(bell, 0xff, sizeof(bell)); /* BELL_WAKE for each */
	/* if the pipe is full, as many old bells are in it and wake the workers as well */
	(void)!write(q->job_bell[1], bell, sizeof(bell));
	close(q->job_bell[1]);
}

void pc_queue_cancel(struct pc_queue *q)
{
	/* only once: the pipe has room for one bell, and a signal handler must not block */
	if (!atomic_exchange(&q->shared->canceled, 1)) {
		bell_ring(q->done_bell[1], BELL_WAKE);
		(void)sem_post(&q->wakeup);
	}
}

void pc_queue_set_worker(struct pc_queue *q, unsigned slot, unsigned worker)
{
	if (slot_is(q, slot, SLOT_LEASED))
		atomic_store_explicit(&q->shared->slot[slot].state, LEASED_BY(worker),
		                      memory_order_release);
}

void pc_queue_wake(struct pc_queue *q)
{
	bell_ring(q->done_bell[1], BELL_WAKE);
}

void pc_queue_set_flushing(struct pc_queue *q, unsigned slot, bool flushing)
{
	atomic_store_explicit(&q->shared->slot[slot].flushing, flushing, memory_order_relaxed);
}

bool pc_queue_is_flushing(struct pc_queue *q, unsigned slot)
{
	return atomic_load_explicit(&q->shared->slot[slot].flushing, memory_order_relaxed);
}

void pc_queue_set_grace(struct pc_queue *q, uint64_t until_ns)
{
	atomic_store_explicit(&q->shared->grace_until_ns, until_ns, memory_order_relaxed);
}

uint64_t pc_queue_grace(const struct pc_queue *q)
{
	return atomic_load_explicit(&q->shared->grace_until_ns, memory_order_relaxed);
}

void pc_queue_set_workers_idle(struct pc_queue *q, bool workers_idle)
{
	if (atomic_load_explicit(&q->shared->workers_idle, memory_order_relaxed) != workers_idle)
		atomic_store_explicit(&q->shared->workers_idle, workers_idle, memory_order_relaxed);
}

/* Waits for a bell and leases the slot that it names, if that is queued: 1, otherwise 0. */
static int bell_answer(struct pc_queue *q, unsigned worker, unsigned *ret_slot)
{
	uint32_t expected = SLOT_QUEUED;
	uint16_t bell;
	ssize_t n;

	n = pc_sys_read_in_turn(q->job_bell[0], &bell, sizeof(bell));
	if (n != sizeof(bell))
		return -ESHUTDOWN; /* end of file: the queue was closed, or the coordinator died */
	if (bell >= q->depth || !atomic_compare_exchange_strong(&q->shared->slot[bell].state,
	                                                        &expected, LEASED_BY(worker)))
		return atomic_load(&q->shared->closed) ? -ESHUTDOWN : 0;
	pc_queue_set_flushing(q, bell, false); /* may be set by a worker that was lost */
	*ret_slot = bell;
	return 1;
}

int pc_queue_take(struct pc_queue *q, unsigned worker, unsigned *ret_slot)
{
	int r;

	do
		r = bell_answer(q, worker, ret_slot);
	while (r == 0);
	return r < 0 ? r : 0;
}

/* 1, 0, or -1 if unknown. */
static int bell_waits(const struct pc_queue *q)
{
	struct pollfd bell = {.fd = q->job_bell[0], .events = POLLIN};

	return poll(&bell, 1, 0);
}

int pc_queue_take_now(struct pc_queue *q, unsigned worker, unsigned *ret_slot)
{
	bool rung = false;
	int r;

	for (;;) {
		int waits = bell_waits(q);

		if (waits <= 0) {
			if (rung || !pc_queue_has_queued(q))
				return -EAGAIN;
			pc_queue_ring_again(q);
			rung = true;
			if (waits == 0)
				continue;
		} /* otherwise the bell just rung is there to be read */
		r = bell_answer(q, worker, ret_slot);
		if (r != 0)
			return r < 0 ? r : 0;
	}
}

void pc_queue_finish(struct pc_queue *q, unsigned slot)
{
	atomic_store_explicit(&q->shared->slot[slot].state, SLOT_DONE, memory_order_release);
	bell_ring(q->done_bell[1], slot);
}

void pc_queue_file_begin(struct pc_queue *q, unsigned slot, uint32_t root, bool top,
                         const char *dir, const char *name)
{
	struct slot *s = &q->shared->slot[slot];
	size_t dir_len = strlen(dir), name_len = strlen(name) + 1;

	if (dir_len + 1 + name_len > sizeof(s->file.path))
		return;
	s->file.root = root;
	s->file.top = top;
	s->file.dev = s->file.ino = 0;
	memcpy(s->file.path, dir, dir_len);
	if (dir_len > 0)
		s->file.path[dir_len++] = '/';
	memcpy(s->file.path + dir_len, name, name_len);
	atomic_store_explicit(&s->file_state, FILE_IN_WORK, memory_order_release);
}

bool pc_queue_file_end(struct pc_queue *q, unsigned slot)
{
	return atomic_exchange(&q->shared->slot[slot].file_state, FILE_NONE) != FILE_ABANDONED;
}

bool pc_queue_file_abandon(struct pc_queue *q, unsigned slot, struct pc_work_file *ret)
{
	struct slot *s = &q->shared->slot[slot];
	uint32_t expected = FILE_IN_WORK;

	if (!slot_is(q, slot, SLOT_LEASED) ||
	    !atomic_compare_exchange_strong(&s->file_state, &expected, FILE_ABANDONED))
		return false;
	*ret = s->file;
	ret->path[sizeof(ret->path) - 1] = '\0';
	return true;
}

bool pc_queue_canceled(const struct pc_queue *q)
{
	return atomic_load_explicit(&q->shared->canceled, memory_order_relaxed);
}

bool pc_queue_has_idle_workers(const struct pc_queue *q)
{
	return atomic_load_explicit(&q->shared->workers_idle, memory_order_relaxed);
}

void pc_queue_worker_ends(struct pc_queue *q)
{
	close(q->job_bell[1]);
	close(q->done_bell[0]);
}

_Atomic uint64_t *pc_queue_peak(struct pc_queue *q, unsigned process)
{
	return &q->shared->peak[process];
}
