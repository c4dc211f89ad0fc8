/* SPDX-License-Identifier: MIT
 *
 * source.c - rules from the command line and from files.
 *
 * 	- PATTERN      exclude it
 * 	+ PATTERN      include it
 * 	merge FILE     insert the rules of FILE, one a line
 *
 * All files of rules have this format. In a file of patterns a line without a sign is a pattern. */
#include "filter/filter.h"

#include "base/cleanup.h"
#include "base/quote.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Limit of nested merges: files may merge each other. */
#define MERGE_DEPTH_MAX 32U

struct reading {
	struct pcopy_filter *filter;
	struct pcopy_filter_error *error;
	enum pcopy_filter_kind kind;
	bool nul;         /* rules end with a NUL instead of a newline */
	const char *file; /* NULL: given on the command line */
	uint64_t line;
	unsigned depth;
};

static int reading_refuse(const struct reading *g, int r, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Fills the error record with file, line and reason, and returns `r`. */
static int reading_refuse(const struct reading *g, int r, const char *format, ...)
{
	va_list list;

	g->error->file = g->file;
	g->error->line = g->line;
	va_start(list, format);
	/* may be truncated */
	(void)vsnprintf(g->error->reason, sizeof(g->error->reason), format, list);
	va_end(list);
	return r;
}

static int pattern_add(const struct reading *g, bool include, const char *pattern)
{
	const struct pc_rule where = {.include = include, .file = g->file, .line = g->line};
	_cleanup_free_ char *quoted = pc_quote_new(pattern);
	const char *why;
	int r = quoted ? pc_filter_append(g->filter, &where, pattern, &why) : -ENOMEM;

	if (r == -EINVAL)
		return reading_refuse(g, r, "invalid pattern %s: %s", quoted, why);
	return r < 0 ? reading_refuse(g, r, "%s", strerror(-r)) : 0;
}

static int rules_file_read(const struct reading *from, enum pcopy_filter_kind kind,
                           const char *name);

/* The pattern behind a sign at the beginning of a line, or NULL. */
static const char *behind_sign(const char *line)
{
	return (line[0] == '-' || line[0] == '+') && line[1] == ' ' ? line + 2 : NULL;
}

/* A line of a file of rules: exclude, include or merge. */
static int rule_line_add(const struct reading *g, const char *line)
{
	static const char merge[] = "merge ";
	const char *pattern = behind_sign(line);
	_cleanup_free_ char *quoted = NULL;

	if (pattern)
		return pattern_add(g, *line == '+', pattern);
	if (strncmp(line, merge, sizeof(merge) - 1) == 0)
		return rules_file_read(g, PCOPY_FILTER_RULES, line + sizeof(merge) - 1);
	quoted = pc_quote_new(line);
	return reading_refuse(g, -EINVAL,
	                      "invalid rule %s: it must begin with '- ', '+ ' or 'merge '",
	                      quoted ? quoted : "it");
}

/* A pattern on the command line is taken as it is, without a sign. */
static int line_add(const struct reading *g, const char *line)
{
	const char *pattern = g->file ? behind_sign(line) : NULL;

	if (g->kind == PCOPY_FILTER_RULES)
		return rule_line_add(g, line);
	if (g->file && strcmp(line, "!") == 0)
		return reading_refuse(
			g, -EINVAL,
			"'!' does not clear the list here; write '[!]' to match a name");
	if (pattern)
		return pattern_add(g, *line == '+', pattern);
	return pattern_add(g, g->kind == PCOPY_FILTER_INCLUDE, line);
}

/* ---- Files ---- */

static bool is_comment(const char *line)
{
	return *line == '\0' || *line == '#' || *line == ';';
}

/* Reads the next line, or NUL-terminated rule. 1: there is one; 0: end of the file; or negative
 * errno. */
static int line_next(struct reading *g, FILE *stream, char **line, size_t *cap)
{
	ssize_t len;

	errno = 0;
	len = getdelim(line, cap, g->nul ? '\0' : '\n', stream);
	if (len < 0)
		return ferror(stream) || errno == ENOMEM ? -(errno ? errno : EIO) : 0;
	g->line++;
	if (len > 0 && (*line)[len - 1] == (g->nul ? '\0' : '\n'))
		(*line)[--len] = '\0';
	if (strlen(*line) != (size_t)len)
		return reading_refuse(g, -EINVAL, "line contains a NUL byte");
	return 1;
}

static int rule_lines_read(struct reading *g, FILE *stream)
{
	char *line = NULL;
	size_t cap = 0;
	int r;

	while ((r = line_next(g, stream, &line, &cap)) == 1) {
		r = is_comment(line) ? 0 : line_add(g, line);
		if (r < 0)
			break;
	}
	free(line);
	return r;
}

/* fopen() accepts a directory; the error then comes from reading. */
static int rules_file_read(const struct reading *from, enum pcopy_filter_kind kind,
                           const char *name)
{
	bool input = strcmp(name, "-") == 0;
	_cleanup_free_ char *quoted = input ? strdup("standard input") : pc_quote_new(name);
	struct reading g = *from;
	FILE *stream;
	int r;

	if (g.depth == MERGE_DEPTH_MAX)
		return reading_refuse(&g, -ELOOP, "merge files include each other");
	if (input && g.filter->input)
		return reading_refuse(&g, -EINVAL, "standard input can be read only once");
	g.filter->input = g.filter->input || input;
	stream = input ? stdin : fopen(name, "re");
	if (!stream)
		return reading_refuse(&g, -errno, "cannot read %s: %s", quoted ? quoted : "it",
		                      strerror(errno));
	g.kind = kind;
	g.depth++;
	g.line = 0;
	g.file = pc_filter_keep(g.filter, input ? "standard input" : name);
	r = g.file ? rule_lines_read(&g, stream)
	           : reading_refuse(&g, -ENOMEM, "%s", strerror(ENOMEM));
	if (!input)
		(void)fclose(stream); /* only read */
	if (r < 0 && !g.error->reason[0])
		return reading_refuse(from, r, "cannot read %s: %s", quoted ? quoted : "it",
		                      strerror(-r));
	return r;
}

int pcopy_filter_add(struct pcopy_filter *f, enum pcopy_filter_kind kind, const char *text,
                     bool nul, struct pcopy_filter_error *ret)
{
	struct pcopy_filter_error error = {0};
	const struct reading g = {.filter = f, .error = &error, .kind = kind, .nul = nul};
	int r = -EINVAL;

	if ((unsigned)kind < PCOPY_FILTER_KINDS)
		r = line_add(&g, text);
	if (ret)
		*ret = error;
	return r;
}

int pcopy_filter_add_file(struct pcopy_filter *f, enum pcopy_filter_kind kind, const char *name,
                          bool nul, struct pcopy_filter_error *ret)
{
	struct pcopy_filter_error error = {0};
	const struct reading g = {.filter = f, .error = &error, .nul = nul};
	int r = -EINVAL;

	if ((unsigned)kind < PCOPY_FILTER_KINDS)
		r = rules_file_read(&g, kind, name);
	if (ret)
		*ret = error;
	return r;
}
