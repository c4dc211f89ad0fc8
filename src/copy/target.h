/* SPDX-License-Identifier: MIT
 *
 * target.h - what is in the way in the target, and what becomes of it: the questions are
 * asked and the answers acted on here, judge.h decides. */
#ifndef PC_COPY_TARGET_H
#define PC_COPY_TARGET_H

#include "copy/judge.h"

/* Whether an entry is copied at all, given what has its name; else it is counted
 * as skipped or failed, or handed back so that the caller is asked. */
bool pc_target_wanted(struct pc_copier *c, struct pc_entry *e);

/* What is known of an entry before anything is done: FREE, SKIP, DRESS, ASK, REFUSED and the
 * entry's step, or negative errno.  `ret`: what it is compared with; st_mode 0: nothing. */
int pc_target_judge(struct pc_copier *c, struct pc_entry *e, struct stat *ret);

/* What pc_target_clear() would find and do, without doing it: one of enum pc_verdict, and the
 * entry's step; or negative errno. */
int pc_target_foresee(struct pc_copier *c, struct pc_entry *e);

/* The same, and no other name of the entry's inode is to be copied in its stead. */
bool pc_target_takes(struct pc_copier *c, struct pc_entry *e);

/* Whether all that there is to be done for a regular file is done without opening it: with
 * PCOPY_UPDATE_DIFFER nothing is in most cases. */
bool pc_target_stays(struct pc_copier *c, struct pc_entry *e);

/* Whether what is kept of a directory is another in the target, which was looked at. */
bool pc_target_directory_differs(struct pc_copier *c, struct pc_entry *e, const struct stat *target,
                                 int src_fd);

/* Clears the way for an entry whose name is taken.  One of enum pc_verdict as far as the
 * caller has to do with it (FREE, IN_PLACE, REPLACE, DONE, REFUSED), or negative errno;
 * and the entry's step. */
int pc_target_clear(struct pc_copier *c, struct pc_entry *e);

/* Whether an earlier run finished the copy of a regular file (`resume` of the options). */
bool pc_target_is_finished(struct pc_copier *c, const struct pc_entry *e);

/* Removes what has the name, and tells so when verbose.  0 or negative errno. */
int pc_target_remove(struct pc_copier *c, struct pc_entry *e);

/* Tells that what had the name was removed or replaced. */
void pc_target_removed(struct pc_copier *c, struct pc_entry *e);

/* Why what was opened for writing in place is not written to: PCOPY_STEP_NONE when
 * it is. */
enum pcopy_step pc_target_refuses(const struct pc_copier *c, const struct pc_entry *e,
                                  const struct stat *target);

/* Whether `name` was made in this run by a worker that died over this job. */
bool pc_target_is_ours(const struct pc_copier *c, int dirfd, const char *name);

/* What becomes of an entry whose name was free a moment ago, where `error` says that it is
 * taken: 1 and the entry's step where another entry of this run has it; else `error`. */
int pc_target_refused(struct pc_copier *c, struct pc_entry *e, int error);

/* ---- backup.c ---- */

/* Renames what has the name, and notes its new one in the entry.  As pc_target_clear(). */
int pc_backup_make(struct pc_copier *c, struct pc_entry *e);

/* Gives it its name back: the entry that was to take it failed. */
void pc_backup_restore(struct pc_entry *e);

#endif
