/* SPDX-License-Identifier: MIT
 *
 * copy.h - what a worker does with one job. */
#ifndef PC_COPY_COPY_H
#define PC_COPY_COPY_H

#include "base/attributes.h"
#include "job/marks.h"
#include "job/meter.h"
#include "job/root.h"
#include "job/worker.h"

/* More than anybody is in; who is, is asked of each file again. */
#define PC_GROUPS_MAX 256

/* What all workers of a run read; set up before the pool starts. */
struct pc_copy_env {
	const struct pcopy_options *options;
	const struct pc_root *root;
	unsigned root_count;
	unsigned parent_count;   /* roots behind those, see struct pc_root */
	uint64_t run_id;         /* random: part of temporary names */
	struct timespec started; /* by the clock of file times */
	bool waited;             /* until that clock went on: nothing of this run is as old */
	mode_t umask;
	uid_t uid; /* effective: owner of what is created */
	gid_t gid;
	gid_t group
		[PC_GROUPS_MAX]; /* that it may give its files, beside that; with UPDATE_DIFFER */
	int group_count;
	const struct pc_attribute_rules *attributes; /* which of them are copied */
	/* What tells the machines of the run from all others, and from themselves before they were
	 * started; "": nobody knows.  NULL: this one's boot_id. */
	const char *machines;
	const struct pc_marks *only; /* what is to be done again; NULL: all */
	struct pc_meter *meter;      /* [workers], written by them; NULL: nobody wants to know */
};

/* Fills the process's part of `env`. */
int pc_copy_env_init(struct pc_copy_env *env);

/* Whether a time is of this run. */
bool pc_copy_is_of_run(const struct pc_copy_env *env, const struct timespec *time);

/* The work of a pool, over `env`, which must outlive it. */
struct pc_work pc_copy_work(struct pc_copy_env *env);

/* What `fsync` of the options wants when all is copied: syncs the file system that `path`
 * below the root's target lies on (FSYNC_END), or that directory itself (FSYNC_FILE).  `top`:
 * the directory that holds the root's target.  0 or negative errno. */
int pc_copy_sync(const struct pcopy_options *options, const struct pc_root *root, bool top,
                 const char *path);

/* Temporary names are short, so that they fit wherever the final name does. */
#define PC_TEMP_NAME_MAX 48

/* That of a large file: the same in every run, which finds what one before it left. */
void pc_large_temp_name(char *name, const char *final_name);

#endif
