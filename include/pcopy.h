/* pcopy.h - copy directory trees in parallel.  SPDX-License-Identifier: MIT
 *
 * The only installed header of libpcopy.  A copy is a handle: make one with
 * pcopy_new(), name what to copy with pcopy_add(), run it once with
 * pcopy_run(), read pcopy_get_report(), free it with pcopy_free().
 *
 * The library keeps no global state, prints nothing, installs no signal
 * handler and never ends the process.  Different handles may be used by
 * different threads at the same time, one handle by one thread at a time; only
 * pcopy_cancel() may be called from anywhere.  Functions return 0 or a
 * negative errno value unless said otherwise.
 *
 * Signals are handled by the thread that runs a copy, as anywhere, but while it does a job
 * itself, which may hang: in the serial pool, and where no worker could be had.  Then that
 * thread blocks them, and the caller's handlers run in a thread of the library. */
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

/* ---- What a caller chooses ---- */

/* How workers are made.  All pools run the same code for a job. */
enum pcopy_pool {
	PCOPY_POOL_SERIAL,    /* no worker: the calling thread does the jobs */
	PCOPY_POOL_THREADS,   /* one process, `threads` threads */
	PCOPY_POOL_PROCESSES, /* `processes` forked processes of one thread */
	PCOPY_POOL_HYBRID,    /* `processes` forked processes of `threads` threads */
	/* One process, `threads` threads with `coroutines` workers each, whose calls wait in
	 * io_uring side by side.  Where that cannot be had, as many threads: an event says so. */
	PCOPY_POOL_COROUTINES,
	PCOPY_POOLS,
	/* Not to be chosen, but told by a report: `processes` ranks of `transport`, with
	 * `threads` threads each. */
	PCOPY_POOL_RANKS,
};

enum pcopy_when { PCOPY_AUTO, PCOPY_ALWAYS, PCOPY_NEVER };

/* What is kept of an entry beyond its contents (bits of `preserve`). */
enum pcopy_preserve {
	PCOPY_KEEP_MODE = 1 << 0,    /* permission bits as they are, not through the umask */
	PCOPY_KEEP_OWNER = 1 << 1,   /* user and group */
	PCOPY_KEEP_TIMES = 1 << 2,   /* access and modification time, nanoseconds */
	PCOPY_KEEP_LINKS = 1 << 3,   /* hard links between copied files */
	PCOPY_KEEP_XATTR = 1 << 4,   /* extended attributes */
	PCOPY_KEEP_CONTEXT = 1 << 5, /* the SELinux context, security.selinux */
	PCOPY_KEEP_FLAGS = 1 << 6,   /* flags of chattr(1): a, A, C, c, d, D, i, S */
	/* Asked for by name: what cannot be kept is an error, not a warning. */
	PCOPY_NEED_XATTR = 1 << 7,
	PCOPY_NEED_CONTEXT = 1 << 8,
	/* Without KEEP_MODE: new entries get the mode of any new entry, 0666 or 0777
	 * through the umask, and not what the umask leaves of the source's. */
	PCOPY_DEFAULT_MODE = 1 << 9,
};

/* Whether symbolic links in the source are copied, or what they name. */
enum pcopy_dereference {
	PCOPY_DEREFERENCE_NEVER,
	PCOPY_DEREFERENCE_OPERANDS, /* those given to pcopy_add() alone */
	PCOPY_DEREFERENCE_ALWAYS,   /* a directory inside itself is an error */
	PCOPY_DEREFERENCES
};

/* What GNU cp does, and the library only when it is asked to (bits of `rules`). */
enum pcopy_rule {
	/* A symbolic link given to pcopy_add() is followed; what is found below
	 * directories is copied as `dereference` says. */
	PCOPY_RULE_FOLLOW_OPERANDS = 1 << 0,
	/* A FIFO or device given to pcopy_add() is read, and not made anew. */
	PCOPY_RULE_READ_OPERANDS = 1 << 1,
	/* A directory given to pcopy_add() is refused. */
	PCOPY_RULE_OMIT_DIRECTORIES = 1 << 2,
	/* PCOPY_UPDATE_OLDER writes to the files that it replaces (see `atomic`). */
	PCOPY_RULE_UPDATE_IN_PLACE = 1 << 3,
	/* With PCOPY_UPDATE_OLDER and PCOPY_KEEP_LINKS the names of one file become
	 * links to one target, those too whose targets are not older. */
	PCOPY_RULE_UPDATE_LINKS = 1 << 4,
	/* While it is being filled, a directory whose mode is kept is not writable for
	 * others, and one whose owner is kept is closed to them; and so is what a FIFO or
	 * device is read into. */
	PCOPY_RULE_CLOSED_MEANWHILE = 1 << 5,
	/* A full target does not end the run: what has room is still copied. */
	PCOPY_RULE_GO_ON_WHEN_FULL = 1 << 6,
};

/* What happens to an entry that is no directory where its target exists. */
enum pcopy_update {
	PCOPY_UPDATE_ALL,       /* it is overwritten */
	PCOPY_UPDATE_NONE,      /* the entry is skipped */
	PCOPY_UPDATE_NONE_FAIL, /* ... and counted as failed */
	PCOPY_UPDATE_OLDER,     /* skipped unless the target is older */
	/* Skipped where the target is what its source is: of the same kind, and a regular file of
	 * the same size and modification time (or what `differ` says), a symbolic link with the same
	 * text, a device of the same number.  Where only what is preserved beside that differs,
	 * that alone is set.  What is of another kind, but no directory, is replaced. */
	PCOPY_UPDATE_DIFFER,
	PCOPY_UPDATES
};

/* When the contents of two regular files are the same. */
enum pcopy_differ {
	PCOPY_DIFFER_TIME, /* sizes and modification times are */
	PCOPY_DIFFER_SIZE, /* sizes are */
	PCOPY_DIFFER_DATA, /* they were read, and their hashes are (XXH3-128) */
	PCOPY_DIFFERS
};

/* Whether an existing target is renamed before its place is taken. */
enum pcopy_backup {
	PCOPY_BACKUP_NONE,
	PCOPY_BACKUP_SIMPLE,   /* name and suffix */
	PCOPY_BACKUP_EXISTING, /* numbered where a numbered one exists, else simple */
	PCOPY_BACKUP_NUMBERED, /* name.~1~, name.~2~ ... */
	PCOPY_BACKUPS
};

