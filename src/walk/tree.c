/* SPDX-License-Identifier: MIT
 *
 * tree.c - lists directories and walks down.
 *
 * A worker copies entries while it lists them, then descends into the subdirectories, until the
 * job's budget is used up.  From then on it only collects names.  The names left in each
 * directory are handed back when its frame closes.  A directory with nothing left is finished at
 * once, and the coordinator never hears of it.
 *
 *   walk(a)      list a: copy files, note subdirectories b, c
 *     walk(b)    list b: ...                          <- budget ends here
 *                close b: ENTER a, ENTER b, NAMES x y z, LEAVE
 *                close a: NAMES c, LEAVE */
#include "walk/walk.h"

#include "sys/sys.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

/* About a hundred entries of a listing. */
#define FEW_BYTES 4096

/* Two or three entries. */
#define FEW_NAMES_BYTES 320

/* ---- Names left to do: a pc_type letter, the name, a NUL ---- */

/* The buffer holds as much as fits into a result, see pc_walk_is_full(). */
static int left_add(struct pc_buffer *left, enum pc_type type, const char *name)
{
	size_t len = strlen(name) + 1;

	if (left->len + len + 2 > left->cap)
		return -ENOBUFS;
	left->data[left->len++] = (char)type;
	memcpy(left->data + left->len, name, len);
	left->len += len;
	left->data[left->len] = '\0';
	return 0;
}

static uint32_t count_names(const char *names, size_t len)
{
	uint32_t n = 0;

	for (size_t pos = 0; pos < len; pos += strlen(names + pos) + 1)
		n++;
	return n;
}

void pc_walk_hand_names(struct pc_walker *w, struct pc_frame *f, const char *names, size_t len)
{
	struct pc_item *item;

	pc_frame_enter(w, f);
	item = pc_walk_item(w, PC_ITEM_NAMES, names, len);
	if (item) /* else the job has failed */
		item->entries = count_names(names, len);
}

static void moment(struct pc_walker *w, enum pc_walk_moment m)
{
	if (w->ops->moment)
		w->ops->moment(w, m);
}

/* ---- Frames ---- */

void pc_frame_begin(struct pc_walker *w, struct pc_frame *f)
{
	f->path_len = w->path.len;
	f->dirs_start = w->dirs.len;
	f->files_start = w->files.len;
}

/* The number of entries in the whole directory by its size, if the `len` bytes of `names` are some
 * of them; 0: not known. */
static uint32_t entries_expected(const struct pc_frame *f, const char *names, size_t len)
{
	uint64_t entries;
	uint32_t count;

	if (len == 0 || !f->src_fs || f->meta.size == 0) /* 0 in jobs that continue a listing */
		return 0;
	count = count_names(names, len);
	/* each name has a letter and a NUL */
	entries = pc_fs_entries(f->src_fs->type, f->meta.size, (double)len / count - 2);
	return entries < UINT32_MAX ? (uint32_t)entries : UINT32_MAX;
}

static void more_hand_back(struct pc_walker *w, struct pc_frame *f)
{
	struct pc_item *item;

	pc_frame_enter(w, f);
	item = pc_walk_item(w, PC_ITEM_MORE, "", 0);
	if (!item) /* the job has failed */
		return;
	item->arg = f->cursor;
	item->entries =
		entries_expected(f, w->files.data + f->files_start, w->files.len - f->files_start);
}

static void frame_hand_back(struct pc_walker *w, struct pc_frame *f, size_t dirs_pos)
{
	size_t dirs = w->dirs.len - dirs_pos;
	size_t files = w->files.len - f->files_start;

	if (f->more)
		more_hand_back(w, f);
	if (dirs > 0)
		pc_walk_hand_names(w, f, w->dirs.data + dirs_pos, dirs);
	if (files > 0)
		pc_walk_hand_names(w, f, w->files.data + f->files_start, files);
	pc_buffer_cut(&w->dirs, f->dirs_start);
	pc_buffer_cut(&w->files, f->files_start);
}

void pc_frame_leave(struct pc_walker *w, const struct pc_frame *f)
{
	struct pc_item *item = pc_walk_item(w, PC_ITEM_LEAVE, "", 0);

	if (item)
		item->flags = (uint8_t)((f->failed ? PC_ITEM_FAILED : 0) |
		                        (f->stays ? PC_ITEM_STAYS : 0));
}

static void dirs_leave(struct pc_walker *w, struct pc_frame *f)
{
	if (w->ops->leave)
		w->ops->leave(w, f);
}

