/* sockets.h - ranks that are processes of this machine, over sockets: a transport for tests.
 * SPDX-License-Identifier: MIT */
#ifndef PC_TESTS_SOCKETS_H
#define PC_TESTS_SOCKETS_H

#include "base/buffer.h"
#include "base/clock.h"
#include "pcopy.h"
#include "ranks/message.h"

#include "support.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#define RANKS_MAX 8U

/* The way to one other rank.  A message is its length and then it. */
struct way {
	int fd; /* -1: there is none any more */
	struct pc_buffer out, in;
	size_t sent;
};

static struct way ways[RANKS_MAX]; /* of this process; a rank that serves has number 0 alone */
static struct pc_buffer last;      /* the message that was received last */
static pid_t serving[RANKS_MAX];

static void way_flush(struct way *way)
{
	while (way->fd >= 0 && way->sent < way->out.len) {
		ssize_t n = send(way->fd, way->out.data + way->sent, way->out.len - way->sent,
		                 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n <= 0)
			return;
		way->sent += (size_t)n;
	}
	pc_buffer_cut(&way->out, 0);
	way->sent = 0;
}

static int sockets_send(UNUSED void *data, unsigned rank, const void *message, size_t len)
{
	uint64_t size = len;

	if (ways[rank].fd < 0)
		return -EPIPE;
	ck_assert_int_eq(pc_buffer_add(&ways[rank].out, &size, sizeof(size)), 0);
	ck_assert_int_eq(pc_buffer_add(&ways[rank].out, message, len), 0);
	way_flush(&ways[rank]);
	return 0;
}

/* A message that is there as a whole. */
static bool way_take(struct way *way, size_t *ret_len)
{
	uint64_t size;

	if (way->in.len < sizeof(size))
		return false;
	memcpy(&size, way->in.data, sizeof(size));
	if (way->in.len < sizeof(size) + size)
		return false;
	pc_buffer_cut(&last, 0);
	ck_assert_int_eq(pc_buffer_add(&last, way->in.data + sizeof(size), size), 0);
	memmove(way->in.data, way->in.data + sizeof(size) + size,
	        way->in.len - sizeof(size) - size);
	pc_buffer_cut(&way->in, way->in.len - sizeof(size) - size);
	*ret_len = size;
	return true;
}

/* False: its end. */
static bool way_read(struct way *way)
{
	static char bytes[1 << 16];
	ssize_t n = recv(way->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n > 0)
		ck_assert_int_eq(pc_buffer_add(&way->in, bytes, (size_t)n), 0);
	return n > 0 || (n < 0 && errno == EAGAIN);
}

static int sockets_look(unsigned *ret_rank, const void **ret_message, size_t *ret_len)
{
	for (unsigned i = 0; i < RANKS_MAX; i++) {
		*ret_rank = i;
		if (ways[i].fd >= 0 && way_take(&ways[i], ret_len)) {
			*ret_message = last.data;
			return 1;
		}
	}
	return 0;
}

static int sockets_receive(UNUSED void *data, int timeout_ms, int fd, unsigned *ret_rank,
                           const void **ret_message, size_t *ret_len)
{
	uint64_t end_ns = pc_now_ns() + (uint64_t)timeout_ms * PC_NS_PER_MS;

	for (;;) {
		struct pollfd fds[RANKS_MAX + 1];
		int r = sockets_look(ret_rank, ret_message, ret_len);

		if (r > 0)
			return r;
		for (unsigned i = 0; i < RANKS_MAX; i++)
			fds[i] = (struct pollfd){
				.fd = ways[i].fd,
				.events = (short)(POLLIN | (ways[i].out.len ? POLLOUT : 0))};
		fds[RANKS_MAX] = (struct pollfd){.fd = fd, .events = POLLIN};
		r = poll(fds, RANKS_MAX + 1, timeout_ms);
		for (unsigned i = 0; i < RANKS_MAX && r > 0; i++) {
			if (fds[i].revents & POLLOUT)
				way_flush(&ways[i]);
			if ((fds[i].revents & ~POLLOUT) && !way_read(&ways[i])) {
				close(ways[i].fd);
				ways[i].fd = -1;
				*ret_rank = i;
				return -EPIPE;
			}
		}
		if (fds[RANKS_MAX].revents || (timeout_ms >= 0 && pc_now_ns() >= end_ns)) {
			r = sockets_look(ret_rank, ret_message, ret_len);
			return r;
		}
	}
}

static struct pcopy_transport sockets_transport(unsigned rank, unsigned ranks)
{
	return (struct pcopy_transport){.size = sizeof(struct pcopy_transport),
	                                .rank = rank,
	                                .ranks = ranks,
	                                .send = sockets_send,
	                                .receive = sockets_receive};
}

static void ways_clear(void)
{
	for (unsigned i = 0; i < RANKS_MAX; i++)
		ways[i] = (struct way){.fd = -1};
}

/* ---- A transport that does something else with its messages, in the process that has it ---- */

/* What is done with a message that goes to a rank, or came from it: another one may be put in its
 * place.  0, or the error that the call fails with. */
typedef int (*meddle_fn)(unsigned rank, enum pc_message kind, const void **message, size_t *len);

static meddle_fn meddle_send, meddle_receive; /* NULL: nothing; set before ranks are started */

static int meddled_send(void *data, unsigned rank, const void *message, size_t len)
{
	struct pc_wire_reader r;
	int e = meddle_send(rank, pc_message_open(message, len, &r), &message, &len);

	return e < 0 ? e : sockets_send(data, rank, message, len);
}

static int meddled_receive(void *data, int timeout_ms, int fd, unsigned *ret_rank,
                           const void **ret_message, size_t *ret_len)
{
	int n = sockets_receive(data, timeout_ms, fd, ret_rank, ret_message, ret_len), e = 0;
	struct pc_wire_reader r;

	if (n > 0)
		e = meddle_receive(*ret_rank, pc_message_open(*ret_message, *ret_len, &r),
		                   ret_message, ret_len);
	return e < 0 ? e : n;
}

static struct pcopy_transport meddled_transport(const struct pcopy_transport *honest)
{
	struct pcopy_transport t = *honest;

	t.send = meddle_send ? meddled_send : t.send;
	t.receive = meddle_receive ? meddled_receive : t.receive;
	return t;
}

static UNUSED int serve_meddled(const struct pcopy_transport *honest)
{
	struct pcopy_transport t = meddled_transport(honest);

	return pcopy_serve(&t);
}

/* ---- Ranks ---- */

/* What a rank does, instead of serving. */
typedef int (*serve_fn)(const struct pcopy_transport *transport);

/* Starts a process that serves, as rank number `rank` of `ranks`. */
static void rank_start(unsigned rank, unsigned ranks, serve_fn serve)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	serving[rank] = fork();
	if (serving[rank] == 0) {
		struct pcopy_transport transport = sockets_transport(rank, ranks);

		ways_clear();
		close(pair[0]);
		ways[0].fd = pair[1];
		_exit(serve(&transport) == 0 ? 0 : 1);
	}
	close(pair[1]);
	ways[rank].fd = pair[0];
}

static int rank_status(unsigned rank)
{
	int status;

	ck_assert_int_eq(waitpid(serving[rank], &status, 0), serving[rank]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* What was sent last is on its way. */
static void ways_flush(void)
{
	for (unsigned i = 0; i < RANKS_MAX; i++) {
		while (ways[i].fd >= 0 && ways[i].out.len > 0)
			way_flush(&ways[i]);
	}
}

#endif
