/* SPDX-License-Identifier: MIT
 *
 * copy.h - the worker side of a copy: its shared environment, and the functions of a job. */
#ifndef PC_COPY_COPY_H
#define PC_COPY_COPY_H

#include "base/attributes.h"
#include "job/path_set.h"
#include "job/meter.h"
#include "job/root.h"
#include "job/worker.h"

/* More than nearly every user has.  Of a user with more, each group counts as one that he may give
 * to a file: it is tried. */
#define PC_GROUPS_MAX 256

/* Read by all workers of a run; filled before the pool starts. */
struct pc_copy_env {
	const struct pcopy_options *options;
	const struct pc_root *root;
	unsigned root_count;
	unsigned parent_count;   /* parent roots, behind the others in `root`; see struct pc_root */
	uint64_t run_id;         /* random: part of temporary names */
	struct timespec started; /* start of the run by the clock of file times */
	bool waited;             /* the run waited until that clock advanced, so that no file of
	                          * this run is as old as `started` */
	mode_t umask;
	uid_t uid; /* effective: the owner of what is created */
	gid_t gid;
	gid_t group[PC_GROUPS_MAX]; /* supplementary groups that it may give to its files; filled
	                             * for PCOPY_UPDATE_DIFFER */
	int group_count;
	const struct pc_attribute_rules *attributes; /* which extended attributes are copied */
	/* Identifies the machines of the run and their current boot. "": unknown. NULL: the
	 * boot_id of this machine. */
	const char *machines;
	const struct pc_path_set *only; /* the paths to copy again; NULL: all */
	struct pc_meter *meter;         /* [workers], each written by its own worker; NULL: times
	                                 * are not measured */
};

/* Fills the process-wide part of `env`. 0 or negative errno. */
int pc_copy_env_init(struct pc_copy_env *env);

/* Whether a file time is later than the start of the run. */
bool pc_copy_is_of_run(const struct pc_copy_env *env, const struct timespec *time);

/* The functions of a copying pool. `env` must outlive the pool. */
struct pc_work pc_copy_work(struct pc_copy_env *env);

/* Applies the `fsync` option when all is copied: syncs the file system that `path` below the
 * root's target lies on (FSYNC_END), or that directory itself (FSYNC_FILE). `top`: the anchor
 * directory that holds the root's target. 0 or negative errno. */
int pc_copy_sync(const struct pcopy_options *options, const struct pc_root *root, bool top,
                 const char *path);

/* Temporary names are short, so that they fit wherever the final name fits. */
#define PC_TEMP_NAME_MAX 48

/* The temporary name of a large file. It is the same in every run, so that a run finds what an
 * interrupted one left. */
void pc_large_temp_name(char *name, const char *final_name);

#endif
