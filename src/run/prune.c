/* SPDX-License-Identifier: MIT */
/* prune.c - deletes what the sources do not have, after the copy and only if it is safe.
 *
 *   gate -> count, with a limit -> remove -> copy the entries that had obstacles
 *
 * If the gate is closed, nothing is deleted in the whole run.  Otherwise the workers ask the
 * source about each name (src/prune). */
#include "run/prune.h"

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "prune/prune.h"
#include "run/copy.h"
#include "run/pack.h"
#include "run/pool.h"
#include "run/report.h"
#include "sys/sys.h"
#include "walk/walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Events ---- */

static void deletion_report(const struct pcopy *copy, const struct pcopy_event *event)
{
	if (copy->options.on_event)
		copy->options.on_event(copy->options.userdata, event);
}

static void gate_report(const struct pcopy *copy, const struct pc_root *root, enum pcopy_step step,
                        uint64_t count)
{
	deletion_report(copy, &(struct pcopy_event){.type = PCOPY_EVENT_ERROR,
	                                            .kind = PCOPY_DIRECTORY,
	                                            .step = step,
	                                            .src = root->src,
	                                            .dst = root->dst,
	                                            .count = count});
}

/* ---- The gate ---- */

/* The first target below which something could be deleted, or NULL. */
static const struct pc_root *target_first(const struct pc_run *run)
{
	for (unsigned i = 0; i < run->root_count; i++) {
		if (run->root[i].kind == PCOPY_DIRECTORY)
			return &run->root[i];
	}
	return NULL;
}

/* Entries that vanished from the source do not prevent deletion. */
static uint64_t failures_that_count(const struct pcopy *copy)
{
	uint64_t failed = 0, vanished = copy->result.vanished;

	for (int k = 0; k < PCOPY_KINDS; k++)
		failed += copy->report.entries[k].failed;
	return failed > vanished ? failed - vanished : 0;
}

/* True if a directory is empty.  An unreadable one does not count as empty. */
static bool is_empty(const char *path)
{
	_cleanup_close_ int fd = pc_sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);

	return fd >= 0 && pc_walk_has_names(fd) == 0;
}

/* An empty source directory is more often an unmounted one than an intended one. */
static bool gate_is_open(const struct pcopy *copy, const struct pc_run *run)
{
	uint64_t failed = failures_that_count(copy);
	unsigned flags = copy->options.delete_flags;
	bool open = true;

	if (failed > 0 && !(flags & PCOPY_DELETE_DESPITE_ERRORS)) {
		gate_report(copy, target_first(run), PCOPY_STEP_GATE_ERRORS, failed);
		open = false;
	}
	for (unsigned i = 0; i < run->root_count; i++) {
		const struct pc_root *root = &run->root[i];

		if ((flags & PCOPY_DELETE_FROM_EMPTY) || root->kind != PCOPY_DIRECTORY ||
		    !is_empty(root->src) || is_empty(root->dst))
			continue;
		gate_report(copy, root, PCOPY_STEP_GATE_EMPTY, 1);
		open = false;
	}
	return open;
}

/* ---- The pass ---- */

static void prune_worker_started(void *env, unsigned worker)
{
	const struct pc_prune_env *prune_env = env;
	const struct pcopy_options *o = prune_env->options;

	if (o->on_worker_start)
		o->on_worker_start(o->userdata, worker);
}

/* Of directories only times are set, and only if the pass changes anything. */
static struct pcopy_options options_of_pass(const struct pcopy_options *options, bool act)
{
	struct pcopy_options o = *options;

	o.preserve &= act ? PCOPY_KEEP_TIMES : 0;
	o.verbose = false; /* about copied entries */
	o.on_overwrite = NULL;
	if (!act)
		o.fsync = PCOPY_FSYNC_NONE;
	return o;
}

/* `ret`: counts of the pass; `reports`: removes entries, or in a dry run reports them and adds them
 * to `removed`, unless that is NULL; otherwise only counts.  Returns 0, PCOPY_FAILED if an entry could not be removed or checked, or negative
 * errno. */
