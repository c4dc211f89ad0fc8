/* bar.c - the progress line on stderr.
 *
 *	 42%  6,315 entries  92.1 MiB  1.21 GiB/s  ETA 0:12
 *
 * It is cut to the width of the terminal, because a line that wraps cannot be
 * erased.  All of it is ASCII, so a byte is a column. */
#include "cli/bar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/size.h"

#define NS_PER_SECOND UINT64_C(1000000000)
/* Between two lines: a terminal gets ten a second at most, a log file one. */
#define TERMINAL_NS (NS_PER_SECOND / 10)
#define LOG_NS NS_PER_SECOND

#define ERASE "\r\033[K"

void cli_bar_init(struct cli_bar *bar, enum pcopy_when when)
{
	const char *term = getenv("TERM");
	bool terminal = isatty(STDERR_FILENO) && (!term || strcmp(term, "dumb"));

	*bar = (struct cli_bar){
		.shown = when == PCOPY_ALWAYS || (when == PCOPY_AUTO && terminal),
		.terminal = terminal,
	};
}

static size_t terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col)
		return 80;
	return size.ws_col;
}

/* A change of speed is seen within a second, a hiccup hardly at all. */
static void rate_update(struct cli_bar *bar, const struct pcopy_progress *progress)
{
	double seconds = (double)(progress->elapsed_ns - bar->last_ns) / 1e9;
	double now;

	if (progress->elapsed_ns < bar->last_ns) /* another part of the run: reading back */
		bar->last_ns = bar->last_bytes = 0;
	if (seconds <= 0 || progress->bytes < bar->last_bytes)
		return;
	now = (double)(progress->bytes - bar->last_bytes) / seconds;
	bar->rate = bar->last_ns ? 0.8 * bar->rate + 0.2 * now : now;
	bar->last_ns = progress->elapsed_ns;
	bar->last_bytes = progress->bytes;
}

/* What is left at the speed so far, in whole seconds: "0:12". */
static const char *eta_format(char *buffer, const struct pcopy_progress *progress)
{
	double left = (double)progress->elapsed_ns / 1e9 * (1 - progress->fraction);
	double seconds = progress->fraction > 0 ? left / progress->fraction : -1;

	/* A guess of days is none. */
	if (seconds < 0 || seconds > 360000)
		return "-:--";
	if (seconds >= 3600)
		(void)snprintf(buffer, PC_SIZE_TEXT, "%u:%02u:%02u", (unsigned)seconds / 3600,
			       (unsigned)seconds / 60 % 60, (unsigned)seconds % 60);
	else
		(void)snprintf(buffer, PC_SIZE_TEXT, "%u:%02u", (unsigned)seconds / 60,
			       (unsigned)seconds % 60);
	return buffer;
}

static size_t line_format(const struct cli_bar *bar, const struct pcopy_progress *progress,
			  char *line, size_t size)
{
	char entries[PC_SIZE_TEXT], bytes[PC_SIZE_TEXT], rate[PC_SIZE_TEXT], eta[PC_SIZE_TEXT];
	int length = snprintf(line, size, "%3d%%  %s entries  %s  %s  ETA %s",
			      (int)(progress->fraction * 100),
			      pc_count_format(entries, progress->entries),
			      pc_size_format(bytes, progress->bytes),
			      pc_rate_format(rate, bar->rate), eta_format(eta, progress));

	return length < (int)size ? (size_t)length : size - 1;
}

void cli_bar_draw(struct cli_bar *bar, const struct pcopy_progress *progress)
{
	char line[256];
	size_t length, width;

	if (!bar->shown ||
	    progress->elapsed_ns - bar->last_ns < (bar->terminal ? TERMINAL_NS : LOG_NS))
		return;
	rate_update(bar, progress);
	length = line_format(bar, progress, line, sizeof(line));
	if (!bar->terminal) {
		(void)fprintf(stderr, "%s\n", line);
		return;
	}
	/* The last column stays free: some terminals wrap when it is filled. */
	width = terminal_width() - 1;
	(void)fprintf(stderr, ERASE "%.*s", (int)(length < width ? length : width), line);
	bar->drawn = true;
}

void cli_bar_clear(struct cli_bar *bar)
{
	if (bar->drawn)
		(void)fputs(ERASE, stderr);
	bar->drawn = false;
}
