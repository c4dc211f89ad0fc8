/* SPDX-License-Identifier: MIT */
/* reader.c - one worker that reads through libarchive: its reports.
 *
 * The items are those of checker.c, so the coordinator does not see which kind of worker compared.
 * A report that does not fit fails the job: none is dropped. */
#include "check/reader.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The item's text is the path and, behind its NUL, the values. */
static struct pc_item *reader_event(struct pc_reader *r, enum pcopy_event_type type,
                                    const char *more, size_t len)
{
	struct pc_item *item = NULL;

	pc_buffer_cut(&r->event, 0);
	if (pc_buffer_add(&r->event, r->path, strlen(r->path)) == 0 &&
	    (!more ||
	     (pc_buffer_add(&r->event, "", 1) == 0 && pc_buffer_add(&r->event, more, len) == 0)))
		item = pc_result_add(r->job, r->text, PC_ITEM_EVENT, r->event.data, r->event.len);
	if (!item) {
		r->job->error = -ENOBUFS;
		return NULL;
	}
	item->event = (uint8_t)type;
	item->kind = (uint16_t)r->kind;
	item->root = r->job->root;
	return item;
}

void pc_reader_fail(struct pc_reader *r, enum pcopy_step step, int error)
{
	struct pc_item *item = reader_event(r, PCOPY_EVENT_ERROR, NULL, 0);

	r->job->counts.entries[r->kind].failed++;
	if (!item)
		return;
	item->step = (uint16_t)step;
	item->error = error;
}

/* Both values in one string, each with its NUL, as in pc_checker_report(). */
void pc_reader_report(struct pc_reader *r, const struct pc_difference *d)
{
	const char *want = d->want ? d->want : "", *have = d->have ? d->have : "";
	size_t want_len = strlen(want), have_len = strlen(have);
	_cleanup_free_ char *values = malloc(want_len + have_len + 2);
	struct pc_item *item;

	if (!values) {
		r->job->error = -ENOMEM;
		return;
	}
	memcpy(values, want, want_len + 1);
	memcpy(values + want_len + 1, have, have_len + 1);
	r->job->counts.differences++;
	item = reader_event(r, PCOPY_EVENT_DIFFERENT, values, want_len + have_len + 1);
	if (!item)
		return;
	item->step = (uint16_t)d->field;
	item->arg = d->offset;
	item->flags = r->changed ? PC_ITEM_CHANGED : 0;
}

const char *pc_reader_path(struct pc_reader *r, enum pc_side side)
{
	pc_buffer_cut(&r->full, 0);
	if (pc_buffer_add(&r->full, r->base[side].data, r->base[side].len) < 0 ||
	    (*r->path && pc_buffer_add_name(&r->full, r->path) < 0)) {
		r->job->error = -ENOMEM;
		return NULL;
	}
	return r->full.data;
}
