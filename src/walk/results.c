/* SPDX-License-Identifier: MIT
 *
 * results.c - a job's result: items and counts; and when a job must stop.
 *
 * The result follows the request in the job's text.  An item that does not fit fails the whole
 * job, so room is reserved: no entry is begun unless EVENT_RESERVE bytes are free, and a listing
 * is broken off while half of that is free.  Then the remaining names and directories always
 * fit. */
#include "walk/walk.h"

#include "base/clock.h"
#include "job/path_set.h"

#include <errno.h>
#include <string.h>

/* While workers are idle, a job hands back unstarted work after this time; or after this part of
 * its budget, which is long if answers take long. */
#define BUDGET_HUNGRY_NS 250000U
#define BUDGET_HUNGRY_PART 64U

/* Room for events, besides the names to hand back. */
#define EVENT_RESERVE (64U << 10)

/* How often the path of the current directory may still be added. */
#define ENTRY_PATHS 5U

struct pc_item *pc_walk_item(struct pc_walker *w, enum pc_item_type type, const char *data,
                             size_t len)
{
	struct pc_item *item = pc_result_add(w->job, w->text, type, data, len);

	if (!item)
		w->job->error = -ENOBUFS; /* the counts remain valid */
	return item;
}

static int note_add_more(struct pc_buffer *path, const char *more, size_t len)
{
	int r = pc_buffer_add(path, "", 1);

	return r < 0 ? r : pc_buffer_add(path, more, len);
}

struct pc_item *pc_walk_event(struct pc_walker *w, const struct pc_note *note)
{
	size_t path_len = w->path.len;
	struct pc_item *item = NULL;
	int r = note->name ? pc_buffer_add_name(&w->path, note->name) : 0;

	if (r == 0 && note->more)
		r = note_add_more(&w->path, note->more, note->more_len);
	if (r == 0)
		item = pc_walk_item(w, PC_ITEM_EVENT, w->path.data, w->path.len);
	else
		w->job->error = -ENOMEM;
	pc_buffer_cut(&w->path, path_len);
	if (!item)
		return NULL;
	item->event = (uint8_t)note->type;
	item->kind = (uint16_t)note->kind;
	item->step = (uint16_t)note->step;
	item->error = note->error;
	item->root = w->root;
	item->meta.dev = note->dev;
	return item;
}

void pc_walk_count_failed(struct pc_walker *w, enum pcopy_kind kind)
{
	unsigned most = w->options->max_errors;

	w->job->counts.entries[kind].failed++;
	w->errors++;
	w->ending = w->ending || (most > 0 && w->errors >= most);
}

void pc_walk_fail(struct pc_walker *w, enum pcopy_kind kind, enum pcopy_step step, int error,
                  const char *name)
{
	const struct pc_note note = {.type = PCOPY_EVENT_ERROR,
	                             .kind = kind,
	                             .step = step,
	                             .error = error,
	                             .name = name};

	pc_walk_count_failed(w, kind);
	(void)pc_walk_event(w, &note); /* without room the job fails */
}

void pc_frame_enter(struct pc_walker *w, struct pc_frame *f)
{
	struct pc_item *item;
	size_t start;

	if (f->entered)
		return;
	pc_frame_enter(w, f->up);
	start = f->up->path_len;
	if (start < f->path_len && w->path.data[start] == '/')
		start++;
	item = pc_walk_item(w, PC_ITEM_ENTER, w->path.data + start, f->path_len - start);
	if (!item)
		return;
	item->root = w->root;
	item->meta = f->meta;
	item->flags = f->above ? PC_ITEM_ABOVE : 0;
	f->entered = true;
}

struct pc_item *pc_walk_hand_back(struct pc_walker *w, struct pc_frame *f, enum pc_item_type type,
                                  const char *name, const struct pc_meta *meta)
{
	struct pc_item *item;

	pc_frame_enter(w, f);
	item = pc_result_add(w->job, w->text, type, name, strlen(name));
	if (!item) {
		pc_walk_fail(w, PCOPY_FILE, PCOPY_STEP_NONE, -ENOBUFS, f->top ? NULL : name);
		return NULL;
	}
	item->root = w->root;
	item->flags = f->top ? PC_ITEM_TOP : 0;
	item->meta = *meta;
	return item;
}

