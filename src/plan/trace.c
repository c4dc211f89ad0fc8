/* SPDX-License-Identifier: MIT */
/* trace.c - passes answered jobs to the caller's on_slice. */
#include "plan/ledger.h"

#include "job/kinds.h"
#include "job/meter.h"

#include <errno.h>
#include <string.h>

static void slice_send_job(struct pc_ledger *l, const struct pc_job *job, const char *text)
{
	const struct pcopy_options *options = l->config->options;
	const struct pc_job_kind_row *kind = &pc_job_kinds[job->kind];
	struct pc_buffer path = {0};
	struct pcopy_slice slice = {
		.worker = job->worker,
		.start_ns = job->start_ns - l->config->start_ns,
		.ns = job->busy_ns,
		.job = kind->name,
		.entries = pc_counts_entries(&job->counts),
		.bytes = job->kind == PC_JOB_CHUNK ? job->length : job->counts.bytes,
	};

	if (kind->about != PC_ABOUT_ITEMS)
		slice.path = pc_event_path(&path, l->config->root[job->root].src,
		                           pc_job_dir(job, text), pc_job_file(job, text));
	options->on_slice(options->userdata, &slice);
	pc_buffer_done(&path);
}

static void slice_send_phases(struct pc_ledger *l, const struct pc_job *job,
                              const struct pc_item *item)
{
	const struct pcopy_options *options = l->config->options;
	struct pc_slice s;

	for (size_t at = 0; at + sizeof(s) <= item->text_len; at += sizeof(s)) {
		struct pcopy_slice slice = {.worker = job->worker};

		memcpy(&s, item->text + at, sizeof(s));
		if (s.phase >= PCOPY_PHASES)
			continue;
		slice.start_ns = s.start_ns - l->config->start_ns;
		slice.ns = s.ns;
		slice.phase = (enum pcopy_phase)s.phase;
		options->on_slice(options->userdata, &slice);
	}
}

void pc_trace_job(struct pc_ledger *l, const struct pc_job *job, const char *text)
{
	uint32_t pos = pc_item_start(job->request_len);
	const struct pc_item *item;

	if (!l->config->options->on_slice || job->error == -EOWNERDEAD)
		return;
	slice_send_job(l, job, text);
	while ((item = pc_item_next(text, job->text_len, &pos))) {
		if (item->type == PC_ITEM_SLICES)
			slice_send_phases(l, job, item);
	}
}
