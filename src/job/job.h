/* SPDX-License-Identifier: MIT */
/* job.h - the one record that carries a request to a worker and its result back.
 *
 * A job is a fixed header and a text area. It holds no pointers, so it means the same in a
 * thread and in another process. The request fills the text from its start. The worker appends
 * its items behind the request and leaves that unchanged, so that the job can be retried when
 * the worker dies. */
#ifndef PC_JOB_JOB_H
#define PC_JOB_JOB_H

#include "pcopy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* Every job may run twice, so "it exists already, and I made it" counts as success. */
enum pc_job_kind {
	/* Copies a list of entries of one directory, descending into small directories while the
	 * budget lasts. Text: the directory's path, then the entries (a pc_type letter and the
	 * name each). With PC_JOB_TOP the entries are the operands root .. root + root_count - 1
	 * and there is no text. */
	PC_JOB_ENTRIES,
	/* Continues the listing of a directory, which was made before, at `offset` (a cursor of
	 * the earlier listing). Text: its path. */
	PC_JOB_LIST,
	/* Copies the data within `length` bytes at `offset` of a large file into its temporary
	 * file. Text: path of the directory, source name, final name, temporary name. */
	PC_JOB_CHUNK,
	/* Gives a file copied in chunks its length, metadata and final name; with PC_JOB_DROP
	 * removes the temporary file instead. Text: as for CHUNK. */
	PC_JOB_FINISH,
	/* Makes hard links.  Text: items of type PC_ITEM_LINK. */
	PC_JOB_LINK,
	/* Sets owner, mode and times of directories whose children are done. Text: items of type
	 * PC_ITEM_DIR. */
	PC_JOB_DIRMETA,
	/* Compares share number `offset` of `length` shares of an operand. Its first meta.size
	 * entries were compared before. No text. */
	PC_JOB_SHARE,
	/* Copies entries named by their paths below an operand. Text: the paths, each behind a
	 * letter, see pc_path_flags. */
	PC_JOB_PATHS,
	/* Counts what directories hold that are not copied yet, for the progress: nothing is copied,
	 * and nothing fails.  Text: their paths, each with its NUL.  The first one is listed from
	 * `offset` on. */
	PC_JOB_COUNT,
	PC_JOB_KINDS
};

/* Properties of a path, added to PC_PATH_PLAIN in the letter before it. */
#define PC_PATH_PLAIN 'a'
enum pc_path_flags {
	PC_PATH_DIRECTORY = 1 << 0, /* it ends in a slash and must be a directory */
	PC_PATH_LOOKED = 1 << 1,    /* another job copies it; this one only checks that it exists */
};

enum pc_job_flags {
	PC_JOB_TOP = 1 << 0,
	PC_JOB_DROP = 1 << 1,
	PC_JOB_FIRST = 1 << 2,    /* ENTRIES: copy files with hard links: each is its inode's
	                           * first */
	PC_JOB_APPROVED = 1 << 3, /* ENTRIES: the caller was asked and agreed to overwrite */
	/* ENTRIES, LIST: handed back by a job that lost a worker, which may have done part of
	 * it. What this job hands back inherits the flag. */
	PC_JOB_RETRY = 1 << 4,
	PC_JOB_FIND_ENDS = 1 << 5, /* CHUNK: also report where the following ranges end */
	PC_JOB_ANEW = 1 << 6, /* FINISH: a range could not be written: copy the file as a whole */
};

/* The type of an entry according to a listing; a hint that is checked after opening. */
enum pc_type { PC_TYPE_DIR = 'd', PC_TYPE_FILE = 'f', PC_TYPE_LINK = 'l', PC_TYPE_OTHER = 'o' };

/* Metadata of a directory that are set when its last child is done. */
#define PC_KEEP_OF_DIRECTORIES                                                                     \
	(PCOPY_KEEP_MODE | PCOPY_KEEP_OWNER | PCOPY_KEEP_TIMES | PCOPY_KEEP_XATTR |                \
	 PCOPY_KEEP_CONTEXT | PCOPY_KEEP_FLAGS)