/* What is made of entries that are no directories. */
enum pcopy_make {
	PCOPY_MAKE_COPIES,
	PCOPY_MAKE_HARD_LINKS, /* further names of the sources */
	PCOPY_MAKE_SYMLINKS,   /* whose text is the source's path as it is shown */
	PCOPY_MAKES
};

/* What moved the bytes of a file. */
enum pcopy_method {
	PCOPY_METHOD_NONE, /* an empty file, or nothing but a hole */
	PCOPY_METHOD_CLONE,
	PCOPY_METHOD_COPY_FILE_RANGE,
	PCOPY_METHOD_READ_WRITE,
	PCOPY_METHODS
};

enum pcopy_kind {
	PCOPY_FILE,
	PCOPY_DIRECTORY,
	PCOPY_SYMLINK,
	PCOPY_HARD_LINK, /* a further name of a file copied in this run */
	PCOPY_SPECIAL,   /* FIFO, socket, device node */
	PCOPY_KINDS
};

/* What was being done when an entry met trouble. */
enum pcopy_step {
	PCOPY_STEP_NONE,
	PCOPY_STEP_STAT,           /* src: look at the source */
	PCOPY_STEP_OPEN_SOURCE,    /* src: open a file for reading */
	PCOPY_STEP_OPEN_DIRECTORY, /* src: open a directory */
	PCOPY_STEP_LIST,           /* src: read a directory */
	PCOPY_STEP_READ,           /* src */
	PCOPY_STEP_READLINK,       /* src */
	PCOPY_STEP_SPECIAL,        /* src: a kind of entry that is not copied */
	PCOPY_STEP_CHANGED,        /* src: changed while it was copied */
	PCOPY_STEP_STAT_TARGET,    /* dst: look at what is there */
	PCOPY_STEP_CREATE,         /* dst: create a regular file */
	PCOPY_STEP_MKDIR,          /* dst */
	PCOPY_STEP_OPEN_TARGET,    /* dst: open the directory made */
	PCOPY_STEP_SYMLINK,        /* dst */
	PCOPY_STEP_LINK,           /* dst: make a hard link */
	PCOPY_STEP_MKFIFO,         /* dst */
	PCOPY_STEP_MKNOD,          /* dst: make a socket or device node */
	PCOPY_STEP_UNLINK,         /* dst: remove what is in the way */
	PCOPY_STEP_WRITE,          /* dst */
	PCOPY_STEP_CLONE,          /* src, dst: --reflink=always and it cannot be */
	PCOPY_STEP_TRUNCATE,       /* dst */
	PCOPY_STEP_OWNER,          /* dst */
	PCOPY_STEP_XATTR,          /* dst */
	PCOPY_STEP_MODE,           /* dst */
	PCOPY_STEP_TIMES,          /* dst */
	PCOPY_STEP_CLOSE,          /* dst */
	PCOPY_STEP_RENAME,         /* dst: the temporary name to the final one */
	PCOPY_STEP_BACKUP,         /* dst: rename what is there */
	PCOPY_STEP_CONTEXT,        /* dst: set the SELinux context */
	PCOPY_STEP_SYNC,           /* dst: force it to the disk */
	PCOPY_STEP_FLAGS,          /* dst: set the flags of chattr(1) */
	PCOPY_STEP_WORKER,         /* src: its workers died too often; EBADMSG: answered nonsense */
	/* Refused for what source and target are; errnum is 0. */
	PCOPY_STEP_SAME_FILE,        /* src and dst are the same file */
	PCOPY_STEP_INTO_ITSELF,      /* src directory would be copied into itself, dst */
	PCOPY_STEP_DIR_OVER_FILE,    /* dst is no directory, src is one */
	PCOPY_STEP_FILE_OVER_DIR,    /* dst is a directory, src is none */
	PCOPY_STEP_THROUGH_SYMLINK,  /* dst is a symbolic link inside the target */
	PCOPY_STEP_THROUGH_DANGLING, /* dst is a symbolic link to nothing */
	PCOPY_STEP_OVER_SPECIAL,     /* dst is a FIFO, socket or device node */
	PCOPY_STEP_JUST_CREATED,     /* dst was made from another source in this run */
	PCOPY_STEP_THROUGH_CREATED,  /* ... and dst is a symbolic link by that */
	PCOPY_STEP_TWICE,            /* a warning: src was named before with the same dst */
	PCOPY_STEP_NOT_REPLACED,     /* dst exists (PCOPY_UPDATE_NONE_FAIL) */
	PCOPY_STEP_CYCLE,            /* src is a directory that it lies in */
	PCOPY_STEP_BACKUP_IS_SOURCE, /* the backup of dst would be src */
	PCOPY_STEP_RELATIVE_LINK,    /* dst is not in the current directory, src relative */
	PCOPY_STEP_READ_TARGET,      /* dst: read it back */
	PCOPY_STEP_MANIFEST,         /* dst: write the manifest */
	PCOPY_STEP_OMITTED,          /* src is a directory (PCOPY_RULE_OMIT_DIRECTORIES) */
	PCOPY_STEP_READ_XATTR,       /* src: read its attributes */
	PCOPY_STEP_FOLDED, /* dst was made from `other`: in the target both have one name */
	PCOPY_STEP_ACL,    /* dst: set its access control list, which is part of its mode */
	/* Of `delete_extraneous`. */
	PCOPY_STEP_DELETE,      /* dst: remove it, as the source does not have it */
	PCOPY_STEP_NOT_LISTED,  /* src was not listed to its end, or is another by now: dst stays */
	PCOPY_STEP_MOUNTED,     /* a warning: dst stays, a mount point or a subvolume */
	PCOPY_STEP_IN_USE,      /* a warning: dst stays, a server keeps it for who has it open */
	PCOPY_STEP_GATE_ERRORS, /* `count` entries were not copied: nothing is removed below dst */
	PCOPY_STEP_GATE_EMPTY,  /* src is empty, dst is not: nothing is removed */
	PCOPY_STEP_GATE_LIMIT,  /* `count` entries would be removed, too many: none is */
	PCOPY_STEP_ONE_TARGET,  /* dst, or what it lies in, is the target of another src, too */
	PCOPY_STEP_HOLDS_SOURCE, /* a source lies in dst, where it might be removed */
	/* Of PCOPY_EVENT_RANK: what a rank sees is not what the first one does. */
	PCOPY_STEP_OTHER_SOURCE, /* it is something else */
	PCOPY_STEP_OTHER_TARGET,
	PCOPY_STEP_LOCAL_SOURCE, /* it is on a file system that other machines do not see */
	PCOPY_STEP_LOCAL_TARGET,
	PCOPY_STEP_OTHER_PROGRAM, /* the rank runs another program, or another version of it */
	PCOPY_STEP_OTHER_USER,    /* ... as another user or group */
	PCOPY_STEP_SILENT,        /* it has not answered for ten seconds, and is waited for */
	PCOPY_STEP_NO_WORKERS,    /* it cannot start any worker */
	PCOPY_STEP_NO_MESSAGE,    /* it sent what is no message: the run ended there */
	PCOPY_STEP_UNREACHED,     /* nothing can be sent to it: likewise */
	PCOPY_STEP_GONE,          /* it has ended, and none is left: likewise */
	PCOPY_STEP_LEADS_OUT,     /* src, one of `names`, has a component `..` */
	PCOPY_STEPS
};

