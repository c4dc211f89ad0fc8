/* copy.h - what a worker does with one job. */
#ifndef PC_COPY_COPY_H
#define PC_COPY_COPY_H

#include "job/meter.h"
#include "job/root.h"
#include "job/worker.h"

/* What all workers of a run read; set up before the pool starts. */
struct pc_copy_env {
	const struct pcopy_options *options;
	const struct pc_root *root;
	unsigned root_count;
	unsigned parent_count; /* roots behind those, see struct pc_root */
	uint64_t run_id;	 /* random: part of temporary names */
	struct timespec started; /* by the clock of file times */
	mode_t umask;
	uid_t uid; /* effective: owner of what is created */
	gid_t gid;
	struct pc_meter *meter; /* [workers], written by them; NULL: nobody wants to know */
};

/* Fills the process's part of `env`. */
int pc_copy_env_init(struct pc_copy_env *env);

/* The work of a pool, over `env`, which must outlive it. */
struct pc_work pc_copy_work(struct pc_copy_env *env);

/* The workers that a run into `root` best begins with; 0: all there are.  For
 * runs whose caller left the number to us. */
unsigned pc_copy_width(const struct pc_root *root);

/* The temporary name of large file number `n` of a run: short, so that it fits
 * wherever the final name does. */
#define PC_TEMP_NAME_MAX 48
void pc_temp_name(char name[PC_TEMP_NAME_MAX], uint64_t run_id, uint64_t n);

#endif
