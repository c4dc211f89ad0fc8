/* backup.c - what has an entry's name is renamed, not lost.
 *
 * The names are those of GNU cp: `name~` (or another suffix), or `name.~N~` with
 * the number after the highest one there is. */
#include "copy/copier.h"

#include "base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* One less than the file system allows, as in GNU cp. */
#define BACKUP_NAME_MAX (NAME_MAX - 1)

/* Digits, without a limit but that of a name. */
struct number {
	char digits[NAME_MAX + 2];
};

/* The digits of `entry` as a numbered backup of `name`.  False: it is none. */
static bool number_of(const char *entry, const char *name, size_t len, struct number *ret)
{
	size_t digits;

	if (strncmp(entry, name, len) != 0 || strncmp(entry + len, ".~", 2) != 0)
		return false;
	entry += len + 2;
	digits = strspn(entry, "0123456789");
	if (digits == 0 || entry[0] == '0' || strcmp(entry + digits, "~") != 0)
		return false;
	memcpy(ret->digits, entry, digits);
	ret->digits[digits] = '\0';
	return true;
}

static bool is_less(const struct number *a, const struct number *b)
{
	size_t len_a = strlen(a->digits), len_b = strlen(b->digits);

	return len_a != len_b ? len_a < len_b : strcmp(a->digits, b->digits) < 0;
}

static void add_one(struct number *n)
{
	size_t len = strlen(n->digits), at = len;

	while (at > 0 && n->digits[at - 1] == '9')
		n->digits[--at] = '0';
	if (at > 0) {
		n->digits[at - 1]++;
		return;
	}
	memmove(n->digits + 1, n->digits, len + 1);
	n->digits[0] = '1';
}

/* The highest number among the backups of `name`, "" where there is none. */
static int highest_number(int dirfd, const char *name, struct number *ret)
{
	int fd = pc_openat(dirfd, ".", O_RDONLY | O_DIRECTORY, 0);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	size_t len = strlen(name);
	const struct dirent *entry;
	struct number number;

	ret->digits[0] = '\0';
	if (!dir) {
		int error = fd < 0 ? fd : -errno;

		if (fd >= 0)
			close(fd);
		return error;
	}
	while ((entry = readdir(dir))) {
		if (number_of(entry->d_name, name, len, &number) && is_less(ret, &number))
			*ret = number;
	}
	closedir(dir);
	return 0;
}

static int choose_name(struct pc_copier *c, const struct pc_frame *f, const char *name)
{
	enum pcopy_backup how = c->options->backup;
	const char *suffix = c->options->backup_suffix;
	char numbered[NAME_MAX + 8];
	struct number highest = {""};
	int r = how == PCOPY_BACKUP_SIMPLE ? 0 : highest_number(f->dst_fd, name, &highest);

	if (r < 0)
		return r;
	if (how == PCOPY_BACKUP_NUMBERED || highest.digits[0]) {
		add_one(&highest);
		(void)snprintf(numbered, sizeof(numbered), ".~%s~", highest.digits);
		suffix = numbered;
	}
	/* where it is too long a ~ takes the place of the last bytes */
	if (strlen(name) + strlen(suffix) <= BACKUP_NAME_MAX)
		(void)strcpy(stpcpy(c->backup, name), suffix);
	else
		(void)snprintf(c->backup, sizeof(c->backup), "%.*s~", BACKUP_NAME_MAX - 1, name);
	return 0;
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
	int r = choose_name(c, f, dst_name);

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

bool pc_backup_is_copy(const struct pc_copier *c, const struct pc_frame *f,
		       const struct stat *source)
{
	const struct pc_root *root = &c->env->root[c->root];

	return c->options->backup != PCOPY_BACKUP_NONE && c->options->force && f->top &&
	       S_ISREG(source->st_mode) && strcmp(root->src, root->dst) == 0;
}

int pc_backup_name_copy(struct pc_copier *c, const struct pc_frame *f, const char *name)
{
	int r = choose_name(c, f, name);

	memcpy(c->own_backup, c->backup, sizeof(c->own_backup));
	c->backup[0] = '\0';
	return r;
}