/* How a copy is proved. */
enum pcopy_verify {
	PCOPY_VERIFY_NO,
	PCOPY_VERIFY_HASH,    /* by the workers of the pool: XXH3-128 of both sides */
	PCOPY_VERIFY_ARCHIVE, /* by libarchive, in forked processes */
	PCOPY_VERIFIES
};

/* What becomes of an entry whose copy differs. */
enum pcopy_mismatch {
	PCOPY_MISMATCH_FAIL,   /* it is told */
	PCOPY_MISMATCH_RECOPY, /* it is copied again by read and write, and compared again */
	PCOPY_MISMATCHES
};

/* In what two entries differ. */
enum pcopy_field {
	PCOPY_FIELD_NONE,
	PCOPY_FIELD_MISSING, /* the source, or the manifest, alone has it */
	PCOPY_FIELD_EXTRA,   /* ... and the target alone */
	PCOPY_FIELD_KIND,
	PCOPY_FIELD_SIZE,
	PCOPY_FIELD_DATA,
	PCOPY_FIELD_LINK, /* what a symbolic link names */
	PCOPY_FIELD_DEVICE,
	PCOPY_FIELD_LINKS, /* which names are one file */
	PCOPY_FIELD_MODE,
	PCOPY_FIELD_USER,
	PCOPY_FIELD_GROUP,
	PCOPY_FIELD_TIME, /* of modification */
	PCOPY_FIELD_XATTR,
	PCOPY_FIELD_ACL,
	PCOPY_FIELD_FLAGS,
	PCOPY_FIELD_HOLES,
	PCOPY_FIELD_DIGEST, /* of the data, by a manifest */
	PCOPY_FIELDS
};

/* What a worker's time goes to; together, all that it is busy. */
enum pcopy_phase {
	PCOPY_PHASE_WALK,     /* directories: opening, making, listing */
	PCOPY_PHASE_OPEN,     /* files: opening the source, looking at it */
	PCOPY_PHASE_CREATE,   /* ... creating or opening the target */
	PCOPY_PHASE_COPY,     /* ... moving the bytes */
	PCOPY_PHASE_METADATA, /* of files and directories: owner, attributes, mode, times */
	PCOPY_PHASE_LINK,     /* hard links, symbolic links, special files */
	PCOPY_PHASE_COMMIT,   /* closing, renaming */
	PCOPY_PHASES
};

/* What would become of a target. */
enum pcopy_would {
	PCOPY_WOULD_CREATE,  /* it is made: nothing has its name */
	PCOPY_WOULD_REPLACE, /* what has its name is removed or renamed, and it is made */
	PCOPY_WOULD_UPDATE,  /* a file is written anew */
	PCOPY_WOULD_CHANGE_ATTRIBUTES,
	PCOPY_WOULD_REMOVE,
	PCOPY_WOULDS
};

/* A rule about what is left out, see struct pcopy_filter. */
struct pcopy_filter_rule {
	unsigned number; /* in the list, from 1 on; 0: of a .gitignore file */
	bool include;
	const char *pattern;
	const char *file; /* that it was read from; NULL: it was given by hand */
	uint64_t line;    /* of the file, from 1 on */
};

/* One message about one entry.  Pointers live until the callback returns.
 * The paths begin with the operands as they were given to pcopy_add(). */
