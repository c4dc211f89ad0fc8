/* SPDX-License-Identifier: MIT */
/* gate_fs.c - a source that fails on request, for tests/mirror/gate.
 *
 *	gate_fs -f DIRECTORY
 *
 * It shows the directory that GATE_SOURCE names, read-only.  Setting the attribute "trusted.gate" of
 * its root to "HOW N" restarts the count of calls, and makes it fail at number N:
 *
 *	eio	that call returns EIO
 *	early	that listing ends in the middle, without an error
 *	vanish	from that call on nothing exists, not even the root
 *	empty	from that call on the root is empty
 *	die	the server exits
 *	detach	it is unmounted, and still serves open descriptors
 *
 * "none 0" turns this off.  Reading the attribute returns the number of calls. */
#define FUSE_USE_VERSION 35
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define ATTRIBUTE "trusted.gate"

static char how[16] = "none";
static unsigned at;
static _Atomic unsigned calls;
static int source_fd;
static char *mountpoint;

static bool is(const char *what)
{
	return strcmp(how, what) == 0;
}

/* Counts a call about a path.  0, or what it answers. */
static int called(const char *path)
{
	unsigned number = atomic_fetch_add(&calls, 1) + 1;

	if (number == at && is("eio"))
		return -EIO;
	if (number == at && is("die"))
		_exit(0);
	if (number == at && is("detach"))
		(void)umount2(mountpoint, MNT_DETACH);
	if (number >= at && at > 0 && is("vanish"))
		return -ENOENT;
	if (number >= at && at > 0 && is("empty") && strcmp(path, "/") != 0)
		return -ENOENT;
	return 0;
}

static const char *below(const char *path)
{
	return path[1] ? path + 1 : ".";
}

static int answer(int r)
{
	return r < 0 ? -errno : r;
}

static int gate_getattr(const char *path, struct stat *st, struct fuse_file_info *info)
{
	int r = called(path);

	(void)info;
	return r ? r : answer(fstatat(source_fd, below(path), st, AT_SYMLINK_NOFOLLOW));
}

static int gate_readlink(const char *path, char *text, size_t size)
{
	ssize_t len;
	int r = called(path);

	if (r)
		return r;
	len = readlinkat(source_fd, below(path), text, size - 1);
	if (len < 0)
		return -errno;
	text[len] = '\0';
	return 0;
}

static int gate_open(const char *path, struct fuse_file_info *info)
{
	int fd, r = called(path);

	if (r)
		return r;
	fd = openat(source_fd, below(path), O_RDONLY);
	if (fd < 0)
		return -errno;
	info->fh = (uint64_t)fd;
	return 0;
}

static int gate_read(const char *path, char *into, size_t size, off_t from,
                     struct fuse_file_info *info)
{
	int r = called(path);

	return r ? r : answer((int)pread((int)info->fh, into, size, from));
}

static int gate_release(const char *path, struct fuse_file_info *info)
{
	(void)path;
	close((int)info->fh);
	return 0;
}

static int gate_opendir(const char *path, struct fuse_file_info *info)
{
	(void)info;
	return called(path);
}

static int gate_readdir(const char *path, void *into, fuse_fill_dir_t fill, off_t from,
                        struct fuse_file_info *info, enum fuse_readdir_flags flags)
{
	int r = called(path), fd = r ? -1 : openat(source_fd, below(path), O_RDONLY | O_DIRECTORY);
	bool early = atomic_load(&calls) == at && is("early");
	const struct dirent *e;
	unsigned number = 0;
	DIR *dir;

	(void)from, (void)info, (void)flags;
	if (r)
		return r;
	if (at > 0 && atomic_load(&calls) >= at && is("empty"))
		early = true;
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return -errno;
	while ((e = readdir(dir))) {
		bool dot = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;

		if (early && !dot && (is("empty") || number++ >= 1))
			continue;
		fill(into, e->d_name, NULL, 0, 0);
	}
	closedir(dir);
	return 0;
}

static int gate_setxattr(const char *path, const char *name, const char *value, size_t size,
                         int flags)
{
	char text[64];

	(void)flags;
	if (strcmp(path, "/") != 0 || strcmp(name, ATTRIBUTE) != 0 || size >= sizeof(text))
		return -ENOTSUP;
	memcpy(text, value, size);
	text[size] = '\0';
	if (sscanf(text, "%15s %u", how, &at) != 2)
		return -EINVAL;
	atomic_store(&calls, 0);
	return 0;
}

static int gate_getxattr(const char *path, const char *name, char *value, size_t size)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", atomic_load(&calls));

	if (strcmp(path, "/") != 0 || strcmp(name, ATTRIBUTE) != 0)
		return -ENODATA;
	if (size > 0)
		memcpy(value, text, (size_t)len);
	return len;
}

static int gate_listxattr(const char *path, char *list, size_t size)
{
	(void)path, (void)list, (void)size;
	return 0;
}

static void *gate_init(struct fuse_conn_info *conn, struct fuse_config *config)
{
	(void)conn;
	config->use_ino = 1;
	config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct fuse_operations operations = {
		.init = gate_init,
		.getattr = gate_getattr,
		.readlink = gate_readlink,
		.open = gate_open,
		.read = gate_read,
		.release = gate_release,
		.opendir = gate_opendir,
		.readdir = gate_readdir,
		.setxattr = gate_setxattr,
		.getxattr = gate_getxattr,
		.listxattr = gate_listxattr,
	};
	const char *source = getenv("GATE_SOURCE");

	mountpoint = realpath(argv[argc - 1], NULL);
	source_fd = source ? open(source, O_RDONLY | O_DIRECTORY) : -1;
	if (source_fd < 0) {
		fprintf(stderr, "GATE_SOURCE names no directory\n");
		return 1;
	}
	return fuse_main(argc, argv, &operations, NULL);
}
