/* target.c - what is in the way in the target, and what becomes of it.
 *
 * In the order of GNU cp: entries that are not wanted where their target exists
 * are skipped (pc_target_wanted, before anything else is done); then, when the
 * name turns out to be taken, it is refused, renamed to a backup, removed, or
 * written to in place (pc_target_clear). */
#include "copy/copier.h"

#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether a time is of this run.  The clock goes in steps: where nothing was waited
 * for, the step of the start belongs to the run. */
static bool is_of_run(const struct pc_copy_env *env, int64_t sec, uint32_t nsec)
{
	const struct timespec *started = &env->started;
	uint32_t first = (uint32_t)started->tv_nsec + (env->waited ? 1 : 0);

	return sec != started->tv_sec ? sec > started->tv_sec : nsec >= first;
}

/* By its time of birth; where the file system keeps none, by its last change,
 * which is later than the run's start for whatever the lost worker touched. */
bool pc_target_is_ours(const struct pc_copier *c, int dirfd, const char *name)
{
	const struct pc_copy_env *env = c->env;
	struct statx x;
	struct stat st;

	if (!pc_job_is_again(c->job))
		return false;
	if (statx(dirfd, name, AT_SYMLINK_NOFOLLOW, STATX_BTIME | STATX_CTIME, &x) < 0)
		return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && /* a filter refuses it */
		       is_of_run(env, st.st_ctim.tv_sec, (uint32_t)st.st_ctim.tv_nsec);
	if (x.stx_mask & STATX_BTIME)
		return is_of_run(env, x.stx_btime.tv_sec, x.stx_btime.tv_nsec);
	return is_of_run(env, x.stx_ctime.tv_sec, x.stx_ctime.tv_nsec);
}

/* Whether both names are one directory entry, and not two links of an inode. */
static bool same_entry(const struct pc_frame *f, const char *src_name, const char *dst_name)
{
	struct stat src, dst;

	return strcmp(src_name, dst_name) == 0 && fstat(f->src_fd, &src) == 0 &&
	       fstat(f->dst_fd, &dst) == 0 && pc_same_inode(&src, &dst);
}

/* Whether a symbolic link would take the place of the file that it names. */
static bool is_referent(const struct pc_frame *f, const char *src_name, const struct stat *source,
			const struct stat *target)
{
	struct stat st;

	return S_ISLNK(source->st_mode) && !S_ISLNK(target->st_mode) &&
	       fstatat(f->src_fd, src_name, &st, 0) == 0 && pc_same_inode(&st, target);
}

/* ---- Whether an entry is wanted ---- */

/* Whether all that is known of its times is the second: then its file system, most
 * likely, keeps no more. */
static bool has_whole_seconds(const struct stat *st)
{
	return st->st_mtim.tv_nsec == 0 && st->st_ctim.tv_nsec == 0 && st->st_atim.tv_nsec == 0;
}

/* A target that keeps whole seconds is as old as the source it has its time from. */
static bool is_older(const struct pc_copier *c, const struct stat *target,
		     const struct stat *source)
{
	const struct timespec *t = &target->st_mtim, *s = &source->st_mtim;

	if ((c->options->preserve & PCOPY_KEEP_TIMES) && has_whole_seconds(target) &&
	    t->tv_sec == s->tv_sec)
		return false;
	return t->tv_sec != s->tv_sec ? t->tv_sec < s->tv_sec : t->tv_nsec < s->tv_nsec;
}

static void ask(struct pc_copier *c, struct pc_frame *f, const struct stat *source,
		const struct stat *target, const char *src_name, const char *dst_name)
{
	bool writable = faccessat(f->dst_fd, dst_name, W_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW) == 0;
	struct pc_meta meta = pc_meta_of(source);
	struct pc_item *item = pc_copier_hand_back(c, f, PC_ITEM_ASK, src_name, &meta);

	if (item)
		item->arg = (target->st_mode & 07777U) | (writable ? PC_ASK_WRITABLE : 0);
}

/* Looks at what a file is compared with, as GNU cp does: what it would be written to.
 * 0, -ENOENT or -ELOOP where there is none, or another negative errno: nobody knows. */
