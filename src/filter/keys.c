/* SPDX-License-Identifier: MIT
 *
 * keys.c - an index of the rules: with ten thousand rules a name costs a few lookups instead of
 * ten thousand comparisons.
 *
 * Each rule stands under exactly one key, a text that every path it matches has in a known place;
 * rules without such a text are tried one by one. */
#include "filter/keys.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static int numbers_add(struct pc_rule_numbers *n, unsigned number)
{
	if (n->count == n->cap) {
		unsigned cap = n->cap ? 2 * n->cap : 2;
		unsigned *more = reallocarray(n->number, cap, sizeof(*more));

		if (!more)
			return -ENOMEM;
		n->number = more;
		n->cap = cap;
	}
	n->number[n->count++] = number;
	return 0;
}

static struct pc_key *key_find(const struct pc_keys *keys, enum pc_pattern_key kind,
                               const char *text, size_t len)
{
	struct pc_key *key;

	HASH_FIND(hh, keys->table[kind], text, len, key);
	return key;
}

/* uthash reports a failed insertion only by an unchanged count. */
static struct pc_key *key_new(struct pc_keys *keys, enum pc_pattern_key kind, const char *text,
                              size_t len)
{
	unsigned before = HASH_COUNT(keys->table[kind]);
	struct pc_key *key = calloc(1, sizeof(*key) + len + 1);

	if (!key)
		return NULL;
	memcpy(key->text, text, len);
	HASH_ADD_KEYPTR(hh, keys->table[kind], key->text, len, key);
	if (HASH_COUNT(keys->table[kind]) == before) {
		free(key);
		return NULL;
	}
	if (len > keys->longest[kind])
		keys->longest[kind] = len;
	return key;
}

/* Chooses the part of a text that the fewest rules share so far. So patterns with a common
 * beginning are told apart by their differences. */
static const char *part_choose(const struct pc_keys *keys, const char *text, size_t len)
{
	const char *best = text;
	unsigned fewest = UINT_MAX;

	for (size_t at = 0; at + PC_KEY_PART_BYTES <= len && fewest > 0; at++) {
		const struct pc_key *key =
			key_find(keys, PC_KEY_PART, text + at, PC_KEY_PART_BYTES);
		unsigned count = key ? key->rules.count : 0;

		if (count < fewest) {
			fewest = count;
			best = text + at;
		}
	}
	return best;
}

int pc_keys_add(struct pc_keys *keys, const struct pc_pattern *p, unsigned number)
{
	const char *text;
	size_t len;
	enum pc_pattern_key kind = pc_pattern_key(p, &text, &len);
	struct pc_key *key;

	if (kind == PC_KEY_NONE)
		return numbers_add(&keys->others, number);
	if (kind == PC_KEY_PART) {
		text = part_choose(keys, text, len);
		len = PC_KEY_PART_BYTES;
	}
	key = key_find(keys, kind, text, len);
	if (!key)
		key = key_new(keys, kind, text, len);
	return key ? numbers_add(&key->rules, number) : -ENOMEM;
}

void pc_keys_done(struct pc_keys *keys)
{
	struct pc_key *key, *next;

	for (int kind = 0; kind < PC_KEYS; kind++) {
		HASH_ITER (hh, keys->table[kind], key, next) {
			// cppcheck-suppress uninitvar ; it does not see what HASH_ITER sets
			HASH_DEL(keys->table[kind], key);
			free(key->rules.number);
			free(key);
		}
	}
	free(keys->others.number);
	*keys = (struct pc_keys){0};
}

/* ---- Looking ---- */

struct search {
	const struct pc_keys *keys;
	bool (*matches)(const void *data, unsigned number);
	const void *data;
	unsigned first;
};

/* Numbers are ascending, so the first match is the best of this key. */
static void numbers_try(struct search *s, const struct pc_rule_numbers *n)
{
	for (unsigned i = 0; i < n->count && n->number[i] < s->first; i++) {
		if (s->matches(s->data, n->number[i])) {
			s->first = n->number[i];
			return;
		}
	}
}

static void key_try(struct search *s, enum pc_pattern_key kind, const char *text, size_t len)
{
	const struct pc_key *key = s->keys->table[kind] ? key_find(s->keys, kind, text, len) : NULL;

	if (key)
		numbers_try(s, &key->rules);
}

/* A pattern with this kind of key may match anywhere in the name, so every position is looked
 * up. */
static void parts_try(struct search *s, const char *name, size_t len)
{
	for (size_t at = 0; s->keys->table[PC_KEY_PART] && at + PC_KEY_PART_BYTES <= len; at++)
		key_try(s, PC_KEY_PART, name + at, PC_KEY_PART_BYTES);
}

/* Tries every suffix, or every prefix, of the last component as a key. */
static void affixes_try(struct search *s, enum pc_pattern_key kind, const char *name, size_t len)
{
	size_t longest = s->keys->longest[kind] < len ? s->keys->longest[kind] : len;

	for (size_t part = 1; part <= longest; part++)
		key_try(s, kind, kind == PC_KEY_SUFFIX ? name + len - part : name, part);
}

/* Each lookup lowers `first`, so rules behind the best match so far are not tried. */
unsigned pc_keys_first(const struct pc_keys *keys, const struct pc_filter_path *path,
                       bool (*matches)(const void *data, unsigned number), const void *data,
                       unsigned limit)
{
	struct search s = {.keys = keys, .matches = matches, .data = data, .first = limit};
	const char *name = pc_filter_name(path), *head = path->text + 1;
	size_t len = pc_filter_name_len(path);

	key_try(&s, PC_KEY_NAME, name, len);
	affixes_try(&s, PC_KEY_SUFFIX, name, len);
	affixes_try(&s, PC_KEY_PREFIX, name, len);
	parts_try(&s, name, len);
	key_try(&s, PC_KEY_HEAD, head, strcspn(head, "/"));
	numbers_try(&s, &keys->others);
	return s.first;
}
