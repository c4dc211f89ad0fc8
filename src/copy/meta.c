/* meta.c - what is kept of an entry beyond its contents.
 *
 * Always in this order, and on a descriptor where there is one: owner,
 * attributes, mode, times.  A change of owner clears the set-id bits, so the
 * mode comes after it; all of them touch no times but those set last.  What is
 * right already costs no call. */
#include "copy/copier.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

/* XATTR_LIST_MAX and XATTR_SIZE_MAX of the kernel */
#define XATTR_BYTES 65536U

static bool owner_differs(const struct pc_copier *c, const struct pc_meta *want)
{
	return want->uid != c->env->uid || want->gid != c->env->gid;
}

mode_t pc_meta_create_mode(const struct pc_copier *c, const struct pc_meta *want)
{
	if ((c->options->preserve & PCOPY_KEEP_OWNER) && owner_differs(c, want))
		return want->mode & 0700;
	return want->mode & 01777;
}

/* Like cp: an ordinary user keeps what he may, the group at least. */
static int apply_owner(struct pc_copier *c, int fd, const struct pc_meta *want, bool *kept)
{
	*kept = true;
	if (fchown(fd, want->uid, want->gid) == 0)
		return 0;
	if ((errno != EPERM && errno != EINVAL) || c->env->uid == 0)
		return -errno;
	*kept = false;
	if (fchown(fd, (uid_t)-1, want->gid) < 0 && errno != EPERM && errno != EINVAL)
		return -errno;
	return 0;
}

static int copy_attribute(int src_fd, int dst_fd, const char *name, char *value)
{
	ssize_t len = fgetxattr(src_fd, name, value, XATTR_BYTES);

	if (len < 0)
		return errno == ENODATA ? 0 : -errno; /* removed since it was listed */
	return fsetxattr(dst_fd, name, value, (size_t)len, 0) < 0 ? -errno : 0;
}

/* Access control lists are attributes here: system.posix_acl_access, _default. */
static int apply_attributes(struct pc_copier *c, int src_fd, int dst_fd)
{
	char few[256];
	char *names = few;
	char *value = NULL;
	int result = 0;
	ssize_t len = flistxattr(src_fd, few, sizeof(few));

	if (len == 0 || (len < 0 && errno != ERANGE))
		return len < 0 && errno != EOPNOTSUPP ? -errno : 0;
	value = malloc(2 * XATTR_BYTES);
	if (!value)
		return -ENOMEM;
	if (len < 0) {
		names = value + XATTR_BYTES;
		len = flistxattr(src_fd, names, XATTR_BYTES);
	}
	for (ssize_t pos = 0; pos < len; pos += (ssize_t)strlen(names + pos) + 1) {
		int r = copy_attribute(src_fd, dst_fd, names + pos, value);

		if (r < 0 && result == 0 && (r != -EPERM || c->env->uid == 0))
			result = r;
	}
	free(value);
	return len < 0 ? -EIO : result;
}

int pc_meta_apply(struct pc_copier *c, int src_fd, int dst_fd, const struct pc_meta *want,
		  const struct pc_target_state *have, enum pcopy_step *step)
{
	unsigned keep = c->options->preserve;
	mode_t mode = want->mode & 07777;
	mode_t now = have->mode;
	bool owner_kept = true;
	int r;

	if ((keep & PCOPY_KEEP_OWNER) && (want->uid != have->uid || want->gid != have->gid)) {
		*step = PCOPY_STEP_OWNER;
		r = apply_owner(c, dst_fd, want, &owner_kept);
		if (r < 0)
			return r;
		now &= 0777; /* the kernel cleared the others */
	}
	if (keep & PCOPY_KEEP_XATTR) {
		*step = PCOPY_STEP_XATTR;
		r = apply_attributes(c, src_fd, dst_fd);
		if (r < 0)
			pc_copier_warn(c, *step, r);
	}
	if (!owner_kept)
		mode &= 0777; /* never another's set-id bits */
	if ((keep & PCOPY_KEEP_MODE) && mode != now) {
		*step = PCOPY_STEP_MODE;
		if (fchmod(dst_fd, mode) < 0)
			return -errno;
	}
	*step = PCOPY_STEP_TIMES;
	if ((keep & PCOPY_KEEP_TIMES) &&
	    futimens(dst_fd, (struct timespec[2]){want->atime, want->mtime}) < 0)
		return -errno;
	return 0;
}

int pc_meta_apply_at(struct pc_copier *c, int dirfd, const char *name, const struct pc_meta *want,
		     enum pcopy_step *step)
{
	unsigned keep = c->options->preserve;

	*step = PCOPY_STEP_OWNER;
	if ((keep & PCOPY_KEEP_OWNER) && owner_differs(c, want) &&
	    fchownat(dirfd, name, want->uid, want->gid, AT_SYMLINK_NOFOLLOW) < 0 &&
	    ((errno != EPERM && errno != EINVAL) || c->env->uid == 0))
		return -errno;
	*step = PCOPY_STEP_MODE;
	if ((keep & PCOPY_KEEP_MODE) && !S_ISLNK(want->mode) &&
	    fchmodat(dirfd, name, want->mode & 07777, 0) < 0)
		return -errno;
	*step = PCOPY_STEP_TIMES;
	if ((keep & PCOPY_KEEP_TIMES) &&
	    utimensat(dirfd, name, (struct timespec[2]){want->atime, want->mtime},
		      AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}
