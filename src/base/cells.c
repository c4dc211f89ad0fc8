/* SPDX-License-Identifier: MIT */
/* cells.c - fits text into a number of terminal cells. */
#include "base/cells.h"

#include <langinfo.h>
#include <stdbool.h>
#include <string.h>
#include <wchar.h>

#define DOTS "..."

void pc_cells_init(struct pc_cells *cells)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);

	if (locale && strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") != 0) {
		freelocale(locale);
		locale = (locale_t)0;
	}
	cells->locale = locale;
}

void pc_cells_done(struct pc_cells *cells)
{
	if (cells->locale)
		freelocale(cells->locale);
	cells->locale = (locale_t)0;
}

/* One character of a text: its bytes and cells, and whether a terminal can show it. */
struct glyph {
	size_t bytes, cells;
	bool shown;
};

static struct glyph glyph_at(const struct pc_cells *cells, const char *text)
{
	struct glyph unknown = {.bytes = 1, .cells = 1};
	mbstate_t state = {0};
	wchar_t wide;
	size_t bytes;
	int width;

	if ((unsigned char)*text < 0x80 || !cells->locale) {
		unknown.shown = *text >= ' ' && *text < 0x7f;
		return unknown;
	}
	bytes = mbrtowc(&wide, text, strlen(text), &state);
	if (bytes == 0 || bytes > strlen(text))
		return unknown;
	unknown.bytes = bytes;
	width = wcwidth(wide);
	if (width < 0)
		return unknown;
	return (struct glyph){.bytes = bytes, .cells = (size_t)width, .shown = true};
}

static size_t cells_of(const struct pc_cells *cells, const char *text)
{
	size_t sum = 0;

	while (*text) {
		struct glyph g = glyph_at(cells, text);

		sum += g.cells;
		text += g.bytes;
	}
	return sum;
}

/* Writes whole characters while there is room; returns their cells. */
static size_t write_all(const struct pc_cells *cells, char *buffer, size_t size, const char *text)
{
	size_t sum = 0, used = 0;

	while (*text) {
		struct glyph g = glyph_at(cells, text);
		const char *from = g.shown ? text : "?";
		size_t bytes = g.shown ? g.bytes : 1;

		if (used + bytes >= size)
			break;
		memcpy(buffer + used, from, bytes);
		used += bytes;
		sum += g.cells;
		text += g.bytes;
	}
	buffer[used] = '\0';
	return sum;
}

static size_t tail(const struct pc_cells *cells, char *buffer, size_t size, const char *text,
                   size_t width)
{
	const size_t dots = strlen(DOTS);
	size_t all = cells_of(cells, text);

	if (all <= width)
		return write_all(cells, buffer, size, text);
	if (width <= dots || size <= dots) {
		buffer[0] = '\0';
		return 0;
	}
	while (all > width - dots) {
		struct glyph g = glyph_at(cells, text);

		all -= g.cells;
		text += g.bytes;
	}
	memcpy(buffer, DOTS, dots);
	return dots + write_all(cells, buffer + dots, size - dots, text);
}

size_t pc_cells_tail(const struct pc_cells *cells, char *buffer, size_t size, const char *text,
                     size_t width)
{
	locale_t before = (locale_t)0;
	size_t used;

	if (cells->locale)
		before = uselocale(cells->locale);
	used = tail(cells, buffer, size, text, width);
	if (before)
		uselocale(before);
	return used;
}
