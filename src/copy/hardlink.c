/* SPDX-License-Identifier: MIT
 *
 * hardlink.c - further names of files that were copied before: the job LINK. */
#include "copy/special.h"

#include "base/cleanup.h"
#include "copy/meta.h"
#include "copy/target.h"
#include "job/errors.h"
#include "sys/sys.h"

#include <errno.h>
#include <string.h>

/* The name that exists. */
struct first {
	int dirfd;
	const char *name;
};

/* Whether both names are one inode already: a job that is done again. */
static bool linked_already(const struct pc_entry *e, const struct first *first)
{
	struct stat a, b;

	return pc_sys_fstatat(e->frame->dst_fd, e->dst_name, &a, AT_SYMLINK_NOFOLLOW) == 0 &&
	       pc_sys_fstatat(first->dirfd, first->name, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
	       pc_same_inode(&a, &b);
}

/* A further name, also of what was made immutable or append-only in this run. */
static int link_make(const struct pc_copier *c, const struct pc_entry *e, const struct first *first)
{
	_cleanup_close_ int fd = -1;
	int dirfd = e->frame->dst_fd;
	int flags, r;

	r = pc_sys_linkat(first->dirfd, first->name, dirfd, e->dst_name, 0);
	if (r != -EPERM || !(c->walk.options->preserve & PCOPY_KEEP_FLAGS))
		return r;
	fd = pc_sys_openat(first->dirfd, first->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
	                   0);
	flags = fd < 0 ? 0 : pc_meta_unseal(fd);
	if (!flags)
		return r;
	r = pc_sys_linkat(first->dirfd, first->name, dirfd, e->dst_name, 0);
	pc_meta_reseal(fd, flags);
	return r;
}

/* Links the entry to the first name, in place of what may have its own. */
static int link_over(struct pc_copier *c, struct pc_entry *e, const struct first *first)
{
	int r;

	e->step = PCOPY_STEP_LINK;
	r = link_make(c, e, first);
	if (r != -EEXIST)
		return r;
	if (linked_already(e, first))
		return c->walk.options->update == PCOPY_UPDATE_DIFFER &&
		                       !pc_job_is_again(c->walk.job)
		               ? PC_VERDICT_SKIP
		               : 0;
	/* a further name of a regular file replaces what is there, link or not */
	e->src = (struct stat){.st_mode = S_IFLNK};
	r = pc_target_clear(c, e);
	if (r == PC_VERDICT_IN_PLACE) { /* of no use here: it is another inode */
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

/* No further name can be had: the coordinator has link number `index` of the job
 * copied instead. */
static void link_hand_back(struct pc_copier *c, uint64_t index, int error)
{
	struct pc_item *item = pc_walk_item(&c->walk, PC_ITEM_LINK, "", 0);

	if (!item)
		return;
	item->arg = index;
	item->error = error;
}

/* One link of the job: `text` is path, name, path of the first, first name. */
static void link_one(struct pc_copier *c, const struct pc_item *item, uint64_t index)
{
	const char *name = item->text + strlen(item->text) + 1;
	const char *first_path = name + strlen(name) + 1;
	struct first first = {-1, first_path + strlen(first_path) + 1};
	bool top = item->flags & PC_ITEM_TOP;
	struct pc_frame f = {.top = true};
	_cleanup_close_ int first_fd = -1;
	struct pc_entry e;
	int r;

	c->walk.root = item->root;
	first_fd = first.dirfd = pc_walk_open_target(&c->walk, (uint32_t)item->arg, first_path,
	                                             item->flags & PC_ITEM_FIRST_TOP);
	r = first_fd < 0 ? first_fd : pc_copier_open_dirs(c, item->text, top, &f);
	pc_entry_init(&e, &f, PC_TYPE_FILE, name, name);
	e.label = top ? NULL : name;
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
	pc_walk_close_dirs(&c->walk, &f);
}

void pc_link_job(struct pc_copier *c)
{
	const struct pc_item *item;
	uint64_t index = 0;
	uint32_t pos = 0;

	while ((item = pc_item_next(c->walk.text, c->walk.job->request_len, &pos))) {
		pc_phase(c, PCOPY_PHASE_LINK);
		link_one(c, item, index++);
		pc_phase(c, PCOPY_PHASE_WALK); /* each link is one sample */
	}
}
