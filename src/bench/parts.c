/* SPDX-License-Identifier: MIT */
/* parts.c - functions shared by the parts of the text report. */
#include "bench/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/size.h"

struct bench_unit bench_unit_choose(const struct bench *bench)
{
	double longest = 0;

	for (unsigned i = 0; i < bench->rows; i++) {
		if (!bench->row[i].fault)
			longest = fmax(longest, bench->row[i].wall.median);
	}
	if (longest >= 1)
		return (struct bench_unit){"s", 1, 3};
	return (struct bench_unit){"ms", 1000, longest >= 0.1 ? 1 : 2};
}

void bench_name_write(FILE *stream, const struct bench_row *row)
{
	if (strlen(row->name) >= BENCH_NAME_WIDTH)
		(void)fprintf(stream, "%s\n%-*s", row->name, BENCH_NAME_WIDTH, "");
	else
		(void)fprintf(stream, "%-*s", BENCH_NAME_WIDTH, row->name);
}

/* https://no-color.org: the variable is set and not empty. */
static bool colors_wanted(FILE *stream, const struct bench *bench)
{
	const char *none = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (bench->options->color != PCOPY_AUTO)
		return bench->options->color == PCOPY_ALWAYS;
	return isatty(fileno(stream)) && !(none && *none) && term && strcmp(term, "dumb") != 0;
}

void bench_paint(FILE *stream, const struct bench *bench, enum bench_paint paint)
{
	static const char *const codes[] = {"\033[0m", "\033[32m", "\033[31m", "\033[33m"};

	if (colors_wanted(stream, bench))
		(void)fputs(codes[paint], stream);
}

void bench_methods(const struct bench_row *row, char ret[static BENCH_METHODS])
{
	uint64_t bytes[PCOPY_METHODS] = {0};
	size_t used = 0;

	for (size_t run = 0; run < row->samples; run++) {
		for (unsigned i = 0; i < PCOPY_METHODS; i++)
			bytes[i] += row->sample[run].method_bytes[i];
	}
	for (;;) {
		unsigned most = 0;

		for (unsigned i = 1; i < PCOPY_METHODS; i++)
			if (bytes[i] > bytes[most])
				most = i;
		if (!bytes[most])
			break;
		used += (size_t)snprintf(ret + used, BENCH_METHODS - used, "%s%s", used ? "+" : "",
		                         pcopy_method_name((enum pcopy_method)most));
		bytes[most] = 0;
	}
	if (!used)
		(void)snprintf(ret, BENCH_METHODS, "%s", pcopy_method_name(PCOPY_METHOD_NONE));
}

static void difference_sentence(const struct bench_comparison *c, char *text, size_t size)
{
	bool first = c->shift.shift < 0;
	const struct bench_row *faster = first ? c->first : c->second;
	const struct bench_row *slower = first ? c->second : c->first;
	double low = fmin(fabs(c->shift.low), fabs(c->shift.high));
	double high = fmax(fabs(c->shift.low), fabs(c->shift.high));
	char shift[PC_SIZE_TEXT], from[PC_SIZE_TEXT], to[PC_SIZE_TEXT];

	(void)snprintf(
		text, size,
		"%s is faster than %s: %.1f %% less time (%s a run, 95 %% interval %s to %s, "
		"p = %.2g)",
		faster->name, slower->name, 100 * fabs(c->shift.shift) / slower->wall.median,
		pc_duration_format(shift, (uint64_t)(fabs(c->shift.shift) * 1e9)),
		pc_duration_format(from, (uint64_t)(low * 1e9)),
		pc_duration_format(to, (uint64_t)(high * 1e9)), c->p);
}

void bench_sentence(const struct bench_comparison *c, char ret[static BENCH_SENTENCE])
{
	const size_t size = BENCH_SENTENCE;

	switch (c->kind) {
	case BENCH_TOO_FEW:
		(void)snprintf(ret, size,
		               "No verdict on %s and %s: at least %d runs of each are required",
		               c->first->name, c->second->name, BENCH_VERDICT_RUNS);
		break;
	case BENCH_UNSOUND:
		(void)snprintf(ret, size, "No verdict on %s and %s: %s had an invalid run",
		               c->first->name, c->second->name,
		               c->first->fault ? c->first->name : c->second->name);
		break;
	case BENCH_NO_DIFFERENCE:
		(void)snprintf(ret, size, "No significant difference between %s and %s (p = %.2g)",
		               c->first->name, c->second->name, c->p);
		break;
	case BENCH_DIFFERENCE:
		difference_sentence(c, ret, size);
		break;
	}
}
