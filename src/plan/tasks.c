/* tasks.c - cutting what is left to do into jobs.
 *
 * In this order: one chunk of each large file, so that long files begin early;
 * directories to be finished and links to be made, once they fill a job; the
 * newest task; and when nothing else is left, further chunks of large files and
 * whatever there is of the others. */
#include "plan/ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Finished directories, and links, that fill a job. */
#define DIRMETA_RUN 64U
#define LINK_RUN 64U

/* Files of one job, where nothing is known of their pace, and at least. */
#define FILES_RUN 64U
#define FILES_RUN_MIN 8U

/* Their bytes: a result may have to hold them once more. */
#define NAMES_BYTES (64U << 10)

/* First names of one job: together no more than a few small files. */
#define FIRSTS_RUN 16U
#define FIRSTS_BYTES (UINT64_C(1) << 20)

struct pc_task *pc_task_push(struct pc_ledger *l, enum pc_task_kind kind, struct pc_dir *dir,
			     const char *names, size_t len)
{
	struct pc_task *task = calloc(1, sizeof(*task) + len);

	if (!task) {
		l->no_memory = true;
		return NULL;
	}
	task->kind = kind;
	task->dir = dir;
	task->len = len;
	memcpy(task->names, names, len);
	task->next = l->task;
	l->task = task;
	pc_dir_hold(dir);
	return task;
}

/* Names of one directory seen one after the other share a task. */
void pc_task_push_firsts(struct pc_ledger *l, struct pc_dir *dir, struct pc_link *firsts,
			 double weight)
{
	struct pc_task *task = l->task;

	if (!task || task->kind != PC_TASK_FIRSTS || task->dir != dir || !dir)
		task = pc_task_push(l, PC_TASK_FIRSTS, dir, "", 0);
	if (!task)
		return;
	firsts->next = task->firsts;
	task->firsts = firsts;
	task->weight += weight;
}

static void task_pop(struct pc_ledger *l)
{
	struct pc_task *task = l->task;

	l->task = task->next;
	pc_dir_release(l, task->dir);
	free(task);
}

bool pc_tasks_pending(const struct pc_ledger *l)
{
	return l->task || l->large || l->links || l->ready;
}

/* ---- Jobs ---- */

/* A fresh job in a free slot. */
static struct pc_job *job_begin(struct pc_ledger *l, enum pc_job_kind kind, struct pc_dir *dir,
				uint32_t root, unsigned *ret_slot)
{
	unsigned slot = l->free_slot[l->free_count - 1];
	struct pc_job *job = pc_queue_job(l->config->queue, slot);

	memset(job, 0, sizeof(*job));
	job->kind = (uint16_t)kind;
	job->root = root;
	job->budget_ns = pc_width_budget_ns(l);
	if (!dir)
		job->flags |= PC_JOB_TOP;
	l->flight[slot] = (struct pc_flight){.dir = dir};
	*ret_slot = slot;
	return job;
}

static void job_send(struct pc_ledger *l, unsigned slot)
{
	l->free_count--;
	l->inflight++;
	if (l->inflight > l->result->queue_peak)
		l->result->queue_peak = l->inflight;
	l->result->jobs++;
	l->flight[slot].used = true;
	l->flight[slot].sent = *pc_queue_job(l->config->queue, slot);
	pc_dir_hold(l->flight[slot].dir);
	pc_queue_submit(l->config->queue, slot);
}

/* A path too long for any job: its directory's work fails, told once. */
static void path_failed(struct pc_ledger *l, struct pc_dir *dir)
{
	struct pc_item item = {.root = dir->root,
			       .event = PCOPY_EVENT_ERROR,
			       .kind = PCOPY_DIRECTORY,
			       .step = PCOPY_STEP_OPEN_DIRECTORY,
			       .error = -ENAMETOOLONG};

	l->result->counts.entries[PCOPY_DIRECTORY].failed++;
	pc_event_send(l, &item, "", "");
}

