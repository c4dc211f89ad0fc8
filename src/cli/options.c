/* SPDX-License-Identifier: MIT */
/* options.c - parses argv into struct cli_options, and prints --help.
 *
 * Both use the table in option_table.c.  The value of a long option for getopt_long() is
 * LONG_FIRST plus its row number, so options need no constants. */
#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cp.h"
#include "cli/messages.h"
#include "cli/option_apply.h"
#include "cli/option_table.h"
#include "cli/program.h"

#define LONG_FIRST 256
#define HELP_COLUMN 32

#define ROWS_MAX 128

/* The default of --cancel-timeout. */
#define CANCEL_MS 1000U

/* ---- getopt_long()'s arrays ---- */

static int row_takes(const struct option_row *row)
{
	if (!row->argument)
		return no_argument;
	return *row->argument == '[' ? optional_argument : required_argument;
}

/* True if argv has the long option `name` unabbreviated. */
static bool is_spelled_out(char **argv, const char *name)
{
	size_t length = strlen(name);

	for (; *argv; argv++) {
		if (strncmp(*argv, "--", 2) == 0 && strncmp(*argv + 2, name, length) == 0 &&
		    ((*argv)[2 + length] == '\0' || (*argv)[2 + length] == '='))
			return true;
	}
	return false;
}

/* True if the option belongs to the program under its current name.  cp's long options may be
 * abbreviated; pcopy's own would make abbreviations ambiguous, so under the name cp they are
 * known only if written in full. */
static bool row_is_known(const struct option_row *row)
{
	return row->of != (cli_program_is_cp() ? OPTION_OF_PCOPY : OPTION_OF_CP);
}

/* Another name for an option has the value of the row above.  To getopt_long(), an abbreviation of
 * several names with one value is not ambiguous. */
static int row_value(size_t i)
{
	const struct option_row *row = &cli_option_table[i];

	return LONG_FIRST + (int)(row->help ? i : i - 1);
}

static void letters_fill(char *letters)
{
	for (size_t i = 0; i < cli_option_rows; i++) {
		const struct option_row *row = &cli_option_table[i];

		if (!row_is_known(row))
			continue;
		for (const char *letter = row->letters; letter && *letter; letter++) {
			*letters++ = *letter;
			if (row_takes(row) == required_argument)
				*letters++ = ':';
		}
	}
	*letters = '\0';
}

static void longs_fill(char **argv, struct option *longs)
{
	for (size_t i = 0; i < cli_option_rows; i++) {
		const struct option_row *row = &cli_option_table[i];

		if (row->name && (row_is_known(row) ||
		                  (row->of == OPTION_OF_PCOPY && is_spelled_out(argv, row->name))))
			*longs++ = (struct option){
				.name = row->name, .has_arg = row_takes(row), .val = row_value(i)};
	}
	*longs = (struct option){0};
}

/* The row of getopt_long()'s result.  NULL: getopt_long() printed an error. */
static const struct option_row *row_of(int code)
{
	if (code >= LONG_FIRST)
		return &cli_option_table[code - LONG_FIRST];
	for (size_t i = 0; i < cli_option_rows; i++) {
		const char *letters = cli_option_table[i].letters;

		if (code != '?' && letters && strchr(letters, code) &&
		    row_is_known(&cli_option_table[i]))
			return &cli_option_table[i];
	}
	return NULL;
}

/* ---- Parsing ---- */

int cli_options_try_help(void)
{
	(void)fprintf(stderr, "Try '%s --help' for more information.\n", cli_program_name());
	return CLI_EXIT_USAGE;
}

static unsigned smallest_factor(unsigned number)
{
	for (unsigned factor = 2; factor * factor <= number; factor++)
		if (number % factor == 0)
			return factor;
	return number;
}

void cli_options_set_pool(const struct cli_options *options, enum pcopy_pool pool,
                          struct pcopy_options *copy)
{
	unsigned processes = options->jobs_processes, threads = options->jobs_threads;
	unsigned jobs = options->jobs_processes ? processes * threads : options->jobs;

	if (options->jobs) {
		threads = smallest_factor(jobs);
		processes = jobs / threads;
	}
	if (pool == PCOPY_POOL_THREADS || pool == PCOPY_POOL_PROCESSES) {
		processes = pool == PCOPY_POOL_PROCESSES ? jobs : 1;
		threads = pool == PCOPY_POOL_THREADS ? jobs : 1;
	} else if (pool == PCOPY_POOL_SERIAL) {
		processes = threads = 1;
	} else if (pool == PCOPY_POOL_COROUTINES) {
		copy->coroutines = options->jobs_processes ? options->jobs_threads : jobs;
		threads = options->jobs_processes ? options->jobs_processes : jobs ? 1 : 0;
		processes = 1;
	}
	copy->pool = pool;
	copy->processes = processes;
	copy->threads = threads;
}

