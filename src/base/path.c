/* SPDX-License-Identifier: MIT */
/* path.c - the components of a path, and the place that it leads to. */
#include "base/path.h"

#include "base/cleanup.h"
#include "base/sys.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

size_t pc_path_base(const char *path, size_t *ret_start)
{
	size_t end = strlen(path), start;

	while (end > 0 && path[end - 1] == '/')
		end--;
	for (start = end; start > 0 && path[start - 1] != '/'; start--)
		;
	*ret_start = start;
	return end - start;
}

bool pc_path_is_dots(const char *name, size_t len)
{
	return len <= 2 && strncmp(name, "..", len) == 0;
}

int pc_path_lies_within(const char *path, const struct stat *dir)
{
	_cleanup_close_ int fd = pc_openat(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0);
	struct stat here, last = {0};

	while (fd >= 0) {
		int up;

		if (fstat(fd, &here) < 0)
			return -errno;
		if (pc_same_inode(&here, dir))
			return 1;
		if (pc_same_inode(&here, &last))
			return 0; /* the root directory is its own parent */
		last = here;
		up = pc_openat(fd, "..", O_PATH | O_DIRECTORY, 0);
		close(fd);
		fd = up;
	}
	return fd;
}

uint64_t pc_name_hash(const char *name, uint64_t basis)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ basis;

	for (const char *at = name; *at; at++)
		hash = pc_hash_add(hash, (unsigned char)*at);
	return hash;
}
