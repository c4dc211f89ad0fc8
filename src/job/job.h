/* SPDX-License-Identifier: MIT */
/* job.h - the one record that goes out as a request and comes back as a result.
 *
 * A job is a fixed header and a text area.  It holds no pointers, so it means
 * the same in a thread and in another process.  The request fills the text from
 * its start; the worker appends its items behind it and leaves the request as
 * it is, so that the job can be done again when its worker dies. */
#ifndef PC_JOB_JOB_H
#define PC_JOB_JOB_H

#include "pcopy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* Every job may run twice: "already there, and mine" is a success. */
enum pc_job_kind {
	/* Copies a run of names of one directory, going down into small
	 * directories while the budget lasts.  Text: the directory's path, then
	 * entries (a pc_type letter and the name).  With PC_JOB_TOP the entries
	 * are the operands root .. root + root_count - 1 and there is no text. */
	PC_JOB_ENTRIES,
	/* Lists a directory that was made already from `offset` (a cursor of an
	 * earlier listing) on.  Text: its path. */
	PC_JOB_LIST,
	/* Copies the data in `length` bytes at `offset` of a large file into its temporary
	 * name.  Text: path of the directory, source name, name, temporary name. */
	PC_JOB_CHUNK,
	/* Gives a file copied in chunks its length, metadata and final name, or
	 * with PC_JOB_DROP removes the temporary one.  Text: as for CHUNK. */
	PC_JOB_FINISH,
	/* Makes hard links.  Text: items of type PC_ITEM_LINK. */
	PC_JOB_LINK,
	/* Sets owner, mode and times of directories whose children are done.
	 * Text: items of type PC_ITEM_DIR. */
	PC_JOB_DIRMETA,
	/* Compares share number `offset` of `length` of an operand, of which the first
	 * meta.size entries were compared before.  No text. */
	PC_JOB_SHARE,
	/* Copies entries by their paths below an operand.  Text: each path behind a letter, see
	 * pc_path_flags. */
	PC_JOB_PATHS,
	PC_JOB_KINDS
};

/* What is known of a path: the letter before it is PC_PATH_PLAIN and these. */
#define PC_PATH_PLAIN 'a'
enum pc_path_flags {
	PC_PATH_DIRECTORY = 1 << 0, /* it ends in a slash, and is to be a directory */
	PC_PATH_LOOKED = 1 << 1,    /* it is copied by another job, and only to be there */
};

enum pc_job_flags {
	PC_JOB_TOP = 1 << 0,
	PC_JOB_DROP = 1 << 1,
	PC_JOB_FIRST = 1 << 2, /* ENTRIES: copy linked files, they are the first of their inode */
	PC_JOB_APPROVED = 1 << 3, /* ENTRIES: the caller was asked: overwrite what is there */
	/* ENTRIES, LIST: left over by a job that lost a worker, which may have done some of
	 * it already.  Left over of this one, too. */
	PC_JOB_AGAIN = 1 << 4,
	PC_JOB_CUT = 1 << 5,  /* CHUNK: says where the ranges behind it end */
	PC_JOB_ANEW = 1 << 6, /* FINISH: a range could not be written: copies it in one piece */
};

/* What a listing says about an entry; a hint, looked at again after the open. */
enum pc_type { PC_TYPE_DIR = 'd', PC_TYPE_FILE = 'f', PC_TYPE_LINK = 'l', PC_TYPE_OTHER = 'o' };

/* What is set of a directory when its last child is done. */
#define PC_KEEP_OF_DIRECTORIES                                                                     \
	(PCOPY_KEEP_MODE | PCOPY_KEEP_OWNER | PCOPY_KEEP_TIMES | PCOPY_KEEP_XATTR |                \
	 PCOPY_KEEP_CONTEXT | PCOPY_KEEP_FLAGS)

/* How a directory came to be. */
enum pc_made {
	PC_MADE_NOT, /* it existed */
	PC_MADE,
	PC_MADE_LOOSE,      /* with bits for its owner that it is to lose in the end */
	PC_MADE_INHERITING, /* with a list that the directory above hands down */
	/* pruning: the target alone has it, and the other fields are the target's */
	PC_MADE_ALONE,
	/* it existed, and has bits for its owner that its mode, kept here, has not */
	PC_MADE_OPENED,
	PC_MADE_DROPPED, /* pruning: as ALONE, though the source may have it: it is left out */
};

/* What is kept of an entry, and what it is known by. */
struct pc_meta {
	uint64_t dev, ino;
	uint64_t size;
	uint32_t mode;
	uint32_t uid, gid;
	uint32_t made;    /* the target did not exist before this run; see pc_made */
	uint32_t differs; /* of a directory that did: what is kept of it is another */
	/* Of a directory that leads to what is copied now: an earlier pass of the run has counted
	 * it, and what is left out of it. */
	uint32_t counted;
	struct timespec atime, mtime;
};

