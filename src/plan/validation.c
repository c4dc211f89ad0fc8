/* SPDX-License-Identifier: MIT */
/* validation.c - validates a worker's answer.
 *
 * A worker that is corrupted (a bug, a flipped bit, a stray write of a library) shares the job's
 * slot with the coordinator and may have written anything there.  So no value of an answer is
 * used as index, pointer or length before it is checked here:
 *
 *   the request   the coordinator uses its own copy of the header; the text must hold as many
 *                 strings as the kind requires
 *   the header    names an existing worker, and a length within the slot
 *   each item     has a type that this kind of job returns, refers to an operand and a directory
 *                 of the job, and has terminated strings
 *
 * The first invalid item ends the answer: the items before it count, and the job fails with
 * EBADMSG.  A valid answer may still be wrong, which cannot be detected here. */
#include "plan/ledger.h"

#include "job/kinds.h"
#include "job/meter.h"
#include "job/request.h"

#include <string.h>

#define ERRNO_MAX 4095

/* ---- The request, and the header ---- */

static uint32_t roots_count(const struct pc_ledger *l)
{
	return l->config->root_count + l->config->parent_count;
}

bool pc_request_is_valid(const struct pc_ledger *l, const struct pc_job *sent, const char *text)
{
	return pc_job_text_is_valid(sent, text, roots_count(l));
}

bool pc_answer_is_valid(const struct pc_ledger *l, const struct pc_job *sent,
                        const struct pc_job *answer)
{
	return answer->worker < l->result->workers_most && answer->text_len >= sent->request_len &&
	       answer->text_len <= PC_TEXT_BYTES && answer->error <= 0 &&
	       answer->error >= -ERRNO_MAX;
}

/* ---- Items ---- */

/* An operand of the job; any operand in a job about several roots. */
static bool root_is_valid(const struct pc_answer *d, const struct pc_item *item)
{
	const struct pc_job *job = d->job;

	if (pc_job_kinds[job->kind].about == PC_ABOUT_ITEMS)
		return item->root < roots_count(d->l);
	if (job->kind == PC_JOB_ENTRIES && (job->flags & PC_JOB_TOP))
		return item->root >= job->root && item->root - job->root < job->root_count;
	return item->root == job->root;
}

/* An entry of the current directory, or an operand in a job about operands. */
static bool entry_is_valid(const struct pc_answer *d, const struct pc_item *item)
{
	bool placed = item->flags & PC_ITEM_TOP ? (d->job->flags & PC_JOB_TOP) != 0
	                                        : d->dir != NULL || d->lost > 0;

	return root_is_valid(d, item) && placed && pc_name_is_valid(item->text, item->text_len);
}

static bool names_are_valid(const struct pc_answer *d, const struct pc_item *item)
{
	return (d->dir || d->lost > 0) && item->entries > 0 &&
	       pc_names_count(item->text, item->text_len) == item->entries;
}

static bool enter_is_valid(const struct pc_answer *d, const struct pc_item *item)
{
	bool top = !d->dir && d->lost == 0;

	if (!root_is_valid(d, item) ||
	    ((item->flags & PC_ITEM_ABOVE) && d->job->kind != PC_JOB_PATHS))
		return false;
	return top ? (d->job->flags & PC_JOB_TOP) && item->text_len == 0
	           : pc_name_is_valid(item->text, item->text_len);
}

/* A tail of the paths in the request. */
static bool paths_are_valid(const struct pc_answer *d, const struct pc_item *item)
{
	const struct pc_job *job = d->job;
	const char *rest = d->text + job->request_len - item->text_len;

	return job->kind == PC_JOB_PATHS && !d->dir && d->lost == 0 &&
	       item->text_len < job->request_len && memcmp(rest, item->text, item->text_len) == 0 &&
	       rest[-1] == '\0' && item->entries > 0 &&
	       pc_strings_are_whole(item->text, item->text_len, item->entries, false);
}

/* The directory of a LIST job is left; that of a job of names is not. */
static bool leave_is_valid(const struct pc_answer *d, const struct pc_item *item)
{
	(void)item;
	if (d->left)
		return false;
	if (d->lost > 0)
		return true;
	return d->dir && (d->dir != d->flight->dir || d->job->kind == PC_JOB_LIST);
}

static bool more_is_valid(const struct pc_answer *d, const struct pc_item *item)
{
	(void)item;
	return d->job->kind == PC_JOB_SHARE || d->dir || d->lost > 0;
}

static bool tops_are_valid(const struct pc_answer *d, const struct pc_item *item)
{
	return d->job->kind == PC_JOB_ENTRIES && (d->job->flags & PC_JOB_TOP) && !d->dir &&
	       root_is_valid(d, item) && item->root > d->job->root;
}

static bool large_is_valid(const struct pc_answer *d, const struct pc_item *item)
{
	return entry_is_valid(d, item) && item->meta.size > 0 &&
	       d->l->config->options->chunk_bytes > 0;
}

static bool ask_is_valid(const struct pc_answer *d, const struct pc_item *item)
{
	const struct pc_plan_config *config = d->l->config;

	if (config->prunes)
		return entry_is_valid(d, item) && d->dir && config->options->on_delete;
	return entry_is_valid(d, item) && config->options->on_overwrite;
}

static bool link_is_valid(const struct pc_answer *d, const struct pc_item *item)
{
	const struct pc_link *link = d->job->kind == PC_JOB_LINK ? d->flight->links : NULL;
	uint64_t index = item->arg;

	while (link && index-- > 0)
		link = link->next;
	return link != NULL;
}

