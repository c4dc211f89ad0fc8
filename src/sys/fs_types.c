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

/* The sizes of directories are those of Linux 6.18, where a directory of 50,000 names was within 3 %
 * of them:
 *   ext4   struct ext4_dir_entry_2; blocks that are split by hash are filled to ln 2 on average
 *   XFS    struct xfs_dir2_data_entry, with the file type
 *   btrfs  btrfs_add_link() adds twice the length of a name
 *   tmpfs  BOGO_DIRENT_SIZE */
static const struct pc_fs_type types[] = {
	{.magic = EXT4_SUPER_MAGIC, /* also ext2 and ext3 */
         .local = true,
         .close_is_quiet = true,
         .sizes_are_true = true,
         .ctime_is_own = true,
         .inodes_are_stable = true,
         .folding = PC_FS_FOLDS_BY_DIRECTORY,
         .dir_size = {.entry_bytes = 8, .name_times = 1, .align = 4, .filled = 0.69}},
	{.magic = XFS_SUPER_MAGIC,
         .local = true,
         .close_is_quiet = true,
         .sizes_are_true = true,
         .ctime_is_own = true,
         .inodes_are_stable = true,
         .folding = PC_FS_FOLDS_AS_FORMATTED,
         .dir_size = {.entry_bytes = 12, .name_times = 1, .align = 8, .filled = 0.98}},
	{.magic = BTRFS_SUPER_MAGIC,
         .local = true,
         .close_is_quiet = true,
         .sizes_are_true = true,
         .ctime_is_own = true,
         .inodes_are_stable = true,
         .folding = PC_FS_FOLDS_NEVER,
         .dir_size = {.name_times = 2, .align = 1, .filled = 1}},
	{.magic = TMPFS_MAGIC,
         .local = true,
         .in_memory = true,
         .close_is_quiet = true,
         .sizes_are_true = true,
         .ctime_is_own = true,
         .inodes_are_stable = true,
         .page_locked = true,
         .folding = PC_FS_FOLDS_BY_DIRECTORY,
         .dir_size = {.entry_bytes = 20, .align = 1, .filled = 1}},
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
