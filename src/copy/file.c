/* SPDX-License-Identifier: MIT
 *
 * file.c - regular files as a whole: open, copy, metadata, commit.
 *
 * A file under its final name is never half a copy. A new file that takes more than one call is
 * written under a temporary name and renamed when it is complete. A smaller one grows as its data
 * comes in, gets its length last, and is removed if it cannot be finished. An existing file is
 * written in place as cp does, so that its links, owner and mode stay; or it is replaced by a
 * file that was written beside it under a temporary name. */
#include "copy/file.h"

#include "base/cleanup.h"
#include "copy/attr.h"
#include "copy/commit.h"
#include "copy/meta.h"
#include "copy/target.h"
#include "sys/sys.h"

#include <errno.h>

/* Interval at which a FIFO is tried until a reader opens it. */
#define READER_POLL_MS 10

/* A file while it is copied. */
struct file {
	struct pc_entry *e;
	int src_fd, dst_fd;
	struct pc_fs *dst_fs; /* file system of the target */
	struct pc_meta meta;
	bool made;                   /* new in this run: removed when it cannot be finished */
	bool is_new;                 /* and its name was free */
	char temp[PC_TEMP_NAME_MAX]; /* its name until it is complete; "": the final one */
	bool removes;                /* the rules require removing the existing target */
	struct stat old;             /* the target to be replaced; st_mode 0: none */
	bool in_place;               /* its name is a mount point, so that no other file can get
	                              * it */
	bool stream;                 /* the source is a FIFO or a device to be read */
	bool device;                 /* the target is a device or FIFO: it gets the bytes and
	                              * nothing else */
	struct pc_target_state have;
};

/* ---- The target ---- */

static const char *made_name(const struct file *file)
{
	return file->temp[0] ? file->temp : file->e->dst_name;
}

static int target_create(struct pc_copier *c, struct file *file)
{
	struct pc_frame *f = file->e->frame;
	bool list = pc_attr_has_list(c, file->e, file->src_fd);
	mode_t mode = pc_meta_create_mode(c, f, &file->meta, list) & 0777 &
	              (file->old.st_mode ? file->old.st_mode : 0777);
	int fd;

	if (file->stream)
		mode = pc_meta_meanwhile(c, mode, false);
	file->e->step = PCOPY_STEP_CREATE;
	fd = pc_sys_openat(f->dst_fd, made_name(file),
	                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY, mode);
	if (fd < 0)
		return fd;
	file->dst_fd = fd;
	file->dst_fs = f->dst_fs;
	file->made = true;
	pc_queue_file_begin(c->walk.queue, c->walk.slot, c->walk.root, f->top,
	                    f->top ? "" : c->walk.path.data, made_name(file));
	file->have.acl = file->have.inherited = f->acl;
	file->have.mode = f->acl ? PC_MODE_UNKNOWN : mode & ~c->env->umask;
	file->have.uid = c->env->uid;
	file->have.give = pc_meta_left_out(c, &file->meta);
	file->have.gid = f->gid_own ? c->env->gid : (gid_t)-1;
	return 0;
}

/* Removes a target that cannot be opened and creates it anew (--force). */
static int target_create_anew(struct pc_copier *c, struct file *file)
{
	int r;

	file->e->step = PCOPY_STEP_UNLINK;
	r = pc_target_remove(c, file->e);
	return r < 0 ? r : target_create(c, file);
}

/* Checks the target opened for writing in place: it could be the source, which truncating would
 * lose. Returns 0; 1 where the target is refused for what it is; or negative errno. */
static int target_look(struct pc_copier *c, struct file *file)
{
	struct pc_entry *e = file->e;
	struct stat st;
	int r = pc_sys_fstat(file->dst_fd, &st);

	if (r < 0)
		return r;
	e->step = pc_target_refuses(c, e, &st);
	if (e->step != PCOPY_STEP_NONE)
		return 1;
	file->device = !S_ISREG(st.st_mode);
	/* it may be bind-mounted from another file system than its directory's */
	file->dst_fs = pc_walk_fs(&c->walk, e->frame->dst_fs, st.st_dev, file->dst_fd);
	if (!file->device)
		pc_copier_announce(c, e->frame, file->dst_fs, e->dst_name);
	file->have = (struct pc_target_state){
		.mode = st.st_mode & 07777, .uid = st.st_uid, .gid = st.st_gid, .acl = true};
	return 0;
}

