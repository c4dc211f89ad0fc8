/* SPDX-License-Identifier: MIT */
/* fault.h - the faults of the file system of tests/boundary.
 *
 * Setting the attribute "trusted.fault" of its root to "close=28,times=2000000000" turns these
 * faults on and all others off.  ERRNO is the error of every call of that kind:
 *
 *	close		ERRNO, closing a file that was written to
 *	fsync, fsyncdir, syncfs	ERRNO
 *	bytes, nodes	for how many more there is room; after that, calls fail with
 *	full		ERRNO, by default ENOSPC
 *	readonly	ERRNO, all changes
 *	length		of regular files in stat: 1 is zero, 2 too large, 3 too small
 *	xattr		ERRNO, all calls for attributes
 *	setxattr	ERRNO, setting an attribute
 *	acl		ERRNO, all calls for access control lists
 *	appends		ERRNO, writing elsewhere than at the end, and setting a length but 0
 *	chown, chmod, utimens	ERRNO
 *	folds		1, names that differ only in case are equal; 2, dots and blanks at the end of a
 *			name are also dropped, as by vfat
 *	times		granularity in nanoseconds
 *	names		length of the longest name, by default 255, at most 1024
 *	numbers		1, inode numbers change with each lookup
 *	link, symlink, mknod, mkdir, rename	ERRNO
 *	read, write, range	ERRNO, range is copy_file_range */
#ifndef BOUNDARY_FAULT_H
#define BOUNDARY_FAULT_H

#include "store.h"

#include <stddef.h>
#include <sys/stat.h>

#define FAULTS(EACH)                                                                               \
	EACH(acl)                                                                                  \
	EACH(appends)                                                                              \
	EACH(bytes)                                                                                \
	EACH(chmod)                                                                                \
	EACH(chown)                                                                                \
	EACH(close)                                                                                \
	EACH(folds)                                                                                \
	EACH(fsync)                                                                                \
	EACH(fsyncdir)                                                                             \
	EACH(full)                                                                                 \
	EACH(length)                                                                               \
	EACH(link)                                                                                 \
	EACH(mkdir)                                                                                \
	EACH(mknod)                                                                                \
	EACH(names)                                                                                \
	EACH(nodes)                                                                                \
	EACH(numbers)                                                                              \
	EACH(range)                                                                                \
	EACH(read)                                                                                 \
	EACH(readonly)                                                                             \
	EACH(rename)                                                                               \
	EACH(setxattr)                                                                             \
	EACH(symlink)                                                                              \
	EACH(syncfs)                                                                               \
	EACH(times)                                                                                \
	EACH(utimens)                                                                              \
	EACH(write)                                                                                \
	EACH(xattr)

#define FAULT_FIELD(name) int name;
struct fault {
	FAULTS(FAULT_FIELD)
};

/* Those that are on; 0 is off. */
extern struct fault fault;

/* The functions return 0 or a positive errno, as FUSE is answered. */

int fault_set(const char *text, size_t size);

/* A call that changes something, with the fault of its own kind. */
int fault_in_change(int refused);

/* The same for one that gives something this name. */
int fault_in_name(const char *text, int refused);

/* What a setattr request with these FUSE_SET_ATTR_ bits answers. */
int fault_in_setattr(int wanted);

int fault_in_getxattr(const char *name);

int fault_in_setxattr(const char *name);

/* What stat is to tell of a node. */
struct stat fault_stat(const struct node *node);

size_t fault_name_max(void);

#endif
