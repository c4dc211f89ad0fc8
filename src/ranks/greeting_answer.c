/* SPDX-License-Identifier: MIT
 *
 * greeting_answer.c - the greeting on the serving side.
 *
 * Answers questions about paths, and changes nothing.  A message that is truncated or too long is
 * refused with -EBADMSG, which ends the rank. */
#include "ranks/greeting.h"

#include "base/cleanup.h"
#include "base/sys.h"
#include "ranks/view.h"
#include "sys/devices.h"

#include <errno.h>

#define PLACES_MAX (UINT64_C(1) << 26)

/* A different program gets no further answer: it may count fields in another way. */
static int greet_answer(struct pc_server *server, struct pc_wire_reader *r)
{
	struct pc_identity coordinator = pc_identity_get(r);
	bool whole = !coordinator.same_program;
	struct pc_wire w = {0};
	uint64_t count = coordinator.same_program ? pc_wire_get_number(r, PLACES_MAX) : 0;
	int e;

	pc_message_begin(&w, PC_MESSAGE_HELLO);
	pc_identity_put(&w);
	pc_wire_put_number(&w, count);
	for (uint64_t n = 0; n < count && !r->broken; n++) {
		const char *path = pc_wire_get_text(r);
		struct pc_view view;

		pc_view_look(path, pc_wire_get_number(r, 1), &view);
		pc_view_put(&w, &view);
	}
	whole = whole || pc_wire_is_whole(r);
	e = whole ? pc_ranks_send(server->transport, 0, &w) : -EBADMSG;
	pc_wire_done(&w);
	return e;
}

/* True if a name exists that was just created: asks the server, not the local cache. */
static bool is_there(const char *path, const char *name)
{
	_cleanup_close_ int dir_fd = pc_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
	struct stat st;

	return dir_fd >= 0 && fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int probe_answer(struct pc_server *server, struct pc_wire_reader *r)
{
	uint64_t count = pc_wire_get_number(r, PLACES_MAX);
	struct pc_wire w = {0};
	int e;

	pc_message_begin(&w, PC_MESSAGE_PROBE);
	for (uint64_t n = 0; n < count && !r->broken; n++) {
		const char *path = pc_wire_get_text(r);

		pc_wire_put_number(&w, is_there(path, pc_wire_get_text(r)));
	}
	e = pc_wire_is_whole(r) ? pc_ranks_send(server->transport, 0, &w) : -EBADMSG;
	pc_wire_done(&w);
	return e;
}

static int welcome_take(struct pc_server *server, struct pc_wire_reader *r)
{
	uint64_t count = pc_wire_get_number(r, PLACES_MAX);
	int e = 0;

	server->maps_devices = pc_wire_get_number(r, 1);
	for (uint64_t n = 0; n < count && !r->broken && e == 0; n++) {
		uint64_t here = pc_wire_get_number(r, UINT64_MAX);

		e = pc_devices_set(server->devices, here, pc_wire_get_number(r, UINT64_MAX));
	}
	return e == 0 && !pc_wire_is_whole(r) ? -EBADMSG : e;
}

int pc_greeting_answer(struct pc_server *server, enum pc_message kind, struct pc_wire_reader *r)
{
	int e = kind == PC_MESSAGE_GREET     ? greet_answer(server, r)
	        : kind == PC_MESSAGE_PROBE   ? probe_answer(server, r)
	        : kind == PC_MESSAGE_WELCOME ? welcome_take(server, r)
	                                     : -EBADMSG;

	return e;
}
