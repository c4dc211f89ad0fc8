/* pcopy.c - the library's doors: where plan, pools and copying are joined. */
#include "pcopy.h"

#include "base/clock.h"
#include "base/cpus.h"
#include "base/memory.h"
#include "copy/copy.h"
#include "job/meter.h"
#include "job/pool.h"
#include "plan/operands.h"
#include "plan/plan.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define HYBRID_THREADS 2U
#define SLOTS_PER_WORKER 4U
#define SLOTS_MIN 8U

struct pcopy {
	/* set by the caller, not changed by a run */
	struct pcopy_options options;
	struct pc_operand *operand;
	unsigned operand_count, operand_cap;
	char *backup_suffix;

	/* of the run */
	bool ran;
	bool fit; /* the number of workers was left to us */
	uint64_t start_ns;
	struct pc_queue queue;
	struct pc_meter *meter; /* [workers], where the caller wants to know */
	struct pcopy_report report;
	struct pcopy_phase_report *phase;
	struct pc_plan_result result;

	/* any thread, and signal handlers */
	_Atomic bool canceled;
	_Atomic(struct pc_queue *) running; /* NULL: no queue to be told */
	_Atomic unsigned telling;	    /* pcopy_cancel() calls that may use it */
};

/* ---- Words ---- */

const char *pcopy_pool_name(enum pcopy_pool pool)
{
	static const char *const name[PCOPY_POOLS] = {"serial", "threads", "processes", "hybrid"};

	return (unsigned)pool < PCOPY_POOLS ? name[pool] : NULL;
}

const char *pcopy_method_name(enum pcopy_method method)
{
	static const char *const name[PCOPY_METHODS] = {"none", "clone", "copy_file_range",
							"read/write"};

	return (unsigned)method < PCOPY_METHODS ? name[method] : NULL;
}

const char *pcopy_kind_name(enum pcopy_kind kind)
{
	static const char *const name[PCOPY_KINDS] = {"file", "directory", "symlink", "hard link",
						      "special"};

	return (unsigned)kind < PCOPY_KINDS ? name[kind] : NULL;
}

const char *pcopy_phase_name(enum pcopy_phase phase)
{
	static const char *const name[PCOPY_PHASES] = {"walk",	   "open", "create", "copy",
						       "metadata", "link", "commit"};

	return (unsigned)phase < PCOPY_PHASES ? name[phase] : NULL;
}

uint64_t pcopy_bucket_ns(unsigned bucket)
{
	return pc_histogram_floor(bucket);
}

const char *pcopy_stop_name(enum pcopy_stop stop)
{
	static const char *const name[PCOPY_STOPS] = {"not", "canceled", "full", "errors"};

	return (unsigned)stop < PCOPY_STOPS ? name[stop] : NULL;
}

unsigned pcopy_cpus(void)
{
	return pc_cpus();
}

/* ---- A handle ---- */

/* Whether the caller leaves the number of workers to us. */
static bool left_to_us(const struct pcopy_options *o)
{
	return (o->pool != PCOPY_POOL_THREADS && o->processes == 0) ||
	       (o->pool != PCOPY_POOL_PROCESSES && o->threads == 0);
}

static void fit_workers(struct pcopy_options *o)
{
	unsigned cpus = o->processes && o->threads ? 1 : pc_cpus();

	switch (o->pool) {
	case PCOPY_POOL_SERIAL:
		o->processes = o->threads = 1;
		break;
	case PCOPY_POOL_THREADS:
		o->processes = 1;
		o->threads = o->threads ? o->threads : cpus;
		break;
	case PCOPY_POOL_PROCESSES:
		o->processes = o->processes ? o->processes : cpus;
		o->threads = 1;
		break;
	default:
		o->threads = o->threads ? o->threads : HYBRID_THREADS;
		if (!o->processes)
			o->processes = (cpus + o->threads - 1) / o->threads;
		break;
	}
}

static bool are_known(const struct pcopy_options *o)
{
	return (unsigned)o->pool < PCOPY_POOLS && (unsigned)o->reflink <= PCOPY_NEVER &&
	       (unsigned)o->sparse <= PCOPY_NEVER &&
	       (unsigned)o->dereference < PCOPY_DEREFERENCES &&
	       (unsigned)o->update < PCOPY_UPDATES && (unsigned)o->make < PCOPY_MAKES &&
	       (unsigned)o->method < PCOPY_METHODS && (unsigned)o->backup < PCOPY_BACKUPS &&
	       (unsigned)o->fsync < PCOPY_FSYNCS && (unsigned)o->atomic <= PCOPY_NEVER;
}

