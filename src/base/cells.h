/* SPDX-License-Identifier: MIT */
/* cells.h - fits text into a number of terminal cells, which differ from bytes. */
#ifndef PC_BASE_CELLS_H
#define PC_BASE_CELLS_H

#include <locale.h>
#include <stddef.h>

struct pc_cells {
	locale_t locale; /* the environment's, if that is UTF-8; otherwise 0: ASCII only */
};

void pc_cells_init(struct pc_cells *cells);
void pc_cells_done(struct pc_cells *cells);

/* Writes `text`, or if it is wider than `width` cells "..." and as much of its end as fits: the
 * end of a path matters most. A question mark replaces what a terminal cannot show. Writes at
 * most `size` bytes with the NUL; returns the cells used. */
size_t pc_cells_tail(const struct pc_cells *cells, char *buffer, size_t size, const char *text,
                     size_t width);

#endif
