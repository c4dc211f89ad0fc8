/* SPDX-License-Identifier: MIT */
/* bar.h - progress on stderr: a line, a line for each worker besides, or plain lines. */
#ifndef PC_CLI_BAR_H
#define PC_CLI_BAR_H

#include <pcopy.h>

#include "base/cells.h"
#include "cli/options.h"

#define CLI_BAR_LINES 64U

struct cli_bar {
	bool shown;    /* at all */
	bool terminal; /* lines drawn again and again; else one every few seconds */
	bool workers;
	bool reports; /* the terminal shows progress of its own: OSC 9;4 */
	struct pc_cells cells;
	/* What the terminal holds now, from where the cursor's line began. */
	unsigned lines;
	size_t width[CLI_BAR_LINES];
	int reported; /* per cent, or -1 */
	bool errors;  /* something failed */

	uint64_t last_ns, last_bytes;
	double rate;  /* bytes a second, smoothed */
	double end_s; /* when it will be done, smoothed; 0: not known yet */
};

/* CLI_PROGRESS_AUTO: only where stderr is a terminal that can do it. */
void cli_bar_init(struct cli_bar *bar, enum cli_progress how);

void cli_bar_draw(struct cli_bar *bar, const struct pcopy_progress *progress);

/* Makes the lines empty, before anything else is printed. */
void cli_bar_clear(struct cli_bar *bar);

/* ... and at the end. */
void cli_bar_done(struct cli_bar *bar);

#endif
