/* SPDX-License-Identifier: MIT */
/* store.h - the contents of the file system of tests/boundary, in memory.
 *
 * A node is an inode, a name is an entry of a directory.  Nodes are never freed, so the kernel gets
 * their addresses as node numbers; their contents are freed when the last name is removed and the
 * last descriptor closed.  Functions return 0 or a negative errno, and are not thread-safe. */
#ifndef BOUNDARY_STORE_H
#define BOUNDARY_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct attribute {
	struct attribute *next;
	char *name, *value;
	size_t size;
};

struct name {
	struct name *next;
	struct node *node;
	uint64_t cookie; /* where a listing goes on, rises along the list */
	char text[];
};

struct node {
	struct stat st; /* st_size is the length of data */
	char *data;     /* of a symbolic link its target */
	struct name *names;
	struct attribute *attributes;
	struct node *parent; /* of a directory */
	unsigned int opens;
};

/* How much more may be stored; -1 is no limit. */
struct store_limits {
	int64_t bytes, nodes;
	int error; /* what is answered then, as a negative errno */
	bool folds_case;
	bool drops_dots; /* and blanks, at the end of a name */
};

extern struct store_limits store_limits;

void store_now(struct timespec *ret_now);

struct name *store_find(const struct node *dir, const char *text);

int store_make(struct node *dir, const char *text, mode_t mode, dev_t rdev, struct node **ret_node);

/* A further name of a node that has one. */
int store_link(struct node *node, struct node *dir, const char *text);

int store_unlink(struct node *dir, const char *text, bool is_dir);

int store_rename(struct node *from, const char *old, struct node *to, const char *new,
                 bool replace);

int store_resize(struct node *node, size_t size);

/* Returns the number of bytes that were written, which may be less than size. */
ssize_t store_write(struct node *node, const char *data, size_t size, size_t at);

/* To be called when a node lost a name or an opening. */
void store_forget(struct node *node);

struct attribute *store_attribute(const struct node *node, const char *name);

int store_set_attribute(struct node *node, const char *name, const char *value, size_t size);

int store_remove_attribute(struct node *node, const char *name);

/* Sets an access control list, and with it the mode. */
int store_set_list(struct node *node, const char *value, size_t size);

/* Sets a mode, with its type, and what a list says of it. */
void store_set_mode(struct node *node, mode_t mode);

#endif
