/* SPDX-License-Identifier: MIT */
/* check_plan.c - src/plan/{plan,results,failed,sound}.c: what the coordinator makes of answers. */
#include "job/meter.h"

#include "plans.h"

/* ---- Answers that no worker means ---- */

/* Each spoils the first job, that of the first operand. */
static const struct spoiler {
	const char *name;
	void (*spoil)(struct pc_job *job, char *text);
} spoilers[];

#define SPOILER(what) static void what(UNUSED struct pc_job *job, UNUSED char *text)

SPOILER(worker_that_is_not)
{
	job->worker = 9999;
}

SPOILER(longer_than_its_slot)
{
	job->text_len = UINT32_MAX;
}

SPOILER(longer_by_a_bit)
{
	job->text_len = PC_TEXT_BYTES + 8;
}

SPOILER(error_above_zero)
{
	job->error = 5;
}

SPOILER(error_without_a_positive)
{
	job->error = INT32_MIN;
}

SPOILER(type_that_is_not)
{
	(void)add(job, text, (enum pc_item_type)200, "x", 1);
}

SPOILER(type_of_requests)
{
	(void)add_name(job, text, PC_ITEM_DIR, "x");
}

SPOILER(leave_without_enter)
{
	leave(job, text);
}

SPOILER(one_leave_too_many)
{
	enter(job, text, "");
	leave(job, text);
	leave(job, text);
}

SPOILER(enter_without_leave)
{
	enter(job, text, "");
	enter(job, text, "b");
}

SPOILER(enter_with_a_slash)
{
	enter(job, text, "");
	enter(job, text, "b/c");
	leave(job, text);
	leave(job, text);
}

SPOILER(enter_another_operand)
{
	add(job, text, PC_ITEM_ENTER, "", 0)->root = 1;
	leave(job, text);
}

SPOILER(enter_no_operand)
{
	add(job, text, PC_ITEM_ENTER, "", 0)->root = 77777;
	leave(job, text);
}

SPOILER(names_of_no_directory)
{
	add_names(job, text, "fa", 3, 1);
}

SPOILER(names_without_end)
{
	enter(job, text, "");
	add_names(job, text, "fa\0fbbbb", 7, 2);
	leave(job, text);
}

SPOILER(names_that_are_none)
{
	enter(job, text, "");
	add_names(job, text, "", 0, 0);
	leave(job, text);
}

SPOILER(fewer_names_than_said)
{
	enter(job, text, "");
	add_names(job, text, "fa", 3, 7);
	leave(job, text);
}

SPOILER(names_of_no_type)
{
	enter(job, text, "");
	add_names(job, text,
	          "fa\0\xff"
	          "b",
	          6, 2);
	leave(job, text);
}

SPOILER(more_of_no_directory)
{
	(void)add(job, text, PC_ITEM_MORE, "", 0);
}

SPOILER(operands_of_others)
{
	add(job, text, PC_ITEM_OPERANDS, "", 0)->root = 1;
}

SPOILER(large_without_length)
{
	struct pc_item *item = add_name(job, text, PC_ITEM_LARGE, "big");

	item->flags = PC_ITEM_TOP;
	item->meta.size = 0;
}

SPOILER(large_of_no_directory)
{
	(void)add_name(job, text, PC_ITEM_LARGE, "big");
}

SPOILER(large_somewhere_else)
{
	enter(job, text, "");
	(void)add_name(job, text, PC_ITEM_LARGE, "../../big");
	leave(job, text);
}

SPOILER(linked_of_no_operand)
{
	struct pc_item *item = add_name(job, text, PC_ITEM_LINKED, "l");

	item->flags = PC_ITEM_TOP;
	item->root = 4000000000U;
}

SPOILER(link_that_was_not_asked_for)
{
	add(job, text, PC_ITEM_LINK, "", 0)->arg = 3;
}

SPOILER(question_to_nobody)
{
	struct pc_item *item = add_name(job, text, PC_ITEM_ASK, "a");

	item->flags = PC_ITEM_TOP;
}

SPOILER(record_for_nobody)
{
	(void)add(job, text, PC_ITEM_RECORD, "a\0b", 4);
}

