/* SPDX-License-Identifier: MIT */
/* json.c - the benchmark's report as JSON, with every sample.
 *
 * As in cli/json.c, a failed allocation yields NULL, and NULL as an argument makes json_pack()
 * return NULL. */
#include "bench/json.h"

#include <math.h>

#include "bench/parts.h"
#include "cli/json.h"

/* A JSON string must be UTF-8.  A file name that is not becomes the list of its bytes. */
static json_t *bench_path_pack(const char *path)
{
	json_t *text = json_string(path), *bytes;

	if (text)
		return text;
	bytes = json_array();
	for (const char *byte = path; *byte; byte++)
		bytes = cli_json_append(bytes, json_integer((unsigned char)*byte));
	return bytes;
}

static json_t *tree_pack(const struct bench *bench)
{
	const struct bench_tree *tree = &bench->tree;
	json_t *classes = json_array();

	for (unsigned i = 0; i < BENCH_CLASSES; i++)
		classes = cli_json_append(
			classes, json_pack("{s:s, s:I, s:I}", "name", bench_classes[i].name,
		                           "files", cli_json_number(tree->class_files[i]), "bytes",
		                           cli_json_number(tree->class_bytes[i])));
	return json_pack(
		"{s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:o}", "source", bench_path_pack(bench->src),
		"target", bench_path_pack(bench->dst), "files", cli_json_number(tree->files),
		"directories", cli_json_number(tree->directories), "symlinks",
		cli_json_number(tree->symlinks), "specials", cli_json_number(tree->specials),
		"bytes", cli_json_number(tree->bytes), "size_classes", classes);
}

static json_t *machine_pack(const struct bench *bench)
{
	const struct pc_machine *machine = &bench->machine;

	return json_pack("{s:s, s:i, s:i, s:I, s:s, s:s, s:s}", "model", machine->model, "cpus",
	                 (int)machine->cpus, "cpus_usable", (int)bench->cpus, "memory_bytes",
	                 cli_json_number(machine->memory_bytes), "kernel", machine->kernel,
	                 "source_filesystem", bench->src_filesystem, "target_filesystem",
	                 bench->dst_filesystem);
}

static const char *const cache_words[] = {"any", "warm", "cold", "both"};

static const char *const copies_words[] = {
	[BENCH_COPIES_KEPT] = "kept",
	[BENCH_COPIES_UNWANTED] = "removed",
	[BENCH_COPIES_NO_ROOM] = "no-room",
};

static json_t *experiment_pack(const struct bench *bench)
{
	const struct cli_options *options = bench->options;
	const struct bench_row *base = bench_baseline(bench, bench->row[0].cache);

	return json_pack("{s:i, s:b, s:i, s:s, s:I, s:s, s:s, s:b, s:s?, s:s?, s:o, s:f, s:f, s:f}",
	                 "runs", (int)options->runs, "runs_auto", options->runs == 0, "warmup",
	                 (int)options->warmup, "order",
	                 options->order_random ? "random" : "interleaved", "seed",
	                 cli_json_number(bench->seed), "cache", cache_words[options->cache],
	                 "copies", copies_words[bench->copies], "fsync", (int)options->bench_fsync,
	                 "baseline", base ? base->name : NULL, "sweep", options->sweep, "resident",
	                 bench->resident < 0 ? json_null() : json_real(bench->resident),
	                 "others_busy", bench->others.busy, "others_stolen", bench->others.stolen,
	                 "load_before", bench->others.load);
}

static json_t *options_pack(const struct bench *bench)
{
	json_t *array = json_array();

	for (size_t i = 0; i < bench->passed_on.count; i++)
		array = cli_json_append(array, bench_path_pack(bench->passed_on.argument[i]));
	return array;
}

/* ---- Samples ---- */

static json_t *sample_methods_pack(const struct bench_sample *sample)
{
	json_t *object = json_object();

	for (unsigned i = 0; i < PCOPY_METHODS; i++)
		object = cli_json_set(object, pcopy_method_name((enum pcopy_method)i),
		                      json_integer(cli_json_number(sample->method_bytes[i])));
	return object;
}

