/* SPDX-License-Identifier: MIT */
/* plot.c - plots the results with gnuplot.
 *
 * gnuplot reads one script with its data from standard input. */
#include "bench/plot.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bench/child.h"
#include "bench/scaling.h"
#include "cli/messages.h"

static const char *terminal_of(const char *file)
{
	const char *dot = strrchr(file, '.');

	if (dot && !strcmp(dot, ".svg"))
		return "svg size 800,480 dynamic font 'sans-serif,12' background 'white'";
	if (dot && !strcmp(dot, ".png"))
		return "pngcairo size 800,480 font 'sans,11'";
	return NULL;
}

/* True if a program is on the PATH. */
static bool program_is_found(const char *program)
{
	const char *list = getenv("PATH");
	char path[PATH_MAX];

	for (; list; list = strchr(list, ':')) {
		list += *list == ':';
		if (snprintf(path, sizeof(path), "%.*s/%s", (int)strcspn(list, ":"), list,
		             program) < (int)sizeof(path) &&
		    access(path, X_OK) == 0)
			return true;
	}
	return false;
}

int bench_plot_check(const struct bench *bench)
{
	const char *file = bench->options->plot;

	if (!file)
		return 0;
	if (!terminal_of(file)) {
		cli_error_named(0, "%s: --plot draws .svg and .png", file, NULL);
		return cli_options_try_help();
	}
	if (program_is_found("gnuplot"))
		return 0;
	cli_error(0, "--plot requires gnuplot, which is not installed");
	return CLI_EXIT_USAGE;
}

/* ---- The script ---- */

/* In single quotes only single quotes are doubled; a newline would end the line. */
static void text_write(FILE *stream, const char *text)
{
	(void)fputc('\'', stream);
	for (; *text; text++) {
		if (*text == '\'')
			(void)fputc('\'', stream);
		(void)fputc(*text == '\n' ? ' ' : *text, stream);
	}
	(void)fputc('\'', stream);
}

static void head_write(FILE *stream, const struct bench *bench)
{
	const char *file = bench->options->plot;

	(void)fprintf(stream, "set terminal %s\nset output ", terminal_of(file));
	text_write(stream, file);
	(void)fputs("\nset encoding utf8\nset grid ytics\nset border 3\nset tics nomirror\n",
	            stream);
}

/* "name" mean low high, in milliseconds */
static void bars_write(FILE *stream, const struct bench *bench)
{
	(void)fputs("$rows << END\n", stream);
	for (unsigned i = 0; i < bench->rows; i++) {
		const struct bench_row *row = &bench->row[i];

		if (row->fault)
			continue;
		(void)fputc('"', stream);
		for (const char *c = row->name; *c; c++)
			(void)fputc(*c == '"' || *c == '\n' || *c == '\\' ? ' ' : *c, stream);
		(void)fprintf(stream, "\" %.6f %.6f %.6f\n", 1e3 * row->wall.mean,
		              1e3 * row->wall.low, 1e3 * row->wall.high);
	}
	(void)fputs("END\n"
	            "set title 'Mean wall time and its 95 % interval'\n"
	            "set ylabel 'ms'\nset yrange [0:*]\nset style fill solid 0.6\n"
	            "set boxwidth 0.6\nset xtics rotate by -30 noenhanced\nunset key\n"
	            "plot $rows using 0:2:xtic(1) with boxes linecolor rgb '#4477aa', "
	            "$rows using 0:2:3:4 with yerrorbars linecolor rgb 'black' pointtype 0\n",
	            stream);
}

struct curve {
	struct bench_row *row[BENCH_SWEEP_MAX + 1];
	unsigned count;
	enum pcopy_pool pool;
	enum bench_cache cache;
};

/* Writes workers and speed-up; the knee is repeated after two empty lines. */
static void curve_data(FILE *stream, const struct bench *bench, const struct curve *c, unsigned n)
{
	const struct bench_row *first = c->row[0];

	(void)fprintf(stream, "$curve%u << END\n", n);
	for (unsigned pass = 0; pass < 2; pass++) {
		for (unsigned i = 0; i < c->count; i++) {
			if (!pass || c->row[i]->knee)
				(void)fprintf(stream, "%u %.6f\n",
				              bench_row_workers(bench, c->row[i]),
				              first->wall.median / c->row[i]->wall.median);
		}
		(void)fputs(pass ? "" : "\n\n", stream);
	}
	(void)fputs("END\n", stream);
}

