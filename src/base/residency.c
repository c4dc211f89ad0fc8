/* SPDX-License-Identifier: MIT
 *
 * residency.c - how much of a file is in the page cache. */
#include "residency.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

/* Pages looked at in one call of mincore(). */
#define WINDOW_PAGES 4096U

/* Arguments of cachestat(2). */
struct range {
	uint64_t offset, length;
};

struct pages {
	uint64_t cached, dirty, writeback, evicted, recently_evicted;
};

static int window_resident(int fd, uint64_t offset, size_t length, size_t page, uint64_t *pages)
{
	unsigned char resident[WINDOW_PAGES];
	void *at = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, (off_t)offset);
	int r;

	if (at == MAP_FAILED)
		return -errno;
	r = mincore(at, length, resident) < 0 ? -errno : 0;
	for (size_t i = 0; r == 0 && i < (length + page - 1) / page; i++)
		*pages += resident[i] & 1;
	munmap(at, length);
	return r;
}

static int by_mincore(int fd, uint64_t size, size_t page, uint64_t *pages)
{
	int r = 0;

	for (uint64_t at = 0; r == 0 && at < size; at += WINDOW_PAGES * page) {
		uint64_t left = size - at;

		r = window_resident(fd, at, left < WINDOW_PAGES * page ? left : WINDOW_PAGES * page,
		                    page, pages);
	}
	return r;
}

/* An overlay's file has no pages: they are those of the file below it, which is what is mapped. */
static bool is_on_overlay(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == OVERLAYFS_SUPER_MAGIC;
}

int pc_residency(int fd, uint64_t size, uint64_t *ret)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct range range = {0, size};
	struct pages found = {0};
	int r = 0;

	*ret = 0;
	if (size == 0)
		return 0;
	if (syscall(SYS_cachestat, fd, &range, &found, 0) < 0 ||
	    (found.cached == 0 && is_on_overlay(fd))) {
		found.cached = 0;
		r = by_mincore(fd, size, page, &found.cached);
	}
	if (r == 0)
		*ret = found.cached * page < size ? found.cached * page : size;
	return r;
}
