/* SPDX-License-Identifier: MIT
 *
 * keys.h - the few rules of a long list that can match a path: those whose key it has. */
#ifndef PC_FILTER_KEYS_H
#define PC_FILTER_KEYS_H

#include "filter/pattern.h"

/* a library neither ends the process nor loses rules unseen */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* Numbers of rules, in order. */
struct pc_rule_numbers {
	unsigned *number;
	unsigned count, cap;
};

struct pc_key {
	UT_hash_handle hh;
	struct pc_rule_numbers rules;
	char text[];
};

struct pc_keys {
	struct pc_key *table[PC_KEYS];
	size_t longest[PC_KEYS];
	struct pc_rule_numbers others; /* rules without a key */
};

/* Adds the rule of that number, which is above all that there are.  0 or -ENOMEM. */
int pc_keys_add(struct pc_keys *keys, const struct pc_pattern *p, unsigned number);
void pc_keys_done(struct pc_keys *keys);

/* The first number below `limit` that `matches` says yes to, of those that can match; `limit`
 * where there is none. */
unsigned pc_keys_first(const struct pc_keys *keys, const struct pc_filter_path *path,
                       bool (*matches)(const void *data, unsigned number), const void *data,
                       unsigned limit);

#endif
