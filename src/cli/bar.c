/* SPDX-License-Identifier: MIT */
/* bar.c - progress on stderr: one line, one line plus a line for each worker, or plain lines.
 *
 *	 42%  6,315 entries  92.1 MiB  1.21 GiB/s  ETA 0:12  src/photos/1998/a.jpg
 *	   0  src/photos/1998/a.jpg
 *	   1  src/photos/1998/b.jpg
 *
 * Every line is cut to the width of the terminal.  One write() replaces the previous frame by the
 * next, so nothing flickers.  If the terminal has become narrower, an old line may fill several
 * screen lines: they are counted before the cursor goes up. */
#include "cli/bar.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/size.h"

#define NS_PER_SECOND UINT64_C(1000000000)
/* The interval between frames: at most ten a second on a terminal, a line every two seconds in a
 * log. */
#define TERMINAL_NS (NS_PER_SECOND / 10)
#define LOG_NS (2 * NS_PER_SECOND)

/* Smoothing times: a change of speed shows within seconds, a short stall hardly at all. */
#define RATE_S 2.0
#define END_S 3.0

#define LINE_MAX_BYTES 1024U

/* ---- The terminal ---- */

static bool is_set(const char *name, const char *value)
{
	const char *found = getenv(name);

	return found && *found && (!value || !strcmp(found, value));
}

/* Terminals that show the progress of a program in their title or on the task bar. */
static bool terminal_reports(void)
{
	static const char *const programs[] = {"WezTerm", "ghostty", "iTerm.app"};

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		if (is_set("TERM_PROGRAM", programs[i]))
			return true;
	}
	return is_set("WT_SESSION", NULL) || is_set("ConEmuANSI", "ON");
}

void cli_bar_init(struct cli_bar *bar, enum cli_progress how)
{
	bool terminal = isatty(STDERR_FILENO) && !is_set("TERM", "dumb");

	*bar = (struct cli_bar){
		.shown = how == CLI_PROGRESS_AUTO ? terminal : how != CLI_PROGRESS_NEVER,
		.terminal = terminal && how != CLI_PROGRESS_LINES,
		.workers = how == CLI_PROGRESS_WORKERS,
		.reported = -1,
	};
	bar->reports = bar->shown && bar->terminal && terminal_reports();
	pc_cells_init(&bar->cells);
}

/* True if the terminal belongs to another process group: the shell has put the copy in the
 * background.  A frame would disturb the foreground program, and with `stty tostop` it would stop
 * the copy. */
static bool is_in_background(void)
{
	/* fails if stderr is not the controlling terminal of this process */
	pid_t group = tcgetpgrp(STDERR_FILENO);

	return group > 0 && group != getpgrp();
}

static void terminal_size(size_t *columns, size_t *rows)
{
	struct winsize size;

	*columns = 80;
	*rows = 24;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0)
		return;
	if (size.ws_col > 1)
		*columns = size.ws_col;
	if (size.ws_row > 1)
		*rows = size.ws_row;
}

/* Moves the cursor to the first column of the first line drawn. */
static void cursor_rewind(FILE *frame, const struct cli_bar *bar, size_t columns)
{
	size_t up = 0;

	for (unsigned i = 0; i < bar->lines; i++)
		up += bar->width[i] > columns ? (bar->width[i] + columns - 1) / columns : 1;
	(void)fputc('\r', frame);
	if (up > 1)
		(void)fprintf(frame, "\033[%zuA", up - 1);
}

/* ---- Rate and ETA ---- */

static void rate_update(struct cli_bar *bar, const struct pcopy_progress *progress)
{
	double seconds = pc_seconds(progress->elapsed_ns - bar->last_ns), now;

	if (seconds <= 0 || progress->bytes < bar->last_bytes)
		return;
	now = (double)(progress->bytes - bar->last_bytes) / seconds;
	bar->rate =
		bar->last_ns ? bar->rate + (now - bar->rate) * (1 - exp(-seconds / RATE_S)) : now;
	bar->last_ns = progress->elapsed_ns;
	bar->last_bytes = progress->bytes;
}

