/* SPDX-License-Identifier: MIT
 *
 * reach.c - how far away the storage behind a descriptor is.
 *
 * A directory is asked for its device, which never waits, and a new device for the type of its
 * file system. */
#include "sys/reach.h"

#include "sys/fs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

static enum pc_reach reach_of_type(const struct pc_fs_type *type)
{
	return type->in_memory ? PC_REACH_MEMORY : type->local ? PC_REACH_DISK : PC_REACH_FAR;
}

static enum pc_reach reach_of_device(struct pc_reaches *r, uint64_t dev, int fd)
{
	enum pc_reach reach = PC_REACH_FAR;
	struct statfs fs;

	for (unsigned i = 0; i < PC_REACH_DEVICES; i++) {
		if (r->known[i].reach != PC_REACH_UNKNOWN && r->known[i].dev == dev)
			return r->known[i].reach;
	}
	if (fstatfs(fd, &fs) == 0)
		reach = reach_of_type(pc_fs_type_of_magic((uint32_t)fs.f_type));
	r->known[r->next % PC_REACH_DEVICES].dev = dev;
	r->known[r->next++ % PC_REACH_DEVICES].reach = reach;
	return reach;
}

static enum pc_reach reach_ask(struct pc_reaches *r, int fd)
{
	struct statx x;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &x) < 0)
		return r->by_path; /* refused by a seccomp filter, or an invalid descriptor */
	return reach_of_device(r, makedev(x.stx_dev_major, x.stx_dev_minor), fd);
}

enum pc_reach pc_reach_of(struct pc_reaches *r, int fd)
{
	if (r->all != PC_REACH_UNKNOWN)
		return r->all;
	if (fd < 0)
		return r->by_path;
	if ((unsigned)fd >= PC_REACH_FDS)
		return reach_ask(r, fd);
	if (r->of_fd[fd] == PC_REACH_UNKNOWN)
		r->of_fd[fd] = (uint8_t)reach_ask(r, fd);
	return r->of_fd[fd];
}

void pc_reach_opened(struct pc_reaches *r, int dirfd, int fd, bool directory)
{
	if (fd < 0 || (unsigned)fd >= PC_REACH_FDS)
		return;
	r->of_fd[fd] = PC_REACH_UNKNOWN;
	if (!directory && dirfd >= 0)
		r->of_fd[fd] = (uint8_t)pc_reach_of(r, dirfd);
}