SPOILER(target_of_no_operand)
{
	add_name(job, text, PC_ITEM_TARGET, "a")->root = 9;
}

SPOILER(event_of_no_operand)
{
	add_event(job, text, PCOPY_EVENT_ERROR)->root = 12345678;
}

SPOILER(event_that_is_not)
{
	(void)add_event(job, text, (enum pcopy_event_type)77);
}

SPOILER(event_of_no_kind)
{
	add_event(job, text, PCOPY_EVENT_ERROR)->kind = 999;
}

SPOILER(event_at_no_step)
{
	add_event(job, text, PCOPY_EVENT_ERROR)->step = 999;
}

SPOILER(event_with_a_wild_error)
{
	add_event(job, text, PCOPY_EVENT_ERROR)->error = INT32_MIN;
}

SPOILER(difference_in_nothing)
{
	add_event(job, text, PCOPY_EVENT_DIFFERENT)->step = PCOPY_FIELDS;
}

SPOILER(difference_without_values)
{
	add_event(job, text, PCOPY_EVENT_DIFFERENT)->step = PCOPY_FIELD_MODE;
}

SPOILER(half_an_item)
{
	(void)add_event(job, text, PCOPY_EVENT_ERROR);
	job->text_len -= 8;
}

SPOILER(half_a_slice)
{
	(void)add(job, text, PC_ITEM_SLICES, "abc", 3);
}

SPOILER(range_ends_nobody_asked_for)
{
	const uint64_t cut = 100;

	(void)add(job, text, PC_ITEM_RANGE_ENDS, (const char *)&cut, sizeof(cut));
}

#define ROW(what)                                                                                  \
	{                                                                                          \
#what, what                                                                        \
	}
static const struct spoiler spoilers[] = {
	ROW(worker_that_is_not),
	ROW(longer_than_its_slot),
	ROW(longer_by_a_bit),
	ROW(error_above_zero),
	ROW(error_without_a_positive),
	ROW(type_that_is_not),
	ROW(type_of_requests),
	ROW(leave_without_enter),
	ROW(one_leave_too_many),
	ROW(enter_without_leave),
	ROW(enter_with_a_slash),
	ROW(enter_another_operand),
	ROW(enter_no_operand),
	ROW(names_of_no_directory),
	ROW(names_without_end),
	ROW(names_that_are_none),
	ROW(fewer_names_than_said),
	ROW(names_of_no_type),
	ROW(more_of_no_directory),
	ROW(operands_of_others),
	ROW(large_without_length),
	ROW(large_of_no_directory),
	ROW(large_somewhere_else),
	ROW(linked_of_no_operand),
	ROW(link_that_was_not_asked_for),
	ROW(question_to_nobody),
	ROW(record_for_nobody),
	ROW(event_of_no_operand),
	ROW(event_that_is_not),
	ROW(event_of_no_kind),
	ROW(event_at_no_step),
	ROW(event_with_a_wild_error),
	ROW(difference_in_nothing),
	ROW(difference_without_values),
	ROW(target_of_no_operand),
	ROW(half_an_item),
	ROW(half_a_slice),
	ROW(range_ends_nobody_asked_for),
};
#define SPOILERS 38

static unsigned spoiler;

static bool spoil_first(struct pc_job *job, char *text, UNUSED unsigned turn)
{
	if (job->kind != PC_JOB_ENTRIES || job->root != 0)
		return false;
	spoilers[spoiler].spoil(job, text);
	return true;
}

/* It is named as failed, and the other operand is copied. */
static void expect_bad_answer(void)
{
	ck_assert_msg(reported.bad_answers == 1, "%u errors, the last at step %d: %s",
	              reported.errors, reported.last.step, strerror(reported.last.errnum));
	ck_assert_str_eq(reported.src, "src");
	ck_assert_uint_eq(failures(), 1);
	ck_assert_uint_ge(result.counts.entries[PCOPY_FILE].copied, 1);
}

START_TEST(invalid_answer_fails_its_job)
{
	_Static_assert(COUNT(spoilers) == SPOILERS, "in main(), too");
	spoiler = (unsigned)_i;
	answer = spoil_first;
	ck_assert_int_eq(plan_run(PCOPY_POOL_SERIAL), 0);
	expect_bad_answer();
}
END_TEST