/* The kind of backup comes from --backup, or else from the environment. */
static int backup_resolve(struct cli_options *options)
{
	const char *control = options->backup_control, *what = "backup type";
	const char *suffix = getenv("SIMPLE_BACKUP_SUFFIX");

	if (!options->copy.backup_suffix)
		options->copy.backup_suffix = suffix;
	if (!options->backup)
		return 0;
	if (!control || !*control) {
		control = getenv("VERSION_CONTROL");
		what = "$VERSION_CONTROL";
	}
	options->copy.backup = PCOPY_BACKUP_EXISTING;
	return control && *control ? cli_backup_parse(what, control, &options->copy.backup) : 0;
}

/* ---- Combinations that are refused: the message, or NULL ---- */

/* Those after which no hint at --help is printed, as in cp. */
static const char *targets_refuse(const struct cli_options *options)
{
	if (options->target_directory && options->no_target_directory)
		return "cannot combine --target-directory (-t) and --no-target-directory (-T)";
	if ((options->copy.preserve & PCOPY_NEED_CONTEXT) && !cli_has_contexts())
		return "cannot preserve security context without an SELinux-enabled kernel";
	return NULL;
}

static const char *update_conflict(const struct cli_options *options)
{
	enum pcopy_update update = options->copy.update;

	if (update != PCOPY_UPDATE_DIFFER &&
	    (options->copy.differ != PCOPY_DIFFER_TIME || options->copy.modify_window_ns > 0))
		return "--checksum, --size-only and --modify-window require --update=differ";
	if (options->copy.differ != PCOPY_DIFFER_TIME && options->copy.modify_window_ns > 0)
		return "--modify-window cannot be combined with --checksum or --size-only";
	if (update == PCOPY_UPDATE_DIFFER &&
	    (options->copy.make != PCOPY_MAKE_COPIES || options->copy.attributes_only))
		return "--update=differ cannot be combined with -l, -s or --attributes-only";
	return NULL;
}

static const char *targets_conflict(const struct cli_options *options)
{
	enum pcopy_update update = options->copy.update;

	if (options->hard_links && options->symbolic_links)
		return "cannot make both hard and symbolic links";
	if (options->backup && options->overwrite == CLI_OVERWRITE_NEVER)
		return "options --backup and --no-clobber are mutually exclusive";
	if (options->backup && (update == PCOPY_UPDATE_NONE || update == PCOPY_UPDATE_NONE_FAIL))
		return "--backup is mutually exclusive with -n or --update=none-fail";
	if (options->parents && options->no_target_directory)
		return "with --parents, the destination must be a directory";
	return NULL;
}

static const char *data_conflict(const struct cli_options *options)
{
	enum pcopy_method method = options->copy.method;
	enum pcopy_when reflink = options->copy.reflink, sparse = options->copy.sparse;
	bool shares = method == PCOPY_METHOD_CLONE || method == PCOPY_METHOD_COPY_FILE_RANGE;

	if (reflink == PCOPY_ALWAYS && sparse != PCOPY_AUTO)
		return "--reflink can be used only with --sparse=auto";
	if (method == PCOPY_METHOD_CLONE && sparse != PCOPY_AUTO)
		return "--method=clone can be used only with --sparse=auto";
	if (method == PCOPY_METHOD_COPY_FILE_RANGE && sparse == PCOPY_ALWAYS)
		return "--method=copy_file_range cannot be used with --sparse=always";
	if (reflink == PCOPY_ALWAYS && method != PCOPY_METHOD_NONE && method != PCOPY_METHOD_CLONE)
		return "--reflink=always can be used only with --method=auto or clone";
	if (reflink == PCOPY_NEVER && shares)
		return "--reflink=never can be used only with --method=auto or rw";
	return NULL;
}

/* The rows below the heading of --bench describe the comparison and have no effect on a copy. */
static const char *bench_missing(const struct cli_options *options)
{
	static char why[64];
	const struct option_row *first = cli_option_table + cli_option_rows;

	while (strcmp(first[-1].name ? first[-1].name : "", "bench") != 0)
		first--;
	for (unsigned i = 0; i < options->givens; i++) {
		if (options->given[i].row >= first) {
			(void)snprintf(why, sizeof(why), "--%s requires --bench",
			               options->given[i].row->name); /* all have a long name */
			return why;
		}
	}
	return NULL;
}

