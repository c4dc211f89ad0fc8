/* SPDX-License-Identifier: MIT */
/* walk.c - one pass over a tree of any depth.
 *
 * One directory is open at a time.  The way back up leads through "..", which
 * must be the directory that was left; the names still to be visited on each
 * level wait in memory. */
#include "bench/walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/sys.h"

struct level {
	struct level *up;
	struct stat st;
	struct dirent **entry;
	int count, next;
	size_t path_len; /* of the directory above */
};

struct walk {
	int root_fd;
	const char *root;
	bench_visit *visit;
	void *userdata;
	const struct bench_left_out *left_out; /* or NULL */
	struct pc_buffer path;                 /* of the directory in work, below the root */
	int fd; /* of the directory in work; unused before the first */
	struct level *level;
};

static int no_dots(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static void level_free(struct level *level)
{
	for (int i = 0; i < level->count; i++)
		free(level->entry[i]);
	free(level->entry);
	free(level);
}

/* The directory that holds the entry in work. */
static int parent_fd(const struct walk *walk)
{
	return walk->level ? walk->fd : walk->root_fd;
}

static int walk_down(struct walk *walk, const char *name, const struct stat *st)
{
	struct level *level;
	int fd = pc_openat(parent_fd(walk), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	int count;

	if (fd < 0)
		return fd;
	level = calloc(1, sizeof(*level));
	if (!level) {
		close(fd);
		return -ENOMEM;
	}
	if (walk->fd >= 0)
		close(walk->fd);
	walk->fd = fd;
	level->st = *st;
	level->up = walk->level;
	level->path_len = walk->path.len;
	walk->level = level;
	if (level->up && pc_buffer_add_name(&walk->path, name) < 0)
		return -ENOMEM;

	count = scandirat(fd, ".", &level->entry, no_dots, NULL);
	if (count < 0)
		return -errno;
	level->count = count;
	return 0;
}

/* Back to the directory above; -ESTALE where this one was moved meanwhile. */
static int walk_up(struct walk *walk)
{
	struct stat st;
	int fd = pc_openat(walk->fd, "..", O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0)
		return fd;
	close(walk->fd);
	walk->fd = fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_dev != walk->level->st.st_dev || st.st_ino != walk->level->st.st_ino)
		return -ESTALE;
	return 0;
}

/* Whether a copy leaves an entry out.  1, 0 or -ENOMEM. */
static int entry_is_out(struct walk *walk, const char *name, const struct stat *st)
{
	size_t len = walk->path.len;
	int out;

	if (!walk->left_out)
		return 0;
	out = walk->level ? pc_buffer_add_name(&walk->path, name) : 0;
	if (out == 0)
		out = bench_left_out_has(walk->left_out, walk->path.data, st);
	pc_buffer_cut(&walk->path, len);
	return out;
}

static int visit_entry(struct walk *walk, const char *name)
{
	int dirfd = parent_fd(walk), rc;
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	rc = entry_is_out(walk, name, &st);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (!S_ISDIR(st.st_mode))
		return walk->visit(walk->userdata, BENCH_AFTER, dirfd, name, &st);
	rc = walk->visit(walk->userdata, BENCH_BEFORE, dirfd, name, &st);
	return rc < 0 ? rc : walk_down(walk, name, &st);
}

/* The directory in work is through; its name is the one that its parent was at. */
static int finish_level(struct walk *walk)
{
	struct level *done = walk->level;
	const char *name = walk->root;
	int rc = 0;

	walk->level = done->up;
	pc_buffer_cut(&walk->path, done->path_len);
	if (walk->level) {
		name = walk->level->entry[walk->level->next - 1]->d_name;
		rc = walk_up(walk);
	}
	if (!rc)
		rc = walk->visit(walk->userdata, BENCH_AFTER, parent_fd(walk), name, &done->st);
	level_free(done);
	return rc;
}

int bench_walk(int dirfd, const char *name, const struct bench_left_out *left_out,
               bench_visit *visit, void *userdata)
{
	struct walk walk = {.root_fd = dirfd,
	                    .root = name,
	                    .visit = visit,
	                    .userdata = userdata,
	                    .left_out = left_out,
	                    .fd = -1};
	int rc = pc_buffer_add(&walk.path, "", 0);

	if (rc == 0)
		rc = visit_entry(&walk, name);

	while (!rc && walk.level) {
		struct level *level = walk.level;

		rc = level->next < level->count
		             ? visit_entry(&walk, level->entry[level->next++]->d_name)
		             : finish_level(&walk);
	}
	while (walk.level) {
		struct level *up = walk.level->up;

		level_free(walk.level);
		walk.level = up;
	}
	if (walk.fd >= 0)
		close(walk.fd);
	pc_buffer_done(&walk.path);
	return rc;
}
