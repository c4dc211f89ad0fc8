/* SPDX-License-Identifier: MIT */
/* checker.c - one comparing worker's context: what it skips, and how it reports differences.
 *
 * All differences that the workers of work.c find are reported here, each as one item in the text
 * of the job. Where the text is full, pc_walk_item() makes the job fail: no report is dropped
 * silently. */
#include "check/checker.h"

#include "base/times.h"

#include <errno.h>
#include <string.h>

/* The last root cannot be overwritten by a later one, so without a set nothing is looked up. */
bool pc_checker_skips(struct pc_checker *c, const char *name, enum pc_mark mark)
{
	const struct pc_path_set *set = c->env->not_copied;
	bool has_set = set && set->len > 0;

	if ((!has_set && c->walk.root + 1 == c->env->root_count) ||
	    !pc_walk_name(&c->walk, &c->name, name))
		return false;
	if (has_set && pc_path_set_has(set, c->walk.root, c->name.data, c->name.len, mark))
		return true;
	return mark == PC_MARK_ITSELF &&
	       pc_check_is_overwritten(c->env, c->walk.root, c->name.data);
}

void pc_checker_fail(struct pc_checker *c, const struct pc_pair *p, enum pcopy_step step, int error)
{
	pc_walk_fail(&c->walk, p->kind, step, error, p->label);
}

/* The item's text is the label and, behind its NUL, both values, each with its NUL (job.h). A
 * missing value is an empty string. `values` is one buffer for the whole worker, so a value must
 * not point into it. */
void pc_checker_report(struct pc_checker *c, const struct pc_pair *p, const struct pc_difference *d)
{
	const char *want = d->want ? d->want : "", *have = d->have ? d->have : "";
	struct pc_note note = {.type = PCOPY_EVENT_DIFFERENT, .kind = p->kind, .name = p->label};
	struct pc_item *item;

	pc_buffer_cut(&c->values, 0);
	if (pc_buffer_add(&c->values, want, strlen(want) + 1) < 0 ||
	    pc_buffer_add(&c->values, have, strlen(have)) < 0) {
		c->walk.job->error = -ENOMEM;
		return;
	}
	c->walk.job->counts.differences++;
	note.more = c->values.data;
	note.more_len = c->values.len;
	item = pc_walk_event(&c->walk, &note);
	if (!item)
		return;
	item->step = (uint16_t)d->field;
	item->arg = d->offset;
	/* every change of a file sets its ctime, which cannot be set back */
	if (!c->env->index && p->src.st_mode &&
	    pc_time_order(&p->src.st_ctim, &c->env->started) >= 0)
		item->flags |= PC_ITEM_CHANGED;
}
