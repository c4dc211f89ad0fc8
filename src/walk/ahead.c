/* SPDX-License-Identifier: MIT
 *
 * ahead.c - counts the entries of directories that are not copied yet.
 *
 * The result is used for an estimate.  An unreadable directory counts as empty, and the error is
 * not reported here: the job that copies the directory reports it.  Only listings are read, no
 * file is examined. */
#include "walk/walk.h"

#include "sys/sys.h"

#include <dirent.h>
#include <string.h>

/* If getdents64() returns less than this, the listing is assumed to be complete, which saves a call
 * for each directory.  FUSE returns a page at a time. */
#define SHORT_BYTES 2048

/* The entries of one directory. */
struct counted {
	uint64_t others;
	uint32_t directories;
	uint64_t cursor; /* where an incomplete listing ended; 0: it is complete */
};

static enum pc_type counted_type(const struct pc_frame *f, const struct pc_dirent *e)
{
	struct stat st;

	if (e->type != DT_UNKNOWN)
		return pc_type_of_mode((uint32_t)DTTOIF(e->type));
	return pc_sys_fstatat(f->src_fd, e->name, &st, AT_SYMLINK_NOFOLLOW) < 0
	               ? PC_TYPE_OTHER
	               : pc_type_of_mode(st.st_mode);
}

/* Counts an entry, and adds the name of a directory to w->dirs if there is room. */
static void entry_count(struct pc_walker *w, struct pc_frame *f, const struct pc_dirent *e,
                        struct counted *c)
{
	size_t len = strlen(e->name) + 1;
	enum pc_type type;

	if (pc_name_is_dots(e->name))
		return;
	type = counted_type(f, e);
	if (pc_excludes_entry(w, f, e->name, type))
		return;
	if (type != PC_TYPE_DIR) {
		c->others++;
		return;
	}
	c->directories++;
	if (w->dirs.len + len + 1 > PC_LEFT_MAX)
		return;
	w->dirs.data[w->dirs.len++] = (char)type;
	memcpy(w->dirs.data + w->dirs.len, e->name, len);
	w->dirs.len += len;
}

static void listing_count(struct pc_walker *w, struct pc_frame *f, uint64_t cursor,
                          struct counted *c)
{
	off_t at = cursor > 0 ? pc_sys_lseek(f->src_fd, (off_t)cursor, SEEK_SET) : 0;
	ssize_t n = at < 0 ? (ssize_t)at : SHORT_BYTES;

	if (pc_exclude_list(w, f) < 0)
		return; /* nothing is known of the directory */
	while (n >= SHORT_BYTES && c->cursor == 0) {
		n = pc_sys_getdents(f->src_fd, w->listing, PC_LISTING_BYTES);
		for (ssize_t pos = 0; pos < n;) {
			const struct pc_dirent *e = (const void *)(w->listing + pos);

			entry_count(w, f, e, c);
			pos += e->len;
			if (pos >= n && n >= SHORT_BYTES && pc_walk_stop(w, 1))
				c->cursor = (uint64_t)e->next;
		}
	}
}

/* Opens the directory `path` below the operand.  False: not readable, or on another file system
 * that is not copied. */
static bool counted_open(struct pc_walker *w, const struct pc_frame *top, const char *path,
                         struct pc_frame *f)
{
	struct stat st;

	f->src_fd = pc_sys_open_dir_beneath(top->src_fd, path, O_RDONLY);
	if (f->src_fd < 0 || !w->options->one_file_system)
		return f->src_fd >= 0;
	if (pc_sys_fstat(f->src_fd, &st) < 0)
		return false;
	f->meta.dev = st.st_dev;
	return !pc_walk_is_elsewhere(w, top, f);
}

static void path_count(struct pc_walker *w, struct pc_frame *top, const char *path)
{
	/* `counted`: excluded entries are counted by the job that copies the directory */
	struct pc_frame f = {.up = top, .src_fd = -1, .dst_fd = -1, .meta = {.counted = true}};
	struct counted c = {0};
	struct pc_item *item;

	pc_buffer_cut(&w->path, 0);
	pc_buffer_cut(&w->dirs, 0);
	if (pc_buffer_add(&w->path, path, strlen(path)) == 0 && counted_open(w, top, path, &f))
		listing_count(w, &f, w->job->offset, &c);
	pc_walk_close_dirs(w, &f);
	item = pc_result_add(w->job, w->text, PC_ITEM_COUNTED, w->dirs.data, w->dirs.len);
	if (!item)
		return;
	item->entries = c.directories;
	item->arg = c.others;
	item->meta.size = c.cursor;
}

/* Lists the first directory in any case, and the others while the budget lasts. */
void pc_walk_count(struct pc_walker *w)
{
	const char *path = w->text, *end = w->text + w->job->request_len;
	struct pc_frame top;

	if (pc_walk_open_counted(w, "", &top) == 0) {
		do {
			path_count(w, &top, path);
			path = pc_text_next(path);
		} while (path < end && !pc_walk_stop(w, 1));
	}
	pc_walk_close_dirs(w, &top);
	w->job->error = 0; /* errors of filters are reported by the job that copies */
}
