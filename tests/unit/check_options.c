/* check_options.c - src/cli/options.c and its table: what the library is asked for.
 * SPDX-License-Identifier: MIT */
#include "cli/options.h"
#include "cli/program.h"

#include "support.h"

#include <getopt.h>

#define KEEP_P (PCOPY_KEEP_MODE | PCOPY_KEEP_OWNER | PCOPY_KEEP_TIMES)
#define KEEP_A (KEEP_P | PCOPY_KEEP_LINKS | PCOPY_KEEP_XATTR | PCOPY_KEEP_CONTEXT)

static char words[512];
static char *arguments[32];

/* Options with a space between them.  0 or -EINVAL. */
static int parse_as(const char *name, const char *options, struct cli_options *ret)
{
	int count = 0;

	snprintf(words, sizeof(words), "%s %s a b", name, options);
	for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
		arguments[count++] = word;
	arguments[count] = NULL;
	optind = 0; /* getopt() begins anew */
	cli_program_init(name);
	if (cli_options_parse(count, arguments, ret) < 0)
		return -EINVAL;
	free(ret->given); /* what is asked for is looked at, not how it was said */
	ret->given = NULL;
	return 0;
}

static int parse(const char *options, struct cli_options *ret)
{
	return parse_as("pcopy", options, ret);
}

static struct cli_options parsed(const char *options)
{
	struct cli_options ret;

	ck_assert_msg(parse(options, &ret) == 0, "%s", options);
	return ret;
}

static void clean_environment(void)
{
	unsetenv("VERSION_CONTROL");
	unsetenv("SIMPLE_BACKUP_SUFFIX");
	unsetenv("POSIXLY_CORRECT");
	/* what is refused is said; it is tests/cli/options.sh that reads it */
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
}

static const struct {
	const char *options;
	unsigned preserve;
} keeps[] = {
	{"", 0},
	{"-p", KEEP_P},
	{"--preserve", KEEP_P},
	{"-d", PCOPY_KEEP_LINKS},
	{"-a", KEEP_A},
	{"--preserve=all", KEEP_A},
	{"--preserve=flags", PCOPY_KEEP_FLAGS},
	{"-a --preserve=flags", KEEP_A | PCOPY_KEEP_FLAGS},
	{"--preserve=mode,links", PCOPY_KEEP_MODE | PCOPY_KEEP_LINKS},
	{"--preserve=xattr", PCOPY_KEEP_XATTR | PCOPY_NEED_XATTR},
	{"--preserve=x,c",
         PCOPY_KEEP_XATTR | PCOPY_NEED_XATTR | PCOPY_KEEP_CONTEXT | PCOPY_NEED_CONTEXT},
	{"--preserve=xattr,all", KEEP_A | PCOPY_NEED_XATTR},
	{"-a --preserve=context", KEEP_A | PCOPY_NEED_CONTEXT},
	{"-a --no-preserve=xattr,context", KEEP_P | PCOPY_KEEP_LINKS},
	{"--preserve=xattr --no-preserve=all", PCOPY_DEFAULT_MODE},
	{"--preserve=xattr --no-preserve=xattr", 0},
	{"-p --no-preserve=mode", PCOPY_KEEP_OWNER | PCOPY_KEEP_TIMES | PCOPY_DEFAULT_MODE},
	{"--no-preserve=mode -p", KEEP_P},
};

/* A context that has to be kept wants a kernel that has some. */
START_TEST(preserve)
{
	struct cli_options options;

	if ((keeps[_i].preserve & PCOPY_NEED_CONTEXT) && !exists("/sys/fs/selinux")) {
		ck_assert_int_eq(parse(keeps[_i].options, &options), -EINVAL);
		return;
	}
	ck_assert_msg(parsed(keeps[_i].options).copy.preserve == keeps[_i].preserve, "%s: %x",
	              keeps[_i].options, parsed(keeps[_i].options).copy.preserve);
}
END_TEST