/* How a directory of the target came to be. */
enum pc_made {
	PC_MADE_NOT, /* it existed before */
	PC_MADE,
	PC_MADE_WIDENED,    /* created, with extra owner bits that are removed in the end */
	PC_MADE_INHERITING, /* created, with an ACL inherited from its parent */
	/* pruning: only the target has it, and the other fields are the target's */
	PC_MADE_EXTRA,
	/* it existed and was given extra owner bits; its own mode is kept here */
	PC_MADE_OPENED,
	PC_MADE_DROPPED, /* pruning: as EXTRA, but excluded by a rule, whether the source has it
	                  * or not */
};

/* The metadata of an entry to be kept, and its identity. */
struct pc_meta {
	uint64_t dev, ino;
	uint64_t size;
	uint32_t mode;
	uint32_t uid, gid;
	uint32_t made;    /* enum pc_made: how the target came to be */
	uint32_t differs; /* an existing directory whose metadata differ from the source's */
	/* A directory that only leads to what is copied now. An earlier pass of the run has
	 * counted it and what was excluded from it. */
	uint32_t counted;
	struct timespec atime, mtime;
};

enum pc_item_type {
	PC_ITEM_NAMES, /* entries of the current directory left to do */
	PC_ITEM_ENTER, /* text: a directory below the current one with work left; it becomes
	                   * current */
	PC_ITEM_LEAVE, /* returns to the directory before */
	/* the current directory's listing continues at cursor arg; entries: how many there are in
	 * the whole directory, estimated; 0: not known */
	PC_ITEM_MORE,
	PC_ITEM_OPERANDS, /* operands left to do, from root on */
	/* text: a file of the current directory to be copied in chunks; arg: bytes of its length
	 * that are data */
	PC_ITEM_LARGE,
	PC_ITEM_LINKED, /* text: a file of the current directory with further hard links */
	PC_ITEM_ASK,    /* text: an entry whose target exists; arg: the target's mode and
	                 * PC_ASK_WRITABLE */
	PC_ITEM_DIR,    /* text: path of a directory that gets this metadata */
	PC_ITEM_LINK,   /* text: path and name of the new link, path (below root arg) and name of
	                 * the existing one */
	/* Text: path below the job's directory. Behind its NUL: for COPIED the backup's name, if
	 * any; for FOLDED the entry of the same directory that has its name, or with arg, 1 +
	 * another operand's root, the path below that; for DIFFERENT see below. arg, for a file:
	 * pc_way_pack(). */
	PC_ITEM_EVENT,
	/* text: an entry of the current directory with several hard links, when comparing. meta:
	 * of the source, but size is the target's device; arg: the target's inode. */
	PC_ITEM_LINK_PAIR,
	/* Describes an entry of the target: meta; arg: its device number; entries: its link
	 * count. Text: path below the root, a symbolic link's text, then PC_DIGEST_BYTES or
	 * nothing. */
	PC_ITEM_RECORD,
	/* Announces a file system that is written to. Text: a path below the root (PC_ITEM_TOP:
	 * the anchor directory) that lies on it; meta.dev: its device. */
	PC_ITEM_TARGET,
	PC_ITEM_SLICES, /* struct pc_slice: the phases of the job, for the trace */
	/* CHUNK: the ends of the following ranges, up to PC_RANGE_ENDS_MAX of uint64_t */
	PC_ITEM_RANGE_ENDS,
	/* text: pc_listed_hash() of completely listed source directories, uint64_t each */
	PC_ITEM_LISTED,
	PC_ITEM_KEPT,   /* DIRMETA, pruning: directory number arg of the job stays */
	PC_ITEM_REPEAT, /* DIRMETA, pruning: directory number arg must be listed once more */
	PC_ITEM_PATHS,  /* PATHS: the paths left to do, as in the request */
	/* COUNT, for one directory after the other: text: its directories, as in NAMES, as far as
	 * there was room for them; entries: how many there are; arg: how many others; meta.size:
	 * the cursor where its listing was broken off, or 0 */
	PC_ITEM_COUNTED,
	PC_ITEM_TYPES
};

