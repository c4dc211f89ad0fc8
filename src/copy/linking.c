/* SPDX-License-Identifier: MIT
 *
 * linking.c - links to the sources instead of copies.
 *
 * Directories are made as in any copy. Every other entry becomes a hard link to its source
 * (PCOPY_MAKE_HARD_LINKS) or a symbolic link to the source's path as displayed
 * (PCOPY_MAKE_SYMLINKS). No metadata of a hard link is changed, as it is the source itself. */
#include "copy/meta.h"
#include "copy/special.h"
#include "copy/target.h"
#include "sys/sys.h"

#include <errno.h>
#include <string.h>

static bool is_current_directory(int fd)
{
	struct stat a, b;

	return pc_sys_fstat(fd, &a) == 0 && pc_sys_fstatat(AT_FDCWD, ".", &b, 0) == 0 &&
	       pc_same_inode(&a, &b);
}

/* Builds the path of the source as displayed, in walk.full. */
static const char *shown_path(struct pc_copier *c, const struct pc_entry *e)
{
	struct pc_walker *w = &c->walk;
	bool top = e->frame->top;
	const char *root = c->env->root[w->root].src;
	const char *job = w->job->flags & PC_JOB_TOP ? "" : w->text;
	size_t len = strlen(root);

	while (!top && len > 0 && root[len - 1] == '/')
		len--;
	pc_buffer_cut(&w->full, 0);
	if (pc_buffer_add(&w->full, root, len) < 0 ||
	    (*job && pc_buffer_add_name(&w->full, job) < 0) ||
	    (!top && w->path.len > 0 && pc_buffer_add_name(&w->full, w->path.data) < 0) ||
	    (!top && pc_buffer_add_name(&w->full, e->src_name) < 0))
		return NULL;
	return w->full.data;
}

static int link_make_symbolic(struct pc_copier *c, struct pc_entry *e, const char *name)
{
	const char *text = shown_path(c, e);

	e->step = PCOPY_STEP_SYMLINK;
	if (!text)
		return -ENOMEM;
	if (text[0] != '/' && !is_current_directory(e->frame->dst_fd)) {
		e->step = PCOPY_STEP_RELATIVE_LINK;
		return PC_VERDICT_REFUSED;
	}
	return pc_sys_symlinkat(text, e->frame->dst_fd, name);
}

/* Only a symbolic link that was made here has its own owner and times. */
static void link_set_metadata(struct pc_copier *c, struct pc_entry *e)
{
	const struct timespec times[2] = {e->src.st_atim, e->src.st_mtim};
	unsigned keep =
		c->walk.options->make == PCOPY_MAKE_SYMLINKS ? c->walk.options->preserve : 0;
	int dst_fd = e->frame->dst_fd;
	int r = 0;

	if (keep & PCOPY_KEEP_OWNER)
		r = pc_sys_fchownat(dst_fd, e->dst_name, e->src.st_uid, e->src.st_gid);
	if (r < 0 && c->env->uid == 0)
		pc_entry_warn(e, PCOPY_STEP_OWNER, r, true);
	r = keep & PCOPY_KEEP_TIMES ? pc_sys_utimensat(dst_fd, e->dst_name, times) : 0;
	if (r < 0)
		pc_entry_warn(e, PCOPY_STEP_TIMES, r, true);
}

static int link_make_as(struct pc_copier *c, struct pc_entry *e, const char *name)
{
	const struct pc_frame *f = e->frame;

	if (c->walk.options->make == PCOPY_MAKE_SYMLINKS)
		return link_make_symbolic(c, e, name);
	e->step = PCOPY_STEP_LINK;
	return pc_sys_linkat(f->src_fd, e->src_name, f->dst_fd, name,
	                     pc_entry_follows(c, e) ? AT_SYMLINK_FOLLOW : 0);
}

/* Whether a hard link of the source can be renamed: in a sticky directory only the owner of the
 * file or the directory may. */
static bool may_rename(const struct pc_copier *c, const struct pc_entry *e)
{
	struct stat dir;

	if (c->env->uid == 0 || e->src.st_uid == c->env->uid ||
	    c->walk.options->make == PCOPY_MAKE_SYMLINKS)
		return true;
	return pc_sys_fstat(e->frame->dst_fd, &dir) == 0 &&
	       (!(dir.st_mode & S_ISVTX) || dir.st_uid == c->env->uid);
}

/* Makes the link under a temporary name and renames it over the target, which may be the file
 * that the source leads to. */
static int link_replace(struct pc_copier *c, struct pc_entry *e)
{
	char temp[PC_TEMP_NAME_MAX];
	int r;

	pc_copier_temp_name(c, e->dst_name, temp);
	r = link_make_as(c, e, temp);
	if (r != 0)
		return r;
	e->step = PCOPY_STEP_RENAME;
	r = pc_sys_renameat(e->frame->dst_fd, temp, e->dst_name);
	/* where both are one inode rename() does nothing, so the temporary name is still there */
	(void)pc_sys_unlinkat(e->frame->dst_fd, temp, 0);
	return r;
}

/* An existing target is replaced only where the options allow it. */
static int link_make_over(struct pc_copier *c, struct pc_entry *e)
{
	enum pcopy_step made_by = e->step;
	int r = pc_target_clear(c, e);

	if (r == PC_VERDICT_FREE)
		return pc_target_refused(c, e, link_make_as(c, e, e->dst_name));
	if (r != PC_VERDICT_IN_PLACE)
		return r;
	e->step = made_by;
	if (!c->walk.options->force &&
	    (!c->walk.options->on_overwrite || c->walk.options->make == PCOPY_MAKE_SYMLINKS))
		return -EEXIST;
	if (may_rename(c, e))
		return link_replace(c, e);
	e->step = PCOPY_STEP_UNLINK;
	r = pc_target_remove(c, e);
	e->step = made_by;
	return r < 0 ? r : link_make_as(c, e, e->dst_name);
}

void pc_linking_entry(struct pc_copier *c, struct pc_entry *e)
{
	int r;

	e->kind = PCOPY_FILE;
	e->step = PCOPY_STEP_STAT;
	r = pc_sys_fstatat(e->frame->src_fd, e->src_name, &e->src,
	                   pc_entry_follows(c, e) ? 0 : AT_SYMLINK_NOFOLLOW);
	if (r < 0) {
		pc_entry_fail(c, e, r);
		return;
	}
	e->kind = pc_kind_of_mode(e->src.st_mode);
	if (!pc_target_wanted(c, e))
		return;
	pc_copier_drop_lost(c, e);
	r = link_make_as(c, e, e->dst_name);
	if (r == -EEXIST)
		r = link_make_over(c, e);
	if (r == 0)
		link_set_metadata(c, e);
	if (r == 0 || r == PC_VERDICT_DONE) {
		pc_entry_done(c, e);
		return;
	}
	pc_backup_restore(e);
	pc_entry_fail(c, e, r < 0 ? r : 0);
}
