/* SPDX-License-Identifier: MIT
 *
 * folds.c - names that the target's file system folds into one (README and readme).
 *
 * The file system's folding rules are not known, so it is asked: other names of the source that
 * might be equal are looked up in the target. Of several names that lead to one entry, one is
 * copied and the others are refused. Each worker picks the same one without communication:
 *
 * 	the name spelled as the target's directory lists it; otherwise the least of the names
 *
 * Where the name was free the kernel decides: new files are created with O_EXCL or
 * RENAME_NOREPLACE, and the first one determines the spelling. Where the winner has to remove an
 * existing target, another entry may take the name in between; then the winner fails and reports
 * it.
 *
 * An operand that was merged into the same directory before (a/. b/. dst) wins over later ones,
 * unless the names are byte by byte equal.
 *
 * The check is made only where a target exists, in a directory that may fold names, for a name
 * that resembles others of its directory. */
#include "copy/folds.h"

#include "base/cleanup.h"
#include "base/fold.h"
#include "base/path.h"
#include "sys/sys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Attempts, where the target is replaced while it is looked at. */
#define LOOKS 8

/* ---- Names that may be equal ---- */

enum tag_basis { TAG_ASCII = 1, TAG_ANY, TAG_WIDE };

static bool names_may_be_one(const char *a, const char *b)
{
	if (strcmp(a, b) == 0)
		return false;
	if (pc_name_is_ascii(a) && pc_name_is_ascii(b))
		return pc_fold_hash_ascii(a) == pc_fold_hash_ascii(b);
	return pc_fold_hash_any(a, TAG_ANY) == pc_fold_hash_any(b, TAG_ANY);
}

/* ---- The hashes of a directory's names ---- */

/* A hash that possibly equal names share, and the hash of the name itself. */
struct tag {
	uint64_t tag, name;
};

static int tag_order(const void *a, const void *b)
{
	const struct tag *x = a, *y = b;

	if (x->tag != y->tag)
		return x->tag < y->tag ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

static int tag_add(struct pc_copier *c, uint64_t tag, uint64_t name)
{
	const struct tag one = {tag, name};

	return pc_buffer_add(&c->folds.tags, &one, sizeof(one));
}

static int tags_take(struct pc_walker *w, void *data, const char *name)
{
	struct pc_copier *c = pc_copier_of(w);
	uint64_t self = pc_name_hash(name, 0);
	int r = tag_add(c, pc_fold_hash_any(name, TAG_ANY), self);

	(void)data;
	if (r < 0)
		return r;
	return pc_name_is_ascii(name) ? tag_add(c, pc_fold_hash_ascii(name), self)
	                              : tag_add(c, pc_fold_hash_any(name, TAG_WIDE), self);
}

/* Whether another name has this tag. */
static bool tags_have_other(const struct pc_copier *c, uint64_t tag, uint64_t name)
{
	const struct tag *tags = (const void *)c->folds.tags.data;
	size_t low = 0, count = c->folds.tags.len / sizeof(*tags), high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (tags[middle].tag < tag)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < count && tags[low].tag == tag; low++) {
		if (tags[low].name != name)
			return true;
	}
	return false;
}

/* ---- Directories ---- */

/* Calls `take` for each name of a directory, while the walk is in the middle of another listing.
 * Returns as pc_walk_names(). */
static int names_each(struct pc_copier *c, int dirfd,
                      int (*take)(struct pc_walker *w, void *data, const char *name), void *data)
{
	_cleanup_fd_ int fd = pc_sys_openat(dirfd, ".", O_RDONLY | O_DIRECTORY, 0);
	char *listing = c->walk.listing;
	int r = -ENOMEM;

	if (fd < 0)
		return fd;
	c->walk.listing = malloc(PC_LISTING_BYTES);
	if (c->walk.listing)
		r = pc_walk_names(&c->walk, fd, take, data);
	free(c->walk.listing);
	c->walk.listing = listing;
	return r;
}

/* Builds the path of an entry's target directory, below the anchor directory of its root, in
 * c->name. */
