/* SPDX-License-Identifier: MIT
 *
 * greeting.h - checks all ranks before the run: the same program, and the same view of the
 * files. */
#ifndef PC_RANKS_GREETING_H
#define PC_RANKS_GREETING_H

#include "job/root.h"
#include "ranks/ranks.h"

struct pc_greeting {
	const struct pcopy_options *options;
	const struct pc_root *root;
	unsigned count; /* of roots, including parents */
	bool writes;    /* targets will be written */
	void (*report)(void *data, const struct pcopy_event *event);
	bool (*is_canceled)(void *data);
	void *data;
};

/* Asks all ranks what they see, and compares.  Returns 0; PCOPY_FAILED if a rank cannot take part
 * (reported); -ECANCELED; or another negative errno. */
int pc_ranks_greet(struct pc_ranks *ranks, const struct pc_greeting *greeting);

/* The serving side: answers, and stores what it needs later.  Functions return 0 or negative
 * errno. */
struct pc_server {
	const struct pcopy_transport *transport;
	bool maps_devices;
	struct pc_devices *devices; /* owned by the caller, initialised */
};
int pc_greeting_answer(struct pc_server *server, enum pc_message kind, struct pc_wire_reader *r);

#endif