static unsigned curves_find(const struct bench *bench, struct curve curve[static 2 * PCOPY_POOLS])
{
	unsigned curves = 0;

	for (unsigned pool = 0; pool < PCOPY_POOLS; pool++) {
		for (unsigned cache = 0; cache < BENCH_CACHES && curves < 2 * PCOPY_POOLS;
		     cache++) {
			struct curve *c = &curve[curves];

			*c = (struct curve){.pool = (enum pcopy_pool)pool,
			                    .cache = (enum bench_cache)cache};
			c->count = bench_curve(bench, c->pool, c->cache, c->row);
			curves += c->count > 1;
		}
	}
	return curves;
}

/* Upper end of the axis; the ideal line continues beyond it. */
static double highest_speedup(const struct curve *curve, unsigned curves)
{
	double highest = 1;

	for (unsigned i = 0; i < curves; i++) {
		for (unsigned j = 0; j < curve[i].count; j++)
			highest = fmax(highest,
			               curve[i].row[0]->wall.median / curve[i].row[j]->wall.median);
	}
	return highest;
}

static void curves_write(FILE *stream, const struct bench *bench, const struct curve *curve,
                         unsigned curves)
{
	static const char *const states[] = {"", ", warm", ", cold"};

	for (unsigned i = 0; i < curves; i++)
		curve_data(stream, bench, &curve[i], i);
	(void)fprintf(
		stream,
		"set title 'Speed-up by workers'\nset xlabel 'workers'\nset ylabel 'speed-up'\n"
		"set key left top\nset yrange [0:%.3f]\nset xrange [0:%llu]\n"
		"plot x with lines dashtype 2 linecolor rgb 'gray' title 'ideal'",
		1.3 * highest_speedup(curve, curves),
		(unsigned long long)bench->sweep.value[bench->sweep.values - 1] + 1);
	for (unsigned i = 0; i < curves; i++) {
		(void)fprintf(stream,
		              ", $curve%u index 0 with linespoints linewidth 2 linetype %u "
		              "title '%s%s'",
		              i, i + 1, pcopy_pool_name(curve[i].pool), states[curve[i].cache]);
		if (curve[i].count > 2)
			(void)fprintf(stream,
			              ", $curve%u index 1 with points pointtype 6 pointsize 3 "
			              "linetype %u title 'knee'",
			              i, i + 1);
	}
	(void)fputc('\n', stream);
}

static void script_write(FILE *stream, const struct bench *bench)
{
	struct curve curve[2 * PCOPY_POOLS];
	unsigned curves = curves_find(bench, curve);

	head_write(stream, bench);
	if (curves)
		curves_write(stream, bench, curve, curves);
	else
		bars_write(stream, bench);
}

/* ---- gnuplot ---- */

static int script_run(int fd)
{
	char name[] = "gnuplot", *argument[] = {name, NULL};
	const struct bench_words words = {.program = name, .argument = argument, .count = 1};
	struct rusage usage;
	int status = 0, rc = bench_child_run(&words, fd, STDIN_FILENO, &status, &usage);

	return rc == 0 && status ? -EIO : rc;
}

static int script_make(const struct bench *bench, int *ret_fd)
{
	int fd = memfd_create("pcopy-plot", MFD_CLOEXEC);
	FILE *stream = fd < 0 ? NULL : fdopen(dup(fd), "we");

	*ret_fd = fd;
	if (!stream)
		return -errno;
	script_write(stream, bench);
	if (fclose(stream) != 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	return 0;
}

int bench_plot_write(const struct bench *bench)
{
	const char *file = bench->options->plot;
	_cleanup_close_ int fd = -1;
	bool any = false;
	int r;

	for (unsigned i = 0; i < bench->rows; i++)
		any = any || !bench->row[i].fault;
	if (!file || !any)
		return 0;
	r = script_make(bench, &fd);
	if (r == 0)
		r = script_run(fd);
	if (r < 0)
		cli_error_named(-r, "cannot draw %s", file, NULL);
	return r;
}
