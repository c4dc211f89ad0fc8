/* SPDX-License-Identifier: MIT */
/* leftover.c - temporary files that a worker could not remove for want of descriptors.  They are
 * removed after all workers have ended. */
#include "plan/ledger.h"

#include <stdlib.h>
#include <string.h>

struct pc_leftover {
	struct pc_leftover *next;
	struct pc_work_file file;
	char dir[]; /* path of the job's directory */
};

/* `text` is that of FINISH: directory, source name, target name, temporary name. */
void pc_leftover_note(struct pc_ledger *l, const struct pc_job *job, const char *text)
{
	const char *name = text;
	struct pc_leftover *left;

	for (int i = 0; i < 3; i++)
		name += strlen(name) + 1;
	left = calloc(1, sizeof(*left) + strlen(text) + 1);
	if (!left)
		return; /* no memory: the file remains */
	strcpy(left->dir, text);
	left->file = (struct pc_work_file){.root = job->root,
	                                   .top = job->flags & PC_JOB_TOP,
	                                   .dev = job->temp_dev,
	                                   .ino = job->temp_ino};
	strncpy(left->file.path, name, sizeof(left->file.path) - 1);
	left->next = l->leftovers;
	l->leftovers = left;
}

void pc_leftover_remove(struct pc_ledger *l)
{
	const struct pc_work *work = &l->config->pool->work;

	while (l->leftovers) {
		struct pc_leftover *left = l->leftovers;

		work->remove_file(work->env, left->dir, &left->file);
		l->leftovers = left->next;
		free(left);
	}
}
