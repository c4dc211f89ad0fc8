/* SPDX-License-Identifier: MIT
 *
 * remove.c - removes an entry of the target by name, from an open directory. */
#include "prune/pruner.h"

#include "sys/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Another worker may restore the directory's mode in the meantime. */
#define TRIES 8

/* Name that an NFS client gives a file that was removed while open. */
#define SILLY_PREFIX ".nfs"
#define SILLY_DIGITS 24U

bool pc_prune_is_silly(const char *name)
{
	size_t len = strlen(SILLY_PREFIX);

	if (strncmp(name, SILLY_PREFIX, len) != 0 || strlen(name) != len + SILLY_DIGITS)
		return false;
	return strspn(name + len, "0123456789abcdef") == SILLY_DIGITS;
}

/* ---- Directories without write permission for their owner ---- */

/* Only the worker that changes the mode records the previous one: so no worker restores a mode
 * that another one has set temporarily. */
void pc_prune_open_up(const struct pc_pruner *p, struct pc_frame *f, const struct stat *st)
{
	if ((st->st_mode & 0700) == 0700 || st->st_uid != p->env->uid || p->env->uid == 0)
		return;
	if (pc_sys_fchmod(f->dst_fd, (st->st_mode & 07777) | 0700) < 0)
		return; /* the operation itself will fail, and is reported */
	f->opened = true;
	f->mode_back = st->st_mode & 07777;
}

void pc_prune_close(struct pc_frame *f)
{
	if (f->opened)
		(void)pc_sys_fchmod(f->dst_fd, f->mode_back); /* the previous fchmod() succeeded */
	f->opened = false;
}

int pc_prune_unlink(const struct pc_pruner *p, struct pc_frame *f, const char *name, int flags)
{
	int r = pc_sys_unlinkat(f->dst_fd, name, flags);
	struct stat st;

	for (int tries = 0; r == -EACCES && tries < TRIES; tries++) {
		if (pc_sys_fstat(f->dst_fd, &st) < 0 || st.st_uid != p->env->uid)
			return r;
		if ((st.st_mode & 0700) != 0700)
			pc_prune_open_up(p, f, &st);
		else if (tries > 0) /* the mode is not the reason */
			return r;
		r = pc_sys_unlinkat(f->dst_fd, name, flags);
	}
	return r;
}

/* ---- Entries ---- */

/* Checks whether the entry's own state allows removal.  False: reported. */
static bool entry_may_go(struct pc_pruner *p, struct pc_frame *f, const char *name,
                         enum pcopy_kind *ret_kind)
{
	struct pc_sys_seen seen;
	int r = pc_sys_look(f->dst_fd, name, &seen);

	if (r == -ENOENT)
		return false;
	if (r < 0) {
		f->stays = true;
		pc_prune_fail(p, *ret_kind, PCOPY_STEP_STAT_TARGET, r, name);
		return false;
	}
	*ret_kind = pc_kind_of_mode(seen.mode);
	if (seen.mount)
		pc_prune_stays(p, f, *ret_kind, PCOPY_STEP_MOUNTED, name);
	else if (pc_prune_is_silly(name))
		pc_prune_stays(p, f, *ret_kind, PCOPY_STEP_IN_USE, name);
	else
		return !pc_prune_asks(p, f, name, seen.mode);
	return false;
}

/* Usually the entry is checked only if unlink() refuses: a mount point, or a directory that has
 * replaced it. */
static bool is_looked_at(const struct pc_pruner *p, const char *name)
{
	return !p->env->act || p->walk.options->on_delete || pc_prune_is_silly(name);
}

static void entry_remove(struct pc_pruner *p, struct pc_frame *f, const char *name,
                         enum pcopy_kind kind)
{
	int r = p->env->act ? pc_prune_unlink(p, f, name, 0) : 0;

	if (r == -ENOENT)
		return;
	if (r == 0) {
		pc_prune_gone(p, kind, name);
		return;
	}
	if (!is_looked_at(p, name) && !entry_may_go(p, f, name, &kind))
		return;
	f->stays = true;
	pc_prune_fail(p, kind, PCOPY_STEP_DELETE, r, name);
}

/* True if the entry is an obstacle for a source entry with an equal name. */
static bool fold_is_obstacle(struct pc_pruner *p, struct pc_frame *f)
{
	return pc_prune_has(p, f, p->fold_name.data) == PC_PRUNE_OBSTACLE;
}

/* True if the source has a directory of this name, and it is excluded. */
static bool entry_is_excluded_directory(struct pc_pruner *p, struct pc_frame *f, const char *name)
{
	struct stat source;

	return pc_prune_drops_kind(p, f, name, PC_TYPE_DIR) &&
	       pc_sys_fstatat(f->src_fd, name, &source,
	                      pc_walk_follows(&p->walk, f) ? 0 : AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(source.st_mode);
}

/* True if the source does not have the entry under any name, or has it as something else that has
 * to go. */
static bool entry_is_extraneous(struct pc_pruner *p, struct pc_frame *f, const char *name,
                                enum pcopy_kind kind)
{
	enum pc_prune_answer answer = pc_prune_has(p, f, name);
	int fold;

	if (answer != PC_PRUNE_LACKS)
		return answer == PC_PRUNE_OBSTACLE ||
		       (answer == PC_PRUNE_HAS && entry_is_excluded_directory(p, f, name));
	fold = pc_prune_is_fold(p, f, name);
	if (fold >= 0)
		return fold == 0 || fold_is_obstacle(p, f);
	f->stays = true;
	pc_prune_fail(p, kind, PCOPY_STEP_STAT, fold, name);
	return false;
}

void pc_prune_entry(struct pc_pruner *p, struct pc_frame *f, const char *name, enum pc_type type)
{
	enum pcopy_kind kind = pc_kind_of_type(type);
	enum pc_prune_rule rule;

	p->walk.job->counts.found++;
	rule = pc_prune_rule(p, f, name, type);
	if (rule == PC_PRUNE_SPARE ||
	    (rule == PC_PRUNE_BY_SOURCE && !entry_is_extraneous(p, f, name, kind)))
		return;
	if (!is_looked_at(p, name) || entry_may_go(p, f, name, &kind))
		entry_remove(p, f, name, kind);
}
