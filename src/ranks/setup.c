/* SPDX-License-Identifier: MIT
 *
 * setup.c - serialises operands, attribute rules and path sets.
 *
 * Whatever a message contains, reading it stays within the message, and allocates no more memory than
 * its length justifies: a count is checked before memory is allocated for it. */
#include "ranks/setup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROOTS_MAX (UINT64_C(1) << 24)
#define ATTRIBUTES_MAX (UINT64_C(1) << 16)

/* ---- Operands ---- */

static void path_put(struct pc_wire *w, const char *path, const char *cwd)
{
	struct pc_buffer full = {0};

	if (*path != '/' && (pc_buffer_add(&full, cwd, strlen(cwd)) < 0 ||
	                     (strcmp(path, ".") != 0 && pc_buffer_add_name(&full, path) < 0)))
		w->no_memory = true;
	else
		pc_wire_put_string(w, full.data ? full.data : path);
	pc_buffer_done(&full);
}

/* Consecutive roots usually share a directory: it is sent only if it differs from the previous
 * one, so workers reopen it only then. */
static void anchor_put(struct pc_wire *w, const struct pc_anchor *anchor,
                       const struct pc_anchor *before, const char *cwd)
{
	pc_wire_put_number(w, anchor == before);
	if (anchor == before)
		return;
	path_put(w, anchor->path, cwd);
	pc_wire_put_number(w, anchor->dev);
	pc_wire_put_number(w, anchor->ino);
	pc_wire_put_number(w, anchor->local);
	pc_wire_put_number(w, anchor->absent);
}

static void root_put(struct pc_wire *w, const struct pc_root *root)
{
	pc_wire_put_string(w, root->src);
	pc_wire_put_string(w, root->dst);
	pc_wire_put_string(w, root->src_name);
	pc_wire_put_string(w, root->dst_name);
	pc_wire_put_number(w, root->kind);
	pc_wire_put_number(w, root->src_dev);
	pc_wire_put_number(w, root->src_ino);
	pc_wire_put_number(w, root->named);
	pc_wire_put_number(w, root->through);
	pc_wire_put_number(w, root->local);
	pc_wire_put_number(w, root->barrier);
	pc_wire_put_block(w, root->parent, root->parent ? sizeof(*root->parent) : 0);
}

void pc_setup_put_roots(struct pc_wire *w, const struct pc_root *root, unsigned count,
                        const char *cwd)
{
	pc_wire_put_number(w, count);
	for (unsigned i = 0; i < count; i++) {
		anchor_put(w, root[i].src_anchor, i > 0 ? root[i - 1].src_anchor : NULL, cwd);
		anchor_put(w, root[i].dst_anchor, i > 0 ? root[i - 1].dst_anchor : NULL, cwd);
		root_put(w, &root[i]);
	}
}

/* Reads a directory into `room`, unless it equals `before`. */
static const struct pc_anchor *anchor_get(struct pc_wire_reader *r, struct pc_anchor *room,
                                          const struct pc_anchor *before)
{
	if (pc_wire_get_number(r, 1) && before)
		return before;
	room->path = pc_wire_get_text(r);
	room->dev = pc_wire_get_number(r, UINT64_MAX);
	room->ino = pc_wire_get_number(r, UINT64_MAX);
	room->local = pc_wire_get_number(r, 1);
	room->absent = pc_wire_get_number(r, 1);
	return room;
}

static void root_get(struct pc_wire_reader *r, struct pc_root *root, struct pc_meta *parent)
{
	const void *block;
	size_t len;

	root->src = pc_wire_get_text(r);
	root->dst = pc_wire_get_text(r);
	root->src_name = pc_wire_get_text(r);
	root->dst_name = pc_wire_get_text(r);
	root->kind = (enum pcopy_kind)pc_wire_get_number(r, PCOPY_KINDS - 1);
	root->src_dev = pc_wire_get_number(r, UINT64_MAX);
	root->src_ino = pc_wire_get_number(r, UINT64_MAX);
	root->named = pc_wire_get_number(r, 1);
	root->through = pc_wire_get_number(r, 1);
	root->local = pc_wire_get_number(r, 1);
	root->barrier = pc_wire_get_number(r, 1);
	block = pc_wire_get_block(r, sizeof(*parent), &len);
	if (len == sizeof(*parent)) {
		memcpy(parent, block, len);
		root->parent = parent;
	} else if (len > 0) {
		r->broken = true;
	}
}

