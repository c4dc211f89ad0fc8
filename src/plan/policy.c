/* SPDX-License-Identifier: MIT
 *
 * policy.c - decides what an error means for the rest of the run.
 *
 * Usually nothing: an error concerns one entry.  A run that stops is canceled as by the caller:
 * jobs in flight are finished or undone, and no new job starts.
 *
 * A full target stops the run only if the whole target is on one file system.  Otherwise entries
 * on other file systems are still copied, and each entry without space is reported. */
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

/* True if the target of a root, or something mounted below it, is on another file system. */
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

/* True if the run writes, or will write, to a file system other than `dev`. */
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

/* True if files of several owners may be written: a quota limits only one owner. */
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
