/* SPDX-License-Identifier: MIT */
/* ledger.h - the inside of the plan room: what is known of work not yet done.
 *
 * Directories that a worker could not finish in its job have a node here; all
 * others never reach the coordinator.  Tasks are taken last in, first out, so
 * that memory follows the frontier and not the tree. */
#ifndef PC_PLAN_LEDGER_H
#define PC_PLAN_LEDGER_H

#include "base/buffer.h"
#include "job/patience.h"
#include "plan/climb.h"
#include "plan/plan.h"

/* a library neither ends the process nor loses entries unseen */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* Paths and items may take this much of a job's text; results need the rest. */
#define PC_REQUEST_MAX (PC_TEXT_BYTES / 2)

/* A directory with work left in it. */
struct pc_dir {
	struct pc_dir *up; /* NULL: it is an operand itself */
	uint32_t root;
	uint32_t pending; /* tasks, jobs and directories below that it waits for */
	uint32_t refs;    /* nodes and links that need its path, itself included */
	bool failed;      /* told as failed: not counted as copied */
	bool above;       /* it leads to entries that the caller listed */
	/* pruning: something below it stays; its listing took several jobs; names went from it;
	 * it is listed once more, which it was so many times */
	bool stays, torn, thinned, repeat;
	unsigned repeats;
	struct pc_meta meta;
	struct pc_dir *next;          /* in the list of those to be finished */
	struct pc_dir *older, *newer; /* of all that there are */
	char name[];                  /* "" for an operand */
};

/* A file copied in chunks. */
struct pc_large {
	struct pc_large *next;
	struct pc_dir *dir; /* NULL: it is an operand */
	uint32_t root;
	struct pc_meta meta;
	struct pc_link *first;       /* it is the first name of its inode, or NULL */
	uint64_t temp_dev, temp_ino; /* of the temporary file, once it was made */
	uint64_t offset;             /* of the next chunk */
	uint64_t differs;            /* compared: the first offset that does, or PC_OFFSET_NONE */
	unsigned inflight;
	unsigned most; /* chunks that may be in flight */
	bool failed;
	bool anew;     /* ... as it is to be written in order: it is copied in one piece */
	bool holes;    /* a chunk is as long as it takes to hold so much data */
	bool cutting;  /* a worker is to say where the next ones end: none is sent before */
	uint64_t *cut; /* where they end, or NULL */
	unsigned cuts, next_cut;
	double weight; /* of what was not sent yet, */
	uint64_t data; /* which has so much data */
	char name[];
};

/* One name of an inode that has several. */
struct pc_link {
	struct pc_link *next;
	struct pc_dir *dir; /* NULL: an operand */
	uint32_t root;
	struct pc_group *group; /* of which it is the first, or on its way to it */
	unsigned tried, guess;  /* numbers of groups: all up to that one; that one, too */
	double weight;
	int refused; /* why it could not be made; it belongs to another group then */
	char name[];
};

/* Names of an inode that are one file in the target: a copy, and links to it. */
struct pc_group {
	struct pc_group *next, **at; /* in a list of its inode's */
	struct pc_linked *linked;
	struct pc_link *first;   /* being copied, or copied: `there` */
	struct pc_link *waiting; /* until the first is there */
	unsigned number;
	unsigned users; /* names that wait for it, are ready, or in a job */
	bool there;
	bool closed; /* it takes no more names */
};

/* An inode with several names, known from its first on. */
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
	PC_TASK_PATHS,    /* entries by their paths */
};

/* Something that can be cut into jobs. */
struct pc_task {
	struct pc_task *next;
	enum pc_task_kind kind;
	struct pc_dir *dir;
	double weight;          /* its part of the whole, for the progress line */
	uint16_t flags;         /* of its jobs, beside those that they have anyway */
	uint32_t first, end;    /* OPERANDS */
	uint64_t cursor;        /* LIST */
	struct pc_link *firsts; /* FIRSTS */
	uint32_t entries;       /* NAMES, PATHS: left */
	size_t pos, len;
	char names[];
};

