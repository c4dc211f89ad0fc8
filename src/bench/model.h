/* SPDX-License-Identifier: MIT */
/* model.h - what a benchmark is made of and what it found.
 *
 * setup.c and rows.c say what is to be done, bench.c does it,
 * summary.c and scaling.c sum it up; the table, JSON, the exports and the
 * plot only read these records. */
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

/* With --runs=auto: enough when the interval is within this part of the mean. */
#define BENCH_AUTO_PART 0.02
#define BENCH_AUTO_MAX 1000U

/* More of the source in memory than this, and nothing is called cold. */
#define BENCH_COLD_MAX 0.05

/* Of a sweep, rows within this part of the fastest are as good. */
#define BENCH_SUGGEST_PART 0.05

#define BENCH_CLASSES 6

struct bench_class {
	const char *name;
	uint64_t max_bytes; /* of a file in it */
};

extern const struct bench_class bench_classes[BENCH_CLASSES];

/* What is copied. */
struct bench_tree {
	uint64_t files, directories, symlinks, specials;
	uint64_t bytes; /* of all files */
	uint64_t class_files[BENCH_CLASSES], class_bytes[BENCH_CLASSES];
	uint64_t fingerprint; /* of names, kinds, inodes, sizes, modes and times */
};

static inline uint64_t bench_tree_entries(const struct bench_tree *tree)
{
	return tree->files + tree->directories + tree->symlinks + tree->specials;
}

/* A command line, or a part of one. */
struct bench_words {
	const char *program; /* its file; what has no slash is searched for */
	char **argument;     /* ends with NULL */
	size_t count;
};

enum bench_cache { BENCH_CACHE_ANY, BENCH_CACHE_WARM, BENCH_CACHE_COLD };

/* One timed run. */
struct bench_sample {
	const char *fault;       /* NULL: the run counts; else why it does not */
	double wall_s;           /* from before the process was made to after its end */
	double user_s, system_s; /* of all its processes */
	double flush_s;          /* until all was on the disk, after that; with --bench-fsync */
	double resident;         /* part of the source in memory before; below 0: not looked at */
	double began_s;          /* since the experiment began */
	double create_s;         /* mean of all creates, as pcopy reported; 0: not known */
	bool outlier;
	uint64_t minor_faults, major_faults, voluntary_switches, involuntary_switches;
	uint64_t peak_bytes; /* a command's: of its largest process */
	/* As pcopy itself reported; zeros for commands. */
	unsigned processes, threads, coroutines, workers;
	unsigned width_least, width_most; /* of those that got jobs, one time or another */
	bool degraded;
	uint64_t method_bytes[PCOPY_METHODS];
	double first_done_s, last_done_s, measuring_s;
	double busy_s, on_cpu_s, delay_s, waited_s; /* of all workers */
	uint64_t queue_peak, queue_full, queue_starved;
};

struct bench_mode {
	/* what is run */
	char *name;          /* unique: "threads", "threads -j 4, cold", "cp -a" */
	const char *command; /* an outside command as given, or NULL: a pool */
	enum pcopy_pool pool;
	bool automatic; /* as many workers as pcopy chooses: "auto" */
	uint64_t swept; /* the value of the sweep that it has, or 0 */
	enum bench_cache cache;

	struct bench_sample *sample; /* [samples], in the order of the runs */
	size_t samples, capacity;
	const char *fault;         /* of the first bad run, warm-up included, or NULL */
	struct bench_sample first; /* run, warm-up included; `ran`: there was one */
	bool ran;
	struct pc_histogram phase[PCOPY_PHASES]; /* of all samples */

	/* Over all samples; set when `fault` is NULL. */
	struct pc_stats wall;    /* seconds */
	struct pc_stats flushed; /* with the flush */
	double cpu_s;            /* median of user and system time together */
	uint64_t peak_bytes;     /* the largest */
	double speedup;          /* against the baseline's median; 0: that is invalid */
	double efficiency;       /* speed-up by worker; 0: likewise, and for commands */
	double serial_fraction;  /* Karp and Flatt; NAN where there is none */
	bool knee;               /* of its curve */
};

