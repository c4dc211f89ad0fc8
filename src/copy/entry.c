/* entry.c - entries that are neither directories nor regular files. */
#include "copy/copier.h"

#include "base/cleanup.h"
#include "base/sys.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static void copy_entry(struct pc_copier *c, struct pc_frame *f, enum pc_type type,
		       const char *src_name, const char *dst_name)
{
	struct stat st;

	if (c->options->make != PCOPY_MAKE_COPIES) {
		pc_linking_entry(c, f, src_name, dst_name);
		return;
	}
	switch (type) {
	case PC_TYPE_FILE:
		pc_file_copy(c, f, src_name, dst_name);
		break;
	case PC_TYPE_LINK:
		pc_entry_symlink(c, f, src_name, dst_name);
		break;
	case PC_TYPE_DIR: /* its type changed since it was listed */
	case PC_TYPE_OTHER:
		if (fstatat(f->src_fd, src_name, &st,
			    pc_frame_follows(c, f) ? 0 : AT_SYMLINK_NOFOLLOW) < 0)
			pc_copier_fail(c, PCOPY_SPECIAL, PCOPY_STEP_STAT, -errno,
				       pc_frame_label(f, src_name));
		else if (pc_file_is_stream(c, &st))
			pc_file_copy(c, f, src_name, dst_name);
		else
			pc_entry_special(c, f, &st, src_name, dst_name);
		break;
	}
}

void pc_entry_copy(struct pc_copier *c, struct pc_frame *f, enum pc_type type,
		   const char *src_name, const char *dst_name)
{
	bool file = type == PC_TYPE_FILE && c->options->make == PCOPY_MAKE_COPIES;

	pc_phase(c, file ? PCOPY_PHASE_OPEN : PCOPY_PHASE_LINK);
	if (c->options->progress_paths)
		pc_queue_show(c->queue, c->slot, c->root, c->path.data, f->top ? "" : src_name);
	copy_entry(c, f, type, src_name, dst_name);
	pc_phase_entry_done(c);
}

/* Metadata, count and event of an entry that was made by its name. */
static void finish_entry(struct pc_copier *c, struct pc_frame *f, enum pcopy_kind kind,
			 const struct stat *st, const char *src_name, const char *dst_name)
{
	struct pc_meta meta = pc_copier_meta(c, st);
	enum pcopy_step step;
	int r = pc_meta_apply_at(c, f, src_name, dst_name, &meta, &step);

	if (r < 0)
		pc_copier_fail(c, kind, step, r, pc_frame_label(f, src_name));
	else
		pc_copier_done(c, kind, pc_frame_label(f, src_name));
}

/* What an entry is made from: a symbolic link's text, or a node's mode and device. */
struct making {
	enum pcopy_kind kind;
	enum pcopy_step step;
	const char *link;
	mode_t mode;
	dev_t device;
};

static int make(int dirfd, const char *name, const struct making *m)
{
	int r = m->link ? symlinkat(m->link, dirfd, name) : mknodat(dirfd, name, m->mode, m->device);

	return r < 0 ? -errno : 0;
}

static void make_entry(struct pc_copier *c, struct pc_frame *f, const struct stat *st,
		       const struct making *m, const char *src_name, const char *dst_name)
{
	enum pcopy_step step = m->step;
	int r = make(f->dst_fd, dst_name, m);

	if (r == -EEXIST) {
		r = pc_target_clear(c, f, st, src_name, dst_name, &step);
		if (r == PC_TARGET_FREE || r == PC_TARGET_IN_PLACE)
			step = m->step;
		if (r == PC_TARGET_FREE)
			r = make(f->dst_fd, dst_name, m);
		else if (r == PC_TARGET_IN_PLACE)
			r = -EEXIST;
	}
	if (r == 0) {
		finish_entry(c, f, m->kind, st, src_name, dst_name);
	} else if (r == PC_TARGET_DONE) {
		pc_copier_done(c, m->kind, pc_frame_label(f, src_name));
	} else {
		pc_backup_restore(c, f, dst_name);
		pc_copier_fail(c, m->kind, step, r < 0 ? r : 0, pc_frame_label(f, src_name));
	}
}

