/* copier.h - the inside of the copy room: one worker's context.
 *
 * Everything here belongs to one worker and is touched by its thread alone. */
#ifndef PC_COPY_COPIER_H
#define PC_COPY_COPIER_H

#include "copy/copy.h"
#include "job/meter.h"
#include "walk/walk.h"

#include <limits.h>

/* What is known of copying between two devices. */
struct pc_route {
	uint64_t src_dev, dst_dev;
	bool no_clone;
	bool no_copy_file_range;
};

#define PC_ROUTES 8U

/* Bytes to be moved. */
struct pc_span {
	int src_fd, dst_fd;
	uint64_t src_dev;
	uint64_t offset, length;
	bool holes; /* the source has fewer blocks than its length wants */
	bool last;  /* nothing is expected behind it */
};

/* Where the worker's time goes; all zero where nobody wants to know. */
struct pc_timing {
	struct pc_meter *meter;
	enum pcopy_phase phase; /* now */
	uint64_t since_ns;
	uint64_t walk_ns;	/* of the directory that is being listed */
	struct pc_slice *slice; /* of the job, for the trace; or NULL */
	unsigned slices;
	bool begun;	   /* the first job */
	bool between;	   /* entries: nothing was walked since the one before */
	uint64_t delay_ns; /* at its beginning */
};

struct pc_copier {
	union {
		struct pc_walker walk;
		struct {
			PC_WALKER_FIELDS
		};
	};
	const struct pc_copy_env *env;

	/* the job in work */
	enum pcopy_step warn_step; /* of the entry in work; or PCOPY_STEP_NONE */
	int warn_error;
	bool warn_needed;
	struct pcopy_way way; /* that the bytes of the file in work went */
	char backup[NAME_MAX + 1]; /* the name that what was there got, or "" */

	/* names of attributes, of the source that was looked at last */
	struct pc_attr_names {
		int fd; /* -1: of none */
		ssize_t len; /* or negative errno */
		char names[256];
	} attr;

	/* kept from job to job */
	char *io;		      /* read and write; made when first needed */
	struct pc_route route[PC_ROUTES];
	unsigned route_next;
	bool top_acl, top_gid_own; /* as in pc_frame, of dst_top */
	uint64_t target_root; /* 1 + the root that target_dev and target_ino are of */
	uint64_t target_dev, target_ino;
	uint64_t src_dev; /* the device that trust_size is about */
	bool trust_size;  /* a size of 0 means an empty file */
	bool close_safe;  /* close() reports nothing on the target's file system */
	bool write_shared; /* ... and two may write to one file at the same time */
	struct pc_buffer name; /* of the entry in work, where not all is copied */
	struct pc_timing timing;
};

static inline struct pc_copier *pc_copier_of(struct pc_walker *w)
{
	return (struct pc_copier *)((char *)w - offsetof(struct pc_copier, walk));
}

/* Whether what symbolic links of the frame's source directory name is copied. */
static inline bool pc_frame_follows(const struct pc_copier *c, const struct pc_frame *f)
{
	return pc_walk_follows(&c->walk, f);
}

/* ---- copier.c: results, see also walk/walk.h ---- */

static inline struct pc_item *pc_copier_item(struct pc_copier *c, enum pc_item_type type,
					     const char *data, size_t len)
{
	return pc_walk_item(&c->walk, type, data, len);
}

static inline struct pc_item *pc_copier_hand_back(struct pc_copier *c, struct pc_frame *f,
						  enum pc_item_type type, const char *name,
						  const struct pc_meta *meta)
{
	return pc_walk_hand_back(&c->walk, f, type, name, meta);
}

static inline void pc_copier_set_path(struct pc_copier *c, const char *path)
{
	pc_walk_set_path(&c->walk, path);
}

static inline void pc_copier_close_dirs(struct pc_copier *c, struct pc_frame *f)
{
	pc_walk_close_dirs(&c->walk, f);
}

static inline int pc_copier_open_target(struct pc_copier *c, uint32_t root, const char *path,
					bool top)
{
	return pc_walk_open_target(&c->walk, root, path, top);
}

/* Tells of trouble (or, with PCOPY_EVENT_COPIED, of success) with the entry
 * `name` of the frame in work; NULL: the frame's directory itself. */
void pc_copier_event(struct pc_copier *c, enum pcopy_event_type type, enum pcopy_kind kind,
		     enum pcopy_step step, int error, const char *name);

