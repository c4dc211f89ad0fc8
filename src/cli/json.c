/* SPDX-License-Identifier: MIT */
/* json.c - reports as JSON.
 *
 * jansson's "s:o" consumes a reference, and json_pack() returns NULL if one of its arguments is
 * NULL.  So if any allocation fails, the result is NULL. */
#include "cli/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdio_ext.h>
#include <string.h>

#include "base/quote.h"
#include "cli/messages.h"
#include "cli/text.h"

json_t *cli_json_append(json_t *array, json_t *item)
{
	if (json_array_append_new(array, item) == 0)
		return array;
	json_decref(array);
	return NULL;
}

json_t *cli_json_set(json_t *object, const char *key, json_t *item)
{
	if (json_object_set_new(object, key, item) == 0)
		return object;
	json_decref(object);
	return NULL;
}

/* {"file": {"copied": 1, "skipped": 0, "failed": 0}, ...} */
static json_t *entries_pack(const struct pcopy_report *report)
{
	json_t *object = json_object();

	for (unsigned i = 0; i < PCOPY_KINDS; i++) {
		const struct pcopy_count *count = &report->entries[i];
		json_t *item = json_pack(
			"{s:I, s:I, s:I}", "copied", cli_json_number(count->copied), "skipped",
			cli_json_number(count->skipped), "failed", cli_json_number(count->failed));

		object = cli_json_set(object, pcopy_kind_name((enum pcopy_kind)i), item);
	}
	return object;
}

/* {"file": 340, "directory": 12, ...} */
static json_t *excluded_pack(const struct pcopy_report *report)
{
	json_t *object = json_object();

	for (unsigned i = 0; i < PCOPY_KINDS; i++)
		object = cli_json_set(object, pcopy_kind_name((enum pcopy_kind)i),
		                      json_integer(cli_json_number(report->excluded[i])));
	return object;
}

/* {"copy_file_range": {"files": 1, "bytes": 17}, ...} */
static json_t *report_methods_pack(const struct pcopy_report *report)
{
	json_t *object = json_object();

	for (unsigned i = 0; i < PCOPY_METHODS; i++) {
		json_t *item =
			json_pack("{s:I, s:I}", "files", cli_json_number(report->method_files[i]),
		                  "bytes", cli_json_number(report->method_bytes[i]));

		object = cli_json_set(object, pcopy_method_name((enum pcopy_method)i), item);
	}
	return object;
}

json_t *cli_json_histogram(const struct pc_histogram *h)
{
	json_t *buckets = json_array();

	for (unsigned i = 0; i < PC_HISTOGRAM_BUCKETS; i++) {
		if (h->bucket[i])
			buckets = cli_json_append(
				buckets, json_pack("[I, I]", cli_json_number(pc_histogram_floor(i)),
			                           cli_json_number(h->bucket[i])));
	}
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "count", cli_json_number(h->count),
	                 "sum_ns", cli_json_number(h->sum_ns), "p50_ns",
	                 cli_json_number(pc_histogram_quantile(h, 0.5)), "p95_ns",
	                 cli_json_number(pc_histogram_quantile(h, 0.95)), "p99_ns",
	                 cli_json_number(pc_histogram_quantile(h, 0.99)), "max_ns",
	                 cli_json_number(h->max_ns), "buckets", buckets);
}

/* {"walk": {...}, "open": {...}, ...}, or null if phases were not measured. */
static json_t *report_phases_pack(const struct pcopy_report *report)
{
	json_t *object = json_object();

	if (!report->phase) {
		json_decref(object);
		return json_null();
	}
	for (unsigned i = 0; i < PCOPY_PHASES; i++) {
		const struct pcopy_phase_report *phase = &report->phase[i];
		struct pc_histogram h = {
			.count = phase->count, .sum_ns = phase->sum_ns, .max_ns = phase->max_ns};

		memcpy(h.bucket, phase->bucket, sizeof(h.bucket));
		object = cli_json_set(object, pcopy_phase_name((enum pcopy_phase)i),
		                      cli_json_histogram(&h));
	}
	return object;
}

static json_t *report_workers_pack(const struct pcopy_report *report)
{
	json_t *array = json_array();

	for (unsigned i = 0; report->worker && i < report->workers; i++) {
		const struct pcopy_worker_report *worker = &report->worker[i];
		json_t *item = json_pack(
			"{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "jobs",
			cli_json_number(worker->jobs), "entries", cli_json_number(worker->entries),
			"bytes", cli_json_number(worker->bytes), "busy_ns",
			cli_json_number(worker->busy_ns), "cpu_ns", cli_json_number(worker->cpu_ns),
			"delay_ns", cli_json_number(worker->delay_ns), "waited_ns",
			cli_json_number(cli_worker_waited_ns(worker)), "first_ns",
			cli_json_number(worker->first_ns), "last_ns",
			cli_json_number(worker->last_ns));

		array = cli_json_append(array, item);
	}
	return array;
}

static json_t *report_ranks_pack(const struct pcopy_report *report)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < report->ranks; i++) {
		const struct pcopy_rank_report *rank = &report->rank[i];
		json_t *item = json_pack(
			"{s:s, s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "host", rank->host,
			"workers", (int)rank->workers, "jobs", cli_json_number(rank->jobs),
			"entries", cli_json_number(rank->entries), "bytes",
			cli_json_number(rank->bytes), "busy_ns", cli_json_number(rank->busy_ns),
			"user_ns", cli_json_number(rank->user_ns), "system_ns",
			cli_json_number(rank->system_ns), "peak_bytes",
			cli_json_number(rank->peak_bytes));

		array = cli_json_append(array, item);
	}
	return array;
}

