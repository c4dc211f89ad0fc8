/* SPDX-License-Identifier: MIT
 *
 * walk.h - what every worker that goes through pairs of trees has in common: the
 * job in work, its directories, its entries, what it hands back.
 *
 * Everything here belongs to one worker and is touched by its thread alone.  What
 * is done with entries and directories is the owner's, see struct pc_walk_ops.
 *
 * To be read in this order: results.c (items and events), cuts.c (ranges of files with holes),
 * dirs.c (the directories of a job), walker.c (a worker's life), sieve.c (what is left out),
 * tree.c (listing and walking down), paths.c (entries that no listing leads to). */
#ifndef PC_WALK_WALK_H
#define PC_WALK_WALK_H

#include "base/buffer.h"
#include "job/root.h"
#include "job/worker.h"
#include "sys/fs.h"

#include <sys/stat.h>

/* Names that one result may hand back; a longer listing is continued. */
#define PC_LEFT_MAX (256U << 10)

/* Of a directory read at once. */
#define PC_LISTING_BYTES (128U << 10)

/* Descriptors closed together, and levels of directories open at once. */
#define PC_BATCH_MAX 24U
#define PC_DEPTH_MAX 12U

/* Descriptors to be closed with as few calls as possible. */
struct pc_batch {
	int fd[PC_BATCH_MAX];
	unsigned len;
	unsigned max; /* 0: close at once */
};

struct pc_identity {
	uint64_t dev, ino;
};

/* A directory in work: the pair of it, and what was left to do in it.  Frames
 * lie on the stack of the calls that walk down. */
struct pc_frame {
	struct pc_frame *up;
	int src_fd, dst_fd;
	/* What src_fd and dst_fd lie on; the target's is NULL where there is none. */
	struct pc_fs *src_fs, *dst_fs;
	bool top;     /* the parents of operands, not a directory of the tree */
	bool entered; /* the coordinator was told of it: it will finish it */
	bool failed;  /* counted as such: its listing broke off */
	bool more;    /* the listing goes on at `cursor` */
	bool above;   /* it leads to an entry that was reached by its path, and is not listed */
	bool alone;   /* pruning: the target alone has it; src_fd is -1 */
	bool stays;   /* pruning: something below it stays, and so does it */
	bool opened;  /* pruning: it has bits for its owner that it lost `mode_back` for */
	mode_t mode_back;
	bool acl;     /* copy: what is created here inherits an access control list */
	bool gid_own; /* copy: what is created here gets the group of the process */
	bool casefold_known, casefolds; /* copy: names that differ in case are one */
	gid_t dst_gid;                  /* of the target directory, where it was opened by path */
	unsigned depth;
	uint64_t cursor;
	struct pc_meta meta; /* of the source; of a job's own directory dev and ino alone */
	size_t path_len;     /* of walker->path up to here */
	size_t dirs_start, files_start; /* of what is left, in walker->dirs and ->files */
	struct pc_ignore *ignore;       /* the nearest .gitignore file, here or above; or NULL */
};

/* Names of extended attributes, as flistxattr(2) lists them. */
struct pc_attr_names {
	bool known;
	ssize_t len; /* or negative errno; -ERANGE: more than there is room for */
	char names[256];
};

/* The entry in work: the one thing that is passed down.  What is found out about it ends
 * with it.  Its names are the listing's, or the request's, and valid as long. */
struct pc_entry {
	struct pc_frame *frame; /* that it is in */
	const char *src_name, *dst_name;
	const char *label;    /* its name in messages; NULL: the directory in work, or an operand */
	enum pc_type listed;  /* what its listing said: a hint */
	enum pcopy_kind kind; /* what it is counted as */
	enum pcopy_step step; /* in work; for the message */

	/* copy: */
	struct {
		enum pcopy_step step; /* PCOPY_STEP_NONE: there is none */
		int error;
		bool needed; /* the entry counts as failed for it */
	} warning;           /* something could not be kept */
	const char *backup;  /* the name that what was there got; or NULL */
	/* that has its name in the target: an entry of its directory; with 1 + a root, `name`
	 * below that operand, or (NULL) it itself */
	struct {
		const char *name;
		uint32_t root;
	} folded_into;
	struct pcopy_way way;      /* that its bytes went */
	struct stat src;           /* valid where st_mode is not 0 */
	struct pc_attr_names attr; /* of the source */
};