static const char *target_path(struct pc_copier *c, const struct pc_entry *e)
{
	const struct pc_root *root = &c->env->root[c->walk.root];
	bool links = c->walk.job->kind == PC_JOB_LINK; /* a LINK job is about many directories */
	const char *below = links || e->frame->top ? "" : c->walk.text;
	size_t start;

	pc_buffer_cut(&c->name, 0);
	if (pc_buffer_add(&c->name, "", 0) < 0)
		return NULL;
	if (e->frame->top)
		return c->name.data;
	if ((strcmp(root->dst_name, ".") != 0 &&
	     pc_buffer_add_name(&c->name, root->dst_name) < 0) ||
	    (*below && !(c->walk.job->flags & PC_JOB_TOP) &&
	     pc_buffer_add_name(&c->name, below) < 0) ||
	    (c->walk.path.len > 0 && pc_buffer_add_name(&c->name, c->walk.path.data) < 0))
		return NULL;
	if (!e->label && c->name.len > 0) { /* for a directory the path ends in its own name */
		(void)pc_path_base(c->name.data, &start);
		pc_buffer_cut(&c->name, start > 0 ? start - 1 : 0);
	}
	return c->name.data;
}

/* Whether an operand's copy goes into the same anchor directory as the entry's. */
static bool root_shares_anchor(const struct pc_copier *c, const struct pc_root *root)
{
	const struct pc_anchor *own = c->env->root[c->walk.root].dst_anchor,
			       *other = root->dst_anchor;

	return other == own || (other->dev == own->dev && other->ino == own->ino);
}

/* The part of `path` below an operand's copy, or NULL. */
static const char *path_below_copy(const char *path, const struct pc_root *root)
{
	size_t len = strcmp(root->dst_name, ".") == 0 ? 0 : strlen(root->dst_name);

	if (len == 0)
		return path;
	if (strncmp(path, root->dst_name, len) != 0 || (path[len] != '/' && path[len] != '\0'))
		return NULL;
	return path + len + (path[len] == '/');
}

static int operand_open(struct pc_copier *c, const struct pc_root *root, const char *path)
{
	_cleanup_fd_ int top_fd = pc_walk_open_anchor(root->src_anchor);
	bool follow = c->walk.options->dereference == PCOPY_DEREFERENCE_ALWAYS;
	struct pc_buffer full = {0};
	int fd = -ENOMEM;

	if (top_fd < 0)
		return top_fd;
	if (pc_buffer_add_name(&full, root->src_name) == 0 &&
	    (!*path || pc_buffer_add_name(&full, path) == 0))
		fd = follow ? pc_sys_open_dir_following(top_fd, full.data, O_RDONLY)
		            : pc_sys_open_dir_beneath(top_fd, full.data, O_RDONLY);
	pc_buffer_done(&full);
	return fd;
}

typedef int take_name(struct pc_walker *w, void *data, const char *name);

/* Calls `take` for the names that an earlier operand brings into the target directory `path`:
 * the names of its own directory there, or its own name. */
static int earlier_each(struct pc_copier *c, const struct pc_root *root, const char *path,
                        take_name *take, void *data)
{
	const char *rest = path_below_copy(path, root);
	_cleanup_fd_ int fd = -1;

	if (!root_shares_anchor(c, root))
		return 0;
	if (!rest)
		return *path ? 0 : take(&c->walk, data, root->dst_name);
	if (root->kind != PCOPY_DIRECTORY)
		return 0;
	fd = operand_open(c, root, rest);
	return fd < 0 ? 0 : names_each(c, fd, take, data); /* it has no such directory */
}

/* The number of earlier operands that may have been merged into the entry's directory. */
static uint32_t earlier_count(const struct pc_copier *c)
{
	return c->env->root[c->walk.root].barrier ? c->walk.root : 0;
}

/* ---- Whether a name resembles others ---- */

static int tags_read(struct pc_copier *c, const struct pc_entry *e)
{
	const char *path = target_path(c, e);
	int r = path ? 0 : -ENOMEM;

	if (r == 0 && !e->frame->top)
		r = names_each(c, e->frame->src_fd, tags_take, NULL);
	for (uint32_t i = 0; r == 0 && e->frame->top && i < c->env->root_count; i++) {
		if (root_shares_anchor(c, &c->env->root[i]))
			r = tags_take(&c->walk, NULL, c->env->root[i].dst_name);
	}
	for (uint32_t i = 0; r == 0 && i < earlier_count(c); i++)
		r = earlier_each(c, &c->env->root[i], path, tags_take, NULL);
	if (r == 0)
		qsort(c->folds.tags.data, c->folds.tags.len / sizeof(struct tag),
		      sizeof(struct tag), tag_order);
	return r;
}

/* Makes sure that the tags are those of the entry's directory, which are cached. False: the
 * names cannot be read, so that any name may resemble the entry's. */
