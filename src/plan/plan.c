/* SPDX-License-Identifier: MIT */
/* plan.c - the coordinator's loop.
 *
 *   fill free slots with jobs -> wait -> process the results -> ...
 *
 * until nothing is in flight and nothing is left.  Every job sent is answered: if its worker
 * died, by another worker or by the queue itself. */
#include "plan/plan.h"

#include "base/clock.h"
#include "plan/ledger.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>

/* Longest wait: then the doorbells are rung again, because one may have been lost. */
#define WAIT_MS 1000

/* Between two questions for a name. */
#define STARVED_MS 1

/* Longest wait if the number of workers may change. */
#define CLIMB_WAIT_MS 20U

#define COLLECT_MAX 64U

static int ledger_init(struct pc_ledger *l, const struct pc_plan_config *config,
                       struct pc_plan_result *result)
{
	unsigned depth = config->queue->depth;

	*l = (struct pc_ledger){.config = config, .result = result, .start_ns = pc_now_ns()};
	l->shown_ns = l->start_ns;
	pc_ahead_init(l);
	for (int k = 0; k < PCOPY_KINDS; k++) /* refused operands */
		l->errors += result->counts.entries[k].failed;
	l->flight = calloc(depth, sizeof(*l->flight));
	l->free_slot = calloc(depth, sizeof(*l->free_slot));
	l->scratch = malloc(PC_REQUEST_MAX);
	if (!l->flight || !l->free_slot || !l->scratch)
		return -ENOMEM;
	for (unsigned i = 0; i < depth; i++)
		l->free_slot[l->free_count++] = depth - 1 - i;
	return 0;
}

/* Frees what is left of tasks and of abandoned jobs: a run may end early. */
static void ledger_done(struct pc_ledger *l)
{
	pc_listed_done(l);
	pc_tasks_done(l); /* before pc_links_done(): groups own the first names */
	pc_chunks_done(l);
	pc_links_done(l);
	pc_link_pairs_done(l);
	pc_dirs_done(l);
	pc_progress_done(l);
	pc_ahead_done(l);
	free(l->flight);
	free(l->free_slot);
	free(l->scratch);
}

/* ---- Waiting ---- */

static unsigned workers_wanted(const struct pc_plan_config *config)
{
	return pc_pool_first(config->pool);
}

static void degraded_report(struct pc_ledger *l, int why)
{
	l->result->degraded = true;
	pc_event_worker(l, PCOPY_EVENT_DEGRADED, -why);
}

/* If no worker is left or can be started, the coordinator runs the jobs itself. */
static int fall_back(struct pc_ledger *l, int why)
{
	struct pc_pool *pool = l->config->pool;
	int r;

	degraded_report(l, why);
	pool->ops = &pc_pool_serial;
	r = pool->ops->start(pool);
	pc_width_init(l);
	return r;
}

static int pool_start(struct pc_ledger *l)
{
	struct pc_pool *pool = l->config->pool;
	unsigned wanted = workers_wanted(l->config);
	int r = pool->ops->start(pool);

	if (r < 0 && pool->ops != &pc_pool_serial && !pool->ops->needs_workers)
		return fall_back(l, r);
	if (r == 0 && pool->workers < wanted && pool->start_error < 0)
		degraded_report(l, pool->start_error);
	return r;
}

/* True if no file server is involved that might never answer. */
static bool all_local(const struct pc_plan_config *config)
{
	for (unsigned i = 0; i < config->root_count; i++) {
		if (!config->root[i].local)
			return false;
	}
	return true;
}

/* Starts threads only when there are two jobs: a single file is copied by the coordinator itself.
 * Not if a job may block on a file server, and not with processes, which protect the coordinator
 * from crashing jobs. */
static int begin(struct pc_ledger *l)
{
	struct pc_pool *pool = l->config->pool;
	unsigned threads = pool->threads, coroutines = pool->coroutines;
	int r;

	pool->far = !all_local(l->config);
	if (!pool->ops->late || pool->far)
		return pool_start(l);
	l->late = pool->ops;
	pool->ops = &pc_pool_serial;
	pool->without_watch = true;
	r = pool->ops->start(pool);
	pool->threads = threads;
	pool->coroutines = coroutines;
	pool->workers = pc_pool_first(pool);
	l->coordinator_works = r == 0;
	return r;
}

static int pool_grow(struct pc_ledger *l)
{
	struct pc_pool *pool = l->config->pool;
	int r;

	l->coordinator_works = pool->without_watch = false;
	pool->ops->stop(pool);
	pool->ops = l->late;
	r = pool_start(l);
	pc_width_init(l);
	return r;
}

static void losses_report(struct pc_ledger *l, const struct pc_pool_losses *losses)
{
	if (losses->lost == 0)
		return;
	l->result->lost += losses->lost;
	pc_event_worker(l, PCOPY_EVENT_WORKER,
	                WIFSIGNALED(losses->status) ? WTERMSIG(losses->status) : 0);
	if (losses->respawn_error < 0)
		degraded_report(l, losses->respawn_error);
}

/* True if there is no name yet: names->next() is asked again soon. */
static bool starves(const struct pc_ledger *l)
{
	return pc_listed_pending(l) && l->listing.starves;
}

static int wait_ms(const struct pc_ledger *l)
{
	const struct pcopy_options *options = l->config->options;
	unsigned ms = WAIT_MS;

	/* a progress_ms of 0 means at each answer: no timeout of its own */
	if (starves(l))
		return STARVED_MS;
	if (l->climbs && !l->coordinator_works)
		ms = CLIMB_WAIT_MS;
	if (options->on_progress && options->progress_ms > 0 && options->progress_ms < ms)
		ms = options->progress_ms;
	if (l->stopped && options->cancel_ms > 0 && pc_grace_ms(&l->grace) < ms)
		ms = pc_grace_ms(&l->grace);
	return (int)ms;
}

