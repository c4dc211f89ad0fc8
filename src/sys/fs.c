/* SPDX-License-Identifier: MIT
 *
 * fs.c - the table of the file systems that a worker has met. */
#include "sys/fs.h"

#include "base/cleanup.h"
#include "base/flags.h"
#include "sys/sys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

/* XFS_FSOP_GEOM_FLAGS_DIRV2CI of xfs_fs.h, which the kernel headers do not include */
#define XFS_GEOMETRY_CI (1U << 13)

const struct pc_fs_type *pc_fs_type_of_path(const char *path)
{
	struct statfs fs;

	return pc_fs_type_of_magic(statfs(path, &fs) < 0 ? 0 : (uint32_t)fs.f_type);
}

const struct pc_fs_type *pc_fs_type_of_fd(int fd)
{
	struct statfs fs;

	return pc_fs_type_of_magic(pc_sys_fstatfs(fd, &fs) < 0 ? 0 : (uint32_t)fs.f_type);
}

uint64_t pc_fs_entries(const struct pc_fs_type *type, uint64_t dir_bytes, double name_bytes)
{
	const struct pc_fs_dir_size *size = &type->dir_size;
	double bytes;

	if (size->filled <= 0)
		return 0;
	bytes = size->entry_bytes + size->name_times * name_bytes + (size->align - 1) / 2.0;
	return bytes > 0 ? (uint64_t)((double)dir_bytes * size->filled / bytes) : 0;
}

bool pc_fs_folds(const struct pc_fs_type *type, int fd)
{
	uint32_t geometry;
	int flags, r;

	switch (type->folding) {
	case PC_FS_FOLDS_NEVER:
		return false;
	case PC_FS_FOLDS_BY_DIRECTORY:
		r = pc_sys_get_flags(fd, &flags);
		/* -EBADF: the directory is unreadable, so the flag is unknown */
		return r == -EBADF || (r == 0 && (flags & FS_CASEFOLD_FL));
	case PC_FS_FOLDS_AS_FORMATTED:
		return pc_sys_xfs_geometry(fd, &geometry) < 0 || (geometry & XFS_GEOMETRY_CI);
	default:
		return true;
	}
}

/* Room for the longest root and mount point, with each byte escaped as \ooo. */
#define MOUNT_LINE_MAX 40960U

/* Decodes a mount point of /proc/self/mountinfo, where blanks and some others are \ooo. */
static void mount_unescape(char *point)
{
	char *to = point;

	for (const char *at = point; *at; to++) {
		bool escaped = at[0] == '\\' && at[1] >= '0' && at[1] <= '3' && at[2] && at[3];

		*to = escaped ? (char)((at[1] - '0') * 64 + (at[2] - '0') * 8 + (at[3] - '0'))
		              : *at;
		at += escaped ? 4 : 1;
	}
	*to = '\0';
}

/* Returns the mount point in a line, which is changed, or NULL. */
static char *mount_point_of(char *line)
{
	int start = -1, end = -1;

	/* number, parent's number, device, root of the mount, mount point */
	(void)sscanf(line, "%*s %*s %*s %*s %n%*s%n", &start, &end);
	if (end < 0)
		return NULL;
	line[end] = '\0';
	mount_unescape(line + start);
	return line + start;
}

bool pc_fs_mounts_below(const char *path)
{
	_cleanup_free_ char *line = malloc(MOUNT_LINE_MAX);
	FILE *f = line ? fopen("/proc/self/mountinfo", "re") : NULL;
	size_t len = strlen(path);
	bool found = false;

	if (len == 1) /* "/" */
		len = 0;
	while (f && !found && fgets(line, MOUNT_LINE_MAX, f)) {
		const char *point = mount_point_of(line);

		found = point && strncmp(point, path, len) == 0 && point[len] == '/' &&
		        point[len + 1];
	}
	if (f)
		(void)fclose(f); /* only read */
	return found;
}

struct pc_fs *pc_fs_find(struct pc_fs_table *table, uint64_t dev, int fd)
{
	struct pc_fs *fs;

	HASH_FIND(hh, table->known, &dev, sizeof(dev), fs);
	if (fs)
		return fs;
	fs = calloc(1, sizeof(*fs));
	if (!fs) {
		table->spare = (struct pc_fs){.dev = dev, .type = pc_fs_type_of_magic(0)};
		return &table->spare;
	}
	fs->dev = dev;
	fs->type = pc_fs_type_of_fd(fd);
	HASH_ADD(hh, table->known, dev, sizeof(fs->dev), fs);
	if (!fs->hh.tbl) { /* no memory for the hash table */
		table->spare = (struct pc_fs){.dev = dev, .type = fs->type};
		free(fs);
		return &table->spare;
	}
	return fs;
}

void pc_fs_table_done(struct pc_fs_table *table)
{
	struct pc_fs *fs, *next;

	HASH_ITER (hh, table->known, fs, next) {
		HASH_DEL(table->known, fs);
		free(fs);
	}
}

struct pc_fs_route *pc_fs_route(struct pc_fs *fs, uint64_t src_dev)
{
	struct pc_fs_route *route;

	for (unsigned i = 0; i < PC_FS_ROUTES; i++) {
		if (fs->route[i].src_dev == src_dev)
			return &fs->route[i];
	}
	route = &fs->route[fs->route_next++ % PC_FS_ROUTES];
	*route = (struct pc_fs_route){.src_dev = src_dev};
	return route;
}
