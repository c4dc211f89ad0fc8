/* SPDX-License-Identifier: MIT */
/* events.c - events as JSON lines, for other programs.
 *
 * Each line is an object whose "event" is one of: start; progress (at most four a second); a name
 * in event_rows (copied, skipped, excluded and removed only with -v); end.  Each line is flushed
 * when it is complete.  If the reader goes away, the copy continues and the error is reported at
 * the end. */
#include "cli/events.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sys.h"
#include "cli/json.h"
#include "cli/messages.h"

#define PROGRESS_NS UINT64_C(250000000)

static bool is_descriptor(const char *to)
{
	return strncmp(to, "fd:", 3) == 0;
}

static FILE *stream_open(const char *to)
{
	char *end;
	long number;
	FILE *stream;
	int fd;

	if (!is_descriptor(to))
		return fopen(to, "we");
	number = strtol(to + 3, &end, 10);
	if (end == to + 3 || *end || number < 0 || number > INT32_MAX) {
		errno = EINVAL;
		return NULL;
	}
	fd = fcntl((int)number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (fd < 0)
		return NULL;
	stream = fdopen(fd, "w");
	if (!stream)
		close(fd);
	return stream;
}

int cli_events_open(struct cli_events *events, const char *to)
{
	*events = (struct cli_events){.to = to};
	if (!to)
		return 0;
	events->stream = stream_open(to);
	if (!events->stream) {
		cli_error_named(errno, "cannot write events to %s", to, NULL);
		return CLI_EXIT_USAGE;
	}
	(void)signal(SIGPIPE, SIG_IGN); /* cannot fail for it */
	return 0;
}

/* Writes a line and consumes the reference.  cli_events_end() reports write errors. */
static void event_line_write(struct cli_events *events, json_t *line)
{
	if (line && json_dumpf(line, events->stream, JSON_COMPACT | JSON_REAL_PRECISION(12)) == 0)
		(void)fputc('\n', events->stream);
	(void)fflush(events->stream);
	json_decref(line);
}

void cli_events_start(struct cli_events *events, const struct pcopy_options *options)
{
	if (events->stream)
		event_line_write(events,
		                 json_pack("{s:s, s:s, s:I, s:s}", "event", "start", "version",
		                           PCOPY_VERSION, "pid", (json_int_t)getpid(), "pool",
		                           pcopy_pool_name(options->pool)));
}

static json_t *event_path_pack(const char *path)
{
	return path ? cli_json_name(path) : json_null();
}

static json_t *progress_workers_pack(const struct pcopy_progress *progress)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < progress->workers; i++) {
		const struct pcopy_worker_progress *w = &progress->worker[i];

		if (json_array_append_new(array, json_pack("{s:o, s:I, s:I}", "path",
		                                           event_path_pack(w->path), "entries",
		                                           cli_json_number(w->entries), "bytes",
		                                           cli_json_number(w->bytes))) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

void cli_events_progress(struct cli_events *events, const struct pcopy_progress *progress)
{
	/* verification has begun: the clock starts again */
	if (progress->elapsed_ns < events->last_ns)
		events->last_ns = 0;
	if (!events->stream || progress->elapsed_ns - events->last_ns < PROGRESS_NS)
		return;
	events->last_ns = progress->elapsed_ns;
	event_line_write(events,
	                 json_pack("{s:s, s:f, s:f, s:b, s:I, s:I, s:o}", "event", "progress",
	                           "elapsed_s", pc_seconds(progress->elapsed_ns), "fraction",
	                           progress->fraction, "walking", (int)progress->walking, "entries",
	                           cli_json_number(progress->entries), "bytes",
	                           cli_json_number(progress->bytes), "workers",
	                           progress_workers_pack(progress)));
}

/* ---- Events of the library: one row each ---- */

static const char *errno_text(int errnum)
{
	return errnum ? strerror(errnum) : NULL;
}

static json_t *event_entry_pack(const char *name, const struct pcopy_event *event)
{
	return json_pack("{s:s, s:s, s:i, s:i, s:s?, s:o, s:o, s:I}", "event", name, "kind",
	                 pcopy_kind_name(event->kind), "step", (int)event->step, "errno",
	                 event->errnum, "error", errno_text(event->errnum), "src",
	                 event_path_pack(event->src), "dst", event_path_pack(event->dst), "count",
	                 cli_json_number(event->count));
}

/* Values, like names, may contain any bytes. */
static json_t *event_different_pack(const char *name, const struct pcopy_event *event)
{
	const struct pcopy_difference *d = &event->difference;

	return json_pack("{s:s, s:s, s:o, s:o, s:s, s:o, s:o, s:I, s:b, s:b}", "event", name,
	                 "kind", pcopy_kind_name(event->kind), "src", event_path_pack(event->src),
	                 "dst", event_path_pack(event->dst), "field", pcopy_field_name(d->field),
	                 "want", event_path_pack(d->want), "have", event_path_pack(d->have),
	                 "offset", cli_json_number(d->offset), "changed", (int)d->changed, "again",
	                 (int)d->again);
}

/* `errnum` is the number of a signal. */
static json_t *event_worker_pack(const char *name, const struct pcopy_event *event)
{
	return json_pack("{s:s, s:i, s:n}", "event", name, "signal", event->errnum, "error");
}

static json_t *event_degraded_pack(const char *name, const struct pcopy_event *event)
{
	return json_pack("{s:s, s:i, s:s?}", "event", name, "errno", event->errnum, "error",
	                 errno_text(event->errnum));
}

static json_t *event_fallback_pack(const char *name, const struct pcopy_event *event)
{
	return json_pack("{s:s, s:I, s:i, s:s?}", "event", name, "threads",
	                 cli_json_number(event->count), "errno", event->errnum, "error",
	                 errno_text(event->errnum));
}

static json_t *event_jobs_pack(const char *name, const struct pcopy_event *event)
{
	return json_pack("{s:s, s:I}", "event", name, "count", cli_json_number(event->count));
}

static json_t *event_would_pack(const char *name, const struct pcopy_event *event)
{
	static const char *const words[PCOPY_WOULDS] = {
		[PCOPY_WOULD_CREATE] = "create",
		[PCOPY_WOULD_REPLACE] = "replace",
		[PCOPY_WOULD_UPDATE] = "update",
		[PCOPY_WOULD_CHANGE_ATTRIBUTES] = "change attributes",
		[PCOPY_WOULD_REMOVE] = "remove",
	};

	return json_pack("{s:s, s:s, s:s, s:o, s:o}", "event", name, "what", words[event->would],
	                 "kind", pcopy_kind_name(event->kind), "src", event_path_pack(event->src),
	                 "dst", event_path_pack(event->dst));
}

static json_t *event_excluded_pack(const char *name, const struct pcopy_event *event)
{
	const struct pcopy_filter_rule *rule = &event->rule;

	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:i, s:o, s:I}", "event", name, "kind",
	                 pcopy_kind_name(event->kind), "src", event_path_pack(event->src), "dst",
	                 event_path_pack(event->dst), "pattern", event_path_pack(rule->pattern),
	                 "rule", (int)rule->number, "file", event_path_pack(rule->file), "line",
	                 cli_json_number(rule->line));
}

