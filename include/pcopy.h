/* pcopy.h - copy directory trees in parallel.  SPDX-License-Identifier: MIT
 *
 * The only installed header of libpcopy.  A copy is a handle: create it with pcopy_new(), add
 * sources and targets with pcopy_add(), run it once with pcopy_run(), read pcopy_get_report(),
 * free it with pcopy_free().
 *
 * The library has no global state, prints nothing, installs no signal handlers and never ends the
 * process.  Different threads may use different handles at the same time; one handle may be used
 * by one thread at a time.  Only pcopy_cancel() may be called from any thread or signal handler.
 * Functions return 0 or a negative errno value unless stated otherwise.
 *
 * Signal handlers run on the calling thread, except while it executes a job itself, which may
 * block: in the serial pool, or if no worker could be started.  Then that thread blocks signals,
 * and the caller's handlers run on a thread of the library. */
#ifndef PCOPY_H
#define PCOPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PCOPY_API __attribute__((visibility("default")))

/* ---- Options ---- */

/* Kinds of worker pools.  All run the same code for a job. */
enum pcopy_pool {
	PCOPY_POOL_SERIAL,    /* no workers: the calling thread runs the jobs */
	PCOPY_POOL_THREADS,   /* one process, `threads` threads */
	PCOPY_POOL_PROCESSES, /* `processes` forked processes of one thread */
	PCOPY_POOL_HYBRID,    /* `processes` forked processes of `threads` threads */
	/* One process with `threads` threads and `coroutines` workers on each, whose system calls
	 * wait in io_uring concurrently.  If io_uring is not available: as many threads, and an
	 * event. */
	PCOPY_POOL_COROUTINES,
	PCOPY_POOLS,
	/* Only in reports: `processes` ranks of `transport` with `threads` threads each. */
	PCOPY_POOL_RANKS,
};

enum pcopy_when { PCOPY_AUTO, PCOPY_ALWAYS, PCOPY_NEVER };

/* Attributes to preserve, besides the contents (bits of `preserve`). */
enum pcopy_preserve {
	PCOPY_KEEP_MODE = 1 << 0,    /* exact permission bits, regardless of the umask */
	PCOPY_KEEP_OWNER = 1 << 1,   /* user and group */
	PCOPY_KEEP_TIMES = 1 << 2,   /* access and modification time, nanoseconds */
	PCOPY_KEEP_LINKS = 1 << 3,   /* hard links between copied files */
	PCOPY_KEEP_XATTR = 1 << 4,   /* extended attributes */
	PCOPY_KEEP_CONTEXT = 1 << 5, /* the SELinux context, security.selinux */
	PCOPY_KEEP_FLAGS = 1 << 6,   /* flags of chattr(1): a, A, C, c, d, D, i, S */
	/* Failure to preserve these is an error instead of a warning. */
	PCOPY_NEED_XATTR = 1 << 7,
	PCOPY_NEED_CONTEXT = 1 << 8,
	/* Without KEEP_MODE: new entries get the default mode 0666 or 0777 minus the umask,
	 * instead of the source's mode minus the umask. */
	PCOPY_DEFAULT_MODE = 1 << 9,
};

/* Whether symbolic links in the source are followed. */
enum pcopy_dereference {
	PCOPY_DEREFERENCE_NEVER,
	PCOPY_DEREFERENCE_OPERANDS, /* only those given to pcopy_add() */
	PCOPY_DEREFERENCE_ALWAYS,   /* a directory that contains itself is an error */
	PCOPY_DEREFERENCES
};

/* Rules of GNU cp that the library follows only on request (bits of `rules`). */
enum pcopy_rule {
	/* Follow symbolic links given to pcopy_add().  `dereference` applies to entries below
	 * directories. */
	PCOPY_RULE_FOLLOW_OPERANDS = 1 << 0,
	/* Read FIFOs and devices given to pcopy_add(), instead of recreating them. */
	PCOPY_RULE_READ_OPERANDS = 1 << 1,
	/* Refuse directories given to pcopy_add(). */
	PCOPY_RULE_OMIT_DIRECTORIES = 1 << 2,
	/* PCOPY_UPDATE_OLDER overwrites files in place (see `atomic`). */
	PCOPY_RULE_UPDATE_IN_PLACE = 1 << 3,
	/* With PCOPY_UPDATE_OLDER and PCOPY_KEEP_LINKS: link all names of a source file to one
	 * target, even if some of their targets are newer. */
	PCOPY_RULE_UPDATE_LINKS = 1 << 4,
	/* While a directory is being filled, others may not write to it if its mode is preserved,
	 * and may not access it if its owner is preserved.  The same holds for a file that
	 * receives the data of a FIFO or device. */
	PCOPY_RULE_CLOSED_MEANWHILE = 1 << 5,
	/* A full target does not end the run: entries with space are still copied. */
	PCOPY_RULE_GO_ON_WHEN_FULL = 1 << 6,
};

/* What happens if the target of a non-directory exists. */
enum pcopy_update {
	PCOPY_UPDATE_ALL,       /* overwrite it */
	PCOPY_UPDATE_NONE,      /* skip the entry */
	PCOPY_UPDATE_NONE_FAIL, /* ... and count it as failed */
	PCOPY_UPDATE_OLDER,     /* skip the entry unless the target is older */
	/* Skip the entry if the target equals the source: a regular file with the same size and
	 * modification time (or as `differ` says), a symbolic link with the same target, a device
	 * with the same number.  If only preserved metadata differs, set the metadata.  If the
	 * target is of another kind, but not a directory, replace it. */
	PCOPY_UPDATE_DIFFER,
	PCOPY_UPDATES
};

/* How PCOPY_UPDATE_DIFFER compares two regular files. */
enum pcopy_differ {
	PCOPY_DIFFER_TIME, /* by size and modification time */
	PCOPY_DIFFER_SIZE, /* by size */
	PCOPY_DIFFER_DATA, /* by hashes of their contents (XXH3-128) */
	PCOPY_DIFFERS
};

/* Whether an existing target is renamed before it is replaced. */
enum pcopy_backup {
	PCOPY_BACKUP_NONE,
	PCOPY_BACKUP_SIMPLE,   /* name plus suffix */
	PCOPY_BACKUP_EXISTING, /* numbered if a numbered one exists, else simple */
	PCOPY_BACKUP_NUMBERED, /* name.~1~, name.~2~ ... */
	PCOPY_BACKUPS
};

