/* SPDX-License-Identifier: MIT
 *
 * policy.c - what an error means for the rest of the run.
 *
 * Nothing, in most cases: it is one entry's matter.  A run that stops is canceled
 * like one that the caller cancels, so that what is in work is removed or finished
 * and nothing new is begun.
 *
 * A target that is full stops the run only where one file system holds all of the target.
 * Where there are others, what has room there is copied, and each entry that has none is
 * named. */
#include "plan/ledger.h"

#include "sys/fs.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static void policy_stop(struct pc_ledger *l, enum pcopy_stop why)
{
	if (l->result->stop != PCOPY_STOP_NOT)
		return;
	l->result->stop = why;
	pc_queue_cancel(l->config->queue);
}

/* Whether the target of a root lies elsewhere, or holds something that does. */
static bool root_has_other(const struct pc_root *root, uint64_t dev)
{
	char *path;
	bool has;

	if (root->dst_anchor->dev != dev)
		return true;
	if (root->kind != PCOPY_DIRECTORY)
		return false;
	path = realpath(root->dst, NULL);
	has = path && pc_fs_mounts_below(path);
	free(path);
	return has;
}

/* Whether the run writes, or is still to write, to another file system than `dev`. */
static bool has_other_targets(const struct pc_ledger *l, uint64_t dev)
{
	const struct pc_plan_result *result = l->result;

	for (unsigned i = 0; i < result->written_count; i++) {
		if (result->written[i].dev != dev)
			return true;
	}
	for (unsigned i = 0; i < l->config->root_count; i++) {
		if (root_has_other(&l->config->root[i], dev))
			return true;
	}
	return false;
}

/* Whether more than one owner's files may be written: a quota is one owner's. */
static bool may_have_owners(const struct pc_ledger *l)
{
	return geteuid() == 0 && (l->config->options->preserve & PCOPY_KEEP_OWNER);
}

static void policy_full(struct pc_ledger *l, const struct pc_item *item)
{
	if (l->goes_on_elsewhere || l->result->stop != PCOPY_STOP_NOT)
		return;
	if ((l->config->options->rules & PCOPY_RULE_GO_ON_WHEN_FULL) ||
	    (item->meta.dev != 0 && ((item->error == -EDQUOT && may_have_owners(l)) ||
	                             has_other_targets(l, item->meta.dev))))
		l->goes_on_elsewhere = true;
	else
		policy_stop(l, PCOPY_STOP_FULL);
}

void pc_policy_error(struct pc_ledger *l, const struct pc_item *item)
{
	l->errors++;
	if (pc_is_full((enum pcopy_step)item->step, item->error))
		policy_full(l, item);
}

bool pc_policy_stopped(struct pc_ledger *l)
{
	unsigned most = l->config->options->max_errors;

	if (most > 0 && l->errors >= most)
		policy_stop(l, PCOPY_STOP_ERRORS);
	if (!pc_queue_canceled(l->config->queue))
		return false;
	if (l->result->stop == PCOPY_STOP_NOT)
		l->result->stop = PCOPY_STOP_CANCELED;
	return true;
}
