/* SPDX-License-Identifier: MIT */
/* ranks.c - words about the ranks of a run. */
#include "cli/ranks.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/quote.h"
#include "cli/messages.h"

/* ---- What cannot be done ---- */

static bool is_over_ranks(const struct cli_options *options)
{
	return options->copy.transport && options->copy.transport->ranks > 1;
}

/* As many as the library has slots for. */
#define WORKERS_MAX 1024U

static const char *workers_contradict(const struct cli_options *options)
{
	unsigned threads = options->copy.threads ? options->copy.threads : 4;

	if (options->pool_given)
		return "--pool cannot be chosen over ranks: they are the pool";
	if (options->jobs_processes)
		return "--jobs=PxT is not for ranks, which are started by mpirun: -j T gives each "
		       "of them T threads";
	if (options->jobs_auto)
		return "--jobs=auto is not for ranks: each of them has 4 threads, or those of -j T";
	if ((options->copy.transport->ranks - 1) * threads > WORKERS_MAX)
		return "more than 1024 workers: start fewer ranks, or give them fewer threads by "
		       "-j T";
	return NULL;
}

static const char *ranks_contradict(const struct cli_options *options)
{
	const struct pcopy_options *copy = &options->copy;
	const char *why = workers_contradict(options);

	if (why)
		return why;
	if (options->command == CLI_BENCH)
		return "--bench compares pools of one machine, and is not for ranks";
	if (options->command == CLI_CHECK)
		return "--check is not for ranks: the manifest is in the memory of one machine";
	if (copy->verify == PCOPY_VERIFY_ARCHIVE)
		return "--verify=archive is not for ranks, as it forks processes";
	if (copy->fsync == PCOPY_FSYNC_END)
		return "--fsync=end is not for ranks, as it would sync one machine: "
		       "--fsync=file syncs all";
	if (copy->copy_contents)
		return "--copy-contents is not for ranks: a FIFO or device is one machine's own";
	if (options->parents)
		return "--parents is not for ranks";
	return NULL;
}

int cli_ranks_refuse(const struct cli_options *options)
{
	const char *why = is_over_ranks(options) ? ranks_contradict(options) : NULL;

	if (!why)
		return 0;
	cli_error(0, "%s", why);
	return cli_options_try_help();
}

static bool is_one_machines(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

int cli_ranks_refuse_pairs(const struct cli_options *options, const struct cli_pairs *pairs)
{
	bool reads = options->copy.rules & PCOPY_RULE_READ_OPERANDS;

	for (size_t i = 0; is_over_ranks(options) && i < pairs->count; i++) {
		const char *path = reads && is_one_machines(pairs->pair[i].src) ? pairs->pair[i].src
		                   : pairs->exact && is_one_machines(pairs->pair[i].dst)
		                           ? pairs->pair[i].dst
		                           : NULL;

		if (!path)
			continue;
		cli_error_named(0, "%s is a FIFO or device of one machine, and is not for ranks",
		                path, NULL);
		return CLI_EXIT_USAGE;
	}
	return 0;
}

/* ---- What is told ---- */

/* %u: the rank, %s: its host, %s: what it is about. */
static void rank_print(const struct pcopy_event *event, const char *name, const char *what)
{
	char *quoted = pc_quote_new(name);

	cli_error(event->errnum, "rank %u (%s) %s %s", event->rank, event->host, what,
	          quoted ? quoted : "?");
	free(quoted);
}

void cli_message_rank(const struct pcopy_event *event, bool quiet)
{
	switch (event->step) {
	case PCOPY_STEP_STAT:
		rank_print(event, event->src, "does not see");
		break;
	case PCOPY_STEP_STAT_TARGET:
		rank_print(event, event->dst, "does not see");
		break;
	case PCOPY_STEP_OTHER_SOURCE:
		rank_print(event, event->src, "sees something else as");
		break;
	case PCOPY_STEP_OTHER_TARGET:
		rank_print(event, event->dst, "sees something else as");
		break;
	case PCOPY_STEP_LOCAL_SOURCE:
		rank_print(event, event->src, "has a file system of its own at");
		break;
	case PCOPY_STEP_LOCAL_TARGET:
		rank_print(event, event->dst, "has a file system of its own at");
		break;
	case PCOPY_STEP_LINK:
		if (!quiet)
			rank_print(event, event->src,
			           "may have other inode numbers, so that names of one file become "
			           "several files, in");
		break;
	case PCOPY_STEP_SILENT:
		if (!quiet)
			cli_error(0, "rank %u has not answered yet, and is waited for",
			          event->rank);
		break;
	case PCOPY_STEP_OTHER_USER:
		cli_error(0, "rank %u (%s) runs as another user or group", event->rank,
		          event->host);
		break;
	default:
		cli_error(0, "rank %u runs another program, or another version of it", event->rank);
		break;
	}
}