/* A measured copy must copy everything, into a fresh directory. */
static const char *bench_conflict(const struct cli_options *options)
{
	const struct pcopy_options *copy = &options->copy;

	if (!options->bench)
		return bench_missing(options);
	if (copy->dereference != PCOPY_DEREFERENCE_NEVER || copy->make != PCOPY_MAKE_COPIES ||
	    copy->one_file_system || copy->copy_contents || copy->attributes_only ||
	    options->parents)
		return "--bench cannot be combined with -H, -L, -l, -s, -x, --parents, "
		       "--copy-contents "
		       "or --attributes-only";
	if (options->trace || options->events)
		return "--bench cannot be combined with --trace or --events";
	if (copy->bwlimit)
		return "--bench cannot be combined with --bwlimit";
	if (options->against && options->runs > 0 && options->runs < 5)
		return "--bench-against requires at least 5 runs";
	return NULL;
}

/* True if entries are verified, after a copy or instead of one. */
static bool reads_back(const struct cli_options *options)
{
	const struct pcopy_options *copy = &options->copy;

	return copy->verify != PCOPY_VERIFY_NO || copy->manifest || copy->digest ||
	       options->verify_only || options->check;
}

/* Checks the options of the comparison itself. */
static const char *comparison_conflict(const struct cli_options *options)
{
	const struct pcopy_options *copy = &options->copy;
	bool verify = copy->verify != PCOPY_VERIFY_NO;

	if (options->verify_only && options->check)
		return "cannot combine --verify-only and --check";
	if (options->check && (verify || copy->manifest || copy->digest))
		return "--check cannot be combined with --verify, --manifest or --digest";
	if (options->mismatch_given && (options->verify_only || !verify))
		return "--on-mismatch requires --verify";
	if (copy->verify_cold && !verify && !options->verify_only && !options->check)
		return "--verify-cold requires --verify, --verify-only or --check";
	return NULL;
}

static const char *verification_conflict(const struct cli_options *options)
{
	const struct pcopy_options *copy = &options->copy;
	const char *why = comparison_conflict(options);

	if (why || !reads_back(options))
		return why;
	if (copy->make != PCOPY_MAKE_COPIES)
		return "the links that -l and -s make cannot be verified";
	if (copy->attributes_only || copy->copy_contents)
		return "copies made with --attributes-only or --copy-contents cannot be verified";
	if (options->parents && (copy->manifest || copy->digest))
		return "--manifest and --digest cannot be used with --parents";
	if (options->bench)
		return "--bench verifies each copy itself and cannot be combined with other "
		       "verification";
	return NULL;
}

/* A dry run creates nothing to verify. */
static const char *dry_run_conflict(const struct cli_options *options)
{
	if (!options->copy.dry_run)
		return NULL;
	if (options->bench || reads_back(options))
		return "--dry-run cannot be combined with --bench, --verify, --manifest or "
		       "--digest";
	return NULL;
}

static enum cli_command command_of(const struct cli_options *options)
{
	if (options->bench)
		return CLI_BENCH;
	if (options->check)
		return CLI_CHECK;
	return options->verify_only ? CLI_VERIFY : CLI_COPY;
}

/* Without -r, cp treats operands as files: it follows symbolic links, and reads FIFOs and
 * devices. pcopy does the same, except that it copies directories; entries below them are copied
 * as with -r. */
static void operands_set_rules(struct cli_options *options)
{
	struct pcopy_options *copy = &options->copy;
	bool given = copy->dereference != PCOPY_DEREFERENCES;
	bool never = copy->dereference == PCOPY_DEREFERENCE_NEVER;

	/* as in GNU cp: -l links to the file that a symbolic link names */
	if (!given)
		copy->dereference =
			options->hard_links ? PCOPY_DEREFERENCE_ALWAYS : PCOPY_DEREFERENCE_NEVER;
	if (options->recursive || options->command != CLI_COPY)
		return;
	if (!given)
		copy->rules |= PCOPY_RULE_FOLLOW_OPERANDS;
	if (!never && !reads_back(options)) /* data read from a FIFO cannot be read a second time */
		copy->rules |= PCOPY_RULE_READ_OPERANDS;
}

