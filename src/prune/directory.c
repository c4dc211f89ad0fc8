/* SPDX-License-Identifier: MIT
 *
 * directory.c - target directories: opened on the way down, finished on the way up.
 *
 *   a pair     the source has it too: the source is asked about its entries.  At the end it gets
 *              the source's times again, which the removals have changed.
 *   extra      the source does not have it, or has something else that needs its name: everything
 *              in it is removed, then the directory itself.
 *
 * Deletion does not enter other mounts, nor other devices such as subvolumes. */
#include "prune/pruner.h"

#include "base/cleanup.h"
#include "base/times.h"
#include "sys/sys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- Opening ---- */

static bool directory_refuse(struct pc_pruner *p, struct pc_frame *f, enum pcopy_step step,
                             int error)
{
	f->up->stays = true;
	pc_prune_fail(p, PCOPY_DIRECTORY, step, error, NULL);
	pc_close_cleanup(&f->src_fd);
	pc_close_cleanup(&f->dst_fd);
	return false;
}

/* Skips a directory silently. */
static bool directory_pass(struct pc_frame *f)
{
	pc_close_cleanup(&f->src_fd);
	pc_close_cleanup(&f->dst_fd);
	return false;
}

/* Keeps a mount point or subvolume, with a message. */
static bool directory_spare(struct pc_pruner *p, struct pc_frame *f)
{
	pc_prune_stays(p, f->up, PCOPY_DIRECTORY, PCOPY_STEP_MOUNTED, NULL);
	return directory_pass(f);
}

