/* SPDX-License-Identifier: MIT */
/* memory.h - what a process holds in memory, and the system of files. */
#ifndef PC_BASE_MEMORY_H
#define PC_BASE_MEMORY_H

#include <stdint.h>

struct pc_memory {
	uint64_t peak_bytes;   /* VmHWM: highest resident size so far */
	uint64_t file_bytes;   /* RssFile: pages of files, shared with the page cache */
	uint64_t shared_bytes; /* RssShmem: pages shared with other processes */
};

/* All zero where /proc cannot be read. */
struct pc_memory pc_memory_self(void);

/* The peak of what is this process's own: its highest resident size less what
 * it shares with files and other processes. */
uint64_t pc_memory_own_peak(void);

/* Pages of files in memory that are not on the disk yet, those on their way included; of all
 * programs.  0: not known. */
uint64_t pc_memory_unwritten_pages(void);

#endif
