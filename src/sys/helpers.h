/* SPDX-License-Identifier: MIT
 *
 * helpers.h - threads that make system calls for another one, which goes on meanwhile.
 *
 * For the calls that io_uring has no form of, where storage answers late.  A helper is born
 * when a call finds none that is free.  It shares the descriptors of the thread that it helps,
 * and takes no signals where that takes none. */
#ifndef PC_SYS_HELPERS_H
#define PC_SYS_HELPERS_H

#include <pthread.h>
#include <stdbool.h>

/* At most for one thread: calls beyond that wait for each other. */
#define PC_HELPERS_MAX 64U

/* A system call by its number.  It belongs to the helpers from pc_helpers_give() on until
 * pc_helpers_take() hands it back. */
struct pc_call {
	long number;
	long arg[6];
	long answer; /* or negative errno */
	void *owner; /* the caller's own */
	struct pc_call *next;
};

struct pc_helpers {
	/* the thread that they help */
	unsigned count;
	pthread_t id[PC_HELPERS_MAX];
	int bell; /* eventfd: there is something to take; -1 before there is a helper */
	/* under the lock */
	pthread_mutex_t lock;
	pthread_cond_t wanted;
	unsigned given, idle;         /* calls that wait for a helper; helpers without a call */
	struct pc_call *first, *last; /* calls that wait */
	struct pc_call *made;
	bool ending;
};

void pc_helpers_init(struct pc_helpers *helpers);

/* Ends all helpers.  No call is in their hands. */
void pc_helpers_done(struct pc_helpers *helpers);

/* Has a helper make a call.  False: there is none, and none can be born. */
bool pc_helpers_give(struct pc_helpers *helpers, struct pc_call *call);

/* All calls that were made since it was asked last, in a list; NULL: none. */
struct pc_call *pc_helpers_take(struct pc_helpers *helpers);

#endif
