/* SPDX-License-Identifier: MIT */
/* fault.c - which faults are on, and the error that each call returns then; see fault.h. */
#define FUSE_USE_VERSION 35
#include "fault.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdlib.h>
#include <string.h>

struct fault fault;

#define FAULT_WORD(name) #name,
static char *const words[] = {FAULTS(FAULT_WORD) NULL};

int fault_set(const char *text, size_t size)
{
	char list[256], *at = list, *value;

	if (size >= sizeof(list))
		return EINVAL;
	memcpy(list, text, size);
	list[size] = '\0';
	memset(&fault, 0, sizeof(fault));
	while (*at) {
		int which = getsubopt(&at, words, &value);

		if (which < 0 || !value)
			return EINVAL;
		((int *)&fault)[which] = atoi(value); /* fields and words are in one order */
	}
	store_limits.bytes = fault.bytes ? fault.bytes : -1;
	store_limits.nodes = fault.nodes ? fault.nodes : -1;
	store_limits.error = fault.full ? -fault.full : -ENOSPC;
	store_limits.folds_case = fault.folds > 0;
	store_limits.drops_dots = fault.folds > 1;
	return 0;
}

int fault_in_change(int refused)
{
	return fault.readonly ? fault.readonly : refused;
}

size_t fault_name_max(void)
{
	return fault.names ? (size_t)fault.names : 255;
}

int fault_in_name(const char *text, int refused)
{
	return strlen(text) > fault_name_max() ? ENAMETOOLONG : fault_in_change(refused);
}

int fault_in_setattr(int wanted)
{
	const int times = FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME;

	/* With the owner the kernel takes away set-id bits: that is no chmod. */
	if (wanted & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID))
		return fault_in_change(fault.chown);
	if (wanted & FUSE_SET_ATTR_MODE)
		return fault_in_change(fault.chmod);
	if (wanted & times && !(wanted & FUSE_SET_ATTR_SIZE))
		return fault_in_change(fault.utimens);
	return fault.readonly;
}

int fault_in_getxattr(const char *name)
{
	if (fault.xattr)
		return fault.xattr;
	return strncmp(name, "system.posix_acl_", 17) == 0 ? fault.acl : 0;
}

int fault_in_setxattr(const char *name)
{
	int refused = fault_in_getxattr(name);

	return fault_in_change(refused ? refused : fault.setxattr);
}

static struct timespec time_coarse(struct timespec t)
{
	if (fault.times >= 1000000000) {
		t.tv_sec -= t.tv_sec % (fault.times / 1000000000);
		t.tv_nsec = 0;
	} else if (fault.times) {
		t.tv_nsec -= t.tv_nsec % fault.times;
	}
	return t;
}

struct stat fault_stat(const struct node *node)
{
	static ino_t last;
	struct stat st = node->st;

	st.st_atim = time_coarse(st.st_atim);
	st.st_mtim = time_coarse(st.st_mtim);
	st.st_ctim = time_coarse(st.st_ctim);
	st.st_blksize = 4096;
	if (fault.numbers)
		st.st_ino = ++last + 1000000;
	if (!S_ISREG(st.st_mode))
		return st;
	if (fault.length == 1)
		st.st_size = st.st_blocks = 0;
	else if (fault.length == 2)
		st.st_size += 4096;
	else if (fault.length == 3)
		st.st_size /= 2;
	return st;
}
