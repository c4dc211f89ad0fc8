/* SPDX-License-Identifier: MIT */
/* backup.h - the names of backups, as GNU cp chooses them: `name~` or another suffix,
 * or `name.~1~`, `name.~2~` and so on. */
#ifndef PC_BASE_BACKUP_H
#define PC_BASE_BACKUP_H

#include "pcopy.h"

/* Room for a name: some file systems have longer ones than NAME_MAX (FUSE: 4,095 bytes). */
#define PC_BACKUP_NAME_MAX 4096

/* Writes the number after the highest one among the backups of `name` in a directory:
 * digits, of any number, as others may have made them.  Returns 1, or 0 where there
 * is no such backup yet and the number is "1", or negative errno. */
#define PC_BACKUP_DIGITS PC_BACKUP_NAME_MAX
int pc_backup_next(int dirfd, const char *name, char ret[static PC_BACKUP_DIGITS]);

/* Writes the name that the next backup of `name` gets in a directory.  `suffix`, of
 * simple ones: NULL, "" or with a slash is "~".  Where the whole is too long a ~ takes
 * the place of the last bytes.  0 or negative errno. */
int pc_backup_name(int dirfd, const char *name, enum pcopy_backup how, const char *suffix,
                   char ret[static PC_BACKUP_NAME_MAX]);

#endif
