/* SPDX-License-Identifier: MIT */
/* ledger.h - private header of src/plan: the work that is not done yet.
 *
 * Only directories that a worker could not finish in its job have a node here; the others never
 * reach the coordinator.  Tasks form a stack, so memory grows with the frontier of the walk and
 * not with the tree. */
#ifndef PC_PLAN_LEDGER_H
#define PC_PLAN_LEDGER_H

#include "base/buffer.h"
#include "job/grace.h"
#include "plan/ahead.h"
#include "plan/climb.h"
#include "plan/plan.h"

/* report lack of memory instead of exiting: this is a library */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* Limit of the paths and items in a request; the results need the rest of the text area. */
#define PC_REQUEST_MAX (PC_TEXT_BYTES / 2)

/* A directory with unfinished work. */
struct pc_dir {
	struct pc_dir *up; /* NULL: an operand */
	uint32_t root;
	uint32_t pending; /* tasks, jobs and directories below that must end first */
	uint32_t refs;    /* nodes and links that need its path, itself included */
	uint32_t node;    /* 1 + that of the sample (sample.h); 0: not known */
	uint32_t depth;   /* number of directories above it; 0: an operand */
	bool failed;      /* reported as failed: do not count it as copied */
	bool above;       /* leads to entries that the caller listed */
	/* deletion: something below remains; several jobs listed it; entries were removed from
	 * it; it must be listed again; how often that happened */
	bool stays, torn, thinned, repeat;
	unsigned repeats;
	struct pc_meta meta;
	struct pc_dir *next;          /* in the list of directories to finish */
	struct pc_dir *older, *newer; /* in the list of all nodes */
	char name[];                  /* "" for an operand */
};

/* A file copied in chunks. */
struct pc_large {
	struct pc_large *next;
	struct pc_dir *dir; /* NULL: an operand */
	uint32_t root;
	struct pc_meta meta;
	struct pc_link *first;       /* the file is the first name of its inode; or NULL */
	uint64_t temp_dev, temp_ino; /* of the temporary file, once created */
	uint64_t offset;             /* of the next chunk */
	uint64_t differs;            /* verification: first differing offset, or PC_OFFSET_NONE */
	unsigned inflight;
	unsigned most; /* limit of `inflight` */
	bool failed;
	bool anew;         /* failed because it must be written in order: copy it in one piece */
	bool holes;        /* a range is one chunk of data, not of length */
	bool finding_ends; /* waits for a worker to find range ends: send no chunk */
	uint64_t *end;     /* ends of ranges, or NULL */
	unsigned ends, next_end;
	double weight; /* of the part not sent yet, */
	uint64_t data; /* and the data in that part */
	char name[];
};

/* One name of an inode with several. */
struct pc_link {
	struct pc_link *next;
	struct pc_dir *dir; /* NULL: an operand */
	uint32_t root;
	struct pc_group *group; /* that it leads, waits for or is being linked to */
	unsigned tried, guess;  /* groups tried: all up to number `tried`, and number `guess` */
	double weight;
	int refused; /* errno for which the link was refused: try another group */
	char name[];
};

/* Names of an inode that are the same file in the target: one copy, and links to it. */
struct pc_group {
	struct pc_group *next, **at; /* in a list of the inode's groups */
	struct pc_linked *linked;
	struct pc_link *first;   /* is copied, or has been if `there` */
	struct pc_link *waiting; /* for the first to be copied */
	unsigned number;
	unsigned users; /* names that wait for it, are ready, or are in a job */
	bool there;
	bool closed; /* accepts no more names */
};

/* An inode with several names, from the first one found. */
struct pc_linked {
	struct {
		uint64_t dev, ino;
	} key;
	UT_hash_handle hh;
	struct pc_group *groups, *closed;
	unsigned groups_begun;
	uint64_t bytes;
	enum pc_type type;
};

enum pc_task_kind {
	PC_TASK_OPERANDS, /* roots first .. end - 1 */
	PC_TASK_NAMES,    /* entries of `dir` */
	PC_TASK_LIST,     /* the rest of the listing of `dir` */
	PC_TASK_FIRSTS,   /* files of one directory, each the first name of its inode */
	PC_TASK_SHARE,    /* share `end` of root `first`, from entry `cursor` on */
	PC_TASK_PATHS,    /* entries given by path */
};

