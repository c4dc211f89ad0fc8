/* SPDX-License-Identifier: MIT
 *
 * coro.h - coroutines: functions with their own stacks that take turns on one thread.
 *
 * A coroutine runs from pc_coro_enter() until it calls pc_coro_leave(), and continues there when
 * it is entered again. A coroutine cannot enter another one. Each belongs to the thread that
 * created it: no other thread may enter or free it.
 *
 * Below each stack lies an inaccessible page, so that a stack overflow ends the process at once. */
#ifndef PC_CORO_CORO_H
#define PC_CORO_CORO_H

#include <stdbool.h>
#include <stddef.h>

struct pc_coro;

/* Creates a coroutine that runs body(arg) when it is first entered. -ENOMEM. */
int pc_coro_new(size_t stack_bytes, void (*body)(void *arg), void *arg, struct pc_coro **ret);

/* Frees a coroutine that has ended or was never entered. The resources held on the stack of any
 * other would be lost. */
void pc_coro_free(struct pc_coro *coro);

/* Runs it until it leaves or ends. True: it has ended and must not be entered again. */
bool pc_coro_enter(struct pc_coro *coro);

/* Leaves the calling coroutine; returns when it is entered again. Only for coroutines. */
void pc_coro_leave(void);

/* The coroutine running on this thread; NULL: none. */
struct pc_coro *pc_coro_current(void);

/* Bytes of its stack that were ever touched, in whole pages. */
size_t pc_coro_stack_used(const struct pc_coro *coro);

#endif
