/* SPDX-License-Identifier: MIT */
/* mtree_words.h - the keywords of an mtree(5) manifest, and names encoded by vis(3). */
#ifndef PC_CHECK_MTREE_WORDS_H
#define PC_CHECK_MTREE_WORDS_H

#include "base/buffer.h"
#include "check/properties.h"
#include "check/index.h"

/* What a line says of its entry, or /set of the following ones. Zero-initialised: nothing. */
struct pc_mtree_values {
	struct pc_properties properties; /* except the link's text and the digest */
	bool optional;
	uint32_t digests; /* bits 1 << enum pc_digest_kind: which are known */
	unsigned char digest[PC_DIGESTS][PC_PROPERTY_DIGEST_MAX];
	struct pc_buffer link; /* the text of a symbolic link, decoded; owned */
};

/* Parses KEYWORD or KEYWORD=VALUE. 0; -ENOENT: not a keyword of mtree(5); -EDOM: invalid value;
 * or -ENOMEM. */
int pc_mtree_values_take(struct pc_mtree_values *v, const char *word);

/* Forgets the value of a keyword; "all": of every keyword. */
void pc_mtree_values_drop(struct pc_mtree_values *v, const char *keyword);

/* Copies `from` to `v`. 0 or -ENOMEM. */
int pc_mtree_values_copy(struct pc_mtree_values *v, const struct pc_mtree_values *from);

/* Converts the values for an index: leaves out values without a meaning for the file type, and
 * takes the strongest digest. Valid as long as `v` is unchanged; the caller fills in path and
 * line. */
struct pc_listed pc_mtree_values_listed(const struct pc_mtree_values *v);
void pc_mtree_values_done(struct pc_mtree_values *v);

/* Appends a name with its escapes decoded. 0; -EDOM: an escape unknown to vis(3), or one for a
 * NUL; or -ENOMEM. */
int pc_vis_add(struct pc_buffer *b, const char *name);

#endif
