/* check_coro.c - src/coro/coro.c: one stack beside another.
 * SPDX-License-Identifier: MIT */
#include "coro/coro.h"

#include "support.h"

#include <signal.h>
#include <stdint.h>

#define STACK_BYTES (64U << 10)

static char said[64];

static void say(char letter)
{
	size_t len = strlen(said);

	ck_assert_uint_lt(len + 1, sizeof(said));
	said[len] = letter;
	said[len + 1] = '\0';
}

/* Says its letter three times, and gives way between. */
static void letter_main(void *arg)
{
	const char *letter = arg;

	say(letter[0]);
	pc_coro_leave();
	say(letter[0]);
	pc_coro_leave();
	say(letter[0]);
}

static struct pc_coro *coro_make(void (*main)(void *arg), void *arg)
{
	struct pc_coro *coro;

	ck_assert_int_eq(pc_coro_new(STACK_BYTES, main, arg, &coro), 0);
	return coro;
}

START_TEST(coroutines_resume_where_they_left)
{
	struct pc_coro *a = coro_make(letter_main, "a"), *b = coro_make(letter_main, "b");

	said[0] = '\0';
	ck_assert(!pc_coro_enter(a));
	ck_assert(!pc_coro_enter(b));
	ck_assert(!pc_coro_enter(a));
	ck_assert(pc_coro_enter(a));
	ck_assert(!pc_coro_enter(b));
	ck_assert(pc_coro_enter(b));
	ck_assert_str_eq(said, "abaabb");
	pc_coro_free(a);
	pc_coro_free(b);
}
END_TEST

static struct pc_coro *seen;

static void see(void *arg)
{
	(void)arg;
	seen = pc_coro_current();
}

START_TEST(current_coroutine_is_known_and_none_on_a_thread)
{
	struct pc_coro *coro = coro_make(see, NULL);

	ck_assert_ptr_null(pc_coro_current());
	ck_assert(pc_coro_enter(coro));
	ck_assert_ptr_eq(seen, coro);
	ck_assert_ptr_null(pc_coro_current());
	pc_coro_free(coro);
}
END_TEST

/* What a switch must keep: variables in registers, and on both stacks. */
static void sum_main(void *arg)
{
	uint64_t *sum = arg, own = 1;
	double share = .5;

	for (unsigned i = 0; i < 1000; i++) {
		own = own * 3 + i;
		share += (double)(own % 7) * .25;
		pc_coro_leave();
	}
	*sum = own + (uint64_t)share;
}

START_TEST(switches_preserve_registers)
{
	uint64_t sum[3] = {0}, alone, calls = 0;
	struct pc_coro *coro[3];
	bool ended = false;

	for (unsigned i = 0; i < 3; i++)
		coro[i] = coro_make(sum_main, &sum[i]);
	while (!ended) {
		for (unsigned i = 0; i < 3; i++)
			ended = pc_coro_enter(coro[i]);
		calls++;
	}
	ck_assert_uint_eq(calls, 1001);
	ck_assert_uint_ne(sum[0], 0);
	ck_assert_uint_eq(sum[0], sum[1]);
	ck_assert_uint_eq(sum[0], sum[2]);
	for (unsigned i = 0; i < 3; i++)
		pc_coro_free(coro[i]);
	coro[0] = coro_make(sum_main, &alone);
	while (!pc_coro_enter(coro[0]))
		;
	ck_assert_uint_eq(alone, sum[0]);
	pc_coro_free(coro[0]);
}
END_TEST

/* Touches `bytes` of its stack. */
static void deep_main(void *arg)
{
	size_t bytes = *(size_t *)arg;
	volatile unsigned char room[bytes];

	for (size_t i = bytes; i > 0; i--)
		room[i - 1] = 1;
	(void)room;
}

START_TEST(stack_use_is_measured)
{
	size_t little = 100, much = 40 << 10;
	struct pc_coro *a = coro_make(deep_main, &little), *b = coro_make(deep_main, &much);

	ck_assert(pc_coro_enter(a));
	ck_assert(pc_coro_enter(b));
	ck_assert_uint_lt(pc_coro_stack_used(a), 16 << 10);
	ck_assert_uint_ge(pc_coro_stack_used(b), much);
	ck_assert_uint_le(pc_coro_stack_used(b), STACK_BYTES);
	pc_coro_free(a);
	pc_coro_free(b);
}
END_TEST

/* In a process of its own, that ends of it. */
START_TEST(stack_overflow_hits_the_guard_page)
{
	size_t bytes = STACK_BYTES + 100;
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		(void)signal(SIGSEGV, SIG_DFL);
		(void)pc_coro_enter(coro_make(deep_main, &bytes));
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	/* a sanitizer exits by itself */
	ck_assert(WIFSIGNALED(status) ? WTERMSIG(status) == SIGSEGV : WEXITSTATUS(status) != 0);
}
END_TEST

START_TEST(coroutine_never_entered_can_be_freed)
{
	pc_coro_free(coro_make(letter_main, "a"));
	pc_coro_free(NULL);
}
END_TEST

START_TEST(failed_stack_allocation_is_reported)
{
	struct pc_coro *coro = NULL;

	ck_assert_int_eq(pc_coro_new(SIZE_MAX / 4, letter_main, "a", &coro), -ENOMEM);
	ck_assert_ptr_null(coro);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("coro");
	TCase *tcase = plain_case(suite, "coro");

	tcase_add_test(tcase, coroutines_resume_where_they_left);
	tcase_add_test(tcase, current_coroutine_is_known_and_none_on_a_thread);
	tcase_add_test(tcase, switches_preserve_registers);
	tcase_add_test(tcase, stack_use_is_measured);
	tcase_add_test(tcase, stack_overflow_hits_the_guard_page);
	tcase_add_test(tcase, coroutine_never_entered_can_be_freed);
	tcase_add_test(tcase, failed_stack_allocation_is_reported);
	return run_suite(suite);
}
