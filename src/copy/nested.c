/* SPDX-License-Identifier: MIT
 *
 * nested.c - a source directory that is one of the target, seen another way.
 *
 * Device and inode do not tell: an overlay has a device of its own, and so has a file system
 * that a server of this machine shows.  But what a copy goes into without end was made or
 * changed in this run, and lies at a source path that ends as the target path does: where
 * "new" of the source "up" is the copy "ov/new", "up/new" is "ov/new", "up/new/new" is
 * "ov/new/new" and so on.  So only a source directory with a change of this run is suspected;
 * each target directory that it may be is looked at; and where the times agree, the time of
 * access is set in that and looked for in the source. */
#include "copy/nested.h"

#include "base/cleanup.h"
#include "base/times.h"
#include "copy/target.h"
#include "sys/sys.h"

#include <string.h>

/* Whether a time of access that is set in one is the other's, too.  It is put back.  A name that
 * is made there would cost the time of modification, which another worker may have set. */
static bool time_appears(struct pc_copier *c, int target_fd, const struct stat *target,
                         int source_fd, const struct stat *source)
{
	/* whole seconds, an even number: as coarse as times are; each worker's own */
	struct timespec seen, times[2] = {{.tv_sec = (target->st_atim.tv_sec & ~(time_t)1) -
	                                             2 * (1 + (time_t)c->walk.slot)},
	                                  {.tv_nsec = UTIME_OMIT}};
	bool appears;

	if (times[0].tv_sec == source->st_atim.tv_sec)
		times[0].tv_sec -= 2;
	if (pc_sys_futimens(target_fd, times) < 0)
		return false; /* another's directory: nothing of this run */
	appears = pc_sys_access_time(source_fd, &seen) == 0 && seen.tv_sec == times[0].tv_sec;
	times[0] = target->st_atim;
	(void)pc_sys_futimens(target_fd, times); /* it could be set a moment ago */
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
	/* a server may cut the fraction off */
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
		return false; /* no memory: it will be missed below */
	for (tail = whole + strlen(whole);; tail--) {
		if ((tail == whole || tail[-1] == '/' || !*tail) &&
		    is_shown_as(c, tail, fd, &e->src))
			return true;
		if (tail == whole)
			return false;
	}
}
