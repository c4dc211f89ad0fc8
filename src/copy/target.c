/* SPDX-License-Identifier: MIT
 *
 * target.c - existing targets: looks at them and acts on the verdicts of judge.h.
 *
 * Entries that are not to replace an existing target are skipped before anything else is done
 * (pc_target_wanted). Later, where the name turns out to be taken, room is made
 * (pc_target_clear). Each fact about a target is looked up only where a rule needs it. */
#include "copy/target.h"

#include "base/times.h"
#include "copy/differ.h"
#include "copy/folds.h"
#include "sys/sys.h"

#include <errno.h>
#include <string.h>

/* ---- Looking at the target ---- */

/* Uses the birth time, or, where the file system keeps none, the time of the last change: a lost
 * worker touched its files after the run's start. */
bool pc_target_is_ours(const struct pc_copier *c, int dirfd, const char *name)
{
	struct timespec birth;

	return pc_job_is_retry(c->walk.job) && pc_sys_birth(dirfd, name, &birth) == 0 &&
	       pc_copy_is_of_run(c->env, &birth);
}

/* Whether both names are the same directory entry, and not two hard links of one inode. */
static bool is_same_entry(const struct pc_entry *e)
{
	struct stat src, dst;

	return strcmp(e->src_name, e->dst_name) == 0 && pc_sys_fstat(e->frame->src_fd, &src) == 0 &&
	       pc_sys_fstat(e->frame->dst_fd, &dst) == 0 && pc_same_inode(&src, &dst);
}

/* Whether the source is a symbolic link and the target is its referent. */
static bool is_referent(const struct pc_entry *e, const struct stat *target)
{
	struct stat st;

	return S_ISLNK(e->src.st_mode) && !S_ISLNK(target->st_mode) &&
	       pc_sys_fstatat(e->frame->src_fd, e->src_name, &st, 0) == 0 &&
	       pc_same_inode(&st, target);
}

