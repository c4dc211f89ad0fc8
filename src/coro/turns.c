/* SPDX-License-Identifier: MIT
 *
 * turns.c - decides which coroutine of a thread runs next: a queue.
 *
 * A turn is in the queue, or running, or known to whoever will call pc_turn_ready() for it. So no
 * turn is queued twice, and none is lost. */
#include "coro/turns.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct pc_turn {
	struct pc_coro *coro;
	struct pc_turn *next; /* in the queue of ready coroutines */
	bool ready;
};

int pc_turns_add(struct pc_turns *turns, size_t stack_bytes, void (*body)(void *arg), void *arg)
{
	struct pc_turn *turn = calloc(1, sizeof(*turn));
	int r = turn ? pc_coro_new(stack_bytes, body, arg, &turn->coro) : -ENOMEM;

	if (r < 0) {
		free(turn);
		return r;
	}
	turns->alive++;
	pc_turn_ready(turns, turn);
	return 0;
}

void pc_turn_ready(struct pc_turns *turns, struct pc_turn *turn)
{
	assert(!turn->ready);
	turn->ready = true;
	turn->next = NULL;
	if (turns->last)
		turns->last->next = turn;
	else
		turns->first = turn;
	turns->last = turn;
}

static struct pc_turn *turn_take(struct pc_turns *turns)
{
	struct pc_turn *turn = turns->first;

	turns->first = turn->next;
	if (!turns->first)
		turns->last = NULL;
	turn->ready = false;
	return turn;
}

static void turn_end(struct pc_turns *turns, struct pc_turn *turn)
{
	size_t used = pc_coro_stack_used(turn->coro);

	if (used > turns->stack_used)
		turns->stack_used = used;
	pc_coro_free(turn->coro);
	free(turn);
	turns->alive--;
}

void pc_turns_run(struct pc_turns *turns)
{
	while (turns->alive > 0) {
		while (turns->first) {
			struct pc_turn *turn = turn_take(turns);

			turns->running = turn;
			if (pc_coro_enter(turn->coro))
				turn_end(turns, turn);
			turns->running = NULL;
		}
		if (turns->alive > 0)
			turns->wait(turns->arg);
	}
}

struct pc_turn *pc_turn_running(const struct pc_turns *turns)
{
	return turns->running;
}

void pc_turn_wait(struct pc_turns *turns)
{
	assert(turns->running);
	pc_coro_leave();
}
