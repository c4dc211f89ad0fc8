/* SPDX-License-Identifier: MIT
 *
 * message.h - the messages between ranks.
 *
 *      rank 0, the coordinator               the others, which work
 *
 *      GREET   program, paths           ->
 *                                       <-   HELLO    program, view of the paths
 *      PROBE   names made in targets    ->
 *                                       <-   PROBE    which of them exist
 *      WELCOME device numbers           ->
 *      SETUP   of a pass of workers     ->
 *                                       <-   READY    workers started
 *      JOBS    several requests         ->
 *                                       <-   RESULTS  several answers
 *      FLAGS   canceled, idle, rate     ->
 *                                       <-   STATUS   progress of running jobs
 *                                       <-   DEVICE   a device number to translate
 *      DEVICE  the translation          ->
 *      END     of the pass              ->
 *                                       <-   ENDED    resource usage
 *      SYNC    file systems written     ->
 *                                       <-   SYNCED   result for each
 *      QUIT                             ->
 *
 * Messages from one rank to another arrive complete, once, and in the order sent (struct
 * pcopy_transport).  Each begins with a header.  A JOBS or RESULTS message contains the number of
 * records that it states. */
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

/* Begins a message and discards the contents of `w`. */
void pc_message_begin(struct pc_wire *w, enum pc_message kind);

/* Parses a received header.  PC_MESSAGE_NONE: invalid, or of another program. */
enum pc_message pc_message_open(const void *bytes, size_t len, struct pc_wire_reader *ret);

/* ---- Records ---- */

/* Size limit of a message, except for a single larger record. */
#define PC_MESSAGE_BYTES (UINT32_C(1) << 20)

/* Begins a message of records; the number is set later. */
void pc_message_begin_run(struct pc_wire *w, enum pc_message kind);
void pc_message_set_count(struct pc_wire *w, unsigned count);

/* A request: the coordinator's slot, the job, its text. */
void pc_message_put_job(struct pc_wire *w, unsigned slot, const struct pc_job *job,
                        const char *text);
/* False: invalid.  `ret_text` is valid as long as the message; the answer fields of `ret` are
 * unset. */
bool pc_message_get_job(struct pc_wire_reader *r, unsigned *ret_slot, struct pc_job *ret,
                        const char **ret_text);

/* An answer: the job, and the items after its request. */
void pc_message_put_result(struct pc_wire *w, unsigned slot, const struct pc_job *job,
                           const char *text);
/* As above; `items` points to where the request would end. */
bool pc_message_get_result(struct pc_wire_reader *r, unsigned *ret_slot, struct pc_job *ret,
                           const char **ret_items, size_t *ret_len);

/* Stores an answer in the slot of its request, whose text is still there.  False: it does not
 * match the request. */
bool pc_message_answer(struct pc_job *job, char *text, const struct pc_job *answer,
                       const char *items, size_t len);

/* ---- Flags for working ranks ---- */

struct pc_message_flags {
	bool canceled, workers_idle;
	uint64_t rate; /* bytes per second of all its workers; 0: no limit */
};

void pc_message_put_flags(struct pc_wire *w, const struct pc_message_flags *flags);
struct pc_message_flags pc_message_get_flags(struct pc_wire_reader *r);

#endif
