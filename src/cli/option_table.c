/* option_table.c - every option, one row each.
 *
 * The last option wins: each one overwrites what an earlier one chose. */
#include "cli/option_table.h"

#include "cli/option_apply.h"

/* Far above any use. */
#define RUNS_MAX 1000000
#define DEPTH_MAX 4096

#define AT(field) offsetof(struct cli_options, field)

const struct option_row cli_option_table[] = {
	{"archive", "a", NULL, "same as -dR --preserve=all", cli_apply_archive, 0, CLI_KEEP_ALL},
	{"attributes-only", NULL, NULL, "copy what --preserve says of files, not their\ncontents",
	 cli_apply_true, AT(copy.attributes_only), 0},
	{"backup", NULL, "[=CONTROL]",
	 "rename what is overwritten: none, off;\n"
	 "numbered, t; existing, nil (numbered where\n"
	 "such a backup exists); simple, never",
	 cli_apply_backup, 0, 0},
	{NULL, "b", NULL, "like --backup without an argument", cli_apply_backup, 0, 0},
	{"bench", NULL, "[=LIST]",
	 "compare the pools: copy SOURCE into fresh\n"
	 "directories below DEST, which must not exist\n"
	 "or be empty; LIST: names of pools",
	 cli_apply_bench, 0, 0},
	{"chunk-size", NULL, "=SIZE",
	 "copy files larger than SIZE in ranges, by\n"
	 "several workers at once (64M); 0: never",
	 cli_apply_chunk, 0, 0},
	{"copy-contents", NULL, NULL, "read FIFOs and devices instead of making them\nanew",
	 cli_apply_true, AT(copy.copy_contents), 0},
	{NULL, "d", NULL, "same as --no-dereference --preserve=links", cli_apply_archive,
	 0, PCOPY_KEEP_LINKS},
	{"debug", NULL, NULL, "say how each file was copied; implies -v", cli_apply_debug, 0, 0},
	{"dereference", "L", NULL, "copy what symbolic links in SOURCE name",
	 cli_apply_value, AT(copy.dereference), PCOPY_DEREFERENCE_ALWAYS},
	{NULL, "H", NULL, "copy what symbolic links given as SOURCE name", cli_apply_value,
	 AT(copy.dereference), PCOPY_DEREFERENCE_OPERANDS},
	{"no-dereference", "P", NULL, "copy symbolic links as links (the default)",
	 cli_apply_value, AT(copy.dereference), PCOPY_DEREFERENCE_NEVER},
	{"fd-table", NULL, "=KIND", "descriptor table of each thread: private,\nor shared with all",
	 cli_apply_fd_table, 0, 0},
	{"force", "f", NULL,
	 "if an existing target file cannot be opened,\nremove it and try again", cli_apply_true,
	 AT(copy.force), 0},
	{"interactive", "i", NULL, "ask before overwriting (overrides -n)", cli_apply_value,
	 AT(overwrite), CLI_OVERWRITE_ASK},
	{"jobs", "j", "=N",
	 "use N workers, or as PxT: P processes of T\n"
	 "threads each (default: the CPUs that may be\n"
	 "used, as affinity and cgroup quota say)",
	 cli_apply_jobs, 0, 0},
	{"json", NULL, "[=FILE]", "write the report as JSON to FILE or to\nstandard output",
	 cli_apply_json, 0, 0},
	{"keep-directory-symlink", NULL, NULL,
	 "follow existing symbolic links to directories\nin the target", cli_apply_true,
	 AT(copy.keep_directory_symlink), 0},
	{"link", "l", NULL, "make hard links to files instead of copies", cli_apply_link, 0, 0},
	{"method", NULL, "=METHOD",
	 "move bytes in this way only: clone,\n"
	 "copy_file_range, rw; or auto, by the first of\n"
	 "them that works (the default)",
	 cli_apply_method, 0, 0},
	{"no-clobber", "n", NULL, "skip what exists in the target (overrides -i)",
	 cli_apply_value, AT(overwrite), CLI_OVERWRITE_NEVER},
	{"no-preserve", NULL, "=LIST", "do not preserve the attributes of LIST",
	 cli_apply_no_preserve, 0, 0},
	{"no-target-directory", "T", NULL, "treat DEST as the copy itself", cli_apply_true,
	 AT(no_target_directory), 0},
	{"one-file-system", "x", NULL, "stay on the file system of each SOURCE",
	 cli_apply_true, AT(copy.one_file_system), 0},
	{"parents", NULL, NULL, "use the full name of each SOURCE below\nDIRECTORY",
	 cli_apply_true, AT(parents), 0},
	{"pool", NULL, "=POOL",
	 "how workers are made: serial, threads (the\ndefault), processes or hybrid",
	 cli_apply_pool, 0, 0},
	{NULL, "p", NULL, "same as --preserve=mode,ownership,timestamps", cli_apply_keep,
	 0, CLI_KEEP_DEFAULT},
	{"preserve", NULL, "[=LIST]",
	 "preserve the attributes of LIST (default:\n"
	 "mode,ownership,timestamps); more are links,\n"
	 "xattr, context, all, and flags (of chattr)",
	 cli_apply_preserve, 0, 0},
	{"progress", NULL, "[=WHEN]",
	 "show a progress line: auto (on a terminal, the\ndefault), always, never", cli_apply_when,
	 AT(progress), 0},
	{"queue-depth", NULL, "=N",
	 "let N jobs wait in the queue or be in work\n(default: 4 for each worker)",
	 cli_apply_number, AT(copy.queue_depth), DEPTH_MAX},
	{"quiet", "q", NULL, "show no progress and no warnings", cli_apply_quiet, 0, 0},
	{"recursive", "rR", NULL, "copy directories with all below them (always\ndone)",
	 cli_apply_nothing, 0, 0},
	{"reflink", NULL, "[=WHEN]", "clone files: auto (the default), always, never",
	 cli_apply_reflink, AT(copy.reflink), 0},
	{"remove-destination", NULL, NULL,
	 "remove each existing target file instead of\nwriting to it", cli_apply_true,
	 AT(copy.remove_destination), 0},
	{"runs", NULL, "=N", "with --bench: copy N times in each pool (5)", cli_apply_number,
	 AT(runs), RUNS_MAX},
	{"sparse", NULL, "=WHEN",
	 "make holes: auto (where the source has them,\n"
	 "the default), always (for every run of zeros),\n"
	 "never",
	 cli_apply_when, AT(copy.sparse), 0},
	{"stats", NULL, NULL, "print what was copied, how fast and by what", cli_apply_true,
	 AT(stats), 0},
	{"strip-trailing-slashes", NULL, NULL, "remove trailing slashes from each SOURCE",
	 cli_apply_true, AT(strip_slashes), 0},
	{"suffix", "S", "=SUFFIX", "of simple backups (~); implies --backup", cli_apply_suffix, 0, 0},
	{"symbolic-link", "s", NULL, "make symbolic links to files instead of copies",
	 cli_apply_symbolic_link, 0, 0},
	{"target-directory", "t", "=DIRECTORY", "copy all SOURCEs into DIRECTORY",
	 cli_apply_target, 0, 0},
	{"update", NULL, "[=WHICH]",
	 "overwrite what exists: all (the default), none,\n"
	 "none-fail, older (than SOURCE; without\n"
	 "an argument)",
	 cli_apply_update, 0, 0},
	{NULL, "u", NULL, "same as --update=older", cli_apply_value, AT(copy.update),
	 PCOPY_UPDATE_OLDER},
	{"verbose", "v", NULL, "print each name that is copied", cli_apply_true,
	 AT(copy.verbose), 0},
	{"warmup", NULL, "=N", "with --bench: copy N times untimed before (1)", cli_apply_number,
	 AT(warmup), RUNS_MAX},
	{"help", NULL, NULL, "print this text and end", cli_apply_value, AT(command), CLI_HELP},
	{"version", NULL, NULL, "print the version and end", cli_apply_value, AT(command),
	 CLI_VERSION},
};

const size_t cli_option_rows = sizeof(cli_option_table) / sizeof(cli_option_table[0]);
