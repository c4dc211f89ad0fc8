/* SPDX-License-Identifier: MIT */
/* mtree_lines.c - joins continued lines.
 *
 * Each line that is returned is complete, without its end, and of at most 1 MiB. A last line
 * without its end is an error, as that of a truncated file. So is a NUL byte, behind which the rest
 * of a line would be ignored. Line ends of DOS are accepted. */
#include "check/mtree_lines.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES ((size_t)1 << 20)

static int lines_wrong(struct pc_mtree_lines *l, const char *why)
{
	l->wrong = why;
	return -EBADMSG;
}

/* Whether a line ends with a backslash that is not escaped itself. */
static bool line_goes_on(const char *line, size_t len)
{
	size_t n = 0;

	while (n < len && line[len - 1 - n] == '\\')
		n++;
	return n % 2 == 1;
}

/* Reads one line without its end. Its length plus 1; 0 at the end; or negative errno. */
static ssize_t lines_read(struct pc_mtree_lines *l)
{
	ssize_t n = getline(&l->line, &l->cap, l->file);

	if (n < 0)
		return ferror(l->file) ? (errno ? -errno : -EIO) : 0;
	l->number++;
	if (l->line[n - 1] != '\n')
		return lines_wrong(l, "the manifest is truncated");
	if (memchr(l->line, '\0', (size_t)n))
		return lines_wrong(l, "not a manifest: it contains a NUL byte");
	l->line[--n] = '\0';
	if (n > 0 && l->line[n - 1] == '\r')
		l->line[--n] = '\0';
	return n + 1;
}

/* The backslash of a continued line becomes a blank, which separates words. */
int pc_mtree_lines_next(struct pc_mtree_lines *l)
{
	pc_buffer_cut(&l->text, 0);
	l->first = l->number + 1;
	for (;;) {
		ssize_t n = lines_read(l);

		if (n == 0 && l->text.len > 0)
			return lines_wrong(l, "the manifest is truncated");
		if (n <= 0)
			return (int)n;
		n--;
		if (l->text.len + (size_t)n > LINE_MAX_BYTES)
			return lines_wrong(l, "a line is longer than 1 MiB");
		if (pc_buffer_add(&l->text, l->line, (size_t)n) < 0)
			return -ENOMEM;
		if (!line_goes_on(l->line, (size_t)n))
			return 1;
		l->text.data[l->text.len - 1] = ' ';
	}
}

void pc_mtree_lines_done(struct pc_mtree_lines *l)
{
	free(l->line);
	pc_buffer_done(&l->text);
}