static bool tags_find(struct pc_copier *c, const struct pc_entry *e)
{
	struct pc_folds *folds = &c->folds;
	int dirfd = e->frame->top ? e->frame->dst_fd : e->frame->src_fd;
	/* all operands share the same names, unless some were merged before */
	uint32_t root = e->frame->top && earlier_count(c) == 0 ? UINT32_MAX : 1 + c->walk.root;
	struct stat st;

	if (pc_sys_fstat(dirfd, &st) < 0)
		return false;
	if (folds->names.root == root && folds->names.dev == st.st_dev &&
	    folds->names.ino == st.st_ino)
		return true;
	folds->names.root = 0;
	pc_buffer_cut(&folds->tags, 0);
	if (tags_read(c, e) < 0)
		return false;
	folds->names.root = root;
	folds->names.dev = st.st_dev;
	folds->names.ino = st.st_ino;
	return true;
}

/* Whether the target directory may fold two names, as far as is known. */
static bool frame_may_fold(struct pc_copier *c, struct pc_frame *f)
{
	struct pc_folds *folds = &c->folds;
	uint32_t root = f->top ? 0 : 1 + c->walk.root;

	if (f->casefold_known)
		return f->casefolds;
	if (root == 0 || folds->flag.root != root || folds->flag.dev != f->meta.dev ||
	    folds->flag.ino != f->meta.ino) {
		folds->may_fold = pc_fs_folds(f->dst_fs->type, f->dst_fd);
		folds->flag.root = root;
		folds->flag.dev = f->meta.dev;
		folds->flag.ino = f->meta.ino;
	}
	f->casefold_known = true;
	f->casefolds = folds->may_fold;
	return f->casefolds;
}

static bool name_resembles_others(struct pc_copier *c, const struct pc_entry *e)
{
	const char *name = e->dst_name;
	uint64_t self = pc_name_hash(name, 0);

	if (!tags_find(c, e))
		return true;
	if (!pc_name_is_ascii(name))
		return tags_have_other(c, pc_fold_hash_any(name, TAG_ANY), self);
	return tags_have_other(c, pc_fold_hash_ascii(name), self) ||
	       tags_have_other(c, pc_fold_hash_any(name, TAG_WIDE), self);
}

/* ---- Which of the names wins ---- */

struct search {
	struct pc_entry *e;
	const struct stat *target;
	struct pc_buffer *spelled; /* names in the target directory's listing that lead to the
	                            * target, each with a NUL */
	bool found;                /* another name of the source leads to the target */
	bool own;                  /* the entry's own name is among those read */
	struct pc_buffer *least;   /* the winner among the names found */
	bool least_is_spelled;
};

