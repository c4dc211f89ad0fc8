/* SPDX-License-Identifier: MIT */
/* option_apply.c - the functions of the option table's rows. */
#include "cli/option_apply.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/size.h"
#include "cli/messages.h"
#include "cli/program.h"
#include "cli/words.h"

/* Far above any real use, and P * T cannot overflow. */
#define JOBS_MAX 1024
#define SECONDS_MAX 1000000.0

static const struct cli_word when_words[] = {
	{"auto", PCOPY_AUTO}, {"always", PCOPY_ALWAYS}, {"never", PCOPY_NEVER}, {NULL, 0}};

/* Attributes that the user names must be preserved; those implied by "all" are preserved if
 * possible. */
static const struct cli_word keep_words[] = {
	{"flags", PCOPY_KEEP_FLAGS}, /* not a word of cp: see keep_list_parse() */
	{"mode", PCOPY_KEEP_MODE},
	{"timestamps", PCOPY_KEEP_TIMES},
	{"ownership", PCOPY_KEEP_OWNER},
	{"links", PCOPY_KEEP_LINKS},
	{"context", PCOPY_KEEP_CONTEXT | PCOPY_NEED_CONTEXT},
	{"xattr", PCOPY_KEEP_XATTR | PCOPY_NEED_XATTR},
	{"all", CLI_KEEP_ALL},
	{NULL, 0},
};

static const struct cli_word table_words[] = {{"private", false}, {"shared", true}, {NULL, 0}};

static const struct cli_word method_words[] = {
	{"auto", PCOPY_METHOD_NONE},
	{"clone", PCOPY_METHOD_CLONE},
	{"copy_file_range", PCOPY_METHOD_COPY_FILE_RANGE},
	{"rw", PCOPY_METHOD_READ_WRITE},
	{NULL, 0},
};

static const struct cli_word fsync_words[] = {{"none", PCOPY_FSYNC_NONE},
                                              {"file", PCOPY_FSYNC_FILE},
                                              {"end", PCOPY_FSYNC_END},
                                              {NULL, 0}};

static const struct cli_word update_words[] = {
	{"all", PCOPY_UPDATE_ALL},
	{"none", PCOPY_UPDATE_NONE},
	{"none-fail", PCOPY_UPDATE_NONE_FAIL},
	{"older", PCOPY_UPDATE_OLDER},
	{"differ", PCOPY_UPDATE_DIFFER},
	{NULL, 0},
};

static const struct cli_word verify_words[] = {
	{"hash", PCOPY_VERIFY_HASH},
	{"archive", PCOPY_VERIFY_ARCHIVE},
	{NULL, 0},
};

static const struct cli_word mismatch_words[] = {
	{"fail", PCOPY_MISMATCH_FAIL},
	{"recopy", PCOPY_MISMATCH_RECOPY},
	{NULL, 0},
};

static const struct cli_word backup_words[] = {
	{"none", PCOPY_BACKUP_NONE},
	{"off", PCOPY_BACKUP_NONE},
	{"simple", PCOPY_BACKUP_SIMPLE},
	{"never", PCOPY_BACKUP_SIMPLE},
	{"existing", PCOPY_BACKUP_EXISTING},
	{"nil", PCOPY_BACKUP_EXISTING},
	{"numbered", PCOPY_BACKUP_NUMBERED},
	{"t", PCOPY_BACKUP_NUMBERED},
	{NULL, 0},
};

static const struct cli_word progress_words[] = {
	{"auto", CLI_PROGRESS_AUTO},       {"always", CLI_PROGRESS_ALWAYS},
	{"never", CLI_PROGRESS_NEVER},     {"lines", CLI_PROGRESS_LINES},
	{"workers", CLI_PROGRESS_WORKERS}, {NULL, 0},
};

static const struct cli_word cache_words[] = {
	{"any", CLI_CACHE_ANY},
	{"warm", CLI_CACHE_WARM},
	{"cold", CLI_CACHE_COLD},
	{"both", CLI_CACHE_BOTH},
	{NULL, 0},
};

static const struct cli_word copies_words[] = {
	{"auto", PCOPY_AUTO},
	{"never", PCOPY_NEVER},
	{NULL, 0},
};

static const struct cli_word order_words[] = {{"interleaved", false}, {"random", true}, {NULL, 0}};

static void *member(struct cli_options *options, const struct option_row *row)
{
	return (char *)options + row->offset;
}

/* The name of a row's option, for messages. */
#define OPTION_NAME_MAX 40
static const char *option_name(char name[OPTION_NAME_MAX], const struct option_row *row)
{
	(void)snprintf(name, OPTION_NAME_MAX, "--%s", row->name); /* the table's are short */
	return name;
}

