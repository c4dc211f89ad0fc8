/* check_turns.c - src/coro/turns.c: whose turn it is.
 * SPDX-License-Identifier: MIT */
#include "coro/turns.h"

#include "support.h"

#define STACK_BYTES (64U << 10)
#define MANY 100U

static struct pc_turns turns;

static struct pc_turn *asleep[MANY];
static unsigned asleep_count, waits, order[8 * MANY], steps;

/* Wakes those that sleep, the last one first. */
static void wake_all(void *arg)
{
	unsigned *most = arg;

	waits++;
	for (unsigned woken = 0; asleep_count > 0 && woken < *most; woken++)
		pc_turn_ready(&turns, asleep[--asleep_count]);
}

/* Notes its number, sleeps, and notes it again. */
static void sleeper_main(void *arg)
{
	const unsigned *number = arg;

	order[steps++] = *number;
	asleep[asleep_count++] = pc_turn_running(&turns);
	pc_turn_wait(&turns);
	order[steps++] = *number;
}

static void sleepers_run(unsigned count, unsigned woken_at_once)
{
	unsigned number[MANY];

	turns = (struct pc_turns){.wait = wake_all, .arg = &woken_at_once};
	asleep_count = waits = steps = 0;
	for (unsigned i = 0; i < count; i++) {
		number[i] = i;
		ck_assert_int_eq(pc_turns_add(&turns, STACK_BYTES, sleeper_main, &number[i]), 0);
	}
	pc_turns_run(&turns);
	ck_assert_uint_eq(turns.alive, 0);
	ck_assert_uint_eq(steps, 2 * count);
}

START_TEST(first_ready_runs_first)
{
	sleepers_run(4, MANY);
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_uint_eq(order[i], i);
		ck_assert_uint_eq(order[4 + i], 3 - i);
	}
}
END_TEST

START_TEST(thread_waits_only_when_no_coroutine_is_ready)
{
	sleepers_run(MANY, MANY);
	ck_assert_uint_eq(waits, 1);
	sleepers_run(MANY, 1);
	ck_assert_uint_eq(waits, MANY);
	sleepers_run(MANY, 7);
	ck_assert_uint_eq(waits, (MANY + 6) / 7);
}
END_TEST

/* One that makes itself ready: it is the others' turn. */
static void polite_main(void *arg)
{
	const unsigned *number = arg;

	for (unsigned i = 0; i < 3; i++) {
		order[steps++] = *number;
		pc_turn_ready(&turns, pc_turn_running(&turns));
		pc_turn_wait(&turns);
	}
}

START_TEST(coroutine_ready_at_once_waits_its_turn)
{
	static const unsigned number[] = {0, 1};

	turns = (struct pc_turns){0};
	steps = 0;
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(pc_turns_add(&turns, STACK_BYTES, polite_main, (void *)&number[i]),
		                 0);
	pc_turns_run(&turns);
	ck_assert_uint_eq(steps, 6);
	for (unsigned i = 0; i < 6; i++)
		ck_assert_uint_eq(order[i], i % 2);
	ck_assert_uint_gt(turns.stack_used, 0);
}
END_TEST

START_TEST(nothing_runs_without_coroutines)
{
	turns = (struct pc_turns){0};
	pc_turns_run(&turns);
	ck_assert_int_eq(pc_turns_add(&turns, SIZE_MAX / 4, sleeper_main, NULL), -ENOMEM);
	ck_assert_uint_eq(turns.alive, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("turns");
	TCase *tcase = plain_case(suite, "turns");

	tcase_add_test(tcase, first_ready_runs_first);
	tcase_add_test(tcase, thread_waits_only_when_no_coroutine_is_ready);
	tcase_add_test(tcase, coroutine_ready_at_once_waits_its_turn);
	tcase_add_test(tcase, nothing_runs_without_coroutines);
	return run_suite(suite);
}
