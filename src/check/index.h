/* SPDX-License-Identifier: MIT */
/* index.h - a manifest indexed by path, for all workers.
 *
 * Each entry takes sixteen bytes of memory; its description is in a temporary file. The index is
 * filled before the pool starts. After that only one bit for each entry changes, which tells
 * that it was found. */
#ifndef PC_CHECK_INDEX_H
#define PC_CHECK_INDEX_H

#include "base/buffer.h"
#include "check/properties.h"

/* Digests in manifests, the strongest first. */
enum pc_digest_kind {
	PC_DIGEST_NONE,
	PC_DIGEST_SHA512,
	PC_DIGEST_SHA384,
	PC_DIGEST_SHA256,
	PC_DIGEST_SHA1,
	PC_DIGEST_MD5,
	PC_DIGESTS
};

struct pc_index;

/* The manifest's description of one entry. Strings live as long as the buffer that it was read
 * into. */
struct pc_listed {
	struct pc_properties properties;
	enum pc_digest_kind digest;
	bool optional; /* it may be missing */
	uint64_t line;
	const char *path;
};

int pc_index_new(struct pc_index **ret);

/* Adds an entry. `properties.link` and `path` are copied. 0 or negative errno. */
int pc_index_add(struct pc_index *index, const struct pc_listed *listed);

/* Ends the filling. -EEXIST: the path of `twice` occurs twice. */
int pc_index_seal(struct pc_index *index, struct pc_buffer *buffer, struct pc_listed *twice);

/* Whether the path is a directory above some entry. */
bool pc_index_is_above(const struct pc_index *index, const char *path);

/* Finds a path and marks it as found. 0, -ENOENT, or negative errno. */
int pc_index_find(const struct pc_index *index, const char *path, struct pc_buffer *buffer,
                  struct pc_listed *ret);

/* Whether the manifest has the path, without marking it. */
bool pc_index_knows(const struct pc_index *index, const char *path, struct pc_buffer *buffer);

/* Passes each entry that was not found and is not optional to `take`, in the order of the
 * manifest. */
int pc_index_unseen(const struct pc_index *index,
                    void (*take)(void *data, const struct pc_listed *listed), void *data);
void pc_index_free(struct pc_index *index);

#endif
