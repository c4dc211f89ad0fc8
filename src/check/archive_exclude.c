/* SPDX-License-Identifier: MIT */
/* archive_exclude.c - applies the exclude rules in libarchive's walk.
 *
 * libarchive calls back before it opens an entry. So an excluded directory is neither opened nor
 * entered, and no error of it is reported. The rules of .gitignore files are those in the source on
 * both walks, as in a copy. Where memory runs out nothing is excluded: entries are then compared
 * that need not be, and none is forgotten. */
#include "check/reader.h"

#include "base/cleanup.h"
#include "filter/filter.h"
#include "filter/ignore.h"
#include "sys/sys.h"
#include "walk/walk.h"

#include <stdlib.h>
#include <string.h>

static void ignore_forget(struct pc_reader_exclusion *s)
{
	while (s->ignore) {
		struct pc_ignore *own = s->ignore;

		s->ignore = own->up;
		pc_ignore_free(own);
	}
	s->known = false;
}

/* Reads the rules in one directory of the source: the first `len` bytes of `path`. */
static void reader_ignore_push(struct pc_reader *r, const char *path, size_t len)
{
	struct pc_buffer full = {0};
	struct pc_ignore *own = NULL;
	_cleanup_fd_ int fd = -1;

	if (pc_buffer_add(&full, r->base[PC_SRC].data, r->base[PC_SRC].len) == 0 &&
	    pc_buffer_add(&full, path, len) == 0)
		fd = pc_sys_openat(AT_FDCWD, full.data, O_RDONLY | O_DIRECTORY, 0);
	pc_buffer_done(&full);
	/* an unreadable file excludes nothing, as in the copy */
	if (fd < 0 || pc_exclude_read(fd, len, &own) < 0 || !own)
		return;
	own->up = r->exclusion.ignore;
	r->exclusion.ignore = own;
}

/* Reads the rules on the way from the operand down to the directory of the entry "/dir/name". A
 * walk visits the entries of a directory one after the other, so the rules of one directory are
 * kept. */
static void ignore_find(struct pc_reader *r, const struct pc_filter_path *path)
{
	struct pc_reader_exclusion *s = &r->exclusion;
	size_t dir_len = path->name - 1;

	if (s->known && s->dir.len == dir_len && memcmp(s->dir.data, path->text, dir_len) == 0)
		return;
	ignore_forget(s);
	pc_buffer_cut(&s->dir, 0);
	if (pc_buffer_add(&s->dir, path->text, dir_len) < 0)
		return;
	for (size_t len = 0; len < dir_len; len += strcspn(path->text + len, "/")) {
		reader_ignore_push(r, path->text, len);
		len++;
	}
	reader_ignore_push(r, path->text, dir_len);
	s->known = true;
}

/* Matches a path in the form of filter/path.h, with slashes around it. */
static bool entry_is_dropped(struct pc_reader *r, const char *rest, bool directory)
{
	struct pc_buffer *asked = &r->exclusion.asked;
	struct pc_filter_path path;

	pc_buffer_cut(asked, 0);
	if (pc_buffer_add(asked, "/", 1) < 0 || pc_buffer_add(asked, rest, strlen(rest)) < 0 ||
	    pc_buffer_add(asked, "/", 1) < 0)
		return false;
	path = pc_filter_path(asked->data, asked->len - 1, directory);
	if (r->options->gitignore)
		ignore_find(r, &path);
	return pc_excludes_path(r->options, r->exclusion.ignore, &path);
}

/* Callback: whether libarchive is to read an entry. Operands are never excluded. Limits of size are
 * about files of the source; what a copy of them should have left out of the target is found there
 * by its name. */
static int entry_take(struct archive *walk, void *data, struct archive_entry *entry)
{
	struct pc_reader *r = data;
	const char *path = archive_entry_pathname(entry) + r->base[r->exclusion.side].len;
	const struct stat *st = archive_entry_stat(entry);

	(void)walk;
	path += strspn(path, "/");
	if (r->exclusion.side == PC_SRC && pc_exclude_skips_size(r->options, st))
		return 0;
	return !*path || !entry_is_dropped(r, path, S_ISDIR(st->st_mode));
}

void pc_reader_exclude(struct pc_reader *r, struct archive *walk, enum pc_side side)
{
	const struct pcopy_options *o = r->options;

	r->exclusion.side = side;
	ignore_forget(&r->exclusion);
	if (o->filter || o->gitignore || o->limit_size)
		(void)archive_read_disk_set_metadata_filter_callback(walk, entry_take, r);
}

void pc_reader_exclude_done(struct pc_reader *r)
{
	ignore_forget(&r->exclusion);
	pc_buffer_done(&r->exclusion.dir);
	pc_buffer_done(&r->exclusion.asked);
}
