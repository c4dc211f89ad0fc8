/* file.c - copying one regular file.
 *
 * The common file costs openat, fstat, openat, one copy call, and its part of a
 * close_range.  A new file grows as its data comes in and gets its length last,
 * so under its final name it never has its full size and other contents; one
 * that cannot be finished is removed.  An existing file is written in place, as
 * cp does: its links, owner and mode stay; or it is replaced, by a file that is
 * written beside it under a temporary name and renamed when it is whole. */
#include "copy/copier.h"

#include "base/cleanup.h"
#include "sys/sys.h"

#include <errno.h>
#include <unistd.h>

/* A file in work. */
struct file {
	struct pc_frame *f;
	const char *src_name, *dst_name;
	int src_fd, dst_fd;
	struct stat src;
	struct pc_meta meta;
	bool made;   /* new in this run: removed when it cannot be finished */
	char temp[PC_TEMP_NAME_MAX]; /* the name until it is whole, or "": the final one */
	bool removes; /* what has the name was to be removed anyway */
	struct stat old; /* what has the name; st_mode 0: none that is written to */
	bool stream; /* the source is a FIFO or a device, and is read */
	bool device; /* the target is a device: nothing but the bytes goes there */
	struct pc_target_state have;
	enum pcopy_step step; /* in work, for the message */
};

int pc_file_open_source(const struct pc_copier *c, const struct pc_frame *f, const char *name)
{
	int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY;

	return pc_openat(f->src_fd, name, pc_frame_follows(c, f) ? flags : flags | O_NOFOLLOW, 0);
}

bool pc_file_is_stream(const struct pc_copier *c, const struct stat *st)
{
	return c->options->copy_contents &&
	       !S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode) && !S_ISLNK(st->st_mode);
}

int pc_file_close_target(struct pc_copier *c, int fd)
{
	if (c->close_safe) {
		pc_batch_add(&c->batch, fd);
		return 0;
	}
	/* On Linux the descriptor is gone whatever close() says. */
	return close(fd) < 0 && errno != EINTR ? -errno : 0;
}

bool pc_file_replaced(const struct pc_meta *before, const struct stat *now)
{
	return before->dev != now->st_dev || before->ino != now->st_ino;
}

bool pc_file_changed(const struct pc_meta *before, const struct stat *now)
{
	return pc_file_replaced(before, now) || before->size != (uint64_t)now->st_size ||
	       before->mtime.tv_sec != now->st_mtim.tv_sec ||
	       before->mtime.tv_nsec != now->st_mtim.tv_nsec;
}

/* ---- The target ---- */

static const char *made_name(const struct file *file)
{
	return file->temp[0] ? file->temp : file->dst_name;
}

static int create(struct pc_copier *c, struct file *file)
{
	bool list = pc_attr_has_list(c, file->src_fd);
	mode_t mode = pc_meta_create_mode(c, file->f, &file->meta, list) & 0777 &
		      (file->old.st_mode ? file->old.st_mode : 0777);
	int fd = pc_openat(file->f->dst_fd, made_name(file),
			   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY, mode);

	if (fd < 0)
		return fd;
	file->dst_fd = fd;
	file->made = true;
	pc_queue_file_begin(c->queue, c->slot, c->root, file->f->top,
			    file->f->top ? "" : c->path.data, made_name(file));
	file->have.acl = file->f->acl;
	file->have.mode = file->f->acl ? PC_MODE_UNKNOWN : mode & ~c->env->umask;
	file->have.uid = c->env->uid;
	file->have.give = pc_meta_left_out(c, &file->meta);
	file->have.gid = file->f->gid_own ? c->env->gid : (gid_t)-1;
	return 0;
}

/* Replaces what cannot be opened (--force). */
static int create_anew(struct pc_copier *c, struct file *file)
{
	int r;

	file->step = PCOPY_STEP_UNLINK;
	r = pc_target_remove(c, file->f, file->src_name, file->dst_name);
	if (r < 0)
		return r;
	file->step = PCOPY_STEP_CREATE;
	return create(c, file);
}

/* Opens an existing file for writing in place.  0, negative errno, or 1 when
 * it was refused for what it is. */
