/* SPDX-License-Identifier: MIT */
/* node.c - preloaded into the ranks of a test, simulates a machine for each.
 *
 * Each rank sees device numbers of its own, and network file systems (NODE_MAGIC: another type, as a
 * hexadecimal number).
 *
 * It is built with 64-bit offsets, like the program, which calls fstat64() and so on. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define NFS_SUPER_MAGIC 0x6969

static unsigned long node_number(void)
{
	const char *rank = getenv("OMPI_COMM_WORLD_RANK");

	if (!rank) /* MPICH */
		rank = getenv("PMI_RANK");
	return rank ? strtoul(rank, NULL, 10) : 0;
}

/* Whether a variable has the number of this rank. */
static bool is_for_this(const char *name)
{
	const char *rank = getenv(name);

	return rank && strtoul(rank, NULL, 10) == node_number();
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

/* NODE_SYNCED: a file that each rank that syncs writes its number to; NODE_SYNC_FAILS: the rank that
 * cannot. */
int syncfs(int fd)
{
	const char *file = getenv("NODE_SYNCED");
	int log = file ? open(file, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;

	(void)fd;
	if (log >= 0) {
		(void)dprintf(log, "%lu\n", node_number());
		(void)close(log);
	}
	if (!is_for_this("NODE_SYNC_FAILS"))
		return 0;
	errno = EIO;
	return -1;
}

/* NODE_NO_THREADS: the rank that gets no thread; those of MPI itself it has. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
                   void *data)
{
	static int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
	Dl_info info;

	if (!next)
		next = (int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
		                void *))dlsym(RTLD_NEXT, "pthread_create");
	if (is_for_this("NODE_NO_THREADS") && dladdr((void *)start, &info) &&
	    strstr(info.dli_fname, "pcopy-mpi"))
		return EAGAIN;
	return next(thread, attr, start, data);
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