enum pc_item_type {
	PC_ITEM_NAMES, /* entries left to do in the current directory */
	PC_ITEM_ENTER, /* text: a directory below the current one, left with work; becomes current */
	PC_ITEM_LEAVE, /* back to the one before */
	PC_ITEM_MORE,  /* the current directory's listing goes on at cursor arg */
	PC_ITEM_TOPS,  /* operands left to do: from root on */
	/* text: a file of the current directory, to be copied in chunks; arg: what of its
	 * length is data */
	PC_ITEM_LARGE,
	PC_ITEM_LINKED, /* text: a file of the current directory with further names */
	PC_ITEM_ASK,    /* text: an entry whose target exists; arg: its mode and PC_ASK_WRITABLE */
	PC_ITEM_DIR,    /* text: path of a directory that gets this metadata */
	PC_ITEM_LINK,   /* text: path and name to link, path (below root arg) and name that exist */
	/* Text: path below the job's directory; and COPIED: its backup, where there is
	 * one, behind the NUL.  arg, of a file: pc_way_pack().  FOLDED: the entry of the same
	 * directory that has its name; or arg: 1 + that operand's root, and the path below it.
	 * DIFFERENT: see below. */
	PC_ITEM_EVENT,
	/* text: an entry of the current directory that has several names, compared.
	 * meta: of the source, but for size: device of the target; arg: its inode. */
	PC_ITEM_TWIN,
	/* What a target is: meta; arg: its device number; entries: its names.  Text: path
	 * below the root, symbolic link's text, then PC_DIGEST_BYTES or nothing. */
	PC_ITEM_RECORD,
	/* Text: path below the root (PC_ITEM_TOP: the directory that holds the operand's copy)
	 * of what lies on a file system that is written to; meta.dev: which one. */
	PC_ITEM_TARGET,
	PC_ITEM_SLICES, /* struct pc_slice: what the worker did when, for the trace */
	/* CHUNK: where the ranges behind it end, uint64_t each, up to PC_CUTS_MAX of them */
	PC_ITEM_CUTS,
	/* text: pc_listed_hash() of source directories that were listed to their end, uint64_t
	 * each */
	PC_ITEM_LISTED,
	PC_ITEM_KEPT,   /* DIRMETA, pruning: directory number arg of the job stays */
	PC_ITEM_REPEAT, /* DIRMETA, pruning: directory number arg is to be listed once more */
	PC_ITEM_PATHS,  /* PATHS: those left to do, as in its request */
};

enum pc_item_flags {
	PC_ITEM_TOP = 1 << 0,       /* the entry is an operand itself */
	PC_ITEM_FIRST_TOP = 1 << 1, /* LINK: so is the name that exists */
	PC_ITEM_FAILED = 1 << 2,    /* LEAVE, DIR: it was counted as failed */
	PC_ITEM_CHANGED = 1 << 3,   /* DIFFERENT: its source was changed in the run */
	PC_ITEM_HOLES = 1 << 4,     /* LARGE: holes are passed over */
	/* ENTER, DIR: it leads to an entry that was reached by its path */
	PC_ITEM_ABOVE = 1 << 4,
	/* EVENT, an error: what has the name is of another kind, and may be removed */
	PC_ITEM_IN_THE_WAY = 1 << 5,
	PC_ITEM_STAYS = 1 << 6, /* LEAVE, DIR, pruning: something below it stays */
	PC_ITEM_TORN = 1 << 7,  /* DIR, pruning: names went between two parts of its listing */
};

#define PC_ASK_WRITABLE (1U << 16)

/* A DIFFERENT event: step is the enum pcopy_field, arg the offset, and behind the
 * path's NUL are the values of source and target, each with its NUL. */
#define PC_DIGEST_BYTES 32U /* SHA-256 */

#define PC_CUTS_MAX 256U

/* What machines that write to one file may have in memory at once, each its own: ranges of large
 * files that go to several of them begin at a multiple of it. */
#define PC_SHARED_PAGE_BYTES (UINT64_C(64) << 10)

/* No offset: nothing differs. */
#define PC_OFFSET_NONE UINT64_MAX

/* One thing that did not go the common way.  Items follow each other in the
 * text, each 8-byte aligned. */
struct pc_item {
	uint32_t size; /* of the item, padding included */
	uint32_t text_len;
	uint32_t root;
	uint16_t type;
	uint8_t flags;
	uint8_t event; /* EVENT: enum pcopy_event_type, kind and step as in pcopy.h */
	uint16_t kind;
	uint16_t step;
	int32_t error;
	uint32_t entries; /* NAMES, PATHS: how many */
	uint64_t arg;
	struct pc_meta meta;
	char text[]; /* NUL-terminated; NAMES: entries one after the other */
};

/* Whether a directory of the target goes with all in it. */
static inline bool pc_is_alone(const struct pc_meta *meta)
{
	return meta->made == PC_MADE_ALONE || meta->made == PC_MADE_DROPPED;
}

