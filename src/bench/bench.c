/* SPDX-License-Identifier: MIT */
/* bench.c - the order of an experiment: rounds, and in each round every row.
 *
 *	survey, warm-up round, round 1: serial threads processes hybrid, round 2: ...
 *
 * Because each round has every row, a change on the machine affects all rows; random order also
 * distributes the after-effects of a run.  Only the copy is timed: the cache is prepared before, and the
 * comparison and the wait for the disk follow after.  Copies are removed after the last run if
 * there is space for all of them. */
#include "bench/bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/size.h"
#include "bench/against.h"
#include "bench/cache.h"
#include "bench/child.h"
#include "bench/copies.h"
#include "bench/export.h"
#include "bench/json.h"
#include "bench/model.h"
#include "bench/plot.h"
#include "bench/reuse.h"
#include "bench/rows.h"
#include "bench/scaling.h"
#include "bench/setup.h"
#include "bench/summary.h"
#include "bench/table.h"
#include "bench/tree.h"
#include "bench/warn.h"
#include "cli/json.h"
#include "cli/messages.h"

#define NOT_COLD "the source could not be dropped from memory"

/* ---- One run ---- */

static bool progress_wanted(const struct bench *bench)
{
	enum cli_progress how = bench->options->progress;

	return how != CLI_PROGRESS_NEVER && (how != CLI_PROGRESS_AUTO || isatty(STDERR_FILENO));
}

/* Round 0 is a warm-up. */
static void bench_progress_show(const struct bench *bench, unsigned round,
                                const struct bench_row *row)
{
	char number[32] = "warm-up";

	if (!progress_wanted(bench))
		return;
	if (round && bench->options->runs)
		(void)snprintf(number, sizeof(number), "round %u of %u", round,
		               bench->options->runs);
	else if (round)
		(void)snprintf(number, sizeof(number), "round %u", round);
	(void)fprintf(stderr, "\r\033[K%s: %s", number, row->name);
}

static void progress_clear(const struct bench *bench)
{
	if (progress_wanted(bench))
		(void)fputs("\r\033[K", stderr);
}

static void flush_timed(const struct bench *bench, struct bench_sample *sample)
{
	uint64_t begin_ns = pc_now_ns();

	if (!bench->options->bench_fsync || bench_signal())
		return;
	if (syncfs(bench->dst_fd) < 0)
		sample->fault = "the copy could not be flushed";
	sample->flush_s = pc_seconds(pc_now_ns() - begin_ns);
}

static int copy_and_check(struct bench *bench, struct bench_row *row, const char *target,
                          struct bench_sample *sample)
{
	int rc = bench_cache_prepare(bench, row->cache, &sample->resident);

	if (rc < 0)
		return rc;
	if (row->cache == BENCH_CACHE_COLD && sample->resident > BENCH_COLD_MAX) {
		sample->fault = NOT_COLD;
		return 0;
	}
	sample->began_s = pc_seconds(pc_now_ns() - bench->began_ns);
	rc = bench_child_copy(bench, row, target, sample);
	if (rc < 0 || sample->fault)
		return rc;
	flush_timed(bench, sample);
	rc = bench_child_compare(bench, target);
	if (rc > 0)
		sample->fault = "the copy differs";
	return rc < 0 ? rc : 0;
}

static int run_once(struct bench *bench, struct bench_row *row, unsigned round,
                    struct bench_sample *sample)
{
	_cleanup_free_ char *target = bench_copy_path_new(bench, bench->copies_begun + 1);
	int rc, finished;

	bench->copies_begun++;
	bench_progress_show(bench, round, row);
	rc = target ? copy_and_check(bench, row, target, sample) : -ENOMEM;
	progress_clear(bench);
	finished = target ? bench_copy_finish(bench, target) : 0;

	if (rc < 0 && rc != -EINTR)
		cli_error_named(-rc, "cannot run %s", row->name, NULL);
	return rc < 0 ? rc : finished;
}

/* ---- The experiment ---- */

static void note_fault(struct bench *bench, struct bench_row *row, const char *fault)
{
	cli_error(0, "%s: invalid run: %s", row->name, fault);
	bench->status = CLI_EXIT_FAILED;
	if (!row->fault)
		row->fault = fault;
}

/* A row whose source could not be made cold is not tried again. */
static int run_row(struct bench *bench, struct bench_row *row, unsigned round)
{
	struct bench_sample sample = {.resident = -1};
	int rc;

	if (row->fault && !strcmp(row->fault, NOT_COLD))
		return 0;
	rc = bench_signal() ? -EINTR : run_once(bench, row, round, &sample);
	if (rc < 0)
		return rc;
	if (!row->ran)
		row->first = sample;
	row->ran = true;
	if (round)
		rc = bench_rows_add(row, &sample);
	else /* the phases of a run that does not count */
		memset(row->phase, 0, sizeof(row->phase));
	if (sample.fault)
		note_fault(bench, row, sample.fault);
	return rc;
}

