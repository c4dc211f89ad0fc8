/* SPDX-License-Identifier: MIT
 *
 * fs.h - the properties of file systems.
 *
 * They are looked up for the file system that an open directory or file lies on (by st_dev), and
 * never for that of the operand: there may be a mount point in between. Properties of a file are
 * looked up by the file's own st_dev, as it may be bind-mounted.
 *
 * A table belongs to one worker and is used by its thread alone. */
#ifndef PC_SYS_FS_H
#define PC_SYS_FS_H

#include <stdbool.h>
#include <stdint.h>

#define HASH_NONFATAL_OOM 1 /* on failure of HASH_ADD the element's hh.tbl is NULL */
#include <uthash.h>

/* Whether names that differ in case, or in how a letter is composed, may be equal. */
enum pc_fs_folding {
	PC_FS_FOLDS_MAYBE,
	PC_FS_FOLDS_NEVER,
	PC_FS_FOLDS_BY_DIRECTORY, /* depends on the directory's FS_CASEFOLD_FL */
	PC_FS_FOLDS_AS_FORMATTED, /* depends on the file system's XFS_FSOP_GEOM_FLAGS_DIRV2CI */
};

/* How the size of a directory follows from the names in it. */
struct pc_fs_dir_size {
	unsigned entry_bytes; /* each entry without its name; */
	unsigned name_times;  /* ... and so many times the name's length, */
	unsigned align;       /* ... rounded up to a multiple of this */
	double filled;        /* part of the directory that entries fill; 0: not known */
};

/* Properties of a type of file system. All false or 0 is the careful default for unknown types. */
struct pc_fs_type {
	uint32_t magic;         /* f_type of statfs(2) */
	bool local;             /* no server that calls may wait for in vain */
	bool in_memory;         /* no disk either */
	bool close_is_quiet;    /* close(2) reports no error that write(2) did not report */
	bool sizes_are_true;    /* a length of 0 means an empty file */
	bool ctime_is_own;      /* it sets change times itself, as fine as its other times:
	                         * base/times.h */
	bool inodes_are_stable; /* inode numbers stay the same as long as the file exists */
	bool page_locked;       /* concurrent writers of a file wait for each other's pages, not
	                         * for whole calls */
	enum pc_fs_folding folding;
	struct pc_fs_dir_size dir_size;
};

/* Copy methods that were refused between two file systems. */
struct pc_fs_route {
	uint64_t src_dev;
	bool no_clone;
	bool no_copy_file_range;
};

#define PC_FS_ROUTES 4U

struct pc_fs {
	uint64_t dev;
	const struct pc_fs_type *type;
	bool announced;     /* the coordinator knows that the run writes to it */
	bool no_rename;     /* it supports neither rename nor link */
	bool full_reported; /* the coordinator knows that it is full, or a quota on it exhausted */
	struct pc_fs_route route[PC_FS_ROUTES]; /* to this file system, by source; src_dev 0:
	                                         * free */
	unsigned route_next;
	UT_hash_handle hh; /* in its table, keyed by dev */
};

struct pc_fs_table {
	struct pc_fs *known;
	struct pc_fs spare; /* for a file system that cannot be added for lack of memory: careful
	                     * defaults */
};

/* Finds the file system with device number `dev`, on which `fd` lies (O_PATH will do). The
 * result stays valid until pc_fs_table_done(). Never fails: if the type is unknown or memory is
 * short, the careful defaults apply. */
struct pc_fs *pc_fs_find(struct pc_fs_table *table, uint64_t dev, int fd);
void pc_fs_table_done(struct pc_fs_table *table);

/* Whether a directory of that type, open as `fd`, may fold different names into one. */
bool pc_fs_folds(const struct pc_fs_type *type, int fd);

/* Estimates the number of entries of a directory of that type by its size (st_size), if its names
 * are `name_bytes` long on average. 0: not known. */
uint64_t pc_fs_entries(const struct pc_fs_type *type, uint64_t dir_bytes, double name_bytes);

/* The methods refused so far between `src_dev` and `fs`. Valid until the next call. */
struct pc_fs_route *pc_fs_route(struct pc_fs *fs, uint64_t src_dev);

/* Whether anything is mounted below a directory, given by its real path, in this mount
 * namespace. */
bool pc_fs_mounts_below(const char *path);

/* The type with that f_type of statfs(2); the careful default for unknown ones. */
const struct pc_fs_type *pc_fs_type_of_magic(uint32_t magic);

/* The type of the file system that a path or a descriptor leads to; the careful default where
 * statfs(2) fails. */
const struct pc_fs_type *pc_fs_type_of_path(const char *path);
const struct pc_fs_type *pc_fs_type_of_fd(int fd);

#endif
