/* SPDX-License-Identifier: MIT
 *
 * survey.c - finds out what a copy would do.
 *
 * It uses the same walk and the same rules, and makes no call that changes anything. A directory
 * that the target lacks has no descriptor (dst_fd is -1): everything below it would be created.
 * Large files are not divided, and hard links are looked at one by one. */
#include "copy/survey.h"

#include "base/cleanup.h"
#include "copy/directory.h"
#include "copy/target.h"
#include "sys/sys.h"

#include <errno.h>

/* ---- Events ---- */

static void would_report(struct pc_copier *c, struct pc_entry *e, enum pcopy_would what)
{
	const struct pc_note note = {.type = PCOPY_EVENT_WOULD, .kind = e->kind, .name = e->label};
	struct pc_item *item = pc_walk_event(&c->walk, &note);

	if (item)
		item->arg = what;
}

/* Reports that the entry would be created, replaced or written to. */
static void would_copy(struct pc_copier *c, struct pc_entry *e, enum pcopy_would what)
{
	const struct pcopy_options *o = c->walk.options;

	would_report(c, e, what);
	c->walk.job->counts.entries[e->kind].copied++;
	if (S_ISREG(e->src.st_mode) && o->make == PCOPY_MAKE_COPIES && !o->attributes_only)
		c->walk.job->counts.bytes += (uint64_t)e->src.st_size;
}

static void would_set_metadata(struct pc_copier *c, struct pc_entry *e)
{
	would_report(c, e, PCOPY_WOULD_CHANGE_ATTRIBUTES);
	c->walk.job->counts.entries[e->kind].skipped++;
	c->walk.job->counts.attributes_set++;
}

/* ---- Entries ---- */

/* Looks at the source as a copy does. */
static int source_look(struct pc_copier *c, struct pc_entry *e)
{
	int r;

	e->step = PCOPY_STEP_STAT;
	r = pc_sys_fstatat(e->frame->src_fd, e->src_name, &e->src,
	                   pc_entry_follows(c, e) ? 0 : AT_SYMLINK_NOFOLLOW);
	if (r < 0)
		return r;
	e->kind = pc_entry_is_stream(c, e) ? PCOPY_FILE : pc_kind_of_mode(e->src.st_mode);
	return 0;
}

/* Whether the source could be opened. Only an entry that is to be copied is. */
static bool is_readable(struct pc_copier *c, struct pc_entry *e)
{
	int r = 0;

	if (c->walk.options->make == PCOPY_MAKE_COPIES && S_ISREG(e->src.st_mode))
		r = pc_sys_faccessat(e->frame->src_fd, e->src_name, R_OK);
	if (r < 0) {
		e->step = PCOPY_STEP_OPEN_SOURCE;
		pc_entry_fail(c, e, r);
	}
	return r == 0;
}

/* Reports what would happen to the existing target. */
static void existing_report(struct pc_copier *c, struct pc_entry *e, int verdict)
{
	bool file = S_ISREG(e->src.st_mode) || pc_entry_is_stream(c, e);

	switch (verdict) {
	case PC_VERDICT_FREE:
		would_copy(c, e, PCOPY_WOULD_CREATE);
		break;
	case PC_VERDICT_DONE:
		c->walk.job->counts.entries[e->kind].copied++;
		break;
	case PC_VERDICT_REPLACE:
	case PC_VERDICT_REMOVE:
	case PC_VERDICT_BACKUP:
		would_copy(c, e, PCOPY_WOULD_REPLACE);
		break;
	case PC_VERDICT_IN_PLACE:
		if (file && c->walk.options->make == PCOPY_MAKE_COPIES)
			would_copy(c, e, PCOPY_WOULD_UPDATE);
		else if (c->walk.options->force)
			would_copy(c, e, PCOPY_WOULD_REPLACE);
		else
			pc_entry_fail(c, e, -EEXIST);
		break;
	default:
		pc_entry_fail(c, e, verdict < 0 ? verdict : 0);
		break;
	}
}

/* Whether the entry would be copied despite the existing target. */
static bool is_wanted(struct pc_copier *c, struct pc_entry *e)
{
	struct stat target;
	int verdict = pc_target_judge(c, e, &target);

	switch (verdict) {
	case PC_VERDICT_FREE:
		return true;
	case PC_VERDICT_METADATA:
		would_set_metadata(c, e);
		break;
	case PC_VERDICT_SKIP:
		if (c->walk.options->update == PCOPY_UPDATE_DIFFER)
			c->walk.job->counts.unchanged++;
		pc_entry_skip(c, e);
		break;
	default:
		pc_entry_fail(c, e, verdict < 0 ? verdict : 0);
		break;
	}
	return false;
}

/* Whether an obstacle would be removed before the entry is copied. */
static bool gets_room(struct pc_copier *c, const char *label)
{
	return c->env->only && pc_walk_name(&c->walk, &c->name, label) &&
	       pc_path_set_covers(c->env->only, c->walk.root, c->name.data);
}