struct pc_item *pc_walk_hand_large(struct pc_walker *w, struct pc_frame *f, const char *name,
                                   const struct pc_meta *meta, uint64_t data)
{
	struct pc_item *item = pc_walk_hand_back(w, f, PC_ITEM_LARGE, name, meta);

	if (!item)
		return NULL;
	item->arg = data < meta->size ? data : meta->size;
	if (data < meta->size)
		item->flags |= PC_ITEM_HOLES;
	return item;
}

void pc_walk_set_path(struct pc_walker *w, const char *path)
{
	pc_buffer_cut(&w->path, 0);
	if (pc_buffer_add(&w->path, path, strlen(path)) < 0)
		w->job->error = -ENOMEM; /* messages will lack the directory */
}

/* Returns 0 or -ENOMEM. */
static int walk_name_put(const struct pc_walker *w, struct pc_buffer *path, const char *name)
{
	const char *dir = w->job->flags & PC_JOB_TOP ? "" : w->text;

	pc_buffer_cut(path, 0);
	if (pc_buffer_add(path, dir, strlen(dir)) < 0 ||
	    (w->path.len > 0 && pc_buffer_add_name(path, w->path.data) < 0) ||
	    (name && pc_buffer_add_name(path, name) < 0))
		return -ENOMEM;
	return 0;
}

const char *pc_walk_name(struct pc_walker *w, struct pc_buffer *path, const char *name)
{
	if (walk_name_put(w, path, name) == 0)
		return path->data;
	w->job->error = -ENOMEM;
	return NULL;
}

void pc_walk_note_listed(struct pc_walker *w, const struct pc_frame *f)
{
	uint64_t hash;

	if (!w->options->delete_extraneous || w->lists_target || f->failed ||
	    walk_name_put(w, &w->listed_path, NULL) < 0)
		return;
	hash = pc_listed_hash(w->root, w->listed_path.data, w->listed_path.len, f->meta.dev,
	                      f->meta.ino);
	/* without memory it counts as not listed: the target's extra entries stay, and that is
	 * reported */
	(void)pc_buffer_add(&w->listed, (const char *)&hash, sizeof(hash));
}

void pc_walk_put_listed(struct pc_walker *w)
{
	if (w->listed.len > 0)
		(void)pc_walk_item(w, PC_ITEM_LISTED, w->listed.data, w->listed.len);
}

/* Includes what will certainly follow: the names of the directories above are added once more,
 * and each item about an entry holds its path.  With names of 4,095 bytes (FUSE) that is more
 * than any fixed reserve. */
static size_t text_used(const struct pc_walker *w)
{
	return w->job->text_len + w->dirs.len + w->files.len + w->listed.len +
	       ENTRY_PATHS * w->path.len;
}

bool pc_walk_is_full(const struct pc_walker *w)
{
	return w->dirs.len + w->files.len >= PC_LEFT_MAX ||
	       text_used(w) + EVENT_RESERVE / 2 > PC_TEXT_BYTES;
}

static uint64_t idle_budget_ns(const struct pc_walker *w)
{
	uint64_t part_ns = w->job->budget_ns / BUDGET_HUNGRY_PART;

	return part_ns > BUDGET_HUNGRY_NS ? part_ns : BUDGET_HUNGRY_NS;
}

bool pc_walk_stop(const struct pc_walker *w, unsigned budgets)
{
	uint64_t budget = pc_queue_has_idle_workers(w->queue) ? idle_budget_ns(w)
	                                                      : budgets * w->job->budget_ns;

	return w->ending || w->job->suspicion > 0 || pc_now_ns() - w->start_ns >= budget ||
	       text_used(w) + EVENT_RESERVE > PC_TEXT_BYTES || pc_queue_canceled(w->queue);
}
