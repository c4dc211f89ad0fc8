/* SPDX-License-Identifier: MIT */
/* reader.h - one worker that reads through libarchive: its context and its reports.
 *
 * Each runs in its own process, see archive.c. Reading order: reader.c, archive_pair.c,
 * archive_exclude.c, archive.c. */
#ifndef PC_CHECK_READER_H
#define PC_CHECK_READER_H

#include "base/buffer.h"
#include "check/check.h"
#include "check/properties.h"
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
	struct pc_reader_exclusion {
		struct pc_ignore *ignore; /* rules of the directory `dir` and of its parents */
		struct pc_buffer dir;
		struct pc_buffer asked; /* scratch: the path to be matched */
		bool known;
		enum pc_side side; /* the tree that is walked */
	} exclusion;

	/* the current job */
	struct pc_job *job;
	char *text;
	_Atomic uint64_t *moved;
	struct pc_buffer base[PC_SIDES]; /* absolute paths of the trees */
	struct pc_buffer full;           /* scratch for pc_reader_path() */
	struct pc_buffer event;          /* scratch for events */
	const char *path;                /* path of the current entry, below the trees */
	enum pcopy_kind kind;
	bool changed; /* its source changed after the run began */
};

/* Reports that the current entry could not be read, and counts it as failed. */
void pc_reader_fail(struct pc_reader *r, enum pcopy_step step, int error);

/* Reports a difference of the current entry. */
void pc_reader_report(struct pc_reader *r, const struct pc_difference *d);

/* Whether a symbolic link is followed at the current entry. */
static inline bool pc_reader_follows(const struct pc_reader *r)
{
	return r->options->dereference == PCOPY_DEREFERENCE_ALWAYS ||
	       (!*r->path && pc_follows_operands(r->options));
}

/* ---- archive_exclude.c: excluded entries ---- */

/* Makes libarchive skip excluded entries, without opening them, on a walk through that tree. */
void pc_reader_exclude(struct pc_reader *r, struct archive *walk, enum pc_side side);
void pc_reader_exclude_done(struct pc_reader *r);

/* The path of the current entry in a tree; NULL: no memory. Valid until the next call. */
const char *pc_reader_path(struct pc_reader *r, enum pc_side side);

#endif