/* Opens an existing target for writing. Like cp, it waits for a FIFO until it has a reader; it
 * does not wait for a socket or a missing device, which fail with ENXIO, too. */
static int target_open_there(struct pc_copier *c, const struct pc_entry *e)
{
	int through = pc_entry_goes_through(c, e) ? 0 : O_NOFOLLOW;
	int flags = O_WRONLY | O_NOCTTY | through;
	struct stat st;
	int fd;

	for (;;) {
		fd = pc_walk_open_waiting(c->walk.queue, e->frame->dst_fd, e->dst_name, flags, 0);
		if (fd != -ENXIO ||
		    pc_sys_fstatat(e->frame->dst_fd, e->dst_name, &st,
		                   through ? AT_SYMLINK_NOFOLLOW : 0) < 0 ||
		    !S_ISFIFO(st.st_mode))
			return fd;
		if (pc_queue_canceled(c->walk.queue))
			return -ECANCELED;
		(void)pc_sys_poll(NULL, 0, READER_POLL_MS); /* a signal may end it early */
	}
}

/* Whether a target that cannot be opened may be removed: with --force, or if this run created it
 * and lists the same name once more. */
static bool may_be_removed(const struct pc_copier *c, const struct pc_entry *e, int error)
{
	struct timespec birth;

	if (c->walk.options->force)
		return error != -ECANCELED;
	return error == -EACCES && c->walk.options->names &&
	       pc_sys_birth(e->frame->dst_fd, e->dst_name, &birth) == 0 &&
	       pc_copy_is_of_run(c->env, &birth);
}

/* Opens an existing file for writing in place. 0; 1 where it was refused for what it is; or
 * negative errno. */
static int target_open_in_place(struct pc_copier *c, struct file *file)
{
	struct pc_entry *e = file->e;
	int fd, r;

	e->step = PCOPY_STEP_CREATE;
	fd = target_open_there(c, e);
	if (fd < 0)
		return may_be_removed(c, e, fd) ? target_create_anew(c, file) : fd;
	file->dst_fd = fd;
	r = target_look(c, file);
	/* a target that must become a clone keeps its contents until it is one */
	if (r != 0 || file->device || c->walk.options->attributes_only || pc_data_must_clone(c))
		return r;
	e->step = PCOPY_STEP_TRUNCATE;
	/* also if it is empty: truncating clears set-id bits and capabilities */
	return pc_sys_ftruncate(fd, 0);
}

/* Creates a file under a temporary name; it replaces the target when it is complete. */
static int target_create_beside(struct pc_copier *c, struct file *file)
{
	pc_copier_temp_name(c, file->e->dst_name, file->temp);
	return target_create(c, file);
}

/* Whether replacing the target makes no difference to writing in place: its links, owner, mode
 * and attributes would be the same. */
static bool is_replaceable(const struct pc_copier *c, const struct file *file)
{
	const struct stat *old = &file->old;
	const struct pc_frame *f = file->e->frame;

	return old->st_nlink == 1 && !(old->st_mode & 06000) && !f->acl &&
	       (c->env->uid == 0 || (old->st_uid == c->env->uid && old->st_gid == c->env->gid)) &&
	       !pc_attr_has_any(f->dst_fd, file->e->dst_name);
}

/* Whether the existing target may be written to. */
static bool is_open_to_us(const struct pc_copier *c, const struct file *file)
{
	return c->walk.options->force ||
	       pc_sys_faccessat(file->e->frame->dst_fd, file->e->dst_name, W_OK) == 0;
}

