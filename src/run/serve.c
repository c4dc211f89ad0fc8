/* SPDX-License-Identifier: MIT */
/* serve.c - the library's functions for serving ranks. */
#include "pcopy.h"

#include "copy/copy.h"
#include "ranks/greeting.h"
#include "ranks/serve.h"
#include "ranks/setup.h"
#include "run/pack.h"
#include "sys/devices.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A pass points into its message, which the transport keeps only until the next one: copies it. */
static int setup_serve(const struct pc_server *server, const struct pc_wire_reader *message)
{
	size_t len = (size_t)(message->end - message->at);
	char *copy = malloc(len + 1);
	struct pc_wire_reader r;
	struct pc_unpacked u;
	int e;

	if (!copy)
		return pc_pass_refuse(server->transport, -ENOMEM);
	memcpy(copy, message->at, len);
	r = pc_wire_reader_of(copy, len);
	e = pc_unpack(&r, &u);
	if (e == 0) {
		const struct pc_pass pass = {.transport = server->transport,
		                             .options = &u.options,
		                             .work = u.work,
		                             .root_count = u.roots.count,
		                             .devices =
		                                     server->maps_devices ? server->devices : NULL,
		                             .meter = u.meter,
		                             .threads = u.threads};

		if (u.umask != PC_UMASK_ANY)
			(void)umask(u.umask);
		e = pc_pass_serve(&pass);
	} else {
		e = pc_pass_refuse(server->transport, e);
	}
	pc_unpacked_done(&u);
	free(copy);
	return e;
}

/* Answers with the result of each: an error, or 0. */
static int written_sync(struct pc_wire_reader *r, const struct pc_setup_roots *roots,
                        struct pc_wire *ret)
{
	const struct pcopy_options options = {.fsync = PCOPY_FSYNC_END};
	uint64_t count = pc_wire_get_number(r, UINT32_MAX);

	for (uint64_t i = 0; i < count && !r->broken && roots->count > 0; i++) {
		unsigned root = (unsigned)pc_wire_get_number(r, roots->count - 1U);
		bool top = pc_wire_get_number(r, 1);
		const char *path = pc_wire_get_text(r);

		if (!r->broken)
			pc_wire_put_number(ret, (uint64_t)-pc_copy_sync(
							&options, &roots->root[root], top, path));
	}
	return pc_wire_is_whole(r) ? 0 : -EBADMSG;
}

static int sync_serve(const struct pc_server *server, struct pc_wire_reader *r)
{
	struct pc_setup_roots roots;
	struct pc_wire w = {0};
	int e = pc_setup_get_roots(r, &roots);

	pc_message_begin(&w, PC_MESSAGE_SYNCED);
	if (e == 0)
		e = written_sync(r, &roots, &w);
	if (e == 0)
		e = pc_ranks_send(server->transport, 0, &w);
	pc_setup_roots_done(&roots);
	pc_wire_done(&w);
	return e;
}

static int server_message_take(struct pc_server *server, const void *bytes, size_t len,
                               bool *ret_quit)
{
	struct pc_wire_reader r;
	enum pc_message kind = pc_message_open(bytes, len, &r);

	*ret_quit = kind == PC_MESSAGE_QUIT;
	if (kind == PC_MESSAGE_QUIT)
		return 0;
	if (kind == PC_MESSAGE_SYNC)
		return sync_serve(server, &r);
	return kind == PC_MESSAGE_SETUP ? setup_serve(server, &r)
	                                : pc_greeting_answer(server, kind, &r);
}

int pcopy_serve(const struct pcopy_transport *transport)
{
	struct pc_devices devices;
	struct pc_server server = {.transport = transport, .devices = &devices};
	bool quit = false;
	int r = 0;

	if (transport->size < sizeof(*transport) || transport->rank == 0)
		return -EINVAL;
	pc_devices_init(&devices, PC_DEVICE_OWN(transport->rank));
	while (!quit && r >= 0) {
		const void *bytes;
		unsigned rank;
		size_t len;

		r = transport->receive(transport->data, -1, -1, &rank, &bytes, &len);
		if (r > 0 && rank != 0)
			r = -EBADMSG;
		if (r > 0)
			r = server_message_take(&server, bytes, len, &quit);
	}
	pc_devices_done(&devices);
	return r < 0 ? r : 0;
}

int pcopy_dismiss(const struct pcopy_transport *transport)
{
	struct pc_wire w = {0};
	int r = 0;

	pc_message_begin(&w, PC_MESSAGE_QUIT);
	for (unsigned i = 1; i < transport->ranks; i++) {
		int e = pc_ranks_send(transport, i, &w);

		r = e < 0 ? e : r;
	}
	pc_wire_done(&w);
	return r;
}
