/* SPDX-License-Identifier: MIT
 *
 * dirs.c - opens a job's directories by path, below those that hold the operands.
 *
 * The two directories that hold an operand and its copy (anchor directories) stay open between
 * jobs, until an operand in another directory needs them. */
#include "walk/walk.h"

#include "base/cleanup.h"
#include "sys/sys.h"

#include <errno.h>
#include <string.h>

int pc_walk_open_anchor(const struct pc_anchor *top)
{
	_cleanup_fd_ int fd = pc_sys_openat(AT_FDCWD, top->path, O_PATH | O_DIRECTORY, 0);
	struct stat st;
	int r;

	if (fd < 0)
		return fd;
	r = pc_sys_fstat(fd, &st);
	if (r < 0)
		return r;
	/* another directory may have replaced it during the run; on overlayfs the inode number
	 * may also change after a write */
	if (st.st_dev != top->dev ||
	    (st.st_ino != top->ino && pc_fs_type_of_fd(fd)->inodes_are_stable))
		return -ESTALE;
	return pc_take_fd(&fd);
}

/* Opens one of the two anchor directories unless it is open. */
static int top_open(const struct pc_anchor *top, const struct pc_anchor **open, int *fd)
{
	if (*open == top)
		return 0;
	pc_close_cleanup(fd);
	*open = NULL;
	*fd = top->absent ? -1 : pc_walk_open_anchor(top);
	if (*fd < 0 && !top->absent)
		return *fd;
	*open = top;
	return 0;
}

static int tops_open(struct pc_walker *w)
{
	const struct pc_root *root = &w->roots[w->root];
	bool same_target = w->dst_anchor == root->dst_anchor;
	int r = top_open(root->src_anchor, &w->src_anchor, &w->src_anchor_fd);

	if (r == 0)
		r = top_open(root->dst_anchor, &w->dst_anchor, &w->dst_anchor_fd);
	if (r == 0 && !same_target && w->ops->new_target)
		w->ops->new_target(w);
	return r;
}

/* The path of an entry below an anchor directory, in w->full.  NULL: no memory. */
static const char *full_path(struct pc_walker *w, const char *name, const char *path)
{
	pc_buffer_cut(&w->full, 0);
	if (pc_buffer_add_name(&w->full, name) < 0 ||
	    (*path && pc_buffer_add_name(&w->full, path) < 0))
		return NULL;
	return w->full.data;
}

static int open_path(int top_fd, const char *path, bool follow, int flags)
{
	return follow ? pc_sys_open_dir_following(top_fd, path, flags)
	              : pc_sys_open_dir_beneath(top_fd, path, flags);
}

int pc_walk_open_source(struct pc_walker *w, const char *path)
{
	const char *full = full_path(w, w->roots[w->root].src_name, path);
	bool follow = w->options->dereference == PCOPY_DEREFERENCE_ALWAYS;

	return full ? open_path(w->src_anchor_fd, full, follow, O_RDONLY) : -ENOMEM;
}

/* Opens a directory for reading, or with O_PATH if it may only be searched. */
static int reach_path(int top_fd, const char *path, bool follow)
{
	int fd = open_path(top_fd, path, follow, O_RDONLY);

	return fd == -EACCES ? open_path(top_fd, path, follow, O_PATH) : fd;
}

int pc_walk_reach_source(struct pc_walker *w, const char *path)
{
	const char *full = full_path(w, w->roots[w->root].src_name, path);
	bool follow = w->options->dereference == PCOPY_DEREFERENCE_ALWAYS;

	return full ? reach_path(w->src_anchor_fd, full, follow) : -ENOMEM;
}

/* Opens a target directory for reading, because fsync() needs that.  If it may only be written
 * and searched: with O_PATH. */
static int open_target(struct pc_walker *w, uint32_t root, const char *path)
{
	const char *full = full_path(w, w->roots[root].dst_name, path);

	return full ? reach_path(w->dst_anchor_fd, full, w->options->keep_directory_symlink)
	            : -ENOMEM;
}

/* Collects the directories from the root's down to the job's if links are followed: a link may
 * lead back to any of them. */
static int note_above(struct pc_walker *w, const char *path)
{
	pc_buffer_cut(&w->above, 0);
	if (w->options->dereference != PCOPY_DEREFERENCE_ALWAYS)
		return 0;
	for (size_t len = 0;;) {
		_cleanup_free_ char *part = strndup(path, len);
		_cleanup_fd_ int fd = part ? pc_walk_reach_source(w, part) : -ENOMEM;
		struct stat st;
		struct pc_identity one;
		int r = fd < 0 ? fd : pc_sys_fstat(fd, &st);

		if (r < 0)
			return r;
		one = (struct pc_identity){st.st_dev, st.st_ino};
		if (pc_buffer_add(&w->above, (const char *)&one, sizeof(one)) < 0)
			return -ENOMEM;
		if (!path[len])
			return 0;
		len += strspn(path + len, "/");
		len += strcspn(path + len, "/");
	}
}

bool pc_walk_is_cycle(const struct pc_walker *w, const struct pc_frame *up, const struct stat *st)
{
	const struct pc_identity *above = (const void *)w->above.data;

	if (w->options->dereference != PCOPY_DEREFERENCE_ALWAYS)
		return false;
	for (size_t i = 0; i < w->above.len / sizeof(*above); i++) {
		if (above[i].dev == st->st_dev && above[i].ino == st->st_ino)
			return true;
	}
	for (; up; up = up->up) {
		if (!up->top && up->meta.dev == st->st_dev && up->meta.ino == st->st_ino)
			return true;
	}
	return false;
}

