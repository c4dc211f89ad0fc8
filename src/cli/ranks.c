/* SPDX-License-Identifier: MIT */
/* ranks.c - options and messages of a run over MPI ranks. */
#include "cli/ranks.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/quote.h"
#include "cli/messages.h"

/* ---- Refused options ---- */

static bool is_over_ranks(const struct cli_options *options)
{
	return options->copy.transport && options->copy.transport->ranks > 1;
}

/* The library's limit. */
#define WORKERS_MAX 1024U

static const char *workers_conflict(const struct cli_options *options)
{
	unsigned threads = options->copy.threads ? options->copy.threads : 4;

	if (options->pool_given)
		return "--pool cannot be used with MPI ranks: the ranks are the pool";
	if (options->jobs_processes)
		return "--jobs=PxT cannot be used with MPI ranks: mpirun starts the ranks, -j T "
		       "gives each of them T threads";
	if (options->jobs_auto)
		return "--jobs=auto cannot be used with MPI ranks: each rank has 4 threads, or T "
		       "with -j T";
	if ((options->copy.transport->ranks - 1) * threads > WORKERS_MAX)
		return "more than 1024 workers: start fewer ranks, or give them fewer threads with "
		       "-j T";
	return NULL;
}

static const char *ranks_conflict(const struct cli_options *options)
{
	const struct pcopy_options *copy = &options->copy;
	const char *why = workers_conflict(options);

	if (why)
		return why;
	if (options->command == CLI_BENCH)
		return "--bench cannot be used with MPI ranks: it compares pools on one machine";
	if (copy->verify == PCOPY_VERIFY_ARCHIVE)
		return "--verify=archive cannot be used with MPI ranks: it forks processes";
	if (options->files_from)
		return "--files-from cannot be used with MPI ranks";
	return NULL;
}

int cli_ranks_refuse(const struct cli_options *options)
{
	const char *why = is_over_ranks(options) ? ranks_conflict(options) : NULL;

	if (!why)
		return 0;
	cli_error(0, "%s", why);
	return cli_options_try_help();
}

/* ---- Cases that rank 0 handles alone ---- */

static bool is_machine_local(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

/* The first operand that is a FIFO or device, and so exists on one machine only; or NULL. */
static const char *local_operand_find(const struct cli_options *options,
                                      const struct cli_pairs *pairs)
{
	bool reads = options->copy.rules & PCOPY_RULE_READ_OPERANDS;

	for (size_t i = 0; i < pairs->count; i++) {
		if (reads && is_machine_local(pairs->pair[i].src))
			return pairs->pair[i].src;
		if (pairs->exact && is_machine_local(pairs->pair[i].dst))
			return pairs->pair[i].dst;
	}
	return NULL;
}

void cli_ranks_fall_back(struct cli_options *options, const struct cli_pairs *pairs)
{
	const char *stream = is_over_ranks(options) ? local_operand_find(options, pairs) : NULL;
	const char *why = options->command == CLI_CHECK ? "--check: the manifest is in its memory"
	                  : options->copy.copy_contents
	                          ? "--copy-contents: a FIFO or device is one machine's own"
	                          : NULL;

	if (!is_over_ranks(options) || (!why && !stream))
		return;
	options->copy.transport = NULL;
	if (options->quiet)
		return;
	if (why)
		cli_error(0, "rank 0 works alone because of %s", why);
	else
		cli_error_named(0, "rank 0 works alone because of %s, a FIFO or device", stream,
		                NULL);
}

/* ---- Messages ---- */

/* Prints the rank, its host if known, `what`, and the quoted `name` unless it is NULL. */
static void rank_print(const struct pcopy_event *event, const char *what, const char *name)
{
	char *quoted = name ? pc_quote_new(name) : NULL;
	bool known = *event->host;

	cli_error(event->errnum, "rank %u%s%s%s %s%s%s", event->rank, known ? " (" : "",
	          event->host, known ? ")" : "", what, name ? " " : "",
	          quoted ? quoted
	          : name ? "?"
	                 : "");
	free(quoted);
}

/* The message for each step, and which path of the event it names. */
static const struct rank_words {
	enum pcopy_step step;
	const char *words;
	enum { OF_NONE, OF_SOURCE, OF_TARGET } of;
	bool warning;
} rank_words[] = {
	{PCOPY_STEP_STAT, "does not see", OF_SOURCE, false},
	{PCOPY_STEP_STAT_TARGET, "does not see", OF_TARGET, false},
	{PCOPY_STEP_OTHER_SOURCE, "sees another file or directory as", OF_SOURCE, false},
	{PCOPY_STEP_OTHER_TARGET, "sees another file or directory as", OF_TARGET, false},
	{PCOPY_STEP_LOCAL_SOURCE, "has a local file system at", OF_SOURCE, false},
	{PCOPY_STEP_LOCAL_TARGET, "has a local file system at", OF_TARGET, false},
	{PCOPY_STEP_LINK,
         "may have other inode numbers, so that names of one file become several files, in",
         OF_SOURCE, true},
	{PCOPY_STEP_SILENT, "has not answered yet; still waiting", OF_NONE, true},
	{PCOPY_STEP_OTHER_USER, "runs as another user or group", OF_NONE, false},
	{PCOPY_STEP_OTHER_PROGRAM, "runs another program, or another version of it", OF_NONE,
         false},
	{PCOPY_STEP_SYNC, "cannot sync", OF_TARGET, false},
	{PCOPY_STEP_NO_WORKERS, "cannot start its threads", OF_NONE, false},
	{PCOPY_STEP_NO_MESSAGE, "sent an invalid message; copy aborted", OF_NONE, false},
	{PCOPY_STEP_UNREACHED, "cannot be reached; copy aborted", OF_NONE, false},
	{PCOPY_STEP_GONE, "has exited; copy aborted", OF_NONE, false},
};

void cli_message_rank(const struct pcopy_event *event, bool quiet)
{
	for (size_t i = 0; i < sizeof(rank_words) / sizeof(rank_words[0]); i++) {
		const struct rank_words *w = &rank_words[i];

		if (w->step != event->step || (w->warning && quiet))
			continue;
		rank_print(event, w->words,
		           w->of == OF_SOURCE   ? event->src
		           : w->of == OF_TARGET ? event->dst
		                                : NULL);
	}
}
