/* SPDX-License-Identifier: MIT */
/* cpus.c - the CPU affinity and the control group's CPU quota. */
#include "base/cpus.h"

#include "base/cleanup.h"
#include "base/sys.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

static unsigned affinity(void)
{
	unsigned max = 1024;

	/* the kernel rejects a mask smaller than its own */
	for (; max <= (1U << 20); max *= 2) {
		cpu_set_t *set = CPU_ALLOC(max);
		size_t bytes = CPU_ALLOC_SIZE(max);
		unsigned count = 0;

		if (!set)
			return 1;
		if (sched_getaffinity(0, bytes, set) == 0)
			count = (unsigned)CPU_COUNT_S(bytes, set);
		CPU_FREE(set);
		if (count > 0)
			return count;
	}
	return 1;
}

/* Reads a small file of a directory; "" where that fails. */
static void read_text(const char *dir, const char *name, char *text, size_t size)
{
	char path[PATH_MAX];
	_cleanup_close_ int fd = -1;
	ssize_t n = 0;

	text[0] = '\0';
	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return;
	fd = pc_openat(AT_FDCWD, path, O_RDONLY, 0);
	if (fd >= 0)
		n = read(fd, text, size - 1);
	text[n > 0 ? n : 0] = '\0';
}

static unsigned quotient(long long quota, long long period)
{
	if (quota <= 0 || period <= 0)
		return UINT_MAX;
	return (unsigned)((quota + period - 1) / period);
}

/* The quota of one control group, in CPUs; UINT_MAX: none. */
static unsigned quota_of(const char *dir)
{
	char text[128];
	long long quota, period;

	read_text(dir, "cpu.max", text, sizeof(text));
	if (sscanf(text, "%lld %lld", &quota, &period) == 2)
		return quotient(quota, period);
	read_text(dir, "cpu.cfs_quota_us", text, sizeof(text));
	if (sscanf(text, "%lld", &quota) != 1)
		return UINT_MAX;
	read_text(dir, "cpu.cfs_period_us", text, sizeof(text));
	return sscanf(text, "%lld", &period) == 1 ? quotient(quota, period) : UINT_MAX;
}

/* The smallest quota from a group up to the mount of its hierarchy. */
static unsigned quota_up(const char *mount, char *group)
{
	unsigned least = UINT_MAX;

	for (;;) {
		char dir[PATH_MAX];
		char *slash = strrchr(group, '/');
		unsigned quota;

		if (snprintf(dir, sizeof(dir), "%s%s", mount, group) >= (int)sizeof(dir))
			return least;
		quota = quota_of(dir);
		least = quota < least ? quota : least;
		if (!slash || slash == group)
			break;
		*slash = '\0';
	}
	return least < quota_of(mount) ? least : quota_of(mount);
}

/* Lines of /proc/self/cgroup: `0::/group` (v2), `3:cpu,cpuacct:/group` (v1). */
static unsigned quota_of_line(char *line)
{
	char *controllers = strchr(line, ':');
	char *group = controllers ? strchr(controllers + 1, ':') : NULL;

	if (!group)
		return UINT_MAX;
	*group++ = '\0';
	group[strcspn(group, "\n")] = '\0';
	controllers++;
	if (*controllers == '\0')
		return quota_up("/sys/fs/cgroup", group);
	if (strcmp(controllers, "cpu") == 0 || strcmp(controllers, "cpu,cpuacct") == 0 ||
	    strcmp(controllers, "cpuacct,cpu") == 0)
		return quota_up("/sys/fs/cgroup/cpu", group);
	return UINT_MAX;
}

unsigned pc_cpus(void)
{
	unsigned cpus = affinity();
	char line[PATH_MAX];
	FILE *f = fopen("/proc/self/cgroup", "re");

	while (f && fgets(line, sizeof(line), f)) {
		unsigned quota = quota_of_line(line);

		cpus = quota < cpus ? quota : cpus;
	}
	if (f)
		fclose(f);
	return cpus > 0 ? cpus : 1;
}
