/* SPDX-License-Identifier: MIT
 *
 * hardlink.c - further hard links of files that were copied before: the job LINK. */
#include "copy/special.h"

#include "base/cleanup.h"
#include "copy/meta.h"
#include "copy/target.h"
#include "job/errors.h"
#include "sys/sys.h"

#include <errno.h>
#include <string.h>

/* The existing name to link to. */
struct first {
	int dirfd;
	const char *name;
};

/* Whether both names already are one inode: the job is a retry. */
static bool linked_already(const struct pc_entry *e, const struct first *first)
{
	struct stat a, b;

	return pc_sys_fstatat(e->frame->dst_fd, e->dst_name, &a, AT_SYMLINK_NOFOLLOW) == 0 &&
	       pc_sys_fstatat(first->dirfd, first->name, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
	       pc_same_inode(&a, &b);
}

/* Makes a hard link. If this run made the file immutable or append-only, the flags are cleared
 * meanwhile. */
static int link_make(const struct pc_copier *c, const struct pc_entry *e, const struct first *first)
{
	_cleanup_fd_ int fd = -1;
	int dirfd = e->frame->dst_fd;
	int flags, r;

	r = pc_sys_linkat(first->dirfd, first->name, dirfd, e->dst_name, 0);
	if (r != -EPERM || !(c->walk.options->preserve & PCOPY_KEEP_FLAGS))
		return r;
	fd = pc_sys_openat(first->dirfd, first->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
	                   0);
	flags = fd < 0 ? 0 : pc_meta_clear_flags(fd);
	if (!flags)
		return r;
	r = pc_sys_linkat(first->dirfd, first->name, dirfd, e->dst_name, 0);
	pc_meta_restore_flags(fd, flags);
	return r;
}

/* Links the entry to the first name, replacing an existing target. */
static int link_over(struct pc_copier *c, struct pc_entry *e, const struct first *first)
{
	int r;

	e->step = PCOPY_STEP_LINK;
	r = link_make(c, e, first);
	if (r != -EEXIST)
		return r;
	if (linked_already(e, first))
		return c->walk.options->update == PCOPY_UPDATE_DIFFER &&
		                       !pc_job_is_retry(c->walk.job)
		               ? PC_VERDICT_SKIP
		               : 0;
	/* a hard link of a regular file replaces the target, even if that is a link */
	e->src = (struct stat){.st_mode = S_IFLNK};
	r = pc_target_clear(c, e);
	if (r == PC_VERDICT_IN_PLACE) { /* writing in place would not make it the same inode */
		e->step = PCOPY_STEP_UNLINK;
		r = pc_target_remove(c, e);
		r = r < 0 ? r : PC_VERDICT_FREE;
	}
	if (r != PC_VERDICT_FREE)
		return r;
	e->step = PCOPY_STEP_LINK;
	r = pc_target_refused(c, e, link_make(c, e, first));
	if (r != 0)
		pc_backup_restore(e);
	return r;
}

/* Tells the coordinator that link number `index` of the job cannot be made: the file is copied
 * instead. */
static void link_hand_back(struct pc_copier *c, uint64_t index, int error)
{
	struct pc_item *item = pc_walk_item(&c->walk, PC_ITEM_LINK, "", 0);

	if (!item)
		return;
	item->arg = index;
	item->error = error;
}

/* The directories of the previous link, cached as the next link often uses one or both again.
 * Paths point into the job's text; NULL: not open. The anchor directories are never cached: the
 * walker closes them when the root changes. */
struct link_dirs {
	struct pc_frame frame; /* directory of the new name */
	const char *path;
	unsigned root;
	int first_fd; /* directory of the first name */
	const char *first_path;
	uint32_t first_root;
};

static void link_close_first(struct link_dirs *dirs)
{
	pc_close_cleanup(&dirs->first_fd);
	dirs->first_fd = -1;
	dirs->first_path = NULL;
}

static void link_close_frame(struct pc_copier *c, struct link_dirs *dirs)
{
	if (dirs->path)
		pc_walk_close_dirs(&c->walk, &dirs->frame);
	dirs->path = NULL;
}

static int link_open_first(struct pc_copier *c, struct link_dirs *dirs, const struct pc_item *item,
                           const char *path)
{
	bool top = item->flags & PC_ITEM_FIRST_TOP;
	int r;

	if (dirs->first_path && !top && dirs->first_root == (uint32_t)item->arg &&
	    strcmp(dirs->first_path, path) == 0)
		return 0;
	link_close_first(dirs);
	r = pc_walk_open_target(&c->walk, (uint32_t)item->arg, path, top);
	if (r < 0)
		return r;
	dirs->first_fd = r;
	dirs->first_path = top ? NULL : path;
	dirs->first_root = (uint32_t)item->arg;
	return 0;
}

static int link_open_frame(struct pc_copier *c, struct link_dirs *dirs, const struct pc_item *item)
{
	bool top = item->flags & PC_ITEM_TOP;

	if (dirs->path && !top && dirs->root == item->root && strcmp(dirs->path, item->text) == 0)
		return 0;
	link_close_frame(c, dirs);
	dirs->path = item->text;
	dirs->root = item->root;
	return pc_copier_open_dirs(c, item->text, top, &dirs->frame);
}

/* Makes one link of the job. Its item's text is path, name, path of the first name, first name. */
static void link_one(struct pc_copier *c, struct link_dirs *dirs, const struct pc_item *item,
                     uint64_t index)
{
	const char *name = item->text + strlen(item->text) + 1;
	const char *first_path = name + strlen(name) + 1;
	struct first first = {.name = first_path + strlen(first_path) + 1};
	struct pc_entry e;
	int opened, r;

	c->walk.root = item->root;
	opened = link_open_first(c, dirs, item, first_path);
	if (opened == 0)
		opened = link_open_frame(c, dirs, item);
	r = opened;
	first.dirfd = dirs->first_fd;
	pc_entry_init(&e, &dirs->frame, PC_TYPE_FILE, name, name);
	e.label = item->flags & PC_ITEM_TOP ? NULL : name;
	e.kind = PCOPY_HARD_LINK;
	e.step = PCOPY_STEP_OPEN_TARGET;
	pc_walk_set_path(&c->walk, item->text);
	if (r == 0)
		r = link_over(c, &e, &first);
	if (r < 0 && pc_error_class(e.step, r) == PC_ERROR_NEXT)
		link_hand_back(c, index, r);
	else if (r == PC_VERDICT_SKIP)
		pc_entry_unchanged(c, &e);
	else if (r != 0)
		pc_entry_fail(c, &e, r < 0 ? r : 0);
	else
		pc_entry_done(c, &e);
	if (opened < 0 || (item->flags & PC_ITEM_TOP))
		link_close_frame(c, dirs);
}

void pc_link_job(struct pc_copier *c)
{
	struct link_dirs dirs = {.frame.top = true, .first_fd = -1};
	const struct pc_item *item;
	uint64_t index = 0;
	uint32_t pos = 0;

	while ((item = pc_item_next(c->walk.text, c->walk.job->request_len, &pos))) {
		pc_phase(c, PCOPY_PHASE_LINK);
		link_one(c, &dirs, item, index++);
		pc_phase(c, PCOPY_PHASE_WALK); /* each link is one sample */
	}
	link_close_first(&dirs);
	link_close_frame(c, &dirs);
}
