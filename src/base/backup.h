/* SPDX-License-Identifier: MIT */
/* backup.h - the names of backups, as GNU cp chooses them: `name~` or with another suffix, or
 * `name.~1~`, `name.~2~` and so on. */
#ifndef PC_BASE_BACKUP_H
#define PC_BASE_BACKUP_H

#include "pcopy.h"

/* Room for a name: some file systems allow longer names than NAME_MAX (FUSE: 4,095 bytes). */
#define PC_BACKUP_NAME_MAX 4096

/* Writes the number after the highest one among the backups of `name` in a directory. It may
 * have any number of digits, as other programs may have made the backups. Returns 1; 0 where
 * there is no backup yet and the number is "1"; or negative errno. */
#define PC_BACKUP_DIGITS PC_BACKUP_NAME_MAX
int pc_backup_next(int dirfd, const char *name, char ret[static PC_BACKUP_DIGITS]);

/* Writes the name of the next backup of `name` in a directory. `suffix` is for simple backups;
 * NULL, "" or one with a slash means "~". If the result is too long, a ~ replaces the last bytes
 * of `name`. 0 or negative errno. */
int pc_backup_name(int dirfd, const char *name, enum pcopy_backup how, const char *suffix,
                   char ret[static PC_BACKUP_NAME_MAX]);

#endif
