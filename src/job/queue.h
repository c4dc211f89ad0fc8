/* SPDX-License-Identifier: MIT */
/* queue.h - the bounded queue that coordinator and workers share.
 *
 * A table of slots in shared memory, each with a job, its text and one atomic state word:
 *
 *      FREE -> QUEUED -> LEASED by worker -> DONE -> FREE
 *
 * The state word alone decides who owns a slot. A doorbell is a pipe that carries slot numbers,
 * each meaning no more than "look at slot i". A lost or doubled bell is harmless, because the
 * coordinator rings again. There is no lock and no condition variable, so a worker killed at any
 * instruction leaves nothing behind but a lease, which is taken back by the worker's number. */
#ifndef PC_JOB_QUEUE_H
#define PC_JOB_QUEUE_H

#include "job/bucket.h"
#include "job/job.h"

#include <semaphore.h>
#include <stdatomic.h>

#define PC_QUEUE_MAX 4096U
#define PC_WORKERS_MAX 1024U
#define PC_PROCESSES_MAX PC_WORKERS_MAX
/* For each slot; only the pages used cost memory. Holds the longest path that is handled, and
 * beside it a result of PC_LEFT_MAX (see walk/). */
#define PC_TEXT_BYTES (1U << 20)

struct pc_devices;
struct pc_queue_shared;

struct pc_queue {
	/* both sides; not changed after pc_queue_init() */
	struct pc_queue_shared *shared;
	unsigned depth;
	int job_bell[2];  /* read by workers, written by the coordinator */
	int done_bell[2]; /* read by the coordinator, written by workers */
	/* posted by pc_queue_cancel(), for the watch thread (watch.h) */
	sem_t wakeup;
	/* Replaces the device numbers that workers see; NULL: the kernel's own. */
	struct pc_devices *devices;
	/* coordinator only */
	bool closed;   /* job_bell[1] is closed; its number stays, so that threads can close
	                * their copies */
	unsigned held; /* slots held back until other suspected jobs are done */
};

/* 0, -EINVAL (depth), -ENOMEM, -EMFILE. */
int pc_queue_init(struct pc_queue *q, unsigned depth);
void pc_queue_done(struct pc_queue *q);

struct pc_job *pc_queue_job(struct pc_queue *q, unsigned slot);
char *pc_queue_text(struct pc_queue *q, unsigned slot);

/* Bytes moved so far for a slot's current job; its worker writes them, the progress display
 * reads them. */
_Atomic uint64_t *pc_queue_moved(struct pc_queue *q, unsigned slot);

/* The rate limit of all workers together. There is none until it is set, before the workers
 * start. */
struct pc_bucket *pc_queue_bucket(struct pc_queue *q);

/* The directory (a path below a root) and name that a slot's worker is busy with, for the
 * progress display, shortened where long. Reading gives "" where none was set or the worker is
 * changing it. */
#define PC_SHOWN_MAX 256U
void pc_queue_show(struct pc_queue *q, unsigned slot, uint32_t root, const char *dir,
                   const char *name);
void pc_queue_shown(struct pc_queue *q, unsigned slot, uint32_t *ret_root,
                    char ret[static PC_SHOWN_MAX]);

/* A worker sets this flag around calls that force data to the disk, which may take long. */
void pc_queue_set_flushing(struct pc_queue *q, unsigned slot, bool flushing);
bool pc_queue_is_flushing(struct pc_queue *q, unsigned slot);

/* The time by the monotonic clock until which a canceled run waits for unfinished jobs; 0: not
 * set yet. Reading is async-signal-safe. */
void pc_queue_set_grace(struct pc_queue *q, uint64_t until_ns);
uint64_t pc_queue_grace(const struct pc_queue *q);

/* ---- The coordinator's side ---- */

/* Queues a filled FREE slot for the workers. */
void pc_queue_submit(struct pc_queue *q, unsigned slot);

/* Collects up to `max` numbers of DONE slots without waiting. Each slot belongs to the caller
 * until pc_queue_release(). */
unsigned pc_queue_collect(struct pc_queue *q, unsigned *slots, unsigned max);

/* Whether a queued job waits for a worker. */
bool pc_queue_has_queued(struct pc_queue *q);

/* Finds DONE slots whose bell was lost. */
unsigned pc_queue_sweep(struct pc_queue *q, unsigned *slots, unsigned max);

/* Whether a worker has leased the slot. It may change at any moment, so for the progress display
 * only. */
