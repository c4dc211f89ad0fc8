/* trace.c - answered jobs for the caller's on_slice. */
#include "plan/ledger.h"

#include "job/meter.h"

#include <errno.h>
#include <string.h>

static const char *kind_name(const struct pc_job *job)
{
	static const char *const names[] = {
		[PC_JOB_ENTRIES] = "entries", [PC_JOB_LIST] = "list",	[PC_JOB_CHUNK] = "chunk",
		[PC_JOB_FINISH] = "finish",   [PC_JOB_LINK] = "links",	[PC_JOB_DIRMETA] = "directories",
	};

	return names[job->kind];
}

static void send_job(struct pc_ledger *l, const struct pc_job *job, const char *text,
		     const char *dir_path)
{
	const struct pcopy_options *options = l->config->options;
	bool several = job->kind == PC_JOB_LINK || job->kind == PC_JOB_DIRMETA;
	bool file = job->kind == PC_JOB_CHUNK || job->kind == PC_JOB_FINISH;
	bool below = file && !(job->flags & PC_JOB_TOP);
	struct pc_buffer path = {0};
	struct pcopy_slice slice = {
		.worker = job->worker,
		.start_ns = job->start_ns - l->config->start_ns,
		.ns = job->busy_ns,
		.job = kind_name(job),
		.entries = pc_counts_entries(&job->counts),
		.bytes = job->kind == PC_JOB_CHUNK ? job->length : job->counts.bytes,
	};

	if (!several)
		slice.path = pc_event_path(&path, l->config->root[job->root].src, dir_path,
					   below ? text + strlen(text) + 1 : "");
	options->on_slice(options->userdata, &slice);
	pc_buffer_done(&path);
}

static void send_phases(struct pc_ledger *l, const struct pc_job *job, const struct pc_item *item)
{
	const struct pcopy_options *options = l->config->options;
	struct pc_slice s;

	for (size_t at = 0; at + sizeof(s) <= item->text_len; at += sizeof(s)) {
		struct pcopy_slice slice = {.worker = job->worker};

		memcpy(&s, item->text + at, sizeof(s));
		slice.start_ns = s.start_ns - l->config->start_ns;
		slice.ns = s.ns;
		slice.phase = (enum pcopy_phase)s.phase;
		options->on_slice(options->userdata, &slice);
	}
}

void pc_trace_job(struct pc_ledger *l, const struct pc_job *job, const char *text,
		  const char *dir_path)
{
	uint32_t pos = pc_item_start(job->request_len);
	const struct pc_item *item;

	if (!l->config->options->on_slice || job->error == -EOWNERDEAD)
		return;
	send_job(l, job, text, dir_path);
	while ((item = pc_item_next(text, job->text_len, &pos))) {
		if (item->type == PC_ITEM_SLICES)
			send_phases(l, job, item);
	}
}
