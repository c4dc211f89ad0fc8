/* compare.c - compares two trees entry by entry.  SPDX-License-Identifier: MIT
 *
 * Only the pair of directories in work is open, whatever the depth: before the
 * walk goes down the pair is closed, on the way back up it is opened again as
 * ".." and must be the same two directories (device and inode) as before.  What
 * is left to visit of each level is kept in memory:
 *
 *     level (root)  subdirectories a b c      current: b
 *       level b       subdirectories d e      current: d
 *         level b/d     the open pair
 *
 * Everything below the roots is reached from descriptors, nothing through a
 * symbolic link.  An entry that cannot be read is a difference, so that one
 * file in the way does not hide the others. */
#include <pcopy.h>

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/sys.h"

#define BUFFER_BYTES ((size_t)256 << 10)

enum side { SRC, DST, SIDES };

struct identity {
	dev_t dev;
	ino_t ino;
};

struct listing {
	struct dirent **entry;
	int count;
};

/* A pair of directories between the roots and the pair in work. */
struct level {
	struct level *up;
	struct identity identity[SIDES];
	struct listing subdirs; /* in both trees, still to be visited: from `next` */
	int next;
	size_t path_len; /* of this pair's path */
};

struct comparison {
	unsigned preserve;
	void (*on_difference)(void *userdata, const char *path, const char *what);
	void *userdata;
	int differences;

	int fd[SIDES]; /* the pair in work */
	char *buffer[SIDES];
	struct pc_buffer path; /* of the entry in work, below the roots */
	struct level *level;   /* of the pair in work */
};

static void tell(struct comparison *c, const char *what)
{
	if (c->differences < INT_MAX)
		c->differences++;
	if (c->on_difference)
		c->on_difference(c->userdata, c->path.data ? c->path.data : "", what);
}

/* ---- One entry ---- */

/* Reads to the end of both files: a file of /proc has contents and size 0. */
static int compare_contents(struct comparison *c, const int fd[SIDES])
{
	for (off_t offset = 0;; offset += (off_t)BUFFER_BYTES) {
		ssize_t got[SIDES];

		for (int side = 0; side < SIDES; side++) {
			got[side] = pc_pread_full(fd[side], c->buffer[side], BUFFER_BYTES, offset);
			if (got[side] < 0)
				return (int)got[side];
		}
		if (got[SRC] != got[DST] ||
		    memcmp(c->buffer[SRC], c->buffer[DST], (size_t)got[SRC]) != 0) {
			tell(c, "data");
			return 0;
		}
		if ((size_t)got[SRC] < BUFFER_BYTES)
			return 0;
	}
}

/* O_NONBLOCK: whatever took the file's place meanwhile must not hold us up. */
static int open_regular(int dirfd, const char *name, int *ret)
{
	_cleanup_close_ int fd = pc_openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ESTALE;
	*ret = pc_take_fd(&fd);
	return 0;
}

static int compare_files(struct comparison *c, const char *const name[SIDES])
{
	_cleanup_close_ int src = -1;
	_cleanup_close_ int dst = -1;
	int rc;

	rc = open_regular(c->fd[SRC], name[SRC], &src);
	if (rc < 0)
		return rc;
	rc = open_regular(c->fd[DST], name[DST], &dst);
	if (rc < 0)
		return rc;
	return compare_contents(c, (const int[SIDES]){src, dst});
}

/* The buffers are larger than any target can be. */
static int compare_targets(struct comparison *c, const char *const name[SIDES])
{
	ssize_t len[SIDES];

	for (int side = 0; side < SIDES; side++) {
		len[side] = readlinkat(c->fd[side], name[side], c->buffer[side], BUFFER_BYTES);
		if (len[side] < 0)
			return -errno;
	}
	if (len[SRC] != len[DST] || memcmp(c->buffer[SRC], c->buffer[DST], (size_t)len[SRC]) != 0)
		tell(c, "target");
	return 0;
}