/* What is created for a non-directory. */
enum pcopy_make {
	PCOPY_MAKE_COPIES,
	PCOPY_MAKE_HARD_LINKS, /* hard links to the sources */
	PCOPY_MAKE_SYMLINKS,   /* symbolic links to the source paths */
	PCOPY_MAKES
};

/* How a file's data was copied. */
enum pcopy_method {
	PCOPY_METHOD_NONE, /* an empty file, or only a hole */
	PCOPY_METHOD_CLONE,
	PCOPY_METHOD_COPY_FILE_RANGE,
	PCOPY_METHOD_READ_WRITE,
	PCOPY_METHODS
};

enum pcopy_kind {
	PCOPY_FILE,
	PCOPY_DIRECTORY,
	PCOPY_SYMLINK,
	PCOPY_HARD_LINK, /* another name of a file copied in this run */
	PCOPY_SPECIAL,   /* FIFO, socket, device node */
	PCOPY_KINDS
};

/* The operation that failed or caused a warning. */
enum pcopy_step {
	PCOPY_STEP_NONE,
	PCOPY_STEP_STAT,           /* src: stat the source */
	PCOPY_STEP_OPEN_SOURCE,    /* src: open a file for reading */
	PCOPY_STEP_OPEN_DIRECTORY, /* src: open a directory */
	PCOPY_STEP_LIST,           /* src: read a directory */
	PCOPY_STEP_READ,           /* src */
	PCOPY_STEP_READLINK,       /* src */
	PCOPY_STEP_SPECIAL,        /* src: a kind of entry that is not copied */
	PCOPY_STEP_CHANGED,        /* src: changed while being copied */
	PCOPY_STEP_STAT_TARGET,    /* dst: stat the target */
	PCOPY_STEP_CREATE,         /* dst: create a regular file */
	PCOPY_STEP_MKDIR,          /* dst */
	PCOPY_STEP_OPEN_TARGET,    /* dst: open the new directory */
	PCOPY_STEP_SYMLINK,        /* dst */
	PCOPY_STEP_LINK,           /* dst: make a hard link */
	PCOPY_STEP_MKFIFO,         /* dst */
	PCOPY_STEP_MKNOD,          /* dst: make a socket or device node */
	PCOPY_STEP_UNLINK,         /* dst: remove an existing entry */
	PCOPY_STEP_WRITE,          /* dst */
	PCOPY_STEP_CLONE,          /* src, dst: PCOPY_ALWAYS for `reflink`, but impossible */
	PCOPY_STEP_TRUNCATE,       /* dst */
	PCOPY_STEP_OWNER,          /* dst */
	PCOPY_STEP_XATTR,          /* dst */
	PCOPY_STEP_MODE,           /* dst */
	PCOPY_STEP_TIMES,          /* dst */
	PCOPY_STEP_CLOSE,          /* dst */
	PCOPY_STEP_RENAME,         /* dst: rename the temporary file */
	PCOPY_STEP_BACKUP,         /* dst: rename the existing entry */
	PCOPY_STEP_CONTEXT,        /* dst: set the SELinux context */
	PCOPY_STEP_SYNC,           /* dst: write it to the disk */
	PCOPY_STEP_FLAGS,          /* dst: set the flags of chattr(1) */
	PCOPY_STEP_WORKER,         /* src: its workers died repeatedly; EBADMSG: invalid reply */
	/* Refused because of what source and target are; errnum is 0. */
	PCOPY_STEP_SAME_FILE,        /* src and dst are the same file */
	PCOPY_STEP_INTO_ITSELF,      /* src directory would be copied into itself, dst */
	PCOPY_STEP_DIR_OVER_FILE,    /* dst is not a directory, src is */
	PCOPY_STEP_FILE_OVER_DIR,    /* dst is a directory, src is not */
	PCOPY_STEP_THROUGH_SYMLINK,  /* dst is a symbolic link inside the target */
	PCOPY_STEP_THROUGH_DANGLING, /* dst is a dangling symbolic link */
	PCOPY_STEP_OVER_SPECIAL,     /* dst is a FIFO, socket or device node */
	PCOPY_STEP_JUST_CREATED,     /* dst was copied from another source in this run */
	PCOPY_STEP_THROUGH_CREATED,  /* ... and is a symbolic link */
	PCOPY_STEP_TWICE,            /* warning: src was given twice with the same dst */
	PCOPY_STEP_NOT_REPLACED,     /* dst exists (PCOPY_UPDATE_NONE_FAIL) */
	PCOPY_STEP_CYCLE,            /* src is a directory that contains itself */
	PCOPY_STEP_BACKUP_IS_SOURCE, /* the backup of dst would be src */
	PCOPY_STEP_RELATIVE_LINK,    /* dst is not in the current directory, src relative */
	PCOPY_STEP_READ_TARGET,      /* dst: read it for verification */
	PCOPY_STEP_MANIFEST,         /* dst: write the manifest */
	PCOPY_STEP_OMITTED,          /* src is a directory (PCOPY_RULE_OMIT_DIRECTORIES) */
	PCOPY_STEP_READ_XATTR,       /* src: read its extended attributes */
	PCOPY_STEP_FOLDED, /* dst was copied from `other`: both names are equal in the target */
	PCOPY_STEP_ACL,    /* dst: set its access control list, which belongs to its mode */
	/* Of `delete_extraneous`. */
	PCOPY_STEP_DELETE,       /* dst: remove it, because the source does not have it */
	PCOPY_STEP_NOT_LISTED,   /* src was not listed completely or was replaced: dst remains */
	PCOPY_STEP_MOUNTED,      /* warning: dst remains, a mount point or subvolume */
	PCOPY_STEP_IN_USE,       /* warning: dst remains, an NFS server keeps it while it is open */
	PCOPY_STEP_GATE_ERRORS,  /* `count` entries were not copied: nothing is removed below dst */
	PCOPY_STEP_GATE_EMPTY,   /* src is empty, dst is not: nothing is removed */
	PCOPY_STEP_GATE_LIMIT,   /* `count` entries exceed the limit: nothing is removed */
	PCOPY_STEP_ONE_TARGET,   /* dst, or a directory above it, is the target of another src */
	PCOPY_STEP_HOLDS_SOURCE, /* dst contains a source, which might be removed */
	/* Of PCOPY_EVENT_RANK: the rank's view differs from that of rank 0. */
	PCOPY_STEP_OTHER_SOURCE, /* another inode */
	PCOPY_STEP_OTHER_TARGET,
	PCOPY_STEP_LOCAL_SOURCE, /* on a file system that other machines do not share */
	PCOPY_STEP_LOCAL_TARGET,
	PCOPY_STEP_OTHER_PROGRAM, /* the rank runs another program or version */
	PCOPY_STEP_OTHER_USER,    /* ... as another user or group */
	PCOPY_STEP_SILENT,        /* it has not answered for ten seconds; still waiting */
	PCOPY_STEP_NO_WORKERS,    /* it cannot start any worker */
	PCOPY_STEP_NO_MESSAGE,    /* it sent an invalid message, which ended the run */
	PCOPY_STEP_UNREACHED,     /* it cannot be sent messages, which ended the run */
	PCOPY_STEP_GONE,          /* it has exited and no rank is left, which ended the run */
	PCOPY_STEP_LEADS_OUT,     /* src, one of `names`, contains `..` */
	PCOPY_STEPS
};