/* The first reason, in this order, to refuse the options, or NULL. */
static const char *options_conflict(const struct cli_options *options)
{
	static const char *(*const rule[])(const struct cli_options *options) = {
		update_conflict,        targets_conflict, data_conflict,
		cli_deletion_conflict,  bench_conflict,   verification_conflict,
		cli_selection_conflict, dry_run_conflict,
	};
	const char *why = NULL;

	for (size_t i = 0; !why && i < sizeof(rule) / sizeof(rule[0]); i++)
		why = rule[i](options);
	return why;
}

/* -j PxT needs a pool whose processes or threads have several workers each. */
static int jobs_check(struct cli_options *options)
{
	if (options->jobs_processes && !options->pool_given)
		options->copy.pool = PCOPY_POOL_HYBRID;
	if (options->jobs_processes && !options->bench && options->copy.pool != PCOPY_POOL_HYBRID &&
	    options->copy.pool != PCOPY_POOL_COROUTINES) {
		cli_error(0, "--jobs=%ux%u requires --pool=hybrid or coroutines, not --pool=%s",
		          options->jobs_processes, options->jobs_threads,
		          pcopy_pool_name(options->copy.pool));
		return -EINVAL;
	}
	return 0;
}

/* Checks and combines the options, after all have been read. */
static int options_resolve(struct cli_options *options)
{
	const char *why = targets_refuse(options);

	options->no_hint = why;
	options->command = command_of(options);
	operands_set_rules(options);
	if (cli_program_is_cp())
		cli_cp_set_rules(options);
	if (!why)
		why = options_conflict(options);
	if (why) {
		cli_error(0, "%s", why);
		return -EINVAL;
	}
	if (backup_resolve(options) < 0)
		return -EINVAL;
	if (options->overwrite == CLI_OVERWRITE_NEVER)
		options->copy.update = PCOPY_UPDATE_NONE;
	if (jobs_check(options) < 0)
		return -EINVAL;
	cli_options_set_pool(options, options->copy.pool, &options->copy);
	return 0;
}

/* Records the option that getopt_long() returned last. */
static int given_add(struct cli_options *options, const struct option_row *row)
{
	struct cli_given *more = reallocarray(options->given, options->givens + 1, sizeof(*more));

	if (!more) {
		cli_error(ENOMEM, "cannot read the options");
		return -ENOMEM;
	}
	options->given = more;
	more[options->givens++] = (struct cli_given){row, optarg};
	return 0;
}

