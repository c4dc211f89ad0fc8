/* SPDX-License-Identifier: MIT
 *
 * devices.h - device numbers with the same meaning in processes on several machines.
 *
 * The device number that stat(2) returns belongs to this kernel: a network file system has
 * another one on each machine, and one that is mounted twice has two. Where workers of several
 * machines work on one tree, all of them must identify an inode by the same pair of numbers. So
 * the call layer translates device numbers to those of the coordinator: the results of
 * pc_sys_fstat() and pc_sys_fstatat() pass through here.
 *
 * The coordinator is asked once for each device, when a worker of the process first meets it, and
 * the answer is kept. No two devices here share one number there. A device that could not be
 * identified gets a number that no other process uses: then one file may be taken for two, but
 * never two files for one. */
#ifndef PC_SYS_DEVICES_H
#define PC_SYS_DEVICES_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct pc_device;

struct pc_devices {
	/* Returns the coordinator's number for the device of an entry that is at `path` here; 0:
	 * unknown there. Called by one thread at a time; may wait. */
	uint64_t (*ask)(void *data, const struct stat *st, const char *path);
	void *data;
	uint64_t own; /* the next number used by this process alone; see PC_DEVICE_OWN */
	pthread_mutex_t lock;
	struct pc_device *known;
};

/* Numbers of process `n` begin here, above all numbers that a kernel uses. */
#define PC_DEVICE_OWN(n) ((UINT64_C(1) << 63) | ((uint64_t)(n) << 32))

void pc_devices_init(struct pc_devices *devices, uint64_t own);
void pc_devices_done(struct pc_devices *devices);

/* Sets the number of a device before it is met. 0 or -ENOMEM. */
int pc_devices_set(struct pc_devices *devices, uint64_t here, uint64_t there);

/* From now on calls of this thread return these numbers; NULL: the kernel's own. */
void pc_devices_use(struct pc_devices *devices);

/* ---- For the call layer ---- */

/* The table that this thread uses, and the two devices that it met last. */
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

/* Translates the device number of an entry: `name` in dirfd, or (NULL) dirfd itself. */
void pc_devices_rename(int dirfd, const char *name, struct stat *st);

#endif
