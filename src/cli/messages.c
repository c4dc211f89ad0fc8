/* SPDX-License-Identifier: MIT */
/* messages.c - every message to the user about an entry or an error.
 *
 * One table maps each step to its wording, which is GNU cp's if cp has the message.  Each line is
 * written with one call, so that lines of several programs on the same stderr do not mix. */
#include "cli/messages.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/quote.h"
#include "base/size.h"
#include "cli/program.h"

/* The event's names that the %s of a format stand for, in order.  %r is a name that is quoted
 * only if a shell requires it. */
enum wording_names { SRC, DST, SRC_DST, DST_SRC, SRC_OTHER };

struct wording {
	const char *format;
	enum wording_names names;
};

static const struct wording wordings[PCOPY_STEPS] = {
	[PCOPY_STEP_NONE] = {"cannot copy %s", SRC},
	[PCOPY_STEP_STAT] = {"cannot stat %s", SRC},
	[PCOPY_STEP_OPEN_SOURCE] = {"cannot open %s for reading", SRC},
	[PCOPY_STEP_OPEN_DIRECTORY] = {"cannot access %s", SRC},
	[PCOPY_STEP_LIST] = {"error reading %s", SRC},
	[PCOPY_STEP_READ] = {"error reading %s", SRC},
	[PCOPY_STEP_READLINK] = {"cannot read symbolic link %s", SRC},
	[PCOPY_STEP_SPECIAL] = {"not copying %s: FIFO, socket or device", SRC},
	[PCOPY_STEP_CHANGED] = {"%s changed while it was copied", SRC},
	[PCOPY_STEP_STAT_TARGET] = {"cannot stat %s", DST},
	[PCOPY_STEP_CREATE] = {"cannot create regular file %s", DST},
	[PCOPY_STEP_MKDIR] = {"cannot create directory %s", DST},
	[PCOPY_STEP_OPEN_TARGET] = {"cannot access %s", DST},
	[PCOPY_STEP_SYMLINK] = {"cannot create symbolic link %s", DST},
	[PCOPY_STEP_LINK] = {"cannot create hard link %s", DST},
	[PCOPY_STEP_MKFIFO] = {"cannot create fifo %s", DST},
	[PCOPY_STEP_MKNOD] = {"cannot create special file %s", DST},
	[PCOPY_STEP_UNLINK] = {"cannot remove %s", DST},
	[PCOPY_STEP_WRITE] = {"error writing %s", DST},
	[PCOPY_STEP_CLONE] = {"failed to clone %s from %s", DST_SRC},
	[PCOPY_STEP_TRUNCATE] = {"failed to extend %s", DST},
	[PCOPY_STEP_OWNER] = {"failed to preserve ownership for %s", DST},
	[PCOPY_STEP_ACL] = {"preserving permissions for %s", DST},
	[PCOPY_STEP_XATTR] = {"setting attributes for %s", DST},
	[PCOPY_STEP_MODE] = {"setting permissions for %s", DST},
	[PCOPY_STEP_TIMES] = {"preserving times for %s", DST},
	[PCOPY_STEP_CLOSE] = {"failed to close %s", DST},
	[PCOPY_STEP_RENAME] = {"cannot rename the finished copy to %s", DST},
	[PCOPY_STEP_WORKER] = {"cannot copy %s: its workers died", SRC},
	[PCOPY_STEP_SAME_FILE] = {"%s and %s are the same file", SRC_DST},
	[PCOPY_STEP_INTO_ITSELF] = {"cannot copy a directory, %s, into itself, %s", SRC_DST},
	[PCOPY_STEP_DIR_OVER_FILE] = {"cannot overwrite non-directory %s with directory %s",
                                      DST_SRC},
	[PCOPY_STEP_FILE_OVER_DIR] = {"cannot overwrite directory %s with non-directory", DST},
	[PCOPY_STEP_THROUGH_SYMLINK] = {"not writing through symlink %s", DST},
	[PCOPY_STEP_THROUGH_DANGLING] = {"not writing through dangling symlink %s", DST},
	[PCOPY_STEP_OVER_SPECIAL] = {"not writing to FIFO, socket or device %s", DST},
	[PCOPY_STEP_JUST_CREATED] = {"will not overwrite just-created %s with %s", DST_SRC},
	[PCOPY_STEP_THROUGH_CREATED] = {"will not copy %s through just-created symlink %s",
                                        SRC_DST},
	[PCOPY_STEP_BACKUP] = {"cannot backup %s", DST},
	[PCOPY_STEP_CONTEXT] = {"failed to set the security context of %s", DST},
	[PCOPY_STEP_FLAGS] = {"setting flags for %s", DST},
	[PCOPY_STEP_SYNC] = {"error syncing %s", DST},
	[PCOPY_STEP_NOT_REPLACED] = {"not replacing %s", DST},
	[PCOPY_STEP_CYCLE] = {"cannot copy cyclic symbolic link %s", SRC},
	[PCOPY_STEP_BACKUP_IS_SOURCE] = {"backing up %s might destroy source;  %s not copied",
                                         DST_SRC},
	[PCOPY_STEP_RELATIVE_LINK] =
		{"%r: can make relative symbolic links only in current directory", DST},
	[PCOPY_STEP_READ_TARGET] = {"error reading %s", DST},
	[PCOPY_STEP_OMITTED] = {"-r not specified; omitting directory %s", SRC},
	[PCOPY_STEP_MANIFEST] = {"cannot write manifest %s", DST},
	[PCOPY_STEP_READ_XATTR] = {"getting attributes of %s", SRC},
	[PCOPY_STEP_FOLDED] = {"cannot copy %s: its name in the target is the same as that of %s",
                               SRC_OTHER},
	[PCOPY_STEP_DELETE] = {"cannot remove %s", DST},
	[PCOPY_STEP_NOT_LISTED] =
		{"not deleting in %s: its source %s was not listed completely or was replaced",
                 DST_SRC},
	[PCOPY_STEP_MOUNTED] = {"not deleting %s: it is a mount point or a subvolume", DST},
	[PCOPY_STEP_IN_USE] = {"not deleting %s: a program has it open", DST},
	[PCOPY_STEP_GATE_EMPTY] =
		{"not deleting: %s is empty and %s is not (see --delete-from-empty)", SRC_DST},
	[PCOPY_STEP_ONE_TARGET] =
		{"cannot use --delete: %s, the target of %s, overlaps the target of another source",
                 DST_SRC},
	[PCOPY_STEP_HOLDS_SOURCE] = {"cannot use --delete: %s contains a source", DST},
	[PCOPY_STEP_LEADS_OUT] = {"%s leads outside the source", SRC},
	[PCOPY_STEP_TWICE] = {"warning: source file %s specified more than once", SRC},
};

