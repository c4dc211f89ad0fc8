/* SPDX-License-Identifier: MIT
 *
 * judge.c - cp's rules about existing targets, in the order in which GNU cp applies them. */
#include "copy/judge.h"

#include "base/sys.h"
#include "base/times.h"

#include <errno.h>

static bool is_link(const struct stat *st)
{
	return S_ISLNK(st->st_mode);
}

/* ---- Whether an entry is to be copied ---- */

/* Compares times as coarsely as the target stores them, where it got its time from the source. */
static bool target_is_older(const struct pc_judged *j)
{
	uint64_t granularity =
		j->options->preserve & PCOPY_KEEP_TIMES ? j->granularity : PC_TIME_EXACT;

	return pc_times_order(&j->target.st_mtim, &j->source.st_mtim, granularity) < 0;
}

/* Whether source and target are the same file, so that their ages say nothing. */
static bool target_is_source(const struct pc_judged *j)
{
	if (j->is_referent)
		return true;
	return pc_same_inode(&j->source, &j->target) &&
	       ((j->options->backup == PCOPY_BACKUP_NONE && !j->options->remove_destination) ||
	        j->same_entry);
}

/* ---- Whether the target equals its source ---- */

static bool is_other_kind(const struct pc_judged *j)
{
	return (j->source.st_mode & S_IFMT) != (j->target.st_mode & S_IFMT);
}

static bool times_agree_within(const struct timespec *a, const struct timespec *b,
                               uint64_t window_ns)
{
	struct timespec late = *a, early = *b;

	if (pc_time_order(a, b) < 0) {
		late = *b;
		early = *a;
	}
	early.tv_sec += (time_t)(window_ns / PC_TIME_SECOND);
	early.tv_nsec += (long)(window_ns % PC_TIME_SECOND);
	if (early.tv_nsec >= (long)PC_TIME_SECOND) {
		early.tv_sec++;
		early.tv_nsec -= (long)PC_TIME_SECOND;
	}
	return pc_time_order(&late, &early) <= 0;
}

static bool times_agree(const struct pc_judged *j)
{
	uint64_t window_ns = j->options->modify_window_ns;

	if (window_ns > 0)
		return times_agree_within(&j->source.st_mtim, &j->target.st_mtim, window_ns);
	return pc_times_agree(&j->source.st_mtim, &j->target.st_mtim, j->coarser);
}

static enum pc_verdict judge_file_contents(const struct pc_judged *j)
{
	if (j->source.st_size != j->target.st_size)
		return PC_VERDICT_FREE;
	switch (j->options->differ) {
	case PCOPY_DIFFER_SIZE:
		return PC_VERDICT_SKIP;
	case PCOPY_DIFFER_DATA:
		return PC_VERDICT_LOOK;
	default:
		return times_agree(j) ? PC_VERDICT_SKIP : PC_VERDICT_FREE;
	}
}

enum pc_verdict pc_judge_contents(const struct pc_judged *j)
{
	bool same = j->source.st_rdev == j->target.st_rdev;

	if (is_other_kind(j))
		return PC_VERDICT_FREE;
	switch (j->source.st_mode & S_IFMT) {
	case S_IFREG:
		return judge_file_contents(j);
	case S_IFLNK:
		return PC_VERDICT_LOOK;
	case S_IFBLK:
	case S_IFCHR:
		return same ? PC_VERDICT_SKIP : PC_VERDICT_FREE;
	default:
		return PC_VERDICT_SKIP;
	}
}

/* An ordinary user can only give groups that he is a member of, and set-id bits are kept only
 * where the owner is: see owner_apply() in meta.c. */
static bool owner_is_right(const struct pc_judged *j, bool *ret_kept)
{
	bool user = j->source.st_uid == j->target.st_uid;
	bool group = j->source.st_gid == j->target.st_gid;

	*ret_kept = true;
	if (!(j->options->preserve & PCOPY_KEEP_OWNER) || (user && group))
		return true;
	if (j->uid == 0 || j->target.st_uid != j->uid)
		return false;
	*ret_kept = user && j->group_can_be_given;
	return group || !j->group_can_be_given || is_link(&j->source);
}

