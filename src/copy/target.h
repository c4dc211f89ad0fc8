/* SPDX-License-Identifier: MIT
 *
 * target.h - existing targets: looks at them and acts on the verdicts of judge.h. */
#ifndef PC_COPY_TARGET_H
#define PC_COPY_TARGET_H

#include "copy/judge.h"

/* Whether an entry is to be copied, given the existing target. Otherwise it was counted as
 * skipped or failed, or handed back so that the coordinator asks the caller. */
bool pc_target_wanted(struct pc_copier *c, struct pc_entry *e);

/* Decides about an entry without changing anything: FREE, SKIP, METADATA, ASK, REFUSED with the
 * entry's step, or negative errno. `ret` is the target that it was compared with; st_mode 0:
 * there is none. */
int pc_target_judge(struct pc_copier *c, struct pc_entry *e, struct stat *ret);

/* The verdict that pc_target_clear() would act on, without acting: one of enum pc_verdict with
 * the entry's step, or negative errno. */
int pc_target_foresee(struct pc_copier *c, struct pc_entry *e);

/* As pc_target_wanted(), and false too where the entry was handed to the coordinator as one of
 * several hard links. */
bool pc_target_takes(struct pc_copier *c, struct pc_entry *e);

/* Whether a file was dealt with without opening its source, because its target stays, the caller
 * is asked, or the coordinator was handed it. So a file that is skipped need not be readable, and a
 * FIFO need not have a writer. */
bool pc_target_stays(struct pc_copier *c, struct pc_entry *e);

/* Opens an existing target directory as f->dst_fd: for reading, which fsync and reading its ACLs
 * need, or by O_PATH if the user may only write to and search it. 0 or negative errno, with the
 * entry's step set. */
int pc_target_open_directory(const struct pc_copier *c, struct pc_entry *e, struct pc_frame *f);

/* Whether the metadata of a directory differ from those of `target`. */
bool pc_target_directory_differs(struct pc_copier *c, struct pc_entry *e, const struct stat *target,
                                 int src_fd);

/* Makes room for an entry whose name is taken. Returns the verdicts that are left for the caller
 * to act on (FREE, IN_PLACE, REPLACE, DONE, REFUSED), or negative errno, with the entry's step
 * set. */
int pc_target_clear(struct pc_copier *c, struct pc_entry *e);

/* Whether an earlier run finished the copy of a regular file (`resume` of the options). */
bool pc_target_is_finished(struct pc_copier *c, const struct pc_entry *e);

/* Removes the existing target and, with `verbose`, reports it. 0 or negative errno. */
int pc_target_remove(struct pc_copier *c, struct pc_entry *e);

/* Reports, with `verbose`, that the existing target was removed or replaced. */
void pc_target_removed(struct pc_copier *c, struct pc_entry *e);

/* Why a target that was opened for writing in place must not be written to; PCOPY_STEP_NONE
 * where it may. */
enum pcopy_step pc_target_refuses(const struct pc_copier *c, const struct pc_entry *e,
                                  const struct stat *target);

/* Whether a worker that died over this job created `name` in this run. */
bool pc_target_is_ours(const struct pc_copier *c, int dirfd, const char *name);

/* The result for an entry whose name was free a moment ago, while `error` says that it is taken:
 * 1 and PCOPY_STEP_FOLDED where the name folds to that of another entry, and else `error`. */
int pc_target_refused(struct pc_copier *c, struct pc_entry *e, int error);

/* ---- backup.c ---- */

/* Renames the existing target to its backup name, which the entry records. Returns as
 * pc_target_clear(). */
int pc_backup_make(struct pc_copier *c, struct pc_entry *e);

/* Renames the backup back after the entry that was to replace it failed. */
void pc_backup_restore(struct pc_entry *e);

#endif