/* Makes an entry of a frame.  What is large and unknown is left as it is. */
static inline void pc_entry_init(struct pc_entry *e, struct pc_frame *frame, enum pc_type listed,
                                 const char *src_name, const char *dst_name)
{
	e->frame = frame;
	e->src_name = src_name;
	e->dst_name = dst_name;
	e->label = frame->top ? NULL : src_name;
	e->listed = listed;
	e->kind = PCOPY_FILE;
	e->step = PCOPY_STEP_NONE;
	e->warning.step = PCOPY_STEP_NONE;
	e->backup = NULL;
	e->folded_into.name = NULL;
	e->folded_into.root = 0;
	e->way = (struct pcopy_way){0};
	e->src.st_mode = 0;
	e->attr.known = false;
}

/* Something that the coordinator is told of an entry of the directory in work. */
struct pc_note {
	enum pcopy_event_type type;
	enum pcopy_kind kind;
	enum pcopy_step step;
	int error;
	const char *name; /* NULL: the directory itself */
	const char *more; /* `more_len` bytes that follow the path's NUL, or NULL */
	size_t more_len;
	uint64_t dev; /* the file system that is written to, where it matters; or 0 */
};

struct pc_walker;
struct pc_filter_path;
struct pc_ignore;

/* Where a worker is on its way, for who measures that. */
enum pc_walk_moment {
	PC_WALK_LISTS,  /* a directory is opened, or the next part of its listing read */
	PC_WALK_LISTED, /* it was read to its end, or as far as this job does */
	PC_WALK_LEAVES, /* all of it is done, or handed back */
};

/* What the owner does. */
struct pc_walk_ops {
	/* Does an entry that is no directory, or tells why not. */
	void (*entry)(struct pc_walker *w, struct pc_entry *e);
	/* Opens a pair of directories, of an entry of the frame above, with all that `f` says
	 * of them.  False: nothing comes of it; what failed was told. */
	bool (*open)(struct pc_walker *w, struct pc_entry *e, struct pc_frame *f);
	/* A directory that was opened is to be listed; may be NULL. */
	void (*list)(struct pc_walker *w, struct pc_frame *f);
	/* Whether a listed entry takes no call, so that it is done whatever the time; may be NULL. */
	bool (*is_quick)(struct pc_walker *w, const struct pc_frame *f, const char *name);
	/* The last child of a directory is done, and nothing was handed back. */
	void (*finish)(struct pc_walker *w, struct pc_frame *f);
	/* A directory is left, finished or not; may be NULL. */
	void (*leave)(struct pc_walker *w, struct pc_frame *f);
	/* A job's own directories were opened by path. */
	void (*look)(struct pc_walker *w, struct pc_frame *f);
	/* May be NULL. */
	void (*moment)(struct pc_walker *w, enum pc_walk_moment moment);
	/* Another target directory of operands was opened; may be NULL. */
	void (*new_target)(struct pc_walker *w);
	/* An entry of the directory in work is not there, or cannot be looked at: whether that is
	 * known, or is told in another way; may be NULL. */
	bool (*excuses)(struct pc_walker *w, const char *name);
};

