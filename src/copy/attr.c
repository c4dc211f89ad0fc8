/* attr.c - extended attributes and access control lists.
 *
 * Lists are attributes too: system.posix_acl_access and, of directories,
 * system.posix_acl_default.  They belong to the mode, as in cp; the others are
 * kept for themselves.  An entry that cannot be opened is reached by its
 * directory's descriptor in /proc, and its name is not followed.  (Not
 * /proc/self: that is another thread's table of descriptors.) */
#include "copy/copier.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

/* XATTR_LIST_MAX and XATTR_SIZE_MAX of the kernel */
#define XATTR_BYTES 65536U

#define ACL_ACCESS "system.posix_acl_access"
#define ACL_DEFAULT "system.posix_acl_default"
#define CONTEXT "security.selinux"

void pc_attr_place(char path[PC_ATTR_PLACE_MAX], int dirfd, const char *name)
{
	snprintf(path, PC_ATTR_PLACE_MAX, "/proc/thread-self/fd/%d%s%s", dirfd, name ? "/" : "",
		 name ? name : "");
}

static ssize_t list(const struct pc_attr_at *at, char *names, size_t len)
{
	return at->path ? llistxattr(at->path, names, len) : flistxattr(at->fd, names, len);
}

static ssize_t get(const struct pc_attr_at *at, const char *name, char *value, size_t len)
{
	return at->path ? lgetxattr(at->path, name, value, len)
			: fgetxattr(at->fd, name, value, len);
}

static int set(const struct pc_attr_at *at, const char *name, const char *value, size_t len)
{
	int r = at->path ? lsetxattr(at->path, name, value, len, 0)
			 : fsetxattr(at->fd, name, value, len, 0);

	return r < 0 ? -errno : 0;
}

static int drop(const struct pc_attr_at *at, const char *name)
{
	int r = at->path ? lremovexattr(at->path, name) : fremovexattr(at->fd, name);

	return r < 0 && errno != ENODATA && errno != EOPNOTSUPP ? -errno : 0;
}

int pc_attr_drop_list(int fd)
{
	const struct pc_attr_at at = {.fd = fd};

	return drop(&at, ACL_ACCESS);
}

bool pc_attr_has_default_acl(int fd)
{
	return fgetxattr(fd, ACL_DEFAULT, NULL, 0) > 0;
}

bool pc_attr_inherits(int dirfd)
{
	char path[PC_ATTR_PLACE_MAX];

	pc_attr_place(path, dirfd, ".");
	return lgetxattr(path, ACL_DEFAULT, NULL, 0) > 0;
}

/* What has to be preserved for an attribute to be copied. */
static unsigned keep_bit(const char *name)
{
	if (strcmp(name, ACL_ACCESS) == 0 || strcmp(name, ACL_DEFAULT) == 0)
		return PCOPY_KEEP_MODE;
	return strcmp(name, CONTEXT) == 0 ? PCOPY_KEEP_CONTEXT : PCOPY_KEEP_XATTR;
}

/* Whether it was asked for by name. */
static bool is_needed(const struct pc_copier *c, const char *name)
{
	unsigned need = keep_bit(name) == PCOPY_KEEP_CONTEXT ? PCOPY_NEED_CONTEXT
			: keep_bit(name) == PCOPY_KEEP_XATTR ? PCOPY_NEED_XATTR
							     : 0;

	return c->options->preserve & need;
}

/* A user's attribute wants the right to write, by the mode and not by how the
 * file was opened: 0600 until all are set, of a directory 0700, as others may be on
 * their way through it to a name that they link to. */
static int set_in_spite(const struct pc_attr_at *to, const char *name, const char *value,
			size_t len, struct pc_attr_done *done)
{
	struct stat st;
	int r = set(to, name, value, len);

	if (r != -EACCES || to->path || fstat(to->fd, &st) < 0 ||
	    fchmod(to->fd, S_ISDIR(st.st_mode) ? 0700 : 0600) < 0)
		return r;
	if (!done->loosened)
		done->mode = st.st_mode & 07777;
	done->loosened = true;
	return set(to, name, value, len);
}