/* Sums of one job, and of a run. */
struct pc_counts {
	struct pcopy_count entries[PCOPY_KINDS];
	uint64_t warnings;
	uint64_t bytes;
	uint64_t method_bytes[PCOPY_METHODS];
	uint64_t method_files[PCOPY_METHODS];
	/* comparing: of what was found, and of target pages in memory */
	uint64_t differences;
	uint64_t warm_bytes, cold_bytes;
	uint64_t excluded[PCOPY_KINDS];     /* left out by name */
	uint64_t unchanged, attributes_set; /* as in struct pcopy_report */
	/* pruning: entries of the target that were met, those of them that went (or would have
	 * gone), directories among these, and those that stay and are no failure */
	uint64_t found, removed, removed_directories, stayed;
};

struct pc_job {
	/* the request: written by the coordinator */
	uint16_t kind;
	uint16_t flags;
	/* For workers lost on it.  Not 0: it may be done already in part, and is done
	 * one entry at a time, so that what kills its workers is known. */
	uint32_t blame;
	uint32_t root;
	uint32_t root_count;
	uint64_t offset;
	uint64_t length;
	uint64_t budget_ns; /* ENTRIES, LIST: after this long the rest is handed back */
	/* CHUNK, FINISH: of the source, as first seen.  ENTRIES, LIST: of the directory, as it
	 * was entered. */
	struct pc_meta meta;
	/* CHUNK, FINISH: what the temporary name is of; 0, 0: not made yet, and a result
	 * of the first chunk, which makes it. */
	uint64_t temp_dev, temp_ino;
	uint32_t request_len;

	/* the result: written by the leasing worker */
	uint32_t text_len; /* request and items */
	int32_t error;     /* the job as a whole; 0 where items tell */
	uint32_t worker;
	uint32_t whole;    /* CHUNK: a clone, the file is complete with it */
	uint32_t in_order; /* CHUNK: it cannot be written anywhere but at the end of the file */
	uint32_t locked;   /* CHUNK: writers of one file wait for each other */
	uint32_t left;     /* FINISH: the temporary file is there, and should not be */
	uint64_t differs;  /* CHUNK, compared: the first offset that does, or PC_OFFSET_NONE */
	uint64_t start_ns; /* by the monotonic clock, which is one for all processes */
	uint64_t busy_ns;
	uint64_t cpu_ns;       /* of busy_ns; the rest the worker slept */
	uint64_t throttled_ns; /* of that, as the run's limit of bytes a second wanted it */
	uint64_t ready_ns;     /* ... and what it was awake and had no CPU, where that was asked */
	uint64_t blocks_read;  /* from block devices; see pc_thread_blocks_read() */
	struct pc_counts counts;
};

/* How long the worker of a finished job slept in it, on a disk or a lock: not on purpose. */
uint64_t pc_job_slept_ns(const struct pc_job *job);

/* The text behind the NUL of this one: requests are some of them, one after the other. */
static inline const char *pc_text_next(const char *text)
{
	return text + strlen(text) + 1;
}

/* Whether a worker that was lost may have done some of a job. */
static inline bool pc_job_is_again(const struct pc_job *job)
{
	return job->blame > 0 || (job->flags & PC_JOB_AGAIN);
}

/* Entries done: copied, skipped, failed. */
uint64_t pc_counts_entries(const struct pc_counts *counts);

void pc_counts_add(struct pc_counts *sum, const struct pc_counts *more);

/* Appends an item behind what the text holds.  Returns it for the caller to
 * fill in, or NULL when it does not fit into `cap` bytes. */
struct pc_item *pc_item_add(char *text, uint32_t *text_len, size_t cap, enum pc_item_type type,
                            const char *data, size_t len);

/* Walks the items of a text: `*pos` starts at the first and moves on.  NULL at
 * the end, or, with `*pos` before it, at what is no item: a worker that went
 * astray may have written anything.  What an item says is checked in src/plan/sound.c. */
const struct pc_item *pc_item_next(const char *text, uint32_t text_len, uint32_t *pos);

/* Where the first item behind `len` bytes of text starts. */
uint32_t pc_item_start(uint32_t len);

/* The way of a file's bytes as one number. */
uint64_t pc_way_pack(const struct pcopy_way *way);
struct pcopy_way pc_way_unpack(uint64_t number);

/* What a listing would have said. */
enum pc_type pc_type_of_mode(uint32_t mode);
enum pcopy_kind pc_kind_of_type(enum pc_type type);

enum pcopy_kind pc_kind_of_mode(uint32_t mode);

struct pc_meta pc_meta_of(const struct stat *st);

/* Whether an error says that the target holds no more, so that the run is to stop. */
bool pc_is_full(enum pcopy_step step, int error);

/* Whether an operand that is a symbolic link is followed. */
bool pc_follows_operands(const struct pcopy_options *options);

/* Whether a source of this kind is read as a file is, though it is none. */
bool pc_is_stream(const struct pcopy_options *options, mode_t mode, bool operand);

/* Whether what was copied is read back. */
bool pc_reads_back(const struct pcopy_options *options);

/* Whether an existing regular file is written to, and not replaced by another. */
bool pc_writes_in_place(const struct pcopy_options *options);

#endif