/* Two rows. */
struct bench_comparison {
	enum bench_verdict {
		BENCH_TOO_FEW,
		BENCH_UNSOUND, /* one of them is invalid */
		BENCH_NO_DIFFERENCE,
		BENCH_DIFFERENCE,
	} kind;
	const struct bench_mode *first, *second;
	/* From BENCH_NO_DIFFERENCE on: */
	double u;
	double raw_p;
	double p;              /* corrected for all comparisons of the report */
	struct pc_shift shift; /* of first - second */
};

/* The default number of workers beside the best fixed one. */
struct bench_regret {
	const struct bench_mode *automatic, *best;
	double part; /* by which the default took longer; below 0: it took less */
};
#define BENCH_REGRETS_MAX 2 /* one for each state of the cache */

/* A row against the same one of an earlier report. */
struct bench_change {
	const struct bench_mode *mode;
	double before_s;  /* its median then */
	double p;         /* corrected for all */
	double slower;    /* part of it by which the row is slower now; below 0: faster */
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

/* What the machine did besides, during the runs. */
struct bench_others {
	double busy;   /* part of all CPUs' time that other processes used */
	double stolen; /* part that the host gave to others */
	double load;   /* of the last minute, before the first run */
};

struct bench {
	const struct cli_options *options;
	struct bench_mode *mode; /* [modes], in the order of a round */
	unsigned modes;
	char *words;                  /* what `command` of rows points into */
	struct bench_words handed_on; /* the options that each pcopy under test gets */
	struct bench_sweep sweep;
	uint64_t seed, random; /* as given or chosen; the state of what comes of it */
	struct bench_others others;
	const char *src, *dst;     /* as given */
	char *src_path, *dst_path; /* absolute, without links */
	int dst_fd;
	bool dst_created; /* by us, so to be removed by us */

	enum bench_copies {
		BENCH_COPIES_KEPT, /* until the last run is over */
		BENCH_COPIES_UNWANTED,
		BENCH_COPIES_NO_ROOM,
	} copies;
	unsigned copies_begun; /* copy-1, copy-2, ... */
	struct bench_probe {
		double create_s, link_s; /* CPU time, before the first run; 0: not measured */
	} probe;

	struct bench_left_out left_out;
	struct bench_tree tree;
	struct pc_machine machine;
	unsigned cpus; /* that this process may use */
	char src_filesystem[PC_FILESYSTEM_NAME], dst_filesystem[PC_FILESYSTEM_NAME];
	uint64_t began_ns;
	double resident; /* before the first run; below 0: not looked at */

	struct bench_comparison *comparison; /* [comparisons] */
	size_t comparisons;
	struct json_t *before;       /* the report of --bench-against, or NULL */
	struct bench_change *change; /* [changes], likewise */
	size_t changes;
	const struct bench_mode *suggested; /* of a sweep over workers, or NULL */
	struct bench_regret regret[BENCH_REGRETS_MAX];
	unsigned regrets;
	char **warning; /* [warnings] */
	size_t warnings;
	int status; /* exit status so far */
};

/* Rows that --baseline compares with: the one of the same cache state, or NULL. */
const struct bench_mode *bench_baseline(const struct bench *bench, enum bench_cache cache);

/* The workers that a row asks for; 0 for commands, and where pcopy chooses. */
unsigned bench_row_workers(const struct bench *bench, const struct bench_mode *mode);

/* Whether the sweep changes anything about a pool: the number of workers is not for
 * the serial one. */
bool bench_row_is_swept(const struct bench *bench, const struct bench_mode *mode);

/* No row counts: those without a fault get this one. */
void bench_rows_invalidate(struct bench *bench, const char *fault);

#endif
