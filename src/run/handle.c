/* SPDX-License-Identifier: MIT */
/* handle.c - the handle: its options and operands, and canceling.
 *
 * pcopy_new() validates the options once; combinations that contradict each other never reach a
 * run, and all numbers of workers and slots are within the limits of a queue. Strings are copied,
 * so the caller may free his. pcopy_cancel() and pcopy_grace_ms() are the only functions that other
 * threads and signal handlers may call: they take no lock and allocate nothing. */
#include "run/handle.h"

#include "base/clock.h"
#include "base/cpus.h"
#include "job/grace.h"
#include "ranks/ranks.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define HYBRID_THREADS 2U
#define COROUTINES 16U
#define SLOTS_PER_WORKER 4U
#define SLOTS_MIN 8U

/* Maximum number of workers if the library chooses it. */
#define WIDTH_MAX 64U
#define COROUTINES_MAX 256U

/* True if other processes do the work. */
static bool has_ranks(const struct pcopy_options *o)
{
	return o->transport && o->transport->ranks > 1;
}

/* True if the library chooses the number of workers. */
static bool left_to_us(const struct pcopy_options *o)
{
	if (has_ranks(o))
		return false;
	if (o->pool == PCOPY_POOL_COROUTINES)
		return o->threads == 0 || o->coroutines == 0;
	return (o->pool != PCOPY_POOL_THREADS && o->processes == 0) ||
	       (o->pool != PCOPY_POOL_PROCESSES && o->threads == 0);
}

unsigned pc_options_workers(const struct pcopy_options *o)
{
	return o->processes * o->threads * o->coroutines;
}

/* If fewer workers are requested than a thread usually has coroutines, gives a thread fewer. */
static void fit_coroutines(struct pcopy_options *o, unsigned cpus)
{
	o->processes = 1;
	if (!o->threads)
		o->threads = o->width_min ? 1 : cpus;
	if (!o->coroutines)
		o->coroutines =
			o->width_min ? (o->width_min + o->threads - 1) / o->threads : COROUTINES;
}

