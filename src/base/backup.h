/* backup.h - the numbers of backups: `name.~1~`, `name.~2~` and so on. */
#ifndef PC_BASE_BACKUP_H
#define PC_BASE_BACKUP_H

#include <limits.h>

/* Writes the number after the highest one among the backups of `name` in a directory:
 * digits, of any number, as others may have made them.  Returns 1, or 0 where there
 * is no such backup yet and the number is "1", or negative errno. */
#define PC_BACKUP_DIGITS (NAME_MAX + 2)
int pc_backup_next(int dirfd, const char *name, char ret[static PC_BACKUP_DIGITS]);

#endif
