/* SPDX-License-Identifier: MIT */
/* memory.h - the memory of this process, and the kernel's unwritten pages. */
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

/* The peak of the process's private memory: its highest resident size less the pages that it
 * shares with files and other processes. */
uint64_t pc_memory_own_peak(void);

/* Bytes that programs may still take without swapping.  0: unknown. */
uint64_t pc_memory_available(void);

/* Pages of files, of all programs, that are not on disk yet, those being written included. 0:
 * unknown. */
uint64_t pc_memory_unwritten_pages(void);

#endif
