/* SPDX-License-Identifier: MIT */
/* sync.c - what was copied is forced to the disk. */
#include "run/sync.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "copy/copy.h"

#include <errno.h>
#include <stdatomic.h>

static void sync_failed(struct pcopy *copy, const struct pc_root *root, const char *path, int r)
{
	const struct pcopy_event event = {.type = PCOPY_EVENT_ERROR,
	                                  .kind = PCOPY_DIRECTORY,
	                                  .step = PCOPY_STEP_SYNC,
	                                  .count = 1,
	                                  .errnum = -r,
	                                  .src = root->src,
	                                  .dst = path};

	if (copy->options.on_event)
		copy->options.on_event(copy->options.userdata, &event);
}

/* Forces the directories that hold the copies to the disk. */
static int sync_tops(struct pcopy *copy, const struct pc_run *run)
{
	int failed = 0;

	for (unsigned i = 0; i < run->root_count; i++) {
		const struct pc_root *root = &run->root[i];
		int r;

		if (i > 0 && root->dst_top == run->root[i - 1].dst_top)
			continue;
		r = pc_copy_sync(&copy->options, root, true, "");
		if (r == 0)
			continue;
		failed = PCOPY_FAILED;
		sync_failed(copy, root, root->dst_top->path, r);
	}
	return failed;
}

/* Forces all that is on the file systems that were written to to their disks. */
static int sync_written(struct pcopy *copy, const struct pc_run *run)
{
	const struct pc_plan_result *result = &copy->result;
	int failed = 0;

	if (result->written_lost) {
		failed = PCOPY_FAILED;
		sync_failed(copy, &run->root[0], run->root[0].dst, -ENOMEM);
	}
	for (unsigned i = 0; i < result->written_count; i++) {
		const struct pc_written *w = &result->written[i];
		const struct pc_root *root = &run->root[w->root];
		struct pc_buffer shown = {0};
		int r = pc_copy_sync(&copy->options, root, w->top, w->path);

		if (r == 0)
			continue;
		failed = PCOPY_FAILED;
		if (pc_buffer_add_name(&shown, root->dst) == 0 && *w->path)
			(void)pc_buffer_add_name(&shown, w->path); /* else shorter */
		sync_failed(copy, root, w->top || !shown.data ? root->dst_top->path : shown.data,
		            r);
		pc_buffer_done(&shown);
	}
	return failed;
}

int pc_sync_targets(struct pcopy *copy, const struct pc_run *run)
{
	uint64_t start_ns = pc_now_ns();
	int failed = 0;

	atomic_store(&copy->syncing, true);
	if (copy->options.fsync == PCOPY_FSYNC_FILE)
		failed = sync_tops(copy, run);
	else if (copy->options.fsync == PCOPY_FSYNC_END)
		failed = sync_written(copy, run);
	atomic_store(&copy->syncing, false);
	copy->report.wall_ns += pc_now_ns() - start_ns;
	return failed;
}