/* Replaces the target instead of writing to it, so that readers never see half of it. Devices,
 * and targets that cannot be replaced, are written in place. */
static int target_replace_in_place(struct pc_copier *c, struct file *file)
{
	bool must = c->walk.options->atomic == PCOPY_ALWAYS;
	int r;

	file->e->step = PCOPY_STEP_STAT_TARGET;
	r = pc_sys_fstatat(file->e->frame->dst_fd, file->e->dst_name, &file->old,
	                   AT_SYMLINK_NOFOLLOW);
	if (r < 0)
		return r;
	r = -EACCES;
	if (S_ISREG(file->old.st_mode) && is_open_to_us(c, file)) {
		if (must || is_replaceable(c, file))
			r = target_create_beside(c, file);
		if (must || r != -EACCES)
			return r;
	}
	file->temp[0] = '\0'; /* also where the directory is not writable */
	file->old.st_mode = 0;
	return target_open_in_place(c, file);
}

/* Whether the file must be written under its final name, as the file system or a mount point
 * forbids the renaming. */
static bool is_in_place(const struct pc_copier *c, const struct file *file)
{
	return c->walk.options->atomic != PCOPY_ALWAYS &&
	       (file->in_place || file->e->frame->dst_fs->no_rename);
}

/* Whether new files are written under a temporary name, too. With --update this is necessary:
 * the next run would keep half a file as an existing target. */
static bool writes_beside(const struct pc_copier *c)
{
	const struct pcopy_options *o = c->walk.options;

	if (o->attributes_only || o->atomic == PCOPY_NEVER)
		return false;
	return o->atomic == PCOPY_ALWAYS ||
	       (o->update != PCOPY_UPDATE_ALL && !(o->rules & PCOPY_RULE_UPDATE_IN_PLACE));
}

/* Whether a new file takes more than one call, so that it would be half written for a while. */
static bool takes_several_calls(const struct pc_copier *c, const struct file *file)
{
	uint64_t one_call = pc_throttle_piece(c->walk.queue, PC_ONE_CALL_BYTES);

	return file->meta.size > one_call && !file->stream && !c->walk.options->attributes_only &&
	       c->walk.options->atomic != PCOPY_NEVER;
}

/* Creates the file where no target exists any more. */
static int target_create_new(struct pc_copier *c, struct file *file)
{
	if (is_in_place(c, file) || (!writes_beside(c) && !takes_several_calls(c, file)))
		return target_create(c, file);
	file->is_new = true;
	return target_create_beside(c, file);
}

/* Opens a target whose name is taken, or may be. Returns as target_open_in_place(). */
static int target_open_existing(struct pc_copier *c, struct file *file)
{
	int r = pc_target_clear(c, file->e);

	switch (r) {
	case PC_VERDICT_IN_PLACE:
		return writes_beside(c) && !is_in_place(c, file) ? target_replace_in_place(c, file)
		                                                 : target_open_in_place(c, file);
	case PC_VERDICT_REPLACE:
		if (is_in_place(c, file))
			return pc_target_refused(c, file->e, target_create_anew(c, file));
		file->removes = true;
		return target_create_beside(c, file);
	case PC_VERDICT_FREE:
		return pc_target_refused(c, file->e, target_create_new(c, file));
	default:
		return r < 0 ? r : 1;
	}
}

static int target_open(struct pc_copier *c, struct file *file)
{
	int r;

	pc_copier_drop_lost(c, file->e);
	if (!is_in_place(c, file) && (writes_beside(c) || takes_several_calls(c, file)))
		return target_open_existing(c, file);
	r = target_create(c, file);
	return r == -EEXIST ? target_open_existing(c, file) : r;
}

/* ---- The contents ---- */

/* Whether a new file is copied by several workers, under another name until it is complete. Not
 * where the source itself has an entry of that temporary name, left by an interrupted copy: in
 * the target it would be mistaken for the unfinished file. */
