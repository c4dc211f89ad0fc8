/* SPDX-License-Identifier: MIT
 *
 * directory.c - creating directories, and finishing them after their children.
 *
 * While its children are copied a directory has u+rwx, and it grants nothing that the source
 * denies to others. */
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

/* The umask does not apply where a default ACL is inherited. So cp leaves these bits out at
 * first and adds those that the umask allows in the end. */
#define OTHERS_WRITE 022U

/* ---- Opening ---- */

/* Whether the directory is only walked through, as something below it is to be copied again. */
static bool leads_to_copied(struct pc_copier *c)
{
	return c->env->only && pc_walk_name(&c->walk, &c->name, NULL) &&
	       !pc_path_set_covers(c->env->only, c->walk.root, c->name.data);
}

int pc_directory_open_source(struct pc_copier *c, struct pc_entry *e, struct pc_frame *f)
{
	int r;

	e->step = PCOPY_STEP_OPEN_DIRECTORY;
	f->src_fd =
		pc_sys_open_dir(e->frame->src_fd, e->src_name, pc_entry_follows(c, e), !f->above);
	if (f->src_fd < 0)
		return f->src_fd;
	e->step = PCOPY_STEP_STAT;
	r = pc_sys_fstat(f->src_fd, &e->src);
	if (r < 0)
		return r;
	f->meta = pc_copier_meta(c, &e->src);
	f->meta.counted = leads_to_copied(c);
	f->src_fs = pc_walk_fs(&c->walk, e->frame->src_fs, e->src.st_dev, f->src_fd);
	return 0;
}

/* Returns 1 where copying the directory would never end, and else 0. */
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

/* Creates a directory. A umask or a default ACL that removes the owner's bits would keep us from
 * filling it. */
static int directory_make(struct pc_copier *c, const struct pc_frame *up, const char *name,
                          mode_t mode)
{
	int r = pc_sys_mkdirat(up->dst_fd, name, mode);
	struct stat st;

	if (r < 0 || ((c->env->umask & 0700) == 0 && !up->acl))
		return r;
	r = pc_sys_fstatat(up->dst_fd, name, &st, AT_SYMLINK_NOFOLLOW);
	if (r < 0 || (st.st_mode & 0700) == 0700)
		return r;
	return pc_sys_fchmodat(up->dst_fd, name, (st.st_mode & 07777) | 0700);
}

static enum pc_made how_made(const struct pc_copier *c, const struct pc_frame *up, mode_t source)
{
	if (up->acl)
		return PC_MADE_INHERITING;
	return (source & 0700 & ~c->env->umask) == 0700 ? PC_MADE : PC_MADE_WIDENED;
}

/* Whether an interrupted run left the directory with the owner's bits that were to be removed in
 * the end. */
static bool is_left_widened(const struct pc_copier *c, const struct pc_frame *f,
                            const struct stat *st)
{
	return c->walk.options->resume && how_made(c, f->up, f->meta.mode) == PC_MADE_WIDENED &&
	       (st->st_mode & 0777) == ((f->meta.mode & 0777 & ~c->env->umask) | 0700);
}

/* Looks at the existing target of a directory. 0; 1 where it is refused for what it is; or
 * negative errno. */
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
	if (pc_target_is_ours(c, up->dst_fd, e->dst_name) || is_left_widened(c, f, &st))
		f->meta.made = how_made(c, up, f->meta.mode);
	if (c->walk.options->update == PCOPY_UPDATE_DIFFER && !f->meta.made)
		f->meta.differs = pc_target_directory_differs(c, e, &st, f->src_fd);
	f->dst_fs = up->dst_fs && up->dst_fs->dev == st.st_dev ? up->dst_fs : NULL;
	return 0;
}

static int directory_open_target(struct pc_copier *c, struct pc_entry *e, struct pc_frame *f)
{
	struct stat st;
	int r = pc_target_open_directory(c, e, f);

	if (r < 0 || f->dst_fs)
		return r;
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
	r = directory_make(c, up, e->dst_name, up->acl ? mode & ~OTHERS_WRITE : mode);
	if (r < 0)
		return r;
	f->meta.made = how_made(c, up, f->meta.mode);
	f->dst_fs = up->dst_fs; /* nothing can be mounted there yet */
	return 0;
}

/* Whether most directories exist already. Then they are looked at first: mkdir() locks the
 * parent even against lookups by other processes. */
static bool is_there_likely(const struct pc_copier *c, const struct pc_frame *up)
{
	return c->walk.options->update == PCOPY_UPDATE_DIFFER && !up->meta.made;
}

/* Returns 0; 1 where the entry is refused because of the existing target; or negative errno. */
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

/* Finds out what new entries inherit: a default ACL overrides modes, and a set-group-ID
 * directory overrides groups. */
static void inheritance_find(struct pc_copier *c, struct pc_frame *f)
{
	struct stat st;

	f->acl = pc_attr_inherits(f->dst_fd);
	/* with or without set-group-ID, a new file gets one of these two groups */
	if (c->walk.options->preserve & PCOPY_KEEP_OWNER)
		f->gid_own = pc_sys_fstat(f->dst_fd, &st) == 0 && st.st_gid == c->env->gid;
}

