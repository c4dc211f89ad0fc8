/* SPDX-License-Identifier: MIT
 *
 * commit.c - what whole files and files in chunks have in common: opening the source, detecting
 * changes of it, and the last steps, after which the file has its final name. */
#include "copy/commit.h"

#include "base/cleanup.h"
#include "base/times.h"
#include "copy/meta.h"
#include "copy/target.h"
#include "sys/sys.h"

#include <errno.h>

/* ---- The source ---- */

int pc_file_open_source(struct pc_copier *c, const struct pc_entry *e)
{
	int flags = O_RDONLY | O_NOCTTY | (pc_entry_follows(c, e) ? 0 : O_NOFOLLOW);

	return pc_walk_open_waiting(c->walk.queue, e->frame->src_fd, e->src_name, flags, 0);
}

int pc_file_close_target(struct pc_copier *c, const struct pc_fs *fs, int fd)
{
	if (!fs->type->close_is_quiet)
		return pc_walk_flush(&c->walk, pc_sys_close, fd);
	pc_batch_add(&c->walk.batch, fd);
	return 0;
}

bool pc_file_replaced(const struct pc_meta *before, const struct stat *now)
{
	return before->dev != now->st_dev || before->ino != now->st_ino;
}

bool pc_file_changed(const struct pc_meta *before, const struct stat *now)
{
	return pc_file_replaced(before, now) || before->size != (uint64_t)now->st_size ||
	       pc_time_order(&before->mtime, &now->st_mtim) != 0;
}

int pc_file_catch_up(struct pc_copier *c, struct pc_entry *e, const struct pc_span *span,
                     const struct pc_meta *before, uint64_t *size)
{
	struct pc_span rest = *span;
	struct stat now;
	bool changed;
	int r;

	e->step = PCOPY_STEP_STAT;
	r = pc_sys_fstat(span->src_fd, &now);
	if (r < 0)
		return r;
	changed = pc_file_changed(before, &now); /* some file systems report lengths that are
	                                          * never true */
	if (changed) {
		pc_entry_warn(e, PCOPY_STEP_CHANGED, 0, false);
		if ((uint64_t)now.st_size < *size)
			*size = (uint64_t)now.st_size;
	}
	if ((changed && (uint64_t)now.st_size == *size) || *size < before->size)
		return 0;
	rest.offset = *size;
	rest.last = false;
	return pc_data_drain(c, e, &rest, size);
}

/* Finds the length of a file that is shorter than `size`, by bisection. */
static int source_length(int fd, uint64_t size, uint64_t *ret)
{
	uint64_t low = 0, high = size - 1;
	char byte;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		ssize_t n = pc_sys_pread(fd, &byte, 1, (off_t)middle);

		if (n < 0)
			return (int)n;
		if (n == 0)
			high = middle;
		else
			low = middle + 1;
	}
	*ret = low;
	return 0;
}

int pc_file_find_end(struct pc_copier *c, struct pc_entry *e, const struct pc_span *span,
                     uint64_t *size)
{
	const struct pc_fs *fs =
		pc_walk_fs(&c->walk, e->frame->src_fs, span->src_dev, span->src_fd);
	struct pc_span rest = *span;
	char byte;
	ssize_t n = 1;

	e->step = PCOPY_STEP_READ;
	if (*size > 0)
		n = pc_sys_pread(span->src_fd, &byte, 1, (off_t)*size - 1);
	if (n <= 0)
		return n < 0 ? (int)n : source_length(span->src_fd, *size, size);
	if (fs->type->sizes_are_true)
		return 0;
	rest.offset = *size;
	rest.last = false;
	return pc_data_drain(c, e, &rest, size);
}

/* ---- The last steps ---- */

static bool error_refuses_names(int error)
{
	return error == -EINVAL || error == -ENOSYS || error == -EOPNOTSUPP || error == -EPERM ||
	       error == -EXDEV;
}

bool pc_rename_is_refused(const struct pc_entry *e, int error)
{
	return e->step == PCOPY_STEP_RENAME && error_refuses_names(error);
}

/* Gives a file its final name, which must be free. Another worker may be about to use a name
 * that the file system folds into this one, so the kernel must refuse to replace it: by
 * RENAME_NOREPLACE; without it by link(); and without links by looking first. */
static int name_give_new(const struct pc_frame *f, const char *temp, const char *name)
{
	struct stat st, other;
	int r = pc_sys_renameat_new(f->dst_fd, temp, name);

	if (!error_refuses_names(r))
		return r;
	r = pc_sys_linkat(f->dst_fd, temp, f->dst_fd, name, 0);
	/* a lost worker may have got this far */
	if (r == -EEXIST && pc_sys_fstatat(f->dst_fd, temp, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    pc_sys_fstatat(f->dst_fd, name, &other, AT_SYMLINK_NOFOLLOW) == 0 &&
	    pc_same_inode(&st, &other))
		r = 0;
	if (r == 0)
		return pc_sys_unlinkat(f->dst_fd, temp, 0);
	if (r == -EEXIST)
		return r;
	r = pc_sys_fstatat(f->dst_fd, name, &st, AT_SYMLINK_NOFOLLOW);
	if (r != -ENOENT)
		return r < 0 ? r : -EEXIST;
	return pc_sys_renameat(f->dst_fd, temp, name);
}

static int commit_name(struct pc_entry *e, const struct pc_commit *commit)
{
	int r;

	e->step = commit->is_new ? PCOPY_STEP_CREATE : PCOPY_STEP_RENAME;
	if (!commit->temp_name)
		return 0;
	if (!commit->is_new)
		return pc_sys_renameat(e->frame->dst_fd, commit->temp_name, e->dst_name);
	r = name_give_new(e->frame, commit->temp_name, e->dst_name);
	if (error_refuses_names(r))
		e->step = PCOPY_STEP_RENAME;
	return r;
}

int pc_file_commit(struct pc_copier *c, struct pc_entry *e, const struct pc_commit *commit,
                   int *dst_fd)
{
	bool keeps_flags = c->walk.options->preserve & PCOPY_KEEP_FLAGS;
	/* some flags forbid the renaming, so they are set after it; a lock is held as long */
	_cleanup_fd_ int kept = -1;
	int r = 0;

	pc_phase(c, PCOPY_PHASE_COMMIT);
	e->step = PCOPY_STEP_SYNC;
	if (c->walk.options->fsync == PCOPY_FSYNC_FILE)
		r = pc_walk_flush(&c->walk, pc_sys_fsync, *dst_fd);
	if (r < 0)
		return r;
	e->step = PCOPY_STEP_CREATE;
	if (commit->locked || keeps_flags)
		kept = pc_sys_dup(*dst_fd);
	if (kept < 0 && commit->locked)
		return kept;
	if (kept < 0 && keeps_flags)
		pc_entry_warn(e, PCOPY_STEP_FLAGS, kept, false);
	e->step = PCOPY_STEP_CLOSE;
	r = pc_file_close_target(c, commit->dst_fs, pc_take_fd(dst_fd));
	if (r == 0) {
		r = commit_name(e, commit);
		r = commit->is_new ? pc_target_refused(c, e, r) : r;
	}
	if (r == 0 && kept >= 0)
		pc_meta_set_flags(c, e, commit->src_fd, kept);
	return r;
}