struct pcopy_event {
	enum pcopy_event_type {
		PCOPY_EVENT_ERROR,   /* counted as failed; the copy goes on */
		PCOPY_EVENT_WARNING, /* copied, but something about it was not kept */
		/* Only when `verbose`.  Of directories, those that were made; with
		 * PCOPY_STEP_MKDIR for PCOPY_ADD_PARENTS. */
		PCOPY_EVENT_COPIED,
		PCOPY_EVENT_SKIPPED, /* only when `verbose`: the target is to stay */
		/* Only when `verbose`: dst, so that it can be made anew; with PCOPY_STEP_DELETE
		 * for `delete_extraneous`. */
		PCOPY_EVENT_REMOVED,
		PCOPY_EVENT_WORKER,   /* a worker was lost and replaced; errnum: signal or 0 */
		PCOPY_EVENT_DEGRADED, /* fewer workers than asked for; errnum: why */
		/* `count` jobs of a canceled run did not end within `cancel_ms`: the new
		 * files that they were writing were removed. */
		PCOPY_EVENT_HUNG,
		PCOPY_EVENT_DIFFERENT, /* dst is not what it should be, see `difference` */
		/* `count` jobs of a canceled run force data to the disk, and are waited for. */
		PCOPY_EVENT_FLUSHING,
		/* Only when `verbose`: what is preserved of dst was set, not its contents
		 * (PCOPY_UPDATE_DIFFER). */
		PCOPY_EVENT_ATTRIBUTES,
		PCOPY_EVENT_WOULD,    /* `dry_run`: what would become of dst, see `would` */
		PCOPY_EVENT_EXCLUDED, /* only when `verbose`: src is left out, for `rule` */
		/* Rank `rank`, on the machine `host`, cannot take part, so that nothing was done:
		 * it does not see src (PCOPY_STEP_STAT) or dst (PCOPY_STEP_STAT_TARGET), or as
		 * `step` says.  Paths are absolute.  With two steps it is a warning: PCOPY_STEP_SILENT,
		 * and PCOPY_STEP_LINK, where inodes of src may have other numbers there, so that
		 * names of one file that different ranks meet become several files.
		 * PCOPY_STEP_NO_MESSAGE and what follows it may come in mid-copy, too: what has a
		 * final name by then is whole. */
		PCOPY_EVENT_RANK,
		/* `count` threads copy instead of coroutines; errnum: why io_uring cannot be had,
		 * ENOTSUP where the library is built without it. */
		PCOPY_EVENT_FALLBACK,
		PCOPY_EVENTS
	} type;
	enum pcopy_kind kind;
	enum pcopy_step step;
	int errnum; /* positive errno value, or 0 */
	const char *src;
	const char *dst;
	/* WARNING: so many entries met it, src and dst are the first of them.  A
	 * warning of a kind that others may meet too comes at the end of the run. */
	uint64_t count;
	const char *backup; /* COPIED: what was at dst is there now, or NULL */
	/* COPIED, a regular file: what moved its bytes. */
	struct pcopy_way {
		enum pcopy_answer {
			PCOPY_UNKNOWN,
			PCOPY_NO,
			PCOPY_YES,
			PCOPY_AVOIDED,
			PCOPY_UNSUPPORTED
		} offload,
			reflink;
		bool seek_hole; /* holes of the source were looked for */
		bool zeros;     /* runs of zeros were looked for */
	} way;
	struct pcopy_difference {
		enum pcopy_field field;
		const char *want, *have; /* of src and dst, in words; NULL: nothing to say */
		uint64_t offset;         /* DATA: of the first byte that differs */
		bool changed;            /* src was changed after the run began */
		bool again;              /* it will be copied again */
	} difference;
	const char *other; /* PCOPY_STEP_FOLDED: the source that has the name; or NULL */
	struct pcopy_filter_rule rule; /* EXCLUDED: what decided */
	enum pcopy_would would;        /* WOULD */
	unsigned rank;    /* RANK, and ERROR where one could not sync (PCOPY_STEP_SYNC); else 0 */
	const char *host; /* likewise */
};

/* Where a running copy stands.  The fraction never goes back, but that it begins anew
 * with each part of a run (copying, reading back); it is an
 * estimate while directories are still being found. */
struct pcopy_progress {
	uint64_t entries; /* done: copied, skipped, failed */
	uint64_t bytes;   /* moved, those of files in work included */
	uint64_t elapsed_ns;
	double fraction; /* 0 to 1 */
	bool walking;    /* directories are still being found */
	unsigned workers;
	const struct pcopy_worker_progress *worker; /* [workers], until the callback returns */
	unsigned
		width; /* workers that get jobs, where their number was left to the library; or 0 */
};

/* Paths begin with the operands as they were given to pcopy_add(). */
struct pcopy_worker_progress {
	const char *path; /* of the source in work; NULL: none, or not known now */
	uint64_t entries; /* done by this worker, in jobs that have ended */
	uint64_t bytes;   /* likewise, and what the job in work has moved */
};

/* A stretch of a worker's time, for a trace.  Times are since pcopy_run(). */
struct pcopy_slice {
	unsigned worker;
	uint64_t start_ns, ns;
	const char *job;        /* a whole job: its kind; NULL: a phase of the job sent before */
	enum pcopy_phase phase; /* if `job` is NULL */
	/* Of a job: the directory or file that it is about, or NULL, and what was done. */
	const char *path;
	uint64_t entries, bytes;
};

/* Why a run ended before all was done. */
enum pcopy_stop {
	PCOPY_STOP_NOT,
	PCOPY_STOP_CANCELED, /* pcopy_cancel() */
	PCOPY_STOP_FULL,     /* no space left for the target, or none within a quota */
	PCOPY_STOP_ERRORS,   /* as many as `max_errors` */
	PCOPY_STOPS
};

/* When what was written is forced to the disk. */
enum pcopy_fsync {
	PCOPY_FSYNC_NONE, /* when the system sees fit */
	PCOPY_FSYNC_FILE, /* each file before it gets its final name, each directory at its end */
	PCOPY_FSYNC_END,  /* the target's file systems, before pcopy_run() returns */
	PCOPY_FSYNCS
};

/* Up to what number `delete_extraneous` removes anything. */
enum pcopy_delete_limit {
	PCOPY_DELETE_ANY,
	PCOPY_DELETE_COUNT,   /* `max_delete` entries */
	PCOPY_DELETE_PERCENT, /* `max_delete` per cent, up to 100, of those below the targets */
	PCOPY_DELETE_LIMITS
};

/* Bits of `delete_flags`. */
enum pcopy_delete_flags {
	PCOPY_DELETE_DESPITE_ERRORS = 1 << 0, /* though entries failed */
	PCOPY_DELETE_FROM_EMPTY = 1 << 1,     /* though a directory given has no entry */
	/* What `filter` and `gitignore` leave out, too; else they protect it. */
	PCOPY_DELETE_EXCLUDED = 1 << 2,
};

/* How the processes of one run reach each other, which may be on several machines: whole
 * messages, each once, and from one rank to another in the order in which they were sent.  Rank
 * 0 calls pcopy_run(), all others pcopy_serve().  All run the same version of the library, as
 * the same user, and see the same files at the same absolute paths. */
struct pcopy_transport {
	size_t size; /* of this struct */
	void *data;
	unsigned rank, ranks; /* of this process; of the run, itself included */
	/* Sends a message, which is the caller's again when it returns.  Does not wait for the
	 * receiver.  0 or negative errno. */
	int (*send)(void *data, unsigned rank, const void *message, size_t len);
	/* Waits until a message is there, or `fd` can be read (-1: no such), or `timeout_ms` are
	 * over (-1: never).  1: a message, valid until the next call, and whose it is; 0: none;
	 * negative errno.  -EPIPE: no message will come any more from *ret_rank. */
	int (*receive)(void *data, int timeout_ms, int fd, unsigned *ret_rank,
	               const void **ret_message, size_t *ret_len);
};

