/* file.c - copying one regular file.
 *
 * The common file costs openat, fstat, openat, one copy call, and its part of a
 * close_range.  A new file grows as its data comes in and gets its length last,
 * so under its final name it never has its full size and other contents; one
 * that cannot be finished is removed.  An existing file is written in place, as
 * cp does: its links, owner and mode stay. */
#include "copy/copier.h"

#include "base/sys.h"

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

static int create(struct pc_copier *c, struct file *file)
{
	bool list = pc_attr_has_list(c, file->src_fd);
	mode_t mode = pc_meta_create_mode(c, file->f, &file->meta, list) & 0777;
	int fd = pc_openat(file->f->dst_fd, file->dst_name,
			   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY, mode);

	if (fd < 0)
		return fd;
	file->dst_fd = fd;
	file->made = true;
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
	int fd;

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
	if (!file->device && !c->options->attributes_only && ftruncate(fd, 0) < 0)
		return -errno;
	file->have = (struct pc_target_state){
		.mode = st.st_mode & 07777, .uid = st.st_uid, .gid = st.st_gid, .acl = true};
	return 0;
}

/* The name is taken.  As open_in_place(). */
static int open_existing(struct pc_copier *c, struct file *file)
{
	int r = pc_target_clear(c, file->f, &file->src, file->src_name, file->dst_name, &file->step);

	if (r == PC_TARGET_IN_PLACE)
		return open_in_place(c, file);
	if (r != PC_TARGET_FREE)
		return r < 0 ? r : 1;
	file->step = PCOPY_STEP_CREATE;
	return create(c, file);
}

static int open_target(struct pc_copier *c, struct file *file)
{
	int r;

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
	return ftruncate(file->dst_fd, (off_t)file->meta.size) < 0 ? -errno : 0;
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

static int finish(struct pc_copier *c, struct file *file)
{
	int fd = file->dst_fd;
	int r = 0;

	if (!file->device)
		r = pc_meta_apply(c, file->src_fd, fd, &file->meta, &file->have, &file->step);
	if (r < 0)
		return r;
	if (!file->device)
		pc_meta_seal(c, file->src_fd, fd);
	pc_phase(c, PCOPY_PHASE_COMMIT);
	file->step = PCOPY_STEP_CLOSE;
	file->dst_fd = -1;
	return pc_file_close_target(c, fd);
}

/* Nothing under a final name lies: what was begun and not finished goes. */
static void discard(struct pc_copier *c, struct file *file)
{
	if (file->dst_fd >= 0)
		close(file->dst_fd);
	file->dst_fd = -1;
	if (file->made)
		(void)unlinkat(file->f->dst_fd, file->dst_name, 0); /* the error told is the first */
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
