/* SPDX-License-Identifier: MIT */
/* listed.c - turns the names that the caller lists into jobs.
 *
 *   names -> jobs -> entries, and a node for each directory that leads to one
 *   window full: all other work -> finish those directories -> next window
 *
 * A list may be of any length, so only a window of it is remembered.  Within a window
 *
 *   no directory that leads to an entry is finished: another name may lie in it, and its final
 *   mode may make it read-only;
 *   no two jobs work on the same entry: a repeated name is skipped, a name below a directory that
 *   is copied recursively is only checked for existence, and any other conflict ends the window.
 *
 * A name that is repeated in a later window is copied again. */
#include "plan/listed.h"

#include "plan/ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Names per window. */
#define WINDOW_NAMES 65536U

/* Names per job: if their pace is unknown, and at most.  Their total length: a result may have to
 * hold them again. */
#define PATHS_RUN 64U
#define PATHS_RUN_MAX 1024U
#define PATHS_BYTES (64U << 10)

/* Longest name, including its letter. */
#define NAME_BYTES (32U << 10)

/* The length of the list is unknown: a job gets this part of the remaining weight. */
#define WEIGHT_PART 256.0

/* A directory that leads to entries, keyed by its parent and name. */
struct pc_above {
	UT_hash_handle hh;
	struct pc_dir *dir;
	size_t key_len;
	char key[];
};

/* ---- Names ---- */

int pc_listed_path(const char *name, struct pc_buffer *path)
{
	size_t start = path->len;
	bool slash = false;

	while (*name) {
		size_t len = strcspn(name, "/");
		bool is_dot = len == 1 && *name == '.';

		if (len == 2 && memcmp(name, "..", 2) == 0)
			return -EXDEV;
		if (len > 0 && !is_dot &&
		    ((path->len > start && pc_buffer_add(path, "/", 1) < 0) ||
		     pc_buffer_add(path, name, len) < 0))
			return -ENOMEM;
		slash = name[len] == '/' || (is_dot && slash);
		name += len + strspn(name + len, "/");
	}
	return slash && path->len > start ? pc_buffer_add(path, "/", 1) : 0;
}

/* Reports a name that cannot be copied. */
static void name_refuse(struct pc_ledger *l, const char *name, int error)
{
	struct pc_item item = {
		.event = PCOPY_EVENT_ERROR,
		.kind = PCOPY_FILE,
		.step = error == -EXDEV ? PCOPY_STEP_LEADS_OUT : PCOPY_STEP_STAT,
		.error = error == -EXDEV ? 0 : error,
	};

	if (l->config->names_again)
		return;
	l->result->counts.entries[PCOPY_FILE].failed++;
	pc_event_send(l, &item, "", name);
}

/* Reads the next name after a letter.  False: there is none now, or the run must end. */
static bool name_read(struct pc_ledger *l)
{
	const struct pcopy_names *names = l->config->names;
	struct pc_listing *g = &l->listing;
	const char *text;
	int r;

	while ((r = names->next(names->userdata, &text)) > 0) {
		bool dir;

		pc_buffer_cut(&g->name, 0);
		r = pc_buffer_add(&g->name, "", 1);
		if (r == 0)
			r = pc_listed_path(text, &g->name);
		if (r == 0 && g->name.len >= NAME_BYTES)
			r = -ENAMETOOLONG;
		if (r == -ENOMEM)
			break;
		dir = g->name.data[g->name.len - 1] == '/';
		g->name.data[0] = (char)(PC_PATH_PLAIN + (dir ? PC_PATH_DIRECTORY : 0));
		if (r == 0)
			return true;
		name_refuse(l, text, r);
	}
	g->starves = r == -EAGAIN;
	if (r < 0 && !g->starves)
		l->record_error = r;
	g->at_end = !g->starves;
	return false;
}

/* ---- The window ---- */

enum standing {
	NAME_IS_NEW,
	NAME_IS_KNOWN,   /* listed before */
	NAME_IS_COVERED, /* below a directory that was listed */
	NAME_WAITS,      /* postponed to the next window */
};

/* The length of the parent of the path with `len` bytes. */
static size_t path_above(const char *path, size_t len)
{
	while (len > 0 && path[len - 1] != '/')
		len--;
	return len > 0 ? len - 1 : 0;
}

/* True if the recursive copy of a listed directory certainly reaches the directory with `len`
 * bytes of `path`.  The listed one has `above` bytes, and may itself be excluded. */
static bool walk_comes_to(const struct pc_ledger *l, const char *path, size_t above, size_t len)
{
	const struct pcopy_options *o = l->config->options;
	bool comes = !o->gitignore && !o->one_file_system; /* otherwise it cannot be known here */

	for (; o->filter && comes && len > 0 && len >= above; len = path_above(path, len)) {
		char *dir = strndup(path, len);

		comes = dir && !pcopy_filter_excludes(o->filter, dir, true);
		free(dir);
	}
	return comes;
}

