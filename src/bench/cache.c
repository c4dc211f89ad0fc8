/* SPDX-License-Identifier: MIT */
/* cache.c - brings the source into the page cache, or drops it, before a run.
 *
 * Stat'ing files loads their inodes.  So after the whole cache was dropped and checked, it is
 * dropped again in the same way. */
#include "bench/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/residency.h"
#include "base/sys.h"
#include "bench/child.h"
#include "bench/walk.h"

#define READ_BYTES (1U << 20)

struct pass {
	void (*look)(struct pass *pass, int fd, const struct stat *st);
	char *buffer; /* [READ_BYTES] */
	uint64_t resident;
};

static void file_read(struct pass *pass, int fd, const struct stat *st)
{
	(void)st; /* all of it */
	while (!bench_signal() && read(fd, pass->buffer, READ_BYTES) > 0)
		;
}

static void file_drop(struct pass *pass, int fd, const struct stat *st)
{
	(void)pass, (void)st;                               /* all of it */
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED); /* what remains is measured */
}

static void file_measure(struct pass *pass, int fd, const struct stat *st)
{
	uint64_t resident;

	if (pc_residency(fd, (uint64_t)st->st_size, &resident) == 0)
		pass->resident += resident;
}

/* A file that cannot be opened cannot be copied: the copy reports it. */
static int file_visit(void *userdata, enum bench_moment moment, const char *name,
                      const struct stat *st)
{
	struct pass *pass = userdata;
	_cleanup_close_ int fd = -1;

	if (bench_signal())
		return -EINTR;
	if (moment == BENCH_BEFORE || !S_ISREG(st->st_mode))
		return 0;
	fd = pc_openat(AT_FDCWD, name, O_RDONLY | O_NOFOLLOW | O_NOATIME, 0);
	if (fd == -EPERM)
		fd = pc_openat(AT_FDCWD, name, O_RDONLY | O_NOFOLLOW, 0);
	if (fd >= 0)
		pass->look(pass, fd, st);
	return 0;
}

static int files_visit(const struct bench *bench, struct pass *pass)
{
	return bench_walk(bench->src_path, &bench->left_out, file_visit, pass);
}

static int source_warm(const struct bench *bench)
{
	_cleanup_free_ char *buffer = malloc(READ_BYTES);
	struct pass pass = {.look = file_read, .buffer = buffer};

	return buffer ? files_visit(bench, &pass) : -ENOMEM;
}

/* Drops everything the kernel can free, including directories and inodes. */
static int caches_drop(void)
{
	_cleanup_close_ int fd = pc_openat(AT_FDCWD, "/proc/sys/vm/drop_caches", O_WRONLY, 0);

	if (fd < 0)
		return fd;
	return write(fd, "3", 1) == 1 ? 0 : -errno;
}

int bench_cache_resident(const struct bench *bench, double *ret)
{
	struct pass pass = {.look = file_measure};
	int r = files_visit(bench, &pass);

	*ret = bench->tree.bytes ? (double)pass.resident / (double)bench->tree.bytes : 0;
	return r;
}

static int source_cool(const struct bench *bench, double *ret_resident)
{
	struct pass pass = {.look = file_drop};
	int r, all;

	sync(); /* dirty pages cannot be dropped */
	all = caches_drop();
	r = all < 0 ? files_visit(bench, &pass) : 0;
	if (r == 0)
		r = bench_cache_resident(bench, ret_resident);
	if (r == 0 && all == 0)
		r = caches_drop();
	return r;
}

void bench_cache_drop(const char *path)
{
	struct pass pass = {.look = file_drop};

	(void)bench_walk(path, NULL, file_visit, &pass); /* failure affects only times */
}

int bench_cache_prepare(const struct bench *bench, enum bench_cache cache, double *ret_resident)
{
	int r = 0;

	*ret_resident = -1;
	if (cache == BENCH_CACHE_ANY)
		return 0;
	if (cache == BENCH_CACHE_COLD)
		return source_cool(bench, ret_resident);
	r = source_warm(bench);
	return r < 0 ? r : bench_cache_resident(bench, ret_resident);
}