struct pc_walker {
	const struct pc_walk_ops *ops;
	const struct pcopy_options *options;
	const struct pc_root *roots; /* the table of the run */
	struct pc_queue *queue;
	/* the job in work */
	struct pc_job *job;
	char *text;
	unsigned slot;
	_Atomic uint64_t *moved;
	uint64_t start_ns;
	uint32_t root;         /* of the entry in work */
	struct pc_buffer path; /* of the frame in work, below the job's directory */
	unsigned errors;       /* of the job */
	bool ending;           /* the run will stop for what failed: nothing more is begun */
	/* kept from job to job */
	struct pc_batch batch;
	struct pc_buffer dirs, files; /* names left to do, all frames together; they do not move */
	struct pc_buffer listed;      /* pc_listed_hash() of the job's directories, if asked for */
	struct pc_buffer listed_path; /* scratch for it */
	bool lists_target;            /* what targets hold is gone through, not what sources do */
	struct pc_fs_table fs;
	struct pc_buffer aside; /* in the place of `path` for what it does not lead to */
	struct pc_buffer full;  /* scratch for paths */
	struct pc_buffer above; /* struct pc_identity: the directories that the job's lies in */
	struct pc_buffer asked; /* the path that rules are asked about, see filter/path.h */
	size_t asked_len;       /* of it up to the name */
	char *listing;          /* getdents64 */
	const struct pc_anchor *src_anchor, *dst_anchor; /* what is open */
	int src_anchor_fd, dst_anchor_fd;
	unsigned depth_max;
};

/* Whether what symbolic links of the frame's source directory name is meant. */
static inline bool pc_walk_follows(const struct pc_walker *w, const struct pc_frame *f)
{
	return w->options->dereference == PCOPY_DEREFERENCE_ALWAYS ||
	       (f->top && pc_follows_operands(w->options));
}

/* The file system of what is open as `fd`; `near` is one that it may well be, or NULL. */
static inline struct pc_fs *pc_walk_fs(struct pc_walker *w, struct pc_fs *near, uint64_t dev,
                                       int fd)
{
	return near && near->dev == dev ? near : pc_fs_find(&w->fs, dev, fd);
}

/* ---- results.c: what a job hands back, and when ---- */

/* Adds an item to the result.  NULL where it does not fit: the job has failed. */
struct pc_item *pc_walk_item(struct pc_walker *w, enum pc_item_type type, const char *data,
                             size_t len);

/* Tells of an entry.  The item, or NULL where it does not fit. */
struct pc_item *pc_walk_event(struct pc_walker *w, const struct pc_note *note);

/* Counts an entry as failed. */
void pc_walk_count_failed(struct pc_walker *w, enum pcopy_kind kind);

/* The entry failed: event and count in one. */
void pc_walk_fail(struct pc_walker *w, enum pcopy_kind kind, enum pcopy_step step, int error,
                  const char *name);

/* Tells the coordinator of the frames up to `f`, so that it finishes them. */
void pc_frame_enter(struct pc_walker *w, struct pc_frame *f);

/* Hands the entry `name` of the frame in work to the coordinator.  The item, or
 * NULL when the entry failed for want of room. */
struct pc_item *pc_walk_hand_back(struct pc_walker *w, struct pc_frame *f, enum pc_item_type type,
                                  const char *name, const struct pc_meta *meta);

/* Hands back names of a directory, each behind the letter of its type and with its NUL. */
void pc_walk_hand_names(struct pc_walker *w, struct pc_frame *f, const char *names, size_t len);

/* The same of a file that is to be copied in chunks, `data` bytes of which are no hole. */
struct pc_item *pc_walk_hand_large(struct pc_walker *w, struct pc_frame *f, const char *name,
                                   const struct pc_meta *meta, uint64_t data);

/* Whether the job should hand back what it has not begun: its budget, so many
 * times, is used up (a shorter one while workers are idle), a worker was lost on
 * it, its text is full, or the run is about to stop. */
bool pc_walk_stop(const struct pc_walker *w, unsigned budgets);

/* Whether a listing has to be continued by another job: no more names fit into this
 * job's result. */
bool pc_walk_is_full(const struct pc_walker *w);

/* A source directory was listed to its end; and: all of them that the job has listed. */
void pc_walk_note_listed(struct pc_walker *w, const struct pc_frame *f);
void pc_walk_tell_listed(struct pc_walker *w);

/* Sets the directory that messages are about, for jobs on many of them. */
void pc_walk_set_path(struct pc_walker *w, const char *path);

/* The path of an entry below its root, in `path`; NULL: no memory.  `name` is NULL for
 * the directory in work itself. */
const char *pc_walk_name(struct pc_walker *w, struct pc_buffer *path, const char *name);

/* ---- cuts.c ---- */

