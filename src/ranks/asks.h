/* SPDX-License-Identifier: MIT
 *
 * asks.h - what a device is called that a rank has met, asked of the coordinator.
 *
 * Its answer comes by way of the thread that speaks to it, and so does the question: the worker
 * that met the device waits meanwhile. */
#ifndef PC_RANKS_ASKS_H
#define PC_RANKS_ASKS_H

#include "ranks/wire.h"
#include "sys/devices.h"

#include <pthread.h>

/* One question at a time: struct pc_devices asks so. */
struct pc_asks {
	pthread_mutex_t lock;
	pthread_cond_t answered;
	void (*wake)(void *data); /* the thread that speaks to the coordinator */
	void *data;
	enum pc_ask_state { PC_ASK_NONE, PC_ASK_NEW, PC_ASK_SENT, PC_ASK_ANSWERED } state;
	bool closed; /* nobody will answer any more */
	/* the question: */
	uint64_t ino, magic, dev;
	uint32_t mode;
	const char *path;
	uint64_t there; /* the answer */
};

void pc_asks_init(struct pc_asks *asks);
void pc_asks_done(struct pc_asks *asks);

/* For struct pc_devices: `data` is a struct pc_asks. */
uint64_t pc_asks_ask(void *data, const struct stat *st, const char *path);

/* The thread that speaks: makes a message of the question, if there is a new one; gives the
 * answer to who waits; and says that none will come. */
bool pc_asks_put(struct pc_asks *asks, struct pc_wire *w);
void pc_asks_answer(struct pc_asks *asks, uint64_t there);
void pc_asks_close(struct pc_asks *asks);

#endif
