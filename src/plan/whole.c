/* SPDX-License-Identifier: MIT */
/* whole.c - the number of entries to be copied in all: those found, and those expected below the
 * directories that the copy has not reached.  These are in tasks and in jobs in flight; their nodes
 * are looked up by name. */
#include "base/clock.h"
#include "plan/ledger.h"

#include <string.h>

/* Minimum time between two estimates. */
#define LOOK_NS UINT64_C(20000000)

/* Limit of names of one task that are looked up; others count as average directories. */
#define NAMES_MAX 4096U

/* Limit of directories between one and the nearest whose node is known. */
#define DEPTH_MAX 256U

/* The node of a directory of the ledger. */
static uint32_t dir_node(struct pc_ledger *l, struct pc_dir *dir)
{
	struct pc_sample *s = &l->ahead.sample;
	struct pc_dir *way[DEPTH_MAX];
	unsigned len = 0;
	uint32_t n;

	for (; dir->up && dir->node == 0; dir = dir->up) {
		if (len == DEPTH_MAX)
			return PC_SAMPLE_NONE;
		way[len++] = dir;
	}
	n = dir->node > 0 ? dir->node - 1 : pc_sample_root(s, dir->root);
	while (len > 0) {
		n = pc_sample_child(s, n, way[--len]->name);
		if (n != PC_SAMPLE_NONE)
			way[len]->node = n + 1;
	}
	return n;
}

static void names_mark(struct pc_ledger *l, struct pc_dir *dir, const char *names, size_t len,
                       uint32_t entries)
{
	struct pc_sample *s = &l->ahead.sample;
	uint32_t up = dir_node(l, dir), left = entries < NAMES_MAX ? entries : NAMES_MAX;
	unsigned depth = dir->depth + 1;

	if (entries > left)
		pc_sample_mark(s, PC_SAMPLE_NONE, depth, entries - left);
	for (size_t pos = 0; pos < len && left > 0; pos += strlen(names + pos) + 1, left--)
		pc_sample_mark(s, pc_sample_child(s, up, names + pos + 1), depth, 1);
}

static void operands_mark(struct pc_ledger *l, uint32_t first, uint32_t count)
{
	struct pc_sample *s = &l->ahead.sample;

	for (uint32_t i = first; i < first + count && i < l->config->root_count; i++) {
		if (l->config->root[i].kind == PCOPY_DIRECTORY)
			pc_sample_mark(s, pc_sample_root(s, i), 0, 1);
	}
}

/* Expected entries in the rest of a listing.  If the size of the directory is of no use, the unseen
 * part is assumed to be as large as the seen one. */
static double rest_expected(const struct pc_rest *rest)
{
	double left = rest->total - rest->found;

	if (rest->whole)
		return rest->counted;
	if (rest->total > 0)
		return left > rest->counted ? left : rest->counted;
	return 2 * rest->counted + rest->found;
}

static double task_mark(struct pc_ledger *l, struct pc_task *task)
{
	if (task->kind == PC_TASK_OPERANDS)
		operands_mark(l, task->first, task->end - task->first);
	else if (task->kind == PC_TASK_NAMES && task->names[task->pos] == PC_TYPE_DIR)
		names_mark(l, task->dir, task->names + task->pos, task->len - task->pos,
		           task->entries);
	return task->kind == PC_TASK_LIST ? rest_expected(&task->rest) : 0;
}

static double flight_mark(struct pc_ledger *l, unsigned slot)
{
	const struct pc_flight *flight = &l->flight[slot];
	const struct pc_job *sent = &flight->sent;
	const char *text = pc_queue_text(l->config->queue, slot);

	if (sent->kind == PC_JOB_LIST)
		return rest_expected(&flight->rest);
	if (sent->kind != PC_JOB_ENTRIES)
		return 0;
	if (!flight->dir)
		operands_mark(l, sent->root, sent->root_count);
	else if (!flight->files && flight->directories > 0)
		names_mark(l, flight->dir, pc_text_next(text), sent->request_len - strlen(text) - 1,
		           flight->entries);
	return 0;
}

void pc_whole_look(struct pc_ledger *l)
{
	struct pc_ahead *a = &l->ahead;
	double rest = 0;

	pc_sample_begin(&a->sample);
	for (struct pc_task *task = l->task; task; task = task->next)
		rest += task_mark(l, task);
	for (unsigned i = 0; i < l->config->queue->depth; i++)
		rest += l->flight[i].used ? flight_mark(l, i) : 0;
	pc_sample_refresh(&a->sample);
	a->expected = a->found + rest + a->sample.expected;
	a->unsure = pc_sample_unsure(&a->sample);
	a->looked_ns = pc_now_ns();
}

void pc_whole_extent(struct pc_ledger *l, struct pc_extent *x)
{
	if (l->ahead.looked_ns == 0 || pc_now_ns() - l->ahead.looked_ns >= LOOK_NS)
		pc_whole_look(l);
	x->expected = l->ahead.expected;
	x->unsure = l->ahead.unsure;
	x->trust = pc_sample_trust(&l->ahead.sample);
}