/* `text` is the message, or NULL if there was no memory for it. */
static void line_print(int errnum, const char *text)
{
	if (!text)
		text = "out of memory while reporting an error";
	if (errnum)
		(void)fprintf(stderr, "%s: %s: %s\n", cli_program_name(), text, strerror(errnum));
	else
		(void)fprintf(stderr, "%s: %s\n", cli_program_name(), text);
}

void cli_error(int errnum, const char *format, ...)
{
	char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	line_print(errnum, text);
	free(text);
}

bool cli_name_is_plain(const char *name)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_./+,@%-";

	return *name && name[strspn(name, safe)] == '\0';
}

static void name_write(FILE *stream, const char *name, bool bare)
{
	char *quoted = bare && cli_name_is_plain(name) ? strdup(name) : pc_quote_new(name);

	(void)fputs(quoted ? quoted : "?", stream);
	free(quoted);
}

/* Replaces %s and %r in `format` by the names, and adds " and N more entries" after the first
 * one. NULL: no memory. */
static char *names_format(const char *format, const char *first, const char *second, uint64_t more)
{
	const char *names[] = {first, second};
	size_t size = 0, taken = 0;
	char *text = NULL;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	for (; *format; format++) {
		if (format[0] != '%' || taken == 2) {
			(void)fputc(*format, stream);
			continue;
		}
		format++;
		name_write(stream, names[taken] ? names[taken] : "", *format == 'r');
		if (taken++ == 0 && more)
			(void)fprintf(stream, " and %" PRIu64 " more %s", more,
			              more == 1 ? "entry" : "entries");
	}
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

static void named_print(int errnum, const char *format, const char *first, const char *second,
                        uint64_t more)
{
	char *text = names_format(format, first, second, more);

	line_print(errnum, text);
	free(text);
}

void cli_error_named(int errnum, const char *format, const char *first, const char *second)
{
	named_print(errnum, format, first, second, 0);
}

static const struct wording *wording_of(const struct pcopy_event *event)
{
	static const struct wording directory_twice = {
		"warning: source directory %s specified more than once", SRC};
	static const struct wording hard_link = {"cannot create hard link %s to %s", DST_SRC};
	static const struct wording symbolic_link = {"cannot create symbolic link %s to %s",
	                                             DST_SRC};
	static const struct wording wrong_answer = {"cannot copy %s: invalid reply from its worker",
	                                            SRC};
	unsigned step = (unsigned)event->step;

	if (event->step == PCOPY_STEP_WORKER && event->errnum == EBADMSG)
		return &wrong_answer;
	if (event->step == PCOPY_STEP_TWICE && event->kind == PCOPY_DIRECTORY)
		return &directory_twice;
	/* made instead of a copy, not a further name of one */
	if (event->step == PCOPY_STEP_LINK && event->kind != PCOPY_HARD_LINK)
		return &hard_link;
	if (event->step == PCOPY_STEP_SYMLINK && event->kind != PCOPY_SYMLINK)
		return &symbolic_link;
	return &wordings[step < PCOPY_STEPS ? step : PCOPY_STEP_NONE];
}

/* Prints why nothing is deleted, for reasons with a number.  False: another reason. */
static bool gate_print(const struct pcopy_event *event)
{
	char number[PC_SIZE_TEXT];
	bool one = event->count == 1;

	pc_count_format(number, event->count);
	if (event->step == PCOPY_STEP_GATE_ERRORS)
		cli_error(0, "not deleting: %s %s not copied (see --ignore-errors)", number,
		          one ? "entry was" : "entries were");
	else if (event->step == PCOPY_STEP_GATE_LIMIT)
		cli_error(0, "not deleting: %s %s be deleted, more than --max-delete allows",
		          number, one ? "entry would" : "entries would");
	else
		return false;
	return true;
}

static void entry_print(const struct pcopy_event *event)
{
	const struct wording *wording = wording_of(event);
	bool target_first = wording->names == DST || wording->names == DST_SRC;
	const char *second = target_first ? event->src : event->dst;

	if (wording->names == SRC_OTHER && event->other)
		second = event->other;
	named_print(event->errnum, wording->format, target_first ? event->dst : event->src, second,
	            event->count > 1 ? event->count - 1 : 0);
}

static void worker_print(const struct pcopy_event *event)
{
	if (event->errnum)
		cli_error(0, "a worker was killed by signal %d (%s); restarting it", event->errnum,
		          strsignal(event->errnum));
	else
		cli_error(0, "a worker exited unexpectedly; restarting it");
}

/* ---- Differences ---- */

/* Formats "SECONDS.NANOSECONDS" since 1970 as stat(1) does; copies it if the year is out of
 * range. */
static void time_write(FILE *stream, const char *value)
{
	char date[64], zone[16], *point;
	long long seconds = strtoll(value, &point, 10);
	time_t when = (time_t)seconds;
	struct tm local;

	if (*point != '.' || !localtime_r(&when, &local) ||
	    strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &local) == 0 ||
	    strftime(zone, sizeof(zone), "%z", &local) == 0)
		(void)fputs(value, stream);
	else
		(void)fprintf(stream, "%s%s %s", date, point, zone);
}

