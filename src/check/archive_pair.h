/* SPDX-License-Identifier: MIT */
/* archive_pair.h - two entries compared, as libarchive has them. */
#ifndef PC_CHECK_ARCHIVE_PAIR_H
#define PC_CHECK_ARCHIVE_PAIR_H

#include "check/reader.h"

/* Compares the two entries that the readers stand at. */
void pc_archive_pair_compare(struct pc_reader *r);

#endif
