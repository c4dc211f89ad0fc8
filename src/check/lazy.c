/* SPDX-License-Identifier: MIT */
/* lazy.c - loads a library and looks up its functions.
 *
 * The library stays loaded, as its functions are called until the process ends. RTLD_LOCAL keeps
 * its names from those of a program that brings another version of it; RTLD_NOW finds out here, and
 * not at some later call, whether it is complete. */
#include "check/lazy.h"

#ifdef PC_NO_LOADING /* a static program cannot load libraries made for another libc */
bool pc_lazy_load(const char *library, const struct pc_lazy_call *call, size_t count)
{
	(void)library;
	(void)call;
	(void)count;
	return false;
}
#else
#include <dlfcn.h>

bool pc_lazy_load(const char *library, const struct pc_lazy_call *call, size_t count)
{
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; handle && i < count; i++) {
		*call[i].address = dlsym(handle, call[i].name);
		if (!*call[i].address)
			return false;
	}
	return handle != NULL;
}
#endif