static int look_at(const struct pc_copier *c, const struct pc_frame *f, const struct stat *source,
		   const char *dst_name, struct stat *ret)
{
	bool followed = S_ISREG(source->st_mode) && pc_writes_in_place(c->options);

	return fstatat(f->dst_fd, dst_name, ret, followed ? 0 : AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

/* Whether the target is what would be copied to it, so that its age says nothing. */
static bool is_source(const struct pc_copier *c, const struct pc_frame *f,
		      const struct stat *source, const struct stat *target, const char *src_name,
		      const char *dst_name)
{
	const struct pcopy_options *o = c->options;

	if (is_referent(f, src_name, source, target))
		return true;
	return pc_same_inode(source, target) &&
	       ((o->backup == PCOPY_BACKUP_NONE && !o->remove_destination) ||
		same_entry(f, src_name, dst_name));
}

/* Whether a worker that was lost may have begun to write to a target that was older. */
static bool is_begun(const struct pc_copier *c, const struct stat *target)
{
	return pc_job_is_again(c->job) && c->options->update == PCOPY_UPDATE_OLDER &&
	       is_of_run(c->env, target->st_ctim.tv_sec, (uint32_t)target->st_ctim.tv_nsec);
}

/* Whether what is there, and nothing of ours, is to go.  If not: told, or asked for. */
static bool is_given_up(struct pc_copier *c, struct pc_frame *f, enum pcopy_kind kind,
			const struct stat *source, const struct stat *target,
			const char *src_name, const char *dst_name)
{
	const struct pcopy_options *o = c->options;
	const char *label = pc_frame_label(f, src_name);

	if (o->update == PCOPY_UPDATE_NONE_FAIL)
		pc_copier_fail(c, kind, PCOPY_STEP_NOT_REPLACED, 0, label);
	else if (o->update == PCOPY_UPDATE_NONE)
		pc_copier_skip(c, kind, label);
	else if (is_source(c, f, source, target, src_name, dst_name))
		return true; /* refused, in most cases */
	else if (o->update == PCOPY_UPDATE_OLDER && !is_older(c, target, source))
		pc_copier_skip(c, kind, label);
	else if (o->on_overwrite)
		ask(c, f, source, target, src_name, dst_name);
	else
		return true;
	return false;
}

bool pc_target_wanted(struct pc_copier *c, struct pc_frame *f, enum pcopy_kind kind,
		      const struct stat *source, const char *src_name, const char *dst_name)
{
	struct stat target;
	int r;

	if ((c->options->update == PCOPY_UPDATE_ALL && !c->options->on_overwrite) ||
	    (c->job->flags & (PC_JOB_FIRST | PC_JOB_APPROVED)))
		return true;
	r = look_at(c, f, source, dst_name, &target);
	if (r == -ENOENT || r == -ELOOP)
		return true;
	if (r < 0) {
		pc_copier_fail(c, kind, PCOPY_STEP_STAT_TARGET, r, pc_frame_label(f, src_name));
		return false;
	}
	return is_begun(c, &target) || pc_target_is_ours(c, f->dst_fd, dst_name) ||
	       is_given_up(c, f, kind, source, &target, src_name, dst_name);
}

/* ---- Whether it is done already ---- */

static bool is_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

static bool is_same_time(const struct stat *target, const struct stat *source)
{
	const struct timespec *t = &target->st_mtim, *s = &source->st_mtim;

	return t->tv_sec == s->tv_sec && (t->tv_nsec == s->tv_nsec || has_whole_seconds(target));
}

/* A file has its full length only when all of it was written, and times are set
 * last of all that is kept.  Without times it must have been written after the
 * source was last touched; then nothing else may be asked for that could be missing. */
bool pc_target_is_finished(const struct pc_copier *c, const struct pc_frame *f,
			   const struct stat *source, const char *dst_name)
{
	unsigned keep = c->options->preserve & ~(unsigned)(PCOPY_KEEP_LINKS | PCOPY_DEFAULT_MODE);
	const mode_t mode = pc_copier_meta(c, source).mode & 0777 & ~c->env->umask;
	struct stat st;

	if (fstatat(f->dst_fd, dst_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_size != source->st_size || !is_later(&st.st_ctim, &source->st_ctim))
		return false;
	if (keep == 0)
		return is_later(&st.st_mtim, &source->st_ctim) &&
		       (f->acl || (st.st_mode & 0777) == mode);
	return (keep & PCOPY_KEEP_TIMES) && !(keep & PCOPY_KEEP_FLAGS) && is_same_time(&st, source);
}

/* ---- Refusals ---- */

/* Why a symbolic link of the target leads nowhere: ENOENT, ELOOP ...; 0: it leads
 * to something. */
static int link_error(const struct pc_frame *f, const char *name)
{
	struct stat st;

	return fstatat(f->dst_fd, name, &st, 0) < 0 ? errno : 0;
}

/* Whether a backup of the file would take the source its name, or leave a link without
 * the file that it names. */
static bool backup_loses_source(const struct pc_copier *c, const struct pc_frame *f,
				const char *src_name, bool one_name)
{
	struct stat st;

	return one_name ||
	       (pc_frame_follows(c, f) &&
		fstatat(f->src_fd, src_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode));
}

/* As same_file_ok() of GNU cp answers: PC_TARGET_FREE to go on. */
static enum pc_target same_file(const struct pc_copier *c, const struct pc_frame *f,
				const char *src_name, const char *dst_name,
				const struct stat *source, const struct stat *target)
{
	const struct pcopy_options *o = c->options;
	bool one_inode = pc_same_inode(source, target);
	bool one_name = one_inode && same_entry(f, src_name, dst_name);

	if (o->make == PCOPY_MAKE_HARD_LINKS && one_inode)
		return PC_TARGET_DONE;
	if (o->backup != PCOPY_BACKUP_NONE)
		return backup_loses_source(c, f, src_name, one_name) ? PC_TARGET_REFUSED
								     : PC_TARGET_FREE;
	if (S_ISLNK(source->st_mode) && one_inode)
		return one_name ? PC_TARGET_REFUSED : PC_TARGET_DONE;
	if (o->remove_destination && one_inode && !one_name)
		return PC_TARGET_FREE;
	if (o->make == PCOPY_MAKE_SYMLINKS && S_ISLNK(target->st_mode))
		return PC_TARGET_FREE;
	return o->make == PCOPY_MAKE_HARD_LINKS ? PC_TARGET_DONE : PC_TARGET_REFUSED;
}

/* Why a regular file is not written to what has its name; PCOPY_STEP_NONE: it is. */
static enum pcopy_step no_place(const struct pc_frame *f, const char *name,
				const struct stat *target)
{
	if (S_ISLNK(target->st_mode))
		return link_error(f, name) == ENOENT ? PCOPY_STEP_THROUGH_DANGLING
						     : PCOPY_STEP_THROUGH_SYMLINK;
	/* A device named by hand is written to, as in `cp file /dev/null`. */
	if (!S_ISREG(target->st_mode) && !(f->top && S_ISCHR(target->st_mode)))
		return PCOPY_STEP_OVER_SPECIAL;
	return PCOPY_STEP_NONE;
}

enum pcopy_step pc_target_refuses(const struct pc_frame *f, const char *name,
				  const struct stat *source, const struct stat *target)
{
	if (pc_same_inode(source, target))
		return PCOPY_STEP_SAME_FILE;
	return no_place(f, name, target);
}

/* ---- Clearing the way ---- */

static int drop(const struct pc_frame *f, const char *name)
{
	return unlinkat(f->dst_fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int pc_target_remove(struct pc_copier *c, const struct pc_frame *f, const char *src_name,
		     const char *dst_name)
{
	int r = drop(f, dst_name);

	if (r < 0)
		return r;
	if (c->options->verbose)
		pc_copier_event(c, PCOPY_EVENT_REMOVED, PCOPY_FILE, PCOPY_STEP_NONE, 0,
				pc_frame_label(f, src_name));
	return PC_TARGET_FREE;
}

/* Whether what has the name is replaced and never written to. */
static bool is_replaced(const struct pc_copier *c, const struct stat *source,
			const struct stat *target)
{
	const struct pcopy_options *o = c->options;

	if (o->remove_destination || ((o->preserve & PCOPY_KEEP_LINKS) && target->st_nlink > 1))
		return true;
	return !S_ISREG(source->st_mode) && o->dereference == PCOPY_DEREFERENCE_NEVER &&
	       !o->attributes_only;
}

/* Whether it is replaced in one step, by a file that was written beside it. */
static bool is_atomic(const struct pc_copier *c, const struct stat *source)
{
	const struct pcopy_options *o = c->options;

	return S_ISREG(source->st_mode) && o->make == PCOPY_MAKE_COPIES &&
	       o->atomic != PCOPY_NEVER && !o->attributes_only;
}

/* Whether what is in the way, no directory and no copy of ours, is written to. */
static int give_way(struct pc_copier *c, const struct pc_frame *f, const struct stat *source,
		    const struct stat *target, const char *src_name, const char *dst_name,
		    enum pcopy_step *step)
{
	*step = PCOPY_STEP_UNLINK;
	if (is_replaced(c, source, target) && is_atomic(c, source))
		return PC_TARGET_REPLACE;
	if (is_replaced(c, source, target))
		return pc_target_remove(c, f, src_name, dst_name);
	if (!S_ISREG(source->st_mode) && !pc_file_is_stream(c, source))
		return PC_TARGET_IN_PLACE;
	*step = no_place(f, dst_name, target);
	if (*step == PCOPY_STEP_NONE || c->options->make != PCOPY_MAKE_COPIES)
		return PC_TARGET_IN_PLACE;
	if (!c->options->force || link_error(f, dst_name) != ELOOP) /* can never be opened */
		return PC_TARGET_REFUSED;
	*step = PCOPY_STEP_UNLINK;
	return pc_target_remove(c, f, src_name, dst_name);
}

int pc_target_clear(struct pc_copier *c, const struct pc_frame *f, const struct stat *source,
		    const char *src_name, const char *dst_name, enum pcopy_step *step)
{
	struct stat target;
	int r;

	*step = PCOPY_STEP_STAT_TARGET;
	if (fstatat(f->dst_fd, dst_name, &target, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? PC_TARGET_FREE : -errno;
	*step = PCOPY_STEP_UNLINK;
	if (pc_target_is_ours(c, f->dst_fd, dst_name))
		return drop(f, dst_name);
	*step = PCOPY_STEP_SAME_FILE;
	if (pc_same_inode(source, &target) || is_referent(f, src_name, source, &target)) {
		r = (int)same_file(c, f, src_name, dst_name, source, &target);
		if (r != PC_TARGET_FREE)
			return r;
	}
	*step = PCOPY_STEP_FILE_OVER_DIR;
	if (S_ISDIR(target.st_mode))
		return PC_TARGET_REFUSED;
	if (c->options->backup != PCOPY_BACKUP_NONE)
		return pc_backup_make(c, f, source, src_name, dst_name, step);
	return give_way(c, f, source, &target, src_name, dst_name, step);
}
