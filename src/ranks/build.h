/* SPDX-License-Identifier: MIT */
/* build.h - which build of the program this is. */
#ifndef PC_RANKS_BUILD_H
#define PC_RANKS_BUILD_H

#include <stdint.h>

/* A hash of the identity that the linker gave to the object with this library in it: a program, or
 * the shared library.  0: it has none. */
uint64_t pc_build_hash(void);

#endif
