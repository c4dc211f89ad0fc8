/* SPDX-License-Identifier: MIT
 *
 * paths.c - copies entries given by path instead of listed.
 *
 * The directories that lead to an entry form a chain of frames, starting at the operand.  Each is
 * handed to the coordinator as soon as it is open: other jobs use it too, so it is finished after
 * all of them.  The next path keeps the part of the chain that it shares with the previous one.
 * Only the last levels of a long chain stay open.
 *
 *   a/b/x   ENTER "", ENTER a, ENTER b    (x)
 *   a/y                         LEAVE     (y)
 *   c               LEAVE                 (c)
 *           LEAVE
 *
 * Nothing is created for an entry that the source does not have.  A component that is a symbolic
 * link is not followed, unless all links are, so no path leads outside the operand. */
#include "walk/walk.h"

#include "base/cleanup.h"
#include "sys/sys.h"

#include <errno.h>
#include <string.h>

/* Levels of a chain that stay open. */
#define CHAIN_MAX 6U

/* Longer than a component in any file system: 255 units of UTF-16 are 765 bytes. */
#define NAME_BYTES 1024U

struct chain {
	struct pc_frame top;
	struct pc_frame frame[CHAIN_MAX];
	unsigned len, max;
	unsigned dropped; /* levels above frame[0] that were entered and are closed */
};

/* A path of the request. */
struct path {
	const char *text;
	size_t dir_len; /* of the entry's directory */
	char name[NAME_BYTES];
	bool is_root;   /* the operand itself */
	bool is_dir;    /* trailing slash: it must be a directory */
	bool is_looked; /* another job copies it: only check that it exists */
};

/* Copies a component and adds NUL.  Returns 0 or -ENAMETOOLONG. */
static int component_copy(char name[NAME_BYTES], const char *text, size_t len)
{
	if (len >= NAME_BYTES)
		return -ENAMETOOLONG;
	memcpy(name, text, len);
	name[len] = '\0';
	return 0;
}

static int path_parse(const char *request, struct path *ret)
{
	struct path *p = ret;
	size_t end, start;

	p->text = request + 1;
	p->is_dir = (request[0] - PC_PATH_PLAIN) & PC_PATH_DIRECTORY;
	p->is_looked = (request[0] - PC_PATH_PLAIN) & PC_PATH_LOOKED;
	start = end = strlen(p->text) - p->is_dir;
	p->is_root = end == 0;
	while (start > 0 && p->text[start - 1] != '/')
		start--;
	p->dir_len = start - (start > 0);
	return component_copy(p->name, p->text + start, end - start);
}

/* ---- The chain ---- */

static struct pc_frame *chain_end(struct chain *ch)
{
	return ch->len > 0 ? &ch->frame[ch->len - 1] : &ch->top;
}

static void chain_pop(struct pc_walker *w, struct chain *ch)
{
	struct pc_frame *f = &ch->frame[--ch->len];

	pc_frame_leave(w, f);
	pc_exclude_leave(f);
	pc_walk_close_dirs(w, f);
	pc_buffer_cut(&w->path, ch->len > 0 ? ch->frame[ch->len - 1].path_len : 0);
}

static void chain_empty(struct pc_walker *w, struct chain *ch)
{
	while (ch->len > 0)
		chain_pop(w, ch);
	for (; ch->dropped > 0; ch->dropped--)
		pc_frame_leave(w, &ch->top);
	pc_buffer_cut(&w->above, 0);
	pc_buffer_cut(&w->path, 0);
}

/* Closes the uppermost level to make room.  Its identity is kept for detecting cycles. */
static void chain_drop(struct pc_walker *w, struct chain *ch)
{
	const struct pc_frame *f = &ch->frame[0];
	const struct pc_identity one = {f->meta.dev, f->meta.ino};

	if (w->options->dereference == PCOPY_DEREFERENCE_ALWAYS &&
	    pc_buffer_add(&w->above, (const char *)&one, sizeof(one)) < 0)
		w->job->error = -ENOMEM;
	pc_walk_close_dirs(w, &ch->frame[0]);
	memmove(&ch->frame[0], &ch->frame[1], (ch->len - 1) * sizeof(ch->frame[0]));
	ch->len--;
	ch->dropped++;
	for (unsigned i = 0; i < ch->len; i++)
		ch->frame[i].up = i > 0 ? &ch->frame[i - 1] : &ch->top;
}

/* A directory that cannot be opened fails the entry below it, not itself: it may be tried again
 * for another entry. */
static void failure_move(struct pc_counts *counts, uint64_t failed_before)
{
	struct pcopy_count *directory = &counts->entries[PCOPY_DIRECTORY];

	counts->entries[PCOPY_FILE].failed += directory->failed - failed_before;
	directory->failed = failed_before;
}

/* Opens the next level, `len` bytes at `text`; the first one is the operand.  False: failed and
 * reported. */
