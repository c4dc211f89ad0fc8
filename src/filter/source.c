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

static int reading_refuse(const struct reading *reading, int r, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Fills the error record with file, line and reason, and returns `r`. */
static int reading_refuse(const struct reading *reading, int r, const char *format, ...)
{
	va_list list;

	reading->error->file = reading->file;
	reading->error->line = reading->line;
	va_start(list, format);
	/* may be truncated */
	(void)vsnprintf(reading->error->reason, sizeof(reading->error->reason), format, list);
	va_end(list);
	return r;
}

static int pattern_add(const struct reading *reading, bool include, const char *pattern)
{
	const struct pc_rule origin = {
		.include = include, .file = reading->file, .line = reading->line};
	_cleanup_free_ char *quoted = pc_quote_new(pattern);
	const char *why;
	int r = quoted ? pc_filter_append(reading->filter, &origin, pattern, &why) : -ENOMEM;

	if (r == -EINVAL)
		return reading_refuse(reading, r, "invalid pattern %s: %s", quoted, why);
	return r < 0 ? reading_refuse(reading, r, "%s", strerror(-r)) : 0;
}

static int rules_file_read(const struct reading *from, enum pcopy_filter_kind kind,
                           const char *name);

/* The pattern behind a sign at the beginning of a line, or NULL. */
static const char *after_sign(const char *line)
{
	return (line[0] == '-' || line[0] == '+') && line[1] == ' ' ? line + 2 : NULL;
}

/* A line of a file of rules: exclude, include or merge. */
static int rule_line_add(const struct reading *reading, const char *line)
{
	static const char merge[] = "merge ";
	const char *pattern = after_sign(line);
	_cleanup_free_ char *quoted = NULL;

	if (pattern)
		return pattern_add(reading, *line == '+', pattern);
	if (strncmp(line, merge, sizeof(merge) - 1) == 0)
		return rules_file_read(reading, PCOPY_FILTER_RULES, line + sizeof(merge) - 1);
	quoted = pc_quote_new(line);
	return reading_refuse(reading, -EINVAL,
	                      "invalid rule %s: it must begin with '- ', '+ ' or 'merge '",
	                      quoted ? quoted : "it");
}

/* A pattern on the command line is taken as it is, without a sign. */
static int line_add(const struct reading *reading, const char *line)
{
	const char *pattern = reading->file ? after_sign(line) : NULL;

	if (reading->kind == PCOPY_FILTER_RULES)
		return rule_line_add(reading, line);
	if (reading->file && strcmp(line, "!") == 0)
		return reading_refuse(
			reading, -EINVAL,
			"'!' does not clear the list here; write '[!]' to match a name");
	if (pattern)
		return pattern_add(reading, *line == '+', pattern);
	return pattern_add(reading, reading->kind == PCOPY_FILTER_INCLUDE, line);
}

/* ---- Files ---- */

static bool is_comment(const char *line)
{
	return *line == '\0' || *line == '#' || *line == ';';
}

/* Reads the next line, which may end as on Windows, or NUL-terminated rule. 1: there is one; 0: end of the file; or negative
 * errno. */
static int line_next(struct reading *reading, FILE *stream, char **line, size_t *cap)
{
	ssize_t len;

	errno = 0;
	len = getdelim(line, cap, reading->nul ? '\0' : '\n', stream);
	if (len < 0)
		return ferror(stream) || errno == ENOMEM ? -(errno ? errno : EIO) : 0;
	reading->line++;
	if (len > 0 && (*line)[len - 1] == (reading->nul ? '\0' : '\n'))
		(*line)[--len] = '\0';
	if (!reading->nul && len > 0 && (*line)[len - 1] == '\r')
		(*line)[--len] = '\0';
	if (strlen(*line) != (size_t)len)
		return reading_refuse(reading, -EINVAL, "line contains a NUL byte");
	return 1;
}

static int rule_lines_read(struct reading *reading, FILE *stream)
{
	char *line = NULL;
	size_t cap = 0;
	int r;

	while ((r = line_next(reading, stream, &line, &cap)) == 1) {
		r = is_comment(line) ? 0 : line_add(reading, line);
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
	struct reading reading = *from;
	FILE *stream;
	int r;

	if (reading.depth == MERGE_DEPTH_MAX)
		return reading_refuse(&reading, -ELOOP, "merge files include each other");
	if (input && reading.filter->input)
		return reading_refuse(&reading, -EINVAL, "standard input can be read only once");
	reading.filter->input = reading.filter->input || input;
	stream = input ? stdin : fopen(name, "re");
	if (!stream)
		return reading_refuse(&reading, -errno, "cannot read %s: %s",
		                      quoted ? quoted : "it", strerror(errno));
	reading.kind = kind;
	reading.depth++;
	reading.line = 0;
	reading.file = pc_filter_keep(reading.filter, input ? "standard input" : name);
	r = reading.file ? rule_lines_read(&reading, stream)
	                 : reading_refuse(&reading, -ENOMEM, "%s", strerror(ENOMEM));
	if (!input)
		(void)fclose(stream); /* only read */
	if (r < 0 && !reading.error->reason[0])
		return reading_refuse(from, r, "cannot read %s: %s", quoted ? quoted : "it",
		                      strerror(-r));
	return r;
}

int pcopy_filter_add(struct pcopy_filter *f, enum pcopy_filter_kind kind, const char *text,
                     bool nul, struct pcopy_filter_error *ret)
{
	struct pcopy_filter_error error = {0};
	const struct reading reading = {.filter = f, .error = &error, .kind = kind, .nul = nul};
	int r = -EINVAL;

	if ((unsigned)kind < PCOPY_FILTER_KINDS)
		r = line_add(&reading, text);
	if (ret)
		*ret = error;
	return r;
}

int pcopy_filter_add_file(struct pcopy_filter *f, enum pcopy_filter_kind kind, const char *name,
                          bool nul, struct pcopy_filter_error *ret)
{
	struct pcopy_filter_error error = {0};
	const struct reading reading = {.filter = f, .error = &error, .nul = nul};
	int r = -EINVAL;

	if ((unsigned)kind < PCOPY_FILTER_KINDS)
		r = rules_file_read(&reading, kind, name);
	if (ret)
		*ret = error;
	return r;
}
