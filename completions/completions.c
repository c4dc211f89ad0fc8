/* SPDX-License-Identifier: MIT */
/* completions.c - writes the completions of pcopy for a shell, from the table of options.
 *
 * A program of the build, not installed: `completions bash|zsh|fish`.  An argument is completed
 * by its words where the option has some, and else by what the table calls it: FILE and TO by
 * files, DIRECTORY by directories.  A LIST of words is completed after each comma. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/option_apply.h"
#include "cli/option_table.h"
#include "cli/words.h"

enum argument {
	ARGUMENT_NONE,
	ARGUMENT_OTHER, /* nothing can be proposed */
	ARGUMENT_WORDS,
	ARGUMENT_FILE,
	ARGUMENT_DIRECTORY,
};

static bool argument_is_optional(const struct option_row *row)
{
	return row->argument && row->argument[0] == '[';
}

/* Its name without "=" and brackets. */
static int argument_name(const struct option_row *row, const char **ret)
{
	*ret = row->argument + strspn(row->argument, "[=");
	return (int)strcspn(*ret, "]");
}

static bool argument_is(const struct option_row *row, const char *what)
{
	const char *name;
	int length = argument_name(row, &name);

	return strlen(what) == (size_t)length && strncmp(what, name, (size_t)length) == 0;
}

static enum argument argument_kind(const struct option_row *row)
{
	static const struct {
		const char *name;
		enum argument kind;
	} by_name[] = {
		{"FILE", ARGUMENT_FILE}, {"TO", ARGUMENT_FILE}, {"DIRECTORY", ARGUMENT_DIRECTORY}};

	if (!row->argument)
		return ARGUMENT_NONE;
	if (cli_option_words(row))
		return ARGUMENT_WORDS;
	for (size_t i = 0; i < sizeof(by_name) / sizeof(by_name[0]); i++) {
		if (argument_is(row, by_name[i].name))
			return by_name[i].kind;
	}
	return ARGUMENT_OTHER;
}

static void words_print(const struct option_row *row)
{
	for (const struct cli_word *word = cli_option_words(row); word && word->name; word++)
		printf("%s%s", word == cli_option_words(row) ? "" : " ", word->name);
}

/* The help of an option in one line, between quotes: `quote` stands for one, and a backslash
 * comes before each of `special`. */
static void help_print(const struct option_row *row, const char *special, const char *quote)
{
	for (const char *c = row->help; *c; c++) {
		if (strchr(special, *c))
			putchar('\\');
		if (*c == '\'')
			printf("%s", quote);
		else
			putchar(*c == '\n' ? ' ' : *c);
	}
}

/* Those that pcopy shows under its own name. */
static bool row_is_option(const struct option_row *row)
{
	return row->apply && row->help && row->of != OPTION_OF_CP;
}

/* ---- bash ---- */

/* "-t|--target-directory" */
static void bash_pattern(const struct option_row *row)
{
	const char *between = "";

	for (const char *letter = row->letters; letter && *letter; letter++, between = "|")
		printf("%s-%c", between, *letter);
	if (row->name)
		printf("%s--%s", between, row->name);
}

/* What bash does for the arguments of each kind; ARGUMENT_WORDS has its words in between. */
static const char *const bash_action[] = {
	[ARGUMENT_OTHER] = "compopt +o default",
	[ARGUMENT_FILE] = "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")",
	[ARGUMENT_DIRECTORY] =
		"compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")",
};

static void bash_case(const struct option_row *row)
{
	enum argument kind = argument_kind(row);

	if (kind == ARGUMENT_NONE)
		return;
	printf("\t");
	bash_pattern(row);
	printf(")\n\t\t");
	if (argument_is_optional(row)) /* only behind "=": the next word is none of it */
		printf("[[ $equals ]] || return 1\n\t\t");
	if (kind == ARGUMENT_WORDS) {
		bool list = argument_is(row, "LIST");

		printf("mapfile -t COMPREPLY < <(compgen %s-W '",
		       list ? "-P \"${cur%\"${cur##*,}\"}\" " : "");
		words_print(row);
		printf("' -- \"%s\")\n\t\t;;\n", list ? "${cur##*,}" : "$cur");
		return;
	}
	printf("%s\n\t\t;;\n", bash_action[kind]);
}

