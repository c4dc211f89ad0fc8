/* SPDX-License-Identifier: MIT */
/* pcopy.c - the library's functions that start a run.
 *
 * From the bottom up: handle.c (options and operands), report.c, pool.c (one pass of workers),
 * run.c (start and end), then copy.c, prune.c (which also copies entries after removing their
 * obstacles), sync.c and readback.c, which this file calls in turn.  No file calls one above it. */
#include "pcopy.h"

#include "check/mtree.h"
#include "check/manifest.h"
#include "run/copy.h"
#include "run/prune.h"
#include "run/readback.h"
#include "run/sync.h"

#include <errno.h>

static uint64_t failures(const struct pcopy_report *report)
{
	uint64_t n = 0;

	for (int k = 0; k < PCOPY_KINDS; k++)
		n += report->entries[k].failed;
	return n;
}

static int read_back(struct pcopy *copy, struct pc_run *run)
{
	int r, again;

	if (!pc_reads_back(&copy->options))
		return 0;
	run->may_recopy = true;
	r = pc_read_back(copy, run, PC_TO_COPY);
	if (r != PCOPY_DIFFERENT || copy->options.mismatch != PCOPY_MISMATCH_RECOPY)
		return r;
	again = pc_run_copy_again(copy, run);
	return again < 0 ? again : pc_graver(again, pc_read_back(copy, run, PC_TO_COPY));
}

int pcopy_run(struct pcopy *copy)
{
	struct pc_run run;
	int r = pc_run_begin(copy, PC_TO_COPY, &run);

	if (r == 0) {
		r = pc_run_copy(copy, &run);
		if (r == 0 && copy->options.delete_extraneous)
			r = pc_run_prune(copy, &run);
		if (r >= 0)
			r = pc_graver(r, failures(&copy->report) > 0);
		if (r >= 0 && !copy->options.dry_run)
			r = pc_graver(r, pc_sync_targets(copy, &run));
		if (r >= 0 && copy->report.stop == PCOPY_STOP_NOT)
			r = pc_graver(r, read_back(copy, &run));
	}
	return pc_run_end(copy, &run, r);
}

static int look(struct pcopy *copy, enum pc_purpose purpose)
{
	struct pc_run run;
	int r = pc_run_begin(copy, purpose, &run);

	if (r == 0)
		r = pc_graver(failures(&copy->report) > 0, pc_read_back(copy, &run, purpose));
	return pc_run_end(copy, &run, r);
}

int pcopy_verify(struct pcopy *copy)
{
	return look(copy, PC_TO_COMPARE);
}

int pcopy_describe(struct pcopy *copy)
{
	return look(copy, PC_TO_DESCRIBE);
}

int pcopy_check(struct pcopy *copy, const char *manifest, struct pcopy_manifest_error *ret)
{
	struct pcopy_manifest_error error = {0};
	struct pc_index *index = NULL;
	struct pc_run run;
	int r = copy->operand_count == 1 ? pc_run_begin(copy, PC_TO_CHECK, &run) : -EINVAL;

	if (copy->operand_count != 1)
		return r;
	if (r == 0)
		r = pc_index_new(&index);
	if (r == 0) {
		r = pc_mtree_read(manifest, index, &error);
		if (r < 0 && r != -EBADMSG)
			(void)snprintf(error.reason, sizeof(error.reason), "cannot be read");
	}
	if (r == 0 && run.root_count == 1) {
		run.index = index;
		r = pc_read_back(copy, &run, PC_TO_CHECK);
	} else if (r == 0) {
		r = PCOPY_FAILED; /* pc_run_begin() reported it */
	}
	pc_index_free(index);
	*ret = error;
	return pc_run_end(copy, &run, r);
}
