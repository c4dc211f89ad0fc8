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

/* Far above any use, and low enough that P times T does not overflow. */
#define JOBS_MAX 1024
#define RUNS_MAX 1000000
#define DEPTH_MAX 4096

#define KEEP_DEFAULT (PCOPY_KEEP_MODE | PCOPY_KEEP_OWNER | PCOPY_KEEP_TIMES)
#define KEEP_ALL (KEEP_DEFAULT | PCOPY_KEEP_LINKS | PCOPY_KEEP_XATTR)

struct word {
	const char *name;
	unsigned value;
};

static const struct word when_words[] = {
	{"auto", PCOPY_AUTO},
	{"always", PCOPY_ALWAYS},
	{"never", PCOPY_NEVER},
	{NULL, 0},
};

static const struct word keep_words[] = {
	{"mode", PCOPY_KEEP_MODE},
	{"ownership", PCOPY_KEEP_OWNER},
	{"timestamps", PCOPY_KEEP_TIMES},
	{"links", PCOPY_KEEP_LINKS},
	{"xattr", PCOPY_KEEP_XATTR},
	{"all", KEEP_ALL},
	{NULL, 0},
};

static const struct word table_words[] = {{"private", false}, {"shared", true}, {NULL, 0}};

static void *member(struct cli_options *options, const struct option_row *row)
{
	return (char *)options + row->offset;
}

/* `words`: what would have been right, or NULL. */
static int word_refuse(const struct option_row *row, const char *argument, const struct word *words)
{
	char format[256] = "invalid argument %s for %s";
	char option[64];
	size_t length = strlen(format);

	for (const char *before = " ("; words && words->name; words++, before = ", ")
		length += (size_t)snprintf(format + length, sizeof(format) - length, "%s%s%s",
					   before, words->name, words[1].name ? "" : ")");
	(void)snprintf(option, sizeof(option), "--%s", row->name); /* the table's are short */
	cli_error_named(0, format, argument, option);
	return -EINVAL;
}

static int argument_refuse(const struct option_row *row, const char *argument)
{
	return word_refuse(row, argument, NULL);
}

/* Finds the word that begins with `text`: that word itself, or the only one.
 * NULL: none, or several. */
static const struct word *word_find(const struct word *words, const char *text, size_t length)
{
	const struct word *found = NULL;
	bool several = false;

	for (; words->name; words++) {
		if (strncmp(words->name, text, length))
			continue;
		if (!words->name[length])
			return words;
		several = found;
		found = words;
	}
	return length && !several ? found : NULL;
}

