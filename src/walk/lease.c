/* SPDX-License-Identifier: MIT */
/* lease.c - opens files on which another process has a lease.
 *
 * Samba and NFS servers take leases on their clients' files, see fcntl(2), F_SETLEASE.  An open()
 * that conflicts makes the kernel recall the lease and blocks until then.  With O_NONBLOCK, which
 * is necessary because a FIFO may have replaced the file, it fails with EAGAIN instead.  After
 * /proc/sys/fs/lease-break-time (45 s) the kernel revokes the lease. */
#include "walk/walk.h"

#include "base/clock.h"
#include "sys/sys.h"

#include <errno.h>

/* Longer than the kernel waits: after this EAGAIN has another cause. */
#define LEASE_MAX_NS (120 * UINT64_C(1000000000))

/* Interval of attempts: the first and the longest. */
#define LEASE_POLL_MS 1
#define LEASE_POLL_MAX_MS 50

int pc_walk_open_waiting(struct pc_queue *queue, int dirfd, const char *name, int flags,
                         mode_t mode)
{
	int fd = pc_sys_openat(dirfd, name, flags | O_NONBLOCK, mode), wait_ms = LEASE_POLL_MS;
	uint64_t start_ns = fd == -EAGAIN ? pc_now_ns() : 0;

	while (fd == -EAGAIN && pc_now_ns() - start_ns < LEASE_MAX_NS) {
		if (pc_queue_canceled(queue))
			return -ECANCELED;
		(void)pc_sys_poll(NULL, 0, wait_ms); /* a signal may end it early */
		wait_ms = 2 * wait_ms < LEASE_POLL_MAX_MS ? 2 * wait_ms : LEASE_POLL_MAX_MS;
		fd = pc_sys_openat(dirfd, name, flags | O_NONBLOCK, mode);
	}
	return fd;
}
