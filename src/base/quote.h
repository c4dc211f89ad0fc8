/* SPDX-License-Identifier: MIT */
/* quote.h - quotes names in messages so that a shell reads them back.
 *
 * This is GNU's "shell-escape-always" style, which cp uses in its messages: 'name', "it's",
 * 'two'$'\n''lines', ''$'\377'. Valid UTF-8 is left unchanged in every locale; control
 * characters and bytes that are not UTF-8 are escaped. */
#ifndef PC_BASE_QUOTE_H
#define PC_BASE_QUOTE_H

#include <stddef.h>

/* Writes the quoted form of `name` as snprintf() does: at most `size` bytes including the NUL,
 * always terminated unless `size` is 0. Returns the length of the whole form. */
size_t pc_quote_write(char *buffer, size_t size, const char *name);

/* The quoted form on the heap, or NULL: no memory. */
char *pc_quote_new(const char *name);

#endif
