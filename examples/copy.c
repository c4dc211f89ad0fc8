/* SPDX-License-Identifier: MIT */
/* copy.c - the smallest use of libpcopy: copy one tree and print a summary.
 *
 *     cc copy.c $(pkg-config --cflags --libs pcopy) -o copy && ./copy SRC DST
 *
 * DST is the name of the copy itself. */
#include <pcopy.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void show_event(void *userdata, const struct pcopy_event *event)
{
	(void)userdata;
	if (event->type == PCOPY_EVENT_ERROR)
		fprintf(stderr, "%s: %s\n", event->src,
		        event->errnum ? strerror(event->errnum) : "refused");
}

int main(int argc, char **argv)
{
	struct pcopy_options options = PCOPY_OPTIONS_INIT;
	struct pcopy *copy = NULL;

	if (argc != 3) {
		fprintf(stderr, "usage: %s SRC DST\n", argv[0]);
		return 2;
	}
	options.on_event = show_event;

	int r = pcopy_new(&options, &copy);
	if (r == 0)
		r = pcopy_add(copy, argv[1], argv[2], 0);
	if (r == 0)
		r = pcopy_run(copy);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", argv[0], strerror(-r));
	if (r >= 0) {
		const struct pcopy_report *report = pcopy_get_report(copy);

		printf("%" PRIu64 " files, %" PRIu64 " bytes, %u workers\n",
		       report->entries[PCOPY_FILE].copied, report->bytes, report->workers);
	}
	pcopy_free(copy);
	return r == 0 ? 0 : 1;
}