static bool is_target(const struct search *s, const char *name)
{
	struct stat st;

	return pc_sys_fstatat(s->e->frame->dst_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       pc_same_inode(&st, s->target);
}

static bool is_spelled(const struct search *s, const char *name)
{
	const char *at = s->spelled->data;
	const char *end = at + s->spelled->len;

	for (; at < end; at += strlen(at) + 1) {
		if (strcmp(at, name) == 0)
			return true;
	}
	return false;
}

static int spelled_take(struct pc_walker *w, void *data, const char *name)
{
	struct search *s = data;
	const char *own = s->e->dst_name;

	(void)w;
	if (strcmp(name, own) != 0 && (!names_may_be_one(name, own) || !is_target(s, name)))
		return 0;
	return pc_buffer_add(s->spelled, name, strlen(name) + 1);
}

static int source_take(struct pc_walker *w, void *data, const char *name)
{
	struct search *s = data;
	bool spelled = is_spelled(s, name);

	(void)w;
	if (strcmp(name, s->e->dst_name) == 0) {
		s->own = true;
		return 0;
	}
	/* two names that the directory lists are hard links */
	if (!names_may_be_one(name, s->e->dst_name) || !is_target(s, name) ||
	    (spelled && is_spelled(s, s->e->dst_name)))
		return 0;
	if (s->found && (s->least_is_spelled || (!spelled && strcmp(name, s->least->data) > 0)))
		return 0;
	s->found = true;
	s->least_is_spelled = spelled;
	pc_buffer_cut(s->least, 0);
	return pc_buffer_add(s->least, name, strlen(name));
}

/* Whether a name that was found wins over the entry. */
static bool other_wins(const struct search *s)
{
	if (!s->found || is_spelled(s, s->e->dst_name))
		return false;
	return s->least_is_spelled || strcmp(s->least->data, s->e->dst_name) < 0;
}

static void search_begin(struct search *s)
{
	s->found = s->own = s->least_is_spelled = false;
}

/* Records the winning entry in the one refused. `path` is its directory within the operand
 * ("" for the entry's own). */
static void folded_into_set(struct pc_copier *c, struct search *s, uint32_t root, const char *path)
{
	struct pc_buffer *found_path = &c->folded_into;

	s->e->folded_into.root = root;
	s->e->folded_into.name = NULL;
	pc_buffer_cut(found_path, 0);
	if (!path || (*path && pc_buffer_add(found_path, path, strlen(path)) < 0) ||
	    pc_buffer_add_name(found_path, s->least->data) < 0)
		return;
	s->e->folded_into.name = found_path->data;
}

/* Searches the earlier operands: their names have been copied and win, unless the name is byte
 * by byte equal. 1, 0, or negative errno. `ret_merged`: an earlier operand has the entry's own
 * name. */
static int earlier_search(struct pc_copier *c, struct search *s, bool *ret_merged)
{
	const char *path = earlier_count(c) > 0 ? target_path(c, s->e) : "";
	int r = path ? 0 : -ENOMEM;

	for (uint32_t i = 0; r == 0 && i < earlier_count(c); i++) {
		const struct pc_root *root = &c->env->root[i];

		search_begin(s);
		r = earlier_each(c, root, path, source_take, s);
		if (r == 0 && s->found && (!s->own || other_wins(s))) {
			folded_into_set(c, s, 1 + i, path_below_copy(path, root));
			return 1;
		}
		*ret_merged = *ret_merged || s->own;
	}
	return r;
}

/* Searches the operands that go into the same directory. */
static int operands_search(struct pc_copier *c, struct search *s)
{
	uint32_t least = 0;

	for (uint32_t i = 0; i < c->env->root_count; i++) {
		const struct pc_root *root = &c->env->root[i];
		int r;

		if (i == c->walk.root || !root_shares_anchor(c, root))
			continue;
		r = source_take(&c->walk, s, root->dst_name);
		if (r < 0)
			return r;
		if (s->found && strcmp(s->least->data, root->dst_name) == 0)
			least = i;
	}
	if (s->found)
		folded_into_set(c, s, 1 + least, NULL);
	return 0;
}

static int own_search(struct pc_copier *c, struct search *s)
{
	int r;

	search_begin(s);
	if (s->e->frame->top)
		return operands_search(c, s);
	r = names_each(c, s->e->frame->src_fd, source_take, s);
	if (r == 0 && s->found)
		folded_into_set(c, s, 0, "");
	return r;
}

/* Whether another name wins: 1, 0, or negative errno. */
static int search_run(struct pc_copier *c, struct search *s)
{
	bool of_run =
		!pc_job_is_retry(c->walk.job) && pc_copy_is_of_run(c->env, &s->target->st_ctim);
	bool merged = false;
	int r;

	/* if the directory is not readable, no name counts as spelled */
	(void)names_each(c, s->e->frame->dst_fd, spelled_take, s);
	r = earlier_search(c, s, &merged);
	if (r != 0 || (!of_run && is_spelled(s, s->e->dst_name)))
		return r;
	r = own_search(c, s);
	if (r < 0)
		return r;
	/* some file systems store another spelling than was asked for */
	return other_wins(s) || (s->found && of_run && !merged);
}

int pc_fold_refuses(struct pc_copier *c, struct pc_entry *e, const struct stat *target)
{
	struct pc_buffer spelled = {0}, least = {0};
	struct stat now = *target, before;
	struct search s = {.e = e, .target = &now, .spelled = &spelled, .least = &least};
	bool gone = false;
	int r = 0, seen;

	if (!frame_may_fold(c, e->frame) || !name_resembles_others(c, e))
		return 0;
	for (int i = 0; i < LOOKS; i++) {
		before = now;
		pc_buffer_cut(&spelled, 0);
		if (pc_buffer_add(&spelled, "", 0) == 0 && pc_buffer_add(&least, "", 0) == 0)
			r = search_run(c, &s);
		if (r != 0)
			break;
		seen = pc_sys_fstatat(e->frame->dst_fd, e->dst_name, &now, AT_SYMLINK_NOFOLLOW);
		gone = seen == -ENOENT;
		if (seen < 0 || pc_same_inode(&now, &before))
			break;
	}
	pc_buffer_done(&spelled);
	pc_buffer_done(&least);
	return gone ? -ENOENT : r > 0;
}
