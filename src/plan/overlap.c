/* SPDX-License-Identifier: MIT */
/* overlap.c - refuses --delete if targets or sources overlap.
 *
 * Deletion removes what is below the target of a directory and not in that directory.  So no
 * other target and no source may lie there.  Directories are compared by device and inode, for
 * each operand and all directories above it. */
#include "plan/overlap.h"

#include "base/cleanup.h"
#include "base/sys.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

struct target {
	uint64_t dev, ino;
	unsigned root;
};

static int target_order(const void *a, const void *b)
{
	const struct target *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

/* Collects the targets that exist.  Returns their number. */
static unsigned targets_find(const struct pc_root *root, unsigned count, struct target *ret)
{
	unsigned n = 0;
	struct stat st;

	for (unsigned i = 0; i < count; i++) {
		if (root[i].kind != PCOPY_DIRECTORY || stat(root[i].dst, &st) < 0)
			continue;
		ret[n++] = (struct target){st.st_dev, st.st_ino, i};
	}
	qsort(ret, n, sizeof(*ret), target_order);
	return n;
}

/* The target that contains a directory or is that directory, except that of root `own`; or NULL. */
static const struct target *target_above(const char *path, const struct target *target, unsigned n,
                                         unsigned own)
{
	_cleanup_close_ int fd = pc_openat(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0);
	struct stat here, last = {0};

	while (fd >= 0 && fstat(fd, &here) == 0 && !pc_same_inode(&here, &last)) {
		const struct target key = {here.st_dev, here.st_ino, 0};
		const struct target *found = bsearch(&key, target, n, sizeof(key), target_order);
		int up = pc_openat(fd, "..", O_PATH | O_DIRECTORY, 0);

		if (up >= 0)
			pc_close_cleanup(&fd);
		if (found && found->root != own) {
			pc_close_cleanup(&up);
			return found;
		}
		if (up < 0)
			return NULL;
		fd = up;
		last = here;
	}
	return NULL;
}

static void overlap_report(const struct pc_operand_sink *sink, const struct pc_root *root,
                           const char *dst, enum pcopy_step step)
{
	const struct pcopy_event event = {.type = PCOPY_EVENT_ERROR,
	                                  .kind = root->kind,
	                                  .step = step,
	                                  .count = 1,
	                                  .src = root->src,
	                                  .dst = dst};

	sink->counts->entries[root->kind].failed++;
	if (sink->send)
		sink->send(sink->userdata, &event);
}

bool pc_overlap_report(const struct pc_root *root, unsigned count,
                       const struct pc_operand_sink *sink)
{
	_cleanup_free_ struct target *target = calloc(count + 1U, sizeof(*target));
	unsigned n = target ? targets_find(root, count, target) : 0;
	bool overlap = !target && count > 0; /* without memory, assume an overlap */

	for (unsigned i = 0; i < count && n > 0; i++) {
		const struct target *in;

		/* operands of the same directory are usually adjacent */
		if (i == 0 || root[i].dst_anchor != root[i - 1].dst_anchor ||
		    strcmp(root[i - 1].dst_name, ".") == 0) {
			in = target_above(root[i].dst_anchor->path, target, n,
			                  strcmp(root[i].dst_name, ".") == 0 ? i : count);
			if (in)
				overlap_report(sink, &root[i], root[i].dst, PCOPY_STEP_ONE_TARGET);
			overlap = overlap || in;
		}
		if (i == 0 || root[i].src_anchor != root[i - 1].src_anchor) {
			in = target_above(root[i].src_anchor->path, target, n, count);
			if (in)
				overlap_report(sink, &root[i], root[in->root].dst,
				               PCOPY_STEP_HOLDS_SOURCE);
			overlap = overlap || in;
		}
	}
	return overlap;
}
