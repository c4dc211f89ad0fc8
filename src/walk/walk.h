/* walk.h - what every worker that goes through pairs of trees has in common: the
 * job in work, its directories, what it hands back.
 *
 * Everything here belongs to one worker and is touched by its thread alone.  What
 * is done with entries and directories is the owner's, see struct pc_walk_ops. */
#ifndef PC_WALK_WALK_H
#define PC_WALK_WALK_H

#include "base/buffer.h"
#include "job/root.h"
#include "job/worker.h"

#include <limits.h>

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
	bool top;     /* the parents of operands, not a directory of the tree */
	bool entered; /* the coordinator was told of it: it will finish it */
	bool failed;  /* counted as such: its listing broke off */
	bool more;    /* the listing goes on at `cursor` */
	bool acl;     /* copy: what is created here inherits an access control list */
	bool gid_own; /* copy: what is created here gets the group of the process */
	unsigned depth;
	uint64_t cursor;
	struct pc_meta meta; /* of the source; of a job's own directory dev and ino alone */
	size_t path_len;     /* of walker->path up to here */
	size_t dirs_start, files_start; /* of what is left, in walker->dirs and ->files */
};

struct pc_walker;

/* Where a worker is on its way, for who measures that. */
enum pc_walk_moment {
	PC_WALK_LISTS,  /* a directory is opened, or the next part of its listing read */
	PC_WALK_LISTED, /* it was read to its end, or as far as this job does */
	PC_WALK_LEAVES, /* all of it is done, or handed back */
};

/* What the owner does. */
struct pc_walk_ops {
	/* Does an entry that is no directory, or tells why not. */
	void (*entry)(struct pc_walker *w, struct pc_frame *f, enum pc_type type,
		      const char *src_name, const char *dst_name);
	/* Opens a pair of directories, both in `up`.  False: nothing comes of it; what
	 * failed was told. */
	bool (*open)(struct pc_walker *w, struct pc_frame *up, const char *src_name,
		     const char *dst_name, struct pc_frame *f);
	/* The last child of a directory is done, and nothing was handed back. */
	void (*finish)(struct pc_walker *w, struct pc_frame *f);
	/* A job's own directories were opened by path. */
	void (*look)(struct pc_walker *w, struct pc_frame *f);
	/* May be NULL. */
	void (*moment)(struct pc_walker *w, enum pc_walk_moment moment);
	/* Another target directory of operands was opened; may be NULL. */
	void (*new_target)(struct pc_walker *w);
};

/* The fields of a walker.  A worker has them as its own, beside `walk`, by
 *
 *	union { struct pc_walker walk; struct { PC_WALKER_FIELDS }; };
 */
#define PC_WALKER_FIELDS                                                                           \
	const struct pc_walk_ops *ops;                                                             \
	const struct pcopy_options *options;                                                       \
	const struct pc_root *roots; /* the table of the run */                                    \
	struct pc_queue *queue;                                                                    \
	/* the job in work */                                                                      \
	struct pc_job *job;                                                                        \
	char *text;                                                                                \
	unsigned slot;                                                                             \
	_Atomic uint64_t *moved;                                                                   \
	uint64_t start_ns;                                                                         \
	uint32_t root;	       /* of the entry in work */                                          \
	struct pc_buffer path; /* of the frame in work, below the job's directory */               \
	unsigned errors;       /* of the job */                                                    \
	bool ending; /* the run will stop for what failed: nothing more is begun */                \
	/* kept from job to job */                                                                 \
	struct pc_batch batch;                                                                     \
	struct pc_buffer dirs, files; /* names left to do, all frames together */                  \
	struct pc_buffer full;	      /* scratch for paths */                                      \
	/* struct pc_identity: the directories that the job's lies in */                           \
	struct pc_buffer above;                                                                    \
	char *listing;				/* getdents64 */                                   \
	const struct pc_top *src_top, *dst_top; /* what is open */                                 \
	int src_top_fd, dst_top_fd;                                                                \
	unsigned depth_max;

struct pc_walker {
	PC_WALKER_FIELDS
};

/* What an entry of a frame is called in messages: operands have their own names,
 * and nothing is below them. */
static inline const char *pc_frame_label(const struct pc_frame *f, const char *name)
{
	return f->top ? NULL : name;
}

/* Whether what symbolic links of the frame's source directory name is meant. */
static inline bool pc_walk_follows(const struct pc_walker *w, const struct pc_frame *f)
{
	return w->options->dereference == PCOPY_DEREFERENCE_ALWAYS ||
	       (w->options->dereference == PCOPY_DEREFERENCE_OPERANDS && f->top);
}

