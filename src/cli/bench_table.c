/* bench_table.c - the benchmark's report as text.
 *
 * Two blocks with a row for each mode, times and rates, because one would be
 * too wide for a terminal. */
#include "cli/bench_table.h"

#include <math.h>
#include <string.h>

#include "base/size.h"
#include "cli/bench_words.h"

#define MIB (1024.0 * 1024.0)
#define MODE_WIDTH 10

/* ---- What was measured ---- */

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

static const char *known(const char *text)
{
	return *text ? text : "unknown";
}

static void write_machine(FILE *stream, const struct bench *bench)
{
	char memory[PC_SIZE_TEXT];

	(void)fprintf(stream, "Machine   %u of %u CPUs usable, %s\n", bench->cpus,
	              bench->machine.cpus, known(bench->machine.model));
	(void)fprintf(stream, "          %s of memory, %s\n",
	              pc_size_format(memory, bench->machine.memory_bytes),
	              known(bench->machine.kernel));
	(void)fprintf(stream, "          from %s to %s\n", known(bench->src_filesystem),
	              known(bench->dst_filesystem));
}

static void write_options(FILE *stream, const struct bench *bench)
{
	const struct cli_options *options = bench->options;
	char chunk[PC_SIZE_TEXT], preserve[BENCH_PRESERVE];

	(void)fprintf(stream, "Runs      %u of each mode, interleaved, after %u for warm-up\n",
	              options->runs, options->warmup);
	(void)fprintf(stream, "Options   reflink %s, sparse %s, chunks of %s",
	              bench_reflink_word(options), bench_when_word(options->copy.sparse),
	              options->copy.chunk_bytes ? pc_size_format(chunk, options->copy.chunk_bytes)
	                                        : "any size");
	if (options->copy.queue_depth)
		(void)fprintf(stream, ", queue of %u", options->copy.queue_depth);
	if (options->copy.shared_fd_table)
		(void)fprintf(stream, ", shared descriptor table");
	bench_preserve_words(options->copy.preserve, preserve);
	if (*preserve)
		(void)fprintf(stream, "\n          preserving %s", preserve);
	(void)fputc('\n', stream);
}

/* ---- Times ---- */

struct unit {
	const char *name;
	double per_second;
	int decimals;
};

/* One unit for all rows, so that they can be compared by eye. */
static struct unit choose_unit(const struct bench *bench)
{
	double longest = 0;

	for (unsigned i = 0; i < bench->modes; i++)
		if (!bench->mode[i].fault)
			longest = fmax(longest, bench->mode[i].wall.median);
	if (longest >= 1)
		return (struct unit){"s", 1, 3};
	return (struct unit){"ms", 1000, longest >= 0.1 ? 1 : 2};
}

static void write_mode_name(FILE *stream, const struct bench_mode *mode)
{
	(void)fprintf(stream, "%-*s", MODE_WIDTH, pcopy_pool_name(mode->pool));
}

static void write_time_row(FILE *stream, const struct bench_mode *mode, const struct unit *unit)
{
	const struct bench_sample *first = &mode->sample[0];
	const struct pc_stats *wall = &mode->wall;
	const double times[] = {wall->median, wall->min, wall->max, wall->mean};
	char workers[32];

	write_mode_name(stream, mode);
	if (mode->fault) {
		(void)fprintf(stream, "  INVALID: %s\n", mode->fault);
		return;
	}
	if (mode->pool == PCOPY_POOL_HYBRID)
		(void)snprintf(workers, sizeof(workers), "%ux%u", first->processes, first->threads);
	else
		(void)snprintf(workers, sizeof(workers), "%u", first->workers);
	(void)fprintf(stream, "%9s%6zu", workers, mode->samples);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		(void)fprintf(stream, "%11.*f", unit->decimals, times[i] * unit->per_second);
	/* One run has no spread. */
	if (mode->samples > 1)
		(void)fprintf(stream, " ± %.*f", unit->decimals,
		              wall->half_width * unit->per_second);
	(void)fputc('\n', stream);
}

static void write_times(FILE *stream, const struct bench *bench)
{
	static const char *const names[] = {"median", "min", "max", "mean"};
	const struct unit unit = choose_unit(bench);

	(void)fprintf(stream, "\n%-*s%9s%6s", MODE_WIDTH, "mode", "workers", "runs");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)fprintf(stream, "%*s %s", (int)(10 - strlen(unit.name)), names[i], unit.name);
	(void)fputs(" ± 95 %\n", stream);
	for (unsigned i = 0; i < bench->modes; i++)
		write_time_row(stream, &bench->mode[i], &unit);
}

