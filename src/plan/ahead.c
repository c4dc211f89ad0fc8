/* SPDX-License-Identifier: MIT */
/* ahead.c - chooses the directories that are listed ahead of the copy, and takes the results. */
#include "plan/ahead.h"

#include "base/clock.h"
#include "plan/ledger.h"

#include <math.h>
#include <string.h>

/* The part of the time of all jobs that counting may take, including jobs still expected; and the
 * part of the time of finished jobs, so that an overestimate costs little. */
#define PART_OF_ALL 0.0075
#define PART_OF_DONE 0.04

/* The part of the time of finished jobs as long as there are too few listings for an estimate. */
#define PART_AT_FIRST 0.02

/* The budget of a job that lists directories.  Sending a shorter one costs more than it is worth.
 * After a longer one fewer jobs remain that can choose from the directories that it finds. */
#define JOB_NS 250e3

/* Limit of the budget of a job that continues a listing. */
#define REST_MAX_NS 8e6

/* Time for choosing, for each node. */
#define NODE_NS 50.0

/* If all known directories were listed, the time until the next attempt. */
#define IDLE_NS UINT64_C(100000000)

/* Assumed time of listing a directory before one was measured. */
#define LISTING_NS 10000U

void pc_ahead_init(struct pc_ledger *l)
{
	const struct pc_plan_config *config = l->config;
	const struct pcopy_options *o = config->options;

	/* following links may lead to the same directory repeatedly; .gitignore files would have
	 * to be read twice */
	l->ahead.on = config->counts_ahead && o->on_progress && o->count_ahead && !o->gitignore &&
	              o->dereference != PCOPY_DEREFERENCE_ALWAYS;
	l->ahead.found = config->root_count;
}

void pc_ahead_done(struct pc_ledger *l)
{
	pc_sample_done(&l->ahead.sample);
}

/* ---- The next ones ---- */

/* Time that counting may take now. */
static double budget_left_ns(struct pc_ledger *l)
{
	struct pc_ahead *a = &l->ahead;
	double work = (double)a->work_ns, all = work, budget;
	double done = (double)pc_counts_entries(&l->result->counts);

	if (done > 0 && a->expected > done)
		all *= a->expected / done;
	budget = fmin(all * PART_OF_ALL, work * PART_OF_DONE);
	if (pc_sample_trust(&a->sample) < 1)
		budget = fmax(budget, work * PART_AT_FIRST);
	return budget - (double)a->busy_ns;
}

static void ahead_send(struct pc_ledger *l, unsigned slot, double budget_ns)
{
	struct pc_job *job = pc_queue_job(l->config->queue, slot);

	job->budget_ns = (uint64_t)budget_ns;
	job->flags &= (uint16_t)~PC_JOB_TOP;
	l->ahead.answered = 0;
	l->ahead.inflight = true;
	pc_job_send(l, slot);
}

/* False: all known directories were listed. */
static bool listings_send(struct pc_ledger *l, double budget_ns)
{
	struct pc_ahead *a = &l->ahead;
	double most = budget_ns / (double)(a->listing_ns > 0 ? a->listing_ns : LISTING_NS) + 1;
	unsigned slot, nodes;
	struct pc_job *job;

	nodes = pc_sample_choose(&a->sample, a->node,
	                         most < PC_AHEAD_MOST ? (unsigned)most : PC_AHEAD_MOST);
	if (nodes == 0)
		return false;
	job = pc_job_begin(l, PC_JOB_COUNT, NULL, a->sample.node[a->node[0]].root, &slot);
	for (a->nodes = 0; a->nodes < nodes; a->nodes++) {
		size_t room = PC_REQUEST_MAX - job->request_len;
		int len = pc_sample_path(&a->sample, a->node[a->nodes],
		                         pc_queue_text(l->config->queue, slot) + job->request_len,
		                         room);

		if (len < 0)
			break;
		job->request_len += (uint32_t)len + 1;
	}
	if (a->nodes > 0)
		ahead_send(l, slot, budget_ns);
	return a->nodes > 0;
}

/* Continues an incomplete listing whose rest cannot be estimated.  False: there is none. */
static bool rest_send(struct pc_ledger *l, double budget_ns)
{
	struct pc_task *task = l->task;
	unsigned slot;
	struct pc_job *job;

	while (task && (task->kind != PC_TASK_LIST || task->rest.whole || task->rest.total > 0))
		task = task->next;
	if (!task)
		return false;
	job = pc_job_begin(l, PC_JOB_COUNT, NULL, task->dir->root, &slot);
	if (pc_job_put_path(l, job, slot, task->dir) < 0)
		return false;
	/* entries that were counted may have been copied since */
	job->offset = task->rest.counted > 0 ? task->rest.cursor : task->cursor;
	l->ahead.rest = &task->rest;
	l->ahead.rest_depth = task->dir->depth + 1;
	ahead_send(l, slot, budget_ns);
	return true;
}

