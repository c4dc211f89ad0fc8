/* SPDX-License-Identifier: MIT
 *
 * attr.c - extended attributes and access control lists.
 *
 * ACLs are attributes too: system.posix_acl_access and, of directories, system.posix_acl_default.
 * As in cp they belong to the mode; all other attributes are kept on their own. */
#include "copy/attr.h"

#include "base/cleanup.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* XATTR_LIST_MAX and XATTR_SIZE_MAX of the kernel */
#define XATTR_BYTES 65536U

#define ACL_ACCESS "system.posix_acl_access"
#define ACL_DEFAULT "system.posix_acl_default"
#define CONTEXT "security.selinux"

static int attr_drop(const struct pc_sys_file *file, const char *name)
{
	int r = pc_sys_removexattr(file, name);

	return r == -ENODATA || r == -EOPNOTSUPP ? 0 : r;
}

int pc_attr_drop_list(const struct pc_sys_file *file)
{
	return attr_drop(file, ACL_ACCESS);
}

bool pc_attr_inherits(int dirfd)
{
	const struct pc_sys_file file = {.fd = dirfd};

	return pc_sys_getxattr(&file, ACL_DEFAULT, NULL, 0) > 0;
}

/* The PCOPY_KEEP_ bit under which an attribute is copied; 0: never. */
static unsigned attr_keep_bit(const struct pc_copier *c, const char *name)
{
	static const unsigned bits[] = {
		[PC_ATTRIBUTE_PLAIN] = PCOPY_KEEP_XATTR,
		[PC_ATTRIBUTE_PERMISSION] = PCOPY_KEEP_MODE,
		[PC_ATTRIBUTE_CONTEXT] = PCOPY_KEEP_CONTEXT,
		[PC_ATTRIBUTE_NOT_COPIED] = 0,
	};

	return bits[pc_attribute_is(c->env->attributes, name)];
}

/* Whether the options require the attribute, so that its loss is a failure. */
static bool attr_is_needed(const struct pc_copier *c, const char *name)
{
	unsigned bit = attr_keep_bit(c, name);
	unsigned need = bit == PCOPY_KEEP_CONTEXT ? PCOPY_NEED_CONTEXT
	                : bit == PCOPY_KEEP_XATTR ? PCOPY_NEED_XATTR
	                                          : 0;

	return c->walk.options->preserve & need;
}

static bool attr_is_asked_for(const struct pc_copier *c)
{
	return c->walk.options->preserve & (PCOPY_NEED_XATTR | PCOPY_NEED_CONTEXT);
}

/* ---- Names ---- */

static void names_list(struct pc_attr_names *names, const struct pc_sys_file *from)
{
	names->known = true;
	names->len = pc_sys_listxattr(from, names->names, sizeof(names->names));
}

/* The same where most sources have no attributes: a call without a buffer spares the kernel an
 * allocation. */
static void names_probe(struct pc_attr_names *names, const struct pc_sys_file *from)
{
	names->known = true;
	names->len = pc_sys_listxattr(from, NULL, 0);
	if (names->len > 0)
		names_list(names, from);
}

bool pc_attr_has_list(struct pc_copier *c, struct pc_entry *e, int src_fd)
{
	const struct pc_sys_file from = {.fd = src_fd};
	const struct pc_attr_names *names = &e->attr;

	if (!(c->walk.options->preserve & PCOPY_KEEP_MODE))
		return false;
	if (!names->known)
		names_list(&e->attr, &from);
	for (ssize_t pos = 0; pos < names->len; pos += (ssize_t)strlen(names->names + pos) + 1) {
		if (strcmp(names->names + pos, ACL_ACCESS) == 0)
			return true;
	}
	/* too many names to search, or unreadable: assume there is an ACL */
	return names->len < 0 && names->len != -EOPNOTSUPP;
}

bool pc_attr_has_any(int dirfd, const char *name)
{
	const struct pc_sys_file file = {.fd = dirfd, .name = name};
	struct pc_attr_names names;

	names_list(&names, &file);
	if (names.len < 0)
		return names.len != -EOPNOTSUPP;
	return names.len > 0 &&
	       ((size_t)names.len != sizeof(CONTEXT) || strcmp(names.names, CONTEXT) != 0);
}

/* ---- Values ---- */

#define ACL_USER_OBJ 0x01U
#define ACL_GROUP_OBJ 0x04U
#define ACL_MASK 0x10U

