/* SPDX-License-Identifier: MIT
 *
 * ranks.h - workers in other processes, possibly on other machines.
 *
 * For the coordinator, ranks are a pool: a job is taken from the queue on behalf of a rank and
 * sent to it, and the answer is stored in the job's slot.  A rank has its own queue and the
 * threads of an ordinary pool (serve.h).
 *
 * struct pc_ranks belongs to the thread that called pcopy_run().
 *
 * Read in this order: wire.c, message.c, options.c, setup.c, greeting.c, device_query.c, then deal.c
 * (jobs to ranks), pool.c (their answers), flush.c, serve.c. */
#ifndef PC_RANKS_RANKS_H
#define PC_RANKS_RANKS_H

#include "job/meter.h"
#include "job/pool.h"
#include "ranks/message.h"

#define PC_HOST_MAX 64U
#define PC_BOOT_ID_MAX 48U

/* Default number of threads of a rank. */
#define PC_RANK_THREADS 4U

/* Jobs per thread of a rank: one running and one waiting, which hides the round trip if a job takes
 * longer than that.  Of shorter jobs as many as take this time together, up to a limit. */
#define PC_RANK_JOBS 2U
#define PC_RANK_JOBS_MOST 32U
#define PC_RANK_WORK_NS UINT64_C(2000000)

/* A greeting needs a few system calls for each operand: a rank that takes longer is blocked on
 * something. */
#define PC_RANK_SILENCE_MS 10000U

/* Budget of a job.  It costs two messages, so it is longer than where it costs a few system
 * calls. */
#define PC_RANK_BUDGET_NS UINT64_C(32000000)

struct pc_rank {
	/* from the greeting: */
	char host[PC_HOST_MAX];
	char boot_id[PC_BOOT_ID_MAX];          /* boot id of its machine; "": unknown */
	bool source_reported, target_reported; /* a problem on this side was reported */
	bool maps_devices;                     /* its device numbers differ from ours */
	bool same_host;                        /* on this machine: the same clock */
	int64_t clock_offset_ns;               /* else: offset of our clock */
	uint64_t user_ns, system_ns;           /* of its process, in all passes so far */
	uint64_t peak_bytes;
	bool answered; /* the current question to all ranks */
	/* of the current pass: */
	unsigned jobs;                      /* jobs sent and not answered */
	uint64_t job_ns;                    /* moving average of the time that a job takes */
	uint64_t jobs_most;                 /* jobs that it may hold, when jobs are dealt */
	struct pc_message_flags sent_flags; /* flags sent last */
	uint64_t busy_until_ns;             /* until then it gets a share of the rate limit */
	struct pc_wire out;                 /* jobs to send */
	unsigned out_jobs;
	unsigned workers; /* that it has started */
	bool ready, ending, ended, lost;
};

/* The rank that ended a run, and why. */
struct pc_rank_fault {
	unsigned i;
	enum pcopy_step step; /* PCOPY_STEP_NONE: no fault */
	int error;            /* negative errno, or 0 */
};

struct pc_ranks {
	const struct pcopy_transport *transport;
	unsigned count; /* number of serving ranks; index i is rank i + 1 of the transport */
	unsigned threads;
	struct pc_rank *rank;          /* [count] */
	char *cwd;                     /* base of relative paths */
	char machines[PC_BOOT_ID_MAX]; /* see struct pc_copy_env */
	unsigned silence_ms;           /* report a rank that has not answered after this time */
	/* of the current pass: */
	struct pc_wire setup;   /* the whole SETUP message */
	struct pc_meter *meter; /* [workers], filled at the end of the pass; or NULL */
	uint16_t *slot_rank;    /* [depth]: 1 + the index of the rank that has the job; 0: none */
	uint64_t rate;          /* bytes per second, of all ranks; 0: no limit */
	int error;              /* negative errno: the run must end */
	int refusal;            /* negative errno: a rank could not start any worker */
	struct pc_rank_fault fault;
	struct pc_wire message; /* scratch */
};

/* Creates and frees the state.  Returns 0 or -ENOMEM. */
int pc_ranks_new(const struct pcopy_transport *transport, unsigned threads, struct pc_ranks **ret);
void pc_ranks_free(struct pc_ranks *ranks);

/* Sends a message.  Returns 0 or negative errno. */
int pc_ranks_send(const struct pcopy_transport *transport, unsigned rank, const struct pc_wire *w);

/* The same from the coordinator to rank `i` + 1, which is recorded as faulty on failure. */
int pc_ranks_send_to(struct pc_ranks *ranks, unsigned i, const struct pc_wire *w);

/* Records which rank ended the run.  Only the first one counts: others follow from it. */
void pc_ranks_note_fault(struct pc_ranks *ranks, unsigned i, enum pcopy_step step, int error);

/* The most jobs that a rank with so many threads holds: the slots that it needs. */
static inline unsigned pc_rank_slots(unsigned threads)
{
	return threads < PC_QUEUE_MAX / PC_RANK_JOBS_MOST ? PC_RANK_JOBS_MOST * threads
	                                                  : PC_QUEUE_MAX;
}

/* The rank of a worker. */
static inline unsigned pc_rank_of_worker(const struct pc_ranks *ranks, unsigned worker)
{
	return worker / ranks->threads;
}

/* ---- deal.c ---- */

/* Sends queued jobs, as many as the ranks take, and flags. */
void pc_ranks_deal(struct pc_pool *pool);

/* ---- device_query.c ---- */

/* Answers a rank's question about a device number.  False: invalid message. */
bool pc_ranks_answer_device(struct pc_ranks *ranks, unsigned i, struct pc_wire_reader *r);

/* ---- pool.c ---- */

extern const struct pc_pool_ops pc_pool_ranks;

#endif