static bool chain_push(struct pc_walker *w, struct chain *ch, const char *text, size_t len)
{
	const struct pc_root *root = &w->roots[w->root];
	bool first = ch->len + ch->dropped == 0;
	uint64_t failed = w->job->counts.entries[PCOPY_DIRECTORY].failed;
	size_t path_len = w->path.len;
	struct pc_frame *f;
	char name[NAME_BYTES];
	struct pc_entry e;
	int r = component_copy(name, text, len);

	if (r == 0 && !first && pc_buffer_add_name(&w->path, name) < 0)
		r = -ENOMEM;
	if (r < 0) {
		pc_walk_fail(w, PCOPY_FILE, PCOPY_STEP_OPEN_DIRECTORY, r, NULL);
		return false;
	}
	if (ch->len == ch->max)
		chain_drop(w, ch);
	f = &ch->frame[ch->len];
	*f = (struct pc_frame){.up = chain_end(ch),
	                       .depth = ch->len + 1,
	                       .src_fd = -1,
	                       .dst_fd = -1,
	                       .above = true};
	pc_entry_init(&e, f->up, PC_TYPE_DIR, first ? root->src_name : name,
	              first ? root->dst_name : name);
	e.kind = PCOPY_DIRECTORY;
	e.label = NULL;
	pc_frame_begin(w, f);
	if (!w->ops->open(w, &e, f)) {
		failure_move(&w->job->counts, failed);
		pc_buffer_cut(&w->path, path_len);
		return false;
	}
	r = pc_exclude_enter(w, f);
	pc_frame_enter(w, f);
	ch->len++;
	if (r < 0) {
		pc_walk_fail(w, PCOPY_FILE, PCOPY_STEP_LIST, r, NULL);
		chain_pop(w, ch);
	}
	return r == 0;
}

/* True if the chain's path is `dir` or one of its parents. */
static bool chain_leads_to(const struct pc_walker *w, const char *dir, size_t len)
{
	size_t at = w->path.len;

	return at <= len && memcmp(w->path.data, dir, at) == 0 &&
	       (at == 0 || at == len || dir[at] == '/');
}

/* Opens the chain to a directory.  False: failed and reported. */
static bool chain_lead(struct pc_walker *w, struct chain *ch, const char *dir, size_t len)
{
	while (ch->len > 0 && !chain_leads_to(w, dir, len))
		chain_pop(w, ch);
	if (ch->len == 0) {
		chain_empty(w, ch);
		if (!chain_push(w, ch, "", 0))
			return false;
	}
	while (w->path.len < len) {
		size_t at = w->path.len + (w->path.len > 0);

		if (!chain_push(w, ch, dir + at, strcspn(dir + at, "/")))
			return false;
	}
	return true;
}

/* ---- The source ---- */

/* Finds the type of an entry by path.  Returns 0 or negative errno. */
static int source_find(struct pc_walker *w, const struct path *p, enum pc_type *ret)
{
	bool follow = w->options->dereference == PCOPY_DEREFERENCE_ALWAYS;
	_cleanup_free_ char *dir = strndup(p->text, p->dir_len);
	_cleanup_fd_ int fd = dir ? pc_walk_reach_source(w, dir) : -ENOMEM;
	struct stat st;
	int r;

	*ret = PC_TYPE_DIR;
	if (fd < 0 || p->is_root)
		return fd < 0 ? fd : 0;
	r = pc_sys_fstatat(fd, p->name, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW);
	if (r == 0)
		*ret = pc_type_of_mode(st.st_mode);
	return r == 0 && p->is_dir && *ret != PC_TYPE_DIR ? -ENOTDIR : r;
}

/* Reports a missing entry, unless the filters exclude it whatever its type. */
static void absence_report(struct pc_walker *w, const struct path *p, int error)
{
	const struct pcopy_filter *filter = w->options->filter;

	if (filter && pcopy_filter_excludes(filter, p->text, true) &&
	    pcopy_filter_excludes(filter, p->text, false))
		w->job->counts.excluded[PCOPY_FILE]++;
	else if (!w->ops->excuses || !w->ops->excuses(w, p->text))
		pc_walk_fail(w, PCOPY_FILE, PCOPY_STEP_STAT, error, p->is_root ? NULL : p->text);
}

static bool path_is_excluded(struct pc_walker *w, const struct path *p, enum pc_type type)
{
	_cleanup_free_ char *path = strndup(p->text, strlen(p->text) - p->is_dir);
	_cleanup_fd_ int fd = w->options->gitignore ? pc_walk_open_source(w, "") : -1;

	if (path)
		return pc_excludes_named(w, fd, path, type);
	pc_walk_fail(w, PCOPY_FILE, PCOPY_STEP_STAT, -ENOMEM, p->text);
	return true;
}

/* True if the entry must be copied here: it exists, is not excluded, and is not another job's.
 * Otherwise that was reported.  Messages show the path from the operand, not from the chain. */
