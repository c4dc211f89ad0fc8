/* SPDX-License-Identifier: MIT */
/* copies.c - keeps or removes the copies.
 *
 * This is decided once, before the first run: an experiment that keeps some copies and removes
 * others would measure both cases. */
#include "bench/copies.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/memory.h"
#include "bench/cache.h"
#include "bench/child.h"
#include "bench/reuse.h"
#include "bench/tree.h"
#include "cli/messages.h"

/* The overhead of an entry in any file system: a partial block, an inode, a name. */
#define ENTRY_BYTES 4096

/* A nearly full file system allocates differently. */
#define ROOM_PART 0.8
#define MEMORY_PART 0.5

/* ---- Space ---- */

bool bench_copies_fit(const struct bench_room *room, const struct bench_tree *tree, uint64_t copies)
{
	double entries = (double)bench_tree_entries(tree);
	double bytes = (double)tree->bytes + ENTRY_BYTES * entries;

	return bytes * (double)copies <= ROOM_PART * (double)room->bytes &&
	       entries * (double)copies <= ROOM_PART * (double)room->inodes;
}

/* On tmpfs copies take memory, which the size of the file system does not guarantee. */
static struct bench_room room_look(const struct bench *bench)
{
	struct bench_room room = {0};
	struct statvfs space;
	uint64_t memory;

	if (fstatvfs(bench->dst_fd, &space) < 0)
		return room;
	room.bytes = (uint64_t)space.f_bavail * space.f_frsize;
	room.inodes = space.f_files ? space.f_favail : UINT64_MAX;
	if (strcmp(bench->dst_filesystem, "tmpfs") != 0 &&
	    strcmp(bench->dst_filesystem, "ramfs") != 0)
		return room;
	memory = (uint64_t)(MEMORY_PART * (double)pc_memory_available());
	room.bytes = memory < room.bytes ? memory : room.bytes;
	return room;
}

void bench_copies_plan(struct bench *bench)
{
	const struct cli_options *options = bench->options;
	uint64_t rounds = options->runs ? options->runs : BENCH_VERDICT_RUNS;
	struct bench_room room = room_look(bench);

	if (options->keep_copies == PCOPY_NEVER)
		bench->copies = BENCH_COPIES_UNWANTED;
	else if (!bench_copies_fit(&room, &bench->tree, (options->warmup + rounds) * bench->rows))
		bench->copies = BENCH_COPIES_NO_ROOM;
}

bool bench_copies_another_round(const struct bench *bench)
{
	struct bench_room room;

	if (bench->copies != BENCH_COPIES_KEPT)
		return true;
	room = room_look(bench);
	return bench_copies_fit(&room, &bench->tree, bench->rows);
}

const char *bench_copies_text(const struct bench *bench)
{
	static const char *const texts[] = {
		[BENCH_COPIES_KEPT] = "kept until the last run",
		[BENCH_COPIES_UNWANTED] = "each removed before the next run",
		[BENCH_COPIES_NO_ROOM] =
			"each removed before the next run: no room for all of them",
	};

	return texts[bench->copies];
}

/* ---- Copies ---- */

static char *below_target(const struct bench *bench, const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s", bench->dst_path, name) < 0 ? NULL : path;
}

char *bench_copy_path_new(const struct bench *bench, unsigned number)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "copy-%u", number);
	return below_target(bench, name);
}

/* `path` may be NULL: no memory. */
static int copy_remove(const struct bench *bench, const char *path)
{
	int rc = path ? bench_tree_remove(path) : -ENOMEM;

	if (rc < 0)
		cli_error_named(-rc, "cannot remove the copy %s in %s",
		                path ? strrchr(path, '/') + 1 : "", bench->dst);
	return rc;
}

int bench_copy_finish(const struct bench *bench, const char *path)
{
	int rc = 0;

	if (bench->copies != BENCH_COPIES_KEPT)
		rc = copy_remove(bench, path);
	if (rc == 0 && !bench_signal())
		(void)syncfs(bench->dst_fd); /* an error does not concern the benchmark */
	if (bench->copies == BENCH_COPIES_KEPT && !bench_signal())
		bench_cache_drop(path);
	return rc;
}

int bench_copies_remove(const struct bench *bench)
{
	_cleanup_free_ char *probe = below_target(bench, BENCH_PROBE_NAME);
	int rc = copy_remove(bench, probe);

	for (unsigned i = 1; i <= bench->copies_begun; i++) {
		_cleanup_free_ char *path = bench_copy_path_new(bench, i);
		int r = copy_remove(bench, path);

		rc = rc < 0 ? rc : r;
	}
	return rc;
}
