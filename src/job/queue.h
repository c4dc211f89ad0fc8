/* SPDX-License-Identifier: MIT */
/* queue.h - the bounded queue that coordinator and workers share.
 *
 * A table of slots in shared memory, each with a job, its text and one atomic
 * state word:
 *
 *      FREE -> QUEUED -> LEASED by worker -> DONE -> FREE
 *
 * The state word is the only truth.  A doorbell is a pipe carrying slot numbers
 * that mean just "look at slot i": a lost or doubled bell is harmless, because
 * the coordinator rings again.  There is no lock and no condition variable, so
 * a worker killed at any instruction leaves nothing behind but a lease, which
 * is taken back by its worker's number. */
#ifndef PC_JOB_QUEUE_H
#define PC_JOB_QUEUE_H

#include "job/bucket.h"
#include "job/job.h"

#include <semaphore.h>
#include <stdatomic.h>

#define PC_QUEUE_MAX 4096U
#define PC_WORKERS_MAX 1024U
#define PC_PROCESSES_MAX PC_WORKERS_MAX
/* Of each slot; only the pages used cost memory.  Holds the longest path that
 * is handled and a result of PC_LEFT_MAX (see copy/) besides. */
#define PC_TEXT_BYTES (1U << 20)

struct pc_devices;
struct pc_queue_shared;

struct pc_queue {
	/* both sides, not changed after birth */
	struct pc_queue_shared *shared;
	unsigned depth;
	int job_bell[2];  /* read by workers, written by the coordinator */
	int done_bell[2]; /* read by the coordinator, written by workers */
	/* posted by pc_queue_cancel(), for a watch (watch.h) beside the coordinator */
	sem_t news;
	/* Numbers of devices that its workers are to use; NULL: the kernel's. */
	struct pc_devices *devices;
	/* coordinator only */
	bool closed;   /* job_bell[1]; its number stays, for threads to close their copy */
	unsigned held; /* slots that wait to be done without other suspects */
};

/* 0, -EINVAL (depth), -ENOMEM, -EMFILE. */
int pc_queue_init(struct pc_queue *q, unsigned depth);
void pc_queue_done(struct pc_queue *q);

struct pc_job *pc_queue_job(struct pc_queue *q, unsigned slot);
char *pc_queue_text(struct pc_queue *q, unsigned slot);

/* Bytes moved so far for the job in work in a slot; written by its worker, read
 * for the progress line. */
_Atomic uint64_t *pc_queue_moved(struct pc_queue *q, unsigned slot);

/* What limits the bytes a second of all workers; without a limit until it is set, before the
 * workers are born. */
struct pc_bucket *pc_queue_bucket(struct pc_queue *q);

/* What the worker of a slot is at, for the progress line: the path of a directory
 * below a root, and a name in it, cut where they are long.  Reading gives "" where nothing was
 * said or the worker is changing it. */
#define PC_SHOWN_MAX 256U
void pc_queue_show(struct pc_queue *q, unsigned slot, uint32_t root, const char *dir,
                   const char *name);
void pc_queue_shown(struct pc_queue *q, unsigned slot, uint32_t *ret_root,
                    char ret[static PC_SHOWN_MAX]);

/* A worker says that its job is in a call that forces data to the disk, which may take long,
 * and when it has come back. */
void pc_queue_set_flushing(struct pc_queue *q, unsigned slot, bool flushing);
bool pc_queue_is_flushing(struct pc_queue *q, unsigned slot);

/* Until when a canceled run waits for the jobs in work, by the monotonic clock; 0: not said
 * yet.  Reading is async-signal-safe. */
void pc_queue_set_patience(struct pc_queue *q, uint64_t until_ns);
uint64_t pc_queue_patience(const struct pc_queue *q);

/* ---- The coordinator's side ---- */

/* Gives a filled FREE slot to the workers. */
void pc_queue_submit(struct pc_queue *q, unsigned slot);

/* Finished slots, without waiting: at most `max` numbers of DONE slots.  Each
 * is the caller's until pc_queue_release(). */
unsigned pc_queue_collect(struct pc_queue *q, unsigned *slots, unsigned max);

/* Whether a job waits for a worker. */
bool pc_queue_has_queued(struct pc_queue *q);

