/* SPDX-License-Identifier: MIT */
/* tree.c - the trees of the fault tests, and how their copies are judged. */
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#define LARGE_BYTES 150000
#define OPEN_MAX_DIRS 16
#define XATTR "user.fault"
#define XATTR_MAX 64

static void must(bool done, const char *what)
{
	if (done)
		return;
	perror(what);
	exit(99);
}

/* ---- Making ---- */

static void put(const char *path, const char *data, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	must(fd >= 0 && write(fd, data, len) == (ssize_t)len && fchmod(fd, mode) == 0, path);
	close(fd);
}

static void put_large(const char *path)
{
	char *data = malloc(LARGE_BYTES);
	unsigned x = 1;

	must(data, "malloc");
	for (size_t i = 0; i < LARGE_BYTES; i++) {
		x = x * 1103515245U + 12345U;
		data[i] = (char)(x >> 16);
	}
	put(path, data, LARGE_BYTES, 0640);
	free(data);
}

/* A hole at the start, one between, and data at the end. */
static void put_sparse(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);

	must(fd >= 0 && pwrite(fd, "mid", 3, 20000) == 3 && pwrite(fd, "end", 3, 50000) == 3, path);
	close(fd);
}

/* What is in a directory is made before its mode is. */
static void make_sub(void)
{
	must(mkdir("s/tree/sub", 0755) == 0 && mkdir("s/tree/sub/deep", 0755) == 0, "mkdir");
	put("s/tree/sub/b", "b\n", 2, 0600);
	put("s/tree/sub/keep-b", "kept?\n", 6, 0644);
	put("s/tree/sub/deep/c", "c\n", 2, 0755);
	must(link("s/tree/hard-1", "s/tree/sub/hard-3") == 0, "link");
	must(symlink("../a", "s/tree/sub/up") == 0, "symlink");
	must(chmod("s/tree/sub/deep", 0555) == 0 && chmod("s/tree/sub", 0750) == 0, "chmod");
}

static int make_old(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const struct timespec times[2] = {{1100000000, 7}, {1000000000 + st->st_size, 5}};

	(void)type;
	(void)ftw;
	if (strcmp(path, "s") != 0)
		must(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) == 0, path);
	return 0;
}

void tree_make_source(void)
{
	must(mkdir("s", 0755) == 0 && mkdir("s/tree", 0755) == 0, "mkdir");
	put("s/tree/a", "some text\n", 10, 0644);
	put("s/tree/empty", "", 0, 0644);
	put("s/tree/read-only", "ro\n", 3, 0444);
	put("s/tree/set-id", "id\n", 3, 04755);
	put("s/tree/keep-this", "kept?\n", 6, 0644);
	put_large("s/tree/large");
	put_sparse("s/tree/sparse");
	put("s/tree/hard-1", "one inode\n", 10, 0644);
	must(link("s/tree/hard-1", "s/tree/hard-2") == 0, "link");
	must(symlink("a", "s/tree/link") == 0 && symlink("nowhere", "s/tree/dangling") == 0,
	     "symlink");
	must(mkfifo("s/tree/fifo", 0640) == 0, "mkfifo");
	must(mknod("s/tree/socket", S_IFSOCK | 0755, 0) == 0, "mknod");
	if (geteuid() == 0)
		(void)!mknod("s/tree/device", S_IFCHR | 0600, makedev(1, 3)); /* not everywhere */
	(void)setxattr("s/tree/a", XATTR, "value", 5, 0);                     /* not everywhere */
	must(mkdir("s/tree/empty-dir", 0755) == 0 && chmod("s/tree/empty-dir", 01777) == 0,
	     "mkdir");
	make_sub();
	put("s/top", "operand\n", 8, 0644);
	put_large("s/top-large");
	must(symlink("top", "s/top-link") == 0, "symlink");
	must(nftw("s", make_old, OPEN_MAX_DIRS, FTW_PHYS | FTW_DEPTH) == 0, "nftw");
}

