/* meta.c - what is kept of an entry beyond its contents.
 *
 * Always in this order, and on a descriptor where there is one: owner,
 * attributes, mode, times.  A change of owner clears the set-id bits, so the
 * mode comes after it; all of them touch no times but those set last.  What is
 * right already costs no call. */
#include "copy/copier.h"

#include "base/cleanup.h"
#include "base/flags.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

/* What is kept in attributes that are no lists. */
#define KEEP_ATTRIBUTES (PCOPY_KEEP_XATTR | PCOPY_KEEP_CONTEXT)

static bool owner_differs(const struct pc_copier *c, const struct pc_meta *want)
{
	return want->uid != c->env->uid || want->gid != c->env->gid;
}

mode_t pc_meta_create_mode(const struct pc_copier *c, const struct pc_frame *f,
			   const struct pc_meta *want, bool list)
{
	unsigned keep = c->options->preserve;

	if ((keep & PCOPY_KEEP_OWNER) && (owner_differs(c, want) || !f->gid_own))
		return want->mode & 01700;
	if ((keep & (PCOPY_KEEP_MODE | PCOPY_KEEP_OWNER)) && (f->acl || list))
		return want->mode & 01700;
	return want->mode & 01777;
}

mode_t pc_meta_left_out(const struct pc_copier *c, const struct pc_meta *want)
{
	bool left_out = (c->options->preserve & (PCOPY_KEEP_OWNER | PCOPY_KEEP_MODE)) ==
			PCOPY_KEEP_OWNER;

	return left_out ? want->mode & 0077 & ~c->env->umask : 0;
}

/* Like cp: an ordinary user keeps what he may, the group at least, though not of
 * a symbolic link.  `name` in `dirfd` is not followed; "": what is open there. */
static int apply_owner(struct pc_copier *c, int dirfd, const char *name, const struct pc_meta *want,
		       bool *kept)
{
	int flags = AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH);

	*kept = true;
	if (fchownat(dirfd, name, want->uid, want->gid, flags) == 0)
		return 0;
	if ((errno != EPERM && errno != EINVAL) || c->env->uid == 0)
		return -errno;
	*kept = false;
	if (S_ISLNK(want->mode))
		return 0;
	if (fchownat(dirfd, name, (uid_t)-1, want->gid, flags) < 0 && errno != EPERM &&
	    errno != EINVAL)
		return -errno;
	return 0;
}

/* Whether attributes were lost because something broke, and not for what the target
 * holds or the user may do. */
static bool attributes_broke(int r)
{
	return r == -EIO || r == -ENOMEM;
}

/* What cannot be kept is told with the entry.  Says in `now` whether the mode is
 * another after it. */
static void apply_attributes(struct pc_copier *c, int src_fd, int dst_fd,
			     const struct pc_meta *want, bool acl, mode_t *now)
{
	struct pc_attr_at from = {.fd = src_fd}, to = {.fd = dst_fd};
	struct pc_attr_done done;
	int r = pc_attr_copy(c, &from, &to, acl, S_ISDIR(want->mode), &done);

	if (done.access || done.loosened)
		*now = PC_MODE_UNKNOWN;
	if (r < 0)
		pc_copier_warn(c, PCOPY_STEP_XATTR, r, done.needed || attributes_broke(r));
}

/* The mode that a target without one of its own gets. */
static int apply_left_out(int fd, const struct pc_target_state *have)
{
	struct stat st;
	mode_t mode;

	if ((have->give | have->take) == 0)
		return 0;
	if (fstat(fd, &st) < 0)
		return -errno;
	mode = ((st.st_mode & 07777) | have->give) & ~have->take;
	return mode != (st.st_mode & 07777) && fchmod(fd, mode) < 0 ? -errno : 0;
}

/* The mode of any new file, in spite of a list that was handed down. */
static int apply_default_mode(const struct pc_copier *c, int fd)
{
	int r = pc_attr_drop_list(fd);

	return r == 0 && fchmod(fd, 0666 & ~c->env->umask) < 0 ? -errno : r;
}

static int apply_mode(const struct pc_copier *c, int fd, mode_t mode, mode_t now,
		      const struct pc_target_state *have)
{
	if ((c->options->preserve & PCOPY_DEFAULT_MODE) && have->mode == PC_MODE_UNKNOWN)
		return apply_default_mode(c, fd);
	if (!(c->options->preserve & PCOPY_KEEP_MODE))
		return apply_left_out(fd, have);
	return mode != now && fchmod(fd, mode) < 0 ? -errno : 0;
}

/* Before an entry that was there changes hands: the new owner and group get nothing
 * that they are not to have in the end, as in GNU cp. */
static int tighten(struct pc_copier *c, int src_fd, int fd, mode_t mode, mode_t *now)
{
	int r;

	if (!(c->options->preserve & PCOPY_KEEP_MODE) || *now == PC_MODE_UNKNOWN ||
	    (*now & 07077) == 0)
		return 0;
	if (pc_attr_has_list(c, src_fd)) /* then these bits do not say what the group may */
		mode &= ~(mode_t)0070;
	if ((*now & (~mode | 07000)) == 0)
		return 0;
	r = pc_attr_drop_list(fd);
	if (r < 0)
		return r;
	*now &= mode & 0700;
	return fchmod(fd, *now) < 0 ? -errno : 0;
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
		*step = PCOPY_STEP_MODE;
		r = tighten(c, src_fd, dst_fd, mode, &now);
		if (r < 0)
			return r;
		*step = PCOPY_STEP_OWNER;
		r = apply_owner(c, dst_fd, "", want, &owner_kept);
		if (r < 0)
			return r;
	}
	if (now & 06000) /* a change of owner may have cleared them, and so may a write */
		now = PC_MODE_UNKNOWN;
	if (keep & (KEEP_ATTRIBUTES | PCOPY_KEEP_MODE))
		apply_attributes(c, src_fd, dst_fd, want, have->acl, &now);
	if (!owner_kept) /* never another's set-id bits; sticky guards what is in a directory */
		mode &= S_ISDIR(want->mode) ? 01777 : 0777;
	*step = PCOPY_STEP_MODE;
	r = apply_mode(c, dst_fd, mode, now, have);
	if (r < 0)
		return r;
	*step = PCOPY_STEP_TIMES;
	if ((keep & PCOPY_KEEP_TIMES) &&
	    futimens(dst_fd, (struct timespec[2]){want->atime, want->mtime}) < 0)
		return -errno;
	return 0;
}