/* Hands back where the ranges behind the job's own end, if that was asked for: so that each
 * has as much data as a chunk.  Data is what one of the two files has (`other_fd` -1: `fd`). */
void pc_walk_cut(struct pc_walker *w, int fd, int other_fd);

/* ---- dirs.c: the directories of a job ---- */

/* Opens a directory that holds operands.  A descriptor, or negative errno; -ESTALE:
 * another one has its name by now. */
int pc_walk_open_anchor(const struct pc_anchor *top);

/* Opens the pair of directories `path` of the root in work; `top`: those that
 * hold the operand and its copy.  What was opened is in the frame also on
 * failure, for pc_walk_close_dirs(). */
int pc_walk_open_dirs(struct pc_walker *w, const char *path, bool top, struct pc_frame *f);

/* Opens the target directory `path` of the root in work, which the source does not have and
 * which is `meta`'s.  -EEXIST: the source has it; -ESTALE: it is another directory. */
int pc_walk_open_alone(struct pc_walker *w, const char *path, const struct pc_meta *meta,
                       struct pc_frame *f);
void pc_walk_close_dirs(struct pc_walker *w, struct pc_frame *f);

/* Opens one target directory of any root (`top`: that which holds the operand's
 * copy).  The caller closes it.  Changes nothing of the job's own. */
int pc_walk_open_target(struct pc_walker *w, uint32_t root, const char *path, bool top);

/* Opens the source directory `path` of the root in work; the caller closes it. */
int pc_walk_open_source(struct pc_walker *w, const char *path);

/* Whether the answer of pc_walk_open_source() means that there is no such directory. */
bool pc_walk_is_absent(const struct pc_walker *w, int error);

/* Whether a directory is on another file system than that above it, and is to stay empty for
 * that. */
static inline bool pc_walk_is_elsewhere(const struct pc_walker *w, const struct pc_frame *up,
                                        const struct pc_frame *f)
{
	return w->options->one_file_system && !up->top && !f->alone && f->meta.dev != up->meta.dev;
}

/* Whether a source directory lies in itself, by a link that was followed. */
bool pc_walk_is_cycle(const struct pc_walker *w, const struct pc_frame *up, const struct stat *st);

/* ---- walker.c: a worker's life ---- */

/* Makes an empty walker ready.  0 or -ENOMEM; pc_walk_done() in any case. */
int pc_walk_init(struct pc_walker *w, const struct pc_walk_ops *ops,
                 const struct pcopy_options *options, const struct pc_root *roots,
                 struct pc_queue *queue);
void pc_walk_done(struct pc_walker *w);

/* A job begins. */
void pc_walk_take(struct pc_walker *w, unsigned slot, struct pc_job *job, char *text);

/* Makes a call that may rightly take long, as it forces data to the disk: pc_sys_close(),
 * pc_sys_fsync() and its like.  A canceled run waits for it longer than for others. */
int pc_walk_flush(struct pc_walker *w, int (*call)(int fd), int fd);

/* ---- sieve.c: what is left out ---- */

/* Takes up the rules that lie in a directory: one that was walked into, or a job's own, with
 * those of all the directories above it.  And forgets them. */
void pc_sieve_enter(struct pc_walker *w, struct pc_frame *f);
void pc_sieve_enter_job(struct pc_walker *w, struct pc_frame *f);
void pc_sieve_leave(struct pc_frame *f);

/* From now on it is asked about names of this directory. */
void pc_sieve_list(struct pc_walker *w, const struct pc_frame *f);

/* Whether an entry is left out: counted, and told when verbose.  The second: whatever it is, so
 * that it need not be looked at. */
bool pc_sieve_drops(struct pc_walker *w, struct pc_frame *f, const char *name, enum pc_type type);
bool pc_sieve_drops_any(struct pc_walker *w, struct pc_frame *f, const char *name,
                        enum pc_type likely);

/* The same of an entry that is known by its path below an operand, whose directory is open; its
 * own name is asked about, and not the directories above it.  Told as an entry of the directory
 * in work. */
bool pc_sieve_drops_named(struct pc_walker *w, int dirfd, const char *path, enum pc_type type);