/* What pcopy reported about its workers and its queue. */
static json_t *sample_inside_pack(const struct bench_sample *s)
{
	return json_pack(
		"{s:i, s:i, s:i, s:i, s:b, s:o, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:I, s:I, "
		"s:I}",
		"processes", (int)s->processes, "threads", (int)s->threads, "width_least",
		(int)s->width_least, "width_most", (int)s->width_most, "degraded", (int)s->degraded,
		"method_bytes", sample_methods_pack(s), "create_s", s->create_s, "first_done_s",
		s->first_done_s, "last_done_s", s->last_done_s, "measuring_s", s->measuring_s,
		"busy_s", s->busy_s, "on_cpu_s", s->on_cpu_s, "delay_s", s->delay_s, "waited_s",
		s->waited_s, "queue_peak", cli_json_number(s->queue_peak), "queue_full",
		cli_json_number(s->queue_full), "queue_starved", cli_json_number(s->queue_starved));
}

static json_t *sample_pack(const struct bench *bench, const struct bench_row *row,
                           const struct bench_sample *s)
{
	return json_pack(
		"{s:b, s:s?, s:b, s:f, s:f, s:f, s:f, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:o}",
		"valid", !s->fault, "fault", s->fault, "outlier", (int)s->outlier, "began_s",
		s->began_s, "wall_s", s->wall_s, "user_s", s->user_s, "system_s", s->system_s,
		"flush_s", bench->options->bench_fsync ? json_real(s->flush_s) : json_null(),
		"resident", s->resident < 0 ? json_null() : json_real(s->resident), "peak_bytes",
		cli_json_number(s->peak_bytes), "minor_faults", cli_json_number(s->minor_faults),
		"major_faults", cli_json_number(s->major_faults), "voluntary_switches",
		cli_json_number(s->voluntary_switches), "involuntary_switches",
		cli_json_number(s->involuntary_switches), "inside",
		row->command || !s->workers ? json_null() : sample_inside_pack(s));
}

static json_t *samples_pack(const struct bench *bench, const struct bench_row *row)
{
	json_t *array = json_array();

	for (size_t i = 0; i < row->samples; i++)
		array = cli_json_append(array, sample_pack(bench, row, &row->sample[i]));
	return array;
}

/* ---- Rows ---- */

/* null if there were not enough runs for the figure. */
static json_t *ratio_pack(double ratio)
{
	return ratio > 0 ? json_real(ratio) : json_null();
}

static json_t *stats_pack(const struct pc_stats *s)
{
	return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:I}", "median_s", s->median,
	                 "mean_s", s->mean, "deviation_s", s->deviation, "min_s", s->min, "max_s",
	                 s->max, "p95_s", s->p95, "mean_low_95_s", s->low, "mean_high_95_s",
	                 s->high, "outliers", cli_json_number(s->outliers));
}

static json_t *summary_pack(const struct bench *bench, const struct bench_row *row)
{
	double median = row->wall.median;

	if (row->fault)
		return json_null();
	return json_pack("{s:o, s:o, s:f, s:f, s:f, s:I, s:o, s:o, s:o, s:b}", "wall",
	                 stats_pack(&row->wall), "flushed",
	                 bench->options->bench_fsync ? stats_pack(&row->flushed) : json_null(),
	                 "files_per_second", (double)bench->tree.files / median, "bytes_per_second",
	                 (double)bench->tree.bytes / median, "cpu_s", row->cpu_s, "peak_bytes",
	                 cli_json_number(row->peak_bytes), "speedup", ratio_pack(row->speedup),
	                 "efficiency", ratio_pack(row->efficiency), "serial_fraction",
	                 isnan(row->serial_fraction) ? json_null()
	                                             : json_real(row->serial_fraction),
	                 "knee", (int)row->knee);
}

static json_t *sample_phases_pack(const struct bench_row *row)
{
	json_t *object = json_object();

	if (row->command) {
		json_decref(object);
		return json_null();
	}
	for (unsigned i = 0; i < PCOPY_PHASES; i++)
		object = cli_json_set(object, pcopy_phase_name((enum pcopy_phase)i),
		                      cli_json_histogram(&row->phase[i]));
	return object;
}