static json_t *event_rank_pack(const char *name, const struct pcopy_event *event)
{
	return json_pack("{s:s, s:i, s:s, s:i, s:i, s:s?, s:o, s:o}", "event", name, "rank",
	                 (int)event->rank, "host", event->host, "step", (int)event->step, "errno",
	                 event->errnum, "error", errno_text(event->errnum), "src",
	                 event_path_pack(event->src), "dst", event_path_pack(event->dst));
}

static const struct event_row {
	const char *name;
	json_t *(*pack)(const char *name, const struct pcopy_event *event);
} event_rows[] = {
	[PCOPY_EVENT_ERROR] = {"error", event_entry_pack},
	[PCOPY_EVENT_WARNING] = {"warning", event_entry_pack},
	[PCOPY_EVENT_COPIED] = {"copied", event_entry_pack},
	[PCOPY_EVENT_SKIPPED] = {"skipped", event_entry_pack},
	[PCOPY_EVENT_REMOVED] = {"removed", event_entry_pack},
	[PCOPY_EVENT_WORKER] = {"worker", event_worker_pack},
	[PCOPY_EVENT_DEGRADED] = {"degraded", event_degraded_pack},
	[PCOPY_EVENT_FALLBACK] = {"fallback", event_fallback_pack},
	[PCOPY_EVENT_HUNG] = {"hung", event_jobs_pack},
	[PCOPY_EVENT_DIFFERENT] = {"different", event_different_pack},
	[PCOPY_EVENT_FLUSHING] = {"flushing", event_jobs_pack},
	[PCOPY_EVENT_ATTRIBUTES] = {"attributes", event_entry_pack},
	[PCOPY_EVENT_WOULD] = {"would", event_would_pack},
	[PCOPY_EVENT_EXCLUDED] = {"excluded", event_excluded_pack},
	[PCOPY_EVENT_RANK] = {"rank", event_rank_pack},
};
_Static_assert(sizeof(event_rows) / sizeof(event_rows[0]) == PCOPY_EVENTS, "each event has a row");

void cli_events_event(struct cli_events *events, const struct pcopy_event *event)
{
	const struct event_row *row = &event_rows[event->type];

	if (events->stream)
		event_line_write(events, row->pack(row->name, event));
}

int cli_events_end(struct cli_events *events, const struct pcopy_report *report, int status)
{
	bool failed;

	if (!events->stream)
		return status;
	failed = !is_descriptor(events->to) && pc_is_removed(fileno(events->stream), events->to);
	event_line_write(events, json_pack("{s:s, s:i, s:o}", "event", "end", "status", status,
	                                   "report", cli_json_report(report, status)));
	failed = failed || ferror(events->stream);
	if (fclose(events->stream) != 0 || failed) {
		cli_error_named(0, "not all events could be written to %s", events->to, NULL);
		return status ? status : CLI_EXIT_FAILED;
	}
	return status;
}
