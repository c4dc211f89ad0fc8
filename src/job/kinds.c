/* SPDX-License-Identifier: MIT */
/* kinds.c - the table of job kinds. */
#include "job/kinds.h"

#include <string.h>

const struct pc_job_kind_row pc_job_kinds[PC_JOB_KINDS] = {
	[PC_JOB_ENTRIES] = {"entries", PC_ABOUT_DIRECTORY},
	[PC_JOB_LIST] = {"list", PC_ABOUT_DIRECTORY},
	[PC_JOB_CHUNK] = {"chunk", PC_ABOUT_FILE},
	[PC_JOB_FINISH] = {"finish", PC_ABOUT_FILE},
	[PC_JOB_LINK] = {"links", PC_ABOUT_ITEMS},
	[PC_JOB_DIRMETA] = {"directories", PC_ABOUT_ITEMS},
	[PC_JOB_SHARE] = {"share", PC_ABOUT_OPERAND},
	[PC_JOB_PATHS] = {"paths", PC_ABOUT_OPERAND},
	[PC_JOB_COUNT] = {"count", PC_ABOUT_DIRECTORY},
};

const char *pc_job_dir(const struct pc_job *job, const char *text)
{
	enum pc_job_about about = pc_job_kinds[job->kind].about;

	if (about != PC_ABOUT_DIRECTORY && about != PC_ABOUT_FILE)
		return "";
	return job->flags & PC_JOB_TOP ? "" : text;
}

const char *pc_job_file(const struct pc_job *job, const char *text)
{
	if (pc_job_kinds[job->kind].about != PC_ABOUT_FILE || (job->flags & PC_JOB_TOP))
		return "";
	return text + strlen(text) + 1;
}
