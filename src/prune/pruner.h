/* SPDX-License-Identifier: MIT
 *
 * pruner.h - one removing worker's context, and what it finds out before it removes.
 *
 * Everything here belongs to one worker and is touched by its thread alone.  To be read in this
 * order: results.c (what is told), source.c (what the source answers), fold.c (names that the
 * target takes for one), remove.c (a name goes), directory.c (a directory goes, or gets its
 * times), worker.c on top. */
#ifndef PC_PRUNE_PRUNER_H
#define PC_PRUNE_PRUNER_H

#include "prune/prune.h"
#include "walk/walk.h"

struct pc_pruner {
	struct pc_walker walk;
	const struct pc_prune_env *env;
	struct pc_buffer name; /* scratch: a path below the root */
	char *listing;         /* for pc_prune_names(); made when first needed */

	/* what the source listed of the directory that is listed, see source.c */
	struct pc_identity known_dir; /* the source's; ino 0: none */
	struct pc_path_set known;

	/* of the directory that a name was looked for in last, see fold.c */
	struct pc_identity fold_dir; /* the source's; ino 0: none */
	struct pc_path_set fold_names;
	bool fold_any;              /* some of its names are not ASCII: they may be one with any */
	struct pc_buffer fold_name; /* see pc_prune_is_fold() */
};

static inline struct pc_pruner *pc_pruner_of(struct pc_walker *w)
{
	return (struct pc_pruner *)((char *)w - offsetof(struct pc_pruner, walk));
}

/* ---- results.c ---- */

/* An entry, or the directory in work where `name` is NULL, could not be removed, or it could not
 * be known whether it is to be: it stays, and so does what holds it. */
void pc_prune_fail(struct pc_pruner *p, enum pcopy_kind kind, enum pcopy_step step, int error,
                   const char *name);

/* It stays for what it is, which is told. */
void pc_prune_stays(struct pc_pruner *p, struct pc_frame *f, enum pcopy_kind kind,
                    enum pcopy_step step, const char *name);

/* It is gone; or would be, where nothing is done. */
void pc_prune_gone(struct pc_pruner *p, enum pcopy_kind kind, const char *name);

/* What the rules about what is left out say of an entry, or of the directory in work. */
enum pc_prune_rule {
	PC_PRUNE_BY_SOURCE, /* nothing */
	PC_PRUNE_SPARE,     /* it stays: that was counted */
	PC_PRUNE_DROP,      /* it goes, whether the source has it or not */
};
enum pc_prune_rule pc_prune_rule(struct pc_pruner *p, struct pc_frame *f, const char *name,
                                 enum pc_type type);

/* Whether the caller is to be asked about an entry.  It was handed back then. */
bool pc_prune_asks(struct pc_pruner *p, struct pc_frame *f, const char *name, uint32_t mode);

/* ---- source.c ---- */

enum pc_prune_answer {
	PC_PRUNE_LACKS, /* the source does not have the name */
	PC_PRUNE_HAS,
	PC_PRUNE_OBSTACLE, /* it has, and what the target has is in the way */
	PC_PRUNE_UNKNOWN,  /* it cannot be known: told */
};

/* Asks for the entry `name` of a directory; `label` is what messages call it, NULL: the
 * directory in work.  `ret`: what the source has. */
enum pc_prune_answer pc_prune_ask(struct pc_pruner *p, struct pc_frame *f, const char *name,
                                  const char *label, struct stat *ret);

/* Lists the source's side of a directory that is about to be listed: its names are known until the
 * next one is, or the job ends. */
void pc_prune_list_source(struct pc_pruner *p, const struct pc_frame *f);
bool pc_prune_is_known(const struct pc_pruner *p, const struct pc_frame *f, const char *name);
void pc_prune_forget(struct pc_pruner *p);

/* As pc_prune_ask(), of an entry that is called by its name; where it is known, nothing is asked. */
enum pc_prune_answer pc_prune_has(struct pc_pruner *p, struct pc_frame *f, const char *name);

/* As pc_walk_names(), while the walk is in the middle of another listing. */
int pc_prune_names(struct pc_pruner *p, int fd,
                   int (*take)(struct pc_walker *w, void *data, const char *name), void *data);

/* Whether an open source directory, `st`, is one that was listed to its end. */
bool pc_prune_was_listed(struct pc_pruner *p, const struct stat *st);

/* Whether a directory of the target is that of a source. */
bool pc_prune_is_source(const struct pc_pruner *p, uint64_t dev, uint64_t ino);

/* ---- fold.c ---- */

/* Whether an entry of the target has its name from another one of the source, as the target's
 * file system takes both for one.  0; 1: `fold_name` is the source's; or negative errno: it cannot
 * be known. */
int pc_prune_is_fold(struct pc_pruner *p, struct pc_frame *f, const char *name);

/* ---- remove.c ---- */

/* Removes a name of a target directory; `flags` as of unlinkat(2).  A directory that its owner
 * may not write to is opened for it, until pc_prune_close().  0 or negative errno. */
int pc_prune_unlink(const struct pc_pruner *p, struct pc_frame *f, const char *name, int flags);
void pc_prune_close(struct pc_frame *f);

/* Gives its owner all bits of a directory that is to be emptied, unless he has them. */
void pc_prune_open_up(const struct pc_pruner *p, struct pc_frame *f, const struct stat *st);

/* An entry of the target that is no directory. */
void pc_prune_entry(struct pc_pruner *p, struct pc_frame *f, const char *name, enum pc_type type);

/* Whether a name in a directory is left for what it is (NFS: somebody has the file open). */
bool pc_prune_is_silly(const char *name);

/* ---- directory.c ---- */

/* Opens an entry of the target that is a directory, as `f`: with its pair in the source, or
 * alone. */
bool pc_prune_directory_open(struct pc_pruner *p, struct pc_entry *e, struct pc_frame *f);

/* Its last child is done; and the job DIRMETA. */
void pc_prune_directory_finish(struct pc_pruner *p, struct pc_frame *f);
void pc_prune_directory_job(struct pc_pruner *p);

#endif
