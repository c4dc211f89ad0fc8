/* SPDX-License-Identifier: MIT
 *
 * devices.h - device numbers that processes on several machines mean the same by.
 *
 * What stat(2) calls the device of a file is a number of this kernel: a network file system
 * has another one on each machine, and one that is mounted twice has two.  Where workers of
 * several machines work on one tree, an inode is to be known by the same pair of numbers in
 * all of them.  So the call layer gives such workers the numbers of the coordinator: what
 * pc_sys_fstat() and pc_sys_fstatat() answer has passed through here.
 *
 * A number is asked for once, the first time that any worker of the process meets a device,
 * and then kept.  No two devices here have one number there, and what could not be found out
 * has a number that no other process uses: what should have been one file is two then, and
 * never the other way. */
#ifndef PC_SYS_DEVICES_H
#define PC_SYS_DEVICES_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct pc_device;

struct pc_devices {
	/* What the coordinator calls the device of an entry that is at `path` here, or 0: it does
	 * not know it.  Called by one thread at a time, and may wait. */
	uint64_t (*ask)(void *data, const struct stat *st, const char *path);
	void *data;
	uint64_t own; /* the next number that is this process's alone; see PC_DEVICE_OWN */
	pthread_mutex_t lock;
	struct pc_device *known;
};

/* Numbers of process number `n` begin here, above all that a kernel gives. */
#define PC_DEVICE_OWN(n) ((UINT64_C(1) << 63) | ((uint64_t)(n) << 32))

void pc_devices_init(struct pc_devices *devices, uint64_t own);
void pc_devices_done(struct pc_devices *devices);

/* Says what a device is called, before it is met.  0 or -ENOMEM. */
int pc_devices_set(struct pc_devices *devices, uint64_t here, uint64_t there);

/* From now on the calls of this thread answer these numbers; NULL: those of the kernel. */
void pc_devices_use(struct pc_devices *devices);

/* ---- For the call layer ---- */

/* What this thread uses, and the device that it met last. */
struct pc_devices_seen {
	struct pc_devices *devices;
	uint64_t here[2], there[2];
	unsigned next;
};
extern _Thread_local struct pc_devices_seen pc_devices_seen
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

static inline bool pc_devices_are_renamed(void)
{
	return __builtin_expect(pc_devices_seen.devices != NULL, 0);
}

/* Changes what is said of an entry: of `name` in dirfd, or (NULL) of what is open as dirfd. */
void pc_devices_rename(int dirfd, const char *name, struct stat *st);

#endif
