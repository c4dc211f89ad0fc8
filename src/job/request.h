/* SPDX-License-Identifier: MIT */
/* request.h - checks requests: the text holds everything that the header promises.
 *
 * Needed wherever the request comes from memory or machines that may be corrupted: by the
 * coordinator, whose slots are shared with workers, and by a worker whose jobs were sent by
 * another machine. */
#ifndef PC_JOB_REQUEST_H
#define PC_JOB_REQUEST_H

#include "job/job.h"

/* Whether `len` bytes hold `count` strings. The last one ends at their end or, with `more`,
 * before it. */
bool pc_strings_are_whole(const char *text, size_t len, unsigned count, bool more);

/* Whether it can be the name of an entry. */
bool pc_name_is_valid(const char *name, size_t len);

/* The number of entries (a letter, a name and its NUL each), or 0 where they are malformed. */
uint32_t pc_names_count(const char *names, size_t len);

/* Whether the text fits a job of this kind; `roots`: number of roots. */
bool pc_job_text_is_valid(const struct pc_job *job, const char *text, uint32_t roots);

/* Whether the whole request is valid. */
bool pc_job_request_is_valid(const struct pc_job *job, const char *text, uint32_t roots);

#endif
