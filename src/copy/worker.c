/* SPDX-License-Identifier: MIT
 *
 * worker.c - a copying worker: its part in the walk, its jobs, its lifetime. */
#include "base/cleanup.h"
#include "base/path.h"
#include "copy/attr.h"
#include "copy/chunk.h"
#include "copy/directory.h"
#include "copy/entry.h"
#include "copy/special.h"
#include "copy/survey.h"
#include "sys/sys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- The walk, see struct pc_walk_ops ---- */

static void worker_new_target(struct pc_walker *w)
{
	struct pc_copier *c = pc_copier_of(w);
	struct stat st;

	c->top_acl = pc_attr_inherits(w->dst_anchor_fd);
	c->top_gid_own = pc_sys_fstat(w->dst_anchor_fd, &st) == 0 && st.st_gid == c->env->gid;
}

/* Once for each root: the identity of its target, so that the copy does not descend into itself. */
static void root_remember_target(struct pc_copier *c)
{
	struct pc_walker *w = &c->walk;
	struct stat st;

	if (c->target_root == w->root + 1U)
		return;
	c->target_dev = c->target_ino = 0;
	if (pc_sys_fstatat(w->dst_anchor_fd, c->env->root[w->root].dst_name, &st,
	                   AT_SYMLINK_NOFOLLOW) < 0)
		return; /* not made yet */
	c->target_root = w->root + 1U;
	c->target_dev = st.st_dev;
	c->target_ino = st.st_ino;
}

static void worker_entry(struct pc_walker *w, struct pc_entry *e)
{
	struct pc_copier *c = pc_copier_of(w);

	if (!c->env->only || (pc_walk_name(w, &c->name, e->label) &&
	                      pc_path_set_covers(c->env->only, w->root, c->name.data)))
		pc_entry_copy(c, e);
}

static bool worker_open(struct pc_walker *w, struct pc_entry *e, struct pc_frame *f)
{
	struct pc_copier *c = pc_copier_of(w);

	if (c->env->only && (!pc_walk_name(w, &c->name, NULL) ||
	                     !pc_path_set_reaches(c->env->only, w->root, c->name.data)))
		return false;
	return pc_directory_open(c, e, f);
}

static void worker_finish(struct pc_walker *w, struct pc_frame *f)
{
	pc_directory_finish(pc_copier_of(w), f);
}

static void worker_look(struct pc_walker *w, struct pc_frame *f)
{
	struct pc_copier *c = pc_copier_of(w);

	if (f->top) {
		f->acl = c->top_acl;
		f->gid_own = c->top_gid_own;
		pc_copier_announce(c, f, f->dst_fs, NULL);
		return;
	}
	root_remember_target(c);
	pc_directory_look(c, f);
}

static void worker_moment(struct pc_walker *w, enum pc_walk_moment moment)
{
	struct pc_copier *c = pc_copier_of(w);

	if (moment == PC_WALK_LISTS)
		pc_phase_walk(c);
	else if (moment == PC_WALK_LISTED)
		pc_phase_listed(c);
	else
		pc_phase(c, PCOPY_PHASE_WALK);
}

static const struct pc_walk_ops walk_ops = {
	.entry = worker_entry,
	.open = worker_open,
	.finish = worker_finish,
	.look = worker_look,
	.moment = worker_moment,
	.new_target = worker_new_target,
};

/* ---- One job ---- */

static void entries_job(struct pc_copier *c)
{
	pc_walk_entries(&c->walk);
}

static void list_job(struct pc_copier *c)
{
	pc_walk_list(&c->walk);
}

static void paths_job(struct pc_copier *c)
{
	pc_walk_paths(&c->walk);
}

static void count_job(struct pc_copier *c)
{
	pc_walk_count(&c->walk);
}