/* The permissions of an ACL's entry, or `otherwise`. The value of the attribute is a version and
 * then entries of tag, permissions and id, little-endian; see <linux/posix_acl_xattr.h>. */
static unsigned list_permissions(const char *value, size_t len, unsigned tag, unsigned otherwise)
{
	struct {
		uint16_t tag, permissions;
		uint32_t id;
	} entry;

	for (size_t pos = 4; pos + sizeof(entry) <= len; pos += sizeof(entry)) {
		memcpy(&entry, value + pos, sizeof(entry));
		if (le16toh(entry.tag) == tag)
			return le16toh(entry.permissions) & 07U;
	}
	return otherwise;
}

/* The permissions that an ACL gives the owning group: its group entry, limited by the mask. */
static mode_t list_group_bits(const char *value, size_t len)
{
	return (list_permissions(value, len, ACL_GROUP_OBJ, 0) &
	        list_permissions(value, len, ACL_MASK, 07))
	       << 3;
}

mode_t pc_attr_inherited_owner(int dirfd)
{
	const struct pc_sys_file file = {.fd = dirfd};
	_cleanup_free_ char *value = malloc(XATTR_BYTES);
	ssize_t len = value ? pc_sys_getxattr(&file, ACL_DEFAULT, value, XATTR_BYTES) : -ENOMEM;

	return len < 0 ? 0700 : list_permissions(value, (size_t)len, ACL_USER_OBJ, 07) << 6;
}

/* Sets an attribute, widening the mode if necessary. Writing a user attribute takes write
 * permission by the mode, however the file was opened. So the mode is 0600 until all attributes
 * are set; a directory gets 0700, as other workers may be passing through it. */
static int attr_set_widening(const struct pc_sys_file *to, const char *name, const char *value,
                             size_t len, struct pc_attr_done *done)
{
	struct stat st;
	int r = pc_sys_setxattr(to, name, value, len);

	if (r != -EACCES || to->name || pc_sys_fstat(to->fd, &st) < 0 ||
	    pc_sys_fchmod(to->fd, S_ISDIR(st.st_mode) ? 0700 : 0600) < 0)
		return r;
	if (!done->mode_widened)
		done->mode = st.st_mode & 07777;
	done->mode_widened = true;
	return pc_sys_setxattr(to, name, value, len);
}

static int attr_copy_one(const struct pc_attr_pair *pair, const char *name, char *value,
                         struct pc_attr_done *done)
{
	bool access = strcmp(name, ACL_ACCESS) == 0;
	ssize_t len = pc_sys_getxattr(&pair->from, name, value, XATTR_BYTES);
	int r;

	if (len == -ENODATA)
		return 0; /* removed since it was listed */
	if (len < 0) {
		done->read_failed = true;
		return (int)len;
	}
	r = attr_set_widening(&pair->to, name, value, (size_t)len, done);
	done->access = done->access || (r == 0 && access);
	done->inherited = done->inherited || (r == 0 && strcmp(name, ACL_DEFAULT) == 0);
	if (r < 0 && access) {
		done->list_lost = true;
		done->group = list_group_bits(value, (size_t)len);
	}
	return r;
}

struct named {
	const char *start, *end;
};

/* Copies those of `names` that are to be kept. Returns the first error. An ordinary user gets no
 * error for attributes that only root may set, unless they are required. */
static int attr_copy_named(struct pc_copier *c, const struct pc_attr_pair *pair,
                           const struct named *names, char *value, struct pc_attr_done *done)
{
	int result = 0;

	for (const char *name = names->start; name < names->end; name += strlen(name) + 1) {
		int r = c->walk.options->preserve & attr_keep_bit(c, name)
		                ? attr_copy_one(pair, name, value, done)
		                : 0;

		if (r == 0 || (r == -EPERM && c->env->uid != 0 && !attr_is_needed(c, name)))
			continue;
		result = result < 0 ? result : r;
		done->needed = done->needed || attr_is_needed(c, name);
	}
	return result;
}

/* For more names than an entry has room for. `list` has XATTR_BYTES. */
static int attr_copy_many(struct pc_copier *c, const struct pc_attr_pair *pair, char *list,
                          char *value, struct pc_attr_done *done)
{
	ssize_t len = pc_sys_listxattr(&pair->from, list, XATTR_BYTES);
	const struct named names = {list, list + len};

	done->read_failed = len < 0;
	return len < 0 ? (int)len : attr_copy_named(c, pair, &names, value, done);
}

