/* SPDX-License-Identifier: MIT
 *
 * reach.h - how far away the storage behind a descriptor is.
 *
 * For a ring (ring.h), which decides by it how a call is made.  A wrong answer costs time and
 * nothing else. */
#ifndef PC_SYS_REACH_H
#define PC_SYS_REACH_H

#include <stdbool.h>
#include <stdint.h>

enum pc_reach {
	PC_REACH_UNKNOWN,
	PC_REACH_MEMORY, /* no call waits */
	PC_REACH_DISK,
	PC_REACH_FAR, /* any call may wait for a server */
};

#define PC_REACH_FDS 4096U
#define PC_REACH_DEVICES 8U

/* Of one thread.  Zero is empty. */
struct pc_reaches {
	enum pc_reach all; /* of everything, where it is not UNKNOWN */
	enum pc_reach by_path;
	uint8_t of_fd[PC_REACH_FDS];
	struct {
		uint64_t dev;
		enum pc_reach reach;
	} known[PC_REACH_DEVICES];
	unsigned next;
};

/* Of what is open as `fd`, or (AT_FDCWD) what is named by a path: that is `by_path`. */
enum pc_reach pc_reach_of(struct pc_reaches *reaches, int fd);

/* `fd` was opened, in the directory `dirfd`.  A file is where its directory is: one that is bound
 * there from elsewhere is not asked for. */
void pc_reach_opened(struct pc_reaches *reaches, int dirfd, int fd, bool directory);

#endif
