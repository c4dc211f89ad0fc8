/* SPDX-License-Identifier: MIT */
/* meter.c - records of workers' time in shared memory, and the kernel's figures for threads. */
#include "job/meter.h"

#include "base/clock.h"
#include "base/sys.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define CLOCK_TRIES 2000U

struct pc_meter *pc_meters_new(unsigned workers)
{
	void *meter = mmap(NULL, workers * sizeof(struct pc_meter), PROT_READ | PROT_WRITE,
	                   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return meter == MAP_FAILED ? NULL : meter;
}

void pc_meters_free(struct pc_meter *meter, unsigned workers)
{
	if (meter)
		munmap(meter, workers * sizeof(*meter));
}

uint64_t pc_meter_clock_ns(void)
{
	uint64_t begin = pc_now_ns();

	for (unsigned i = 0; i < CLOCK_TRIES; i++)
		(void)pc_now_ns();
	return (pc_now_ns() - begin) / CLOCK_TRIES;
}

int pc_meter_delay_open(void)
{
	return pc_openat(AT_FDCWD, "/proc/thread-self/schedstat", O_RDONLY, 0);
}

/* Format: "time on a CPU, time ready to run, number of turns"; see schedstat in proc(5). */
uint64_t pc_meter_delay_read(int fd)
{
	char text[128];
	uint64_t delay = 0;
	ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return sscanf(text, "%*u %" SCNu64, &delay) == 1 ? delay : 0;
}

uint64_t pc_meter_delay_ns(void)
{
	int fd = pc_meter_delay_open();
	uint64_t delay = pc_meter_delay_read(fd);

	if (fd >= 0)
		close(fd);
	return delay;
}