/* Waits for finished jobs and returns their slots; none if something else woke the coordinator. */
static int wait_for_results(struct pc_ledger *l, unsigned *slots, unsigned *ret_count)
{
	struct pc_pool *pool = l->config->pool;
	struct pc_pool_losses losses;
	int r;

	if (pool->ops == &pc_pool_serial && l->inflight == 0 && starves(l))
		(void)poll(NULL, 0, STARVED_MS); /* that pool waits for nothing */
	r = pool->ops->wait(pool, wait_ms(l), &losses);
	*ret_count = 0;
	losses_report(l, &losses);
	if (r == -ECHILD && !pool->ops->needs_workers) {
		pool->ops->stop(pool);
		r = fall_back(l, r);
	}
	if (r < 0)
		return r;
	*ret_count = pc_queue_collect(l->config->queue, slots, COLLECT_MAX);
	if (*ret_count == 0) { /* a doorbell may have been lost with its worker */
		*ret_count = pc_queue_sweep(l->config->queue, slots, COLLECT_MAX);
		pc_queue_ring_again(l->config->queue);
	}
	return 0;
}

/* Finishes the parents of operands, the last one first.  Those that existed before are not
 * counted. */
static void finish_parents(struct pc_ledger *l)
{
	const struct pc_plan_config *config = l->config;

	for (unsigned i = 0; i < config->parent_count; i++) {
		uint32_t n = config->root_count + i;
		const struct pc_root *root = &config->root[n];
		struct pc_dir *dir = pc_dir_new(l, NULL, n, root->parent, "");

		if (!dir)
			return;
		dir->failed = !root->parent->made;
		pc_dir_hold(dir);
		pc_dir_release(l, dir);
	}
}

/* True if all work is done.  The first time this adds the parents. */
static bool done(struct pc_ledger *l)
{
	if (l->inflight > 0 || pc_tasks_pending(l))
		return false;
	if (l->parents_begun)
		return true;
	l->parents_begun = true;
	finish_parents(l);
	return !pc_tasks_pending(l);
}

/* Counts what the queue lacked after it was filled: slots, or work. */
static void note_queue(struct pc_ledger *l)
{
	if (l->free_count == 0 && pc_tasks_pending(l))
		l->result->queue_full++;
	else if (l->inflight < l->width)
		l->result->queue_starved++;
}

/* ---- Ending early ---- */

/* Drops all work that has not started.  True if there is nothing more to wait for. */
static bool stop(struct pc_ledger *l)
{
	const struct pc_plan_config *config = l->config;

	pc_tasks_drop(l);
	l->stopped = true;
	if (!l->abandoned && config->options->cancel_ms > 0 && l->inflight > 0) {
		l->abandoned = pc_grace_over(&l->grace, config->pool);
		if (l->abandoned)
			pc_event_jobs(l, PCOPY_EVENT_HUNG, pc_pool_abandon_jobs(config->pool));
		else if (l->grace.flush_until_ns && !l->reported_flushing)
			pc_event_jobs(l, PCOPY_EVENT_FLUSHING, l->grace.flushing);
		l->reported_flushing = l->grace.flush_until_ns > 0;
	}
	return l->abandoned && config->pool->ops->kill;
}

static int loop(struct pc_ledger *l)
{
	unsigned slots[COLLECT_MAX], count;
	int r;

	for (;;) {
		if (pc_policy_stopped(l) && stop(l))
			return 0;
		if (l->record_error < 0)
			pc_queue_cancel(l->config->queue);
		if (done(l)) {
			pc_progress_end(l);
			return l->no_memory ? -ENOMEM : l->record_error;
		}
		pc_tasks_fill(l);
		if (l->inflight == 0 && !pc_tasks_pending(l))
			continue; /* end of the list: no answer is pending */
		note_queue(l);
		if (l->coordinator_works && l->inflight > 1 && (r = pool_grow(l)) < 0)
			return r;
		r = wait_for_results(l, slots, &count);
		if (r < 0)
			return r;
		for (unsigned i = 0; i < count; i++)
			pc_result_take(l, slots[i]);
		pc_width_look(l);
		pc_progress_show(l);
	}
}

static void push_shares(struct pc_ledger *l)
{
	unsigned roots = l->config->root_count, shares = l->config->shares;

	for (unsigned i = 0; i < roots * shares; i++) {
		struct pc_task *task = pc_task_push(l, PC_TASK_SHARE, NULL, "", 0);

		if (!task)
			return;
		task->first = i / shares;
		task->end = i % shares;
		task->weight = 1.0 / roots / shares;
	}
}

static void push_operands(struct pc_ledger *l)
{
	struct pc_task *task = pc_task_push(l, PC_TASK_OPERANDS, NULL, "", 0);

	if (!task)
		return;
	task->end = l->config->root_count;
	task->weight = 1;
}

int pc_plan_run(const struct pc_plan_config *config, struct pc_plan_result *result)
{
	struct pc_ledger ledger;
	int r = ledger_init(&ledger, config, result);

	if (r == 0)
		r = begin(&ledger);
	if (r == 0) {
		pc_width_init(&ledger);
		if (config->shares > 0)
			push_shares(&ledger);
		else if (config->root_count > 0 && config->names)
			pc_listed_begin(&ledger);
		else if (config->root_count > 0)
			push_operands(&ledger);
		r = loop(&ledger);
		pc_links_leave(&ledger);
		config->pool->ops->stop(config->pool);
		pc_leftover_remove(&ledger);
		pc_events_end(&ledger);
	}
	ledger_done(&ledger);
	return r;
}
