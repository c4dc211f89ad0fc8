/* SPDX-License-Identifier: MIT */
/* buffer.h - a growing array of bytes: names, paths, lists of names. */
#ifndef PC_BASE_BUFFER_H
#define PC_BASE_BUFFER_H

#include <stddef.h>

/* Zero-initialised is empty. `data` is NUL-terminated once something was appended; `len` does
 * not count the NUL. */
struct pc_buffer {
	char *data;
	size_t len;
	size_t cap;
};

/* Makes room for `more` bytes and a NUL.  0 or -ENOMEM. */
int pc_buffer_reserve(struct pc_buffer *b, size_t more);

/* Appends bytes.  0 or -ENOMEM; unchanged on failure. */
int pc_buffer_add(struct pc_buffer *b, const void *data, size_t len);

/* Shortens to `len` bytes; memory is kept for the next use. */
void pc_buffer_cut(struct pc_buffer *b, size_t len);

/* Appends `/name` to a path, or just `name` to an empty one. */
int pc_buffer_add_name(struct pc_buffer *b, const char *name);

void pc_buffer_done(struct pc_buffer *b);

#endif
