/* SPDX-License-Identifier: MIT */
/* progress.c - prints the progress of one copy, for bench/progress.
 *
 *     bench-progress SRC DST [THREADS [MS [0]]]
 *
 * Prints a line for each call, every MS milliseconds (1): seconds since the start, the fraction,
 * 1 while the end is unknown, CPU seconds so far, entries, bytes.  The last line, at the end of the
 * run, has no entries and bytes.  With 0, no directories are listed ahead. */
#include <pcopy.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double cpu_seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now); /* cannot fail for it */
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void print_sample(void *userdata, const struct pcopy_progress *progress)
{
	(void)userdata;
	printf("%.6f %.6f %d %.6f %ju %ju\n", (double)progress->elapsed_ns * 1e-9,
	       progress->fraction, progress->walking, cpu_seconds(), (uintmax_t)progress->entries,
	       (uintmax_t)progress->bytes);
}

int main(int argc, char **argv)
{
	struct pcopy_options options = PCOPY_OPTIONS_INIT;
	struct pcopy *copy = NULL;
	int r;

	if (argc < 3 || argc > 6) {
		(void)fprintf(stderr, "Usage: %s SRC DST [THREADS [MS [0]]]\n", argv[0]);
		return 2;
	}
	options.progress_ms = argc > 4 ? (unsigned)atoi(argv[4]) : 1;
	options.count_ahead = argc < 6;
	options.on_progress = print_sample;
	options.threads = argc > 3 ? (unsigned)atoi(argv[3]) : 0;
	r = pcopy_new(&options, &copy);
	if (r == 0)
		r = pcopy_add(copy, argv[1], argv[2], 0);
	if (r == 0)
		r = pcopy_run(copy);
	if (r == 0)
		printf("%.6f 1 0 %.6f\n", (double)pcopy_get_report(copy)->wall_ns * 1e-9,
		       cpu_seconds());
	else
		(void)fprintf(stderr, "%s: %s\n", argv[0], r < 0 ? strerror(-r) : "failed");
	pcopy_free(copy);
	return r == 0 ? 0 : 1;
}