/* Writes the path that a job's text begins with. */
static int put_path(struct pc_ledger *l, struct pc_job *job, unsigned slot, struct pc_dir *dir)
{
	ssize_t len = pc_dir_path(dir, pc_queue_text(l->config->queue, slot), PC_REQUEST_MAX);

	if (len < 0) {
		path_failed(l, dir);
		return (int)len;
	}
	job->request_len = (uint32_t)len + 1;
	return 0;
}

static void put_string(struct pc_ledger *l, struct pc_job *job, unsigned slot, const char *s)
{
	size_t len = strlen(s) + 1;

	memcpy(pc_queue_text(l->config->queue, slot) + job->request_len, s, len);
	job->request_len += (uint32_t)len;
}

/* ---- Tasks into jobs ---- */

static bool are_files(const struct pc_task *task)
{
	return task->names[task->pos] != PC_TYPE_DIR;
}

/* As many names as fill a job's budget; the last ones are dealt so that all
 * workers get some.  Directories go to the workers in their order, and not in long
 * runs that are handed back: XFS spreads those made one after the other over its
 * allocation groups, so that workers on neighbours do not wait for each other. */
static uint32_t names_run(const struct pc_ledger *l, const struct pc_task *task)
{
	bool files = are_files(task);
	uint64_t pace_ns = files ? l->file_ns : l->directory_ns;
	uint64_t most = files ? FILES_RUN : 1, share;

	if (pace_ns > 0)
		most = pc_width_budget_ns(l) / pace_ns;
	if (files && most < FILES_RUN_MIN)
		most = FILES_RUN_MIN;
	else if (most == 0)
		most = 1;
	share = task->next ? most : task->entries / (2 * l->config->pool->workers) + 1;
	return (uint32_t)(share < most ? share : most);
}

/* Takes the next run of entries off a task: its length in bytes. */
static size_t take_names(struct pc_task *task, uint32_t run)
{
	size_t start = task->pos;

	for (uint32_t i = 0; i < run && task->pos < task->len; i++) {
		if (i > 0 && task->pos - start >= NAMES_BYTES)
			break;
		task->pos += strlen(task->names + task->pos) + 1;
		task->entries--;
	}
	return task->pos - start;
}

static void fill_names(struct pc_ledger *l, struct pc_task *task)
{
	uint32_t entries = task->entries, run = names_run(l, task);
	size_t start = task->pos, len;
	struct pc_job *job;
	unsigned slot;

	job = job_begin(l, PC_JOB_ENTRIES, task->dir, task->dir->root, &slot);
	job->flags |= task->flags;
	l->flight[slot].files = are_files(task);
	if (put_path(l, job, slot, task->dir) < 0) {
		task_pop(l);
		return;
	}
	len = take_names(task, run);
	if (!l->flight[slot].files)
		l->flight[slot].directories = entries - task->entries;
	l->flight[slot].weight = task->weight * (entries - task->entries) / entries;
	task->weight -= l->flight[slot].weight;
	memcpy(pc_queue_text(l->config->queue, slot) + job->request_len, task->names + start, len);
	job->request_len += (uint32_t)len;
	job_send(l, slot);
	if (task->pos == task->len)
		task_pop(l);
}

static void fill_list(struct pc_ledger *l, struct pc_task *task)
{
	unsigned slot;
	struct pc_job *job = job_begin(l, PC_JOB_LIST, task->dir, task->dir->root, &slot);

	if (put_path(l, job, slot, task->dir) == 0) {
		job->offset = task->cursor;
		job->flags |= task->flags;
		l->flight[slot].weight = task->weight;
		job_send(l, slot);
	}
	task_pop(l);
}

