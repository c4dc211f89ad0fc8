/* option_table.c - every option, one row each, and what it does.
 *
 * The last option wins: each one overwrites what an earlier one chose. */
#include "cli/option_table.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "cli/messages.h"
#include "cli/words.h"

/* Far above any use, and low enough that P times T does not overflow. */
#define JOBS_MAX 1024
#define RUNS_MAX 1000000
#define DEPTH_MAX 4096

#define KEEP_DEFAULT (PCOPY_KEEP_MODE | PCOPY_KEEP_OWNER | PCOPY_KEEP_TIMES)
#define KEEP_ALL (KEEP_DEFAULT | PCOPY_KEEP_LINKS | PCOPY_KEEP_XATTR | PCOPY_KEEP_CONTEXT)

/* xattr and context are in `all` where they can be kept, and a duty by name. */
static const struct cli_word keep_words[] = {
	{"mode", PCOPY_KEEP_MODE},
	{"timestamps", PCOPY_KEEP_TIMES},
	{"ownership", PCOPY_KEEP_OWNER},
	{"links", PCOPY_KEEP_LINKS},
	{"context", PCOPY_KEEP_CONTEXT | PCOPY_NEED_CONTEXT},
	{"xattr", PCOPY_KEEP_XATTR | PCOPY_NEED_XATTR},
	{"flags", PCOPY_KEEP_FLAGS},
	{"all", KEEP_ALL},
	{NULL, 0},
};

static const struct cli_word when_words[] = {
	{"auto", PCOPY_AUTO},
	{"always", PCOPY_ALWAYS},
	{"never", PCOPY_NEVER},
	{NULL, 0},
};

static const struct cli_word method_words[] = {
	{"auto", PCOPY_METHOD_NONE},
	{"clone", PCOPY_METHOD_CLONE},
	{"copy_file_range", PCOPY_METHOD_COPY_FILE_RANGE},
	{"rw", PCOPY_METHOD_READ_WRITE},
	{NULL, 0},
};

static const struct cli_word update_words[] = {
	{"all", PCOPY_UPDATE_ALL},
	{"none", PCOPY_UPDATE_NONE},
	{"none-fail", PCOPY_UPDATE_NONE_FAIL},
	{"older", PCOPY_UPDATE_OLDER},
	{NULL, 0},
};

static const struct cli_word table_words[] = {{"private", false}, {"shared", true}, {NULL, 0}};

static void *member(struct cli_options *options, const struct option_row *row)
{
	return (char *)options + row->offset;
}

#define OPTION_TEXT 64

/* "--sparse": what a message calls the option; the table's names are short. */
static const char *option_name(const struct option_row *row, char buffer[static OPTION_TEXT])
{
	(void)snprintf(buffer, OPTION_TEXT, "--%s", row->name);
	return buffer;
}

static int argument_refuse(const struct option_row *row, const char *argument)
{
	char option[OPTION_TEXT];

	cli_error_named(0, "invalid argument %s for %s", argument, option_name(row, option));
	return -EINVAL;
}

static int word_parse(const struct option_row *row, const struct cli_word *words,
		      const char *argument, unsigned *ret)
{
	char option[OPTION_TEXT];

	return cli_word_parse(words, option_name(row, option), argument, ret);
}

static int keep_parse(const struct option_row *row, const char *list, unsigned *ret)
{
	char option[OPTION_TEXT];

	return cli_word_list_parse(keep_words, option_name(row, option), list, ret);
}

static int number_parse(const char *text, uint64_t least, uint64_t most, unsigned *ret)
{
	uint64_t number;

	/* Digits alone: "4K" workers are a mistake. */
	if (text[strspn(text, "0123456789")] || pc_size_parse(text, &number) < 0)
		return -EINVAL;
	if (number < least || number > most)
		return -EINVAL;
	*ret = (unsigned)number;
	return 0;
}

/* ---- What a row can do ---- */

static int apply_nothing(struct cli_options *options, const struct option_row *row,
			 const char *argument)
{
	(void)options, (void)row, (void)argument; /* accepted, as cp does */
	return 0;
}

static int apply_true(struct cli_options *options, const struct option_row *row,
		      const char *argument)
{
	(void)argument; /* takes none */
	*(bool *)member(options, row) = true;
	return 0;
}

static int apply_when(struct cli_options *options, const struct option_row *row,
		      const char *argument)
{
	unsigned when = PCOPY_ALWAYS;
	int r = argument ? word_parse(row, when_words, argument, &when) : 0;

	if (r < 0)
		return r;
	*(enum pcopy_when *)member(options, row) = (enum pcopy_when)when;
	return 0;
}

