/* pcopy.c - the library's doors: where plan, pools and copying are joined. */
#include "pcopy.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/cpus.h"
#include "check/check.h"
#include "copy/copy.h"
#include "handle.h"
#include "job/patience.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define HYBRID_THREADS 2U
#define SLOTS_PER_WORKER 4U
#define SLOTS_MIN 8U

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

const char *pcopy_field_name(enum pcopy_field field)
{
	static const char *const name[PCOPY_FIELDS] = {
		[PCOPY_FIELD_MISSING] = "missing", [PCOPY_FIELD_EXTRA] = "extra",
		[PCOPY_FIELD_KIND] = "kind",	   [PCOPY_FIELD_SIZE] = "size",
		[PCOPY_FIELD_DATA] = "data",	   [PCOPY_FIELD_LINK] = "link target",
		[PCOPY_FIELD_DEVICE] = "device",   [PCOPY_FIELD_LINKS] = "hard link",
		[PCOPY_FIELD_MODE] = "mode",	   [PCOPY_FIELD_USER] = "user",
		[PCOPY_FIELD_GROUP] = "group",	   [PCOPY_FIELD_TIME] = "time",
		[PCOPY_FIELD_XATTR] = "attribute", [PCOPY_FIELD_ACL] = "access list",
		[PCOPY_FIELD_FLAGS] = "flags",	   [PCOPY_FIELD_HOLES] = "holes",
		[PCOPY_FIELD_DIGEST] = "digest",
	};

	return (unsigned)field < PCOPY_FIELDS ? name[field] : NULL;
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
	       (unsigned)o->fsync < PCOPY_FSYNCS && (unsigned)o->atomic <= PCOPY_NEVER &&
	       (unsigned)o->verify < PCOPY_VERIFIES && (unsigned)o->mismatch < PCOPY_MISMATCHES;
}

/* What is not a copy of its source's contents is not read back. */
static bool can_be_read_back(const struct pcopy_options *o)
{
	return !pc_reads_back(o) ||
	       (o->make == PCOPY_MAKE_COPIES && !o->attributes_only && !o->copy_contents);
}