/* Operands that lie in the same pair of directories share a job. */
static void fill_operands(struct pc_ledger *l, struct pc_task *task)
{
	const struct pc_root *root = l->config->root;
	uint32_t left = task->end - task->first;
	uint32_t most = left / (2 * l->config->pool->workers) + 1;
	unsigned slot;
	struct pc_job *job = job_begin(l, PC_JOB_ENTRIES, NULL, task->first, &slot);
	uint32_t n = 1;

	while (n < most && !root[task->first + n].barrier &&
	       root[task->first + n].src_top == root[task->first].src_top &&
	       root[task->first + n].dst_top == root[task->first].dst_top)
		n++;
	job->root_count = n;
	job->flags |= task->flags;
	l->flight[slot].weight = task->weight * n / left;
	task->weight -= l->flight[slot].weight;
	task->first += n;
	job_send(l, slot);
	if (task->first == task->end)
		task_pop(l);
}

static void take_firsts(struct pc_ledger *l, struct pc_task *task, struct pc_job *job,
			unsigned slot)
{
	struct pc_link **tail = &l->flight[slot].links;
	uint64_t bytes = 0;

	for (unsigned n = 0; task->firsts && n < FIRSTS_RUN && bytes < FIRSTS_BYTES; n++) {
		struct pc_link *link = task->firsts;
		char type[2] = {PC_TYPE_FILE, '\0'};

		task->firsts = link->next;
		link->next = NULL;
		*tail = link;
		tail = &link->next;
		bytes += link->linked->bytes;
		l->flight[slot].weight += link->weight;
		if (!task->dir)
			continue;
		type[0] = (char)link->linked->type;
		put_string(l, job, slot, type);
		job->request_len--; /* the name follows its letter */
		put_string(l, job, slot, link->name);
	}
}

static void fill_firsts(struct pc_ledger *l, struct pc_task *task)
{
	uint32_t root = task->dir ? task->dir->root : task->firsts->root;
	unsigned slot;
	struct pc_job *job = job_begin(l, PC_JOB_ENTRIES, task->dir, root, &slot);

	job->flags |= PC_JOB_FIRST | task->flags;
	job->root_count = 1;
	if (task->dir && put_path(l, job, slot, task->dir) < 0) {
		task_pop(l);
		return;
	}
	take_firsts(l, task, job, slot);
	job_send(l, slot);
	if (!task->firsts)
		task_pop(l);
}

static void fill_share(struct pc_ledger *l, struct pc_task *task)
{
	unsigned slot;
	struct pc_job *job = job_begin(l, PC_JOB_SHARE, NULL, task->first, &slot);

	job->offset = task->end;
	job->length = l->config->shares;
	job->meta.size = task->cursor;
	l->flight[slot].weight = task->weight;
	job_send(l, slot);
	task_pop(l);
}

static void fill_task(struct pc_ledger *l)
{
	static void (*const fill[])(struct pc_ledger *, struct pc_task *) = {
		[PC_TASK_OPERANDS] = fill_operands,
		[PC_TASK_NAMES] = fill_names,
		[PC_TASK_LIST] = fill_list,
		[PC_TASK_FIRSTS] = fill_firsts,
		[PC_TASK_SHARE] = fill_share,
	};

	fill[l->task->kind](l, l->task);
}

/* ---- Runs of links and directories ---- */

static struct pc_item *put_item(struct pc_ledger *l, struct pc_job *job, unsigned slot,
				enum pc_item_type type, const char *data, size_t len)
{
	return pc_item_add(pc_queue_text(l->config->queue, slot), &job->request_len, PC_REQUEST_MAX,
			   type, data, len);
}

/* The four strings of a link, one after the other.  Their length, or negative. */
static ssize_t link_text(const struct pc_link *link, const struct pc_root *root, char *buf,
			 size_t cap)
{
	const struct pc_link *both[2] = {link, link->linked->first};
	size_t at = 0;

	for (int i = 0; i < 2; i++) {
		const char *name = both[i]->dir ? both[i]->name : root[both[i]->root].dst_name;
		size_t len = strlen(name) + 1;
		ssize_t n = pc_dir_path(both[i]->dir, buf + at, cap - at);

		if (n < 0 || at + (size_t)n + 1 + len > cap)
			return -ENAMETOOLONG;
		at += (size_t)n + 1;
		memcpy(buf + at, name, len);
		at += len;
	}
	return (ssize_t)at;
}