/* Finishes a directory with nothing left, or leaves it to the coordinator. */
static void frame_close(struct pc_walker *w, struct pc_frame *f)
{
	if (!f->entered) /* finish() may enter it after all */
		w->ops->finish(w, f);
	if (f->entered)
		pc_frame_leave(w, f);
	f->up->stays = f->up->stays || f->stays;
	dirs_leave(w, f);
	moment(w, PC_WALK_LEAVES);
	pc_walk_close_dirs(w, f);
}

/* ---- Listing ---- */

/* The target is listed for deletion.  Operands are looked up in the source in any case. */
static bool is_target_listed(const struct pc_walker *w, const struct pc_frame *f)
{
	return w->lists_target && !f->top;
}

/* Stats an entry whose listing does not have the type.  False: failed and reported. */
static bool entry_look(struct pc_walker *w, struct pc_frame *f, const char *name,
                       enum pc_type *type)
{
	bool target = is_target_listed(w, f);
	int flags = !target && pc_walk_follows(w, f) ? 0 : AT_SYMLINK_NOFOLLOW;
	struct stat st;
	int r = pc_sys_fstatat(target ? f->dst_fd : f->src_fd, name, &st, flags);

	if (r < 0) {
		f->stays = true;
		pc_walk_fail(w, PCOPY_FILE, target ? PCOPY_STEP_STAT_TARGET : PCOPY_STEP_STAT, r,
		             f->top ? NULL : name);
		return false;
	}
	*type = pc_type_of_mode(st.st_mode);
	return true;
}

/* Finds the type of an entry that is not excluded.  False: excluded, or failed and reported.  An
 * entry that is excluded whatever its type is not stat'ed. */
static bool type_of_wanted(struct pc_walker *w, struct pc_frame *f, const struct pc_dirent *e,
                           enum pc_type *type)
{
	*type = pc_type_of_mode((uint32_t)DTTOIF(e->type));
	if (is_target_listed(w, f)) /* the deletion applies the filters itself */
		return e->type != DT_UNKNOWN || entry_look(w, f, e->name, type);
	if ((e->type == DT_UNKNOWN || (e->type == DT_LNK && pc_walk_follows(w, f))) &&
	    (pc_excludes_any_type(w, f, e->name, *type) || !entry_look(w, f, e->name, type)))
		return false;
	return !pc_excludes_entry(w, f, e->name, *type);
}

/* True if the rest of a listing, `left` bytes of which were read, is left to other jobs.
 * Splitting a directory costs a node and a job, so the last few entries are done within a second
 * budget. */
static bool stop_listing(const struct pc_walker *w, long left)
{
	return pc_walk_stop(w, left < FEW_BYTES ? 2 : 1);
}

static bool is_quick(struct pc_walker *w, const struct pc_frame *f, const char *name)
{
	return w->ops->is_quick && w->ops->is_quick(w, f, name);
}

void pc_walk_do_entry(struct pc_walker *w, struct pc_frame *f, enum pc_type type,
                      const char *src_name, const char *dst_name)
{
	struct pc_entry e;

	pc_entry_init(&e, f, type, src_name, dst_name);
	w->ops->entry(w, &e);
}

/* Copies a listed entry, or collects its name for later. */
static int take_listed(struct pc_walker *w, struct pc_frame *f, const struct pc_dirent *e,
                       long left)
{
	enum pc_type type;

	if (pc_name_is_dots(e->name) || !type_of_wanted(w, f, e, &type))
		return 0;
	if (type == PC_TYPE_DIR)
		return left_add(&w->dirs, type, e->name);
	if (!is_quick(w, f, e->name) && stop_listing(w, left))
		return left_add(&w->files, type, e->name);
	pc_walk_do_entry(w, f, type, e->name, e->name);
	return 0;
}

/* Fails the directory: entries that were not listed must not count as absent. */
static void list_failed(struct pc_walker *w, struct pc_frame *f, int error)
{
	f->failed = true;
	f->stays = true;
	pc_walk_fail(w, PCOPY_DIRECTORY, w->lists_target ? PCOPY_STEP_READ_TARGET : PCOPY_STEP_LIST,
	             error, NULL);
}

/* Processes the entries that were read.  Returns 0, 1 if another job must continue the listing,
 * or negative errno. */
static int take_read(struct pc_walker *w, struct pc_frame *f, long len)
{
	for (long pos = 0; pos < len;) {
		const struct pc_dirent *e = (const void *)(w->listing + pos);
		int r = take_listed(w, f, e, len - pos);

		if (r < 0)
			return r;
		pos += e->len;
		if (pc_walk_is_full(w)) {
			f->more = true;
			f->cursor = (uint64_t)e->next;
			return 1;
		}
	}
	return 0;
}

