/* SPDX-License-Identifier: MIT
 *
 * wire.c - serialises values for messages between ranks. */
#include "ranks/wire.h"

#include <string.h>

/* ---- Writing ---- */

void pc_wire_put(struct pc_wire *w, const void *data, size_t len)
{
	if (pc_buffer_add(&w->bytes, data, len) < 0)
		w->no_memory = true;
}

void pc_wire_put_number(struct pc_wire *w, uint64_t number)
{
	pc_wire_put(w, &number, sizeof(number));
}

void pc_wire_put_string(struct pc_wire *w, const char *text)
{
	pc_wire_put_number(w, text ? strlen(text) + 1 : 0);
	if (text)
		pc_wire_put(w, text, strlen(text) + 1);
}

void pc_wire_put_block(struct pc_wire *w, const void *data, size_t len)
{
	pc_wire_put_number(w, len);
	if (len > 0)
		pc_wire_put(w, data, len);
}

void pc_wire_set_number(struct pc_wire *w, size_t at, uint64_t number)
{
	if (at + sizeof(number) <= w->bytes.len)
		memcpy(w->bytes.data + at, &number, sizeof(number));
}

void pc_wire_clear(struct pc_wire *w)
{
	pc_buffer_cut(&w->bytes, 0);
	w->no_memory = false;
}

void pc_wire_done(struct pc_wire *w)
{
	pc_buffer_done(&w->bytes);
}

/* ---- Reading ---- */

struct pc_wire_reader pc_wire_reader_of(const void *data, size_t len)
{
	return (struct pc_wire_reader){.at = data, .end = (const char *)data + len};
}

const void *pc_wire_get(struct pc_wire_reader *r, size_t len)
{
	const char *at = r->at;

	if (r->broken || len > (size_t)(r->end - at)) {
		r->broken = true;
		return NULL;
	}
	r->at = at + len;
	return at;
}

uint64_t pc_wire_get_number(struct pc_wire_reader *r, uint64_t most)
{
	uint64_t number = 0;
	const void *at = pc_wire_get(r, sizeof(number));

	if (at)
		memcpy(&number, at, sizeof(number));
	if (number <= most)
		return number;
	r->broken = true;
	return 0;
}

const char *pc_wire_get_string(struct pc_wire_reader *r)
{
	size_t size = pc_wire_get_number(r, SIZE_MAX);
	const char *text = size > 0 ? pc_wire_get(r, size) : NULL;

	if (text && memchr(text, '\0', size) != text + size - 1) {
		r->broken = true;
		return NULL;
	}
	return text;
}

const char *pc_wire_get_text(struct pc_wire_reader *r)
{
	const char *text = pc_wire_get_string(r);

	if (text)
		return text;
	r->broken = true;
	return "";
}

const void *pc_wire_get_block(struct pc_wire_reader *r, size_t most, size_t *ret_len)
{
	size_t len = pc_wire_get_number(r, most);
	const void *at = pc_wire_get(r, len);

	*ret_len = at ? len : 0;
	return at;
}

bool pc_wire_is_whole(const struct pc_wire_reader *r)
{
	return !r->broken && r->at == r->end;
}
