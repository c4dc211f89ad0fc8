/* SPDX-License-Identifier: MIT
 *
 * turns.h - decides which coroutine of a thread runs next.
 *
 * Coroutines run in the order in which they became ready. If none is ready, the thread calls a
 * function of the owner, which waits. */
#ifndef PC_CORO_TURNS_H
#define PC_CORO_TURNS_H

#include "coro/coro.h"

struct pc_turn;

/* All fields belong to the thread. Zero-initialised is empty, except for `wait`. */
struct pc_turns {
	struct pc_turn *first, *last; /* queue of ready coroutines */
	struct pc_turn *running;
	unsigned alive; /* ready, running or waiting */
	/* Called if none is ready. Returns when pc_turn_ready() has been called for at least
	 * one. */
	void (*wait)(void *arg);
	void *arg;
	size_t stack_used; /* maximum over the coroutines that have ended */
};

/* Adds a ready coroutine that will run body(arg). -ENOMEM. */
int pc_turns_add(struct pc_turns *turns, size_t stack_bytes, void (*body)(void *arg), void *arg);

/* Runs coroutines until all have ended. */
void pc_turns_run(struct pc_turns *turns);

/* Suspends the calling coroutine until pc_turn_ready() is called for it. Before that it must
 * have handed pc_turn_running() to whoever will make that call. */
struct pc_turn *pc_turn_running(const struct pc_turns *turns);
void pc_turn_wait(struct pc_turns *turns);
void pc_turn_ready(struct pc_turns *turns, struct pc_turn *turn);

#endif
