/* SPDX-License-Identifier: MIT
 *
 * turns.h - which coroutine of a thread runs next.
 *
 * In the order in which they became ready.  Where none is, the thread waits for what they
 * wait for, as whoever made the turns knows. */
#ifndef PC_CORO_TURNS_H
#define PC_CORO_TURNS_H

#include "coro/coro.h"

struct pc_turn;

/* All fields are the thread's own.  Zero is an empty one, but for `wait`. */
struct pc_turns {
	struct pc_turn *first, *last; /* ready */
	struct pc_turn *running;
	unsigned alive; /* ready, running or waiting */
	/* Waits until at least one is ready, by pc_turn_ready().  Called where none is. */
	void (*wait)(void *arg);
	void *arg;
	size_t stack_used; /* the most that one of those that have ended used */
};

/* Adds a coroutine that is ready to run body(arg).  -ENOMEM. */
int pc_turns_add(struct pc_turns *turns, size_t stack_bytes, void (*body)(void *arg), void *arg);

/* Runs coroutines until all have ended. */
void pc_turns_run(struct pc_turns *turns);

/* The calling coroutine gives way until it is ready again.  Before that it has told somebody
 * about pc_turn_running(), who will call pc_turn_ready(). */
struct pc_turn *pc_turn_running(const struct pc_turns *turns);
void pc_turn_wait(struct pc_turns *turns);
void pc_turn_ready(struct pc_turns *turns, struct pc_turn *turn);

#endif
