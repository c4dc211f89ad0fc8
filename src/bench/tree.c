/* SPDX-License-Identifier: MIT */
/* tree.c - surveys the tree to copy, and removes copies. */
#include "bench/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"
#include "bench/walk.h"

const struct bench_class bench_classes[BENCH_CLASSES] = {
	{"empty", 0},
	{"1 B - 4 KiB", UINT64_C(4) << 10},
	{"4 - 64 KiB", UINT64_C(64) << 10},
	{"64 KiB - 1 MiB", UINT64_C(1) << 20},
	{"1 - 64 MiB", UINT64_C(64) << 20},
	{"larger", UINT64_MAX},
};

static void count_file(struct bench_tree *tree, uint64_t bytes)
{
	unsigned class = 0;

	while (bytes > bench_classes[class].max_bytes)
		class ++;
	tree->files++;
	tree->bytes += bytes;
	tree->class_files[class]++;
	tree->class_bytes[class] += bytes;
}

/* A hash of everything that shows a change of an entry.  The sum over all entries does not depend
 * on their order. */
static uint64_t entry_fingerprint(const char *name, const struct stat *st)
{
	const uint64_t parts[] = {
		st->st_dev,
		st->st_ino,
		st->st_mode,
		(uint64_t)st->st_size,
		(uint64_t)st->st_mtim.tv_sec,
		(uint64_t)st->st_mtim.tv_nsec,
		(uint64_t)st->st_ctim.tv_sec,
		(uint64_t)st->st_ctim.tv_nsec,
	};
	uint64_t print = 0;

	for (; *name; name++)
		print = pc_random_mix(print + (unsigned char)*name + 1);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		print = pc_random_mix(print + parts[i] + 1);
	return print;
}

static int count_entry(void *userdata, enum bench_moment moment, const char *name,
                       const struct stat *st)
{
	struct bench_tree *tree = userdata;

	if (moment == BENCH_BEFORE)
		return 0;
	tree->fingerprint += entry_fingerprint(name, st);
	if (S_ISREG(st->st_mode))
		count_file(tree, (uint64_t)st->st_size);
	else if (S_ISDIR(st->st_mode))
		tree->directories++;
	else if (S_ISLNK(st->st_mode))
		tree->symlinks++;
	else
		tree->specials++;
	return 0;
}

int bench_tree_survey(const char *path, const struct bench_left_out *left_out,
                      struct bench_tree *ret)
{
	struct bench_tree tree = {0};
	int rc = bench_walk(path, left_out, count_entry, &tree);

	if (!rc)
		*ret = tree;
	return rc;
}

/* A copied directory may have a mode without access for its owner. */
static int make_accessible(const char *name, mode_t mode)
{
	if ((mode & S_IRWXU) == S_IRWXU)
		return 0;
	return fchmodat(AT_FDCWD, name, S_IRWXU, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int remove_entry(void *userdata, enum bench_moment moment, const char *name,
                        const struct stat *st)
{
	int flag = S_ISDIR(st->st_mode) ? AT_REMOVEDIR : 0;

	(void)userdata; /* unlinking needs no data */
	if (moment == BENCH_BEFORE)
		return make_accessible(name, st->st_mode);
	return unlinkat(AT_FDCWD, name, flag) < 0 ? -errno : 0;
}

int bench_tree_remove(const char *path)
{
	int rc = bench_walk(path, NULL, remove_entry, NULL);

	return rc == -ENOENT ? 0 : rc;
}