/* How a copy is verified. */
enum pcopy_verify {
	PCOPY_VERIFY_NO,
	PCOPY_VERIFY_HASH,    /* by the pool's workers: XXH3-128 of both sides */
	PCOPY_VERIFY_ARCHIVE, /* by libarchive, in forked processes */
	PCOPY_VERIFIES
};

/* What happens if a copy differs. */
enum pcopy_mismatch {
	PCOPY_MISMATCH_FAIL,   /* it is reported */
	PCOPY_MISMATCH_RECOPY, /* it is copied again with read and write, and verified again */
	PCOPY_MISMATCHES
};

/* How two entries differ. */
enum pcopy_field {
	PCOPY_FIELD_NONE,
	PCOPY_FIELD_MISSING, /* only the source, or the manifest, has it */
	PCOPY_FIELD_EXTRA,   /* only the target has it */
	PCOPY_FIELD_KIND,
	PCOPY_FIELD_SIZE,
	PCOPY_FIELD_DATA,
	PCOPY_FIELD_LINK, /* target of a symbolic link */
	PCOPY_FIELD_DEVICE,
	PCOPY_FIELD_LINKS, /* which names are hard links to one file */
	PCOPY_FIELD_MODE,
	PCOPY_FIELD_USER,
	PCOPY_FIELD_GROUP,
	PCOPY_FIELD_TIME, /* modification time */
	PCOPY_FIELD_XATTR,
	PCOPY_FIELD_ACL,
	PCOPY_FIELD_FLAGS,
	PCOPY_FIELD_HOLES,
	PCOPY_FIELD_DIGEST, /* of the data, against a manifest */
	PCOPY_FIELDS
};

/* What a worker spends its time on.  The sum of the phases is its busy time. */
enum pcopy_phase {
	PCOPY_PHASE_WALK,     /* directories: open, create, list */
	PCOPY_PHASE_OPEN,     /* files: open and stat the source */
	PCOPY_PHASE_CREATE,   /* ... create or open the target */
	PCOPY_PHASE_COPY,     /* ... copy the data */
	PCOPY_PHASE_METADATA, /* of files and directories: owner, attributes, mode, times */
	PCOPY_PHASE_LINK,     /* hard links, symbolic links, special files */
	PCOPY_PHASE_COMMIT,   /* close and rename */
	PCOPY_PHASES
};

/* What would happen to a target. */
enum pcopy_would {
	PCOPY_WOULD_CREATE,  /* a new entry is created */
	PCOPY_WOULD_REPLACE, /* the existing entry is removed or renamed, and a new one created */
	PCOPY_WOULD_UPDATE,  /* an existing file is overwritten */
	PCOPY_WOULD_CHANGE_ATTRIBUTES,
	PCOPY_WOULD_REMOVE,
	PCOPY_WOULDS
};

/* A filter rule, see struct pcopy_filter. */
struct pcopy_filter_rule {
	unsigned number; /* in the list, from 1; 0: of a .gitignore file */
	bool include;
	const char *pattern;
	const char *file; /* file that contains it; NULL: given to pcopy_filter_add() */
	uint64_t line;    /* in the file, from 1 */
};

/* What an event reports.  Capitals below name these types without PCOPY_EVENT_. */
enum pcopy_event_type {
	PCOPY_EVENT_ERROR,   /* counted as failed; the copy continues */
	PCOPY_EVENT_WARNING, /* copied, but some metadata was not preserved */
	/* Only with `verbose`.  For directories: only those created; with
	 * PCOPY_STEP_MKDIR those of PCOPY_ADD_PARENTS. */
	PCOPY_EVENT_COPIED,
	PCOPY_EVENT_SKIPPED, /* only with `verbose`: the target is kept */
	/* Only with `verbose`: dst was removed before being replaced; with
	 * PCOPY_STEP_DELETE: by `delete_extraneous`. */
	PCOPY_EVENT_REMOVED,
	PCOPY_EVENT_WORKER,   /* a worker died and was replaced; errnum: signal or 0 */
	PCOPY_EVENT_DEGRADED, /* fewer workers than requested; errnum: why */
	/* `count` jobs of a canceled run did not end within `cancel_ms`.  The new files
	 * that they were writing were removed. */
	PCOPY_EVENT_HUNG,
	PCOPY_EVENT_DIFFERENT, /* dst is wrong, see `difference` */
	/* `count` jobs of a canceled run are writing data to the disk; still waiting for
	 * them. */
	PCOPY_EVENT_FLUSHING,
	/* Only with `verbose`: metadata of dst was set, not its contents
	 * (PCOPY_UPDATE_DIFFER). */
	PCOPY_EVENT_ATTRIBUTES,
	PCOPY_EVENT_WOULD,    /* `dry_run`: what would happen to dst, see `would` */
	PCOPY_EVENT_EXCLUDED, /* only with `verbose`: src is excluded by `rule` */
	/* Rank `rank` on the machine `host` cannot take part, so nothing was copied: it
	 * cannot see src (PCOPY_STEP_STAT) or dst (PCOPY_STEP_STAT_TARGET), or as `step`
	 * says.  Paths are absolute.  Two steps are warnings: PCOPY_STEP_SILENT; and
	 * PCOPY_STEP_LINK, if inode numbers of src may differ there, so that hard links
	 * found by different ranks become several files.  PCOPY_STEP_NO_MESSAGE and the
	 * steps after it may occur during the copy: then files with final names are
	 * complete. */
	PCOPY_EVENT_RANK,
	/* `count` threads copy instead of coroutines.  errnum: why io_uring is not
	 * available, ENOTSUP if the library was built without it. */
	PCOPY_EVENT_FALLBACK,
	PCOPY_EVENTS
};