static const struct {
	const char *options;
	enum pcopy_dereference dereference;
} links[] = {
	{"", PCOPY_DEREFERENCE_NEVER},       {"-r", PCOPY_DEREFERENCE_NEVER},
	{"-L", PCOPY_DEREFERENCE_ALWAYS},    {"-H", PCOPY_DEREFERENCE_OPERANDS},
	{"-LP", PCOPY_DEREFERENCE_NEVER},    {"-PH", PCOPY_DEREFERENCE_OPERANDS},
	{"-aL", PCOPY_DEREFERENCE_ALWAYS},   {"-La", PCOPY_DEREFERENCE_NEVER},
	{"-Ld", PCOPY_DEREFERENCE_NEVER},    {"-l", PCOPY_DEREFERENCE_ALWAYS},
	{"-lP", PCOPY_DEREFERENCE_NEVER},    {"-la", PCOPY_DEREFERENCE_NEVER},
	{"-s", PCOPY_DEREFERENCE_NEVER},     {"--dereference", PCOPY_DEREFERENCE_ALWAYS},
	{"-lH", PCOPY_DEREFERENCE_OPERANDS}, {"-L --no-dereference", PCOPY_DEREFERENCE_NEVER},
};

START_TEST(dereference)
{
	ck_assert_msg(parsed(links[_i].options).copy.dereference == links[_i].dereference, "%s",
	              links[_i].options);
}
END_TEST

/* Operands are as what is below them by -r and -a alone. */
static const struct {
	const char *options;
	unsigned rules;
} rules[] = {
	{"", PCOPY_RULE_FOLLOW_OPERANDS | PCOPY_RULE_READ_OPERANDS},
	{"-p", PCOPY_RULE_FOLLOW_OPERANDS | PCOPY_RULE_READ_OPERANDS},
	{"-L", PCOPY_RULE_READ_OPERANDS},
	{"-H", PCOPY_RULE_READ_OPERANDS},
	{"-dL", PCOPY_RULE_READ_OPERANDS},
	{"-P", 0},
	{"-d", 0},
	{"-r", 0},
	{"-rL", 0},
	{"-a", 0},
	{"-aL", 0},
	{"--verify", PCOPY_RULE_FOLLOW_OPERANDS},
};

START_TEST(operands)
{
	ck_assert_msg(parsed(rules[_i].options).copy.rules == rules[_i].rules, "%s: %x",
	              rules[_i].options, parsed(rules[_i].options).copy.rules);
}
END_TEST

static const struct {
	const char *options;
	enum pcopy_update update;
	int overwrite;
} updates[] = {
	{"", PCOPY_UPDATE_ALL, CLI_OVERWRITE},
	{"-u", PCOPY_UPDATE_OLDER, CLI_OVERWRITE},
	{"--update", PCOPY_UPDATE_OLDER, CLI_OVERWRITE},
	{"--update=older", PCOPY_UPDATE_OLDER, CLI_OVERWRITE},
	{"-u --update=all", PCOPY_UPDATE_ALL, CLI_OVERWRITE},
	{"--update=none", PCOPY_UPDATE_NONE, CLI_OVERWRITE},
	{"--update=none-f", PCOPY_UPDATE_NONE_FAIL, CLI_OVERWRITE},
	{"-n", PCOPY_UPDATE_NONE, CLI_OVERWRITE_NEVER},
	{"-i", PCOPY_UPDATE_ALL, CLI_OVERWRITE_ASK},
	{"-in", PCOPY_UPDATE_NONE, CLI_OVERWRITE_NEVER},
	{"-ni", PCOPY_UPDATE_ALL, CLI_OVERWRITE_ASK},
	{"-iu", PCOPY_UPDATE_OLDER, CLI_OVERWRITE_ASK},
	{"-n --update=all", PCOPY_UPDATE_NONE, CLI_OVERWRITE_NEVER},
	{"-nf", PCOPY_UPDATE_NONE, CLI_OVERWRITE_NEVER},
};

START_TEST(update)
{
	struct cli_options options = parsed(updates[_i].options);

	ck_assert_msg(options.copy.update == updates[_i].update, "%s", updates[_i].options);
	ck_assert_msg((int)options.overwrite == updates[_i].overwrite, "%s", updates[_i].options);
}
END_TEST

