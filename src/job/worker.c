/* worker.c - the loop of every worker in every pool. */
#include "job/worker.h"

#include "base/clock.h"

#include <string.h>

int pc_worker_step(struct pc_queue *queue, const struct pc_work *work, void *context,
		   unsigned worker)
{
	struct pc_job *job;
	uint64_t start_ns, start_cpu_ns;
	unsigned slot;
	int r = pc_queue_take(queue, worker, &slot);

	if (r < 0)
		return r;
	start_ns = pc_now_ns();
	start_cpu_ns = pc_thread_cpu_ns();
	job = pc_queue_job(queue, slot);
	job->worker = worker;
	job->error = 0;
	job->whole = job->locked = 0;
	job->differs = PC_OFFSET_NONE;
	job->text_len = job->request_len;
	memset(&job->counts, 0, sizeof(job->counts));
	work->run(context, slot, job, pc_queue_text(queue, slot));
	job->start_ns = start_ns;
	job->busy_ns = pc_now_ns() - start_ns;
	job->cpu_ns = pc_thread_cpu_ns() - start_cpu_ns;
	pc_queue_finish(queue, slot);
	return 0;
}

void pc_worker_main(struct pc_queue *queue, const struct pc_work *work, void *context,
		    unsigned worker)
{
	while (pc_worker_step(queue, work, context, worker) == 0)
		;
	work->end(context);
}