/* Set `size` with PCOPY_OPTIONS_INIT; later versions add fields at the end. */
struct pcopy_options {
	size_t size;
	enum pcopy_pool pool;
	/* 0, both or what the pool has of them: as many workers as the storage rewards, see
	 * `width_min`. */
	unsigned processes;
	unsigned threads;     /* of each process (hybrid: 2, where 0) */
	unsigned queue_depth; /* job slots; 0: four for each worker */
	uint64_t chunk_bytes; /* larger files are copied in ranges; 0: never */
	enum pcopy_when reflink;
	enum pcopy_when sparse;
	unsigned preserve;    /* bits of enum pcopy_preserve */
	bool shared_fd_table; /* threads keep one descriptor table (private is faster) */
	bool force;           /* replace a target file that cannot be opened */
	bool verbose;         /* send PCOPY_EVENT_COPIED */
	unsigned progress_ms; /* interval of on_progress; 0: whenever jobs were answered */

	enum pcopy_dereference dereference;
	enum pcopy_update update;
	enum pcopy_make make;
	enum pcopy_method method; /* nothing but this one; PCOPY_METHOD_NONE: the best that works */
	enum pcopy_backup backup;
	const char *backup_suffix;   /* of simple backups; NULL, "" or with a slash: "~" */
	bool remove_destination;     /* remove an existing target instead of writing to it */
	bool one_file_system;        /* directories on other ones stay empty */
	bool attributes_only;        /* files: what is kept, not the contents */
	bool copy_contents;          /* of FIFOs and devices: read them */
	bool keep_directory_symlink; /* a link to a directory in the target is followed */
	unsigned max_errors;         /* stop after so many; 0: never */
	enum pcopy_fsync fsync;
	/* Whether a regular file is written beside its target under a temporary name
	 * and renamed, so that who reads the target sees the old file or the new one.
	 * AUTO: where an existing file is replaced and not written to, and where `update`
	 * leaves files alone (there half a file would be taken for one that is to stay);
	 * but one with further names, attributes or set-id bits, one of another owner, and
	 * one in a directory that hands down a list or lets none be made, is written to.
	 * ALWAYS: all, also new ones; one that is replaced keeps its mode and owner where
	 * these are not preserved, but no attributes and lists. */
	enum pcopy_when atomic;
	/* What an interrupted run of the same copy finished is skipped, and large files
	 * go on at the range that they came to; see pcopy(1) for what is trusted.  When
	 * canceled, unfinished large files keep their temporary names. */
	bool resume;
	/* A canceled run waits so long for jobs in work, such as a read that hangs in
	 * the kernel, then ends their worker processes and removes what they were writing.
	 * For jobs that force data to the disk, as close() and fsync() do, ten times as long,
	 * from the last time that less was unwritten than ever before.  Threads cannot be
	 * ended: pcopy_run() returns when they do.  0: as long as they take. */
	unsigned cancel_ms;

	/* Callbacks; any may be NULL.  They run in the thread that called
	 * pcopy_run(), between jobs, and must not call back into the handle,
	 * pcopy_cancel() excepted. */
	void *userdata;
	void (*on_event)(void *userdata, const struct pcopy_event *event);
	void (*on_progress)(void *userdata, const struct pcopy_progress *progress);
	/* Runs in each forked worker process right after its birth. */
	void (*on_worker_start)(void *userdata, unsigned worker);
	/* Asked before an existing target that is no directory is overwritten.
	 * `mode`: its permission bits; `writable`: they let us.  False: it stays. */
	bool (*on_overwrite)(void *userdata, const char *dst, unsigned mode, bool writable);

	enum pcopy_verify verify; /* what was copied is read back and compared */
	enum pcopy_mismatch mismatch;
	bool verify_cold;     /* from the disk: pages of the target in memory are dropped first */
	const char *manifest; /* a file to be written: mtree(5), with SHA-256 of each file */
	bool digest;          /* one hash of each tree, for on_digest */
	void (*on_digest)(void *userdata, const char *dst, const char *hex);
	bool progress_paths; /* on_progress is told what each worker is at */
	bool measure;        /* where the time goes; costs a read of the clock for each phase */
	/* With `measure`: each job that ended, and then its phases. */
	void (*on_slice)(void *userdata, const struct pcopy_slice *slice);
	/* Once, when the operands were looked at: from now on a run that is ended, and not
	 * canceled, may leave something unfinished. */
	void (*on_start)(void *userdata);
	unsigned rules; /* bits of enum pcopy_rule */
	/* What is left out of directories: it is not opened, and what it holds is not seen.  Entries
	 * given to pcopy_add() are never left out.  It is not freed with the handle, which it
	 * must outlive. */
	const struct pcopy_filter *filter;
	/* What the .gitignore files found on the way exclude is left out, too; `filter` comes
	 * before them. */
	bool gitignore;
	/* Regular files of another size than between these are skipped, also such as were given
	 * to pcopy_add(). */
	bool limit_size;
	uint64_t min_bytes, max_bytes;
	/* Bytes a second that all workers together move, whatever by, and read back, on each
	 * side; clones move none.  0: no limit. */
	uint64_t bwlimit;
	enum pcopy_differ differ; /* with PCOPY_UPDATE_DIFFER */
	/* With PCOPY_DIFFER_TIME: times that are so far apart are the same.  0: those that are,
	 * cut to the coarser of the granularities of both file systems. */
	uint64_t modify_window_ns;
	/* Nothing is done; PCOPY_EVENT_WOULD for each entry that something would be done about, and
	 * what the report counts as copied would have been.  `on_overwrite` is not asked: each
	 * answer is taken for yes. */
	bool dry_run;
	/* Where the number of workers is left to the library: how many there are at first, and at
	 * most.  More are born while those at work sleep on the storage and the rate rises with
	 * them; where it does not some rest again.  0: one for each CPU that this process may
	 * use, more where a side is not on this machine; 64. */
	unsigned width_min, width_max;
	/* The workers that get jobs are as many from now on; `at_ns` is since pcopy_run(). */
	void (*on_width)(void *userdata, uint64_t at_ns, unsigned width);
	/* When all is copied, and only when nothing failed, what is below the target of a directory
	 * given to pcopy_add() and not in that directory is removed.  Each name is removed only if
	 * its directory in the source was listed to its end, is still the same, and answers that it
	 * does not have the name.  Mounts and subvolumes stay. */
	bool delete_extraneous;
	unsigned delete_flags; /* bits of enum pcopy_delete_flags */
	/* Counted before anything is removed: where more would go, nothing is. */
	enum pcopy_delete_limit delete_limit;
	uint64_t max_delete;
	/* Asked before an entry is removed that the source does not have; of a directory before
	 * what is below it.  False: it stays, with all below it. */
	bool (*on_delete)(void *userdata, const char *dst, enum pcopy_kind kind);
	/* With two ranks or more all work is done by those that serve, with `threads` threads each
	 * (0: 4), and `pool` and `processes` mean nothing; `chunk_bytes` is made a multiple of
	 * 64 KiB.  NULL or one rank: as if there were none.
	 * Must outlive the handle.  Not with PCOPY_VERIFY_ARCHIVE, `copy_contents`, `names`,
	 * pcopy_check(), and operands that are FIFOs or devices to be read or written: -EINVAL. */
	const struct pcopy_transport *transport;

