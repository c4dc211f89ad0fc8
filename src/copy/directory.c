/* SPDX-License-Identifier: MIT
 *
 * directory.c - making directories, and finishing them after their children.
 *
 * While its children are copied a directory is u+rwx and open to nobody that
 * the source keeps out. */
#include "copy/directory.h"

#include "base/cleanup.h"
#include "base/times.h"
#include "copy/attr.h"
#include "copy/folds.h"
#include "copy/meta.h"
#include "copy/nested.h"
#include "copy/target.h"
#include "sys/sys.h"

#include <errno.h>

/* Where a list is inherited the umask does not count, so cp leaves these out and
 * adds those that the umask allows. */
#define OTHERS_WRITE 022U

/* ---- Opening ---- */

/* Whether the directory on the way down is not copied itself, but something below it. */
static bool leads_only(struct pc_copier *c)
{
	return c->env->only && pc_walk_name(&c->walk, &c->name, NULL) &&
	       !pc_marks_cover(c->env->only, c->walk.root, c->name.data);
}

int pc_directory_open_source(struct pc_copier *c, struct pc_entry *e, struct pc_frame *f)
{
	int flags = O_RDONLY | O_DIRECTORY | (pc_entry_follows(c, e) ? 0 : O_NOFOLLOW);
	int r;

	e->step = PCOPY_STEP_OPEN_DIRECTORY;
	f->src_fd = pc_sys_openat(e->frame->src_fd, e->src_name, flags, 0);
	if (f->src_fd < 0)
		return f->src_fd;
	e->step = PCOPY_STEP_STAT;
	r = pc_sys_fstat(f->src_fd, &e->src);
	if (r < 0)
		return r;
	f->meta = pc_copier_meta(c, &e->src);
	f->meta.counted = leads_only(c);
	f->src_fs = pc_walk_fs(&c->walk, e->frame->src_fs, e->src.st_dev, f->src_fd);
	return 0;
}

/* Whether it may be copied: 0, or 1 where that would have no end. */
static int source_refuse(struct pc_copier *c, struct pc_entry *e, const struct pc_frame *f)
{
	e->step = PCOPY_STEP_INTO_ITSELF;
	if (c->target_root == c->walk.root + 1U && c->target_dev == e->src.st_dev &&
	    c->target_ino == e->src.st_ino)
		return 1;
	if (pc_nested_is_target(c, e, f->src_fd))
		return 1;
	e->step = PCOPY_STEP_CYCLE;
	return pc_walk_is_cycle(&c->walk, e->frame, &e->src) ? 1 : 0;
}

/* An umask that takes the owner's own bits would lock us out of what we make. */
static int directory_make(struct pc_copier *c, int dirfd, const char *name, mode_t mode)
{
	int r = pc_sys_mkdirat(dirfd, name, mode);

	if (r < 0 || (c->env->umask & 0700) == 0)
		return r;
	return pc_sys_fchmodat(dirfd, name, mode & ~(c->env->umask & 077));
}

static enum pc_made how_made(const struct pc_copier *c, const struct pc_frame *up, mode_t source)
{
	if (up->acl)
		return PC_MADE_INHERITING;
	return (source & 0700 & ~c->env->umask) == 0700 ? PC_MADE : PC_MADE_LOOSE;
}

/* Whether an interrupted run left it with the bits for its owner that it was to lose
 * in the end. */
static bool is_left_loose(const struct pc_copier *c, const struct pc_frame *f,
                          const struct stat *st)
{
	return c->walk.options->resume && how_made(c, f->up, f->meta.mode) == PC_MADE_LOOSE &&
	       (st->st_mode & 0777) == ((f->meta.mode & 0777 & ~c->env->umask) | 0700);
}

/* Looks at what has the directory's name already.  0; 1 when it is refused for what it is;
 * or negative errno. */
static int directory_look(struct pc_copier *c, struct pc_entry *e, struct pc_frame *f)
{
	int flags = c->walk.options->keep_directory_symlink ? 0 : AT_SYMLINK_NOFOLLOW;
	struct pc_frame *up = e->frame;
	struct stat st;
	int r;

	e->step = PCOPY_STEP_STAT_TARGET;
	r = pc_sys_fstatat(up->dst_fd, e->dst_name, &st, flags);
	if (r < 0)
		return r;
	e->step = PCOPY_STEP_DIR_OVER_FILE;
	if (!S_ISDIR(st.st_mode))
		return 1;
	e->step = PCOPY_STEP_SAME_FILE;
	if (st.st_dev == f->meta.dev && st.st_ino == f->meta.ino)
		return 1;
	e->step = PCOPY_STEP_FOLDED;
	r = pc_fold_refuses(c, e, &st);
	if (r != 0)
		return r;
	if (pc_target_is_ours(c, up->dst_fd, e->dst_name) || is_left_loose(c, f, &st))
		f->meta.made = how_made(c, up, f->meta.mode);
	if (c->walk.options->update == PCOPY_UPDATE_DIFFER && !f->meta.made)
		f->meta.differs = pc_target_directory_differs(c, e, &st, f->src_fd);
	f->dst_fs = up->dst_fs && up->dst_fs->dev == st.st_dev ? up->dst_fs : NULL;
	return 0;
}