/* The entry failed: event and count in one. */
void pc_copier_fail(struct pc_copier *c, enum pcopy_kind kind, enum pcopy_step step, int error,
		    const char *name);

/* Counts an entry as copied, with what could not be kept of it.  False: as failed,
 * for something that was needed. */
bool pc_copier_count(struct pc_copier *c, enum pcopy_kind kind, const char *name);

/* The entry was copied; or it was not, as what has its name is to stay. */
void pc_copier_done(struct pc_copier *c, enum pcopy_kind kind, const char *name);
void pc_copier_skip(struct pc_copier *c, enum pcopy_kind kind, const char *name);

/* Hands an entry with further names to the coordinator, which decides who copies
 * it and who links to it.  False: copy it here. */
bool pc_copier_linked(struct pc_copier *c, struct pc_frame *f, const struct stat *st,
		      const char *name);

/* A temporary name that no other entry of the directory has in this run: the same each
 * time, so that what a lost worker left is found again. */
void pc_copier_temp_name(const struct pc_copier *c, const char *final_name,
			 char name[PC_TEMP_NAME_MAX]);

/* Removes what a worker that was lost left under that name. */
void pc_copier_drop_lost(const struct pc_copier *c, const struct pc_frame *f,
			 const char *final_name);

/* What is kept of a source, its mode as that of a new entry where it is not to be
 * copied at all. */
struct pc_meta pc_copier_meta(const struct pc_copier *c, const struct stat *st);

/* Notes something that could not be kept of the entry in work; told with it.
 * `needed`: the entry counts as failed for it. */
void pc_copier_warn(struct pc_copier *c, enum pcopy_step step, int error, bool needed);

/* As pc_walk_open_dirs(). */
int pc_copier_open_dirs(struct pc_copier *c, const char *path, bool top, struct pc_frame *f);

/* ---- directory.c ---- */

/* Makes and opens the directory `dst_name` as the copy of `src_name`, both in
 * `up`.  What fails is told; false then. */
bool pc_directory_open(struct pc_copier *c, struct pc_frame *up, const char *src_name,
		      const char *dst_name, struct pc_frame *f);

/* Learns of the file systems of a pair of directories that was opened by path. */
void pc_directory_look(struct pc_copier *c, struct pc_frame *f);

/* Owner, mode and times, after the last child.  0 or negative errno and step. */
int pc_directory_finish(struct pc_copier *c, int dst_fd, int src_fd, const struct pc_meta *meta,
			enum pcopy_step *step);
void pc_directory_job(struct pc_copier *c);

/* The directory in work was copied: told where it was made, and not merged into. */
void pc_directory_done(struct pc_copier *c, const struct pc_meta *meta);

/* ---- entry.c: what is no directory ---- */

/* Copies one entry that is no directory, or tells why not.  `type` is what the
 * listing said. */
void pc_entry_copy(struct pc_copier *c, struct pc_frame *f, enum pc_type type,
		   const char *src_name, const char *dst_name);
void pc_entry_special(struct pc_copier *c, struct pc_frame *f, const struct stat *st,
		      const char *src_name, const char *dst_name);
void pc_entry_symlink(struct pc_copier *c, struct pc_frame *f, const char *src_name,
		      const char *dst_name);
void pc_link_job(struct pc_copier *c);

/* ---- linking.c ---- */
void pc_linking_entry(struct pc_copier *c, struct pc_frame *f, const char *src_name,
		      const char *dst_name);

/* ---- file.c, chunk.c ---- */
void pc_file_copy(struct pc_copier *c, struct pc_frame *f, const char *src_name,
		  const char *dst_name);

/* Opens a regular file of the frame for reading; what else it may have become is
 * not opened or is not waited for.  A descriptor, or negative errno. */
int pc_file_open_source(const struct pc_copier *c, const struct pc_frame *f, const char *name);

/* Whether an entry that is no regular file is read all the same. */
bool pc_file_is_stream(const struct pc_copier *c, const struct stat *st);

/* The last steps of a file that is written and has what is to be kept: sync, close,
 * rename, flags.  `dst_fd` is closed but for an error before that. */
struct pc_commit {
	int src_fd;
	const char *temp_name; /* NULL: it has its final name */
	const char *dst_name;
	bool locked; /* and no other run may have the lock before it has its name */
};
int pc_file_commit(struct pc_copier *c, const struct pc_frame *f, const struct pc_commit *commit,
		   int *dst_fd, enum pcopy_step *step);