/* Quotes values that may hold any bytes. */
static void value_write(FILE *stream, enum pcopy_field field, const char *value)
{
	if (field == PCOPY_FIELD_TIME)
		time_write(stream, value);
	else if (field == PCOPY_FIELD_LINK || field == PCOPY_FIELD_LINKS ||
	         field == PCOPY_FIELD_XATTR)
		name_write(stream, value, false);
	else
		(void)fputs(value, stream);
}

static void values_write(FILE *stream, const struct pcopy_difference *d)
{
	(void)fprintf(stream, " in %s", pcopy_field_name(d->field));
	if (d->field == PCOPY_FIELD_DATA)
		(void)fprintf(stream, " at byte %" PRIu64, d->offset);
	if (!d->want && !d->have)
		return;
	(void)fputs(": is ", stream);
	value_write(stream, d->field, d->have ? d->have : "none");
	(void)fputs(", should be ", stream);
	value_write(stream, d->field, d->want ? d->want : "none");
}

void cli_message_different(const struct pcopy_event *event, bool manifest)
{
	const struct pcopy_difference *d = &event->difference;
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	if (!stream) {
		line_print(0, NULL);
		return;
	}
	name_write(stream, event->dst, false);
	if (d->field == PCOPY_FIELD_MISSING) {
		(void)fputs(" is missing", stream);
	} else if (d->field == PCOPY_FIELD_EXTRA) {
		(void)fputs(manifest ? " is not in the manifest" : " is not in the source", stream);
	} else {
		(void)fputs(" differs from ", stream);
		if (manifest)
			(void)fputs("the manifest", stream);
		else
			name_write(stream, event->src, false);
		values_write(stream, d);
	}
	if (d->changed)
		(void)fputs(" (the source changed after the run began)", stream);
	if (d->again)
		(void)fputs("; recopying it", stream);
	line_print(0, fclose(stream) == 0 ? text : NULL);
	free(text);
}