static void fit_workers(struct pcopy_options *o)
{
	unsigned cpus = o->processes && o->threads ? 1 : o->width_min ? o->width_min : pc_cpus();

	if (o->pool == PCOPY_POOL_COROUTINES) {
		fit_coroutines(o, pc_cpus());
		return;
	}
	o->coroutines = 1;
	switch (o->pool) {
	case PCOPY_POOL_RANKS:
		o->processes = o->transport->ranks - 1;
		o->threads = o->threads ? o->threads : PC_RANK_THREADS;
		break;
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

/* A caller of a later version may know more bits. */
#define KNOWN_BITS(last) (2U * (unsigned)(last)-1)

static bool are_known_bits(const struct pcopy_options *o)
{
	return (o->preserve & ~KNOWN_BITS(PCOPY_DEFAULT_MODE)) == 0 &&
	       (o->rules & ~KNOWN_BITS(PCOPY_RULE_GO_ON_WHEN_FULL)) == 0 &&
	       (o->delete_flags & ~KNOWN_BITS(PCOPY_DELETE_EXCLUDED)) == 0;
}

static bool are_known(const struct pcopy_options *o)
{
	return (unsigned)o->pool < PCOPY_POOLS && (unsigned)o->reflink <= PCOPY_NEVER &&
	       (unsigned)o->sparse <= PCOPY_NEVER &&
	       (unsigned)o->dereference < PCOPY_DEREFERENCES &&
	       (unsigned)o->update < PCOPY_UPDATES && (unsigned)o->make < PCOPY_MAKES &&
	       (unsigned)o->method < PCOPY_METHODS && (unsigned)o->backup < PCOPY_BACKUPS &&
	       (unsigned)o->fsync < PCOPY_FSYNCS && (unsigned)o->atomic <= PCOPY_NEVER &&
	       (unsigned)o->differ < PCOPY_DIFFERS && (unsigned)o->verify < PCOPY_VERIFIES &&
	       (unsigned)o->mismatch < PCOPY_MISMATCHES &&
	       (unsigned)o->delete_limit < PCOPY_DELETE_LIMITS;
}

/* Only copies of contents can be verified. */
static bool can_be_read_back(const struct pcopy_options *o)
{
	return !pc_reads_back(o) ||
	       (o->make == PCOPY_MAKE_COPIES && !o->attributes_only && !o->copy_contents);
}

/* A dry run creates nothing to verify. */
static bool can_be_dry(const struct pcopy_options *o)
{
	return !o->dry_run || !pc_reads_back(o);
}

/* Only copies can be compared with PCOPY_UPDATE_DIFFER. */
static bool can_be_compared(const struct pcopy_options *o)
{
	return o->update != PCOPY_UPDATE_DIFFER ||
	       (o->make == PCOPY_MAKE_COPIES && !o->attributes_only);
}

static bool can_be_as_wide(const struct pcopy_options *o)
{
	return o->width_max <= PC_WORKERS_MAX && o->width_min <= PC_WORKERS_MAX &&
	       (!o->width_max || o->width_min <= o->width_max);
}

/* A waiting coroutine costs little, so there may be more of them. */
static unsigned width_most(const struct pcopy_options *o)
{
	return o->pool == PCOPY_POOL_COROUTINES ? COROUTINES_MAX : WIDTH_MAX;
}

/* Maximum number of workers: whole processes, and at least the initial number. */
static unsigned fit_most(const struct pcopy_options *o)
{
	unsigned workers = pc_options_workers(o);
	bool of_threads = o->pool == PCOPY_POOL_HYBRID || o->pool == PCOPY_POOL_COROUTINES;
	unsigned each = of_threads ? o->threads : 1;
	unsigned most = o->width_max ? o->width_max : width_most(o);

	if (o->pool == PCOPY_POOL_SERIAL)
		return 1;
	return most > workers ? most - most % each : workers;
}

/* `names` lists only some entries, so it excludes deletion; and libarchive reads whole trees. */
static bool can_be_listed(const struct pcopy_options *o)
{
	return !o->names || (o->names->next && o->names->again && !o->delete_extraneous &&
	                     o->verify != PCOPY_VERIFY_ARCHIVE);
}

/* Deletion would remove the backups. */
static bool can_delete(const struct pcopy_options *o)
{
	return !o->delete_extraneous ||
	       (o->backup == PCOPY_BACKUP_NONE &&
	        (o->delete_limit != PCOPY_DELETE_PERCENT || o->max_delete <= 100));
}

/* Ranks exchange only jobs.  This excludes processes that share memory, files that exist on one
 * machine only, and data in the coordinator's memory. */
static bool can_be_of_ranks(const struct pcopy_options *o)
{
	if (!o->transport)
		return true;
	if (o->transport->size < sizeof(*o->transport) || o->transport->rank != 0 ||
	    o->transport->ranks > PC_PROCESSES_MAX)
		return false;
	return !has_ranks(o) ||
	       (o->verify != PCOPY_VERIFY_ARCHIVE && !o->copy_contents && !o->names);
}

/* Two machines must not write to the same page of a file. */
static void fit_chunks(struct pcopy_options *o)
{
	uint64_t over = o->chunk_bytes % PC_SHARED_PAGE_BYTES;

	if (over > 0)
		o->chunk_bytes += PC_SHARED_PAGE_BYTES - over;
}

static bool are_valid(const struct pcopy_options *o)
{
	static bool (*const rule[])(const struct pcopy_options *) = {
		are_known,  are_known_bits, can_be_read_back, can_be_compared, can_be_dry,
		can_delete, can_be_listed,  can_be_as_wide,   can_be_of_ranks,
	};

	for (size_t i = 0; i < sizeof(rule) / sizeof(rule[0]); i++) {
		if (!rule[i](o))
			return false;
	}
	return true;
}

static int fit_options(struct pcopy_options *o, bool fit, unsigned *ret_most)
{
	unsigned workers;

	if (!are_valid(o))
		return -EINVAL;
	if (has_ranks(o)) {
		o->pool = PCOPY_POOL_RANKS;
		fit_chunks(o);
	}
	fit_workers(o);
	if (o->processes > PC_WORKERS_MAX || o->threads > PC_WORKERS_MAX ||
	    o->coroutines > PC_WORKERS_MAX || o->processes * o->threads > PC_WORKERS_MAX)
		return -EINVAL;
	workers = pc_options_workers(o);
	if (workers > PC_WORKERS_MAX || o->queue_depth > PC_QUEUE_MAX)
		return -EINVAL;
	if (fit)
		workers = o->width_max = fit_most(o);
	*ret_most = workers;
	if (o->queue_depth == 0)
		o->queue_depth = SLOTS_PER_WORKER * workers > SLOTS_MIN ? SLOTS_PER_WORKER * workers
		                                                        : SLOTS_MIN;
	if (o->queue_depth > PC_QUEUE_MAX)
		o->queue_depth = PC_QUEUE_MAX;
	return 0;
}

void pc_options_to_threads(struct pcopy *copy)
{
	struct pcopy_options *o = &copy->options;

	o->pool = PCOPY_POOL_THREADS;
	o->threads = copy->fit ? 0 : o->threads * o->coroutines;
	fit_workers(o);
	if (copy->fit && o->width_max > WIDTH_MAX)
		copy->workers_most = o->width_max = WIDTH_MAX > o->threads ? WIDTH_MAX : o->threads;
}

/* Replaces a string option by a copy that the handle owns. */
static int keep_string(const char **option, char **ret)
{
	if (!*option)
		return 0;
	*option = *ret = strdup(*option);
	return *ret ? 0 : -ENOMEM;
}

/* Everything but the size is validated on the handle's own copy: fields that an older caller does
 * not know are 0 there. */
int pcopy_new(const struct pcopy_options *options, struct pcopy **ret)
{
	struct pcopy *copy;
	int r;

	/* Older callers know fewer fields.  Newer ones with more fields are refused. */
	if (options->size == 0 || options->size > sizeof(copy->options))
		return -EINVAL;
	copy = calloc(1, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	memcpy(&copy->options, options, options->size);
	if (copy->options.dry_run) /* a dry run does not prompt */
		copy->options.on_overwrite = NULL;
	copy->report.size = sizeof(copy->report);
	copy->fit = left_to_us(&copy->options);
	r = fit_options(&copy->options, copy->fit, &copy->workers_most);
	if (r == 0 && copy->options.pool == PCOPY_POOL_RANKS)
		r = pc_ranks_new(copy->options.transport, copy->options.threads, &copy->ranks);
	if (r == 0)
		r = keep_string(&copy->options.backup_suffix, &copy->backup_suffix);
	if (r == 0)
		r = keep_string(&copy->options.manifest, &copy->manifest);
	if (r < 0) {
		pc_ranks_free(copy->ranks);
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

	if (copy->ran || (flags & ~KNOWN_BITS(PCOPY_ADD_PARENTS)) != 0)
		return -EINVAL;
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
	pc_ranks_free(copy->ranks);
	free(copy->rank_report);
	free(copy->phase);
	free(copy);
}

const struct pcopy_report *pcopy_get_report(const struct pcopy *copy)
{
	return &copy->report;
}

/* `queue_users` keeps the queue alive: the pass that owns it waits until the count is 0. The order
 * matters: the count is raised before the pointer is read. */
void pcopy_cancel(struct pcopy *copy)
{
	struct pc_queue *queue;
	uint64_t none = 0;

	(void)atomic_compare_exchange_strong(&copy->canceled_ns, &none, pc_now_ns());
	atomic_store(&copy->canceled, true);
	atomic_fetch_add(&copy->queue_users, 1);
	queue = atomic_load(&copy->running);
	if (queue)
		pc_queue_cancel(queue);
	atomic_fetch_sub(&copy->queue_users, 1);
}

/* Before a pool waits, the deadline follows from the time of the cancel; from then on the pool
 * publishes its own, which is later while data is flushed. */
unsigned pcopy_grace_ms(struct pcopy *copy)
{
	uint64_t limit_ns = copy->options.cancel_ms * PC_NS_PER_MS;
	uint64_t until_ns = atomic_load(&copy->canceled_ns), pool_ns = 0, now_ns = pc_now_ns();
	struct pc_queue *queue;

	if (limit_ns == 0)
		return UINT_MAX;
	until_ns += atomic_load(&copy->syncing) ? PC_FLUSH_TIMES * limit_ns : limit_ns;
	atomic_fetch_add(&copy->queue_users, 1);
	queue = atomic_load(&copy->running);
	if (queue)
		pool_ns = pc_queue_grace(queue);
	atomic_fetch_sub(&copy->queue_users, 1);
	if (pool_ns > until_ns)
		until_ns = pool_ns;
	return now_ns < until_ns ? (unsigned)((until_ns - now_ns) / PC_NS_PER_MS + 1) : 0;
}