static int apply_number(struct cli_options *options, const struct option_row *row,
			const char *argument)
{
	/* Only a warm-up may be nothing. */
	uint64_t least = row->offset == offsetof(struct cli_options, warmup) ? 0 : 1;
	int r = number_parse(argument, least, row->value, member(options, row));

	return r < 0 ? argument_refuse(row, argument) : 0;
}

static int apply_command(struct cli_options *options, const struct option_row *row,
			 const char *argument)
{
	(void)argument; /* takes none */
	options->command = (enum cli_command)row->value;
	return 0;
}

static int apply_keep(struct cli_options *options, const struct option_row *row,
		      const char *argument)
{
	(void)argument; /* takes none */
	options->copy.preserve |= (unsigned)row->value;
	return 0;
}

/* ---- What one option does ---- */

static int apply_preserve(struct cli_options *options, const struct option_row *row,
			  const char *argument)
{
	unsigned keep = KEEP_DEFAULT;
	int r = argument ? keep_parse(row, argument, &keep) : 0;

	if (r < 0)
		return r;
	options->copy.preserve |= keep;
	return 0;
}

static int apply_no_preserve(struct cli_options *options, const struct option_row *row,
			     const char *argument)
{
	unsigned keep = 0;
	int r = keep_parse(row, argument, &keep);

	if (r < 0)
		return r;
	options->copy.preserve &= ~keep;
	return 0;
}

static int apply_dereference(struct cli_options *options, const struct option_row *row,
			     const char *argument)
{
	(void)argument; /* takes none */
	options->copy.dereference = (enum pcopy_dereference)row->value;
	options->dereference_given = true;
	return 0;
}

/* -a and -d: links are copied as links, and what else is kept. */
static int apply_archive(struct cli_options *options, const struct option_row *row,
			 const char *argument)
{
	(void)argument; /* takes none */
	options->copy.preserve |= (unsigned)row->value;
	options->copy.dereference = PCOPY_DEREFERENCE_NEVER;
	options->dereference_given = true;
	return 0;
}

static int apply_clobber(struct cli_options *options, const struct option_row *row,
			 const char *argument)
{
	(void)argument; /* takes none */
	options->clobber = (enum cli_clobber)row->value;
	return 0;
}

static int apply_update(struct cli_options *options, const struct option_row *row,
			const char *argument)
{
	unsigned update = PCOPY_UPDATE_OLDER;
	int r = argument ? word_parse(row, update_words, argument, &update) : 0;

	if (r < 0)
		return r;
	options->copy.update = (enum pcopy_update)update;
	return 0;
}

/* What CONTROL means is looked at when all options are known. */
static int apply_backup(struct cli_options *options, const struct option_row *row,
			const char *argument)
{
	(void)row; /* one row has this */
	options->backup = true;
	if (argument)
		options->backup_control = argument;
	return 0;
}

static int apply_suffix(struct cli_options *options, const struct option_row *row,
			const char *argument)
{
	(void)row; /* one row has this */
	options->backup = true;
	options->copy.backup_suffix = argument;
	return 0;
}

static int apply_method(struct cli_options *options, const struct option_row *row,
			const char *argument)
{
	unsigned method = 0;
	int r = word_parse(row, method_words, argument, &method);

	if (r < 0)
		return r;
	options->copy.method = (enum pcopy_method)method;
	return 0;
}

static int apply_debug(struct cli_options *options, const struct option_row *row,
		       const char *argument)
{
	(void)row, (void)argument; /* takes none */
	options->debug = options->copy.verbose = true;
	return 0;
}

static int apply_reflink(struct cli_options *options, const struct option_row *row,
			 const char *argument)
{
	options->reflink_given = true;
	return apply_when(options, row, argument);
}

static int apply_quiet(struct cli_options *options, const struct option_row *row,
		       const char *argument)
{
	(void)row, (void)argument; /* takes none */
	options->quiet = true;
	options->progress = PCOPY_NEVER;
	return 0;
}

static int apply_target(struct cli_options *options, const struct option_row *row,
			const char *argument)
{
	(void)row; /* one row has this */
	if (options->target_directory) {
		cli_error(0, "multiple target directories specified");
		return -EINVAL;
	}
	options->target_directory = argument;
	return 0;
}

static int apply_pool(struct cli_options *options, const struct option_row *row,
		      const char *argument)
{
	struct cli_word words[PCOPY_POOLS + 1] = {0};
	unsigned pool = 0;
	int r;

	for (unsigned i = 0; i < PCOPY_POOLS; i++)
		words[i] = (struct cli_word){pcopy_pool_name((enum pcopy_pool)i), i};
	r = word_parse(row, words, argument, &pool);
	if (r < 0)
		return r;
	options->copy.pool = (enum pcopy_pool)pool;
	options->pool_given = true;
	return 0;
}

