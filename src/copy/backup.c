/* backup.c - what has an entry's name is renamed, not lost.
 *
 * The names are those of GNU cp: `name~` (or another suffix), or `name.~N~` with
 * the number after the highest one there is. */
#include "copy/copier.h"

#include "base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The number of `entry` as a numbered backup of `name`, 0 when it is none. */
static unsigned long number_of(const char *entry, const char *name, size_t len)
{
	unsigned long number;
	char *end;

	if (strncmp(entry, name, len) != 0 || strncmp(entry + len, ".~", 2) != 0 ||
	    entry[len + 2] < '1' || entry[len + 2] > '9')
		return 0;
	number = strtoul(entry + len + 2, &end, 10);
	return strcmp(end, "~") == 0 ? number : 0;
}

/* The highest number among the backups of `name`, or negative errno. */
static long highest_number(int dirfd, const char *name)
{
	int fd = pc_openat(dirfd, ".", O_RDONLY | O_DIRECTORY, 0);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	size_t len = strlen(name);
	const struct dirent *entry;
	unsigned long highest = 0;

	if (!dir) {
		int error = fd < 0 ? fd : -errno;

		if (fd >= 0)
			close(fd);
		return error;
	}
	while ((entry = readdir(dir))) {
		unsigned long number = number_of(entry->d_name, name, len);

		highest = number > highest ? number : highest;
	}
	closedir(dir);
	return (long)highest;
}

/* Chooses the name that `name` gets, in c->backup. */
static int choose_name(struct pc_copier *c, int dirfd, const char *name)
{
	enum pcopy_backup how = c->options->backup;
	long highest = how == PCOPY_BACKUP_SIMPLE ? 0 : highest_number(dirfd, name);
	bool simple = how == PCOPY_BACKUP_SIMPLE || (how == PCOPY_BACKUP_EXISTING && highest == 0);
	int len;

	if (highest < 0)
		return (int)highest;
	len = simple ? snprintf(c->backup, sizeof(c->backup), "%s%s", name,
				c->options->backup_suffix)
		     : snprintf(c->backup, sizeof(c->backup), "%s.~%ld~", name, highest + 1);
	return len < 0 || (size_t)len >= sizeof(c->backup) ? -ENAMETOOLONG : 0;
}

/* Whether the backup would take the place of the source. */
static bool is_source(const struct pc_copier *c, const struct pc_frame *f,
		      const struct stat *source, const char *src_name)
{
	struct stat st;

	return strcmp(src_name, c->backup) == 0 &&
	       fstatat(f->dst_fd, c->backup, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_dev == source->st_dev && st.st_ino == source->st_ino;
}

int pc_backup_make(struct pc_copier *c, const struct pc_frame *f, const struct stat *source,
		   const char *src_name, const char *dst_name, enum pcopy_step *step)
{
	int r = choose_name(c, f->dst_fd, dst_name);

	if (r == 0 && is_source(c, f, source, src_name)) {
		c->backup[0] = '\0';
		*step = PCOPY_STEP_BACKUP_IS_SOURCE;
		return PC_TARGET_REFUSED;
	}
	*step = PCOPY_STEP_BACKUP;
	if (r == 0 && renameat(f->dst_fd, dst_name, f->dst_fd, c->backup) < 0)
		r = -errno;
	if (r < 0)
		c->backup[0] = '\0';
	return r == -ENOENT ? PC_TARGET_FREE : r;
}

void pc_backup_restore(struct pc_copier *c, const struct pc_frame *f, const char *dst_name)
{
	if (c->backup[0])
		(void)renameat(f->dst_fd, c->backup, f->dst_fd, dst_name); /* the error told is the first */
	c->backup[0] = '\0';
}
