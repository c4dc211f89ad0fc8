/* SPDX-License-Identifier: MIT
 *
 * nested.c - a source directory that is one of the target, seen another way.
 *
 * Device and inode do not tell: an overlay has a device of its own, and so has a file system
 * that a server of this machine shows.  But what a copy goes into without end was made or
 * changed in this run, and lies at a source path that ends as the target path does: where
 * "new" of the source "up" is the copy "ov/new", "up/new" is "ov/new", "up/new/new" is
 * "ov/new/new" and so on.  So only a source directory with a change of this run is suspected;
 * each target directory that it may be is looked at; and where the times agree, a name is
 * made in that and looked for in the source. */
#include "copy/nested.h"

#include "base/cleanup.h"
#include "base/times.h"
#include "copy/target.h"
#include "sys/sys.h"

#include <stdio.h>
#include <string.h>

/* Whether a file that is made in one is in the other, too.  Its name is the run's, and of
 * this worker's slot. */
static bool name_appears(struct pc_copier *c, int target_fd, int source_fd)
{
	char word[32], name[PC_TEMP_NAME_MAX];
	struct stat st;
	bool appears;
	int fd;

	(void)snprintf(word, sizeof(word), "/%u", c->walk.slot);
	pc_copier_temp_name(c, word, name);
	fd = pc_sys_openat(target_fd, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0)
		return false;   /* nothing can be made there, so nothing is nested there */
	(void)pc_sys_close(fd); /* nothing was written */
	appears = pc_sys_fstatat(source_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	(void)pc_sys_unlinkat(target_fd, name, 0); /* it was made a moment ago */
	return appears;
}

/* Whether the directory `path` below the root's target is the source directory. */
static bool is_shown_as(struct pc_copier *c, const char *path, int fd, const struct stat *source)
{
	_cleanup_close_ int target_fd = pc_walk_open_target(&c->walk, c->walk.root, path, false);
	struct stat target;

	if (target_fd < 0 || pc_sys_fstat(target_fd, &target) < 0)
		return false;
	if (pc_same_inode(source, &target))
		return true;
	/* a server may cut the fraction off */
	return pc_times_agree(&source->st_mtim, &target.st_mtim, PC_TIME_SECOND) &&
	       pc_times_agree(&source->st_ctim, &target.st_ctim, PC_TIME_SECOND) &&
	       name_appears(c, target_fd, fd);
}

bool pc_nested_is_target(struct pc_copier *c, const struct pc_entry *e, int fd)
{
	const char *whole, *tail;

	if (e->frame->top || !pc_copy_is_of_run(c->env, &e->src.st_ctim))
		return false;
	whole = pc_walk_name(&c->walk, &c->name, e->src_name);
	if (!whole)
		return false; /* no memory: it will be missed below */
	for (tail = whole + strlen(whole);; tail--) {
		if ((tail == whole || tail[-1] == '/' || !*tail) &&
		    is_shown_as(c, tail, fd, &e->src))
			return true;
		if (tail == whole)
			return false;
	}
}
