/* SPDX-License-Identifier: MIT */
/* rows.c - creates the rows: pools and commands, each with every value of the sweep and in every
 * cache state. */
#include "bench/rows.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "bench/words.h"
#include "cli/messages.h"

#define EVERY_POOL "serial,threads,processes,hybrid,coroutines,auto"
#define WITHOUT_COROUTINES "serial,threads,processes,hybrid,auto"

/* A table with more rows is unreadable. */
#define ROWS_MAX 256U

static int row_refuse(const char *argument, const char *option)
{
	cli_error_named(0, "invalid argument %s for %s", argument, option);
	return cli_options_try_help();
}

static int no_memory(void)
{
	cli_error(ENOMEM, "cannot keep the results");
	return CLI_EXIT_FAILED;
}

/* ---- The sweep ---- */

static int compare_values(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static bool value_parse(enum bench_swept what, const char *text, size_t length, uint64_t *ret)
{
	char word[PC_SIZE_TEXT];

	if (length == 0 || length >= sizeof(word))
		return false;
	memcpy(word, text, length);
	word[length] = '\0';
	if (pc_size_parse(word, ret) < 0)
		return false;
	/* 0 is a valid chunk size, but not a number of workers */
	return what == BENCH_SWEEP_CHUNK || (*ret > 0 && *ret <= 1024);
}

static bool values_parse(struct bench_sweep *sweep, const char *list)
{
	for (;; list++) {
		size_t length = strcspn(list, ",");

		if (sweep->values == BENCH_SWEEP_MAX ||
		    !value_parse(sweep->what, list, length, &sweep->value[sweep->values]))
			return false;
		sweep->values++;
		list += length;
		if (!*list)
			break;
	}
	qsort(sweep->value, sweep->values, sizeof(sweep->value[0]), compare_values);
	for (unsigned i = 1; i < sweep->values; i++) {
		if (sweep->value[i] == sweep->value[i - 1])
			return false;
	}
	return true;
}

static const char *const sweep_names[] = {
	[BENCH_SWEEP_JOBS] = "j",
	[BENCH_SWEEP_DEPTH] = "queue-depth",
	[BENCH_SWEEP_CHUNK] = "chunk-size",
};

static int sweep_parse(struct bench *bench)
{
	const char *text = bench->options->sweep;
	size_t length = text ? strcspn(text, ":") : 0;

	if (!text)
		return 0;
	for (unsigned i = BENCH_SWEEP_JOBS; i <= BENCH_SWEEP_CHUNK; i++) {
		if (strlen(sweep_names[i]) == length && !strncmp(sweep_names[i], text, length))
			bench->sweep.what = (enum bench_swept)i;
	}
	if (!bench->sweep.what || text[length] != ':' ||
	    !values_parse(&bench->sweep, text + length + 1))
		return row_refuse(text, "--sweep");
	return 0;
}

/* ---- Names ---- */

/* "{src}", "{src}/", "{dst}" or "{dst}/" */
static bool is_operand(const char *word, size_t length)
{
	return (!strncmp(word, "{src}", 5) || !strncmp(word, "{dst}", 5)) &&
	       (length == 5 || (length == 6 && word[5] == '/'));
}

/* The name of a command is the command without its operands: "cp -a {src} {dst}" is "cp -a". */
static void command_name(FILE *stream, const char *command)
{
	const char *before = "";

	while (*command) {
		size_t length = strcspn(command, " \t");

		if (length && !is_operand(command, length)) {
			(void)fprintf(stream, "%s%.*s", before, (int)length, command);
			before = " ";
		}
		command += length;
		command += strspn(command, " \t");
	}
}

static void value_name(FILE *stream, const struct bench *bench, const struct bench_row *row)
{
	char size[PC_SIZE_TEXT];

	if (!bench_row_is_swept(bench, row))
		return;
	if (bench->sweep.what == BENCH_SWEEP_JOBS)
		(void)fprintf(stream, " -j %" PRIu64, row->swept);
	else if (bench->sweep.what == BENCH_SWEEP_DEPTH)
		(void)fprintf(stream, " depth %" PRIu64, row->swept);
	else
		(void)fprintf(stream, " chunk %s",
		              row->swept ? pc_size_format(size, row->swept) : "any");
}

static char *name_new(const struct bench *bench, const struct bench_row *row)
{
	bool both = bench->options->cache == CLI_CACHE_BOTH;
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	if (row->command)
		command_name(stream, row->command);
	else
		(void)fputs(row->automatic ? "auto" : pcopy_pool_name(row->pool), stream);
	value_name(stream, bench, row);
	if (both)
		(void)fputs(row->cache == BENCH_CACHE_COLD ? ", cold" : ", warm", stream);
	if (fclose(stream) == 0 && text && *text)
		return text;
	free(text);
	return NULL;
}

/* ---- Rows ---- */

static int row_add(struct bench *bench, const struct bench_row *like)
{
	struct bench_row *row;

	if (bench->rows == ROWS_MAX) {
		cli_error(0, "--bench: more than %u rows to compare", ROWS_MAX);
		return CLI_EXIT_USAGE;
	}
	row = &bench->row[bench->rows];
	*row = *like;
	row->serial_fraction = NAN;
	row->name = name_new(bench, row);
	if (!row->name)
		return no_memory();
	bench->rows++;
	/* Two equal rows would differ only by chance. */
	for (unsigned i = 0; i + 1 < bench->rows; i++) {
		if (!strcmp(bench->row[i].name, row->name))
			return row_refuse(row->name, "--bench");
	}
	return 0;
}

static int states_add(struct bench *bench, struct bench_row like)
{
	static const enum bench_cache first[] = {BENCH_CACHE_ANY, BENCH_CACHE_WARM,
	                                         BENCH_CACHE_COLD, BENCH_CACHE_WARM};
	enum cli_cache cache = bench->options->cache;
	int status;

	like.cache = first[cache];
	status = row_add(bench, &like);
	if (status || cache != CLI_CACHE_BOTH)
		return status;
	like.cache = BENCH_CACHE_COLD;
	return row_add(bench, &like);
}

static int values_add(struct bench *bench, struct bench_row like)
{
	int status = 0;

	if (!bench_row_is_swept(bench, &like))
		return states_add(bench, like);
	for (unsigned i = 0; !status && i < bench->sweep.values; i++) {
		like.swept = bench->sweep.value[i];
		status = states_add(bench, like);
	}
	return status;
}

static int command_add(struct bench *bench, const char *command, const char *option)
{
	struct bench_row like = {.command = command};
	const char *why = "it needs {src} and {dst}";

	if (strstr(command, "{src}") && strstr(command, "{dst}"))
		why = bench_words_refuse(command);
	if (!why)
		return values_add(bench, like);
	cli_error(0, "%s=%s: %s", option, command, why);
	return cli_options_try_help();
}

/* Adds the row with the number of workers that pcopy chooses. */
static int automatic_add(struct bench *bench)
{
	const struct cli_options *options = bench->options;
	struct bench_row like = {.automatic = true, .pool = PCOPY_POOL_THREADS};

	if (options->pool_given)
		like.pool = options->copy.pool;
	return values_add(bench, like);
}

/* All pools available here. */
static const char *every_pool(void)
{
	return pcopy_pool_refused(PCOPY_POOL_COROUTINES) ? WITHOUT_COROUTINES : EVERY_POOL;
}

/* One word of the list: a pool, "auto" or a command. */
static int word_add(struct bench *bench, const char *word, const char *list)
{
	if (strcmp(word, "auto") == 0)
		return automatic_add(bench);
	if (strchr(word, '{'))
		return command_add(bench, word, "--bench");
	for (unsigned pool = 0; pool < PCOPY_POOLS; pool++) {
		struct bench_row like = {.pool = (enum pcopy_pool)pool};

		if (!strcmp(word, pcopy_pool_name((enum pcopy_pool)pool)))
			return values_add(bench, like);
	}
	return row_refuse(list, "--bench");
}

/* Splits a copy of the list, which bench_rows_done() frees: rows point to their commands in it. */
static int list_add(struct bench *bench, const char *list)
{
	char *copy = strdup(list), *rest = copy, *word;
	int status = copy ? 0 : no_memory();

	if (!strcmp(list, "none")) {
		free(copy);
		return 0;
	}
	bench->words = copy;
	while (!status && rest && (word = strsep(&rest, ",")))
		status = word_add(bench, word, list);
	return status;
}

static int baseline_check(const struct bench *bench)
{
	const char *wanted = bench->options->baseline;

	if (!wanted || bench_baseline(bench, bench->row[0].cache))
		return 0;
	return row_refuse(wanted, "--baseline");
}

int bench_rows_make(struct bench *bench)
{
	const struct cli_options *options = bench->options;
	int status = sweep_parse(bench);

	bench->row = calloc(ROWS_MAX, sizeof(*bench->row));
	if (!bench->row)
		return no_memory();
	if (!status)
		status = list_add(bench, options->bench_list ? options->bench_list : every_pool());
	for (unsigned i = 0; !status && i < options->bench_commands; i++)
		status = command_add(bench, options->bench_command[i], "--bench-command");
	if (!status && bench->rows == 0)
		status = row_refuse(options->bench_list, "--bench");
	return status ? status : baseline_check(bench);
}

void bench_rows_done(struct bench *bench)
{
	for (unsigned i = 0; i < bench->rows; i++) {
		free(bench->row[i].sample);
		free(bench->row[i].name);
	}
	free(bench->row);
	free(bench->words);
}

int bench_rows_add(struct bench_row *row, const struct bench_sample *sample)
{
	if (row->samples == row->capacity) {
		size_t capacity = row->capacity ? 2 * row->capacity : 8;
		struct bench_sample *more =
			reallocarray(row->sample, capacity, sizeof(*row->sample));

		if (!more)
			return -ENOMEM;
		row->sample = more;
		row->capacity = capacity;
	}
	row->sample[row->samples++] = *sample;
	return 0;
}
