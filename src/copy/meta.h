/* SPDX-License-Identifier: MIT
 *
 * meta.h - the metadata of an entry: owner, attributes, mode, times, inode flags. */
#ifndef PC_COPY_META_H
#define PC_COPY_META_H

#include "copy/copier.h"
#include "sys/sys.h"

/* Stands for an unknown mode; it equals no real mode. */
#define PC_MODE_UNKNOWN ((mode_t)-1)

/* A target, as far as it is known. */
struct pc_target_state {
	mode_t mode; /* current permission bits, or PC_MODE_UNKNOWN */
	uid_t uid;
	gid_t gid;
	bool acl;          /* it may have an access ACL */
	bool inherited;    /* it is new and inherited an ACL */
	mode_t give, take; /* where no mode is kept: bits that creation left out, and bits that
	                    * it added */
};

/* Metadata to be applied to one target. */
struct pc_meta_task {
	struct pc_sys_file from, to; /* open files, or names of entries that cannot be opened */
	const struct pc_meta *want;
	struct pc_target_state have;
};

/* Sets owner, attributes, mode and times, in this order, each only where it is to be kept and
 * differs. What the kernel refuses becomes the entry's warning, and the data stay. Returns 0; or
 * negative errno with the entry's step set, where something broke. */
int pc_meta_apply(struct pc_copier *c, struct pc_entry *e, const struct pc_meta_task *task);

/* Copies the inode flags of chattr(1), where they are to be kept. Must come last, when the entry
 * has its final name: some flags forbid any further change. */
void pc_meta_set_flags(struct pc_copier *c, struct pc_entry *e, int src_fd, int dst_fd);

/* Clears the flags of an open file that forbid another hard link. Returns the old flags for
 * pc_meta_restore_flags(), or 0 where nothing was changed. */
int pc_meta_clear_flags(int fd);
void pc_meta_restore_flags(int fd, int flags);

/* The mode to create an entry with in the frame's directory. It never grants more than the
 * source, and nothing to group and others until owner and ACL are right. `list`: the source may
 * have an ACL, so that its group bits are a mask and not the group's permissions. */
mode_t pc_meta_create_mode(const struct pc_copier *c, const struct pc_frame *f,
                           const struct pc_meta *want, bool list);

/* Limits the mode of an entry while it is being filled, see PCOPY_RULE_CLOSED_MEANWHILE. */
mode_t pc_meta_meanwhile(const struct pc_copier *c, mode_t mode, bool directory);

/* The bits that the creation left out and that the entry gets in the end, where its mode is not
 * kept. */
mode_t pc_meta_left_out(const struct pc_copier *c, const struct pc_meta *want);

#endif
