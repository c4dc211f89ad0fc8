/* SPDX-License-Identifier: MIT */
/* delay_fs.c - shows a directory through a file system that delays its answers, like a distant server.
 *
 *	delay_fs DIRECTORY MICROSECONDS -f MOUNTPOINT
 *
 * Each call is answered after this delay, except those for which a client does not wait for its server;
 * any number of calls wait concurrently.  Listings and attributes are cached for a second. */
#define FUSE_USE_VERSION FUSE_MAKE_VERSION(3, 12)
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <fuse_lowlevel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define SERVERS_MAX 256
#define KNOWN_S 1.0

static int root_fd;
static struct timespec delay;

static void wait_delay(void)
{
	if (delay.tv_sec || delay.tv_nsec)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &delay, NULL);
}

/* Below the directory. */
static const char *below(const char *path)
{
	return path[1] ? path + 1 : ".";
}

static int answer(int r)
{
	return r < 0 ? -errno : 0;
}

static void *delay_init(struct fuse_conn_info *connection, struct fuse_config *config)
{
	(void)connection;
	config->entry_timeout = config->attr_timeout = KNOWN_S;
	config->nullpath_ok = 0;
	config->use_ino = 1;
	return NULL;
}

static int delay_getattr(const char *path, struct stat *st, struct fuse_file_info *info)
{
	wait_delay();
	return answer(info ? fstat((int)info->fh, st)
	                   : fstatat(root_fd, below(path), st, AT_SYMLINK_NOFOLLOW));
}

