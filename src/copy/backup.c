/* backup.c - what has an entry's name is renamed, not lost. */
#include "copy/copier.h"

#include "base/backup.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Whether the backup would take the place of the source. */
static bool is_source(const struct pc_copier *c, const struct pc_frame *f,
		      const struct stat *source, const char *src_name)
{
	struct stat st;

	return strcmp(src_name, c->backup) == 0 &&
	       fstatat(f->dst_fd, c->backup, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       pc_same_inode(&st, source);
}

int pc_backup_make(struct pc_copier *c, const struct pc_frame *f, const struct stat *source,
		   const char *src_name, const char *dst_name, enum pcopy_step *step)
{
	int r = pc_backup_name(f->dst_fd, dst_name, c->options->backup, c->options->backup_suffix,
			       c->backup);

	if (r == 0 && is_source(c, f, source, src_name)) {
		c->backup[0] = '\0';
		*step = PCOPY_STEP_BACKUP_IS_SOURCE;
		return PC_TARGET_REFUSED;
	}
	*step = PCOPY_STEP_BACKUP;
	if (r == 0 && renameat(f->dst_fd, dst_name, f->dst_fd, c->backup) < 0)
		r = -errno;
	if (r < 0)
		c->backup[0] = '\0';
	return r == -ENOENT ? PC_TARGET_FREE : r;
}

void pc_backup_restore(struct pc_copier *c, const struct pc_frame *f, const char *dst_name)
{
	if (c->backup[0])
		(void)renameat(f->dst_fd, c->backup, f->dst_fd, dst_name); /* the error told is the first */
	c->backup[0] = '\0';
}