/* Identifies the file systems of a pair of directories, and the source directory. */
static int frame_look(struct pc_walker *w, struct pc_frame *f)
{
	struct stat src, dst;
	int r = pc_sys_fstat(f->src_fd, &src);

	if (r < 0)
		return r;
	f->meta.dev = src.st_dev;
	f->meta.ino = src.st_ino;
	f->src_fs = pc_walk_fs(w, NULL, src.st_dev, f->src_fd);
	if (f->dst_fd < 0)
		return 0;
	r = pc_sys_fstat(f->dst_fd, &dst);
	if (r < 0)
		return r;
	f->dst_gid = dst.st_gid;
	f->dst_fs = pc_walk_fs(w, NULL, dst.st_dev, f->dst_fd);
	return 0;
}

int pc_walk_open_dirs(struct pc_walker *w, const char *path, bool top, struct pc_frame *f)
{
	int r = tops_open(w);

	*f = (struct pc_frame){.src_fd = -1, .dst_fd = -1, .entered = true, .top = top};
	if (r < 0)
		return r;
	if (top) {
		pc_buffer_cut(&w->above, 0);
		f->src_fd = w->src_anchor_fd;
		f->dst_fd = w->dst_anchor_fd;
		f->src_fs = pc_walk_fs(w, NULL, w->src_anchor->dev, f->src_fd);
		if (f->dst_fd >= 0)
			f->dst_fs = pc_walk_fs(w, NULL, w->dst_anchor->dev, f->dst_fd);
		return 0;
	}
	r = note_above(w, path);
	if (r < 0)
		return r;
	f->src_fd = w->job->kind == PC_JOB_LIST ? pc_walk_open_source(w, path)
	                                        : pc_walk_reach_source(w, path);
	if (f->src_fd < 0)
		return f->src_fd;
	f->dst_fd = w->dst_anchor->absent ? -ENOENT : open_target(w, w->root, path);
	if (w->options->dry_run && (f->dst_fd == -ENOENT || f->dst_fd == -ENOTDIR))
		f->dst_fd = -1; /* a dry run has not created it */
	else if (f->dst_fd < 0)
		return f->dst_fd;
	return frame_look(w, f);
}

int pc_walk_open_counted(struct pc_walker *w, const char *path, struct pc_frame *f)
{
	struct stat st;
	int r = tops_open(w);

	*f = (struct pc_frame){
		.src_fd = -1, .dst_fd = -1, .entered = true, .meta = {.counted = true}};
	if (r < 0)
		return r;
	f->src_fd = pc_walk_open_source(w, path);
	if (f->src_fd < 0 || !w->options->one_file_system)
		return f->src_fd < 0 ? f->src_fd : 0;
	r = pc_sys_fstat(f->src_fd, &st);
	f->meta.dev = r == 0 ? st.st_dev : 0;
	return r;
}

/* Also true if a component is not a directory, or is a symbolic link that is not followed. */
bool pc_walk_is_absent(const struct pc_walker *w, int error)
{
	return error == -ENOENT || error == -ENOTDIR ||
	       (error == -ELOOP && w->options->dereference != PCOPY_DEREFERENCE_ALWAYS);
}

int pc_walk_open_extra(struct pc_walker *w, const char *path, const struct pc_meta *meta,
                       struct pc_frame *f)
{
	int r = tops_open(w), fd;
	struct stat st;

	*f = (struct pc_frame){
		.src_fd = -1, .dst_fd = -1, .entered = true, .extra = true, .meta = *meta};
	if (r < 0)
		return r;
	fd = meta->made == PC_MADE_EXTRA ? pc_walk_open_source(w, path) : -ENOENT;
	if (fd >= 0)
		pc_batch_add(&w->batch, fd);
	if (fd >= 0 || !pc_walk_is_absent(w, fd))
		return fd < 0 ? fd : -EEXIST;
	f->dst_fd = open_target(w, w->root, path);
	if (f->dst_fd < 0)
		return f->dst_fd;
	r = pc_sys_fstat(f->dst_fd, &st);
	if (r == 0 && (st.st_dev != meta->dev || st.st_ino != meta->ino))
		r = -ESTALE;
	if (r == 0)
		f->dst_fs = pc_walk_fs(w, NULL, st.st_dev, f->dst_fd);
	return r;
}

void pc_walk_close_dirs(struct pc_walker *w, struct pc_frame *f)
{
	if (f->top)
		return;
	if (f->src_fd >= 0)
		pc_batch_add(&w->batch, f->src_fd);
	if (f->dst_fd >= 0)
		pc_batch_add(&w->batch, f->dst_fd);
}

int pc_walk_open_target(struct pc_walker *w, uint32_t root, const char *path, bool top)
{
	uint32_t job_root = w->root;
	int r;

	w->root = root;
	r = tops_open(w);
	w->root = job_root;
	if (r < 0)
		return r;
	if (top) /* a duplicate: opening another root may close the original */
		return pc_sys_openat(w->dst_anchor_fd, ".", O_PATH | O_DIRECTORY, 0);
	return open_target(w, root, path);
}