static void survey_entry(struct pc_walker *w, struct pc_entry *e)
{
	struct pc_copier *c = pc_copier_of(w);
	bool is_new = e->frame->dst_fd < 0 || c->env->only;
	int r;

	if (c->env->only && !gets_room(c, e->label))
		return;
	r = source_look(c, e);
	if (r < 0)
		pc_entry_fail(c, e, r);
	else if (pc_exclude_skips_size(w->options, &e->src))
		pc_entry_skip(c, e);
	else if ((!is_new && !is_wanted(c, e)) || !is_readable(c, e))
		return;
	else if (is_new)
		would_copy(c, e, PCOPY_WOULD_CREATE);
	else
		existing_report(c, e, pc_target_foresee(c, e));
}

/* ---- Directories ---- */

/* Opens an existing target directory, which would be merged into. */
static int below_open(struct pc_copier *c, struct pc_entry *e, struct pc_frame *f,
                      const struct stat *st)
{
	int r;

	e->step = PCOPY_STEP_DIR_OVER_FILE;
	if (!S_ISDIR(st->st_mode))
		return 1;
	e->step = PCOPY_STEP_SAME_FILE;
	if (st->st_dev == f->meta.dev && st->st_ino == f->meta.ino)
		return 1;
	if (c->walk.options->update == PCOPY_UPDATE_DIFFER)
		f->meta.differs = pc_target_directory_differs(c, e, st, f->src_fd);
	r = pc_target_open_directory(c, e, f);
	if (r < 0)
		return r;
	f->dst_fs = pc_walk_fs(&c->walk, e->frame->dst_fs, st->st_dev, f->dst_fd);
	if (f->meta.differs && !f->above)
		would_report(c, e, PCOPY_WOULD_CHANGE_ATTRIBUTES);
	return 0;
}

static int below_look(struct pc_copier *c, struct pc_entry *e, struct pc_frame *f)
{
	int flags = c->walk.options->keep_directory_symlink ? 0 : AT_SYMLINK_NOFOLLOW;
	struct stat st;
	int r = -ENOENT;

	e->step = PCOPY_STEP_STAT_TARGET;
	if (e->frame->dst_fd >= 0 && !gets_room(c, NULL))
		r = pc_sys_fstatat(e->frame->dst_fd, e->dst_name, &st, flags);
	if (r != -ENOENT)
		return r < 0 ? r : below_open(c, e, f, &st);
	f->meta.made = PC_MADE;
	if (!f->above)
		would_report(c, e, PCOPY_WOULD_CREATE);
	return 0;
}

static bool survey_open(struct pc_walker *w, struct pc_entry *e, struct pc_frame *f)
{
	struct pc_copier *c = pc_copier_of(w);
	int r;

	if (c->env->only && (!pc_walk_name(w, &c->name, NULL) ||
	                     !pc_path_set_reaches(c->env->only, w->root, c->name.data)))
		return false;
	r = pc_directory_open_source(c, e, f);
	if (r == 0) {
		e->step = PCOPY_STEP_CYCLE;
		r = pc_walk_is_cycle(&c->walk, e->frame, &e->src) ? 1 : 0;
	}
	if (r == 0)
		r = below_look(c, e, f);
	if (r == 0)
		return true;
	pc_entry_fail(c, e, r < 0 ? r : 0);
	pc_close_cleanup(&f->src_fd);
	pc_close_cleanup(&f->dst_fd);
	return false;
}

/* Counts as the copy does. */
static void directory_count(struct pc_copier *c, const struct pc_meta *meta)
{
	struct pc_counts *counts = &c->walk.job->counts;

	if (meta->counted)
		return;
	if (meta->made || c->walk.options->update != PCOPY_UPDATE_DIFFER) {
		counts->entries[PCOPY_DIRECTORY].copied++;
		return;
	}
	counts->entries[PCOPY_DIRECTORY].skipped++;
	if (meta->differs)
		counts->attributes_set++;
	else
		counts->unchanged++;
}

static void survey_finish(struct pc_walker *w, struct pc_frame *f)
{
	if (!f->failed)
		directory_count(pc_copier_of(w), &f->meta);
}

/* Reports a directory above an operand, which the walk does not enter, or one that leads to
 * listed paths, which several jobs may enter. */
static void parent_report(struct pc_copier *c, const struct pc_item *item)
{
	struct pc_entry e = {.kind = PCOPY_DIRECTORY};

	if (!c->env->root[item->root].parent && !(item->flags & PC_ITEM_ABOVE))
		return;
	c->walk.root = item->root;
	pc_walk_set_path(&c->walk, item->text);
	if (item->meta.made)
		would_report(c, &e, PCOPY_WOULD_CREATE);
	else if (item->meta.differs)
		would_report(c, &e, PCOPY_WOULD_CHANGE_ATTRIBUTES);
}

void pc_survey_directories(struct pc_copier *c)
{
	const struct pc_item *item;
	uint32_t pos = 0;

	while ((item = pc_item_next(c->walk.text, c->walk.job->request_len, &pos))) {
		if (item->flags & PC_ITEM_FAILED)
			continue;
		parent_report(c, item);
		directory_count(c, &item->meta);
	}
}

static void survey_look(struct pc_walker *w, struct pc_frame *f)
{
	(void)w, (void)f; /* nothing is created that could inherit */
}

const struct pc_walk_ops pc_survey_ops = {
	.entry = survey_entry,
	.open = survey_open,
	.finish = survey_finish,
	.look = survey_look,
};