/* Opens it for reading, as that is what a directory is synced by and its lists are asked
 * of; one that may only be written to and searched without. */
static int directory_open_target(struct pc_copier *c, struct pc_entry *e, struct pc_frame *f)
{
	int flags = O_DIRECTORY | (c->walk.options->keep_directory_symlink ? 0 : O_NOFOLLOW);
	struct stat st;
	int r;

	e->step = PCOPY_STEP_OPEN_TARGET;
	f->dst_fd = pc_sys_openat(e->frame->dst_fd, e->dst_name, flags | O_RDONLY, 0);
	if (f->dst_fd == -EACCES)
		f->dst_fd = pc_sys_openat(e->frame->dst_fd, e->dst_name, flags | O_PATH, 0);
	if (f->dst_fd < 0)
		return f->dst_fd;
	if (f->dst_fs)
		return 0;
	r = pc_sys_fstat(f->dst_fd, &st);
	if (r < 0)
		return r;
	f->dst_fs = pc_walk_fs(&c->walk, NULL, st.st_dev, f->dst_fd);
	return 0;
}

static int directory_make_new(struct pc_copier *c, struct pc_entry *e, struct pc_frame *f)
{
	struct pc_frame *up = e->frame;
	bool list = pc_attr_has_list(c, e, f->src_fd);
	mode_t mode = (pc_meta_create_mode(c, up, &f->meta, list) & 01777) | 0700;
	int r;

	mode = pc_meta_meanwhile(c, mode, true);
	e->step = PCOPY_STEP_MKDIR;
	r = directory_make(c, up->dst_fd, e->dst_name, up->acl ? mode & ~OTHERS_WRITE : mode);
	if (r < 0)
		return r;
	f->meta.made = how_made(c, up, f->meta.mode);
	f->dst_fs = up->dst_fs; /* nothing can be mounted there yet */
	return 0;
}

/* Whether most directories are there already.  To try and make one locks the one above, against
 * all who look names up in it, too. */
static bool is_there_likely(const struct pc_copier *c, const struct pc_frame *up)
{
	return c->walk.options->update == PCOPY_UPDATE_DIFFER && !up->meta.made;
}

/* 0; 1 when the entry is refused for what is there; or negative errno. */
static int directory_make_target(struct pc_copier *c, struct pc_entry *e, struct pc_frame *f)
{
	int r = is_there_likely(c, e->frame) ? directory_look(c, e, f) : -ENOENT;

	if (r == -ENOENT) {
		r = directory_make_new(c, e, f);
		if (r == -EEXIST)
			r = directory_look(c, e, f);
	}
	return r == 0 ? directory_open_target(c, e, f) : r;
}

/* Where a default ACL decides over modes, or the directory over groups, what is
 * created is not what was asked for. */
static void look_at_inheritance(struct pc_copier *c, struct pc_frame *f)
{
	struct stat st;

	f->acl = pc_attr_inherits(f->dst_fd);
	/* With or without set-group-ID, a new file gets one of these two groups. */
	if (c->walk.options->preserve & PCOPY_KEEP_OWNER)
		f->gid_own = pc_sys_fstat(f->dst_fd, &st) == 0 && st.st_gid == c->env->gid;
}

void pc_directory_look(struct pc_copier *c, struct pc_frame *f)
{
	f->acl = pc_attr_inherits(f->dst_fd);
	f->gid_own = f->dst_gid == c->env->gid;
	pc_copier_announce(c, f, f->dst_fs, NULL);
}

/* A directory that has its mode by now, and gets something after all. */
static void open_up(const struct pc_copier *c, struct pc_frame *f)
{
	struct stat st;

	if ((!c->env->only && !c->walk.options->names) || f->meta.made || c->env->uid == 0 ||
	    pc_sys_fstat(f->dst_fd, &st) < 0 || (st.st_mode & 0700) == 0700 ||
	    st.st_uid != c->env->uid || pc_sys_fchmod(f->dst_fd, (st.st_mode & 07777) | 0700) < 0)
		return; /* what is made in it fails, or does not */
	if (c->walk.options->preserve & PCOPY_KEEP_MODE)
		return;
	f->meta.made = PC_MADE_OPENED;
	f->meta.mode = st.st_mode;
}

