/* SPDX-License-Identifier: MIT */
/* request.h - whether a request is one: what it says of its text is there.
 *
 * Asked by who did not write it, or cannot be sure that it is as it was written: a coordinator
 * whose slots are shared with workers, and a worker whose jobs came from elsewhere. */
#ifndef PC_JOB_REQUEST_H
#define PC_JOB_REQUEST_H

#include "job/job.h"

/* Whether there are `count` strings in `len` bytes, the last one at their end or, with `more`,
 * before it. */
bool pc_strings_are_whole(const char *text, size_t len, unsigned count, bool more);

/* Whether it can be the name of an entry. */
bool pc_name_is_sound(const char *name, size_t len);

/* Entries: a letter, a name and its NUL each.  Their number, or 0. */
uint32_t pc_names_count(const char *names, size_t len);

/* Whether the text is what a job of this kind wants; `roots`: how many there are. */
bool pc_job_text_is_sound(const struct pc_job *job, const char *text, uint32_t roots);

/* The same of all that is asked. */
bool pc_job_request_is_sound(const struct pc_job *job, const char *text, uint32_t roots);

#endif
