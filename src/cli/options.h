/* SPDX-License-Identifier: MIT */
/* options.h - the command line as one struct.
 *
 * Strings in struct cli_options point into argv. */
#ifndef PC_CLI_OPTIONS_H
#define PC_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include <pcopy.h>

/* Exit statuses; 128+N after signal N. */
enum cli_exit {
	CLI_EXIT_OK = 0,
	CLI_EXIT_FAILED = 1,
	CLI_EXIT_USAGE = 2,
	CLI_EXIT_DIFFERENT = 3,
};

/* Where and how progress is shown.  The first three values are those of enum pcopy_when. */
enum cli_progress {
	CLI_PROGRESS_AUTO,
	CLI_PROGRESS_ALWAYS,
	CLI_PROGRESS_NEVER,
	CLI_PROGRESS_LINES,   /* plain lines every few seconds */
	CLI_PROGRESS_WORKERS, /* ... and a line for each worker */
};

/* Values of --cache. */
enum cli_cache { CLI_CACHE_ANY, CLI_CACHE_WARM, CLI_CACHE_COLD, CLI_CACHE_BOTH };

enum cli_command {
	CLI_COPY,
	CLI_VERIFY,   /* --verify-only */
	CLI_CHECK,    /* --check */
	CLI_DESCRIBE, /* --digest or --manifest of one directory */
	CLI_BENCH,
	CLI_HELP,
	CLI_VERSION
};

struct option_row;

struct cli_options {
	enum cli_command command;

	/* Options of the library, without callbacks.  pool, processes and threads already reflect
	 * -j and --pool. */
	struct pcopy_options copy;

	/* As given: at most one of `jobs` (-j N) and `jobs_processes` x `jobs_threads` (-j PxT)
	 * is not 0. */
	unsigned jobs;
	unsigned jobs_processes, jobs_threads;
	bool jobs_auto; /* -j auto was given */
	bool pool_given;
	bool reflink_given;

	/* The options in order.  `row` points into the table, `argument` into argv. */
	struct cli_given {
		const struct option_row *row;
		const char *argument; /* or NULL */
	} * given;
	unsigned givens;

	/* Operands: argv without the options, in order. */
	char **operand;
	unsigned operands;
	const char *target_directory; /* -t, or NULL */
	bool no_target_directory;     /* -T */
	bool parents;                 /* --parents */
	bool strip_slashes;           /* --strip-trailing-slashes */

	/* How existing targets are treated, as given; options_resolve() translates it to `copy`. */
	enum { CLI_OVERWRITE, CLI_OVERWRITE_ASK, CLI_OVERWRITE_NEVER } overwrite; /* -i, -n */
	bool backup;                     /* -b, --backup, -S */
	const char *backup_control;      /* argument of --backup, or NULL */
	bool hard_links, symbolic_links; /* -l, -s */
	bool no_hint;                    /* after this error cp does not refer to --help */
	bool recursive; /* -r, -R, -a: operands are treated like entries of a directory */

	/* Filter rules as given, in order.  cli_filter_load() builds copy.filter from them. */
	struct cli_filter_word {
		enum pcopy_filter_kind kind;
		bool file; /* `text` is the name of a file of rules */
		const char *text;
	} * filter_word;
	unsigned filter_words;
	bool nul;               /* -0: lines end with NUL */
	const char *files_from; /* --files-from: file, or NULL */

	/* Output. */
	bool quiet;
	bool debug;
	bool stats;
	enum cli_progress progress;
	enum pcopy_when color;
	const char *trace;  /* --trace: file, or NULL */
	const char *events; /* --events: "fd:N" or file, or NULL */
	bool json;
	const char *json_file; /* NULL: standard output */

	bool verify_only;
	const char *check; /* --check: the manifest, or NULL */
	bool mismatch_given;

	/* --bench[=LIST] */
	bool bench;
	const char *bench_list; /* as given: "threads,processes", or NULL */
#define CLI_COMMANDS_MAX 16
	const char *bench_command[CLI_COMMANDS_MAX];
	unsigned bench_commands;
	unsigned runs;   /* 1 or more; 0: until the intervals are narrow */
	unsigned warmup; /* 0 or more */
	unsigned max_time_s;
	const char *baseline; /* the name of a row, or NULL */
	const char *sweep;    /* as given: "j:1,2,4", or NULL */
	bool order_random;
	const char *seed; /* a number, or NULL */
	enum cli_cache cache;
	bool bench_fsync;
	enum pcopy_when keep_copies; /* auto or never */
	/* Output files, and an earlier report; NULL: none. */
	const char *export_json, *export_csv, *export_markdown, *export_hyperfine, *plot;
	const char *against;
	double max_slowdown; /* a fraction: 0.05 */
};

/* Parses argv.  Returns 0; -EINVAL after a usage message: exit with CLI_EXIT_USAGE then; or -ENOMEM
 * after a message. */
int cli_options_parse(int argc, char **argv, struct cli_options *ret);

/* Frees what the options own; argv is not freed. */
void cli_options_done(struct cli_options *options);

/* Sets `pool` and its number of workers in `*copy` according to -j, or 0 ("as many as the CPUs")
 * without -j.  -j N means N workers in any pool except the serial one.  In a hybrid pool the
 * smallest prime factor of N is the number of threads of a process: 8 is 4x2, 9 is 3x3, 3 is 1x3.
 * -j PxT means P*T workers in a pool that is not hybrid; --bench compares such pools. */
void cli_options_set_pool(const struct cli_options *options, enum pcopy_pool pool,
                          struct pcopy_options *copy);

/* Prints the hint at --help that ends every usage error.  Returns CLI_EXIT_USAGE. */
int cli_options_try_help(void);

/* Prints the text of --help. */
void cli_options_help(FILE *stream);

#endif