static enum standing window_stands(const struct pc_ledger *l, const char *text, size_t len)
{
	const struct pc_path_set *m = &l->listing.window;
	size_t path_len = len - (len > 0 && text[len - 1] == '/');
	size_t dir_len = path_above(text, path_len);

	if (pc_path_set_has(m, 0, text, len, PC_MARK_ITSELF))
		return NAME_IS_KNOWN;
	if (pc_path_set_has(m, 0, text, path_len, PC_MARK_TREE))
		return NAME_WAITS; /* in the set with or without the trailing slash */
	if (!l->config->names->recursive)
		return NAME_IS_NEW;
	if (pc_path_set_has(m, 0, text, path_len, PC_MARK_ABOVE))
		return NAME_WAITS;
	for (size_t at = path_len; at > 0;) {
		at = path_above(text, at);
		if (pc_path_set_has(m, 0, text, at, PC_MARK_TREE))
			return walk_comes_to(l, text, at, dir_len) ? NAME_IS_COVERED : NAME_WAITS;
	}
	return NAME_IS_NEW;
}

/* Adds a name to the window.  Returns 0 or -ENOMEM. */
static int window_note(struct pc_ledger *l, const char *text, size_t len, bool covered)
{
	struct pc_path_set *m = &l->listing.window;
	size_t path_len = len - (len > 0 && text[len - 1] == '/');
	char *path = strndup(text, path_len);
	int r = path ? pc_path_set_add(m, 0, text, len, PC_MARK_ITSELF) : -ENOMEM;

	if (r == 0 && !covered)
		r = pc_path_set_add(m, 0, path, path_len, PC_MARK_TREE);
	if (r == 0 && !covered)
		r = pc_path_set_add_above(m, 0, path);
	free(path);
	l->listing.count++;
	return r;
}

/* Reads the next name for this window into l->listing.name.  False: there is none. */
static bool name_next(struct pc_ledger *l)
{
	struct pc_listing *g = &l->listing;

	while (g->count < WINDOW_NAMES && (g->held || (!g->at_end && name_read(l)))) {
		const char *text = g->name.data + 1;
		size_t len = g->name.len - 1;
		enum standing standing = window_stands(l, text, len);

		g->held = standing == NAME_WAITS;
		if (g->held)
			return false;
		if (standing == NAME_IS_KNOWN)
			continue;
		if (window_note(l, text, len, standing == NAME_IS_COVERED) < 0)
			l->no_memory = true;
		if (standing == NAME_IS_COVERED)
			g->name.data[0] = (char)(g->name.data[0] + PC_PATH_LOOKED);
		return true;
	}
	return false;
}

/* ---- Jobs ---- */

static uint32_t paths_run(const struct pc_ledger *l)
{
	uint64_t most = l->file_ns > 0 ? pc_width_budget_ns(l) / l->file_ns : PATHS_RUN;

	return most < PATHS_RUN ? PATHS_RUN : most > PATHS_RUN_MAX ? PATHS_RUN_MAX : (uint32_t)most;
}

static struct pc_job *paths_begin(struct pc_ledger *l, unsigned *ret_slot)
{
	struct pc_job *job = pc_job_begin(l, PC_JOB_PATHS, NULL, 0, ret_slot);

	job->root_count = 1;
	l->flight[*ret_slot].files = true;
	return job;
}

/* Sends as many names as fill a job.  False: there are none. */
static bool names_send(struct pc_ledger *l)
{
	uint32_t most = paths_run(l), n = 0;
	unsigned slot;
	struct pc_job *job = paths_begin(l, &slot);

	l->listing.starves = false;
	while (n < most && job->request_len < PATHS_BYTES && name_next(l)) {
		pc_job_put_string(l, job, slot, l->listing.name.data);
		n++;
	}
	if (n == 0)
		return false;
	l->flight[slot].weight = l->listing.weight / WEIGHT_PART;
	l->listing.weight -= l->flight[slot].weight;
	pc_job_send(l, slot);
	return true;
}

void pc_listed_cut(struct pc_ledger *l, struct pc_task *task)
{
	uint32_t most = paths_run(l), entries = task->entries;
	unsigned slot;
	struct pc_job *job = paths_begin(l, &slot);

	job->flags |= task->flags;
	while (task->pos < task->len && most-- > 0 && job->request_len < PATHS_BYTES) {
		const char *path = task->names + task->pos;

		pc_job_put_string(l, job, slot, path);
		task->pos += strlen(path) + 1;
		task->entries--;
	}
	l->flight[slot].weight = task->weight * (entries - task->entries) / entries;
	task->weight -= l->flight[slot].weight;
	pc_job_send(l, slot);
	if (task->pos == task->len)
		pc_task_pop(l);
}

