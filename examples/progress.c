/* SPDX-License-Identifier: MIT */
/* progress.c - copies one tree, prints each entry, and shows the progress.
 *
 *     cc progress.c $(pkg-config --cflags --libs pcopy) -o progress && ./progress SRC DST
 *
 * Both callbacks run in the thread that called pcopy_run(), so they need no lock. */
#include <pcopy.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void print_event(void *userdata, const struct pcopy_event *event)
{
	(void)userdata;
	switch (event->type) {
	case PCOPY_EVENT_COPIED:
		printf("copied  %s %s\n", pcopy_kind_name(event->kind), event->dst);
		break;
	case PCOPY_EVENT_WARNING:
		fprintf(stderr, "warning %s (%" PRIu64 " entries): %s\n", event->dst, event->count,
		        strerror(event->errnum));
		break;
	case PCOPY_EVENT_ERROR:
		fprintf(stderr, "failed  %s: %s\n", event->src,
		        event->errnum ? strerror(event->errnum) : "refused");
		break;
	default: /* later versions may add events */
		break;
	}
}

static void print_progress(void *userdata, const struct pcopy_progress *progress)
{
	(void)userdata;
	fprintf(stderr, "%3.0f %%  %" PRIu64 " entries, %" PRIu64 " bytes\n",
	        progress->fraction * 100, progress->entries, progress->bytes);
}

int main(int argc, char **argv)
{
	struct pcopy_options options = PCOPY_OPTIONS_INIT;
	struct pcopy *copy = NULL;
	int r;

	if (argc != 3) {
		fprintf(stderr, "usage: %s SRC DST\n", argv[0]);
		return 2;
	}
	options.verbose = true; /* PCOPY_EVENT_COPIED is sent only then */
	options.progress_ms = 500;
	options.on_event = print_event;
	options.on_progress = print_progress;
	r = pcopy_new(&options, &copy);
	if (r == 0)
		r = pcopy_add(copy, argv[1], argv[2], 0);
	if (r == 0)
		r = pcopy_run(copy);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", argv[0], strerror(-r));
	pcopy_free(copy);
	return r == 0 ? 0 : 1;
}
