/* SPDX-License-Identifier: MIT */
/* lazy.h - libraries that are loaded when they are first wanted. */
#ifndef PC_CHECK_LAZY_H
#define PC_CHECK_LAZY_H

#include <stdbool.h>
#include <stddef.h>

/* A call of a library, and where its address goes. */
struct pc_lazy_call {
	const char *name;
	void **address;
};

/* Loads a library for good and looks its calls up.  False: it cannot be had, or lacks
 * one of them. */
bool pc_lazy_load(const char *library, const struct pc_lazy_call *call, size_t count);

#endif
