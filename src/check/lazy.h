/* SPDX-License-Identifier: MIT */
/* lazy.h - loads libraries on first use. */
#ifndef PC_CHECK_LAZY_H
#define PC_CHECK_LAZY_H

#include <stdbool.h>
#include <stddef.h>

/* A function of a library, and where its address is stored. */
struct pc_lazy_call {
	const char *name;
	void **address;
};

/* Loads a library for the rest of the process and looks up its functions. False: it cannot be
 * loaded, or lacks one of them. */
bool pc_lazy_load(const char *library, const struct pc_lazy_call *call, size_t count);

#endif
