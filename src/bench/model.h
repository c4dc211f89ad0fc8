/* SPDX-License-Identifier: MIT */
/* model.h - the data of a benchmark and its results.
 *
 * setup.c and rows.c prepare the experiment, bench.c runs it, summary.c and scaling.c evaluate
 * it; the table, JSON, exports and plot only read these records.
 *
 * A row is what is compared: a pool or a command, with a value of the sweep and a cache state.  The
 * reports call it a mode. */
#ifndef PC_BENCH_MODEL_H
#define PC_BENCH_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pcopy.h>

#include "base/histogram.h"
#include "base/machine.h"
#include "base/stats.h"
#include "bench/left_out.h"
#include "cli/options.h"

/* Fewer runs than these give no verdict: the smallest p-value of 4 against 4
 * is 0.03, and one disturbed run decides it. */
#define BENCH_VERDICT_RUNS 5
#define BENCH_SIGNIFICANCE 0.05

/* With --runs=auto: stop when the interval is within this fraction of the mean. */
#define BENCH_AUTO_PART 0.02
#define BENCH_AUTO_MAX 1000U

/* If a larger fraction of the source is cached, a run is not cold. */
#define BENCH_COLD_MAX 0.05

/* In a sweep, rows within this fraction of the fastest are equally good. */
#define BENCH_SUGGEST_PART 0.05

#define BENCH_CLASSES 6

struct bench_class {
	const char *name;
	uint64_t max_bytes; /* of a file in this class */
};

extern const struct bench_class bench_classes[BENCH_CLASSES];

/* The tree to copy. */
struct bench_tree {
	uint64_t files, directories, symlinks, specials;
	uint64_t bytes; /* of all files */
	uint64_t class_files[BENCH_CLASSES], class_bytes[BENCH_CLASSES];
	uint64_t fingerprint; /* hash of names, kinds, inodes, sizes, modes and times */
};

static inline uint64_t bench_tree_entries(const struct bench_tree *tree)
{
	return tree->files + tree->directories + tree->symlinks + tree->specials;
}

/* A command line, or a part of one. */
struct bench_words {
	const char *program; /* without a slash it is searched in PATH */
	char **argument;     /* NULL-terminated */
	size_t count;
};

enum bench_cache { BENCH_CACHE_ANY, BENCH_CACHE_WARM, BENCH_CACHE_COLD, BENCH_CACHES };

/* One timed run. */
struct bench_sample {
	const char *fault;       /* NULL: valid; else why not */
	double wall_s;           /* from before the process was created until it was reaped */
	double user_s, system_s; /* of all its processes */
	double flush_s;  /* additional time until all data was on the disk; with --bench-fsync */
	double resident; /* cached fraction of the source before the run; below 0: not measured */
	double began_s;  /* since the start of the experiment */
	double create_s; /* mean create, as pcopy reported; 0: unknown */
	bool outlier;
	uint64_t minor_faults, major_faults, voluntary_switches, involuntary_switches;
	uint64_t peak_bytes; /* of a command: of its largest process */
	/* As pcopy itself reported; zero for commands. */
	unsigned processes, threads, coroutines, workers;
	unsigned width_least, width_most; /* range of the workers that got jobs */
	bool degraded;
	uint64_t method_bytes[PCOPY_METHODS];
	double first_done_s, last_done_s, measuring_s;
	double busy_s, on_cpu_s, delay_s, waited_s; /* of all workers */
	uint64_t queue_peak, queue_full, queue_starved;
};

struct bench_row {
	/* definition of the row */
	char *name;          /* unique: "threads", "threads -j 4, cold", "cp -a" */
	const char *command; /* an external command as given, or NULL: a pool */
	enum pcopy_pool pool;
	bool automatic; /* "auto": the number of workers that pcopy chooses */
	uint64_t swept; /* its value of the sweep, or 0 */
	enum bench_cache cache;

	struct bench_sample *sample; /* [samples], in order of the runs */
	size_t samples, capacity;
	const char *fault;         /* of the first invalid run, including warm-up, or NULL */
	struct bench_sample first; /* the first run, which may be a warm-up; valid if `ran` */
	bool ran;
	struct pc_histogram phase[PCOPY_PHASES]; /* of all samples */

