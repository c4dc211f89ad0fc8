/* SPDX-License-Identifier: MIT
 *
 * wire.h - bytes that go from one rank to another.
 *
 * Written in the order of bytes of this machine: the ranks of a run are one program on
 * machines of one kind, which is looked at before anything else is read (greeting.h).
 *
 * What arrives is not trusted.  A reader never goes beyond its end: what is not there reads as
 * nothing, and the reader says so in the end.  Limits of what was read are its user's matter. */
#ifndef PC_RANKS_WIRE_H
#define PC_RANKS_WIRE_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Writing: a lack of memory is remembered, and asked for once ---- */

struct pc_wire {
	struct pc_buffer bytes;
	bool no_memory;
};

void pc_wire_put(struct pc_wire *w, const void *data, size_t len);
void pc_wire_put_number(struct pc_wire *w, uint64_t number);
/* With its NUL; NULL is told from "". */
void pc_wire_put_string(struct pc_wire *w, const char *text);
/* Its length and then it. */
void pc_wire_put_block(struct pc_wire *w, const void *data, size_t len);
/* Sets a number that was put at `at`. */
void pc_wire_set_number(struct pc_wire *w, size_t at, uint64_t number);
void pc_wire_cut(struct pc_wire *w);
void pc_wire_done(struct pc_wire *w);

/* ---- Reading ---- */

struct pc_wire_reader {
	const char *at, *end;
	bool broken; /* something was not there, or is not what it should be */
};

struct pc_wire_reader pc_wire_reader_of(const void *data, size_t len);

/* The next `len` bytes; NULL: they are not there. */
const void *pc_wire_get(struct pc_wire_reader *r, size_t len);
/* 0, where there is none, or one above `most`. */
uint64_t pc_wire_get_number(struct pc_wire_reader *r, uint64_t most);
/* Valid as long as what is read; NULL as it was put, or where there is none. */
const char *pc_wire_get_string(struct pc_wire_reader *r);
/* A string that there must be: "" otherwise. */
const char *pc_wire_get_text(struct pc_wire_reader *r);
const void *pc_wire_get_block(struct pc_wire_reader *r, size_t most, size_t *ret_len);
/* Whether all was there, and nothing is left. */
bool pc_wire_is_whole(const struct pc_wire_reader *r);

#endif
