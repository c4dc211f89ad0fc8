/* SPDX-License-Identifier: MIT */
/* copy.c - the copying part of a run: the copy, and two further passes of the same workers.
 *
 * The further passes get a set of paths and skip everything that is not in it: entries that
 * differed in the comparison, and those that were blocked by an entry of another kind. Neither
 * removes anything, and the repeated copy makes no backup and asks nothing. */
#include "run/copy.h"

#include "copy/copy.h"
#include "run/pack.h"
#include "run/pool.h"
#include "run/report.h"

#include <errno.h>

static void copy_worker_started(void *env, unsigned worker)
{
	const struct pc_copy_env *copy_env = env;
	const struct pcopy_options *o = copy_env->options;

	if (o->on_worker_start)
		o->on_worker_start(o->userdata, worker);
}

/* Copies the entries in `only`; NULL: all. */
static int copy_pass(struct pcopy *copy, struct pc_run *run, const struct pcopy_options *options,
                     const struct pc_path_set *only, struct pc_plan_result *result)
{
	struct pc_copy_env env = {.options = options,
	                          .root = run->root,
	                          .root_count = run->root_count,
	                          .parent_count = run->parent_count,
	                          .attributes = &run->attributes,
	                          .meter = result == &copy->result ? copy->meter : NULL,
	                          .only = only};
	struct pc_plan_config config = {
		.options = options,
		.root = run->root,
		.root_count = run->root_count,
		.parent_count = only ? 0 : run->parent_count,
		.temp_name = pc_large_temp_name,
		.temp_name_max = PC_TEMP_NAME_MAX,
		.not_copied = pc_reads_back(options) ? &run->not_copied : NULL,
		.uncounted = only == &run->obstacles ? only : NULL,
		.own_clock = only == &run->different,
		.known = result == &copy->result ? NULL : copy->result.known,
		.listed = options->delete_extraneous ? &run->listed : NULL,
		.names = only ? NULL : options->names,
		.above_by_job = options->dry_run,
		.counts_ahead = !only && !options->names,
	};
	struct pc_work work = pc_copy_work(&env);
	int r = pc_copy_env_init(&env);

	if (r < 0)
		return r;
	work.started = copy_worker_started;
	if (copy->ranks)
		pc_pack_copy(copy->ranks, &env);
	return pc_run_pool(copy, &config, &work, copy->options.pool, result);
}

/* Data are read and written, not shared: a clone of a bad extent would be as bad. The differences
 * found so far become `recopied`, and the next comparison counts those that remain. */
int pc_run_copy_again(struct pcopy *copy, struct pc_run *run)
{
	struct pcopy_options options = copy->options;
	struct pc_plan_result result = {0};
	uint64_t failed = 0;
	int r;

	options.method = PCOPY_METHOD_READ_WRITE;
	options.reflink = PCOPY_NEVER;
	options.update = PCOPY_UPDATE_ALL;
	options.backup = PCOPY_BACKUP_NONE;
	options.force = true;
	options.verbose = false;
	options.on_overwrite = NULL;
	r = copy_pass(copy, run, &options, &run->different, &result);
	for (int k = 0; k < PCOPY_KINDS; k++)
		failed += result.counts.entries[k].failed;
	copy->report.verify.recopied = copy->report.verify.differences;
	copy->report.verify.differences = 0;
	run->again = true;
	pc_plan_result_done(&result);
	return r < 0 ? r : failed > 0;
}

/* The directories that lead to these entries were copied and counted before.  A failure in one of
 * them is an error of this pass.  True if any failed. */
static bool leading_uncount(struct pcopy *copy, struct pc_plan_result *result)
{
	uint64_t failed = 0;

	for (int k = 0; k < PCOPY_KINDS; k++) {
		result->counts.entries[k].failed -= result->failed_again[k];
		failed += result->failed_again[k];
	}
	copy->report.deleted.failed += failed;
	return failed > 0;
}

int pc_run_copy_obstacles(struct pcopy *copy, struct pc_run *run)
{
	struct pcopy_options options = copy->options;
	struct pc_plan_result result = {0};
	bool failed;
	int r;

	options.delete_extraneous = false; /* a remaining obstacle is an error */
	r = copy_pass(copy, run, &options, &run->obstacles, &result);
	failed = leading_uncount(copy, &result);
	pc_counts_add(&copy->result.counts, &result.counts);
	copy->result.jobs += result.jobs;
	if (result.stop != PCOPY_STOP_NOT)
		copy->result.stop = result.stop;
	pc_report_run(copy, &copy->result);
	pc_plan_result_done(&result);
	return r < 0 ? r : r > 0 || failed;
}

int pc_run_copy(struct pcopy *copy, struct pc_run *run)
{
	unsigned workers = copy->workers_most;
	int r;

	if (copy->options.measure) {
		copy->meter = pc_meters_new(workers);
		if (!copy->meter)
			return -ENOMEM;
	}
	r = copy_pass(copy, run, &copy->options, NULL, &copy->result);
	pc_report_run(copy, &copy->result);
	if (copy->meter && copy->result.worker && pc_report_phases(copy) < 0 && r == 0)
		r = -ENOMEM;
	if (copy->meter)
		pc_meters_free(copy->meter, workers);
	copy->meter = NULL;
	return r;
}
