/* SPDX-License-Identifier: MIT */
/* words.h - arguments that are one word of a list, or several separated by commas.
 *
 * A word may be abbreviated if that is unambiguous.  Error messages are GNU cp's. */
#ifndef PC_CLI_WORDS_H
#define PC_CLI_WORDS_H

/* An array ends with a NULL name.  Adjacent words with the same value are synonyms. */
struct cli_word {
	const char *name;
	unsigned value;
};

/* Finds the word that `text` stands for.  Returns 0, or -EINVAL after a message that lists the
 * words; `what` names the argument in it: "--sparse". */
int cli_word_parse(const struct cli_word *words, const char *what, const char *text, unsigned *ret);

/* The same for words separated by commas; their values are or-ed. */
int cli_word_list_parse(const struct cli_word *words, const char *what, const char *list,
                        unsigned *ret);

#endif
