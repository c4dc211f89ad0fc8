/* target.c - what is in the way in the target. */
#include "copy/copier.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static bool earlier(const struct timespec *a, int64_t sec, uint32_t nsec)
{
	return sec != a->tv_sec ? sec > a->tv_sec : nsec >= (uint32_t)a->tv_nsec;
}

/* By its time of birth; where the file system keeps none, by its last change,
 * which is later than the run's start for whatever the lost worker touched. */
bool pc_target_is_ours(const struct pc_copier *c, int dirfd, const char *name)
{
	struct statx st;

	if (c->job->blame == 0 ||
	    statx(dirfd, name, AT_SYMLINK_NOFOLLOW, STATX_BTIME | STATX_CTIME, &st) < 0)
		return false;
	if (st.stx_mask & STATX_BTIME)
		return earlier(&c->env->started, st.stx_btime.tv_sec, st.stx_btime.tv_nsec);
	return earlier(&c->env->started, st.stx_ctime.tv_sec, st.stx_ctime.tv_nsec);
}

static bool dangling(const struct pc_frame *f, const char *name)
{
	struct stat st;

	return fstatat(f->dst_fd, name, &st, 0) < 0 && errno == ENOENT;
}

enum pcopy_step pc_target_refuses(const struct pc_frame *f, const char *name,
				  const struct stat *source, const struct stat *target)
{
	if (source->st_dev == target->st_dev && source->st_ino == target->st_ino)
		return PCOPY_STEP_SAME_FILE;
	if (S_ISDIR(target->st_mode))
		return PCOPY_STEP_FILE_OVER_DIR;
	if (!S_ISREG(source->st_mode))
		return PCOPY_STEP_NONE; /* replaces what is there, as cp -r does */
	if (S_ISLNK(target->st_mode))
		return dangling(f, name) ? PCOPY_STEP_THROUGH_DANGLING : PCOPY_STEP_THROUGH_SYMLINK;
	/* A device named by hand is written to, as in `cp file /dev/null`. */
	if (!S_ISREG(target->st_mode) && !(f->top && S_ISCHR(target->st_mode)))
		return PCOPY_STEP_OVER_SPECIAL;
	return PCOPY_STEP_NONE;
}
