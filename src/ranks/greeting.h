/* SPDX-License-Identifier: MIT
 *
 * greeting.h - who serves, and whether all see the same: before anything is touched. */
#ifndef PC_RANKS_GREETING_H
#define PC_RANKS_GREETING_H

#include "job/root.h"
#include "ranks/ranks.h"

struct pc_greeting {
	const struct pcopy_options *options;
	const struct pc_root *root;
	unsigned count; /* of roots, parents included */
	bool writes;    /* targets are written to */
	void (*tell)(void *data, const struct pcopy_event *event);
	bool (*is_canceled)(void *data);
	void *data;
};

/* Asks all ranks what they see, and judges it.  0; PCOPY_FAILED: a rank cannot take part, which
 * was told; -ECANCELED; or another negative errno. */
int pc_ranks_greet(struct pc_ranks *ranks, const struct pc_greeting *greeting);

/* A rank's side: answers what came of it, and remembers what it has to.  0 or negative errno. */
struct pc_guest {
	const struct pcopy_transport *transport;
	bool renames;
	struct pc_devices *devices; /* the caller's, ready for use */
};
int pc_guest_take(struct pc_guest *guest, enum pc_message kind, struct pc_wire_reader *r);

#endif