static bool put_link(struct pc_ledger *l, struct pc_job *job, unsigned slot,
		     const struct pc_link *link)
{
	const struct pc_link *first = link->linked->first;
	ssize_t len = link_text(link, l->config->root, l->scratch, PC_REQUEST_MAX);
	struct pc_item *item = NULL;

	if (len >= 0)
		item = put_item(l, job, slot, PC_ITEM_LINK, l->scratch, (size_t)len);
	if (!item)
		return false;
	item->root = link->root;
	item->arg = first->root;
	item->flags = (uint8_t)((link->dir ? 0 : PC_ITEM_TOP) | (first->dir ? 0 : PC_ITEM_FIRST_TOP));
	return true;
}

static void fill_links(struct pc_ledger *l)
{
	unsigned slot;
	struct pc_job *job = job_begin(l, PC_JOB_LINK, NULL, l->links->root, &slot);
	struct pc_link **tail = &l->flight[slot].links;
	struct pc_link *link;

	for (unsigned n = 0; l->links && n < LINK_RUN; n++) {
		link = l->links;
		if (!put_link(l, job, slot, link))
			break;
		l->links = link->next;
		l->links_count--;
		l->flight[slot].weight += link->weight;
		link->next = NULL;
		*tail = link;
		tail = &link->next;
	}
	if (l->flight[slot].links) {
		job_send(l, slot);
		return;
	}
	link = l->links; /* not one fits: a path beyond all limits */
	l->links = link->next;
	l->links_count--;
	l->result->counts.entries[PCOPY_HARD_LINK].failed++;
	path_failed(l, link->dir);
	pc_dir_release(l, link->dir);
	pc_link_free(l, link);
}

static bool put_dir(struct pc_ledger *l, struct pc_job *job, unsigned slot,
		    const struct pc_dir *dir)
{
	ssize_t len = pc_dir_path(dir, l->scratch, PC_REQUEST_MAX);
	struct pc_item *item = NULL;

	if (len >= 0)
		item = put_item(l, job, slot, PC_ITEM_DIR, l->scratch, (size_t)len);
	if (!item)
		return false;
	item->root = dir->root;
	item->meta = dir->meta;
	item->flags = dir->failed ? PC_ITEM_FAILED : 0;
	return true;
}

static void fill_dirs(struct pc_ledger *l)
{
	unsigned slot;
	struct pc_job *job = job_begin(l, PC_JOB_DIRMETA, NULL, l->ready->root, &slot);
	struct pc_dir *dir;

	for (unsigned n = 0; l->ready && n < DIRMETA_RUN; n++) {
		dir = l->ready;
		if (!put_dir(l, job, slot, dir))
			break;
		l->ready = dir->next;
		l->ready_count--;
		dir->next = l->flight[slot].dirs;
		l->flight[slot].dirs = dir;
	}
	if (l->flight[slot].dirs) {
		job_send(l, slot);
		return;
	}
	dir = l->ready; /* not one fits */
	l->ready = dir->next;
	l->ready_count--;
	dir->next = NULL;
	path_failed(l, dir);
	pc_dirs_finished(l, dir);
}

/* ---- Large files ---- */

static int put_large(struct pc_ledger *l, struct pc_job *job, unsigned slot, struct pc_large *large)
{
	const struct pc_root *root = &l->config->root[large->root];
	const char *name = large->dir ? large->name : root->dst_name;
	char temp[l->config->temp_name_max];

	job->meta = large->meta;
	if (large->dir) {
		if (put_path(l, job, slot, large->dir) < 0)
			return -ENAMETOOLONG;
	} else {
		put_string(l, job, slot, "");
	}
	put_string(l, job, slot, large->dir ? large->name : root->src_name);
	put_string(l, job, slot, name);
	l->config->temp_name(temp, name);
	put_string(l, job, slot, temp);
	job->temp_dev = large->temp_dev;
	job->temp_ino = large->temp_ino;
	l->flight[slot].large = large;
	return 0;
}