static bool is_large(const struct pc_copier *c, const struct file *file)
{
	const struct pc_frame *f = file->e->frame;
	uint64_t limit = c->walk.options->chunk_bytes;
	char temp[PC_TEMP_NAME_MAX];
	struct stat st;

	if (limit == 0 || file->meta.size <= limit || c->walk.job->kind == PC_JOB_FINISH ||
	    is_in_place(c, file) || file->stream || c->walk.options->attributes_only ||
	    (uint64_t)file->e->src.st_blocks * 512 <= limit ||
	    pc_sys_fstatat(f->dst_fd, file->e->dst_name, &st, AT_SYMLINK_NOFOLLOW) != -ENOENT)
		return false;
	pc_large_temp_name(temp, file->e->dst_name);
	return f->top || pc_sys_fstatat(f->src_fd, temp, &st, AT_SYMLINK_NOFOLLOW) == -ENOENT;
}

/* Bytes of the file that are moved. */
static uint64_t large_data(const struct pc_copier *c, const struct file *file)
{
	return c->walk.options->sparse == PCOPY_NEVER ? file->meta.size
	                                              : (uint64_t)file->e->src.st_blocks * 512;
}

/* A file that reports a length of 0, which may be wrong. */
static int copy_unsized(struct pc_copier *c, struct file *file, const struct pc_span *span)
{
	struct pc_entry *e = file->e;
	const struct pc_fs *fs =
		pc_walk_fs(&c->walk, e->frame->src_fs, e->src.st_dev, file->src_fd);

	if (!fs->type->sizes_are_true)
		return pc_data_drain(c, e, span, &file->meta.size);
	c->walk.job->counts.method_files[PCOPY_METHOD_NONE]++;
	return 0;
}

/* Turns an existing file into a clone or leaves it as it is. A longer file must be emptied first
 * (FICLONE fails with EINVAL where the source ends within a block). It is emptied only when
 * cloning into an unnamed file has shown that cloning works. */
static int clone_over(struct pc_copier *c, struct file *file, const struct pc_span *span)
{
	struct pc_entry *e = file->e;
	_cleanup_fd_ int probe = -1;
	struct stat st;
	int r = pc_data_clone(c, e, span);

	if (r == -EINVAL) {
		probe = pc_sys_openat(e->frame->dst_fd, ".", O_TMPFILE | O_RDWR, 0600);
		if (probe < 0 || pc_sys_clone(span->src_fd, probe) < 0)
			return r;
		e->step = PCOPY_STEP_TRUNCATE;
		r = pc_sys_ftruncate(span->dst_fd, 0);
		if (r == 0)
			r = pc_data_clone(c, e, span);
	}
	if (r != 0)
		return r;
	e->step = PCOPY_STEP_TRUNCATE;
	r = pc_sys_fstat(span->dst_fd, &st);
	/* the file may have been longer; at the right length it is left alone, as XFS would
	 * unshare its last block */
	return r < 0 || (uint64_t)st.st_size == file->meta.size
	               ? r
	               : pc_sys_ftruncate(span->dst_fd, file->meta.size);
}

static int copy_sized(struct pc_copier *c, struct file *file, const struct pc_span *span)
{
	struct pc_entry *e = file->e;
	const struct pc_fs *fs =
		pc_walk_fs(&c->walk, e->frame->src_fs, span->src_dev, span->src_fd);
	uint64_t end;
	int r;

	if (pc_data_must_clone(c) && !file->made)
		return clone_over(c, file, span);
	r = pc_data_clone(c, e, span);
	if (r <= 0)
		return r;
	r = pc_data_copy(c, e, span, &end);
	if (r == PC_DATA_CHANGED) {
		struct pc_meta before = file->meta;

		file->meta.size = end;
		r = pc_file_catch_up(c, e, span, &before, &file->meta.size);
		end = UINT64_MAX; /* one byte more may have been written, so the length must be
		                   * set */
	} else if (r == 0 && !fs->type->sizes_are_true) {
		r = pc_file_find_end(c, e, span, &file->meta.size);
	}
	if (r < 0 || end == file->meta.size)
		return r;
	e->step = PCOPY_STEP_TRUNCATE;
	return pc_sys_ftruncate(file->dst_fd, file->meta.size);
}