void tree_make_wide(void)
{
	char path[PATH_MAX];

	must(mkdir("s", 0755) == 0 && mkdir("s/wide", 0755) == 0, "mkdir");
	for (int i = 0; i < 1200; i++) {
		snprintf(path, sizeof(path), "s/wide/%0240d", i);
		must(mkdir(path, 0755) == 0, "mkdir");
	}
	put("s/wide/file", "file\n", 5, 0644);
}

static void make_one_old(const struct entry *e)
{
	const char *base = strrchr(e->path, '/') + 1;
	struct timespec times[2] = {{1, 0}, {1, 0}};
	char path[PATH_MAX], text[PATH_MAX];

	snprintf(path, sizeof(path), "d%s", e->path);
	if (S_ISDIR(e->st.st_mode)) {
		must(mkdir(path, 0755) == 0, path);
		return;
	}
	if (S_ISLNK(e->st.st_mode)) {
		must(symlink("old", path) == 0, path);
		must(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) == 0, path);
		return;
	}
	snprintf(text, sizeof(text), "old %s", base);
	put(path, text, strlen(text), 0644);
	if (strncmp(base, "keep", 4) == 0)
		times[1].tv_sec = 4000000000;
	must(utimensat(AT_FDCWD, path, times, 0) == 0, path);
}

void tree_make_existing(const struct tree *source)
{
	for (int i = 0; i < source->count; i++)
		make_one_old(&source->entry[i]);
}

/* ---- What the source does not have ---- */

/* What is in a directory stands behind it. */
static const struct surplus surplus[] = {{"/tree/more", S_IFREG, false},
                                         {"/tree/more-link", S_IFLNK, false},
                                         {"/tree/more-fifo", S_IFIFO, false},
                                         {"/tree/gone", S_IFDIR, false},
                                         {"/tree/gone/file", S_IFREG, false},
                                         {"/tree/gone/in", S_IFDIR, false},
                                         {"/tree/gone/in/file", S_IFREG, false},
                                         {"/tree/gone/empty", S_IFDIR, false},
                                         {"/tree/sub/more", S_IFREG, false},
                                         {"/tree/sub/deep/more", S_IFREG, false},
                                         {"/tree/empty/below", S_IFREG, false}, /* see obstacles */
                                         {"/beside", S_IFREG, true},
                                         {"/beside-dir", S_IFDIR, true},
                                         {"/beside-dir/file", S_IFREG, true}};

/* A directory where a file must go, and the reverse. */
static const struct surplus obstacles[] = {{"/tree/empty", S_IFDIR, false},
                                           {"/tree/empty-dir", S_IFREG, false}};

static void make_surplus(const struct surplus *s)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "d%s", s->path);
	if (s->kind == S_IFDIR)
		must(mkdir(path, 0755) == 0, path);
	else if (s->kind == S_IFLNK)
		must(symlink("beside", path) == 0, path);
	else if (s->kind == S_IFIFO)
		must(mkfifo(path, 0644) == 0, path);
	else
		put(path, "surplus", 7, 0644);
}

/* The directory keeps its times. */
static void put_unnoticed(const char *dir, const char *name, const char *text)
{
	char path[PATH_MAX];
	struct timespec times[2];
	struct stat st;

	must(stat(dir, &st) == 0, dir);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	put(path, text, strlen(text), 0644);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	must(utimensat(AT_FDCWD, dir, times, 0) == 0, dir);
}

void tree_make_excluded(void)
{
	put_unnoticed("s/tree", "ruled-out", "excluded");
	put_unnoticed("s/tree/sub", ".gitignore", "left-out\n");
	put_unnoticed("s/tree/sub/deep", "left-out", "excluded");
}

void tree_make_surplus(struct tree *tree, bool ruled, bool stays)
{
	static struct surplus all[sizeof(surplus) / sizeof(surplus[0]) + 2];

	memcpy(all, surplus, sizeof(surplus));
	if (ruled)
		all[sizeof(surplus) / sizeof(surplus[0])] =
			(struct surplus){"/tree/sub/left-out", S_IFREG, stays};
	for (size_t i = 0; i < sizeof(obstacles) / sizeof(obstacles[0]); i++) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "d%s", obstacles[i].path);
		must(remove(path) == 0, path);
		make_surplus(&obstacles[i]);
	}
	for (const struct surplus *s = all; s->path; s++)
		make_surplus(s);
	tree->surplus = all;
}

