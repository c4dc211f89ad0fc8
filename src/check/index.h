/* SPDX-License-Identifier: MIT */
/* index.h - a manifest, ready to be asked for paths by all workers.
 *
 * Sixteen bytes an entry are in memory; what the manifest says of it is in a
 * temporary file.  Filled before the pool starts and not changed after, but for a bit
 * an entry, which tells that it was found. */
#ifndef PC_CHECK_INDEX_H
#define PC_CHECK_INDEX_H

#include "base/buffer.h"
#include "check/facts.h"

/* Digests of manifests, the best first. */
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

/* What a manifest says of one entry; text lives as long as the buffer it was found in. */
struct pc_listed {
	struct pc_facts facts;
	enum pc_digest_kind digest;
	bool optional; /* it may be missing */
	uint64_t line;
	const char *path;
};

int pc_index_new(struct pc_index **ret);

/* Adds an entry.  `facts.link` and `path` are copied.  0 or negative errno. */
int pc_index_add(struct pc_index *index, const struct pc_listed *listed);

/* Ends the filling.  -EEXIST: `twice` is named twice. */
int pc_index_seal(struct pc_index *index, struct pc_buffer *buffer, struct pc_listed *twice);

/* Whether the path is that of a directory above some entry. */
bool pc_index_is_above(const struct pc_index *index, const char *path);

/* Finds a path and notes that it is there.  0, -ENOENT, or negative errno. */
int pc_index_find(const struct pc_index *index, const char *path, struct pc_buffer *buffer,
                  struct pc_listed *ret);

/* Whether it has the path, which is not noted. */
bool pc_index_knows(const struct pc_index *index, const char *path, struct pc_buffer *buffer);

/* Gives each entry that was not found to `take`, in the order of the manifest. */
int pc_index_unseen(const struct pc_index *index,
                    void (*take)(void *data, const struct pc_listed *listed), void *data);
void pc_index_free(struct pc_index *index);

#endif