static int fit_options(struct pcopy_options *o)
{
	unsigned workers;

	if (!are_known(o) || !can_be_read_back(o))
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

/* Makes a string of the options the handle's own. */
static int keep_string(const char **option, char **ret)
{
	if (!*option)
		return 0;
	*option = *ret = strdup(*option);
	return *ret ? 0 : -ENOMEM;
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
		r = keep_string(&copy->options.backup_suffix, &copy->backup_suffix);
	if (r == 0)
		r = keep_string(&copy->options.manifest, &copy->manifest);
	if (r < 0) {
		free(copy->backup_suffix);
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
	free(copy->manifest);
	pc_plan_result_done(&copy->result);
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
	uint64_t none = 0;

	(void)atomic_compare_exchange_strong(&copy->canceled_ns, &none, pc_now_ns());
	atomic_store(&copy->canceled, true);
	atomic_fetch_add(&copy->telling, 1);
	queue = atomic_load(&copy->running);
	if (queue)
		pc_queue_cancel(queue);
	atomic_fetch_sub(&copy->telling, 1);
}

unsigned pcopy_patience_ms(struct pcopy *copy)
{
	uint64_t limit_ns = copy->options.cancel_ms * PC_NS_PER_MS;
	uint64_t until_ns = atomic_load(&copy->canceled_ns), pool_ns = 0, now_ns = pc_now_ns();
	struct pc_queue *queue;

	if (limit_ns == 0)
		return UINT_MAX;
	until_ns += atomic_load(&copy->syncing) ? PC_FLUSH_TIMES * limit_ns : limit_ns;
	atomic_fetch_add(&copy->telling, 1);
	queue = atomic_load(&copy->running);
	if (queue)
		pool_ns = pc_queue_patience(queue);
	atomic_fetch_sub(&copy->telling, 1);
	if (pool_ns > until_ns)
		until_ns = pool_ns;
	return now_ns < until_ns ? (unsigned)((until_ns - now_ns) / PC_NS_PER_MS + 1) : 0;
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

static int run_plan(struct pcopy *copy, const struct pc_plan_config *config,
		    struct pc_plan_result *result)
{
	int r;

	result->workers = config->pool->processes * config->pool->threads;
	result->worker = calloc(result->workers, sizeof(*result->worker));
	if (!result->worker)
		return -ENOMEM;
	atomic_store(&copy->running, &copy->queue);
	if (atomic_load(&copy->canceled)) /* before there was a queue to tell */
		pc_queue_cancel(&copy->queue);
	r = pc_plan_run(config, result);
	atomic_store(&copy->running, NULL);
	/* Who saw the queue before may still ring its bell.  A signal handler of
	 * this thread is never in the middle of that here. */
	while (atomic_load(&copy->telling) > 0)
		sched_yield();
	return r;
}

int pc_run_pool(struct pcopy *copy, struct pc_plan_config *config, const struct pc_work *work,
		enum pcopy_pool kind, struct pc_plan_result *result)
{
	const struct pcopy_options *o = &copy->options;
	uint64_t start_ns = pc_now_ns();
	struct pc_pool pool = {
		.queue = &copy->queue,
		.work = *work,
		.processes = o->processes,
		.threads = o->threads,
		.private_fds = !o->shared_fd_table,
		.cancel_ms = o->cancel_ms,
		.ops = pc_pool_ops(kind),
	};
	struct pc_usage before = pc_usage_now();
	int r;

	if (kind != o->pool) { /* each of its workers is a process */
		pool.processes *= pool.threads;
		pool.threads = 1;
	}
	if (kind >= PCOPY_POOL_PROCESSES && has_other_threads())
		return -EBUSY;
	r = pc_queue_init(&copy->queue, o->queue_depth);
	if (r < 0)
		return r;
	config->queue = &copy->queue;
	if (!copy->start_ns) {
		copy->start_ns = start_ns;
		if (o->on_start)
			o->on_start(o->userdata);
	}
	config->start_ns = copy->start_ns;
	config->pool = &pool; // cppcheck-suppress autoVariables ; until the end of this function
	r = run_plan(copy, config, result);
	pc_report_pool(copy, &pool, o->pool);
	if (result == &copy->result) /* reading back has a clock of its own */
		pc_report_cost(copy, &pool, start_ns, &before);
	pc_report_peak(copy, &pool);
	pc_queue_done(&copy->queue);
	config->pool = NULL;
	if (r == 0 && result->stop == PCOPY_STOP_CANCELED)
		r = -ECANCELED;
	return r;
}

int pc_graver(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? a : b;
	return a > b ? a : b;
}

static int manifest_failed(struct pcopy *copy, int error)
{
	struct pcopy_event event = {.type = PCOPY_EVENT_ERROR,
				    .step = PCOPY_STEP_MANIFEST,
				    .errnum = error,
				    .src = copy->options.manifest,
				    .dst = copy->options.manifest,
				    .count = 1};

	if (copy->options.on_event)
		copy->options.on_event(copy->options.userdata, &event);
	return PCOPY_FAILED;
}

/* Whether libraries and threads are as the run wants them.  0 or negative errno. */
static int can_run(const struct pcopy_options *o, enum pc_purpose purpose)
{
	bool archive = o->verify == PCOPY_VERIFY_ARCHIVE;

	if (archive && purpose != PC_TO_CHECK && !pc_check_has_archive())
		return -ENOTSUP;
	if ((o->manifest || o->digest || purpose == PC_TO_CHECK) && !pc_check_has_crypto())
		return -ENOTSUP;
	return (archive || o->pool >= PCOPY_POOL_PROCESSES) && has_other_threads() ? -EBUSY : 0;
}

int pc_run_begin(struct pcopy *copy, enum pc_purpose purpose, struct pc_run *run)
{
	const struct pcopy_options *o = &copy->options;
	const struct pc_operand_sink sink = {o->userdata, o->on_event, &copy->result.counts};
	int r;

	*run = (struct pc_run){0};
	if (copy->ran)
		return -EINVAL;
	copy->ran = true;
	r = can_run(o, purpose);
	if (r < 0)
		return r;
	if (clock_gettime(CLOCK_REALTIME_COARSE, &run->started) < 0)
		return -errno;
	if (o->preserve & (PCOPY_KEEP_XATTR | PCOPY_KEEP_MODE))
		pc_attribute_rules_read(&run->attributes, PC_ATTRIBUTES_FILE);
	if (o->manifest && purpose != PC_TO_CHECK) {
		/* before anything is copied, as it may be refused; use_records() empties it */
		run->manifest = fopen(o->manifest, "ae");
		if (!run->manifest)
			return manifest_failed(copy, errno);
	}
	r = pc_operands_resolve(o, purpose != PC_TO_COPY, copy->operand, copy->operand_count, &sink,
				&run->operands);
	if (r < 0)
		return r;
	run->root = pc_operands_roots(run->operands, &run->root_count, &run->parent_count);
	pc_run_report(copy, &copy->result); /* of what was refused */
	return 0;
}

int pc_run_end(struct pcopy *copy, struct pc_run *run, int r)
{
	if (run->manifest && fclose(run->manifest) != 0)
		r = pc_graver(r, manifest_failed(copy, errno));
	pc_attribute_rules_done(&run->attributes);
	pc_marks_done(&run->passed_over);
	pc_marks_done(&run->different);
	pc_operands_free(run->operands);
	return r;
}

/* ---- Copying ---- */

static void born(void *env, unsigned worker)
{
	const struct pc_copy_env *copy_env = env;
	const struct pcopy_options *o = copy_env->options;

	if (o->on_worker_start)
		o->on_worker_start(o->userdata, worker);
}

static uint64_t failures(const struct pcopy_report *report)
{
	uint64_t n = 0;

	for (int k = 0; k < PCOPY_KINDS; k++)
		n += report->entries[k].failed;
	return n;
}

static void sync_failed(struct pcopy *copy, const struct pc_root *root, const char *path, int r)
{
	const struct pcopy_event event = {.type = PCOPY_EVENT_ERROR,
					  .kind = PCOPY_DIRECTORY,
					  .step = PCOPY_STEP_SYNC,
					  .count = 1,
					  .errnum = -r,
					  .src = root->src,
					  .dst = path};

	if (copy->options.on_event)
		copy->options.on_event(copy->options.userdata, &event);
}

/* Forces the directories that hold the copies to the disk. */
static int sync_tops(struct pcopy *copy, const struct pc_run *run)
{
	int failed = 0;

	for (unsigned i = 0; i < run->root_count; i++) {
		const struct pc_root *root = &run->root[i];
		int r;

		if (i > 0 && root->dst_top == run->root[i - 1].dst_top)
			continue;
		r = pc_copy_sync(&copy->options, root, true, "");
		if (r == 0)
			continue;
		failed = PCOPY_FAILED;
		sync_failed(copy, root, root->dst_top->path, r);
	}
	return failed;
}

/* Forces all that is on the file systems that were written to to their disks. */
static int sync_written(struct pcopy *copy, const struct pc_run *run)
{
	const struct pc_plan_result *result = &copy->result;
	int failed = 0;

	if (result->written_lost) {
		failed = PCOPY_FAILED;
		sync_failed(copy, &run->root[0], run->root[0].dst, -ENOMEM);
	}
	for (unsigned i = 0; i < result->written_count; i++) {
		const struct pc_written *w = &result->written[i];
		const struct pc_root *root = &run->root[w->root];
		struct pc_buffer shown = {0};
		int r = pc_copy_sync(&copy->options, root, w->top, w->path);

		if (r == 0)
			continue;
		failed = PCOPY_FAILED;
		if (pc_buffer_add_name(&shown, root->dst) == 0 && *w->path)
			(void)pc_buffer_add_name(&shown, w->path); /* else shorter */
		sync_failed(copy, root, w->top || !shown.data ? root->dst_top->path : shown.data, r);
		pc_buffer_done(&shown);
	}
	return failed;
}

/* What `fsync` of the options wants when all is copied.  PCOPY_FAILED where it could not
 * be, else 0. */
static int sync_targets(struct pcopy *copy, const struct pc_run *run)
{
	uint64_t start_ns = pc_now_ns();
	int failed = 0;

	atomic_store(&copy->syncing, true);
	if (copy->options.fsync == PCOPY_FSYNC_FILE)
		failed = sync_tops(copy, run);
	else if (copy->options.fsync == PCOPY_FSYNC_END)
		failed = sync_written(copy, run);
	atomic_store(&copy->syncing, false);
	copy->report.wall_ns += pc_now_ns() - start_ns;
	return failed;
}

/* `only`: what is to be done again; NULL: all. */
static int run_copy(struct pcopy *copy, struct pc_run *run, const struct pcopy_options *options,
		    const struct pc_marks *only, struct pc_plan_result *result)
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
		.width = copy->fit && run->root_count > 0 ? pc_copy_width(run->root) : 0,
		.passed_over = pc_reads_back(options) ? &run->passed_over : NULL,
	};
	struct pc_work work = pc_copy_work(&env);
	int r = pc_copy_env_init(&env);

	if (r < 0)
		return r;
	work.born = born;
	return pc_run_pool(copy, &config, &work, copy->options.pool, result);
}

/* What differs is read and written, whatever was done before. */
static int copy_again(struct pcopy *copy, struct pc_run *run)
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
	r = run_copy(copy, run, &options, &run->different, &result);
	for (int k = 0; k < PCOPY_KINDS; k++)
		failed += result.counts.entries[k].failed;
	copy->report.verify.recopied = copy->report.verify.differences;
	copy->report.verify.differences = 0;
	run->again = true;
	pc_plan_result_done(&result);
	return r < 0 ? r : failed > 0;
}

