/* SPDX-License-Identifier: MIT */
/* backup.c - the names of backups. Numbers are kept as text, so that none is too large. */
#include "base/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sys.h"

/* One less than NAME_MAX, as in GNU cp. */
#define NAME_LENGTH_MAX (size_t)(NAME_MAX - 1)

/* Finds the digits of `entry` if it is a numbered backup of `name`. Returns their length, or 0. */
static size_t digits_find(const char *entry, const char *name, size_t len, const char **ret)
{
	size_t digits;

	if (strncmp(entry, name, len) != 0 || strncmp(entry + len, ".~", 2) != 0)
		return 0;
	*ret = entry + len + 2;
	digits = strspn(*ret, "0123456789");
	return **ret != '0' && strcmp(*ret + digits, "~") == 0 && digits + 2 < PC_BACKUP_DIGITS
	               ? digits
	               : 0;
}

static bool is_higher(const char *digits, size_t len, const char *than)
{
	size_t other = strlen(than);

	return len != other ? len > other : memcmp(digits, than, len) > 0;
}

static void add_one(char *number)
{
	size_t len = strlen(number), at = len;

	while (at > 0 && number[at - 1] == '9')
		number[--at] = '0';
	if (at > 0) {
		number[at - 1]++;
		return;
	}
	number[0] = '1'; /* 999: 1 and three zeros */
	strcpy(number + len, "0");
}

/* The first free number, for a directory that may be written to and searched but not read. */
static int number_look_up(int dirfd, const char *name, char ret[static PC_BACKUP_DIGITS])
{
	char backup[PC_BACKUP_NAME_MAX];

	strcpy(ret, "1");
	for (;;) {
		size_t len = (size_t)snprintf(backup, sizeof(backup), "%s.~%s~", name, ret);

		if (len >= sizeof(backup))
			return -ENAMETOOLONG;
		if (faccessat(dirfd, backup, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			break;
		add_one(ret);
	}
	if (errno != ENOENT && errno != ENAMETOOLONG) /* no such file can exist */
		return -errno;
	return strcmp(ret, "1") != 0;
}

int pc_backup_next(int dirfd, const char *name, char ret[static PC_BACKUP_DIGITS])
{
	_cleanup_close_ int fd = pc_openat(dirfd, ".", O_RDONLY | O_DIRECTORY, 0);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	const char *digits = NULL;

	if (fd == -EACCES)
		return number_look_up(dirfd, name, ret);
	if (!dir)
		return fd < 0 ? fd : -errno;
	(void)pc_take_fd(&fd); /* closed by closedir() */
	strcpy(ret, "0");
	while ((errno = 0, entry = readdir(dir))) {
		size_t len = digits_find(entry->d_name, name, strlen(name), &digits);

		if (len > 0 && is_higher(digits, len, ret))
			*(char *)mempcpy(ret, digits, len) = '\0';
	}
	if (errno) {
		int error = -errno;

		(void)closedir(dir);
		return error;
	}
	(void)closedir(dir);
	add_one(ret);
	return strcmp(ret, "1") != 0;
}

int pc_backup_name(int dirfd, const char *name, enum pcopy_backup how, const char *suffix,
                   char ret[static PC_BACKUP_NAME_MAX])
{
	char number[PC_BACKUP_DIGITS], numbered[PC_BACKUP_DIGITS + 4];
	int known = how == PCOPY_BACKUP_SIMPLE ? 0 : pc_backup_next(dirfd, name, number);
	size_t len, most;

	if (known < 0)
		return known;
	if (!suffix || !*suffix || strchr(suffix, '/'))
		suffix = "~";
	if (known || how == PCOPY_BACKUP_NUMBERED) {
		(void)snprintf(numbered, sizeof(numbered), ".~%s~", number);
		suffix = numbered;
	}
	len = strlen(name);
	/* a file system that has longer names than NAME_MAX takes longer backups, too */
	most = len > NAME_MAX ? PC_BACKUP_NAME_MAX - 1 : NAME_LENGTH_MAX;
	if (len + strlen(suffix) <= most)
		(void)strcpy(stpcpy(ret, name), suffix);
	else
		(void)snprintf(ret, PC_BACKUP_NAME_MAX, "%.*s~", (int)most - 1, name);
	return 0;
}