static json_t *verification_pack(const struct pcopy_report *report)
{
	const struct pcopy_verify_report *v = &report->verify;

	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "wall_ns",
	                 cli_json_number(v->wall_ns), "entries", cli_json_number(v->entries),
	                 "bytes", cli_json_number(v->bytes), "skipped", cli_json_number(v->skipped),
	                 "failed", cli_json_number(v->failed), "differences",
	                 cli_json_number(v->differences), "recopied", cli_json_number(v->recopied),
	                 "warm_bytes", cli_json_number(v->warm_bytes), "cold_bytes",
	                 cli_json_number(v->cold_bytes));
}

static json_t *deletion_pack(const struct pcopy_report *report)
{
	const struct pcopy_delete_report *d = &report->deleted;

	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "wall_ns", cli_json_number(d->wall_ns),
	                 "found", cli_json_number(d->found), "removed", cli_json_number(d->removed),
	                 "directories", cli_json_number(d->directories), "stayed",
	                 cli_json_number(d->stayed), "failed", cli_json_number(d->failed));
}

/* Breakdown of the wall time; see struct pcopy_report. */
static json_t *report_inside_pack(const struct pcopy_report *report)
{
	return json_pack(
		"{s:b, s:I, s:I, s:I, s:I, s:{s:I, s:I, s:I, s:I}, s:I, s:I, s:I, s:I, s:I, s:o, "
		"s:o}",
		"degraded", (int)report->degraded, "minor_faults",
		cli_json_number(report->minor_faults), "major_faults",
		cli_json_number(report->major_faults), "voluntary_switches",
		cli_json_number(report->voluntary_switches), "involuntary_switches",
		cli_json_number(report->involuntary_switches), "queue", "depth",
		cli_json_number(report->queue_depth), "peak", cli_json_number(report->queue_peak),
		"full", cli_json_number(report->queue_full), "starved",
		cli_json_number(report->queue_starved), "first_done_ns",
		cli_json_number(report->first_done_ns), "last_done_ns",
		cli_json_number(report->last_done_ns), "measuring_ns",
		cli_json_number(report->measuring_ns), "unchanged",
		cli_json_number(report->unchanged), "attributes_set",
		cli_json_number(report->attributes_set), "excluded", excluded_pack(report),
		"phases", report_phases_pack(report));
}

json_t *cli_json_report(const struct pcopy_report *report, int status)
{
	json_t *object = json_pack(
		"{s:i, s:s, s:s, s:i, s:i, s:i, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:I, "
		"s:o, s:s, s:{s:i, s:i}, s:o, s:o, s:o, s:o, s:s, s:i, s:{s:I, s:I, s:I, s:I}}",
		"status", status, "version", PCOPY_VERSION, "pool", pcopy_pool_name(report->pool),
		"processes", (int)report->processes, "threads", (int)report->threads, "replaced",
		(int)report->replaced, "wall_ns", cli_json_number(report->wall_ns), "user_ns",
		cli_json_number(report->user_ns), "system_ns", cli_json_number(report->system_ns),
		"peak_bytes", cli_json_number(report->peak_bytes), "jobs",
		cli_json_number(report->jobs), "entries", entries_pack(report), "warnings",
		cli_json_number(report->warnings), "bytes", cli_json_number(report->bytes),
		"methods", report_methods_pack(report), "stop", pcopy_stop_name(report->stop),
		"width", "least", (int)report->width_least, "most", (int)report->width_most,
		"workers", report_workers_pack(report), "verification", verification_pack(report),
		"deleted", deletion_pack(report), "ranks", report_ranks_pack(report), "asked",
		pcopy_pool_name(report->asked), "coroutines", (int)report->coroutines, "calls",
		"enters", cli_json_number(report->calls.enters), "at_once",
		cli_json_number(report->calls.at_once), "later",
		cli_json_number(report->calls.later), "plain",
		cli_json_number(report->calls.plain));
	json_t *inside = report_inside_pack(report);

	if (object && inside && json_object_update(object, inside) < 0) {
		json_decref(object);
		object = NULL;
	}
	if (!inside && object) {
		json_decref(object);
		object = NULL;
	}
	json_decref(inside);
	return object;
}

/* A JSON string.  A name that is not UTF-8 is quoted as in messages. */
json_t *cli_json_name(const char *name)
{
	json_t *text = json_string(name);
	char *quoted;

	if (text)
		return text;
	quoted = pc_quote_new(name);
	text = quoted ? json_string(quoted) : NULL;
	free(quoted);
	return text;
}

/* jansson returns no reason, but leaves errno from the C library. */
static int json_write(const json_t *root, FILE *stream)
{
	errno = 0;
	if (json_dumpf(root, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) == 0 &&
	    fputc('\n', stream) != EOF && fflush(stream) == 0)
		return 0;
	return errno ? -errno : -EIO;
}

/* Reports a write error itself, and clears it so that cli_close_stdout() does not report it
 * again. */
static int stdout_write(const json_t *root)
{
	int r = json_write(root, stdout);

	if (r < 0) {
		clearerr(stdout);
		__fpurge(stdout);
	}
	return r;
}

static int json_file_write(const json_t *root, const char *file)
{
	FILE *stream = fopen(file, "we");
	int r;

	if (!stream)
		return -errno;
	r = json_write(root, stream);
	if (fclose(stream) != 0 && r == 0)
		return errno ? -errno : -EIO;
	return r;
}

int cli_json_write(json_t *root, const char *file)
{
	int r = root ? 0 : -ENOMEM;

	if (r == 0)
		r = file ? json_file_write(root, file) : stdout_write(root);
	json_decref(root);
	if (r < 0 && file)
		cli_error_named(-r, "cannot write the report to %s", file, NULL);
	else if (r < 0)
		cli_error(-r, "cannot write the report to standard output");
	return r;
}