/* Whether a source whose attributes cannot be read may lose some. This is a source that cannot
 * be opened without /proc. A symbolic link has no ACL, and neither links nor FIFOs, sockets and
 * devices have user attributes. */
static bool attr_may_be_lost(const struct pc_copier *c, const struct pc_entry *e)
{
	unsigned keep = c->walk.options->preserve;

	if (attr_is_asked_for(c))
		return true;
	return (keep & PCOPY_KEEP_MODE) && !S_ISLNK(e->src.st_mode);
}

static int attr_copy_all(struct pc_copier *c, struct pc_entry *e, const struct pc_attr_pair *pair,
                         struct pc_attr_done *done)
{
	struct pc_attr_names *list = &e->attr;
	struct named names = {list->names, list->names};
	char *value;
	int r;

	if (!list->known)
		names_list(list, &pair->from);
	if (list->len == 0 || list->len == -EOPNOTSUPP)
		return 0;
	if (list->len == -ENXIO && !attr_may_be_lost(c, e))
		return 0;
	done->read_failed = list->len < 0;
	if (list->len < 0 && list->len != -ERANGE) {
		done->needed = attr_is_asked_for(c);
		return (int)list->len;
	}
	value = malloc(2 * XATTR_BYTES);
	if (!value)
		return -ENOMEM;
	if (list->len > 0) {
		names.end += list->len;
		r = attr_copy_named(c, pair, &names, value, done);
	} else {
		r = attr_copy_many(c, pair, value + XATTR_BYTES, value, done);
	}
	free(value);
	return r;
}

static bool attr_has_name(const char *names, ssize_t len, const char *name)
{
	for (ssize_t pos = 0; pos < len; pos += (ssize_t)strlen(names + pos) + 1) {
		if (strcmp(names + pos, name) == 0)
			return true;
	}
	return false;
}

/* Whether an attribute of the target is removed because the source lacks it: with
 * PCOPY_UPDATE_DIFFER only. ACLs are handled apart. */
static bool attr_is_extraneous(const struct pc_copier *c, const char *name, const char *from,
                               ssize_t from_len)
{
	return c->walk.options->update == PCOPY_UPDATE_DIFFER &&
	       attr_keep_bit(c, name) == PCOPY_KEEP_XATTR &&
	       (c->walk.options->preserve & PCOPY_KEEP_XATTR) &&
	       !attr_has_name(from, from_len, name);
}

/* Looks for attributes that only the target has; `room` holds two lists of XATTR_BYTES. With
 * `drop` it removes them and returns 0 or the first error; otherwise it returns 1 if there are
 * any. */
static int attr_extraneous(const struct pc_copier *c, const struct pc_attr_pair *pair, char *room,
                           bool drop)
{
	char *from = room, *to = room + XATTR_BYTES;
	ssize_t from_len = pc_sys_listxattr(&pair->from, from, XATTR_BYTES);
	ssize_t to_len = pc_sys_listxattr(&pair->to, to, XATTR_BYTES);
	int result = 0;

	if (from_len < 0 && from_len != -EOPNOTSUPP)
		return 0;
	for (ssize_t pos = 0; pos < to_len; pos += (ssize_t)strlen(to + pos) + 1) {
		if (!attr_is_extraneous(c, to + pos, from, from_len))
			continue;
		if (!drop)
			return 1;
		if (result == 0)
			result = attr_drop(&pair->to, to + pos);
	}
	return result == -EPERM && c->env->uid != 0 ? 0 : result;
}

/* Removes attributes that only an existing target has. */
static int attr_drop_extraneous(const struct pc_copier *c, const struct pc_attr_pair *pair)
{
	struct pc_attr_names names;
	char *room;
	int r;

	if (c->walk.options->update != PCOPY_UPDATE_DIFFER)
		return 0;
	names_list(&names, &pair->to);
	if (names.len == 0 || names.len == -EOPNOTSUPP)
		return 0;
	room = malloc(2 * (size_t)XATTR_BYTES);
	if (!room)
		return -ENOMEM;
	r = attr_extraneous(c, pair, room, true);
	free(room);
	return r;
}

int pc_attr_copy(struct pc_copier *c, struct pc_entry *e, const struct pc_attr_pair *pair,
                 struct pc_attr_done *ret_done)
{
	bool keeps_mode = c->walk.options->preserve & PCOPY_KEEP_MODE;
	struct pc_attr_done *done = ret_done;
	int r, d;