START_TEST(invalid_answer_of_another_process_fails_its_job)
{
	spoiler = (unsigned)_i;
	answer = spoil_first;
	ck_assert_int_eq(plan_run(PCOPY_POOL_PROCESSES), 0);
	ck_assert_uint_eq(reported.bad_answers, 1);
	ck_assert_uint_eq(failures(), 1);
}
END_TEST

/* The request is the coordinator's: what is written over it changes nothing. */
static bool scribble(struct pc_job *job, UNUSED char *text, UNUSED unsigned turn)
{
	job->kind = 9999;
	job->flags = 0xffff;
	job->root = job->root_count = 77777;
	job->offset = job->length = UINT64_MAX;
	job->request_len = UINT32_MAX;
	job->counts.entries[PCOPY_FILE].copied = 1;
	return true;
}

START_TEST(a_request_is_not_read_back)
{
	answer = scribble;
	ck_assert_int_eq(plan_run(PCOPY_POOL_SERIAL), 0);
	ck_assert_uint_eq(reported.errors, 0);
	ck_assert_uint_eq(result.counts.entries[PCOPY_FILE].copied, ROOTS);
}
END_TEST

/* The first operand is a directory with a subdirectory, a large file and two links. */
static bool hand_back(struct pc_job *job, char *text)
{
	if (job->kind != PC_JOB_ENTRIES || !(job->flags & PC_JOB_TOP) || job->root != 0)
		return false;
	enter(job, text, "");
	enter(job, text, "sub");
	add_names(job, text, "fone\0ftwo", 10, 2);
	leave(job, text);
	(void)add_name(job, text, PC_ITEM_LARGE, "big");
	(void)add_name(job, text, PC_ITEM_LINKED, "link1");
	(void)add_name(job, text, PC_ITEM_LINKED, "link2");
	add(job, text, PC_ITEM_MORE, "", 0)->arg = 7;
	leave(job, text);
	return true;
}

static enum pc_job_kind scribbled;

static bool scribble_text(struct pc_job *job, char *text, UNUSED unsigned turn)
{
	if (hand_back(job, text))
		return true;
	if (job->kind == scribbled && !(job->flags & PC_JOB_TOP && job->root == 1))
		memset(text, 'x', job->request_len);
	return false;
}

START_TEST(overwritten_text_is_an_invalid_answer)
{
	scribbled = (enum pc_job_kind)_i;
	answer = scribble_text;
	ck_assert_int_eq(plan_run(PCOPY_POOL_SERIAL), 0);
	ck_assert_uint_ge(reported.bad_answers, 1);
	ck_assert_uint_eq(reported.errors, reported.bad_answers);
	ck_assert_uint_ge(failures(), 1);
	ck_assert_uint_ge(jobs[_i], 1);
}
END_TEST

static bool link_out_of_range(struct pc_job *job, char *text, UNUSED unsigned turn)
{
	if (job->kind != PC_JOB_LINK)
		return hand_back(job, text);
	add(job, text, PC_ITEM_LINK, "", 0)->arg = 1;
	return true;
}

START_TEST(answer_about_a_link_outside_the_job_is_invalid)
{
	answer = link_out_of_range;
	ck_assert_int_eq(plan_run(PCOPY_POOL_SERIAL), 0);
	ck_assert_uint_eq(reported.bad_answers, 1);
	ck_assert_uint_eq(failures(), 1);
}
END_TEST

/* A job that says itself why it failed is not said to have lost its workers. */
static bool run_out_of_room(struct pc_job *job, UNUSED char *text, UNUSED unsigned turn)
{
	if (job->root == 0)
		job->error = -ENOBUFS;
	return job->root == 0;
}

START_TEST(reason_of_a_failed_job_is_reported)
{
	answer = run_out_of_room;
	ck_assert_int_eq(plan_run(PCOPY_POOL_SERIAL), 0);
	ck_assert_uint_eq(reported.errors, 1);
	ck_assert_int_eq(reported.last.step, PCOPY_STEP_NONE);
	ck_assert_int_eq(reported.last.errnum, ENOBUFS);
	ck_assert_str_eq(reported.src, "src");
}
END_TEST

