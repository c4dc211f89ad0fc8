/* SPDX-License-Identifier: MIT */
/* index.c - a manifest indexed by path, for all workers.
 *
 * `place` has hash and offset of each entry. Until pc_index_seal() it is in the order of the
 * manifest, and the file grows; from then on it is sorted by hash, equal hashes are neighbours, and
 * nothing changes but the bits of `seen`. So workers look entries up without a lock. A hash finds
 * candidates, and the path in the file decides.
 *
 * The file has no name, so it vanishes with the process however that ends. It is read by this
 * program alone, in the layout of its own structures. Forked workers inherit its descriptor, and
 * share its offset. */
#include "check/index.h"

#include "base/cleanup.h"
#include "sys/sys.h"
#include "job/path_set.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#define XXH_INLINE_ALL /* inline, so that no library has to be loaded at each start */
#include <xxhash.h>

struct place {
	uint64_t hash;   /* hash of the path */
	uint64_t offset; /* offset in the file */
};

/* Layout in the file: this, path, link, each string with its NUL. */
struct stored {
	uint32_t size;
	uint32_t path_len;
	uint32_t digest;
	uint32_t optional;
	uint64_t line;
	struct pc_properties properties; /* except properties.link */
};

struct pc_index {
	struct place *place; /* sorted by hash once sealed */
	size_t count, cap;
	FILE *file;
	uint64_t end;
	struct pc_path_set above;
	_Atomic uint8_t *seen; /* [count / 8 + 1], shared with forked workers */
};

int pc_index_new(struct pc_index **ret)
{
	struct pc_index *index = calloc(1, sizeof(*index));

	if (!index)
		return -ENOMEM;
	index->file = tmpfile();
	if (!index->file) {
		int r = -errno;

		free(index);
		return r;
	}
	*ret = index;
	return 0;
}

static uint64_t index_hash(const char *path)
{
	return XXH3_64bits(path, strlen(path));
}