/* Extrapolates the end from the finished fraction, smoothed so that it settles instead of
 * jumping. */
static void end_update(struct cli_bar *bar, const struct pcopy_progress *progress, double seconds)
{
	double elapsed = pc_seconds(progress->elapsed_ns), now;

	if (progress->fraction <= 0)
		return;
	now = elapsed / progress->fraction;
	bar->end_s = bar->end_s > 0 ? bar->end_s + (now - bar->end_s) * (1 - exp(-seconds / END_S))
	                            : now;
}

/* "0:12"; "-:--" if the time is unknown or longer than 100 hours. */
static const char *eta_format(char *buffer, const struct cli_bar *bar,
                              const struct pcopy_progress *progress)
{
	double left = bar->end_s - pc_seconds(progress->elapsed_ns);
	unsigned seconds;

	if (bar->end_s <= 0 || left > 360000)
		return "-:--";
	seconds = left > 0 ? (unsigned)left : 0;
	if (seconds >= 3600)
		(void)snprintf(buffer, PC_SIZE_TEXT, "%u:%02u:%02u", seconds / 3600,
		               seconds / 60 % 60, seconds % 60);
	else
		(void)snprintf(buffer, PC_SIZE_TEXT, "%u:%02u", seconds / 60, seconds % 60);
	return buffer;
}

/* While directories are still being listed the total is unknown: "walking" instead of an ETA. */
static int head_format(const struct cli_bar *bar, const struct pcopy_progress *progress, char *line)
{
	char entries[PC_SIZE_TEXT], bytes[PC_SIZE_TEXT], rate[PC_SIZE_TEXT], eta[PC_SIZE_TEXT];
	char width[PC_SIZE_TEXT] = "";

	if (progress->width)
		(void)snprintf(width, sizeof(width), "  %u worker%s", progress->width,
		               progress->width == 1 ? "" : "s");
	return snprintf(line, LINE_MAX_BYTES, "%3d%%  %s entries  %s  %s  %s%s%s",
	                (int)(progress->fraction * 100),
	                pc_count_format(entries, progress->entries),
	                pc_size_format(bytes, progress->bytes), pc_rate_format(rate, bar->rate),
	                progress->walking ? "walking" : "ETA ",
	                progress->walking ? "" : eta_format(eta, bar, progress), width);
}

static const char *current_path(const struct pcopy_progress *progress)
{
	for (unsigned i = 0; i < progress->workers; i++) {
		if (progress->worker[i].path)
			return progress->worker[i].path;
	}
	return NULL;
}

/* ---- Drawing ---- */

/* One line: ASCII text, then the path if there is room. */
static void bar_line_write(FILE *frame, struct cli_bar *bar, const char *text, const char *path,
                           size_t width)
{
	size_t used = strlen(text);
	char tail[LINE_MAX_BYTES];

	if (used > width)
		used = width;
	(void)fprintf(frame, "%.*s", (int)used, text);
	if (path && used + 2 < width) {
		size_t cells =
			pc_cells_tail(&bar->cells, tail, sizeof(tail), path, width - used - 2);

		(void)fprintf(frame, "  %s", tail);
		used += 2 + cells;
	}
	(void)fputs("\033[K", frame);
	bar->width[bar->lines++] = used;
}

static void workers_write(FILE *frame, struct cli_bar *bar, const struct pcopy_progress *progress,
                          size_t width, size_t rows)
{
	for (unsigned i = 0; i < progress->workers; i++) {
		char text[64], bytes[PC_SIZE_TEXT];

		if (bar->lines + 1 >= rows || bar->lines == CLI_BAR_LINES)
			return;
		(void)snprintf(text, sizeof(text), "%4u  %10s", i,
		               pc_size_format(bytes, progress->worker[i].bytes));
		(void)fputc('\n', frame);
		bar_line_write(frame, bar, text, progress->worker[i].path, width);
	}
}

