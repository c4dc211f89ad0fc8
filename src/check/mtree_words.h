/* SPDX-License-Identifier: MIT */
/* mtree_words.h - what the words of an mtree(5) manifest say of an entry, and names in vis(3). */
#ifndef PC_CHECK_MTREE_WORDS_H
#define PC_CHECK_MTREE_WORDS_H

#include "base/buffer.h"
#include "check/facts.h"
#include "check/index.h"

/* What is known of an entry, or by /set of those that follow.  Zero-initialised is nothing. */
struct pc_mtree_values {
	struct pc_facts facts; /* but for the link's text and the digest */
	bool optional;
	uint32_t digests; /* bits 1 << enum pc_digest_kind: which are known */
	unsigned char digest[PC_DIGESTS][PC_FACT_DIGEST_MAX];
	struct pc_buffer link; /* what a symbolic link names, decoded; owned */
};

/* Takes a word, KEYWORD or KEYWORD=VALUE, into account.  0; -ENOENT: mtree(5) has no such
 * keyword; -EDOM: its value makes no sense; or -ENOMEM. */
int pc_mtree_values_take(struct pc_mtree_values *v, const char *word);

/* Forgets what a keyword said; "all": everything. */
void pc_mtree_values_drop(struct pc_mtree_values *v, const char *keyword);

/* Makes `v` what `from` is.  0 or -ENOMEM. */
int pc_mtree_values_copy(struct pc_mtree_values *v, const struct pc_mtree_values *from);

/* The same as an index has it: what means nothing for its kind is left out, and of digests the
 * best is taken.  Valid as long as `v` is unchanged; path and line are the caller's. */
struct pc_listed pc_mtree_values_listed(const struct pc_mtree_values *v);
void pc_mtree_values_done(struct pc_mtree_values *v);

/* Appends a name with its escapes decoded.  0; -EDOM: an escape that is none of vis(3), or of a
 * NUL; or -ENOMEM. */
int pc_vis_add(struct pc_buffer *b, const char *name);

#endif
