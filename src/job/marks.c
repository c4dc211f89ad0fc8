/* SPDX-License-Identifier: MIT */
/* marks.c - a set of paths, each stored as a hash of its root and path. */
#include "job/marks.h"

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
static size_t marks_place(const struct pc_marks *m, uint64_t hash)
{
	size_t at = hash & (m->cap - 1);

	while (m->slot[at] && m->slot[at] != hash)
		at = (at + 1) & (m->cap - 1);
	return at;
}

/* Keeps the table at most half full, so that searches are short. */
static int marks_grow(struct pc_marks *m)
{
	struct pc_marks larger = {.cap = m->cap ? 2 * m->cap : CAP_MIN, .len = m->len};

	larger.slot = calloc(larger.cap, sizeof(*larger.slot));
	if (!larger.slot)
		return -ENOMEM;
	for (size_t i = 0; i < m->cap; i++) {
		if (m->slot[i])
			larger.slot[marks_place(&larger, m->slot[i])] = m->slot[i];
	}
	free(m->slot);
	*m = larger;
	return 0;
}

int pc_marks_add_hash(struct pc_marks *m, uint64_t hash)
{
	size_t at;

	if (2 * (m->len + 1) > m->cap && marks_grow(m) < 0)
		return -ENOMEM;
	at = marks_place(m, hash);
	m->len += m->slot[at] == 0;
	m->slot[at] = hash;
	return 0;
}

int pc_marks_add(struct pc_marks *m, uint32_t root, const char *path, size_t len, enum pc_mark mark)
{
	return pc_marks_add_hash(m, hash_of(root, path, len, mark));
}

bool pc_marks_has_hash(const struct pc_marks *m, uint64_t hash)
{
	return m->len > 0 && m->slot[marks_place(m, hash)] != 0;
}

bool pc_marks_has(const struct pc_marks *m, uint32_t root, const char *path, size_t len,
                  enum pc_mark mark)
{
	return pc_marks_has_hash(m, hash_of(root, path, len, mark));
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

bool pc_marks_cover(const struct pc_marks *m, uint32_t root, const char *path)
{
	size_t len = strlen(path);

	if (pc_marks_has(m, root, path, len, PC_MARK_ITSELF))
		return true;
	for (;;) {
		if (pc_marks_has(m, root, path, len, PC_MARK_TREE))
			return true;
		if (len == 0)
			return false;
		len = above(path, len);
	}
}

bool pc_marks_reach(const struct pc_marks *m, uint32_t root, const char *path)
{
	return pc_marks_has(m, root, path, strlen(path), PC_MARK_ABOVE) ||
	       pc_marks_cover(m, root, path);
}

int pc_marks_add_above(struct pc_marks *m, uint32_t root, const char *path)
{
	size_t len = strlen(path);
	int r = 0;

	while (r == 0 && len > 0) {
		len = above(path, len);
		if (pc_marks_has(m, root, path, len, PC_MARK_ABOVE))
			return 0; /* then so are all directories above it */
		r = pc_marks_add(m, root, path, len, PC_MARK_ABOVE);
	}
	return r;
}

int pc_marks_add_below(struct pc_marks *m, uint32_t root, const char *path, enum pc_mark mark)
{
	int r = pc_marks_add(m, root, path, strlen(path), mark);

	return r < 0 ? r : pc_marks_add_above(m, root, path);
}

void pc_marks_done(struct pc_marks *m)
{
	free(m->slot);
	*m = (struct pc_marks){0};
}