static json_t *row_pack(const struct bench *bench, const struct bench_row *row)
{
	return json_pack(
		"{s:s, s:o, s:s?, s:i, s:o, s:s, s:b, s:s?, s:o, s:o, s:o}", "mode", row->name,
		"pool", row->command ? json_null() : json_string(pcopy_pool_name(row->pool)),
		"command", row->command, "workers", (int)bench_row_workers(bench, row), "swept",
		bench_row_is_swept(bench, row) ? json_integer(cli_json_number(row->swept))
					       : json_null(),
		"cache", cache_words[row->cache], "valid", !row->fault, "fault", row->fault,
		"summary", summary_pack(bench, row), "phases", sample_phases_pack(row), "samples",
		samples_pack(bench, row));
}

static json_t *rows_pack(const struct bench *bench)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < bench->rows; i++)
		array = cli_json_append(array, row_pack(bench, &bench->row[i]));
	return array;
}

/* ---- Verdicts ---- */

static json_t *comparison_pack(const struct bench_comparison *c)
{
	bool judged = c->kind >= BENCH_NO_DIFFERENCE;
	char sentence[BENCH_SENTENCE];

	bench_sentence(c, sentence);
	if (!judged)
		return json_pack("{s:s, s:s, s:n, s:n, s:n, s:n, s:n, s:s}", "first",
		                 c->first->name, "second", c->second->name, "significant", "p", "u",
		                 "shift_s", "shift_95_s", "sentence", sentence);
	return json_pack("{s:s, s:s, s:b, s:f, s:f, s:f, s:[f, f], s:s}", "first", c->first->name,
	                 "second", c->second->name, "significant", c->kind == BENCH_DIFFERENCE, "p",
	                 c->p, "u", c->u, "shift_s", c->shift.shift, "shift_95_s", c->shift.low,
	                 c->shift.high, "sentence", sentence);
}

static json_t *comparisons_pack(const struct bench *bench)
{
	json_t *array = json_array();

	for (size_t i = 0; i < bench->comparisons; i++)
		array = cli_json_append(array, comparison_pack(&bench->comparison[i]));
	return array;
}

static json_t *changes_pack(const struct bench *bench)
{
	json_t *array = json_array();

	for (size_t i = 0; i < bench->changes; i++) {
		const struct bench_change *c = &bench->change[i];

		array = cli_json_append(array,
		                        json_pack("{s:s, s:f, s:f, s:f, s:b, s:b}", "mode",
		                                  c->row->name, "before_s", c->before_s, "slower",
		                                  c->slower, "p", c->p, "judged", (int)c->judged,
		                                  "significant", (int)c->significant));
	}
	return array;
}

static json_t *warnings_pack(const struct bench *bench)
{
	json_t *array = json_array();

	for (size_t i = 0; i < bench->warnings; i++)
		array = cli_json_append(array, json_string(bench->warning[i]));
	return array;
}

static json_t *suggestion_pack(const struct bench *bench)
{
	const struct bench_row *row = bench->suggested;

	if (!row)
		return json_null();
	return json_pack("{s:s, s:i}", "pool", pcopy_pool_name(row->pool), "workers",
	                 (int)bench_row_workers(bench, row));
}

static json_t *regrets_pack(const struct bench *bench)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < bench->regrets; i++) {
		const struct bench_regret *r = &bench->regret[i];

		array = cli_json_append(array,
		                        json_pack("{s:s, s:s, s:f}", "mode", r->automatic->name,
		                                  "best", r->best->name, "part", r->part));
	}
	return array;
}

json_t *bench_json_new(const struct bench *bench)
{
	return json_pack("{s:i, s:s, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
	                 "format", BENCH_JSON_VERSION, "version", PCOPY_VERSION, "status",
	                 bench->status, "tree", tree_pack(bench), "machine", machine_pack(bench),
	                 "options", options_pack(bench), "experiment", experiment_pack(bench),
	                 "modes", rows_pack(bench), "comparisons", comparisons_pack(bench),
	                 "suggestion", suggestion_pack(bench), "regret", regrets_pack(bench),
	                 "changes", changes_pack(bench), "warnings", warnings_pack(bench));
}