/* What is remembered of the caller's list, see listed.c. */
struct pc_listing {
	enum {
		PC_LISTING_NONE,   /* or it is at its end */
		PC_LISTING_READS,  /* names become jobs */
		PC_LISTING_DRAINS, /* the window is full, or the list at its end: all else first */
		PC_LISTING_FINISHES, /* directories that led to entries */
	} state;
	bool at_end;               /* no more names */
	bool starves;              /* none yet: it is asked again soon */
	struct pc_path_set window; /* names, and the directories above them */
	unsigned count;            /* of names in it */
	struct pc_buffer name;     /* the last one that was read, its letter before it */
	bool held;                 /* it waits for the next window */
	struct pc_above *above;    /* directories that lead to entries */
	double weight;             /* not given to a job yet */
};

/* What the coordinator remembers of a job in flight. */
struct pc_flight {
	bool used;            /* the slot has a job that is to be answered */
	struct pc_job sent;   /* the request, as it was sent */
	bool files;           /* ENTRIES: names of no directories */
	uint32_t directories; /* ENTRIES: names of these; those handed back taken off */
	struct pc_dir *dir;
	double weight;
	struct pc_large *large; /* CHUNK, FINISH */
	struct pc_link *links;  /* LINK, and ENTRIES of first names: in the job's order */
	struct pc_dir *dirs;    /* DIRMETA */
};

/* An answer that is being taken: a walk over its items. */
struct pc_digest {
	struct pc_ledger *l;
	struct pc_flight *flight;
	const struct pc_job *job; /* a copy, its request as it was sent */
	const char *text;
	struct pc_dir *dir; /* the current one */
	bool left;          /* that of the job itself */
	unsigned lost;      /* directories entered that there was no memory for */
	double unit;        /* the weight of one unit of work */
	int error;          /* of a job that failed; -EOWNERDEAD: its workers died */
};

struct pc_ledger {
	const struct pc_plan_config *config;
	struct pc_plan_result *result;

	struct pc_task *task; /* stack */
	struct pc_large *large, *large_last;
	struct pc_link *links; /* names whose first is there */
	struct pc_dir *ready;  /* directories whose children are done */
	struct pc_linked *linked;
	struct pc_twin *twins_by_src, *twins_by_dst;
	struct pc_leftover *leftovers;
	struct pc_listing listing;
	struct pc_dir *dirs; /* all, the newest first */
	unsigned links_count, ready_count;

	struct pc_flight *flight; /* [depth] */
	unsigned *free_slot;      /* stack */
	unsigned free_count;
	unsigned inflight;
	unsigned width;      /* workers that get jobs */
	unsigned told_width; /* the last one */
	bool climbs;         /* it may change */
	struct pc_climb climb;
	struct pc_climb_sample sample; /* since `sampled_ns`, when so many units were done */
	uint64_t sampled_ns;
	double units;
	/* that a file or link took of late, and a directory with all below it that its
	 * job did; 0: not known */
	uint64_t file_ns, directory_ns;
	uint32_t worker;                       /* whose result is being taken */
	uint64_t errors;                       /* told so far */
	double fraction;                       /* done, of the weight of all */
	double shown;                          /* to the caller */
	struct pcopy_worker_progress *at_work; /* [workers], and their paths; made when shown */
	struct pc_buffer *at_path;
	uint64_t start_ns, shown_ns;    /* of this time through; of the last progress */
	char *scratch;                  /* [PC_REQUEST_MAX], for paths */
	bool alone;                     /* the coordinator works, no thread was started yet */
	const struct pc_pool_ops *late; /* of those that are started then */
	bool parents_begun;             /* all else was done */
	bool goes_on_elsewhere;         /* a file system is full, and the target has others */
	bool stopped;                   /* nothing new is begun any more */
	struct pc_patience patience;
	bool told_flushing;
	bool gave_up;                /* the workers that did not come back after that */
	bool no_memory;              /* something was lost for want of memory: the run failed */
	int record_error;            /* what take_record() said first */
	struct pc_warning *warnings; /* to be told at the end */
};