/* Closes a written target.  Where close() can fail it is asked. */
int pc_file_close_target(struct pc_copier *c, int fd);

/* Whether the source is another file than it was; or the same, but changed. */
bool pc_file_replaced(const struct pc_meta *before, const struct stat *now);
bool pc_file_changed(const struct pc_meta *before, const struct stat *now);

/* For a file that is not as long as it was said to be: `size`, up to which it was
 * copied, becomes its length of now, and what it got behind it is copied.  One that
 * changed since it was looked at (`before`) is told of by a warning. */
int pc_file_catch_up(struct pc_copier *c, const struct pc_span *span,
		     const struct pc_meta *before, uint64_t *size, enum pcopy_step *step);
void pc_chunk_job(struct pc_copier *c);
void pc_finish_job(struct pc_copier *c);

/* ---- partial.c: how far a large file came ---- */

/* Notes in an empty large file of which source, as it is now, it becomes a copy. */
void pc_partial_begin(const struct pc_copier *c, int fd, const struct stat *src);

/* Whether a file that was found is the unfinished copy of this source, unchanged. */
bool pc_partial_matches(const struct pc_copier *c, int fd, const struct stat *src);

/* Whether the chunk at `offset` is in, of a file that is to be `size` long; and that
 * it is now (negative errno: it could not be forced to the disk). */
bool pc_partial_has(const struct pc_copier *c, int fd, uint64_t size, uint64_t offset);
int pc_partial_note(const struct pc_copier *c, int fd, uint64_t size, uint64_t offset);

/* ---- target.c: what is in the way ---- */

/* Whether an entry is copied at all, given what has its name; else it is counted
 * as skipped or failed, or handed back so that the caller is asked. */
bool pc_target_wanted(struct pc_copier *c, struct pc_frame *f, enum pcopy_kind kind,
		      const struct stat *source, const char *src_name, const char *dst_name);

enum pc_target {
	PC_TARGET_FREE,	    /* nothing has the name any more */
	PC_TARGET_IN_PLACE, /* a file that is to be written to */
	PC_TARGET_REPLACE,  /* it goes when another has taken its place */
	PC_TARGET_DONE,	    /* it is right already */
	PC_TARGET_REFUSED,  /* for what it is, see the step */
};

/* Clears the way for an entry whose name is taken.  One of enum pc_target, or
 * negative errno; and the step. */
int pc_target_clear(struct pc_copier *c, const struct pc_frame *f, const struct stat *source,
		    const char *src_name, const char *dst_name, enum pcopy_step *step);

/* Whether an earlier run finished the copy of a regular file (`resume` of the options). */
bool pc_target_is_finished(const struct pc_copier *c, const struct pc_frame *f,
			   const struct stat *source, const char *dst_name);

/* Removes what has the name, and tells so when verbose.  0 or negative errno. */
int pc_target_remove(struct pc_copier *c, const struct pc_frame *f, const char *src_name,
		     const char *dst_name);

/* Why what was opened for writing in place is not written to: PCOPY_STEP_NONE when
 * it is. */
enum pcopy_step pc_target_refuses(const struct pc_frame *f, const char *name,
				  const struct stat *source, const struct stat *target);

/* Whether `name` was made in this run by a worker that died over this job. */
bool pc_target_is_ours(const struct pc_copier *c, int dirfd, const char *name);

/* ---- backup.c ---- */

/* Renames what has the name, to c->backup.  As pc_target_clear(). */
int pc_backup_make(struct pc_copier *c, const struct pc_frame *f, const struct stat *source,
		   const char *src_name, const char *dst_name, enum pcopy_step *step);

/* Gives it its name back: the entry that was to take it failed. */
void pc_backup_restore(struct pc_copier *c, const struct pc_frame *f, const char *dst_name);

/* ---- data.c: moving bytes ---- */

/* Makes the target a clone of the source.  0; 1 when the next method is to be
 * tried; or negative errno. */
int pc_data_clone(struct pc_copier *c, const struct pc_span *span);

/* Copies a span.  Returns 0 and the end of the last byte written in `ret_end` (a
 * hole at the end is not written); PC_DATA_CHANGED when the source ends before it
 * (there `ret_end` is) or, of a `last` span, behind it; or negative errno and the
 * step. */
