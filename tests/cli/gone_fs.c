/* SPDX-License-Identifier: MIT */
/* gone_fs.c - a file system whose server stops answering, for tests/cli/gone.sh.
 *
 *	gone_fs -f DIRECTORY
 *
 * It has a directory "dir" with the files "a", "hangs" and "z" of 5,000 bytes each, and a
 * directory "new" in which files can be created, whose contents are discarded.  Reads from and
 * writes to "hangs" never return: the server prints "asked" instead.  close() of a file "slow" returns
 * when a process writes to the FIFO that GONE_GO names, that of a file "stuck" never. */
#define FUSE_USE_VERSION 35
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE 5000

static const char *const names[] = {"/dir/a", "/dir/hangs", "/dir/z"};
#define NAMES (sizeof(names) / sizeof(names[0]))

/* Files that were made, the answers come from several threads. */
#define MADE_MAX 100
static pthread_mutex_t made_lock = PTHREAD_MUTEX_INITIALIZER;
static char *made[MADE_MAX];
static size_t made_count;

static bool is_made(const char *path)
{
	bool found = false;

	pthread_mutex_lock(&made_lock);
	for (size_t i = 0; i < made_count; i++)
		found = found || strcmp(made[i], path) == 0;
	pthread_mutex_unlock(&made_lock);
	return found;
}

static void no_answer(void)
{
	(void)!write(STDOUT_FILENO, "asked\n", 6); /* for the test */
	for (;;)
		pause();
}

static int gone_getattr(const char *path, struct stat *st, struct fuse_file_info *info)
{
	(void)info;
	if (strcmp(path, "/") == 0 || strcmp(path, "/dir") == 0 || strcmp(path, "/new") == 0) {
		*st = (struct stat){.st_mode = S_IFDIR | 0755, .st_nlink = 2};
		return 0;
	}
	if (is_made(path)) {
		*st = (struct stat){.st_mode = S_IFREG | 0644, .st_nlink = 1};
		return 0;
	}
	for (size_t i = 0; i < NAMES; i++) {
		if (strcmp(path, names[i]) == 0) {
			*st = (struct stat){
				.st_mode = S_IFREG | 0644, .st_nlink = 1, .st_size = SIZE};
			return 0;
		}
	}
	return -ENOENT;
}

static int gone_readdir(const char *path, void *into, fuse_fill_dir_t fill, off_t from,
                        struct fuse_file_info *info, enum fuse_readdir_flags flags)
{
	(void)from;
	(void)info;
	(void)flags;
	if (strcmp(path, "/") == 0)
		return fill(into, "dir", NULL, 0, 0);
	for (size_t i = 0; i < NAMES; i++)
		fill(into, strrchr(names[i], '/') + 1, NULL, 0, 0);
	return 0;
}

static int gone_read(const char *path, char *into, size_t size, off_t from,
                     struct fuse_file_info *info)
{
	(void)info;
	if (strcmp(path, "/dir/hangs") == 0)
		no_answer();
	if (from >= SIZE)
		return 0;
	if (size > (size_t)(SIZE - from))
		size = (size_t)(SIZE - from);
	memset(into, 'x', size);
	return (int)size;
}

static int gone_create(const char *path, mode_t mode, struct fuse_file_info *info)
{
	int r = 0;

	(void)mode;
	(void)info;
	pthread_mutex_lock(&made_lock);
	if (made_count == MADE_MAX)
		r = -ENOSPC;
	else
		made[made_count++] = strdup(path);
	pthread_mutex_unlock(&made_lock);
	return r;
}

static int gone_write(const char *path, const char *text, size_t size, off_t at,
                      struct fuse_file_info *info)
{
	(void)text;
	(void)at;
	(void)info;
	if (strcmp(path, "/new/hangs") == 0)
		no_answer();
	return (int)size;
}

static int gone_flush(const char *path, struct fuse_file_info *info)
{
	char go;
	int fd;

	(void)info;
	if (strcmp(path, "/new/stuck") == 0)
		no_answer();
	if (strcmp(path, "/new/slow") != 0)
		return 0;
	(void)!write(STDOUT_FILENO, "asked\n", 6); /* for the test */
	fd = open(getenv("GONE_GO"), O_RDONLY);
	(void)!read(fd, &go, 1);
	close(fd);
	return 0;
}

static int gone_chmod(const char *path, mode_t mode, struct fuse_file_info *info)
{
	(void)path;
	(void)mode;
	(void)info;
	return 0;
}

static int gone_truncate(const char *path, off_t size, struct fuse_file_info *info)
{
	(void)path;
	(void)size;
	(void)info;
	return 0;
}

int main(int argc, char **argv)
{
	static const struct fuse_operations operations = {
		.getattr = gone_getattr,
		.readdir = gone_readdir,
		.read = gone_read,
		.create = gone_create,
		.write = gone_write,
		.flush = gone_flush,
		.chmod = gone_chmod,
		.truncate = gone_truncate,
	};

	return fuse_main(argc, argv, &operations, NULL);
}