/* Reads the rules that lie in an open directory, `dir_len` as in struct pc_ignore.  0, also where
 * there are none, or negative errno. */
int pc_sieve_read(int dirfd, size_t dir_len, struct pc_ignore **ret);

/* Whether a path is left out, where `ignore` is the nearest .gitignore file. */
bool pc_sieve_drops_path(const struct pcopy_options *options, const struct pc_ignore *ignore,
                         const struct pc_filter_path *path);

/* Whether an entry of an open directory, by its path below it, or a directory above that entry is
 * left out; for who has no listing of it.  1, 0 or -ENOMEM. */
int pc_sieve_drops_below(const struct pcopy_options *options, int dirfd, const char *path,
                         bool directory);

/* Whether an entry that the target alone has is one that would have been left out. */
bool pc_sieve_spares(struct pc_walker *w, const struct pc_frame *f, const char *name,
                     enum pc_type type);

/* Whether an entry of the target, of the frame's directory, would be left out of a copy; neither
 * counted nor told.  `name`: NULL for the directory in work, which the frame holds. */
bool pc_sieve_leaves_out(struct pc_walker *w, const struct pc_frame *f, const char *name,
                         enum pc_type type);

/* Whether a regular file has a size that is passed over. */
static inline bool pc_sieve_skips_bytes(const struct pcopy_options *o, uint64_t bytes)
{
	return o->limit_size && (bytes < o->min_bytes || bytes > o->max_bytes);
}

static inline bool pc_sieve_skips_size(const struct pcopy_options *o, const struct stat *st)
{
	return S_ISREG(st->st_mode) && pc_sieve_skips_bytes(o, (uint64_t)st->st_size);
}

/* ---- tree.c: walking down ---- */

/* The jobs ENTRIES and LIST. */
void pc_walk_entries(struct pc_walker *w);
void pc_walk_list(struct pc_walker *w);

/* The path and what was noted up to here are above the frame. */
void pc_frame_begin(struct pc_walker *w, struct pc_frame *f);

/* Tells that nothing more comes of an entered directory. */
void pc_frame_leave(struct pc_walker *w, const struct pc_frame *f);

/* Does an entry that is no directory; and one, with all below it, as far as the budget lasts. */
void pc_walk_do_entry(struct pc_walker *w, struct pc_frame *f, enum pc_type type,
                      const char *src_name, const char *dst_name);
void pc_walk_directory(struct pc_walker *w, struct pc_frame *up, const char *src_name,
                       const char *dst_name);

/* ---- paths.c ---- */

/* The job PATHS. */
void pc_walk_paths(struct pc_walker *w);

/* Reads a directory to its end: each name but `.` and `..` is given to `take`, with
 * the type as the listing has it (DT_UNKNOWN and so on), until that returns other
 * than 0.  That, or 0, or negative errno. */
int pc_walk_names(struct pc_walker *w, int fd,
                  int (*take)(struct pc_walker *w, void *data, const char *name), void *data);

/* Whether a directory, just opened, has any: as few as can be are read.  1, 0 or negative errno. */
int pc_walk_has_names(int fd);

/* ---- lease.c ---- */

/* Opens a file with O_NONBLOCK, so that whatever took its place is not waited for; but a lease
 * that another process has on it is, until it is given back or the run is canceled.  A
 * descriptor, -ECANCELED, or another negative errno. */
int pc_walk_open_waiting(struct pc_queue *queue, int dirfd, const char *name, int flags,
                         mode_t mode);

/* ---- throttle.c: the run's limit of bytes a second ---- */

/* Of `bytes` so many as are best moved at once. */
size_t pc_throttle_piece(struct pc_queue *queue, uint64_t bytes);

/* Waits until so many bytes may be moved.  0, or -ECANCELED. */
int pc_throttle_wait(struct pc_queue *queue, struct pc_job *job, uint64_t bytes);

/* So many of them were not moved after all. */
void pc_throttle_give_back(struct pc_queue *queue, uint64_t bytes);

/* ---- batch.c ---- */
void pc_batch_add(struct pc_batch *b, int fd);
void pc_batch_flush(struct pc_batch *b);

#endif
