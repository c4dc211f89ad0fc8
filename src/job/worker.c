/* SPDX-License-Identifier: MIT */
/* worker.c - the loop of every worker in every pool. */
#include "job/worker.h"

#include "base/clock.h"

#include <string.h>

void pc_worker_do(struct pc_queue *queue, const struct pc_work *work, void *context, unsigned slot)
{
	struct pc_job *job = pc_queue_job(queue, slot);
	uint64_t start_ns = pc_now_ns(), start_cpu_ns = pc_thread_cpu_ns();

	job->worker = (uint32_t)pc_queue_worker(queue, slot);
	job->error = 0;
	job->whole = job->locked = 0;
	job->throttled_ns = 0;
	job->differs = PC_OFFSET_NONE;
	job->text_len = job->request_len;
	memset(&job->counts, 0, sizeof(job->counts));
	work->run(context, slot, job, pc_queue_text(queue, slot));
	job->start_ns = start_ns;
	job->busy_ns = pc_now_ns() - start_ns;
	job->cpu_ns = pc_thread_cpu_ns() - start_cpu_ns;
	pc_queue_finish(queue, slot);
}

void pc_worker_main(struct pc_queue *queue, const struct pc_work *work, void *context,
                    unsigned worker)
{
	unsigned slot;

	while (pc_queue_take(queue, worker, &slot) == 0)
		pc_worker_do(queue, work, context, slot);
	work->end(context);
}
