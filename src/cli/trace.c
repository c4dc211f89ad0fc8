/* SPDX-License-Identifier: MIT */
/* trace.c - a timeline of the workers, for Perfetto and chrome://tracing.
 *
 * The JSON form of the Trace Event Format: complete events ("X"), with begin and duration, on one
 * track for each worker.  The events of a job's phases lie within that of the job.  Times are in
 * microseconds. */
#include "cli/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/sys.h"
#include "cli/json.h"
#include "cli/messages.h"

#define PROCESS 1

int cli_trace_open(struct cli_trace *trace, const char *file)
{
	*trace = (struct cli_trace){.file = file};
	if (!file)
		return 0;
	trace->stream = fopen(file, "we");
	if (!trace->stream) {
		cli_error_named(errno, "cannot write the trace to %s", file, NULL);
		return CLI_EXIT_USAGE;
	}
	(void)fprintf(
		trace->stream,
		"{\"displayTimeUnit\":\"ms\",\"otherData\":{\"version\":\"pcopy %s\"},"
		"\"traceEvents\":[\n{\"ph\":\"M\",\"pid\":%d,\"tid\":0,\"name\":\"process_name\","
		"\"args\":{\"name\":\"pcopy\"}}",
		PCOPY_VERSION, PROCESS);
	return 0;
}

static void trace_slice_begin(FILE *stream, const struct pcopy_slice *slice, const char *name)
{
	(void)fprintf(stream,
	              ",\n{\"ph\":\"X\",\"pid\":%d,\"tid\":%u,\"ts\":%" PRIu64 ".%03u,"
	              "\"dur\":%" PRIu64 ".%03u,\"cat\":\"%s\",\"name\":\"%s\"",
	              PROCESS, slice->worker + 1, slice->start_ns / 1000,
	              (unsigned)(slice->start_ns % 1000), slice->ns / 1000,
	              (unsigned)(slice->ns % 1000), slice->job ? "job" : "phase", name);
}

/* The path as a JSON string; nothing else here needs escaping. */
static void path_write(FILE *stream, const char *path)
{
	json_t *name = cli_json_name(path);
	char *text = name ? json_dumps(name, JSON_ENCODE_ANY) : NULL;

	if (text)
		(void)fprintf(stream, "\"path\":%s,", text);
	free(text);
	json_decref(name);
}

void cli_trace_slice(struct cli_trace *trace, const struct pcopy_slice *slice)
{
	if (!trace->stream)
		return;
	if (!slice->job) {
		trace_slice_begin(trace->stream, slice, pcopy_phase_name(slice->phase));
		(void)fputc('}', trace->stream);
		return;
	}
	trace_slice_begin(trace->stream, slice, slice->job);
	(void)fputs(",\"args\":{", trace->stream);
	if (slice->path)
		path_write(trace->stream, slice->path);
	(void)fprintf(trace->stream, "\"entries\":%" PRIu64 ",\"bytes\":%" PRIu64 "}}",
	              slice->entries, slice->bytes);
}

/* A counter event, which is drawn as a curve. */
void cli_trace_width(struct cli_trace *trace, uint64_t at_ns, unsigned width)
{
	if (trace->stream)
		(void)fprintf(trace->stream,
		              ",\n{\"ph\":\"C\",\"pid\":%d,\"ts\":%" PRIu64
		              ".%03u,\"name\":\"workers\","
		              "\"args\":{\"workers\":%u}}",
		              PROCESS, at_ns / 1000, (unsigned)(at_ns % 1000), width);
}

/* "worker 3", and its process if there are several. */
static void track_name(FILE *stream, const struct pcopy_report *report, unsigned worker)
{
	(void)fprintf(stream,
	              ",\n{\"ph\":\"M\",\"pid\":%d,\"tid\":%u,\"name\":\"thread_name\","
	              "\"args\":{\"name\":\"worker %u",
	              PROCESS, worker + 1, worker);
	if (report->pool == PCOPY_POOL_RANKS)
		(void)fprintf(stream, " (rank %u)", worker / report->threads + 1);
	else if (report->processes > 1)
		(void)fprintf(stream, " (process %u)", worker / report->threads);
	else if (report->pool == PCOPY_POOL_COROUTINES)
		(void)fprintf(stream, " (thread %u)", worker % report->threads);
	(void)fprintf(stream,
	              "\"}},\n{\"ph\":\"M\",\"pid\":%d,\"tid\":%u,\"name\":\"thread_sort_index\","
	              "\"args\":{\"sort_index\":%u}}",
	              PROCESS, worker + 1, worker);
}

int cli_trace_end(struct cli_trace *trace, const struct pcopy_report *report, int status)
{
	bool failed, removed;

	if (!trace->stream)
		return status;
	for (unsigned i = 0; i < report->workers; i++)
		track_name(trace->stream, report, i);
	(void)fputs("\n]}\n", trace->stream);
	failed = ferror(trace->stream);
	removed = pc_is_removed(fileno(trace->stream), trace->file);
	if (fclose(trace->stream) != 0 || failed || removed) {
		cli_error_named(removed ? ENOENT : errno, "cannot write the trace to %s",
		                trace->file, NULL);
		return status ? status : CLI_EXIT_FAILED;
	}
	return status;
}
