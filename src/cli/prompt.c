/* SPDX-License-Identifier: MIT */
/* prompt.c - the prompt of --interactive. */
#include "cli/prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/quote.h"
#include "cli/program.h"
#include "cli/signals.h"

/* "rw-r--r--", with s and t for the set-id and sticky bits, as ls(1) prints it. */
static void mode_format(char text[10], unsigned mode)
{
	static const char bits[] = "rwxrwxrwx";
	static const struct {
		unsigned bit, at;
		char with_x, without;
	} special[] = {{04000, 2, 's', 'S'}, {02000, 5, 's', 'S'}, {01000, 8, 't', 'T'}};

	for (unsigned i = 0; i < 9; i++)
		text[i] = mode & (0400U >> i) ? bits[i] : '-';
	for (unsigned i = 0; i < 3; i++) {
		if (mode & special[i].bit)
			text[special[i].at] =
				text[special[i].at] == 'x' ? special[i].with_x : special[i].without;
	}
	text[9] = '\0';
}

void cli_prompt_init(void)
{
	(void)setvbuf(stdin, NULL, _IONBF, 0); /* fails for bad modes only */
}

static bool is_yes(void)
{
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	if (!cli_signals_wait_readable(STDIN_FILENO))
		return false;
	return getline(&line, &size, stdin) > 0 && rpmatch(line) == 1;
}

bool cli_prompt_overwrite(const char *dst, unsigned mode, bool writable, bool replaces)
{
	_cleanup_free_ char *name = pc_quote_new(dst);
	const char *shown = name ? name : "?";
	char text[10];

	mode_format(text, mode);
	if (writable)
		(void)fprintf(stderr, "%s: overwrite %s? ", cli_program_name(), shown);
	else if (replaces)
		(void)fprintf(stderr, "%s: replace %s, overriding mode %04o (%s)? ",
		              cli_program_name(), shown, mode, text);
	else
		(void)fprintf(stderr, "%s: unwritable %s (mode %04o, %s); try anyway? ",
		              cli_program_name(), shown, mode, text);
	return is_yes();
}