/* ---- walker.c: the worker's life, results, budget, the job's directories ---- */

/* Makes an empty walker ready.  0 or -ENOMEM; pc_walk_done() in any case. */
int pc_walk_init(struct pc_walker *w, const struct pc_walk_ops *ops,
		 const struct pcopy_options *options, const struct pc_root *roots,
		 struct pc_queue *queue);
void pc_walk_done(struct pc_walker *w);

/* A job begins. */
void pc_walk_take(struct pc_walker *w, unsigned slot, struct pc_job *job, char *text);

/* Adds an item to the result.  NULL where it does not fit: the job has failed. */
struct pc_item *pc_walk_item(struct pc_walker *w, enum pc_item_type type, const char *data,
			     size_t len);

/* Tells of the entry `name` of the frame in work; NULL: the frame's directory
 * itself.  `more`: `len` bytes that follow the path's NUL, or NULL.  The item, or
 * NULL where it does not fit. */
struct pc_item *pc_walk_event(struct pc_walker *w, enum pcopy_event_type type,
			      enum pcopy_kind kind, enum pcopy_step step, int error,
			      const char *name, const char *more, size_t len);

/* Counts an entry as failed. */
void pc_walk_count_failed(struct pc_walker *w, enum pcopy_kind kind, enum pcopy_step step,
			  int error);

/* The entry failed: event and count in one. */
void pc_walk_fail(struct pc_walker *w, enum pcopy_kind kind, enum pcopy_step step, int error,
		  const char *name);

/* Hands the entry `name` of the frame in work to the coordinator.  The item, or
 * NULL when the entry failed for want of room. */
struct pc_item *pc_walk_hand_back(struct pc_walker *w, struct pc_frame *f, enum pc_item_type type,
				  const char *name, const struct pc_meta *meta);

/* Whether the job should hand back what it has not begun: its budget, so many
 * times, is used up (a shorter one while workers are idle), a worker was lost on
 * it, its text is full, or the run is about to stop. */
bool pc_walk_stop(const struct pc_walker *w, unsigned budgets);

/* Sets the directory that messages are about, for jobs on many of them. */
void pc_walk_set_path(struct pc_walker *w, const char *path);

/* The path of an entry below its root, in `path`; NULL: no memory.  `name` is NULL for
 * the directory in work itself. */
const char *pc_walk_name(struct pc_walker *w, struct pc_buffer *path, const char *name);

/* Opens a directory that holds operands.  A descriptor, or negative errno; -ESTALE:
 * another one has its name by now. */
int pc_walk_open_top(const struct pc_top *top);

/* Opens the pair of directories `path` of the root in work; `top`: those that
 * hold the operand and its copy.  What was opened is in the frame also on
 * failure, for pc_walk_close_dirs(). */
int pc_walk_open_dirs(struct pc_walker *w, const char *path, bool top, struct pc_frame *f);
void pc_walk_close_dirs(struct pc_walker *w, struct pc_frame *f);

/* Opens one target directory of any root (`top`: that which holds the operand's
 * copy).  The caller closes it.  Changes nothing of the job's own. */
int pc_walk_open_target(struct pc_walker *w, uint32_t root, const char *path, bool top);

/* Whether a source directory lies in itself, by a link that was followed. */
bool pc_walk_is_cycle(const struct pc_walker *w, const struct pc_frame *up, const struct stat *st);

/* ---- tree.c: walking down ---- */

/* The jobs ENTRIES and LIST. */
void pc_walk_entries(struct pc_walker *w);
void pc_walk_list(struct pc_walker *w);

/* Tells the coordinator of the frames up to `f`, so that it finishes them. */
void pc_frame_enter(struct pc_walker *w, struct pc_frame *f);

/* Reads a directory to its end: each name but `.` and `..` is given to `take`, with
 * the type as the listing has it (DT_UNKNOWN and so on), until that returns other
 * than 0.  That, or 0, or negative errno. */
int pc_walk_names(struct pc_walker *w, int fd,
		  int (*take)(struct pc_walker *w, void *data, const char *name), void *data);

/* ---- lease.c ---- */

/* Opens a file with O_NONBLOCK, so that whatever took its place is not waited for; but a lease
 * that another process has on it is, until it is given back or the run is canceled.  A
 * descriptor, -ECANCELED, or another negative errno. */
int pc_walk_open_waiting(struct pc_queue *queue, int dirfd, const char *name, int flags,
                         mode_t mode);

/* ---- batch.c ---- */
void pc_batch_add(struct pc_batch *b, int fd);
void pc_batch_flush(struct pc_batch *b);

#endif
