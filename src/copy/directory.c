/* directory.c - making directories, and finishing them after their children.
 *
 * While its children are copied a directory is u+rwx and open to nobody that
 * the source keeps out. */
#include "copy/copier.h"

#include "base/cleanup.h"
#include "base/sys.h"

#include <errno.h>
#include <linux/magic.h>
#include <sys/vfs.h>

/* Where a list is inherited the umask does not count, so cp leaves these out and
 * adds those that the umask allows. */
#define OTHERS_WRITE 022U

/* Whether a length of 0 can be believed: file systems that make up their
 * contents when they are read say 0 for every file. */
static bool tells_size(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return false;
	switch ((unsigned long)fs.f_type) {
	case EXT4_SUPER_MAGIC:
	case BTRFS_SUPER_MAGIC:
	case TMPFS_MAGIC:
	case XFS_SUPER_MAGIC:
	case OVERLAYFS_SUPER_MAGIC:
	case NFS_SUPER_MAGIC:
		return true;
	default:
		return false;
	}
}

static void look_at_source(struct pc_copier *c, int fd, const struct stat *st)
{
	if (c->src_dev == st->st_dev)
		return;
	c->src_dev = st->st_dev;
	c->trust_size = tells_size(fd);
}

static enum pcopy_step source_open(struct pc_copier *c, struct pc_frame *up, const char *name,
				   struct pc_frame *f, int *error)
{
	int flags = O_RDONLY | O_DIRECTORY | (pc_frame_follows(c, up) ? 0 : O_NOFOLLOW);
	struct stat st;

	f->src_fd = pc_openat(up->src_fd, name, flags, 0);
	if (f->src_fd < 0) {
		*error = f->src_fd;
		return PCOPY_STEP_OPEN_DIRECTORY;
	}
	if (fstat(f->src_fd, &st) < 0) {
		*error = -errno;
		return PCOPY_STEP_STAT;
	}
	f->meta = pc_copier_meta(c, &st);
	look_at_source(c, f->src_fd, &st);
	if (c->target_root == c->root + 1U && c->target_dev == st.st_dev &&
	    c->target_ino == st.st_ino)
		return PCOPY_STEP_INTO_ITSELF;
	return pc_walk_is_cycle(&c->walk, up, &st) ? PCOPY_STEP_CYCLE : PCOPY_STEP_NONE;
}

/* An umask that takes the owner's own bits would lock us out of what we make. */
static int make(struct pc_copier *c, int dirfd, const char *name, mode_t mode)
{
	if (mkdirat(dirfd, name, mode) < 0)
		return -errno;
	if ((c->env->umask & 0700) == 0)
		return 0;
	return pc_meta_change_mode_at(dirfd, name, mode & ~(c->env->umask & 077));
}

static enum pc_made how_made(const struct pc_copier *c, const struct pc_frame *up, mode_t source)
{
	if (up->acl)
		return PC_MADE_INHERITING;
	return (source & 0700 & ~c->env->umask) == 0700 ? PC_MADE : PC_MADE_LOOSE;
}

/* Whether an interrupted run left it with the bits for its owner that it was to lose
 * in the end. */
static bool is_left_loose(const struct pc_copier *c, const struct pc_frame *up,
			  const struct pc_frame *f, const struct stat *st)
{
	return c->options->resume && how_made(c, up, f->meta.mode) == PC_MADE_LOOSE &&
	       (st->st_mode & 0777) == ((f->meta.mode & 0777 & ~c->env->umask) | 0700);
}

/* Looks at what has the directory's name already. */
static enum pcopy_step existing(struct pc_copier *c, struct pc_frame *up, const char *name,
				struct pc_frame *f, int *error)
{
	int flags = c->options->keep_directory_symlink ? 0 : AT_SYMLINK_NOFOLLOW;
	struct stat st;

	*error = 0;
	if (fstatat(up->dst_fd, name, &st, flags) < 0) {
		*error = -errno;
		return PCOPY_STEP_STAT_TARGET;
	}
	if (!S_ISDIR(st.st_mode))
		return PCOPY_STEP_DIR_OVER_FILE;
	if (st.st_dev == f->meta.dev && st.st_ino == f->meta.ino)
		return PCOPY_STEP_SAME_FILE;
	if (pc_target_is_ours(c, up->dst_fd, name) || is_left_loose(c, up, f, &st))
		f->meta.made = how_made(c, up, f->meta.mode);
	return PCOPY_STEP_NONE;
}

