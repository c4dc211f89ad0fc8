/* SPDX-License-Identifier: MIT */
/* check_words.c - src/bench/words.c: the copies that --bench starts get every option that was
 * given, also one that this test has never heard of. */
#include "bench/words.h"

#include "support.h"

#include <getopt.h>

#include "cli/option_table.h"
#include "cli/program.h"

/* Options that --bench refuses: what they ask for cannot be measured, or is no copy of all. */
static const char *const refused[] = {
	"H",
	"dereference",
	"link",
	"symbolic-link",
	"one-file-system",
	"copy-contents",
	"attributes-only",
	"parents",
	"bwlimit",
	"events",
	"trace",
	"dry-run",
	"mirror",
	"delete",
	"max-delete",
	"ignore-errors",
	"delete-excluded",
	"delete-from-empty",
	"verify",
	"verify-only",
	"verify-cold",
	"on-mismatch",
	"manifest",
	"check",
	"digest",
	"files-from",
};

/* Options of this process only.  They are listed here again, so that a new option must be added
 * on purpose. */
static const char *const local[] = {
	"target-directory",
	"no-target-directory",
	"pool",
	"jobs",
	"verbose",
	"debug",
	"quiet",
	"progress",
	"color",
	"stats",
	"json",
	"help",
	"version",
	"bench",
	"bench-command",
	"runs",
	"max-time",
	"warmup",
	"baseline",
	"order",
	"seed",
	"sweep",
	"cache",
	"keep-copies",
	"bench-fsync",
	"export-json",
	"export-csv",
	"export-markdown",
	"export-hyperfine",
	"plot",
	"bench-against",
	"max-slowdown",
};

/* Rules arrive as rules, whatever option they came by. */
static const char *const rules[] = {"exclude",      "include", "exclude-from",
                                    "include-from", "filter",  "from0"};

/* A word that an option takes, which is not its default; and another option that it needs. */
static const struct {
	const char *name, *argument, *with;
} takes[] = {
	{"max-size", "1G", NULL},
	{"min-size", "3", NULL},
	{"update", "older", NULL},
	{"checksum", NULL, "--update=differ"},
	{"size-only", NULL, "--update=differ"},
	{"modify-window", "2", "--update=differ"},
	{"backup", "numbered", NULL},
	{"suffix", ".old", NULL},
	{"atomic", "never", NULL},
	{"preserve", "mode,xattr", NULL},
	{"no-preserve", "mode", NULL},
	{"reflink", "always", NULL},
	{"sparse", "never", NULL},
	{"method", "rw", NULL},
	{"chunk-size", "1M", NULL},
	{"fsync", "end", NULL},
	{"max-errors", "7", NULL},
	{"cancel-timeout", "3", NULL},
	{"queue-depth", "9", NULL},
	{"fd-table", "shared", NULL},
};

static bool is_among(const char *name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(name, list[i]) == 0)
			return true;
	}
	return false;
}

#define IS_AMONG(name, list) is_among(name, list, COUNT(list))

static const char *name_of(const struct option_row *row)
{
	static char letter[2];

	letter[0] = row->letters ? *row->letters : '\0';
	return row->name ? row->name : letter;
}

static int parse(char **argument, struct cli_options *ret)
{
	char *name = argument[0];
	int count = 0, r;

	while (argument[count])
		count++;
	optind = 0; /* getopt() begins anew */
	cli_program_init("pcopy");
	r = cli_options_parse(count, argument, ret);
	argument[0] = name; /* it was given a name of its own */
	return r;
}

/* The words that a copy in the serial pool is started with. */
static void words_of(const struct cli_options *options, struct bench_words *ret)
{
	char src_path[] = "/src";
	struct bench_row row = {.pool = PCOPY_POOL_SERIAL};
	struct bench bench = {.options = options, .src_path = src_path};

	ck_assert_int_eq(bench_words_pass_on(options, &bench.passed_on), 0);
	ck_assert_int_eq(bench_words_fill(ret, &bench, &row, "/dst/copy-1"), 0);
	bench_words_done(&bench.passed_on);
}

/* Makes alike what is the row's, what is about operands and what is set for a reader. */
static void row_forget(struct pcopy_options *copy)
{
	copy->pool = PCOPY_POOL_THREADS;
	copy->processes = copy->threads = copy->coroutines = 0;
	copy->filter = NULL;
	copy->verbose = false;
	copy->rules = 0;
}

