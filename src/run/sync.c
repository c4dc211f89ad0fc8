/* SPDX-License-Identifier: MIT */
/* sync.c - syncs targets at the end of a run.
 *
 * With PCOPY_FSYNC_FILE the files were synced by the workers; what is left are the directories that
 * hold the operands' copies. With PCOPY_FSYNC_END each file system that was written to is synced
 * once, on every machine that wrote to it. A failed sync is a failure of the run, reported with the
 * path that lies on the file system. */
#include "run/sync.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "copy/copy.h"
#include "ranks/flush.h"
#include "ranks/setup.h"

#include <errno.h>
#include <stdatomic.h>

/* `rank`: the one that failed, or 0. */
static void sync_failed(struct pcopy *copy, const struct pc_root *root, const char *path,
                        unsigned rank, int r)
{
	const struct pcopy_event event = {.type = PCOPY_EVENT_ERROR,
	                                  .kind = PCOPY_DIRECTORY,
	                                  .step = PCOPY_STEP_SYNC,
	                                  .count = 1,
	                                  .errnum = -r,
	                                  .src = root->src,
	                                  .dst = path,
	                                  .rank = rank,
	                                  .host = rank ? copy->ranks->rank[rank - 1].host : NULL};

	if (copy->options.on_event)
		copy->options.on_event(copy->options.userdata, &event);
}

/* Syncs the directories that hold the copies. */
static int sync_tops(struct pcopy *copy, const struct pc_run *run)
{
	int failed = 0;

	for (unsigned i = 0; i < run->root_count; i++) {
		const struct pc_root *root = &run->root[i];
		int r;

		if (i > 0 && root->dst_anchor == run->root[i - 1].dst_anchor)
			continue;
		r = pc_copy_sync(&copy->options, root, true, "");
		if (r == 0)
			continue;
		failed = PCOPY_FAILED;
		sync_failed(copy, root, root->dst_anchor->path, 0, r);
	}
	return failed;
}

/* Reports a file system that could not be synced. */
static void written_failed(struct pcopy *copy, const struct pc_run *run, unsigned n, unsigned rank,
                           int r)
{
	const struct pc_written *w = &copy->result.written[n];
	const struct pc_root *root = &run->root[w->root];
	struct pc_buffer shown = {0};

	if (pc_buffer_add_name(&shown, root->dst) == 0 && *w->path)
		(void)pc_buffer_add_name(&shown, w->path); /* else the path is shorter */
	sync_failed(copy, root, w->top || !shown.data ? root->dst_anchor->path : shown.data, rank,
	            r);
	pc_buffer_done(&shown);
}

/* Syncs the file systems that were written. */
static int sync_written(struct pcopy *copy, const struct pc_run *run)
{
	const struct pc_plan_result *result = &copy->result;
	int failed = 0;

	if (result->written_lost) {
		failed = PCOPY_FAILED;
		sync_failed(copy, &run->root[0], run->root[0].dst, 0, -ENOMEM);
	}
	for (unsigned i = 0; i < result->written_count; i++) {
		const struct pc_written *w = &result->written[i];
		int r = pc_copy_sync(&copy->options, &run->root[w->root], w->top, w->path);

		if (r == 0)
			continue;
		failed = PCOPY_FAILED;
		written_failed(copy, run, i, 0, r);
	}
	return failed;
}

/* ---- On other machines ---- */

static void written_put(struct pc_wire *w, const struct pcopy *copy, const struct pc_run *run)
{
	const struct pc_written *written = copy->result.written;
	unsigned count = copy->result.written_count;

	pc_message_begin(w, PC_MESSAGE_SYNC);
	pc_setup_put_roots(w, run->root, run->root_count + run->parent_count, copy->ranks->cwd);
	pc_wire_put_number(w, count);
	for (unsigned i = 0; i < count; i++) {
		pc_wire_put_number(w, written[i].root);
		pc_wire_put_number(w, written[i].top);
		pc_wire_put_string(w, written[i].path);
	}
}

struct flush_sink {
	struct pcopy *copy;
	const struct pc_run *run;
	int failed;
};

static void flush_failed(void *data, unsigned i, unsigned n, int error)
{
	struct flush_sink *sink = data;

	sink->failed = PCOPY_FAILED;
	written_failed(sink->copy, sink->run, n, i + 1, error);
}

/* Each machine has unwritten data, so all sync at the same time. */
static int sync_written_everywhere(struct pcopy *copy, const struct pc_run *run)
{
	struct flush_sink sink = {copy, run, 0};
	struct pc_ranks *ranks = copy->ranks;
	int r, failed;

	if (!ranks || copy->result.written_count == 0)
		return sync_written(copy, run);
	written_put(&ranks->message, copy, run);
	r = pc_ranks_flush_send(ranks, &ranks->message);
	failed = sync_written(copy, run);
	if (r == 0)
		r = pc_ranks_flush_wait(ranks, copy->result.written_count, flush_failed, &sink);
	return pc_graver(r, failed > 0 ? failed : sink.failed);
}

/* `syncing` makes a cancel wait longer: a sync has a flush's time, see job/grace.h. */
int pc_sync_targets(struct pcopy *copy, const struct pc_run *run)
{
	uint64_t start_ns = pc_now_ns();
	int failed = 0;

	atomic_store(&copy->syncing, true);
	if (copy->options.fsync == PCOPY_FSYNC_FILE)
		failed = sync_tops(copy, run);
	else if (copy->options.fsync == PCOPY_FSYNC_END)
		failed = sync_written_everywhere(copy, run);
	atomic_store(&copy->syncing, false);
	copy->report.wall_ns += pc_now_ns() - start_ns;
	return failed;
}
