/* SPDX-License-Identifier: MIT */
/* mtree_words.h - keywords of mtree(5), their values, and names in vis(3). */
#ifndef PC_CHECK_MTREE_WORDS_H
#define PC_CHECK_MTREE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pc_keyword {
	const char *key;
	uint32_t facts; /* PC_FACT(); 0: known, and not looked at */
};

/* NULL: mtree(5) has none of that name. */
const struct pc_keyword *pc_keyword_find(const char *key, size_t len);

/* Whether a value makes sense: libarchive takes those that do not as far as they go, or
 * as nothing. */
bool pc_keyword_takes(const struct pc_keyword *k, const char *value);

/* The length of what stands for one byte at `p`, and the byte, or -1. */
int pc_vis_decode(const char *p, char *ret);

#endif
