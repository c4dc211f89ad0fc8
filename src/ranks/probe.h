/* SPDX-License-Identifier: MIT
 *
 * probe.h - proves that all ranks see the same directories if their numbers leave doubt. */
#ifndef PC_RANKS_PROBE_H
#define PC_RANKS_PROBE_H

#include "ranks/places.h"

/* Asks for a name in each doubtful directory, and reports ranks that do not see it.  Returns 0 or
 * negative errno. */
int pc_places_prove(struct pc_places *p);

#endif