/* Work that is divided into jobs. */
struct pc_task {
	struct pc_task *next;
	enum pc_task_kind kind;
	struct pc_dir *dir;
	double weight;          /* its part of the whole, for the progress line */
	uint16_t flags;         /* of its jobs, besides those of their kind */
	uint32_t first, end;    /* OPERANDS */
	uint64_t cursor;        /* LIST */
	struct pc_link *firsts; /* FIRSTS */
	uint32_t entries;       /* NAMES, PATHS: number left */
	struct pc_rest rest;    /* LIST */
	size_t pos, len;
	char names[];
};

/* State of the caller's list, see listed.c. */
struct pc_listing {
	enum {
		PC_LISTING_NONE,     /* no list, or all of it is done */
		PC_LISTING_READS,    /* names become jobs */
		PC_LISTING_DRAINS,   /* window full, or end of list: other work first */
		PC_LISTING_FINISHES, /* directories that lead to entries */
	} state;
	bool at_end;               /* of the list */
	bool starves;              /* no name available now: ask again soon */
	struct pc_path_set window; /* path set: the names, and the directories above them */
	unsigned count;            /* of names in the window */
	struct pc_buffer name;     /* last one read, after its letter */
	bool held;                 /* `name` waits for the next window */
	struct pc_above *above;    /* directories that lead to entries */
	double weight;             /* not given to a job yet */
};

/* What the coordinator knows of a job in flight. */
struct pc_flight {
	bool used;            /* an answer is expected */
	struct pc_job sent;   /* the request */
	bool files;           /* ENTRIES: the names are files */
	uint32_t directories; /* ENTRIES: number of directories, without those handed back */
	struct pc_rest rest;  /* LIST: as of its task */
	uint32_t entries;     /* ENTRIES: number in the request */
	struct pc_dir *dir;
	double weight;
	struct pc_large *large; /* CHUNK, FINISH */
	struct pc_link *links;  /* LINK, and ENTRIES of first names: in the order of the job */
	struct pc_dir *dirs;    /* DIRMETA */
};

/* An answer while its items are processed. */
struct pc_answer {
	struct pc_ledger *l;
	struct pc_flight *flight;
	const struct pc_job *job; /* copy of the header, with the request as it was sent */
	const char *text;
	struct pc_dir *dir; /* the current directory */
	bool left;          /* the job's own directory was left */
	unsigned lost;      /* nesting of directories without a node, for want of memory */
	double unit;        /* weight of one unit of work */
	int error;          /* of a failed job; -EOWNERDEAD: its workers died */
};

struct pc_ledger {
	const struct pc_plan_config *config;
	struct pc_plan_result *result;

	struct pc_task *task; /* stack */
	struct pc_large *large, *large_last;
	struct pc_link *links; /* names to link: their first is copied */
	struct pc_dir *ready;  /* directories to finish: nothing in them is pending */
	struct pc_linked *linked;
	struct pc_link_pair *link_pairs_by_src, *link_pairs_by_dst;
	struct pc_leftover *leftovers;
	struct pc_listing listing;
	struct pc_dir *dirs; /* all nodes, the newest first */
	unsigned links_count, ready_count;