static int open_in_place(struct pc_copier *c, struct file *file)
{
	struct stat st;
	int fd, r;

	file->step = PCOPY_STEP_CREATE;
	fd = pc_openat(file->f->dst_fd, file->dst_name,
		       O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0)
		return c->options->force ? create_anew(c, file) : fd;
	file->dst_fd = fd;
	/* Again, now of what was opened: truncating the source loses it. */
	if (fstat(fd, &st) < 0)
		return -errno;
	file->step = pc_target_refuses(file->f, file->dst_name, &file->src, &st);
	if (file->step != PCOPY_STEP_NONE)
		return 1;
	file->device = !S_ISREG(st.st_mode);
	file->step = PCOPY_STEP_TRUNCATE;
	/* also an empty one: this takes its set-id bits and capabilities away */
	r = file->device || c->options->attributes_only ? 0 : pc_sys_ftruncate(fd, 0);
	if (r < 0)
		return r;
	file->have = (struct pc_target_state){
		.mode = st.st_mode & 07777, .uid = st.st_uid, .gid = st.st_gid, .acl = true};
	return 0;
}

/* A file that takes its place when it is whole. */
static int create_beside(struct pc_copier *c, struct file *file)
{
	file->step = PCOPY_STEP_CREATE;
	pc_copier_temp_name(c, file->dst_name, file->temp);
	return create(c, file);
}

/* Whether the file that is there cannot be told from one that takes its place. */
static bool is_replaceable(struct pc_copier *c, const struct file *file)
{
	const struct stat *old = &file->old;

	return old->st_nlink == 1 && !(old->st_mode & 06000) && !file->f->acl &&
	       (c->env->uid == 0 || (old->st_uid == c->env->uid && old->st_gid == c->env->gid)) &&
	       !pc_attr_has_any(c, file->f->dst_fd, file->dst_name);
}

/* Whether it might be written to. */
static bool is_open_to_us(const struct pc_copier *c, const struct file *file)
{
	return c->options->force || faccessat(file->f->dst_fd, file->dst_name, W_OK,
					      AT_EACCESS | AT_SYMLINK_NOFOLLOW) == 0;
}

/* Instead of writing to it, which a reader would see; but to a device, and where that
 * fails anyway. */