	/* Of all samples; valid if `fault` is NULL. */
	struct pc_stats wall;    /* seconds */
	struct pc_stats flushed; /* including the flush */
	double cpu_s;            /* median of user plus system time */
	uint64_t peak_bytes;     /* the largest */
	double speedup;          /* relative to the baseline's median; 0: that is invalid */
	double efficiency;       /* speed-up per worker; 0: likewise, and for commands */
	double serial_fraction;  /* Karp-Flatt metric; NAN: undefined */
	bool knee;               /* of its curve */
};

/* The test between two rows. */
struct bench_comparison {
	enum bench_verdict {
		BENCH_TOO_FEW,
		BENCH_UNSOUND, /* one of them is invalid */
		BENCH_NO_DIFFERENCE,
		BENCH_DIFFERENCE,
	} kind;
	const struct bench_row *first, *second;
	/* With BENCH_NO_DIFFERENCE and BENCH_DIFFERENCE: */
	double u;
	double raw_p;
	double p;              /* corrected for all comparisons of the report */
	struct pc_shift shift; /* of first - second */
};

/* The default number of workers compared with the best fixed one. */
struct bench_regret {
	const struct bench_row *automatic, *best;
	double part; /* fraction by which the default took longer; below 0: less time */
};
#define BENCH_REGRETS_MAX 2 /* one per cache state */

/* A row compared with the same one of an earlier report. */
struct bench_change {
	const struct bench_row *row;
	double before_s;  /* its median in that report */
	double p;         /* corrected for all */
	double slower;    /* fraction by which the row is slower now; below 0: faster */
	bool judged;      /* both had enough runs */
	bool significant; /* and slower than allowed */
};

struct bench_sweep {
	enum bench_swept {
		BENCH_SWEEP_NONE,
		BENCH_SWEEP_JOBS,
		BENCH_SWEEP_DEPTH,
		BENCH_SWEEP_CHUNK,
	} what;
#define BENCH_SWEEP_MAX 32
	uint64_t value[BENCH_SWEEP_MAX]; /* ascending */
	unsigned values;
};

/* Other activity on the machine during the runs. */
struct bench_others {
	double busy;   /* fraction of all CPU time used by other processes */
	double stolen; /* fraction that the host gave to other guests */
	double load;   /* load average of the last minute, before the first run */
};

struct bench {
	const struct cli_options *options;
	struct bench_row *row; /* [rows], in the order of a round */
	unsigned rows;
	char *words;                  /* storage of the rows' `command` */
	struct bench_words passed_on; /* options for each pcopy under test */
	struct bench_sweep sweep;
	uint64_t seed, random; /* as given or chosen; state of the generator */
	struct bench_others others;
	const char *src, *dst;     /* as given */
	char *src_path, *dst_path; /* absolute, without symbolic links */
	int dst_fd;
	bool dst_created; /* created, and to be removed, by bench_setup() and bench_done() */

	enum bench_copies {
		BENCH_COPIES_KEPT, /* until the last run is over */
		BENCH_COPIES_UNWANTED,
		BENCH_COPIES_NO_ROOM,
	} copies;
	unsigned copies_begun; /* copy-1, copy-2, ... */
	struct bench_probe {
		double create_s, link_s; /* CPU time before the first run; 0: not measured */
	} probe;

	struct bench_left_out left_out;
	struct bench_tree tree;
	struct pc_machine machine;
	unsigned cpus; /* usable by this process */
	char src_filesystem[PC_FILESYSTEM_NAME], dst_filesystem[PC_FILESYSTEM_NAME];
	uint64_t began_ns;
	double resident; /* before the first run; below 0: not measured */

	struct bench_comparison *comparison; /* [comparisons] */
	size_t comparisons;
	struct json_t *before;       /* the report of --bench-against, or NULL */
	struct bench_change *change; /* [changes], likewise */
	size_t changes;
	const struct bench_row *suggested; /* of a sweep over workers, or NULL */
	struct bench_regret regret[BENCH_REGRETS_MAX];
	unsigned regrets;
	char **warning; /* [warnings] */
	size_t warnings;
	int status; /* exit status so far */
};

/* The row of --baseline with the same cache state, or NULL. */
const struct bench_row *bench_baseline(const struct bench *bench, enum bench_cache cache);

/* The number of workers of a row; 0 for commands, and if pcopy chooses. */
unsigned bench_row_workers(const struct bench *bench, const struct bench_row *row);

/* True if the sweep affects the pool: the number of workers does not affect the serial one. */
bool bench_row_is_swept(const struct bench *bench, const struct bench_row *row);

/* Invalidates all rows that have no fault yet. */
void bench_rows_invalidate(struct bench *bench, const char *fault);

#endif
