/* SPDX-License-Identifier: MIT */
/* walk.c - one pass over a tree, with fts(3).
 *
 * fts changes into each directory, so paths may exceed PATH_MAX; at 64 KiB it fails with
 * ENAMETOOLONG.  It checks that ".." is the directory it came from. */
#include "bench/walk.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* True if a copy excludes an entry; `root_len` bytes of its path are the path of the root. */
static bool entry_is_out(const struct bench_left_out *left_out, const FTSENT *entry,
                         size_t root_len)
{
	const char *path = entry->fts_path + root_len;

	return left_out && bench_left_out_has(left_out, path + strspn(path, "/"), entry->fts_statp);
}

static int entry_visit(const FTSENT *entry, bench_visit *visit, void *userdata)
{
	switch (entry->fts_info) {
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		return -entry->fts_errno;
	case FTS_D:
		return visit(userdata, BENCH_BEFORE, entry->fts_accpath, entry->fts_statp);
	default:
		return visit(userdata, BENCH_AFTER, entry->fts_accpath, entry->fts_statp);
	}
}

int bench_walk(const char *path, const struct bench_left_out *left_out, bench_visit *visit,
               void *userdata)
{
	_cleanup_free_ char *root = strdup(path); /* fts wants a writable string */
	char *roots[] = {root, NULL};
	FTS *tree = root ? fts_open(roots, FTS_PHYSICAL, NULL) : NULL;
	int r = tree ? 0 : -errno;

	while (r == 0) {
		FTSENT *entry;

		errno = 0;
		entry = fts_read(tree);
		if (!entry) {
			r = -errno;
			break;
		}
		if (entry->fts_info != FTS_NS && entry_is_out(left_out, entry, strlen(path)))
			(void)fts_set(tree, entry, FTS_SKIP); /* fails only for invalid arguments */
		else
			r = entry_visit(entry, visit, userdata);
	}
	if (tree && fts_close(tree) < 0 && r == 0)
		r = -errno;
	return r;
}
