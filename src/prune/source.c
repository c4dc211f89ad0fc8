/* SPDX-License-Identifier: MIT
 *
 * source.c - asks the source about a name.
 *
 * A name that is missing in a listing proves nothing: a listing may end early without an error.
 * The proof is the directory's own answer for the name, only ENOENT, if it is still the directory
 * that was listed.  A name that is listed does exist.  So the source is listed besides the
 * target, and asked only about names that are not listed. */
#include "prune/pruner.h"

#include "sys/sys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* In larger directories only this many names are kept: most of their entries are left to other
 * jobs, which have no list. */
#define KNOWN_MAX 8192U

static bool is_obstacle(struct pc_pruner *p, const char *label)
{
	return p->env->obstacles && p->env->obstacles->len > 0 &&
	       pc_walk_name(&p->walk, &p->name, label) &&
	       pc_path_set_has(p->env->obstacles, p->walk.root, p->name.data, p->name.len,
	                       PC_MARK_TREE);
}

/* A directory that was removed, or lost by its server, answers ENOENT to everything: so it is
 * stat'ed too.  Returns 0 or negative errno. */
static int still_there(const struct pc_frame *f)
{
	struct stat st;
	int r = pc_sys_fstat(f->src_fd, &st);

	if (r < 0)
		return r;
	return st.st_nlink > 0 && st.st_dev == f->meta.dev && st.st_ino == f->meta.ino ? 0
	                                                                               : -ESTALE;
}

/* True for the directory of an operand. */
static bool is_root(const struct pc_pruner *p, const struct pc_frame *f)
{
	return f->up ? f->up->top : !f->top && *p->walk.text == '\0';
}

/* A SOURCE that has become empty may have been unmounted.  Returns 0 or negative errno. */
static int still_filled(const struct pc_frame *f)
{
	int fd = pc_sys_openat(f->src_fd, ".", O_RDONLY | O_DIRECTORY, 0), r;

	if (fd < 0)
		return fd;
	r = pc_walk_has_names(fd);
	(void)pc_sys_close(fd); /* only read */
	return r == 0 ? -ESTALE : r < 0 ? r : 0;
}

int pc_prune_names(struct pc_pruner *p, int fd,
                   int (*take)(struct pc_walker *w, void *data, const char *name), void *data)
{
	char *listing = p->walk.listing;
	int r;

	if (!p->listing)
		p->listing = malloc(PC_LISTING_BYTES);
	if (!p->listing)
		return -ENOMEM;
	p->walk.listing = p->listing;
	r = pc_walk_names(&p->walk, fd, take, data);
	p->walk.listing = listing;
	return r;
}

enum pc_prune_answer pc_prune_ask(struct pc_pruner *p, struct pc_frame *f, const char *name,
                                  const char *label, struct stat *ret)
{
	int r;

	if (f->extra) /* the source does not have the directory */
		return PC_PRUNE_LACKS;
	r = pc_sys_fstatat(f->src_fd, name, ret, AT_SYMLINK_NOFOLLOW);
	if (r == 0)
		return is_obstacle(p, label) ? PC_PRUNE_OBSTACLE : PC_PRUNE_HAS;
	if (r == -ENOENT)
		r = still_there(f);
	if (r == 0 && is_root(p, f) && !(p->walk.options->delete_flags & PCOPY_DELETE_FROM_EMPTY))
		r = still_filled(f);
	if (r == 0)
		return PC_PRUNE_LACKS;
	f->stays = true;
	pc_prune_fail(p, PCOPY_FILE, PCOPY_STEP_STAT, r, label);
	return PC_PRUNE_UNKNOWN;
}

/* ---- Listed names ---- */

static int name_note_known(struct pc_walker *w, void *data, const char *name)
{
	struct pc_pruner *p = data;

	(void)w;
	if (p->known.len >= KNOWN_MAX)
		return 1;
	return pc_path_set_add(&p->known, 0, name, strlen(name), PC_MARK_ITSELF);
}

void pc_prune_forget(struct pc_pruner *p)
{
	pc_path_set_done(&p->known);
	p->known_dir = (struct pc_identity){0};
}

void pc_prune_list_source(struct pc_pruner *p, const struct pc_frame *f)
{
	pc_prune_forget(p);
	if (f->extra || f->top)
		return;
	/* on an error more names are asked about */
	(void)pc_walk_names(&p->walk, f->src_fd, name_note_known, p);
	p->known_dir = (struct pc_identity){f->meta.dev, f->meta.ino};
}

bool pc_prune_is_known(const struct pc_pruner *p, const struct pc_frame *f, const char *name)
{
	return p->known.len > 0 && p->known_dir.ino == f->meta.ino &&
	       p->known_dir.dev == f->meta.dev && !f->extra &&
	       pc_path_set_has(&p->known, 0, name, strlen(name), PC_MARK_ITSELF);
}

enum pc_prune_answer pc_prune_has(struct pc_pruner *p, struct pc_frame *f, const char *name)
{
	struct stat source;

	if (pc_prune_is_known(p, f, name))
		return is_obstacle(p, name) ? PC_PRUNE_OBSTACLE : PC_PRUNE_HAS;
	return pc_prune_ask(p, f, name, name, &source);
}

/* ---- Directories ---- */

bool pc_prune_was_listed(struct pc_pruner *p, const struct stat *st)
{
	return st->st_nlink > 0 && pc_walk_name(&p->walk, &p->name, NULL) &&
	       pc_path_set_has_hash(p->env->listed,
	                            pc_listed_hash(p->walk.root, p->name.data, p->name.len,
	                                           st->st_dev, st->st_ino));
}

bool pc_prune_is_source(const struct pc_pruner *p, uint64_t dev, uint64_t ino)
{
	for (unsigned i = 0; i < p->env->root_count; i++) {
		const struct pc_root *root = &p->env->root[i];

		if ((root->src_dev == dev && root->src_ino == ino) ||
		    (root->src_anchor->dev == dev && root->src_anchor->ino == ino))
			return true;
	}
	return false;
}
