/* SPDX-License-Identifier: MIT
 *
 * meta.c - the metadata of an entry: owner, attributes, mode, times, inode flags.
 *
 * A table of facets, always applied in this order: owner, attributes, mode, times. A change of
 * owner clears the set-id bits, so the mode comes after it. Times come last, so that no other
 * facet can touch them. A facet that is right already costs no call.
 *
 * A refused facet never costs the data: the entry stays, the refusal becomes its warning, and the
 * target never grants more than the source. */
#include "copy/meta.h"

#include "base/flags.h"
#include "copy/attr.h"
#include "job/errors.h"

#include <errno.h>
#include <linux/fs.h>

/* Attributes other than ACLs. */
#define KEEP_ATTRIBUTES (PCOPY_KEEP_XATTR | PCOPY_KEEP_CONTEXT)

static bool owner_differs(const struct pc_copier *c, const struct pc_meta *want)
{
	return want->uid != c->env->uid || want->gid != c->env->gid;
}

mode_t pc_meta_create_mode(const struct pc_copier *c, const struct pc_frame *f,
                           const struct pc_meta *want, bool list)
{
	unsigned keep = c->walk.options->preserve;

	if ((keep & PCOPY_KEEP_OWNER) && (owner_differs(c, want) || !f->gid_own))
		return want->mode & 01700;
	if ((keep & (PCOPY_KEEP_MODE | PCOPY_KEEP_OWNER)) && (f->acl || list))
		return want->mode & 01700;
	return want->mode & 01777;
}

mode_t pc_meta_meanwhile(const struct pc_copier *c, mode_t mode, bool directory)
{
	unsigned keep = c->walk.options->preserve;

	if (!(c->walk.options->rules & PCOPY_RULE_CLOSED_MEANWHILE))
		return mode;
	if (keep & PCOPY_KEEP_OWNER)
		return mode & ~(mode_t)0077;
	return directory && (keep & PCOPY_KEEP_MODE) ? mode & ~(mode_t)0022 : mode;
}

mode_t pc_meta_left_out(const struct pc_copier *c, const struct pc_meta *want)
{
	bool left_out = (c->walk.options->preserve & (PCOPY_KEEP_OWNER | PCOPY_KEEP_MODE)) ==
	                PCOPY_KEEP_OWNER;

	return left_out ? want->mode & 0077 & ~c->env->umask : 0;
}

/* ---- Facets ---- */

/* An entry whose metadata are being applied. */
struct meta_update {
	struct pc_copier *c;
	struct pc_entry *e;
	const struct pc_meta_task *task;
	mode_t mode;     /* mode to set */
	mode_t now;      /* current mode, or PC_MODE_UNKNOWN */
	bool owner_kept; /* owner and group were set */
};

static int target_stat(const struct pc_sys_file *to, struct stat *ret)
{
	return to->name ? pc_sys_fstatat(to->fd, to->name, ret, AT_SYMLINK_NOFOLLOW)
	                : pc_sys_fstat(to->fd, ret);
}

static int target_chmod(const struct pc_sys_file *to, mode_t mode)
{
	return to->name ? pc_sys_fchmodat(to->fd, to->name, mode) : pc_sys_fchmod(to->fd, mode);
}

/* Failing to remove an ACL is reported as an attribute error, whatever step needed it. */
static int list_drop(const struct meta_update *d)
{
	enum pcopy_step step = d->e->step;
	int r;

	d->e->step = PCOPY_STEP_XATTR;
	r = pc_attr_drop_list(&d->task->to);
	if (r == 0)
		d->e->step = step;
	return r;
}

/* Restricts an existing entry before its owner changes: the new owner and group get no
 * permission that they are not to have in the end, as in GNU cp. */