/* A slot that has no job may be said to be finished all the same. */
static bool finish_others(struct pc_job *job, UNUSED char *text, unsigned turn)
{
	if (turn == 0) {
		for (unsigned i = 0; i < DEPTH; i++) {
			if (pc_queue_job(&queue, i) != job)
				pc_queue_finish(&queue, i);
		}
	}
	return false;
}

START_TEST(answer_without_a_request_is_invalid)
{
	answer = finish_others;
	ck_assert_int_eq(plan_run(PCOPY_POOL_SERIAL), 0);
	ck_assert_uint_eq(reported.errors, 0);
	ck_assert_uint_eq(result.counts.entries[PCOPY_FILE].copied, ROOTS);
}
END_TEST

/* ---- Anything ---- */

static uint64_t seed;

/* xorshift64 (Marsaglia) */
static uint32_t any(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 16) % below;
}

/* Mostly what might be right, so that much of it is taken. */
static void any_item(struct pc_job *job, char *text)
{
	static const char *const texts[] = {
		"", "a", "b", "fa", "dsub", "x/y", "one\0two\0three", "F\0\0\0\0\0\0\0"};
	enum pc_item_type type = (enum pc_item_type)any(PC_ITEM_RANGE_ENDS + 2);
	const char *data = texts[any(COUNT(texts))];
	size_t len = data == texts[6]   ? 13
	             : data == texts[7] ? 8 /* an end of a range */
	                                : strlen(data) + (type == PC_ITEM_NAMES);
	struct pc_item *item = add(job, text, type, data, len);

	item->entries = any(20) ? 1 : any(UINT32_MAX);
	item->meta.size = any(20) ? 100 : any(3);
	item->meta.ino = any(4);
	item->meta.mode = S_IFREG | 0644;
	item->arg = any(3);
	item->flags = (uint8_t)(any(3) ? 0 : any(32));
	item->event = (uint8_t)any(PCOPY_EVENT_DIFFERENT + 2);
	item->kind = (uint16_t)any(PCOPY_KINDS + 1);
	item->step = (uint16_t)any(PCOPY_STEPS + 1);
	if (!any(30))
		item->root = any(4);
	if (!any(60))
		item->size += 8 * any(4);
}

static bool any_answer(struct pc_job *job, char *text, unsigned turn)
{
	if (turn > 200) /* else it might never end */
		return false;
	for (unsigned n = any(8); n > 0; n--)
		any_item(job, text);
	if (!any(10))
		memset(text, (int)any(256), job->request_len);
	if (!any(20))
		job->error = (int32_t)any(3) - 1;
	if (!any(40))
		job->text_len = any(UINT32_MAX);
	if (!any(40))
		job->worker = any(4);
	return true;
}

START_TEST(random_answers_do_no_harm)
{
	seed = 88172645463325252U + (uint64_t)_i;
	options.preserve = any(2) ? PCOPY_KEEP_TIMES : 0;
	options.chunk_bytes = any(4) ? 30 : 0;
	answer = any_answer;
	(void)plan_run(PCOPY_POOL_SERIAL); /* without a crash, and to its end */
	ck_assert_uint_eq(result.jobs, turns);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plan");
	TCase *tcase = plain_case(suite, "answers");

	tcase_add_checked_fixture(tcase, plan_setup, plan_teardown);
	tcase_add_loop_test(tcase, invalid_answer_fails_its_job, 0, SPOILERS);
	tcase_add_loop_test(tcase, invalid_answer_of_another_process_fails_its_job, 0, SPOILERS);
	tcase_add_test(tcase, a_request_is_not_read_back);
	tcase_add_loop_test(tcase, overwritten_text_is_an_invalid_answer, 0, PC_JOB_SHARE);
	tcase_add_test(tcase, answer_about_a_link_outside_the_job_is_invalid);
	tcase_add_test(tcase, reason_of_a_failed_job_is_reported);
	tcase_add_test(tcase, answer_without_a_request_is_invalid);
	tcase_add_loop_test(tcase, random_answers_do_no_harm, 0, 200);
	return run_suite(suite);
}
