/* SPDX-License-Identifier: MIT */
/* reader.h - one worker that reads by libarchive: its context, and what it tells.
 *
 * A process of its own, see archive.c.  To be read in this order: reader.c, archive_pair.c,
 * archive_sieve.c, archive.c. */
#ifndef PC_CHECK_READER_H
#define PC_CHECK_READER_H

#include "base/buffer.h"
#include "check/check.h"
#include "check/facts.h"
#include "check/lazy_archive.h"
#include "sys/fs.h"

enum pc_side { PC_SRC, PC_DST, PC_SIDES };

struct pc_reader {
	const struct pc_check_env *env;
	const struct pcopy_options *options;
	struct pc_queue *queue;
	struct archive *source, *target;
	struct archive_entry *entry[PC_SIDES];

	struct pc_fs_table fs;
	struct pc_reader_sieve {
		struct pc_ignore *ignore; /* of the directory `dir`, and those above it */
		struct pc_buffer dir;
		struct pc_buffer asked; /* scratch */
		bool known;
		enum pc_side side; /* that is walked */
	} sieve;

	/* the job in work */
	struct pc_job *job;
	char *text;
	_Atomic uint64_t *moved;
	struct pc_buffer base[PC_SIDES]; /* absolute paths of the trees */
	struct pc_buffer full;           /* scratch */
	struct pc_buffer told;           /* scratch */
	const char *path;                /* of the entry in work, below them */
	enum pcopy_kind kind;
	bool changed; /* its source, after the run began */
};

/* The entry in work could not be read: event and count. */
void pc_reader_fail(struct pc_reader *r, enum pcopy_step step, int error);

/* Tells in what it differs. */
void pc_reader_tell(struct pc_reader *r, const struct pc_difference *d);

/* Whether it is what its source's path leads to, and not a symbolic link. */
static inline bool pc_reader_follows(const struct pc_reader *r)
{
	return r->options->dereference == PCOPY_DEREFERENCE_ALWAYS ||
	       (!*r->path && pc_follows_operands(r->options));
}

/* ---- archive_sieve.c: what is left out ---- */

/* Has libarchive pass over it, unopened, on a walk through that side. */
void pc_reader_sift(struct pc_reader *r, struct archive *walk, enum pc_side side);
void pc_reader_sieve_done(struct pc_reader *r);

/* Its path in a tree; NULL: no memory.  Valid until the next call. */
const char *pc_reader_path(struct pc_reader *r, enum pc_side side);

#endif