static const struct {
	const char *options, *control, *suffix; /* the last two of the environment */
	enum pcopy_backup backup;
	const char *used;
} backups[] = {
	{"", NULL, NULL, PCOPY_BACKUP_NONE, NULL},
	{"", "t", ".x", PCOPY_BACKUP_NONE, ".x"},
	{"-b", NULL, NULL, PCOPY_BACKUP_EXISTING, NULL},
	{"-b", "", NULL, PCOPY_BACKUP_EXISTING, NULL},
	{"-b", "t", NULL, PCOPY_BACKUP_NUMBERED, NULL},
	{"-b", "never", ".x", PCOPY_BACKUP_SIMPLE, ".x"},
	{"-b", "off", NULL, PCOPY_BACKUP_NONE, NULL},
	{"--backup", "numbered", NULL, PCOPY_BACKUP_NUMBERED, NULL},
	{"--backup=simple", "numbered", NULL, PCOPY_BACKUP_SIMPLE, NULL},
	{"--backup=", "numbered", NULL, PCOPY_BACKUP_NUMBERED, NULL},
	{"--backup=no", NULL, NULL, PCOPY_BACKUP_NONE, NULL},
	{"--backup=ne", NULL, NULL, PCOPY_BACKUP_SIMPLE, NULL},
	{"--backup=t -b", NULL, NULL, PCOPY_BACKUP_NUMBERED, NULL},
	{"--backup=t --backup=nil", NULL, NULL, PCOPY_BACKUP_EXISTING, NULL},
	{"--backup=off", "bogus", NULL, PCOPY_BACKUP_NONE, NULL},
	{"-S .y", NULL, ".x", PCOPY_BACKUP_EXISTING, ".y"},
	{"--suffix=.y", "simple", NULL, PCOPY_BACKUP_SIMPLE, ".y"},
};

START_TEST(backup)
{
	struct cli_options options;

	if (backups[_i].control)
		setenv("VERSION_CONTROL", backups[_i].control, 1);
	if (backups[_i].suffix)
		setenv("SIMPLE_BACKUP_SUFFIX", backups[_i].suffix, 1);
	options = parsed(backups[_i].options);
	ck_assert_int_eq(options.copy.backup, backups[_i].backup);
	ck_assert_pstr_eq(options.copy.backup_suffix, backups[_i].used);
}
END_TEST

START_TEST(single)
{
	ck_assert_int_eq(parsed("-l").copy.make, PCOPY_MAKE_HARD_LINKS);
	ck_assert_int_eq(parsed("--symbolic-link").copy.make, PCOPY_MAKE_SYMLINKS);
	ck_assert(parsed("-f").copy.force);
	ck_assert(parsed("-x").copy.one_file_system);
	ck_assert(parsed("--attributes-only").copy.attributes_only);
	ck_assert(parsed("--copy-contents").copy.copy_contents);
	ck_assert(parsed("--keep-directory-symlink").copy.keep_directory_symlink);
	ck_assert(parsed("--remove-destination").copy.remove_destination);
	ck_assert(parsed("--parents").parents);
	ck_assert(parsed("--strip-trailing-slashes").strip_slashes);
	ck_assert(parsed("--debug").debug);
	ck_assert(parsed("--debug").copy.verbose);
	ck_assert_int_eq(parsed("--method=auto").copy.method, PCOPY_METHOD_NONE);
	ck_assert_int_eq(parsed("--method=clone").copy.method, PCOPY_METHOD_CLONE);
	ck_assert_int_eq(parsed("--method=copy").copy.method, PCOPY_METHOD_COPY_FILE_RANGE);
	ck_assert_int_eq(parsed("--method=rw").copy.method, PCOPY_METHOD_READ_WRITE);
	ck_assert_double_eq_tol(parsed("--bench --max-slowdown=7.5").max_slowdown, 0.075, 1e-9);
	ck_assert_double_eq_tol(parsed("").max_slowdown, 0.05, 1e-9);
	ck_assert_int_eq(parsed("--bench --keep-copies=never").keep_copies, PCOPY_NEVER);
	ck_assert_int_eq(parsed("--bench").keep_copies, PCOPY_AUTO);
	ck_assert_int_eq(parsed("-l -s --help").command, CLI_HELP);
}
END_TEST

static const char *const refused[] = {
	"-ls",
	"-sl",
	"-bn",
	"-nb",
	"--backup=none -n",
	"-S .x -n",
	"-b --update=none",
	"-b --update=none-fail",
	"--reflink --sparse=never",
	"--reflink=always --sparse=always",
	"--method=clone --sparse=never",
	"--method=copy_file_range --sparse=always",
	"--method=rw --reflink",
	"--method=clone --reflink=never",
	"--method=sendfile",
	"-t d -T",
	"-t d -t e",
	"--parents -T",
	"--backup=bogus",
	"--backup=n",
	"--update=x",
	"--update=n,o",
	"--preserve=q",
	"--preserve=",
	"--preserve=mode,,links",
	"--no-preserve=q",
	"--bench -L",
	"--bench -l",
	"--bench --parents",
	"--bench --attributes-only",
};

START_TEST(refusal)
{
	struct cli_options options;

	ck_assert_msg(parse(refused[_i], &options) == -EINVAL, "%s", refused[_i]);
}
END_TEST

