/* linking.c - links to the sources instead of copies of them.
 *
 * Directories are made as in any copy; what is no directory gets a further name
 * (PCOPY_MAKE_HARD_LINKS) or a symbolic link with its path as it is shown
 * (PCOPY_MAKE_SYMLINKS).  Nothing of it is changed: it is the source itself. */
#include "copy/copier.h"

#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static bool is_current_directory(int fd)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat(".", &b) == 0 && pc_same_inode(&a, &b);
}

/* The path of a source as it is shown, in c->full. */
static const char *shown_path(struct pc_copier *c, const struct pc_frame *f, const char *name)
{
	const char *root = c->env->root[c->root].src;
	const char *job = c->job->flags & PC_JOB_TOP ? "" : c->text;
	size_t len = strlen(root);

	while (!f->top && len > 0 && root[len - 1] == '/')
		len--;
	pc_buffer_cut(&c->full, 0);
	if (pc_buffer_add(&c->full, root, len) < 0 ||
	    (*job && pc_buffer_add_name(&c->full, job) < 0) ||
	    (!f->top && c->path.len > 0 && pc_buffer_add_name(&c->full, c->path.data) < 0) ||
	    (!f->top && pc_buffer_add_name(&c->full, name) < 0))
		return NULL;
	return c->full.data;
}

static int make_symlink(struct pc_copier *c, const struct pc_frame *f, const char *src_name,
			const char *dst_name, enum pcopy_step *step)
{
	const char *text = shown_path(c, f, src_name);

	*step = PCOPY_STEP_SYMLINK;
	if (!text)
		return -ENOMEM;
	*step = PCOPY_STEP_RELATIVE_LINK;
	if (text[0] != '/' && !is_current_directory(f->dst_fd))
		return PC_TARGET_REFUSED;
	*step = PCOPY_STEP_SYMLINK;
	return symlinkat(text, f->dst_fd, dst_name) < 0 ? -errno : 0;
}

/* A symbolic link that was made has an owner and times of its own. */
static int dress(const struct pc_copier *c, const struct pc_frame *f, const struct stat *source,
		 const char *dst_name, enum pcopy_step *step)
{
	const struct timespec times[2] = {source->st_atim, source->st_mtim};
	unsigned keep = c->options->make == PCOPY_MAKE_SYMLINKS ? c->options->preserve : 0;

	*step = PCOPY_STEP_OWNER;
	if ((keep & PCOPY_KEEP_OWNER) &&
	    fchownat(f->dst_fd, dst_name, source->st_uid, source->st_gid, AT_SYMLINK_NOFOLLOW) < 0 &&
	    c->env->uid == 0)
		return -errno;
	*step = PCOPY_STEP_TIMES;
	if ((keep & PCOPY_KEEP_TIMES) &&
	    utimensat(f->dst_fd, dst_name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}

static int make(struct pc_copier *c, const struct pc_frame *f, const char *src_name,
		const char *dst_name, enum pcopy_step *step)
{
	int flags = pc_frame_follows(c, f) ? AT_SYMLINK_FOLLOW : 0;

	if (c->options->make == PCOPY_MAKE_SYMLINKS)
		return make_symlink(c, f, src_name, dst_name, step);
	*step = PCOPY_STEP_LINK;
	return linkat(f->src_fd, src_name, f->dst_fd, dst_name, flags) < 0 ? -errno : 0;
}

/* Whether a further name of the source may be taken away again: in a sticky directory
 * only by the owner of file or directory. */
static bool may_rename(const struct pc_copier *c, const struct pc_frame *f,
		       const struct stat *source)
{
	struct stat dir;

	if (c->env->uid == 0 || source->st_uid == c->env->uid ||
	    c->options->make == PCOPY_MAKE_SYMLINKS)
		return true;
	return fstat(f->dst_fd, &dir) == 0 &&
	       (!(dir.st_mode & S_ISVTX) || dir.st_uid == c->env->uid);
}

/* Makes the link under a name of its own, and gives it that of what is there: it may
 * be what the source leads to. */
static int replace(struct pc_copier *c, const struct pc_frame *f, const char *src_name,
		   const char *dst_name, enum pcopy_step *step)
{
	char temp[PC_TEMP_NAME_MAX];
	int r;

	pc_copier_temp_name(c, dst_name, temp);
	r = make(c, f, src_name, temp, step);
	if (r != 0)
		return r;
	*step = PCOPY_STEP_RENAME;
	r = renameat(f->dst_fd, temp, f->dst_fd, dst_name) < 0 ? -errno : 0;
	(void)unlinkat(f->dst_fd, temp, 0); /* where both are one inode it is still there */
	return r;
}

/* What has the name gives way only when the caller said so in some way. */
static int make_over(struct pc_copier *c, const struct pc_frame *f, const struct stat *source,
		     const char *src_name, const char *dst_name, enum pcopy_step *step)
{
	enum pcopy_step made_by = *step;
	int r = pc_target_clear(c, f, source, src_name, dst_name, step);

	if (r == PC_TARGET_FREE)
		return make(c, f, src_name, dst_name, step);
	if (r != PC_TARGET_IN_PLACE)
		return r;
	*step = made_by;
	if (!c->options->force &&
	    (!c->options->on_overwrite || c->options->make == PCOPY_MAKE_SYMLINKS))
		return -EEXIST;
	if (may_rename(c, f, source))
		return replace(c, f, src_name, dst_name, step);
	*step = PCOPY_STEP_UNLINK;
	r = pc_target_remove(c, f, src_name, dst_name);
	*step = made_by;
	return r < 0 ? r : make(c, f, src_name, dst_name, step);
}

void pc_linking_entry(struct pc_copier *c, struct pc_frame *f, const char *src_name,
		      const char *dst_name)
{
	const char *label = pc_frame_label(f, src_name);
	int flags = pc_frame_follows(c, f) ? 0 : AT_SYMLINK_NOFOLLOW;
	enum pcopy_step step = PCOPY_STEP_STAT;
	enum pcopy_kind kind;
	struct stat st;
	int r;

	if (fstatat(f->src_fd, src_name, &st, flags) < 0) {
		pc_copier_fail(c, PCOPY_FILE, step, -errno, label);
		return;
	}
	kind = pc_kind_of_mode(st.st_mode);
	if (!pc_target_wanted(c, f, kind, &st, src_name, dst_name))
		return;
	pc_copier_drop_lost(c, f, dst_name);
	r = make(c, f, src_name, dst_name, &step);
	if (r == -EEXIST)
		r = make_over(c, f, &st, src_name, dst_name, &step);
	if (r == 0)
		r = dress(c, f, &st, dst_name, &step);
	if (r == 0 || r == PC_TARGET_DONE) {
		pc_copier_done(c, kind, label);
		return;
	}
	pc_backup_restore(c, f, dst_name);
	pc_copier_fail(c, kind, step, r < 0 ? r : 0, label);
}