int cli_argument_refuse(const struct option_row *row, const char *argument)
{
	char name[OPTION_NAME_MAX];

	cli_error_named(0, "invalid argument %s for %s", argument, option_name(name, row));
	return -EINVAL;
}

static int number_parse(const char *text, uint64_t least, uint64_t most, unsigned *ret)
{
	uint64_t number;

	/* Digits only: "4K" workers is an error. */
	if (text[strspn(text, "0123456789")] || pc_size_parse(text, &number) < 0)
		return -EINVAL;
	if (number < least || number > most)
		return -EINVAL;
	*ret = (unsigned)number;
	return 0;
}

/* ---- Functions shared by several options ---- */

int cli_apply_nothing(struct cli_options *options, const struct option_row *row,
                      const char *argument)
{
	(void)options, (void)row, (void)argument;
	return 0;
}

int cli_apply_true(struct cli_options *options, const struct option_row *row, const char *argument)
{
	(void)argument; /* takes none */
	*(bool *)member(options, row) = true;
	return 0;
}

int cli_apply_flag(struct cli_options *options, const struct option_row *row, const char *argument)
{
	(void)argument; /* takes none */
	*(unsigned *)member(options, row) |= (unsigned)row->value;
	return 0;
}

int cli_apply_value(struct cli_options *options, const struct option_row *row, const char *argument)
{
	unsigned value = (unsigned)row->value;

	(void)argument;                                      /* takes none */
	memcpy(member(options, row), &value, sizeof(value)); /* any enum */
	return 0;
}

/* The words of an option, and its value without an argument. */
static const struct {
	const struct cli_word *words;
	unsigned without_argument;
} word_lists[] = {
	[CLI_WORDS_WHEN] = {when_words, PCOPY_ALWAYS},
	[CLI_WORDS_METHOD] = {method_words, 0},
	[CLI_WORDS_FSYNC] = {fsync_words, 0},
	[CLI_WORDS_UPDATE] = {update_words, PCOPY_UPDATE_OLDER},
	[CLI_WORDS_VERIFY] = {verify_words, PCOPY_VERIFY_HASH},
	[CLI_WORDS_MISMATCH] = {mismatch_words, 0},
	[CLI_WORDS_PROGRESS] = {progress_words, CLI_PROGRESS_ALWAYS},
	[CLI_WORDS_CACHE] = {cache_words, 0},
	[CLI_WORDS_COPIES] = {copies_words, 0},
	[CLI_WORDS_BACKUP] = {backup_words, 0},
	[CLI_WORDS_KEEP] = {keep_words, 0},
	[CLI_WORDS_POOL] = {NULL, 0}, /* see pool_words() */
	[CLI_WORDS_FD_TABLE] = {table_words, 0},
	[CLI_WORDS_ORDER] = {order_words, 0},
};

/* Options whose row has a word list as its value. */
static cli_apply *const take_words[] = {
	cli_apply_backup,      cli_apply_fd_table, cli_apply_mismatch,
	cli_apply_no_preserve, cli_apply_order,    cli_apply_pool,
	cli_apply_preserve,    cli_apply_reflink,  cli_apply_word,
};

/* The library's names. */
static const struct cli_word *pool_words(void)
{
	static struct cli_word words[PCOPY_POOLS + 1];

	for (unsigned i = 0; i < PCOPY_POOLS; i++)
		words[i] = (struct cli_word){pcopy_pool_name((enum pcopy_pool)i), i};
	return words;
}

const struct cli_word *cli_option_words(const struct option_row *row)
{
	for (size_t i = 0; i < sizeof(take_words) / sizeof(take_words[0]); i++) {
		if (row->apply == take_words[i])
			return row->value == CLI_WORDS_POOL ? pool_words()
			                                    : word_lists[row->value].words;
	}
	return NULL;
}

static int word_parse(const struct option_row *row, const char *argument, unsigned *ret)
{
	char name[OPTION_NAME_MAX];

	return cli_word_parse(cli_option_words(row), option_name(name, row), argument, ret);
}

int cli_apply_word(struct cli_options *options, const struct option_row *row, const char *argument)
{
	unsigned value = word_lists[row->value].without_argument;
	int r = argument ? word_parse(row, argument, &value) : 0;

	if (r == 0)
		memcpy(member(options, row), &value, sizeof(value)); /* any enum */
	return r;
}

int cli_apply_number(struct cli_options *options, const struct option_row *row,
                     const char *argument)
{
	/* Only --warmup may be 0. */
	uint64_t least = row->offset == offsetof(struct cli_options, warmup) ? 0 : 1;
	int r = number_parse(argument, least, row->value, member(options, row));

	return r < 0 ? cli_argument_refuse(row, argument) : 0;
}

int cli_apply_string(struct cli_options *options, const struct option_row *row,
                     const char *argument)
{
	*(const char **)member(options, row) = argument;
	return 0;
}