static bool times_equal(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* The access time is left out: reading the source to copy it has changed it.
 * Links have no permission bits of their own. */
static void compare_metadata(struct comparison *c, const struct stat st[SIDES])
{
	if ((c->preserve & PCOPY_KEEP_MODE) && !S_ISLNK(st[SRC].st_mode) &&
	    st[SRC].st_mode != st[DST].st_mode)
		tell(c, "mode");
	if ((c->preserve & PCOPY_KEEP_OWNER) &&
	    (st[SRC].st_uid != st[DST].st_uid || st[SRC].st_gid != st[DST].st_gid))
		tell(c, "owner");
	if ((c->preserve & PCOPY_KEEP_TIMES) && !times_equal(&st[SRC].st_mtim, &st[DST].st_mtim))
		tell(c, "times");
}

static int compare_inner(struct comparison *c, const char *const name[SIDES],
                         const struct stat st[SIDES])
{
	mode_t mode = st[SRC].st_mode;

	if (S_ISLNK(mode))
		return compare_targets(c, name);
	if ((S_ISCHR(mode) || S_ISBLK(mode)) && st[SRC].st_rdev != st[DST].st_rdev)
		tell(c, "device");
	if (!S_ISREG(mode))
		return 0;
	/* Size 0 may mean that the size is not known before reading. */
	if (st[SRC].st_size == st[DST].st_size || !st[SRC].st_size)
		return compare_files(c, name);
	tell(c, "size");
	return 0;
}

/* Sets *ret_descend when the entry is a directory in both trees. */
static void compare_entry(struct comparison *c, const char *const name[SIDES], bool *ret_descend)
{
	struct stat st[SIDES];

	for (int side = 0; side < SIDES; side++) {
		if (fstatat(c->fd[side], name[side], &st[side], AT_SYMLINK_NOFOLLOW) < 0) {
			tell(c, "unreadable");
			return;
		}
	}
	if ((st[SRC].st_mode & S_IFMT) != (st[DST].st_mode & S_IFMT)) {
		tell(c, "kind");
		return;
	}
	if (compare_inner(c, name, st) < 0)
		tell(c, "unreadable");
	compare_metadata(c, st);
	*ret_descend = S_ISDIR(st[SRC].st_mode);
}

/* ---- One pair of directories ---- */

static void listing_done(struct listing *listing)
{
	for (int i = 0; i < listing->count; i++)
		free(listing->entry[i]);
	free(listing->entry);
	*listing = (struct listing){0};
}

/* By bytes: alphasort() would go by the locale. */
static int name_order(const struct dirent **left, const struct dirent **right)
{
	return strcmp((*left)->d_name, (*right)->d_name);
}

static int no_dots(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int list(int fd, struct listing *ret)
{
	int count = scandirat(fd, ".", &ret->entry, no_dots, name_order);

	if (count < 0)
		return -errno;
	ret->count = count;
	return 0;
}

/* Two sorted listings, side by side. */
struct merge {
	struct listing listing[SIDES];
	int at[SIDES];
};

/* The next name in order; an entry is NULL where that tree lacks it. */
static bool merge_next(struct merge *m, struct dirent *ret[SIDES])
{
	int order;

	for (int side = 0; side < SIDES; side++)
		ret[side] = m->at[side] < m->listing[side].count
		                    ? m->listing[side].entry[m->at[side]]
		                    : NULL;
	if (!ret[SRC] && !ret[DST])
		return false;
	order = !ret[SRC] ? 1 : !ret[DST] ? -1 : strcmp(ret[SRC]->d_name, ret[DST]->d_name);
	if (order > 0)
		ret[SRC] = NULL;
	if (order < 0)
		ret[DST] = NULL;
	for (int side = 0; side < SIDES; side++)
		m->at[side] += ret[side] != NULL;
	return true;
}

/* Compares a name of the pair in work; a directory is kept for later by moving
 * its entry down within the source's listing, which is ours to overwrite up to
 * the place that was read. */
static int compare_name(struct comparison *c, struct merge *m, struct dirent *const entry[SIDES],
                        int *keep)
{
	struct dirent **place = m->listing[SRC].entry;
	const char *name = entry[SRC] ? entry[SRC]->d_name : entry[DST]->d_name;
	bool descend = false;
	int rc = pc_buffer_add_name(&c->path, name);

	if (rc < 0)
		return rc;
	if (!entry[DST])
		tell(c, "missing");
	else if (!entry[SRC])
		tell(c, "extra");
	else
		compare_entry(c, (const char *const[SIDES]){name, name}, &descend);
	pc_buffer_cut(&c->path, c->level->path_len);

	if (descend) {
		struct dirent *kept = place[m->at[SRC] - 1];

		place[m->at[SRC] - 1] = place[*keep];
		place[(*keep)++] = kept;
	}
	return 0;
}

/* Compares the names in the pair of directories in work, and leaves in its
 * level the subdirectories to be visited. */
static int compare_pair(struct comparison *c)
{
	struct merge merge = {0};
	struct dirent *entry[SIDES];
	int rc = 0, keep = 0;

	for (int side = 0; side < SIDES && !rc; side++)
		rc = list(c->fd[side], &merge.listing[side]);
	if (rc == -ENOMEM)
		goto done;
	if (rc < 0) {
		tell(c, "unreadable");
		rc = 0;
		goto done;
	}
	while (!rc && merge_next(&merge, entry))
		rc = compare_name(c, &merge, entry, &keep);
	if (rc < 0)
		goto done;

	while (merge.listing[SRC].count > keep)
		free(merge.listing[SRC].entry[--merge.listing[SRC].count]);
	c->level->subdirs = merge.listing[SRC];
	merge.listing[SRC] = (struct listing){0};
done:
	listing_done(&merge.listing[SRC]);
	listing_done(&merge.listing[DST]);
	return rc;
}

/* ---- Down and up ---- */

static void replace_pair(struct comparison *c, const int fd[SIDES])
{
	for (int side = 0; side < SIDES; side++) {
		if (c->fd[side] >= 0)
			close(c->fd[side]);
		c->fd[side] = fd[side];
	}
}

/* Opens a pair of directories from the pair in work and makes it the one in
 * work. */
static int open_pair(struct comparison *c, const char *const name[SIDES],
                     struct identity ret[SIDES])
{
	_cleanup_close_ int src = -1;
	_cleanup_close_ int dst = -1;
	struct stat st[SIDES];

	src = pc_openat(c->fd[SRC], name[SRC], O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (src < 0)
		return src;
	dst = pc_openat(c->fd[DST], name[DST], O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (dst < 0)
		return dst;
	if (fstat(src, &st[SRC]) < 0 || fstat(dst, &st[DST]) < 0)
		return -errno;
	for (int side = 0; side < SIDES; side++)
		ret[side] = (struct identity){st[side].st_dev, st[side].st_ino};
	replace_pair(c, (const int[SIDES]){pc_take_fd(&src), pc_take_fd(&dst)});
	return 0;
}

/* A pair that cannot be opened is a difference and is passed over. */
static int enter(struct comparison *c, const char *const name[SIDES])
{
	struct level *level = calloc(1, sizeof(*level));
	int rc;

	if (!level)
		return -ENOMEM;
	rc = open_pair(c, name, level->identity);
	if (rc < 0) {
		free(level);
		tell(c, "unreadable");
		if (c->level)
			pc_buffer_cut(&c->path, c->level->path_len);
		return 0;
	}
	level->path_len = c->path.len;
	level->up = c->level;
	c->level = level;
	return compare_pair(c);
}

static int enter_next(struct comparison *c)
{
	const char *name = c->level->subdirs.entry[c->level->next++]->d_name;
	int rc = pc_buffer_add_name(&c->path, name);

	return rc < 0 ? rc : enter(c, (const char *const[SIDES]){name, name});
}

static void drop_level(struct comparison *c)
{
	struct level *level = c->level;

	c->level = level->up;
	listing_done(&level->subdirs);
	free(level);
}

static bool identity_equal(const struct identity *a, const struct identity *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

/* Back to the parents; -ESTALE where a directory was moved under our feet. */
static int leave(struct comparison *c)
{
	struct identity found[SIDES];
	int rc;

	drop_level(c);
	if (!c->level)
		return 0;
	rc = open_pair(c, (const char *const[SIDES]){"..", ".."}, found);
	if (rc < 0)
		return rc;
	for (int side = 0; side < SIDES; side++)
		if (!identity_equal(&found[side], &c->level->identity[side]))
			return -ESTALE;
	pc_buffer_cut(&c->path, c->level->path_len);
	return 0;
}

static int compare_trees(struct comparison *c, const char *const root[SIDES])
{
	struct stat st;
	bool descend = false;
	int rc = 0;

	for (int side = 0; side < SIDES; side++)
		if (fstatat(AT_FDCWD, root[side], &st, AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
	compare_entry(c, root, &descend);
	if (descend)
		rc = enter(c, root);
	while (!rc && c->level)
		rc = c->level->next < c->level->subdirs.count ? enter_next(c) : leave(c);
	return rc;
}

int pcopy_compare(const char *src, const char *dst, unsigned preserve,
                  void (*on_difference)(void *userdata, const char *path, const char *what),
                  void *userdata)
{
	struct comparison c = {
		.preserve = preserve,
		.on_difference = on_difference,
		.userdata = userdata,
		.fd = {AT_FDCWD, AT_FDCWD},
	};
	_cleanup_free_ char *buffers = malloc(SIDES * BUFFER_BYTES);
	int rc;

	if (!buffers)
		return -ENOMEM;
	c.buffer[SRC] = buffers;
	c.buffer[DST] = buffers + BUFFER_BYTES;

	rc = compare_trees(&c, (const char *const[SIDES]){src, dst});
	while (c.level)
		drop_level(&c);
	replace_pair(&c, (const int[SIDES]){-1, -1});
	pc_buffer_done(&c.path);
	return rc < 0 ? rc : c.differences;
}