/* ESC ] 9 ; 4 ; STATE ; PER CENT ESC \: STATE 1 is running, 2 an error, 0 none. */
static void report_write(FILE *frame, struct cli_bar *bar, int state, int percent)
{
	if (!bar->reports || bar->reported == percent)
		return;
	bar->reported = percent;
	(void)fprintf(frame, "\033]9;4;%d;%d\033\\", state, percent > 0 ? percent : 0);
}

static void frame_write(FILE *frame, struct cli_bar *bar, const struct pcopy_progress *progress)
{
	char head[LINE_MAX_BYTES];
	size_t columns, rows;

	terminal_size(&columns, &rows);
	(void)head_format(bar, progress, head);
	cursor_rewind(frame, bar, columns);
	bar->lines = 0;
	/* The last column stays free: some terminals wrap when it is filled. */
	bar_line_write(frame, bar, head, bar->workers ? NULL : current_path(progress), columns - 1);
	if (bar->workers)
		workers_write(frame, bar, progress, columns - 1, rows);
	(void)fputs("\033[J", frame);
	report_write(frame, bar, bar->errors ? 2 : 1, (int)(progress->fraction * 100));
}

/* Begins a frame, which bar_frame_end() writes with one call.  NULL: no memory, skip the frame. */
static FILE *bar_frame_begin(char **text, size_t *size)
{
	*text = NULL;
	return open_memstream(text, size);
}

static void bar_frame_end(FILE *frame, char **text, const size_t *size)
{
	sigset_t stops, before;

	/* another process group may take the terminal between the check and the write */
	(void)sigemptyset(&stops); /* these calls fail for bad numbers only */
	(void)sigaddset(&stops, SIGTTOU);
	(void)pthread_sigmask(SIG_BLOCK, &stops, &before);
	if (fclose(frame) == 0)
		(void)fwrite(*text, 1, *size, stderr); /* stderr has no buffer */
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	free(*text);
}

static void frame_draw(struct cli_bar *bar, const struct pcopy_progress *progress)
{
	char *text;
	size_t size = 0;
	FILE *frame = bar_frame_begin(&text, &size);

	if (!frame)
		return;
	frame_write(frame, bar, progress);
	bar_frame_end(frame, &text, &size);
}

void cli_bar_draw(struct cli_bar *bar, const struct pcopy_progress *progress)
{
	uint64_t since_ns;
	char line[LINE_MAX_BYTES];

	/* verification has begun: the clock starts again */
	if (progress->elapsed_ns < bar->last_ns) {
		bar->last_ns = bar->last_bytes = 0;
		bar->end_s = 0;
	}
	since_ns = progress->elapsed_ns - bar->last_ns;
	if (!bar->shown || since_ns < (bar->terminal ? TERMINAL_NS : LOG_NS))
		return;
	rate_update(bar, progress);
	end_update(bar, progress, pc_seconds(since_ns));
	if (is_in_background()) {
		bar->lines = 0; /* the cursor is no longer below the lines drawn */
		return;
	}
	if (bar->terminal) {
		frame_draw(bar, progress);
		return;
	}
	(void)head_format(bar, progress, line);
	(void)fprintf(stderr, "%s\n", line);
}

static void bar_erase(struct cli_bar *bar, bool report)
{
	char *text;
	size_t size = 0, columns, rows;
	FILE *frame = bar_frame_begin(&text, &size);

	if (!frame)
		return;
	terminal_size(&columns, &rows);
	if (bar->lines) {
		cursor_rewind(frame, bar, columns);
		(void)fputs("\033[J", frame);
	}
	bar->lines = 0;
	if (report && bar->reported >= 0)
		report_write(frame, bar, 0, -1);
	bar_frame_end(frame, &text, &size);
}

void cli_bar_clear(struct cli_bar *bar)
{
	if (bar->lines && !is_in_background())
		bar_erase(bar, false);
	bar->lines = 0;
}

void cli_bar_done(struct cli_bar *bar)
{
	if ((bar->lines || bar->reported >= 0) && !is_in_background())
		bar_erase(bar, true);
	pc_cells_done(&bar->cells);
}
