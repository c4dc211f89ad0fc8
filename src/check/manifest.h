/* SPDX-License-Identifier: MIT */
/* manifest.h - records as an mtree(5) manifest, and as one hash of a tree. */
#ifndef PC_CHECK_MANIFEST_H
#define PC_CHECK_MANIFEST_H

#include "check/records.h"
#include "job/root.h"

#include <stdio.h>

/* Writes a manifest.  Paths are below the one copy where there is one root that is a
 * directory, else below the directory that holds the copies.  0 or negative errno. */
int pc_manifest_write(struct pc_records *records, const struct pc_root *root, unsigned root_count,
                      FILE *file);

/* The hash of each root's tree, given to `take` with the root's number.  Its definition
 * is in the manual.  0 or negative errno. */
#define PC_DIGEST_TEXT (2 * PC_DIGEST_BYTES + 1)
int pc_manifest_digest(struct pc_records *records,
                       void (*take)(void *data, uint32_t root, const char hex[PC_DIGEST_TEXT]),
                       void *data);

/* A digest as hexadecimal digits. */
void pc_digest_hex(const unsigned char digest[PC_DIGEST_BYTES], char hex[PC_DIGEST_TEXT]);

#endif