bool tree_has_obstacle(const struct entry *entry)
{
	for (size_t i = 0; i < sizeof(obstacles) / sizeof(obstacles[0]); i++) {
		if (strcmp(obstacles[i].path, entry->path) == 0)
			return true;
	}
	return false;
}

bool tree_is_there(const char *path)
{
	char full[PATH_MAX];
	struct stat st;

	snprintf(full, sizeof(full), "d%s", path);
	return lstat(full, &st) == 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	if (ftw->level > 0)
		must((type == FTW_DP ? rmdir(path) : unlink(path)) == 0, path);
	return 0;
}

static int open_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)ftw;
	if (type == FTW_D && (st->st_mode & 0700) != 0700)
		must(chmod(path, 0700) == 0, path);
	return 0;
}

void tree_remove(const char *path)
{
	if (geteuid() != 0)
		(void)nftw(path, open_one, OPEN_MAX_DIRS, FTW_PHYS);
	must(nftw(path, remove_one, OPEN_MAX_DIRS, FTW_PHYS | FTW_DEPTH) == 0, path);
}

/* ---- Looking ---- */

static char *contents(const char *path, const struct stat *st)
{
	char *text = malloc((size_t)st->st_size + 1);
	int fd = open(path, O_RDONLY);

	must(text && fd >= 0 && read(fd, text, (size_t)st->st_size + 1) == st->st_size, path);
	close(fd);
	return text;
}

static char *link_text(const char *path)
{
	char text[PATH_MAX];
	ssize_t len = readlink(path, text, sizeof(text) - 1);

	must(len >= 0, path);
	text[len] = '\0';
	return strdup(text);
}

static int same_inode(const struct tree *tree, const struct stat *st)
{
	for (int i = 0; i < tree->count; i++) {
		if (tree->entry[i].st.st_ino == st->st_ino &&
		    tree->entry[i].st.st_dev == st->st_dev)
			return i;
	}
	return tree->count;
}

/* nftw() hands no context on. */
static struct tree *looked_at;

static int look_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	struct tree *tree = looked_at;
	char value[XATTR_MAX] = "";
	struct entry e = {.st = *st};

	(void)type;
	if (ftw->level == 0)
		return 0;
	e.path = strdup(path + 1);
	e.first = S_ISREG(st->st_mode) ? same_inode(tree, st) : tree->count;
	if (S_ISREG(st->st_mode))
		e.text = contents(path, st);
	else if (S_ISLNK(st->st_mode))
		e.text = link_text(path);
	if (lgetxattr(path, XATTR, value, sizeof(value) - 1) > 0)
		e.xattr = strdup(value);
	tree->entry = realloc(tree->entry, ((size_t)tree->count + 1) * sizeof(e));
	must(tree->entry && e.path, "memory");
	tree->entry[tree->count++] = e;
	return 0;
}

void tree_look(struct tree *tree, bool follow)
{
	looked_at = tree;
	must(nftw("s", look_one, OPEN_MAX_DIRS, follow ? 0 : FTW_PHYS) == 0, "nftw");
}

/* ---- Judging ---- */

static void target_path(char path[PATH_MAX], const struct entry *e, const char *suffix)
{
	snprintf(path, PATH_MAX, "d%s%s", e->path, suffix);
}

/* Whether a file has exactly these bytes. */
static bool has_text(const char *path, const char *text, size_t len)
{
	char *got = malloc(len + 1);
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	bool same = got && fd >= 0 && read(fd, got, len + 1) == (ssize_t)len &&
	            memcmp(got, text, len) == 0;

	if (fd >= 0)
		close(fd);
	free(got);
	return same;
}

static bool same_link(const char *path, const char *text)
{
	char *got = link_text(path);
	bool same = strcmp(got, text) == 0;

	free(got);
	return same;
}

