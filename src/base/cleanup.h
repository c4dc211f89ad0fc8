/* SPDX-License-Identifier: MIT */
/* cleanup.h - attributes that release what a local variable holds when it leaves scope. */
#ifndef PC_BASE_CLEANUP_H
#define PC_BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

#define PC_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

static inline void pc_close_cleanup(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void pc_free_cleanup(void *ptr)
{
	free(*(void **)ptr);
}

#define _cleanup_close_ __attribute__((cleanup(pc_close_cleanup)))
#define _cleanup_free_ __attribute__((cleanup(pc_free_cleanup)))

/* Moves the descriptor out of a _cleanup_close_ variable: the caller owns it. */
static inline int pc_take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#endif