static bool mode_is_right(const struct pc_judged *j, bool owner_kept)
{
	mode_t mode = j->source.st_mode & 07777;

	if (!(j->options->preserve & PCOPY_KEEP_MODE) || is_link(&j->source))
		return true;
	if (!owner_kept)
		mode &= S_ISDIR(j->source.st_mode) ? 01777 : 0777;
	return (j->target.st_mode & 07777) == mode;
}

bool pc_judge_metadata_agrees(const struct pc_judged *j)
{
	bool kept;

	return owner_is_right(j, &kept) && mode_is_right(j, kept) &&
	       (!(j->options->preserve & PCOPY_KEEP_TIMES) || times_agree(j));
}

/* Several hard links in the target, one in the source: the others belong to other sources. */
enum pc_verdict pc_judge_metadata(const struct pc_judged *j)
{
	bool others = j->target.st_nlink > 1 && j->source.st_nlink < 2 &&
	              !S_ISDIR(j->source.st_mode) && (j->options->preserve & PCOPY_KEEP_LINKS);

	return others ? PC_VERDICT_FREE : PC_VERDICT_METADATA;
}

enum pc_verdict pc_judge_wanted(const struct pc_judged *j, enum pcopy_step *ret_step)
{
	const struct pcopy_options *o = j->options;

	*ret_step = PCOPY_STEP_NONE;
	if (j->begun || j->ours)
		return PC_VERDICT_FREE;
	if (j->folded) {
		*ret_step = PCOPY_STEP_FOLDED;
		return PC_VERDICT_REFUSED;
	}
	if (o->update == PCOPY_UPDATE_NONE_FAIL) {
		*ret_step = PCOPY_STEP_NOT_REPLACED;
		return PC_VERDICT_REFUSED;
	}
	if (o->update == PCOPY_UPDATE_NONE)
		return PC_VERDICT_SKIP;
	if (target_is_source(j))
		return PC_VERDICT_FREE; /* in most cases pc_judge_target() refuses it */
	if (o->update == PCOPY_UPDATE_OLDER && !target_is_older(j))
		return PC_VERDICT_SKIP;
	return o->on_overwrite ? PC_VERDICT_ASK : PC_VERDICT_FREE;
}

/* ---- Refusals ---- */

/* Follows same_file_ok() of GNU cp for a source and a target that are one file. FREE: go on. */
static enum pc_verdict judge_same_file(const struct pc_judged *j)
{
	const struct pcopy_options *o = j->options;
	bool one_inode = pc_same_inode(&j->source, &j->target);

	if (o->make == PCOPY_MAKE_HARD_LINKS && one_inode)
		return PC_VERDICT_DONE;
	/* a backup would rename the source itself, or break a link that leads to it */
	if (o->backup != PCOPY_BACKUP_NONE)
		return j->same_entry || j->source_is_link ? PC_VERDICT_REFUSED : PC_VERDICT_FREE;
	if (is_link(&j->source) && one_inode)
		return j->same_entry ? PC_VERDICT_REFUSED : PC_VERDICT_DONE;
	/* the referent of a followed link cannot be removed first: it is the source */
	if (o->remove_destination && one_inode && !j->same_entry && !j->source_is_link)
		return PC_VERDICT_FREE;
	if (o->make == PCOPY_MAKE_SYMLINKS && is_link(&j->target))
		return PC_VERDICT_FREE;
	return o->make == PCOPY_MAKE_HARD_LINKS ? PC_VERDICT_DONE : PC_VERDICT_REFUSED;
}

