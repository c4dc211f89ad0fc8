/* SPDX-License-Identifier: MIT */
/* worker.h - the part that all workers share, in whatever pool they run. */
#ifndef PC_JOB_WORKER_H
#define PC_JOB_WORKER_H

#include "job/queue.h"

/* The work itself, supplied by the caller: this room knows jobs, not copying. */
struct pc_work {
	void *env; /* shared by all workers, read-only */
	/* Creates a worker's own context. Called in the worker's process before its thread
	 * starts, so that a running worker can work. */
	int (*begin)(void *env, struct pc_queue *queue, unsigned worker, void **ret_context);
	/* Does one job and fills in its result. */
	void (*run)(void *context, unsigned slot, struct pc_job *job, char *text);
	void (*end)(void *context);
	/* Removes an unfinished new file that a worker recorded (see queue.h); `dir`: the path
	 * of its job. Any thread may call it. NULL where no files are created. */
	void (*remove_file)(void *env, const char *dir, const struct pc_work_file *file);
	/* called once in each forked process, before its workers start; may be NULL */
	void (*started)(void *env, unsigned worker);
	bool delays; /* jobs report how long their worker was ready without a CPU */
};

/* Does a leased job and answers it. */
void pc_worker_do(struct pc_queue *queue, const struct pc_work *work, void *context, unsigned slot);

/* Does jobs until the queue is closed, then ends the context. */
void pc_worker_main(struct pc_queue *queue, const struct pc_work *work, void *context,
                    unsigned worker);

#endif
