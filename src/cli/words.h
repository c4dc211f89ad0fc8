/* SPDX-License-Identifier: MIT */
/* words.h - arguments that are one of several words, or a list of them.
 *
 * A word may be shortened as long as it stays unambiguous.  Refusals are worded
 * as GNU cp words them. */
#ifndef PC_CLI_WORDS_H
#define PC_CLI_WORDS_H

/* A table of these ends with a name of NULL.  Words of one value that stand next
 * to each other mean the same. */
struct cli_word {
	const char *name;
	unsigned value;
};

/* Finds the word that `text` means.  Returns 0, or -EINVAL after a message that
 * lists the words; `what` is what it calls the argument: "--sparse". */
int cli_word_parse(const struct cli_word *words, const char *what, const char *text, unsigned *ret);

/* The same for words with commas in between; their values are put together. */
int cli_word_list_parse(const struct cli_word *words, const char *what, const char *list,
                        unsigned *ret);

#endif