static enum pcopy_step target_make(struct pc_copier *c, struct pc_frame *up, const char *name,
				   struct pc_frame *f, int *error)
{
	bool list = pc_attr_has_list(c, f->src_fd);
	mode_t mode = (pc_meta_create_mode(c, up, &f->meta, list) & 01777) | 0700;
	enum pcopy_step step;
	int r = make(c, up->dst_fd, name, up->acl ? mode & ~OTHERS_WRITE : mode);

	if (r == 0)
		f->meta.made = how_made(c, up, f->meta.mode);
	*error = r;
	if (r < 0 && r != -EEXIST)
		return PCOPY_STEP_MKDIR;
	if (r == -EEXIST) {
		step = existing(c, up, name, f, error);
		if (step != PCOPY_STEP_NONE)
			return step;
	}
	f->dst_fd = pc_openat(up->dst_fd, name,
			      O_RDONLY | O_DIRECTORY |
				      (c->options->keep_directory_symlink ? 0 : O_NOFOLLOW), 0);
	*error = f->dst_fd;
	return f->dst_fd < 0 ? PCOPY_STEP_OPEN_TARGET : PCOPY_STEP_NONE;
}

/* Where a default ACL decides over modes, or the directory over groups, what is
 * created is not what was asked for. */
static void look_at_inheritance(struct pc_copier *c, struct pc_frame *f)
{
	struct stat st;

	f->acl = pc_attr_has_default_acl(f->dst_fd);
	/* With or without set-group-ID, a new file gets one of these two groups. */
	if (c->options->preserve & PCOPY_KEEP_OWNER)
		f->gid_own = fstat(f->dst_fd, &st) == 0 && st.st_gid == c->env->gid;
}

void pc_directory_look(struct pc_copier *c, struct pc_frame *f)
{
	struct stat st;

	if (fstat(f->src_fd, &st) == 0) {
		f->meta.dev = st.st_dev;
		f->meta.ino = st.st_ino;
		look_at_source(c, f->src_fd, &st);
	}
	look_at_inheritance(c, f);
}

static void remember_target(struct pc_copier *c, const struct pc_frame *up,
			    const struct pc_frame *f)
{
	struct stat st;

	if (!up->top || fstat(f->dst_fd, &st) < 0)
		return;
	c->target_root = c->root + 1U;
	c->target_dev = st.st_dev;
	c->target_ino = st.st_ino;
}

/* Makes the copy of a directory that may not be read, as cp does: what it is can be
 * seen, but not what it holds.  Its failure is the caller's to tell. */
static void make_unread(struct pc_copier *c, struct pc_frame *up, const char *src_name,
			const char *dst_name, struct pc_frame *f)
{
	int flags = O_PATH | O_DIRECTORY | (pc_frame_follows(c, up) ? 0 : O_NOFOLLOW);
	enum pcopy_step step;
	struct stat st;
	int error;

	f->src_fd = pc_openat(up->src_fd, src_name, flags, 0);
	if (f->src_fd < 0 || fstat(f->src_fd, &st) < 0)
		return;
	f->meta = pc_copier_meta(c, &st);
	if (target_make(c, up, dst_name, f, &error) == PCOPY_STEP_NONE)
		(void)pc_directory_finish(c, f->dst_fd, f->src_fd, &f->meta, &step);
	c->warn_step = PCOPY_STEP_NONE;
}

bool pc_directory_open(struct pc_copier *c, struct pc_frame *up, const char *src_name,
		       const char *dst_name, struct pc_frame *f)
{
	int error = 0;
	enum pcopy_step step = source_open(c, up, src_name, f, &error);

	if (step == PCOPY_STEP_NONE)
		step = target_make(c, up, dst_name, f, &error);
	if (step == PCOPY_STEP_NONE) {
		f->acl = up->acl;
		f->gid_own = up->gid_own;
		/* one that a lost worker made may have its owner and lists already */
		if (up->top || !f->meta.made || pc_job_is_again(c->job))
			look_at_inheritance(c, f);
		remember_target(c, up, f);
		return true;
	}
	if (step == PCOPY_STEP_OPEN_DIRECTORY && error == -EACCES)
		make_unread(c, up, src_name, dst_name, f);
	pc_copier_fail(c, PCOPY_DIRECTORY, step, error, NULL);
	pc_close_cleanup(&f->src_fd);
	pc_close_cleanup(&f->dst_fd);
	return false;
}