void pc_ahead_fill(struct pc_ledger *l)
{
	struct pc_ahead *a = &l->ahead;
	double budget_ns = JOB_NS + a->sample.count * NODE_NS, left_ns;

	if (!a->on || a->failed || a->inflight || l->coordinator_works || l->free_count == 0 ||
	    budget_left_ns(l) < budget_ns || pc_now_ns() < a->idle_until_ns)
		return;
	pc_whole_look(l);
	left_ns = budget_left_ns(l);
	if (left_ns >= budget_ns && !rest_send(l, fmin(left_ns, REST_MAX_NS)) &&
	    !listings_send(l, budget_ns))
		a->idle_until_ns = pc_now_ns() + IDLE_NS;
}

void pc_ahead_forget(struct pc_ledger *l, const struct pc_rest *rest)
{
	if (l->ahead.rest == rest)
		l->ahead.rest = NULL;
}

/* ---- Answers ---- */

static double item_entries(const struct pc_job *job, const struct pc_item *item)
{
	switch (item->type) {
	case PC_ITEM_NAMES:
		return item->entries;
	case PC_ITEM_OPERANDS:
		return job->root + job->root_count - item->root;
	case PC_ITEM_ENTER:
	case PC_ITEM_LARGE:
	case PC_ITEM_LINKED:
	case PC_ITEM_ASK:
		return 1;
	default:
		return 0;
	}
}

/* Excludes throttling, and the time without a CPU. */
static uint64_t job_cost_ns(const struct pc_job *job)
{
	uint64_t idle_ns = job->throttled_ns + job->ready_ns;

	return job->busy_ns > idle_ns ? job->busy_ns - idle_ns : 0;
}

/* Entries that a copying job found in a listing no longer belong to its rest. */
static void listing_note(struct pc_rest *rest, double found)
{
	rest->found += found;
	rest->counted -= found < rest->counted ? found : rest->counted;
}

/* Counts the entries that a job copied or handed back, without those that it was sent for: these
 * were found by another job. */
void pc_ahead_note(struct pc_answer *d)
{
	struct pc_ahead *a = &d->l->ahead;
	const struct pc_job *job = d->job;
	const struct pc_item *item;
	uint32_t pos = pc_item_start(job->request_len);
	double found;

	if (!a->on)
		return;
	if (job->kind == PC_JOB_COUNT) {
		a->busy_ns += job_cost_ns(job);
		return;
	}
	a->work_ns += job_cost_ns(job);
	if (job->error < 0 || (job->kind != PC_JOB_ENTRIES && job->kind != PC_JOB_LIST))
		return;
	found = (double)pc_counts_entries(&job->counts) - d->flight->entries;
	while ((item = pc_item_next(d->text, job->text_len, &pos)))
		found += item_entries(job, item);
	a->found += found;
	listing_note(&d->flight->rest, found);
}

/* Directories in the rest of a listing count as average directories of their depth. */
static void rest_take(struct pc_ledger *l, const struct pc_item *item)
{
	struct pc_rest *rest = l->ahead.rest;

	if (!rest)
		return;
	rest->counted += (double)item->arg +
	                 item->entries * (1 + pc_estimate_below(&l->ahead.sample.estimate,
	                                                        l->ahead.rest_depth));
	rest->cursor = item->meta.size;
	rest->whole = item->meta.size == 0;
}

/* Items come in the order of the request. */
void pc_ahead_take(struct pc_answer *d, const struct pc_item *item)
{
	struct pc_ahead *a = &d->l->ahead;

	if (d->job->offset > 0)
		rest_take(d->l, item);
	else if (a->answered < a->nodes)
		pc_sample_list(&a->sample, a->node[a->answered++], (uint32_t)item->arg,
		               item->entries, item->text, item->text_len);
}

/* A moving average.  A job that lost its CPU for a while counts as twice the average at most. */
static void listing_note_cost(struct pc_ahead *a, uint64_t cost_ns)
{
	uint64_t most_ns = 2 * a->listing_ns;

	if (a->listing_ns == 0)
		a->listing_ns = cost_ns;
	else
		a->listing_ns = (a->listing_ns + (cost_ns < most_ns ? cost_ns : most_ns)) / 2;
}

void pc_ahead_end(struct pc_answer *d)
{
	struct pc_ahead *a = &d->l->ahead;

	a->failed = d->job->error < 0; /* a directory that kills workers, say */
	a->inflight = false;
	a->rest = NULL;
	if (a->answered > 0)
		listing_note_cost(a, job_cost_ns(d->job) / a->answered);
}