static int replace_in_place(struct pc_copier *c, struct file *file)
{
	bool must = c->options->atomic == PCOPY_ALWAYS;
	int r = -EACCES;

	file->step = PCOPY_STEP_STAT_TARGET;
	if (fstatat(file->f->dst_fd, file->dst_name, &file->old, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISREG(file->old.st_mode) && is_open_to_us(c, file)) {
		if (must || is_replaceable(c, file))
			r = create_beside(c, file);
		if (must || r != -EACCES)
			return r;
	}
	file->temp[0] = '\0'; /* of a directory that nothing can be made in, too */
	file->old.st_mode = 0;
	return open_in_place(c, file);
}

/* Also where what is there is left alone: the next run would take half a file for
 * one that is to stay. */
static bool writes_beside(const struct pc_copier *c)
{
	const struct pcopy_options *o = c->options;

	return !o->attributes_only &&
	       (o->atomic == PCOPY_ALWAYS ||
		(o->atomic == PCOPY_AUTO && o->update != PCOPY_UPDATE_ALL));
}

/* The name is taken, or may be.  As open_in_place(). */
static int open_existing(struct pc_copier *c, struct file *file)
{
	int r = pc_target_clear(c, file->f, &file->src, file->src_name, file->dst_name, &file->step);

	if (r == PC_TARGET_IN_PLACE)
		return writes_beside(c) ? replace_in_place(c, file) : open_in_place(c, file);
	file->removes = r == PC_TARGET_REPLACE;
	if (file->removes || (r == PC_TARGET_FREE && writes_beside(c)))
		return create_beside(c, file);
	if (r != PC_TARGET_FREE)
		return r < 0 ? r : 1;
	file->step = PCOPY_STEP_CREATE;
	return create(c, file);
}

static int open_target(struct pc_copier *c, struct file *file)
{
	int r;

	pc_copier_drop_lost(c, file->f, file->dst_name);
	if (writes_beside(c))
		return open_existing(c, file);
	file->step = PCOPY_STEP_CREATE;
	r = create(c, file);
	return r == -EEXIST ? open_existing(c, file) : r;
}

/* ---- The contents ---- */

/* Large new files go to several workers, under another name until complete. */
static bool is_large(const struct pc_copier *c, const struct file *file)
{
	uint64_t limit = c->options->chunk_bytes;
	struct stat st;

	return limit > 0 && file->meta.size > limit && !file->stream && !c->options->attributes_only &&
	       (uint64_t)file->src.st_blocks * 512 > limit &&
	       fstatat(file->f->dst_fd, file->dst_name, &st, AT_SYMLINK_NOFOLLOW) < 0 &&
	       errno == ENOENT;
}

int pc_file_catch_up(struct pc_copier *c, const struct pc_span *span,
		     const struct pc_meta *before, uint64_t *size, enum pcopy_step *step)
{
	struct pc_span rest = *span;
	struct stat now;

	*step = PCOPY_STEP_STAT;
	if (fstat(span->src_fd, &now) < 0)
		return -errno;
	if (pc_file_changed(before, &now)) /* some never have the size that they tell */
		pc_copier_warn(c, PCOPY_STEP_CHANGED, 0, false);
	if ((uint64_t)now.st_size < *size)
		*size = (uint64_t)now.st_size;
	if ((uint64_t)now.st_size == *size || *size < before->size)
		return 0;
	rest.offset = *size;
	rest.last = false;
	return pc_data_drain(c, &rest, size, step);
}

/* What tells no length, or a wrong one. */
static int copy_unsized(struct pc_copier *c, struct file *file, const struct pc_span *span)
{
	if (file->stream)
		return pc_data_stream(c, span, &file->meta.size, &file->step);
	if (!c->trust_size)
		return pc_data_drain(c, span, &file->meta.size, &file->step);
	c->job->counts.method_files[PCOPY_METHOD_NONE]++;
	return 0;
}

static int copy_sized(struct pc_copier *c, struct file *file, const struct pc_span *span)
{
	uint64_t end;
	int r;

	file->step = PCOPY_STEP_CLONE;
	r = pc_data_clone(c, span);
	if (r <= 0)
		return r;
	r = pc_data_copy(c, span, &end, &file->step);
	if (r == PC_DATA_CHANGED) {
		struct pc_meta before = file->meta;

		file->meta.size = end;
		r = pc_file_catch_up(c, span, &before, &file->meta.size, &file->step);
		end = UINT64_MAX; /* a byte more may have been written: the length is set */
	}
	if (r < 0 || end == file->meta.size || file->device)
		return r;
	file->step = PCOPY_STEP_TRUNCATE;
	return pc_sys_ftruncate(file->dst_fd, file->meta.size);
}

static int copy_contents(struct pc_copier *c, struct file *file)
{
	struct pc_span span = {
		.src_fd = file->src_fd,
		.dst_fd = file->dst_fd,
		.src_dev = file->src.st_dev,
		.length = file->meta.size,
		.holes = !file->device && (uint64_t)file->src.st_blocks * 512 < file->meta.size,
		.last = true,
	};

	c->way = (struct pcopy_way){0};
	if (c->options->attributes_only)
		return 0;
	return span.length == 0 ? copy_unsized(c, file, &span) : copy_sized(c, file, &span);
}

/* What is written to instead of being replaced keeps its owner and mode, without
 * the bits that writing takes away. */
static int dress_as_old(const struct pc_copier *c, struct file *file)
{
	const struct stat *old = &file->old;

	if (!(c->options->preserve & PCOPY_KEEP_OWNER) &&
	    (old->st_uid != file->have.uid || old->st_gid != file->have.gid))
		(void)!fchown(file->dst_fd, old->st_uid, old->st_gid); /* if it may be */
	file->step = PCOPY_STEP_MODE;
	if (!(c->options->preserve & PCOPY_KEEP_MODE) &&
	    fchmod(file->dst_fd, old->st_mode & 01777) < 0)
		return -errno;
	return 0;
}

int pc_file_commit(struct pc_copier *c, const struct pc_frame *f, const struct pc_commit *commit,
		   int *dst_fd, enum pcopy_step *step)
{
	/* flags wait for the final name: some forbid to change it; and a lock lasts as long */
	_cleanup_close_ int kept = -1;
	int r;

	pc_phase(c, PCOPY_PHASE_COMMIT);
	*step = PCOPY_STEP_SYNC;
	if (c->options->fsync == PCOPY_FSYNC_FILE && fsync(*dst_fd) < 0)
		return -errno;
	if (commit->locked || (c->options->preserve & PCOPY_KEEP_FLAGS))
		kept = fcntl(*dst_fd, F_DUPFD_CLOEXEC, 0);
	if (kept < 0 && (c->options->preserve & PCOPY_KEEP_FLAGS))
		pc_copier_warn(c, PCOPY_STEP_FLAGS, -errno, false);
	*step = PCOPY_STEP_CLOSE;
	r = pc_file_close_target(c, pc_take_fd(dst_fd));
	if (r < 0)
		return r;
	*step = PCOPY_STEP_RENAME;
	if (commit->temp_name &&
	    renameat(f->dst_fd, commit->temp_name, f->dst_fd, commit->dst_name) < 0)
		return -errno;
	if (kept >= 0)
		pc_meta_seal(c, commit->src_fd, kept);
	return 0;
}

static int finish(struct pc_copier *c, struct file *file)
{
	const struct pc_commit commit = {
		.src_fd = file->src_fd,
		.temp_name = file->temp[0] ? file->temp : NULL,
		.dst_name = file->dst_name,
	};
	int r;

	if (file->device) {
		file->step = PCOPY_STEP_CLOSE;
		return pc_file_close_target(c, pc_take_fd(&file->dst_fd));
	}
	r = pc_meta_apply(c, file->src_fd, file->dst_fd, &file->meta, &file->have, &file->step);
	if (r == 0 && file->old.st_mode)
		r = dress_as_old(c, file);
	if (r == 0)
		r = pc_file_commit(c, file->f, &commit, &file->dst_fd, &file->step);
	if (r == 0 && file->made && !pc_queue_file_end(c->queue, c->slot))
		r = -ECANCELED;
	if (r == 0 && file->removes && c->options->verbose)
		pc_copier_event(c, PCOPY_EVENT_REMOVED, PCOPY_FILE, PCOPY_STEP_NONE, 0,
				pc_frame_label(file->f, file->src_name));
	return r;
}

/* Nothing under a final name lies: what was begun and not finished goes. */
static void discard(struct pc_copier *c, struct file *file)
{
	pc_close_cleanup(&file->dst_fd);
	if (file->made) {
		(void)unlinkat(file->f->dst_fd, made_name(file), 0); /* the error told is the first */
		(void)pc_queue_file_end(c->queue, c->slot);
	}
	pc_backup_restore(c, file->f, file->dst_name);
}

static int copy_to_target(struct pc_copier *c, struct file *file)
{
	int r;

	pc_phase(c, PCOPY_PHASE_CREATE);
	r = open_target(c, file);
	if (r == 0) {
		pc_phase(c, PCOPY_PHASE_COPY);
		r = copy_contents(c, file);
	}
	if (r == 0) {
		if (c->options->preserve)
			pc_phase(c, PCOPY_PHASE_METADATA);
		r = finish(c, file);
	}
	if (r != 0)
		discard(c, file);
	return r;
}

static void copy_opened(struct pc_copier *c, struct file *file)
{
	const char *label = pc_frame_label(file->f, file->src_name);
	int r;

	if (!pc_target_wanted(c, file->f, PCOPY_FILE, &file->src, file->src_name,
			      file->dst_name) ||
	    pc_copier_linked(c, file->f, &file->src, file->src_name))
		return;
	if (c->options->resume && !file->stream &&
	    pc_target_is_finished(c, file->f, &file->src, file->dst_name)) {
		pc_copier_skip(c, PCOPY_FILE, label);
		return;
	}
	file->meta = pc_copier_meta(c, &file->src);
	if (is_large(c, file)) {
		pc_copier_hand_back(c, file->f, PC_ITEM_LARGE, file->src_name, &file->meta);
		return;
	}
	r = copy_to_target(c, file);
	if (r == 0) {
		c->job->counts.bytes += file->meta.size;
		pc_copier_done(c, PCOPY_FILE, label);
	} else if (r != -ECANCELED) {
		pc_copier_fail(c, PCOPY_FILE, file->step, r < 0 ? r : 0, label);
	} else {
		c->job->counts.entries[PCOPY_FILE].failed++;
	}
}

void pc_file_copy(struct pc_copier *c, struct pc_frame *f, const char *src_name,
		  const char *dst_name)
{
	const char *label = pc_frame_label(f, src_name);
	struct file file = {.f = f, .src_name = src_name, .dst_name = dst_name, .dst_fd = -1};

	pc_phase(c, PCOPY_PHASE_OPEN);
	file.src_fd = pc_file_open_source(c, f, src_name);
	if (file.src_fd == -ELOOP && !pc_frame_follows(c, f)) { /* it became a symbolic link */
		pc_entry_symlink(c, f, src_name, dst_name);
		return;
	}
	if (file.src_fd < 0) {
		pc_copier_fail(c, PCOPY_FILE, PCOPY_STEP_OPEN_SOURCE, file.src_fd, label);
		return;
	}
	if (fstat(file.src_fd, &file.src) < 0) {
		pc_copier_fail(c, PCOPY_FILE, PCOPY_STEP_STAT, -errno, label);
	} else if (S_ISREG(file.src.st_mode) || pc_file_is_stream(c, &file.src)) {
		file.stream = !S_ISREG(file.src.st_mode);
		copy_opened(c, &file);
	} else {
		pc_entry_special(c, f, &file.src, src_name, dst_name);
	}
	pc_batch_add(&c->batch, file.src_fd);
}
