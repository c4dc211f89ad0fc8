/* SPDX-License-Identifier: MIT
 *
 * meta.h - what is kept of an entry beyond its contents. */
#ifndef PC_COPY_META_H
#define PC_COPY_META_H

#include "copy/copier.h"
#include "sys/sys.h"

/* Of a mode that is not known: no other is equal to it. */
#define PC_MODE_UNKNOWN ((mode_t)-1)

/* A target, as far as it is known. */
struct pc_target_state {
	mode_t mode; /* permission bits that it has now */
	uid_t uid;
	gid_t gid;
	bool acl;          /* it may have an access control list */
	mode_t give, take; /* bits left out and added at its creation, where no mode is kept */
};

/* A target that is to get what is kept of its source. */
struct pc_meta_task {
	struct pc_sys_file from, to; /* open files, or entries that cannot be opened */
	const struct pc_meta *want;
	struct pc_target_state have;
};

/* Sets owner, attributes, mode and times, in this order, each only where it is to be kept
 * and not right already.  What is refused is noted as the entry's warning, and the data
 * stay.  0; or negative errno and the entry's step: something broke. */
int pc_meta_apply(struct pc_copier *c, struct pc_entry *e, const struct pc_meta_task *task);

/* The flags of chattr(1), where they are to be kept.  Last of all, when the entry
 * has its final name: some forbid any further change. */
void pc_meta_seal(struct pc_copier *c, struct pc_entry *e, int src_fd, int dst_fd);

/* Takes away those that forbid a further name for what is open.  The flags that it
 * had, for pc_meta_reseal(), or 0 where nothing was changed. */
int pc_meta_unseal(int fd);
void pc_meta_reseal(int fd, int flags);

/* The mode to create an entry with in the frame's directory: never more than the
 * source gives, and nothing to others while owner or list are not right.  `list`:
 * the source may have one, and its group bits are not what the group may do. */
mode_t pc_meta_create_mode(const struct pc_copier *c, const struct pc_frame *f,
                           const struct pc_meta *want, bool list);

/* What of this mode an entry has while it is being filled, see
 * PCOPY_RULE_CLOSED_MEANWHILE. */
mode_t pc_meta_meanwhile(const struct pc_copier *c, mode_t mode, bool directory);

/* The bits that it may have left out and that the entry is to have in the end,
 * where its mode is not kept. */
mode_t pc_meta_left_out(const struct pc_copier *c, const struct pc_meta *want);

#endif
