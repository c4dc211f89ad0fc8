/* SPDX-License-Identifier: MIT
 *
 * nested.c - detects a source directory that is a target directory seen another way.
 *
 * Device and inode do not reveal it: an overlay has its own device, and so has a file system
 * served by this very machine. But a directory that a copy would descend into forever was created
 * or changed in this run, and its source path ends as its target path does: if the source "up" is
 * copied to "ov/new", then "up/new" is "ov/new", "up/new/new" is "ov/new/new" and so on.
 *
 * So only source directories changed in this run are suspects. Each target directory that a
 * suspect may be is looked at. If the times agree, an access time is set on the target and looked
 * for in the source. */
#include "copy/nested.h"

#include "base/cleanup.h"
#include "base/times.h"
#include "copy/target.h"
#include "sys/sys.h"

#include <string.h>

/* Whether an access time set on one directory appears on the other. It is restored afterwards.
 * Creating a file instead would change the modification time, which another worker may have set. */
static bool time_appears(struct pc_copier *c, int target_fd, const struct stat *target,
                         int source_fd, const struct stat *source)
{
	/* whole and even seconds, as coarse as any file system stores; different for each worker */
	struct timespec seen, times[2] = {{.tv_sec = (target->st_atim.tv_sec & ~(time_t)1) -
	                                             2 * (1 + (time_t)c->walk.slot)},
	                                  {.tv_nsec = UTIME_OMIT}};
	bool appears;

	if (times[0].tv_sec == source->st_atim.tv_sec)
		times[0].tv_sec -= 2;
	if (pc_sys_futimens(target_fd, times) < 0)
		return false; /* not our directory, so not of this run */
	appears = pc_sys_access_time(source_fd, &seen) == 0 && seen.tv_sec == times[0].tv_sec;
	times[0] = target->st_atim;
	(void)pc_sys_futimens(target_fd, times); /* could be set a moment ago */
	return appears;
}

/* Whether the directory `path` below the root's target is the source directory. */
static bool is_shown_as(struct pc_copier *c, const char *path, int fd, const struct stat *source)
{
	_cleanup_fd_ int target_fd = pc_walk_open_target(&c->walk, c->walk.root, path, false);
	struct stat target;

	if (target_fd < 0 || pc_sys_fstat(target_fd, &target) < 0)
		return false;
	if (pc_same_inode(source, &target))
		return true;
	/* a file server may truncate fractions of a second */
	return pc_times_agree(&source->st_mtim, &target.st_mtim, PC_TIME_SECOND) &&
	       pc_times_agree(&source->st_ctim, &target.st_ctim, PC_TIME_SECOND) &&
	       time_appears(c, target_fd, &target, fd, source);
}

bool pc_nested_is_target(struct pc_copier *c, const struct pc_entry *e, int fd)
{
	const char *whole, *tail;

	if (e->frame->top || !pc_copy_is_of_run(c->env, &e->src.st_ctim))
		return false;
	whole = pc_walk_name(&c->walk, &c->name, e->src_name);
	if (!whole)
		return false; /* no memory: the next allocation fails and is reported */
	for (tail = whole + strlen(whole);; tail--) {
		if ((tail == whole || tail[-1] == '/' || !*tail) &&
		    is_shown_as(c, tail, fd, &e->src))
			return true;
		if (tail == whole)
			return false;
	}
}
