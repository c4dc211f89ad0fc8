/* SPDX-License-Identifier: MIT
 *
 * fs_types.c - the properties of each type of file system.
 *
 * One row for each type that is known well enough to rely on some property. All others get the
 * careful defaults, which cost some extra calls and lose nothing. */
#include "sys/fs.h"

#include <linux/magic.h>
#include <stddef.h>

/* Not in <linux/magic.h> */
#define ZFS_MAGIC 0x2fc12fc1U
#define BCACHEFS_MAGIC 0xca451a4eU

static const struct pc_fs_type careful_type = {.magic = 0};

static const struct pc_fs_type types[] = {
	{.magic = EXT4_SUPER_MAGIC, /* also ext2 and ext3 */
         .local = true,
         .close_is_quiet = true,
         .sizes_are_true = true,
         .ctime_is_own = true,
         .inodes_are_stable = true,
         .folding = PC_FS_FOLDS_BY_DIRECTORY},
	{.magic = XFS_SUPER_MAGIC,
         .local = true,
         .close_is_quiet = true,
         .sizes_are_true = true,
         .ctime_is_own = true,
         .inodes_are_stable = true,
         .folding = PC_FS_FOLDS_AS_FORMATTED},
	{.magic = BTRFS_SUPER_MAGIC,
         .local = true,
         .close_is_quiet = true,
         .sizes_are_true = true,
         .ctime_is_own = true,
         .inodes_are_stable = true,
         .folding = PC_FS_FOLDS_NEVER},
	{.magic = TMPFS_MAGIC,
         .local = true,
         .in_memory = true,
         .close_is_quiet = true,
         .sizes_are_true = true,
         .ctime_is_own = true,
         .inodes_are_stable = true,
         .page_locked = true,
         .folding = PC_FS_FOLDS_BY_DIRECTORY},
	{.magic = RAMFS_MAGIC,
         .local = true,
         .in_memory = true,
         .sizes_are_true = true,
         .ctime_is_own = true,
         .folding = PC_FS_FOLDS_NEVER},
	{.magic = F2FS_SUPER_MAGIC,
         .local = true,
         .inodes_are_stable = true,
         .sizes_are_true = true,
         .ctime_is_own = true,
         .folding = PC_FS_FOLDS_BY_DIRECTORY},
	{.magic = ZFS_MAGIC,
         .local = true,
         .inodes_are_stable = true,
         .sizes_are_true = true,
         .ctime_is_own = true},
	{.magic = BCACHEFS_MAGIC,
         .local = true,
         .inodes_are_stable = true,
         .sizes_are_true = true,
         .ctime_is_own = true},
	{.magic = SQUASHFS_MAGIC, .local = true, .sizes_are_true = true, .ctime_is_own = true},
	{.magic = EROFS_SUPER_MAGIC_V1,
         .local = true,
         .sizes_are_true = true,
         .ctime_is_own = true},
	{.magic = MSDOS_SUPER_MAGIC, .local = true, .sizes_are_true = true, .ctime_is_own = true},
	{.magic = EXFAT_SUPER_MAGIC, .local = true, .sizes_are_true = true, .ctime_is_own = true},
	/* the layers below may be of any type, so nothing is known of close() and inode numbers */
	{.magic = OVERLAYFS_SUPER_MAGIC,
         .local = true,
         .sizes_are_true = true,
         .ctime_is_own = true},
	{.magic = NFS_SUPER_MAGIC,
         .sizes_are_true = true,
         .ctime_is_own = true,
         .inodes_are_stable = true},
};

const struct pc_fs_type *pc_fs_type_of_magic(uint32_t magic)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (magic == types[i].magic)
			return &types[i];
	}
	return &careful_type;
}
