/* SPDX-License-Identifier: MIT */
/* node.c - loaded into the ranks of a test: each is on a machine of its own.
 *
 * It is built with 64-bit offsets, as the program is, which calls fstat64() and so on.
 *
 * So far as a program can tell: every rank has device numbers of its own, and the file systems are
 * network ones (NODE_MAGIC: another type, as hexadecimal number). */
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define NFS_SUPER_MAGIC 0x6969

static unsigned long node_number(void)
{
	const char *rank = getenv("OMPI_COMM_WORLD_RANK");

	return rank ? strtoul(rank, NULL, 10) : 0;
}

static void node_rename(struct stat *st)
{
	st->st_dev += node_number() * 4096;
}

/* NODE_ALARM: each alarm comes after so many seconds. */
unsigned alarm(unsigned seconds)
{
	static unsigned (*next)(unsigned);
	const char *mine = getenv("NODE_ALARM");

	if (!next)
		next = (unsigned (*)(unsigned))dlsym(RTLD_NEXT, "alarm");
	return next(seconds && mine ? (unsigned)strtoul(mine, NULL, 10) : seconds);
}

int fstat(int fd, struct stat *st)
{
	static int (*next)(int, struct stat *);
	int r;

	if (!next)
		next = (int (*)(int, struct stat *))dlsym(RTLD_NEXT, "fstat64");
	r = next(fd, st);
	if (r == 0)
		node_rename(st);
	return r;
}

int fstatat(int dirfd, const char *name, struct stat *st, int flags)
{
	static int (*next)(int, const char *, struct stat *, int);
	int r;

	if (!next)
		next = (int (*)(int, const char *, struct stat *, int))dlsym(RTLD_NEXT,
		                                                             "fstatat64");
	r = next(dirfd, name, st, flags);
	if (r == 0)
		node_rename(st);
	return r;
}

static void node_type(struct statfs *fs)
{
	const char *magic = getenv("NODE_MAGIC");

	fs->f_type = magic ? (long)strtoul(magic, NULL, 16) : NFS_SUPER_MAGIC;
}

int fstatfs(int fd, struct statfs *fs)
{
	static int (*next)(int, struct statfs *);
	int r;

	if (!next)
		next = (int (*)(int, struct statfs *))dlsym(RTLD_NEXT, "fstatfs64");
	r = next(fd, fs);
	if (r == 0)
		node_type(fs);
	return r;
}

int statfs(const char *path, struct statfs *fs)
{
	static int (*next)(const char *, struct statfs *);
	int r;

	if (!next)
		next = (int (*)(const char *, struct statfs *))dlsym(RTLD_NEXT, "statfs64");
	r = next(path, fs);
	if (r == 0)
		node_type(fs);
	return r;
}