enum pc_item_flags {
	PC_ITEM_TOP = 1 << 0,       /* the entry is an operand itself */
	PC_ITEM_FIRST_TOP = 1 << 1, /* LINK: the existing name is an operand's */
	PC_ITEM_FAILED = 1 << 2,    /* LEAVE, DIR: counted as failed already */
	PC_ITEM_CHANGED = 1 << 3,   /* DIFFERENT: the source was changed during the run */
	PC_ITEM_HOLES = 1 << 4,     /* LARGE: holes are skipped */
	/* ENTER, DIR: it leads to an entry that is named by its path */
	PC_ITEM_ABOVE = 1 << 4,
	/* EVENT, an error: the existing target is of another kind and may be removed */
	PC_ITEM_IN_THE_WAY = 1 << 5,
	PC_ITEM_STAYS = 1 << 6, /* LEAVE, DIR, pruning: something below it stays */
	PC_ITEM_TORN = 1 << 7,  /* DIR, pruning: names were removed between two parts of its
	                         * listing */
};

#define PC_ASK_WRITABLE (1U << 16)

/* For a DIFFERENT event step is the enum pcopy_field and arg the offset. Behind the path's NUL
 * are the values of source and target, each with its NUL. */
#define PC_DIGEST_BYTES 32U /* SHA-256 */

#define PC_RANGE_ENDS_MAX 256U

/* Machines that write to one file cache pages of at most this size, each for itself. So ranges
 * of large files that go to different machines begin at multiples of it. */
#define PC_SHARED_PAGE_BYTES (UINT64_C(64) << 10)

/* Stands for no offset: nothing differs. */
#define PC_OFFSET_NONE UINT64_MAX

/* Something that the coordinator has to act on: items report exceptions and work left, counts
 * report the rest. Items follow each other in the text, each 8-byte aligned. */
struct pc_item {
	uint32_t size; /* bytes of the item, padding included */
	uint32_t text_len;
	uint32_t root;
	uint16_t type;
	uint8_t flags;
	uint8_t event; /* EVENT: enum pcopy_event_type, kind and step as in pcopy.h */
	uint16_t kind;
	uint16_t step;
	int32_t error;
	uint32_t entries; /* NAMES, PATHS: number of names; RECORD: link count */
	uint64_t arg;
	struct pc_meta meta;
	char text[]; /* NUL-terminated; NAMES: entries one after the other */
};

/* Whether pruning removes a directory of the target with everything in it. */
static inline bool pc_is_extra(const struct pc_meta *meta)
{
	return meta->made == PC_MADE_EXTRA || meta->made == PC_MADE_DROPPED;
}

/* Sums of one job, and of a run. */
struct pc_counts {
	struct pcopy_count entries[PCOPY_KINDS];
	uint64_t warnings;
	uint64_t bytes;
	uint64_t method_bytes[PCOPY_METHODS];
	uint64_t method_files[PCOPY_METHODS];
	/* comparing: differences found, and target pages that were in memory or not */
	uint64_t differences;
	uint64_t warm_bytes, cold_bytes;
	uint64_t excluded[PCOPY_KINDS];     /* excluded by a rule */
	uint64_t unchanged, attributes_set; /* as in struct pcopy_report */
	/* pruning: entries of the target that were seen; those removed (or to be removed, in a
	 * dry run); directories among these; and those that stay without being failures */
	uint64_t found, removed, removed_directories, stayed;
};

struct pc_job {
	/* the request: written by the coordinator */
	uint16_t kind;
	uint16_t flags;
	/* Raised each time a worker is lost on the job. If not 0, part of the job may have been
	 * done already, and its entries are done one by one, so that the one that kills workers
	 * is found. */
	uint32_t suspicion;
	uint32_t root;
	uint32_t root_count;
	uint64_t offset;
	uint64_t length;
	uint64_t budget_ns; /* ENTRIES, LIST: after this time the rest is handed back */
	/* CHUNK, FINISH: of the source, as first seen. ENTRIES, LIST: of the directory, as it
	 * was entered. */
	struct pc_meta meta;
	/* CHUNK, FINISH: identity of the temporary file. 0, 0: not created yet; the first chunk
	 * creates it and returns the identity as a result. */
	uint64_t temp_dev, temp_ino;
	uint32_t request_len;