/* The order of the rows in a round: as given, or shuffled (Fisher-Yates). */
static void order_fill(struct bench *bench, unsigned *order)
{
	for (unsigned i = 0; i < bench->rows; i++)
		order[i] = i;
	for (unsigned i = bench->rows; bench->options->order_random && i > 1; i--) {
		unsigned other = (unsigned)pc_random_below(&bench->random, i), moved = order[i - 1];

		order[i - 1] = order[other];
		order[other] = moved;
	}
}

static int run_round(struct bench *bench, unsigned round)
{
	_cleanup_free_ unsigned *order = calloc(bench->rows, sizeof(*order));
	int rc = 0;

	if (!order)
		return -ENOMEM;
	order_fill(bench, order);
	for (unsigned i = 0; i < bench->rows && !rc; i++)
		rc = run_row(bench, &bench->row[order[i]], round);
	return rc;
}

/* Decides whether another round follows. */
static int round_follows(const struct bench *bench, unsigned rounds, bool *ret)
{
	const struct cli_options *options = bench->options;
	uint64_t seconds = (pc_now_ns() - bench->began_ns) / 1000000000U;
	bool known;
	int rc;

	*ret = rounds < (options->runs ? options->runs : BENCH_VERDICT_RUNS);
	if (options->runs || *ret)
		return 0;
	if (rounds >= BENCH_AUTO_MAX || seconds >= options->max_time_s ||
	    !bench_copies_another_round(bench))
		return 0;
	rc = bench_means_are_precise(bench, &known);
	*ret = !known;
	return rc;
}

static int run_rounds(struct bench *bench)
{
	bool more = true;
	int rc = 0;

	(void)syncfs(bench->dst_fd); /* writes of other programs */
	bench_copies_plan(bench);
	bench_reuse_probe(bench);
	for (unsigned i = 0; i < bench->options->warmup && !rc; i++)
		rc = run_round(bench, 0);
	bench->resident = -1;
	if (!rc && bench->options->cache == CLI_CACHE_ANY)
		rc = bench_cache_resident(bench, &bench->resident);
	for (unsigned round = 1; !rc && more; round++) {
		rc = run_round(bench, round);
		if (!rc)
			rc = round_follows(bench, round, &more);
	}
	return rc;
}

/* If the source changed, the rows copied different trees: all are invalid. */
static int check_source(struct bench *bench)
{
	struct bench_tree now;
	int rc = bench_tree_survey(bench->src_path, &bench->left_out, &now);

	if (rc < 0 || now.fingerprint == bench->tree.fingerprint)
		return rc;
	cli_error_named(0, "%s changed during the runs", bench->src, NULL);
	bench_rows_invalidate(bench, "the source changed");
	return 0;
}

/* ---- The report ---- */

/* JSON on stdout replaces the text. */
static int results_write(struct bench *bench)
{
	const struct cli_options *options = bench->options;
	int rc = 0, r;

	if (!options->json || options->json_file)
		bench_table_write(stdout, bench);
	if (options->json)
		rc = cli_json_write(bench_json_new(bench), options->json_file);
	r = bench_exports_write(bench);
	rc = rc < 0 ? rc : r;
	r = bench_plot_write(bench);
	return rc < 0 ? rc : r;
}

static int results_compute(struct bench *bench)
{
	int rc = check_source(bench);

	if (!rc)
		rc = bench_reuse_judge(bench);
	if (!rc)
		rc = bench_summarize(bench);
	if (!rc) {
		bench_scale(bench);
		rc = bench_warn(bench);
	}
	if (!rc)
		rc = bench_against_compare(bench);
	if (rc < 0)
		cli_error(-rc, "cannot summarize the runs");
	return rc;
}

static int experiment_run(struct bench *bench)
{
	struct bench_load load;
	int rc, removed;

	bench_load_begin(&load);
	bench->began_ns = pc_now_ns();
	rc = run_rounds(bench);
	bench_load_end(&load, &bench->others);
	removed = bench_copies_remove(bench);
	if (bench_signal())
		return 128 + bench_signal();
	if (rc < 0 || removed < 0)
		return CLI_EXIT_FAILED;
	rc = results_compute(bench);
	if (!rc)
		rc = results_write(bench);
	return rc < 0 ? CLI_EXIT_FAILED : bench->status;
}

int bench_run(const struct cli_options *options)
{
	struct bench bench = {.options = options, .dst_fd = -1};
	int status;

	bench_signals_catch();
	status = bench_setup(&bench);
	if (!status)
		status = experiment_run(&bench);
	bench_done(&bench);
	bench_signals_release();
	return status;
}