static int copy_contents(struct pc_copier *c, struct file *file)
{
	const struct stat *src = &file->e->src;
	const struct pc_span span = {
		.src_fd = file->src_fd,
		.dst_fd = file->dst_fd,
		.dst_fs = file->dst_fs,
		.src_dev = src->st_dev,
		.length = file->meta.size,
		.holes = (uint64_t)src->st_blocks * 512 < file->meta.size,
		.last = true,
	};

	if (c->walk.options->attributes_only)
		return 0;
	if (file->stream || file->device)
		return pc_data_stream(c, file->e, &span, &file->meta.size);
	return span.length == 0 ? copy_unsized(c, file, &span) : copy_sized(c, file, &span);
}

/* ---- Finishing ---- */

/* Where a file is replaced instead of being written to, the new one gets its owner and mode,
 * without the bits that writing clears. */
static void file_keep_metadata(const struct pc_copier *c, struct file *file)
{
	unsigned preserve = c->walk.options->preserve;
	const struct stat *old = &file->old;
	int r = 0;

	if (!(preserve & PCOPY_KEEP_OWNER) &&
	    (old->st_uid != file->have.uid || old->st_gid != file->have.gid))
		/* an ordinary user may not be allowed to */
		(void)pc_sys_fchownat(file->dst_fd, "", old->st_uid, old->st_gid);
	if (!(preserve & PCOPY_KEEP_MODE))
		r = pc_sys_fchmod(file->dst_fd, old->st_mode & 01777);
	if (r < 0)
		pc_entry_warn(file->e, PCOPY_STEP_MODE, r, true);
}

/* Finishes a target that gets bytes and no metadata. */
static int device_finish(struct pc_copier *c, struct file *file)
{
	int r = 0;

	file->e->step = PCOPY_STEP_SYNC;
	if (c->walk.options->fsync == PCOPY_FSYNC_FILE)
		r = pc_walk_flush(&c->walk, pc_sys_fsync, file->dst_fd);
	if (r < 0 && r != -EINVAL) /* EINVAL: a FIFO or a terminal cannot be synced */
		return r;
	file->e->step = PCOPY_STEP_CLOSE;
	return pc_walk_flush(&c->walk, pc_sys_close, pc_take_fd(&file->dst_fd));
}

static int file_finish(struct pc_copier *c, struct file *file)
{
	struct pc_entry *e = file->e;
	const struct pc_commit commit = {
		.src_fd = file->src_fd,
		.dst_fs = file->dst_fs,
		.temp_name = file->temp[0] ? file->temp : NULL,
		.is_new = file->is_new,
	};
	const struct pc_meta_task task = {
		.from = {.fd = file->src_fd},
		.to = {.fd = file->dst_fd},
		.want = &file->meta,
		.have = file->have,
	};
	int r;

	if (file->device)
		return device_finish(c, file);
	r = pc_meta_apply(c, e, &task);
	if (r == 0 && file->old.st_mode)
		file_keep_metadata(c, file);
	if (r == 0)
		r = pc_file_commit(c, e, &commit, &file->dst_fd);
	if (r == 0 && file->made && !pc_queue_file_end(c->walk.queue, c->walk.slot))
		r = -ECANCELED;
	if (r == 0 && file->removes)
		pc_target_removed(c, e);
	return r;
}

/* Removes what was begun and not finished: a file under its final name is never half a copy. */
static void file_discard(struct pc_copier *c, struct file *file)
{
	pc_close_cleanup(&file->dst_fd);
	file->dst_fd = -1;
	if (file->made) { /* the entry's own error is the one reported */
		(void)pc_sys_unlinkat(file->e->frame->dst_fd, made_name(file), 0);
		(void)pc_queue_file_end(c->walk.queue, c->walk.slot);
	}
	file->made = file->is_new = file->removes = false;
	file->temp[0] = '\0';
	file->old.st_mode = 0;
	pc_backup_restore(file->e);
}

