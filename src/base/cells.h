/* SPDX-License-Identifier: MIT */
/* cells.h - text for a terminal, which has cells and not bytes. */
#ifndef PC_BASE_CELLS_H
#define PC_BASE_CELLS_H

#include <locale.h>
#include <stddef.h>

struct pc_cells {
	locale_t locale; /* of the environment where that is UTF-8, else 0: ASCII alone */
};

void pc_cells_init(struct pc_cells *cells);
void pc_cells_done(struct pc_cells *cells);

/* Writes `text`, or where it is wider than `width` cells "..." and as much of its end
 * as fits; a path ends in what is of interest.  What a terminal cannot show is a
 * question mark.  At most `size` bytes with the NUL; returns the cells used. */
size_t pc_cells_tail(const struct pc_cells *cells, char *buffer, size_t size, const char *text,
                     size_t width);

#endif
