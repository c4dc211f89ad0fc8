/* SPDX-License-Identifier: MIT
 *
 * attr.h - extended attributes and access control lists. */
#ifndef PC_COPY_ATTR_H
#define PC_COPY_ATTR_H

#include "copy/copier.h"
#include "sys/sys.h"

/* What became of the target's mode over it. */
struct pc_attr_done {
	bool access, inherited; /* it has the lists of the source */
	bool loosened;          /* its mode is another now, unless it is not to be kept */
	mode_t mode;            /* then: what it was before */
	bool needed;            /* what failed was asked for by name */
	bool read_failed;       /* what failed was the source */
	bool list_lost;         /* the source has a list and the target could not get it */
	mode_t group;           /* then: the bits that the list gives the owning group */
};

struct pc_attr_pair {
	struct pc_sys_file from, to;
	bool acl; /* the target may have inherited lists that the source has not */
	bool directory;
};

/* Copies what is to be kept, and takes away the lists that the target has and the source
 * has not.  0, or the first error; the rest is copied all the same. */
int pc_attr_copy(struct pc_copier *c, struct pc_entry *e, const struct pc_attr_pair *pair,
                 struct pc_attr_done *ret_done);

/* Whether pc_attr_copy() would change something; what cannot be known is no reason to try. */
bool pc_attr_differs(struct pc_copier *c, struct pc_entry *e, const struct pc_attr_pair *pair);

/* Whether the entry's source, that is open, has an access control list that is to be kept.
 * Its names are kept in the entry, for pc_attr_copy(). */
bool pc_attr_has_list(struct pc_copier *c, struct pc_entry *e, int src_fd);

/* Whether an entry of a target directory has attributes that another file in its place
 * would lack: any but the context that all have. */
bool pc_attr_has_any(int dirfd, const char *name);

/* Takes the access control list away, if there is one. */
int pc_attr_drop_list(int fd);

/* Whether a directory hands down a list. */
bool pc_attr_inherits(int dirfd);

#endif
