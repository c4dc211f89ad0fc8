/* SPDX-License-Identifier: MIT */
/* sys.h - system calls as the house wants them: negative errno, EINTR retried,
 * and the few that glibc does not wrap everywhere. */
#ifndef PC_BASE_SYS_H
#define PC_BASE_SYS_H

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* A descriptor, or negative errno.  O_CLOEXEC is always added. */
int pc_openat(int dirfd, const char *name, int flags, mode_t mode);

/* Whole transfers: short ones are continued.  Bytes moved (fewer than asked
 * for only at the end of the file), or negative errno. */
ssize_t pc_pread_full(int fd, void *buf, size_t len, off_t offset);
int pc_pwrite_full(int fd, const void *buf, size_t len, off_t offset);

/* Adds one to an eventfd(2), so that who reads it wakes up. */
void pc_event_post(int fd);

/* A descriptor that becomes readable when the child has ended, or negative
 * errno (-ENOSYS before 5.3). */
int pc_pidfd_open(pid_t pid);

/* Whether both are one file: an inode's number alone does not tell. */
static inline bool pc_same_inode(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Descriptors that this process may have open. */
unsigned pc_fd_limit(void);

#endif
