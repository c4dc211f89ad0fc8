/* SPDX-License-Identifier: MIT
 *
 * coro.c - stacks, and switching between them.
 *
 * A coroutine starts by makecontext(3) and setcontext(3). From then on _setjmp(3) and _longjmp(3)
 * switch: swapcontext() would set the signal mask at each switch, two system calls for a mask
 * that never differs.
 *
 *      enter: _setjmp(caller) -> setcontext() the first time, _longjmp(self) after that
 *      leave: _setjmp(self)   -> _longjmp(caller)
 *
 * _FORTIFY_SOURCE treats a jump to another stack as an error, so this file is built without it.
 * The address and thread sanitizers are informed of each switch. */
#undef _FORTIFY_SOURCE

#include "coro/coro.h"

#include <assert.h>
#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

struct pc_coro {
	void (*body)(void *arg);
	void *arg;
	bool begun, ended;
	jmp_buf self, caller;  /* where it left, and where it was entered */
	ucontext_t start;      /* entered the first time */
	unsigned char *memory; /* the guard page, then the stack */
	size_t memory_bytes, guard_bytes;
#if defined(__SANITIZE_ADDRESS__)
	void *fake_stack; /* its own, while another stack runs */
	const void *caller_stack;
	size_t caller_stack_bytes;
#endif
#if defined(__SANITIZE_THREAD__)
	void *fiber, *caller_fiber;
#endif
};

static _Thread_local struct pc_coro *current;

struct pc_coro *pc_coro_current(void)
{
	return current;
}

/* ---- Sanitizer annotations: nothing in a plain build ---- */

static void *switch_in_begin(struct pc_coro *coro)
{
	void *fake_stack = NULL;

#if defined(__SANITIZE_ADDRESS__)
	__sanitizer_start_switch_fiber(&fake_stack, coro->memory + coro->guard_bytes,
	                               coro->memory_bytes - coro->guard_bytes);
#endif
#if defined(__SANITIZE_THREAD__)
	coro->caller_fiber = __tsan_get_current_fiber();
	__tsan_switch_to_fiber(coro->fiber, 0);
#endif
	(void)coro;
	return fake_stack;
}

static void switch_in_end(struct pc_coro *coro)
{
#if defined(__SANITIZE_ADDRESS__)
	__sanitizer_finish_switch_fiber(coro->fake_stack, &coro->caller_stack,
	                                &coro->caller_stack_bytes);
#endif
	(void)coro;
}

/* A coroutine that ends needs its fake stack no longer. */
static void switch_out_begin(struct pc_coro *coro)
{
#if defined(__SANITIZE_ADDRESS__)
	__sanitizer_start_switch_fiber(coro->ended ? NULL : &coro->fake_stack, coro->caller_stack,
	                               coro->caller_stack_bytes);
#endif
#if defined(__SANITIZE_THREAD__)
	__tsan_switch_to_fiber(coro->caller_fiber, 0);
#endif
	(void)coro;
}

static void switch_out_end(void *fake_stack)
{
#if defined(__SANITIZE_ADDRESS__)
	__sanitizer_finish_switch_fiber(fake_stack, NULL, NULL);
#endif
	(void)fake_stack;
}

/* ---- Switches ---- */

static void coro_yield(struct pc_coro *coro)
{
	switch_out_begin(coro);
	_longjmp(coro->caller, 1);
}

/* Entry point of a coroutine. makecontext() passes only int arguments, so the coroutine is found
 * through the thread. */
static void coro_begin(void)
{
	struct pc_coro *coro = current;

	switch_in_end(coro);
	coro->body(coro->arg);
	coro->ended = true;
	coro_yield(coro);
}

bool pc_coro_enter(struct pc_coro *coro)
{
	void *volatile fake_stack = NULL;

	assert(!current && !coro->ended);
	current = coro;
	if (_setjmp(coro->caller) == 0) {
		fake_stack = switch_in_begin(coro);
		if (coro->begun)
			_longjmp(coro->self, 1);
		coro->begun = true;
		(void)setcontext(&coro->start); /* cannot fail after getcontext() */
	}
	switch_out_end(fake_stack);
	current = NULL;
	return coro->ended;
}

void pc_coro_leave(void)
{
	struct pc_coro *coro = current;

	assert(coro);
	if (_setjmp(coro->self) == 0)
		coro_yield(coro);
	switch_in_end(coro);
}

/* ---- Stacks ---- */

static int stack_make(struct pc_coro *coro, size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *memory;

	coro->guard_bytes = page;
	coro->memory_bytes = page + (bytes + page - 1) / page * page;
	/* pages are allocated when they are touched */
	memory = mmap(NULL, coro->memory_bytes, PROT_READ | PROT_WRITE,
	              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (memory == MAP_FAILED)
		return -ENOMEM;
	coro->memory = memory;
	return mprotect(memory, coro->guard_bytes, PROT_NONE) < 0 ? -ENOMEM : 0;
}

int pc_coro_new(size_t stack_bytes, void (*body)(void *arg), void *arg, struct pc_coro **ret)
{
	struct pc_coro *coro = calloc(1, sizeof(*coro));

	if (!coro)
		return -ENOMEM;
	coro->body = body;
	coro->arg = arg;
	if (stack_make(coro, stack_bytes) < 0 || getcontext(&coro->start) < 0) {
		pc_coro_free(coro);
		return -ENOMEM;
	}
	coro->start.uc_link = NULL; /* coro_begin() never returns */
	coro->start.uc_stack.ss_sp = coro->memory + coro->guard_bytes;
	coro->start.uc_stack.ss_size = coro->memory_bytes - coro->guard_bytes;
	makecontext(&coro->start, coro_begin, 0);
#if defined(__SANITIZE_THREAD__)
	coro->fiber = __tsan_create_fiber(0);
#endif
	*ret = coro;
	return 0;
}

void pc_coro_free(struct pc_coro *coro)
{
	if (!coro)
		return;
	assert(coro != current && (!coro->begun || coro->ended));
#if defined(__SANITIZE_THREAD__)
	if (coro->fiber)
		__tsan_destroy_fiber(coro->fiber);
#endif
	if (coro->memory)
		(void)munmap(coro->memory, coro->memory_bytes); /* cannot fail */
	free(coro);
}

size_t pc_coro_stack_used(const struct pc_coro *coro)
{
	size_t page = coro->guard_bytes, pages = coro->memory_bytes / page - 1, first = 0;
	unsigned char resident;

	/* the stack grows downwards; pages once touched stay resident */
	while (first < pages) {
		if (mincore(coro->memory + (first + 1) * page, page, &resident) == 0 &&
		    (resident & 1))
			break;
		first++;
	}
	return (pages - first) * page;
}