/* Whether a method of copying was used. */
enum pcopy_answer { PCOPY_UNKNOWN, PCOPY_NO, PCOPY_YES, PCOPY_AVOIDED, PCOPY_UNSUPPORTED };

/* An event, usually about one entry.  Pointers are valid until the callback returns. Paths begin
 * with the operands as given to pcopy_add(). */
struct pcopy_event {
	enum pcopy_event_type type;
	enum pcopy_kind kind;
	enum pcopy_step step;
	int errnum; /* positive errno value, or 0 */
	const char *src;
	const char *dst;
	/* WARNING: the number of entries concerned; src and dst are the first one.  Warnings that
	 * may concern many entries are sent at the end of the run. */
	uint64_t count;
	const char *backup; /* COPIED: new path of the previous dst, or NULL */
	/* COPIED, regular files: the copy method. */
	struct pcopy_way {
		enum pcopy_answer offload, reflink;
		bool seek_hole; /* holes of the source were searched */
		bool zeros;     /* runs of zeros were searched */
	} way;
	struct pcopy_difference {
		enum pcopy_field field;
		const char *want, *have; /* values in src and dst as text; NULL: no text */
		uint64_t offset;         /* DATA: of the first differing byte */
		bool changed;            /* src changed after the run began */
		bool again;              /* it will be copied again */
	} difference;
	const char *other; /* PCOPY_STEP_FOLDED: the source that occupies the name; or NULL */
	struct pcopy_filter_rule rule; /* EXCLUDED: the deciding rule */
	enum pcopy_would would;        /* WOULD */
	unsigned rank;                 /* RANK, and ERROR with PCOPY_STEP_SYNC of a rank; else 0 */
	const char *host;              /* likewise */
};

/* Progress of a running copy.  The fraction never decreases, except that it starts again for each
 * part of a run (copy, verification).  It is an estimate until all directories have been found.
 * If there was a call before, there is one at the end of a part that was not stopped, with 1. */
struct pcopy_progress {
	uint64_t entries; /* done: copied, skipped, failed */
	uint64_t bytes;   /* copied, including files in progress */
	uint64_t elapsed_ns;
	double fraction; /* 0 to 1 */
	bool walking;    /* too little has been found to estimate the end */
	unsigned workers;
	const struct pcopy_worker_progress *worker; /* [workers]; valid during the callback */
	unsigned width; /* workers that get jobs, if the library chooses the number; or 0 */
};

/* Paths begin with the operands as given to pcopy_add(). */
struct pcopy_worker_progress {
	const char *path; /* of the current source; NULL: none or unknown */
	uint64_t entries; /* done by this worker, in finished jobs */
	uint64_t bytes;   /* likewise, plus those of the current job */
};

/* A period of a worker's time, for a trace.  Times count from pcopy_run(). */
struct pcopy_slice {
	unsigned worker;
	uint64_t start_ns, ns;
	const char *job;        /* kind of a whole job; NULL: a phase of the job sent before */
	enum pcopy_phase phase; /* if `job` is NULL */
	/* For a job: its directory or file, or NULL, and what was done. */
	const char *path;
	uint64_t entries, bytes;
};

/* Why a run ended early. */
enum pcopy_stop {
	PCOPY_STOP_NOT,
	PCOPY_STOP_CANCELED, /* pcopy_cancel() */
	PCOPY_STOP_FULL,     /* no space left in the target, or quota exceeded */
	PCOPY_STOP_ERRORS,   /* `max_errors` reached */
	PCOPY_STOPS
};

/* When written data is flushed to the disk. */
enum pcopy_fsync {
	PCOPY_FSYNC_NONE, /* when the kernel decides */
	PCOPY_FSYNC_FILE, /* each file before its final name, each directory when complete */
	PCOPY_FSYNC_END,  /* the target's file systems, before pcopy_run() returns */
	PCOPY_FSYNCS
};

/* The limit of `delete_extraneous`. */
enum pcopy_delete_limit {
	PCOPY_DELETE_ANY,
	PCOPY_DELETE_COUNT,   /* `max_delete` entries */
	PCOPY_DELETE_PERCENT, /* `max_delete` per cent (0 to 100) of entries below the targets */
	PCOPY_DELETE_LIMITS
};

/* Bits of `delete_flags`. */
enum pcopy_delete_flags {
	PCOPY_DELETE_DESPITE_ERRORS = 1 << 0, /* delete even if entries failed */
	PCOPY_DELETE_FROM_EMPTY = 1 << 1,     /* delete even if an operand is an empty directory */
	/* Also delete entries that `filter` and `gitignore` exclude; otherwise they are
	 * protected. */
	PCOPY_DELETE_EXCLUDED = 1 << 2,
};

/* How the processes of a run communicate, possibly on several machines.  Each message arrives
 * once and complete, and messages from one rank to another arrive in the order sent.  Rank 0
 * calls pcopy_run(), all others pcopy_serve().  All run the same version of the library as the
 * same user, and see the same files under the same absolute paths. */
struct pcopy_transport {
	size_t size; /* of this struct */
	void *data;
	unsigned rank, ranks; /* of this process; of the run, including it */
	/* Sends a message.  The caller may reuse it afterwards.  Does not wait for the receiver.
	 * Returns 0 or negative errno. */
	int (*send)(void *data, unsigned rank, const void *message, size_t len);
	/* Waits until a message arrives, `fd` is readable (-1: none), or `timeout_ms` have passed
	 * (-1: no limit).  Returns 1 with a message, valid until the next call, and its sender; 0
	 * without; or negative errno.  -EPIPE: *ret_rank will send no more messages. */
	int (*receive)(void *data, int timeout_ms, int fd, unsigned *ret_rank,
	               const void **ret_message, size_t *ret_len);
};

/* Initialise with PCOPY_OPTIONS_INIT, which sets `size`.  Later versions add fields at the end. */
struct pcopy_options {
	size_t size;

