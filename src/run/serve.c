/* SPDX-License-Identifier: MIT */
/* serve.c - the library's doors for ranks that serve the run of another. */
#include "pcopy.h"

#include "ranks/greeting.h"
#include "ranks/serve.h"
#include "run/pack.h"
#include "sys/devices.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A pass refers to its message, which the transport has only until the next one. */
static int setup_serve(const struct pc_guest *guest, const struct pc_wire_reader *message)
{
	size_t len = (size_t)(message->end - message->at);
	char *copy = malloc(len + 1);
	struct pc_wire_reader r;
	struct pc_unpacked u;
	int e;

	if (!copy)
		return pc_pass_refuse(guest->transport, -ENOMEM);
	memcpy(copy, message->at, len);
	r = pc_wire_reader_of(copy, len);
	e = pc_unpack(&r, &u);
	if (e == 0) {
		const struct pc_pass pass = {.transport = guest->transport,
		                             .options = &u.options,
		                             .work = u.work,
		                             .root_count = u.roots.count,
		                             .devices = guest->renames ? guest->devices : NULL,
		                             .meter = u.meter,
		                             .threads = u.threads};

		if (u.umask != PC_UMASK_ANY)
			(void)umask(u.umask);
		e = pc_pass_serve(&pass);
	} else {
		e = pc_pass_refuse(guest->transport, e);
	}
	pc_unpacked_done(&u);
	free(copy);
	return e;
}

static int guest_message_take(struct pc_guest *guest, const void *bytes, size_t len, bool *ret_quit)
{
	struct pc_wire_reader r;
	enum pc_message kind = pc_message_open(bytes, len, &r);

	*ret_quit = kind == PC_MESSAGE_QUIT;
	if (kind == PC_MESSAGE_QUIT)
		return 0;
	return kind == PC_MESSAGE_SETUP ? setup_serve(guest, &r) : pc_guest_take(guest, kind, &r);
}

int pcopy_serve(const struct pcopy_transport *transport)
{
	struct pc_devices devices;
	struct pc_guest guest = {.transport = transport, .devices = &devices};
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
			r = guest_message_take(&guest, bytes, len, &quit);
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