static void remember_target(struct pc_copier *c, const struct pc_frame *f)
{
	struct stat st;

	if (!f->up->top || pc_sys_fstat(f->dst_fd, &st) < 0)
		return;
	c->target_root = c->walk.root + 1U;
	c->target_dev = st.st_dev;
	c->target_ino = st.st_ino;
}

/* ---- Finishing ---- */

/* Without KEEP_MODE a new directory has what umask or list left of the source's
 * mode; the bits that we added for ourselves are taken away again, and those that
 * were left out are given. */
static void finish_mode(const struct pc_copier *c, const struct pc_meta *meta,
                        struct pc_target_state *have)
{
	bool inheriting = meta->made == PC_MADE_INHERITING;

	if (!meta->made || (c->walk.options->preserve & PCOPY_KEEP_MODE))
		return;
	if (meta->made == PC_MADE_OPENED) {
		have->take = 0700 & ~meta->mode;
		return;
	}
	have->take = 0700 & ~(inheriting ? meta->mode : meta->mode & ~c->env->umask);
	have->give = pc_meta_left_out(c, meta);
	if (inheriting)
		have->give |= meta->mode & OTHERS_WRITE & ~c->env->umask;
}

/* A file is on the disk when its name is, too.  Some file systems cannot sync directories,
 * and one that may not be read cannot be opened for it: then the files' own is all there
 * is. */
static int names_sync(struct pc_copier *c, struct pc_entry *e, int fd)
{
	if (c->walk.options->fsync != PCOPY_FSYNC_FILE)
		return 0;
	e->step = PCOPY_STEP_SYNC;
	return pc_walk_flush(&c->walk, pc_sys_fsync_directory, fd);
}

/* Whether a directory that was what its source is still is that: nothing was made in it.  Then
 * not even its change time is touched.  Those above operands were not compared. */
static bool is_as_it_was(const struct pc_copier *c, const struct pc_meta *meta,
                         const struct stat *st)
{
	unsigned keep = c->walk.options->preserve;

	if (c->walk.options->update != PCOPY_UPDATE_DIFFER || meta->made || meta->differs ||
	    c->env->root[c->walk.root].parent)
		return false;
	return (!(keep & PCOPY_KEEP_OWNER) ||
	        (st->st_uid == meta->uid && st->st_gid == meta->gid)) &&
	       (!(keep & PCOPY_KEEP_MODE) || (st->st_mode & 07777) == (meta->mode & 07777)) &&
	       (!(keep & PCOPY_KEEP_TIMES) || pc_time_order(&st->st_mtim, &meta->mtime) == 0);
}

/* Owner, mode and times.  0 or negative errno. */
static int directory_dress(struct pc_copier *c, struct pc_entry *e, const struct pc_frame *f,
                           const struct pc_meta *meta)
{
	unsigned keep = c->walk.options->preserve & PC_KEEP_OF_DIRECTORIES;
	struct pc_meta_task task = {
		.from = {.fd = f->src_fd}, .to = {.fd = f->dst_fd}, .want = meta};
	struct stat st;
	int r;

	finish_mode(c, meta, &task.have);
	if (!keep && !task.have.take && !task.have.give)
		return names_sync(c, e, f->dst_fd);
	pc_phase(c, PCOPY_PHASE_METADATA);
	e->step = PCOPY_STEP_STAT_TARGET;
	r = pc_sys_fstat(f->dst_fd, &st);
	if (r < 0)
		return r;
	if (is_as_it_was(c, meta, &st))
		return names_sync(c, e, f->dst_fd);
	task.have.mode = st.st_mode & 07777;
	task.have.uid = st.st_uid;
	task.have.gid = st.st_gid;
	/* A new one that inherited any list inherited the one to be handed down. */
	task.have.acl = !meta->made || !(c->walk.options->preserve & PCOPY_KEEP_MODE) ||
	                pc_attr_inherits(f->dst_fd);
	r = pc_meta_apply(c, e, &task);
	if (r < 0)
		return r;
	pc_meta_seal(c, e, f->src_fd, f->dst_fd);
	return names_sync(c, e, f->dst_fd);
}