static bool pair_open_target(struct pc_pruner *p, struct pc_entry *e, struct pc_frame *f)
{
	struct pc_frame *up = e->frame;
	struct stat st;
	int r;

	f->dst_fd = -ENOENT; /* in a dry run, the parent may not exist either */
	if (up->dst_fd >= 0)
		f->dst_fd = pc_sys_openat(up->dst_fd, e->dst_name,
		                          O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (f->dst_fd == -ENOENT) /* it has no entries */
		return directory_pass(f);
	if ((f->dst_fd == -ELOOP || f->dst_fd == -ENOTDIR) &&
	    p->walk.options->keep_directory_symlink) /* do not delete through a link */
		return directory_pass(f);
	if (f->dst_fd < 0)
		return directory_refuse(p, f, PCOPY_STEP_OPEN_TARGET, f->dst_fd);
	r = pc_sys_fstat(f->dst_fd, &st);
	if (r < 0)
		return directory_refuse(p, f, PCOPY_STEP_STAT_TARGET, r);
	if (pc_prune_is_source(p, st.st_dev, st.st_ino))
		return directory_refuse(p, f, PCOPY_STEP_HOLDS_SOURCE, 0);
	f->dst_fs = pc_walk_fs(&p->walk, up->dst_fs, st.st_dev, f->dst_fd);
	return true;
}

static bool source_and_target_open(struct pc_pruner *p, struct pc_entry *e, struct pc_frame *f)
{
	struct pc_frame *up = e->frame;
	int flags = O_RDONLY | O_DIRECTORY | (pc_walk_follows(&p->walk, up) ? 0 : O_NOFOLLOW);
	struct stat st;
	int r;

	f->src_fd = pc_sys_openat(up->src_fd, e->src_name, flags, 0);
	if (f->src_fd < 0)
		return directory_refuse(p, f, PCOPY_STEP_OPEN_DIRECTORY, f->src_fd);
	r = pc_sys_fstat(f->src_fd, &st);
	if (r < 0)
		return directory_refuse(p, f, PCOPY_STEP_STAT, r);
	f->meta = pc_meta_of(&st);
	if (pc_walk_is_elsewhere(&p->walk, up, f))
		return directory_pass(f);
	if (!pc_prune_was_listed(p, &st))
		return directory_refuse(p, f, PCOPY_STEP_NOT_LISTED, 0);
	return pair_open_target(p, e, f);
}

/* Opens a directory that will be removed.  If its owner may not read it, makes it accessible,
 * except in a dry run. */
static int extra_open_target(const struct pc_pruner *p, const struct pc_frame *up, const char *name,
                             struct pc_frame *f)
{
	struct stat st;
	int fd, r;

	f->dst_fd = pc_sys_open_dir_within(up->dst_fd, name, O_RDONLY);
	if (f->dst_fd != -EACCES || !p->env->act)
		return f->dst_fd;
	f->dst_fd = pc_sys_open_dir_within(up->dst_fd, name, O_PATH);
	if (f->dst_fd < 0)
		return f->dst_fd;
	r = pc_sys_fstat(f->dst_fd, &st);
	if (r < 0)
		return r;
	pc_prune_open_up(p, f, &st);
	fd = pc_sys_openat(f->dst_fd, ".", O_RDONLY | O_DIRECTORY, 0);
	(void)pc_sys_close(f->dst_fd); /* an O_PATH descriptor has no errors */
	f->dst_fd = fd;
	return fd;
}

static bool extra_open(struct pc_pruner *p, struct pc_entry *e, struct pc_frame *f,
                       enum pc_made made)
{
	struct pc_frame *up = e->frame;
	struct stat st;
	int r;

	r = extra_open_target(p, up, e->dst_name, f);
	if (r == -ENOENT)
		return directory_pass(f);
	if (r == -EXDEV)
		return directory_spare(p, f);
	if (r < 0)
		return directory_refuse(p, f, PCOPY_STEP_OPEN_TARGET, r);
	r = pc_sys_fstat(f->dst_fd, &st);
	if (r < 0)
		return directory_refuse(p, f, PCOPY_STEP_STAT_TARGET, r);
	if (st.st_dev != up->dst_fs->dev)
		return directory_spare(p, f);
	if (pc_prune_is_source(p, st.st_dev, st.st_ino))
		return directory_refuse(p, f, PCOPY_STEP_HOLDS_SOURCE, 0);
	if (pc_prune_asks(p, up, e->dst_name, st.st_mode))
		return directory_pass(f);
	f->extra = true;
	f->dst_fs = up->dst_fs;
	f->meta = pc_meta_of(&st);
	f->meta.made = up->extra ? up->meta.made : made;
	if (f->opened)
		f->meta.mode = (st.st_mode & S_IFMT) | f->mode_back;
	else if (p->env->act)
		pc_prune_open_up(p, f, &st);
	return true;
}

/* True if the source's entry is a directory too, so that both are listed. */
static bool is_pair(struct pc_pruner *p, const struct pc_entry *e, const struct stat *source)
{
	struct stat st;

	if (S_ISDIR(source->st_mode))
		return true;
	return S_ISLNK(source->st_mode) && pc_walk_follows(&p->walk, e->frame) &&
	       pc_sys_fstatat(e->frame->src_fd, e->src_name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

/* The target lists the directory under another name than the source.  Hands back the source's
 * name, which finds the directory on both sides. */
static void fold_hand_back(struct pc_pruner *p, struct pc_frame *up)
{
	const char type = PC_TYPE_DIR;

	pc_buffer_cut(&p->name, 0);
	if (pc_buffer_add(&p->name, &type, 1) < 0 ||
	    pc_buffer_add(&p->name, p->fold_name.data, p->fold_name.len) < 0)
		p->walk.job->error = -ENOMEM;
	else
		pc_walk_hand_names(&p->walk, up, p->name.data, p->name.len + 1);
	p->walk.job->counts.found--; /* it will be counted again */
}

/* Opens a directory whose name the source does not have. */
static bool lacking_open(struct pc_pruner *p, struct pc_entry *e, struct pc_frame *f)
{
	int fold = pc_prune_is_fold(p, e->frame, e->dst_name);

	if (fold < 0)
		return directory_refuse(p, f, PCOPY_STEP_STAT, fold);
	if (fold == 0)
		return extra_open(p, e, f, PC_MADE_EXTRA);
	fold_hand_back(p, e->frame);
	return directory_pass(f);
}

bool pc_prune_directory_open(struct pc_pruner *p, struct pc_entry *e, struct pc_frame *f)
{
	enum pc_prune_rule rule;
	struct stat source;

	if (e->frame->top)
		return source_and_target_open(p, e, f);
	p->walk.job->counts.found++;
	rule = pc_prune_rule(p, e->frame, NULL, PC_TYPE_DIR);
	if (rule == PC_PRUNE_SPARE)
		return directory_pass(f);
	if (rule == PC_PRUNE_DROP)
		return extra_open(p, e, f, PC_MADE_DROPPED);
	switch (pc_prune_ask(p, e->frame, e->src_name, NULL, &source)) {
	case PC_PRUNE_LACKS:
		return lacking_open(p, e, f);
	case PC_PRUNE_OBSTACLE:
		if (!is_pair(p, e, &source))
			return extra_open(p, e, f, PC_MADE_EXTRA);
		return source_and_target_open(p, e, f);
	case PC_PRUNE_HAS:
		if (is_pair(p, e, &source))
			return source_and_target_open(p, e, f);
		if (pc_prune_drops_kind(p, e->frame, NULL, PC_TYPE_FILE))
			return extra_open(p, e, f, PC_MADE_DROPPED);
		return directory_pass(f);
	default:
		return directory_pass(f);
	}
}

/* ---- Finishing ---- */

/* Restores the times that removals have changed.  Returns 0, or negative errno of `ret_step`. */
static int times_back(const struct pc_frame *f, enum pcopy_step *ret_step)
{
	struct stat src, dst;
	struct timespec times[2];
	int r;

	*ret_step = PCOPY_STEP_STAT;
	r = pc_sys_fstat(f->src_fd, &src);
	if (r < 0)
		return r;
	*ret_step = PCOPY_STEP_STAT_TARGET;
	r = pc_sys_fstat(f->dst_fd, &dst);
	if (r < 0 || pc_time_order(&src.st_mtim, &dst.st_mtim) == 0)
		return r;
	*ret_step = PCOPY_STEP_TIMES;
	times[0] = src.st_atim;
	times[1] = src.st_mtim;
	return pc_sys_futimens(f->dst_fd, times);
}

static void pair_finish(struct pc_pruner *p, const struct pc_frame *f)
{
	const struct pcopy_options *o = p->walk.options;
	enum pcopy_step step;
	int r;

	if (!p->env->act)
		return;
	r = o->preserve & PCOPY_KEEP_TIMES ? times_back(f, &step) : 0;
	if (r < 0)
		pc_prune_fail(p, PCOPY_DIRECTORY, step, r, NULL);
	r = o->fsync == PCOPY_FSYNC_FILE
	            ? pc_walk_flush(&p->walk, pc_sys_fsync_directory, f->dst_fd)
	            : 0;
	if (r < 0)
		pc_prune_fail(p, PCOPY_DIRECTORY, PCOPY_STEP_SYNC, r, NULL);
}

/* Removes an empty directory of `up`.  Returns 0, 1 if it is not empty, or negative errno. */
static int extra_remove(const struct pc_pruner *p, struct pc_frame *up, const char *name)
{
	int r = p->env->act ? pc_prune_unlink(p, up, name, AT_REMOVEDIR) : 0;

	if (r == -ENOENT)
		return 0;
	return r == -ENOTEMPTY || r == -EEXIST ? 1 : r;
}

/* Asks the source again, because emptying the directory took time. */
static bool may_end(struct pc_pruner *p, struct pc_frame *up, const char *name,
                    const struct pc_meta *meta)
{
	enum pc_prune_answer answer = PC_PRUNE_LACKS;
	struct stat source;

	if (meta->made == PC_MADE_EXTRA)
		answer = pc_prune_ask(p, up, name, NULL, &source);
	return answer == PC_PRUNE_LACKS || answer == PC_PRUNE_OBSTACLE;
}

static void extra_finish(struct pc_pruner *p, struct pc_frame *f)
{
	struct pc_walker *w = &p->walk;
	const char *name = w->path.data + f->up->path_len;
	struct pc_item *item;
	int r;

	name += *name == '/';
	if (f->stays)
		return;
	if (!may_end(p, f->up, name, &f->meta)) {
		f->stays = true;
		return;
	}
	r = extra_remove(p, f->up, name);
	if (r == 0) {
		pc_prune_gone(p, PCOPY_DIRECTORY, NULL);
	} else if (r == 1) { /* the coordinator will have it listed again */
		pc_frame_enter(w, f);
		item = pc_walk_item(w, PC_ITEM_MORE, "", 0);
		(void)item; /* without room the job has failed */
	} else {
		f->stays = true;
		pc_prune_fail(p, PCOPY_DIRECTORY, PCOPY_STEP_DELETE, r, NULL);
	}
}

void pc_prune_directory_finish(struct pc_pruner *p, struct pc_frame *f)
{
	if (f->extra)
		extra_finish(p, f);
	else
		pair_finish(p, f);
}

/* ---- The job DIRMETA ---- */

static void item_answer(struct pc_pruner *p, enum pc_item_type type, uint64_t number)
{
	struct pc_item *item = pc_walk_item(&p->walk, type, "", 0);

	if (item) /* else the job has failed, and all directories remain */
		item->arg = number;
}

static void item_fail(struct pc_pruner *p, uint64_t number, enum pcopy_step step, int error)
{
	pc_prune_fail(p, PCOPY_DIRECTORY, step, error, NULL);
	item_answer(p, PC_ITEM_KEPT, number);
}

/* Opens the parent of a directory on both sides; that of the source may not exist. */
static int above_open(struct pc_pruner *p, const struct pc_item *item, struct pc_frame *f,
                      const char **ret_name)
{
	const char *slash = strrchr(item->text, '/');
	_cleanup_free_ char *path = strndup(item->text, slash ? (size_t)(slash - item->text) : 0);
	struct stat st;
	int r;

	*f = (struct pc_frame){.src_fd = -1, .dst_fd = -1};
	*ret_name = slash ? slash + 1 : item->text;
	if (!path)
		return -ENOMEM;
	f->dst_fd = pc_walk_open_target(&p->walk, item->root, path, false);
	f->extra = item->meta.made == PC_MADE_DROPPED; /* do not ask the source */
	if (f->dst_fd < 0 || f->extra)
		return f->dst_fd < 0 ? f->dst_fd : 0;
	f->src_fd = pc_walk_open_source(&p->walk, path);
	f->extra = f->src_fd < 0 && pc_walk_is_absent(&p->walk, f->src_fd);
	if (f->extra)
		return 0;
	r = f->src_fd < 0 ? f->src_fd : pc_sys_fstat(f->src_fd, &st);
	if (r == 0)
		f->meta = pc_meta_of(&st);
	return r;
}

/* Returns 0 if the directory may be removed, 1 if it is gone, or negative errno: -ESTALE if it is
 * another one. */
static int extra_look(const struct pc_frame *up, const char *name, const struct pc_meta *meta)
{
	struct stat st;
	int r = pc_sys_fstatat(up->dst_fd, name, &st, AT_SYMLINK_NOFOLLOW);

	if (r < 0)
		return r == -ENOENT ? 1 : r;
	return st.st_dev == meta->dev && st.st_ino == meta->ino ? 0 : -ESTALE;
}

static void item_remove(struct pc_pruner *p, const struct pc_item *item, uint64_t number,
                        struct pc_frame *up, const char *name)
{
	int r = extra_look(up, name, &item->meta);

	if (r != 0) {
		if (r < 0)
			item_fail(p, number, PCOPY_STEP_DELETE, r);
		return;
	}
	if (!may_end(p, up, name, &item->meta)) {
		item_answer(p, PC_ITEM_KEPT, number);
		return;
	}
	r = extra_remove(p, up, name);
	if (r == 0)
		pc_prune_gone(p, PCOPY_DIRECTORY, NULL);
	else if (r == 1 && item->entries > 0)
		item_answer(p, PC_ITEM_REPEAT, number);
	else
		item_fail(p, number, PCOPY_STEP_DELETE, r == 1 ? -ENOTEMPTY : r);
}

/* The directory remains: gives it its own mode again. */
static void item_mode_back(struct pc_pruner *p, const struct pc_item *item)
{
	_cleanup_fd_ int fd = -1;
	struct stat st;

	if (!p->env->act || (item->meta.mode & 0700) == 0700 || p->env->uid == 0)
		return;
	fd = pc_walk_open_target(&p->walk, item->root, item->text, false);
	if (fd >= 0 && pc_sys_fstat(fd, &st) == 0 && st.st_dev == item->meta.dev &&
	    st.st_ino == item->meta.ino)
		(void)pc_sys_fchmod(fd,
		                    item->meta.mode & 07777); /* the previous fchmod() succeeded */
}

static void extra_item(struct pc_pruner *p, const struct pc_item *item, uint64_t number)
{
	struct pc_frame up, above = {.top = !strchr(item->text, '/')};
	const char *name;
	int r;

	if (item->flags & (PC_ITEM_STAYS | PC_ITEM_FAILED)) {
		item_mode_back(p, item);
		item_answer(p, PC_ITEM_KEPT, number);
		return;
	}
	r = above_open(p, item, &up, &name);
	up.up = &above;
	if (r < 0)
		item_fail(p, number, PCOPY_STEP_DELETE, r);
	else
		item_remove(p, item, number, &up, name);
	pc_prune_close(&up);
	pc_walk_close_dirs(&p->walk, &up);
}

/* Returns 1 for a name that the source does not have. */
static int name_is_lacking(struct pc_walker *w, void *data, const char *name)
{
	struct pc_frame *f = data;
	struct pc_pruner *p = pc_pruner_of(w);
	struct stat st;

	return pc_sys_fstatat(f->src_fd, name, &st, AT_SYMLINK_NOFOLLOW) == -ENOENT &&
	       !pc_prune_is_silly(name) && pc_prune_is_fold(p, f, name) == 0;
}

static void pair_item(struct pc_pruner *p, const struct pc_item *item, uint64_t number)
{
	struct pc_frame f;
	int r = pc_walk_open_dirs(&p->walk, item->text, false, &f);
	bool same = r == 0 && f.meta.dev == item->meta.dev && f.meta.ino == item->meta.ino;

	if (r < 0)
		item_fail(p, number, PCOPY_STEP_OPEN_TARGET, r);
	else if (same && p->env->act && (item->flags & PC_ITEM_TORN) &&
	         pc_walk_names(&p->walk, f.dst_fd, name_is_lacking, &f) == 1)
		item_answer(p, PC_ITEM_REPEAT, number);
	else if (same)
		pair_finish(p, &f);
	pc_walk_close_dirs(&p->walk, &f);
}

void pc_prune_directory_job(struct pc_pruner *p)
{
	const struct pc_item *item;
	uint64_t number = 0;
	uint32_t pos = 0;

	while ((item = pc_item_next(p->walk.text, p->walk.job->request_len, &pos))) {
		p->walk.root = item->root;
		pc_walk_set_path(&p->walk, item->text);
		if (pc_is_extra(&item->meta))
			extra_item(p, item, number++);
		else
			pair_item(p, item, number++);
	}
}
