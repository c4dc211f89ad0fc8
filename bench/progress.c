/* SPDX-License-Identifier: MIT */
/* progress.c - what on_progress says of one copy, for bench/progress.
 *
 *     bench-progress SRC DST [THREADS]
 *
 * Prints a line for each call: seconds since the start, the fraction, 1 while directories are
 * still being found; the last line is the end of the run. */
#include <pcopy.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_sample(void *userdata, const struct pcopy_progress *progress)
{
	(void)userdata;
	printf("%.6f %.6f %d\n", (double)progress->elapsed_ns * 1e-9, progress->fraction,
	       progress->walking);
}

int main(int argc, char **argv)
{
	struct pcopy_options options = PCOPY_OPTIONS_INIT;
	struct pcopy *copy = NULL;
	int r;

	if (argc != 3 && argc != 4) {
		(void)fprintf(stderr, "Usage: %s SRC DST [THREADS]\n", argv[0]);
		return 2;
	}
	options.progress_ms = 1;
	options.on_progress = print_sample;
	options.threads = argc == 4 ? (unsigned)atoi(argv[3]) : 0;
	r = pcopy_new(&options, &copy);
	if (r == 0)
		r = pcopy_add(copy, argv[1], argv[2], 0);
	if (r == 0)
		r = pcopy_run(copy);
	if (r == 0)
		printf("%.6f 1 0\n", (double)pcopy_get_report(copy)->wall_ns * 1e-9);
	else
		(void)fprintf(stderr, "%s: %s\n", argv[0], r < 0 ? strerror(-r) : "failed");
	pcopy_free(copy);
	return r == 0 ? 0 : 1;
}