static int owner_tighten(struct meta_update *d)
{
	mode_t mode = d->mode;
	int r;

	if (!(d->c->walk.options->preserve & PCOPY_KEEP_MODE) || d->now == PC_MODE_UNKNOWN ||
	    (d->now & 07077) == 0)
		return 0;
	if (pc_attr_has_list(d->c, d->e, d->task->from.fd))
		mode &= ~(mode_t)0070; /* with an ACL these bits are the mask, not the group's
		                        * permissions */
	if ((d->now & (~mode | 07000)) == 0)
		return 0;
	r = list_drop(d);
	if (r == 0)
		r = target_chmod(&d->task->to, d->now & mode & 0700);
	if (r == 0)
		d->now &= mode & 0700;
	return r;
}

/* As in cp, an ordinary user keeps what he may: at least the group, though not of a symbolic
 * link. */
static int owner_apply(struct meta_update *d)
{
	const struct pc_meta *want = d->task->want;
	const struct pc_sys_file *to = &d->task->to;
	const char *name = to->name ? to->name : "";
	int r;

	if (want->uid == d->task->have.uid && want->gid == d->task->have.gid)
		return 0;
	d->owner_kept = false;
	d->e->step = PCOPY_STEP_MODE;
	r = owner_tighten(d);
	if (r < 0)
		return r; /* the owner stays, too: the new one would get too many permissions */
	d->e->step = PCOPY_STEP_OWNER;
	r = pc_sys_fchownat(to->fd, name, want->uid, want->gid);
	d->owner_kept = r == 0;
	if ((r != -EPERM && r != -EINVAL) || d->c->env->uid == 0)
		return r;
	if (S_ISLNK(want->mode))
		return 0;
	r = pc_sys_fchownat(to->fd, name, (uid_t)-1, want->gid);
	return r == -EPERM || r == -EINVAL ? 0 : r;
}

/* A lost attribute is a warning, unless it was required or is an ACL. */
static int attributes_apply(struct meta_update *d)
{
	const struct pc_attr_pair pair = {
		.from = d->task->from,
		.to = d->task->to,
		.acl = d->task->have.acl && !S_ISLNK(d->task->want->mode),
		.directory = S_ISDIR(d->task->want->mode),
	};
	enum pcopy_step step = PCOPY_STEP_XATTR;
	struct pc_attr_done done;
	int r;

	if (S_ISLNK(d->task->want->mode) && !(d->c->walk.options->preserve & KEEP_ATTRIBUTES))
		return 0; /* a symbolic link has no ACL */
	r = pc_attr_copy(d->c, d->e, &pair, &done);
	if (done.access || done.mode_widened)
		d->now = PC_MODE_UNKNOWN;
	if (done.list_lost) /* the group gets no more than the ACL gave it */
		d->mode = (d->mode & ~(mode_t)0070) | (d->mode & done.group);
	if (r == 0)
		return 0;
	if (done.read_failed)
		step = PCOPY_STEP_READ_XATTR;
	else if (done.list_lost) /* an ACL is part of the mode: cp fails, too */
		step = PCOPY_STEP_ACL;
	pc_entry_warn(d->e, step, r,
	              done.needed || step == PCOPY_STEP_ACL ||
	                      pc_error_class(PCOPY_STEP_XATTR, r) != PC_ERROR_WARNING);
	return 0;
}

/* Adjusts the mode of a target when the source's mode is not preserved. */
static int mode_apply_left_out(const struct meta_update *d)
{
	const struct pc_target_state *have = &d->task->have;
	struct stat st;
	mode_t mode;
	int r;

	if ((have->give | have->take) == 0)
		return 0;
	r = target_stat(&d->task->to, &st);
	if (r < 0)
		return r;
	mode = ((st.st_mode & 07777) | have->give) & ~have->take;
	return mode != (st.st_mode & 07777) ? target_chmod(&d->task->to, mode) : 0;
}

/* Gives a new entry the default mode and removes an inherited ACL. A default ACL that a directory
 * inherited stays. */
static int mode_apply_default(const struct meta_update *d)
{
	int r = list_drop(d);

	return r < 0 ? r : target_chmod(&d->task->to, d->mode & ~d->c->env->umask);
}

