/* bench_model.h - what a benchmark is made of and what it found.
 *
 * bench.c fills these records, bench_table.c and bench_json.c only read them. */
#ifndef PC_CLI_BENCH_MODEL_H
#define PC_CLI_BENCH_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pcopy.h>

#include "base/machine.h"
#include "base/stats.h"
#include "cli/options.h"

/* Fewer runs than these give no verdict: the smallest p-value of 4 against 4
 * is 0.03, and one disturbed run decides it. */
#define BENCH_VERDICT_RUNS 5
#define BENCH_SIGNIFICANCE 0.05

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
};

/* One timed run. */
struct bench_sample {
	const char *fault;       /* NULL: the run counts; else why it does not */
	double wall_s;           /* from before the process was made to after its end */
	double user_s, system_s; /* of all its processes */
	/* As the process itself reported: */
	unsigned processes, threads, workers;
	uint64_t peak_bytes;
	uint64_t method_bytes[PCOPY_METHODS];
};

struct bench_mode {
	enum pcopy_pool pool;
	struct bench_sample *sample; /* [samples], in the order of the runs */
	size_t samples;
	const char *fault; /* of the first bad run, warm-up included, or NULL */

	/* Over all samples; set when `fault` is NULL. */
	struct pc_stats wall; /* seconds */
	double cpu_s;         /* median of user and system time together */
	uint64_t peak_bytes;  /* the largest */
	double speedup;       /* against the serial mode's median; 0: it did not run */
	double efficiency;    /* speed-up by worker; 0: likewise */
};

/* Threads against processes. */
struct bench_verdict {
	enum {
		BENCH_NOT_COMPARED, /* not both were run */
		BENCH_TOO_FEW,
		BENCH_UNSOUND, /* one of them is invalid */
		BENCH_NO_DIFFERENCE,
		BENCH_DIFFERENCE,
	} kind;
	const struct bench_mode *threads, *processes;
	/* From BENCH_NO_DIFFERENCE on: */
	double p, u;
	double shift_s; /* Hodges-Lehmann, threads - processes */
};

struct bench {
	const struct cli_options *options;
	struct bench_mode mode[PCOPY_POOLS]; /* in the order of a round */
	unsigned modes;
	const char *src, *dst;     /* as given */
	char *src_path, *dst_path; /* absolute, without links */
	int dst_fd;
	bool dst_created; /* by us, so to be removed by us */

	struct bench_tree tree;
	struct pc_machine machine;
	unsigned cpus; /* that this process may use */
	char src_filesystem[PC_FILESYSTEM_NAME], dst_filesystem[PC_FILESYSTEM_NAME];
	struct bench_verdict verdict;
	int status; /* exit status so far */
};

#endif
