/* SPDX-License-Identifier: MIT
 *
 * result.h - macros for making a call and returning its result; private to the call layer. */
#ifndef PC_SYS_RESULT_H
#define PC_SYS_RESULT_H

#include "sys/ring_call.h"

#include <errno.h>

/* The result of a call, or negative errno. */
#define RESULT(call)                                                                               \
	({                                                                                         \
		__typeof__(call) answer_ = (call);                                                 \
		answer_ < 0 ? (__typeof__(call))-errno : answer_;                                  \
	})

/* The same for calls that a signal may interrupt before anything happened. */
#define RESULT_UNINTERRUPTED(call)                                                                 \
	({                                                                                         \
		__typeof__(call) tried_;                                                           \
		do                                                                                 \
			tried_ = RESULT(call);                                                     \
		while (tried_ == -EINTR);                                                          \
		tried_;                                                                            \
	})

/* Makes a call on a coroutine's ring if there is one, and else directly, and returns the result.
 * The test comes first so that the direct call needs no saved registers, which would double the
 * layer's cost. */
#define RETURN_RESULT(ring_call, call)                                                             \
	do {                                                                                       \
		__typeof__(call) by_ring_;                                                         \
		if (!PC_IS_ON_RING)                                                                \
			return call;                                                               \
		by_ring_ = ring_call;                                                              \
		return by_ring_ == PC_RING_PLAIN ? call : by_ring_;                                \
	} while (0)

/* The same for a call that io_uring lacks, on descriptor `fd`: its number and arguments. */
#define RETURN_BY_HELPER(fd, call, ...)                                                            \
	RETURN_RESULT((__typeof__(call))pc_ring_by_helper(fd, PC_CALL(__VA_ARGS__)), call)

#endif
