/* SPDX-License-Identifier: MIT
 *
 * copier.h - one copying worker's context, and the functions that record the result of an entry.
 *
 * Everything here belongs to one worker and is touched by its thread alone. The state of an entry
 * lies in struct pc_entry, that of a file system in struct pc_fs, and that of a directory in
 * struct pc_frame (walk/walk.h).
 *
 * Reading order: results.c, attr.c, meta.c, data.c, judge.c, folds.c, target.c, commit.c, then
 * file.c, chunk.c, special.c, linking.c, directory.c, entry.c, and worker.c on top. */
#ifndef PC_COPY_COPIER_H
#define PC_COPY_COPIER_H

#include "copy/copy.h"
#include "job/meter.h"
#include "walk/walk.h"

/* Where the worker's time goes; all zero where time is not measured. */
struct pc_timing {
	struct pc_meter *meter;
	enum pcopy_phase phase; /* current */
	uint64_t since_ns;
	uint64_t walk_ns;       /* time spent so far on the directory being listed */
	struct pc_slice *slice; /* slices of the job for the trace; NULL: no trace */
	unsigned slices;
	bool begun;        /* the worker has started its first job */
	bool between;      /* between two entries of a listing: no walking since the previous one */
	uint64_t delay_ns; /* scheduling delay when the first job began */
};

/* The directories that folds.c looked at last. Consecutive jobs are often about the same
 * directory, so the answers are cached. */
struct pc_folds {
	struct {
		uint32_t root; /* 1 + a root; 0: the cache is empty */
		uint64_t dev, ino;
	} flag, names;
	bool may_fold;         /* whether the target directory may fold names */
	struct pc_buffer tags; /* hashes under which names of the source may be equal, sorted */
};

struct pc_copier {
	struct pc_walker walk;
	const struct pc_copy_env *env;

	/* of the root whose jobs run now */
	bool top_acl, top_gid_own; /* as in pc_frame, for its dst_anchor */
	uint64_t target_root;      /* 1 + the root that target_dev and target_ino belong to */
	uint64_t target_dev, target_ino;

	/* scratch buffers, kept from entry to entry */
	char *io;                     /* for read and write; allocated on first use */
	struct pc_buffer name;        /* the path of the current entry */
	struct pc_buffer link;        /* the text of a symbolic link */
	struct pc_buffer backup;      /* the name that the old target was renamed to */
	struct pc_buffer folded_into; /* the other source name that the target stores under the
	                               * current entry's name */
	struct pc_folds folds;        /* for the directory that was checked last */

	struct pc_timing timing;
};

static inline struct pc_copier *pc_copier_of(struct pc_walker *w)
{
	return (struct pc_copier *)((char *)w - offsetof(struct pc_copier, walk));
}

/* Whether symbolic links in the entry's directory are followed, so that their referents are
 * copied. */
static inline bool pc_entry_follows(const struct pc_copier *c, const struct pc_entry *e)
{
	return pc_walk_follows(&c->walk, e->frame);
}

/* Whether a source that is not a regular file is read as a stream. e->src must be filled. */
static inline bool pc_entry_is_stream(const struct pc_copier *c, const struct pc_entry *e)
{
	return pc_is_stream(c->walk.options, e->src.st_mode, e->frame->top);
}

/* Whether the user named the target explicitly, so that it is written to whatever its kind. */
static inline bool pc_entry_is_named(const struct pc_copier *c, const struct pc_entry *e)
{
	return e->frame->top && c->walk.roots[c->walk.root].named;
}

/* Whether a symbolic link in the target is followed and its referent written to. */
static inline bool pc_entry_goes_through(const struct pc_copier *c, const struct pc_entry *e)
{
	return e->frame->top && c->walk.roots[c->walk.root].through;
}

/* ---- results.c: the result of an entry, see also walk/walk.h ---- */

/* Reports an event about an entry: trouble at its current step or, with PCOPY_EVENT_COPIED,
 * success. */
