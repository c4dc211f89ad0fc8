/* SPDX-License-Identifier: MIT */
/* attributes.h - which extended attributes a copy brings, and as part of what.
 *
 * As in cp, /etc/xattr.conf of the attr library decides. A line holds a pattern, see fnmatch(3),
 * and `skip` or `permissions`; # begins a comment. Attributes that a file system keeps for
 * itself (Lustre, overlayfs) are never copied, whatever the file says: elsewhere they are wrong
 * or do harm. */
#ifndef PC_BASE_ATTRIBUTES_H
#define PC_BASE_ATTRIBUTES_H

#include <stddef.h>

#define PC_ATTRIBUTES_FILE "/etc/xattr.conf"

enum pc_attribute {
	PC_ATTRIBUTE_PLAIN,
	PC_ATTRIBUTE_PERMISSION, /* copied with the mode: an ACL */
	PC_ATTRIBUTE_CONTEXT,    /* the SELinux context */
	PC_ATTRIBUTE_NOT_COPIED,
};

struct pc_attribute_rule {
	char *pattern;
	enum pc_attribute is;
};

/* Zero-initialised: only the built-in rules. */
struct pc_attribute_rules {
	struct pc_attribute_rule *rule;
	size_t count;
};

/* Reads a file of rules. Ignores errors and lines that are no rules. */
void pc_attribute_rules_read(struct pc_attribute_rules *rules, const char *path);
void pc_attribute_rules_done(struct pc_attribute_rules *rules);

/* The kind of an attribute, by the last rule that matches. Any thread may ask; `rules` may be
 * NULL. */
enum pc_attribute pc_attribute_is(const struct pc_attribute_rules *rules, const char *name);

#endif