	*done = (struct pc_attr_done){0};
	r = attr_copy_all(c, e, pair, done);
	if (done->mode_widened && !keeps_mode) {
		d = pc_sys_fchmod(pair->to.fd, done->mode);
		r = r < 0 ? r : d;
	}
	if (pair->acl && r == 0)
		r = attr_drop_extraneous(c, pair);
	/* ACLs that the target inherited from its directory and the source lacks are removed. */
	if (!pair->acl || !keeps_mode)
		return r;
	if (!done->access) {
		d = attr_drop(&pair->to, ACL_ACCESS);
		r = r < 0 ? r : d;
	}
	if (pair->directory && !done->inherited) {
		d = attr_drop(&pair->to, ACL_DEFAULT);
		r = r < 0 ? r : d;
	}
	return r;
}

/* ---- Whether they differ ---- */

static bool attr_value_differs(const struct pc_attr_pair *pair, const char *name, char *values)
{
	ssize_t from = pc_sys_getxattr(&pair->from, name, values, XATTR_BYTES);
	ssize_t to = pc_sys_getxattr(&pair->to, name, values + XATTR_BYTES, XATTR_BYTES);

	if (from < 0)
		return false; /* gone or unreadable: no reason to copy */
	return from != to || memcmp(values, values + XATTR_BYTES, (size_t)from) != 0;
}

/* Whether the target lacks an attribute of the source or has another value. An ordinary user
 * cannot set those that are root's, so they do not count. */
static bool attr_target_lacks(struct pc_copier *c, const struct pc_attr_pair *pair,
                              const char *names, ssize_t len, char *values)
{
	static const char user[] = "user.";

	for (ssize_t pos = 0; pos < len; pos += (ssize_t)strlen(names + pos) + 1) {
		const char *name = names + pos;
		bool may = c->env->uid == 0 || strncmp(name, user, sizeof(user) - 1) == 0 ||
		           attr_keep_bit(c, name) == PCOPY_KEEP_MODE || attr_is_needed(c, name);

		if (may && (c->walk.options->preserve & attr_keep_bit(c, name)) &&
		    attr_value_differs(pair, name, values))
			return true;
	}
	return false;
}

/* Whether the target has an ACL that the source lacks. */
static bool attr_has_list_more(const struct pc_attr_pair *pair, const char *from, ssize_t from_len,
                               const char *to, ssize_t to_len)
{
	return (attr_has_name(to, to_len, ACL_ACCESS) &&
	        !attr_has_name(from, from_len, ACL_ACCESS)) ||
	       (pair->directory && attr_has_name(to, to_len, ACL_DEFAULT) &&
	        !attr_has_name(from, from_len, ACL_DEFAULT));
}

static bool attr_sides_differ(struct pc_copier *c, const struct pc_attr_pair *pair, char *room)
{
	char *from = room, *to = room + XATTR_BYTES, *values = room + 2 * XATTR_BYTES;
	ssize_t from_len = pc_sys_listxattr(&pair->from, from, XATTR_BYTES);
	ssize_t to_len = pc_sys_listxattr(&pair->to, to, XATTR_BYTES);

	if (from_len < 0 && from_len != -EOPNOTSUPP)
		return false;
	if (attr_target_lacks(c, pair, from, from_len, values) ||
	    attr_extraneous(c, pair, values, false) > 0)
		return true;
	return (c->walk.options->preserve & PCOPY_KEEP_MODE) &&
	       attr_has_list_more(pair, from, from_len, to, to_len);
}

bool pc_attr_differs(struct pc_copier *c, struct pc_entry *e, const struct pc_attr_pair *pair)
{
	unsigned keep = PCOPY_KEEP_XATTR | PCOPY_KEEP_CONTEXT | PCOPY_KEEP_MODE;
	struct pc_attr_names to;
	char *room;
	bool differ;

	if (!(c->walk.options->preserve & keep) ||
	    (S_ISLNK(e->src.st_mode) &&
	     !(c->walk.options->preserve & (PCOPY_KEEP_XATTR | PCOPY_KEEP_CONTEXT))))
		return false;
	if (!e->attr.known)
		names_probe(&e->attr, &pair->from);
	names_probe(&to, &pair->to);
	if ((e->attr.len == 0 || e->attr.len == -EOPNOTSUPP) &&
	    (to.len == 0 || to.len == -EOPNOTSUPP))
		return false; /* the usual case */
	room = malloc(4 * (size_t)XATTR_BYTES);
	if (!room)
		return true;
	differ = attr_sides_differ(c, pair, room);
	free(room);
	return differ;
}
