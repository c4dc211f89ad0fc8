/* SPDX-License-Identifier: MIT
 *
 * grace.c - how long a canceled run waits for unfinished jobs. */
#include "job/grace.h"

#include "base/clock.h"
#include "base/memory.h"
#include "job/pool.h"

/* The next look may come this late on a busy machine. The published deadline allows for it, so
 * that its readers do not take a late look for the end of the wait. */
#define LATE_NS UINT64_C(500000000)

static unsigned jobs_flushing(struct pc_queue *queue)
{
	unsigned count = 0;

	for (unsigned i = 0; i < queue->depth; i++)
		count += pc_queue_is_leased(queue, i) && pc_queue_is_flushing(queue, i);
	return count;
}

/* Whether flushing may continue until the next look. */
static bool flush_goes_on(struct pc_grace *p, uint64_t now_ns, uint64_t limit_ns)
{
	uint64_t pages = pc_memory_unwritten_pages();

	if (p->flush_until_ns == 0 || pages < p->least) {
		p->least = pages;
		p->flush_until_ns = now_ns + PC_FLUSH_TIMES * limit_ns;
	}
	return now_ns < p->flush_until_ns;
}

bool pc_grace_over(struct pc_grace *p, struct pc_pool *pool)
{
	uint64_t limit_ns = pool->cancel_ms * PC_NS_PER_MS, now_ns = pc_now_ns();
	unsigned before = p->flushing;

	if (p->until_ns && now_ns < p->until_ns)
		return false;
	p->flushing = jobs_flushing(pool->queue);
	/* a job that has returned from such a call gets the usual time for the rest */
	if (p->until_ns && before == 0 && p->flushing == 0)
		return true;
	if (p->until_ns && p->flushing > 0 && !flush_goes_on(p, now_ns, limit_ns))
		return true;
	p->until_ns = now_ns + limit_ns;
	pc_queue_set_grace(pool->queue, p->until_ns + LATE_NS);
	return false;
}

unsigned pc_grace_ms(const struct pc_grace *p)
{
	uint64_t now_ns = pc_now_ns();

	return p->until_ns > now_ns ? (unsigned)((p->until_ns - now_ns) / PC_NS_PER_MS + 1) : 1;
}
