/* SPDX-License-Identifier: MIT */
/* copy.c - one copy, from operands to reports.
 *
 * The library calls the callbacks in this thread, between jobs.  The exception is
 * worker_started(), which it calls in the forked child. */
#include "cli/copy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/quote.h"
#include "cli/bar.h"
#include "cli/events.h"
#include "cli/json.h"
#include "cli/list.h"
#include "cli/messages.h"
#include "cli/operands.h"
#include "cli/program.h"
#include "cli/prompt.h"
#include "cli/ranks.h"
#include "cli/signals.h"
#include "cli/text.h"
#include "cli/title.h"
#include "cli/trace.h"

struct copy_context {
	const struct cli_options *options;
	struct pcopy *copy; /* the running one */
	FILE *out;          /* stream of -v and --stats */
	struct cli_bar bar;
	struct cli_events events;
	struct cli_trace trace;
	struct cli_list list;
	bool space_hinted; /* space_hint_print() has printed its hint */
	uint64_t would[PCOPY_WOULDS];
	bool declined; /* the user refused to overwrite a file */
};

/* True if an existing file is replaced by renaming a new file over it, so that both need space. */
static bool replaces_by_rename(const struct pcopy_options *copy)
{
	return copy->atomic == PCOPY_ALWAYS ||
	       (copy->atomic == PCOPY_AUTO &&
	        (copy->update != PCOPY_UPDATE_ALL || copy->remove_destination));
}

/* If a file does not fit beside the one that it will replace, names the option that helps, once. */
static void space_hint_print(struct copy_context *context, const struct pcopy_event *event)
{
	struct stat st;

	if (event->type != PCOPY_EVENT_ERROR ||
	    (event->errnum != ENOSPC && event->errnum != EDQUOT) || context->space_hinted ||
	    context->options->quiet || cli_program_is_cp() ||
	    !replaces_by_rename(&context->options->copy) || lstat(event->dst, &st) < 0 ||
	    !S_ISREG(st.st_mode))
		return;
	context->space_hinted = true;
	cli_error_named(0,
	                "%s is kept until its new copy is complete, which needs space for both; "
	                "--atomic=never needs space for one",
	                event->dst, NULL);
}

static void event_show(void *userdata, const struct pcopy_event *event)
{
	struct copy_context *context = userdata;

	cli_bar_clear(&context->bar);
	if (event->type == PCOPY_EVENT_WOULD)
		context->would[event->would]++;
	context->bar.errors = context->bar.errors || event->type == PCOPY_EVENT_ERROR;
	cli_events_event(&context->events, event);
	if (cli_message_is_verbose(event))
		cli_message_verbose(context->out, event, context->options);
	else if (event->type == PCOPY_EVENT_RANK || event->rank > 0)
		cli_message_rank(event, context->options->quiet);
	else if (event->type == PCOPY_EVENT_DIFFERENT)
		cli_message_different(event, context->options->check != NULL);
	else if (event->type == PCOPY_EVENT_ERROR && event->step == PCOPY_STEP_LEADS_OUT)
		cli_list_leads_out(&context->list);
	else
		cli_message_event(event, context->options->quiet);
	space_hint_print(context, event);
}

static bool overwrite_ask(void *userdata, const char *dst, unsigned mode, bool writable)
{
	struct copy_context *context = userdata;
	bool yes;

	cli_bar_clear(&context->bar);
	yes = cli_prompt_overwrite(dst, mode, writable,
	                           context->options->copy.force ||
	                                   context->options->copy.remove_destination);
	context->declined = context->declined || !yes;
	return yes;
}

static void copy_progress_show(void *userdata, const struct pcopy_progress *progress)
{
	struct copy_context *context = userdata;

	if (cli_signals_pause_wanted()) {
		cli_bar_clear(&context->bar);
		cli_signals_pause();
	}
	if (cli_signals_status_wanted()) {
		cli_bar_clear(&context->bar);
		cli_message_status(progress);
	}
	cli_bar_draw(&context->bar, progress);
	cli_events_progress(&context->events, progress);
}

static void slice_show(void *userdata, const struct pcopy_slice *slice)
{
	struct copy_context *context = userdata;

	cli_trace_slice(&context->trace, slice);
}

