/* bench_summary.c - from the samples to what is said about them.
 *
 * A mode with one bad run has no summary: it can neither win nor be a measure
 * for the others. */
#include "cli/bench_summary.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"

static double *mode_times(const struct bench_mode *mode)
{
	double *times = calloc(mode->samples, sizeof(*times));

	for (size_t i = 0; times && i < mode->samples; i++)
		times[i] = mode->sample[i].wall_s;
	return times;
}

static int summarize_mode(struct bench_mode *mode)
{
	_cleanup_free_ double *times = mode_times(mode);
	int rc;

	if (!times)
		return -ENOMEM;
	rc = pc_stats_describe(times, mode->samples, &mode->wall);
	for (size_t i = 0; i < mode->samples; i++) {
		const struct bench_sample *sample = &mode->sample[i];

		times[i] = sample->user_s + sample->system_s;
		if (mode->peak_bytes < sample->peak_bytes)
			mode->peak_bytes = sample->peak_bytes;
	}
	return rc < 0 ? rc : pc_stats_median(times, mode->samples, &mode->cpu_s);
}

/* The mode when it was run, else NULL. */
static struct bench_mode *mode_find(struct bench *bench, enum pcopy_pool pool)
{
	for (unsigned i = 0; i < bench->modes; i++)
		if (bench->mode[i].pool == pool)
			return &bench->mode[i];
	return NULL;
}

static void relate_to_serial(struct bench *bench)
{
	const struct bench_mode *serial = mode_find(bench, PCOPY_POOL_SERIAL);

	if (!serial || serial->fault)
		return;
	for (unsigned i = 0; i < bench->modes; i++) {
		struct bench_mode *mode = &bench->mode[i];

		if (mode->fault)
			continue;
		mode->speedup = serial->wall.median / mode->wall.median;
		mode->efficiency = mode->speedup / mode->sample[0].workers;
	}
}

static int judge(struct bench_verdict *verdict)
{
	_cleanup_free_ double *threads = mode_times(verdict->threads);
	_cleanup_free_ double *processes = mode_times(verdict->processes);
	size_t m = verdict->threads->samples, n = verdict->processes->samples;
	int rc;

	if (!threads || !processes)
		return -ENOMEM;
	rc = pc_stats_mann_whitney(threads, m, processes, n, &verdict->p, &verdict->u);
	if (!rc)
		rc = pc_stats_shift(threads, m, processes, n, &verdict->shift_s);
	if (!rc)
		verdict->kind =
			verdict->p < BENCH_SIGNIFICANCE ? BENCH_DIFFERENCE : BENCH_NO_DIFFERENCE;
	return rc;
}

static int compare_threads_and_processes(struct bench *bench)
{
	struct bench_verdict *verdict = &bench->verdict;

	verdict->threads = mode_find(bench, PCOPY_POOL_THREADS);
	verdict->processes = mode_find(bench, PCOPY_POOL_PROCESSES);
	if (!verdict->threads || !verdict->processes)
		return 0;
	if (verdict->threads->fault || verdict->processes->fault) {
		verdict->kind = BENCH_UNSOUND;
		return 0;
	}
	if (bench->options->runs < BENCH_VERDICT_RUNS) {
		verdict->kind = BENCH_TOO_FEW;
		return 0;
	}
	return judge(verdict);
}

int bench_summarize(struct bench *bench)
{
	int rc = 0;

	for (unsigned i = 0; i < bench->modes && !rc; i++)
		if (!bench->mode[i].fault)
			rc = summarize_mode(&bench->mode[i]);
	if (rc < 0)
		return rc;
	relate_to_serial(bench);
	return compare_threads_and_processes(bench);
}