	/* ---- Workers ---- */
	enum pcopy_pool pool;
	/* 0 for both, or for those that the pool uses: the number of workers adapts to the
	 * storage, see `width_min`. */
	unsigned processes;
	unsigned threads;     /* per process (hybrid: 2 if 0) */
	unsigned coroutines;  /* per thread (PCOPY_POOL_COROUTINES: 16 if 0) */
	unsigned queue_depth; /* job slots; 0: four per worker */
	bool shared_fd_table; /* threads share one descriptor table (private is faster) */
	bool no_fallback;     /* fail if the requested pool is not available */
	/* If the library chooses the number of workers: the initial number, and the maximum.
	 * More are started while workers sleep on the storage and more workers raise the rate;
	 * otherwise some become idle.  0: one for each CPU that this process may use, more if one
	 * side is remote; and 64. */
	unsigned width_min, width_max;
	/* With two ranks or more, the serving ranks do all the work, with `threads` threads each
	 * (0: 4). `pool` and `processes` are ignored, and `chunk_bytes` is rounded up to a
	 * multiple of 64 KiB. NULL or one rank: no effect.  Must outlive the handle.  Not with
	 * PCOPY_VERIFY_ARCHIVE, `copy_contents`, `names`, pcopy_check(), or operands that are
	 * FIFOs or devices to read or write: -EINVAL. */
	const struct pcopy_transport *transport;

	/* ---- What is copied ---- */
	/* Entries to copy from the only directory given to pcopy_add(), instead of all of it;
	 * NULL: all.  The handle does not own it; it must outlive the handle.  Not with
	 * `delete_extraneous` or PCOPY_VERIFY_ARCHIVE. */
	const struct pcopy_names *names;
	/* Excludes entries of directories: they are not opened, and their contents are not seen.
	 * Entries given to pcopy_add() are never excluded.  The handle does not own it; it must
	 * outlive the handle. */
	const struct pcopy_filter *filter;
	/* Also exclude what .gitignore files in the source exclude; `filter` takes precedence. */
	bool gitignore;
	/* Skip regular files whose size is outside these limits, also those given to
	 * pcopy_add(). */
	bool limit_size;
	uint64_t min_bytes, max_bytes;
	enum pcopy_dereference dereference;
	bool one_file_system; /* leave directories of other file systems empty */
	bool copy_contents;   /* read FIFOs and devices */
	unsigned rules;       /* bits of enum pcopy_rule */

	/* ---- Data ---- */
	enum pcopy_make make;
	bool attributes_only;     /* files: only metadata, not the contents */
	enum pcopy_when reflink;  /* clone files; ALWAYS: or fail */
	enum pcopy_when sparse;   /* make holes; AUTO: where the source has them */
	enum pcopy_method method; /* only this one; PCOPY_METHOD_NONE: the best that works */
	uint64_t chunk_bytes;     /* larger files are copied in ranges; 0: none */
	/* Limit of bytes per second, for all workers together, of copying by any method and of
	 * verification on each side; cloning is not limited.  0: no limit. */
	uint64_t bwlimit;

	/* ---- Metadata ---- */
	unsigned preserve; /* bits of enum pcopy_preserve */

	/* ---- Existing targets ---- */
	enum pcopy_update update;
	enum pcopy_differ differ; /* with PCOPY_UPDATE_DIFFER */
	/* With PCOPY_DIFFER_TIME: times that differ by at most this are equal.  0: times are
	 * equal if they agree at the coarser granularity of the two file systems. */
	uint64_t modify_window_ns;
	bool force;              /* replace a target file that cannot be opened */
	bool remove_destination; /* remove existing targets instead of writing to them */
	enum pcopy_backup backup;
	const char *backup_suffix;   /* of simple backups; NULL, "" or with a slash: "~" */
	bool keep_directory_symlink; /* follow links to directories in the target */
	/* Whether a regular file is written under a temporary name and renamed when complete, so
	 * that readers of the target see either the old file or the new one. AUTO: if a file is
	 * replaced instead of written in place, and if `update` keeps existing files, because a
	 * partial file would be kept later.  Exceptions are written in place: files with several
	 * names, attributes or set-id bits, files of another owner, and files in directories that
	 * have a default access control list or are not writable.  ALWAYS: all files, also new
	 * ones.  A replaced file keeps its mode and owner if they are not preserved, but loses
	 * attributes and access control lists. */
	enum pcopy_when atomic;
	/* Change nothing: send PCOPY_EVENT_WOULD for each entry that would change, and count as
	 * copied what would be copied.  `on_overwrite` is not called: the answer is assumed to be
	 * yes. */
	bool dry_run;

	/* ---- Deletion ---- */
	/* After a copy without failures, delete what is below the target of a directory given to
	 * pcopy_add() and not in that directory.  A name is deleted only if its source directory
	 * was listed completely, is still the same, and reports that the name does not exist.
	 * Mount points and subvolumes remain. */
	bool delete_extraneous;
	unsigned delete_flags; /* bits of enum pcopy_delete_flags */
	/* The entries are counted first: if they exceed the limit, none is deleted. */
	enum pcopy_delete_limit delete_limit;
	uint64_t max_delete;

	/* ---- Errors and interruptions ---- */
	unsigned max_errors; /* stop after this number of errors; 0: never */
	/* Skip what an interrupted run of the same copy has finished; large files continue with
	 * their unfinished ranges.  See pcopy(1) for what is trusted.  If canceled, partial large
	 * files keep their temporary names. */
	bool resume;
	/* How long a canceled run waits for running jobs, such as a read that hangs in the
	 * kernel, before it kills their worker processes and removes what they were writing.  For
	 * jobs that write data to the disk, like close() and fsync(): ten times as long since the
	 * amount of unwritten data last reached a new minimum.  Threads cannot be killed:
	 * pcopy_run() returns after them.  0: no limit. */
	unsigned cancel_ms;
	enum pcopy_fsync fsync;

	/* ---- Verification ---- */
	enum pcopy_verify verify; /* read back and compare what was copied */
	enum pcopy_mismatch mismatch;
	bool verify_cold;     /* drop target pages from the page cache before reading */
	const char *manifest; /* write this file: mtree(5) with SHA-256 of each file */
	bool digest;          /* compute one hash per tree, for on_digest */

