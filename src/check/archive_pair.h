/* SPDX-License-Identifier: MIT */
/* archive_pair.h - compares two entries as libarchive reads them. */
#ifndef PC_CHECK_ARCHIVE_PAIR_H
#define PC_CHECK_ARCHIVE_PAIR_H

#include "check/reader.h"

/* Compares the two entries at which the readers stand. */
void pc_archive_pair_compare(struct pc_reader *r);

#endif
