/* SPDX-License-Identifier: MIT
 *
 * serve.h - a rank's part in one pass of workers. */
#ifndef PC_RANKS_SERVE_H
#define PC_RANKS_SERVE_H

#include "job/meter.h"
#include "job/pool.h"
#include "ranks/message.h"
#include "sys/devices.h"

/* The parameters of a pass, from its SETUP message. */
struct pc_pass {
	const struct pcopy_transport *transport;
	const struct pcopy_options *options; /* of the workers */
	struct pc_work work;
	unsigned root_count;        /* including parents */
	struct pc_devices *devices; /* NULL: the coordinator's device numbers are ours */
	struct pc_meter *meter;     /* [threads], filled by the workers; or NULL */
	unsigned threads;
};

/* Starts the workers, serves until the coordinator ends the pass, and reports the resource usage.
 * Returns 0, or negative errno if the coordinator is gone. */
int pc_pass_serve(const struct pc_pass *pass);

/* Reports that no worker could be started. */
int pc_pass_refuse(const struct pcopy_transport *transport, int error);

#endif
