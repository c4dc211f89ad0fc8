/* SPDX-License-Identifier: MIT
 *
 * results.c - the result of an entry: counts, events, and its temporary name. */
#include "copy/copier.h"

#include "base/path.h"
#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool entry_is_gone(const struct pc_copier *c, const struct pc_entry *e)
{
	struct stat st;

	return pc_sys_fstatat(e->frame->src_fd, e->src_name, &st,
	                      pc_entry_follows(c, e) ? 0 : AT_SYMLINK_NOFOLLOW) == -ENOENT;
}

/* cp examines each entry before it opens it, so that for cp a vanished one fails there.  Some
 * entries of /proc exist but cannot be opened with the same error. */
static enum pcopy_step entry_failed_step(const struct pc_copier *c, const struct pc_entry *e,
                                         int error)
{
	bool opens = e->step == PCOPY_STEP_OPEN_SOURCE || e->step == PCOPY_STEP_OPEN_DIRECTORY ||
	             e->step == PCOPY_STEP_READLINK;

	return opens && error == -ENOENT && e->frame && entry_is_gone(c, e) ? PCOPY_STEP_STAT
	                                                                    : e->step;
}

void pc_entry_event(struct pc_copier *c, struct pc_entry *e, enum pcopy_event_type type, int error)
{
	bool folded = type == PCOPY_EVENT_ERROR && e->step == PCOPY_STEP_FOLDED;
	const char *more = type == PCOPY_EVENT_COPIED ? e->backup
	                   : folded                   ? e->folded_into.name
	                                              : NULL;
	const struct pc_fs *fs = e->frame ? e->frame->dst_fs : NULL;
	const struct pc_note note = {
		.type = type,
		.kind = e->kind,
		.step = entry_failed_step(c, e, error),
		.error = error,
		.name = e->label,
		.more = more,
		.more_len = more ? strlen(more) : 0,
		.dev = fs ? fs->dev : 0,
	};
	struct pc_item *item = pc_walk_event(&c->walk, &note);

	if (item && type == PCOPY_EVENT_COPIED && e->kind == PCOPY_FILE)
		item->arg = pc_way_pack(&e->way);
	if (item && folded)
		item->arg = e->folded_into.root;
}

/* Ends the job at the first entry that does not fit on a full file system. The coordinator
 * decides whether the run continues for other file systems. If it does, further entries fail one
 * by one. */
static void entry_note_full(struct pc_copier *c, const struct pc_entry *e, int error)
{
	struct pc_fs *fs = e->frame ? e->frame->dst_fs : NULL;

	if (!pc_is_full(e->step, error) || (fs && fs->full_reported))
		return;
	c->walk.ending = true;
	if (fs)
		fs->full_reported = true;
}

/* Whether the existing target is of another kind, so that only the option to delete extraneous
 * entries allows its removal. */
static bool entry_meets_obstacle(const struct pc_copier *c, const struct pc_entry *e, int error)
{
	if (!c->walk.options->delete_extraneous || error != 0 || !e->frame || e->frame->top)
		return false;
	return e->step == PCOPY_STEP_DIR_OVER_FILE || e->step == PCOPY_STEP_FILE_OVER_DIR ||
	       e->step == PCOPY_STEP_THROUGH_SYMLINK || e->step == PCOPY_STEP_THROUGH_DANGLING ||
	       e->step == PCOPY_STEP_OVER_SPECIAL;
}

/* Reports an obstacle. The entry counts as neither copied nor failed yet: the coordinator
 * decides when everything else is done. */
static void entry_leave_obstacle(struct pc_copier *c, const struct pc_entry *e)
{
	const struct pc_note note = {
		.type = PCOPY_EVENT_ERROR, .kind = e->kind, .step = e->step, .name = e->label};
	struct pc_item *item = pc_walk_event(&c->walk, &note);

	if (item)
		item->flags |= PC_ITEM_IN_THE_WAY;
}

void pc_entry_fail(struct pc_copier *c, struct pc_entry *e, int error)
{
	if (entry_meets_obstacle(c, e, error)) {
		entry_leave_obstacle(c, e);
		return;
	}
	pc_walk_count_failed(&c->walk, e->kind);
	entry_note_full(c, e, error);
	pc_entry_event(c, e, PCOPY_EVENT_ERROR, error);
}

void pc_entry_warn(struct pc_entry *e, enum pcopy_step step, int error, bool needed)
{
	if (e->warning.step != PCOPY_STEP_NONE && e->warning.needed)
		return; /* a required one was recorded before and explains the failure */
	e->warning.step = step;
	e->warning.error = error;
	e->warning.needed = needed;
}

bool pc_entry_count(struct pc_copier *c, struct pc_entry *e)
{
	e->step = e->warning.step;
	if (e->step != PCOPY_STEP_NONE && e->warning.needed) {
		pc_entry_fail(c, e, e->warning.error);
		return false;
	}
	c->walk.job->counts.entries[e->kind].copied++;
	if (e->step != PCOPY_STEP_NONE) {
		c->walk.job->counts.warnings++;
		pc_entry_event(c, e, PCOPY_EVENT_WARNING, e->warning.error);
		e->step = PCOPY_STEP_NONE;
	}
	return true;
}