	struct pc_flight *flight; /* [depth] */
	unsigned *free_slot;      /* stack */
	unsigned free_count;
	unsigned inflight;
	unsigned width;          /* number of workers that get jobs */
	unsigned reported_width; /* last one reported */
	bool climbs;             /* the width may change */
	struct pc_climb climb;
	struct pc_climb_sample sample; /* since `sampled_ns`, when so many units were done */
	uint64_t sampled_ns;
	double units;
	/* that a file or link took of late, and a directory with all below it that its
	 * job did; 0: not known */
	uint64_t file_ns, directory_ns;
	uint32_t worker; /* whose result is being processed */
	uint64_t errors; /* reported so far */
	double fraction; /* done, of the weight of all */
	struct pc_ahead ahead;
	/* files in chunks: their lengths, what finished jobs have moved of them, and the bytes of
	 * finished ones, which the counts include */
	uint64_t large_bytes, large_moved, large_done;
	bool unsure;                           /* much more may be found than is expected */
	double shown;                          /* to the caller */
	struct pcopy_worker_progress *at_work; /* [workers], and their paths; made when shown */
	struct pc_buffer *at_path;
	uint64_t start_ns, shown_ns; /* of this time through; of the last progress */
	char *scratch;               /* [PC_REQUEST_MAX], for paths */
	bool coordinator_works; /* the coordinator runs jobs itself; no thread was started yet */
	const struct pc_pool_ops *late; /* pool operations once threads are started */
	bool parents_begun;             /* all other work is done */
	bool goes_on_elsewhere;         /* one file system is full, but the target has others */
	bool stopped;                   /* no new job is sent */
	struct pc_grace grace;
	bool reported_flushing;
	bool abandoned;              /* hung workers were abandoned */
	bool no_memory;              /* lack of memory has lost work: the run failed */
	int record_error;            /* first error of take_record() */
	struct pc_warning *warnings; /* reported at the end */
};

/* ---- width.c ---- */
void pc_width_init(struct pc_ledger *l);
unsigned pc_width_jobs(const struct pc_ledger *l); /* limit of jobs in flight */
uint64_t pc_width_budget_ns(const struct pc_ledger *l);
void pc_width_note(struct pc_ledger *l, const struct pc_job *job); /* of a finished job */
void pc_width_note_filled(struct pc_ledger *l); /* no more jobs can be sent now */
/* Changes the width if a sample is due and calls for it. */
void pc_width_look(struct pc_ledger *l);

/* ---- dirs.c ---- */
struct pc_dir *pc_dir_new(struct pc_ledger *l, struct pc_dir *up, uint32_t root,
                          const struct pc_meta *meta, const char *name);
void pc_dir_hold(struct pc_dir *dir);                         /* one more thing to wait for */
void pc_dir_release(struct pc_ledger *l, struct pc_dir *dir); /* one thing done */
void pc_dir_unref(struct pc_ledger *l, struct pc_dir *dir);
void pc_dirs_done(struct pc_ledger *l); /* call it last: frees all remaining nodes */

/* Writes the path of a directory below its root, with NUL.  Returns its length without NUL, or
 * -ENAMETOOLONG if it does not fit. */
ssize_t pc_dir_path(const struct pc_dir *dir, char *buf, size_t cap);

/* ---- tasks.c ---- */
struct pc_task *pc_task_push(struct pc_ledger *l, enum pc_task_kind kind, struct pc_dir *dir,
                             const char *names, size_t len);
/* Pushes the first name of a group.  `again`: a worker that died may already have copied it. */
void pc_task_push_first(struct pc_ledger *l, struct pc_link *first, bool again);
void pc_task_pop(struct pc_ledger *l);
void pc_tasks_done(struct pc_ledger *l);

/* ---- jobs.c ---- */

/* Begins a job in a free slot, which must exist; sends it to the workers. */
struct pc_job *pc_job_begin(struct pc_ledger *l, enum pc_job_kind kind, struct pc_dir *dir,
                            uint32_t root, unsigned *ret_slot);
void pc_job_send(struct pc_ledger *l, unsigned slot);

/* Append to the job's text: the path that it starts with (negative errno if too long, reported),
 * bytes, a string, an item whose text is the ledger's scratch (NULL if it does not fit). */
int pc_job_put_path(struct pc_ledger *l, struct pc_job *job, unsigned slot, struct pc_dir *dir);
void pc_job_put(struct pc_ledger *l, struct pc_job *job, unsigned slot, const char *data,
                size_t len);
void pc_job_put_string(struct pc_ledger *l, struct pc_job *job, unsigned slot, const char *s);
struct pc_item *pc_job_put_item(struct pc_ledger *l, struct pc_job *job, unsigned slot,
                                enum pc_item_type type, size_t len);

/* Fails a directory whose path is too long for any job, and reports it once. */
void pc_job_path_failed(struct pc_ledger *l, struct pc_dir *dir);

/* ---- links.c ---- */
void pc_links_add(struct pc_ledger *l, struct pc_dir *dir, const struct pc_item *item,
                  double weight);
