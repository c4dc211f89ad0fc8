/* SPDX-License-Identifier: MIT */
/* worker.h - what every worker does, however it was born. */
#ifndef PC_JOB_WORKER_H
#define PC_JOB_WORKER_H

#include "job/queue.h"

/* The work itself, given from outside: this room knows jobs, not copying. */
struct pc_work {
	void *env; /* shared by all workers, read only */
	/* Makes one worker's own context; called in its process, before its
	 * thread is born, so that a worker that runs can work. */
	int (*begin)(void *env, struct pc_queue *queue, unsigned worker, void **ret_context);
	/* Does one job and fills its result. */
	void (*run)(void *context, unsigned slot, struct pc_job *job, char *text);
	void (*end)(void *context);
	/* Removes a new file that a worker named (see queue.h) and left unfinished; `dir`:
	 * the path of its job.  By any thread.  NULL where no files are made. */
	void (*remove_file)(void *env, const char *dir, const struct pc_work_file *file);
	/* Called once in each forked process, before its workers; may be NULL. */
	void (*born)(void *env, unsigned worker);
	bool delays; /* jobs are to tell how long their worker had no CPU */
};

/* Does a job that was taken, and answers it. */
void pc_worker_do(struct pc_queue *queue, const struct pc_work *work, void *context, unsigned slot);

/* Does jobs until the queue is closed, and ends the context. */
void pc_worker_main(struct pc_queue *queue, const struct pc_work *work, void *context,
                    unsigned worker);

#endif
