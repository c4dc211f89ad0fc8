/* SPDX-License-Identifier: MIT */
/* manifest.h - writes records as an mtree(5) manifest, and computes one hash of a tree. */
#ifndef PC_CHECK_MANIFEST_H
#define PC_CHECK_MANIFEST_H

#include "check/records.h"
#include "job/root.h"

#include <stdio.h>

/* Writes a manifest. With one root that is a directory, paths are relative to its copy,
 * otherwise to the anchor directory of the copies. 0 or negative errno. */
int pc_manifest_write(struct pc_records *records, const struct pc_root *root, unsigned root_count,
                      FILE *file);

/* Computes the hash of each root's tree and passes it to `take` with the root's number. The
 * manual defines the hash. 0 or negative errno. */
#define PC_DIGEST_TEXT (2 * PC_DIGEST_BYTES + 1)
int pc_manifest_digest(struct pc_records *records,
                       void (*take)(void *data, uint32_t root, const char hex[PC_DIGEST_TEXT]),
                       void *data);

/* Formats a digest as hexadecimal digits. */
void pc_digest_hex(const unsigned char digest[PC_DIGEST_BYTES], char hex[PC_DIGEST_TEXT]);

#endif