void pc_entry_symlink(struct pc_copier *c, struct pc_frame *f, const char *src_name,
		      const char *dst_name)
{
	char link[PATH_MAX]; /* the kernel makes none longer */
	struct making m = {.kind = PCOPY_SYMLINK, .step = PCOPY_STEP_SYMLINK, .link = link};
	struct stat st;
	ssize_t len;

	if (fstatat(f->src_fd, src_name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		pc_copier_fail(c, m.kind, PCOPY_STEP_STAT, -errno, pc_frame_label(f, src_name));
		return;
	}
	if (!pc_target_wanted(c, f, m.kind, &st, src_name, dst_name) ||
	    pc_copier_linked(c, f, &st, src_name))
		return;
	len = readlinkat(f->src_fd, src_name, link, sizeof(link) - 1);
	if (len < 0) {
		pc_copier_fail(c, m.kind, PCOPY_STEP_READLINK, -errno, pc_frame_label(f, src_name));
		return;
	}
	link[len] = '\0';
	make_entry(c, f, &st, &m, src_name, dst_name);
}

/* Where nothing is set afterwards, all that the source has, as cp does. */
static mode_t node_mode(const struct pc_copier *c, const struct pc_frame *f,
			const struct pc_meta *want)
{
	if (c->options->preserve & (PCOPY_KEEP_MODE | PCOPY_KEEP_OWNER))
		return pc_meta_create_mode(c, f, want, true) & 0777;
	return want->mode & 07777;
}

/* FIFOs, sockets and devices are made anew and never opened. */
void pc_entry_special(struct pc_copier *c, struct pc_frame *f, const struct stat *st,
		      const char *src_name, const char *dst_name)
{
	struct pc_meta meta = pc_copier_meta(c, st);
	struct making m = {
		.kind = PCOPY_SPECIAL,
		.step = S_ISFIFO(st->st_mode) ? PCOPY_STEP_MKFIFO : PCOPY_STEP_MKNOD,
		.mode = (st->st_mode & S_IFMT) | node_mode(c, f, &meta),
		.device = st->st_rdev,
	};

	if (S_ISDIR(st->st_mode) || S_ISREG(st->st_mode) || S_ISLNK(st->st_mode)) {
		pc_copier_fail(c, m.kind, PCOPY_STEP_CHANGED, 0, pc_frame_label(f, src_name));
		return;
	}
	if (pc_target_wanted(c, f, m.kind, st, src_name, dst_name) &&
	    !pc_copier_linked(c, f, st, src_name))
		make_entry(c, f, st, &m, src_name, dst_name);
}

/* ---- Hard links ---- */

/* Whether both names are one inode already: a job that is done again. */
static bool linked_already(int dirfd, const char *name, int first_fd, const char *first)
{
	struct stat a, b;

	return fstatat(dirfd, name, &a, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstatat(first_fd, first, &b, AT_SYMLINK_NOFOLLOW) == 0 && pc_same_inode(&a, &b);
}

/* A further name, also of what was made immutable or append-only in this run. */
static int link_name(const struct pc_copier *c, int first_fd, const char *first, int dirfd,
		     const char *name)
{
	_cleanup_close_ int fd = -1;
	int flags, r;

	if (linkat(first_fd, first, dirfd, name, 0) == 0)
		return 0;
	r = -errno;
	if (r != -EPERM || !(c->options->preserve & PCOPY_KEEP_FLAGS))
		return r;
	fd = pc_openat(first_fd, first, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	flags = fd < 0 ? 0 : pc_meta_unseal(fd);
	if (!flags)
		return r;
	r = linkat(first_fd, first, dirfd, name, 0) < 0 ? -errno : 0;
	pc_meta_reseal(fd, flags);
	return r;
}

/* Links `name` to `first`, in place of what may have the name. */
static int link_over(struct pc_copier *c, const struct pc_frame *f, const char *name, int first_fd,
		     const char *first, enum pcopy_step *step)
{
	/* a further name of a regular file replaces what is there, link or not */
	const struct stat source = {.st_mode = S_IFLNK};
	int r;

	*step = PCOPY_STEP_LINK;
	r = link_name(c, first_fd, first, f->dst_fd, name);
	if (r != -EEXIST)
		return r;
	if (linked_already(f->dst_fd, name, first_fd, first))
		return 0;
	r = pc_target_clear(c, f, &source, name, name, step);
	if (r == PC_TARGET_IN_PLACE) { /* of no use here: it is another inode */
		*step = PCOPY_STEP_UNLINK;
		r = pc_target_remove(c, f, name, name);
	}
	if (r != PC_TARGET_FREE)
		return r;
	*step = PCOPY_STEP_LINK;
	r = link_name(c, first_fd, first, f->dst_fd, name);
	if (r < 0)
		pc_backup_restore(c, f, name);
	return r;
}

/* No further name can be had: the coordinator has link number `index` of the job
 * copied instead. */
static void hand_back_link(struct pc_copier *c, uint64_t index, int error)
{
	struct pc_item *item = pc_copier_item(c, PC_ITEM_LINK, "", 0);

	if (!item)
		return;
	item->arg = index;
	item->error = error;
}

/* One link of the job: `text` is path, name, path of the first, first name. */
static void link_one(struct pc_copier *c, const struct pc_item *item, uint64_t index)
{
	const char *name = item->text + strlen(item->text) + 1;
	const char *first_path = name + strlen(name) + 1;
	const char *first = first_path + strlen(first_path) + 1;
	enum pcopy_step step = PCOPY_STEP_OPEN_TARGET;
	struct pc_frame f = {.top = true};
	_cleanup_close_ int first_fd = -1;
	const char *label;
	int r;

	c->root = item->root;
	first_fd = pc_copier_open_target(c, (uint32_t)item->arg, first_path,
					 item->flags & PC_ITEM_FIRST_TOP);
	r = first_fd < 0 ? first_fd
			 : pc_copier_open_dirs(c, item->text, item->flags & PC_ITEM_TOP, &f);
	if (r == 0)
		r = link_over(c, &f, name, first_fd, first, &step);
	label = item->flags & PC_ITEM_TOP ? NULL : name;
	pc_copier_set_path(c, item->text);
	if (r == -EMLINK || r == -EXDEV)
		hand_back_link(c, index, r);
	else if (r != 0)
		pc_copier_fail(c, PCOPY_HARD_LINK, step, r < 0 ? r : 0, label);
	else
		pc_copier_done(c, PCOPY_HARD_LINK, label);
	pc_copier_close_dirs(c, &f);
}

void pc_link_job(struct pc_copier *c)
{
	const struct pc_item *item;
	uint64_t index = 0;
	uint32_t pos = 0;

	while ((item = pc_item_next(c->text, c->job->request_len, &pos))) {
		pc_phase(c, PCOPY_PHASE_LINK);
		link_one(c, item, index++);
		pc_phase(c, PCOPY_PHASE_WALK); /* each link is one sample */
	}
}