/* ---- What -v and --debug print ---- */

bool cli_message_is_verbose(const struct pcopy_event *event)
{
	return event->type == PCOPY_EVENT_COPIED || event->type == PCOPY_EVENT_SKIPPED ||
	       event->type == PCOPY_EVENT_EXCLUDED || event->type == PCOPY_EVENT_ATTRIBUTES ||
	       event->type == PCOPY_EVENT_WOULD || event->type == PCOPY_EVENT_REMOVED;
}

/* GNU cp's wording. */
static void copy_method_print(FILE *stream, const struct pcopy_way *way)
{
	static const char *const answer[] = {
		[PCOPY_UNKNOWN] = "unknown",
		[PCOPY_NO] = "no",
		[PCOPY_YES] = "yes",
		[PCOPY_AVOIDED] = "avoided",
		[PCOPY_UNSUPPORTED] = "unsupported",
	};
	const char *sparse = way->seek_hole && way->zeros ? "SEEK_HOLE + zeros"
	                     : way->seek_hole             ? "SEEK_HOLE"
	                     : way->zeros                 ? "zeros"
	                                                  : "no";

	(void)fprintf(stream, "copy offload: %s, reflink: %s, sparse detection: %s\n",
	              answer[way->offload], answer[way->reflink], sparse);
}

/* The caller reports write errors when it closes the stream. */
static void names_print(FILE *stream, const char *format, const char *first, const char *second)
{
	char *text = names_format(format, first, second, 0);

	(void)fputs(text ? text : "?", stream);
	free(text);
}

