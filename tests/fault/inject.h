/* SPDX-License-Identifier: MIT */
/* inject.h - system calls that fail, transfer less, or kill their caller.
 *
 * The test is linked with the static library and -Wl,--wrap for each call of
 * the table in inject.c, so the library is unchanged.  The plan of faults is in
 * shared memory: calls of all threads and forked workers are counted together. */
#ifndef PC_TESTS_FAULT_INJECT_H
#define PC_TESTS_FAULT_INJECT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum action {
	ACTION_NONE,
	ACTION_FAIL,      /* call number `target` fails with its row's error `error` */
	ACTION_FAIL_ON,   /* ... and so does every call of its row from then on */
	ACTION_INTERRUPT, /* every call that a signal may interrupt is, twice in a row */
	ACTION_SHORT,     /* transfers move no more than SHORT_BYTES */
	ACTION_ZERO,      /* call number `target`, a copy_file_range, moves nothing */
	ACTION_DIE,       /* a forked worker dies before its call number `target` */
	ACTION_DIE_AFTER, /* ... and after it */
};

#define SHORT_BYTES 1000U

struct injection {
	/* set before a run */
	enum action action;
	uint64_t target;   /* from 1 */
	unsigned error;    /* which of the row's errors; modulo their number */
	uint64_t rows;     /* bits of those that are counted; 0: all */
	int signal;        /* that a worker dies by */
	bool thorough;     /* errors that cost a second of waiting, too */
	bool network;      /* file systems say that they are NFS: close() is asked */
	pid_t judge;       /* whose calls are its own */
	pid_t coordinator; /* that is never killed */
	_Atomic bool armed;

	/* what came of it */
	_Atomic uint64_t calls;
	_Atomic bool fired;
	_Atomic int row;
	_Atomic int errnum;
	_Atomic unsigned errors; /* of the row that was met */
	_Atomic bool harmless;   /* the copy is to succeed in spite of it */
	_Atomic uintptr_t caller;
};

extern struct injection *injection;

/* Heap blocks that this process has and did not give back. */
extern _Atomic long injection_blocks;

void injection_init(void);

/* Forgets what came of the last run. */
void injection_reset(void);

const char *injection_row_name(int row);

/* The bit of a row by its name; 0: there is none. */
uint64_t injection_row_bit(const char *name);

#endif
