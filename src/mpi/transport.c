/* SPDX-License-Identifier: MIT */
/* transport.c - messages between ranks over MPI.
 *
 * Only nonblocking sends and probes: a message is kept until it has been sent.  MPI has no
 * descriptor to poll, and its blocking calls spin.  So this sleeps between two probes, longer the
 * longer nothing arrives. */
#include "mpi/transport.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <mpi.h>

#include "base/clock.h"

#define TAG 1

/* Sleep between two probes: a part of the time waited so far, so that a message is noticed late by
 * no more than this part; but at least and at most this long. */
#define SLEEP_PART 8U
#define SLEEP_LEAST_NS UINT64_C(20000)
#define SLEEP_MOST_NS UINT64_C(1000000)

struct outgoing {
	struct outgoing *next;
	MPI_Request request;
	char bytes[];
};

struct mpi_link {
	struct pcopy_transport transport;
	struct outgoing *outgoing; /* sends not known to be complete */
	char *incoming;            /* the last message received */
	size_t incoming_cap;
};

static void outgoing_forget(struct mpi_link *link, bool wait)
{
	struct outgoing **at = &link->outgoing;

	while (*at) {
		struct outgoing *one = *at;
		int sent = 1;

		if (wait)
			(void)MPI_Wait(&one->request, MPI_STATUS_IGNORE); /* MPI aborts on errors */
		else
			(void)MPI_Test(&one->request, &sent, MPI_STATUS_IGNORE);
		if (!sent) {
			at = &one->next;
			continue;
		}
		*at = one->next;
		free(one);
	}
}

static int link_send(void *data, unsigned rank, const void *message, size_t len)
{
	struct mpi_link *link = data;
	struct outgoing *one;

	if (len > INT_MAX)
		return -EMSGSIZE;
	one = malloc(sizeof(*one) + len);
	if (!one)
		return -ENOMEM;
	memcpy(one->bytes, message, len);
	if (MPI_Isend(one->bytes, (int)len, MPI_BYTE, (int)rank, TAG, MPI_COMM_WORLD,
	              &one->request) != MPI_SUCCESS) {
		free(one);
		return -EIO;
	}
	one->next = link->outgoing;
	link->outgoing = one;
	outgoing_forget(link, false);
	return 0;
}

static int incoming_reserve(struct mpi_link *link, size_t len)
{
	char *more;

	if (len <= link->incoming_cap)
		return 0;
	more = realloc(link->incoming, len);
	if (!more)
		return -ENOMEM;
	link->incoming = more;
	link->incoming_cap = len;
	return 0;
}

/* Receives a pending message.  Returns 1, 0 if there is none, or negative errno.
 *
 * Open MPI's probe looks at the messages that arrived before, and if it finds none, it receives
 * from the network and returns without another look.  A second probe finds what the first one
 * received; without it, a message would wait for one more sleep. */
static int message_poll(struct mpi_link *link, unsigned *ret_rank, size_t *ret_len)
{
	MPI_Message message;
	MPI_Status status;
	int there = 0, len;

	for (int probe = 0; probe < 2 && !there; probe++) {
		if (MPI_Improbe(MPI_ANY_SOURCE, TAG, MPI_COMM_WORLD, &there, &message, &status) !=
		    MPI_SUCCESS)
			return -EIO;
	}
	if (!there)
		return 0;
	(void)MPI_Get_count(&status, MPI_BYTE, &len); /* cannot fail for bytes */
	if (incoming_reserve(link, (size_t)len + 1) < 0)
		return -ENOMEM;
	if (MPI_Mrecv(link->incoming, len, MPI_BYTE, &message, MPI_STATUS_IGNORE) != MPI_SUCCESS)
		return -EIO;
	*ret_rank = (unsigned)status.MPI_SOURCE;
	*ret_len = (size_t)len;
	return 1;
}

static uint64_t sleep_choose(uint64_t waited_ns, uint64_t left_ns)
{
	uint64_t ns = waited_ns / SLEEP_PART;

	if (ns < SLEEP_LEAST_NS)
		ns = SLEEP_LEAST_NS;
	if (ns > SLEEP_MOST_NS)
		ns = SLEEP_MOST_NS;
	return ns < left_ns ? ns : left_ns;
}

/* Sleeps; a signal or a readable `fd` ends it.  True if `fd` is readable. */
static bool link_sleep(int fd, uint64_t ns)
{
	struct pollfd poll = {.fd = fd, .events = POLLIN};
	struct timespec time = {.tv_nsec = (long)ns};

	return ppoll(&poll, 1, &time, NULL) > 0;
}

static int link_receive(void *data, int timeout_ms, int fd, unsigned *ret_rank,
                        const void **ret_message, size_t *ret_len)
{
	struct mpi_link *link = data;
	uint64_t start_ns = pc_now_ns(), now_ns = start_ns;
	uint64_t end_ns =
		timeout_ms < 0 ? UINT64_MAX : now_ns + (uint64_t)timeout_ms * PC_NS_PER_MS;
	int r;

	for (;;) {
		r = message_poll(link, ret_rank, ret_len);
		*ret_message = link->incoming;
		if (link->outgoing)
			outgoing_forget(link, false);
		if (r != 0 || now_ns >= end_ns ||
		    link_sleep(fd, sleep_choose(now_ns - start_ns, end_ns - now_ns)))
			return r;
		now_ns = pc_now_ns();
	}
}

int mpi_link_new(struct mpi_link **ret)
{
	struct mpi_link *link = calloc(1, sizeof(*link));
	int rank, ranks;

	if (!link)
		return -ENOMEM;
	if (MPI_Comm_rank(MPI_COMM_WORLD, &rank) != MPI_SUCCESS ||
	    MPI_Comm_size(MPI_COMM_WORLD, &ranks) != MPI_SUCCESS) {
		free(link);
		return -EIO;
	}
	link->transport = (struct pcopy_transport){.size = sizeof(link->transport),
	                                           .data = link,
	                                           .rank = (unsigned)rank,
	                                           .ranks = (unsigned)ranks,
	                                           .send = link_send,
	                                           .receive = link_receive};
	*ret = link;
	return 0;
}

const struct pcopy_transport *mpi_link_transport(const struct mpi_link *link)
{
	return &link->transport;
}

void mpi_link_free(struct mpi_link *link)
{
	outgoing_forget(link, true);
	free(link->incoming);
	free(link);
}
