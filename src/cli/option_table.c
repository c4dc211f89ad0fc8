/* SPDX-License-Identifier: MIT */
/* option_table.c - every option, one row each.
 *
 * The last option wins: each one overwrites what an earlier one chose. */
#include "cli/option_table.h"

#include <limits.h>

#include "cli/option_apply.h"

/* Far above any use. */
#define RUNS_MAX 1000000
#define DEPTH_MAX 4096
#define TIME_MAX 1000000

#define PCOPY OPTION_OF_PCOPY, false
#define BOTH OPTION_OF_BOTH, false
#define CP OPTION_OF_CP, false

/* Of the program that was started: with --bench the copies do not get them. */
#define PCOPY_STAYS OPTION_OF_PCOPY, true
#define BOTH_STAYS OPTION_OF_BOTH, true
#define CP_STAYS OPTION_OF_CP, true

#define AT(field) offsetof(struct cli_options, field)

#define HEADING(text)                                                                              \
	{                                                                                          \
		NULL, NULL, NULL, text, NULL, 0, 0, 0, 0                                           \
	}

const struct option_row cli_option_table[] = {
	HEADING("What is copied and where"),
	{"recursive", "rR", NULL,
         "treat SOURCEs as what is below directories,\nwhich are always copied with all in them",
         cli_apply_true, AT(recursive), 0, PCOPY},
	{"recursive", "rR", NULL, "copy directories with all in them", cli_apply_true,
         AT(recursive), 0, CP},
	{NULL, "H", NULL, "follow symbolic links that are SOURCEs", cli_apply_value,
         AT(copy.dereference), PCOPY_DEREFERENCE_OPERANDS, BOTH},
	{"dereference", "L", NULL, "copy what symbolic links name", cli_apply_value,
         AT(copy.dereference), PCOPY_DEREFERENCE_ALWAYS, BOTH},
	{"no-dereference", "P", NULL,
         "copy symbolic links as links (the default\nbelow directories, but for -l)",
         cli_apply_value, AT(copy.dereference), PCOPY_DEREFERENCE_NEVER, BOTH},
	{"link", "l", NULL, "make hard links to the files of SOURCE\ninstead of copying them",
         cli_apply_link, 0, 0, BOTH},
	{"symbolic-link", "s", NULL, "make symbolic links to them", cli_apply_symbolic_link, 0, 0,
         BOTH},
	{"one-file-system", "x", NULL, "leave directories of other file systems empty",
         cli_apply_true, AT(copy.one_file_system), 0, BOTH},
	{"copy-contents", NULL, NULL, "read FIFOs and devices, and write what they\ngive to files",
         cli_apply_true, AT(copy.copy_contents), 0, BOTH},
	{"target-directory", "t", "=DIRECTORY", "copy all SOURCEs into DIRECTORY", cli_apply_target,
         0, 0, BOTH_STAYS},
	{"no-target-directory", "T", NULL, "treat DEST as the copy itself", cli_apply_true,
         AT(no_target_directory), 0, BOTH_STAYS},
	{"parents", NULL, NULL, "copy to the full name of SOURCE below\nDIRECTORY", cli_apply_true,
         AT(parents), 0, BOTH},
	{"path", NULL, NULL, NULL, cli_apply_true, AT(parents), 0, CP}, /* its old name */
	{"strip-trailing-slashes", NULL, NULL, "take slashes off the end of each SOURCE",
         cli_apply_true, AT(strip_slashes), 0, BOTH},

	HEADING("What is left out of directories"),
	{"exclude", NULL, "=PATTERN",
         "leave out what PATTERN matches; the first rule\nthat matches decides", cli_apply_filter,
         0, PCOPY_FILTER_EXCLUDE, PCOPY_STAYS},
	{"include", NULL, "=PATTERN", "do not leave it out", cli_apply_filter, 0,
         PCOPY_FILTER_INCLUDE, PCOPY_STAYS},
	{"exclude-from", NULL, "=FILE",
         "... the patterns in FILE, a line each (-: of\nstandard input)", cli_apply_filter_file, 0,
         PCOPY_FILTER_EXCLUDE, PCOPY_STAYS},
	{"include-from", NULL, "=FILE", "likewise", cli_apply_filter_file, 0, PCOPY_FILTER_INCLUDE,
         PCOPY_STAYS},
	{"filter", NULL, "=RULE", "add '- PATTERN', '+ PATTERN' or 'merge FILE'", cli_apply_filter,
         0, PCOPY_FILTER_RULES, PCOPY_STAYS},
	{"files-from", NULL, "=FILE",
         "copy the entries of SOURCE that FILE names, a\nline each, and the directories that lead "
         "to\nthem, and nothing else",
         cli_apply_string, AT(files_from), 0, PCOPY},
	{"from0", "0", NULL, "the lines of these files end with a NUL", cli_apply_true, AT(nul), 0,
         PCOPY_STAYS},
	{"gitignore", NULL, NULL, "leave out what .gitignore files on the way say", cli_apply_true,
         AT(copy.gitignore), 0, PCOPY},
	{"max-size", NULL, "=SIZE", "skip files that are larger", cli_apply_max_size, 0, 0, PCOPY},
	{"min-size", NULL, "=SIZE", "skip files that are smaller", cli_apply_min_size, 0, 0, PCOPY},

	HEADING("What becomes of existing targets"),
	{"force", "f", NULL,
         "if an existing target file cannot be opened,\nremove it and try again", cli_apply_true,
         AT(copy.force), 0, BOTH},
	{"interactive", "i", NULL, "ask before one is overwritten", cli_apply_value, AT(overwrite),
         CLI_OVERWRITE_ASK, BOTH},
	{"no-clobber", "n", NULL, "skip them silently; of -i and -n the last one\ncounts",
         cli_apply_value, AT(overwrite), CLI_OVERWRITE_NEVER, BOTH},
	{NULL, "u", NULL, "same as --update=older", cli_apply_value, AT(copy.update),
         PCOPY_UPDATE_OLDER, BOTH},
	{"update", NULL, "[=WHICH]",
         "overwrite which: all, none, none-fail (and\n"
         "fail), older (than SOURCE), differ (in size or\n"
         "time from SOURCE; what else differs is set)",
         cli_apply_word, AT(copy.update), CLI_WORDS_UPDATE, BOTH},
	{"checksum", NULL, NULL, "... differ in what is read of both", cli_apply_value,
         AT(copy.differ), PCOPY_DIFFER_DATA, PCOPY},
	{"size-only", NULL, NULL, "... differ in size alone", cli_apply_value, AT(copy.differ),
         PCOPY_DIFFER_SIZE, PCOPY},
	{"modify-window", NULL, "=SECONDS", "... differ in time by more than that",
         cli_apply_window, 0, 0, PCOPY},
	{"remove-destination", NULL, NULL,
         "remove an existing target file instead of\nwriting to it", cli_apply_true,
         AT(copy.remove_destination), 0, BOTH},
	{NULL, "b", NULL, "same as --backup, without CONTROL", cli_apply_backup, 0,
         CLI_WORDS_BACKUP, BOTH},
	{"backup", NULL, "[=CONTROL]",
         "rename an existing target: none or off;\n"
         "numbered or t; existing or nil (numbered where\n"
         "there are such, the default); simple or never",
         cli_apply_backup, 0, CLI_WORDS_BACKUP, BOTH},
	{"suffix", "S", "=SUFFIX", "use SUFFIX for simple backups (~); implies -b",
         cli_apply_suffix, 0, 0, BOTH},
	{"keep-directory-symlink", NULL, NULL,
         "follow symbolic links to directories in the\ntarget", cli_apply_true,
         AT(copy.keep_directory_symlink), 0, BOTH},

	{"atomic", NULL, "=WHEN",
         "write files beside their targets and rename\n"
         "them when they are whole: auto (those that\n"
         "replace a file and are not written to it, all\n"
         "with -u and -n; the default), always, never",
         cli_apply_word, AT(copy.atomic), CLI_WORDS_WHEN, PCOPY},

	{"dry-run", NULL, NULL, "do nothing, and print what would be done", cli_apply_true,
         AT(copy.dry_run), 0, PCOPY},
	HEADING("Mirroring"),
	{"mirror", NULL, NULL, "same as -a --update=differ --delete", cli_apply_mirror, 0,
         CLI_KEEP_ALL, PCOPY},
	{"delete", NULL, NULL,
         "when all is copied and nothing failed, remove\n"
         "what is below the target of a SOURCE directory\n"
         "and not in SOURCE",
         cli_apply_true, AT(copy.delete_extraneous), 0, PCOPY},
	{"max-delete", NULL, "=N",
         "remove nothing where more than N entries would\n"
         "go, or as P%: of those below the targets",
         cli_apply_max_delete, 0, 0, PCOPY},
	{"ignore-errors", NULL, NULL, "remove although entries were not copied", cli_apply_flag,
         AT(copy.delete_flags), PCOPY_DELETE_DESPITE_ERRORS, PCOPY},
	{"delete-excluded", NULL, NULL,
         "remove what the rules leave out, too, instead\nof sparing it", cli_apply_flag,
         AT(copy.delete_flags), PCOPY_DELETE_EXCLUDED, PCOPY},
	{"delete-from-empty", NULL, NULL, "remove although a SOURCE directory is empty",
         cli_apply_flag, AT(copy.delete_flags), PCOPY_DELETE_FROM_EMPTY, PCOPY},

	HEADING("What is preserved"),
	{"archive", "a", NULL, "same as -dR --preserve=all", cli_apply_archive, 0, CLI_KEEP_ALL,
         BOTH},
	{NULL, "d", NULL, "same as --no-dereference --preserve=links", cli_apply_archive, 0,
         PCOPY_KEEP_LINKS, BOTH},
	{NULL, "p", NULL, "same as --preserve=mode,ownership,timestamps", cli_apply_keep, 0,
         CLI_KEEP_DEFAULT, BOTH},
	{"preserve", NULL, "[=LIST]",
         "preserve the attributes of LIST (default:\n"
         "mode,ownership,timestamps); more are links,\n"
         "context, xattr, flags, all (all but flags)",
         cli_apply_preserve, 0, CLI_WORDS_KEEP, PCOPY},
	{"preserve", NULL, "[=LIST]",
         "preserve the attributes of LIST (default:\n"
         "mode,ownership,timestamps); more are links,\n"
         "context, xattr, all",
         cli_apply_preserve, 0, CLI_WORDS_KEEP, CP},
	{"no-preserve", NULL, "=LIST", "do not preserve the attributes of LIST",
         cli_apply_no_preserve, 0, CLI_WORDS_KEEP, BOTH},
	{"attributes-only", NULL, NULL, "copy these alone, not what is in files", cli_apply_true,
         AT(copy.attributes_only), 0, BOTH},
	{NULL, "Z", NULL, "ignored where the kernel has no SELinux, and\nrefused where it has",
         cli_apply_context, 0, 0, CP_STAYS},
	{"context", NULL, "[=CTX]", "likewise", cli_apply_context, 0, 0, CP_STAYS},

	HEADING("How data is moved"),
	{"reflink", NULL, "[=WHEN]", "clone files: auto (the default), always, never",
         cli_apply_reflink, AT(copy.reflink), CLI_WORDS_WHEN, BOTH},
	{"sparse", NULL, "=WHEN",
         "make holes: auto (where the source has them,\n"
         "the default), always (for every run of zeros),\n"
         "never",
         cli_apply_word, AT(copy.sparse), CLI_WORDS_WHEN, BOTH},
	{"method", NULL, "=METHOD",
         "auto (the best that works, the default), or\n"
         "nothing but clone, copy_file_range or rw",
         cli_apply_word, AT(copy.method), CLI_WORDS_METHOD, PCOPY},
	{"bwlimit", NULL, "=RATE",
         "move and read back no more than RATE bytes a\n"
         "second, written like SIZE, with all workers\n"
         "together; 0: no limit (the default)",
         cli_apply_size, AT(copy.bwlimit), 0, PCOPY},
	{"chunk-size", NULL, "=SIZE",
         "copy files larger than SIZE in ranges, by\n"
         "several workers at once (64M); 0: never",
         cli_apply_size, AT(copy.chunk_bytes), 0, PCOPY},

	HEADING("When things go wrong"),
	{"resume", NULL, NULL,
         "go on with a copy that was interrupted: skip\n"
         "what is finished, large files from where they\n"
         "came to",
         cli_apply_true, AT(copy.resume), 0, PCOPY},
	{"fsync", NULL, "=WHEN",
         "force what was copied to the disk: none (the\n"
         "default), file (each before it gets its name),\n"
         "end (all of it at the end)",
         cli_apply_word, AT(copy.fsync), CLI_WORDS_FSYNC, PCOPY},
	{"max-errors", NULL, "=N", "stop after N errors (default: go on)", cli_apply_number,
         AT(copy.max_errors), UINT_MAX, PCOPY},
	{"cancel-timeout", NULL, "=SECONDS",
         "when ended by a signal, wait so long for calls\n"
         "that hang (1), ten times for data on its way to\n"
         "the disk; 0: as long as they take",
         cli_apply_milliseconds, AT(copy.cancel_ms), 0, PCOPY},
	{"fail-fast", NULL, NULL, "same as --max-errors=1", cli_apply_value, AT(copy.max_errors), 1,
         PCOPY},

	HEADING("Verification"),
	{"verify", NULL, "[=READER]",
         "read back what was copied and compare it: by\n"
         "hash (the default), or by archive, which is\n"
         "libarchive",
         cli_apply_word, AT(copy.verify), CLI_WORDS_VERIFY, PCOPY},
	{"verify-only", NULL, NULL, "compare SOURCE with DEST and copy nothing", cli_apply_true,
         AT(verify_only), 0, PCOPY},
	{"verify-cold", NULL, NULL, "... with what the disk holds of DEST, not the\nmemory",
         cli_apply_true, AT(copy.verify_cold), 0, PCOPY},
	{"on-mismatch", NULL, "=WHAT", "fail (the default), or recopy what differs",
         cli_apply_mismatch, AT(copy.mismatch), CLI_WORDS_MISMATCH, PCOPY},
	{"manifest", NULL, "=FILE", "write what was copied to FILE, as mtree(5)\nwith SHA-256",
         cli_apply_string, AT(copy.manifest), 0, PCOPY},
	{"check", NULL, "=FILE", "compare a directory with such a FILE", cli_apply_string,
         AT(check), 0, PCOPY},
	{"digest", NULL, NULL, "print one hash of the whole copy, or of one\ndirectory",
         cli_apply_true, AT(copy.digest), 0, PCOPY},

	HEADING("Workers"),
	{"pool", NULL, "=POOL",
         "how workers are made: serial, threads (the\ndefault), processes, hybrid or coroutines",
         cli_apply_pool, 0, CLI_WORDS_POOL, PCOPY_STAYS},
	{"jobs", "j", "=N",
         "use N workers, or as PxT: P processes of T\n"
         "threads each, or threads of T coroutines;\n"
         "or auto, the default: as many as\n"
         "the storage rewards, from the CPUs that may be\n"
         "used up to 64",
         cli_apply_jobs, 0, 0, PCOPY_STAYS},
	{"no-fallback", NULL, NULL,
         "fail where that pool cannot be had, instead of\ncopying by threads", cli_apply_true,
         AT(copy.no_fallback), 0, PCOPY},
	{"queue-depth", NULL, "=N",
         "let N jobs wait in the queue or be in work\n(default: 4 for each worker)",
         cli_apply_number, AT(copy.queue_depth), DEPTH_MAX, PCOPY},
	{"fd-table", NULL, "=KIND", "descriptor table of each thread: private,\nor shared with all",
         cli_apply_fd_table, 0, CLI_WORDS_FD_TABLE, PCOPY},

	HEADING("Messages and reports"),
	{"verbose", "v", NULL, "print each name that is copied", cli_apply_true, AT(copy.verbose),
         0, BOTH_STAYS},
	{"debug", NULL, NULL, "print how each file was copied; implies -v", cli_apply_debug, 0, 0,
         BOTH_STAYS},
	{"quiet", "q", NULL, "show no progress and no warnings", cli_apply_quiet, 0, 0,
         PCOPY_STAYS},
	{"progress", NULL, "[=HOW]",
         "show a progress line: auto (on a terminal, the\n"
         "default), always, never; lines (plain ones);\n"
         "workers (one for each besides)",
         cli_apply_word, AT(progress), CLI_WORDS_PROGRESS, PCOPY_STAYS},
	{"events", NULL, "=TO",
         "write JSON lines on what happens to a file, or\nto a descriptor as fd:N",
         cli_apply_string, AT(events), 0, PCOPY},
	{"trace", NULL, "=FILE",
         "write what each worker did when, for Perfetto\nand chrome://tracing", cli_apply_string,
         AT(trace), 0, PCOPY},
	{"color", NULL, "=WHEN",
         "colour in tables: auto (on a terminal, the\ndefault), always, never", cli_apply_word,
         AT(color), CLI_WORDS_WHEN, PCOPY_STAYS},
	{"stats", NULL, NULL, "print what was copied, how fast and by what", cli_apply_true,
         AT(stats), 0, PCOPY_STAYS},
	{"json", NULL, "[=FILE]", "write the report as JSON to FILE or to\nstandard output",
         cli_apply_json, 0, 0, PCOPY_STAYS},
	{"help", NULL, NULL, "print this text and end", cli_apply_value, AT(command), CLI_HELP,
         BOTH_STAYS},
	{"version", NULL, NULL, "print the version and end", cli_apply_value, AT(command),
         CLI_VERSION, BOTH_STAYS},

	HEADING("Comparing the pools"),
	{"bench", NULL, "[=LIST]",
         "compare the pools: copy SOURCE into fresh\n"
         "directories below DEST, which must not exist\n"
         "or be empty; LIST: names of pools, auto (as many\n"
         "workers as pcopy chooses), and commands with\n"
         "{src} and {dst} in them; or none",
         cli_apply_bench, 0, 0, PCOPY_STAYS},
	{"bench-command", NULL, "=COMMAND",
         "compare with this one, too, which may hold\ncommas; may be given several times",
         cli_apply_bench_command, 0, 0, PCOPY_STAYS},
	{"runs", NULL, "=N",
         "copy N times in each way (5), or auto: until\nthe times are known to 2 %", cli_apply_runs,
         AT(runs), RUNS_MAX, PCOPY_STAYS},
	{"max-time", NULL, "=SECONDS", "with --runs=auto: no new round after this (120)",
         cli_apply_number, AT(max_time_s), TIME_MAX, PCOPY_STAYS},
	{"warmup", NULL, "=N", "copy N times untimed before (1)", cli_apply_number, AT(warmup),
         RUNS_MAX, PCOPY_STAYS},
	{"baseline", NULL, "=NAME", "what all others are compared with (serial)", cli_apply_string,
         AT(baseline), 0, PCOPY_STAYS},
	{"order", NULL, "=ORDER",
         "of the ways in each round: interleaved (always\nthe same) or random", cli_apply_order, 0,
         CLI_WORDS_ORDER, PCOPY_STAYS},
	{"seed", NULL, "=N", "of the random order, to have it again", cli_apply_string, AT(seed), 0,
         PCOPY_STAYS},
	{"sweep", NULL, "=WHAT:LIST",
         "try each of several values: j:1,2,4 or\nqueue-depth:4,64 or chunk-size:0,1M,64M",
         cli_apply_string, AT(sweep), 0, PCOPY_STAYS},
	{"cache", NULL, "=STATE",
         "before each copy: warm (read SOURCE), cold\n(drop it from memory), both in turn, any",
         cli_apply_word, AT(cache), CLI_WORDS_CACHE, PCOPY_STAYS},
	{"keep-copies", NULL, "=WHEN",
         "auto: remove copies after the last run, where\nthere is room; never: each before the "
         "next",
         cli_apply_word, AT(keep_copies), CLI_WORDS_COPIES, PCOPY_STAYS},
	{"bench-fsync", NULL, NULL, "show the time until all is on the disk, too", cli_apply_true,
         AT(bench_fsync), 0, PCOPY_STAYS},
	{"export-json", NULL, "=FILE", "write all samples and results", cli_apply_string,
         AT(export_json), 0, PCOPY_STAYS},
	{"export-csv", NULL, "=FILE", "write the samples, a line each", cli_apply_string,
         AT(export_csv), 0, PCOPY_STAYS},
	{"export-markdown", NULL, "=FILE", "write the results as a table", cli_apply_string,
         AT(export_markdown), 0, PCOPY_STAYS},
	{"export-hyperfine", NULL, "=FILE", "write JSON as hyperfine does", cli_apply_string,
         AT(export_hyperfine), 0, PCOPY_STAYS},
	{"plot", NULL, "=FILE", "draw the results by gnuplot: .svg or .png", cli_apply_string,
         AT(plot), 0, PCOPY_STAYS},
	{"bench-against", NULL, "=FILE",
         "compare with an earlier --export-json; exit 1\nwhen significantly slower",
         cli_apply_string, AT(against), 0, PCOPY_STAYS},
	{"max-slowdown", NULL, "=PERCENT", "... by more than this (5)", cli_apply_slowdown, 0, 0,
         PCOPY_STAYS},
};

const size_t cli_option_rows = sizeof(cli_option_table) / sizeof(cli_option_table[0]);
