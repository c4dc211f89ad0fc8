/* SPDX-License-Identifier: MIT
 *
 * env.c - what all copying workers of a run read: set up by the run before the pool starts,
 * and what the run does when they are done. */
#include "copy/copy.h"

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/path.h"
#include "base/times.h"
#include "sys/fs.h"
#include "sys/sys.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

/* The umask can only be read by setting it, which is the whole process's; the
 * kernel tells it since 4.7. */
static mode_t read_umask(void)
{
	char line[128];
	unsigned mask;
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "Umask: %o", &mask) == 1) {
			fclose(f);
			return mask & 0777;
		}
	}
	if (f)
		fclose(f);
	mask = umask(077);
	umask(mask);
	return mask;
}

/* Whether a file that was there would be missed if it were taken for one that a lost
 * worker left. */
static bool keeps_what_is_there(const struct pcopy_options *o)
{
	bool forks = o->pool == PCOPY_POOL_PROCESSES || o->pool == PCOPY_POOL_HYBRID ||
	             o->pool == PCOPY_POOL_RANKS;

	return forks && (o->backup != PCOPY_BACKUP_NONE || o->update != PCOPY_UPDATE_ALL ||
	                 o->on_overwrite || o->remove_destination || o->atomic == PCOPY_ALWAYS);
}

/* A few milliseconds at most: a file that was made just before the run is older than
 * all that is made in it.  File times are by the coarse clock, or since Linux 6.13 by
 * the fine one where somebody has looked, and never go back. */
static void wait_for_step(struct pc_copy_env *env)
{
	const struct timespec moment = {.tv_nsec = 500000};
	struct timespec now, *started = &env->started;

	if (clock_gettime(CLOCK_REALTIME, started) < 0)
		return;
	do {
		nanosleep(&moment, NULL);
		if (clock_gettime(CLOCK_REALTIME_COARSE, &now) < 0)
			return;
	} while (pc_time_order(&now, started) <= 0);
	env->waited = true;
}

/* The clock goes in steps: where nothing was waited for, the step of the start belongs to
 * the run. */
bool pc_copy_is_of_run(const struct pc_copy_env *env, const struct timespec *time)
{
	return pc_time_order(time, &env->started) >= (env->waited ? 1 : 0);
}

int pc_copy_env_init(struct pc_copy_env *env)
{
	env->umask = read_umask();
	env->uid = geteuid();
	env->gid = getegid();
	if (env->options->update == PCOPY_UPDATE_DIFFER)
		env->group_count = getgroups(PC_GROUPS_MAX, env->group); /* -1: none is known */
	if (clock_gettime(CLOCK_REALTIME_COARSE, &env->started) < 0)
		return -errno;
	if (keeps_what_is_there(env->options))
		wait_for_step(env);
	if (getrandom(&env->run_id, sizeof(env->run_id), 0) != sizeof(env->run_id))
		env->run_id = pc_now_ns() ^ ((uint64_t)getpid() << 40);
	return 0;
}

/* A file that is bound, and lies on the file system that is meant.  `path` is cut. */
static int written_open_file(int top_fd, char *path)
{
	int flags = O_NONBLOCK | O_NOCTTY;
	_cleanup_fd_ int dir_fd = -1;
	size_t start;
	int fd;

	if (pc_path_base(path, &start) == 0)
		return -ENOTDIR;
	if (start > 0)
		path[start - 1] = '\0';
	dir_fd = pc_sys_open_dir_following(top_fd, start > 0 ? path : "", O_PATH);
	if (dir_fd < 0)
		return dir_fd;
	fd = pc_sys_openat(dir_fd, path + start, flags | O_RDONLY, 0);
	return fd == -EACCES ? pc_sys_openat(dir_fd, path + start, flags | O_WRONLY, 0) : fd;
}

/* Opens what `path` below a root's target is, with `flags` where it is a directory. */
static int written_open(const struct pc_root *root, bool top, const char *path, int flags)
{
	_cleanup_fd_ int top_fd = pc_sys_openat(AT_FDCWD, root->dst_top->path,
	                                        (top ? flags : O_PATH) | O_DIRECTORY, 0);
	struct pc_buffer full = {0};
	int fd;

	if (top || top_fd < 0)
		return pc_take_fd(&top_fd);
	if (pc_buffer_add_name(&full, root->dst_name) < 0 ||
	    (*path && pc_buffer_add_name(&full, path) < 0)) {
		pc_buffer_done(&full);
		return -ENOMEM;
	}
	fd = pc_sys_open_dir_following(top_fd, full.data, flags);
	if (fd == -ENOTDIR)
		fd = written_open_file(top_fd, full.data);
	pc_buffer_done(&full);
	return fd;
}

int pc_copy_sync(const struct pcopy_options *options, const struct pc_root *root, bool top,
                 const char *path)
{
	_cleanup_fd_ int fd = written_open(root, top, path, O_RDONLY);

	if (fd == -EACCES) /* it may be written to, and not read */
		fd = written_open(root, top, path, O_PATH);
	if (fd < 0)
		return fd;
	if (options->fsync == PCOPY_FSYNC_END)
		return pc_sys_syncfs(fd);
	return pc_sys_fsync_directory(fd);
}

void pc_large_temp_name(char *name, const char *final_name)
{
	(void)snprintf(name, PC_TEMP_NAME_MAX, ".pcopy-%016llx.part",
	               (unsigned long long)pc_name_hash(final_name, 0));
}
