/* SPDX-License-Identifier: MIT
 *
 * backup.c - renames existing targets to backups, so that they are not lost. */
#include "copy/target.h"

#include "base/backup.h"
#include "sys/sys.h"

#include <errno.h>
#include <string.h>

/* Whether the backup would replace the source. */
static bool backup_is_source(const struct pc_entry *e, const char *backup)
{
	struct stat st;

	return strcmp(e->src_name, backup) == 0 &&
	       pc_sys_fstatat(e->frame->dst_fd, backup, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       pc_same_inode(&st, &e->src);
}

int pc_backup_make(struct pc_copier *c, struct pc_entry *e)
{
	const struct pcopy_options *o = c->walk.options;
	int dst_fd = e->frame->dst_fd;
	int r = pc_buffer_reserve(&c->backup, PC_BACKUP_NAME_MAX);

	if (r == 0)
		r = pc_backup_name(dst_fd, e->dst_name, o->backup, o->backup_suffix,
		                   c->backup.data);
	if (r == 0 && backup_is_source(e, c->backup.data)) {
		e->step = PCOPY_STEP_BACKUP_IS_SOURCE;
		return PC_VERDICT_REFUSED;
	}
	e->step = PCOPY_STEP_BACKUP;
	if (r == 0)
		r = pc_sys_renameat(dst_fd, e->dst_name, c->backup.data);
	if (r == 0)
		e->backup = c->backup.data;
	return r == -ENOENT ? PC_VERDICT_FREE : r;
}

void pc_backup_restore(struct pc_entry *e)
{
	int dst_fd = e->frame->dst_fd, r;
	struct stat st;

	if (!e->backup)
		return;
	/* the entry's own error is reported; another entry may have taken the name by now */
	r = pc_sys_renameat_new(dst_fd, e->backup, e->dst_name);
	if ((r == -EINVAL || r == -ENOSYS || r == -EOPNOTSUPP) &&
	    pc_sys_fstatat(dst_fd, e->dst_name, &st, AT_SYMLINK_NOFOLLOW) == -ENOENT)
		(void)pc_sys_renameat(dst_fd, e->backup, e->dst_name);
	e->backup = NULL;
}
