/* SPDX-License-Identifier: MIT */
/* kinds.h - what is known of each kind of job: one row a kind.
 *
 * What the coordinator does with a kind's answer stands in src/plan/kinds.c, and what a
 * worker does in the tables of the rooms that work; all of them are indexed by the kind. */
#ifndef PC_JOB_KINDS_H
#define PC_JOB_KINDS_H

#include "job/job.h"

/* What the request's text names. */
enum pc_job_about {
	PC_ABOUT_DIRECTORY, /* a directory's path, and entries in it; with PC_JOB_TOP nothing */
	PC_ABOUT_FILE,      /* a directory's path, then three names of one file in it */
	PC_ABOUT_ITEMS,     /* items, each with a path of its own */
	PC_ABOUT_OPERAND,   /* nothing: the operand is meant */
};

struct pc_job_kind_row {
	const char *name; /* for the trace */
	enum pc_job_about about;
};

extern const struct pc_job_kind_row pc_job_kinds[PC_JOB_KINDS];

/* The directory that a job is about, as a path below its root; "" where its text does not
 * begin with one. */
const char *pc_job_dir(const struct pc_job *job, const char *text);

/* The source's name of the file that a job is about; "" where it is an operand itself,
 * or the job is not about one file. */
const char *pc_job_file(const struct pc_job *job, const char *text);

#endif