void pc_entry_done(struct pc_copier *c, struct pc_entry *e)
{
	if (pc_entry_count(c, e) && c->walk.options->verbose)
		pc_entry_event(c, e, PCOPY_EVENT_COPIED, 0);
}

void pc_entry_skip(struct pc_copier *c, struct pc_entry *e)
{
	e->step = PCOPY_STEP_NONE;
	c->walk.job->counts.entries[e->kind].skipped++;
	if (c->walk.options->verbose || pc_reads_back(c->walk.options))
		pc_entry_event(c, e, PCOPY_EVENT_SKIPPED, 0);
}

void pc_entry_unchanged(struct pc_copier *c, struct pc_entry *e)
{
	c->walk.job->counts.unchanged++;
	pc_entry_skip(c, e);
}

/* For an entry that existed before and was not copied by this run. */
void pc_entry_kept(struct pc_copier *c, struct pc_entry *e, bool differed)
{
	struct pc_counts *counts = &c->walk.job->counts;

	if (!pc_entry_count(c, e))
		return;
	counts->entries[e->kind].copied--;
	counts->entries[e->kind].skipped++;
	if (!differed) {
		counts->unchanged++;
		return;
	}
	counts->attributes_set++;
	if (c->walk.options->verbose)
		pc_entry_event(c, e, PCOPY_EVENT_ATTRIBUTES, 0);
}

void pc_entry_metadata_set(struct pc_copier *c, struct pc_entry *e)
{
	pc_entry_kept(c, e, true);
}

bool pc_entry_linked(struct pc_copier *c, struct pc_entry *e)
{
	struct pc_meta meta;

	if (!(c->walk.options->preserve & PCOPY_KEEP_LINKS) || (c->walk.job->flags & PC_JOB_FIRST))
		return false;
	/* with links followed, symbolic links can be further names of an inode */
	if (e->src.st_nlink < 2 && !pc_entry_follows(c, e))
		return false;
	meta = pc_meta_of(&e->src);
	pc_walk_hand_back(&c->walk, e->frame, PC_ITEM_LINKED, e->src_name, &meta);
	return true;
}

struct pc_meta pc_copier_meta(const struct pc_copier *c, const struct stat *st)
{
	struct pc_meta meta = pc_meta_of(st);

	if (!(c->walk.options->preserve & PCOPY_DEFAULT_MODE))
		return meta;
	meta.mode &= S_IFMT;
	if (S_ISDIR(st->st_mode)) /* GNU cp keeps this bit */
		meta.mode |= 0777 | (st->st_mode & 01000);
	else
		meta.mode |= S_ISSOCK(st->st_mode) ? 0777 : 0666;
	return meta;
}

/* Some file systems report no length for a link. */
#define LINK_BYTES 256U

int pc_copier_read_link(int dirfd, const char *name, size_t length, struct pc_buffer *ret)
{
	size_t room = length + 1 < LINK_BYTES ? LINK_BYTES : length + 1;

	for (;; room *= 2) {
		ssize_t len;

		pc_buffer_cut(ret, 0);
		if (pc_buffer_reserve(ret, room) < 0)
			return -ENOMEM;
		len = pc_sys_readlinkat(dirfd, name, ret->data, room);
		if (len < 0)
			return (int)len;
		if ((size_t)len < room) {
			ret->data[len] = '\0';
			ret->len = (size_t)len;
			return 0;
		}
	}
}

void pc_copier_temp_name(const struct pc_copier *c, const char *final_name,
                         char name[PC_TEMP_NAME_MAX])
{
	uint64_t run = c->env->run_id;

	(void)snprintf(name, PC_TEMP_NAME_MAX, ".pcopy-%016llx-%llx", (unsigned long long)run,
	               (unsigned long long)pc_name_hash(final_name, run));
}

void pc_copier_drop_lost(const struct pc_copier *c, const struct pc_entry *e)
{
	char name[PC_TEMP_NAME_MAX];

	if (!pc_job_is_retry(c->walk.job))
		return;
	pc_copier_temp_name(c, e->dst_name, name);
	(void)pc_sys_unlinkat(e->frame->dst_fd, name, 0); /* usually there is none */
}

int pc_copier_open_dirs(struct pc_copier *c, const char *path, bool top, struct pc_frame *f)
{
	int r = pc_walk_open_dirs(&c->walk, path, top, f);

	if (r == 0 && top) {
		f->acl = c->top_acl;
		f->gid_own = c->top_gid_own;
	}
	return r;
}

void pc_copier_announce(struct pc_copier *c, struct pc_frame *f, struct pc_fs *fs, const char *name)
{
	int error = c->walk.job->error;
	struct pc_item *item;
	const char *path;

	if (fs->announced)
		return;
	path = f->top ? "" : pc_walk_name(&c->walk, &c->name, name);
	if (!path) { /* the next directory on it announces it; but for fsync it must not be
	              * missed */
		if (c->walk.options->fsync != PCOPY_FSYNC_END)
			c->walk.job->error = error;
		return;
	}
	item = pc_walk_item(&c->walk, PC_ITEM_TARGET, path, strlen(path));
	if (!item)
		return;
	item->root = c->walk.root;
	item->flags = f->top && !name ? PC_ITEM_TOP : 0;
	item->meta.dev = fs->dev;
	fs->announced = true;
}