	unsigned coroutines; /* of each thread (PCOPY_POOL_COROUTINES: 16, where 0) */
	bool no_fallback;    /* another pool than the one asked for is an error of the run */
	/* The entries that are copied of the one directory given to pcopy_add(), which must be one,
	 * instead of all that it holds; NULL: all.  It is not freed with the handle, which it must
	 * outlive.  Not with `delete_extraneous` and PCOPY_VERIFY_ARCHIVE. */
	const struct pcopy_names *names;
};

/* Names of entries, one after the other: paths below the directory given to pcopy_add(), a slash
 * before them meaning nothing.  Each is copied with the directories that lead to it, which are
 * made and get what is preserved of theirs.  No component may be `..`, nor lead through a
 * symbolic link, but with PCOPY_DEREFERENCE_ALWAYS.  Rules of `filter` are asked about the entry
 * alone and not about the directories above it.  One that is named again is copied once,
 * unless it stands far behind: no more than a part of the list is remembered.
 *
 * Called by the thread that runs the copy. */
struct pcopy_names {
	void *userdata;
	/* The next name, which is valid until the next call, and not empty.  1; 0 at the end; -EAGAIN:
	 * there is none yet, which is asked again soon; or another negative errno, which ends the
	 * run. */
	int (*next)(void *userdata, const char **ret);
	/* From the first one on, for what is read back.  0 or negative errno. */
	int (*again)(void *userdata);
	bool recursive; /* directories among them are copied with all below */
};

#define PCOPY_CHUNK_BYTES (UINT64_C(64) << 20)

/* What struct pcopy_options is set to before a caller changes any of it. */
#ifdef __cplusplus
static inline struct pcopy_options pcopy_options_default(void)
{
	struct pcopy_options options = pcopy_options();

	options.size = sizeof(options);
	options.pool = PCOPY_POOL_THREADS;
	options.chunk_bytes = PCOPY_CHUNK_BYTES;
	options.progress_ms = 100;
	return options;
}
#define PCOPY_OPTIONS_INIT pcopy_options_default()
#else
#define PCOPY_OPTIONS_INIT                                                                         \
	{                                                                                          \
		.size = sizeof(struct pcopy_options), .pool = PCOPY_POOL_THREADS,                  \
		.chunk_bytes = PCOPY_CHUNK_BYTES, .progress_ms = 100                               \
	}
#endif

/* ---- What a caller gets back ---- */

struct pcopy_count {
	uint64_t copied, skipped, failed; /* walked is their sum */
};

struct pcopy_worker_report {
	uint64_t jobs;
	uint64_t entries;
	uint64_t bytes;
	uint64_t busy_ns; /* between taking a job and answering it */
	uint64_t cpu_ns;  /* of busy_ns, on a CPU */
	/* Ready to run, but on no CPU; only with `measure`.  The rest of busy_ns the
	 * worker slept, on a disk or a lock. */
	uint64_t delay_ns;
	/* Since the run began: the first job taken, the last one answered; 0 and 0
	 * where it had none.  What is not busy_ns in between it waited for a job. */
	uint64_t first_ns, last_ns;
};

/* A rank that served: rank `i + 1` of `transport`. */
struct pcopy_rank_report {
	const char *host;
	unsigned workers; /* the first of them is number i * `threads` */
	uint64_t jobs;    /* these: of all its workers, when copying */
	uint64_t entries, bytes;
	uint64_t busy_ns;
	uint64_t user_ns, system_ns; /* CPU of its process in this run */
	uint64_t peak_bytes;         /* as that of worker processes */
};

/* Durations lie in buckets that grow with them: pcopy_bucket_ns() is the shortest one
 * in a bucket. */
#define PCOPY_BUCKETS 304

struct pcopy_phase_report {
	uint64_t count, sum_ns;
	uint64_t p50_ns, p95_ns, p99_ns, max_ns;
	const uint64_t *bucket; /* [PCOPY_BUCKETS]: how many of each duration */
};

/* What happened.  Belongs to the handle. */
struct pcopy_report {
	size_t size;
	enum pcopy_pool pool;
	unsigned processes, threads; /* as started; serial: 1 and 1 */
	unsigned workers;            /* processes x threads x coroutines, all that were started */
	unsigned replaced;           /* workers that died and were replaced */
	uint64_t wall_ns;
	uint64_t user_ns, system_ns; /* CPU of this process and its workers in this run */
	/* Peak resident memory of the caller's process plus, for each worker
	 * process, the peak of what is its own (anonymous pages). */
	uint64_t peak_bytes;
	uint64_t jobs;
	struct pcopy_count entries[PCOPY_KINDS];
	uint64_t warnings;
	uint64_t bytes;                       /* lengths of the files copied */
	uint64_t method_bytes[PCOPY_METHODS]; /* moved by each method; holes are in none */
	uint64_t method_files[PCOPY_METHODS]; /* a file in ranges counts once a range */
	enum pcopy_stop stop;
	const struct pcopy_worker_report *worker; /* [workers] */
	/* Reading back: comparison, manifest, digest. */
	struct pcopy_verify_report {
		uint64_t wall_ns;
		uint64_t entries;     /* looked at */
		uint64_t bytes;       /* of files, of one side */
		uint64_t passed_over; /* not copied in this run */
		uint64_t failed;      /* could not be read */
		uint64_t differences;
		uint64_t recopied;
		/* verify_cold: pages of the target in memory before they were dropped, and
		 * after it. */
		uint64_t warm_bytes, cold_bytes;
	} verify;

