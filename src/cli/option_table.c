/* SPDX-License-Identifier: MIT */
/* option_table.c - every option, one row each.
 *
 * The last option wins: each one overwrites the value of an earlier one. */
#include "cli/option_table.h"

#include <limits.h>

#include "cli/option_apply.h"

/* Far above any real use. */
#define RUNS_MAX 1000000
#define DEPTH_MAX 4096
#define TIME_MAX 1000000

#define PCOPY OPTION_OF_PCOPY, false
#define BOTH OPTION_OF_BOTH, false
#define CP OPTION_OF_CP, false

/* Options of this process only: --bench does not pass them to the copies that it runs. */
#define PCOPY_LOCAL OPTION_OF_PCOPY, true
#define BOTH_LOCAL OPTION_OF_BOTH, true
#define CP_LOCAL OPTION_OF_CP, true

#define AT(field) offsetof(struct cli_options, field)

#define HEADING(text)                                                                              \
	{                                                                                          \
		NULL, NULL, NULL, text, NULL, 0, 0, 0, 0                                           \
	}

const struct option_row cli_option_table[] = {
	HEADING("What to copy, and where"),
	{"recursive", "rR", NULL,
         "treat each SOURCE like an entry of a directory;\n"
         "directories are always copied recursively",
         cli_apply_true, AT(recursive), 0, PCOPY},
	{"recursive", "rR", NULL, "copy directories recursively", cli_apply_true, AT(recursive), 0,
         CP},
	{NULL, "H", NULL, "follow command-line symbolic links in SOURCE", cli_apply_value,
         AT(copy.dereference), PCOPY_DEREFERENCE_OPERANDS, BOTH},
	{"dereference", "L", NULL, "always follow symbolic links in SOURCE", cli_apply_value,
         AT(copy.dereference), PCOPY_DEREFERENCE_ALWAYS, BOTH},
	{"no-dereference", "P", NULL,
         "copy symbolic links as links (default inside\n"
         "directories, except with -l)",
         cli_apply_value, AT(copy.dereference), PCOPY_DEREFERENCE_NEVER, BOTH},
	{"link", "l", NULL, "hard link files instead of copying", cli_apply_link, 0, 0, BOTH},
	{"symbolic-link", "s", NULL, "make symbolic links instead of copying",
         cli_apply_symbolic_link, 0, 0, BOTH},
	{"one-file-system", "x", NULL,
         "stay on the file system of each SOURCE; copy\n"
         "mount points as empty directories",
         cli_apply_true, AT(copy.one_file_system), 0, BOTH},
	{"copy-contents", NULL, NULL,
         "copy the contents of special files (FIFOs and\n"
         "devices) into regular files",
         cli_apply_true, AT(copy.copy_contents), 0, BOTH},
	{"target-directory", "t", "=DIRECTORY", "copy all SOURCE arguments into DIRECTORY",
         cli_apply_target, 0, 0, BOTH_LOCAL},
	{"no-target-directory", "T", NULL, "treat DEST as the copy itself", cli_apply_true,
         AT(no_target_directory), 0, BOTH_LOCAL},
	{"parents", NULL, NULL, "use full source file name under DIRECTORY", cli_apply_true,
         AT(parents), 0, BOTH},
	{"path", NULL, NULL, NULL, cli_apply_true, AT(parents), 0, CP}, /* cp's old name for it */
	{"strip-trailing-slashes", NULL, NULL, "remove any trailing slashes from each SOURCE",
         cli_apply_true, AT(strip_slashes), 0, BOTH},

	HEADING("Filters"),
	{"exclude", NULL, "=PATTERN",
         "exclude entries that match PATTERN; the first\n"
         "matching rule decides",
         cli_apply_filter, 0, PCOPY_FILTER_EXCLUDE, PCOPY_LOCAL},
	{"include", NULL, "=PATTERN", "include entries that match PATTERN", cli_apply_filter, 0,
         PCOPY_FILTER_INCLUDE, PCOPY_LOCAL},
	{"exclude-from", NULL, "=FILE",
         "read exclude patterns from FILE, one per line\n"
         "(-: standard input)",
         cli_apply_filter_file, 0, PCOPY_FILTER_EXCLUDE, PCOPY_LOCAL},
	{"include-from", NULL, "=FILE", "read include patterns from FILE, likewise",
         cli_apply_filter_file, 0, PCOPY_FILTER_INCLUDE, PCOPY_LOCAL},
	{"filter", NULL, "=RULE", "add '- PATTERN', '+ PATTERN' or 'merge FILE'", cli_apply_filter,
         0, PCOPY_FILTER_RULES, PCOPY_LOCAL},
	{"files-from", NULL, "=FILE",
         "copy only the entries of SOURCE that FILE lists,\n"
         "one per line, and their parent directories",
         cli_apply_string, AT(files_from), 0, PCOPY},
	{"from0", "0", NULL, "lines of these files end with NUL, not newline", cli_apply_true,
         AT(nul), 0, PCOPY_LOCAL},
	{"gitignore", NULL, NULL, "exclude what .gitignore files in SOURCE exclude", cli_apply_true,
         AT(copy.gitignore), 0, PCOPY},
	{"max-size", NULL, "=SIZE", "skip files larger than SIZE", cli_apply_max_size, 0, 0, PCOPY},
	{"min-size", NULL, "=SIZE", "skip files smaller than SIZE", cli_apply_min_size, 0, 0,
         PCOPY},

	HEADING("Existing targets"),
	{"force", "f", NULL,
         "if an existing target file cannot be opened,\n"
         "remove it and try again",
         cli_apply_true, AT(copy.force), 0, BOTH},
	{"interactive", "i", NULL, "prompt before overwrite", cli_apply_value, AT(overwrite),
         CLI_OVERWRITE_ASK, BOTH},
	{"no-clobber", "n", NULL,
         "skip existing files silently; the last of -i and\n"
         "-n takes effect",
         cli_apply_value, AT(overwrite), CLI_OVERWRITE_NEVER, BOTH},
	{NULL, "u", NULL, "same as --update=older", cli_apply_value, AT(copy.update),
         PCOPY_UPDATE_OLDER, BOTH},
	{"update", NULL, "[=WHICH]",
         "which files to overwrite: all (default), none,\n"
         "none-fail (an error for each), older (than\n"
         "SOURCE; also if WHICH is omitted), differ (in\n"
         "size or time; other differing metadata are set)",
         cli_apply_word, AT(copy.update), CLI_WORDS_UPDATE, BOTH},
	{"checksum", NULL, NULL, "with --update=differ: compare contents", cli_apply_value,
         AT(copy.differ), PCOPY_DIFFER_DATA, PCOPY},
	{"size-only", NULL, NULL, "with --update=differ: compare only sizes", cli_apply_value,
         AT(copy.differ), PCOPY_DIFFER_SIZE, PCOPY},
	{"modify-window", NULL, "=SECONDS",
         "with --update=differ: ignore time differences of\n"
         "up to SECONDS",
         cli_apply_window, 0, 0, PCOPY},
	{"remove-destination", NULL, NULL,
         "remove each existing target file instead of\n"
         "writing to it",
         cli_apply_true, AT(copy.remove_destination), 0, BOTH},
	{NULL, "b", NULL, "like --backup but does not accept an argument", cli_apply_backup, 0,
         CLI_WORDS_BACKUP, BOTH},
	{"backup", NULL, "[=CONTROL]",
         "back up each existing target file; CONTROL is\n"
         "none or off; numbered or t; existing or nil\n"
         "(numbered if numbered backups exist; default);\n"
         "simple or never",
         cli_apply_backup, 0, CLI_WORDS_BACKUP, BOTH},
	{"suffix", "S", "=SUFFIX", "use SUFFIX for simple backups (~); implies -b",
         cli_apply_suffix, 0, 0, BOTH},
	{"keep-directory-symlink", NULL, NULL,
         "follow existing symbolic links to directories\n"
         "in the target",
         cli_apply_true, AT(copy.keep_directory_symlink), 0, BOTH},

	{"atomic", NULL, "=WHEN",
         "when to write a file under a temporary name and\n"
         "rename it when complete: auto (large new files,\n"
         "replacements, any file with -u or -n; default),\n"
         "always, never",
         cli_apply_word, AT(copy.atomic), CLI_WORDS_WHEN, PCOPY},

	{"dry-run", NULL, NULL, "print what would be done, change nothing", cli_apply_true,
         AT(copy.dry_run), 0, PCOPY},
	HEADING("Mirroring"),
	{"mirror", NULL, NULL, "same as -a --update=differ --delete", cli_apply_mirror, 0,
         CLI_KEEP_ALL, PCOPY},
	{"delete", NULL, NULL,
         "after a copy without errors, remove everything\n"
         "below the target of a SOURCE directory that\n"
         "SOURCE does not have",
         cli_apply_true, AT(copy.delete_extraneous), 0, PCOPY},
	{"max-delete", NULL, "=N",
         "remove nothing if more than N entries would be\n"
         "removed, or with P%: more than this share of the\n"
         "entries below the targets",
         cli_apply_max_delete, 0, 0, PCOPY},
	{"ignore-errors", NULL, NULL, "remove even if some entries were not copied", cli_apply_flag,
         AT(copy.delete_flags), PCOPY_DELETE_DESPITE_ERRORS, PCOPY},
	{"delete-excluded", NULL, NULL, "also remove entries that the filters exclude",
         cli_apply_flag, AT(copy.delete_flags), PCOPY_DELETE_EXCLUDED, PCOPY},
	{"delete-from-empty", NULL, NULL, "remove even if a SOURCE directory is empty",
         cli_apply_flag, AT(copy.delete_flags), PCOPY_DELETE_FROM_EMPTY, PCOPY},

	HEADING("Attributes"),
	{"archive", "a", NULL, "same as -dR --preserve=all", cli_apply_archive, 0, CLI_KEEP_ALL,
         BOTH},
	{NULL, "d", NULL, "same as --no-dereference --preserve=links", cli_apply_archive, 0,
         PCOPY_KEEP_LINKS, BOTH},
	{NULL, "p", NULL, "same as --preserve=mode,ownership,timestamps", cli_apply_keep, 0,
         CLI_KEEP_DEFAULT, BOTH},
	{"preserve", NULL, "[=LIST]",
         "preserve the attributes in LIST (default:\n"
         "mode,ownership,timestamps); also links,\n"
         "context, xattr, flags, all (all except flags)",
         cli_apply_preserve, 0, CLI_WORDS_KEEP, PCOPY},
	{"preserve", NULL, "[=LIST]",
         "preserve the attributes in LIST (default:\n"
         "mode,ownership,timestamps); also links,\n"
         "context, xattr, all",
         cli_apply_preserve, 0, CLI_WORDS_KEEP, CP},
	{"no-preserve", NULL, "=LIST", "do not preserve the attributes in LIST",
         cli_apply_no_preserve, 0, CLI_WORDS_KEEP, BOTH},
	{"attributes-only", NULL, NULL, "copy only the attributes, not the file data",
         cli_apply_true, AT(copy.attributes_only), 0, BOTH},
	{NULL, "Z", NULL,
         "ignored if the kernel has no SELinux, otherwise\n"
         "an error",
         cli_apply_context, 0, 0, CP_LOCAL},
	{"context", NULL, "[=CTX]", "likewise", cli_apply_context, 0, 0, CP_LOCAL},

	HEADING("Data"),
	{"reflink", NULL, "[=WHEN]",
         "when to clone files: auto (default), always,\n"
         "never",
         cli_apply_reflink, AT(copy.reflink), CLI_WORDS_WHEN, BOTH},
	{"sparse", NULL, "=WHEN",
         "when to make holes: auto (where the source has\n"
         "holes; default), always (for every run of\n"
         "zeros), never",
         cli_apply_word, AT(copy.sparse), CLI_WORDS_WHEN, BOTH},
	{"method", NULL, "=METHOD",
         "copy method: auto (the best that works;\n"
         "default), or only clone, copy_file_range or rw",
         cli_apply_word, AT(copy.method), CLI_WORDS_METHOD, PCOPY},
	{"bwlimit", NULL, "=RATE",
         "limit copying and verification, by all workers\n"
         "together, to RATE bytes per second (a SIZE);\n"
         "0: no limit (default)",
         cli_apply_size, AT(copy.bwlimit), 0, PCOPY},
	{"chunk-size", NULL, "=SIZE",
         "split files larger than SIZE into ranges that\n"
         "several workers copy at once (64M); 0: never",
         cli_apply_size, AT(copy.chunk_bytes), 0, PCOPY},

	HEADING("Errors and interruptions"),
	{"resume", NULL, NULL,
         "continue an interrupted copy: skip finished\n"
         "files, copy the missing ranges of large files",
         cli_apply_true, AT(copy.resume), 0, PCOPY},
	{"fsync", NULL, "=WHEN",
         "when to write copied data to the disk: none\n"
         "(default), file (each file before it gets its\n"
         "name), end (everything at the end)",
         cli_apply_word, AT(copy.fsync), CLI_WORDS_FSYNC, PCOPY},
	{"max-errors", NULL, "=N", "stop after N errors (default: no limit)", cli_apply_number,
         AT(copy.max_errors), UINT_MAX, PCOPY},
	{"cancel-timeout", NULL, "=SECONDS",
         "after a signal, wait this long for calls that\n"
         "hang (1), and ten times as long for data on its\n"
         "way to the disk; 0: no limit",
         cli_apply_milliseconds, AT(copy.cancel_ms), 0, PCOPY},
	{"fail-fast", NULL, NULL, "same as --max-errors=1", cli_apply_value, AT(copy.max_errors), 1,
         PCOPY},

	HEADING("Verification"),
	{"verify", NULL, "[=READER]",
         "read back and compare each copy: by hash\n"
         "(default), or by archive (with libarchive)",
         cli_apply_word, AT(copy.verify), CLI_WORDS_VERIFY, PCOPY},
	{"verify-only", NULL, NULL, "compare SOURCE with DEST, copy nothing", cli_apply_true,
         AT(verify_only), 0, PCOPY},
	{"verify-cold", NULL, NULL, "bypass the page cache when DEST is read back", cli_apply_true,
         AT(copy.verify_cold), 0, PCOPY},
	{"on-mismatch", NULL, "=WHAT", "if a copy differs: fail (default) or recopy it",
         cli_apply_mismatch, AT(copy.mismatch), CLI_WORDS_MISMATCH, PCOPY},
	{"manifest", NULL, "=FILE",
         "write a manifest of the copy (mtree(5) with\n"
         "SHA-256) to FILE",
         cli_apply_string, AT(copy.manifest), 0, PCOPY},
	{"check", NULL, "=FILE", "compare a directory with the manifest FILE", cli_apply_string,
         AT(check), 0, PCOPY},
	{"digest", NULL, NULL,
         "print one hash of the whole copy, or of one\n"
         "directory",
         cli_apply_true, AT(copy.digest), 0, PCOPY},

	HEADING("Workers"),
	{"pool", NULL, "=POOL",
         "worker pool: serial, threads (default),\n"
         "processes, hybrid or coroutines",
         cli_apply_pool, 0, CLI_WORDS_POOL, PCOPY_LOCAL},
	{"jobs", "j", "=N",
         "use N workers, or PxT: P processes of T threads,\n"
         "or P threads of T coroutines; auto (default):\n"
         "as many as speed up the copy, from the number of\n"
         "usable CPUs up to 64",
         cli_apply_jobs, 0, 0, PCOPY_LOCAL},
	{"no-fallback", NULL, NULL,
         "fail if the pool is not available, instead of\n"
         "using threads",
         cli_apply_true, AT(copy.no_fallback), 0, PCOPY},
	{"queue-depth", NULL, "=N",
         "allow N jobs to be queued or running (default:\n"
         "4 for each worker)",
         cli_apply_number, AT(copy.queue_depth), DEPTH_MAX, PCOPY},
	{"fd-table", NULL, "=KIND",
         "file descriptor table of a thread: private\n"
         "(default) or shared",
         cli_apply_fd_table, 0, CLI_WORDS_FD_TABLE, PCOPY},

	HEADING("Messages and reports"),
	{"verbose", "v", NULL, "print the name of each entry that is copied", cli_apply_true,
         AT(copy.verbose), 0, BOTH_LOCAL},
	{"debug", NULL, NULL, "explain how a file is copied.  Implies -v", cli_apply_debug, 0, 0,
         BOTH_LOCAL},
	{"quiet", "q", NULL, "suppress progress and warnings", cli_apply_quiet, 0, 0, PCOPY_LOCAL},
	{"progress", NULL, "[=HOW]",
         "show progress: auto (on a terminal; default),\n"
         "always, never, lines (plain lines), workers (and\n"
         "a line for each worker)",
         cli_apply_word, AT(progress), CLI_WORDS_PROGRESS, PCOPY_LOCAL},
	{"events", NULL, "=TO",
         "write events as JSON lines to a file, or to a\n"
         "descriptor as fd:N",
         cli_apply_string, AT(events), 0, PCOPY},
	{"trace", NULL, "=FILE",
         "write a timeline of the workers for Perfetto and\n"
         "chrome://tracing",
         cli_apply_string, AT(trace), 0, PCOPY},
	{"color", NULL, "=WHEN",
         "colour tables: auto (on a terminal; default),\n"
         "always, never",
         cli_apply_word, AT(color), CLI_WORDS_WHEN, PCOPY_LOCAL},
	{"stats", NULL, NULL, "print a summary: entries, rate, methods, workers", cli_apply_true,
         AT(stats), 0, PCOPY_LOCAL},
	{"json", NULL, "[=FILE]",
         "write the report as JSON to FILE or to standard\n"
         "output",
         cli_apply_json, 0, 0, PCOPY_LOCAL},
	{"help", NULL, NULL, "display this help and exit", cli_apply_value, AT(command), CLI_HELP,
         BOTH_LOCAL},
	{"version", NULL, NULL, "output version information and exit", cli_apply_value, AT(command),
         CLI_VERSION, BOTH_LOCAL},

	HEADING("Benchmarks"),
	{"bench", NULL, "[=LIST]",
         "compare pools: copy SOURCE into fresh\n"
         "directories below DEST, which must be empty or\n"
         "not exist; LIST: names of pools, auto (as many\n"
         "workers as pcopy chooses), commands that contain\n"
         "{src} and {dst}; or none",
         cli_apply_bench, 0, 0, PCOPY_LOCAL},
	{"bench-command", NULL, "=COMMAND",
         "also compare COMMAND, which may contain commas;\n"
         "may be given several times",
         cli_apply_bench_command, 0, 0, PCOPY_LOCAL},
	{"runs", NULL, "=N",
         "copy N times in each mode (5), or auto: until\n"
         "the 95 % CI is within 2 % of the mean",
         cli_apply_runs, AT(runs), RUNS_MAX, PCOPY_LOCAL},
	{"max-time", NULL, "=SECONDS",
         "with --runs=auto: no new round after SECONDS\n"
         "(120)",
         cli_apply_number, AT(max_time_s), TIME_MAX, PCOPY_LOCAL},
	{"warmup", NULL, "=N", "copy N times untimed first (1)", cli_apply_number, AT(warmup),
         RUNS_MAX, PCOPY_LOCAL},
	{"baseline", NULL, "=NAME", "compare all others with NAME (serial)", cli_apply_string,
         AT(baseline), 0, PCOPY_LOCAL},
	{"order", NULL, "=ORDER",
         "order of the modes within a round: interleaved\n"
         "(always the same; default) or random",
         cli_apply_order, 0, CLI_WORDS_ORDER, PCOPY_LOCAL},
	{"seed", NULL, "=N", "seed for --order=random, to reproduce an order", cli_apply_string,
         AT(seed), 0, PCOPY_LOCAL},
	{"sweep", NULL, "=WHAT:LIST",
         "compare values of an option: j:1,2,4 or\n"
         "queue-depth:4,64 or chunk-size:0,1M,64M",
         cli_apply_string, AT(sweep), 0, PCOPY_LOCAL},
	{"cache", NULL, "=STATE",
         "before each copy: warm (read SOURCE), cold (drop\n"
         "it from the page cache), both in turn, any\n"
         "(neither; default)",
         cli_apply_word, AT(cache), CLI_WORDS_CACHE, PCOPY_LOCAL},
	{"keep-copies", NULL, "=WHEN",
         "when to remove copies: auto (after the last run\n"
         "if space permits; default), never (before the\n"
         "next run)",
         cli_apply_word, AT(keep_copies), CLI_WORDS_COPIES, PCOPY_LOCAL},
	{"bench-fsync", NULL, NULL, "also show the time until all data is on the disk",
         cli_apply_true, AT(bench_fsync), 0, PCOPY_LOCAL},
	{"export-json", NULL, "=FILE", "write all samples and results to FILE", cli_apply_string,
         AT(export_json), 0, PCOPY_LOCAL},
	{"export-csv", NULL, "=FILE", "write the samples to FILE, one per line", cli_apply_string,
         AT(export_csv), 0, PCOPY_LOCAL},
	{"export-markdown", NULL, "=FILE", "write the results to FILE as a table", cli_apply_string,
         AT(export_markdown), 0, PCOPY_LOCAL},
	{"export-hyperfine", NULL, "=FILE", "write JSON in the format of hyperfine to FILE",
         cli_apply_string, AT(export_hyperfine), 0, PCOPY_LOCAL},
	{"plot", NULL, "=FILE", "plot the results with gnuplot: .svg or .png", cli_apply_string,
         AT(plot), 0, PCOPY_LOCAL},
	{"bench-against", NULL, "=FILE",
         "compare with an earlier --export-json; exit with\n"
         "1 if significantly slower",
         cli_apply_string, AT(against), 0, PCOPY_LOCAL},
	{"max-slowdown", NULL, "=PERCENT", "with --bench-against: allow this slowdown (5)",
         cli_apply_slowdown, 0, 0, PCOPY_LOCAL},
};

const size_t cli_option_rows = sizeof(cli_option_table) / sizeof(cli_option_table[0]);