	/* ---- Reports ---- */
	bool verbose;         /* send PCOPY_EVENT_COPIED */
	bool measure;         /* measure phases; reads the clock once per phase */
	unsigned progress_ms; /* interval of on_progress; 0: after each answer */
	bool progress_paths;  /* on_progress gets the path of each worker */
	/* With on_progress: list some directories before they are copied, in about a hundredth of
	 * the time, for a better estimate.  Has no effect with `gitignore` or `names`, or if links
	 * are followed. */
	bool count_ahead;

	/* ---- Callbacks ---- */
	/* Any may be NULL.  They run in the thread that called pcopy_run(), between
	 * jobs, and must not use the handle except for pcopy_cancel(). */
	void *userdata;
	void (*on_event)(void *userdata, const struct pcopy_event *event);
	void (*on_progress)(void *userdata, const struct pcopy_progress *progress);
	/* Called in each forked worker process when it starts. */
	void (*on_worker_start)(void *userdata, unsigned worker);
	/* Asks whether to overwrite an existing target that is not a directory. `mode`: its
	 * permission bits; `writable`: whether they allow writing.  False: keep it. */
	bool (*on_overwrite)(void *userdata, const char *dst, unsigned mode, bool writable);
	/* Asks before deleting an entry; for a directory before its contents.  False: keep it and
	 * everything below it. */
	bool (*on_delete)(void *userdata, const char *dst, enum pcopy_kind kind);
	/* With `digest`: receives the hash of the tree `dst`, 64 hexadecimal digits. */
	void (*on_digest)(void *userdata, const char *dst, const char *hex);
	/* With `measure`: receives each finished job, then its phases. */
	void (*on_slice)(void *userdata, const struct pcopy_slice *slice);
	/* Called once after operands are validated; after this, killing the process (rather than
	 * cancelling) may leave partial files. */
	void (*on_start)(void *userdata);
	/* The number of workers that get jobs changed; `at_ns` counts from pcopy_run(). */
	void (*on_width)(void *userdata, uint64_t at_ns, unsigned width);
};

/* A sequence of names: paths below the directory given to pcopy_add(); a leading slash has no
 * effect.  Each entry is copied with the directories that lead to it, which are created with
 * their preserved metadata.  No component may be `..`, and none but the last may be a symbolic
 * link, except with PCOPY_DEREFERENCE_ALWAYS.  `filter` is applied to the entry itself, not to
 * the directories above it.  A repeated name is copied once, unless it is far from the first:
 * only a part of the list is remembered.
 *
 * Called by the thread that runs the copy. */
struct pcopy_names {
	void *userdata;
	/* Returns 1 and the next name, which must not be empty and must stay valid until the next
	 * call; 0 at the end; -EAGAIN if there is none yet: the library calls again after a
	 * millisecond; or another negative errno, which ends the run. */
	int (*next)(void *userdata, const char **ret);
	/* Starts again with the first name, for verification.  Returns 0 or negative errno. */
	int (*again)(void *userdata);
	bool recursive; /* copy directories among them with everything below */
};

#define PCOPY_CHUNK_BYTES (UINT64_C(64) << 20)

/* The default options. */
#ifdef __cplusplus
static inline struct pcopy_options pcopy_options_default(void)
{
	struct pcopy_options options = pcopy_options();

	options.size = sizeof(options);
	options.pool = PCOPY_POOL_THREADS;
	options.chunk_bytes = PCOPY_CHUNK_BYTES;
	options.progress_ms = 100;
	options.count_ahead = true;
	return options;
}
#define PCOPY_OPTIONS_INIT pcopy_options_default()
#else
#define PCOPY_OPTIONS_INIT                                                                         \
	{                                                                                          \
		.size = sizeof(struct pcopy_options), .pool = PCOPY_POOL_THREADS,                  \
		.chunk_bytes = PCOPY_CHUNK_BYTES, .progress_ms = 100, .count_ahead = true          \
	}
#endif

/* ---- Reports ---- */

struct pcopy_count {
	uint64_t copied, skipped, failed; /* the sum is the number of entries walked */
};

struct pcopy_worker_report {
	uint64_t jobs;
	uint64_t entries;
	uint64_t bytes;
	uint64_t busy_ns; /* between taking a job and answering it */
	uint64_t cpu_ns;  /* of busy_ns, on a CPU */
	/* Ready to run, but not on a CPU; only with `measure`.  The worker slept for the rest of
	 * busy_ns, on a disk or a lock. */
	uint64_t delay_ns;
	/* Times of the first job taken and the last one answered, from the start of the run; both
	 * 0 without jobs.  In between, the worker waited for jobs when not busy. */
	uint64_t first_ns, last_ns;
};

/* A serving rank: rank `i + 1` of `transport`. */
struct pcopy_rank_report {
	const char *host;
	unsigned workers; /* the first of them is number i * `threads` */
	uint64_t jobs;    /* these: sums of its workers while copying */
	uint64_t entries, bytes;
	uint64_t busy_ns;
	uint64_t user_ns, system_ns; /* CPU of its process in this run */
	uint64_t peak_bytes;         /* as for worker processes */
};

/* Durations are counted in buckets that grow with them; pcopy_bucket_ns() is the lower bound of a
 * bucket. */
#define PCOPY_BUCKETS 304

struct pcopy_phase_report {
	uint64_t count, sum_ns;
	uint64_t p50_ns, p95_ns, p99_ns, max_ns;
	const uint64_t *bucket; /* [PCOPY_BUCKETS]: number of durations in each */
};

/* The result of a run.  Belongs to the handle. */
struct pcopy_report {
	size_t size;
	enum pcopy_pool pool;
	unsigned processes, threads; /* as started; serial: 1 and 1 */
	unsigned workers;            /* processes x threads x coroutines, all that were started */
	unsigned replaced;           /* workers that died and were replaced */
	uint64_t wall_ns;
	uint64_t user_ns, system_ns; /* CPU of this process and its workers in this run */
	/* Peak resident memory of the calling process, plus the peak of the anonymous pages of
	 * each worker process. */
	uint64_t peak_bytes;
	uint64_t jobs;
	struct pcopy_count entries[PCOPY_KINDS];
	uint64_t warnings;
	uint64_t bytes;                       /* lengths of the files copied */
	uint64_t method_bytes[PCOPY_METHODS]; /* copied by each method, without holes */
	uint64_t method_files[PCOPY_METHODS]; /* a file in ranges counts once for each range */
	enum pcopy_stop stop;
	const struct pcopy_worker_report *worker; /* [workers] */
	/* Verification: comparison, manifest, digest. */
	struct pcopy_verify_report {
		uint64_t wall_ns;
		uint64_t entries; /* examined */
		uint64_t bytes;   /* of files, on one side */
		uint64_t skipped; /* not copied in this run */
		uint64_t failed;  /* could not be read */
		uint64_t differences;
		uint64_t recopied;
		/* verify_cold: target pages in the page cache before dropping them, and after. */
		uint64_t warm_bytes, cold_bytes;
	} verify;

