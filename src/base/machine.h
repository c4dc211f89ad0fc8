/* SPDX-License-Identifier: MIT
 *
 * machine.h - describes the machine that a measurement ran on.
 *
 * What the system does not report is an empty string or 0. */
#ifndef PC_MACHINE_H
#define PC_MACHINE_H

#include <stdint.h>

struct pc_machine {
	char model[128]; /* of the first CPU */
	unsigned cpus;   /* online; this process may be allowed fewer */
	uint64_t memory_bytes;
	char kernel[160]; /* name, release and architecture */
};

void pc_machine_describe(struct pc_machine *ret);

#define PC_FILESYSTEM_NAME 64

/* The type of the file system that holds `path` as the kernel names it ("ext4",
 * "tmpfs", "fuse.sshfs"), or its number where it is not mounted in sight.
 * 0 or negative errno. */
int pc_filesystem_name(const char *path, char ret[static PC_FILESYSTEM_NAME]);

#endif