static bool event_is_valid(const struct pc_answer *d, const struct pc_item *item)
{
	bool different = item->event == PCOPY_EVENT_DIFFERENT;

	if (!root_is_valid(d, item) ||
	    (item->event > PCOPY_EVENT_DIFFERENT && item->event != PCOPY_EVENT_EXCLUDED &&
	     item->event != PCOPY_EVENT_ATTRIBUTES && item->event != PCOPY_EVENT_WOULD) ||
	    item->kind >= PCOPY_KINDS || item->error > 0 || item->error < -ERRNO_MAX)
		return false;
	if (different)
		return item->step < PCOPY_FIELDS &&
		       pc_strings_are_whole(item->text, item->text_len + 1, 3, true);
	if (item->event == PCOPY_EVENT_WOULD)
		return d->l->config->options->dry_run && item->arg < PCOPY_WOULDS;
	if (item->event == PCOPY_EVENT_EXCLUDED &&
	    !pc_strings_are_whole(item->text, item->text_len + 1, 3, true))
		return false;
	return item->step < PCOPY_STEPS;
}

/* Shares have no directories: the text is a path below the operand. */
static bool link_pair_is_valid(const struct pc_answer *d, const struct pc_item *item)
{
	if (d->job->kind == PC_JOB_SHARE)
		return root_is_valid(d, item) && strlen(item->text) == item->text_len;
	return entry_is_valid(d, item);
}

static bool record_is_valid(const struct pc_answer *d, const struct pc_item *item)
{
	size_t len = item->text_len;

	return d->l->config->take_record && root_is_valid(d, item) &&
	       (pc_strings_are_whole(item->text, len, 2, false) ||
	        (len > PC_DIGEST_BYTES &&
	         pc_strings_are_whole(item->text, len - PC_DIGEST_BYTES, 2, false)));
}

static bool target_is_valid(const struct pc_answer *d, const struct pc_item *item)
{
	return root_is_valid(d, item) && strlen(item->text) == item->text_len;
}

static bool slices_are_valid(const struct pc_answer *d, const struct pc_item *item)
{
	(void)d;
	return item->text_len % sizeof(struct pc_slice) == 0;
}

/* Ends of ranges in ascending order, beyond the job's own. */
static bool range_ends_are_valid(const struct pc_answer *d, const struct pc_item *item)
{
	const struct pc_job *job = d->job;
	uint64_t end = job->offset + job->length, next;

	if (!(job->flags & PC_JOB_FIND_ENDS) || item->text_len % sizeof(next) != 0 ||
	    item->text_len / sizeof(next) > PC_RANGE_ENDS_MAX)
		return false;
	for (uint32_t at = 0; at < item->text_len; at += (uint32_t)sizeof(next), end = next) {
		memcpy(&next, item->text + at, sizeof(next));
		if (next <= end || next > job->meta.size)
			return false;
	}
	return item->text_len > 0;
}

static bool listed_is_valid(const struct pc_answer *d, const struct pc_item *item)
{
	return d->l->config->listed && item->text_len % sizeof(uint64_t) == 0;
}

/* The number of a directory in the DIRMETA job. */
static bool finished_is_valid(const struct pc_answer *d, const struct pc_item *item)
{
	const struct pc_dir *dir = d->job->kind == PC_JOB_DIRMETA ? d->flight->dirs : NULL;

	for (uint64_t number = item->arg; dir && number > 0; number--)
		dir = dir->next;
	return dir && d->l->config->prunes;
}

/* The names may be fewer than there are. */
static bool counted_is_valid(const struct pc_answer *d, const struct pc_item *item)
{
	uint32_t names = pc_names_count(item->text, item->text_len);

	return d->job->kind == PC_JOB_COUNT && (item->text_len == 0 || names > 0) &&
	       names <= item->entries && item->arg <= UINT32_MAX;
}

bool pc_item_is_valid(const struct pc_answer *d, const struct pc_item *item)
{
	/* PC_ITEM_DIR occurs in requests only */
	static bool (*const valid[PC_ITEM_TYPES])(const struct pc_answer *,
	                                          const struct pc_item *) = {
		[PC_ITEM_NAMES] = names_are_valid,
		[PC_ITEM_ENTER] = enter_is_valid,
		[PC_ITEM_LEAVE] = leave_is_valid,
		[PC_ITEM_MORE] = more_is_valid,
		[PC_ITEM_OPERANDS] = tops_are_valid,
		[PC_ITEM_LARGE] = large_is_valid,
		[PC_ITEM_LINKED] = entry_is_valid,
		[PC_ITEM_ASK] = ask_is_valid,
		[PC_ITEM_LINK] = link_is_valid,
		[PC_ITEM_EVENT] = event_is_valid,
		[PC_ITEM_LINK_PAIR] = link_pair_is_valid,
		[PC_ITEM_RECORD] = record_is_valid,
		[PC_ITEM_TARGET] = target_is_valid,
		[PC_ITEM_SLICES] = slices_are_valid,
		[PC_ITEM_RANGE_ENDS] = range_ends_are_valid,
		[PC_ITEM_LISTED] = listed_is_valid,
		[PC_ITEM_KEPT] = finished_is_valid,
		[PC_ITEM_REPEAT] = finished_is_valid,
		[PC_ITEM_PATHS] = paths_are_valid,
		[PC_ITEM_COUNTED] = counted_is_valid,
	};

	return item->type < PC_ITEM_TYPES && valid[item->type] && valid[item->type](d, item);
}
