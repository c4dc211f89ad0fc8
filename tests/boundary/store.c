/* SPDX-License-Identifier: MIT */
/* store.c - nodes, names, contents and attributes; see store.h. */
#include "store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

struct store_limits store_limits = {.bytes = -1, .nodes = -1, .error = -ENOSPC};

static ino_t last_number;
static uint64_t last_cookie;

void store_now(struct timespec *ret_now)
{
	clock_gettime(CLOCK_REALTIME, ret_now);
}

static void node_changed(struct node *node, bool contents)
{
	store_now(&node->st.st_ctim);
	if (contents)
		node->st.st_mtim = node->st.st_ctim;
}

/* ---- Names ---- */

/* The length of a name as it is kept. */
static size_t name_length(const char *text)
{
	size_t len = strlen(text);

	while (store_limits.drops_dots && len > 0 && (text[len - 1] == '.' || text[len - 1] == ' '))
		len--;
	return len;
}

static bool name_is(const struct name *name, const char *text)
{
	size_t len = name_length(text);

	if (strlen(name->text) != len)
		return false;
	return store_limits.folds_case ? strncasecmp(name->text, text, len) == 0
	                               : strncmp(name->text, text, len) == 0;
}

struct name *store_find(const struct node *dir, const char *text)
{
	struct name *name = dir->names;

	while (name && !name_is(name, text))
		name = name->next;
	return name;
}

static int name_add(struct node *dir, const char *text, struct node *node)
{
	struct name *name, **end = &dir->names;
	size_t len = name_length(text);

	name = malloc(sizeof(*name) + len + 1);
	if (!name)
		return -ENOMEM;
	*name = (struct name){.node = node, .cookie = ++last_cookie};
	memcpy(name->text, text, len);
	name->text[len] = '\0';
	while (*end)
		end = &(*end)->next;
	*end = name;
	if (S_ISDIR(node->st.st_mode)) {
		node->parent = dir;
		dir->st.st_nlink++;
	}
	node_changed(dir, true);
	return 0;
}

static void name_remove(struct node *dir, struct name *name)
{
	struct name **at = &dir->names;

	while (*at != name)
		at = &(*at)->next;
	*at = name->next;
	if (S_ISDIR(name->node->st.st_mode))
		dir->st.st_nlink--;
	free(name);
	node_changed(dir, true);
}

/* ---- Nodes ---- */

int store_make(struct node *dir, const char *text, mode_t mode, dev_t rdev, struct node **ret_node)
{
	struct node *node;

	if (store_find(dir, text))
		return -EEXIST;
	if (store_limits.nodes == 0)
		return store_limits.error;
	node = calloc(1, sizeof(*node));
	if (!node)
		return -ENOMEM;
	node->st.st_ino = ++last_number;
	node->st.st_mode = mode;
	node->st.st_rdev = rdev;
	node->st.st_nlink = S_ISDIR(mode) ? 2 : 1;
	node_changed(node, true);
	node->st.st_atim = node->st.st_mtim;
	if (store_limits.nodes > 0)
		store_limits.nodes--;
	*ret_node = node;
	return name_add(dir, text, node);
}

int store_link(struct node *node, struct node *dir, const char *text)
{
	if (store_find(dir, text))
		return -EEXIST;
	node->st.st_nlink++;
	node_changed(node, false);
	return name_add(dir, text, node);
}

void store_forget(struct node *node)
{
	struct attribute *attribute;

	if (node->st.st_nlink > 0 || node->opens > 0)
		return;
	store_resize(node, 0);
	while ((attribute = node->attributes))
		store_remove_attribute(node, attribute->name);
	if (store_limits.nodes >= 0)
		store_limits.nodes++;
}

int store_unlink(struct node *dir, const char *text, bool is_dir)
{
	struct name *name = store_find(dir, text);
	struct node *node;

	if (!name)
		return -ENOENT;
	node = name->node;
	if (is_dir && !S_ISDIR(node->st.st_mode))
		return -ENOTDIR;
	if (!is_dir && S_ISDIR(node->st.st_mode))
		return -EISDIR;
	if (node->names)
		return -ENOTEMPTY;
	name_remove(dir, name);
	node->st.st_nlink = is_dir ? 0 : node->st.st_nlink - 1;
	node_changed(node, false);
	store_forget(node);
	return 0;
}

int store_rename(struct node *from, const char *old, struct node *to, const char *new, bool replace)
{
	struct name *name = store_find(from, old), *there = store_find(to, new);
	struct node *node;
	int r = 0;

	if (!name)
		return -ENOENT;
	node = name->node;
	if (there && !replace)
		return -EEXIST;
	if (there && there->node == node && there != name)
		return 0;
	if (there && there != name)
		r = store_unlink(to, new, S_ISDIR(node->st.st_mode));
	if (r < 0)
		return r;
	name_remove(from, name);
	node_changed(node, false);
	return name_add(to, new, node);
}

/* ---- Contents ---- */

/* How many of so many further bytes there is room for. */
static size_t bytes_granted(size_t wanted)
{
	if (store_limits.bytes < 0 || (int64_t)wanted <= store_limits.bytes)
		return wanted;
	return (size_t)store_limits.bytes;
}

int store_resize(struct node *node, size_t size)
{
	size_t old = (size_t)node->st.st_size;
	char *data;

	if (size > old && bytes_granted(size - old) < size - old)
		return store_limits.error;
	data = realloc(node->data, size ? size : 1);
	if (!data)
		return -ENOMEM;
	if (size > old)
		memset(data + old, 0, size - old);
	if (store_limits.bytes >= 0)
		store_limits.bytes += (int64_t)old - (int64_t)size;
	node->data = data;
	node->st.st_size = (off_t)size;
	node->st.st_blocks = (blkcnt_t)((size + 511) / 512);
	node_changed(node, true);
	return 0;
}

ssize_t store_write(struct node *node, const char *data, size_t size, size_t at)
{
	size_t end = (size_t)node->st.st_size;
	int r;

	if (at + size > end) {
		size_t growth = bytes_granted(at + size - end);

		if (end + growth <= at)
			return store_limits.error;
		size = end + growth - at;
		r = store_resize(node, end + growth);
		if (r < 0)
			return r;
	}
	memcpy(node->data + at, data, size);
	node_changed(node, true);
	return (ssize_t)size;
}

/* ---- Attributes ---- */

struct attribute *store_attribute(const struct node *node, const char *name)
{
	struct attribute *one = node->attributes;

	while (one && strcmp(one->name, name) != 0)
		one = one->next;
	return one;
}

int store_set_attribute(struct node *node, const char *name, const char *value, size_t size)
{
	struct attribute *one = store_attribute(node, name);
	char *copy = malloc(size + 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, value, size);
	if (!one) {
		one = calloc(1, sizeof(*one));
		if (!one || !(one->name = strdup(name))) {
			free(one);
			free(copy);
			return -ENOMEM;
		}
		one->next = node->attributes;
		node->attributes = one;
	}
	free(one->value);
	one->value = copy;
	one->size = size;
	node_changed(node, false);
	return 0;
}

int store_remove_attribute(struct node *node, const char *name)
{
	struct attribute *one = store_attribute(node, name), **at = &node->attributes;

	if (!one)
		return -ENODATA;
	while (*at != one)
		at = &(*at)->next;
	*at = one->next;
	free(one->name);
	free(one->value);
	free(one);
	node_changed(node, false);
	return 0;
}
