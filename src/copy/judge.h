/* SPDX-License-Identifier: MIT
 *
 * judge.h - cp's rules about what is in the way, as pure functions: they read what was
 * found out before, call nothing and change nothing.  So they can be tested as a table
 * without a disk, and say what a copy would do without doing it. */
#ifndef PC_COPY_JUDGE_H
#define PC_COPY_JUDGE_H

#include "copy/copier.h"

/* What is known of an entry and of what has its name. */
struct pc_judged {
	const struct pcopy_options *options;
	struct stat source, target; /* neither is followed, but for what is said below */
	bool top;                   /* the source is an operand */
	bool named;                 /* the target was named by hand */
	bool stream;                /* the source is no regular file and is read */
	bool same_entry;            /* both names are one directory entry */
	bool is_referent;           /* a symbolic link would take the place of what it names */
	bool source_is_link;        /* the source was reached by a link that was followed */
	uint64_t granularity;       /* of the target's times, see base/times.h */
	uint64_t coarser;           /* of that and the granularity of the source's */
	uid_t uid;                  /* who copies */
	bool group_can_be_given;    /* the source's, to a file of theirs */
	int link_error;             /* of a target that is a link: why it leads nowhere, or 0 */
	bool ours;                  /* a lost worker made the target in this run */
	bool begun;                 /* a lost worker may have begun to write to it */
	bool folded; /* it was made in this run for another name that is taken for this */
};

enum pc_verdict {
	PC_VERDICT_FREE,     /* copy: nothing has the name, or what has it is to be left behind */
	PC_VERDICT_IN_PLACE, /* copy: a file that is to be written to */
	PC_VERDICT_REPLACE,  /* copy: it goes when another has taken its place */
	PC_VERDICT_REMOVE,   /* remove it first */
	PC_VERDICT_DROP,     /* the same for what a lost worker left: nobody hears of it */
	PC_VERDICT_BACKUP,   /* rename it first */
	PC_VERDICT_DONE,     /* it is right already */
	PC_VERDICT_SKIP,     /* it is to stay, and that is no failure */
	PC_VERDICT_ASK,      /* the caller is to be asked */
	PC_VERDICT_DRESS,    /* its contents are right, what is kept beside them is not */
	PC_VERDICT_LOOK,     /* its contents have to be looked at */
	PC_VERDICT_REFUSED,  /* for what it is, see the step */
};

/* Whether the entry is wanted where `target` exists: FREE, SKIP, ASK or REFUSED.  Here
 * `target` is what would be written to: links are followed for a regular file. */
enum pc_verdict pc_judge_wanted(const struct pc_judged *j, enum pcopy_step *ret_step);

/* With PCOPY_UPDATE_DIFFER, what is known by looking at both from outside.  Whether the contents
 * of `target` are those of the source: FREE, they are not; SKIP, they are; LOOK.  And whether
 * mode, owner and time are as they are to be. */
enum pc_verdict pc_judge_contents(const struct pc_judged *j);
bool pc_judge_is_dressed(const struct pc_judged *j);

/* Whether it is left alone where all of that is so: not a file with other names that are not to
 * get what is kept of this source. */
enum pc_verdict pc_judge_dress(const struct pc_judged *j);

/* What becomes of `target`, which has the name: any but SKIP and ASK. */
enum pc_verdict pc_judge_target(const struct pc_judged *j, enum pcopy_step *ret_step);

/* Why a regular file is not written to what has its name; PCOPY_STEP_NONE: it is. */
enum pcopy_step pc_judge_place(const struct pc_judged *j);

#endif