static int word_parse(const struct option_row *row, const struct word *words, const char *argument,
		      unsigned *ret)
{
	const struct word *word = word_find(words, argument, strlen(argument));

	if (!word)
		return word_refuse(row, argument, words);
	*ret = word->value;
	return 0;
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

static int keep_list_parse(const struct option_row *row, const char *list, unsigned *ret)
{
	unsigned keep = 0;

	for (const char *item = list;; item++) {
		size_t length = strcspn(item, ",");
		const struct word *word = word_find(keep_words, item, length);

		if (!word)
			return word_refuse(row, list, keep_words);
		keep |= word->value;
		item += length;
		if (!*item)
			break;
	}
	*ret = keep;
	return 0;
}

static int apply_preserve(struct cli_options *options, const struct option_row *row,
			  const char *argument)
{
	unsigned keep = KEEP_DEFAULT;
	int r = argument ? keep_list_parse(row, argument, &keep) : 0;

	if (r < 0)
		return r;
	options->copy.preserve |= keep;
	return 0;
}

static int apply_no_preserve(struct cli_options *options, const struct option_row *row,
			     const char *argument)
{
	unsigned keep = 0;
	int r = keep_list_parse(row, argument, &keep);

	if (r < 0)
		return r;
	options->copy.preserve &= ~keep;
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
	struct word words[PCOPY_POOLS + 1] = {0};
	unsigned pool = 0;
	int r;

	for (unsigned i = 0; i < PCOPY_POOLS; i++)
		words[i] = (struct word){pcopy_pool_name((enum pcopy_pool)i), i};
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

const struct option_row cli_option_table[] = {
	{"archive", "a", NULL, "same as --preserve=all", apply_keep, 0, KEEP_ALL},
	{"bench", NULL, "[=LIST]",
	 "compare the pools: copy SOURCE into fresh\n"
	 "directories below DEST, which must not exist\n"
	 "or be empty; LIST: names of pools",
	 apply_bench, 0, 0},
	{"chunk-size", NULL, "=SIZE",
	 "copy files larger than SIZE in ranges, by\n"
	 "several workers at once (64M); 0: never",
	 apply_chunk, 0, 0},
	{NULL, "d", NULL, "same as --no-dereference --preserve=links", apply_keep, 0,
	 PCOPY_KEEP_LINKS},
	{"fd-table", NULL, "=KIND", "descriptor table of each thread: private,\nor shared with all",
	 apply_table, 0, 0},
	{"force", "f", NULL,
	 "if an existing target file cannot be opened,\nremove it and try again", apply_true,
	 AT(copy.force), 0},
	{"jobs", "j", "=N",
	 "use N workers, or as PxT: P processes of T\n"
	 "threads each (default: the CPUs that may be\n"
	 "used, as affinity and cgroup quota say)",
	 apply_jobs, 0, 0},
	{"json", NULL, "[=FILE]", "write the report as JSON to FILE or to\nstandard output",
	 apply_json, 0, 0},
	{"no-dereference", "P", NULL, "copy symbolic links as links (always done)", apply_nothing,
	 0, 0},
	{"no-preserve", NULL, "=LIST", "do not preserve the attributes of LIST",
	 apply_no_preserve, 0, 0},
	{"no-target-directory", "T", NULL, "treat DEST as the copy itself", apply_true,
	 AT(no_target_directory), 0},
	{"pool", NULL, "=POOL",
	 "how workers are made: serial, threads (the\ndefault), processes or hybrid", apply_pool, 0,
	 0},
	{NULL, "p", NULL, "same as --preserve=mode,ownership,timestamps", apply_keep, 0,
	 KEEP_DEFAULT},
	{"preserve", NULL, "[=LIST]",
	 "preserve the attributes of LIST (default:\n"
	 "mode,ownership,timestamps); more are links,\n"
	 "xattr, all",
	 apply_preserve, 0, 0},
	{"progress", NULL, "[=WHEN]",
	 "show a progress line: auto (on a terminal, the\ndefault), always, never", apply_when,
	 AT(progress), 0},
	{"queue-depth", NULL, "=N",
	 "let N jobs wait in the queue or be in work\n(default: 4 for each worker)", apply_number,
	 AT(copy.queue_depth), DEPTH_MAX},
	{"quiet", "q", NULL, "show no progress and no warnings", apply_quiet, 0, 0},
	{"recursive", "rR", NULL, "copy directories with all below them (always\ndone)",
	 apply_nothing, 0, 0},
	{"reflink", NULL, "[=WHEN]", "clone files: auto (the default), always, never",
	 apply_reflink, AT(copy.reflink), 0},
	{"runs", NULL, "=N", "with --bench: copy N times in each pool (5)", apply_number, AT(runs),
	 RUNS_MAX},
	{"sparse", NULL, "=WHEN",
	 "make holes: auto (where the source has them,\n"
	 "the default), always (for every run of zeros),\n"
	 "never",
	 apply_when, AT(copy.sparse), 0},
	{"stats", NULL, NULL, "print what was copied, how fast and by what", apply_true, AT(stats),
	 0},
	{"target-directory", "t", "=DIRECTORY", "copy all SOURCEs into DIRECTORY", apply_target, 0,
	 0},
	{"verbose", "v", NULL, "print each name that is copied", apply_true, AT(copy.verbose), 0},
	{"warmup", NULL, "=N", "with --bench: copy N times untimed before (1)", apply_number,
	 AT(warmup), RUNS_MAX},
	{"help", NULL, NULL, "print this text and end", apply_command, 0, CLI_HELP},
	{"version", NULL, NULL, "print the version and end", apply_command, 0, CLI_VERSION},
};

const size_t cli_option_rows = sizeof(cli_option_table) / sizeof(cli_option_table[0]);