/* The first name of a group was copied, or failed; all names of a list of first names failed. */
void pc_links_first_done(struct pc_ledger *l, struct pc_link *first, bool copied);
void pc_links_firsts_failed(struct pc_ledger *l, struct pc_link *firsts);
/* Another name was linked or failed; or it could not be linked because of `error`. */
void pc_link_done(struct pc_ledger *l, struct pc_link *link);
void pc_links_refused(struct pc_ledger *l, struct pc_link *link, int error);
/* The last `count` names of a job of first names were handed back: they become tasks again. */
void pc_links_return(struct pc_ledger *l, struct pc_link **links, uint32_t count);
/* The next name to link, or NULL; removes that name from the list. */
struct pc_link *pc_links_ready(struct pc_ledger *l);
struct pc_link *pc_links_pop(struct pc_ledger *l);
void pc_links_drop(struct pc_ledger *l);
/* Records the copied inodes for a later pass. */
void pc_links_leave(struct pc_ledger *l);
void pc_links_done(struct pc_ledger *l);

/* ---- large.c: ranges of large files ---- */

/* A new large file; the caller sets `dir`. */
struct pc_large *pc_large_new(const struct pc_item *item, double weight);
void pc_large_free(struct pc_large *large);

/* Puts the next range into a job.  Returns its weight. */
double pc_large_next(struct pc_large *large, uint64_t chunk, struct pc_job *job);

/* Estimated data in a range. */
uint64_t pc_large_data(const struct pc_job *job, uint64_t chunk);

/* Stores the ends of the following ranges.  Returns 0 or -ENOMEM. */
int pc_large_set_ends(struct pc_large *large, const struct pc_item *item);

/* ---- chunks.c: large files to jobs ---- */
void pc_chunks_add(struct pc_answer *d, const struct pc_item *item, double weight);
/* Sends the next job of a large file with fewer than `most` in flight.  False: there is none. */
bool pc_chunks_fill(struct pc_ledger *l, unsigned most);
void pc_chunk_done(struct pc_answer *d);
void pc_chunks_finish_done(struct pc_answer *d);
void pc_chunks_drop(struct pc_ledger *l);
void pc_chunks_done(struct pc_ledger *l);

/* ---- cut.c, runs.c: tasks to jobs ---- */

/* Number of finished directories, and of links, that fill a job. */
#define PC_DIRMETA_RUN 64U
#define PC_LINK_RUN 64U

void pc_task_cut(struct pc_ledger *l);
void pc_links_fill(struct pc_ledger *l);
void pc_dirs_fill(struct pc_ledger *l);

/* Finishes the directories of an answered DIRMETA job. */
void pc_dirs_finished(struct pc_ledger *l, struct pc_dir *dirs);

/* ---- link_pairs.c ---- */
void pc_link_pairs_match(struct pc_ledger *l, struct pc_dir *dir, const struct pc_item *item);
void pc_link_pairs_done(struct pc_ledger *l);

/* ---- fill.c ---- */

/* Sends jobs while there are free slots. */
void pc_tasks_fill(struct pc_ledger *l);
bool pc_tasks_pending(const struct pc_ledger *l);

/* Drops all work that has not started (after a cancel). */
void pc_tasks_drop(struct pc_ledger *l);

/* ---- listed.c: names from the caller's list ---- */

/* Starts reading the list, possibly a second time. */
void pc_listed_begin(struct pc_ledger *l);
bool pc_listed_pending(const struct pc_ledger *l);

/* Sends the next names, or proceeds to the next window.  False: it waits for jobs in flight. */
bool pc_listed_fill(struct pc_ledger *l);

/* Sends a task of handed-back names, or part of it, as a job. */
void pc_listed_cut(struct pc_ledger *l, struct pc_task *task);

/* The node of a directory that leads to a listed entry.  NULL: no memory. */
struct pc_dir *pc_listed_enter(struct pc_ledger *l, struct pc_dir *up, const struct pc_item *item);

/* Drops the names that have not started; frees everything. */
void pc_listed_drop(struct pc_ledger *l);
void pc_listed_done(struct pc_ledger *l);

/* ---- leftover.c ---- */

/* Records a temporary file that FINISH could not remove; removes them all after the workers have
 * ended. */