static int prune_pass(struct pcopy *copy, struct pc_run *run, bool reports,
                      struct pc_path_set *removed, struct pc_counts *ret)
{
	bool act = reports && !copy->options.dry_run;
	struct pcopy_options options = options_of_pass(&copy->options, act);
	struct pc_prune_env env = {.options = &copy->options,
	                           .root = run->root,
	                           .root_count = run->root_count,
	                           .listed = &run->listed,
	                           .obstacles = &run->obstacles,
	                           .act = act,
	                           .reports = reports,
	                           .uid = geteuid()};
	struct pc_plan_config config = {.options = &options,
	                                .root = run->root,
	                                .root_count = run->root_count,
	                                .prunes = true,
	                                .removed = act ? NULL : removed,
	                                .temp_name = pc_run_no_temp_name,
	                                .temp_name_max = 1};
	struct pc_plan_result result = {0};
	struct pc_work work = pc_prune_work(&env);
	uint64_t failed = 0;
	int r;

	work.started = prune_worker_started;
	if (copy->ranks)
		pc_pack_prune(copy->ranks, &env);
	r = pc_run_pool(copy, &config, &work, copy->options.pool, &result);
	for (int k = 0; k < PCOPY_KINDS; k++)
		failed += result.counts.entries[k].failed;
	copy->report.deleted.failed += failed;
	copy->result.counts.warnings += result.counts.warnings;
	copy->report.warnings = copy->result.counts.warnings;
	if (result.stop != PCOPY_STOP_NOT)
		copy->report.stop = copy->result.stop = result.stop;
	*ret = result.counts;
	pc_plan_result_done(&result);
	return r < 0 ? r : failed > 0 ? PCOPY_FAILED : 0;
}

static bool is_too_much(const struct pcopy_options *o, const struct pc_counts *counts)
{
	if (o->delete_limit == PCOPY_DELETE_PERCENT)
		return (double)counts->removed * 100 >
		       (double)counts->found * (double)o->max_delete;
	return counts->removed > o->max_delete;
}

/* Checks the limit.  Returns 1 or 0, or negative errno. */
static int count_allows(struct pcopy *copy, struct pc_run *run)
{
	struct pc_counts counts;
	int r;

	if (copy->options.delete_limit == PCOPY_DELETE_ANY)
		return 1;
	r = prune_pass(copy, run, false, NULL, &counts);
	copy->report.deleted.found = counts.found;
	if (r < 0)
		return r;
	if (!is_too_much(&copy->options, &counts))
		return r ==
		       0; /* entries that could not be counted (reported) may exceed the limit */
	gate_report(copy, target_first(run), PCOPY_STEP_GATE_LIMIT, counts.removed);
	return 0;
}

static int prune(struct pcopy *copy, struct pc_run *run, struct pc_path_set *removed)
{
	struct pcopy_delete_report *deleted = &copy->report.deleted;
	struct pc_counts counts = {0};
	int r = prune_pass(copy, run, true, copy->result.obstacles > 0 ? removed : NULL, &counts);

	deleted->found = counts.found;
	deleted->removed = counts.removed;
	deleted->directories = counts.removed_directories;
	deleted->stayed = counts.stayed;
	return r;
}

/* ---- Obstacles: targets of another kind ---- */

/* Returns 0 or -ENOMEM. */
static int obstacle_mark(struct pc_run *run, const struct pc_obstacle *o)
{
	int r = pc_path_set_add(&run->obstacles, o->root, o->path, strlen(o->path), PC_MARK_TREE);

	return r < 0 ? r : pc_path_set_add_above(&run->obstacles, o->root, o->path);
}

/* Returns 0 or -ENOMEM. */
static int obstacles_mark(const struct pcopy *copy, struct pc_run *run)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < copy->result.obstacles; i++)
		r = obstacle_mark(run, &copy->result.obstacle[i]);
	return r;
}

