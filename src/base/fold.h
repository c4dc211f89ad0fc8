/* SPDX-License-Identifier: MIT
 *
 * fold.h - names that some file system may treat as one, as README and readme.
 *
 * Only the file system knows its rules.  These hashes select the names for which it must be asked:
 * names that it treats as one have equal hashes, and few other names do.  The rules assumed are
 * those of vfat, exFAT, NTFS, SMB, and case folding of ext4, f2fs and tmpfs: case, Unicode forms,
 * and dots and blanks at the end of a name. */
#ifndef PC_BASE_FOLD_H
#define PC_BASE_FOLD_H

#include <stdbool.h>
#include <stdint.h>

bool pc_name_is_ascii(const char *name);

/* For ASCII names, compared with ASCII names. */
uint64_t pc_fold_hash_ascii(const char *name);

/* For any names.  Different values of `basis` give unrelated hashes. */
uint64_t pc_fold_hash_any(const char *name, uint64_t basis);

#endif
