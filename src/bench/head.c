/* SPDX-License-Identifier: MIT */
/* head.c - the report's header: tree, machine, runs, options. */
#include "bench/parts.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/quote.h"
#include "base/size.h"
#include "bench/copies.h"

/* Width of a terminal; start of the second column. */
#define LINE_WIDTH 79
#define INDENT 10

static void write_count(FILE *stream, const char *before, uint64_t count, const char *one,
                        const char *many)
{
	char text[PC_SIZE_TEXT];

	(void)fprintf(stream, "%s%s %s", before, pc_count_format(text, count),
	              count == 1 ? one : many);
}

static void write_tree(FILE *stream, const struct bench *bench)
{
	const struct bench_tree *tree = &bench->tree;
	char files[PC_SIZE_TEXT], bytes[PC_SIZE_TEXT];

	write_count(stream, "Tree      ", tree->files, "file", "files");
	write_count(stream, ", ", tree->directories, "directory", "directories");
	write_count(stream, ", ", tree->symlinks, "symbolic link", "symbolic links");
	if (tree->specials)
		write_count(stream, ", ", tree->specials, "other", "others");
	(void)fprintf(stream, "; %s\n", pc_size_format(bytes, tree->bytes));

	for (unsigned i = 0; i < BENCH_CLASSES; i++) {
		if (!tree->class_files[i])
			continue;
		(void)fprintf(stream, "          %-14s  %10s %-5s  %10s\n", bench_classes[i].name,
		              pc_count_format(files, tree->class_files[i]),
		              tree->class_files[i] == 1 ? "file" : "files",
		              pc_size_format(bytes, tree->class_bytes[i]));
	}
}

static const char *text_or_unknown(const char *text)
{
	return *text ? text : "unknown";
}

static void write_machine(FILE *stream, const struct bench *bench)
{
	char memory[PC_SIZE_TEXT];

	(void)fprintf(stream, "Machine   %u of %u CPUs usable, %s\n", bench->cpus,
	              bench->machine.cpus, text_or_unknown(bench->machine.model));
	(void)fprintf(stream, "          %s of memory, %s\n",
	              pc_size_format(memory, bench->machine.memory_bytes),
	              text_or_unknown(bench->machine.kernel));
	(void)fprintf(stream, "          from %s to %s\n", text_or_unknown(bench->src_filesystem),
	              text_or_unknown(bench->dst_filesystem));
}

static const char *const cache_texts[] = {"as it is", "warm", "cold", "warm and cold in turn"};

static void write_runs(FILE *stream, const struct bench *bench)
{
	const struct cli_options *options = bench->options;
	size_t most = 0;

	for (unsigned i = 0; i < bench->rows; i++)
		most = bench->row[i].samples > most ? bench->row[i].samples : most;
	(void)fprintf(stream, "Runs      %zu of each, ", most);
	if (options->order_random)
		(void)fprintf(stream, "in random order (--seed=%" PRIu64 ")", bench->seed);
	else
		(void)fputs("interleaved", stream);
	(void)fprintf(stream, ", after %u for warm-up\n          cache %s", options->warmup,
	              cache_texts[options->cache]);
	if (bench->resident >= 0)
		(void)fprintf(stream, ": %.0f %% of the source in memory", 100 * bench->resident);
	(void)fprintf(stream, "\n          copies %s\n", bench_copies_text(bench));
}

/* Writes a word, quoted for a shell if necessary.  Returns its width. */
static size_t word_write(FILE *stream, const char *word)
{
	bool plain = *word && !word[strcspn(word, " \t\n'\"\\$`*?[]{}()<>|&;!#~")];
	_cleanup_free_ char *quoted = plain ? strdup(word) : pc_quote_new(word);

	return (size_t)fprintf(stream, " %s", quoted ? quoted : "?");
}

/* Writes the options that each pcopy under test gets, in lines that fit a terminal unless a
 * single word does not. */
static void write_options(FILE *stream, const struct bench *bench)
{
	size_t column = INDENT;

	(void)fputs("Options  ", stream);
	for (size_t i = 0; i < bench->passed_on.count; i++) {
		const char *word = bench->passed_on.argument[i];

		if (i > 0 && column + 1 + strlen(word) > LINE_WIDTH) {
			(void)fprintf(stream, "\n%*s", INDENT - 1, "");
			column = INDENT - 1;
		}
		column += word_write(stream, word);
	}
	(void)fputs(bench->passed_on.count ? "\n" : " none\n", stream);
}

void bench_head_write(FILE *stream, const struct bench *bench)
{
	write_tree(stream, bench);
	write_machine(stream, bench);
	write_runs(stream, bench);
	write_options(stream, bench);
}
