/* SPDX-License-Identifier: MIT */
/* options.h - the command line: one table of options, one struct of choices.
 *
 * Strings of struct cli_options are those of argv and live as long as it. */
#ifndef PC_CLI_OPTIONS_H
#define PC_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include <pcopy.h>

/* The exit statuses of the command; 128+N after signal N. */
enum cli_exit {
	CLI_EXIT_OK = 0,
	CLI_EXIT_FAILED = 1,
	CLI_EXIT_USAGE = 2,
	CLI_EXIT_DIFFERENT = 3,
};

/* Where and how progress is shown.  The first three are those of enum pcopy_when. */
enum cli_progress {
	CLI_PROGRESS_AUTO,
	CLI_PROGRESS_ALWAYS,
	CLI_PROGRESS_NEVER,
	CLI_PROGRESS_LINES,   /* plain lines every few seconds */
	CLI_PROGRESS_WORKERS, /* a line for each worker besides */
};

/* What --cache asks for. */
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

	/* What the library is asked for; its callbacks are not set.  The pool
	 * and the workers in it are already those of -j and --pool. */
	struct pcopy_options copy;

	/* As given: one of `jobs` (-j N) and `jobs_processes` x `jobs_threads`
	 * (-j PxT) at most is not 0. */
	unsigned jobs;
	unsigned jobs_processes, jobs_threads;
	bool jobs_auto; /* -j auto, as given and not as the default */
	bool pool_given;
	bool reflink_given;

	/* The options as they were read, in order; of the table, and of argv. */
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

	/* What becomes of targets that exist, as given; `copy` has what it means. */
	enum { CLI_OVERWRITE, CLI_OVERWRITE_ASK, CLI_OVERWRITE_NEVER } overwrite; /* -i, -n */
	bool backup;                     /* -b, --backup, -S */
	const char *backup_control;      /* of --backup, or NULL */
	bool hard_links, symbolic_links; /* -l, -s */
	bool hintless;  /* what was refused says all: no hint at --help follows, as by cp */
	bool recursive; /* -r, -R, -a: operands are as what is below them */

	/* What is left out, as given, in order: cli_filter_load() makes copy.filter of it. */
	struct cli_filter_word {
		enum pcopy_filter_kind kind;
		bool file; /* `text` names one */
		const char *text;
	} * filter_word;
	unsigned filter_words;
	bool nul;               /* -0: what lists hold ends with a NUL */
	const char *files_from; /* --files-from: file, or NULL */

	/* What is shown. */
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
	unsigned runs;   /* 1 or more; 0: as many as it takes */
	unsigned warmup; /* 0 or more */
	unsigned max_time_s;
	const char *baseline; /* the name of a row, or NULL */
	const char *sweep;    /* as given: "j:1,2,4", or NULL */
	bool order_random;
	const char *seed; /* a number, or NULL */
	enum cli_cache cache;
	bool bench_fsync;
	enum pcopy_when keep_copies; /* auto or never */
	/* Files to be written, and an earlier report; NULL: none. */
	const char *export_json, *export_csv, *export_markdown, *export_hyperfine, *plot;
	const char *against;
	double max_slowdown; /* part: 0.05 */
};

/* Parses argv.  Returns 0, or -EINVAL after the usage message was printed:
 * end with CLI_EXIT_USAGE then. */
int cli_options_parse(int argc, char **argv, struct cli_options *ret);

/* Frees what the options hold beside argv. */
void cli_options_done(struct cli_options *options);

/* Sets `pool` in `*copy` and the number of workers in it as -j said, or 0 ("as
 * many as the CPUs") where it said nothing.  -j N is N workers in any pool but
 * the serial one; a hybrid one gives each process as many threads as the
 * smallest factor of N says: 8 is 4x2, 9 is 3x3, 3 is 1x3.  -j PxT is P*T
 * workers in a pool that is not hybrid (bench compares those). */
void cli_options_set_pool(const struct cli_options *options, enum pcopy_pool pool,
                          struct pcopy_options *copy);

/* Prints the last line of every usage error and returns CLI_EXIT_USAGE. */
int cli_options_try_help(void);

/* The text of --help. */
void cli_options_help(FILE *stream);

#endif
