/* SPDX-License-Identifier: MIT
 *
 * special.c - symbolic links, FIFOs, sockets and devices, made by their names and never opened. */
#include "copy/special.h"

#include "copy/meta.h"
#include "copy/target.h"
#include "sys/sys.h"

#include <errno.h>

/* What to make: a symbolic link's text, or a node's mode and device. */
struct making {
	enum pcopy_step step;
	const char *link;
	mode_t mode;
	dev_t device;
};

static int node_make(const struct pc_entry *e, const struct making *m)
{
	int dirfd = e->frame->dst_fd;

	return m->link ? pc_sys_symlinkat(m->link, dirfd, e->dst_name)
	               : pc_sys_mknodat(dirfd, e->dst_name, m->mode, m->device);
}

/* Sets the metadata of an entry that was made, counts and reports it. */
static void node_finish(struct pc_copier *c, struct pc_entry *e)
{
	const struct pc_meta meta = pc_copier_meta(c, &e->src);
	const struct pc_frame *f = e->frame;
	const struct pc_meta_task task = {
		.from = {f->src_fd, e->src_name},
		.to = {f->dst_fd, e->dst_name},
		.want = &meta,
		.have = {.mode = PC_MODE_UNKNOWN,
	                 .uid = c->env->uid,
	                 .gid = f->gid_own ? c->env->gid : (gid_t)-1,
	                 .acl = f->acl,
	                 .inherited = f->acl,
	                 .give = pc_meta_left_out(c, &meta)},
	};
	int r = pc_meta_apply(c, e, &task);

	if (r < 0)
		pc_entry_fail(c, e, r);
	else
		pc_entry_done(c, e);
}

static void node_copy(struct pc_copier *c, struct pc_entry *e, const struct making *m)
{
	int r = node_make(e, m);

	e->step = m->step;
	if (r == -EEXIST) {
		r = pc_target_clear(c, e);
		if (r == PC_VERDICT_FREE || r == PC_VERDICT_IN_PLACE)
			e->step = m->step;
		if (r == PC_VERDICT_FREE)
			r = pc_target_refused(c, e, node_make(e, m));
		else if (r == PC_VERDICT_IN_PLACE)
			r = -EEXIST;
	}
	if (r == 0) {
		node_finish(c, e);
	} else if (r == PC_VERDICT_DONE) {
		pc_entry_done(c, e);
	} else {
		pc_backup_restore(e);
		pc_entry_fail(c, e, r < 0 ? r : 0);
	}
}

void pc_special_symlink(struct pc_copier *c, struct pc_entry *e)
{
	struct making m = {.step = PCOPY_STEP_SYMLINK};
	int r;

	e->kind = PCOPY_SYMLINK;
	e->step = PCOPY_STEP_STAT;
	r = pc_sys_fstatat(e->frame->src_fd, e->src_name, &e->src, AT_SYMLINK_NOFOLLOW);
	if (r < 0) {
		pc_entry_fail(c, e, r);
		return;
	}
	if (!pc_target_takes(c, e))
		return;
	r = pc_copier_read_link(e->frame->src_fd, e->src_name, (size_t)e->src.st_size, &c->link);
	if (r < 0) {
		e->step = PCOPY_STEP_READLINK;
		pc_entry_fail(c, e, r);
		return;
	}
	m.link = c->link.data;
	node_copy(c, e, &m);
}

/* The mode to make a node with. Where it is not set afterwards it is the full mode of the
 * source, as in cp. */
static mode_t node_mode(const struct pc_copier *c, const struct pc_frame *f,
                        const struct pc_meta *want)
{
	if (c->walk.options->preserve & (PCOPY_KEEP_MODE | PCOPY_KEEP_OWNER))
		return pc_meta_create_mode(c, f, want, true) & 0777;
	return want->mode & 07777;
}

void pc_special_node(struct pc_copier *c, struct pc_entry *e)
{
	const struct stat *st = &e->src;
	struct pc_meta meta = pc_copier_meta(c, st);
	struct making m = {
		.step = S_ISFIFO(st->st_mode) ? PCOPY_STEP_MKFIFO : PCOPY_STEP_MKNOD,
		.mode = (st->st_mode & S_IFMT) | node_mode(c, e->frame, &meta),
		.device = st->st_rdev,
	};

	e->kind = PCOPY_SPECIAL;
	if (S_ISDIR(st->st_mode) || S_ISREG(st->st_mode) || S_ISLNK(st->st_mode)) {
		e->step = PCOPY_STEP_CHANGED;
		pc_entry_fail(c, e, 0);
		return;
	}
	if (pc_target_takes(c, e))
		node_copy(c, e, &m);
}
