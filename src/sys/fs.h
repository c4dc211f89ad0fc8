/* SPDX-License-Identifier: MIT
 *
 * fs.h - what is known of a file system.
 *
 * Asked of the file system that a directory or file *in hand* lies on (by st_dev), and
 * never of that which holds the operand: there may be a mount in between.  What is true
 * of a file (one may be bound by itself) is asked of the file's own st_dev.
 *
 * A table belongs to one worker and is touched by its thread alone. */
#ifndef PC_SYS_FS_H
#define PC_SYS_FS_H

#include <stdbool.h>
#include <stdint.h>

#define HASH_NONFATAL_OOM 1 /* an element that could not be added has no hh.tbl */
#include <uthash.h>

/* Whether two names that differ in case, or in how a letter is composed, may be one. */
enum pc_fs_folding {
	PC_FS_FOLDS_MAYBE,
	PC_FS_FOLDS_NEVER,
	PC_FS_FOLDS_BY_DIRECTORY, /* FS_CASEFOLD_FL of the directory says so */
	PC_FS_FOLDS_AS_FORMATTED, /* XFS_FSOP_GEOM_FLAGS_DIRV2CI of the file system does */
};

/* What a type of file system implies.  All false, 0: the careful answer for those that
 * nobody has looked at. */
struct pc_fs_type {
	uint32_t magic;         /* f_type of statfs(2) */
	bool local;             /* no server that a call may wait for in vain */
	bool in_memory;         /* nor a disk */
	bool close_is_quiet;    /* close(2) has no error to report that write(2) had not */
	bool sizes_are_true;    /* a length of 0 means an empty file */
	bool ctime_is_own;      /* change times are its own, and as fine as others: base/times.h */
	bool inodes_are_stable; /* a number stays the same as long as the file exists */
	bool page_locked;       /* writers of one file wait for each page, not for each call */
	enum pc_fs_folding folding;
};

/* Ways of copying that were refused between two file systems. */
struct pc_fs_route {
	uint64_t src_dev;
	bool no_clone;
	bool no_copy_file_range;
};

#define PC_FS_ROUTES 4U

struct pc_fs {
	uint64_t dev;
	const struct pc_fs_type *type;
	bool announced; /* the coordinator was told that the run writes to it */
	bool no_rename; /* nothing gets another name there, nor a second one */
	bool full_told; /* ... and that it, or somebody's quota on it, is full */
	struct pc_fs_route route[PC_FS_ROUTES]; /* to it; src_dev 0: free */
	unsigned route_next;
	UT_hash_handle hh; /* in its table, by dev */
};

struct pc_fs_table {
	struct pc_fs *known;
	struct pc_fs spare; /* for who cannot be noted, without memory: the careful answers */
};

/* The file system with the device number `dev`, that `fd` (O_PATH will do) lies on.  It
 * stays valid until pc_fs_table_done().  Never fails: what cannot be asked, or not be
 * noted, gets the careful answers. */
struct pc_fs *pc_fs_find(struct pc_fs_table *table, uint64_t dev, int fd);
void pc_fs_table_done(struct pc_fs_table *table);

/* Whether names of a directory, of that type and open as `fd`, may be one. */
bool pc_fs_folds(const struct pc_fs_type *type, int fd);

/* What was refused between files of `src_dev` and `fs`.  Valid until the next call. */
struct pc_fs_route *pc_fs_route(struct pc_fs *fs, uint64_t src_dev);

/* Whether anything is mounted below a directory, by its real path, in this mount namespace. */
bool pc_fs_mounts_below(const char *path);

/* The type with that f_type of statfs(2); the careful one where nobody has looked at it. */
const struct pc_fs_type *pc_fs_type_of_magic(uint32_t magic);

/* The type of the file system that a path or a descriptor leads to; the careful one where it
 * cannot be asked. */
const struct pc_fs_type *pc_fs_type_of_path(const char *path);
const struct pc_fs_type *pc_fs_type_of_fd(int fd);

#endif