/* Decimal seconds.  strtod() alone would also accept spaces, signs, exponents, other bases and
 * words. Returns 0 or -EINVAL. */
static int seconds_parse(const char *text, double *ret)
{
	char *end;

	if (text[strspn(text, "0123456789.")])
		return -EINVAL;
	*ret = strtod(text, &end);
	return end == text || *end || *ret > SECONDS_MAX ? -EINVAL : 0;
}

int cli_apply_milliseconds(struct cli_options *options, const struct option_row *row,
                           const char *argument)
{
	double seconds;
	unsigned ms;

	if (seconds_parse(argument, &seconds) < 0)
		return cli_argument_refuse(row, argument);
	ms = (unsigned)(seconds * 1000);
	if (seconds > 0 && ms == 0)
		ms = 1;
	memcpy(member(options, row), &ms, sizeof(ms));
	return 0;
}

int cli_apply_size(struct cli_options *options, const struct option_row *row, const char *argument)
{
	return pc_size_parse(argument, member(options, row)) < 0
	               ? cli_argument_refuse(row, argument)
	               : 0;
}

int cli_apply_window(struct cli_options *options, const struct option_row *row,
                     const char *argument)
{
	double seconds;

	if (seconds_parse(argument, &seconds) < 0)
		return cli_argument_refuse(row, argument);
	options->copy.modify_window_ns = (uint64_t)(seconds * 1e9);
	return 0;
}

static void preserve_add(struct cli_options *options, unsigned bits)
{
	options->copy.preserve |= bits;
	if (bits & PCOPY_KEEP_MODE)
		options->copy.preserve &= ~(unsigned)PCOPY_DEFAULT_MODE;
}

int cli_apply_keep(struct cli_options *options, const struct option_row *row, const char *argument)
{
	(void)argument; /* takes none */
	preserve_add(options, (unsigned)row->value);
	return 0;
}

int cli_apply_archive(struct cli_options *options, const struct option_row *row,
                      const char *argument)
{
	options->copy.dereference = PCOPY_DEREFERENCE_NEVER;
	if (row->value == CLI_KEEP_ALL) /* -a, not -d */
		options->recursive = true;
	return cli_apply_keep(options, row, argument);
}

/* ---- Functions of one option ---- */

static int keep_list_parse(const struct option_row *row, const char *list, unsigned *ret)
{
	char name[OPTION_NAME_MAX];

	return cli_word_list_parse(cli_option_words(row) + (cli_program_is_cp() ? 1 : 0),
	                           option_name(name, row), list, ret);
}

int cli_apply_preserve(struct cli_options *options, const struct option_row *row,
                       const char *argument)
{
	unsigned bits = CLI_KEEP_DEFAULT;
	int r = argument ? keep_list_parse(row, argument, &bits) : 0;

	if (r < 0)
		return r;
	preserve_add(options, bits);
	return 0;
}

int cli_apply_no_preserve(struct cli_options *options, const struct option_row *row,
                          const char *argument)
{
	unsigned bits = 0;
	int r = keep_list_parse(row, argument, &bits);

	if (r < 0)
		return r;
	if (bits & PCOPY_KEEP_XATTR)
		bits |= PCOPY_NEED_XATTR;
	if (bits & PCOPY_KEEP_CONTEXT)
		bits |= PCOPY_NEED_CONTEXT;
	options->copy.preserve &= ~bits;
	if (bits & PCOPY_KEEP_MODE)
		options->copy.preserve |= PCOPY_DEFAULT_MODE;
	return 0;
}

bool cli_has_contexts(void)
{
	return access("/sys/fs/selinux", F_OK) == 0;
}

int cli_apply_context(struct cli_options *options, const struct option_row *row,
                      const char *argument)
{
	(void)options, (void)row; /* no field to set */
	if (cli_has_contexts()) {
		cli_error(0, "setting the security context (-Z, --context) is not supported");
		return -EINVAL;
	}
	if (argument)
		cli_error(0, "warning: ignoring --context; it requires an SELinux-enabled kernel");
	return 0;
}

int cli_apply_reflink(struct cli_options *options, const struct option_row *row,
                      const char *argument)
{
	options->reflink_given = true;
	return cli_apply_word(options, row, argument);
}

int cli_backup_parse(const char *what, const char *word, enum pcopy_backup *ret)
{
	unsigned backup = PCOPY_BACKUP_NONE;
	int r = cli_word_parse(backup_words, what, word, &backup);

	*ret = (enum pcopy_backup)backup;
	return r;
}

int cli_apply_backup(struct cli_options *options, const struct option_row *row,
                     const char *argument)
{
	(void)row; /* backup_resolve() combines it with the environment */
	options->backup = true;
	if (argument)
		options->backup_control = argument;
	return 0;
}