static int copy_one(const struct pc_attr_at *from, const struct pc_attr_at *to, const char *name,
		    char *value, struct pc_attr_done *done)
{
	ssize_t len = get(from, name, value, XATTR_BYTES);
	int r;

	if (len < 0)
		return errno == ENODATA ? 0 : -errno; /* removed since it was listed */
	r = set_in_spite(to, name, value, (size_t)len, done);
	done->access = done->access || (r == 0 && strcmp(name, ACL_ACCESS) == 0);
	done->inherited = done->inherited || (r == 0 && strcmp(name, ACL_DEFAULT) == 0);
	return r;
}

/* Copies those of `names` that are to be kept.  The first error; as an ordinary
 * user not those of attributes that only root may set, unless they are needed. */
static int copy_named(struct pc_copier *c, const struct pc_attr_at *from,
		      const struct pc_attr_at *to, const char *names, size_t len, char *value,
		      struct pc_attr_done *done)
{
	int result = 0;

	for (size_t pos = 0; pos < len; pos += strlen(names + pos) + 1) {
		const char *name = names + pos;
		int r = c->options->preserve & keep_bit(name) ? copy_one(from, to, name, value, done)
							      : 0;

		if (r == 0 || (r == -EPERM && c->env->uid != 0 && !is_needed(c, name)))
			continue;
		result = result < 0 ? result : r;
		done->needed = done->needed || is_needed(c, name);
	}
	return result;
}

/* Most entries have few names, if any: these are looked up once. */
static void look_up(struct pc_copier *c, const struct pc_attr_at *from)
{
	c->attr.fd = from->fd;
	c->attr.len = list(from, c->attr.names, sizeof(c->attr.names));
	if (c->attr.len < 0)
		c->attr.len = -errno;
}

bool pc_attr_has_list(struct pc_copier *c, int fd)
{
	const struct pc_attr_at from = {.fd = fd};

	if (!(c->options->preserve & PCOPY_KEEP_MODE))
		return false;
	look_up(c, &from);
	for (ssize_t pos = 0; pos < c->attr.len; pos += (ssize_t)strlen(c->attr.names + pos) + 1) {
		if (strcmp(c->attr.names + pos, ACL_ACCESS) == 0)
			return true;
	}
	/* it may be among so many, or nobody knows */
	return c->attr.len < 0 && c->attr.len != -EOPNOTSUPP;
}

bool pc_attr_has_any(struct pc_copier *c, int dirfd, const char *name)
{
	char path[PC_ATTR_PLACE_MAX];
	const struct pc_attr_at at = {.fd = -1, .path = path};

	pc_attr_place(path, dirfd, name);
	look_up(c, &at);
	if (c->attr.len < 0)
		return c->attr.len != -EOPNOTSUPP;
	return c->attr.len > 0 && ((size_t)c->attr.len != sizeof(CONTEXT) ||
				   strcmp(c->attr.names, CONTEXT) != 0);
}

static int copy_all(struct pc_copier *c, const struct pc_attr_at *from, const struct pc_attr_at *to,
		    struct pc_attr_done *done)
{
	char *names = c->attr.names;
	char *value;
	ssize_t len;
	int r;

	if (from->path || from->fd != c->attr.fd)
		look_up(c, from);
	c->attr.fd = -1;
	len = c->attr.len;
	if (len == 0 || (len < 0 && len != -ERANGE))
		return len == -EOPNOTSUPP ? 0 : (int)len;
	value = malloc(2 * XATTR_BYTES);
	if (!value)
		return -ENOMEM;
	if (len < 0) {
		names = value + XATTR_BYTES;
		len = list(from, names, XATTR_BYTES);
	}
	r = len < 0 ? -errno : copy_named(c, from, to, names, (size_t)len, value, done);
	free(value);
	return r;
}

int pc_attr_copy(struct pc_copier *c, const struct pc_attr_at *from, const struct pc_attr_at *to,
		 bool acl, bool directory, struct pc_attr_done *done)
{
	int r, d;

	*done = (struct pc_attr_done){0};
	r = copy_all(c, from, to, done);
	if (done->loosened && !(c->options->preserve & PCOPY_KEEP_MODE) &&
	    fchmod(to->fd, done->mode) < 0 && r == 0)
		r = -errno;
	/* What was handed down by the directory and is not the source's goes. */
	if (!acl || !(c->options->preserve & PCOPY_KEEP_MODE))
		return r;
	if (!done->access) {
		d = drop(to, ACL_ACCESS);
		r = r < 0 ? r : d;
	}
	if (directory && !done->inherited) {
		d = drop(to, ACL_DEFAULT);
		r = r < 0 ? r : d;
	}
	return r;
}