/* It was copied: told where it was made, and not merged into. */
static void directory_done(struct pc_copier *c, struct pc_entry *e, const struct pc_meta *meta)
{
	bool above = c->env->root[c->walk.root].parent;

	if (meta->counted) {
		e->step = e->warning.step;
		if (e->step != PCOPY_STEP_NONE && e->warning.needed)
			pc_entry_fail(c, e, e->warning.error);
		return;
	}
	if (c->walk.options->update == PCOPY_UPDATE_DIFFER && !meta->made) {
		pc_entry_kept(c, e, meta->differs);
		return;
	}
	if (!pc_entry_count(c, e) || !c->walk.options->verbose || !meta->made ||
	    meta->made == PC_MADE_OPENED)
		return;
	e->step = above ? PCOPY_STEP_MKDIR : PCOPY_STEP_NONE;
	pc_entry_event(c, e, PCOPY_EVENT_COPIED, 0);
}

/* The directory in work, as an entry. */
static void entry_of_directory(struct pc_entry *e, struct pc_frame *f)
{
	pc_entry_init(e, f, PC_TYPE_DIR, "", "");
	e->label = NULL;
	e->kind = PCOPY_DIRECTORY;
}

void pc_directory_finish(struct pc_copier *c, struct pc_frame *f)
{
	struct pc_entry e;
	int r;

	entry_of_directory(&e, f);
	r = directory_dress(c, &e, f, &f->meta);
	if (f->failed)
		return; /* counted before */
	if (r < 0)
		pc_entry_fail(c, &e, r);
	else
		directory_done(c, &e, &f->meta);
}

/* One directory of a DIRMETA job, by its path. */
static void finish_one(struct pc_copier *c, const struct pc_item *item)
{
	struct pc_frame f;
	struct pc_entry e;
	int r;

	c->walk.root = item->root;
	r = pc_copier_open_dirs(c, item->text, false, &f);
	entry_of_directory(&e, &f);
	e.step = PCOPY_STEP_OPEN_TARGET;
	if (r == 0)
		r = directory_dress(c, &e, &f, &item->meta);
	pc_walk_set_path(&c->walk, item->text);
	if (item->flags & PC_ITEM_FAILED)
		; /* counted before */
	else if (r < 0)
		pc_entry_fail(c, &e, r);
	else
		directory_done(c, &e, &item->meta);
	pc_phase(c, PCOPY_PHASE_WALK);
	pc_walk_close_dirs(&c->walk, &f);
}

void pc_directory_job(struct pc_copier *c)
{
	const struct pc_item *item;
	uint32_t pos = 0;

	while ((item = pc_item_next(c->walk.text, c->walk.job->request_len, &pos)))
		finish_one(c, item);
}

/* ---- On the way down ---- */

/* Makes the copy of a directory that may not be read, as cp does: what it is can be
 * seen, but not what it holds.  Its failure is the caller's to tell. */
static void make_unread(struct pc_copier *c, const struct pc_entry *unread, struct pc_frame *f)
{
	int flags = O_PATH | O_DIRECTORY | (pc_entry_follows(c, unread) ? 0 : O_NOFOLLOW);
	struct pc_entry e;

	pc_entry_init(&e, unread->frame, PC_TYPE_DIR, unread->src_name, unread->dst_name);
	f->src_fd = pc_sys_openat(e.frame->src_fd, e.src_name, flags, 0);
	if (f->src_fd < 0 || pc_sys_fstat(f->src_fd, &e.src) < 0)
		return;
	f->meta = pc_copier_meta(c, &e.src);
	if (directory_make_target(c, &e, f) == 0)
		(void)directory_dress(c, &e, f, &f->meta);
}

bool pc_directory_open(struct pc_copier *c, struct pc_entry *e, struct pc_frame *f)
{
	struct pc_frame *up = e->frame;
	int r = pc_directory_open_source(c, e, f);

	if (r == 0)
		r = source_refuse(c, e, f);
	if (r == 0)
		r = directory_make_target(c, e, f);
	if (r == 0) {
		f->acl = up->acl;
		f->gid_own = up->gid_own;
		/* one that a lost worker made may have its owner and lists already */
		if (up->top || !f->meta.made || pc_job_is_again(c->walk.job))
			look_at_inheritance(c, f);
		remember_target(c, f);
		open_up(c, f);
		pc_copier_announce(c, f, f->dst_fs, NULL);
		return true;
	}
	if (e->step == PCOPY_STEP_OPEN_DIRECTORY && r == -EACCES)
		make_unread(c, e, f);
	pc_entry_fail(c, e, r < 0 ? r : 0);
	pc_close_cleanup(&f->src_fd);
	pc_close_cleanup(&f->dst_fd);
	return false;
}