int cli_apply_suffix(struct cli_options *options, const struct option_row *row,
                     const char *argument)
{
	(void)row; /* used by one row */
	options->backup = true;
	options->copy.backup_suffix = argument;
	return 0;
}

int cli_apply_link(struct cli_options *options, const struct option_row *row, const char *argument)
{
	(void)row, (void)argument; /* takes none */
	options->hard_links = true;
	options->copy.make = PCOPY_MAKE_HARD_LINKS;
	return 0;
}

int cli_apply_symbolic_link(struct cli_options *options, const struct option_row *row,
                            const char *argument)
{
	(void)row, (void)argument; /* takes none */
	options->symbolic_links = true;
	options->copy.make = PCOPY_MAKE_SYMLINKS;
	return 0;
}

int cli_apply_debug(struct cli_options *options, const struct option_row *row, const char *argument)
{
	(void)row, (void)argument; /* takes none */
	options->debug = options->copy.verbose = true;
	return 0;
}

int cli_apply_quiet(struct cli_options *options, const struct option_row *row, const char *argument)
{
	(void)row, (void)argument; /* takes none */
	options->quiet = true;
	options->progress = CLI_PROGRESS_NEVER;
	return 0;
}

int cli_apply_target(struct cli_options *options, const struct option_row *row,
                     const char *argument)
{
	(void)row; /* used by one row */
	if (options->target_directory) {
		cli_error(0, "multiple target directories specified");
		options->no_hint = true;
		return -EINVAL;
	}
	options->target_directory = argument;
	return 0;
}

int cli_apply_pool(struct cli_options *options, const struct option_row *row, const char *argument)
{
	unsigned pool = 0;
	int r = word_parse(row, argument, &pool);

	if (r < 0)
		return r;
	options->copy.pool = (enum pcopy_pool)pool;
	options->pool_given = true;
	return 0;
}

int cli_apply_jobs(struct cli_options *options, const struct option_row *row, const char *argument)
{
	size_t length = strcspn(argument, "x");
	char processes[16];

	options->jobs = options->jobs_processes = options->jobs_threads = 0;
	options->jobs_auto = strcmp(argument, "auto") == 0;
	if (options->jobs_auto)
		return 0;
	if (!argument[length]) {
		if (number_parse(argument, 1, JOBS_MAX, &options->jobs) < 0)
			return cli_argument_refuse(row, argument);
		return 0;
	}
	(void)snprintf(processes, sizeof(processes), "%.*s", (int)(length < 16 ? length : 15),
	               argument); /* a truncated number is still out of range */
	if (number_parse(processes, 1, JOBS_MAX, &options->jobs_processes) < 0 ||
	    number_parse(argument + length + 1, 1, JOBS_MAX, &options->jobs_threads) < 0 ||
	    options->jobs_processes * options->jobs_threads > JOBS_MAX)
		return cli_argument_refuse(row, argument);
	return 0;
}

int cli_apply_fd_table(struct cli_options *options, const struct option_row *row,
                       const char *argument)
{
	unsigned shared = 0;
	int r = word_parse(row, argument, &shared);

	options->copy.shared_fd_table = shared;
	return r;
}

int cli_apply_json(struct cli_options *options, const struct option_row *row, const char *argument)
{
	(void)row; /* used by one row */
	options->json = true;
	options->json_file = argument;
	return 0;
}

int cli_apply_bench(struct cli_options *options, const struct option_row *row, const char *argument)
{
	(void)row; /* used by one row */
	options->bench = true;
	options->bench_list = argument;
	return 0;
}

int cli_apply_mismatch(struct cli_options *options, const struct option_row *row,
                       const char *argument)
{
	options->mismatch_given = true;
	return cli_apply_word(options, row, argument);
}

int cli_apply_bench_command(struct cli_options *options, const struct option_row *row,
                            const char *argument)
{
	if (options->bench_commands == CLI_COMMANDS_MAX || !*argument)
		return cli_argument_refuse(row, argument);
	options->bench = true;
	options->bench_command[options->bench_commands++] = argument;
	return 0;
}

int cli_apply_runs(struct cli_options *options, const struct option_row *row, const char *argument)
{
	options->runs = 0;
	if (strcmp(argument, "auto") == 0)
		return 0;
	return cli_apply_number(options, row, argument);
}

int cli_apply_order(struct cli_options *options, const struct option_row *row, const char *argument)
{
	unsigned order = false;
	int r = word_parse(row, argument, &order);

	options->order_random = order;
	return r;
}

/* A percentage, with or without a fraction. */
int cli_apply_slowdown(struct cli_options *options, const struct option_row *row,
                       const char *argument)
{
	char *end;
	double percent = strtod(argument, &end);

	if (end == argument || *end || !(percent >= 0) || !(percent <= 10000))
		return cli_argument_refuse(row, argument);
	options->max_slowdown = percent / 100;
	return 0;
}
