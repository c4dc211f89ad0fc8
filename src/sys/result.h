/* SPDX-License-Identifier: MIT
 *
 * result.h - how a function of the call layer makes its call and answers: for the layer alone. */
#ifndef PC_SYS_RESULT_H
#define PC_SYS_RESULT_H

#include "sys/ring_call.h"

#include <errno.h>

/* 0 or the call's answer, or negative errno. */
#define RESULT(call)                                                                               \
	({                                                                                         \
		__typeof__(call) answer_ = (call);                                                 \
		answer_ < 0 ? (__typeof__(call))-errno : answer_;                                  \
	})

/* The same for calls that a signal may end before anything happened. */
#define RESULT_UNINTERRUPTED(call)                                                                 \
	({                                                                                         \
		__typeof__(call) tried_;                                                           \
		do                                                                                 \
			tried_ = RESULT(call);                                                     \
		while (tried_ == -EINTR);                                                          \
		tried_;                                                                            \
	})

/* Returns what a call on a coroutine's ring answers, or else the call itself.  Where there is no
 * ring nothing has to be kept for after that, which costs as much as all else of the layer. */
#define RETURN_RESULT(ring_call, call)                                                             \
	do {                                                                                       \
		__typeof__(call) by_ring_;                                                         \
		if (!PC_IS_ON_RING)                                                                \
			return call;                                                               \
		by_ring_ = ring_call;                                                              \
		return by_ring_ == PC_RING_PLAIN ? call : by_ring_;                                \
	} while (0)

/* Likewise a call without a form in io_uring, about what is open as `fd`: its number and words. */
#define RETURN_AWAY(fd, call, ...)                                                                 \
	RETURN_RESULT((__typeof__(call))pc_ring_away(fd, PC_CALL(__VA_ARGS__)), call)

#endif