/* ---- Rates ---- */

/* What moved the bytes, the one that moved the most first; in all runs. */
static void write_methods(FILE *stream, const struct bench_mode *mode)
{
	uint64_t bytes[PCOPY_METHODS] = {0};
	const char *before = "";

	for (size_t run = 0; run < mode->samples; run++)
		for (unsigned i = 0; i < PCOPY_METHODS; i++)
			bytes[i] += mode->sample[run].method_bytes[i];
	for (;;) {
		unsigned most = 0;

		for (unsigned i = 1; i < PCOPY_METHODS; i++)
			if (bytes[i] > bytes[most])
				most = i;
		if (!bytes[most])
			break;
		(void)fprintf(stream, "%s%s", before, pcopy_method_name((enum pcopy_method)most));
		before = "+";
		bytes[most] = 0;
	}
	(void)fputs(*before ? "" : pcopy_method_name(PCOPY_METHOD_NONE), stream);
}

static void write_rate_row(FILE *stream, const struct bench *bench, const struct bench_mode *mode)
{
	double median = mode->wall.median;
	char rate[PC_SIZE_TEXT];

	if (mode->fault)
		return;
	write_mode_name(stream, mode);
	(void)fprintf(stream, "%11s%10.1f%9.3f%10.1f",
	              pc_count_format(rate, (uint64_t)((double)bench->tree.files / median)),
	              (double)bench->tree.bytes / MIB / median, mode->cpu_s,
	              (double)mode->peak_bytes / MIB);
	if (mode->speedup > 0)
		(void)fprintf(stream, "%10.2f%10.0f %%  ", mode->speedup, 100 * mode->efficiency);
	else
		(void)fprintf(stream, "%10s%12s  ", "-", "-");
	write_methods(stream, mode);
	(void)fputc('\n', stream);
}

static void write_rates(FILE *stream, const struct bench *bench)
{
	(void)fprintf(stream, "\n%-*s%11s%10s%9s%10s%10s%12s  %s\n", MODE_WIDTH, "mode", "files/s",
	              "MiB/s", "CPU s", "peak MiB", "speed-up", "efficiency", "method");
	for (unsigned i = 0; i < bench->modes; i++)
		write_rate_row(stream, bench, &bench->mode[i]);
}

/* ---- Threads against processes ---- */

static void difference_sentence(const struct bench_verdict *verdict, char *text, size_t size)
{
	bool threads = verdict->shift_s < 0;
	const struct bench_mode *slower = threads ? verdict->processes : verdict->threads;
	char shift[PC_SIZE_TEXT];

	(void)snprintf(text, size,
	               "%s: %.1f %% less time (%s a run, p = %.2g; Mann-Whitney U, %zu runs "
	               "each).",
	               threads ? "Threads are faster than processes"
	                       : "Processes are faster than threads",
	               100 * fabs(verdict->shift_s) / slower->wall.median,
	               pc_duration_format(shift, (uint64_t)(fabs(verdict->shift_s) * 1e9)),
	               verdict->p, verdict->threads->samples);
}

void bench_table_sentence(const struct bench_verdict *verdict, char ret[static BENCH_SENTENCE])
{
	const size_t size = BENCH_SENTENCE;

	ret[0] = '\0';
	switch (verdict->kind) {
	case BENCH_NOT_COMPARED:
		break;
	case BENCH_TOO_FEW:
		(void)snprintf(ret, size,
		               "No verdict on threads and processes: it takes %d runs of each.",
		               BENCH_VERDICT_RUNS);
		break;
	case BENCH_UNSOUND:
		(void)snprintf(ret, size,
		               "No verdict on threads and processes: %s had an invalid run.",
		               verdict->threads->fault ? "threads" : "processes");
		break;
	case BENCH_NO_DIFFERENCE:
		(void)snprintf(ret, size,
		               "No significant difference between threads and processes (p = %.2g; "
		               "Mann-Whitney U, %zu runs each).",
		               verdict->p, verdict->threads->samples);
		break;
	case BENCH_DIFFERENCE:
		difference_sentence(verdict, ret, size);
		break;
	}
}

void bench_table_write(FILE *stream, const struct bench *bench)
{
	char sentence[BENCH_SENTENCE];

	write_tree(stream, bench);
	write_machine(stream, bench);
	write_options(stream, bench);
	write_times(stream, bench);
	write_rates(stream, bench);
	bench_table_sentence(&bench->verdict, sentence);
	if (*sentence)
		(void)fprintf(stream, "\n%s\n", sentence);
}
