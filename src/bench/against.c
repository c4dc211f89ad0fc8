/* SPDX-License-Identifier: MIT */
/* against.c - compares the rows with an earlier report.
 *
 * A row is slower if the two samples differ significantly, corrected for the number of rows, and
 * the Hodges-Lehmann shift exceeds the allowed slowdown.  So chance alone fails at most one build
 * in twenty, and such a change is usually too small to matter. */
#include "bench/against.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "bench/json.h"
#include "bench/samples.h"
#include "bench/warn.h"
#include "cli/messages.h"

int bench_against_load(struct bench *bench)
{
	const char *file = bench->options->against;
	json_error_t error;
	json_int_t format;

	if (!file)
		return 0;
	bench->before = json_load_file(file, 0, &error);
	if (!bench->before) {
		if (json_error_code(&error) == json_error_cannot_open_file)
			cli_error_named(errno, "cannot open %s for reading", file, NULL);
		else
			cli_error(0, "%s: %s", file, error.text);
		return CLI_EXIT_USAGE;
	}
	format = json_integer_value(json_object_get(bench->before, "format"));
	if (format == BENCH_JSON_VERSION && json_is_array(json_object_get(bench->before, "modes")))
		return 0;
	cli_error_named(0, "%s is not a report of --export-json, or has another version", file,
	                NULL);
	return CLI_EXIT_USAGE;
}

/* The valid samples of a row in the earlier report, on the heap.  NULL: none, or no memory (then
 * `*ret_count` is not 0). */
static double *times_before(const json_t *report, const char *name, size_t *ret_count)
{
	const json_t *row, *sample;
	double *times;
	size_t i, j;

	*ret_count = 0;
	json_array_foreach(json_object_get(report, "modes"), i, row)
	{
		const char *row_name = json_string_value(json_object_get(row, "mode"));
		const json_t *samples = json_object_get(row, "samples");

		if (!row_name || strcmp(row_name, name) != 0 ||
		    !json_is_true(json_object_get(row, "valid")))
			continue;
		times = calloc(json_array_size(samples) + 1, sizeof(*times));
		json_array_foreach(samples, j, sample)
		{
			if (times)
				times[*ret_count] =
					json_number_value(json_object_get(sample, "wall_s"));
			(*ret_count)++;
		}
		return times;
	}
	return NULL;
}

static int change_fill(struct bench_change *change, const double *before, size_t count)
{
	_cleanup_free_ double *now = bench_samples_new(change->row, bench_wall_s);
	struct pc_shift shift;
	int rc;

	if (!now)
		return -ENOMEM;
	rc = pc_stats_median(before, count, &change->before_s);
	if (!rc)
		rc = pc_stats_shift(now, change->row->samples, before, count, &shift);
	if (rc < 0)
		return rc;
	change->slower = change->before_s > 0 ? shift.shift / change->before_s : 0;
	change->judged = count >= BENCH_VERDICT_RUNS && change->row->samples >= BENCH_VERDICT_RUNS;
	return pc_stats_mann_whitney(now, change->row->samples, before, count, &change->p, NULL);
}

static int change_add(struct bench *bench, const struct bench_row *row)
{
	size_t count;
	_cleanup_free_ double *before = times_before(bench->before, row->name, &count);

	if (!before && count)
		return -ENOMEM;
	if (!count)
		return bench_warning_add(bench, "%s has no valid run of %s",
		                         bench->options->against, row->name);
	bench->change[bench->changes] = (struct bench_change){.row = row};
	return change_fill(&bench->change[bench->changes++], before, count);
}

static int against_judge(struct bench *bench)
{
	_cleanup_free_ double *p = calloc(bench->changes + 1, sizeof(*p));
	int rc;

	if (!p)
		return -ENOMEM;
	for (size_t i = 0; i < bench->changes; i++)
		p[i] = bench->change[i].judged ? bench->change[i].p : 1;
	rc = pc_stats_holm(p, bench->changes);
	for (size_t i = 0; i < bench->changes && !rc; i++) {
		struct bench_change *change = &bench->change[i];

		change->p = p[i];
		change->significant = change->judged && p[i] < BENCH_SIGNIFICANCE &&
		                      change->slower > bench->options->max_slowdown;
		if (change->significant)
			bench->status = CLI_EXIT_FAILED;
	}
	return rc;
}

/* What must be equal in both reports for the times to be comparable. */
static const struct {
	const char *section, *key; /* NULL: the whole section */
	const char *what;          /* rows of one meaning follow each other */
} conditions[] = {
	{"tree", "files", "of another tree"},
	{"tree", "directories", "of another tree"},
	{"tree", "symlinks", "of another tree"},
	{"tree", "specials", "of another tree"},
	{"tree", "bytes", "of another tree"},
	{"tree", "size_classes", "of another tree"},
	{"options", NULL, "with other options"},
	{"experiment", "cache", "with another --cache"},
	{"machine", "model", "on another machine"},
	{"machine", "cpus_usable", "on another machine"},
	{"machine", "source_filesystem", "on other file systems"},
	{"machine", "target_filesystem", "on other file systems"},
};

static bool condition_differs(const json_t *before, const json_t *now, size_t i)
{
	const char *section = conditions[i].section, *key = conditions[i].key;

	before = json_object_get(before, section);
	now = json_object_get(now, section);
	return key ? !json_equal(json_object_get(before, key), json_object_get(now, key))
	           : !json_equal(before, now);
}

static int conditions_compare(struct bench *bench)
{
	json_t *now = bench_json_new(bench);
	const char *told = NULL;
	int rc = now ? 0 : -ENOMEM;

	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]) && !rc; i++) {
		const char *what = conditions[i].what;

		if ((told && strcmp(what, told) == 0) || !condition_differs(bench->before, now, i))
			continue;
		told = what;
		rc = bench_warning_add(bench, "%s is %s", bench->options->against, what);
	}
	json_decref(now);
	return rc;
}

int bench_against_compare(struct bench *bench)
{
	int rc = 0;

	if (!bench->before)
		return 0;
	rc = conditions_compare(bench);
	if (rc < 0)
		return rc;
	bench->change = calloc(bench->rows, sizeof(*bench->change));
	if (!bench->change)
		return -ENOMEM;
	for (unsigned i = 0; i < bench->rows && !rc; i++) {
		if (!bench->row[i].fault)
			rc = change_add(bench, &bench->row[i]);
	}
	if (!bench->changes) /* a test that compares nothing must not pass */
		bench->status = CLI_EXIT_FAILED;
	return rc < 0 ? rc : against_judge(bench);
}