	bool degraded; /* workers were missing, or none was left and the caller's thread worked */
	/* Of this process and its workers in this run. */
	uint64_t minor_faults, major_faults;
	uint64_t voluntary_switches, involuntary_switches;
	unsigned queue_depth, queue_peak; /* slots; most that were in use */
	uint64_t queue_full;              /* times there was more to do than slots */
	uint64_t queue_starved; /* times there was less to do than workers, before the end */
	uint64_t first_done_ns, last_done_ns; /* least and greatest last_ns of workers with jobs */
	const struct pcopy_phase_report *phase; /* [PCOPY_PHASES] with `measure`, else NULL */
	uint64_t measuring_ns;          /* what `measure` cost all workers together, estimated */
	uint64_t excluded[PCOPY_KINDS]; /* left out, and not walked; as listed */
	/* PCOPY_UPDATE_DIFFER, of those skipped: targets that were what their sources are, and
	 * those that what is preserved was set of. */
	uint64_t unchanged, attributes_set;
	/* Workers that got jobs, at least and at most, where their number was left to the library;
	 * else both are `workers`. */
	unsigned width_least, width_most;
	/* What became of `delete_extraneous`. */
	struct pcopy_delete_report {
		uint64_t wall_ns;
		uint64_t found;       /* entries below the targets that were looked at */
		uint64_t removed;     /* directories are counted, too: */
		uint64_t directories; /* of these */
		uint64_t stayed;      /* mounts, and what on_delete() or a filter protects */
		/* Could not be removed, or it could not be known; or it was copied, and failed when
		 * something was removed in it. */
		uint64_t failed;
	} deleted;
	/* With `transport`: those that served, [ranks]; else NULL and 0. */
	const struct pcopy_rank_report *rank;
	unsigned ranks;
	enum pcopy_pool asked; /* for; `pool` is another one where that could not be had */
	unsigned coroutines;   /* of each thread; 1 in other pools, 0 where none was started */
	/* Coroutines: what was asked of io_uring. */
	struct pcopy_calls_report {
		uint64_t enters;  /* of the kernel, each with all calls that there were */
		uint64_t at_once; /* calls answered while they were handed over */
		uint64_t later;   /* by a worker of the kernel, or when something happened */
		uint64_t plain;   /* that have a form in io_uring, and were made as calls */
	} calls;
};

/* ---- Filters ---- */

/* An ordered list of rules about what is left out, as rsync(1) has them: the first rule whose
 * pattern matches decides, and what none matches is copied.
 *
 * A pattern without a slash is held against the last component of a path, one with slashes
 * inside against the last components, one that begins with a slash against the whole path
 * below a directory given to pcopy_add(): /a leaves out its entry a.  One that ends in a slash
 * matches directories alone.  `*`, `?` and `[...]` match no slash, `**` does; `dir/` with
 * three stars behind it is the directory and all in it.  A backslash takes the next byte its
 * meaning in a pattern with wildcards.  All is about bytes, whatever the locale is.
 *
 * A list may serve several handles, also at the same time; it is not changed by a run. */
struct pcopy_filter;

PCOPY_API int pcopy_filter_new(struct pcopy_filter **ret);
PCOPY_API void pcopy_filter_free(struct pcopy_filter *filter);

/* What a text is, and each line of a file. */
enum pcopy_filter_kind {
	PCOPY_FILTER_EXCLUDE, /* a pattern of what is left out; in a file "+ PATTERN", too */
	PCOPY_FILTER_INCLUDE, /* ... of what is not; in a file "- PATTERN", too */
	PCOPY_FILTER_RULES,   /* "- PATTERN", "+ PATTERN" or "merge FILE" */
	PCOPY_FILTER_KINDS
};

/* What is wrong with a rule. */
struct pcopy_filter_error {
	const char *file; /* the filter's; NULL: the rule was given by hand */
	uint64_t line;    /* of it, or 0 */
	char reason[256];
};

/* Appends a rule.  `nul`: files that it merges have a NUL behind each rule.  0, or negative
 * errno and the reason in `ret`, which may be NULL: -EINVAL for what is no rule. */
PCOPY_API int pcopy_filter_add(struct pcopy_filter *filter, enum pcopy_filter_kind kind,
                               const char *text, bool nul, struct pcopy_filter_error *ret);

/* Appends what is in a file (`-`: standard input), a rule each line, or each string with
 * `nul`.  Empty lines are none, and those that begin with # or ;.  As pcopy_filter_add();
 * rules before the one that is wrong have been added. */
PCOPY_API int pcopy_filter_add_file(struct pcopy_filter *filter, enum pcopy_filter_kind kind,
                                    const char *file, bool nul, struct pcopy_filter_error *ret);

/* How many rules there are, and one of them: the first is number 1. */
PCOPY_API unsigned pcopy_filter_count(const struct pcopy_filter *filter);
PCOPY_API bool pcopy_filter_get(const struct pcopy_filter *filter, unsigned number,
                                struct pcopy_filter_rule *ret);

/* Whether an entry is left out whose path below the directory given to pcopy_add() is `path`;
 * of the directories above it nothing is said. */
PCOPY_API bool pcopy_filter_excludes(const struct pcopy_filter *filter, const char *path,
                                     bool directory);

