/* SPDX-License-Identifier: MIT */
/* export.c - writes the results to files for other programs.
 *
 * One failed file does not prevent the others. */
#include "bench/export.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bench/json.h"
#include "cli/json.h"
#include "cli/messages.h"

/* ---- Before the runs ---- */

/* Returns 0, or the errno with which creating or opening the file will fail. */
static int file_refused(const char *file)
{
	_cleanup_free_ char *copy = NULL;

	if (faccessat(AT_FDCWD, file, W_OK, AT_EACCESS) == 0)
		return 0;
	if (errno != ENOENT)
		return errno;
	copy = strdup(file);
	if (!copy)
		return ENOMEM;
	return faccessat(AT_FDCWD, dirname(copy), W_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

int bench_exports_check(const struct bench *bench)
{
	const struct cli_options *o = bench->options;
	const char *const file[] = {o->json_file,       o->export_json,      o->export_csv,
	                            o->export_markdown, o->export_hyperfine, o->plot};

	for (size_t i = 0; i < sizeof(file) / sizeof(file[0]); i++) {
		int error = file[i] ? file_refused(file[i]) : 0;

		if (error) {
			cli_error_named(error, "cannot write the report to %s", file[i], NULL);
			return CLI_EXIT_USAGE;
		}
	}
	return 0;
}

/* ---- Files ---- */

/* Writes one file with `write`. */
static int export_write(const struct bench *bench, const char *file,
                        void (*write)(FILE *stream, const struct bench *bench))
{
	FILE *stream;
	int error = 0;

	if (!file)
		return 0;
	stream = fopen(file, "we");
	if (stream) {
		errno = 0;
		write(stream, bench);
		if (ferror(stream))
			error = errno ? errno : EIO;
		if (fclose(stream) != 0 && !error)
			error = errno;
	} else {
		error = errno;
	}
	if (error)
		cli_error_named(error, "cannot write the report to %s", file, NULL);
	return -error;
}

/* ---- CSV: one line per sample ---- */

/* A text between two `quote`, with `escape` before each `special`. */
static void text_quote(FILE *stream, const char *text, char quote, char special, char escape)
{
	(void)fputc(quote, stream);
	for (; *text; text++) {
		if (*text == special)
			(void)fputc(escape, stream);
		(void)fputc(*text, stream);
	}
	(void)fputc(quote, stream);
}

static void csv_write(FILE *stream, const struct bench *bench)
{
	(void)fputs("mode,workers,cache,run,valid,outlier,wall_s,flush_s,user_s,system_s,resident,"
	            "peak_bytes,minor_faults,major_faults,voluntary_switches,"
	            "involuntary_switches\n",
	            stream);
	for (unsigned i = 0; i < bench->rows; i++) {
		const struct bench_row *row = &bench->row[i];

		for (size_t run = 0; run < row->samples; run++) {
			const struct bench_sample *s = &row->sample[run];

			text_quote(stream, row->name, '"', '"', '"'); /* RFC 4180 */
			(void)fprintf(stream, ",%u,%s,%zu,%d,%d,%.9f,%.9f,%.6f,%.6f,",
			              bench_row_workers(bench, row),
			              row->cache == BENCH_CACHE_COLD   ? "cold"
			              : row->cache == BENCH_CACHE_WARM ? "warm"
			                                               : "any",
			              run + 1, !s->fault, s->outlier, s->wall_s, s->flush_s,
			              s->user_s, s->system_s);
			if (s->resident >= 0)
				(void)fprintf(stream, "%.4f", s->resident);
			(void)fprintf(stream, ",%llu,%llu,%llu,%llu,%llu\n",
			              (unsigned long long)s->peak_bytes,
			              (unsigned long long)s->minor_faults,
			              (unsigned long long)s->major_faults,
			              (unsigned long long)s->voluntary_switches,
			              (unsigned long long)s->involuntary_switches);
		}
	}
}

/* ---- Markdown ---- */

static void markdown_write(FILE *stream, const struct bench *bench)
{
	(void)fputs(
		"| mode | runs | median [ms] | mean [ms] | 95 % interval [ms] | deviation [ms] | "
		"95th percentile [ms] | speed-up |\n"
		"|:--|--:|--:|--:|--:|--:|--:|--:|\n",
		stream);
	for (unsigned i = 0; i < bench->rows; i++) {
		const struct bench_row *row = &bench->row[i];
		const struct pc_stats *w = &row->wall;

		(void)fputs("| ", stream);
		text_quote(stream, row->name, '`', '|', '\\'); /* a bar would end the cell */
		if (row->fault) {
			(void)fprintf(stream, " | invalid: %s | | | | | | |\n", row->fault);
			continue;
		}
		(void)fprintf(stream, " | %zu | %.2f | %.2f | %.2f to %.2f | %.2f | %.2f | ",
		              w->count, 1e3 * w->median, 1e3 * w->mean, 1e3 * w->low, 1e3 * w->high,
		              1e3 * w->deviation, 1e3 * w->p95);
		if (row->speedup > 0)
			(void)fprintf(stream, "%.2f", row->speedup);
		(void)fputs(" |\n", stream);
	}
}

/* ---- hyperfine ---- */

/* The fields of hyperfine 1.x.  It has none for an unknown value, so invalid rows are omitted. */
static json_t *hyperfine_row(const struct bench_row *row)
{
	json_t *times = json_array(), *peaks = json_array(), *codes = json_array();
	double user = 0, system = 0;

	for (size_t i = 0; i < row->samples; i++) {
		const struct bench_sample *sample = &row->sample[i];

		user += sample->user_s / (double)row->samples;
		system += sample->system_s / (double)row->samples;
		times = cli_json_append(times, json_real(sample->wall_s));
		peaks = cli_json_append(peaks, json_integer(cli_json_number(sample->peak_bytes)));
		codes = cli_json_append(codes, json_integer(0));
	}
	return json_pack("{s:s, s:f, s:o, s:f, s:f, s:f, s:f, s:f, s:o, s:o, s:o}", "command",
	                 row->name, "mean", row->wall.mean, "stddev",
	                 row->samples > 1 ? json_real(row->wall.deviation) : json_null(), "median",
	                 row->wall.median, "user", user, "system", system, "min", row->wall.min,
	                 "max", row->wall.max, "times", times, "memory_usage_byte", peaks,
	                 "exit_codes", codes);
}

static json_t *hyperfine_new(const struct bench *bench)
{
	json_t *results = json_array();

	for (unsigned i = 0; i < bench->rows; i++) {
		if (!bench->row[i].fault)
			results = cli_json_append(results, hyperfine_row(&bench->row[i]));
	}
	return json_pack("{s:o}", "results", results);
}

int bench_exports_write(const struct bench *bench)
{
	const struct cli_options *options = bench->options;
	int rc = 0, r;

	if (options->export_json)
		rc = cli_json_write(bench_json_new(bench), options->export_json);
	if (options->export_hyperfine) {
		r = cli_json_write(hyperfine_new(bench), options->export_hyperfine);
		rc = rc < 0 ? rc : r;
	}
	r = export_write(bench, options->export_csv, csv_write);
	rc = rc < 0 ? rc : r;
	r = export_write(bench, options->export_markdown, markdown_write);
	return rc < 0 ? rc : r;
}