bool pc_queue_is_leased(struct pc_queue *q, unsigned slot);
bool pc_queue_is_free(struct pc_queue *q, unsigned slot);

/* The worker that has leased the slot, or -1; for the progress display, too. */
int pc_queue_worker(struct pc_queue *q, unsigned slot);

/* Frees a slot and returns the memory of an unusually long text to the kernel. */
void pc_queue_release(struct pc_queue *q, unsigned slot);

/* Takes back the slots leased by workers first .. first + count - 1, which are dead, and adds
 * `suspicion` to each job: it is queued again or, from `suspicion_max` on, DONE with -EOWNERDEAD.
 * Where these workers had several jobs, any of them may have caused the death. They are held back
 * and run one after the other, so that a job that kills is not run beside the same others again. */
void pc_queue_recover(struct pc_queue *q, unsigned first, unsigned count, unsigned suspicion,
                      unsigned suspicion_max);

/* Queues one of the jobs held back, if no suspected job is queued or leased; or all of them,
 * where no worker is left that could die. */
void pc_queue_next_suspect(struct pc_queue *q);
void pc_queue_release_suspects(struct pc_queue *q);

/* Rings the doorbell for each queued slot again. */
void pc_queue_ring_again(struct pc_queue *q);

/* Tells the workers that no further job will come. All jobs must have been answered. */
void pc_queue_close(struct pc_queue *q);

/* Asks workers to stop their current jobs; async-signal-safe. */
void pc_queue_cancel(struct pc_queue *q);

/* Changes the worker of a leased slot: for a coordinator that leases slots on behalf of remote
 * workers. */
void pc_queue_set_worker(struct pc_queue *q, unsigned slot, unsigned worker);

/* Wakes the coordinator although nothing in the queue changed. */
void pc_queue_wake(struct pc_queue *q);

/* Says whether workers are idle, so that long jobs hand work back. */
void pc_queue_set_workers_idle(struct pc_queue *q, bool workers_idle);

/* ---- The workers' side ---- */

/* Waits for a job and leases it. 0, or -ESHUTDOWN when the queue was closed. */
int pc_queue_take(struct pc_queue *q, unsigned worker, unsigned *ret_slot);

/* The same without waiting; -EAGAIN where no job is queued. For the only worker of a queue: a
 * bell may have been lost because the pipe was full of old ones, so when none is left it rings
 * again for itself. */
int pc_queue_take_now(struct pc_queue *q, unsigned worker, unsigned *ret_slot);

/* Marks a leased job as DONE. */
void pc_queue_finish(struct pc_queue *q, unsigned slot);

/* ---- Unfinished new files ----
 *
 * A worker may hang in a system call that never returns while the file that it was writing is
 * neither complete nor removed. So each new file is recorded in its slot until it is complete:
 * whoever abandons the worker can remove the file. */

#define PC_WORK_PATH_MAX 1000U

struct pc_work_file {
	uint32_t root;
	bool top; /* `path` is a name in the root's anchor directory, otherwise a path below the
	           * root */
	uint64_t dev, ino; /* identity of the file; 0, 0: unknown */
	char path[PC_WORK_PATH_MAX];
};

/* A worker records the new file that it created, and reports when it is complete or removed. The
 * latter returns false where the file was abandoned meanwhile and must be removed. Paths that
 * are too long are not recorded. */
void pc_queue_file_begin(struct pc_queue *q, unsigned slot, uint32_t root, bool top,
                         const char *dir, const char *name);
bool pc_queue_file_end(struct pc_queue *q, unsigned slot);

/* Abandons the unfinished file of a leased slot and returns it. False: there is none. */
bool pc_queue_file_abandon(struct pc_queue *q, unsigned slot, struct pc_work_file *ret);

bool pc_queue_canceled(const struct pc_queue *q);
bool pc_queue_has_idle_workers(const struct pc_queue *q);

/* Closes the coordinator's ends of the bells in a worker's own descriptor table. */
void pc_queue_worker_ends(struct pc_queue *q);

/* The peak of a worker process's private memory, stored when it ends. */
_Atomic uint64_t *pc_queue_peak(struct pc_queue *q, unsigned process);

/* pc_item_add() for the result of a job, whose text area is `text`. */
static inline struct pc_item *pc_result_add(struct pc_job *job, char *text, enum pc_item_type type,
                                            const char *data, size_t len)
{
	return pc_item_add(text, &job->text_len, PC_TEXT_BYTES, type, data, len);
}

#endif