/* ---- width.c ---- */
void pc_width_init(struct pc_ledger *l);
unsigned pc_width_jobs(const struct pc_ledger *l); /* that may be in flight */
uint64_t pc_width_budget_ns(const struct pc_ledger *l);
void pc_width_note(struct pc_ledger *l, const struct pc_job *job); /* that ended */
void pc_width_note_filled(struct pc_ledger *l); /* there is no more to be sent now */
/* Changes the width, where it is time to and worth it. */
void pc_width_look(struct pc_ledger *l);

/* ---- dirs.c ---- */
struct pc_dir *pc_dir_new(struct pc_ledger *l, struct pc_dir *up, uint32_t root,
                          const struct pc_meta *meta, const char *name);
void pc_dir_hold(struct pc_dir *dir);                         /* one thing more to wait for */
void pc_dir_release(struct pc_ledger *l, struct pc_dir *dir); /* and one thing done */
void pc_dir_unref(struct pc_ledger *l, struct pc_dir *dir);
void pc_dirs_done(struct pc_ledger *l); /* the last of all: frees those that are left */

/* Writes the path of a directory below its root, with its NUL.  The length
 * without it, or -ENAMETOOLONG where it does not fit. */
ssize_t pc_dir_path(const struct pc_dir *dir, char *buf, size_t cap);

/* ---- tasks.c ---- */
struct pc_task *pc_task_push(struct pc_ledger *l, enum pc_task_kind kind, struct pc_dir *dir,
                             const char *names, size_t len);
/* The first name of a group; `again`: a worker that was lost may have copied it. */
void pc_task_push_first(struct pc_ledger *l, struct pc_link *first, bool again);
void pc_task_pop(struct pc_ledger *l);
void pc_tasks_done(struct pc_ledger *l);

/* ---- jobs.c ---- */

/* A fresh job in a free slot, of which there must be one; and its way to the workers. */
struct pc_job *pc_job_begin(struct pc_ledger *l, enum pc_job_kind kind, struct pc_dir *dir,
                            uint32_t root, unsigned *ret_slot);
void pc_job_send(struct pc_ledger *l, unsigned slot);

/* Appends to its text: the path that it begins with (negative where that is too long: told),
 * bytes, a string, an item whose text is the ledger's scratch (NULL where it does not fit). */
int pc_job_put_path(struct pc_ledger *l, struct pc_job *job, unsigned slot, struct pc_dir *dir);
void pc_job_put(struct pc_ledger *l, struct pc_job *job, unsigned slot, const char *data,
                size_t len);
void pc_job_put_string(struct pc_ledger *l, struct pc_job *job, unsigned slot, const char *s);
struct pc_item *pc_job_put_item(struct pc_ledger *l, struct pc_job *job, unsigned slot,
                                enum pc_item_type type, size_t len);

/* A path too long for any job: its directory fails, told once. */
void pc_job_path_failed(struct pc_ledger *l, struct pc_dir *dir);

/* ---- links.c ---- */
void pc_links_add(struct pc_ledger *l, struct pc_dir *dir, const struct pc_item *item,
                  double weight);
/* The first name of a group was copied, or could not be: all of a list could not. */
void pc_links_first_done(struct pc_ledger *l, struct pc_link *first, bool copied);
void pc_links_firsts_failed(struct pc_ledger *l, struct pc_link *firsts);
/* A further name is linked, or has failed; or it could not be linked, for `error`. */
void pc_link_done(struct pc_ledger *l, struct pc_link *link);
void pc_links_refused(struct pc_ledger *l, struct pc_link *link, int error);
/* Names of a job of first names that were not done, the last `count` of its list,
 * are to be copied after all. */
