/* SPDX-License-Identifier: MIT
 *
 * wire.h - serialises values for messages between ranks.
 *
 * Values are in this machine's byte order: the ranks of a run are the same program on machines of
 * the same kind, which is checked before anything else is read (greeting.h).
 *
 * Received bytes are not trusted.  A reader never reads beyond the end: missing values read as 0
 * or NULL, and the reader is marked as broken.  The caller checks the ranges of values. */
#ifndef PC_RANKS_WIRE_H
#define PC_RANKS_WIRE_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Writing: lack of memory is recorded, and checked once ---- */

struct pc_wire {
	struct pc_buffer bytes;
	bool no_memory;
};

void pc_wire_put(struct pc_wire *w, const void *data, size_t len);
void pc_wire_put_number(struct pc_wire *w, uint64_t number);
/* Includes NUL; NULL differs from "". */
void pc_wire_put_string(struct pc_wire *w, const char *text);
/* Writes the length, then the data. */
void pc_wire_put_block(struct pc_wire *w, const void *data, size_t len);
/* Overwrites a number that was put at offset `at`. */
void pc_wire_set_number(struct pc_wire *w, size_t at, uint64_t number);
/* Empties it and keeps its memory. */
void pc_wire_clear(struct pc_wire *w);
void pc_wire_done(struct pc_wire *w);

/* ---- Reading ---- */

struct pc_wire_reader {
	const char *at, *end;
	bool broken; /* a value was missing or invalid */
};

struct pc_wire_reader pc_wire_reader_of(const void *data, size_t len);

/* The next `len` bytes; NULL: missing. */
const void *pc_wire_get(struct pc_wire_reader *r, size_t len);
/* Reads as 0 if missing or above `most`. */
uint64_t pc_wire_get_number(struct pc_wire_reader *r, uint64_t most);
/* Points into the message; NULL as written, or if missing. */
const char *pc_wire_get_string(struct pc_wire_reader *r);
/* A required string; "" if missing. */
const char *pc_wire_get_text(struct pc_wire_reader *r);
const void *pc_wire_get_block(struct pc_wire_reader *r, size_t most, size_t *ret_len);
/* True if nothing was missing or invalid, and nothing is left. */
bool pc_wire_is_whole(const struct pc_wire_reader *r);

#endif
