/* SPDX-License-Identifier: MIT */
/* plain.h - compares files whose length is not their real one, without libarchive.
 *
 * File systems that generate contents on reading report a length of 0 or of a page. libarchive
 * reads no more than the reported length. */
#ifndef PC_CHECK_PLAIN_H
#define PC_CHECK_PLAIN_H

#include "check/reader.h"

struct pc_plain {
	int fd[PC_SIDES];
};

/* Opens both sides of the current entry if the length of one is not real. False: libarchive can
 * read them, or report why it cannot. */
bool pc_plain_open(struct pc_reader *r, const struct stat st[PC_SIDES], struct pc_plain *p);

/* Reads both to their ends, reports the first different byte, and closes them. */
void pc_plain_compare(struct pc_reader *r, struct pc_plain *p);

#endif
