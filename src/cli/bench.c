/* bench.c - the order of an experiment: rounds, and in each round every mode.
 *
 *	survey, warm-up round, round 1: serial threads processes hybrid, round 2: ...
 *
 * Going round by round, whatever changes on the machine meanwhile meets every
 * mode.  Between two clocks lies nothing but the copy: the check of its tree,
 * its removal and the wait for the disk come after. */
#include "cli/bench.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "cli/bench_child.h"
#include "cli/bench_json.h"
#include "cli/bench_model.h"
#include "cli/bench_setup.h"
#include "cli/bench_summary.h"
#include "cli/bench_table.h"
#include "cli/bench_tree.h"
#include "cli/json.h"
#include "cli/messages.h"

/* ---- One run ---- */

static bool progress_wanted(const struct bench *bench)
{
	enum pcopy_when when = bench->options->progress;

	return when == PCOPY_ALWAYS || (when == PCOPY_AUTO && isatty(STDERR_FILENO));
}

/* Round 0 is a warm-up. */
static void progress_show(const struct bench *bench, unsigned round, const struct bench_mode *mode)
{
	char number[32] = "warm-up";

	if (!progress_wanted(bench))
		return;
	if (round)
		(void)snprintf(number, sizeof(number), "round %u of %u", round,
		               bench->options->runs);
	(void)fprintf(stderr, "\r\033[K%s: %s", number, pcopy_pool_name(mode->pool));
}

static void progress_clear(const struct bench *bench)
{
	if (progress_wanted(bench))
		(void)fputs("\r\033[K", stderr);
}

/* Removes a copy and lets the file system write back what it still holds, so
 * that the next run does not pay for it. */
static int tidy_up(struct bench *bench, const char *name)
{
	int rc = bench_tree_remove(bench->dst_fd, name);

	if (rc < 0) {
		progress_clear(bench);
		cli_error_named(-rc, "cannot remove the copy %s in %s", name, bench->dst);
		return rc;
	}
	if (!bench_signal())
		(void)syncfs(bench->dst_fd); /* an error of it is no matter of ours */
	return 0;
}

static int copy_and_check(struct bench *bench, const struct bench_mode *mode, const char *target,
                          struct bench_sample *sample)
{
	int rc = bench_child_copy(bench, mode->pool, target, sample);

	if (rc < 0 || sample->fault)
		return rc;
	rc = bench_child_compare(bench, target);
	if (rc > 0)
		sample->fault = "the copy differs";
	return rc < 0 ? rc : 0;
}

static int run_once(struct bench *bench, struct bench_mode *mode, unsigned round,
                    struct bench_sample *sample)
{
	struct pc_buffer target = {0};
	char name[48];
	int rc, removed;

	progress_show(bench, round, mode);
	(void)snprintf(name, sizeof(name), "%s-%u", pcopy_pool_name(mode->pool), round);
	rc = pc_buffer_add(&target, bench->dst_path, strlen(bench->dst_path));
	if (!rc)
		rc = pc_buffer_add_name(&target, name);
	if (!rc)
		rc = copy_and_check(bench, mode, target.data, sample);
	pc_buffer_done(&target);
	removed = tidy_up(bench, name);
	progress_clear(bench);

	if (rc < 0 && rc != -EINTR)
		cli_error(-rc, "cannot run the pool %s", pcopy_pool_name(mode->pool));
	return rc < 0 ? rc : removed;
}

/* ---- The experiment ---- */

static int run_mode(struct bench *bench, struct bench_mode *mode, unsigned round)
{
	struct bench_sample sample = {0};
	int rc = bench_signal() ? -EINTR : run_once(bench, mode, round, &sample);

	if (rc < 0)
		return rc;
	if (round)
		mode->sample[mode->samples++] = sample;
	if (sample.fault) {
		cli_error(0, "%s: invalid run: %s", pcopy_pool_name(mode->pool), sample.fault);
		bench->status = CLI_EXIT_FAILED;
		if (!mode->fault)
			mode->fault = sample.fault;
	}
	return 0;
}

static int run_round(struct bench *bench, unsigned round)
{
	int rc = 0;

	for (unsigned i = 0; i < bench->modes && !rc; i++)
		rc = run_mode(bench, &bench->mode[i], round);
	return rc;
}

static int run_rounds(struct bench *bench)
{
	int rc = 0;

	(void)syncfs(bench->dst_fd); /* what others left to be written */
	for (unsigned i = 0; i < bench->options->warmup && !rc; i++)
		rc = run_round(bench, 0);
	for (unsigned round = 1; round <= bench->options->runs && !rc; round++)
		rc = run_round(bench, round);
	return rc;
}

/* ---- What it says ---- */

/* JSON on stdout takes the place of the text. */
static int report(const struct bench *bench)
{
	const struct cli_options *options = bench->options;

	if (!options->json || options->json_file)
		bench_table_write(stdout, bench);
	return options->json ? cli_json_write(bench_json_new(bench), options->json_file) : 0;
}

static int experiment(struct bench *bench)
{
	int rc = run_rounds(bench);

	if (bench_signal())
		return 128 + bench_signal();
	if (rc < 0)
		return CLI_EXIT_FAILED;
	rc = bench_summarize(bench);
	if (rc < 0)
		cli_error(-rc, "cannot sum up the runs");
	else
		rc = report(bench);
	return rc < 0 ? CLI_EXIT_FAILED : bench->status;
}

int cli_bench(const struct cli_options *options)
{
	struct bench bench = {.options = options, .dst_fd = -1};
	int status;

	bench_signals_catch();
	status = bench_setup(&bench);
	if (!status)
		status = experiment(&bench);
	bench_done(&bench);
	bench_signals_release();
	return status;
}
