/* SPDX-License-Identifier: MIT
 *
 * path.h - a path that rules are asked about. */
#ifndef PC_FILTER_PATH_H
#define PC_FILTER_PATH_H

#include <stdbool.h>
#include <stddef.h>

/* "/dir/name/" of an entry dir/name below its SOURCE, whatever it is: with a slash before it
 * and one behind, so that neither has to be put there when a rule wants one. */
struct pc_filter_path {
	const char *text;
	size_t len;  /* without the slash behind */
	size_t name; /* where the last component begins */
	bool directory;
};

/* Of `text`, "/dir/name/", `len` bytes without the slash behind. */
static inline struct pc_filter_path pc_filter_path(const char *text, size_t len, bool directory)
{
	size_t name = len;

	while (text[name - 1] != '/')
		name--;
	return (struct pc_filter_path){text, len, name, directory};
}

/* The last component. */
static inline const char *pc_filter_name(const struct pc_filter_path *path)
{
	return path->text + path->name;
}

static inline size_t pc_filter_name_len(const struct pc_filter_path *path)
{
	return path->len - path->name;
}

#endif