/* Lists the directory from `cursor` on. */
static void list_directory(struct pc_walker *w, struct pc_frame *f, uint64_t cursor)
{
	int fd = is_target_listed(w, f) ? f->dst_fd : f->src_fd;
	off_t at = cursor > 0 ? pc_sys_lseek(fd, (off_t)cursor, SEEK_SET) : 0;
	ssize_t n = at < 0 ? (ssize_t)at : 1;
	int r = pc_exclude_list(w, f);

	while (n > 0 && r == 0) {
		n = pc_sys_getdents(fd, w->listing, PC_LISTING_BYTES);
		if (n > 0)
			r = take_read(w, f, n);
		if (n > 0 && r == 0)
			moment(w, PC_WALK_LISTS);
	}
	if (n < 0 || r < 0) {
		list_failed(w, f, n < 0 ? (int)n : r);
	} else if (r == 0) {
		pc_walk_note_listed(w, f);
		moment(w, PC_WALK_LISTED);
	}
}

int pc_walk_names(struct pc_walker *w, int fd,
                  int (*take)(struct pc_walker *w, void *data, const char *name), void *data)
{
	off_t at = pc_sys_lseek(fd, 0, SEEK_SET);
	ssize_t n = 1;
	int r = at < 0 ? (int)at : 0;

	while (r == 0 && n > 0) {
		n = pc_sys_getdents(fd, w->listing, PC_LISTING_BYTES);
		for (ssize_t pos = 0; r == 0 && pos < n;) {
			const struct pc_dirent *e = (const void *)(w->listing + pos);

			if (!pc_name_is_dots(e->name))
				r = take(w, data, e->name);
			pos += e->len;
		}
	}
	return n < 0 ? (int)n : r;
}

int pc_walk_has_names(int fd)
{
	_Alignas(struct pc_dirent) char few[FEW_NAMES_BYTES];
	ssize_t n;

	while ((n = pc_sys_getdents(fd, few, sizeof(few))) > 0) {
		for (ssize_t pos = 0; pos < n;) {
			const struct pc_dirent *e = (const void *)(few + pos);

			if (!pc_name_is_dots(e->name))
				return 1;
			pos += e->len;
		}
	}
	return n == -EINVAL ? 1 : (int)n; /* a name too long for the buffer */
}

/* ---- Walking ---- */

/* Descends into the subdirectories collected for a frame while the budget lasts. */
static void frame_descend(struct pc_walker *w, struct pc_frame *f)
{
	size_t end = w->dirs.len;
	size_t pos = f->dirs_start;

	while (pos < end && f->depth < w->depth_max && !pc_walk_stop(w, 1)) {
		const char *name = w->dirs.data + pos + 1;

		pos += strlen(w->dirs.data + pos) + 1;
		pc_walk_directory(w, f, name, name);
	}
	frame_hand_back(w, f, pos);
}

/* Walks a directory that is open. */
static void directory_walk(struct pc_walker *w, struct pc_frame *f)
{
	int r = pc_exclude_enter(w, f);

	if (r < 0) {
		list_failed(w, f, r);
	} else {
		if (w->ops->list)
			w->ops->list(w, f);
		list_directory(w, f, 0);
		frame_descend(w, f);
	}
	pc_exclude_leave(f);
}

void pc_walk_directory(struct pc_walker *w, struct pc_frame *up, const char *src_name,
                       const char *dst_name)
{
	struct pc_frame f = {.up = up, .depth = up->depth + 1, .src_fd = -1, .dst_fd = -1};
	size_t len = w->path.len;
	struct pc_entry e;

	moment(w, PC_WALK_LISTS);
	if (!up->top && pc_buffer_add_name(&w->path, src_name) < 0) {
		pc_walk_fail(w, PCOPY_DIRECTORY, PCOPY_STEP_OPEN_DIRECTORY, -ENOMEM, src_name);
		return;
	}
	pc_entry_init(&e, up, PC_TYPE_DIR, src_name, dst_name);
	e.kind = PCOPY_DIRECTORY;
	e.label = NULL; /* from here on it is the current directory */
	pc_frame_begin(w, &f);
	if (w->ops->open(w, &e, &f)) {
		if (!pc_walk_is_elsewhere(w, f.up, &f))
			directory_walk(w, &f);
		frame_close(w, &f);
	}
	pc_buffer_cut(&w->path, len);
}

/* The step at which an entry fails whose source directory cannot be opened. */
static enum pcopy_step step_below_unopened(int error)
{
	return error == -ENOENT ? PCOPY_STEP_STAT : PCOPY_STEP_OPEN_DIRECTORY;
}