static void copied_print(FILE *stream, const struct pcopy_event *event)
{
	if (event->kind == PCOPY_DIRECTORY && event->step == PCOPY_STEP_MKDIR) {
		(void)fprintf(stream, "%s -> %s\n", event->src,
		              event->dst); /* cp does not quote these */
		return;
	}
	names_print(stream, "%s -> %s", event->src, event->dst);
	if (event->backup)
		names_print(stream, " (backup: %s)", event->backup, NULL);
	(void)fputc('\n', stream);
}

void cli_message_rule_place(FILE *stream, const struct pcopy_filter_rule *rule)
{
	const char *before = "(";

	if (rule->number > 0) {
		(void)fprintf(stream, "(rule %u", rule->number);
		before = ", ";
	}
	if (rule->file) {
		char *name = cli_name_is_plain(rule->file) ? NULL : pc_quote_new(rule->file);

		(void)fprintf(stream, "%sline %" PRIu64 " of %s", before, rule->line,
		              name ? name : rule->file);
		free(name);
	}
	(void)fputc(')', stream);
}

static void excluded_print(FILE *stream, const struct pcopy_event *event)
{
	names_print(stream, "excluded %s by %s ", event->src, event->rule.pattern);
	cli_message_rule_place(stream, &event->rule);
	(void)fputc('\n', stream);
}

static const char *const would_formats[PCOPY_WOULDS] = {
	[PCOPY_WOULD_CREATE] = "would create %s\n",
	[PCOPY_WOULD_REPLACE] = "would replace %s\n",
	[PCOPY_WOULD_UPDATE] = "would update %s\n",
	[PCOPY_WOULD_CHANGE_ATTRIBUTES] = "would change attributes of %s\n",
	[PCOPY_WOULD_REMOVE] = "would remove %s\n",
};

void cli_message_verbose(FILE *stream, const struct pcopy_event *event,
                         const struct cli_options *options)
{
	bool bytes = options->copy.make == PCOPY_MAKE_COPIES && !options->copy.attributes_only;

	if (event->type == PCOPY_EVENT_EXCLUDED && options->debug)
		excluded_print(stream, event);
	else if (event->type == PCOPY_EVENT_WOULD)
		names_print(stream, would_formats[event->would], event->dst, NULL);
	else if (event->type == PCOPY_EVENT_ATTRIBUTES)
		names_print(stream, "changed attributes of %s\n", event->dst, NULL);
	else if (event->type == PCOPY_EVENT_REMOVED)
		names_print(stream,
		            event->step == PCOPY_STEP_DELETE && event->kind == PCOPY_DIRECTORY
		                    ? "removed directory %s\n"
		                    : "removed %s\n",
		            event->dst, NULL);
	else if (event->type == PCOPY_EVENT_SKIPPED && options->debug)
		names_print(stream, "skipped %s\n", event->dst, NULL);
	if (event->type != PCOPY_EVENT_COPIED)
		return;
	copied_print(stream, event);
	if (options->debug && bytes && event->kind == PCOPY_FILE)
		copy_method_print(stream, &event->way);
}

/* Explains why io_uring is unavailable, as far as that can be found out; "": errno says it all. */
static void uring_cause(char cause[static 128], int error)
{
	FILE *f = error == EPERM ? fopen("/proc/sys/kernel/io_uring_disabled", "re") : NULL;
	int disabled = 0;

	cause[0] = '\0';
	if (f && fscanf(f, "%d", &disabled) == 1 && disabled > 0)
		(void)snprintf(cause, 128, ": kernel.io_uring_disabled is %d", disabled);
	else if (error == EPERM)
		(void)snprintf(cause, 128, ": blocked by a seccomp filter, as in containers");
	else if (error == ENOSYS)
		(void)snprintf(cause, 128, ": this kernel was built without it");
	if (f)
		(void)fclose(f); /* read only: no error matters */
}

