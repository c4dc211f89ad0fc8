/* SPDX-License-Identifier: MIT
 *
 * judge.h - cp's rules about existing targets, as pure functions.
 *
 * They read what was found out before, make no system call and change nothing. So they can be
 * tested as a table without a disk, and a dry run can use them. */
#ifndef PC_COPY_JUDGE_H
#define PC_COPY_JUDGE_H

#include "copy/copier.h"

/* What is known of an entry and of the existing target. */
struct pc_judged {
	const struct pcopy_options *options;
	struct stat source, target; /* by lstat, except where stated below */
	bool top;                   /* the source is an operand */
	bool named;                 /* the user named the target explicitly */
	bool stream;                /* the source is not a regular file but is read as one */
	bool same_entry;            /* both names are the same directory entry */
	bool is_referent;           /* the source is a symbolic link and the target is its
	                             * referent */
	bool source_is_link;        /* the source was reached by following a symbolic link */
	uint64_t granularity;       /* of the target's times, see base/times.h */
	uint64_t coarser;           /* the coarser of that and the granularity of the source's
	                             * times */
	uid_t uid;                  /* effective user of the copy */
	bool group_can_be_given;    /* this user may give the source's group to an own file */
	int link_error;             /* if the target is a symbolic link: why stat() of it fails,
	                             * or 0 */
	bool ours;                  /* a lost worker created the target in this run */
	bool begun;                 /* a lost worker may have begun to write to the target */
	bool folded; /* this run created the target for another name that the file system takes
	              * for this one */
};

enum pc_verdict {
	PC_VERDICT_FREE,     /* copy: no target prevents it */
	PC_VERDICT_IN_PLACE, /* copy: write to the existing file */
	PC_VERDICT_REPLACE,  /* copy: the existing file goes when the new one takes its place */
	PC_VERDICT_REMOVE,   /* remove the target first */
	PC_VERDICT_DROP,     /* the same, without an event: a lost worker left it */
	PC_VERDICT_BACKUP,   /* rename the target first */
	PC_VERDICT_DONE,     /* nothing to do: the target is right already */
	PC_VERDICT_SKIP,     /* keep the target; this is no failure */
	PC_VERDICT_ASK,      /* ask the caller */
	PC_VERDICT_METADATA, /* the contents are right, the metadata are not */
	PC_VERDICT_LOOK,     /* the contents have to be compared */
	PC_VERDICT_REFUSED,  /* the entry fails: see the step for the reason */
};

/* Whether the entry is to be copied where `target` exists: FREE, SKIP, ASK or REFUSED. `target`
 * is what would be written to: for a regular file, symbolic links are followed. */
enum pc_verdict pc_judge_wanted(const struct pc_judged *j, enum pcopy_step *ret_step);

/* For PCOPY_UPDATE_DIFFER: what stat() alone tells. The first compares contents: FREE, they
 * differ; SKIP, they are equal; LOOK, they must be read. The second tells whether mode, owner
 * and time are right. */
enum pc_verdict pc_judge_contents(const struct pc_judged *j);
bool pc_judge_metadata_agrees(const struct pc_judged *j);

/* What to do where contents are equal but metadata differ: METADATA; or FREE for a file with
 * further hard links that belong to other sources, whose metadata must not change. */
enum pc_verdict pc_judge_metadata(const struct pc_judged *j);

/* What becomes of the existing `target`: any verdict but SKIP and ASK. */
enum pc_verdict pc_judge_target(const struct pc_judged *j, enum pcopy_step *ret_step);

/* Why a regular file is not written to the existing target; PCOPY_STEP_NONE: it is. */
enum pcopy_step pc_judge_place(const struct pc_judged *j);

#endif