	bool degraded; /* workers were missing, or the calling thread did the work alone */
	/* Of this process and its workers in this run. */
	uint64_t minor_faults, major_faults;
	uint64_t voluntary_switches, involuntary_switches;
	unsigned queue_depth, queue_peak; /* number of slots; most in use */
	uint64_t queue_full;              /* times there was more work than slots */
	uint64_t queue_starved; /* times there was less work than workers, before the end */
	uint64_t first_done_ns, last_done_ns; /* least and greatest last_ns of workers with jobs */
	const struct pcopy_phase_report *phase; /* [PCOPY_PHASES] with `measure`, else NULL */
	uint64_t measuring_ns;          /* estimated cost of `measure`, all workers together */
	uint64_t excluded[PCOPY_KINDS]; /* excluded entries, by kind; not among the walked ones */
	/* PCOPY_UPDATE_DIFFER, among the skipped entries: targets that were equal, and targets of
	 * which only metadata was set. */
	uint64_t unchanged, attributes_set;
	/* Range of the number of workers that got jobs, if the library chose it; else both are
	 * `workers`. */
	unsigned width_least, width_most;
	/* Result of `delete_extraneous`. */
	struct pcopy_delete_report {
		uint64_t wall_ns;
		uint64_t found;       /* entries below the targets that were examined */
		uint64_t removed;     /* including directories: */
		uint64_t directories; /* those among them */
		uint64_t stayed; /* mount points, and entries kept by on_delete() or a filter */
		/* Entries that could not be removed, or about which the source could not be asked;
		 * and copied directories that failed after removals in them. */
		uint64_t failed;
	} deleted;
	/* With `transport`: the serving ranks, [ranks]; else NULL and 0. */
	const struct pcopy_rank_report *rank;
	unsigned ranks;
	enum pcopy_pool asked; /* requested; `pool` differs if that was not available */
	unsigned coroutines;   /* per thread; 1 in other pools, 0 if none was started */
	/* Coroutines: use of io_uring. */
	struct pcopy_calls_report {
		uint64_t enters;  /* system calls, each with all requests at hand */
		uint64_t at_once; /* completed when submitted */
		uint64_t later;   /* completed later, by a kernel worker or an event */
		uint64_t plain;   /* supported by io_uring, but made as system calls */
	} calls;
};

/* ---- Filters ---- */

/* An ordered list of rules that exclude or include entries, as in rsync(1): the first rule whose
 * pattern matches decides; entries that match none are copied.
 *
 * A pattern without a slash matches the last component of a path; with slashes inside, the last
 * components; with a leading slash, the whole path below a directory given to pcopy_add(): /a
 * excludes its entry a.  With a trailing slash it matches only directories.  `*`, `?` and `[...]`
 * do not match a slash, `**` does; `dir/` followed by three stars is the directory and everything
 * in it.  A backslash quotes the next byte in a pattern with wildcards.  Matching is bytewise,
 * regardless of the locale.
 *
 * Several handles may use one list, also at the same time: a run does not change it. */
struct pcopy_filter;

PCOPY_API int pcopy_filter_new(struct pcopy_filter **ret);
PCOPY_API void pcopy_filter_free(struct pcopy_filter *filter);

/* The meaning of a text, or of each line of a file. */
enum pcopy_filter_kind {
	PCOPY_FILTER_EXCLUDE, /* a pattern to exclude; in a file also "+ PATTERN" */
	PCOPY_FILTER_INCLUDE, /* a pattern to include; in a file also "- PATTERN" */
	PCOPY_FILTER_RULES,   /* "- PATTERN", "+ PATTERN" or "merge FILE" */
	PCOPY_FILTER_KINDS
};

/* An error in a rule. */
struct pcopy_filter_error {
	const char *file; /* owned by the filter; NULL: given to pcopy_filter_add() */
	uint64_t line;    /* in the file, or 0 */
	char reason[256];
};

/* Appends a rule.  `nul`: rules in merged files end with NUL.  Returns 0, or negative errno with
 * the reason in `ret`, which may be NULL; -EINVAL: invalid rule. */
PCOPY_API int pcopy_filter_add(struct pcopy_filter *filter, enum pcopy_filter_kind kind,
                               const char *text, bool nul, struct pcopy_filter_error *ret);

/* Appends the rules in a file (`-`: standard input), one per line, or one per string with `nul`.
 * Ignores empty lines, lines that begin with # or ;, and a carriage return at the end of a line.
 * Returns as pcopy_filter_add(); on an error the rules before it have been added. */
PCOPY_API int pcopy_filter_add_file(struct pcopy_filter *filter, enum pcopy_filter_kind kind,
                                    const char *file, bool nul, struct pcopy_filter_error *ret);

/* The number of rules, and one of them: the first is number 1. */
PCOPY_API unsigned pcopy_filter_count(const struct pcopy_filter *filter);
PCOPY_API bool pcopy_filter_get(const struct pcopy_filter *filter, unsigned number,
                                struct pcopy_filter_rule *ret);

/* True if the rules exclude the entry `path`, given below the directory that was passed to
 * pcopy_add().  The directories above it are not checked. */
PCOPY_API bool pcopy_filter_excludes(const struct pcopy_filter *filter, const char *path,
                                     bool directory);

