/* json.c - reports as JSON.
 *
 * jansson's "s:o" takes over a reference, and json_pack() returns NULL when one
 * of them is NULL, so a lack of memory anywhere ends as NULL here. */
#include "cli/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdio_ext.h>
#include <string.h>

#include "base/quote.h"
#include "cli/messages.h"
#include "cli/text.h"

static json_int_t number(uint64_t value)
{
	/* JSON readers take 2^53 at best; no copy gets to 2^63. */
	return value > INT64_MAX ? INT64_MAX : (json_int_t)value;
}

/* {"file": {"copied": 1, "skipped": 0, "failed": 0}, ...} */
static json_t *entries_pack(const struct pcopy_report *report)
{
	json_t *object = json_object();

	for (unsigned i = 0; i < PCOPY_KINDS; i++) {
		const struct pcopy_count *count = &report->entries[i];
		json_t *item = json_pack("{s:I, s:I, s:I}", "copied", number(count->copied),
					 "skipped", number(count->skipped), "failed",
					 number(count->failed));

		if (json_object_set_new(object, pcopy_kind_name((enum pcopy_kind)i), item) < 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

/* {"copy_file_range": {"files": 1, "bytes": 17}, ...} */
static json_t *methods_pack(const struct pcopy_report *report)
{
	json_t *object = json_object();

	for (unsigned i = 0; i < PCOPY_METHODS; i++) {
		json_t *item = json_pack("{s:I, s:I}", "files", number(report->method_files[i]),
					 "bytes", number(report->method_bytes[i]));
		const char *name = pcopy_method_name((enum pcopy_method)i);

		if (json_object_set_new(object, name, item) < 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

json_t *cli_json_histogram(const struct pc_histogram *h)
{
	json_t *buckets = json_array();

	for (unsigned i = 0; i < PC_HISTOGRAM_BUCKETS; i++) {
		if (h->bucket[i] && json_array_append_new(buckets, json_pack("[I, I]",
					number(pc_histogram_floor(i)), number(h->bucket[i]))) < 0) {
			json_decref(buckets);
			return NULL;
		}
	}
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "count", number(h->count), "sum_ns",
			 number(h->sum_ns), "p50_ns", number(pc_histogram_quantile(h, 0.5)),
			 "p95_ns", number(pc_histogram_quantile(h, 0.95)), "p99_ns",
			 number(pc_histogram_quantile(h, 0.99)), "max_ns", number(h->max_ns),
			 "buckets", buckets);
}

/* {"walk": {...}, "open": {...}, ...}, or null where nothing was measured. */
static json_t *phases_pack(const struct pcopy_report *report)
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
		if (json_object_set_new(object, pcopy_phase_name((enum pcopy_phase)i),
					cli_json_histogram(&h)) < 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *workers_pack(const struct pcopy_report *report)
{
	json_t *array = json_array();

	for (unsigned i = 0; report->worker && i < report->workers; i++) {
		const struct pcopy_worker_report *worker = &report->worker[i];
		json_t *item = json_pack(
			"{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "jobs",
			number(worker->jobs), "entries", number(worker->entries), "bytes",
			number(worker->bytes), "busy_ns", number(worker->busy_ns), "cpu_ns",
			number(worker->cpu_ns), "delay_ns", number(worker->delay_ns), "waited_ns",
			number(cli_worker_waited_ns(worker)), "first_ns",
			number(worker->first_ns), "last_ns", number(worker->last_ns));

		if (json_array_append_new(array, item) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *verification_pack(const struct pcopy_report *report)
{
	const struct pcopy_verify_report *v = &report->verify;

	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "wall_ns",
			 number(v->wall_ns), "entries", number(v->entries), "bytes",
			 number(v->bytes), "passed_over", number(v->passed_over), "failed",
			 number(v->failed), "differences", number(v->differences), "recopied",
			 number(v->recopied), "warm_bytes", number(v->warm_bytes), "cold_bytes",
			 number(v->cold_bytes));
}

/* Where the time went, beside the wall time; see struct pcopy_report. */
static json_t *inside_pack(const struct pcopy_report *report)
{
	return json_pack("{s:b, s:I, s:I, s:I, s:I, s:{s:I, s:I, s:I, s:I}, s:I, s:I, s:I, s:o}",
			 "degraded", (int)report->degraded, "minor_faults",
			 number(report->minor_faults), "major_faults", number(report->major_faults),
			 "voluntary_switches", number(report->voluntary_switches),
			 "involuntary_switches", number(report->involuntary_switches), "queue",
			 "depth", number(report->queue_depth), "peak", number(report->queue_peak),
			 "full", number(report->queue_full), "starved",
			 number(report->queue_starved), "first_done_ns",
			 number(report->first_done_ns), "last_done_ns",
			 number(report->last_done_ns), "measuring_ns",
			 number(report->measuring_ns), "phases", phases_pack(report));
}

json_t *cli_json_report(const struct pcopy_report *report, int status)
{
	json_t *object = json_pack(
		"{s:i, s:s, s:s, s:i, s:i, s:i, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:I, "
		"s:o, s:s, s:o, s:o}",
		"status", status, "version", PCOPY_VERSION, "pool", pcopy_pool_name(report->pool),
		"processes", (int)report->processes, "threads", (int)report->threads, "replaced",
		(int)report->replaced, "wall_ns", number(report->wall_ns), "user_ns",
		number(report->user_ns), "system_ns", number(report->system_ns), "peak_bytes",
		number(report->peak_bytes), "jobs", number(report->jobs), "entries",
		entries_pack(report), "warnings", number(report->warnings), "bytes",
		number(report->bytes), "methods", methods_pack(report), "stop",
		pcopy_stop_name(report->stop), "workers", workers_pack(report), "verification",
		verification_pack(report));
	json_t *inside = inside_pack(report);

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

/* What stands on a line of JSON: a name that is no UTF-8 as it is quoted in messages. */
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

/* jansson does not say why, but leaves what the C library said. */
static int stream_write(const json_t *root, FILE *stream)
{
	errno = 0;
	if (json_dumpf(root, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) == 0 &&
	    fputc('\n', stream) != EOF && fflush(stream) == 0)
		return 0;
	return errno ? -errno : -EIO;
}

/* What could not be written is told here, and not once more at the end. */
static int stdout_write(const json_t *root)
{
	int r = stream_write(root, stdout);

	if (r < 0) {
		clearerr(stdout);
		__fpurge(stdout);
	}
	return r;
}

static int file_write(const json_t *root, const char *file)
{
	FILE *stream = fopen(file, "we");
	int r;

	if (!stream)
		return -errno;
	r = stream_write(root, stream);
	if (fclose(stream) != 0 && r == 0)
		return errno ? -errno : -EIO;
	return r;
}

int cli_json_write(json_t *root, const char *file)
{
	int r = root ? 0 : -ENOMEM;

	if (r == 0)
		r = file ? file_write(root, file) : stdout_write(root);
	json_decref(root);
	if (r < 0)
		cli_error_named(-r, "cannot write the report to %s", file ? file : "-", NULL);
	return r;
}
