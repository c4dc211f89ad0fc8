/* SPDX-License-Identifier: MIT */
/* build.h - identifies this build of the program. */
#ifndef PC_RANKS_BUILD_H
#define PC_RANKS_BUILD_H

#include <stdint.h>

/* A hash of the build id of the object that contains this library: a program, or the shared
 * library. 0: it has none. */
uint64_t pc_build_hash(void);

#endif