static void large_unlist(struct pc_ledger *l, struct pc_large *large)
{
	struct pc_large **at = &l->large;

	while (*at != large)
		at = &(*at)->next;
	*at = large->next;
}

static void fill_chunk(struct pc_ledger *l, struct pc_large *large)
{
	unsigned slot;
	struct pc_job *job = job_begin(l, PC_JOB_CHUNK, large->dir, large->root, &slot);

	if (put_large(l, job, slot, large) < 0) {
		large->failed = true; /* FINISH cannot be sent either: told already */
		return;
	}
	l->flight[slot].weight = pc_large_next(large, l->config->options->chunk_bytes, job);
	large->inflight++;
	job_send(l, slot);
}

static void fill_finish(struct pc_ledger *l, struct pc_large *large)
{
	unsigned slot;
	struct pc_job *job = job_begin(l, PC_JOB_FINISH, large->dir, large->root, &slot);

	large_unlist(l, large);
	if (large->failed)
		job->flags |= PC_JOB_DROP;
	job->offset = large->differs;
	l->flight[slot].weight = large->weight; /* what is left of it */
	(void)put_large(l, job, slot, large); /* the path fitted for its chunks */
	job_send(l, slot);
}

/* The next job of a large file, when it may have `most` in flight. */
static bool fill_large(struct pc_ledger *l, unsigned most)
{
	for (struct pc_large *large = l->large; large; large = large->next) {
		bool done = large->failed || large->offset == large->meta.size;

		if (done && large->inflight == 0) {
			fill_finish(l, large);
			return true;
		}
		if (!done && !large->cutting && large->inflight < most &&
		    large->inflight < large->most) {
			fill_chunk(l, large);
			return true;
		}
	}
	return false;
}

static bool all_else_done(const struct pc_ledger *l)
{
	return l->inflight == 0 && !l->large && !l->links && !l->ready;
}

static bool at_barrier(const struct pc_ledger *l)
{
	return l->task->kind == PC_TASK_OPERANDS && l->config->root[l->task->first].barrier;
}

static bool fill_one(struct pc_ledger *l)
{
	bool task;

	if (fill_large(l, 1))
		return true;
	task = l->task && (!at_barrier(l) || all_else_done(l));
	if (l->ready_count >= DIRMETA_RUN || (l->ready && !task))
		fill_dirs(l);
	else if (l->links_count >= LINK_RUN || (l->links && !task))
		fill_links(l);
	else if (task)
		fill_task(l);
	else
		return fill_large(l, l->config->pool->workers);
	return true;
}

void pc_tasks_fill(struct pc_ledger *l)
{
	while (l->free_count > 0 && l->inflight < pc_width_jobs(l) && fill_one(l))
		;
	pc_queue_set_hungry(l->config->queue, !l->task && l->inflight < l->width);
}

/* First names that nobody will copy: those that wait for them become tasks, and are
 * dropped in turn. */
static void drop_firsts(struct pc_ledger *l, struct pc_link *firsts)
{
	while (firsts) {
		struct pc_link *next = firsts->next;

		firsts->next = NULL;
		pc_links_first_done(l, firsts, false);
		firsts = next;
	}
}

void pc_tasks_drop(struct pc_ledger *l)
{
	struct pc_large *large;

	while (l->task) {
		struct pc_link *firsts = l->task->firsts;

		task_pop(l);
		drop_firsts(l, firsts);
	}
	while (l->links) {
		struct pc_link *link = l->links;

		l->links = link->next;
		pc_dir_release(l, link->dir);
		pc_link_free(l, link);
	}
	l->links_count = 0;
	for (large = l->large; large; large = large->next)
		large->failed = true; /* their temporary files still go */
}
