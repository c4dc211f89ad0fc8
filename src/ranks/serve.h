/* SPDX-License-Identifier: MIT
 *
 * serve.h - the work of a rank, for as long as one pass of workers. */
#ifndef PC_RANKS_SERVE_H
#define PC_RANKS_SERVE_H

#include "job/meter.h"
#include "job/pool.h"
#include "ranks/message.h"
#include "sys/devices.h"

/* What a pass is, as its SETUP said. */
struct pc_pass {
	const struct pcopy_transport *transport;
	const struct pcopy_options *options; /* of its workers */
	struct pc_work work;
	unsigned root_count;        /* parents included */
	struct pc_devices *devices; /* NULL: those of the coordinator are ours */
	struct pc_meter *meter;     /* [threads], filled by the work; or NULL */
	unsigned threads;
};

/* Births the workers, does what comes until the coordinator ends the pass, and tells it what that
 * cost.  0, or negative errno where there is no coordinator any more. */
int pc_pass_serve(const struct pc_pass *pass);

/* Tells the coordinator that there will be no workers. */
int pc_pass_refuse(const struct pcopy_transport *transport, int error);

#endif
