/* SPDX-License-Identifier: MIT */
/* run.h - one copy with one fault, judged.
 *
 * It runs in a process of its own, so that a crash or a hang is an answer, too. */
#ifndef PC_TESTS_FAULT_RUN_H
#define PC_TESTS_FAULT_RUN_H

#include "inject.h"
#include "pcopy.h"
#include "tree.h"

struct scenario {
	const char *name;
	struct pcopy_options options; /* without the pool and callbacks */
	bool wide;                    /* the tree with one large directory */
	bool existing;                /* the target is there already */
	bool surplus;                 /* ... and has what the source does not have */
	bool listed;                  /* entries are copied by their names */
	bool ruled;                   /* rules exclude entries on both sides */
	bool network;                 /* see struct injection */
	const char *suffix;           /* of backups, which nothing is lost with; or NULL */
	const char *rows[6];          /* calls that are counted; none: all */
	unsigned every;               /* a number of calls that is enough apart; 0: 1 */
	bool all;                     /* every number is tried, also without --thorough */
};

struct outcome {
	bool fired;      /* the fault was met */
	unsigned errors; /* that its call has */
	int result;      /* of pcopy_run() */
	unsigned replaced;
	char fault[128]; /* what failed, for messages */
	char wrong[512]; /* what is not as it should be, or "" */
};

/* Makes the source of a scenario in the current directory, and learns it. */
void run_prepare(const struct scenario *scenario, struct tree *tree);

/* Copies with what is set in `injection`. */
void run_once(const struct scenario *scenario, struct tree *tree, enum pcopy_pool pool,
              struct outcome *ret);

#endif
