/* memory.c - what a process holds in memory. */
#include "base/memory.h"

#include "base/sys.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A line of proc(5)'s status file: `Name:    1234 kB`. */
static uint64_t status_bytes(const char *text, const char *name)
{
	const char *line = strstr(text, name);

	return line ? strtoull(line + strlen(name), NULL, 10) * 1024 : 0;
}

struct pc_memory pc_memory_self(void)
{
	char text[4096];
	ssize_t n;
	int fd = pc_openat(AT_FDCWD, "/proc/self/status", O_RDONLY, 0);

	if (fd < 0)
		return (struct pc_memory){0};
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
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
