/* SPDX-License-Identifier: MIT
 *
 * attr.h - extended attributes and access control lists. */
#ifndef PC_COPY_ATTR_H
#define PC_COPY_ATTR_H

#include "copy/copier.h"
#include "sys/sys.h"

/* The effects of copying attributes on the target, in particular on its mode. */
struct pc_attr_done {
	bool access, inherited; /* the access and the default ACL of the source were set */
	bool mode_widened;      /* the mode was widened to set an attribute; restored here only
	                         * where the mode is not preserved */
	mode_t mode;            /* if mode_widened: the mode before */
	bool needed;            /* the attribute that failed was required by the options */
	bool read_failed;       /* reading the source failed */
	bool list_lost;         /* the source has an ACL that the target could not get */
	mode_t group;           /* if list_lost: the permissions that the ACL gives the owning
	                         * group */
};

struct pc_attr_pair {
	struct pc_sys_file from, to;
	bool acl; /* the target may have inherited ACLs that the source lacks */
	bool directory;
};

/* Copies the attributes to be kept, and removes ACLs that the target has and the source lacks.
 * Returns 0, or the first error; the remaining attributes are copied all the same. */
int pc_attr_copy(struct pc_copier *c, struct pc_entry *e, const struct pc_attr_pair *pair,
                 struct pc_attr_done *ret_done);

/* Whether pc_attr_copy() would change something. Attributes that cannot be read count as equal. */
bool pc_attr_differs(struct pc_copier *c, struct pc_entry *e, const struct pc_attr_pair *pair);

/* Whether the entry's open source has an access ACL that is to be kept. Caches its attribute
 * names in the entry for pc_attr_copy(). */
bool pc_attr_has_list(struct pc_copier *c, struct pc_entry *e, int src_fd);

/* Whether an entry of a target directory has attributes that a replacement would lack: any but
 * the SELinux context, which every file has. */
bool pc_attr_has_any(int dirfd, const char *name);

/* Removes the access ACL, if there is one. 0 or negative errno. */
int pc_attr_drop_list(const struct pc_sys_file *file);

/* Whether a directory has a default ACL, which new entries inherit. */
bool pc_attr_inherits(int dirfd);

/* The permissions that a directory's default ACL leaves the owners of new entries; 0700 where it has
 * none. */
mode_t pc_attr_inherited_owner(int dirfd);

#endif
