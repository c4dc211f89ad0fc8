/* SPDX-License-Identifier: MIT
 *
 * ranks.h - the workers of other processes, which may be on other machines.
 *
 * The coordinator's side is a pool like the others: what is queued is taken from the queue on
 * behalf of a rank, sent to it, and its answer put into the slot.  A rank's side is a queue of its
 * own, with threads that do what they do in any pool (serve.h).
 *
 * Everything of struct pc_ranks belongs to the thread that called pcopy_run().
 *
 * To be read in this order: wire.c, message.c, options.c, setup.c, greeting.c, asks.c, then deal.c
 * (jobs to ranks), pool.c (what comes back), flush.c, serve.c. */
#ifndef PC_RANKS_RANKS_H
#define PC_RANKS_RANKS_H

#include "job/meter.h"
#include "job/pool.h"
#include "ranks/message.h"

#define PC_HOST_MAX 64U
#define PC_BOOT_ID_MAX 48U

/* Threads of a rank where nobody says how many. */
#define PC_RANK_THREADS 4U

/* Jobs at a rank: for each thread one in work and one that waits, so that a round trip is
 * hidden. */
#define PC_RANK_JOBS 2U

/* What a greeting asks is a few calls for each operand: who has not answered by then waits for
 * something. */
#define PC_RANK_SILENCE_MS 10000U

/* A job costs a message there and one back: it is longer than where it costs a few system
 * calls. */
#define PC_RANK_BUDGET_NS UINT64_C(32000000)

struct pc_rank {
	/* since the greeting */
	char host[PC_HOST_MAX];
	char boot_id[PC_BOOT_ID_MAX];  /* of its machine since that was started; "": not known */
	bool source_told, target_told; /* what it does not see there */
	bool renames;                  /* its device numbers are not ours */
	bool near;                     /* it is on this machine, so its clock is ours */
	int64_t clock_ns;              /* else: to be added to its times */
	uint64_t user_ns, system_ns;   /* of its process, in all passes so far */
	uint64_t peak_bytes;
	bool answered; /* what is being asked of all */
	/* of the pass */
	unsigned jobs;                /* that it has */
	struct pc_message_flags told; /* the last ones */
	uint64_t busy_ns;             /* it had jobs until then */
	struct pc_wire out;           /* jobs on their way to it */
	unsigned out_jobs;
	unsigned workers; /* that it has */
	bool ready, ending, ended, lost;
};

/* What ended a run, where it was one rank. */
struct pc_rank_fault {
	unsigned i;
	enum pcopy_step step; /* PCOPY_STEP_NONE: nothing so far */
	int error;            /* negative errno, or 0 */
};

struct pc_ranks {
	const struct pcopy_transport *transport;
	unsigned count; /* that serve: number i is rank i + 1 of the transport */
	unsigned threads;
	struct pc_rank *rank;          /* [count] */
	char *cwd;                     /* that relative paths are below */
	char machines[PC_BOOT_ID_MAX]; /* see struct pc_copy_env */
	unsigned silence_ms;           /* a rank that has not answered for so long is told */
	/* of the pass */
	struct pc_wire setup;   /* what they need for it, a whole message */
	struct pc_meter *meter; /* [workers], filled at its end; or NULL */
	uint16_t *slot_rank;    /* [depth]: 1 + that which has the job; 0: none */
	uint64_t rate;          /* bytes a second, of all; 0: no limit */
	int error;              /* negative errno: the run cannot go on */
	int refusal;            /* ... a rank could not start any worker */
	struct pc_rank_fault fault;
	struct pc_wire message; /* scratch */
};

/* A run with ranks begins, and ends.  0 or -ENOMEM. */
int pc_ranks_new(const struct pcopy_transport *transport, unsigned threads, struct pc_ranks **ret);
void pc_ranks_free(struct pc_ranks *ranks);

/* Sends a message.  0 or negative errno. */
int pc_ranks_send(const struct pcopy_transport *transport, unsigned rank, const struct pc_wire *w);

/* The coordinator's: as above, to rank `i` + 1, which is blamed where it fails. */
int pc_ranks_tell(struct pc_ranks *ranks, unsigned i, const struct pc_wire *w);

/* Remembers which rank ends the run: the first one is the reason of what follows. */
void pc_ranks_blame(struct pc_ranks *ranks, unsigned i, enum pcopy_step step, int error);

/* The rank whose worker this is. */
static inline unsigned pc_rank_of_worker(const struct pc_ranks *ranks, unsigned worker)
{
	return worker / ranks->threads;
}

/* ---- deal.c ---- */

/* Sends what is queued, as far as the ranks take it, and what they are to know. */
void pc_ranks_deal(struct pc_pool *pool);

/* ---- asks.c ---- */

/* Answers what a device is called that a rank has met.  False: that was no question. */
bool pc_ranks_answer_device(struct pc_ranks *ranks, unsigned i, struct pc_wire_reader *r);

/* ---- pool.c ---- */

extern const struct pc_pool_ops pc_pool_ranks;

#endif
