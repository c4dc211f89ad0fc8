/* SPDX-License-Identifier: MIT
 *
 * helpers.h - threads that make system calls on behalf of another thread, which continues
 * meanwhile.
 *
 * For calls that io_uring lacks, where storage is slow to answer. A helper thread is started when
 * a call finds no idle one. It shares its owner's descriptor table and inherits its signal mask. */
#ifndef PC_SYS_HELPERS_H
#define PC_SYS_HELPERS_H

#include <pthread.h>
#include <stdbool.h>

/* Limit for one owner; further calls queue up. */
#define PC_HELPERS_MAX 64U

/* A system call by number. It belongs to the helpers from pc_helpers_give() until
 * pc_helpers_take() returns it. */
struct pc_call {
	long number;
	long arg[6];
	long answer; /* result or negative errno */
	void *owner; /* for the caller's use */
	struct pc_call *next;
};

struct pc_helpers {
	/* owner thread */
	unsigned count;
	pthread_t id[PC_HELPERS_MAX];
	int bell; /* eventfd: finished calls wait to be taken; -1 before the first helper */
	/* under the lock */
	pthread_mutex_t lock;
	pthread_cond_t wanted;
	unsigned given, idle;         /* calls that wait for a helper; helpers without a call */
	struct pc_call *first, *last; /* queue of the calls that wait */
	struct pc_call *made;
	bool ending;
};

void pc_helpers_init(struct pc_helpers *helpers);

/* Ends all helpers. None of them may have a call. */
void pc_helpers_done(struct pc_helpers *helpers);

/* Hands a call to a helper. False: there is none, and none can be started. */
bool pc_helpers_give(struct pc_helpers *helpers, struct pc_call *call);

/* Returns the calls finished since the last time as a list; NULL: none. */
struct pc_call *pc_helpers_take(struct pc_helpers *helpers);

#endif
