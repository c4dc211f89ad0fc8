/* check_grace.c - src/job/grace.c: how long a canceled run waits, without any waiting.
 * SPDX-License-Identifier: MIT */
#include "job/grace.h"

#include "base/clock.h"
#include "job/pool.h"

#include "support.h"

#define LIMIT_MS 60000U
#define LIMIT_NS (LIMIT_MS * PC_NS_PER_MS)

static struct pc_queue queue;
static struct pc_pool pool;
static struct pc_grace grace;

/* A job in work, and the wait begun. */
static void setup(void)
{
	unsigned slot;

	ck_assert_int_eq(pc_queue_init(&queue, 4), 0);
	*pc_queue_job(&queue, 0) = (struct pc_job){0};
	pc_queue_submit(&queue, 0);
	ck_assert_int_eq(pc_queue_take(&queue, 0, &slot), 0);
	ck_assert_uint_eq(slot, 0);
	pool = (struct pc_pool){.queue = &queue, .cancel_ms = LIMIT_MS};
	grace = (struct pc_grace){0};
	ck_assert(!pc_grace_over(&grace, &pool));
}

static void teardown(void)
{
	pc_queue_done(&queue);
}

/* The time until the next look is over. */
static bool over_at_next_look(void)
{
	grace.until_ns = 1;
	return pc_grace_over(&grace, &pool);
}

START_TEST(call_has_the_grace_period)
{
	uint64_t now_ns = pc_now_ns();

	ck_assert_uint_gt(grace.until_ns, now_ns);
	ck_assert_uint_le(grace.until_ns, now_ns + LIMIT_NS);
	ck_assert_uint_gt(pc_grace_ms(&grace), 0);
	ck_assert_uint_le(pc_grace_ms(&grace), LIMIT_MS + 1);
	ck_assert(!pc_grace_over(&grace, &pool));
	ck_assert(over_at_next_look());
	ck_assert_uint_eq(pc_grace_ms(&grace), 1);
}
END_TEST

/* Who looks from outside finds some time left, until the next look in any case. */
START_TEST(published_deadline_exceeds_the_next_look)
{
	ck_assert_uint_ge(pc_queue_grace(&queue), grace.until_ns + 100 * PC_NS_PER_MS);
	pc_queue_set_flushing(&queue, 0, true);
	ck_assert(!over_at_next_look());
	ck_assert_uint_ge(pc_queue_grace(&queue), grace.until_ns + 100 * PC_NS_PER_MS);
}
END_TEST

START_TEST(flush_has_ten_grace_periods)
{
	uint64_t now_ns = pc_now_ns();

	pc_queue_set_flushing(&queue, 0, true);
	ck_assert(!over_at_next_look());
	ck_assert_uint_eq(grace.flushing, 1);
	ck_assert_uint_ge(grace.flush_until_ns, now_ns + PC_FLUSH_TIMES * LIMIT_NS);
	ck_assert_uint_lt(grace.flush_until_ns, now_ns + (PC_FLUSH_TIMES + 1) * LIMIT_NS);
	ck_assert_uint_le(grace.until_ns, pc_now_ns() + LIMIT_NS); /* the next look */
}
END_TEST

/* Nothing is written any more: no page less than before. */
START_TEST(stalled_flush_is_abandoned)
{
	pc_queue_set_flushing(&queue, 0, true);
	ck_assert(!over_at_next_look());
	grace.flush_until_ns = 1;
	grace.least = 0;
	ck_assert(over_at_next_look());
}
END_TEST

START_TEST(progressing_flush_restarts_its_period)
{
	pc_queue_set_flushing(&queue, 0, true);
	ck_assert(!over_at_next_look());
	grace.flush_until_ns = 1;
	grace.least = UINT64_MAX;
	ck_assert(!over_at_next_look());
	ck_assert_uint_gt(grace.flush_until_ns, pc_now_ns());
	ck_assert_uint_lt(grace.least, UINT64_MAX);
}
END_TEST

START_TEST(call_after_a_flush_has_the_usual_period)
{
	pc_queue_set_flushing(&queue, 0, true);
	ck_assert(!over_at_next_look());
	pc_queue_set_flushing(&queue, 0, false);
	ck_assert(!over_at_next_look());
	ck_assert(over_at_next_look());
}
END_TEST

/* A slot that nobody works in says nothing. */
START_TEST(finished_jobs_are_not_flushing)
{
	pc_queue_set_flushing(&queue, 0, true);
	pc_queue_set_flushing(&queue, 1, true);
	pc_queue_finish(&queue, 0);
	ck_assert(over_at_next_look());
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("grace");
	TCase *tcase = tcase_create("grace");

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, call_has_the_grace_period);
	tcase_add_test(tcase, published_deadline_exceeds_the_next_look);
	tcase_add_test(tcase, flush_has_ten_grace_periods);
	tcase_add_test(tcase, stalled_flush_is_abandoned);
	tcase_add_test(tcase, progressing_flush_restarts_its_period);
	tcase_add_test(tcase, call_after_a_flush_has_the_usual_period);
	tcase_add_test(tcase, finished_jobs_are_not_flushing);
	return run_suite(suite);
}
