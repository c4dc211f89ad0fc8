/* SPDX-License-Identifier: MIT */
/* verdict.c - conclusions from the times: comparisons, sweep, changes since an earlier report,
 * warnings. */
#include "bench/parts.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/size.h"
#include "bench/scaling.h"

/* Wraps a text at 80 columns; `column` of the first line are used. */
static void text_wrap(FILE *stream, size_t column, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, " ");

		if (column && column + 1 + length > 80) {
			(void)fputc('\n', stream);
			column = 0;
		} else if (column) {
			(void)fputc(' ', stream);
			column++;
		}
		(void)fprintf(stream, "%.*s", (int)length, text);
		column += length;
		text += length;
		text += strspn(text, " ");
	}
	(void)fputc('\n', stream);
}

static void write_comparisons(FILE *stream, const struct bench *bench)
{
	char sentence[BENCH_SENTENCE + 2];
	size_t tested = 0;

	if (bench->comparisons)
		(void)fputc('\n', stream);
	for (size_t i = 0; i < bench->comparisons; i++) {
		const struct bench_comparison *c = &bench->comparison[i];

		bench_sentence(c, sentence);
		strcat(sentence, ".");
		text_wrap(stream, 0, sentence);
		tested += c->kind >= BENCH_NO_DIFFERENCE;
	}
	if (tested)
		(void)fprintf(stream,
		              "(Mann-Whitney U, p corrected for %zu comparison%s by Holm; "
		              "Hodges-Lehmann shift)\n",
		              tested, tested == 1 ? "" : "s");
}

/* ---- The sweep ---- */

static void write_curve(FILE *stream, const struct bench *bench, enum pcopy_pool pool,
                        enum bench_cache cache)
{
	struct bench_row *curve[BENCH_SWEEP_MAX + 1];
	unsigned count = bench_curve(bench, pool, cache, curve);

	for (unsigned i = 0; i < count && count > 1; i++) {
		double speedup = curve[0]->wall.median / curve[i]->wall.median;
		unsigned workers = bench_row_workers(bench, curve[i]);

		bench_name_write(stream, curve[i]);
		(void)fprintf(stream, "%8u%10.2f%9.0f %%", workers, speedup,
		              100 * speedup / workers);
		if (isnan(curve[i]->serial_fraction))
			(void)fprintf(stream, "%16s", "-");
		else
			(void)fprintf(stream, "%16.3f", curve[i]->serial_fraction);
		(void)fprintf(stream, "%s\n", curve[i]->knee ? "   knee" : "");
	}
}

static void write_suggestion(FILE *stream, const struct bench *bench)
{
	const struct bench_row *row = bench->suggested;

	if (!row)
		return;
	(void)fprintf(stream, "Suggested: --pool=%s", pcopy_pool_name(row->pool));
	if (row->pool != PCOPY_POOL_SERIAL)
		(void)fprintf(stream, " -j %u", bench_row_workers(bench, row));
	(void)fprintf(stream, " (the fewest workers within %.0f %% of the fastest)\n",
	              100 * BENCH_SUGGEST_PART);
}

static void write_regrets(FILE *stream, const struct bench *bench)
{
	for (unsigned i = 0; i < bench->regrets; i++) {
		const struct bench_regret *r = &bench->regret[i];
		char text[BENCH_SENTENCE];

		(void)snprintf(text, sizeof(text),
		               "Regret: %s took %.1f %% %s time than %s, the best fixed number",
		               r->automatic->name, 100 * fabs(r->part),
		               r->part < 0 ? "less" : "more", r->best->name);
		text_wrap(stream, 0, text);
	}
}

static void write_sweep(FILE *stream, const struct bench *bench)
{
	if (bench->sweep.what != BENCH_SWEEP_JOBS)
		return;
	(void)fprintf(stream, "\n%-*s%8s%10s%11s%16s\n", BENCH_NAME_WIDTH, "scaling", "workers",
	              "speed-up", "effic.", "serial fraction");
	for (unsigned pool = 0; pool < PCOPY_POOLS; pool++) {
		for (unsigned cache = 0; cache < BENCH_CACHES; cache++)
			write_curve(stream, bench, (enum pcopy_pool)pool, (enum bench_cache)cache);
	}
	write_suggestion(stream, bench);
	write_regrets(stream, bench);
}

/* ---- Changes ---- */

static void write_changes(FILE *stream, const struct bench *bench)
{
	if (!bench->before)
		return;
	(void)fprintf(stream, "\nAgainst %s:\n", bench->options->against);
	for (size_t i = 0; i < bench->changes; i++) {
		const struct bench_change *c = &bench->change[i];

		if (c->significant)
			bench_paint(stream, bench, BENCH_BAD);
		bench_name_write(stream, c->row);
		(void)fprintf(stream, "%8.1f %% %s (p = %.2g)%s", 100 * fabs(c->slower),
		              c->slower < 0 ? "less time" : "more time", c->p,
		              c->significant ? ": SLOWER"
		              : c->judged    ? ""
		                             : ": too few runs to tell");
		if (c->significant)
			bench_paint(stream, bench, BENCH_PLAIN);
		(void)fputc('\n', stream);
	}
	if (!bench->changes)
		(void)fputs("no row of that report was run\n", stream);
}

#define WARNING "Warning:"

static void write_warnings(FILE *stream, const struct bench *bench)
{
	if (bench->warnings)
		(void)fputc('\n', stream);
	for (size_t i = 0; i < bench->warnings; i++) {
		bench_paint(stream, bench, BENCH_DOUBT);
		(void)fputs(WARNING, stream);
		text_wrap(stream, strlen(WARNING), bench->warning[i]);
		bench_paint(stream, bench, BENCH_PLAIN);
	}
}

void bench_verdict_write(FILE *stream, const struct bench *bench)
{
	write_comparisons(stream, bench);
	write_sweep(stream, bench);
	write_changes(stream, bench);
	write_warnings(stream, bench);
}
