/* SPDX-License-Identifier: MIT */
/* path_set.c - a set of paths, each stored as a hash of its root and path. */
#include "job/path_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL /* inline, so that no library has to be loaded at each start */
#include <xxhash.h>

#define CAP_MIN 1024U

/* Root and mark are hashed along instead of passed as XXH3's seed: for paths of three bytes or
 * fewer the seed is merely added, so that different paths with different seeds collide. */
static uint64_t hash_of(uint32_t root, const char *path, size_t len, enum pc_mark mark)
{
	const uint64_t what[2] = {XXH3_64bits(path, len), ((uint64_t)root << 8) | (unsigned)mark};
	uint64_t hash = XXH3_64bits(what, sizeof(what));

	return hash ? hash : 1;
}

/* The place of the hash, or the free place where it belongs. */
static size_t path_set_place(const struct pc_path_set *m, uint64_t hash)
{
	size_t at = hash & (m->cap - 1);

	while (m->slot[at] && m->slot[at] != hash)
		at = (at + 1) & (m->cap - 1);
	return at;
}

/* Keeps the table at most half full, so that searches are short. */
static int path_set_grow(struct pc_path_set *m)
{
	struct pc_path_set larger = {.cap = m->cap ? 2 * m->cap : CAP_MIN, .len = m->len};

	larger.slot = calloc(larger.cap, sizeof(*larger.slot));
	if (!larger.slot)
		return -ENOMEM;
	for (size_t i = 0; i < m->cap; i++) {
		if (m->slot[i])
			larger.slot[path_set_place(&larger, m->slot[i])] = m->slot[i];
	}
	free(m->slot);
	*m = larger;
	return 0;
}

int pc_path_set_add_hash(struct pc_path_set *m, uint64_t hash)
{
	size_t at;

	if (2 * (m->len + 1) > m->cap && path_set_grow(m) < 0)
		return -ENOMEM;
	at = path_set_place(m, hash);
	m->len += m->slot[at] == 0;
	m->slot[at] = hash;
	return 0;
}

int pc_path_set_add(struct pc_path_set *m, uint32_t root, const char *path, size_t len,
                    enum pc_mark mark)
{
	return pc_path_set_add_hash(m, hash_of(root, path, len, mark));
}

bool pc_path_set_has_hash(const struct pc_path_set *m, uint64_t hash)
{
	return m->len > 0 && m->slot[path_set_place(m, hash)] != 0;
}

bool pc_path_set_has(const struct pc_path_set *m, uint32_t root, const char *path, size_t len,
                     enum pc_mark mark)
{
	return pc_path_set_has_hash(m, hash_of(root, path, len, mark));
}

uint64_t pc_listed_hash(uint32_t root, const char *path, size_t len, uint64_t dev, uint64_t ino)
{
	const uint64_t what[4] = {XXH3_64bits(path, len), root, dev, ino};
	uint64_t hash = XXH3_64bits(what, sizeof(what));

	return hash ? hash : 1;
}

/* The length of the parent of the path of `len` bytes; 0: the root. */
static size_t above(const char *path, size_t len)
{
	while (len > 0 && path[len - 1] != '/')
		len--;
	return len > 0 ? len - 1 : 0;
}

bool pc_path_set_covers(const struct pc_path_set *m, uint32_t root, const char *path)
{
	size_t len = strlen(path);

	if (pc_path_set_has(m, root, path, len, PC_MARK_ITSELF))
		return true;
	for (;;) {
		if (pc_path_set_has(m, root, path, len, PC_MARK_TREE))
			return true;
		if (len == 0)
			return false;
		len = above(path, len);
	}
}

bool pc_path_set_reaches(const struct pc_path_set *m, uint32_t root, const char *path)
{
	return pc_path_set_has(m, root, path, strlen(path), PC_MARK_ABOVE) ||
	       pc_path_set_covers(m, root, path);
}

int pc_path_set_add_above(struct pc_path_set *m, uint32_t root, const char *path)
{
	size_t len = strlen(path);
	int r = 0;

	while (r == 0 && len > 0) {
		len = above(path, len);
		if (pc_path_set_has(m, root, path, len, PC_MARK_ABOVE))
			return 0; /* then so are all directories above it */
		r = pc_path_set_add(m, root, path, len, PC_MARK_ABOVE);
	}
	return r;
}

int pc_path_set_add_below(struct pc_path_set *m, uint32_t root, const char *path, enum pc_mark mark)
{
	int r = pc_path_set_add(m, root, path, strlen(path), mark);

	return r < 0 ? r : pc_path_set_add_above(m, root, path);
}

void pc_path_set_done(struct pc_path_set *m)
{
	free(m->slot);
	*m = (struct pc_path_set){0};
}