	/* the result: written by the leasing worker */
	uint32_t text_len; /* length of the request and the items */
	int32_t error;     /* failure of the job as a whole; 0 where items report errors */
	uint32_t worker;
	uint32_t whole;    /* CHUNK: the file was cloned and is complete */
	uint32_t in_order; /* CHUNK: the file system refuses writes anywhere but at the end of
	                    * the file */
	uint32_t locked;   /* CHUNK: the file system makes writers of one file wait for each
	                    * other */
	uint32_t left;     /* FINISH: the temporary file could not be removed */
	uint64_t differs;  /* CHUNK, comparing: the first offset that differs, or PC_OFFSET_NONE */
	uint64_t start_ns; /* monotonic clock, which all processes share */
	uint64_t busy_ns;
	uint64_t cpu_ns;       /* part of busy_ns spent on a CPU; the worker slept for the rest */
	uint64_t throttled_ns; /* part of busy_ns slept to stay below the byte rate limit */
	uint64_t ready_ns;     /* part of busy_ns spent ready to run without a CPU; 0 where not
	                        * measured */
	uint64_t blocks_read;  /* from block devices; see pc_thread_blocks_read() */
	struct pc_counts counts;
};

/* How long the worker of a finished job slept in it on a disk or a lock, and not for the rate
 * limit. */
uint64_t pc_job_slept_ns(const struct pc_job *job);

/* The string behind the NUL of this one: a request's text can be several strings in a row. */
static inline const char *pc_text_next(const char *text)
{
	return text + strlen(text) + 1;
}

/* Whether a lost worker may have done part of the job. */
static inline bool pc_job_is_retry(const struct pc_job *job)
{
	return job->suspicion > 0 || (job->flags & PC_JOB_RETRY);
}

/* Entries that are done: copied, skipped or failed. */
uint64_t pc_counts_entries(const struct pc_counts *counts);

void pc_counts_add(struct pc_counts *sum, const struct pc_counts *more);

/* Appends an item behind the text. Returns it for the caller to fill in, or NULL where it does
 * not fit into `cap` bytes. */
struct pc_item *pc_item_add(char *text, uint32_t *text_len, size_t cap, enum pc_item_type type,
                            const char *data, size_t len);

/* Iterates over the items of a text: `*pos` starts at the first item and is advanced. Returns
 * NULL at the end, or, with `*pos` before the end, at bytes that are no item: a worker with
 * corrupted memory may have written anything. The contents of items are checked in
 * src/plan/validation.c. */
const struct pc_item *pc_item_next(const char *text, uint32_t text_len, uint32_t *pos);

/* Where the first item behind `len` bytes of text starts. */
uint32_t pc_item_start(uint32_t len);

/* Packs a copy method into one number, and back. */
uint64_t pc_way_pack(const struct pcopy_way *way);
struct pcopy_way pc_way_unpack(uint64_t number);

/* The type that a listing would report. */
enum pc_type pc_type_of_mode(uint32_t mode);
enum pcopy_kind pc_kind_of_type(enum pc_type type);

enum pcopy_kind pc_kind_of_mode(uint32_t mode);

struct pc_meta pc_meta_of(const struct stat *st);

/* Whether the error means that the target is full, so that the run has to stop. */
bool pc_is_full(enum pcopy_step step, int error);

/* Whether symbolic links given as operands are followed. */
bool pc_follows_operands(const struct pcopy_options *options);

/* Whether a source other than a regular file is read like one. */
bool pc_is_stream(const struct pcopy_options *options, mode_t mode, bool operand);

/* Whether the copy is read back. */
bool pc_reads_back(const struct pcopy_options *options);

/* Whether an existing regular file is written in place and not replaced. */
bool pc_writes_in_place(const struct pcopy_options *options);

#endif