static const char *attributes_differ(const struct entry *e, const struct stat *st)
{
	if (!S_ISLNK(st->st_mode) && (st->st_mode & 07777) != (e->st.st_mode & 07777))
		return "has another mode";
	if (st->st_uid != e->st.st_uid || st->st_gid != e->st.st_gid)
		return "has another owner";
	if (st->st_mtim.tv_sec != e->st.st_mtim.tv_sec ||
	    st->st_mtim.tv_nsec != e->st.st_mtim.tv_nsec)
		return "has another time";
	return NULL;
}

static const char *links_differ(const struct tree *tree, const struct entry *e,
                                const struct stat *st)
{
	char first[PATH_MAX];
	struct stat other;

	target_path(first, &tree->entry[e->first], "");
	if (lstat(first, &other) < 0) /* its own matter */
		return NULL;
	return other.st_ino == st->st_ino ? NULL : "is another inode than the first of its names";
}

static bool has_xattr(const char *path, const char *want)
{
	char value[XATTR_MAX] = "";

	return lgetxattr(path, XATTR, value, sizeof(value) - 1) > 0 && strcmp(value, want) == 0;
}

const char *tree_differs(const struct tree *tree, int entry, const struct judged *judged)
{
	const struct entry *e = &tree->entry[entry];
	char path[PATH_MAX];
	struct stat st;

	target_path(path, e, "");
	if (lstat(path, &st) < 0)
		return "is missing";
	if ((st.st_mode & S_IFMT) != (e->st.st_mode & S_IFMT))
		return "is of another kind";
	if (S_ISREG(st.st_mode) && !has_text(path, e->text, (size_t)e->st.st_size))
		return "has other contents";
	if (S_ISLNK(st.st_mode) && !same_link(path, e->text))
		return "leads elsewhere";
	if (S_ISCHR(st.st_mode) && st.st_rdev != e->st.st_rdev)
		return "is another device";
	if (judged->links && links_differ(tree, e, &st))
		return links_differ(tree, e, &st);
	if (judged->xattr && e->xattr && !has_xattr(path, e->xattr))
		return "lacks its attribute";
	return judged->attributes ? attributes_differ(e, &st) : NULL;
}

bool tree_has_old(const struct entry *e, const char *suffix)
{
	char path[PATH_MAX], text[PATH_MAX];
	struct stat st;

	target_path(path, e, suffix);
	snprintf(text, sizeof(text), "old %s", strrchr(e->path, '/') + 1);
	if (lstat(path, &st) < 0)
		return false;
	if (S_ISLNK(e->st.st_mode))
		return S_ISLNK(st.st_mode) && same_link(path, "old");
	return S_ISREG(st.st_mode) && has_text(path, text, strlen(text));
}

bool tree_lies(const struct tree *tree, int entry, bool existed)
{
	const struct entry *e = &tree->entry[entry];
	char path[PATH_MAX];
	struct stat st;

	target_path(path, e, "");
	if (!S_ISREG(e->st.st_mode) || lstat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	/* what is written in place is told apart by its being named */
	return !existed && !has_text(path, e->text, (size_t)e->st.st_size);
}

static const struct tree *judged_tree;
static const char *judged_suffix;
static char stranger[PATH_MAX];

static bool is_known(const char *path, const char *suffix)
{
	for (const struct surplus *s = judged_tree->surplus; s && s->path; s++) {
		if (strcmp(path, s->path) == 0)
			return true;
	}
	for (int i = 0; i < judged_tree->count; i++) {
		const char *known = judged_tree->entry[i].path;
		size_t len = strlen(known);

		if (strncmp(path, known, len) == 0 &&
		    (path[len] == '\0' || (*suffix && strcmp(path + len, suffix) == 0)))
			return true;
	}
	return false;
}

static int look_for_stranger(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	if (ftw->level == 0 || is_known(path + 1, judged_suffix))
		return 0;
	snprintf(stranger, sizeof(stranger), "%s", path);
	return 1;
}

const char *tree_stranger(const struct tree *tree, const char *suffix)
{
	judged_tree = tree;
	judged_suffix = suffix;
	return nftw("d", look_for_stranger, OPEN_MAX_DIRS, FTW_PHYS) == 1 ? stranger : NULL;
}
