/* SPDX-License-Identifier: MIT */
/* table.c - the benchmark's report as text.
 *
 * Several blocks with one line per row, because one block would be wider than a terminal. */
#include "bench/table.h"

#include <math.h>
#include <string.h>

#include "base/size.h"
#include "bench/parts.h"

#define MIB (1024.0 * 1024.0)

/* ---- Times ---- */

/* True if it has the smallest median of all rows with its cache state. */
static bool is_fastest(const struct bench *bench, const struct bench_row *row)
{
	for (unsigned i = 0; i < bench->rows; i++) {
		const struct bench_row *other = &bench->row[i];

		if (!other->fault && other->cache == row->cache &&
		    other->wall.median < row->wall.median)
			return false;
	}
	return bench->rows > 1;
}

static void write_interval(FILE *stream, const struct pc_stats *wall, const struct bench_unit *unit)
{
	char text[64] = "-";

	/* with fewer runs the interval of the mean is unreliable */
	if (wall->count >= BENCH_VERDICT_RUNS)
		(void)snprintf(text, sizeof(text), "%.*f - %.*f", unit->decimals,
		               wall->low * unit->per_second, unit->decimals,
		               wall->high * unit->per_second);
	(void)fprintf(stream, "%16s", text);
}

static void write_time_row(FILE *stream, const struct bench *bench, const struct bench_row *row,
                           const struct bench_unit *unit)
{
	const struct pc_stats *wall = &row->wall;
	const double before[] = {wall->min, wall->median, wall->mean},
		     after[] = {wall->p95, wall->max};

	if (row->fault || is_fastest(bench, row))
		bench_paint(stream, bench, row->fault ? BENCH_BAD : BENCH_GOOD);
	bench_name_write(stream, row);
	if (row->fault) {
		(void)fprintf(stream, "  INVALID: %s", row->fault);
	} else {
		(void)fprintf(stream, "%5zu", row->samples);
		for (size_t i = 0; i < 3; i++)
			(void)fprintf(stream, "%9.*f", unit->decimals,
			              before[i] * unit->per_second);
		write_interval(stream, wall, unit);
		for (size_t i = 0; i < 2; i++)
			(void)fprintf(stream, "%8.*f", unit->decimals, after[i] * unit->per_second);
	}
	if (row->fault || is_fastest(bench, row))
		bench_paint(stream, bench, BENCH_PLAIN);
	(void)fputc('\n', stream);
}

static void write_outliers(FILE *stream, const struct bench *bench)
{
	const char *before = "Outliers, kept: ";

	for (unsigned i = 0; i < bench->rows; i++) {
		const struct bench_row *row = &bench->row[i];

		if (row->fault || !row->wall.outliers)
			continue;
		(void)fprintf(stream, "%s%zu of %s", before, row->wall.outliers, row->name);
		before = ", ";
	}
	if (*before == ',')
		(void)fputc('\n', stream);
}

static void write_times(FILE *stream, const struct bench *bench)
{
	const struct bench_unit unit = bench_unit_choose(bench);
	char least[16];

	(void)snprintf(least, sizeof(least), "min %s", unit.name);
	(void)fprintf(stream, "\n%-*s%5s%9s%9s%9s%16s%8s%8s\n", BENCH_NAME_WIDTH, "mode", "runs",
	              least, "median", "mean", "95 % of mean", "95 %ile", "max");
	for (unsigned i = 0; i < bench->rows; i++)
		write_time_row(stream, bench, &bench->row[i], &unit);
	write_outliers(stream, bench);
}

/* ---- Rates ---- */

/* "2-24": the range of workers that got jobs in its runs. */
static void width_format(char *text, size_t size, const struct bench_row *row)
{
	unsigned least = row->sample[0].width_least, most = row->sample[0].width_most;

	for (size_t i = 1; i < row->samples; i++) {
		const struct bench_sample *s = &row->sample[i];

		least = s->width_least < least ? s->width_least : least;
		most = s->width_most > most ? s->width_most : most;
	}
	if (least < most)
		(void)snprintf(text, size, "%u-%u", least, most);
	else
		(void)snprintf(text, size, "%u", most);
}

static void table_workers_write(FILE *stream, const struct bench_row *row)
{
	const struct bench_sample *first = &row->sample[0];
	char workers[32] = "-";

	if (row->automatic)
		width_format(workers, sizeof(workers), row);
	else if (!row->command && row->pool == PCOPY_POOL_HYBRID)
		(void)snprintf(workers, sizeof(workers), "%ux%u", first->processes, first->threads);
	else if (!row->command && row->pool == PCOPY_POOL_COROUTINES)
		(void)snprintf(workers, sizeof(workers), "%ux%u", first->threads,
		               first->coroutines);
	else if (!row->command)
		(void)snprintf(workers, sizeof(workers), "%u", first->workers);
	(void)fprintf(stream, "%8s", workers);
}

static void write_rate_row(FILE *stream, const struct bench *bench, const struct bench_row *row,
                           const struct bench_unit *unit)
{
	double median = row->wall.median;
	char rate[PC_SIZE_TEXT];

	if (row->fault)
		return;
	bench_name_write(stream, row);
	table_workers_write(stream, row);
	(void)fprintf(stream, "%10s%9.1f%8.3f%9.1f",
	              pc_count_format(rate, (uint64_t)((double)bench->tree.files / median)),
	              (double)bench->tree.bytes / MIB / median, row->cpu_s,
	              (double)row->peak_bytes / MIB);
	if (row->speedup > 0)
		(void)fprintf(stream, "%9.2f", row->speedup);
	else
		(void)fprintf(stream, "%9s", "-");
	if (row->efficiency > 0)
		(void)fprintf(stream, "%6.0f %%", 100 * row->efficiency);
	else
		(void)fprintf(stream, "%8s", "-");
	if (bench->options->bench_fsync)
		(void)fprintf(stream, "%*.*f", 9, unit->decimals,
		              row->flushed.median * unit->per_second);
	(void)fputc('\n', stream);
}

static void write_methods(FILE *stream, const struct bench *bench)
{
	char methods[BENCH_METHODS], first[BENCH_METHODS] = "";
	bool same = true;

	for (unsigned pass = 0; pass < 2; pass++) {
		for (unsigned i = 0; i < bench->rows; i++) {
			const struct bench_row *row = &bench->row[i];

			if (row->fault || row->command)
				continue;
			bench_methods(row, methods);
			if (!*first)
				memcpy(first, methods, sizeof(first));
			same = same && !strcmp(first, methods);
			if (pass && !same)
				(void)fprintf(stream, "Bytes of %s were moved by %s\n", row->name,
				              methods);
		}
	}
	if (*first && same)
		(void)fprintf(stream, "Bytes were moved by %s\n", first);
}

static void write_rates(FILE *stream, const struct bench *bench)
{
	const struct bench_unit unit = bench_unit_choose(bench);

	(void)fprintf(stream, "\n%-*s%8s%10s%9s%8s%9s%9s%8s%s\n", BENCH_NAME_WIDTH, "mode",
	              "workers", "files/s", "MiB/s", "CPU s", "peak MiB", "speed-up", "effic.",
	              bench->options->bench_fsync ? "  flushed" : "");
	for (unsigned i = 0; i < bench->rows; i++)
		write_rate_row(stream, bench, &bench->row[i], &unit);
	write_methods(stream, bench);
}

void bench_table_write(FILE *stream, const struct bench *bench)
{
	bench_head_write(stream, bench);
	write_times(stream, bench);
	write_rates(stream, bench);
	bench_inside_write(stream, bench);
	bench_verdict_write(stream, bench);
}
