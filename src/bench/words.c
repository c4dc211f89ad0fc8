/* SPDX-License-Identifier: MIT */
/* words.c - the command line of a run.
 *
 * An outside command is split into words as a shell does, and started without one, so
 * that no shell is timed.  {src} and {dst} become bytes that no path begins with
 * before it is split, and the paths after it: what is in them is not looked at. */
#include "bench/words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wordexp.h>

#include "base/cleanup.h"
#include "bench/options.h"

#define SRC_MARK '\1'
#define DST_MARK '\2'

/* Takes over `word`, also on failure. */
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

/* Said in any case: each pool is to have as many workers as the others. */
static void add_jobs(struct bench_words *w, int *r, const struct bench *bench,
                     const struct bench_mode *mode)
{
	const struct cli_options *options = bench->options;
	bool swept = bench->sweep.what == BENCH_SWEEP_JOBS;

	if (mode->pool == PCOPY_POOL_SERIAL)
		return;
	if (mode->automatic)
		words_add(w, r, "--jobs=auto");
	else if (options->jobs_processes && mode->pool == PCOPY_POOL_HYBRID && !swept)
		words_add(w, r, "--jobs=%ux%u", options->jobs_processes, options->jobs_threads);
	else
		words_add(w, r, "--jobs=%u", bench_row_workers(bench, mode));
}

/* What is to be kept where it can be is part of `all`, by name it is a duty. */
static void add_preserve(struct bench_words *w, int *r, unsigned preserve)
{
	const unsigned all = PCOPY_KEEP_MODE | PCOPY_KEEP_OWNER | PCOPY_KEEP_TIMES |
	                     PCOPY_KEEP_LINKS | PCOPY_KEEP_XATTR | PCOPY_KEEP_CONTEXT;
	char words[BENCH_PRESERVE];
	unsigned wish = 0;

	if (!(preserve & PCOPY_NEED_XATTR))
		wish |= preserve & PCOPY_KEEP_XATTR;
	if (!(preserve & PCOPY_NEED_CONTEXT))
		wish |= preserve & PCOPY_KEEP_CONTEXT;
	if (wish) {
		words_add(w, r, "--preserve=all");
		bench_preserve_words(all & ~preserve, words);
		if (*words)
			words_add(w, r, "--no-preserve=%s", words);
	}
	bench_preserve_words(preserve & ~wish, words);
	if (*words)
		words_add(w, r, "--preserve=%s", words);
	if (preserve & PCOPY_DEFAULT_MODE)
		words_add(w, r, "--no-preserve=mode");
}

static void add_queue(struct bench_words *w, int *r, const struct bench *bench,
                      const struct bench_mode *mode)
{
	const struct pcopy_options *copy = &bench->options->copy;
	bool chunk = bench->sweep.what == BENCH_SWEEP_CHUNK;

	words_add(w, r, "--chunk-size=%" PRIu64, chunk ? mode->swept : copy->chunk_bytes);
	if (bench->sweep.what == BENCH_SWEEP_DEPTH)
		words_add(w, r, "--queue-depth=%" PRIu64, mode->swept);
	else if (copy->queue_depth)
		words_add(w, r, "--queue-depth=%u", copy->queue_depth);
}

/* The rules one by one, wherever they came from: a file may be standard input. */
static void add_filter(struct bench_words *w, int *r, const struct pcopy_options *copy)
{
	struct pcopy_filter_rule rule;

	for (unsigned i = 1; copy->filter && pcopy_filter_get(copy->filter, i, &rule); i++)
		words_add(w, r, "--filter=%c %s", rule.include ? '+' : '-', rule.pattern);
	if (copy->gitignore)
		words_add(w, r, "--gitignore");
	if (!copy->limit_size)
		return;
	words_add(w, r, "--min-size=%" PRIu64, copy->min_bytes);
	if (copy->max_bytes != UINT64_MAX)
		words_add(w, r, "--max-size=%" PRIu64, copy->max_bytes);
}

static int pcopy_fill(struct bench_words *w, const struct bench *bench,
                      const struct bench_mode *mode, const char *target)
{
	const struct pcopy_options *copy = &bench->options->copy;
	int r = 0;

	w->program = "/proc/self/exe";
	words_add(w, &r, "pcopy");
	words_add(w, &r, "--pool=%s", pcopy_pool_name(mode->pool));
	if (mode->pool == PCOPY_POOL_COROUTINES) /* a row is what it is called */
		words_add(w, &r, "--no-fallback");
	add_jobs(w, &r, bench, mode);
	add_queue(w, &r, bench, mode);
	words_add(w, &r, "--reflink=%s", bench_reflink_word(bench->options));
	words_add(w, &r, "--sparse=%s", bench_when_word(copy->sparse));
	if (copy->shared_fd_table)
		words_add(w, &r, "--fd-table=shared");
	if (copy->force)
		words_add(w, &r, "--force");
	if (copy->method)
		words_add(w, &r, "--method=%s", bench_method_word(copy->method));
	if (copy->fsync)
		words_add(w, &r, "--fsync=%s", copy->fsync == PCOPY_FSYNC_FILE ? "file" : "end");
	add_preserve(w, &r, copy->preserve);
	add_filter(w, &r, copy);
	words_add(w, &r, "--quiet");
	words_add(w, &r, "--json=/proc/self/fd/%d", BENCH_REPORT_FD);
	words_add(w, &r, "-T");
	words_add(w, &r, "--");
	words_add(w, &r, "%s", bench->src_path);
	words_add(w, &r, "%s", target);
	return r;
}

/* ---- Outside commands ---- */

/* Replaces {src} and {dst} by their marks, in place. */
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

/* A word with the paths in the place of their marks; NULL: no memory. */
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
                     const struct bench_mode *mode, const char *target)
{
	*words = (struct bench_words){0};
	return mode->command ? command_fill(words, mode->command, bench->src_path, target)
	                     : pcopy_fill(words, bench, mode, target);
}

void bench_words_done(struct bench_words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->argument[i]);
	free(words->argument);
}