static int fit_options(struct pcopy_options *o)
{
	unsigned workers;

	if (!are_known(o))
		return -EINVAL;
	fit_workers(o);
	if (o->processes > PC_WORKERS_MAX || o->threads > PC_WORKERS_MAX)
		return -EINVAL;
	workers = o->processes * o->threads;
	if (workers > PC_WORKERS_MAX || o->queue_depth > PC_QUEUE_MAX)
		return -EINVAL;
	if (o->queue_depth == 0)
		o->queue_depth = SLOTS_PER_WORKER * workers > SLOTS_MIN ? SLOTS_PER_WORKER * workers
									: SLOTS_MIN;
	if (o->queue_depth > PC_QUEUE_MAX)
		o->queue_depth = PC_QUEUE_MAX;
	return 0;
}

static int keep_suffix(struct pcopy *copy)
{
	if (!copy->options.backup_suffix)
		return 0;
	copy->backup_suffix = strdup(copy->options.backup_suffix);
	copy->options.backup_suffix = copy->backup_suffix;
	return copy->backup_suffix ? 0 : -ENOMEM;
}

int pcopy_new(const struct pcopy_options *options, struct pcopy **ret)
{
	struct pcopy *copy;
	int r;

	/* An older caller knows fewer fields, a newer one none that we lack. */
	if (options->size == 0 || options->size > sizeof(copy->options))
		return -EINVAL;
	copy = calloc(1, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	memcpy(&copy->options, options, options->size);
	copy->report.size = sizeof(copy->report);
	copy->fit = left_to_us(&copy->options);
	r = fit_options(&copy->options);
	if (r == 0)
		r = keep_suffix(copy);
	if (r < 0) {
		free(copy);
		return r;
	}
	*ret = copy;
	return 0;
}

int pcopy_add(struct pcopy *copy, const char *src, const char *dst, unsigned flags)
{
	struct pc_operand *o;

	if (copy->operand_count == copy->operand_cap) {
		unsigned cap = copy->operand_cap ? 2 * copy->operand_cap : 16;

		o = realloc(copy->operand, cap * sizeof(*o));
		if (!o)
			return -ENOMEM;
		copy->operand = o;
		copy->operand_cap = cap;
	}
	o = &copy->operand[copy->operand_count];
	o->src = strdup(src);
	o->dst = strdup(dst);
	o->flags = flags;
	if (!o->src || !o->dst) {
		free(o->src);
		free(o->dst);
		return -ENOMEM;
	}
	copy->operand_count++;
	return 0;
}

void pcopy_free(struct pcopy *copy)
{
	if (!copy)
		return;
	for (unsigned i = 0; i < copy->operand_count; i++) {
		free(copy->operand[i].src);
		free(copy->operand[i].dst);
	}
	free(copy->operand);
	free(copy->backup_suffix);
	free(copy->result.worker);
	free(copy->phase);
	free(copy);
}

const struct pcopy_report *pcopy_get_report(const struct pcopy *copy)
{
	return &copy->report;
}

void pcopy_cancel(struct pcopy *copy)
{
	struct pc_queue *queue;

	atomic_store(&copy->canceled, true);
	atomic_fetch_add(&copy->telling, 1);
	queue = atomic_load(&copy->running);
	if (queue)
		pc_queue_cancel(queue);
	atomic_fetch_sub(&copy->telling, 1);
}

/* ---- A run ---- */

/* A child of a process with other threads may find their locks taken.  One that
 * was joined just now, as by a run before this, is listed a moment longer. */
static bool has_other_threads(void)
{
	const struct timespec moment = {.tv_nsec = 1000000};
	struct stat st;

	for (int tries = 0; tries < 50; tries++) {
		if (stat("/proc/self/task", &st) < 0 || st.st_nlink <= 3) /* ".", ".." and one */
			return false;
		nanosleep(&moment, NULL);
	}
	return true;
}

static struct pc_usage usage_now(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return pc_usage_of(&usage);
}

/* What the run cost this process, and the workers that were its children. */
static void report_cost(struct pcopy *copy, const struct pc_pool *pool,
			const struct pc_usage *before)
{
	struct pcopy_report *report = &copy->report;
	struct pc_usage used = usage_now();

	report->wall_ns = pc_now_ns() - copy->start_ns;
	pc_usage_subtract(&used, before);
	pc_usage_add(&used, &pool->child_usage);
	report->user_ns = used.user_ns;
	report->system_ns = used.system_ns;
	report->minor_faults = used.minor_faults;
	report->major_faults = used.major_faults;
	report->voluntary_switches = used.voluntary_switches;
	report->involuntary_switches = used.involuntary_switches;
	report->peak_bytes = pc_memory_self().peak_bytes;
	for (unsigned i = 0; i < copy->options.processes; i++)
		report->peak_bytes += atomic_load(pc_queue_peak(&copy->queue, i));
}

/* The tail of the run lies between these two. */
static void report_ends(struct pcopy_report *report)
{
	for (unsigned i = 0; i < report->workers; i++) {
		const struct pcopy_worker_report *w = &report->worker[i];

		if (w->jobs == 0)
			continue;
		if (!report->first_done_ns || w->last_ns < report->first_done_ns)
			report->first_done_ns = w->last_ns;
		if (w->last_ns > report->last_done_ns)
			report->last_done_ns = w->last_ns;
	}
}

/* Adds up what the workers measured.  0 or -ENOMEM. */
static int report_phases(struct pcopy *copy)
{
	/* The buckets lie behind the phases. */
	struct pcopy_phase_report *phase = calloc(
		PCOPY_PHASES, sizeof(*phase) + PC_HISTOGRAM_BUCKETS * sizeof(*phase->bucket));
	uint64_t *bucket = (uint64_t *)(void *)(phase + PCOPY_PHASES), reads = 0;

	_Static_assert(PCOPY_BUCKETS == PC_HISTOGRAM_BUCKETS, "told to callers");
	if (!phase)
		return -ENOMEM;
	for (unsigned p = 0; p < PCOPY_PHASES; p++, bucket += PC_HISTOGRAM_BUCKETS) {
		struct pc_histogram sum = {0};

		for (unsigned w = 0; w < copy->result.workers; w++)
			pc_histogram_merge(&sum, &copy->meter[w].phase[p]);
		memcpy(bucket, sum.bucket, sizeof(sum.bucket));
		phase[p] = (struct pcopy_phase_report){
			.count = sum.count,
			.sum_ns = sum.sum_ns,
			.p50_ns = pc_histogram_quantile(&sum, 0.5),
			.p95_ns = pc_histogram_quantile(&sum, 0.95),
			.p99_ns = pc_histogram_quantile(&sum, 0.99),
			.max_ns = sum.max_ns,
			.bucket = bucket,
		};
	}
	for (unsigned w = 0; w < copy->result.workers; w++) {
		reads += copy->meter[w].clock_reads;
		copy->result.worker[w].delay_ns = copy->meter[w].delay_ns;
	}
	copy->report.measuring_ns = reads * pc_meter_clock_ns();
	copy->report.phase = copy->phase = phase;
	return 0;
}

static void report_counts(struct pcopy *copy, const struct pc_pool *pool)
{
	struct pcopy_report *report = &copy->report;
	const struct pc_counts *counts = &copy->result.counts;

	report->pool = copy->options.pool;
	report->processes = pool->processes;
	report->threads = pool->threads;
	report->workers = copy->result.workers;
	report->replaced = pool->replaced;
	report->jobs = copy->result.jobs;
	memcpy(report->entries, counts->entries, sizeof(report->entries));
	memcpy(report->method_bytes, counts->method_bytes, sizeof(report->method_bytes));
	memcpy(report->method_files, counts->method_files, sizeof(report->method_files));
	report->warnings = counts->warnings;
	report->bytes = counts->bytes;
	report->stop = copy->result.stop;
	report->worker = copy->result.worker;
	report->degraded = copy->result.degraded;
	report->queue_depth = copy->queue.depth;
	report->queue_peak = copy->result.queue_peak;
	report->queue_full = copy->result.queue_full;
	report->queue_starved = copy->result.queue_starved;
	report_ends(report);
}

static void born(void *env, unsigned worker)
{
	const struct pc_copy_env *copy_env = env;
	const struct pcopy_options *o = copy_env->options;

	if (o->on_worker_start)
		o->on_worker_start(o->userdata, worker);
}

static int run_plan(struct pcopy *copy, struct pc_copy_env *env, struct pc_pool *pool)
{
	struct pc_plan_config config = {
		.options = &copy->options,
		.queue = &copy->queue,
		.pool = pool,
		.root = env->root,
		.root_count = env->root_count,
		.parent_count = env->parent_count,
		.temp_name = pc_large_temp_name,
		.temp_name_max = PC_TEMP_NAME_MAX,
		.start_ns = copy->start_ns,
		.remove_file = pc_copy_remove_file,
		.env = env,
		.width = copy->fit && env->root_count > 0 ? pc_copy_width(env->root) : 0,
	};
	int r;

	copy->result.workers = copy->options.processes * copy->options.threads;
	copy->result.worker = calloc(copy->result.workers, sizeof(*copy->result.worker));
	if (!copy->result.worker)
		return -ENOMEM;
	atomic_store(&copy->running, &copy->queue);
	if (atomic_load(&copy->canceled)) /* before there was a queue to tell */
		pc_queue_cancel(&copy->queue);
	r = pc_plan_run(&config, &copy->result);
	atomic_store(&copy->running, NULL);
	/* Who saw the queue before may still ring its bell.  A signal handler of
	 * this thread is never in the middle of that here. */
	while (atomic_load(&copy->telling) > 0)
		sched_yield();
	return r;
}

static uint64_t failures(const struct pcopy_report *report)
{
	uint64_t n = 0;

	for (int k = 0; k < PCOPY_KINDS; k++)
		n += report->entries[k].failed;
	return n;
}

/* Forces the directories that hold the copies to the disk, or all that is on their
 * file systems.  Returns how many could not be. */
static unsigned sync_targets(const struct pcopy *copy, const struct pc_copy_env *env)
{
	const struct pcopy_options *o = &copy->options;
	unsigned failed = 0;

	for (unsigned i = 0; i < env->root_count; i++) {
		const struct pc_root *root = &env->root[i];
		struct pcopy_event event = {.type = PCOPY_EVENT_ERROR, .kind = PCOPY_DIRECTORY,
					    .step = PCOPY_STEP_SYNC, .count = 1,
					    .src = root->src, .dst = root->dst_top->path};
		int r;

		if (i > 0 && root->dst_top == env->root[i - 1].dst_top)
			continue;
		r = pc_copy_sync(env, root);
		if (r == 0)
			continue;
		failed++;
		event.errnum = -r;
		if (o->on_event)
			o->on_event(o->userdata, &event);
	}
	return failed;
}

static int run_pool(struct pcopy *copy, struct pc_copy_env *env)
{
	const struct pcopy_options *o = &copy->options;
	struct pc_pool pool = {
		.queue = &copy->queue,
		.work = pc_copy_work(env),
		.processes = o->processes,
		.threads = o->threads,
		.private_fds = !o->shared_fd_table,
		.ops = pc_pool_ops(o->pool),
	};
	struct pc_usage before = usage_now();
	unsigned unsynced = 0;
	int r = pc_queue_init(&copy->queue, o->queue_depth);

	if (r < 0)
		return r;
	pool.work.born = born;
	r = run_plan(copy, env, &pool);
	if (r == 0 && o->fsync != PCOPY_FSYNC_NONE && copy->result.stop != PCOPY_STOP_CANCELED)
		unsynced = sync_targets(copy, env);
	report_counts(copy, &pool);
	report_cost(copy, &pool, &before);
	pc_queue_done(&copy->queue);
	if (r < 0)
		return r;
	if (copy->report.stop == PCOPY_STOP_CANCELED)
		return -ECANCELED;
	return failures(&copy->report) > 0 || unsynced > 0;
}

/* The same with the workers' own clocks, where the caller wants to know. */
static int run_measured(struct pcopy *copy, struct pc_copy_env *env)
{
	unsigned workers = copy->options.processes * copy->options.threads;
	int r;

	copy->start_ns = pc_now_ns();
	if (!copy->options.measure)
		return run_pool(copy, env);
	copy->meter = env->meter = pc_meters_new(workers);
	if (!copy->meter)
		return -ENOMEM;
	r = run_pool(copy, env);
	if (copy->result.worker && report_phases(copy) < 0 && r >= 0)
		r = -ENOMEM;
	pc_meters_free(copy->meter, workers);
	return r;
}

int pcopy_run(struct pcopy *copy)
{
	const struct pc_operand_sink sink = {copy->options.userdata, copy->options.on_event,
					     &copy->result.counts};
	bool forks = copy->options.pool == PCOPY_POOL_PROCESSES ||
		     copy->options.pool == PCOPY_POOL_HYBRID;
	struct pc_copy_env env = {.options = &copy->options};
	struct pc_operands *operands;
	int r;

	if (copy->ran)
		return -EINVAL;
	copy->ran = true;
	if (forks && has_other_threads())
		return -EBUSY;
	r = pc_copy_env_init(&env);
	if (r == 0)
		r = pc_operands_resolve(&copy->options, copy->operand, copy->operand_count, &sink,
					&operands);
	if (r < 0)
		return r;
	env.root = pc_operands_roots(operands, &env.root_count, &env.parent_count);
	r = run_measured(copy, &env);
	pc_operands_free(operands);
	return r;
}