/* POSIXLY_CORRECT: the first operand ends the options. */
START_TEST(posix)
{
	ck_assert_uint_eq(parsed("a -v").operands, 3);
	ck_assert(parsed("a -v").copy.verbose);
	setenv("POSIXLY_CORRECT", "1", 1);
	ck_assert_uint_eq(parsed("a -v").operands, 4);
	ck_assert(!parsed("a -v").copy.verbose);
}
END_TEST

/* ---- Under the name cp ---- */

#define CP_RULES                                                                                   \
	(PCOPY_RULE_UPDATE_IN_PLACE | PCOPY_RULE_UPDATE_LINKS | PCOPY_RULE_CLOSED_MEANWHILE |      \
	 PCOPY_RULE_GO_ON_WHEN_FULL)
#define CP_FILES (CP_RULES | PCOPY_RULE_OMIT_DIRECTORIES | PCOPY_RULE_READ_OPERANDS)
#define CP_LINKS (CP_FILES | PCOPY_RULE_FOLLOW_OPERANDS)

static const struct {
	const char *options;
	unsigned rules;
} as_cp[] = {
	{"", CP_LINKS},
	{"-p", CP_LINKS},
	{"-P", CP_FILES},
	{"-d", CP_FILES},
	{"-L", CP_FILES},
	{"-r", CP_RULES},
	{"-a", CP_RULES},
	{"--rec", CP_RULES},
	{"-u", CP_LINKS},
	{"-l", CP_LINKS},
	{"--arch", CP_RULES},
	{"--b=t", CP_LINKS},
	{"-Z", CP_LINKS},
	{"--v", 0},
	{"--verb", CP_LINKS},
	{"--path", CP_LINKS},
	{"--pa", CP_LINKS},
	{"--c", 0},
	{"--con", CP_LINKS},
	{"--cop", CP_LINKS},
	{"--re", 0},
	{"--refl", CP_LINKS},
	{"--no-p=all", CP_LINKS},
	{"--at", CP_LINKS},
	{"--jobs=2", CP_LINKS},
	{"--job=2", 0},
	{"-j 2", 0},
	{"-q", 0},
	{"--quiet", CP_LINKS},
	{"--qui", 0},
	{"--pool=serial", CP_LINKS},
	{"--stats", CP_LINKS},
	{"--preserve=flags", 0},
	{"--preserve=all", CP_LINKS},
	{"--verify-only", CP_RULES},
};

START_TEST(named_cp)
{
	struct cli_options options;
	int r = parse_as("/bin/cp", as_cp[_i].options, &options);

	ck_assert_msg((r == 0) == (as_cp[_i].rules != 0), "%s", as_cp[_i].options);
	if (r < 0)
		return;
	ck_assert_msg(options.copy.rules == as_cp[_i].rules, "%s: %x", as_cp[_i].options,
	              options.copy.rules);
	ck_assert_int_eq(options.progress, CLI_PROGRESS_NEVER);
}
END_TEST

/* Another name is none of cp's. */
START_TEST(named_otherwise)
{
	struct cli_options options;

	ck_assert_int_eq(parse_as("cpx", "-q --stat", &options), 0);
	ck_assert_int_eq(parse_as("/cp/pcopy", "-Z", &options), -EINVAL);
	ck_assert_int_eq(parse_as("pcopy", "--path", &options), -EINVAL);
	ck_assert_int_eq(parse_as("pcopy", "", &options), 0);
	ck_assert_uint_eq(options.copy.rules,
	                  PCOPY_RULE_FOLLOW_OPERANDS | PCOPY_RULE_READ_OPERANDS);
	ck_assert_int_eq(options.progress, CLI_PROGRESS_AUTO);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("options");
	TCase *tcase = plain_case(suite, "options");

	tcase_add_checked_fixture(tcase, clean_environment, NULL);
	tcase_add_loop_test(tcase, preserve, 0, COUNT(keeps));
	tcase_add_loop_test(tcase, dereference, 0, COUNT(links));
	tcase_add_loop_test(tcase, operands, 0, COUNT(rules));
	tcase_add_loop_test(tcase, update, 0, COUNT(updates));
	tcase_add_loop_test(tcase, backup, 0, COUNT(backups));
	tcase_add_test(tcase, single);
	tcase_add_loop_test(tcase, refusal, 0, COUNT(refused));
	tcase_add_test(tcase, posix);
	tcase_add_loop_test(tcase, named_cp, 0, COUNT(as_cp));
	tcase_add_test(tcase, named_otherwise);
	return run_suite(suite);
}