/* The number of roots, limited by the remaining length of the message: a wrong number allocates
 * no memory. */
static unsigned roots_number(struct pc_wire_reader *r)
{
	uint64_t count = pc_wire_get_number(r, ROOTS_MAX);

	if (count > (uint64_t)(r->end - r->at) / sizeof(uint64_t))
		r->broken = true;
	return r->broken ? 0 : (unsigned)count;
}

int pc_setup_get_roots(struct pc_wire_reader *r, struct pc_setup_roots *ret)
{
	unsigned count = roots_number(r);

	*ret = (struct pc_setup_roots){.count = count};
	if (r->broken)
		return -EBADMSG;
	ret->root = calloc(count + 1U, sizeof(*ret->root));
	ret->anchor = calloc(2 * (size_t)count + 1, sizeof(*ret->anchor));
	ret->parent = calloc(count + 1U, sizeof(*ret->parent));
	if (!ret->root || !ret->anchor || !ret->parent)
		return -ENOMEM;
	for (unsigned i = 0; i < count && !r->broken; i++) {
		struct pc_root *root = &ret->root[i];
		const struct pc_root *before = i > 0 ? root - 1 : NULL;

		root->src_anchor =
			anchor_get(r, &ret->anchor[2 * i], before ? before->src_anchor : NULL);
		root->dst_anchor =
			anchor_get(r, &ret->anchor[2 * i + 1], before ? before->dst_anchor : NULL);
		root_get(r, root, &ret->parent[i]);
	}
	return r->broken ? -EBADMSG : 0;
}

void pc_setup_roots_done(struct pc_setup_roots *roots)
{
	free(roots->root);
	free(roots->anchor);
	free(roots->parent);
	*roots = (struct pc_setup_roots){0};
}

/* ---- Attribute rules ---- */

void pc_setup_put_attributes(struct pc_wire *w, const struct pc_attribute_rules *rules)
{
	pc_wire_put_number(w, rules->count);
	for (size_t i = 0; i < rules->count; i++) {
		pc_wire_put_string(w, rules->rule[i].pattern);
		pc_wire_put_number(w, rules->rule[i].is);
	}
}

int pc_setup_get_attributes(struct pc_wire_reader *r, struct pc_attribute_rules *ret)
{
	uint64_t count = pc_wire_get_number(r, ATTRIBUTES_MAX);

	*ret = (struct pc_attribute_rules){0};
	if (r->broken)
		return -EBADMSG;
	ret->rule = calloc(count + 1, sizeof(*ret->rule));
	if (!ret->rule)
		return -ENOMEM;
	for (uint64_t i = 0; i < count && !r->broken; i++) {
		ret->rule[i].pattern = strdup(pc_wire_get_text(r));
		ret->rule[i].is = (enum pc_attribute)pc_wire_get_number(r, PC_ATTRIBUTE_NOT_COPIED);
		ret->count++;
		if (!ret->rule[i].pattern)
			return -ENOMEM;
	}
	return r->broken ? -EBADMSG : 0;
}

/* ---- Path sets ---- */

void pc_setup_put_path_set(struct pc_wire *w, const struct pc_path_set *set)
{
	pc_wire_put_number(w, set != NULL);
	pc_wire_put_number(w, set ? set->len : 0);
	for (size_t i = 0; set && i < set->cap; i++) {
		if (set->slot[i])
			pc_wire_put_number(w, set->slot[i]);
	}
}

int pc_setup_get_path_set(struct pc_wire_reader *r, struct pc_path_set *ret, bool *ret_there)
{
	uint64_t count;
	int e = 0;

	*ret = (struct pc_path_set){0};
	*ret_there = pc_wire_get_number(r, 1);
	count = pc_wire_get_number(r, UINT64_MAX);
	for (uint64_t i = 0; e == 0 && i < count; i++) {
		uint64_t hash = pc_wire_get_number(r, UINT64_MAX);

		e = r->broken || hash == 0 ? -EBADMSG : pc_path_set_add_hash(ret, hash);
	}
	return r->broken ? -EBADMSG : e;
}