static int read_back(struct pcopy *copy, struct pc_run *run)
{
	int r, again;

	if (!pc_reads_back(&copy->options))
		return 0;
	run->may_recopy = true;
	r = pc_read_back(copy, run, PC_TO_COPY);
	if (r != PCOPY_DIFFERENT || copy->options.mismatch != PCOPY_MISMATCH_RECOPY)
		return r;
	again = copy_again(copy, run);
	return again < 0 ? again : pc_graver(again, pc_read_back(copy, run, PC_TO_COPY));
}

/* The copy itself, with the workers' own clocks where the caller wants to know. */
static int run_measured(struct pcopy *copy, struct pc_run *run)
{
	unsigned workers = copy->options.processes * copy->options.threads;
	int r;

	if (copy->options.measure) {
		copy->meter = pc_meters_new(workers);
		if (!copy->meter)
			return -ENOMEM;
	}
	r = run_copy(copy, run, &copy->options, NULL, &copy->result);
	pc_run_report(copy, &copy->result);
	if (copy->meter && copy->result.worker && pc_report_phases(copy) < 0 && r == 0)
		r = -ENOMEM;
	if (copy->meter)
		pc_meters_free(copy->meter, workers);
	copy->meter = NULL;
	return r;
}

int pcopy_run(struct pcopy *copy)
{
	struct pc_run run;
	int r = pc_run_begin(copy, PC_TO_COPY, &run);

	if (r == 0) {
		r = run_measured(copy, &run);
		if (r == 0)
			r = pc_graver(failures(&copy->report) > 0, sync_targets(copy, &run));
		if (r >= 0 && copy->report.stop == PCOPY_STOP_NOT)
			r = pc_graver(r, read_back(copy, &run));
	}
	return pc_run_end(copy, &run, r);
}

static int look(struct pcopy *copy, enum pc_purpose purpose)
{
	struct pc_run run;
	int r = pc_run_begin(copy, purpose, &run);

	if (r == 0)
		r = pc_graver(failures(&copy->report) > 0, pc_read_back(copy, &run, purpose));
	return pc_run_end(copy, &run, r);
}

int pcopy_verify(struct pcopy *copy)
{
	return look(copy, PC_TO_COMPARE);
}

int pcopy_describe(struct pcopy *copy)
{
	return look(copy, PC_TO_DESCRIBE);
}