/* Rules that decide nothing, whatever the tree holds: each is told once. */
enum pcopy_doubt {
	PCOPY_DOUBT_ONLY_INCLUDES,  /* all of them: nothing is left out */
	PCOPY_DOUBT_BELOW_EXCLUDED, /* `path`, which holds it, is left out by `other` */
	PCOPY_DOUBT_DECIDED_BEFORE, /* `other` matches all that it matches */
	PCOPY_DOUBT_NO_SUCH_NAME,   /* no entry has the component `path` */
	PCOPY_DOUBTS
};
struct pcopy_filter_doubt {
	enum pcopy_doubt what;
	struct pcopy_filter_rule rule, other;
	const char *path;
};
PCOPY_API void pcopy_filter_doubts(const struct pcopy_filter *filter,
                                   void (*tell)(void *userdata,
                                                const struct pcopy_filter_doubt *doubt),
                                   void *userdata);

/* ---- Doors ---- */

struct pcopy;

/* Makes a handle.  `options` is copied.  -EINVAL: a value out of range. */
PCOPY_API int pcopy_new(const struct pcopy_options *options, struct pcopy **ret);

enum pcopy_add_flags {
	/* Where `dst` is a symbolic link to something that is no directory, what
	 * it names is written; without it nothing is written through a link.  And where
	 * it is a FIFO or a device, that is written to. */
	PCOPY_ADD_FOLLOW_TARGET = 1 << 0,
	/* `dst` ends in `src` as it is given: the directories in `src` that `dst`
	 * lacks are made like those of the source, and named when `verbose`. */
	PCOPY_ADD_PARENTS = 1 << 1,
};

/* Names one entry to be copied, and the exact name that it gets: `dst` is the
 * copy itself, not the directory to put it in; its parent directory must exist.
 * A directory is copied with all below it; an existing directory is merged
 * into.  A symbolic link is copied as one.  Strings are copied.  Nothing is
 * looked at before pcopy_run().  `flags`: of enum pcopy_add_flags, or 0. */
PCOPY_API int pcopy_add(struct pcopy *copy, const char *src, const char *dst, unsigned flags);

/* What a run may return beside 0 and negative errno. */
#define PCOPY_FAILED 1    /* some entry could not be done */
#define PCOPY_DIFFERENT 3 /* something differs; others may have failed besides */

/* Copies, and proves the copy as the options say.  Returns 0 when every entry was
 * done, PCOPY_FAILED when some entry failed (each was given to on_event) or the run
 * stopped for it (see `stop` of the report), PCOPY_DIFFERENT when one differs (each
 * was given to on_event), -ECANCELED after pcopy_cancel(), another negative
 * errno value when no pool could be had (-EINVAL: with `delete_extraneous` two operands would
 * have one target, or one lies in a target, which was given to on_event; nothing was copied.
 * -EBUSY: a forked pool was asked for in
 * a process that already has several threads; -ENOTSUP: the library was built
 * without libarchive and is asked for what needs it; with `no_fallback` what
 * pcopy_pool_refused() says, as a negative number).  A handle runs once. */
PCOPY_API int pcopy_run(struct pcopy *copy);

/* Serves the runs of rank 0 until it is dismissed.  The process belongs to them for so long: its
 * umask becomes that of rank 0.  0, or negative errno: the transport broke, and what was in work
 * was left as by a process that is killed. */
PCOPY_API int pcopy_serve(const struct pcopy_transport *transport);

/* Ends pcopy_serve() of all other ranks.  By rank 0, when no run will come any more. */
PCOPY_API int pcopy_dismiss(const struct pcopy_transport *transport);

/* Compares each `dst` with its `src` and copies nothing: names both ways, kinds,
 * sizes, contents, what links name, devices, and of `preserve` modes, owners, times of
 * modification and which names are one file; by `verify`, PCOPY_VERIFY_NO being
 * PCOPY_VERIFY_HASH.  manifest and digest are of `dst`.  Returns as pcopy_run(). */
PCOPY_API int pcopy_verify(struct pcopy *copy);

/* Reads each `dst` for what the options want of it, manifest or digest, and copies and
 * compares nothing.  Returns as pcopy_run(). */
PCOPY_API int pcopy_describe(struct pcopy *copy);

/* Compares each `dst` with an mtree(5) manifest, and tells what is not in it.  Of a
 * manifest that is no such thing nothing below `dst` is looked at: -EBADMSG, and the
 * line and the reason in `ret`.  Otherwise as pcopy_run(). */
struct pcopy_manifest_error {
	uint64_t line;
	char reason[120];
};
PCOPY_API int pcopy_check(struct pcopy *copy, const char *manifest,
                          struct pcopy_manifest_error *ret);

/* Ends a running copy soon: files in work are removed, nothing new is begun.
 * Thread-safe and async-signal-safe. */
PCOPY_API void pcopy_cancel(struct pcopy *copy);

/* How long pcopy_run() may still wait for jobs in work after pcopy_cancel(), in ms: as
 * `cancel_ms` says, and longer while data is forced to the disk.  0: not at all, what has not
 * come back hangs.  Async-signal-safe. */
PCOPY_API unsigned pcopy_patience_ms(struct pcopy *copy);

/* The report of the last run; never NULL. */
PCOPY_API const struct pcopy_report *pcopy_get_report(const struct pcopy *copy);

PCOPY_API void pcopy_free(struct pcopy *copy);

/* ---- Words for values, the same everywhere; NULL when out of range ---- */
PCOPY_API const char *pcopy_pool_name(enum pcopy_pool pool);

/* Why a pool cannot be had here, as a positive errno value: of PCOPY_POOL_COROUTINES what the
 * kernel says about io_uring, or ENOTSUP where the library is built without it.  0: it can be. */
PCOPY_API int pcopy_pool_refused(enum pcopy_pool pool);
PCOPY_API const char *pcopy_method_name(enum pcopy_method method);
PCOPY_API const char *pcopy_kind_name(enum pcopy_kind kind);
PCOPY_API const char *pcopy_stop_name(enum pcopy_stop stop);
PCOPY_API const char *pcopy_field_name(enum pcopy_field field);
PCOPY_API const char *pcopy_phase_name(enum pcopy_phase phase);

/* The shortest duration in bucket number `bucket` of struct pcopy_phase_report. */
PCOPY_API uint64_t pcopy_bucket_ns(unsigned bucket);

/* The CPUs this process may use: affinity and cgroup quota, at least 1. */
PCOPY_API unsigned pcopy_cpus(void);

#define PCOPY_VERSION "0.1.0"

#ifdef __cplusplus
}
#endif
#endif
