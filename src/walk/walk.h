/* SPDX-License-Identifier: MIT
 *
 * walk.h - walks pairs of trees: what copying, comparing and deleting workers have in common.
 *
 * A walker holds a worker's current job, its directories and entries, and the result.  It belongs
 * to one worker, and only that worker's thread uses it.  Its owner decides what is done with
 * entries and directories, see struct pc_walk_ops.
 *
 * Read in this order: results.c (items and events), range_ends.c (ranges of files with holes), dirs.c
 * (a job's directories), walker.c (creation), exclude.c (exclusion), tree.c (listing and walking
 * down), paths.c (entries given by path), ahead.c (counting what is not copied yet). */
#ifndef PC_WALK_WALK_H
#define PC_WALK_WALK_H

#include "base/buffer.h"
#include "job/root.h"
#include "job/worker.h"
#include "sys/fs.h"

#include <sys/stat.h>

/* Limit of the names in one result; another job continues a longer listing. */
#define PC_LEFT_MAX (256U << 10)

/* Read size of a listing. */
#define PC_LISTING_BYTES (128U << 10)

/* Limits of descriptors closed together, and of levels of directories open at once. */
#define PC_BATCH_MAX 24U
#define PC_DEPTH_MAX 12U

/* An entry of a directory, in the layout of getdents64(2). */
struct pc_dirent {
	uint64_t ino;
	int64_t next; /* cursor of the entry after this one */
	uint16_t len;
	uint8_t type;
	char name[];
};