static bool source_is_link(const struct pc_copier *c, const struct pc_entry *e)
{
	struct stat st;

	return pc_entry_follows(c, e) &&
	       pc_sys_fstatat(e->frame->src_fd, e->src_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISLNK(st.st_mode);
}

/* Why a symbolic link of the target cannot be followed: ENOENT, ELOOP ...; 0: it can. */
static int link_error(const struct pc_entry *e)
{
	struct stat st;

	return -pc_sys_fstatat(e->frame->dst_fd, e->dst_name, &st, 0);
}

/* Whether a lost worker may have begun to write to a target that existed before the run. */
static bool is_begun(const struct pc_copier *c, const struct stat *target)
{
	enum pcopy_update update = c->walk.options->update;

	return pc_job_is_retry(c->walk.job) &&
	       (update == PCOPY_UPDATE_OLDER || update == PCOPY_UPDATE_DIFFER) &&
	       pc_copy_is_of_run(c->env, &target->st_ctim);
}

/* The granularity of an entry's times. `fs` is the file system of its directory. */
static uint64_t time_granularity(const struct stat *st, const struct pc_fs *fs)
{
	return pc_time_granularity(st, !fs || fs->dev != st->st_dev || fs->type->ctime_is_own);
}

/* Whether the user may give this group to an own file. */
static bool group_can_be_given(const struct pc_copy_env *env, gid_t gid)
{
	bool found = gid == env->gid || env->group_count < 0;

	for (int i = 0; !found && i < env->group_count; i++)
		found = env->group[i] == gid;
	return found;
}

/* What the rules need for PCOPY_UPDATE_DIFFER. */
static void judged_fill_differ(struct pc_copier *c, const struct pc_entry *e, struct pc_judged *j)
{
	j->coarser = pc_time_coarser(time_granularity(&j->target, e->frame->dst_fs),
	                             time_granularity(&e->src, e->frame->src_fs));
	j->uid = c->env->uid;
	j->group_can_be_given = group_can_be_given(c->env, e->src.st_gid);
}

/* Collects what the rules need. `e->src` and `target` must be filled. */
static void judged_fill(struct pc_copier *c, const struct pc_entry *e, const struct stat *target,
                        struct pc_judged *ret)
{
	bool one_inode = pc_same_inode(&e->src, target);
	bool referent = is_referent(e, target);

	*ret = (struct pc_judged){
		.options = c->walk.options,
		.source = e->src,
		.target = *target,
		.top = e->frame->top,
		.named = pc_entry_is_named(c, e),
		.stream = pc_entry_is_stream(c, e),
		.same_entry = one_inode && is_same_entry(e),
		.is_referent = referent,
		.source_is_link = (one_inode || referent) &&
	                          (c->walk.options->backup != PCOPY_BACKUP_NONE ||
	                           c->walk.options->remove_destination) &&
	                          source_is_link(c, e),
		.link_error = S_ISLNK(target->st_mode) ? link_error(e) : 0,
		.granularity = time_granularity(target, e->frame->dst_fs),
		.ours = pc_target_is_ours(c, e->frame->dst_fd, e->dst_name),
		.begun = is_begun(c, target),
	};
	if (c->walk.options->update == PCOPY_UPDATE_DIFFER)
		judged_fill_differ(c, e, ret);
}

/* ---- Whether an entry is to be copied ---- */

static void ask(struct pc_copier *c, struct pc_entry *e, const struct stat *target)
{
	bool writable = pc_sys_faccessat(e->frame->dst_fd, e->dst_name, W_OK) == 0;
	struct pc_meta meta = pc_meta_of(&e->src);
	struct pc_item *item =
		pc_walk_hand_back(&c->walk, e->frame, PC_ITEM_ASK, e->src_name, &meta);

	if (item)
		item->arg = (target->st_mode & 07777U) | (writable ? PC_ASK_WRITABLE : 0);
}

/* Looks at the target that an entry is compared with. As in GNU cp, this is the file that would
 * be written to. Returns 0; -ENOENT or -ELOOP where there is none; or another negative errno
 * where it is unknown. */
static int target_compared(const struct pc_copier *c, const struct pc_entry *e, struct stat *ret)
{
	bool followed =
		S_ISREG(e->src.st_mode) && pc_writes_in_place(c->walk.options) &&
		(c->walk.options->update != PCOPY_UPDATE_DIFFER || pc_entry_goes_through(c, e));

	return pc_sys_fstatat(e->frame->dst_fd, e->dst_name, ret,
	                      followed ? 0 : AT_SYMLINK_NOFOLLOW);
}

/* Whether all hard links of one file are linked to one target, whatever the ages of their own
 * targets (PCOPY_RULE_UPDATE_LINKS). Then only the first name is judged, when it is copied. */
static bool updates_links(const struct pc_copier *c, const struct pc_entry *e)
{
	const struct pcopy_options *o = c->walk.options;

	return (o->rules & PCOPY_RULE_UPDATE_LINKS) && o->update == PCOPY_UPDATE_OLDER &&
	       (o->preserve & PCOPY_KEEP_LINKS) && (e->src.st_nlink > 1 || pc_entry_follows(c, e));
}

/* Whether some existing targets stay. */
static bool judges_targets(const struct pcopy_options *o)
{
	return o->update != PCOPY_UPDATE_ALL || o->on_overwrite;
}

/* Whether an earlier job already decided that the entry is to be copied. */
static bool was_wanted(const struct pc_copier *c, const struct pc_entry *e)
{
	if ((c->walk.job->flags & PC_JOB_FIRST) && c->walk.options->update != PCOPY_UPDATE_DIFFER)
		return !updates_links(c, e);
	return c->walk.job->flags & PC_JOB_APPROVED;
}

/* Acts on the verdict of pc_judge_wanted(). Returns whether the entry is copied. */
static bool wanted_act(struct pc_copier *c, struct pc_entry *e, const struct stat *target,
                       enum pc_verdict verdict)
{
	bool first = c->walk.job->flags & PC_JOB_FIRST;

	if (verdict == PC_VERDICT_SKIP && !first && updates_links(c, e))
		return true; /* it is handed to the coordinator as one of the file's hard links */
	if (verdict == PC_VERDICT_ASK && first)
		return true;
	if (verdict == PC_VERDICT_SKIP)
		pc_entry_skip(c, e);
	else if (verdict == PC_VERDICT_REFUSED)
		pc_entry_fail(c, e, 0);
	else if (verdict == PC_VERDICT_ASK)
		ask(c, e, target);
	return verdict == PC_VERDICT_FREE;
}

static bool is_compared(const struct pc_judged *j)
{
	return j->options->update == PCOPY_UPDATE_DIFFER && !j->begun && !j->ours &&
	       !pc_same_inode(&j->source, &j->target);
}

/* Deals with an entry that need not be copied. Always returns false. */
static bool target_agrees(struct pc_copier *c, struct pc_entry *e, const struct stat *target,
                          int verdict)
{
	if (verdict == PC_VERDICT_METADATA)
		pc_differ_set_metadata(c, e, target);
	else if (verdict == PC_VERDICT_SKIP)
		pc_entry_unchanged(c, e);
	else if (verdict == -ECANCELED)
		c->walk.job->counts.entries[e->kind].failed++;
	else
		pc_entry_fail(c, e, verdict);
	return false;
}

int pc_target_judge(struct pc_copier *c, struct pc_entry *e, struct stat *ret)
{
	struct pc_judged judged;
	enum pc_verdict verdict;
	int r = target_compared(c, e, ret);

	e->step = PCOPY_STEP_STAT_TARGET;
	if (r == -ENOENT || r == -ELOOP) {
		ret->st_mode = 0;
		return PC_VERDICT_FREE;
	}
	if (r < 0)
		return r;
	judged_fill(c, e, ret, &judged);
	r = pc_fold_refuses(c, e, ret);
	if (r < 0) {
		ret->st_mode = 0;
		return PC_VERDICT_FREE;
	}
	judged.folded = r > 0;
	verdict = pc_judge_wanted(&judged, &e->step);
	if (verdict != PC_VERDICT_REFUSED && is_compared(&judged)) {
		r = pc_differ_judge(c, e, &judged);
		if (r != PC_VERDICT_FREE)
			return r;
	}
	return (int)verdict;
}

bool pc_target_wanted(struct pc_copier *c, struct pc_entry *e)
{
	struct stat target;
	int verdict;

	if (pc_exclude_skips_size(c->walk.options, &e->src)) {
		pc_entry_skip(c, e);
		return false;
	}
	if (!judges_targets(c->walk.options) || was_wanted(c, e))
		return true;
	verdict = pc_target_judge(c, e, &target);
	if (verdict < 0 || verdict == PC_VERDICT_METADATA ||
	    (verdict == PC_VERDICT_SKIP && c->walk.options->update == PCOPY_UPDATE_DIFFER))
		return target_agrees(c, e, &target, verdict);
	return wanted_act(c, e, &target, (enum pc_verdict)verdict);
}

/* With PCOPY_UPDATE_DIFFER hard links stay hard links whether they are copied or not, so the
 * coordinator gets them before they are compared. */
bool pc_target_takes(struct pc_copier *c, struct pc_entry *e)
{
	bool differ = c->walk.options->update == PCOPY_UPDATE_DIFFER;

	if (differ && !pc_exclude_skips_size(c->walk.options, &e->src) && pc_entry_linked(c, e))
		return false;
	return pc_target_wanted(c, e) && (differ || !pc_entry_linked(c, e));
}

/* Whether an entry may be dealt with before its source is opened. */
static bool is_judged_unopened(const struct pc_copier *c)
{
	const struct pcopy_options *o = c->walk.options;

	if (o->update == PCOPY_UPDATE_DIFFER)
		return o->differ != PCOPY_DIFFER_DATA;
	if (c->walk.job->flags & (PC_JOB_FIRST | PC_JOB_APPROVED))
		return false;
	return judges_targets(o) || o->limit_size;
}

/* Whether there is no target yet, so that the source need not be looked at by its name. */
static bool is_unoccupied(const struct pc_copier *c, const struct pc_entry *e)
{
	const struct pcopy_options *o = c->walk.options;
	struct stat st;

	return o->update != PCOPY_UPDATE_DIFFER && judges_targets(o) &&
	       pc_sys_fstatat(e->frame->dst_fd, e->dst_name, &st, AT_SYMLINK_NOFOLLOW) == -ENOENT;
}

bool pc_target_stays(struct pc_copier *c, struct pc_entry *e)
{
	if (!is_judged_unopened(c))
		return false;
	if ((!c->walk.options->limit_size && is_unoccupied(c, e)) ||
	    pc_sys_fstatat(e->frame->src_fd, e->src_name, &e->src,
	                   pc_entry_follows(c, e) ? 0 : AT_SYMLINK_NOFOLLOW) < 0 ||
	    (!S_ISREG(e->src.st_mode) && !pc_entry_is_stream(c, e)))
		return false;
	return !pc_target_takes(c, e);
}

int pc_target_open_directory(const struct pc_copier *c, struct pc_entry *e, struct pc_frame *f)
{
	e->step = PCOPY_STEP_OPEN_TARGET;
	f->dst_fd = pc_sys_open_dir(e->frame->dst_fd, e->dst_name,
	                            c->walk.options->keep_directory_symlink, false);
	return f->dst_fd < 0 ? f->dst_fd : 0;
}

bool pc_target_directory_differs(struct pc_copier *c, struct pc_entry *e, const struct stat *target,
                                 int src_fd)
{
	struct pc_judged judged = {.options = c->walk.options, .source = e->src, .target = *target};

	judged_fill_differ(c, e, &judged);
	return pc_differ_directory(c, e, &judged, src_fd);
}

/* ---- Whether an earlier run finished the copy ---- */

/* Whether the target got its time from the source, after the source's last change. A change
 * within the same granule of time shows in the source's modification time, unless that was then
 * set back. FAT has no change times: there the modification time has to do. */
static bool has_time_of(const struct stat *target, const struct stat *source, uint64_t granularity)
{
	int changed = pc_times_order(&target->st_ctim, &source->st_ctim, granularity);

	if (!pc_times_agree(&target->st_mtim, &source->st_mtim, granularity))
		return false;
	if (granularity == PC_TIME_EXACT || changed > 0)
		return changed > 0;
	if (pc_time_order(&target->st_ctim, &target->st_mtim) == 0)
		return true;
	return changed == 0 && pc_times_order(&source->st_mtim, &source->st_ctim, granularity) < 0;
}

/* A file gets its full length only when all of it was written, and its times last of all
 * metadata. Without times it must have been written after the source's last change; then no
 * metadata may be asked for that could be missing. */
bool pc_target_is_finished(struct pc_copier *c, const struct pc_entry *e)
{
	unsigned keep =
		c->walk.options->preserve & ~(unsigned)(PCOPY_KEEP_LINKS | PCOPY_DEFAULT_MODE);
	const mode_t mode = pc_copier_meta(c, &e->src).mode & 0777 & ~c->env->umask;
	uint64_t granularity;
	struct stat st;

	if (pc_sys_fstatat(e->frame->dst_fd, e->dst_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(st.st_mode) || st.st_size != e->src.st_size)
		return false;
	if (keep == 0)
		return pc_time_order(&st.st_ctim, &e->src.st_ctim) > 0 &&
		       pc_time_order(&st.st_mtim, &e->src.st_ctim) > 0 &&
		       (e->frame->acl || (st.st_mode & 0777) == mode);
	granularity = pc_time_coarser(time_granularity(&st, e->frame->dst_fs),
	                              time_granularity(&e->src, e->frame->src_fs));
	return (keep & PCOPY_KEEP_TIMES) && !(keep & PCOPY_KEEP_FLAGS) &&
	       has_time_of(&st, &e->src, granularity);
}

/* ---- Names that the target's file system folds into one ---- */

int pc_target_refused(struct pc_copier *c, struct pc_entry *e, int error)
{
	struct stat target;

	if (error != -EEXIST ||
	    pc_sys_fstatat(e->frame->dst_fd, e->dst_name, &target, AT_SYMLINK_NOFOLLOW) < 0 ||
	    pc_fold_refuses(c, e, &target) <= 0)
		return error;
	e->step = PCOPY_STEP_FOLDED;
	return 1;
}

/* ---- Making room ---- */

static int target_drop(const struct pc_entry *e)
{
	int r = pc_sys_unlinkat(e->frame->dst_fd, e->dst_name, 0);

	return r == -ENOENT ? 0 : r;
}

void pc_target_removed(struct pc_copier *c, struct pc_entry *e)
{
	enum pcopy_step step = e->step;

	if (!c->walk.options->verbose)
		return;
	e->step = PCOPY_STEP_NONE;
	pc_entry_event(c, e, PCOPY_EVENT_REMOVED, 0);
	e->step = step;
}

int pc_target_remove(struct pc_copier *c, struct pc_entry *e)
{
	int r = target_drop(e);

	if (r < 0)
		return r;
	pc_target_removed(c, e);
	return 0;
}

enum pcopy_step pc_target_refuses(const struct pc_copier *c, const struct pc_entry *e,
                                  const struct stat *target)
{
	const struct pc_judged judged = {
		.target = *target, .top = e->frame->top, .named = pc_entry_is_named(c, e)};

	if (pc_same_inode(&e->src, target))
		return PCOPY_STEP_SAME_FILE;
	return pc_judge_place(&judged);
}

/* Looks at the target: at the referent of a symbolic link where a regular file would be written
 * to it, otherwise at the entry itself. */
static int target_in_place(const struct pc_copier *c, const struct pc_entry *e, struct stat *ret)
{
	bool file = S_ISREG(e->src.st_mode) || pc_entry_is_stream(c, e);

	if (file && pc_entry_goes_through(c, e) && pc_writes_in_place(c->walk.options) &&
	    pc_sys_fstatat(e->frame->dst_fd, e->dst_name, ret, 0) == 0)
		return 0;
	return pc_sys_fstatat(e->frame->dst_fd, e->dst_name, ret, AT_SYMLINK_NOFOLLOW);
}

int pc_target_foresee(struct pc_copier *c, struct pc_entry *e)
{
	struct pc_judged judged;
	struct stat target;
	int r;

	e->step = PCOPY_STEP_STAT_TARGET;
	r = target_in_place(c, e, &target);
	if (r < 0)
		return r == -ENOENT ? PC_VERDICT_FREE : r;
	judged_fill(c, e, &target, &judged);
	r = pc_fold_refuses(c, e, &target);
	if (r < 0)
		return PC_VERDICT_FREE;
	judged.folded = r > 0;
	return (int)pc_judge_target(&judged, &e->step);
}

int pc_target_clear(struct pc_copier *c, struct pc_entry *e)
{
	int verdict = pc_target_foresee(c, e), r;

	switch (verdict) {
	case PC_VERDICT_DROP:
		r = target_drop(e);
		return r < 0 ? r : PC_VERDICT_FREE;
	case PC_VERDICT_REMOVE:
		r = pc_target_remove(c, e);
		return r < 0 ? r : PC_VERDICT_FREE;
	case PC_VERDICT_BACKUP:
		return pc_backup_make(c, e);
	default:
		return verdict;
	}
}
