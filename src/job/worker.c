/* SPDX-License-Identifier: MIT */
/* worker.c - the loop of every worker in every pool. */
#include "job/worker.h"

#include "base/clock.h"
#include "job/meter.h"
#include "sys/devices.h"
#include "sys/ring.h"

#include <string.h>
#include <unistd.h>

/* State for measuring the time that a worker was ready without a CPU. */
struct delay {
	int fd; /* -1: not wanted, or not reported by the kernel */
	uint64_t seen_ns;
};

/* If a worker was off its CPU for less than this part of a job, the reason is not looked up. */
#define OFF_CPU_PART 8U

static void delay_note(struct delay *d, struct pc_job *job)
{
	uint64_t now_ns;

	if (d->fd < 0 || pc_job_slept_ns(job) < job->busy_ns / OFF_CPU_PART)
		return;
	now_ns = pc_meter_delay_read(d->fd);
	job->ready_ns = now_ns - d->seen_ns;
	d->seen_ns = now_ns;
}

static void times_note(struct pc_job *job, const struct pc_ring_times *before)
{
	struct pc_ring_times now = pc_ring_times();

	job->cpu_ns = now.cpu_ns - before->cpu_ns;
	job->ready_ns = now.ready_ns - before->ready_ns;
}

/* `before` is read when the job begins: a coroutine's thread has worked on other jobs since the
 * coroutine's last one. */
static void blocks_note(struct pc_job *job, uint64_t before)
{
	uint64_t blocks = pc_thread_blocks_read();

	job->blocks_read = blocks - before;
	if (pc_ring_is_here())
		pc_ring_note_blocks(blocks);
}

static void job_do(struct pc_queue *queue, const struct pc_work *work, void *context, unsigned slot,
                   struct delay *delay)
{
	struct pc_job *job = pc_queue_job(queue, slot);
	struct pc_ring_times before = pc_ring_times();
	uint64_t start_ns = pc_now_ns(), blocks = pc_thread_blocks_read();

	job->worker = (uint32_t)pc_queue_worker(queue, slot);
	job->error = 0;
	job->whole = job->locked = 0;
	job->throttled_ns = job->ready_ns = 0;
	job->differs = PC_OFFSET_NONE;
	job->text_len = job->request_len;
	memset(&job->counts, 0, sizeof(job->counts));
	work->run(context, slot, job, pc_queue_text(queue, slot));
	job->start_ns = start_ns;
	job->busy_ns = pc_now_ns() - start_ns;
	blocks_note(job, blocks);
	times_note(job, &before);
	delay_note(delay, job);
	pc_queue_finish(queue, slot);
}

void pc_worker_do(struct pc_queue *queue, const struct pc_work *work, void *context, unsigned slot)
{
	job_do(queue, work, context, slot, &(struct delay){.fd = -1});
}

void pc_worker_main(struct pc_queue *queue, const struct pc_work *work, void *context,
                    unsigned worker)
{
	struct delay delay = {.fd = work->delays && !pc_ring_is_here() ? pc_meter_delay_open()
	                                                               : -1};
	unsigned slot;

	pc_devices_use(queue->devices);
	while (pc_queue_take(queue, worker, &slot) == 0)
		job_do(queue, work, context, slot, &delay);
	work->end(context);
	if (delay.fd >= 0)
		close(delay.fd);
}