static void width_show(void *userdata, uint64_t at_ns, unsigned width)
{
	struct copy_context *context = userdata;

	cli_trace_width(&context->trace, at_ns, width);
}

/* Format of sha256sum. */
static void digest_show(void *userdata, const char *dst, const char *hex)
{
	struct copy_context *context = userdata;
	char *name = pc_quote_new(dst);

	cli_bar_clear(&context->bar);
	(void)fprintf(context->out, "%s  %s\n", hex, cli_name_is_plain(dst) || !name ? dst : name);
	free(name);
}

static void run_started(void *userdata)
{
	struct copy_context *context = userdata;

	cli_signals_catch_end(context->copy);
}

static void worker_started(void *userdata, unsigned worker)
{
	(void)userdata; /* belongs to the parent process */
	cli_signals_leave_to_parent();
	cli_title_set_worker(worker);
}

/* The user's options, with the callbacks that display the run. */
static struct pcopy_options copy_choices(struct copy_context *context,
                                         const struct cli_pairs *pairs)
{
	struct pcopy_options choices = context->options->copy;

	choices.userdata = context;
	choices.on_event = event_show;
	choices.on_progress = copy_progress_show;
	choices.count_ahead = context->bar.shown || context->events.stream;
	choices.progress_paths = context->bar.shown || context->events.stream;
	choices.on_slice = context->trace.stream ? slice_show : NULL;
	choices.on_width = width_show;
	choices.measure = context->options->stats || context->options->json || choices.on_slice;
	choices.on_start = run_started;
	choices.on_worker_start = worker_started;
	choices.on_digest = digest_show;
	if (context->list.fd >= 0)
		choices.names = &context->list.names;
	if (pairs->backup)
		choices.backup = PCOPY_BACKUP_NONE;
	/* a dry run does not prompt: the library assumes yes */
	if (context->options->overwrite == CLI_OVERWRITE_ASK && !choices.dry_run)
		choices.on_overwrite = overwrite_ask;
	return choices;
}

/* Creates the handle and adds all pairs.  Returns 0 or an exit status. */
static int copy_prepare(struct copy_context *context, const struct cli_pairs *pairs,
                        struct pcopy **ret)
{
	unsigned flags = pairs->exact                ? PCOPY_ADD_FOLLOW_TARGET
	                 : context->options->parents ? PCOPY_ADD_PARENTS
	                                             : 0;
	struct pcopy_options choices = copy_choices(context, pairs);
	struct pcopy *copy;
	int r;

	r = pcopy_new(&choices, &copy);
	if (r == -EINVAL) {
		cli_error(0, "an option value is out of range");
		return cli_options_try_help();
	}
	for (size_t i = 0; r == 0 && i < pairs->count; i++)
		r = pcopy_add(copy, pairs->pair[i].src, pairs->pair[i].dst, flags);
	if (r == 0) {
		*ret = copy;
		return 0;
	}
	cli_error(-r, "cannot prepare the copy");
	return CLI_EXIT_FAILED;
}

static int library_run(struct pcopy *copy, const struct cli_options *options,
                       struct pcopy_manifest_error *error)
{
	switch (options->command) {
	case CLI_VERIFY:
		return pcopy_verify(copy);
	case CLI_CHECK:
		return pcopy_check(copy, options->check, error);
	case CLI_DESCRIBE:
		return pcopy_describe(copy);
	default:
		return pcopy_run(copy);
	}
}

/* Reports why a run failed as a whole.  Returns the exit status. */
static int run_failure_report(const struct cli_options *options, int r,
                              const struct pcopy_manifest_error *error)
{
	bool archive = options->copy.verify == PCOPY_VERIFY_ARCHIVE;

	if (r != -EBADMSG && *error->reason) {
		cli_error_named(-r, "cannot read %s", options->check, NULL);
		return CLI_EXIT_USAGE;
	}
	if (r == -ENOTSUP) {
		cli_error(0, "%s requires %s, which could not be loaded",
		          archive ? "--verify=archive" : "a digest",
		          archive ? "libarchive" : "libcrypto");
		return CLI_EXIT_USAGE;
	}
	if (r == -EINVAL && options->copy.delete_extraneous) /* reported by an event */
		return CLI_EXIT_USAGE;
	if (r == -EBADMSG && *error->reason) {
		char *name =
			cli_name_is_plain(options->check) ? NULL : pc_quote_new(options->check);

		cli_error(0, "%s:%" PRIu64 ": %s", name ? name : options->check, error->line,
		          error->reason);
		free(name);
		return CLI_EXIT_USAGE;
	}
	cli_error(-r, options->command == CLI_COPY ? "copy aborted" : "aborted");
	return CLI_EXIT_FAILED;
}

