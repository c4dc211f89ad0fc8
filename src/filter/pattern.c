/* SPDX-License-Identifier: MIT
 *
 * pattern.c - rsync's patterns, as described in rsync(1) under "PATTERN MATCHING RULES".
 *
 * Differences: malformed sets and a trailing backslash are errors, and `/` at the beginning is
 * SOURCE itself, not the directory that holds it. */
#include "filter/pattern.h"

#include "filter/glob.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- Parsing ---- */

static unsigned slashes_in(const char *text)
{
	unsigned n = 0;

	for (; (text = strchr(text, '/')); text++)
		n++;
	return n;
}

/* `glob` still has its leading slash. */
static enum pc_pattern_from from_choose(const struct pc_pattern *p, bool deep)
{
	if (*p->glob == '/')
		return PC_FROM_ROOT;
	if (deep)
		return strncmp(p->glob, "**", 2) == 0 ? PC_FROM_SLASH : PC_FROM_ANY;
	return p->slashes > 0 ? PC_FROM_TAIL : PC_FROM_NAME;
}

/* Returns the reason why the text is no pattern, or NULL. */
static const char *pattern_refuse(const char *text)
{
	if (!*text)
		return "empty pattern";
	if (strspn(text, "/") == strlen(text))
		return "the directory itself is never excluded";
	return pc_glob_refuse(text);
}

/* The leading slash only anchors the pattern, and a trailing one only restricts it to
 * directories, so both are cut off. */
int pc_pattern_init(struct pc_pattern *p, const char *text, const char **ret_why)
{
	size_t len = strlen(text);
	bool deep;

	*p = (struct pc_pattern){0};
	*ret_why = pattern_refuse(text);
	if (*ret_why)
		return -EINVAL;
	p->text = strdup(text);
	p->glob = strdup(text);
	if (!p->text || !p->glob) {
		pc_pattern_done(p);
		return -ENOMEM;
	}
	p->directory = len > 1 && text[len - 1] == '/';
	if (p->directory)
		p->glob[--len] = '\0';
	p->wild = pc_glob_is_wild(p->glob);
	deep = p->wild && strstr(p->glob, "**");
	p->with_slash = deep && len >= 3 && strcmp(p->glob + len - 3, "***") == 0;
	p->slashes = slashes_in(p->glob);
	p->from = from_choose(p, deep);
	if (p->from == PC_FROM_ROOT)
		memmove(p->glob, p->glob + 1, len);
	return 0;
}

void pc_pattern_done(struct pc_pattern *p)
{
	free(p->text);
	free(p->glob);
	*p = (struct pc_pattern){0};
}

/* ---- Matching ---- */

/* A pattern without wildcards is compared byte by byte, a backslash included. */
static bool text_matches(const struct pc_pattern *p, const char *text, size_t len)
{
	if (p->wild)
		return pc_glob_match(p->glob, text, len, PC_GLOB_RSYNC);
	return strlen(p->glob) == len && memcmp(p->glob, text, len) == 0;
}

/* The start of the last `slashes` + 1 components; NULL: the path has fewer. */
static const char *tail_of(const struct pc_filter_path *path, unsigned slashes)
{
	const char *at = path->text + path->name - 1;

	for (; at && slashes > 0; slashes--)
		at = memrchr(path->text, '/', (size_t)(at - path->text));
	return at ? at + 1 : NULL;
}

static bool matches_behind_any(const struct pc_pattern *p, const char *text, const char *end)
{
	for (; text < end && (text = memchr(text, '/', (size_t)(end - text))); text++) {
		if (text + 1 < end && text_matches(p, text + 1, (size_t)(end - text - 1)))
			return true;
	}
	return false;
}

bool pc_pattern_matches(const struct pc_pattern *p, const struct pc_filter_path *path)
{
	const char *end = path->text + path->len + (p->with_slash && path->directory);
	const char *from = path->text;

	if (p->directory && !path->directory)
		return false;
	switch (p->from) {
	case PC_FROM_NAME:
		from = pc_filter_name(path);
		break;
	case PC_FROM_TAIL:
		from = tail_of(path, p->slashes);
		break;
	case PC_FROM_ROOT:
		from++;
		break;
	case PC_FROM_SLASH:
		break;
	case PC_FROM_ANY:
		return matches_behind_any(p, path->text, end);
	}
	return from && text_matches(p, from, (size_t)(end - from));
}

/* ---- Properties that are known before matching ---- */

/* A literal end of the name is preferred to a literal beginning. */
static enum pc_pattern_key key_of_name(const char *name, const char **ret, size_t *ret_len)
{
	size_t len = strlen(name), front = strcspn(name, "*?[\\"), back = len;

	while (back > 0 && !strchr("*?[]\\", name[back - 1]))
		back--;
	*ret = name;
	*ret_len = front;
	if (front == len)
		return PC_KEY_NAME;
	if (back < len) {
		*ret = name + back;
		*ret_len = len - back;
		return PC_KEY_SUFFIX;
	}
	if (front > 0)
		return PC_KEY_PREFIX;
	*ret_len = pc_glob_literal(name, ret);
	return *ret_len >= PC_KEY_PART_BYTES ? PC_KEY_PART : PC_KEY_NONE;
}

/* `**` may match slashes, so a component with it has no key. */
enum pc_pattern_key pc_pattern_key(const struct pc_pattern *p, const char **ret, size_t *ret_len)
{
	const char *slash = strrchr(p->glob, '/');
	const char *name = slash ? slash + 1 : p->glob;
	enum pc_pattern_key key = PC_KEY_NONE;

	*ret = name;
	*ret_len = strlen(name);
	if (!p->wild)
		return PC_KEY_NAME;
	if (!strstr(name, "**"))
		key = key_of_name(name, ret, ret_len);
	if (key != PC_KEY_NONE || p->from != PC_FROM_ROOT || !slash)
		return key;
	*ret = p->glob;
	*ret_len = strcspn(p->glob, "*?[\\/");
	return *ret_len > 0 && p->glob[*ret_len] == '/' ? PC_KEY_HEAD : PC_KEY_NONE;
}

bool pc_pattern_is_path(const struct pc_pattern *p)
{
	return p->from == PC_FROM_ROOT && !p->wild;
}

bool pc_pattern_matches_all(const struct pc_pattern *p)
{
	return p->from != PC_FROM_ROOT && strspn(p->glob, "*") == strlen(p->glob);
}

const char *pc_pattern_impossible(const struct pc_pattern *p)
{
	static const char *const none[] = {"", ".", ".."};
	const char *at = p->glob;

	for (;;) {
		size_t len = strcspn(at, "/");

		for (size_t i = 0; i < 3; i++) {
			if (strlen(none[i]) == len && memcmp(none[i], at, len) == 0)
				return none[i];
		}
		if (!at[len])
			return NULL;
		at += len + 1;
	}
}
