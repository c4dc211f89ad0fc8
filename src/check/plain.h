/* SPDX-License-Identifier: MIT */
/* plain.h - files whose length is no truth, compared without libarchive.
 *
 * File systems that make up their contents when they are read say 0 for a file's length, or a
 * page; libarchive reads as much as the length says, and nothing of such. */
#ifndef PC_CHECK_PLAIN_H
#define PC_CHECK_PLAIN_H

#include "check/reader.h"

struct pc_plain {
	int fd[PC_SIDES];
};

/* Opens both sides of the entry in work if a length of one is no truth.  False: libarchive can
 * read them, or tell why not. */
bool pc_plain_open(struct pc_reader *r, const struct stat st[PC_SIDES], struct pc_plain *p);

/* Reads both to their ends, tells the first byte that differs, and closes them. */
void pc_plain_compare(struct pc_reader *r, struct pc_plain *p);

#endif
