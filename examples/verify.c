/* SPDX-License-Identifier: MIT */
/* verify.c - compares two trees without copying: names, kinds, contents, modes, owners and
 * modification times.
 *
 *     cc verify.c $(pkg-config --cflags --libs pcopy) -o verify && ./verify SRC DST
 *
 * To verify a copy while it is made, set `options.verify` and call pcopy_run() instead. */
#include <pcopy.h>

#include <stdio.h>
#include <string.h>

static void print_difference(void *userdata, const struct pcopy_event *event)
{
	(void)userdata;
	if (event->type == PCOPY_EVENT_DIFFERENT)
		printf("%s: %s differs\n", event->dst, pcopy_field_name(event->difference.field));
	else if (event->type == PCOPY_EVENT_ERROR)
		fprintf(stderr, "%s: %s\n", event->src,
		        event->errnum ? strerror(event->errnum) : "refused");
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
	options.preserve = PCOPY_KEEP_MODE | PCOPY_KEEP_OWNER | PCOPY_KEEP_TIMES;
	options.on_event = print_difference;
	r = pcopy_new(&options, &copy);
	if (r == 0)
		r = pcopy_add(copy, argv[1], argv[2], 0);
	if (r == 0)
		r = pcopy_verify(copy);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", argv[0], strerror(-r));
	pcopy_free(copy);
	return r == 0 ? 0 : r == PCOPY_DIFFERENT ? 3 : 1;
}
