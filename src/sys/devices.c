/* SPDX-License-Identifier: MIT
 *
 * devices.c - device numbers with the same meaning in processes on several machines. */
#include "sys/devices.h"

#include "base/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HASH_NONFATAL_OOM 1 /* on failure of HASH_ADD the element's hh.tbl is NULL */
#include <uthash.h>

struct pc_device {
	uint64_t here, there;
	UT_hash_handle hh; /* keyed by `here` */
};

_Thread_local struct pc_devices_seen pc_devices_seen;

void pc_devices_init(struct pc_devices *devices, uint64_t own)
{
	*devices = (struct pc_devices){.own = own};
	(void)pthread_mutex_init(&devices->lock, NULL); /* cannot fail without attributes */
}

void pc_devices_done(struct pc_devices *devices)
{
	struct pc_device *device, *next;

	HASH_ITER (hh, devices->known, device, next) {
		HASH_DEL(devices->known, device);
		free(device);
	}
	(void)pthread_mutex_destroy(&devices->lock);
}

static struct pc_device *device_find(const struct pc_devices *devices, uint64_t here)
{
	struct pc_device *device;

	HASH_FIND(hh, devices->known, &here, sizeof(here), device);
	return device;
}

static bool number_is_taken(const struct pc_devices *devices, uint64_t there)
{
	for (const struct pc_device *d = devices->known; d; d = d->hh.next) {
		if (d->there == there)
			return true;
	}
	return false;
}

static int device_add(struct pc_devices *devices, uint64_t here, uint64_t there)
{
	struct pc_device *device = calloc(1, sizeof(*device));

	if (!device)
		return -ENOMEM;
	device->here = here;
	device->there = there;
	HASH_ADD(hh, devices->known, here, sizeof(device->here), device);
	if (device->hh.tbl)
		return 0;
	free(device);
	return -ENOMEM;
}

int pc_devices_set(struct pc_devices *devices, uint64_t here, uint64_t there)
{
	struct pc_device *device;
	int r = 0;

	pthread_mutex_lock(&devices->lock);
	device = device_find(devices, here);
	if (device)
		device->there = there;
	else
		r = device_add(devices, here, there);
	pthread_mutex_unlock(&devices->lock);
	return r;
}

void pc_devices_use(struct pc_devices *devices)
{
	pc_devices_seen = (struct pc_devices_seen){.devices = devices};
}

/* The path of an open directory, as this process sees it. /proc/self shows the descriptor table
 * of the first thread, and this thread may have its own. */
static int path_of_dir(int dirfd, char path[PATH_MAX])
{
	char link[64];
	ssize_t n;

	if (dirfd == AT_FDCWD)
		(void)snprintf(link, sizeof(link), "/proc/thread-self/cwd");
	else
		(void)snprintf(link, sizeof(link), "/proc/thread-self/fd/%d", dirfd);
	n = readlink(link, path, PATH_MAX - 1);
	if (n < 0)
		return -errno;
	path[n] = '\0';
	return *path == '/' ? 0 : -ENOENT; /* a pipe, or outside our root directory */
}

/* The path of an entry; NULL: unknown. */
static const char *path_of_entry(int dirfd, const char *name, struct pc_buffer *path)
{
	char dir[PATH_MAX];

	if (name && *name == '/')
		return name;
	if (path_of_dir(dirfd, dir) < 0 || pc_buffer_add(path, dir, strlen(dir)) < 0 ||
	    (name && *name && pc_buffer_add_name(path, name) < 0))
		return NULL;
	return path->data;
}

/* Without memory to keep the answer a device gets another number each time, so that no two files
 * are taken for one. */
static uint64_t device_ask(struct pc_devices *devices, const struct stat *st, const char *path)
{
	uint64_t there = path ? devices->ask(devices->data, st, path) : 0;

	if (there == 0 || number_is_taken(devices, there))
		there = devices->own++;
	(void)device_add(devices, st->st_dev, there); /* see above */
	return there;
}

static uint64_t device_rename(struct pc_devices *devices, int dirfd, const char *name,
                              const struct stat *st)
{
	const struct pc_device *device;
	struct pc_buffer path = {0};
	uint64_t there;

	pthread_mutex_lock(&devices->lock);
	device = device_find(devices, st->st_dev);
	there = device ? device->there : device_ask(devices, st, path_of_entry(dirfd, name, &path));
	pthread_mutex_unlock(&devices->lock);
	pc_buffer_done(&path);
	return there;
}

void pc_devices_rename(int dirfd, const char *name, struct stat *st)
{
	struct pc_devices_seen *seen = &pc_devices_seen;
	unsigned i = seen->here[0] == st->st_dev ? 0 : 1;

	/* usually source or target: one of the two that were met last */
	if (seen->here[i] != st->st_dev || seen->there[i] == 0) {
		i = seen->next;
		seen->next = 1 - i;
		seen->there[i] = device_rename(seen->devices, dirfd, name, st);
		seen->here[i] = st->st_dev;
	}
	st->st_dev = seen->there[i];
}