enum pcopy_step pc_judge_place(const struct pc_judged *j)
{
	if (is_link(&j->target))
		return j->link_error == ENOENT ? PCOPY_STEP_THROUGH_DANGLING
		                               : PCOPY_STEP_THROUGH_SYMLINK;
	/* a device or FIFO named explicitly is written to, as in `cp file /dev/null` */
	if (!S_ISREG(j->target.st_mode) && !j->named && !(j->top && S_ISCHR(j->target.st_mode)))
		return PCOPY_STEP_OVER_SPECIAL;
	return PCOPY_STEP_NONE;
}

/* ---- Replacing ---- */

/* Whether a symbolic link in the place of the source would be followed. As in cp, links to be
 * followed only as operands (-H) are none below a directory. */
static bool may_follow(const struct pc_judged *j)
{
	switch (j->options->dereference) {
	case PCOPY_DEREFERENCE_ALWAYS:
		return true;
	case PCOPY_DEREFERENCE_OPERANDS:
		return j->top;
	default:
		return j->top && (j->options->rules & PCOPY_RULE_FOLLOW_OPERANDS);
	}
}

/* Whether the existing target is replaced and never written to. */
static bool is_replaced(const struct pc_judged *j)
{
	const struct pcopy_options *o = j->options;

	if (o->remove_destination ||
	    (o->update == PCOPY_UPDATE_DIFFER && is_other_kind(j) && !j->named && !j->stream) ||
	    ((o->preserve & PCOPY_KEEP_LINKS) && j->target.st_nlink > 1 && !o->attributes_only))
		return true;
	/* special files and links are created anew; but not where cp would read them */
	return !S_ISREG(j->source.st_mode) && !may_follow(j) && !o->attributes_only;
}

/* Whether the target is replaced in one step, by a file written beside it. */
static bool is_atomic(const struct pc_judged *j)
{
	const struct pcopy_options *o = j->options;

	return S_ISREG(j->source.st_mode) && o->make == PCOPY_MAKE_COPIES &&
	       o->atomic != PCOPY_NEVER && !o->attributes_only;
}

/* For a target that is no directory and was not created by a lost worker. */
static enum pc_verdict judge_replacing(const struct pc_judged *j, enum pcopy_step *ret_step)
{
	*ret_step = PCOPY_STEP_UNLINK;
	if (is_replaced(j))
		return is_atomic(j) ? PC_VERDICT_REPLACE : PC_VERDICT_REMOVE;
	if (!S_ISREG(j->source.st_mode) && !j->stream)
		return PC_VERDICT_IN_PLACE;
	*ret_step = pc_judge_place(j);
	if (*ret_step == PCOPY_STEP_NONE || j->options->make != PCOPY_MAKE_COPIES)
		return PC_VERDICT_IN_PLACE;
	if (!j->options->force || j->link_error != ELOOP) /* a link loop can never be opened */
		return PC_VERDICT_REFUSED;
	*ret_step = PCOPY_STEP_UNLINK;
	return PC_VERDICT_REMOVE;
}

enum pc_verdict pc_judge_target(const struct pc_judged *j, enum pcopy_step *ret_step)
{
	*ret_step = PCOPY_STEP_UNLINK;
	if (j->ours && !S_ISDIR(j->target.st_mode)) /* no worker makes a directory for a file */
		return PC_VERDICT_DROP;
	*ret_step = PCOPY_STEP_SAME_FILE;
	if (pc_same_inode(&j->source, &j->target) || j->is_referent) {
		enum pc_verdict verdict = judge_same_file(j);

		if (verdict != PC_VERDICT_FREE)
			return verdict;
	}
	*ret_step = PCOPY_STEP_FOLDED;
	if (j->folded)
		return PC_VERDICT_REFUSED;
	*ret_step = PCOPY_STEP_FILE_OVER_DIR;
	if (S_ISDIR(j->target.st_mode))
		return PC_VERDICT_REFUSED;
	*ret_step = PCOPY_STEP_BACKUP;
	if (j->options->backup != PCOPY_BACKUP_NONE)
		return PC_VERDICT_BACKUP;
	return judge_replacing(j, ret_step);
}
