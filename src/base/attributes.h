/* SPDX-License-Identifier: MIT */
/* attributes.h - which extended attributes a copy brings, and as part of what.
 *
 * As for cp: what /etc/xattr.conf says of a name, the file of the attr library.  A line is a
 * pattern, see fnmatch(3), and `skip` or `permissions`; a # begins a comment.  Beside it
 * there is what a file system keeps for itself (Lustre, overlayfs): in another place it is
 * wrong or does harm, so that it is copied on nobody's word. */
#ifndef PC_BASE_ATTRIBUTES_H
#define PC_BASE_ATTRIBUTES_H

#include <stddef.h>

#define PC_ATTRIBUTES_FILE "/etc/xattr.conf"

enum pc_attribute {
	PC_ATTRIBUTE_PLAIN,
	PC_ATTRIBUTE_PERMISSION, /* goes with the mode: a list of who may do what */
	PC_ATTRIBUTE_CONTEXT,    /* of SELinux */
	PC_ATTRIBUTE_NOT_COPIED,
};

struct pc_attribute_rule {
	char *pattern;
	enum pc_attribute is;
};

/* All 0: only what is built in. */
struct pc_attribute_rules {
	struct pc_attribute_rule *rule;
	size_t count;
};

/* Reads a file of rules.  What cannot be read, or is no rule, is passed over. */
void pc_attribute_rules_read(struct pc_attribute_rules *rules, const char *path);
void pc_attribute_rules_done(struct pc_attribute_rules *rules);

/* The last rule that fits counts.  Any thread may ask; `rules` may be NULL. */
enum pc_attribute pc_attribute_is(const struct pc_attribute_rules *rules, const char *name);

#endif
