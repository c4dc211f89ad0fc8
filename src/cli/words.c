/* SPDX-License-Identifier: MIT */
/* words.c - arguments that are one word of a list, or several separated by commas. */
#include "cli/words.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/messages.h"

/* "  - 'none', 'off'": one line for each value. */
static void words_print(const struct cli_word *words)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return;
	(void)fputs("Valid arguments are:", stream);
	for (const struct cli_word *word = words; word->name; word++)
		(void)fprintf(stream, "%s'%s'",
		              word > words && word[-1].value == word->value ? ", " : "\n  - ",
		              word->name);
	if (fclose(stream) == 0)
		(void)fprintf(stderr, "%s\n", text);
}

static int word_refuse(const struct cli_word *words, bool several, const char *what,
                       const char *text, size_t length)
{
	_cleanup_free_ char *word = strndup(text, length);

	cli_error_named(0, several ? "ambiguous argument %s for %s" : "invalid argument %s for %s",
	                word, what);
	words_print(words);
	return -EINVAL;
}

static int word_find(const struct cli_word *words, const char *what, const char *text,
                     size_t length, unsigned *ret)
{
	const struct cli_word *found = NULL;
	bool several = false;

	for (const struct cli_word *word = words; word->name; word++) {
		if (strncmp(word->name, text, length) != 0)
			continue;
		if (!word->name[length]) {
			*ret = word->value;
			return 0;
		}
		several = several || (found && found->value != word->value);
		found = word;
	}
	if (!found || several)
		return word_refuse(words, several, what, text, length);
	*ret = found->value;
	return 0;
}

int cli_word_parse(const struct cli_word *words, const char *what, const char *text, unsigned *ret)
{
	return word_find(words, what, text, strlen(text), ret);
}

int cli_word_list_parse(const struct cli_word *words, const char *what, const char *list,
                        unsigned *ret)
{
	unsigned all = 0, one = 0;

	for (const char *item = list;; item++) {
		size_t length = strcspn(item, ",");
		int r = word_find(words, what, item, length, &one);

		if (r < 0)
			return r;
		all |= one;
		item += length;
		if (!*item)
			break;
	}
	*ret = all;
	return 0;
}
