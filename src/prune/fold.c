/* SPDX-License-Identifier: MIT
 *
 * fold.c - names that are equal to the target's file system.
 *
 * The source has `A`, and the target lists the same entry as `a`.  The source does not have `a`,
 * so the entry just written would be removed.  Only the file system knows which names are equal.
 * So where it may fold names, an entry is compared with those that the source's names find in the
 * target.  A set of hashes of the source's names, built once per directory, avoids the search for
 * most entries (base/fold.h). */
#include "prune/pruner.h"

#include "base/flags.h"
#include "base/fold.h"
#include "base/sys.h"
#include "sys/sys.h"

#include <errno.h>
#include <string.h>

static bool target_folds(struct pc_frame *f)
{
	if (!f->casefold_known)
		f->casefolds = pc_fs_folds(f->dst_fs->type, f->dst_fd);
	f->casefold_known = true;
	return f->casefolds;
}

/* A key in a path set, which cannot be 0. */
static uint64_t fold_key(const char *name)
{
	uint64_t hash = pc_fold_hash_ascii(name);

	return hash ? hash : 1;
}

static int source_names(struct pc_pruner *p, struct pc_frame *f,
                        int (*take)(struct pc_walker *w, void *data, const char *name), void *data)
{
	int fd = pc_sys_openat(f->src_fd, ".", O_RDONLY | O_DIRECTORY, 0), r;

	if (fd < 0)
		return fd;
	r = pc_prune_names(p, fd, take, data);
	(void)pc_sys_close(fd); /* only read */
	return r;
}

static int name_note(struct pc_walker *w, void *data, const char *name)
{
	struct pc_pruner *p = data;

	(void)w;
	if (pc_name_is_ascii(name))
		return pc_path_set_add_hash(&p->fold_names, fold_key(name));
	p->fold_any = true;
	return 0;
}

/* Collects the source's names of a directory.  Returns 0 or negative errno. */
static int names_learn(struct pc_pruner *p, struct pc_frame *f)
{
	const struct pc_meta *meta = &f->meta;
	int r;

	if (p->fold_dir.ino == meta->ino && p->fold_dir.dev == meta->dev && meta->ino != 0)
		return 0;
	pc_path_set_done(&p->fold_names);
	p->fold_any = false;
	p->fold_dir = (struct pc_identity){0};
	r = source_names(p, f, name_note, p);
	if (r == 0)
		p->fold_dir = (struct pc_identity){meta->dev, meta->ino};
	return r;
}

struct fold_search {
	const struct pc_frame *f;
	const char *name;
	struct stat target;
};

/* Returns 1 if a name of the source finds the entry, or -ENOMEM. */
static int name_is_target(struct pc_walker *w, void *data, const char *name)
{
	const struct fold_search *s = data;
	struct pc_buffer *fold_name = &pc_pruner_of(w)->fold_name;
	struct stat st;
	int r;

	if (pc_name_is_ascii(name) && pc_name_is_ascii(s->name) &&
	    fold_key(name) != fold_key(s->name))
		return 0;
	if (pc_sys_fstatat(s->f->dst_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !pc_same_inode(&st, &s->target))
		return 0;
	pc_buffer_cut(fold_name, 0);
	r = pc_buffer_add(fold_name, name, strlen(name));
	return r < 0 ? r : 1;
}

int pc_prune_is_fold(struct pc_pruner *p, struct pc_frame *f, const char *name)
{
	struct fold_search search = {.f = f, .name = name};
	int r;

	if (f->extra || !target_folds(f))
		return 0;
	r = names_learn(p, f);
	if (r < 0)
		return r;
	if (pc_name_is_ascii(name) && !p->fold_any &&
	    !pc_path_set_has_hash(&p->fold_names, fold_key(name)))
		return 0;
	r = pc_sys_fstatat(f->dst_fd, name, &search.target, AT_SYMLINK_NOFOLLOW);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	return source_names(p, f, name_is_target, &search);
}
