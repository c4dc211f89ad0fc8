/* SPDX-License-Identifier: MIT */
/* sample.h - the directories of the source that were listed ahead of the copy, and estimates for
 * the others.
 *
 * A node is a directory whose name is known.  The number of entries below an unlisted node is
 * estimated from listed directories of its depth (plan/estimate.h); below a listed node, from its
 * own children.  Nodes stay after the copy has opened their directories.
 *
 * A marked node stands for itself.  A child of a listed node stands for as many directories of its
 * depth as its parent does.  Nodes are chosen with a probability in proportion to that, so all
 * listed nodes of a depth stand for equally many: Hansen and Hurwitz, "On the theory of sampling
 * from finite populations", 1943.
 *
 * Before each estimate, the directories that the copy has not reached are marked again.  Only
 * entries below them are counted. */
#ifndef PC_PLAN_SAMPLE_H
#define PC_PLAN_SAMPLE_H

#include "base/buffer.h"
#include "plan/estimate.h"

/* Limit of the number of nodes. */
#define PC_SAMPLE_MAX 32768U
#define PC_SAMPLE_NONE UINT32_MAX

/* With fewer listings the estimate is not used alone, because the largest branches are probably
 * missing: without this limit a simulated tree whose last branch has most of the entries showed 75
 * points too much. */
#define PC_SAMPLE_MIN 128U

struct pc_sample_node {
	uint32_t up; /* PC_SAMPLE_NONE: an operand, whose number is `root` */
	uint32_t root;
	uint32_t same_hash; /* next node in the same bucket */
	uint32_t name;      /* offset in `names` */
	/* if listed: */
	uint32_t others;   /* entries that are not directories */
	uint32_t children; /* directories */
	uint32_t nodes;    /* children that are nodes */
	uint16_t depth;
	bool listed;
	bool waits;   /* marked: the copy has not reached it */
	bool ahead;   /* marked, or below a marked node */
	double below; /* expected entries below it */
};

struct pc_sample {
	struct pc_sample_node *node;
	uint32_t count, cap;
	uint32_t *hash;
	struct pc_buffer names;
	struct pc_estimate estimate;
	double listed;   /* number of listed nodes */
	double expected; /* expected entries below all marked directories */
	/* By depth: */
	double unknown[PC_LEVELS];    /* marked directories without a node */
	unsigned pending[PC_LEVELS];  /* nodes that are ahead and not listed */
	unsigned sampled[PC_LEVELS];  /* nodes that are ahead and listed */
	double represents[PC_LEVELS]; /* directories ahead for which a sampled one stands */
	double unlisted[PC_LEVELS];   /* unlisted directories ahead, including expected ones */
};

/* Zero-initialised is empty. */
void pc_sample_done(struct pc_sample *s);

/* Finds or adds the node of an operand, or of a child of `up`.  Returns PC_SAMPLE_NONE without
 * memory, if there are too many nodes, or if `up` is PC_SAMPLE_NONE. */
uint32_t pc_sample_root(struct pc_sample *s, uint32_t root);
uint32_t pc_sample_child(struct pc_sample *s, uint32_t up, const char *name);

/* Records the listing of node `n`.  `names` are those of its directories, each after a letter (see
 * PC_ITEM_NAMES). */
void pc_sample_list(struct pc_sample *s, uint32_t n, uint32_t others, uint32_t children,
                    const char *names, size_t len);

/* Removes all marks; marks node `n`, or if that is PC_SAMPLE_NONE, `count` directories of this
 * depth; computes the estimates. */
void pc_sample_begin(struct pc_sample *s);
void pc_sample_mark(struct pc_sample *s, uint32_t n, unsigned depth, double count);
void pc_sample_refresh(struct pc_sample *s);

/* The standard error of the number of entries ahead. */
double pc_sample_unsure(struct pc_sample *s);

/* From 0 to 1, by the number of listings; 1: enough directories were listed, or all that are
 * ahead. */
double pc_sample_trust(const struct pc_sample *s);

/* Chooses up to `most` directories of one operand to be listed next.  Returns their number. */
unsigned pc_sample_choose(struct pc_sample *s, uint32_t *chosen, unsigned most);

/* Writes the path of a node below its operand.  Returns its length, or -1 if it does not fit. */
int pc_sample_path(const struct pc_sample *s, uint32_t n, char *buf, size_t cap);

#endif