#define PC_DATA_CHANGED 1
int pc_data_copy(struct pc_copier *c, const struct pc_span *span, uint64_t *ret_end,
		 enum pcopy_step *step);

/* Copies from the span's offset until the source ends: what tells no size, or has
 * grown. */
int pc_data_drain(struct pc_copier *c, const struct pc_span *span, uint64_t *ret_end,
		  enum pcopy_step *step);

/* Copies what a FIFO or a device has to give until it ends. */
int pc_data_stream(struct pc_copier *c, const struct pc_span *span, uint64_t *ret_end,
		   enum pcopy_step *step);

/* ---- meta.c: what is kept ---- */

/* Of a mode that is not known: no other is equal to it. */
#define PC_MODE_UNKNOWN ((mode_t)-1)

struct pc_target_state {
	mode_t mode; /* permission bits that the target has now */
	uid_t uid;
	gid_t gid;
	bool acl; /* it may have an access control list */
	mode_t give, take; /* bits left out and added at its creation, where no mode is kept */
};

/* Owner, attributes, mode, times, in this order, each only where it is to be
 * kept and not right already.  0 or negative errno and the step. */
int pc_meta_apply(struct pc_copier *c, int src_fd, int dst_fd, const struct pc_meta *want,
		  const struct pc_target_state *have, enum pcopy_step *step);

/* The same for an entry of the frame that cannot be opened (symbolic links,
 * special files). */
int pc_meta_apply_at(struct pc_copier *c, const struct pc_frame *f, const char *src_name,
		     const char *dst_name, const struct pc_meta *want, enum pcopy_step *step);

/* The flags of chattr(1), where they are to be kept.  Last of all, when the entry
 * has its final name: some forbid any further change. */
void pc_meta_seal(struct pc_copier *c, int src_fd, int dst_fd);

/* Takes away those that forbid a further name for what is open.  The flags that it
 * had, for pc_meta_reseal(), or 0 where nothing was changed. */
int pc_meta_unseal(int fd);
void pc_meta_reseal(int fd, int flags);

/* Changes the mode of an entry whose name may be another's by now: not followed. */
int pc_meta_change_mode_at(int dirfd, const char *name, mode_t mode);

/* The mode to create an entry with in the frame's directory: never more than the
 * source gives, and nothing to others while owner or list are not right.  `list`:
 * the source may have one, and its group bits are not what the group may do. */
mode_t pc_meta_create_mode(const struct pc_copier *c, const struct pc_frame *f,
			   const struct pc_meta *want, bool list);

/* The bits that it may have left out and that the entry is to have in the end,
 * where its mode is not kept. */
mode_t pc_meta_left_out(const struct pc_copier *c, const struct pc_meta *want);

/* ---- attr.c: attributes and access control lists ---- */

/* Where attributes are: of an open file, or of what has this path. */
struct pc_attr_at {
	int fd;
	const char *path; /* NULL: fd; else not followed, see pc_attr_place() */
};

#define PC_ATTR_PLACE_MAX (NAME_MAX + 48)
/* The name of an entry of a directory, or NULL: what is open there itself (which
 * is then followed to). */
void pc_attr_place(char path[PC_ATTR_PLACE_MAX], int dirfd, const char *name);

/* What became of the target's mode over it. */
struct pc_attr_done {
	bool access, inherited; /* it has the lists of the source */
	bool loosened;		/* its mode is another now, unless it is not to be kept */
	mode_t mode;		/* then: what it was before */
	bool needed;		/* what failed was asked for by name */
};

/* Copies what is to be kept, and takes away the lists that the target has (`acl`)
 * and the source has not.  0, or the first error; the rest is copied all the same. */
int pc_attr_copy(struct pc_copier *c, const struct pc_attr_at *from, const struct pc_attr_at *to,
		 bool acl, bool directory, struct pc_attr_done *done);

/* Whether a source that is open has an access control list that is to be kept.  What
 * it was looked up in serves pc_attr_copy(), if that comes next. */
bool pc_attr_has_list(struct pc_copier *c, int fd);

/* Whether an entry has attributes that another file in its place would lack: any but
 * the context that all have. */
bool pc_attr_has_any(struct pc_copier *c, int dirfd, const char *name);

/* Takes the access control list away, if there is one. */
int pc_attr_drop_list(int fd);

/* Whether a directory hands down a list; the second for O_PATH descriptors. */
bool pc_attr_has_default_acl(int fd);
bool pc_attr_inherits(int dirfd);

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
