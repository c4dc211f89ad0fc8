/* SPDX-License-Identifier: MIT
 *
 * view.h - who a process is, and what it sees at a path: for the greeting of ranks. */
#ifndef PC_RANKS_VIEW_H
#define PC_RANKS_VIEW_H

#include "ranks/ranks.h"

/* What is at a path. */
struct pc_view {
	int error; /* negative errno: nothing else is known */
	uint64_t dev, ino, size, magic;
	uint32_t mode;
	int64_t mtime_sec, mtime_nsec;
	bool local, stable; /* as in struct pc_fs_type */
};

void pc_view_look(const char *path, bool follow, struct pc_view *ret);
void pc_view_put(struct pc_wire *w, const struct pc_view *view);
struct pc_view pc_view_get(struct pc_wire_reader *r);

/* A process. */
struct pc_self {
	bool same_program; /* that of who reads it */
	/* known of another program, too, where it puts it there */
	char host[PC_HOST_MAX];
	char boot_id[PC_BOOT_ID_MAX]; /* of its machine since that was started; "": not known */
	uint32_t uid, gid;
	uint64_t now_ns; /* by its monotonic clock, when it was put */
};

void pc_self_put(struct pc_wire *w);
/* What is behind it is not to be read where the program is another. */
struct pc_self pc_self_get(struct pc_wire_reader *r);

#endif