void pc_entry_event(struct pc_copier *c, struct pc_entry *e, enum pcopy_event_type type, int error);

/* Reports that the entry failed at its current step and counts it as failed. `error` is 0 where
 * the step alone explains the failure. */
void pc_entry_fail(struct pc_copier *c, struct pc_entry *e, int error);

/* Counts an entry as copied and reports what could not be kept of it. Returns false where it
 * counts as failed instead, because something required could not be kept. */
bool pc_entry_count(struct pc_copier *c, struct pc_entry *e);

/* The entry was copied; or it was skipped because the existing target is to stay. */
void pc_entry_done(struct pc_copier *c, struct pc_entry *e);
void pc_entry_skip(struct pc_copier *c, struct pc_entry *e);

/* For PCOPY_UPDATE_DIFFER: the target already equals its source; only its metadata had to be
 * set; or, for a directory, either of the two. */
void pc_entry_unchanged(struct pc_copier *c, struct pc_entry *e);
void pc_entry_metadata_set(struct pc_copier *c, struct pc_entry *e);
void pc_entry_kept(struct pc_copier *c, struct pc_entry *e, bool differed);

/* Records something that could not be kept; it is reported when the entry is done. `needed`: the
 * entry counts as failed because of it, though its data stay. The first required one wins. */
void pc_entry_warn(struct pc_entry *e, enum pcopy_step step, int error, bool needed);

/* Hands an entry with several hard links to the coordinator, which decides which name is copied
 * and which names are linked to it. Returns false where the entry is to be copied here. */
bool pc_entry_linked(struct pc_copier *c, struct pc_entry *e);

/* The metadata to keep of a source. Where the mode is not to be preserved at all, `mode` is that
 * of a new entry. */
struct pc_meta pc_copier_meta(const struct pc_copier *c, const struct stat *st);

/* Reads the text of a symbolic link of any length. `length`, the length that its inode reports, is
 * only a first guess. 0 or negative errno. */
int pc_copier_read_link(int dirfd, const char *name, size_t length, struct pc_buffer *ret);

/* A temporary name that is unique in its directory within this run. It is the same on each
 * attempt, so that a retried job finds what a lost worker left. */
void pc_copier_temp_name(const struct pc_copier *c, const char *final_name,
                         char name[PC_TEMP_NAME_MAX]);

/* In a retried job, removes what a lost worker left under the entry's temporary name. */
void pc_copier_drop_lost(const struct pc_copier *c, const struct pc_entry *e);

/* As pc_walk_open_dirs(). */
int pc_copier_open_dirs(struct pc_copier *c, const char *path, bool top, struct pc_frame *f);

/* Reports a file system to the coordinator the first time that this worker writes to it: it is
 * synced at the end, and the run goes on when one of several is full. `name` is an entry of the
 * current directory that lies on it; NULL: the directory itself. */
void pc_copier_announce(struct pc_copier *c, struct pc_frame *f, struct pc_fs *fs,
                        const char *name);

/* ---- phase.c: where the time goes ---- */
int pc_phase_init(struct pc_copier *c, unsigned worker);
void pc_phase_done(struct pc_copier *c);
void pc_phase_begin_job(struct pc_copier *c);
void pc_phase_end_job(struct pc_copier *c);
void pc_phase_switch(struct pc_copier *c, enum pcopy_phase phase);

/* A directory was opened, created and listed. */
void pc_phase_listed(struct pc_copier *c);

/* Ends the gap between two entries of a listing: from here on the worker walks. */
static inline void pc_phase_walk(struct pc_copier *c)
{
	c->timing.between = false;
}

/* An entry is done. The next entry begins at this moment, unless the worker walks first. */
void pc_phase_entry_done(struct pc_copier *c);

/* Switches to another phase. */
static inline void pc_phase(struct pc_copier *c, enum pcopy_phase phase)
{
	if (c->timing.meter)
		pc_phase_switch(c, phase);
}

#endif