/* `ret_removes`: the rules required removing the existing target. */
static int copy_to_target_once(struct pc_copier *c, struct file *file, bool *ret_removes)
{
	int r;

	pc_phase(c, PCOPY_PHASE_CREATE);
	r = target_open(c, file);
	if (r == 0) {
		pc_phase(c, PCOPY_PHASE_COPY);
		r = copy_contents(c, file);
	}
	if (r == 0) {
		if (c->walk.options->preserve)
			pc_phase(c, PCOPY_PHASE_METADATA);
		r = file_finish(c, file);
	}
	*ret_removes = file->removes;
	if (r != 0)
		file_discard(c, file);
	return r;
}

/* Whether a file written beside its target cannot replace it but may write to it, as cp would:
 * its name is a mount point, or the file system cannot rename. */
static bool must_write_in_place(const struct pc_copier *c, struct file *file, bool removes, int r)
{
	if (c->walk.options->atomic == PCOPY_ALWAYS || file->in_place)
		return false;
	if (pc_rename_is_refused(file->e, r)) {
		file->e->frame->dst_fs->no_rename = true;
		return true;
	}
	return r == -EBUSY && file->e->step == PCOPY_STEP_RENAME && !removes;
}

/* A target that is a mount point itself (a bind-mounted file, as in containers) cannot be
 * replaced. It is written to instead, where cp would not have replaced it. */
static int copy_to_target(struct pc_copier *c, struct file *file)
{
	bool removes;
	int r = copy_to_target_once(c, file, &removes);

	if (!must_write_in_place(c, file, removes, r))
		return r;
	file->in_place = true;
	file->meta = pc_copier_meta(c, &file->e->src);
	return copy_to_target_once(c, file, &removes);
}

static void copy_opened(struct pc_copier *c, struct file *file)
{
	struct pc_entry *e = file->e;
	int r;

	if (!pc_target_takes(c, e))
		return;
	if (c->walk.options->resume && !file->stream && pc_target_is_finished(c, e)) {
		pc_entry_skip(c, e);
		return;
	}
	file->meta = pc_copier_meta(c, &e->src);
	if (is_large(c, file)) {
		(void)pc_walk_hand_large(&c->walk, e->frame, e->src_name, &file->meta,
		                         large_data(c, file));
		return;
	}
	r = copy_to_target(c, file);
	if (r == 0) {
		c->walk.job->counts.bytes += file->meta.size;
		pc_entry_done(c, e);
	} else if (r != -ECANCELED) {
		pc_entry_fail(c, e, r < 0 ? r : 0);
	} else {
		c->walk.job->counts.entries[PCOPY_FILE].failed++;
	}
}

enum pc_file_is pc_file_copy(struct pc_copier *c, struct pc_entry *e)
{
	enum pc_file_is is = PC_FILE_WAS_COPIED;
	struct file file = {.e = e, .dst_fd = -1};
	int r;

	pc_phase(c, PCOPY_PHASE_OPEN);
	e->kind = PCOPY_FILE;
	if (pc_target_stays(c, e))
		return is;
	e->step = PCOPY_STEP_OPEN_SOURCE;
	file.src_fd = pc_file_open_source(c, e);
	if (file.src_fd == -ELOOP && !pc_entry_follows(c, e))
		return PC_FILE_IS_SYMLINK;
	if (file.src_fd < 0) {
		pc_entry_fail(c, e, file.src_fd);
		return is;
	}
	r = pc_sys_fstat(file.src_fd, &e->src);
	if (r < 0) {
		e->step = PCOPY_STEP_STAT;
		pc_entry_fail(c, e, r);
	} else if (S_ISREG(e->src.st_mode) || pc_entry_is_stream(c, e)) {
		file.stream = !S_ISREG(e->src.st_mode);
		copy_opened(c, &file);
	} else {
		is = PC_FILE_IS_SPECIAL;
	}
	pc_batch_add(&c->walk.batch, file.src_fd);
	return is;
}
