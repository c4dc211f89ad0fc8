/* bar.h - the progress line on stderr. */
#ifndef PC_CLI_BAR_H
#define PC_CLI_BAR_H

#include <pcopy.h>

struct cli_bar {
	bool shown;    /* at all */
	bool terminal; /* one line drawn again and again; else a line a second */
	bool drawn;    /* the terminal's line holds something now */
	uint64_t last_ns, last_bytes;
	double rate; /* bytes a second, smoothed */
};

/* PCOPY_AUTO: only where stderr is a terminal that can do it. */
void cli_bar_init(struct cli_bar *bar, enum pcopy_when when);

void cli_bar_draw(struct cli_bar *bar, const struct pcopy_progress *progress);

/* Makes the line empty, before anything else is printed and at the end. */
void cli_bar_clear(struct cli_bar *bar);

#endif