static int mode_apply(struct meta_update *d)
{
	unsigned keep = d->c->walk.options->preserve;
	mode_t mode = d->mode;

	if (S_ISLNK(d->task->want->mode))
		return 0;
	if ((keep & PCOPY_DEFAULT_MODE) && d->task->have.inherited)
		return mode_apply_default(d);
	if (!(keep & PCOPY_KEEP_MODE))
		return mode_apply_left_out(d);
	if (!d->owner_kept) /* no set-id bits for another owner; sticky protects directories */
		mode &= S_ISDIR(d->task->want->mode) ? 01777 : 0777;
	/* a change of owner or a write may have cleared the set-id bits */
	return mode != d->now || (mode & 06000) ? target_chmod(&d->task->to, mode) : 0;
}

static int times_apply(struct meta_update *d)
{
	const struct timespec times[2] = {d->task->want->atime, d->task->want->mtime};
	const struct pc_sys_file *to = &d->task->to;

	return to->name ? pc_sys_utimensat(to->fd, to->name, times)
	                : pc_sys_futimens(to->fd, times);
}

static const struct facet {
	unsigned keep; /* applied where any of these is to be kept; 0: always */
	enum pcopy_step step;
	int (*apply)(struct meta_update *d); /* 0 or negative errno */
} facets[] = {
	{PCOPY_KEEP_OWNER, PCOPY_STEP_OWNER, owner_apply},
	{KEEP_ATTRIBUTES | PCOPY_KEEP_MODE, PCOPY_STEP_XATTR, attributes_apply},
	{0, PCOPY_STEP_MODE, mode_apply},
	{PCOPY_KEEP_TIMES, PCOPY_STEP_TIMES, times_apply},
};

int pc_meta_apply(struct pc_copier *c, struct pc_entry *e, const struct pc_meta_task *task)
{
	struct meta_update d = {
		.c = c,
		.e = e,
		.task = task,
		.mode = task->want->mode & 07777,
		.now = task->have.mode,
		.owner_kept = true,
	};

	for (size_t i = 0; i < sizeof(facets) / sizeof(facets[0]); i++) {
		const struct facet *facet = &facets[i];
		int r;

		if (facet->keep && !(c->walk.options->preserve & facet->keep))
			continue;
		e->step = facet->step;
		r = facet->apply(&d);
		/* more than a refusal: the data may be lost, too */
		if (r < 0 && pc_error_class(e->step, r) != PC_ERROR_WARNING)
			return r;
		if (r < 0)
			pc_entry_warn(e, e->step, r, true);
	}
	return 0;
}

/* ---- Inode flags, see chattr(1) ---- */

#define LINK_FORBIDDING_FLAGS (FS_IMMUTABLE_FL | FS_APPEND_FL)

static int flags_copy(int src_fd, int dst_fd)
{
	int want, have, flags, r;

	if (pc_sys_get_flags(src_fd, &want) < 0)
		return 0; /* the source's file system has no flags */
	r = pc_sys_get_flags(dst_fd, &have);
	if (r < 0)
		return want & PC_KEPT_FLAGS ? r : 0;
	flags = (have & ~PC_KEPT_FLAGS) | (want & PC_KEPT_FLAGS);
	return flags != have ? pc_sys_set_flags(dst_fd, flags) : 0;
}

void pc_meta_set_flags(struct pc_copier *c, struct pc_entry *e, int src_fd, int dst_fd)
{
	int r = c->walk.options->preserve & PCOPY_KEEP_FLAGS ? flags_copy(src_fd, dst_fd) : 0;

	if (r < 0)
		pc_entry_warn(e, PCOPY_STEP_FLAGS, r, false);
}

int pc_meta_clear_flags(int fd)
{
	int flags;

	if (pc_sys_get_flags(fd, &flags) < 0 || (flags & LINK_FORBIDDING_FLAGS) == 0)
		return 0;
	return pc_sys_set_flags(fd, flags & ~LINK_FORBIDDING_FLAGS) < 0 ? 0 : flags;
}

void pc_meta_restore_flags(int fd, int flags)
{
	if (flags)
		(void)pc_sys_set_flags(fd, flags); /* the file system accepted these flags before */
}
