/* SPDX-License-Identifier: MIT
 *
 * copier.h - one copying worker's context, and what comes of an entry.
 *
 * Everything here belongs to one worker and is touched by its thread alone.  What is
 * true of an entry lies in struct pc_entry, what is true of a file system in struct
 * pc_fs, and what is true of a directory in struct pc_frame (walk/walk.h).
 *
 * To be read in this order: results.c, attr.c, meta.c, data.c, judge.c, folds.c, target.c,
 * commit.c, then file.c, chunk.c, special.c, linking.c, directory.c, entry.c, and worker.c on
 * top. */
#ifndef PC_COPY_COPIER_H
#define PC_COPY_COPIER_H

#include "copy/copy.h"
#include "job/meter.h"
#include "walk/walk.h"

/* Where the worker's time goes; all zero where it is not measured. */
struct pc_timing {
	struct pc_meter *meter;
	enum pcopy_phase phase; /* now */
	uint64_t since_ns;
	uint64_t walk_ns;       /* of the directory that is being listed */
	struct pc_slice *slice; /* of the job, for the trace; or NULL */
	unsigned slices;
	bool begun;        /* the first job */
	bool between;      /* entries: nothing was walked since the one before */
	uint64_t delay_ns; /* at its beginning */
};

/* Of which directories was asked last what folds.c wants to know; jobs on one directory
 * often follow each other. */
struct pc_folds {
	struct {
		uint32_t root; /* 1 + a root; 0: of none */
		uint64_t dev, ino;
	} flag, names;
	bool may_fold;         /* of the target */
	struct pc_buffer tags; /* what names of the source have in common */
};

struct pc_copier {
	struct pc_walker walk;
	const struct pc_copy_env *env;

	/* of the root whose jobs are done */
	bool top_acl, top_gid_own; /* as in pc_frame, of its dst_top */
	uint64_t target_root;      /* 1 + the root that target_dev and target_ino are of */
	uint64_t target_dev, target_ino;

	/* scratch, kept from entry to entry */
	char *io;                /* read and write; made when first needed */
	struct pc_buffer name;   /* the path of the entry in work */
	struct pc_buffer link;   /* the text of a symbolic link */
	struct pc_buffer backup; /* room for the name that what was there got */
	struct pc_buffer twin;   /* the name that the target has for that of the entry in work */
	struct pc_folds folds;   /* of the directory where that was last asked */

	struct pc_timing timing;
};

static inline struct pc_copier *pc_copier_of(struct pc_walker *w)
{
	return (struct pc_copier *)((char *)w - offsetof(struct pc_copier, walk));
}

/* Whether what symbolic links of the entry's directory name is copied. */
static inline bool pc_entry_follows(const struct pc_copier *c, const struct pc_entry *e)
{
	return pc_walk_follows(&c->walk, e->frame);
}

/* Whether a source that is no regular file is read all the same; it was looked at. */
static inline bool pc_entry_is_stream(const struct pc_copier *c, const struct pc_entry *e)
{
	return pc_is_stream(c->walk.options, e->src.st_mode, e->frame->top);
}

/* Whether the target was named by hand, and so is written to whatever it is. */
static inline bool pc_entry_is_named(const struct pc_copier *c, const struct pc_entry *e)
{
	return e->frame->top && c->walk.roots[c->walk.root].named;
}

/* Whether what a symbolic link in the target names is written to. */
static inline bool pc_entry_goes_through(const struct pc_copier *c, const struct pc_entry *e)
{
	return e->frame->top && c->walk.roots[c->walk.root].through;
}

/* ---- results.c: what comes of an entry, see also walk/walk.h ---- */

/* Tells of trouble with an entry at its step (or, with PCOPY_EVENT_COPIED, of success). */
void pc_entry_event(struct pc_copier *c, struct pc_entry *e, enum pcopy_event_type type, int error);

/* The entry failed at its step: event and count in one.  `error` is 0 where the step says
 * all. */
void pc_entry_fail(struct pc_copier *c, struct pc_entry *e, int error);

/* Counts an entry as copied, with what could not be kept of it.  False: as failed, for
 * something that was needed. */
bool pc_entry_count(struct pc_copier *c, struct pc_entry *e);

/* The entry was copied; or it was not, as what has its name is to stay. */
void pc_entry_done(struct pc_copier *c, struct pc_entry *e);
void pc_entry_skip(struct pc_copier *c, struct pc_entry *e);

/* With PCOPY_UPDATE_DIFFER: the target is what its source is; or it is by now, as what is
 * kept was set; or, of a directory, one of both. */
void pc_entry_unchanged(struct pc_copier *c, struct pc_entry *e);
void pc_entry_dressed(struct pc_copier *c, struct pc_entry *e);
void pc_entry_kept(struct pc_copier *c, struct pc_entry *e, bool differed);

/* Notes something that could not be kept; told with the entry.  `needed`: the entry counts
 * as failed for it, though its data stay.  The first one that is needed counts. */
void pc_entry_warn(struct pc_entry *e, enum pcopy_step step, int error, bool needed);

/* Hands an entry with further names to the coordinator, which decides who copies it and
 * who links to it.  False: copy it here. */
bool pc_entry_linked(struct pc_copier *c, struct pc_entry *e);

/* What is kept of the source, its mode as that of a new entry where it is not to be copied
 * at all. */
struct pc_meta pc_copier_meta(const struct pc_copier *c, const struct stat *st);

/* Reads the text of a symbolic link, as long as it may be; `told` is the length that its inode
 * has.  0 or negative errno. */
int pc_copier_read_link(int dirfd, const char *name, size_t told, struct pc_buffer *ret);

/* A temporary name that no other entry of the directory has in this run: the same each
 * time, so that what a lost worker left is found again. */
void pc_copier_temp_name(const struct pc_copier *c, const char *final_name,
                         char name[PC_TEMP_NAME_MAX]);

/* Removes what a worker that was lost left under that name. */
void pc_copier_drop_lost(const struct pc_copier *c, const struct pc_entry *e);

/* As pc_walk_open_dirs(). */
int pc_copier_open_dirs(struct pc_copier *c, const char *path, bool top, struct pc_frame *f);

/* The first time that this worker writes to a file system, the coordinator is told: it is
 * synced at the end, and one of several that is full does not end the run.  `name`: an
 * entry of the directory in work that lies on it, or NULL: the directory itself. */
void pc_copier_announce(struct pc_copier *c, struct pc_frame *f, struct pc_fs *fs,
                        const char *name);

/* ---- phase.c: where the time goes ---- */
int pc_phase_init(struct pc_copier *c, unsigned worker);
void pc_phase_done(struct pc_copier *c);
void pc_phase_begin_job(struct pc_copier *c);
void pc_phase_end_job(struct pc_copier *c);
void pc_phase_switch(struct pc_copier *c, enum pcopy_phase phase);

/* A directory was opened, made and listed. */
void pc_phase_listed(struct pc_copier *c);

/* From here on the worker walks, and is not only between two entries of a listing. */
static inline void pc_phase_walk(struct pc_copier *c)
{
	c->timing.between = false;
}

/* An entry is done; what comes next is another one or the walk. */
void pc_phase_entry_done(struct pc_copier *c);

/* From here on the worker is at this. */
static inline void pc_phase(struct pc_copier *c, enum pcopy_phase phase)
{
	if (c->timing.meter)
		pc_phase_switch(c, phase);
}

#endif