void pc_leftover_note(struct pc_ledger *l, const struct pc_job *job, const char *text);
void pc_leftover_remove(struct pc_ledger *l);

/* ---- validation.c: validates answers ---- */
bool pc_request_is_valid(const struct pc_ledger *l, const struct pc_job *sent, const char *text);
bool pc_answer_is_valid(const struct pc_ledger *l, const struct pc_job *sent,
                        const struct pc_job *answer);
bool pc_item_is_valid(const struct pc_answer *d, const struct pc_item *item);

/* ---- results.c ---- */
void pc_result_take(struct pc_ledger *l, unsigned slot);

/* ---- policy.c ---- */
/* Handles an entry that failed, as the item (an error event) says.  May stop the run. */
void pc_policy_error(struct pc_ledger *l, const struct pc_item *item);

/* True if no new job may start; records why. */
bool pc_policy_stopped(struct pc_ledger *l);

/* ---- pruned.c: results of deletion, and what a copy records for it ---- */

/* Updates the directories of the job from its answer, apart from its items. */
void pc_pruned_note(struct pc_answer *d);
/* Directory number arg of a DIRMETA job remains, or must be listed again. */
void pc_pruned_mark(struct pc_answer *d, const struct pc_item *item);
/* Pushes a directory that must be listed again.  True: it is not finished yet. */
bool pc_pruned_repeat(struct pc_ledger *l, struct pc_dir *dir);
/* Puts the state of a directory into the item for its DIRMETA job. */
void pc_pruned_fill(const struct pc_dir *dir, struct pc_item *item);
/* Records an obstacle: something of another kind that has the entry's name. */
void pc_pruned_note_obstacle(struct pc_ledger *l, const struct pc_item *item, const char *dir);
/* Records which source directories were listed. */
void pc_pruned_note_listed(struct pc_ledger *l, const struct pc_item *item);

/* ---- failed.c ---- */
/* Reports and counts the entries of a job that failed as a whole with `d->error`.  If the job was
 * abandoned because it killed its workers (-EOWNERDEAD), only the entry that did so; the others
 * become a task. */
void pc_failed_job(struct pc_answer *d);

/* ---- progress.c ---- */
/* Calls the caller's on_progress, when it is due. */
void pc_progress_show(struct pc_ledger *l);
/* All is done: tells the caller so, who was told before how far it was. */
void pc_progress_end(struct pc_ledger *l);
void pc_progress_done(struct pc_ledger *l);

/* ---- moved.c ---- */
uint64_t pc_moved_by_job(const struct pc_ledger *l, unsigned slot); /* of a job in work */
uint64_t pc_moved_bytes(const struct pc_ledger *l); /* of all, also by jobs in work */

/* ---- trace.c ---- */
/* Passes an answered job and its phases to the caller's on_slice. */
void pc_trace_job(struct pc_ledger *l, const struct pc_job *job, const char *text);

/* ---- events.c ---- */
/* The operand as given, followed by the path below it.  `path` holds the result unless it is the
 * operand alone. */
const char *pc_event_path(struct pc_buffer *path, const char *operand, const char *dir,
                          const char *rest);

/* Sends an event about the entry `name` of a directory, or with "" about the directory itself.
 * Does not read the item's text: some items are built here and have none. */
void pc_event_send(struct pc_ledger *l, const struct pc_item *item, const char *dir_path,
                   const char *name);

/* Records an entry that will be copied again. */
void pc_event_note_different(struct pc_ledger *l, uint32_t root, const char *path,
                             enum pc_mark mark);

/* Sends the warnings that were kept for the end of the run. */
void pc_events_end(struct pc_ledger *l);

/* Asks the caller whether to overwrite, or to remove, an existing target. */
bool pc_event_ask(struct pc_ledger *l, const struct pc_item *item, const char *dir_path,
                  const char *name);
void pc_event_worker(struct pc_ledger *l, enum pcopy_event_type type, int errnum);
void pc_event_jobs(struct pc_ledger *l, enum pcopy_event_type type, uint64_t jobs);

/* ---- written.c ---- */

/* Records the file system of an item of type PC_ITEM_TARGET.  Returns 0 or -ENOMEM. */
int pc_written_note(struct pc_ledger *l, const struct pc_item *item);

#endif
