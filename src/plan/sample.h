/* SPDX-License-Identifier: MIT */
/* sample.h - the directories of the source that were listed ahead of the copy, and what follows
 * from them for the others.
 *
 * A node is a directory whose name is known.  What lies below one that was not listed is estimated
 * by those of its depth that were (plan/estimate.h); below one that was listed by its own children.
 * So what is known of a directory stays known when the copy has opened it.
 *
 * The directories that the copy has not begun are marked anew each time before the figures are
 * asked for.  Only what lies below them is of interest. */
#ifndef PC_PLAN_SAMPLE_H
#define PC_PLAN_SAMPLE_H

#include "base/buffer.h"
#include "plan/estimate.h"

/* Nodes are remembered up to this number. */
#define PC_SAMPLE_MAX 32768U
#define PC_SAMPLE_NONE UINT32_MAX

/* With fewer listings the largest branches have hardly been seen: in bench/make-tree's A the whole
 * was estimated at a fifth of what it is after 100, so not even the standard error helps. */
#define PC_SAMPLE_MIN 1024U

struct pc_sample_node {
	uint32_t up; /* PC_SAMPLE_NONE: an operand, whose number is `root` */
	uint32_t root;
	uint32_t same_hash; /* the next one */
	uint32_t name;      /* in `names` */
	uint32_t others;    /* listed: entries that are no directories, */
	uint32_t children;  /* directories, */
	uint32_t nodes;     /* and those of them that are nodes */
	uint16_t depth;
	bool listed;
	bool waits;   /* marked */
	bool ahead;   /* ... or below one that is */
	double below; /* entries to be expected */
};

struct pc_sample {
	struct pc_sample_node *node;
	uint32_t count, cap;
	uint32_t *hash;
	struct pc_buffer names;
	struct pc_estimate estimate;
	double listed;               /* all of them */
	double expected;             /* entries below all that are marked */
	double unknown[PC_LEVELS];   /* marked, and no node */
	unsigned pending[PC_LEVELS]; /* ahead, not listed */
	double unlisted[PC_LEVELS];  /* ... with those to be expected below them */
};

/* Zero-initialised is empty. */
void pc_sample_done(struct pc_sample *s);

/* Finds or adds an operand, or a directory of one.  PC_SAMPLE_NONE: no memory, or too many; also
 * where `up` is that. */
uint32_t pc_sample_root(struct pc_sample *s, uint32_t root);
uint32_t pc_sample_child(struct pc_sample *s, uint32_t up, const char *name);

/* A directory was listed: its directories as names behind a letter (see PC_ITEM_NAMES). */
void pc_sample_list(struct pc_sample *s, uint32_t n, uint32_t others, uint32_t children,
                    const char *names, size_t len);

/* Begins to mark; marks a directory, or where `n` is PC_SAMPLE_NONE `count` of that depth; computes
 * the figures. */
void pc_sample_begin(struct pc_sample *s);
void pc_sample_mark(struct pc_sample *s, uint32_t n, unsigned depth, double count);
void pc_sample_refresh(struct pc_sample *s);

/* By how much all that is ahead may well be more or less. */
double pc_sample_unsure(struct pc_sample *s);

/* How far that can be relied upon: 1 if enough directories were listed, or all that are ahead. */
double pc_sample_trust(const struct pc_sample *s);

/* Chooses directories of one operand to be listed next, `most` of them: their number. */
unsigned pc_sample_choose(struct pc_sample *s, uint32_t *chosen, unsigned most);

/* The path of a directory below its operand: its length, or -1 where it does not fit. */
int pc_sample_path(const struct pc_sample *s, uint32_t n, char *buf, size_t cap);

#endif