/* The obstacle stays: the entry fails as without the option. */
static int obstacle_fail(struct pcopy *copy, struct pc_run *run, const struct pc_obstacle *o)
{
	const struct pc_root *root = &run->root[o->root];
	struct pcopy_event event = {
		.type = PCOPY_EVENT_ERROR, .kind = o->kind, .step = o->step, .count = 1};
	struct pc_buffer src = {0}, dst = {0};
	int r = pc_path_set_add(&run->not_copied, o->root, o->path, strlen(o->path), PC_MARK_TREE);

	copy->result.counts.entries[o->kind].failed++;
	if (r == 0)
		r = pc_buffer_add_name(&src, root->src);
	if (r == 0)
		r = pc_buffer_add_name(&src, o->path);
	if (r == 0)
		r = pc_buffer_add_name(&dst, root->dst);
	if (r == 0)
		r = pc_buffer_add_name(&dst, o->path);
	if (r == 0) {
		event.src = src.data;
		event.dst = dst.data;
		deletion_report(copy, &event);
	}
	pc_buffer_done(&src);
	pc_buffer_done(&dst);
	return r;
}

/* Fails all obstacles before the gate is checked, because they may close it. */
static int obstacles_fail(struct pcopy *copy, struct pc_run *run)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < copy->result.obstacles; i++)
		r = obstacle_fail(copy, run, &copy->result.obstacle[i]);
	if (copy->result.obstacles > 0)
		pc_report_run(copy, &copy->result);
	return r;
}

/* A dry run: fails the obstacles that would stay, because a rule protects something in them or they
 * are mount points.  Returns 0, PCOPY_FAILED or -ENOMEM. */
static int obstacles_that_stay_fail(struct pcopy *copy, struct pc_run *run,
                                    const struct pc_path_set *removed)
{
	bool failed = false;
	int r = 0;

	pc_path_set_done(&run->obstacles);
	for (size_t i = 0; r == 0 && i < copy->result.obstacles; i++) {
		const struct pc_obstacle *o = &copy->result.obstacle[i];
		bool goes =
			pc_path_set_has(removed, o->root, o->path, strlen(o->path), PC_MARK_TREE);

		r = goes ? obstacle_mark(run, o) : obstacle_fail(copy, run, o);
		failed = failed || !goes;
	}
	if (failed)
		pc_report_run(copy, &copy->result);
	return r < 0 ? r : failed ? PCOPY_FAILED : 0;
}

/* Returns 0, PCOPY_FAILED or negative errno. */
static int prune_and_copy(struct pcopy *copy, struct pc_run *run)
{
	struct pc_path_set removed = {0};
	int r = prune(copy, run, &removed);

	if (r >= 0 && copy->options.dry_run && copy->report.deleted.stayed > 0)
		r = pc_graver(r, obstacles_that_stay_fail(copy, run, &removed));
	if (r >= 0 && copy->result.obstacles > 0)
		r = pc_graver(r, pc_run_copy_obstacles(copy, run));
	pc_path_set_done(&removed);
	return r;
}

/* ---- The whole deletion ---- */

int pc_run_prune(struct pcopy *copy, struct pc_run *run)
{
	uint64_t start_ns = pc_now_ns();
	bool stopped = copy->report.stop != PCOPY_STOP_NOT;
	int r, allowed;

	if (!target_first(run)) /* the targets of files have nothing below */
		return 0;
	allowed = !stopped && gate_is_open(copy, run);
	r = allowed ? obstacles_mark(copy, run) : 0;
	if (r == 0 && allowed)
		allowed = count_allows(copy, run);
	if (r < 0 || allowed < 0)
		return r < 0 ? r : allowed;
	if (allowed)
		r = prune_and_copy(copy, run);
	else
		r = pc_graver(PCOPY_FAILED, obstacles_fail(copy, run));
	copy->report.deleted.wall_ns = pc_now_ns() - start_ns;
	return r;
}
