/* SPDX-License-Identifier: MIT
 *
 * view.h - identifies a process, and what it sees at a path, for the greeting. */
#ifndef PC_RANKS_VIEW_H
#define PC_RANKS_VIEW_H

#include "ranks/ranks.h"

/* The entry at a path. */
struct pc_view {
	int error; /* negative errno: the other fields are unset */
	uint64_t dev, ino, size, magic;
	uint32_t mode;
	int64_t mtime_sec, mtime_nsec;
	bool local, stable; /* as in struct pc_fs_type */
};

void pc_view_look(const char *path, bool follow, struct pc_view *ret);
void pc_view_put(struct pc_wire *w, const struct pc_view *view);
struct pc_view pc_view_get(struct pc_wire_reader *r);

/* A process. */
struct pc_identity {
	bool same_program; /* same as the reader's */
	/* also valid for a different program, which has these at the same offset */
	char host[PC_HOST_MAX];
	char boot_id[PC_BOOT_ID_MAX]; /* boot id of its machine; "": unknown */
	uint32_t uid, gid;
	uint64_t now_ns; /* monotonic clock when sent */
};

void pc_identity_put(struct pc_wire *w);
/* If the program differs, the rest of the message must not be read. */
struct pc_identity pc_identity_get(struct pc_wire_reader *r);

#endif
