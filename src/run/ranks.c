/* SPDX-License-Identifier: MIT */
/* ranks.c - greets a run's ranks, and reports what they did. */
#include "run/ranks.h"

#include "ranks/greeting.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

static void greeting_report(void *data, const struct pcopy_event *event)
{
	const struct pcopy *copy = data;

	if (copy->options.on_event)
		copy->options.on_event(copy->options.userdata, event);
}

static bool greeting_is_canceled(void *data)
{
	struct pcopy *copy = data;

	return atomic_load(&copy->canceled);
}

/* FIFOs and devices exist on one machine only. */
static bool is_stream_of(const struct pcopy *copy, const struct pc_root *root)
{
	struct stat st;

	/* an unfollowed link must not be read: that would change its access time */
	int flags = pc_follows_operands(&copy->options) ? 0 : AT_SYMLINK_NOFOLLOW;

	if (root->through)
		return true;
	if (fstatat(AT_FDCWD, root->src, &st, flags) == 0 &&
	    pc_is_stream(&copy->options, st.st_mode, true))
		return true;
	return root->named && stat(root->dst, &st) == 0 && !S_ISREG(st.st_mode) &&
	       !S_ISDIR(st.st_mode);
}

int pc_run_greet(struct pcopy *copy, const struct pc_run *run, bool writes)
{
	const struct pc_greeting greeting = {
		.options = &copy->options,
		.root = run->root,
		.count = run->root_count,
		.writes = writes,
		.report = greeting_report,
		.is_canceled = greeting_is_canceled,
		.data = copy,
	};

	for (unsigned i = 0; i < run->root_count; i++) {
		if (is_stream_of(copy, &run->root[i]))
			return -EINVAL;
	}
	return run->root_count > 0 ? pc_ranks_greet(copy->ranks, &greeting) : 0;
}

int pc_run_report_fault(const struct pcopy *copy, int r)
{
	const struct pc_ranks *ranks = copy->ranks;
	struct pcopy_event event = {.type = PCOPY_EVENT_RANK, .kind = PCOPY_DIRECTORY, .count = 1};

	if (r >= 0 || r == -ECANCELED || !ranks || ranks->fault.step == PCOPY_STEP_NONE)
		return r;
	event.step = ranks->fault.step;
	event.errnum = -ranks->fault.error;
	event.rank = ranks->fault.i + 1;
	event.host = ranks->rank[ranks->fault.i].host;
	event.src = event.dst = "";
	if (copy->options.on_event)
		copy->options.on_event(copy->options.userdata, &event);
	return PCOPY_FAILED;
}

int pc_report_ranks(struct pcopy *copy)
{
	const struct pc_ranks *ranks = copy->ranks;
	const struct pcopy_worker_report *w = copy->result.worker;

	if (!ranks)
		return 0;
	if (!copy->rank_report)
		copy->rank_report = calloc(ranks->count, sizeof(*copy->rank_report));
	if (!copy->rank_report)
		return -ENOMEM;
	for (unsigned i = 0; i < ranks->count; i++) {
		const struct pc_rank *rank = &ranks->rank[i];
		struct pcopy_rank_report *report = &copy->rank_report[i];

		*report = (struct pcopy_rank_report){.host = rank->host,
		                                     .workers = ranks->threads,
		                                     .user_ns = rank->user_ns,
		                                     .system_ns = rank->system_ns,
		                                     .peak_bytes = rank->peak_bytes};
		for (unsigned n = 0; w && n < ranks->threads; n++) {
			const struct pcopy_worker_report *worker = &w[i * ranks->threads + n];

			report->jobs += worker->jobs;
			report->entries += worker->entries;
			report->bytes += worker->bytes;
			report->busy_ns += worker->busy_ns;
		}
	}
	copy->report.rank = copy->rank_report;
	copy->report.ranks = ranks->count;
	return 0;
}