/* Without KEEP_MODE a new directory has what umask or list left of the source's
 * mode; the bits that we added for ourselves are taken away again, and those that
 * were left out are given. */
static void finish_mode(const struct pc_copier *c, const struct pc_meta *meta,
			struct pc_target_state *have)
{
	bool inheriting = meta->made == PC_MADE_INHERITING;

	if (!meta->made || (c->options->preserve & PCOPY_KEEP_MODE))
		return;
	have->take = 0700 & ~(inheriting ? meta->mode : meta->mode & ~c->env->umask);
	have->give = pc_meta_left_out(c, meta);
	if (inheriting)
		have->give |= meta->mode & OTHERS_WRITE & ~c->env->umask;
}

/* A file is on the disk when its name is, too. */
static int sync_names(const struct pc_copier *c, int fd, enum pcopy_step *step)
{
	*step = PCOPY_STEP_SYNC;
	return c->options->fsync == PCOPY_FSYNC_FILE && fsync(fd) < 0 ? -errno : 0;
}

int pc_directory_finish(struct pc_copier *c, int dst_fd, int src_fd, const struct pc_meta *meta,
			enum pcopy_step *step)
{
	unsigned keep = c->options->preserve & PC_KEEP_OF_DIRECTORIES;
	struct pc_target_state have = {.acl = true};
	struct stat st;
	int r;

	finish_mode(c, meta, &have);
	if (!keep && !have.take && !have.give)
		return sync_names(c, dst_fd, step);
	pc_phase(c, PCOPY_PHASE_METADATA);
	if (fstat(dst_fd, &st) < 0) {
		*step = PCOPY_STEP_STAT_TARGET;
		return -errno;
	}
	have.mode = st.st_mode & 07777;
	have.uid = st.st_uid;
	have.gid = st.st_gid;
	/* A new one that inherited any list inherited the one to be handed down. */
	if (meta->made && (c->options->preserve & PCOPY_KEEP_MODE))
		have.acl = pc_attr_has_default_acl(dst_fd);
	r = pc_meta_apply(c, src_fd, dst_fd, meta, &have, step);
	if (r == 0)
		pc_meta_seal(c, src_fd, dst_fd);
	return r < 0 ? r : sync_names(c, dst_fd, step);
}

void pc_directory_done(struct pc_copier *c, const struct pc_meta *meta)
{
	bool above = c->env->root[c->root].parent;

	if (pc_copier_count(c, PCOPY_DIRECTORY, NULL) && c->options->verbose && meta->made)
		pc_copier_event(c, PCOPY_EVENT_COPIED, PCOPY_DIRECTORY,
				above ? PCOPY_STEP_MKDIR : PCOPY_STEP_NONE, 0, NULL);
}

/* One directory of a DIRMETA job, by its path. */
static void finish_one(struct pc_copier *c, const struct pc_item *item)
{
	enum pcopy_step step = PCOPY_STEP_OPEN_TARGET;
	struct pc_frame f;
	int r;

	c->root = item->root;
	r = pc_copier_open_dirs(c, item->text, false, &f);
	if (r == 0)
		r = pc_directory_finish(c, f.dst_fd, f.src_fd, &item->meta, &step);
	pc_copier_set_path(c, item->text);
	if (item->flags & PC_ITEM_FAILED)
		; /* counted before */
	else if (r < 0)
		pc_copier_fail(c, PCOPY_DIRECTORY, step, r, NULL);
	else
		pc_directory_done(c, &item->meta);
	pc_phase(c, PCOPY_PHASE_WALK);
	pc_copier_close_dirs(c, &f);
}

void pc_directory_job(struct pc_copier *c)
{
	const struct pc_item *item;
	uint32_t pos = 0;

	while ((item = pc_item_next(c->text, c->job->request_len, &pos)))
		finish_one(c, item);
}
