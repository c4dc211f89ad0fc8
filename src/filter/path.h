/* SPDX-License-Identifier: MIT
 *
 * path.h - a path to be matched against rules. */
#ifndef PC_FILTER_PATH_H
#define PC_FILTER_PATH_H

#include <stdbool.h>
#include <stddef.h>

/* "/dir/name/" for an entry dir/name below its SOURCE, whatever its kind. The slashes around it
 * are always there, as some rules match them. */
struct pc_filter_path {
	const char *text;
	size_t len;  /* without the trailing slash */
	size_t name; /* offset of the last component */
	bool directory;
};

/* From `text`, "/dir/name/", of `len` bytes without the trailing slash. */
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