static void uring_print(int error, const char *then)
{
	char cause[128];

	if (error == ENOTSUP) {
		cli_error(0, "this pcopy was built without io_uring%s", then);
		return;
	}
	uring_cause(cause, error);
	cli_error(0, "io_uring is not available (%s%s)%s", strerror(error), cause, then);
}

void cli_message_pool_refused(int error)
{
	uring_print(error, "");
}

static void fallback_print(const struct pcopy_event *event)
{
	char then[64];

	(void)snprintf(then, sizeof(then), ": using %" PRIu64 " thread%s instead", event->count,
	               event->count == 1 ? "" : "s");
	uring_print(event->errnum, then);
}

void cli_message_event(const struct pcopy_event *event, bool quiet)
{
	if (event->type == PCOPY_EVENT_ERROR && gate_print(event))
		return;
	if (event->type == PCOPY_EVENT_ERROR)
		entry_print(event);
	else if (quiet)
		return;
	else if (event->type == PCOPY_EVENT_WARNING &&
	         (event->step == PCOPY_STEP_TWICE ||
	          !cli_program_is_cp())) /* cp has no other warning */
		entry_print(event);
	else if (event->type == PCOPY_EVENT_WORKER)
		worker_print(event);
	else if (event->type == PCOPY_EVENT_DEGRADED)
		cli_error(event->errnum, "continuing with fewer workers than requested");
	else if (event->type == PCOPY_EVENT_FALLBACK)
		fallback_print(event);
	else if (event->type == PCOPY_EVENT_HUNG)
		cli_error(0, "giving up on %" PRIu64 " hung job%s", event->count,
		          event->count == 1 ? "" : "s");
	else if (event->type == PCOPY_EVENT_FLUSHING)
		cli_error(0, "waiting for %" PRIu64 " file%s to be written to disk", event->count,
		          event->count == 1 ? "" : "s");
}

/* ---- Status and end of a copy ---- */

void cli_message_status(const struct pcopy_progress *progress)
{
	char entries[PC_SIZE_TEXT], bytes[PC_SIZE_TEXT], time[PC_SIZE_TEXT];

	cli_error(0, "%s entries, %s in %s, about %d%% done",
	          pc_count_format(entries, progress->entries),
	          pc_size_format(bytes, progress->bytes),
	          pc_duration_format(time, progress->elapsed_ns), (int)(progress->fraction * 100));
}

void cli_message_stop(const struct pcopy_report *report, int number)
{
	char entries[PC_SIZE_TEXT], bytes[PC_SIZE_TEXT];
	const char *noun;
	uint64_t copied = 0;

	if (report->stop == PCOPY_STOP_CANCELED && cli_program_is_cp())
		return; /* cp dies of the signal, and the shell reports it */
	for (int k = 0; k < PCOPY_KINDS; k++)
		copied += report->entries[k].copied;
	noun = copied == 1 ? "entry" : "entries";
	pc_count_format(entries, copied);
	pc_size_format(bytes, report->bytes);
	if (report->stop == PCOPY_STOP_CANCELED)
		cli_error(0, "ended by signal %d (%s); copied so far: %s %s, %s", number,
		          number ? strsignal(number) : "none", entries, noun, bytes);
	else if (report->stop == PCOPY_STOP_FULL)
		cli_error(0, "stopped: the target is full; copied so far: %s %s, %s", entries, noun,
		          bytes);
	else if (report->stop == PCOPY_STOP_ERRORS)
		cli_error(0, "stopped after too many errors; copied so far: %s %s, %s", entries,
		          noun, bytes);
}

int cli_close_stdout(int status)
{
	bool failed = ferror(stdout);
	int errnum = 0;

	errno = 0;
	if (fclose(stdout) != 0)
		errnum = errno;
	if (!failed && !errnum)
		return status;
	cli_error(errnum, "write error");
	return status ? status : CLI_EXIT_FAILED;
}
