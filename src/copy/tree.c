/* tree.c - listing directories and walking down.
 *
 * A worker copies what it lists as it lists it, then goes down into the
 * subdirectories, until the job's budget is used up.  From then on it only
 * notes names.  What is left of each directory is handed back when its frame
 * closes; a directory with nothing left is finished on the spot, and the
 * coordinator never hears of it.
 *
 *   walk(a)      list a: copy files, note subdirectories b, c
 *     walk(b)    list b: ...                          <- budget ends here
 *                close b: ENTER a, ENTER b, NAMES x y z, LEAVE
 *                close a: NAMES c, LEAVE
 */
#include "copy/copier.h"

#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of a listing: about a hundred entries. */
#define FEW_BYTES 4096

/* As getdents64(2) lays it out. */
struct listed {
	uint64_t ino;
	int64_t next; /* cursor of the entry after this one */
	uint16_t len;
	uint8_t type;
	char name[];
};

/* ---- Names left to do: a pc_type letter, the name, a NUL ---- */

static int left_add(struct pc_buffer *left, enum pc_type type, const char *name)
{
	size_t len = strlen(name) + 1;
	int r = pc_buffer_reserve(left, len + 1);

	if (r < 0)
		return r;
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

static void hand_back_names(struct pc_copier *c, struct pc_frame *f, const char *names, size_t len)
{
	struct pc_item *item;

	pc_frame_enter(c, f);
	item = pc_copier_item(c, PC_ITEM_NAMES, names, len);
	if (!item)
		return; /* cannot be: PC_LEFT_MAX was kept free */
	item->entries = count_names(names, len);
}

void pc_frame_enter(struct pc_copier *c, struct pc_frame *f)
{
	struct pc_item *item;
	size_t start;

	if (f->entered)
		return;
	pc_frame_enter(c, f->up);
	start = f->up->path_len;
	if (start < f->path_len && c->path.data[start] == '/')
		start++;
	item = pc_copier_item(c, PC_ITEM_ENTER, c->path.data + start, f->path_len - start);
	if (!item)
		return;
	item->root = c->root;
	item->meta = f->meta;
	f->entered = true;
}

/* ---- Frames ---- */

static void frame_begin(struct pc_copier *c, struct pc_frame *f)
{
	f->path_len = c->path.len;
	f->dirs_start = c->dirs.len;
	f->files_start = c->files.len;
}

static void frame_hand_back(struct pc_copier *c, struct pc_frame *f, size_t dirs_pos)
{
	size_t dirs = c->dirs.len - dirs_pos;
	size_t files = c->files.len - f->files_start;
	struct pc_item *item;

	if (f->more) {
		pc_frame_enter(c, f);
		item = pc_copier_item(c, PC_ITEM_MORE, "", 0);
		if (item)
			item->arg = f->cursor;
	}
	if (dirs > 0)
		hand_back_names(c, f, c->dirs.data + dirs_pos, dirs);
	if (files > 0)
		hand_back_names(c, f, c->files.data + f->files_start, files);
	pc_buffer_cut(&c->dirs, f->dirs_start);
	pc_buffer_cut(&c->files, f->files_start);
}

/* Tells that nothing more comes of an entered directory. */
static void frame_leave(struct pc_copier *c, const struct pc_frame *f)
{
	struct pc_item *item = pc_copier_item(c, PC_ITEM_LEAVE, "", 0);

	if (item)
		item->flags = f->failed ? PC_ITEM_FAILED : 0;
}

/* Finishes a directory with nothing left, or leaves it to the coordinator. */
static void frame_close(struct pc_copier *c, struct pc_frame *f)
{
	enum pcopy_step step = PCOPY_STEP_NONE;
	int r;

	if (f->entered) {
		frame_leave(c, f);
	} else {
		r = pc_directory_finish(c, f->dst_fd, f->src_fd, &f->meta, &step);
		if (r < 0 && !f->failed)
			pc_copier_fail(c, PCOPY_DIRECTORY, step, r, NULL);
		else if (!f->failed)
			pc_directory_done(c, &f->meta);
	}
	pc_phase(c, PCOPY_PHASE_WALK);
	pc_batch_add(&c->batch, f->src_fd);
	pc_batch_add(&c->batch, f->dst_fd);
}

/* ---- Listing ---- */

/* The type of an entry that its listing does not tell.  False: it was told as failed. */
static bool look_at(struct pc_copier *c, struct pc_frame *f, const char *name, enum pc_type *type)
{
	int flags = pc_frame_follows(c, f) ? 0 : AT_SYMLINK_NOFOLLOW;
	struct stat st;

	if (fstatat(f->src_fd, name, &st, flags) < 0) {
		pc_copier_fail(c, PCOPY_FILE, PCOPY_STEP_STAT, -errno, pc_frame_label(f, name));
		return false;
	}
	*type = pc_type_of_mode(st.st_mode);
	return true;
}

static bool type_of_listed(struct pc_copier *c, struct pc_frame *f, const struct listed *e,
			   enum pc_type *type)
{
	if (e->type == DT_UNKNOWN || (e->type == DT_LNK && pc_frame_follows(c, f)))
		return look_at(c, f, e->name, type);
	*type = pc_type_of_mode((uint32_t)DTTOIF(e->type));
	return true;
}

static bool is_dot(const char *name)
{
	return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

/* Whether the rest of a listing, `left` bytes of it at hand, is for other jobs.
 * A directory torn apart costs a node and a job more, so the last few entries of
 * one are done for up to a second budget. */
static bool stop_listing(const struct pc_copier *c, long left)
{
	return pc_copier_stop(c, left < FEW_BYTES ? 2 : 1);
}

/* Copies a listed entry or notes it for later. */
static int take_listed(struct pc_copier *c, struct pc_frame *f, const struct listed *e, long left)
{
	enum pc_type type;

	if (is_dot(e->name) || !type_of_listed(c, f, e, &type))
		return 0;
	if (type == PC_TYPE_DIR)
		return left_add(&c->dirs, type, e->name);
	if (stop_listing(c, left))
		return left_add(&c->files, type, e->name);
	pc_entry_copy(c, f, type, e->name, e->name);
	return 0;
}

/* What was not listed is not taken for absent: the directory failed. */
static void list_failed(struct pc_copier *c, struct pc_frame *f, int error)
{
	f->failed = true;
	pc_copier_fail(c, PCOPY_DIRECTORY, PCOPY_STEP_LIST, error, NULL);
}

/* Reads the directory from `cursor` on. */
static void list_directory(struct pc_copier *c, struct pc_frame *f, uint64_t cursor)
{
	long n;

	if (cursor > 0 && lseek(f->src_fd, (off_t)cursor, SEEK_SET) < 0) {
		list_failed(c, f, -errno);
		return;
	}
	while ((n = syscall(SYS_getdents64, f->src_fd, c->listing, PC_LISTING_BYTES)) > 0) {
		for (long pos = 0; pos < n;) {
			const struct listed *e = (const void *)(c->listing + pos);

			if (take_listed(c, f, e, n - pos) < 0) {
				list_failed(c, f, -ENOMEM);
				return;
			}
			pos += e->len;
			if (c->dirs.len + c->files.len < PC_LEFT_MAX)
				continue;
			f->more = true;
			f->cursor = (uint64_t)e->next;
			return;
		}
		pc_phase_walk(c); /* the next part of the listing is read */
	}
	if (n < 0)
		list_failed(c, f, -errno);
	pc_phase_listed(c);
}

/* ---- Walking ---- */

static void walk_directory(struct pc_copier *c, struct pc_frame *up, const char *src_name,
			   const char *dst_name);

/* Goes down into the subdirectories noted for a frame while the budget lasts. */
static void frame_descend(struct pc_copier *c, struct pc_frame *f)
{
	size_t end = c->dirs.len;
	size_t pos = f->dirs_start;

	while (pos < end && f->depth < c->depth_max && !pc_copier_stop(c, 1)) {
		char name[NAME_MAX + 1]; /* the list moves when it grows */
		size_t len = strlen(c->dirs.data + pos);

		memcpy(name, c->dirs.data + pos + 1, len);
		pos += len + 1;
		walk_directory(c, f, name, name);
	}
	frame_hand_back(c, f, pos);
}

/* Whether a directory is to stay empty, as it is on another file system. */
static bool is_elsewhere(const struct pc_copier *c, const struct pc_frame *f)
{
	return c->options->one_file_system && !f->up->top && f->meta.dev != f->up->meta.dev;
}

static void walk_directory(struct pc_copier *c, struct pc_frame *up, const char *src_name,
			   const char *dst_name)
{
	struct pc_frame f = {.up = up, .depth = up->depth + 1, .src_fd = -1, .dst_fd = -1};
	size_t len = c->path.len;

	pc_phase_walk(c);
	if (!up->top && pc_buffer_add_name(&c->path, src_name) < 0) {
		pc_copier_fail(c, PCOPY_DIRECTORY, PCOPY_STEP_OPEN_DIRECTORY, -ENOMEM, src_name);
		return;
	}
	frame_begin(c, &f);
	if (pc_directory_open(c, up, src_name, dst_name, &f)) {
		if (!is_elsewhere(c, &f)) {
			list_directory(c, &f, 0);
			frame_descend(c, &f);
		}
		frame_close(c, &f);
	}
	pc_buffer_cut(&c->path, len);
}

/* Gives up on a job whose directories cannot be opened: each of its entries. */
static void fail_entries(struct pc_copier *c, const char *names, size_t len, int error)
{
	for (size_t pos = 0; pos < len; pos += strlen(names + pos) + 1) {
		bool dir = names[pos] == PC_TYPE_DIR;

		pc_copier_fail(c, dir ? PCOPY_DIRECTORY : PCOPY_FILE, PCOPY_STEP_OPEN_DIRECTORY,
			       error, names + pos + 1);
	}
}

static void fail_operands(struct pc_copier *c, int error)
{
	uint32_t end = c->job->root + c->job->root_count;

	for (; c->root < end; c->root++)
		pc_copier_fail(c, PCOPY_FILE, PCOPY_STEP_OPEN_DIRECTORY, error, NULL);
}

/* The operands root .. root + root_count - 1. */
static void copy_operands(struct pc_copier *c, struct pc_frame *f)
{
	uint32_t end = c->job->root + c->job->root_count;
	enum pc_type type;

	for (; c->root < end && (c->root == c->job->root || !pc_copier_stop(c, 1)); c->root++) {
		const struct pc_root *root = &c->env->root[c->root];

		if (!look_at(c, f, root->src_name, &type))
			continue;
		if (type == PC_TYPE_DIR)
			walk_directory(c, f, root->src_name, root->dst_name);
		else
			pc_entry_copy(c, f, type, root->src_name, root->dst_name);
	}
	if (c->root < end) {
		struct pc_item *item = pc_copier_item(c, PC_ITEM_TOPS, "", 0);

		if (item)
			item->root = c->root;
	}
}

/* A run of names of one directory.  At least one is done, whatever the time, and
 * of first names all: links wait for them. */
static void copy_names(struct pc_copier *c, struct pc_frame *f, const char *names, size_t len)
{
	bool all = (c->job->flags & PC_JOB_FIRST) && c->job->blame == 0;
	size_t pos = 0;

	while (pos < len && (pos == 0 || all || !pc_copier_stop(c, 1))) {
		const char *name = names + pos + 1;

		if (names[pos] == PC_TYPE_DIR)
			walk_directory(c, f, name, name);
		else
			pc_entry_copy(c, f, (enum pc_type)names[pos], name, name);
		pos += strlen(names + pos) + 1;
	}
	if (pos < len)
		hand_back_names(c, f, names + pos, len - pos);
}

void pc_tree_entries(struct pc_copier *c)
{
	size_t path_len = c->job->flags & PC_JOB_TOP ? 0 : strlen(c->text) + 1;
	const char *names = c->text + path_len;
	size_t names_len = c->job->request_len - path_len;
	struct pc_frame f;
	int r = pc_copier_open_dirs(c, c->text, c->job->flags & PC_JOB_TOP, &f);

	frame_begin(c, &f);
	if (r < 0 && (c->job->flags & PC_JOB_TOP)) {
		fail_operands(c, r);
	} else if (r < 0) {
		fail_entries(c, names, names_len, r);
	} else if (f.top) {
		copy_operands(c, &f);
	} else {
		pc_directory_look(c, &f);
		copy_names(c, &f, names, names_len);
	}
	pc_copier_close_dirs(c, &f);
}

void pc_tree_list(struct pc_copier *c)
{
	struct pc_frame f;
	int r = pc_copier_open_dirs(c, c->text, c->job->flags & PC_JOB_TOP, &f);

	frame_begin(c, &f);
	if (r < 0) {
		list_failed(c, &f, r);
	} else {
		pc_directory_look(c, &f);
		list_directory(c, &f, c->job->offset);
		frame_descend(c, &f);
	}
	frame_leave(c, &f);
	pc_copier_close_dirs(c, &f);
}
