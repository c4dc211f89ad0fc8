/* path.c - the last component of a path. */
#include "base/path.h"

#include <string.h>

size_t pc_path_base(const char *path, size_t *ret_start)
{
	size_t end = strlen(path), start;

	while (end > 0 && path[end - 1] == '/')
		end--;
	for (start = end; start > 0 && path[start - 1] != '/'; start--)
		;
	*ret_start = start;
	return end - start;
}

bool pc_path_is_dots(const char *name, size_t len)
{
	return len <= 2 && strncmp(name, "..", len) == 0;
}
