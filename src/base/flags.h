/* SPDX-License-Identifier: MIT */
/* flags.h - the inode flags of chattr(1) that a copy may keep. */
#ifndef PC_BASE_FLAGS_H
#define PC_BASE_FLAGS_H

#include <linux/fs.h>

#define PC_KEPT_FLAGS                                                                              \
	(FS_SYNC_FL | FS_IMMUTABLE_FL | FS_APPEND_FL | FS_NODUMP_FL | FS_NOATIME_FL |              \
	 FS_DIRSYNC_FL | FS_NOCOW_FL | FS_COMPR_FL)

#endif
