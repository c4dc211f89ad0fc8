/* SPDX-License-Identifier: MIT */
/* lease.c - files that another process has a lease on.
 *
 * Samba and NFS servers take leases on the files of their clients, see fcntl(2), F_SETLEASE.  An
 * open() that conflicts with one has the kernel ask for it back, and waits; with O_NONBLOCK,
 * without which a FIFO that took the file's place would be waited for, it fails with EAGAIN.
 * After /proc/sys/fs/lease-break-time (45 s) the kernel takes the lease away. */
#include "walk/walk.h"

#include "base/clock.h"
#include "sys/sys.h"

#include <errno.h>

/* Longer than the kernel waits: EAGAIN means something else then. */
#define LEASE_MAX_NS (120 * UINT64_C(1000000000))

/* Between two tries, at first and in the end. */
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
		(void)pc_sys_poll(NULL, 0, wait_ms); /* a signal is as good an end */
		wait_ms = 2 * wait_ms < LEASE_POLL_MAX_MS ? 2 * wait_ms : LEASE_POLL_MAX_MS;
		fd = pc_sys_openat(dirfd, name, flags | O_NONBLOCK, mode);
	}
	return fd;
}
