/* SPDX-License-Identifier: MIT
 *
 * pruner.h - the context of a deleting worker.
 *
 * Everything here belongs to one worker and is used by its thread only.  Read in this order:
 * results.c (counts and events), source.c (asking the source), fold.c (names equal to the
 * target), remove.c (entries), directory.c (directories), worker.c. */
#ifndef PC_PRUNE_PRUNER_H
#define PC_PRUNE_PRUNER_H

#include "prune/prune.h"
#include "walk/walk.h"

struct pc_pruner {
	struct pc_walker walk;
	const struct pc_prune_env *env;
	struct pc_buffer name; /* scratch: path below the root */
	char *listing;         /* buffer of pc_prune_names(), allocated when needed */

	/* names that the source listed in the current directory, see source.c */
	struct pc_identity known_dir; /* of the source; ino 0: none */
	struct pc_path_set known;

	/* names of the directory that was searched last, see fold.c */
	struct pc_identity fold_dir; /* of the source; ino 0: none */
	struct pc_path_set fold_names;
	bool fold_any;              /* it has names that are not ASCII */
	struct pc_buffer fold_name; /* result of pc_prune_is_fold() */
};

static inline struct pc_pruner *pc_pruner_of(struct pc_walker *w)
{
	return (struct pc_pruner *)((char *)w - offsetof(struct pc_pruner, walk));
}

/* ---- results.c ---- */

/* Reports an entry (NULL: the current directory) that could not be removed or checked.  It
 * remains, and so does its directory. */
void pc_prune_fail(struct pc_pruner *p, enum pcopy_kind kind, enum pcopy_step step, int error,
                   const char *name);

/* Keeps an entry because of what it is, and reports that. */
void pc_prune_stays(struct pc_pruner *p, struct pc_frame *f, enum pcopy_kind kind,
                    enum pcopy_step step, const char *name);

/* Counts and reports an entry that was removed, or in a dry run would be. */
void pc_prune_gone(struct pc_pruner *p, enum pcopy_kind kind, const char *name);

/* What the filters say about an entry, or about the current directory. */
enum pc_prune_rule {
	PC_PRUNE_BY_SOURCE, /* nothing: ask the source */
	PC_PRUNE_SPARE,     /* keep it (counted) */
	PC_PRUNE_DROP,      /* remove it, even if the source has it */
};
enum pc_prune_rule pc_prune_rule(struct pc_pruner *p, struct pc_frame *f, const char *name,
                                 enum pc_type type);

/* True if the filters would drop an entry that is of the type `type` in the source, and of another
 * one in the target. */
bool pc_prune_drops_kind(struct pc_pruner *p, const struct pc_frame *f, const char *name,
                         enum pc_type type);

/* True if the caller must be asked about an entry: it was handed back. */
bool pc_prune_asks(struct pc_pruner *p, struct pc_frame *f, const char *name, uint32_t mode);

/* ---- source.c ---- */

enum pc_prune_answer {
	PC_PRUNE_LACKS, /* the source does not have the name */
	PC_PRUNE_HAS,
	PC_PRUNE_OBSTACLE, /* it has, but the target's entry is an obstacle */
	PC_PRUNE_UNKNOWN,  /* asking failed (reported) */
};

/* Asks the source about the entry `name` of a directory.  `label`: its name in messages, NULL:
 * the current directory.  `ret`: the source's entry. */
enum pc_prune_answer pc_prune_ask(struct pc_pruner *p, struct pc_frame *f, const char *name,
                                  const char *label, struct stat *ret);

/* Lists the source's side of a directory before it is listed.  The names are kept until the next
 * call or the end of the job. */
void pc_prune_list_source(struct pc_pruner *p, const struct pc_frame *f);
bool pc_prune_is_known(const struct pc_pruner *p, const struct pc_frame *f, const char *name);
void pc_prune_forget(struct pc_pruner *p);

/* Like pc_prune_ask() with `name` as label; makes no call if the name was listed. */
enum pc_prune_answer pc_prune_has(struct pc_pruner *p, struct pc_frame *f, const char *name);

/* Like pc_walk_names(), for use during another listing. */
int pc_prune_names(struct pc_pruner *p, int fd,
                   int (*take)(struct pc_walker *w, void *data, const char *name), void *data);

/* True if an open source directory was listed completely during the copy. */
bool pc_prune_was_listed(struct pc_pruner *p, const struct stat *st);

/* True if a target directory is a source directory. */
bool pc_prune_is_source(const struct pc_pruner *p, uint64_t dev, uint64_t ino);

/* ---- fold.c ---- */

/* Checks whether an entry of the target is one of the source under a name that is equal to the
 * target's file system.  Returns 0; 1 with the source's name in `fold_name`; or negative errno. */
int pc_prune_is_fold(struct pc_pruner *p, struct pc_frame *f, const char *name);

/* ---- remove.c ---- */

/* Removes a name of a target directory; `flags` as for unlinkat(2).  If its owner may not write
 * to the directory, makes it writable until pc_prune_close().  Returns 0 or negative errno. */
int pc_prune_unlink(const struct pc_pruner *p, struct pc_frame *f, const char *name, int flags);
void pc_prune_close(struct pc_frame *f);

/* Gives the owner all permissions of a directory that will be emptied, unless he has them. */
void pc_prune_open_up(const struct pc_pruner *p, struct pc_frame *f, const struct stat *st);

/* Handles an entry of the target that is not a directory. */
void pc_prune_entry(struct pc_pruner *p, struct pc_frame *f, const char *name, enum pc_type type);

/* True for names that must not be removed: NFS keeps files that are open under such a name. */
bool pc_prune_is_silly(const char *name);

/* ---- directory.c ---- */

/* Opens a target directory as `f`: with its pair in the source, or as an extra one. */
bool pc_prune_directory_open(struct pc_pruner *p, struct pc_entry *e, struct pc_frame *f);

/* Finishes a complete directory; runs the job DIRMETA. */
void pc_prune_directory_finish(struct pc_pruner *p, struct pc_frame *f);
void pc_prune_directory_job(struct pc_pruner *p);

#endif
