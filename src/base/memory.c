/* SPDX-License-Identifier: MIT */
/* memory.c - the memory of this process, and the kernel's unwritten pages. */
#include "base/memory.h"

#include "base/sys.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A line of the files status and meminfo of proc(5): `Name:    1234 kB`. */
static uint64_t status_bytes(const char *text, const char *name)
{
	const char *line = strstr(text, name);

	return line ? strtoull(line + strlen(name), NULL, 10) * 1024 : 0;
}

/* Reads the beginning of a file of /proc; "" where that fails. */
static void proc_read(const char *path, char *text, size_t size)
{
	int fd = pc_openat(AT_FDCWD, path, O_RDONLY, 0);
	ssize_t n = fd < 0 ? 0 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
}

struct pc_memory pc_memory_self(void)
{
	char text[4096];

	proc_read("/proc/self/status", text, sizeof(text));
	return (struct pc_memory){
		.peak_bytes = status_bytes(text, "VmHWM:"),
		.file_bytes = status_bytes(text, "RssFile:"),
		.shared_bytes = status_bytes(text, "RssShmem:"),
	};
}

uint64_t pc_memory_own_peak(void)
{
	struct pc_memory m = pc_memory_self();
	uint64_t others = m.file_bytes + m.shared_bytes;

	return m.peak_bytes > others ? m.peak_bytes - others : 0;
}

uint64_t pc_memory_available(void)
{
	char text[4096];

	proc_read("/proc/meminfo", text, sizeof(text));
	return status_bytes(text, "MemAvailable:");
}

uint64_t pc_memory_unwritten_pages(void)
{
	static const char *const names[] = {"\nnr_dirty ", "\nnr_writeback ",
	                                    "\nnr_writeback_temp "};
	char text[8192];
	uint64_t pages = 0;

	proc_read("/proc/vmstat", text, sizeof(text));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *line = strstr(text, names[i]);

		if (line)
			pages += strtoull(line + strlen(names[i]), NULL, 10);
	}
	return pages;
}
