/* SPDX-License-Identifier: MIT */
/* overwritten.c - operands that overwrote each other.
 *
 * Directories with the same target are merged in order, and later ones win. That entries of
 * earlier operands are overwritten is no difference. */
#include "check/check.h"

#include "base/buffer.h"
#include "sys/sys.h"

#include <string.h>
#include <unistd.h>

/* The rest of `path` below `name`, which may be "."; NULL: it lies elsewhere. */
static const char *overwritten_rest_below(const char *path, const char *name)
{
	size_t len = strcmp(name, ".") == 0 ? 0 : strlen(name);

	if (len == 0)
		return path;
	if (strncmp(path, name, len) != 0 || (path[len] != '/' && path[len] != '\0'))
		return NULL;
	return path + len + (path[len] == '/');
}

/* Whether the operand has an entry of that path. */
static bool root_has_entry(const struct pc_root *root, const char *path)
{
	struct pc_buffer full = {0};
	bool found = pc_buffer_add_name(&full, root->src) == 0 &&
	             (!*path || pc_buffer_add_name(&full, path) == 0) &&
	             pc_sys_faccessat(AT_FDCWD, full.data, F_OK) == 0;

	pc_buffer_done(&full);
	return found;
}

bool pc_check_is_overwritten(const struct pc_check_env *env, uint32_t number, const char *path)
{
	const struct pc_root *root = &env->root[number];
	struct pc_buffer target = {0}; /* the path below the anchor directory of the copy */
	bool overwritten = false;

	if (number + 1 == env->root_count)
		return false;
	if (pc_buffer_add(&target, "", 0) < 0 ||
	    (strcmp(root->dst_name, ".") != 0 && pc_buffer_add_name(&target, root->dst_name) < 0) ||
	    (*path && pc_buffer_add_name(&target, path) < 0))
		goto done;
	for (uint32_t i = number + 1; !overwritten && i < env->root_count; i++) {
		const struct pc_root *later = &env->root[i];
		const char *rest;

		if (!later->barrier || later->dst_anchor->dev != root->dst_anchor->dev ||
		    later->dst_anchor->ino != root->dst_anchor->ino)
			continue;
		rest = overwritten_rest_below(target.data, later->dst_name);
		overwritten = rest && root_has_entry(later, rest);
	}
done:
	pc_buffer_done(&target);
	return overwritten;
}