static int index_add_place(struct pc_index *index, const char *path)
{
	size_t cap = index->cap ? 2 * index->cap : 4096;
	struct place *grown;

	if (index->count == index->cap) {
		grown = realloc(index->place, cap * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		index->place = grown;
		index->cap = cap;
	}
	index->place[index->count++] = (struct place){index_hash(path), index->end};
	return 0;
}

int pc_index_add(struct pc_index *index, const struct pc_listed *listed)
{
	const char *link = listed->properties.link ? listed->properties.link : "";
	size_t path_len = strlen(listed->path), link_len = strlen(link);
	struct stored s;

	memset(&s, 0, sizeof(s)); /* padding goes to the file, too */
	s.size = (uint32_t)(sizeof(s) + path_len + link_len + 2);
	s.path_len = (uint32_t)path_len;
	s.digest = listed->digest;
	s.optional = listed->optional;
	s.line = listed->line;
	s.properties = listed->properties;
	s.properties.link = NULL;
	if (index_add_place(index, listed->path) < 0 ||
	    pc_path_set_add_above(&index->above, 0, listed->path) < 0)
		return -ENOMEM;
	errno = 0;
	if (fwrite(&s, sizeof(s), 1, index->file) != 1 ||
	    fwrite(listed->path, path_len + 1, 1, index->file) != 1 ||
	    fwrite(link, link_len + 1, 1, index->file) != 1)
		return errno ? -errno : -EIO;
	index->end += s.size;
	return 0;
}

/* ---- Lookups ---- */

/* Uses pread(), as all workers share the file and its offset. */
static int index_read(const struct pc_index *index, uint64_t offset, struct pc_buffer *buffer,
                      struct pc_listed *ret)
{
	int fd = fileno(index->file);
	struct stored s;

	if (pc_sys_pread_full(fd, &s, sizeof(s), (off_t)offset) != (ssize_t)sizeof(s))
		return -EIO;
	pc_buffer_cut(buffer, 0);
	if (pc_buffer_reserve(buffer, s.size) < 0)
		return -ENOMEM;
	if (pc_sys_pread_full(fd, buffer->data, s.size - sizeof(s), (off_t)(offset + sizeof(s))) !=
	    (ssize_t)(s.size - sizeof(s)))
		return -EIO;
	*ret = (struct pc_listed){.properties = s.properties,
	                          .digest = (enum pc_digest_kind)s.digest,
	                          .optional = s.optional,
	                          .line = s.line,
	                          .path = buffer->data};
	ret->properties.link = buffer->data + s.path_len + 1;
	return 0;
}

static int places_by_hash(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Whether two neighbours with the same hash have the same path; then reports the later one, which
 * has the higher line: equal hashes are sorted by offset. */
static int index_check_twice(struct pc_index *index, size_t i, struct pc_buffer *buffer,
                             struct pc_listed *twice)
{
	struct pc_buffer other = {0};
	struct pc_listed a;
	int r = index_read(index, index->place[i - 1].offset, &other, &a);

	if (r == 0)
		r = index_read(index, index->place[i].offset, buffer, twice);
	if (r == 0 && strcmp(a.path, twice->path) == 0)
		r = -EEXIST;
	pc_buffer_done(&other);
	return r;
}

/* The bits of entries found lie in shared memory, as forked workers set them. */
int pc_index_seal(struct pc_index *index, struct pc_buffer *buffer, struct pc_listed *twice)
{
	void *seen;

	if (fflush(index->file) != 0)
		return -errno;
	if (index->count > 0)
		qsort(index->place, index->count, sizeof(*index->place), places_by_hash);
	for (size_t i = 1; i < index->count; i++) {
		int r = 0;

		if (index->place[i].hash == index->place[i - 1].hash)
			r = index_check_twice(index, i, buffer, twice);
		if (r < 0)
			return r;
	}
	seen = mmap(NULL, index->count / 8 + 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	            -1, 0);
	if (seen == MAP_FAILED)
		return -ENOMEM;
	index->seen = seen;
	return 0;
}

bool pc_index_is_above(const struct pc_index *index, const char *path)
{
	return pc_path_set_has(&index->above, 0, path, strlen(path), PC_MARK_ABOVE);
}

/* The first place with this hash or a higher one. */
static size_t index_first_of(const struct pc_index *index, uint64_t hash)
{
	size_t low = 0, high = index->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (index->place[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Finds the place of a path. 0, -ENOENT, or negative errno. */
static int index_look(const struct pc_index *index, const char *path, struct pc_buffer *buffer,
                      struct pc_listed *ret, size_t *ret_place)
{
	uint64_t hash = index_hash(path);

	for (size_t i = index_first_of(index, hash);
	     i < index->count && index->place[i].hash == hash; i++) {
		int r = index_read(index, index->place[i].offset, buffer, ret);

		if (r == 0 && strcmp(ret->path, path) != 0)
			continue;
		*ret_place = i;
		return r;
	}
	return -ENOENT;
}

/* Entries next to each other share a byte, so the bit is set atomically. Relaxed order is enough:
 * the bits are read when all workers have ended. */
int pc_index_find(const struct pc_index *index, const char *path, struct pc_buffer *buffer,
                  struct pc_listed *ret)
{
	size_t i;
	int r = index_look(index, path, buffer, ret, &i);

	if (r == 0)
		atomic_fetch_or_explicit(&index->seen[i / 8], (uint8_t)(1U << i % 8),
		                         memory_order_relaxed);
	return r;
}

bool pc_index_knows(const struct pc_index *index, const char *path, struct pc_buffer *buffer)
{
	struct pc_listed listed;
	size_t i;

	return index_look(index, path, buffer, &listed, &i) == 0;
}

static int offsets_order(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The places are sorted by hash; their offsets restore the order of the manifest. */
int pc_index_unseen(const struct pc_index *index,
                    void (*take)(void *data, const struct pc_listed *listed), void *data)
{
	_cleanup_free_ uint64_t *offset = malloc((index->count + 1) * sizeof(*offset));
	struct pc_buffer buffer = {0};
	struct pc_listed listed;
	size_t unseen = 0;
	int r = offset ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < index->count; i++) {
		if (!(index->seen[i / 8] & 1U << i % 8))
			offset[unseen++] = index->place[i].offset;
	}
	if (unseen > 0)
		qsort(offset, unseen, sizeof(*offset), offsets_order);
	for (size_t i = 0; r == 0 && i < unseen; i++) {
		r = index_read(index, offset[i], &buffer, &listed);
		if (r == 0 && !listed.optional)
			take(data, &listed);
	}
	pc_buffer_done(&buffer);
	return r;
}

void pc_index_free(struct pc_index *index)
{
	if (!index)
		return;
	if (index->seen)
		munmap((void *)index->seen, index->count / 8 + 1);
	if (index->file)
		(void)fclose(index->file); /* nothing left to read */
	pc_path_set_done(&index->above);
	free(index->place);
	free(index);
}