static inline bool pc_name_is_dots(const char *name)
{
	return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

/* Descriptors to close with as few calls as possible. */
struct pc_batch {
	int fd[PC_BATCH_MAX];
	unsigned len;
	unsigned max; /* 0: close at once */
};

struct pc_identity {
	uint64_t dev, ino;
};

/* A pair of directories in work, and the names left in them.  Frames live on the stack of the
 * recursive walk. */
struct pc_frame {
	struct pc_frame *up;
	int src_fd, dst_fd;
	/* File systems of src_fd and dst_fd; the target's is NULL if it does not exist. */
	struct pc_fs *src_fs, *dst_fs;
	bool top;     /* anchor directories, which hold operands; not part of the tree */
	bool entered; /* handed to the coordinator, which will finish it */
	bool failed;  /* its listing broke off; counted as failed */
	bool more;    /* another job continues the listing at `cursor` */
	bool above;   /* leads to an entry given by path; not listed */
	bool extra;   /* deletion: exists only in the target; src_fd is -1 */
	bool stays;   /* deletion: something below it remains, so it does too */
	bool opened;  /* deletion: made accessible to its owner; restore `mode_back` */
	mode_t mode_back;
	bool acl;     /* copy: entries created here inherit an access control list */
	bool gid_own; /* copy: entries created here get the process's group */
	bool casefold_known, casefolds; /* copy: case-insensitive names */
	gid_t dst_gid;                  /* of the target directory, if opened by path */
	unsigned depth;
	uint64_t cursor;
	struct pc_meta meta; /* of the source; of a job's own directory only dev and ino */
	size_t path_len;     /* length of walker->path for this frame */
	size_t dirs_start, files_start; /* start of its names in walker->dirs and ->files */
	struct pc_ignore *ignore;       /* nearest .gitignore file, here or above; or NULL */
};

/* Names of extended attributes, as flistxattr(2) lists them. */
struct pc_attr_names {
	bool known;
	ssize_t len; /* or negative errno; -ERANGE: the names do not fit */
	char names[256];
};

/* The current entry, passed down through all functions.  Knowledge about it ends with it.  Its
 * names point into the listing or the request, and are valid as long as those. */
struct pc_entry {
	struct pc_frame *frame; /* its directory */
	const char *src_name, *dst_name;
	const char *label;    /* name in messages; NULL: the current directory, or an operand */
	enum pc_type listed;  /* type in the listing: a hint */
	enum pcopy_kind kind; /* counted as */
	enum pcopy_step step; /* current step, for messages */

	/* copy: */
	struct {
		enum pcopy_step step; /* PCOPY_STEP_NONE: no warning */
		int error;
		bool needed; /* the warning makes the entry fail */
	} warning;           /* some metadata was not preserved */
	const char *backup;  /* new name of the replaced target; or NULL */
	/* what occupies its target name: an entry `name` of the same directory; or if `root` is
	 * not 0, the entry `name` below operand `root` - 1, or with NULL that operand */
	struct {
		const char *name;
		uint32_t root;
	} folded_into;
	struct pcopy_way way;      /* copy method used */
	struct stat src;           /* valid if st_mode is not 0 */
	struct pc_attr_names attr; /* of the source */
};

/* Initialises an entry.  Large fields that are marked as unknown stay uninitialised. */
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

/* An event about an entry of the current directory. */
struct pc_note {
	enum pcopy_event_type type;
	enum pcopy_kind kind;
	enum pcopy_step step;
	int error;
	const char *name; /* NULL: the directory itself */
	const char *more; /* `more_len` bytes to add after the path's NUL, or NULL */
	size_t more_len;
	uint64_t dev; /* the file system that was written, if it matters; or 0 */
};

struct pc_walker;
struct pc_filter_path;
struct pc_ignore;

/* Moments of the walk, for measuring its phases. */
enum pc_walk_moment {
	PC_WALK_LISTS,  /* a directory is opened, or the next part of its listing read */
	PC_WALK_LISTED, /* it was listed, at least as far as this job does */
	PC_WALK_LEAVES, /* everything in it was done or handed back */
};

/* The owner's functions. */
struct pc_walk_ops {
	/* Processes an entry that is not a directory, or reports why not. */
	void (*entry)(struct pc_walker *w, struct pc_entry *e);
	/* Opens a pair of directories for an entry of the frame above, and fills in `f`.  False:
	 * failed and reported. */
	bool (*open)(struct pc_walker *w, struct pc_entry *e, struct pc_frame *f);
	/* An opened directory will be listed; may be NULL. */
	void (*list)(struct pc_walker *w, struct pc_frame *f);
	/* True if the entry needs no system call, so that it is processed regardless of the
	 * budget; may be NULL. */
	bool (*is_quick)(struct pc_walker *w, const struct pc_frame *f, const char *name);
	/* The directory is complete: nothing was handed back. */
	void (*finish)(struct pc_walker *w, struct pc_frame *f);
	/* The walk leaves a directory, complete or not; may be NULL. */
	void (*leave)(struct pc_walker *w, struct pc_frame *f);
	/* The job's own directories were opened by path. */
	void (*look)(struct pc_walker *w, struct pc_frame *f);
	/* May be NULL. */
	void (*moment)(struct pc_walker *w, enum pc_walk_moment moment);
	/* Another anchor directory of targets was opened; may be NULL. */
	void (*new_target)(struct pc_walker *w);
	/* An entry of the current directory does not exist or cannot be stat'ed.  True if that is
	 * already known or is reported otherwise; may be NULL. */
	bool (*excuses)(struct pc_walker *w, const char *name);
};

struct pc_walker {
	const struct pc_walk_ops *ops;
	const struct pcopy_options *options;
	const struct pc_root *roots; /* table of the run */
	struct pc_queue *queue;
	/* current job */
	struct pc_job *job;
	char *text;
	unsigned slot;
	_Atomic uint64_t *moved;
	uint64_t start_ns;
	uint32_t root;         /* of the current entry */
	struct pc_buffer path; /* of the current frame, below the job's directory */
	unsigned errors;       /* of the job */
	bool ending;           /* the run will stop because of errors: begin no more entries */
	/* kept between jobs */
	struct pc_batch batch;
	struct pc_buffer dirs, files; /* names left in all frames; the buffers never move */
	struct pc_buffer listed; /* pc_listed_hash() of directories listed by the job, if needed */
	struct pc_buffer listed_path; /* scratch for it */
	bool lists_target; /* deletion: list target directories instead of source directories */
	struct pc_fs_table fs;
	struct pc_buffer aside; /* swapped with `path` for entries outside the current directory */
	struct pc_buffer full;  /* scratch for paths */
	struct pc_buffer above; /* struct pc_identity of the directories above the job's */
	struct pc_buffer asked; /* path for the filter rules, see filter/path.h */
	size_t asked_len;       /* its length without the name */
	char *listing;          /* buffer of getdents64() */
	const struct pc_anchor *src_anchor, *dst_anchor; /* those that are open */
	int src_anchor_fd, dst_anchor_fd;
	unsigned depth_max;
};

/* True if symbolic links in the frame's source directory are followed. */
static inline bool pc_walk_follows(const struct pc_walker *w, const struct pc_frame *f)
{
	return w->options->dereference == PCOPY_DEREFERENCE_ALWAYS ||
	       (f->top && pc_follows_operands(w->options));
}

/* The file system of the open file `fd`; `likely`: a likely candidate, or NULL. */
static inline struct pc_fs *pc_walk_fs(struct pc_walker *w, struct pc_fs *likely, uint64_t dev,
                                       int fd)
{
	return likely && likely->dev == dev ? likely : pc_fs_find(&w->fs, dev, fd);
}

/* ---- results.c: a job's result ---- */

/* Adds an item to the result.  NULL: it does not fit, and the job has failed. */
struct pc_item *pc_walk_item(struct pc_walker *w, enum pc_item_type type, const char *data,
                             size_t len);

/* Adds an event about an entry.  Returns the item, or NULL if it does not fit. */
struct pc_item *pc_walk_event(struct pc_walker *w, const struct pc_note *note);

/* Counts an entry as failed. */
void pc_walk_count_failed(struct pc_walker *w, enum pcopy_kind kind);

/* Reports and counts a failed entry. */
void pc_walk_fail(struct pc_walker *w, enum pcopy_kind kind, enum pcopy_step step, int error,
                  const char *name);

/* Hands the frames up to `f` to the coordinator, which will finish them. */
void pc_frame_enter(struct pc_walker *w, struct pc_frame *f);

/* Hands the entry `name` of the current frame to the coordinator.  Returns the item, or NULL if
 * it does not fit: then the entry has failed. */
struct pc_item *pc_walk_hand_back(struct pc_walker *w, struct pc_frame *f, enum pc_item_type type,
                                  const char *name, const struct pc_meta *meta);

/* Hands back names of a directory: for each the letter of its type, the name, and NUL. */
void pc_walk_hand_names(struct pc_walker *w, struct pc_frame *f, const char *names, size_t len);

/* Hands over a file that will be copied in chunks; `data` bytes of it are not holes. */
struct pc_item *pc_walk_hand_large(struct pc_walker *w, struct pc_frame *f, const char *name,
                                   const struct pc_meta *meta, uint64_t data);

/* True if the job should hand back the rest: its budget times `budgets` is used up (a shorter
 * time while workers are idle), the job has killed a worker, its text is full, or the run is
 * about to stop. */
bool pc_walk_stop(const struct pc_walker *w, unsigned budgets);

/* True if another job must continue the listing, because this job's result holds no more names. */
bool pc_walk_is_full(const struct pc_walker *w);

/* Records a source directory that was listed completely; adds all of them to the result. */
void pc_walk_note_listed(struct pc_walker *w, const struct pc_frame *f);
void pc_walk_put_listed(struct pc_walker *w);

/* Sets the current directory for messages, in jobs about several directories. */
void pc_walk_set_path(struct pc_walker *w, const char *path);

/* Writes the path of an entry below its root to `path`.  NULL: no memory.  `name` is NULL for the
 * current directory itself. */
const char *pc_walk_name(struct pc_walker *w, struct pc_buffer *path, const char *name);

/* ---- range_ends.c ---- */

/* If the job asks for it, returns the ends of the ranges after its own, so that each holds one
 * chunk of data.  A byte is data if one of the two files has data there (`other_fd` -1: only
 * `fd`). */
void pc_walk_find_range_ends(struct pc_walker *w, int fd, int other_fd);

/* ---- dirs.c: a job's directories ---- */

/* Opens an anchor directory.  Returns a descriptor, or negative errno; -ESTALE: the path now
 * names another directory. */
int pc_walk_open_anchor(const struct pc_anchor *top);

/* Opens the pair of directories `path` of the current root; `top`: the anchor directories.  On
 * failure the frame holds what was opened: call pc_walk_close_dirs(). */
int pc_walk_open_dirs(struct pc_walker *w, const char *path, bool top, struct pc_frame *f);

/* Opens only the source directory `path` of the current root, for counting. */
int pc_walk_open_counted(struct pc_walker *w, const char *path, struct pc_frame *f);

/* Opens the target directory `path` of the current root, which the source does not have.  It must
 * be the inode in `meta`.  -EEXIST: the source has it; -ESTALE: it is another inode. */
int pc_walk_open_extra(struct pc_walker *w, const char *path, const struct pc_meta *meta,
                       struct pc_frame *f);
void pc_walk_close_dirs(struct pc_walker *w, struct pc_frame *f);

/* Opens a target directory of any root (`top`: its anchor directory).  The caller closes it.  The
 * job's own directories are not affected. */
int pc_walk_open_target(struct pc_walker *w, uint32_t root, const char *path, bool top);

/* Opens the source directory `path` of the current root.  The caller closes it. */
int pc_walk_open_source(struct pc_walker *w, const char *path);

/* The same for a directory that is not listed: by O_PATH if it may only be searched. */
int pc_walk_reach_source(struct pc_walker *w, const char *path);

/* True if an error of pc_walk_open_source() means that there is no such directory. */
bool pc_walk_is_absent(const struct pc_walker *w, int error);

/* True if -x leaves the directory empty, because it is on another file system than its parent. */
static inline bool pc_walk_is_elsewhere(const struct pc_walker *w, const struct pc_frame *up,
                                        const struct pc_frame *f)
{
	return w->options->one_file_system && !up->top && !f->extra && f->meta.dev != up->meta.dev;
}

/* True if a source directory contains itself, by a followed link. */
bool pc_walk_is_cycle(const struct pc_walker *w, const struct pc_frame *up, const struct stat *st);

/* ---- walker.c: creation ---- */

/* Initialises a zeroed walker.  Returns 0 or -ENOMEM; call pc_walk_done() in any case. */
int pc_walk_init(struct pc_walker *w, const struct pc_walk_ops *ops,
                 const struct pcopy_options *options, const struct pc_root *roots,
                 struct pc_queue *queue);
void pc_walk_done(struct pc_walker *w);

/* Starts a job. */
void pc_walk_take(struct pc_walker *w, unsigned slot, struct pc_job *job, char *text);

/* Makes a call that may take long because it writes data to the disk: pc_sys_close(),
 * pc_sys_fsync() and the like.  A canceled run waits longer for it than for other calls. */
int pc_walk_flush(struct pc_walker *w, int (*call)(int fd), int fd);

/* ---- exclude.c: exclusion ---- */

/* Loads the .gitignore rules of a directory: one that was entered, or a job's own with those of
 * all directories above it.  Returns 0; or negative errno: what they exclude is not known, so that
 * nothing in the directory may be copied or removed.  Unloads them, also after an error. */
int pc_exclude_enter(struct pc_walker *w, struct pc_frame *f);
int pc_exclude_enter_job(struct pc_walker *w, struct pc_frame *f);
void pc_exclude_leave(struct pc_frame *f);

/* Sets the directory of the following names.  Returns 0 or -ENOMEM. */
int pc_exclude_list(struct pc_walker *w, const struct pc_frame *f);

/* True if an entry is excluded; counts it, and reports it if verbose.  Also true if that could not
 * be decided: then the entry has failed, which was reported.  pc_excludes_any_type(): true if it is
 * excluded whatever its type, so that it need not be stat'ed. */
bool pc_excludes_entry(struct pc_walker *w, struct pc_frame *f, const char *name,
                       enum pc_type type);
bool pc_excludes_any_type(struct pc_walker *w, struct pc_frame *f, const char *name,
                          enum pc_type likely);

/* The same for an entry given by its path below the open operand `dirfd`.  Only its own name is
 * checked, not the directories above it.  Reported as an entry of the current directory. */
bool pc_excludes_named(struct pc_walker *w, int dirfd, const char *path, enum pc_type type);

/* Reads the .gitignore file of an open directory, `dir_len` as in struct pc_ignore.  Returns 0,
 * also if there is none, or negative errno. */
int pc_exclude_read(int dirfd, size_t dir_len, struct pc_ignore **ret);

/* True if a path is excluded; `ignore` is the nearest .gitignore file. */
bool pc_excludes_path(const struct pcopy_options *options, const struct pc_ignore *ignore,
                      const struct pc_filter_path *path);

/* Checks an entry by its path below an open directory, and all directories above it.  For callers
 * that have not listed them.  Returns 1 if excluded, 0 or negative errno. */
int pc_excludes_below(const struct pcopy_options *options, int dirfd, const char *path,
                      bool directory);

/* True if an entry that exists only in the target is protected, because the filters exclude it. */
bool pc_exclude_protects(struct pc_walker *w, const struct pc_frame *f, const char *name,
                         enum pc_type type);

/* True if the filters exclude an entry of the frame's target directory.  Neither counts nor
 * reports it.  `name`: NULL for the current directory, whose parent is the frame. */
bool pc_excludes_target(struct pc_walker *w, const struct pc_frame *f, const char *name,
                        enum pc_type type);

/* True if a regular file is skipped because of its size. */
static inline bool pc_exclude_skips_bytes(const struct pcopy_options *o, uint64_t bytes)
{
	return o->limit_size && (bytes < o->min_bytes || bytes > o->max_bytes);
}

static inline bool pc_exclude_skips_size(const struct pcopy_options *o, const struct stat *st)
{
	return S_ISREG(st->st_mode) && pc_exclude_skips_bytes(o, (uint64_t)st->st_size);
}

/* ---- tree.c: walking down ---- */

/* Run the jobs ENTRIES and LIST. */
void pc_walk_entries(struct pc_walker *w);
void pc_walk_list(struct pc_walker *w);

/* Marks the current path and names as belonging to the frames above. */
void pc_frame_begin(struct pc_walker *w, struct pc_frame *f);

/* Reports that nothing more follows for an entered directory. */
void pc_frame_leave(struct pc_walker *w, const struct pc_frame *f);

/* Processes an entry that is not a directory; a directory, with everything below it as far as the
 * budget lasts. */
void pc_walk_do_entry(struct pc_walker *w, struct pc_frame *f, enum pc_type type,
                      const char *src_name, const char *dst_name);
void pc_walk_directory(struct pc_walker *w, struct pc_frame *up, const char *src_name,
                       const char *dst_name);

/* ---- paths.c ---- */

/* Runs the job PATHS. */
void pc_walk_paths(struct pc_walker *w);

/* Lists a directory and calls `take` with each name except `.` and `..`, until it returns other
 * than 0.  Returns that value, or 0, or negative errno. */
int pc_walk_names(struct pc_walker *w, int fd,
                  int (*take)(struct pc_walker *w, void *data, const char *name), void *data);

/* True if a directory, just opened, has entries.  Reads as few as possible.  Returns 1, 0 or
 * negative errno. */
int pc_walk_has_names(int fd);

/* ---- ahead.c ---- */

/* The job COUNT. */
void pc_walk_count(struct pc_walker *w);

/* ---- lease.c ---- */

/* Opens a file with O_NONBLOCK, so that a FIFO in its place does not block.  If another process
 * holds a lease, waits until it is released or the run is canceled.  Returns a descriptor,
 * -ECANCELED, or another negative errno. */
int pc_walk_open_waiting(struct pc_queue *queue, int dirfd, const char *name, int flags,
                         mode_t mode);

/* ---- throttle.c: the run's limit of bytes per second ---- */

/* The part of `bytes` that should be copied at once. */
size_t pc_throttle_piece(struct pc_queue *queue, uint64_t bytes);

/* Waits until `bytes` may be copied.  Returns 0 or -ECANCELED. */
int pc_throttle_wait(struct pc_queue *queue, struct pc_job *job, uint64_t bytes);

/* Returns bytes that were not copied to the budget. */
void pc_throttle_give_back(struct pc_queue *queue, uint64_t bytes);

/* ---- batch.c ---- */
void pc_batch_add(struct pc_batch *b, int fd);
void pc_batch_flush(struct pc_batch *b);

#endif
