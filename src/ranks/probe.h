/* SPDX-License-Identifier: MIT
 *
 * probe.h - whether all ranks see the same names, where numbers leave a doubt. */
#ifndef PC_RANKS_PROBE_H
#define PC_RANKS_PROBE_H

#include "ranks/places.h"

/* Asks for a name in each doubted directory, and tells who does not see it.  0 or negative errno. */
int pc_places_prove(struct pc_places *p);

#endif
