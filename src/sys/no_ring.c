/* SPDX-License-Identifier: MIT
 *
 * no_ring.c - stubs for builds without liburing: every attempt to make a ring fails with
 * -ENOTSUP. */
#include "sys/ring_call.h"

#include "base/clock.h"

#include <errno.h>

int pc_ring_refused(void)
{
	return -ENOTSUP;
}

int pc_ring_new(unsigned most, bool far, struct pc_ring **ret)
{
	(void)most;
	(void)far;
	(void)ret;
	return -ENOTSUP;
}

void pc_ring_free(struct pc_ring *ring)
{
	(void)ring;
}

void pc_ring_assume(struct pc_ring *ring, enum pc_reach reach)
{
	(void)ring;
	(void)reach;
}

int pc_ring_add(struct pc_ring *ring, void (*body)(void *arg), void *arg)
{
	(void)ring;
	(void)body;
	(void)arg;
	return -ENOTSUP;
}

long pc_ring_help(struct pc_call *call)
{
	(void)call;
	return PC_RING_PLAIN;
}

void pc_ring_run(struct pc_ring *ring)
{
	(void)ring;
}

void pc_ring_count(const struct pc_ring *ring, struct pc_ring_counts *ret)
{
	(void)ring;
	*ret = (struct pc_ring_counts){0};
}

struct pc_ring_times pc_ring_times(void)
{
	return (struct pc_ring_times){.cpu_ns = pc_thread_cpu_ns()};
}

bool pc_ring_is_here(void)
{
	return false;
}

void pc_ring_note_blocks(uint64_t blocks)
{
	(void)blocks;
}
