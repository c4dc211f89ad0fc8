/* SPDX-License-Identifier: MIT
 *
 * coro.h - coroutines: functions with stacks of their own that take turns on one thread.
 *
 * A coroutine runs from pc_coro_enter() until it gives way by pc_coro_leave(), and goes on
 * behind that when it is entered again.  Who enters it is not a coroutine.  It belongs to the
 * thread that made it: no other may enter or free it.
 *
 * Below its stack is a page that cannot be touched, so that who runs out of stack is ended at
 * once, and not by what it overwrote. */
#ifndef PC_CORO_CORO_H
#define PC_CORO_CORO_H

#include <stdbool.h>
#include <stddef.h>

struct pc_coro;

/* One that will run body(arg) when it is entered for the first time.  -ENOMEM. */
int pc_coro_new(size_t stack_bytes, void (*body)(void *arg), void *arg, struct pc_coro **ret);

/* Frees one that has ended, or was never entered.  What another one holds on its stack would be lost. */
void pc_coro_free(struct pc_coro *coro);

/* Runs it until it leaves or ends.  True: it has ended, and is not entered again. */
bool pc_coro_enter(struct pc_coro *coro);

/* Gives way: returns when this coroutine is entered again.  Called by a coroutine alone. */
void pc_coro_leave(void);

/* The coroutine that runs on this thread; NULL: none. */
struct pc_coro *pc_coro_current(void);

/* How many bytes of its stack were ever touched, in whole pages. */
size_t pc_coro_stack_used(const struct pc_coro *coro);

#endif
