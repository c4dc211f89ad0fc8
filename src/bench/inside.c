/* SPDX-License-Identifier: MIT */
/* inside.c - where the time of a row went, according to pcopy's workers.
 *
 * Outside commands report nothing about themselves and are not shown. */
#include "bench/parts.h"

#include <inttypes.h>

#include "base/size.h"
#include "bench/samples.h"

static bool is_measured(const struct bench_row *row)
{
	return !row->fault && !row->command && row->samples > 0;
}

/* ---- Phases ---- */

static double busy_ns(const struct bench_row *row)
{
	double sum = 0;

	for (unsigned i = 0; i < PCOPY_PHASES; i++)
		sum += (double)row->phase[i].sum_ns;
	return sum;
}

/* The time between the end of the first worker and that of the last one. */
static double tail_s(const struct bench_sample *sample)
{
	return sample->last_done_s - sample->first_done_s;
}

static double measuring_s(const struct bench_sample *sample)
{
	return sample->measuring_s;
}

static void write_phase_row(FILE *stream, const struct bench_row *row,
                            const struct bench_unit *unit)
{
	double busy = busy_ns(row), measuring = 1e9 * bench_samples_sum(row, measuring_s);
	double tail = bench_samples_sum(row, tail_s) / (double)row->samples;

	bench_name_write(stream, row);
	for (unsigned i = 0; i < PCOPY_PHASES; i++)
		(void)fprintf(stream, "%6.1f%%",
		              busy > 0 ? 100 * (double)row->phase[i].sum_ns / busy : 0);
	(void)fprintf(stream, "%8.*f%6.2f%%\n", unit->decimals, tail * unit->per_second,
	              busy > 0 ? 100 * measuring / busy : 0);
}

static void write_phases(FILE *stream, const struct bench *bench)
{
	const struct bench_unit unit = bench_unit_choose(bench);

	(void)fprintf(stream, "\n%-*s", BENCH_NAME_WIDTH, "workers' time");
	for (unsigned i = 0; i < PCOPY_PHASES; i++) {
		enum pcopy_phase phase = (enum pcopy_phase)i;

		(void)fprintf(stream, "%7s",
		              phase == PCOPY_PHASE_METADATA ? "meta" : pcopy_phase_name(phase));
	}
	(void)fprintf(stream, "%5s %-2s%7s\n", "tail", unit.name, "clocks");
	for (unsigned i = 0; i < bench->rows; i++) {
		if (is_measured(&bench->row[i]))
			write_phase_row(stream, &bench->row[i], &unit);
	}
}

/* ---- Workers and queue ---- */

struct totals {
	double cpu, delay, asleep, waited, all;
	uint64_t peak, full, faults, switches;
};

static struct totals totals_of(const struct bench_row *row)
{
	struct totals t = {0};

	for (size_t i = 0; i < row->samples; i++) {
		const struct bench_sample *s = &row->sample[i];
		double off = s->busy_s > s->on_cpu_s ? s->busy_s - s->on_cpu_s : 0;
		double delay = s->delay_s < off ? s->delay_s : off;

		t.cpu += s->busy_s - off;
		t.delay += delay;
		t.asleep += off - delay;
		t.waited += s->waited_s;
		t.all += s->busy_s + s->waited_s;
		t.peak = s->queue_peak > t.peak ? s->queue_peak : t.peak;
		t.full += s->queue_full;
		t.faults += s->minor_faults + s->major_faults;
		t.switches += s->voluntary_switches + s->involuntary_switches;
	}
	return t;
}

static void write_worker_row(FILE *stream, const struct bench_row *row)
{
	struct totals t = totals_of(row);
	const double part[] = {t.cpu, t.delay, t.asleep, t.waited};
	const uint64_t mean[] = {t.full, t.faults, t.switches};
	char text[PC_SIZE_TEXT];

	bench_name_write(stream, row);
	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++)
		(void)fprintf(stream, "%7.1f%%", t.all > 0 ? 100 * part[i] / t.all : 0);
	(void)fprintf(stream, "%6" PRIu64, t.peak);
	for (size_t i = 0; i < sizeof(mean) / sizeof(mean[0]); i++)
		(void)fprintf(stream, "%*s", i ? 9 : 8,
		              pc_count_format(text, mean[i] / row->samples));
	(void)fputc('\n', stream);
}

static void inside_workers_write(FILE *stream, const struct bench *bench)
{
	(void)fprintf(stream, "\n%-*s%8s%8s%8s%8s%6s%8s%9s%9s\n", BENCH_NAME_WIDTH, "workers",
	              "on CPU", "ready", "asleep", "no job", "queue", "full", "faults", "switches");
	for (unsigned i = 0; i < bench->rows; i++) {
		if (is_measured(&bench->row[i]))
			write_worker_row(stream, &bench->row[i]);
	}
}

void bench_inside_write(FILE *stream, const struct bench *bench)
{
	bool any = false;

	for (unsigned i = 0; i < bench->rows; i++)
		any = any || is_measured(&bench->row[i]);
	if (!any)
		return;
	write_phases(stream, bench);
	inside_workers_write(stream, bench);
}
