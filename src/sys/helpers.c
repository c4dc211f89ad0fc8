/* SPDX-License-Identifier: MIT
 *
 * helpers.c - threads that make system calls on behalf of another thread.
 *
 *   owner:  give -> [given] -> helper: the call -> [made] -> bell -> owner: take
 *
 * A helper rings the bell when it adds a call to an empty list of finished calls. The owner
 * always takes the whole list, so no call is missed, and a bell without a call does no harm. */
#include "sys/helpers.h"

#include "base/sys.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Enough for system calls; untouched pages cost nothing. */
#define STACK_BYTES (64U << 10)

void pc_helpers_init(struct pc_helpers *helpers)
{
	*helpers = (struct pc_helpers){.bell = -1};
	(void)pthread_mutex_init(&helpers->lock, NULL); /* neither can fail */
	(void)pthread_cond_init(&helpers->wanted, NULL);
}

/* ---- A helper ---- */

static long call_result(const struct pc_call *call)
{
	const long *arg = call->arg;
	long r = syscall(call->number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);

	return r < 0 ? -errno : r;
}

/* Waits for a call, under the lock. NULL: the helpers are ending. */
static struct pc_call *given_wait(struct pc_helpers *h)
{
	struct pc_call *call;

	while (!h->first && !h->ending)
		(void)pthread_cond_wait(&h->wanted, &h->lock);
	call = h->first;
	if (call) {
		h->first = call->next;
		h->given--;
		h->idle--;
	}
	return call;
}

static void made_add(struct pc_helpers *h, struct pc_call *call)
{
	bool first = !h->made;

	call->next = h->made;
	h->made = call;
	h->idle++;
	if (first)
		pc_event_post(h->bell);
}

static void *helper_main(void *arg)
{
	struct pc_helpers *h = arg;
	struct pc_call *call;

	(void)pthread_mutex_lock(&h->lock);
	while ((call = given_wait(h))) {
		(void)pthread_mutex_unlock(&h->lock);
		call->answer = call_result(call);
		(void)pthread_mutex_lock(&h->lock);
		made_add(h, call);
	}
	(void)pthread_mutex_unlock(&h->lock);
	return NULL;
}

/* ---- The owner ---- */

static bool bell_make(struct pc_helpers *h)
{
	if (h->bell < 0)
		h->bell = eventfd(0, EFD_CLOEXEC);
	return h->bell >= 0;
}

/* Counts a helper as idle from its start, as the call that started it relies on that. */
static void helper_start(struct pc_helpers *h)
{
	pthread_attr_t attr;
	bool started;

	if (h->count == PC_HELPERS_MAX || !bell_make(h) || pthread_attr_init(&attr) != 0)
		return;
	/* otherwise the default size applies */
	(void)pthread_attr_setstacksize(&attr, STACK_BYTES);
	started = pthread_create(&h->id[h->count], &attr, helper_main, h) == 0;
	(void)pthread_attr_destroy(&attr);
	if (!started)
		return;
	h->count++;
	(void)pthread_mutex_lock(&h->lock);
	h->idle++;
	(void)pthread_mutex_unlock(&h->lock);
}

static bool is_one_free(struct pc_helpers *h)
{
	bool is;

	(void)pthread_mutex_lock(&h->lock);
	is = h->given < h->idle;
	(void)pthread_mutex_unlock(&h->lock);
	return is;
}

bool pc_helpers_give(struct pc_helpers *h, struct pc_call *call)
{
	if (!is_one_free(h))
		helper_start(h);
	if (h->count == 0)
		return false;
	call->next = NULL;
	(void)pthread_mutex_lock(&h->lock);
	if (h->first)
		h->last->next = call;
	else
		h->first = call;
	h->last = call;
	h->given++;
	(void)pthread_cond_signal(&h->wanted);
	(void)pthread_mutex_unlock(&h->lock);
	return true;
}

struct pc_call *pc_helpers_take(struct pc_helpers *h)
{
	struct pc_call *made;

	(void)pthread_mutex_lock(&h->lock);
	made = h->made;
	h->made = NULL;
	(void)pthread_mutex_unlock(&h->lock);
	return made;
}

void pc_helpers_done(struct pc_helpers *h)
{
	(void)pthread_mutex_lock(&h->lock);
	h->ending = true;
	(void)pthread_cond_broadcast(&h->wanted);
	(void)pthread_mutex_unlock(&h->lock);
	for (unsigned i = 0; i < h->count; i++)
		(void)pthread_join(h->id[i], NULL); /* cannot fail */
	if (h->bell >= 0)
		(void)close(h->bell);
	(void)pthread_cond_destroy(&h->wanted);
	(void)pthread_mutex_destroy(&h->lock);
}
