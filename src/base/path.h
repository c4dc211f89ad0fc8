/* SPDX-License-Identifier: MIT */
/* path.h - the components of a path, and the place that it leads to. */
#ifndef PC_BASE_PATH_H
#define PC_BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* The length of the last component without trailing slashes, and where in the path it starts. 0
 * where there is none: "" and "/". */
size_t pc_path_base(const char *path, size_t *ret_start);

/* Whether a component names no entry of its own: empty, "." or "..". */
bool pc_path_is_dots(const char *name, size_t len);

/* Whether the directory `path` is `dir` or lies below it: 1, 0 or negative errno. Follows ".."
 * upwards, as path names may hide where a mount leads. */
int pc_path_lies_within(const char *path, const struct stat *dir);

/* Hashes a name (64-bit FNV-1a by Fowler, Noll and Vo), starting from the caller's basis. */
uint64_t pc_name_hash(const char *name, uint64_t basis);

/* Extends a hash by one byte. */
static inline uint64_t pc_hash_add(uint64_t hash, unsigned char byte)
{
	return (hash ^ byte) * UINT64_C(0x100000001b3);
}

#endif