static int apply_jobs(struct cli_options *options, const struct option_row *row,
		      const char *argument)
{
	size_t length = strcspn(argument, "x");
	char processes[16];

	options->jobs = options->jobs_processes = options->jobs_threads = 0;
	if (!argument[length]) {
		if (number_parse(argument, 1, JOBS_MAX, &options->jobs) < 0)
			return argument_refuse(row, argument);
		return 0;
	}
	(void)snprintf(processes, sizeof(processes), "%.*s", (int)(length < 16 ? length : 15),
		       argument); /* whatever is cut off was too much anyway */
	if (number_parse(processes, 1, JOBS_MAX, &options->jobs_processes) < 0 ||
	    number_parse(argument + length + 1, 1, JOBS_MAX, &options->jobs_threads) < 0 ||
	    options->jobs_processes * options->jobs_threads > JOBS_MAX)
		return argument_refuse(row, argument);
	return 0;
}

static int apply_chunk(struct cli_options *options, const struct option_row *row,
		       const char *argument)
{
	if (pc_size_parse(argument, &options->copy.chunk_bytes) < 0)
		return argument_refuse(row, argument);
	return 0;
}

static int apply_table(struct cli_options *options, const struct option_row *row,
		       const char *argument)
{
	unsigned shared = 0;
	int r = word_parse(row, table_words, argument, &shared);

	if (r < 0)
		return r;
	options->copy.shared_fd_table = shared;
	return 0;
}

static int apply_json(struct cli_options *options, const struct option_row *row,
		      const char *argument)
{
	(void)row; /* one row has this */
	options->json = true;
	options->json_file = argument;
	return 0;
}

static int apply_bench(struct cli_options *options, const struct option_row *row,
		       const char *argument)
{
	(void)row; /* one row has this */
	options->bench = true;
	options->bench_list = argument;
	return 0;
}

#define AT(field) offsetof(struct cli_options, field)

#define HEADING(text) {NULL, NULL, NULL, text, NULL, 0, 0}

