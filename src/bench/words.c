/* SPDX-License-Identifier: MIT */
/* words.c - builds the command line of a run.
 *
 * A pcopy under test gets the user's options unchanged, except those that the option table marks
 * as staying behind.  So no option can be forgotten.
 *
 * An external command is split into words like a shell does, but started without a shell, which
 * would be timed too.  {src} and {dst} are replaced by bytes that no path starts with before
 * splitting, and by the paths afterwards, so the paths themselves are never interpreted. */
#include "bench/words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wordexp.h>

#include "base/cleanup.h"
#include "cli/option_table.h"

#define SRC_MARK '\1'
#define DST_MARK '\2'

/* Consumes `word`, also on failure. */
static int add_word(struct bench_words *w, char *word)
{
	char **more = word ? reallocarray(w->argument, w->count + 2, sizeof(*more)) : NULL;

	if (!more) {
		free(word);
		return -ENOMEM;
	}
	w->argument = more;
	w->argument[w->count++] = word;
	w->argument[w->count] = NULL;
	return 0;
}

/* ---- pcopy itself ---- */

static void words_add(struct bench_words *w, int *r, const char *format, ...) PC_PRINTF(3, 4);
static void words_add(struct bench_words *w, int *r, const char *format, ...)
{
	char *word = NULL;
	va_list list;

	if (*r < 0)
		return;
	va_start(list, format);
	if (vasprintf(&word, format, list) < 0)
		word = NULL;
	va_end(list);
	*r = add_word(w, word);
}

/* Always given: all pools must have the same number of workers. */
static void add_jobs(struct bench_words *w, int *r, const struct bench *bench,
                     const struct bench_row *row)
{
	const struct cli_options *options = bench->options;
	bool swept = bench->sweep.what == BENCH_SWEEP_JOBS;

	if (row->pool == PCOPY_POOL_SERIAL)
		return;
	if (row->automatic)
		words_add(w, r, "--jobs=auto");
	else if (options->jobs_processes && row->pool == PCOPY_POOL_HYBRID && !swept)
		words_add(w, r, "--jobs=%ux%u", options->jobs_processes, options->jobs_threads);
	else
		words_add(w, r, "--jobs=%u", bench_row_workers(bench, row));
}

/* Passes the rules one by one, wherever they came from: a file may have been standard input. */
static void add_filter(struct bench_words *w, int *r, const struct pcopy_filter *filter)
{
	struct pcopy_filter_rule rule;

	for (unsigned i = 1; filter && pcopy_filter_get(filter, i, &rule); i++)
		words_add(w, r, "--filter=%c %s", rule.include ? '+' : '-', rule.pattern);
}

static void add_given(struct bench_words *w, int *r, const struct cli_given *given)
{
	const struct option_row *row = given->row;

	if (row->local)
		return;
	if (!row->name)
		words_add(w, r, "-%c", *row->letters); /* none of these has an argument */
	else if (given->argument)
		words_add(w, r, "--%s=%s", row->name, given->argument);
	else
		words_add(w, r, "--%s", row->name);
}

int bench_words_pass_on(const struct cli_options *options, struct bench_words *ret)
{
	int r = 0;

	*ret = (struct bench_words){0};
	if (!options->reflink_given && options->copy.method == PCOPY_METHOD_NONE)
		words_add(ret, &r, "--reflink=never");
	for (unsigned i = 0; i < options->givens; i++)
		add_given(ret, &r, &options->given[i]);
	add_filter(ret, &r, options->copy.filter);
	return r;
}

/* The options that define the row come last, because the last option wins. */
static void add_row(struct bench_words *w, int *r, const struct bench *bench,
                    const struct bench_row *row)
{
	words_add(w, r, "--pool=%s", pcopy_pool_name(row->pool));
	if (row->pool == PCOPY_POOL_COROUTINES) /* a row must use the pool in its name */
		words_add(w, r, "--no-fallback");
	add_jobs(w, r, bench, row);
	if (bench->sweep.what == BENCH_SWEEP_CHUNK)
		words_add(w, r, "--chunk-size=%" PRIu64, row->swept);
	if (bench->sweep.what == BENCH_SWEEP_DEPTH)
		words_add(w, r, "--queue-depth=%" PRIu64, row->swept);
}

static int pcopy_fill(struct bench_words *w, const struct bench *bench, const struct bench_row *row,
                      const char *target)
{
	int r = 0;

	w->program = "/proc/self/exe";
	words_add(w, &r, "pcopy");
	for (size_t i = 0; i < bench->passed_on.count; i++)
		words_add(w, &r, "%s", bench->passed_on.argument[i]);
	add_row(w, &r, bench, row);
	words_add(w, &r, "--quiet");
	words_add(w, &r, "--json=/proc/self/fd/%d", BENCH_REPORT_FD);
	words_add(w, &r, "-T");
	words_add(w, &r, "--");
	words_add(w, &r, "%s", bench->src_path);
	words_add(w, &r, "%s", target);
	return r;
}

/* ---- Outside commands ---- */

/* Replaces {src} and {dst} by marks, in place. */
static void marks_set(char *command)
{
	static const struct {
		const char *name;
		char mark;
	} places[] = {{"{src}", SRC_MARK}, {"{dst}", DST_MARK}};

	for (size_t i = 0; i < 2; i++) {
		size_t length = strlen(places[i].name);

		for (char *at = command; (at = strstr(at, places[i].name)); at++) {
			*at = places[i].mark;
			memmove(at + 1, at + length, strlen(at + length) + 1);
		}
	}
}

static int words_split(const char *command, wordexp_t *ret)
{
	_cleanup_free_ char *marked = strdup(command);

	if (!marked)
		return WRDE_NOSPACE;
	marks_set(marked);
	return wordexp(marked, ret, WRDE_NOCMD | WRDE_UNDEF);
}

const char *bench_words_refuse(const char *command)
{
	wordexp_t split;
	int r = words_split(command, &split);
	bool none = r == 0 && split.we_wordc == 0;

	if (r == 0)
		wordfree(&split);
	if (r == WRDE_BADCHAR || r == WRDE_CMDSUB)
		return "it is started without a shell: use sh -c";
	if (r == WRDE_BADVAL)
		return "a variable in it is not set";
	return r != 0 || none ? "it cannot be split into words" : NULL;
}

/* Replaces the marks in a word by the paths.  NULL: no memory. */
static char *marks_fill(const char *word, const char *src, const char *dst)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	for (; *word; word++) {
		if (*word == SRC_MARK || *word == DST_MARK)
			(void)fputs(*word == SRC_MARK ? src : dst, stream);
		else
			(void)fputc(*word, stream);
	}
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

static int command_fill(struct bench_words *w, const char *command, const char *src,
                        const char *dst)
{
	wordexp_t split;
	int r = words_split(command, &split);

	if (r != 0)
		return r == WRDE_NOSPACE ? -ENOMEM : -EINVAL;
	for (size_t i = 0; r == 0 && i < split.we_wordc; i++)
		r = add_word(w, marks_fill(split.we_wordv[i], src, dst));
	wordfree(&split);
	w->program = w->count ? w->argument[0] : "";
	return r;
}

int bench_words_fill(struct bench_words *words, const struct bench *bench,
                     const struct bench_row *row, const char *target)
{
	*words = (struct bench_words){0};
	return row->command ? command_fill(words, row->command, bench->src_path, target)
	                    : pcopy_fill(words, bench, row, target);
}

void bench_words_done(struct bench_words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->argument[i]);
	free(words->argument);
}