/* ---- Directories that lead to entries ---- */

/* Merges what another job found: it created the directory, or the directory differs. */
static void above_meet(struct pc_dir *dir, const struct pc_meta *meta)
{
	if (meta->made && !dir->meta.made)
		dir->meta = *meta;
	else
		dir->meta.differs = dir->meta.differs || meta->differs;
}

static struct pc_above *above_new(struct pc_ledger *l, struct pc_dir *up,
                                  const struct pc_item *item)
{
	size_t key_len = sizeof(up) + item->text_len;
	struct pc_above *above = calloc(1, sizeof(*above) + key_len);

	if (!above) {
		l->no_memory = true;
		return NULL;
	}
	memcpy(above->key, &up, sizeof(up));
	memcpy(above->key + sizeof(up), item->text, item->text_len);
	above->key_len = key_len;
	return above;
}

/* Stores a directory that is new in this window. */
static struct pc_dir *above_keep(struct pc_ledger *l, struct pc_above *above, struct pc_dir *up,
                                 const struct pc_item *item)
{
	unsigned before = HASH_COUNT(l->listing.above);

	HASH_ADD_KEYPTR(hh, l->listing.above, above->key, above->key_len, above);
	if (HASH_COUNT(l->listing.above) > before)
		above->dir = pc_dir_new(l, up, item->root, &item->meta, item->text);
	if (above->dir) {
		above->dir->above = true;
		pc_dir_hold(above->dir); /* until the window ends */
		return above->dir;
	}
	if (HASH_COUNT(l->listing.above) > before)
		HASH_DEL(l->listing.above, above);
	free(above);
	l->no_memory = true;
	return NULL;
}

struct pc_dir *pc_listed_enter(struct pc_ledger *l, struct pc_dir *up, const struct pc_item *item)
{
	struct pc_above *above = above_new(l, up, item), *known;

	if (!above)
		return NULL;
	HASH_FIND(hh, l->listing.above, above->key, above->key_len, known);
	if (!known)
		return above_keep(l, above, up, item);
	free(above);
	above_meet(known->dir, &item->meta);
	return known->dir;
}

/* Lets the directories be finished once their entries are done. */
static void above_release(struct pc_ledger *l)
{
	struct pc_above *above, *next;

	HASH_ITER (hh, l->listing.above, above, next) {
		// cppcheck-suppress uninitvar ; it does not see what HASH_ITER sets
		struct pc_dir *dir = above->dir;

		HASH_DEL(l->listing.above, above);
		free(above);
		pc_dir_release(l, dir);
	}
}

/* ---- The list ---- */

void pc_listed_begin(struct pc_ledger *l)
{
	l->listing.state = PC_LISTING_READS;
	l->listing.weight = 1;
}

bool pc_listed_pending(const struct pc_ledger *l)
{
	return l->listing.state != PC_LISTING_NONE;
}

static bool nothing_else_left(const struct pc_ledger *l)
{
	return l->inflight == 0 && !l->task && !l->large && !l->links && !l->ready;
}

/* Clears the window.  A name that waits for the next one is kept. */
static void window_end(struct pc_listing *g)
{
	pc_path_set_done(&g->window);
	g->count = 0;
	g->state = g->at_end && !g->held ? PC_LISTING_NONE : PC_LISTING_READS;
}

bool pc_listed_fill(struct pc_ledger *l)
{
	struct pc_listing *g = &l->listing;

	while (pc_listed_pending(l)) {
		if (g->state == PC_LISTING_READS && names_send(l))
			return true;
		if (g->state == PC_LISTING_READS && g->starves)
			return false;
		if (g->state == PC_LISTING_READS)
			g->state = PC_LISTING_DRAINS;
		if (!nothing_else_left(l))
			return false;
		if (g->state == PC_LISTING_DRAINS) {
			g->state = PC_LISTING_FINISHES;
			above_release(l);
			if (l->ready)
				return true;
		}
		window_end(g);
	}
	return false;
}

void pc_listed_drop(struct pc_ledger *l)
{
	struct pc_listing *g = &l->listing;

	g->at_end = true;
	g->held = g->starves = false;
	/* directories of jobs in flight are finished too, when those are answered */
	if (g->state == PC_LISTING_READS)
		g->state = PC_LISTING_DRAINS;
}

void pc_listed_done(struct pc_ledger *l)
{
	struct pc_above *above, *next;

	HASH_ITER (hh, l->listing.above, above, next) {
		// cppcheck-suppress uninitvar ; it does not see what HASH_ITER sets
		HASH_DEL(l->listing.above, above);
		free(above);
	}
	pc_path_set_done(&l->listing.window);
	pc_buffer_done(&l->listing.name);
}
