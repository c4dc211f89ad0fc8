/* SPDX-License-Identifier: MIT
 *
 * machine.c - describes the machine that a measurement ran on. */
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#include "cleanup.h"

static void text_trim(char *text)
{
	size_t length = strlen(text);

	while (length && strchr(" \t\n", text[length - 1]))
		text[--length] = '\0';
}

/* Whether the word before the colon means the CPU model: x86 says "model name", others "cpu
 * model", "Processor" or "cpu". */
static bool line_is_model(const char *line, const char *colon)
{
	static const char *const keys[] = {"model name", "cpu model", "Processor", "cpu"};
	size_t length = (size_t)(colon - line);

	while (length && strchr(" \t", line[length - 1]))
		length--;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strlen(keys[i]) == length && !strncmp(line, keys[i], length))
			return true;
	return false;
}

static void read_cpu_model(char *model, size_t size)
{
	_cleanup_free_ char *line = NULL;
	FILE *file = fopen("/proc/cpuinfo", "re");
	size_t room = 0;

	model[0] = '\0';
	if (!file)
		return;
	while (!model[0] && getline(&line, &room, file) > 0) {
		const char *value = strchr(line, ':');

		if (!value || !line_is_model(line, value))
			continue;
		text_trim(line);
		(void)snprintf(model, size, "%s", value + 1 + strspn(value + 1, " \t"));
	}
	fclose(file);
}

void pc_machine_describe(struct pc_machine *ret)
{
	struct pc_machine machine = {0};
	struct utsname names;
	struct sysinfo info;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	read_cpu_model(machine.model, sizeof(machine.model));
	machine.cpus = cpus > 0 ? (unsigned)cpus : 0;
	if (!sysinfo(&info))
		machine.memory_bytes = (uint64_t)info.totalram * info.mem_unit;
	/* A name that does not fit is truncated: it is for display only. */
	if (!uname(&names))
		(void)snprintf(machine.kernel, sizeof(machine.kernel), "%.40s %.65s %.40s",
		               names.sysname, names.release, names.machine);
	*ret = machine;
}

/* A line of mountinfo: "36 35 98:0 /root /mount options... - type source options",
 * the first number being the mount's (proc_pid_mountinfo(5)). */
static bool mount_line_type(const char *line, uint64_t mount_id, char *ret, size_t size)
{
	const char *separator = strstr(line, " - ");
	size_t length;

	if (strtoull(line, NULL, 10) != mount_id || !separator)
		return false;
	separator += strlen(" - ");
	length = strcspn(separator, " \n");
	if (!length || length >= size)
		return false;
	memcpy(ret, separator, length);
	ret[length] = '\0';
	return true;
}

static bool mount_type(uint64_t mount_id, char *ret, size_t size)
{
	_cleanup_free_ char *line = NULL;
	FILE *file = fopen("/proc/self/mountinfo", "re");
	size_t room = 0;
	bool found = false;

	if (!file)
		return false;
	while (!found && getline(&line, &room, file) > 0)
		found = mount_line_type(line, mount_id, ret, size);
	fclose(file);
	return found;
}

int pc_filesystem_name(const char *path, char ret[static PC_FILESYSTEM_NAME])
{
	struct statx info;
	struct statfs filesystem;

	/* The mount id (Linux 5.8) is right where device numbers are not, as on btrfs. */
	if (!statx(AT_FDCWD, path, 0, STATX_MNT_ID, &info) && (info.stx_mask & STATX_MNT_ID) &&
	    mount_type(info.stx_mnt_id, ret, PC_FILESYSTEM_NAME))
		return 0;
	if (statfs(path, &filesystem) < 0)
		return -errno;
	(void)snprintf(ret, PC_FILESYSTEM_NAME, "0x%lx", (unsigned long)filesystem.f_type);
	return 0;
}