void pc_links_return(struct pc_ledger *l, struct pc_link **links, uint32_t count);
/* The next name that can be linked, or NULL; and takes it off the list. */
struct pc_link *pc_links_ready(struct pc_ledger *l);
struct pc_link *pc_links_pop(struct pc_ledger *l);
void pc_links_drop(struct pc_ledger *l);
/* Leaves what was copied to a pass after this. */
void pc_links_leave(struct pc_ledger *l);
void pc_links_done(struct pc_ledger *l);

/* ---- large.c: where the ranges of large files end ---- */

/* A large file by its item; its directory stays to be filled in. */
struct pc_large *pc_large_new(const struct pc_item *item, double weight);
void pc_large_free(struct pc_large *large);

/* Puts the next range into a job.  Its weight. */
double pc_large_next(struct pc_large *large, uint64_t chunk, struct pc_job *job);

/* The data that a range is taken to have. */
uint64_t pc_large_data(const struct pc_job *job, uint64_t chunk);

/* Where the ranges end that follow those sent.  0 or -ENOMEM. */
int pc_large_cut(struct pc_large *large, const struct pc_item *item);

/* ---- chunks.c: large files into jobs ---- */
void pc_chunks_add(struct pc_digest *d, const struct pc_item *item, double weight);
/* Sends the next job of a large file, where it has less than `most` in flight.  False: none. */
bool pc_chunks_fill(struct pc_ledger *l, unsigned most);
void pc_chunk_done(struct pc_digest *d);
void pc_chunks_finish_done(struct pc_digest *d);
void pc_chunks_drop(struct pc_ledger *l);
void pc_chunks_done(struct pc_ledger *l);

/* ---- cut.c, runs.c: work into jobs ---- */

/* Finished directories, and links, that fill a job. */
#define PC_DIRMETA_RUN 64U
#define PC_LINK_RUN 64U

void pc_task_cut(struct pc_ledger *l);
void pc_links_fill(struct pc_ledger *l);
void pc_dirs_fill(struct pc_ledger *l);

/* Ends a list of directories after their DIRMETA job. */
void pc_dirs_finished(struct pc_ledger *l, struct pc_dir *dirs);

/* ---- twins.c ---- */
void pc_twins_match(struct pc_ledger *l, struct pc_dir *dir, const struct pc_item *item);
void pc_twins_done(struct pc_ledger *l);

/* ---- fill.c ---- */

/* Fills jobs into free slots, as many as there are. */
void pc_tasks_fill(struct pc_ledger *l);
bool pc_tasks_pending(const struct pc_ledger *l);

/* Forgets all that was not begun (after a cancel). */
void pc_tasks_drop(struct pc_ledger *l);

/* ---- listed.c: names that the caller lists ---- */

/* Begins with the list.  It may be the second time. */
void pc_listed_begin(struct pc_ledger *l);
bool pc_listed_pending(const struct pc_ledger *l);

/* Sends the next names, or gets on to the next window.  False: it waits for what is in flight. */
bool pc_listed_fill(struct pc_ledger *l);

/* What a task has left of such jobs, or a part of it, becomes a job. */
void pc_listed_cut(struct pc_ledger *l, struct pc_task *task);

/* A directory that leads to an entry: the node that it has.  NULL: no memory. */
struct pc_dir *pc_listed_enter(struct pc_ledger *l, struct pc_dir *up, const struct pc_item *item);

/* Forgets the names that were not begun; and all. */
void pc_listed_drop(struct pc_ledger *l);
void pc_listed_done(struct pc_ledger *l);

/* ---- leftover.c ---- */

/* A FINISH could not remove its temporary file; and: the workers have ended. */
void pc_leftover_note(struct pc_ledger *l, const struct pc_job *job, const char *text);
void pc_leftover_remove(struct pc_ledger *l);

