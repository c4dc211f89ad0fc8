/* SPDX-License-Identifier: MIT
 *
 * message.c - the messages between ranks.
 *
 * Jobs and answers are sent as they lie in memory: all ranks run the same build (view.c). */
#include "ranks/message.h"

#include "job/queue.h"

#include <stddef.h>
#include <string.h>

/* Identifies this program.  Its build is in GREET and HELLO, whose header never changes. */
#define MAGIC UINT32_C(0x70630a01)

struct head {
	uint32_t magic;
	uint32_t kind;
};

/* Length of the request part of a job; the rest is the answer. */
#define REQUEST_BYTES offsetof(struct pc_job, text_len)

void pc_message_begin(struct pc_wire *w, enum pc_message kind)
{
	const struct head head = {.magic = MAGIC, .kind = (uint32_t)kind};

	pc_wire_clear(w);
	pc_wire_put(w, &head, sizeof(head));
}

enum pc_message pc_message_open(const void *bytes, size_t len, struct pc_wire_reader *ret)
{
	struct head head;
	const void *at;

	*ret = pc_wire_reader_of(bytes, len);
	at = pc_wire_get(ret, sizeof(head));
	if (!at)
		return PC_MESSAGE_NONE;
	memcpy(&head, at, sizeof(head));
	return head.magic == MAGIC && head.kind < PC_MESSAGES ? (enum pc_message)head.kind
	                                                      : PC_MESSAGE_NONE;
}

/* ---- Records ---- */

void pc_message_begin_run(struct pc_wire *w, enum pc_message kind)
{
	pc_message_begin(w, kind);
	pc_wire_put_number(w, 0);
}

void pc_message_set_count(struct pc_wire *w, unsigned count)
{
	pc_wire_set_number(w, sizeof(struct head), count);
}

void pc_message_put_job(struct pc_wire *w, unsigned slot, const struct pc_job *job,
                        const char *text)
{
	pc_wire_put_number(w, slot);
	pc_wire_put(w, job, REQUEST_BYTES);
	pc_wire_put(w, text, job->request_len);
}

bool pc_message_get_job(struct pc_wire_reader *r, unsigned *ret_slot, struct pc_job *ret,
                        const char **ret_text)
{
	const void *at;

	*ret_slot = (unsigned)pc_wire_get_number(r, PC_QUEUE_MAX - 1);
	at = pc_wire_get(r, REQUEST_BYTES);
	if (!at)
		return false;
	memset(ret, 0, sizeof(*ret));
	memcpy(ret, at, REQUEST_BYTES);
	if (ret->request_len > PC_TEXT_BYTES)
		r->broken = true;
	*ret_text = pc_wire_get(r, ret->request_len);
	return *ret_text != NULL;
}

void pc_message_put_result(struct pc_wire *w, unsigned slot, const struct pc_job *job,
                           const char *text)
{
	uint32_t start = pc_item_start(job->request_len);
	uint32_t end = job->text_len > start ? job->text_len : start;

	pc_wire_put_number(w, slot);
	pc_wire_put(w, job, sizeof(*job));
	pc_wire_put_block(w, text + start, end - start);
}

bool pc_message_get_result(struct pc_wire_reader *r, unsigned *ret_slot, struct pc_job *ret,
                           const char **ret_items, size_t *ret_len)
{
	const void *at;

	*ret_slot = (unsigned)pc_wire_get_number(r, PC_QUEUE_MAX - 1);
	at = pc_wire_get(r, sizeof(*ret));
	if (!at)
		return false;
	memcpy(ret, at, sizeof(*ret));
	*ret_items = pc_wire_get_block(r, PC_TEXT_BYTES, ret_len);
	return !r->broken;
}

bool pc_message_answer(struct pc_job *job, char *text, const struct pc_job *answer,
                       const char *items, size_t len)
{
	uint32_t request_len = job->request_len, start = pc_item_start(request_len);

	if (answer->kind != job->kind || answer->request_len != request_len ||
	    len > PC_TEXT_BYTES - start)
		return false;
	*job = *answer;
	memset(text + request_len, 0, start - request_len);
	if (len > 0)
		memcpy(text + start, items, len);
	job->text_len = len > 0 ? start + (uint32_t)len : request_len;
	return true;
}

/* ---- Flags ---- */

void pc_message_put_flags(struct pc_wire *w, const struct pc_message_flags *flags)
{
	pc_wire_put_number(w, flags->canceled);
	pc_wire_put_number(w, flags->workers_idle);
	pc_wire_put_number(w, flags->rate);
}

struct pc_message_flags pc_message_get_flags(struct pc_wire_reader *r)
{
	struct pc_message_flags flags = {.canceled = pc_wire_get_number(r, 1)};

	flags.workers_idle = pc_wire_get_number(r, 1);
	flags.rate = pc_wire_get_number(r, UINT64_MAX);
	return flags;
}