/* Rules that have no effect whatever the tree contains.  Each is reported once. */
enum pcopy_doubt {
	PCOPY_DOUBT_ONLY_INCLUDES,  /* all rules: nothing is excluded */
	PCOPY_DOUBT_BELOW_EXCLUDED, /* the directory `path` above it is excluded by `other` */
	PCOPY_DOUBT_DECIDED_BEFORE, /* `other`, an earlier rule, matches everything it matches */
	PCOPY_DOUBT_NO_SUCH_NAME,   /* no entry can have the component `path` */
	PCOPY_DOUBTS
};
struct pcopy_filter_doubt {
	enum pcopy_doubt what;
	struct pcopy_filter_rule rule, other;
	const char *path;
};
PCOPY_API void pcopy_filter_doubts(const struct pcopy_filter *filter,
                                   void (*report)(void *userdata,
                                                  const struct pcopy_filter_doubt *doubt),
                                   void *userdata);

/* ---- Functions ---- */

struct pcopy;

/* Creates a handle.  Copies `options`.  -EINVAL: a value is out of range. */
PCOPY_API int pcopy_new(const struct pcopy_options *options, struct pcopy **ret);

enum pcopy_add_flags {
	/* If `dst` is a symbolic link to a non-directory, write to the file it points to; if
	 * `dst` is a FIFO or device, write to it.  Without this flag nothing is written through a
	 * link. */
	PCOPY_ADD_FOLLOW_TARGET = 1 << 0,
	/* `dst` ends with `src` as given: directories of `src` that are missing in `dst` are
	 * created like those of the source, and reported if `verbose`. */
	PCOPY_ADD_PARENTS = 1 << 1,
};

/* Adds an entry to copy and its exact target: `dst` is the copy itself, not the directory for it,
 * and its parent directory must exist.  Directories are copied recursively; an existing target
 * directory is merged.  A symbolic link is copied as a link.  The strings are copied. Nothing is
 * accessed before pcopy_run().  `flags`: bits of enum pcopy_add_flags, or 0.  Returns 0, -ENOMEM,
 * or -EINVAL: other bits, or the handle has run. */
PCOPY_API int pcopy_add(struct pcopy *copy, const char *src, const char *dst, unsigned flags);

/* Results of a run other than 0 and negative errno. */
#define PCOPY_FAILED 1    /* some entries failed */
#define PCOPY_DIFFERENT 3 /* a difference was found; entries may have failed as well */

/* Copies, and verifies the copy if the options say so.  Returns 0 on success; PCOPY_FAILED if an
 * entry failed (each was sent to on_event) or errors stopped the run (see `stop` in the report);
 * PCOPY_DIFFERENT if an entry differs (each was sent to on_event); -ECANCELED after
 * pcopy_cancel(); or another negative errno if the run could not start: -EINVAL: with
 * `delete_extraneous`, targets or sources overlap (sent to on_event); -EBUSY: a forked pool was
 * requested in a process that already has several threads; -ENOTSUP: the library was built
 * without libarchive, which an option needs; with `no_fallback`: the negated value of
 * pcopy_pool_refused().  A handle runs once. */
PCOPY_API int pcopy_run(struct pcopy *copy);

/* Serves the runs of rank 0 until dismissed.  Meanwhile the process belongs to them: its umask
 * becomes that of rank 0.  Returns 0, or negative errno if the transport failed; then unfinished
 * work is left as by a killed process. */
PCOPY_API int pcopy_serve(const struct pcopy_transport *transport);

/* Ends pcopy_serve() in all other ranks.  Rank 0 calls it after its last run. */
PCOPY_API int pcopy_dismiss(const struct pcopy_transport *transport);

/* Compares each `dst` with its `src` without copying: names in both directions, kinds, sizes,
 * contents, targets of symbolic links, device numbers; and, according to `preserve`, modes,
 * owners, modification times and hard links.  The method is `verify`; PCOPY_VERIFY_NO means
 * PCOPY_VERIFY_HASH.  manifest and digest describe `dst`.  Returns as pcopy_run(). */
PCOPY_API int pcopy_verify(struct pcopy *copy);

/* Reads each `dst` to create the manifest or digest in the options, without copying or comparing.
 * Returns as pcopy_run(). */
PCOPY_API int pcopy_describe(struct pcopy *copy);

/* Compares each `dst` with an mtree(5) manifest, and reports entries that are not in it.  If the
 * manifest is invalid, reads nothing below `dst` and returns -EBADMSG with the line and the
 * reason in `ret`; if it cannot be read, another negative errno, with line 0 and a reason.
 * Otherwise returns as pcopy_run(), and the reason is empty. */
struct pcopy_manifest_error {
	uint64_t line;
	char reason[120];
};
PCOPY_API int pcopy_check(struct pcopy *copy, const char *manifest,
                          struct pcopy_manifest_error *ret);

/* Ends a running copy soon: it starts nothing new and removes unfinished files.  Thread-safe and
 * async-signal-safe. */
PCOPY_API void pcopy_cancel(struct pcopy *copy);

/* How many ms pcopy_run() may still wait for running jobs after pcopy_cancel(): according to
 * `cancel_ms`, and longer while data is being written to the disk.  0: the time is over; jobs that
 * have not returned are hung.  UINT_MAX: no limit.  Async-signal-safe. */
PCOPY_API unsigned pcopy_grace_ms(struct pcopy *copy);

/* The report of the last run; never NULL. */
PCOPY_API const struct pcopy_report *pcopy_get_report(const struct pcopy *copy);

PCOPY_API void pcopy_free(struct pcopy *copy);

/* ---- Names of values: the same everywhere; NULL if out of range ---- */
PCOPY_API const char *pcopy_pool_name(enum pcopy_pool pool);

/* Why a pool is not available here, as a positive errno value: for PCOPY_POOL_COROUTINES the
 * kernel's error for io_uring, or ENOTSUP if the library was built without it.  0: available. */
PCOPY_API int pcopy_pool_refused(enum pcopy_pool pool);
PCOPY_API const char *pcopy_method_name(enum pcopy_method method);
PCOPY_API const char *pcopy_kind_name(enum pcopy_kind kind);
PCOPY_API const char *pcopy_stop_name(enum pcopy_stop stop);
PCOPY_API const char *pcopy_field_name(enum pcopy_field field);
PCOPY_API const char *pcopy_phase_name(enum pcopy_phase phase);

/* The lower bound of bucket number `bucket` in struct pcopy_phase_report. */
PCOPY_API uint64_t pcopy_bucket_ns(unsigned bucket);

/* The number of CPUs this process may use, by affinity and cgroup quota; at least 1. */
PCOPY_API unsigned pcopy_cpus(void);

#define PCOPY_VERSION "0.1.0"

#ifdef __cplusplus
}
#endif
#endif