void pc_directory_look(struct pc_copier *c, struct pc_frame *f)
{
	f->acl = pc_attr_inherits(f->dst_fd);
	f->gid_own = f->dst_gid == c->env->gid;
	pc_copier_announce(c, f, f->dst_fs, NULL);
}

/* Makes a directory writable again that already has its final mode. */
static void directory_make_writable(const struct pc_copier *c, struct pc_frame *f)
{
	struct stat st;

	if ((!c->env->only && !c->walk.options->names) || f->meta.made || c->env->uid == 0 ||
	    pc_sys_fstat(f->dst_fd, &st) < 0 || (st.st_mode & 0700) == 0700 ||
	    st.st_uid != c->env->uid || pc_sys_fchmod(f->dst_fd, (st.st_mode & 07777) | 0700) < 0)
		return; /* the entries made in it will show whether they can be */
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

/* Without KEEP_MODE a new directory has the source's mode limited by umask or ACL. The bits that
 * were added for the copy itself are removed, and those that were left out are added. */
static void finish_mode(const struct pc_copier *c, const struct pc_frame *f,
                        const struct pc_meta *meta, struct pc_target_state *have)
{
	bool inheriting = meta->made == PC_MADE_INHERITING;
	bool above = c->env->root[c->walk.root].parent;
	mode_t allowed;

	if (!meta->made || (c->walk.options->preserve & PCOPY_KEEP_MODE))
		return;
	if (meta->made == PC_MADE_OPENED) {
		have->take = 0700 & ~meta->mode;
		return;
	}
	/* a new directory has inherited the default ACL, too */
	allowed = inheriting ? pc_attr_inherited_owner(f->dst_fd) : ~c->env->umask;
	have->inherited = inheriting && !above; /* as in cp, directories above operands keep ACLs */
	have->take = 0700 & ~(meta->mode & allowed);
	have->give = pc_meta_left_out(c, meta);
	if (inheriting && !above)
		have->give |= meta->mode & OTHERS_WRITE & ~c->env->umask;
}

/* A file is on disk only when its name is, too. Some file systems cannot sync directories, and
 * an unreadable directory cannot be opened for it; there syncing the files has to do. */
static int names_sync(struct pc_copier *c, struct pc_entry *e, int fd)
{
	if (c->walk.options->fsync != PCOPY_FSYNC_FILE)
		return 0;
	e->step = PCOPY_STEP_SYNC;
	return pc_walk_flush(&c->walk, pc_sys_fsync_directory, fd);
}

/* Whether an unchanged directory is still unchanged because nothing was created in it. Then even
 * its change time is left alone. Directories above operands were not compared. */
static bool directory_is_unchanged(const struct pc_copier *c, const struct pc_meta *meta,
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

/* Sets owner, mode and times, and syncs. 0 or negative errno. */
static int directory_set_metadata(struct pc_copier *c, struct pc_entry *e, const struct pc_frame *f,
                                  const struct pc_meta *meta)
{
	unsigned keep = c->walk.options->preserve & PC_KEEP_OF_DIRECTORIES;
	struct pc_meta_task task = {
		.from = {.fd = f->src_fd}, .to = {.fd = f->dst_fd}, .want = meta};
	struct stat st;
	int r;

	finish_mode(c, f, meta, &task.have);
	if (!keep && !task.have.take && !task.have.give &&
	    !(task.have.inherited && (c->walk.options->preserve & PCOPY_DEFAULT_MODE)))
		return names_sync(c, e, f->dst_fd);
	pc_phase(c, PCOPY_PHASE_METADATA);
	e->step = PCOPY_STEP_STAT_TARGET;
	r = pc_sys_fstat(f->dst_fd, &st);
	if (r < 0)
		return r;
	if (directory_is_unchanged(c, meta, &st))
		return names_sync(c, e, f->dst_fd);
	task.have.mode = st.st_mode & 07777;
	task.have.uid = st.st_uid;
	task.have.gid = st.st_gid;
	/* A new directory with any inherited ACL has also inherited the default ACL. */
	task.have.acl = !meta->made || !(c->walk.options->preserve & PCOPY_KEEP_MODE) ||
	                pc_attr_inherits(f->dst_fd);
	r = pc_meta_apply(c, e, &task);
	if (r < 0)
		return r;
	pc_meta_set_flags(c, e, f->src_fd, f->dst_fd);
	return names_sync(c, e, f->dst_fd);
}

/* The directory is done. It is reported if it was created, not if it was merged into. */
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

/* The current directory, as an entry. */
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
	r = directory_set_metadata(c, &e, f, &f->meta);
	if (f->failed)
		return; /* counted before */
	if (r < 0)
		pc_entry_fail(c, &e, r);
	else
		directory_done(c, &e, &f->meta);
}

/* Finishes one directory of a DIRMETA job, by its path. */
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
		r = directory_set_metadata(c, &e, &f, &item->meta);
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

/* Creates the copy of an unreadable directory, as cp does: its metadata are known, its contents
 * are not. The caller reports the failure. */
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
		(void)directory_set_metadata(c, &e, f, &f->meta);
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
		/* one that a lost worker made may already have its owner and ACLs */
		if (up->top || !f->meta.made || pc_job_is_retry(c->walk.job))
			inheritance_find(c, f);
		remember_target(c, f);
		directory_make_writable(c, f);
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