static void worker_run(void *context, unsigned slot, struct pc_job *job, char *text)
{
	static void (*const run[PC_JOB_KINDS])(struct pc_copier *) = {
		[PC_JOB_ENTRIES] = entries_job, [PC_JOB_LIST] = list_job,
		[PC_JOB_CHUNK] = pc_chunk_job,  [PC_JOB_FINISH] = pc_finish_job,
		[PC_JOB_LINK] = pc_link_job,    [PC_JOB_DIRMETA] = pc_directory_job,
		[PC_JOB_PATHS] = paths_job,     [PC_JOB_COUNT] = count_job,
	};
	struct pc_copier *c = context;

	pc_walk_take(&c->walk, slot, job, text);
	pc_phase_begin_job(c);
	if (job->kind == PC_JOB_DIRMETA && c->walk.options->dry_run)
		pc_survey_directories(c);
	else if (job->kind < PC_JOB_KINDS && run[job->kind])
		run[job->kind](c);
	else
		job->error = -EOPNOTSUPP; /* jobs of other passes are never sent to a copy */
	pc_phase(c, PCOPY_PHASE_COMMIT);
	pc_batch_flush(&c->walk.batch);
	pc_phase_end_job(c);
}

/* ---- The worker's lifetime ---- */

static void worker_free(struct pc_copier *c)
{
	pc_phase_done(c);
	pc_walk_done(&c->walk);
	pc_buffer_done(&c->name);
	pc_buffer_done(&c->link);
	pc_buffer_done(&c->backup);
	pc_buffer_done(&c->folded_into);
	pc_buffer_done(&c->folds.tags);
	free(c->io);
	free(c);
}

static int worker_begin(void *env, struct pc_queue *queue, unsigned worker, void **ret)
{
	struct pc_copier *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->env = env;
	if (pc_walk_init(&c->walk, c->env->options->dry_run ? &pc_survey_ops : &walk_ops,
	                 c->env->options, c->env->root, queue) < 0 ||
	    pc_phase_init(c, worker) < 0) {
		worker_free(c);
		return -ENOMEM;
	}
	*ret = c;
	return 0;
}

static void worker_end(void *context)
{
	worker_free(context);
}

/* ---- Files of hung jobs ---- */

/* Appends a part of a path; an empty part adds nothing. */
static int path_add_part(struct pc_buffer *path, const char *part, size_t len)
{
	if (len == 0)
		return 0;
	if (path->len > 0 && pc_buffer_add(path, "/", 1) < 0)
		return -ENOMEM;
	return pc_buffer_add(path, part, len);
}

static bool is_that_file(int dirfd, const char *name, const struct pc_work_file *file)
{
	struct stat st;

	return file->ino == 0 || (pc_sys_fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	                          st.st_dev == file->dev && st.st_ino == file->ino);
}

/* Removes an unfinished file by its path alone, as the worker that has it open hangs. */
static void worker_remove_file(void *env, const char *dir, const struct pc_work_file *file)
{
	const struct pc_copy_env *copy_env = env;
	unsigned roots = copy_env->root_count + copy_env->parent_count;
	const struct pc_root *root = file->root < roots ? &copy_env->root[file->root] : NULL;
	size_t start, len = pc_path_base(file->path, &start);
	_cleanup_fd_ int top_fd = root ? pc_walk_open_anchor(root->dst_anchor) : -1, dir_fd = -1;
	struct pc_buffer path = {0};

	/* the worker that wrote the record may have corrupted it */
	if (top_fd < 0 || pc_buffer_add(&path, "", 0) < 0)
		return;
	if (file->top || (path_add_part(&path, root->dst_name, strlen(root->dst_name)) == 0 &&
	                  path_add_part(&path, dir, strlen(dir)) == 0 &&
	                  path_add_part(&path, file->path, start > 0 ? start - 1 : 0) == 0)) {
		dir_fd = pc_sys_open_dir_beneath(top_fd, path.data, O_PATH);
		if (dir_fd >= 0 && len > 0 && is_that_file(dir_fd, file->path + start, file))
			/* no worker is left to report an error to */
			(void)pc_sys_unlinkat(dir_fd, file->path + start, 0);
	}
	pc_buffer_done(&path);
}

struct pc_work pc_copy_work(struct pc_copy_env *env)
{
	return (struct pc_work){
		.env = env,
		.begin = worker_begin,
		.run = worker_run,
		.end = worker_end,
		.remove_file = worker_remove_file,
	};
}