const struct option_row cli_option_table[] = {
	HEADING("What is copied and where"),
	{"recursive", "rR", NULL, "copy directories with all below them (always\ndone)",
	 apply_nothing, 0, 0},
	{NULL, "H", NULL, "follow symbolic links that are SOURCEs",
	 apply_dereference, 0, PCOPY_DEREFERENCE_OPERANDS},
	{"dereference", "L", NULL, "copy what symbolic links name",
	 apply_dereference, 0, PCOPY_DEREFERENCE_ALWAYS},
	{"no-dereference", "P", NULL, "copy symbolic links as links (the default,\nbut for -l)",
	 apply_dereference, 0, PCOPY_DEREFERENCE_NEVER},
	{"link", "l", NULL, "make hard links to the files of SOURCE\ninstead of copying them",
	 apply_true, AT(hard_links), 0},
	{"symbolic-link", "s", NULL, "make symbolic links to them", apply_true, AT(symlinks), 0},
	{"one-file-system", "x", NULL, "leave directories of other file systems empty",
	 apply_true, AT(copy.one_file_system), 0},
	{"copy-contents", NULL, NULL, "read FIFOs and devices, and write what they\ngive to files",
	 apply_true, AT(copy.copy_contents), 0},
	{"target-directory", "t", "=DIRECTORY", "copy all SOURCEs into DIRECTORY", apply_target, 0,
	 0},
	{"no-target-directory", "T", NULL, "treat DEST as the copy itself", apply_true,
	 AT(no_target_directory), 0},
	{"parents", NULL, NULL, "copy to the full name of SOURCE below\nDIRECTORY", apply_true,
	 AT(parents), 0},
	{"strip-trailing-slashes", NULL, NULL, "take slashes off the end of each SOURCE",
	 apply_true, AT(strip_trailing_slashes), 0},

	HEADING("What becomes of existing targets"),
	{"force", "f", NULL,
	 "if an existing target file cannot be opened,\nremove it and try again", apply_true,
	 AT(copy.force), 0},
	{"interactive", "i", NULL, "ask before one is overwritten", apply_clobber, 0, CLI_ASK},
	{"no-clobber", "n", NULL, "skip them silently; of -i and -n the last one\ncounts",
	 apply_clobber, 0, CLI_SKIP},
	{NULL, "u", NULL, "same as --update=older", apply_update, 0, 0},
	{"update", NULL, "[=WHICH]",
	 "overwrite which: all, none, none-fail (and\n"
	 "fail), older (than SOURCE)",
	 apply_update, 0, 0},
	{"remove-destination", NULL, NULL, "remove an existing target file instead of\nwriting to it",
	 apply_true, AT(copy.remove_destination), 0},
	{NULL, "b", NULL, "same as --backup, without CONTROL", apply_backup, 0, 0},
	{"backup", NULL, "[=CONTROL]",
	 "rename an existing target: none or off;\n"
	 "numbered or t; existing or nil (numbered where\n"
	 "there are such, the default); simple or never",
	 apply_backup, 0, 0},
	{"suffix", "S", "=SUFFIX", "use SUFFIX for simple backups (~); implies -b", apply_suffix,
	 0, 0},
	{"keep-directory-symlink", NULL, NULL,
	 "follow symbolic links to directories in the\ntarget", apply_true,
	 AT(copy.keep_directory_symlink), 0},

	HEADING("What is preserved"),
	{"archive", "a", NULL, "same as -dR --preserve=all", apply_archive, 0, KEEP_ALL},
	{NULL, "d", NULL, "same as --no-dereference --preserve=links", apply_archive, 0,
	 PCOPY_KEEP_LINKS},
	{NULL, "p", NULL, "same as --preserve=mode,ownership,timestamps", apply_keep, 0,
	 KEEP_DEFAULT},
	{"preserve", NULL, "[=LIST]",
	 "preserve the attributes of LIST (default:\n"
	 "mode,ownership,timestamps); more are links,\n"
	 "context, xattr, flags, all (all but flags)",
	 apply_preserve, 0, 0},
	{"no-preserve", NULL, "=LIST", "do not preserve the attributes of LIST",
	 apply_no_preserve, 0, 0},
	{"attributes-only", NULL, NULL, "copy these alone, not what is in files", apply_true,
	 AT(copy.attributes_only), 0},

	HEADING("How data is moved"),
	{"reflink", NULL, "[=WHEN]", "clone files: auto (the default), always, never",
	 apply_reflink, AT(copy.reflink), 0},
	{"sparse", NULL, "=WHEN",
	 "make holes: auto (where the source has them,\n"
	 "the default), always (for every run of zeros),\n"
	 "never",
	 apply_when, AT(copy.sparse), 0},
	{"method", NULL, "=METHOD",
	 "auto (the best that works, the default), or\n"
	 "nothing but clone, copy_file_range or rw",
	 apply_method, 0, 0},
	{"chunk-size", NULL, "=SIZE",
	 "copy files larger than SIZE in ranges, by\n"
	 "several workers at once (64M); 0: never",
	 apply_chunk, 0, 0},

	HEADING("Workers"),
	{"pool", NULL, "=POOL",
	 "how workers are made: serial, threads (the\ndefault), processes or hybrid", apply_pool, 0,
	 0},
	{"jobs", "j", "=N",
	 "use N workers, or as PxT: P processes of T\n"
	 "threads each (default: the CPUs that may be\n"
	 "used, as affinity and cgroup quota say)",
	 apply_jobs, 0, 0},
	{"queue-depth", NULL, "=N",
	 "let N jobs wait in the queue or be in work\n(default: 4 for each worker)", apply_number,
	 AT(copy.queue_depth), DEPTH_MAX},
	{"fd-table", NULL, "=KIND", "descriptor table of each thread: private,\nor shared with all",
	 apply_table, 0, 0},

	HEADING("Messages and reports"),
	{"verbose", "v", NULL, "print each name that is copied", apply_true, AT(copy.verbose), 0},
	{"debug", NULL, NULL, "print how each file was copied; implies -v", apply_debug, 0, 0},
	{"quiet", "q", NULL, "show no progress and no warnings", apply_quiet, 0, 0},
	{"progress", NULL, "[=WHEN]",
	 "show a progress line: auto (on a terminal, the\ndefault), always, never", apply_when,
	 AT(progress), 0},
	{"stats", NULL, NULL, "print what was copied, how fast and by what", apply_true, AT(stats),
	 0},
	{"json", NULL, "[=FILE]", "write the report as JSON to FILE or to\nstandard output",
	 apply_json, 0, 0},
	{"help", NULL, NULL, "print this text and end", apply_command, 0, CLI_HELP},
	{"version", NULL, NULL, "print the version and end", apply_command, 0, CLI_VERSION},

	HEADING("Comparing the pools"),
	{"bench", NULL, "[=LIST]",
	 "compare the pools: copy SOURCE into fresh\n"
	 "directories below DEST, which must not exist\n"
	 "or be empty; LIST: names of pools",
	 apply_bench, 0, 0},
	{"runs", NULL, "=N", "with --bench: copy N times in each pool (5)", apply_number, AT(runs),
	 RUNS_MAX},
	{"warmup", NULL, "=N", "with --bench: copy N times untimed before (1)", apply_number,
	 AT(warmup), RUNS_MAX},
};

const size_t cli_option_rows = sizeof(cli_option_table) / sizeof(cli_option_table[0]);