/* Finds the finished slots whose bell was lost. */
unsigned pc_queue_sweep(struct pc_queue *q, unsigned *slots, unsigned max);

/* Whether a worker has the slot; for the progress line, as it may change at once. */
bool pc_queue_is_leased(struct pc_queue *q, unsigned slot);
bool pc_queue_is_free(struct pc_queue *q, unsigned slot);

/* The worker that has the slot, or -1; for the progress line, too. */
int pc_queue_worker(struct pc_queue *q, unsigned slot);

/* Makes a slot FREE and gives the memory of an unusually long text back. */
void pc_queue_release(struct pc_queue *q, unsigned slot);

/* Takes back what the workers first .. first + count - 1 had leased and adds to
 * its blame: queued once more, or DONE with -EOWNERDEAD from `blame_max` on.  Where
 * they had several jobs it is not known which one it was: these are held, and done
 * one after the other, so that one that kills is not beside the same others again. */
void pc_queue_recover(struct pc_queue *q, unsigned first, unsigned count, unsigned blame,
                      unsigned blame_max);

/* Queues one of those that are held, when no job that is suspected is queued or leased;
 * or all, where no worker is left to be killed. */
void pc_queue_next_suspect(struct pc_queue *q);
void pc_queue_release_suspects(struct pc_queue *q);

/* Rings for each queued slot again. */
void pc_queue_ring_again(struct pc_queue *q);

/* Tells the workers that no job will come.  All were answered before. */
void pc_queue_close(struct pc_queue *q);

/* Asks workers to leave the job in work; async-signal-safe. */
void pc_queue_cancel(struct pc_queue *q);

/* Who has a leased slot after all: for a coordinator that leases them in others' name. */
void pc_queue_set_worker(struct pc_queue *q, unsigned slot, unsigned worker);

/* Wakes the coordinator, for nothing in the queue. */
void pc_queue_wake(struct pc_queue *q);

/* Says that workers are idle, so that long jobs hand work back. */
void pc_queue_set_hungry(struct pc_queue *q, bool hungry);

/* ---- The workers' side ---- */

/* Waits for a job and leases it.  0, or -ESHUTDOWN when the queue was closed. */
int pc_queue_take(struct pc_queue *q, unsigned worker, unsigned *ret_slot);

/* The same without waiting: -EAGAIN where nothing is queued.  For a worker that is alone
 * with the queue: a bell may have been dropped as the pipe was full of old ones, so it
 * rings again for itself when none is left. */
int pc_queue_take_now(struct pc_queue *q, unsigned worker, unsigned *ret_slot);

/* Answers a leased job. */
void pc_queue_finish(struct pc_queue *q, unsigned slot);

/* ---- New files in work ----
 *
 * A worker may hang in a call that never returns, while the file that it was
 * writing is neither whole nor removed.  So each new file is named in its slot
 * until it is: who then gives the worker up can remove it. */

#define PC_WORK_PATH_MAX 1000U

struct pc_work_file {
	uint32_t root;
	bool top; /* `path` is the name in the root's target directory, else below the root */
	uint64_t dev, ino; /* what it is, where that is known, or 0, 0 */
	char path[PC_WORK_PATH_MAX];
};

/* The worker names the new file that it made, and says when it is whole or gone.
 * End: false when the file was given up meanwhile, and is to be removed.  A path
 * that is too long is not told. */
void pc_queue_file_begin(struct pc_queue *q, unsigned slot, uint32_t root, bool top,
                         const char *dir, const char *name);
bool pc_queue_file_end(struct pc_queue *q, unsigned slot);

/* The coordinator gives up the file of a leased slot.  False: there is none. */
bool pc_queue_file_give_up(struct pc_queue *q, unsigned slot, struct pc_work_file *ret);

bool pc_queue_canceled(const struct pc_queue *q);
bool pc_queue_hungry(const struct pc_queue *q);

/* Closes the ends that are not a worker's, in the caller's descriptor table. */
void pc_queue_worker_ends(struct pc_queue *q);

/* The peak of a worker process's own memory, told at its end. */
_Atomic uint64_t *pc_queue_peak(struct pc_queue *q, unsigned process);

#endif