/* Fails each entry of a job whose source (or target) directory cannot be opened. */
static void fail_entries(struct pc_walker *w, bool target, const char *names, size_t len, int error)
{
	enum pcopy_step step = target ? PCOPY_STEP_OPEN_TARGET : step_below_unopened(error);

	for (size_t pos = 0; pos < len; pos += strlen(names + pos) + 1) {
		bool dir = names[pos] == PC_TYPE_DIR;

		pc_walk_fail(w, dir ? PCOPY_DIRECTORY : PCOPY_FILE, step, error, names + pos + 1);
	}
}

static void fail_operands(struct pc_walker *w, int error)
{
	uint32_t end = w->job->root + w->job->root_count;

	for (; w->root < end; w->root++)
		pc_walk_fail(w, PCOPY_FILE, step_below_unopened(error), error, NULL);
}

/* The operands root .. root + root_count - 1. */
static void do_operands(struct pc_walker *w, struct pc_frame *f)
{
	uint32_t end = w->job->root + w->job->root_count;
	enum pc_type type;

	for (; w->root < end && (w->root == w->job->root || !pc_walk_stop(w, 1)); w->root++) {
		const struct pc_root *root = &w->roots[w->root];

		if (!entry_look(w, f, root->src_name, &type))
			continue;
		if (type == PC_TYPE_DIR)
			pc_walk_directory(w, f, root->src_name, root->dst_name);
		else
			pc_walk_do_entry(w, f, type, root->src_name, root->dst_name);
	}
	if (w->root < end) {
		struct pc_item *item = pc_walk_item(w, PC_ITEM_OPERANDS, "", 0);

		if (item)
			item->root = w->root;
	}
}

/* Processes names of one directory: at least one, whatever the time, and all if they are first
 * names, because links wait for them. */
static void do_names(struct pc_walker *w, struct pc_frame *f, const char *names, size_t len)
{
	bool all = (w->job->flags & PC_JOB_FIRST) && w->job->suspicion == 0;
	size_t pos = 0;

	while (pos < len && (pos == 0 || all || !pc_walk_stop(w, 1))) {
		const char *name = names + pos + 1;

		if (names[pos] == PC_TYPE_DIR)
			pc_walk_directory(w, f, name, name);
		else
			pc_walk_do_entry(w, f, (enum pc_type)names[pos], name, name);
		pos += strlen(names + pos) + 1;
	}
	if (pos < len)
		pc_walk_hand_names(w, f, names + pos, len - pos);
}

/* Opens a job's directories.  One that exists only in the target is identified by its inode. */
static int job_open(struct pc_walker *w, struct pc_frame *f)
{
	const struct pc_meta *meta = &w->job->meta;
	bool top = w->job->flags & PC_JOB_TOP;
	int r;

	if (w->lists_target && !top && pc_is_extra(meta))
		return pc_walk_open_extra(w, w->text, meta, f);
	r = pc_walk_open_dirs(w, w->text, top, f);
	if (r == 0 && w->lists_target && !top &&
	    (f->meta.dev != meta->dev || f->meta.ino != meta->ino))
		return -ESTALE; /* another source directory lacks other entries: delete nothing */
	return r;
}

static void job_close(struct pc_walker *w, struct pc_frame *f)
{
	if (!f->top)
		dirs_leave(w, f);
	pc_walk_put_listed(w);
	pc_walk_close_dirs(w, f);
}

void pc_walk_entries(struct pc_walker *w)
{
	size_t path_len = w->job->flags & PC_JOB_TOP ? 0 : strlen(w->text) + 1;
	const char *names = w->text + path_len;
	size_t names_len = w->job->request_len - path_len;
	struct pc_frame f;
	int r = job_open(w, &f);

	pc_frame_begin(w, &f);
	if (r < 0 && (w->job->flags & PC_JOB_TOP)) {
		fail_operands(w, r);
	} else if (r < 0) {
		fail_entries(w, f.extra || f.src_fd >= 0, names, names_len, r);
	} else if (f.top) {
		w->ops->look(w, &f);
		do_operands(w, &f);
	} else {
		w->ops->look(w, &f);
		r = pc_exclude_enter_job(w, &f);
		if (r < 0)
			fail_entries(w, w->lists_target, names, names_len, r);
		else
			do_names(w, &f, names, names_len);
		pc_exclude_leave(&f);
	}
	job_close(w, &f);
}

void pc_walk_list(struct pc_walker *w)
{
	struct pc_frame f;
	int r = job_open(w, &f);

	pc_frame_begin(w, &f);
	if (r < 0) {
		list_failed(w, &f, r);
	} else {
		w->ops->look(w, &f);
		r = pc_exclude_enter_job(w, &f);
		if (r < 0) {
			list_failed(w, &f, r);
		} else {
			list_directory(w, &f, w->job->offset);
			frame_descend(w, &f);
		}
		pc_exclude_leave(&f);
	}
	pc_frame_leave(w, &f);
	job_close(w, &f);
}