/* ---- sound.c: whether an answer can be what a worker meant ---- */
bool pc_request_is_sound(const struct pc_ledger *l, const struct pc_job *sent, const char *text);
bool pc_answer_is_sound(const struct pc_ledger *l, const struct pc_job *sent,
                        const struct pc_job *answer);
bool pc_item_is_sound(const struct pc_digest *d, const struct pc_item *item);

/* ---- results.c ---- */
void pc_result_take(struct pc_ledger *l, unsigned slot);

/* ---- policy.c ---- */
/* An entry failed, as the item (an error's event) says.  May stop the run. */
void pc_policy_error(struct pc_ledger *l, const struct pc_item *item);

/* Whether nothing new is to be begun; notes why. */
bool pc_policy_stopped(struct pc_ledger *l);

/* ---- pruned.c: what comes of jobs that remove; and what a copy found in its way ---- */

/* What the answer says of the directories that its job was about, beside its items. */
void pc_pruned_note(struct pc_digest *d);
/* Directory number arg of a job that finishes some stays, or is listed once more. */
void pc_pruned_mark(struct pc_digest *d, const struct pc_item *item);
/* Puts a directory that is to be listed once more on the stack; it is not finished. */
bool pc_pruned_repeat(struct pc_ledger *l, struct pc_dir *dir);
/* What the job that finishes a directory is told of it. */
void pc_pruned_fill(const struct pc_dir *dir, struct pc_item *item);
/* Keeps what the item says until it is known whether room may be made for the entry. */
void pc_pruned_note_obstacle(struct pc_ledger *l, const struct pc_item *item, const char *dir);
/* Keeps which source directories were listed. */
void pc_pruned_note_listed(struct pc_ledger *l, const struct pc_item *item);

/* ---- failed.c ---- */
/* Tells and counts what a job that failed as a whole (`error`) was about; of one that was
 * given up, as it killed its workers (-EOWNERDEAD), the entry that did so.  The rest
 * of that is left to do. */
void pc_failed_job(struct pc_digest *d);

/* ---- progress.c ---- */
/* Calls the caller's on_progress, when it is due. */
void pc_progress_show(struct pc_ledger *l);
void pc_progress_done(struct pc_ledger *l);
uint64_t pc_progress_bytes(const struct pc_ledger *l); /* moved, also by jobs in work */

/* ---- trace.c ---- */
/* Sends a job that was answered, and its phases, to the caller's on_slice. */
void pc_trace_job(struct pc_ledger *l, const struct pc_job *job, const char *text);

/* ---- events.c ---- */
/* An operand as it was given, and the path below it; `path` holds it where it is not
 * the operand alone. */
const char *pc_event_path(struct pc_buffer *path, const char *operand, const char *dir,
                          const char *rest);

/* Tells of the entry `name` of a directory, or with "" of the directory itself.
 * The item's text is not looked at: some are made up and have none. */
void pc_event_send(struct pc_ledger *l, const struct pc_item *item, const char *dir_path,
                   const char *name);

/* Notes an entry that is to be copied again. */
void pc_event_note_different(struct pc_ledger *l, uint32_t root, const char *path,
                             enum pc_mark mark);

/* Tells the warnings that were kept for the end of the run. */
void pc_events_end(struct pc_ledger *l);

/* Asks the caller whether an existing target is to be overwritten, or to be removed. */
bool pc_event_ask(struct pc_ledger *l, const struct pc_item *item, const char *dir_path,
                  const char *name);
void pc_event_worker(struct pc_ledger *l, enum pcopy_event_type type, int errnum);
void pc_event_jobs(struct pc_ledger *l, enum pcopy_event_type type, uint64_t jobs);

/* ---- written.c ---- */

/* Notes the file system of an item of type PC_ITEM_TARGET.  0 or -ENOMEM. */
int pc_written_note(struct pc_ledger *l, const struct pc_item *item);

#endif
