/* SPDX-License-Identifier: MIT
 *
 * reach.h - how far away the storage behind a descriptor is.
 *
 * A ring (ring.h) decides by it how a call is made. A wrong answer costs time and nothing else. */
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

/* Belongs to one thread. Zero-initialised is empty. */
struct pc_reaches {
	enum pc_reach all; /* if not UNKNOWN: applies to all storage */
	enum pc_reach by_path;
	uint8_t of_fd[PC_REACH_FDS];
	struct {
		uint64_t dev;
		enum pc_reach reach;
	} known[PC_REACH_DEVICES];
	unsigned next;
};

/* The reach of what is open as `fd`, or `by_path` for AT_FDCWD, where a path names the file. */
enum pc_reach pc_reach_of(struct pc_reaches *reaches, int fd);

/* Must be called when `fd` was opened in the directory `dirfd`. A file gets the reach of its
 * directory, even if it is bind-mounted from elsewhere. */
void pc_reach_opened(struct pc_reaches *reaches, int dirfd, int fd, bool directory);

#endif
