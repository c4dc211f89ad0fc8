/* SPDX-License-Identifier: MIT */
/* path.h - the parts of a path, and where it leads. */
#ifndef PC_BASE_PATH_H
#define PC_BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* The length of the last component, trailing slashes left out, and where in the
 * path it starts.  0 where there is none: "" and "/". */
size_t pc_path_base(const char *path, size_t *ret_start);

/* Whether a component is none of its own: empty, "." or "..". */
bool pc_path_is_dots(const char *name, size_t len);

/* Whether the directory `path` is `dir` or lies below it: 1, 0 or negative errno.
 * Climbs by "..": names could lie about where a mount leads. */
int pc_path_lies_within(const char *path, const struct stat *dir);

/* A hash of a name (FNV-1a of 64 bits; Fowler, Noll, Vo), from a basis of one's own. */
uint64_t pc_name_hash(const char *name, uint64_t basis);

/* The hash of what was hashed before and a byte more. */
static inline uint64_t pc_hash_add(uint64_t hash, unsigned char byte)
{
	return (hash ^ byte) * UINT64_C(0x100000001b3);
}

#endif
