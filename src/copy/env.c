/* SPDX-License-Identifier: MIT
 *
 * env.c - what all copying workers of a run read, filled before the pool starts; and the sync
 * after they are done. */
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

/* Reads the umask. umask(2) returns it only while setting it, which affects the whole process;
 * since Linux 4.7 /proc/self/status has it. */
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

/* Whether existing targets must be told apart from files that a lost worker left: the options
 * would treat an existing target specially. */
static bool distinguishes_existing(const struct pcopy_options *o)
{
	bool forks = o->pool == PCOPY_POOL_PROCESSES || o->pool == PCOPY_POOL_HYBRID ||
	             o->pool == PCOPY_POOL_RANKS;

	return forks && (o->backup != PCOPY_BACKUP_NONE || o->update != PCOPY_UPDATE_ALL ||
	                 o->on_overwrite || o->remove_destination || o->atomic == PCOPY_ALWAYS);
}

/* Waits until the clock of file times has advanced, a few milliseconds at most: then a file made
 * just before the run is older than all that the run makes. File times use the coarse clock or,
 * since Linux 6.13, the fine one where somebody has read them; they never go back. */
static void wait_for_tick(struct pc_copy_env *env)
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

/* The clock advances in ticks. If the run did not wait at its start, the tick of the start
 * belongs to the run. */
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
		env->group_count = getgroups(PC_GROUPS_MAX, env->group); /* -1: more than that */
	if (clock_gettime(CLOCK_REALTIME_COARSE, &env->started) < 0)
		return -errno;
	if (distinguishes_existing(env->options))
		wait_for_tick(env);
	if (getrandom(&env->run_id, sizeof(env->run_id), 0) != sizeof(env->run_id))
		env->run_id = pc_now_ns() ^ ((uint64_t)getpid() << 40);
	return 0;
}

/* Opens a file that is bind-mounted over the target and lies on the wanted file system. Shortens
 * `path` to its directory. */
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

/* Opens `path` below a root's target, with `flags` where it is a directory. */
static int written_open(const struct pc_root *root, bool top, const char *path, int flags)
{
	_cleanup_fd_ int top_fd = pc_sys_openat(AT_FDCWD, root->dst_anchor->path,
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

	if (fd == -EACCES) /* the directory may be writable but not readable */
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