/* Applies the options in order.  --help and --version end the loop, as in cp. */
static int options_read(int argc, char **argv, struct cli_options *options)
{
	struct option longs[ROWS_MAX + 1];
	char letters[3 * ROWS_MAX];
	int code, r = 0;

	letters_fill(letters);
	longs_fill(argv, longs);
	while (r == 0 && options->command == CLI_COPY &&
	       (code = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct option_row *row = row_of(code);

		if (!row || row->apply(options, row, optarg) < 0)
			return -EINVAL;
		r = given_add(options, row);
	}
	return r;
}

void cli_options_done(struct cli_options *options)
{
	free(options->given);
	free(options->filter_word);
	pcopy_filter_free((struct pcopy_filter *)options->copy.filter); /* allocated here */
}

/* True if a single operand is described: there is no copy, and nothing to compare it with. */
static bool is_description(const struct cli_options *options)
{
	const struct pcopy_options *copy = &options->copy;

	return options->command == CLI_COPY && options->operands == 1 &&
	       !options->target_directory && copy->verify == PCOPY_VERIFY_NO &&
	       (copy->digest || copy->manifest);
}

int cli_options_parse(int argc, char **argv, struct cli_options *ret)
{
	struct cli_options options = {
		.copy = PCOPY_OPTIONS_INIT,
		.runs = 5,
		.warmup = 1,
		.max_time_s = 120,
		.max_slowdown = 0.05,
	};
	/* getopt_long() prints it before its messages. */
	static char name[] = "pcopy";
	int r;

	options.copy.dereference = PCOPY_DEREFERENCES; /* not given */
	options.copy.cancel_ms = CANCEL_MS;
	options.progress = cli_program_is_cp() ? CLI_PROGRESS_NEVER : CLI_PROGRESS_AUTO;
	if (argc > 0 && !cli_program_is_cp())
		argv[0] = name;
	r = options_read(argc, argv, &options);
	if (r == 0 && options.command == CLI_COPY)
		r = options_resolve(&options);
	if (r < 0) {
		cli_options_done(&options);
		if (r != -ENOMEM && (!options.no_hint || !cli_program_is_cp()))
			(void)cli_options_try_help(); /* the caller sets the status */
		return r;
	}
	options.operand = argv + optind;
	options.operands = (unsigned)(argc > optind ? argc - optind : 0);
	if (is_description(&options))
		options.command = CLI_DESCRIBE;
	*ret = options;
	return 0;
}

/* ---- Help ---- */

/* "  -r, -R, --recursive", "      --pool=POOL", "  -p" */
static int row_print_names(FILE *stream, const struct option_row *row)
{
	const char *argument = row->argument ? row->argument : "";
	int width = fprintf(stream, "  ");

	for (const char *letter = row->letters; letter && *letter; letter++)
		width += fprintf(stream, "-%c%s", *letter, letter[1] || row->name ? ", " : "");
	if (!row->letters)
		width += fprintf(stream, "    ");
	if (row->name)
		width += fprintf(stream, "--%s%s", row->name, argument);
	return width;
}

static void row_print(FILE *stream, const struct option_row *row)
{
	const char *line = row->help;
	int width;

	if (!row->apply) {
		(void)fprintf(stream, "\n%s:\n", row->help);
		return;
	}
	width = row_print_names(stream, row);
	if (width + 2 > HELP_COLUMN) {
		(void)fputc('\n', stream);
		width = 0;
	}
	while (line) {
		const char *end = strchr(line, '\n');

		(void)fprintf(stream, "%*s%.*s\n", HELP_COLUMN - width, "",
		              (int)(end ? end - line : (long)strlen(line)), line);
		line = end ? end + 1 : NULL;
		width = 0;
	}
}

/* True if --help shows the row; a heading is shown if a row below it is. */
static bool row_is_shown(size_t i)
{
	const struct option_row *row = &cli_option_table[i];

	if (row->apply)
		return row->help && row_is_known(row);
	while (++i < cli_option_rows && cli_option_table[i].apply) {
		if (row_is_shown(i))
			return true;
	}
	return false;
}

static void usage_print(FILE *stream, const char *start, const char *operands)
{
	(void)fprintf(stream, "%s%s %s\n", start, cli_program_name(), operands);
}

static const char help_end_pcopy[] =
	"\nSIZE is a number with an optional unit: K, M, G, T or P for powers of 1024, KB,\n"
	"MB ... for powers of 1000.  If options contradict, the last one takes effect.\n"
	"VERSION_CONTROL and SIMPLE_BACKUP_SUFFIX in the environment are used if CONTROL\n"
	"or SUFFIX is not given.\n\n"
	"Exit status: 0 success, 1 some entries failed (each is reported on standard\n"
	"error), 2 usage error, 3 a difference was found, 128+N ended by signal N.\n";

static const char help_end_cp[] =
	"\nVERSION_CONTROL and SIMPLE_BACKUP_SUFFIX in the environment are used if CONTROL\n"
	"or SUFFIX is not given.\n\n"
	"Exit status: 0 success, 1 failure.\n\n"
	"This is pcopy under the name cp.  Its own long options, such as --pool, --jobs\n"
	"and --stats, are accepted if written in full; see pcopy(1).\n";

/* One buffer for the whole text: a failed write in the middle would not be reported by fclose(). */
void cli_options_help(FILE *stream)
{
	static char whole[32U << 10];

	if (stream == stdout)
		(void)setvbuf(stream, whole, _IOFBF, sizeof(whole));
	usage_print(stream, "Usage: ", "[OPTION]... [-T] SOURCE DEST");
	usage_print(stream, "  or:  ", "[OPTION]... SOURCE... DIRECTORY");
	usage_print(stream, "  or:  ", "[OPTION]... -t DIRECTORY SOURCE...");
	if (!cli_program_is_cp()) {
		usage_print(stream, "  or:  ", "--verify-only [OPTION]... SOURCE DEST");
		usage_print(stream, "  or:  ", "--check=FILE [OPTION]... DIRECTORY");
		usage_print(stream, "  or:  ", "--digest [OPTION]... DIRECTORY");
		usage_print(stream, "  or:  ", "--bench[=LIST] [OPTION]... SOURCE DEST");
	}
	(void)fputs("Copy files and directory trees with parallel workers.\n\n"
	            "Mandatory arguments to long options are mandatory for short options too.\n",
	            stream);
	for (size_t i = 0; i < cli_option_rows; i++) {
		if (row_is_shown(i))
			row_print(stream, &cli_option_table[i]);
	}
	(void)fputs(cli_program_is_cp() ? help_end_cp : help_end_pcopy, stream);
}
