/* SPDX-License-Identifier: MIT
 *
 * device_query.h - translates device numbers: a rank asks for the coordinator's number of a device.
 *
 * The rank's communicating thread sends the question and receives the answer.  The worker that
 * found the device waits. */
#ifndef PC_RANKS_DEVICE_QUERY_H
#define PC_RANKS_DEVICE_QUERY_H

#include "ranks/wire.h"
#include "sys/devices.h"

#include <pthread.h>

/* One question at a time; struct pc_devices ensures that. */
struct pc_device_query {
	pthread_mutex_t lock;
	pthread_cond_t answered;
	void (*wake)(void *data); /* wakes the communicating thread */
	void *data;
	enum pc_query_state { PC_QUERY_NONE, PC_QUERY_NEW, PC_QUERY_SENT, PC_QUERY_ANSWERED } state;
	bool closed; /* no answer will come */
	/* the question: */
	uint64_t ino, magic, dev;
	uint32_t mode;
	const char *path;
	uint64_t coordinator_dev; /* the answer */
};

void pc_device_query_init(struct pc_device_query *query);
void pc_device_query_done(struct pc_device_query *query);

/* For struct pc_devices; `data` is a struct pc_device_query. */
uint64_t pc_device_query_ask(void *data, const struct stat *st, const char *path);

/* For the communicating thread: puts a new question, if any, into a message; passes the answer to
 * the waiting worker; reports that no answer will come. */
bool pc_device_query_put(struct pc_device_query *query, struct pc_wire *w);
void pc_device_query_answer(struct pc_device_query *query, uint64_t coordinator_dev);
void pc_device_query_close(struct pc_device_query *query);

#endif