/* Whether a copy is asked for the same as was given. */
static void arrives(const char *const *given)
{
	char *argument[16] = {strdup("pcopy"), strdup("--bench")};
	struct cli_options options, copy;
	struct bench_words words;
	int count = 2;

	for (; *given; given++)
		argument[count++] = strdup(*given);
	argument[count++] = strdup("a");
	argument[count++] = strdup("b");
	ck_assert_msg(parse(argument, &options) == 0, "%s is refused", argument[2]);
	if (!options.reflink_given && options.copy.method == PCOPY_METHOD_NONE)
		options.copy.reflink = PCOPY_NEVER;
	words_of(&options, &words);
	ck_assert_msg(parse(words.argument, &copy) == 0, "%s makes a copy refuse", argument[2]);
	ck_assert_uint_eq(copy.operands, 2);
	ck_assert(copy.no_target_directory);
	row_forget(&options.copy);
	row_forget(&copy.copy);
	if (copy.copy.backup_suffix)
		ck_assert_str_eq(copy.copy.backup_suffix, options.copy.backup_suffix);
	copy.copy.backup_suffix = options.copy.backup_suffix;
	ck_assert_msg(memcmp(&options.copy, &copy.copy, sizeof(copy.copy)) == 0,
	              "%s does not arrive", argument[2]);
	cli_options_done(&options);
	cli_options_done(&copy);
	bench_words_done(&words);
	while (count > 0)
		free(argument[--count]);
}

/* A row by its name, with what it takes and needs; a letter where it has no name. */
static void row_arrives(const struct option_row *row)
{
	char word[64];
	const char *given[3] = {word};
	bool known = row->argument == NULL;

	(void)snprintf(word, sizeof(word), row->name ? "--%s" : "-%s", name_of(row));
	for (size_t i = 0; row->name && i < COUNT(takes); i++) {
		if (strcmp(row->name, takes[i].name) != 0)
			continue;
		if (takes[i].argument)
			(void)snprintf(word, sizeof(word), "--%s=%s", row->name, takes[i].argument);
		given[1] = takes[i].with;
		known = true;
	}
	ck_assert_msg(known, "what does --%s take?  Say it in takes[]", row->name);
	arrives(given);
}

/* getopt_long() has the number of the row above for it. */
START_TEST(another_name_follows)
{
	const struct option_row *row = &cli_option_table[_i], *above = row - 1;

	if (row->help)
		return;
	ck_assert_msg(_i > 0 && above->apply == row->apply && above->offset == row->offset &&
	                      above->value == row->value,
	              "--%s has no text: it is to follow the option that it is another name for",
	              name_of(row));
}
END_TEST

START_TEST(every_row)
{
	const struct option_row *row = &cli_option_table[_i];
	const char *name = name_of(row);

	if (!row->apply || row->of == OPTION_OF_CP || IS_AMONG(name, refused) ||
	    IS_AMONG(name, rules))
		return;
	if (IS_AMONG(name, local)) {
		ck_assert_msg(row->local, "%s is passed on", name);
		return;
	}
	ck_assert_msg(!row->local, "the copies of --bench do not get %s: is that intended?", name);
	row_arrives(row);
}
END_TEST

/* The words handed on for these options, with a space between them. */
static const char *passed_on(const char *const *given)
{
	static char text[512];
	char *argument[16] = {strdup("pcopy"), strdup("--bench")};
	struct cli_options options;
	struct bench_words words;
	int count = 2;

	for (; *given; given++)
		argument[count++] = strdup(*given);
	ck_assert_int_eq(parse(argument, &options), 0);
	ck_assert_int_eq(bench_words_pass_on(&options, &words), 0);
	text[0] = '\0';
	for (size_t i = 0; i < words.count; i++) {
		strcat(text, i ? " " : "");
		strcat(text, words.argument[i]);
	}
	bench_words_done(&words);
	cli_options_done(&options);
	while (count > 0)
		free(argument[--count]);
	return text;
}

START_TEST(as_given)
{
	ck_assert_str_eq(passed_on((const char *const[]){NULL}), "--reflink=never");
	ck_assert_str_eq(
		passed_on((const char *const[]){"-auS.old", "-j4", "-v", "--runs=9", NULL}),
		"--reflink=never --archive -u --suffix=.old");
	ck_assert_str_eq(passed_on((const char *const[]){"--reflink", "--fsync=end", NULL}),
	                 "--reflink --fsync=end");
	ck_assert_str_eq(passed_on((const char *const[]){"--method=rw", NULL}), "--method=rw");
	ck_assert_str_eq(passed_on((const char *const[]){"-S", "a b", "-S", "c", NULL}),
	                 "--reflink=never --suffix=a b --suffix=c");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("words");
	TCase *tcase = plain_case(suite, "words");

	tcase_add_loop_test(tcase, another_name_follows, 0, (int)cli_option_rows);
	tcase_add_loop_test(tcase, every_row, 0, (int)cli_option_rows);
	tcase_add_test(tcase, as_given);
	return run_suite(suite);
}
