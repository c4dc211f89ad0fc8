/* SPDX-License-Identifier: MIT
 *
 * asks.h - translates device numbers: a rank asks for the coordinator's number of a device.
 *
 * The rank's communicating thread sends the question and receives the answer.  The worker that
 * found the device waits. */
#ifndef PC_RANKS_ASKS_H
#define PC_RANKS_ASKS_H

#include "ranks/wire.h"
#include "sys/devices.h"

#include <pthread.h>

/* One question at a time; struct pc_devices ensures that. */
struct pc_asks {
	pthread_mutex_t lock;
	pthread_cond_t answered;
	void (*wake)(void *data); /* wakes the communicating thread */
	void *data;
	enum pc_ask_state { PC_ASK_NONE, PC_ASK_NEW, PC_ASK_SENT, PC_ASK_ANSWERED } state;
	bool closed; /* no answer will come */
	/* the question: */
	uint64_t ino, magic, dev;
	uint32_t mode;
	const char *path;
	uint64_t there; /* the answer */
};

void pc_asks_init(struct pc_asks *asks);
void pc_asks_done(struct pc_asks *asks);

/* For struct pc_devices; `data` is a struct pc_asks. */
uint64_t pc_asks_ask(void *data, const struct stat *st, const char *path);

/* For the communicating thread: puts a new question, if any, into a message; passes the answer to
 * the waiting worker; reports that no answer will come. */
bool pc_asks_put(struct pc_asks *asks, struct pc_wire *w);
void pc_asks_answer(struct pc_asks *asks, uint64_t there);
void pc_asks_close(struct pc_asks *asks);

#endif