/* ---- By name ---- */

/* chmod of what is no symbolic link and does not become one.  Not fchmodat() of
 * the C library: before Linux 6.6 that goes by /proc/self, see attr.c. */
int pc_meta_change_mode_at(int dirfd, const char *name, mode_t mode)
{
	char path[PC_ATTR_PLACE_MAX];
	_cleanup_close_ int fd = -1;

	if (syscall(SYS_fchmodat2, dirfd, name, mode, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (errno != ENOSYS && errno != EPERM) /* a filter may say either */
		return -errno;
	fd = pc_openat(dirfd, name, O_PATH | O_NOFOLLOW, 0);
	if (fd < 0)
		return fd;
	pc_attr_place(path, fd, NULL);
	return chmod(path, mode) < 0 ? -errno : 0;
}

static int give_left_out_at(int dirfd, const char *name, mode_t give)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return pc_meta_change_mode_at(dirfd, name, (st.st_mode & 07777) | give);
}

static int apply_mode_at(struct pc_copier *c, int dirfd, const char *name,
			 const struct pc_meta *want, bool owner_kept)
{
	if (c->options->preserve & PCOPY_KEEP_MODE)
		return pc_meta_change_mode_at(dirfd, name, want->mode & (owner_kept ? 07777 : 0777));
	if (pc_meta_left_out(c, want))
		return give_left_out_at(dirfd, name, pc_meta_left_out(c, want));
	return 0;
}

static void apply_attributes_at(struct pc_copier *c, const struct pc_frame *f,
				const char *src_name, const char *dst_name,
				const struct pc_meta *want)
{
	char src[PC_ATTR_PLACE_MAX], dst[PC_ATTR_PLACE_MAX];
	struct pc_attr_at from = {.fd = -1, .path = src}, to = {.fd = -1, .path = dst};
	struct pc_attr_done done;
	int r;

	pc_attr_place(src, f->src_fd, src_name);
	pc_attr_place(dst, f->dst_fd, dst_name);
	r = pc_attr_copy(c, &from, &to, f->acl && !S_ISLNK(want->mode), false, &done);
	if (r < 0)
		pc_copier_warn(c, PCOPY_STEP_XATTR, r, done.needed || attributes_broke(r));
}

int pc_meta_apply_at(struct pc_copier *c, const struct pc_frame *f, const char *src_name,
		     const char *dst_name, const struct pc_meta *want, enum pcopy_step *step)
{
	unsigned keep = c->options->preserve;
	bool link = S_ISLNK(want->mode);
	bool owner_kept = true;
	int r;

	if ((keep & PCOPY_KEEP_OWNER) && (owner_differs(c, want) || !f->gid_own)) {
		*step = PCOPY_STEP_OWNER;
		r = apply_owner(c, f->dst_fd, dst_name, want, &owner_kept);
		if (r < 0)
			return r;
	}
	/* a symbolic link has no list */
	if ((keep & KEEP_ATTRIBUTES) || (!link && (keep & PCOPY_KEEP_MODE)))
		apply_attributes_at(c, f, src_name, dst_name, want);
	*step = PCOPY_STEP_MODE;
	r = link ? 0 : apply_mode_at(c, f->dst_fd, dst_name, want, owner_kept);
	if (r < 0)
		return r;
	*step = PCOPY_STEP_TIMES;
	if ((keep & PCOPY_KEEP_TIMES) &&
	    utimensat(f->dst_fd, dst_name, (struct timespec[2]){want->atime, want->mtime},
		      AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}

/* ---- Flags of chattr(1) ---- */

#define SEALING_FLAGS (FS_IMMUTABLE_FL | FS_APPEND_FL)

static int seal(int src_fd, int dst_fd)
{
	int want = 0, have = 0, flags;

	if (ioctl(src_fd, FS_IOC_GETFLAGS, &want) < 0)
		return 0; /* its file system has none */
	if (ioctl(dst_fd, FS_IOC_GETFLAGS, &have) < 0)
		return want & PC_KEPT_FLAGS ? -errno : 0;
	flags = (have & ~PC_KEPT_FLAGS) | (want & PC_KEPT_FLAGS);
	return flags != have && ioctl(dst_fd, FS_IOC_SETFLAGS, &flags) < 0 ? -errno : 0;
}

void pc_meta_seal(struct pc_copier *c, int src_fd, int dst_fd)
{
	int r = c->options->preserve & PCOPY_KEEP_FLAGS ? seal(src_fd, dst_fd) : 0;

	if (r < 0)
		pc_copier_warn(c, PCOPY_STEP_FLAGS, r, false);
}

int pc_meta_unseal(int fd)
{
	int flags = 0, open;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0 || (flags & SEALING_FLAGS) == 0)
		return 0;
	open = flags & ~SEALING_FLAGS;
	return ioctl(fd, FS_IOC_SETFLAGS, &open) < 0 ? 0 : flags;
}

void pc_meta_reseal(int fd, int flags)
{
	if (flags)
		(void)ioctl(fd, FS_IOC_SETFLAGS, &flags); /* it took them before */
}
