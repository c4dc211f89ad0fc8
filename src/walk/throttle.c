/* SPDX-License-Identifier: MIT */
/* throttle.c - waits until the run's limit of bytes per second allows more. */
#include "walk/walk.h"

#include "base/clock.h"
#include "sys/sys.h"

#include <errno.h>

/* Interval of checking for a cancel. */
#define LOOK_NS UINT64_C(20000000)

size_t pc_throttle_piece(struct pc_queue *queue, uint64_t bytes)
{
	uint64_t most = pc_bucket_piece(pc_queue_bucket(queue));

	return (size_t)(bytes < most ? bytes : most);
}

int pc_throttle_wait(struct pc_queue *queue, struct pc_job *job, uint64_t bytes)
{
	struct pc_bucket *bucket = pc_queue_bucket(queue);
	uint64_t start_ns, at_ns, now_ns;

	if (bucket->rate == 0)
		return 0;
	start_ns = now_ns = pc_now_ns();
	at_ns = pc_bucket_take(bucket, bytes, now_ns);
	while (now_ns < at_ns && !pc_queue_canceled(queue)) {
		pc_sys_sleep_until(at_ns - now_ns > LOOK_NS ? now_ns + LOOK_NS : at_ns);
		now_ns = pc_now_ns();
	}
	job->throttled_ns += now_ns - start_ns;
	return now_ns < at_ns ? -ECANCELED : 0;
}

void pc_throttle_give_back(struct pc_queue *queue, uint64_t bytes)
{
	pc_bucket_give_back(pc_queue_bucket(queue), bytes);
}
