/* SPDX-License-Identifier: MIT */
/* parents.c - the directories above an operand (--parents).
 *
 * They are created before the run, because the operand's target is opened in the last of them.
 * Until their metadata is set, only their owner has access. */
#include "plan/parents.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "sys/sys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define KEEP_OF_DIRECTORIES (PCOPY_KEEP_MODE | PCOPY_KEEP_OWNER | PCOPY_KEEP_TIMES)

static void parent_free(struct pc_parent *parent)
{
	free(parent->src);
	free(parent->dst);
	free(parent);
}

static mode_t mode_to_make(const struct pcopy_options *options, mode_t source)
{
	unsigned later = PCOPY_KEEP_MODE | PCOPY_KEEP_OWNER;

	return (options->preserve & later ? source & 01000 : source) | 0700;
}

/* Returns 0, or negative errno: -EEXIST if the name exists. */
static int parent_mkdir(const struct pcopy_options *options, const struct pc_parent *parent)
{
	struct stat st;

	if (options->dry_run)
		return lstat(parent->dst, &st) == 0 ? -EEXIST : errno == ENOENT ? 0 : -errno;
	return mkdir(parent->dst, mode_to_make(options, parent->meta.mode & 01777)) < 0 ? -errno
	                                                                                : 0;
}

/* A umask or a default ACL that removes the owner's bits would keep us from filling it. */
static int parent_unlock(struct pc_parent *parent)
{
	_cleanup_fd_ int fd = -1;
	struct stat st;

	if (lstat(parent->dst, &st) < 0)
		return -errno;
	if ((st.st_mode & 0700) == 0700)
		return 0;
	if (chmod(parent->dst, (st.st_mode & 07777) | 0700) < 0)
		return -errno;
	fd = pc_sys_openat(AT_FDCWD, parent->dst, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd < 0)
		return fd;
	if (pc_sys_getxattr(&(struct pc_sys_file){.fd = fd}, "system.posix_acl_default", NULL, 0) >
	    0)
		parent->meta.made = PC_MADE_INHERITING;
	return 0;
}

/* Creates a directory, or accepts an existing one. */
static enum pcopy_step parent_make(const struct pcopy_options *options, struct pc_parent *parent,
                                   int *error)
{
	struct stat src, dst;

	*error = 0;
	if (stat(parent->src, &src) < 0) {
		*error = -errno;
		return PCOPY_STEP_STAT;
	}
	parent->meta = pc_meta_of(&src);
	if (options->preserve & PCOPY_DEFAULT_MODE)
		parent->meta.mode = S_IFDIR | 0777;
	*error = parent_mkdir(options, parent);
	if (*error == 0) {
		parent->meta.made = PC_MADE_WIDENED;
		*error = options->dry_run ? 0 : parent_unlock(parent);
		return *error < 0 ? PCOPY_STEP_MODE : PCOPY_STEP_NONE;
	}
	if (*error != -EEXIST || stat(parent->dst, &dst) < 0)
		return PCOPY_STEP_MKDIR;
	*error = 0;
	return S_ISDIR(dst.st_mode) ? PCOPY_STEP_NONE : PCOPY_STEP_DIR_OVER_FILE;
}

/* Adds a directory that must be finished at the end. */
static int parent_keep(struct pc_parents *p, struct pc_parent *parent)
{
	struct pc_parent *kept = calloc(1, sizeof(*kept));
	unsigned before = HASH_COUNT(p->first);

	if (!kept)
		return -ENOMEM;
	*kept = *parent;
	HASH_ADD_KEYPTR(hh, p->first, kept->dst, strlen(kept->dst), kept);
	if (HASH_COUNT(p->first) == before) {
		free(kept);
		return -ENOMEM;
	}
	*parent = (struct pc_parent){0};
	return 0;
}

static enum pcopy_step parent_add(struct pc_parents *p, const struct pcopy_options *options,
                                  struct pc_parent *parent, int *error)
{
	struct pc_parent *known;
	enum pcopy_step step;

	if (!parent->src || !parent->dst) {
		*error = -ENOMEM;
		return PCOPY_STEP_MKDIR;
	}
	HASH_FIND(hh, p->first, parent->dst, strlen(parent->dst), known);
	if (known)
		return PCOPY_STEP_NONE;
	step = parent_make(options, parent, error);
	if (step != PCOPY_STEP_NONE ||
	    (!parent->meta.made && !(options->preserve & KEEP_OF_DIRECTORIES)))
		return step;
	*error = parent_keep(p, parent);
	return *error < 0 ? PCOPY_STEP_MKDIR : PCOPY_STEP_NONE;
}

/* The operand was refused: existing directories that only it named stay unchanged. */
static void parents_forget(struct pc_parents *p, unsigned count)
{
	struct pc_parent *parent, *next;
	unsigned n = 0;

	HASH_ITER (hh, p->first, parent, next) {
		// cppcheck-suppress uninitvar ; it does not see what HASH_ITER sets
		if (n++ < count || parent->meta.made)
			continue;
		HASH_DEL(p->first, parent);
		parent_free(parent);
	}
}

enum pcopy_step pc_parents_make(struct pc_parents *p, const struct pcopy_options *options,
                                const char *src, const char *dst, int *error, struct pc_parent *ret)
{
	size_t lead = strspn(src, "/"), len, end, before, last;
	enum pcopy_step step = PCOPY_STEP_NONE;
	unsigned count = HASH_COUNT(p->first);

	*ret = (struct pc_parent){0};
	len = pc_path_base(src, &last) + last - lead; /* without surrounding slashes */
	if (strlen(dst) < len) {
		*error = -EINVAL;
		return PCOPY_STEP_MKDIR;
	}
	before = strlen(dst) - len;
	for (size_t at = lead; step == PCOPY_STEP_NONE; at = end + strspn(src + end, "/")) {
		end = at + strcspn(src + at, "/");
		if (end >= last)
			break;
		if (pc_path_is_dots(src + at, end - at))
			continue;
		ret->src = strndup(src, end);
		ret->dst = strndup(dst, before + end - lead);
		step = parent_add(p, options, ret, error);
		if (step == PCOPY_STEP_NONE) {
			free(ret->src);
			free(ret->dst);
			*ret = (struct pc_parent){0};
		}
	}
	if (step != PCOPY_STEP_NONE)
		parents_forget(p, count);
	return step;
}

void pc_parents_done(struct pc_parents *p)
{
	struct pc_parent *parent, *next;

	HASH_ITER (hh, p->first, parent, next) {
		HASH_DEL(p->first, parent);
		parent_free(parent);
	}
}