static bool path_is_wanted(struct pc_walker *w, const struct path *p, enum pc_type *ret)
{
	struct pc_buffer chain_path = w->path;
	int r = source_find(w, p, ret);
	bool wanted = false;

	w->path = w->aside;
	pc_buffer_cut(&w->path, 0);
	if (r < 0)
		absence_report(w, p, r);
	else if (!p->is_looked)
		wanted = p->is_root || !path_is_excluded(w, p, *ret);
	w->aside = w->path;
	w->path = chain_path;
	return wanted;
}

/* The same in an open directory.  Finds the type. */
static bool entry_is_wanted(struct pc_walker *w, struct pc_frame *f, const char *name,
                            enum pc_type *ret)
{
	int flags = pc_walk_follows(w, f) ? 0 : AT_SYMLINK_NOFOLLOW;
	struct stat st;
	int r = pc_sys_fstatat(f->src_fd, name, &st, flags), listed = pc_exclude_list(w, f);

	if (listed < 0) {
		pc_walk_fail(w, PCOPY_FILE, PCOPY_STEP_STAT, listed, name);
		return false;
	}
	if (r == 0) {
		*ret = pc_type_of_mode(st.st_mode);
		return !pc_excludes_entry(w, f, name, *ret);
	}
	if (!pc_excludes_any_type(w, f, name, PC_TYPE_FILE) &&
	    (!w->ops->excuses || !w->ops->excuses(w, name)))
		pc_walk_fail(w, PCOPY_FILE, PCOPY_STEP_STAT, r, name);
	return false;
}

/* ---- One path ---- */

/* A directory that is not copied recursively is created like those that lead to an entry. */
static void directory_do(struct pc_walker *w, struct chain *ch, const char *name)
{
	if (w->options->names->recursive)
		pc_walk_directory(w, chain_end(ch), name, name);
	else
		(void)chain_push(w, ch, name, strlen(name)); /* it reports failures */
}

static void root_do(struct pc_walker *w, struct chain *ch)
{
	const struct pc_root *root = &w->roots[w->root];

	chain_empty(w, ch);
	if (w->options->names->recursive)
		pc_walk_directory(w, &ch->top, root->src_name, root->dst_name);
	else
		(void)chain_push(w, ch, "", 0);
}

static void path_do(struct pc_walker *w, struct chain *ch, const char *request)
{
	struct path p;
	struct pc_frame *f;
	enum pc_type type;
	bool open;
	int r = path_parse(request, &p);

	while (ch->len > 0 && (r < 0 || !chain_leads_to(w, p.text, p.dir_len)))
		chain_pop(w, ch);
	if (r < 0) {
		chain_empty(w, ch);
		pc_walk_fail(w, PCOPY_FILE, PCOPY_STEP_STAT, r, p.text);
		return;
	}
	open = ch->len > 0 && w->path.len == p.dir_len && !p.is_looked && !p.is_dir;
	/* opening creates target directories: do not, if nothing will be copied */
	if (!open && !path_is_wanted(w, &p, &type))
		return;
	if (p.is_root) {
		root_do(w, ch);
		return;
	}
	if (!chain_lead(w, ch, p.text, p.dir_len))
		return;
	f = chain_end(ch);
	if (open && !entry_is_wanted(w, f, p.name, &type))
		return;
	if (type == PC_TYPE_DIR)
		directory_do(w, ch, p.name);
	else
		pc_walk_do_entry(w, f, type, p.name, p.name);
}

/* ---- The job ---- */

static void paths_hand_back(struct pc_walker *w, const char *paths, size_t len)
{
	struct pc_item *item = pc_walk_item(w, PC_ITEM_PATHS, paths, len);

	if (!item) /* the job has failed */
		return;
	for (size_t pos = 0; pos < len; pos += strlen(paths + pos) + 1)
		item->entries++;
}

void pc_walk_paths(struct pc_walker *w)
{
	struct chain ch = {.max = w->depth_max / 2 < CHAIN_MAX ? w->depth_max / 2 : CHAIN_MAX};
	size_t len = w->job->request_len, pos = 0;
	int r = pc_walk_open_dirs(w, "", true, &ch.top);

	ch.max = ch.max > 0 ? ch.max : 1;
	pc_frame_begin(w, &ch.top);
	if (r == 0)
		w->ops->look(w, &ch.top);
	for (; pos < len && (pos == 0 || r < 0 || !pc_walk_stop(w, 1));
	     pos += strlen(w->text + pos) + 1) {
		if (r < 0)
			pc_walk_fail(w, PCOPY_FILE, PCOPY_STEP_OPEN_DIRECTORY, r,
			             w->text + pos + 1);
		else
			path_do(w, &ch, w->text + pos);
	}
	chain_empty(w, &ch);
	if (pos < len)
		paths_hand_back(w, w->text + pos, len - pos);
	pc_walk_close_dirs(w, &ch.top);
}
