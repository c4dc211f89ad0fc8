/* SPDX-License-Identifier: MIT
 *
 * keys.h - an index of the rules of a long list: finds the few that can match a path. */
#ifndef PC_FILTER_KEYS_H
#define PC_FILTER_KEYS_H

#include "filter/pattern.h"

/* running out of memory must neither end the process nor lose rules silently */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* Numbers of rules, ascending. */
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

/* Adds a rule whose number is higher than all before. 0 or -ENOMEM. */
int pc_keys_add(struct pc_keys *keys, const struct pc_pattern *p, unsigned number);
void pc_keys_done(struct pc_keys *keys);

/* The lowest number below `limit` for which `matches` returns true, among the rules that can
 * match; `limit` where there is none. */
unsigned pc_keys_first(const struct pc_keys *keys, const struct pc_filter_path *path,
                       bool (*matches)(const void *data, unsigned number), const void *data,
                       unsigned limit);

#endif