static int delay_readlink(const char *path, char *text, size_t size)
{
	ssize_t n;

	wait_delay();
	n = readlinkat(root_fd, below(path), text, size - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return 0;
}

static int delay_mkdir(const char *path, mode_t mode)
{
	wait_delay();
	return answer(mkdirat(root_fd, below(path), mode));
}

static int delay_unlink(const char *path)
{
	wait_delay();
	return answer(unlinkat(root_fd, below(path), 0));
}

static int delay_rmdir(const char *path)
{
	wait_delay();
	return answer(unlinkat(root_fd, below(path), AT_REMOVEDIR));
}

static int delay_symlink(const char *text, const char *path)
{
	wait_delay();
	return answer(symlinkat(text, root_fd, below(path)));
}

static int delay_rename(const char *from, const char *to, unsigned flags)
{
	wait_delay();
	return answer(renameat2(root_fd, below(from), root_fd, below(to), flags));
}

static int delay_link(const char *from, const char *to)
{
	wait_delay();
	return answer(linkat(root_fd, below(from), root_fd, below(to), 0));
}

static int delay_chmod(const char *path, mode_t mode, struct fuse_file_info *info)
{
	wait_delay();
	return answer(info ? fchmod((int)info->fh, mode) : fchmodat(root_fd, below(path), mode, 0));
}

static int delay_chown(const char *path, uid_t uid, gid_t gid, struct fuse_file_info *info)
{
	wait_delay();
	return answer(info ? fchown((int)info->fh, uid, gid)
	                   : fchownat(root_fd, below(path), uid, gid, AT_SYMLINK_NOFOLLOW));
}

static int delay_truncate(const char *path, off_t size, struct fuse_file_info *info)
{
	int fd, r;

	wait_delay();
	if (info)
		return answer(ftruncate((int)info->fh, size));
	fd = openat(root_fd, below(path), O_WRONLY);
	if (fd < 0)
		return -errno;
	r = answer(ftruncate(fd, size));
	close(fd);
	return r;
}

static int delay_utimens(const char *path, const struct timespec times[2],
                         struct fuse_file_info *info)
{
	wait_delay();
	return answer(info ? futimens((int)info->fh, times)
	                   : utimensat(root_fd, below(path), times, AT_SYMLINK_NOFOLLOW));
}

static int open_below(const char *path, int flags, mode_t mode, struct fuse_file_info *info)
{
	int fd;

	wait_delay();
	fd = openat(root_fd, below(path), flags, mode);
	if (fd < 0)
		return -errno;
	info->fh = (uint64_t)fd;
	return 0;
}

static int delay_open(const char *path, struct fuse_file_info *info)
{
	return open_below(path, info->flags, 0, info);
}

static int delay_create(const char *path, mode_t mode, struct fuse_file_info *info)
{
	return open_below(path, info->flags | O_CREAT, mode, info);
}

static int delay_read(const char *path, char *into, size_t size, off_t at,
                      struct fuse_file_info *info)
{
	ssize_t n;

	(void)path;
	wait_delay();
	n = pread((int)info->fh, into, size, at);
	return n < 0 ? -errno : (int)n;
}

static int delay_write(const char *path, const char *data, size_t size, off_t at,
                       struct fuse_file_info *info)
{
	ssize_t n;

	(void)path;
	wait_delay();
	n = pwrite((int)info->fh, data, size, at);
	return n < 0 ? -errno : (int)n;
}

static int delay_flush(const char *path, struct fuse_file_info *info)
{
	(void)path;
	(void)info;
	wait_delay();
	return 0;
}

static int delay_fsync(const char *path, int data, struct fuse_file_info *info)
{
	(void)path;
	wait_delay();
	return answer(data ? fdatasync((int)info->fh) : fsync((int)info->fh));
}

static int delay_release(const char *path, struct fuse_file_info *info)
{
	(void)path; /* nobody waits for it */
	return answer(close((int)info->fh));
}

static int delay_readdir(const char *path, void *into, fuse_fill_dir_t fill, off_t from,
                         struct fuse_file_info *info, enum fuse_readdir_flags flags)
{
	int fd = openat(root_fd, below(path), O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	(void)from, (void)info, (void)flags;
	wait_delay();
	if (!dir)
		return -errno;
	while ((e = readdir(dir))) {
		struct stat st = {.st_ino = e->d_ino, .st_mode = (mode_t)DTTOIF(e->d_type)};

		fill(into, e->d_name, &st, 0, 0);
	}
	closedir(dir);
	return 0;
}

static int delay_statfs(const char *path, struct statvfs *st)
{
	(void)path;
	wait_delay();
	return answer(fstatvfs(root_fd, st));
}

static const struct fuse_operations operations = {
	.init = delay_init,
	.getattr = delay_getattr,
	.readlink = delay_readlink,
	.mkdir = delay_mkdir,
	.unlink = delay_unlink,
	.rmdir = delay_rmdir,
	.symlink = delay_symlink,
	.rename = delay_rename,
	.link = delay_link,
	.chmod = delay_chmod,
	.chown = delay_chown,
	.truncate = delay_truncate,
	.utimens = delay_utimens,
	.open = delay_open,
	.create = delay_create,
	.read = delay_read,
	.write = delay_write,
	.flush = delay_flush,
	.fsync = delay_fsync,
	.release = delay_release,
	.readdir = delay_readdir,
	.statfs = delay_statfs,
};

static int serve(struct fuse *fuse)
{
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	int r;

	fuse_loop_cfg_set_max_threads(config, SERVERS_MAX);
	fuse_loop_cfg_set_idle_threads(config, SERVERS_MAX);
	r = fuse_loop_mt(fuse, config);
	fuse_loop_cfg_destroy(config);
	return r;
}

int main(int argc, char **argv)
{
	struct fuse_args args = FUSE_ARGS_INIT(argc, argv);
	struct fuse_cmdline_opts options;
	struct fuse *fuse;
	int r = 1;

	if (argc < 5) {
		fprintf(stderr, "usage: delay_fs DIRECTORY MICROSECONDS -f MOUNTPOINT\n");
		return 2;
	}
	root_fd = open(argv[1], O_RDONLY | O_DIRECTORY);
	delay.tv_sec = atol(argv[2]) / 1000000;
	delay.tv_nsec = atol(argv[2]) % 1000000 * 1000;
	argv[2] = argv[0];
	args = (struct fuse_args)FUSE_ARGS_INIT(argc - 2, argv + 2);
	umask(0);
	if (root_fd < 0 || fuse_parse_cmdline(&args, &options) < 0)
		return 1;
	fuse = fuse_new(&args, &operations, sizeof(operations), NULL);
	if (fuse && fuse_mount(fuse, options.mountpoint) == 0 &&
	    fuse_set_signal_handlers(fuse_get_session(fuse)) == 0) {
		r = serve(fuse);
		fuse_remove_signal_handlers(fuse_get_session(fuse));
		fuse_unmount(fuse);
	}
	if (fuse)
		fuse_destroy(fuse);
	fuse_opt_free_args(&args);
	return r != 0;
}
