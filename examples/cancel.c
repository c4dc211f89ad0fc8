/* SPDX-License-Identifier: MIT */
/* cancel.c - copies one tree until the copy is done or Ctrl-C is pressed.
 *
 *     cc cancel.c $(pkg-config --cflags --libs pcopy) -o cancel && ./cancel SRC DST
 *
 * pcopy_cancel() may be called by a signal handler and by any thread.  The library installs no
 * handler: this is the caller's. */
#include <pcopy.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct pcopy *copy; /* set before the handler is installed, freed after it is removed */

static void on_interrupt(int signum)
{
	(void)signum;
	pcopy_cancel(copy);
}

int main(int argc, char **argv)
{
	struct pcopy_options options = PCOPY_OPTIONS_INIT;
	int r;

	if (argc != 3) {
		fprintf(stderr, "usage: %s SRC DST\n", argv[0]);
		return 2;
	}
	options.resume = true; /* a second run continues the interrupted one */
	r = pcopy_new(&options, &copy);
	if (r == 0)
		r = pcopy_add(copy, argv[1], argv[2], 0);
	if (r == 0) {
		signal(SIGINT, on_interrupt);
		r = pcopy_run(copy);
		signal(SIGINT, SIG_DFL);
	}
	if (r == -ECANCELED)
		fprintf(stderr, "%s: interrupted; run it again to go on\n", argv[0]);
	else if (r < 0)
		fprintf(stderr, "%s: %s\n", argv[0], strerror(-r));
	pcopy_free(copy);
	return r == 0 ? 0 : r == -ECANCELED ? 130 : 1;
}