/* Runs the copy with our signal handlers installed.  Returns the exit status. */
static int copy_run(struct copy_context *context, struct pcopy *copy)
{
	const struct cli_options *options = context->options;
	struct pcopy_manifest_error error = {0};
	int number, r;

	context->copy = copy;
	cli_signals_catch(context->bar.shown);
	r = library_run(copy, options, &error);
	number = cli_signals_release();
	cli_bar_done(&context->bar);
	cli_message_stop(pcopy_get_report(copy), number);
	if (r == -ECANCELED && number)
		return 128 + number;
	if (r < 0 && context->list.reported)
		return r == -EINVAL ? CLI_EXIT_USAGE : CLI_EXIT_FAILED;
	if (r < 0)
		return run_failure_report(options, r, &error);
	if (r == 0 && context->declined && cli_program_is_cp())
		r = PCOPY_FAILED;
	return r == PCOPY_DIFFERENT ? CLI_EXIT_DIFFERENT : r ? CLI_EXIT_FAILED : CLI_EXIT_OK;
}

/* Prints the totals of a dry run. */
static void would_print(const struct copy_context *context, const struct pcopy_report *report)
{
	const uint64_t *would = context->would;

	(void)fprintf(context->out,
	              "would create %" PRIu64 ", replace %" PRIu64 ", update %" PRIu64
	              ", change attributes of %" PRIu64 ", remove %" PRIu64
	              " entries; copy %" PRIu64 " bytes\n",
	              would[PCOPY_WOULD_CREATE], would[PCOPY_WOULD_REPLACE],
	              would[PCOPY_WOULD_UPDATE], would[PCOPY_WOULD_CHANGE_ATTRIBUTES],
	              would[PCOPY_WOULD_REMOVE], report->bytes);
}

/* Returns `status`, or CLI_EXIT_FAILED if a report could not be written and `status` is 0. */
static int reports_write(struct copy_context *context, const struct pcopy_report *report,
                         int status)
{
	const struct cli_options *options = context->options;

	if (options->copy.dry_run)
		would_print(context, report);
	if (options->stats)
		cli_text_report(context->out, report);
	if (options->json &&
	    cli_json_write(cli_json_report(report, status), options->json_file) < 0 && !status)
		status = CLI_EXIT_FAILED;
	status = cli_trace_end(&context->trace, report, status);
	return cli_events_end(&context->events, report, status);
}

int cli_copy(struct cli_options *options)
{
	struct copy_context context = {.options = options, .out = stdout};
	struct cli_pairs pairs;
	struct pcopy *copy = NULL;
	int status = cli_operands_resolve(options, &pairs);
	int refused = options->copy.no_fallback ? pcopy_pool_refused(options->copy.pool) : 0;

	if (!status && refused) {
		cli_message_pool_refused(refused);
		cli_pairs_done(&pairs);
		status = CLI_EXIT_USAGE;
	}
	if (status)
		return status;
	cli_ranks_fall_back(options, &pairs);
	/* With JSON on stdout, -v and --stats go to stderr: a program parses stdout. */
	if (options->json && !options->json_file)
		context.out = stderr;
	if (options->overwrite == CLI_OVERWRITE_ASK)
		cli_prompt_init();
	cli_bar_init(&context.bar, options->progress);
	status = cli_list_open(options, &context.list);
	if (!status)
		status = cli_events_open(&context.events, options->events);
	if (!status)
		status = cli_trace_open(&context.trace, options->trace);
	if (!status)
		status = copy_prepare(&context, &pairs, &copy);
	if (!status) {
		cli_events_start(&context.events, &options->copy);
		status = copy_run(&context, copy);
		status = reports_write(&context, pcopy_get_report(copy), status);
	}
	pcopy_free(copy);
	cli_list_done(&context.list);
	cli_pairs_done(&pairs);
	return status;
}
