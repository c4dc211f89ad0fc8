/* check_bucket.c - src/job/bucket.c, by a clock that the test moves.
 * SPDX-License-Identifier: MIT */
#include "job/bucket.h"

#include "support.h"

#define S UINT64_C(1000000000)
#define MS UINT64_C(1000000)
#define WINDOW (S / 2)

static struct pc_bucket bucket;

/* Of a simulated run: it moves a piece as soon as it may, which takes a while. */
struct worker {
	uint64_t at_ns; /* the next piece is asked for */
};

/* The bytes of each millisecond. */
#define SPAN_MS 12000
static uint64_t moved[SPAN_MS];

static struct worker *next_worker(struct worker *worker, unsigned workers)
{
	struct worker *next = worker;

	for (unsigned i = 1; i < workers; i++) {
		if (worker[i].at_ns < next->at_ns)
			next = &worker[i];
	}
	return next;
}

/* Moves pieces for as long as `moved` says.  `late_ns`: each sleep takes so much longer,
 * `busy_ns`: and each piece so long. */
static void simulate(unsigned workers, uint64_t rate, uint64_t piece, uint64_t late_ns,
                     uint64_t busy_ns)
{
	struct worker worker[64] = {0};

	memset(moved, 0, sizeof(moved));
	pc_bucket_init(&bucket, rate, S);
	for (unsigned i = 0; i < workers; i++)
		worker[i].at_ns = S;
	for (;;) {
		struct worker *w = next_worker(worker, workers);
		uint64_t from_ns = pc_bucket_take(&bucket, piece, w->at_ns);

		if (from_ns > w->at_ns)
			w->at_ns = from_ns + late_ns;
		w->at_ns += busy_ns;
		if (w->at_ns / MS >= SPAN_MS)
			return;
		moved[w->at_ns / MS] += piece;
	}
}

static uint64_t moved_in(uint64_t from_ns, uint64_t ns)
{
	uint64_t sum = 0;

	for (uint64_t ms = from_ns / MS; ms < (from_ns + ns) / MS; ms++)
		sum += moved[ms];
	return sum;
}

/* Workers, rate, how late sleeps end, how long a piece takes. */
static const struct {
	unsigned workers;
	uint64_t rate, late_ns, busy_ns;
} runs[] = {
	{1, 1 << 20, 0, 0},      {1, 10 << 20, MS, MS},         {2, 100 << 20, 100000, 200000},
	{4, 1 << 20, 3 * MS, 0}, {8, 64 << 10, 5 * MS, 2 * MS}, {64, 1 << 20, MS, 20 * MS},
	{64, 3000, 0, MS},       {64, 1 << 30, 50000, MS},
};

START_TEST(rate_is_kept_over_ten_seconds)
{
	uint64_t rate = runs[_i].rate;

	pc_bucket_init(&bucket, rate, 0);
	simulate(runs[_i].workers, rate, pc_bucket_piece(&bucket), runs[_i].late_ns,
	         runs[_i].busy_ns);
	ck_assert_uint_ge(moved_in(S, 10 * S), rate * 10 * 95 / 100);
	ck_assert_uint_le(moved_in(S, 10 * S), rate * 10 * 105 / 100);
}
END_TEST

START_TEST(bursts_are_limited)
{
	uint64_t rate = runs[_i].rate;

	pc_bucket_init(&bucket, rate, 0);
	simulate(runs[_i].workers, rate, pc_bucket_piece(&bucket), runs[_i].late_ns,
	         runs[_i].busy_ns);
	for (uint64_t from_ns = S; from_ns < 10 * S; from_ns += MS)
		ck_assert_uint_le(moved_in(from_ns, WINDOW), rate * 13 / 10 / 2);
}
END_TEST

/* As many workers as there are, they draw from one. */
START_TEST(concurrent_takers_share_the_rate)
{
	pc_bucket_init(&bucket, 1000, S);
	for (unsigned i = 0; i < 10; i++)
		ck_assert_uint_eq(pc_bucket_take(&bucket, 100, S), S + i * 100 * MS);
}
END_TEST

START_TEST(unused_bytes_are_given_back)
{
	pc_bucket_init(&bucket, 1000, S);
	ck_assert_uint_eq(pc_bucket_take(&bucket, 500, S), S);
	pc_bucket_give_back(&bucket, 400);
	ck_assert_uint_eq(pc_bucket_take(&bucket, 100, S), S + 100 * MS);
	pc_bucket_give_back(&bucket, 0);
	ck_assert_uint_eq(pc_bucket_take(&bucket, 100, S), S + 200 * MS);
}
END_TEST

/* A pause gives no right to a burst. */
START_TEST(pause_is_not_made_up_for)
{
	pc_bucket_init(&bucket, 1000, S);
	ck_assert_uint_eq(pc_bucket_take(&bucket, 100, 60 * S), 60 * S - 50 * MS);
	ck_assert_uint_eq(pc_bucket_take(&bucket, 100, 60 * S), 60 * S + 50 * MS);
}
END_TEST

START_TEST(no_limit)
{
	pc_bucket_init(&bucket, 0, S);
	ck_assert_uint_eq(pc_bucket_piece(&bucket), UINT64_MAX);
	ck_assert_uint_eq(pc_bucket_take(&bucket, UINT64_MAX, 5), 5);
	pc_bucket_give_back(&bucket, UINT64_MAX);
	ck_assert_uint_eq(pc_bucket_take(&bucket, 1, 6), 6);
}
END_TEST

/* Rates at both ends: nothing overflows, and each piece has a byte. */
START_TEST(extremes)
{
	pc_bucket_init(&bucket, 1, S);
	ck_assert_uint_eq(pc_bucket_piece(&bucket), 1);
	ck_assert_uint_eq(pc_bucket_take(&bucket, 2, S), S);
	ck_assert_uint_eq(pc_bucket_take(&bucket, 1, S), 3 * S);
	pc_bucket_init(&bucket, UINT64_MAX, S);
	ck_assert_uint_eq(pc_bucket_take(&bucket, UINT64_MAX / 2, S), S);
	ck_assert_uint_eq(pc_bucket_take(&bucket, 1, S) / MS, 1500);
	pc_bucket_init(&bucket, 1, S);
	ck_assert_uint_eq(pc_bucket_take(&bucket, UINT64_MAX, S), S);
	ck_assert_uint_gt(pc_bucket_take(&bucket, 1, S), S * S);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bucket");
	TCase *tcase = plain_case(suite, "bucket");

	tcase_add_loop_test(tcase, rate_is_kept_over_ten_seconds, 0, COUNT(runs));
	tcase_add_loop_test(tcase, bursts_are_limited, 0, COUNT(runs));
	tcase_add_test(tcase, concurrent_takers_share_the_rate);
	tcase_add_test(tcase, unused_bytes_are_given_back);
	tcase_add_test(tcase, pause_is_not_made_up_for);
	tcase_add_test(tcase, no_limit);
	tcase_add_test(tcase, extremes);
	return run_suite(suite);
}
