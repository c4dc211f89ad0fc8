/* SPDX-License-Identifier: MIT */
/* bar.h - progress on stderr: one line, one line plus a line for each worker, or plain lines. */
#ifndef PC_CLI_BAR_H
#define PC_CLI_BAR_H

#include <pcopy.h>

#include "base/cells.h"
#include "cli/options.h"

#define CLI_BAR_LINES 64U

struct cli_bar {
	bool shown;    /* false: draw nothing */
	bool terminal; /* redraw lines in place; else print a line every few seconds */
	bool workers;
	bool reports; /* the terminal displays progress itself: OSC 9;4 */
	struct pc_cells cells;
	/* The lines on the terminal, counted from the one where the cursor began. */
	unsigned lines;
	size_t width[CLI_BAR_LINES];
	int reported; /* the last percentage sent by OSC 9;4, or -1 */
	bool errors;  /* an entry failed */

	uint64_t last_ns, last_bytes;
	double rate;  /* bytes per second, smoothed */
	double end_s; /* estimated time of the end, smoothed; 0: unknown */
};

/* CLI_PROGRESS_AUTO: only if stderr is a terminal that supports it. */
void cli_bar_init(struct cli_bar *bar, enum cli_progress how);

void cli_bar_draw(struct cli_bar *bar, const struct pcopy_progress *progress);

/* Erases the lines, before anything else is printed. */
void cli_bar_clear(struct cli_bar *bar);

/* Erases the lines at the end, and frees what `bar` holds. */
void cli_bar_done(struct cli_bar *bar);

#endif
