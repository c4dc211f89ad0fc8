/* SPDX-License-Identifier: MIT
 *
 * message.h - what ranks say to each other.
 *
 *      rank 0, the coordinator               the others, which work
 *
 *      GREET   who asks, and for what   ->
 *                                       <-   HELLO    who answers, and what it sees
 *      PROBE   names made in targets    ->
 *                                       <-   PROBE    which of them it sees
 *      WELCOME what devices are called  ->
 *      SETUP   of a pass of workers     ->
 *                                       <-   READY    workers are born
 *      JOBS    a run of requests        ->
 *                                       <-   RESULTS  a run of answers
 *      FLAGS   canceled, workers_idle, rate   ->
 *                                       <-   STATUS   what the jobs in work are at
 *                                       <-   DEVICE   where a device was met
 *      DEVICE  what it is called        ->
 *      END     of the pass              ->
 *                                       <-   ENDED    what it cost
 *      SYNC    what was written to      ->
 *                                       <-   SYNCED   what came of that
 *      QUIT                             ->
 *
 * From one rank to another messages come in the order in which they were sent, each once and
 * whole (struct pcopy_transport).  Each begins with a head; a JOBS or RESULTS message has as
 * many records as it says. */
#ifndef PC_RANKS_MESSAGE_H
#define PC_RANKS_MESSAGE_H

#include "job/job.h"
#include "ranks/wire.h"

enum pc_message {
	PC_MESSAGE_NONE,
	PC_MESSAGE_GREET,
	PC_MESSAGE_HELLO,
	PC_MESSAGE_PROBE,
	PC_MESSAGE_WELCOME,
	PC_MESSAGE_SETUP,
	PC_MESSAGE_READY,
	PC_MESSAGE_JOBS,
	PC_MESSAGE_RESULTS,
	PC_MESSAGE_FLAGS,
	PC_MESSAGE_STATUS,
	PC_MESSAGE_DEVICE,
	PC_MESSAGE_END,
	PC_MESSAGE_ENDED,
	PC_MESSAGE_SYNC,
	PC_MESSAGE_SYNCED,
	PC_MESSAGE_QUIT,
	PC_MESSAGES
};

/* Begins a message: what `w` held is gone. */
void pc_message_begin(struct pc_wire *w, enum pc_message kind);

/* Opens one that came.  PC_MESSAGE_NONE: it is none, or of another program. */
enum pc_message pc_message_open(const void *bytes, size_t len, struct pc_wire_reader *ret);

/* ---- Records ---- */

/* A message has so many bytes at most, but for one record that is larger. */
#define PC_MESSAGE_BYTES (UINT32_C(1) << 20)

/* Begins a message of records, whose number is set when it is known. */
void pc_message_begin_run(struct pc_wire *w, enum pc_message kind);
void pc_message_set_count(struct pc_wire *w, unsigned count);

/* A request: its slot at the coordinator, the job, its text. */
void pc_message_put_job(struct pc_wire *w, unsigned slot, const struct pc_job *job,
                        const char *text);
/* False: it is none.  `ret_text` is valid as long as the message, `ret` has no answer yet. */
bool pc_message_get_job(struct pc_wire_reader *r, unsigned *ret_slot, struct pc_job *ret,
                        const char **ret_text);

/* An answer: the job, and the items behind its request. */
void pc_message_put_result(struct pc_wire *w, unsigned slot, const struct pc_job *job,
                           const char *text);
/* As above; `items` begins where the request's items would. */
bool pc_message_get_result(struct pc_wire_reader *r, unsigned *ret_slot, struct pc_job *ret,
                           const char **ret_items, size_t *ret_len);

/* Puts an answer into the slot of its request, whose text is there.  False: it does not fit
 * what was asked. */
bool pc_message_answer(struct pc_job *job, char *text, const struct pc_job *answer,
                       const char *items, size_t len);

/* ---- What a rank is told while it works ---- */

struct pc_message_flags {
	bool canceled, workers_idle;
	uint64_t rate; /* bytes a second of all its workers; 0: no limit */
};

void pc_message_put_flags(struct pc_wire *w, const struct pc_message_flags *flags);
struct pc_message_flags pc_message_get_flags(struct pc_wire_reader *r);

#endif
