/* SPDX-License-Identifier: MIT */
/* kinds.h - the table of job kinds.
 *
 * What the coordinator does with the answer to a kind is in src/plan, what a worker does in the
 * rooms that work; all tables are indexed by the kind. */
#ifndef PC_JOB_KINDS_H
#define PC_JOB_KINDS_H

#include "job/job.h"

/* What the request's text contains. */
enum pc_job_about {
	PC_ABOUT_DIRECTORY, /* a directory's path and entries in it; with PC_JOB_TOP nothing */
	PC_ABOUT_FILE,      /* a directory's path, then three names of one file in it */
	PC_ABOUT_ITEMS,     /* items, each with its own path */
	PC_ABOUT_OPERAND,   /* nothing: the job is about an operand */
};

struct pc_job_kind_row {
	const char *name; /* for the trace */
	enum pc_job_about about;
};

extern const struct pc_job_kind_row pc_job_kinds[PC_JOB_KINDS];

/* The directory that a job is about, as a path below its root; "" where its text does not begin
 * with one. */
const char *pc_job_dir(const struct pc_job *job, const char *text);

/* The source name of the file that a job is about; "" where that is an operand itself or the job
 * is not about one file. */
const char *pc_job_file(const struct pc_job *job, const char *text);

#endif