static void bash_print(void)
{
	printf("# bash completion for pcopy(1), made from its table of options\n"
	       "# Completes the argument $cur of the option $1; 1 where that takes none here.\n"
	       "_pcopy_argument() {\n"
	       "\tcase $1 in\n");
	for (size_t i = 0; i < cli_option_rows; i++) {
		if (row_is_option(&cli_option_table[i]))
			bash_case(&cli_option_table[i]);
	}
	printf("\t*) return 1 ;;\n\tesac\n}\n\n_pcopy() {\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} equals= word\n"
	       "\tlocal option=${COMP_WORDS[COMP_CWORD-1]}\n"
	       "\tfor word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
	       "\t\t[[ $word != -- ]] || return 0\n"
	       "\tdone\n"
	       "\tif [[ $cur == = ]]; then # bash breaks --name=word at the sign\n"
	       "\t\tcur= equals=yes\n"
	       "\telif [[ $option == = ]]; then\n"
	       "\t\toption=${COMP_WORDS[COMP_CWORD-2]} equals=yes\n"
	       "\tfi\n"
	       "\t_pcopy_argument \"$option\" && return\n"
	       "\t[[ $cur == -* ]] || return 0\n"
	       "\tmapfile -t COMPREPLY < <(compgen -W '");
	for (size_t i = 0; i < cli_option_rows; i++) {
		const struct option_row *row = &cli_option_table[i];

		if (!row_is_option(row))
			continue;
		for (const char *letter = row->letters; letter && *letter; letter++)
			printf("-%c ", *letter);
		if (row->name)
			printf("--%s%s ", row->name,
			       row->argument && !argument_is_optional(row) ? "=" : "");
	}
	printf("' -- \"$cur\")\n"
	       "\t[[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace\n"
	       "}\n\n"
	       "complete -o default -F _pcopy pcopy\n");
}

/* ---- zsh ---- */

static void zsh_argument(const struct option_row *row)
{
	const char *name;
	int length = argument_name(row, &name);

	printf("%s:%.*s:", argument_is_optional(row) ? ":" : "", length, name);
	switch (argument_kind(row)) {
	case ARGUMENT_WORDS:
		if (argument_is(row, "LIST")) {
			printf("_values -s , LIST ");
			words_print(row);
			break;
		}
		putchar('(');
		words_print(row);
		putchar(')');
		break;
	case ARGUMENT_FILE:
		printf("_files");
		break;
	case ARGUMENT_DIRECTORY:
		printf("_files -/");
		break;
	case ARGUMENT_NONE:
	case ARGUMENT_OTHER:
		putchar(' ');
		break;
	}
}

/* One name; an option may be given again. */
static void zsh_option(const struct option_row *row, const char *dashes, int length,
                       const char *name, const char *argument)
{
	printf("\t'*%s%.*s%s[", dashes, length, name, argument);
	help_print(row, "[]:\\", "'\\''");
	putchar(']');
	if (row->argument)
		zsh_argument(row);
	printf("' \\\n");
}

static void zsh_print(void)
{
	printf("#compdef pcopy\n# zsh completion for pcopy(1), made from its table of options\n"
	       "_arguments -s -S \\\n");
	for (size_t i = 0; i < cli_option_rows; i++) {
		const struct option_row *row = &cli_option_table[i];

		if (!row_is_option(row))
			continue;
		for (const char *letter = row->letters; letter && *letter; letter++)
			zsh_option(row, "-", 1, letter, row->argument ? "+" : "");
		if (row->name)
			zsh_option(row, "--", (int)strlen(row->name), row->name,
			           !row->argument              ? ""
			           : argument_is_optional(row) ? "=-"
			                                       : "=");
	}
	printf("\t'*:file:_files'\n");
}

/* ---- fish ---- */

static void fish_print(void)
{
	printf("# fish completion for pcopy(1), made from its table of options\n");
	for (size_t i = 0; i < cli_option_rows; i++) {
		const struct option_row *row = &cli_option_table[i];
		enum argument kind;

		if (!row_is_option(row))
			continue;
		kind = argument_kind(row);
		printf("complete -c pcopy");
		for (const char *letter = row->letters; letter && *letter; letter++)
			printf(" -s %c", *letter);
		if (row->name)
			printf(" -l %s", row->name);
		if (kind != ARGUMENT_NONE && !argument_is_optional(row))
			printf(kind == ARGUMENT_FILE ? " -r -F" : " -x");
		else if (kind == ARGUMENT_WORDS)
			printf(" -f");
		if (kind == ARGUMENT_WORDS) {
			bool list = argument_is(row, "LIST");

			printf(list ? " -a '(__fish_append , " : " -a '");
			words_print(row);
			printf(list ? ")'" : "'");
		} else if (kind == ARGUMENT_DIRECTORY) {
			printf(" -a '(__fish_complete_directories)'");
		}
		printf(" -d '");
		help_print(row, "\\", "\\'");
		printf("'\n");
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *shell;
		void (*print)(void);
	} shells[] = {{"bash", bash_print}, {"zsh", zsh_print}, {"fish", fish_print}};

	for (size_t i = 0; argc == 2 && i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(argv[1], shells[i].shell) == 0) {
			shells[i].print();
			return fflush(stdout) == 0 ? 0 : 1;
		}
	}
	(void)fprintf(stderr, "Usage: %s bash|zsh|fish\n", argv[0]);
	return 2;
}
