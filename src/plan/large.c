/* SPDX-License-Identifier: MIT */
/* large.c - divides large files into ranges.
 *
 * Ranges are adjacent and cover the file.  Without holes a range is one chunk long.  In a file
 * with holes a range holds one chunk of data, and only a worker can find its end: the job for the
 * last known range also returns the ends of the following ones, and no other job of the file is
 * sent until it has answered.  The very first range, which is sent alone anyway, is one chunk
 * long regardless of holes. */
#include "plan/ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct pc_large *pc_large_new(const struct pc_item *item, double weight)
{
	struct pc_large *large = calloc(1, sizeof(*large) + item->text_len + 1);

	if (!large)
		return NULL;
	large->root = item->root;
	large->meta = item->meta;
	large->differs = PC_OFFSET_NONE;
	large->most = 1; /* the first chunk is sent alone */
	large->holes = item->flags & PC_ITEM_HOLES;
	large->weight = weight;
	large->data = item->arg < item->meta.size ? item->arg : item->meta.size;
	memcpy(large->name, item->text, item->text_len + 1);
	return large;
}

void pc_large_free(struct pc_large *large)
{
	if (!large)
		return;
	free(large->end);
	free(large);
}

uint64_t pc_large_data(const struct pc_job *job, uint64_t chunk)
{
	return job->length < chunk ? job->length : chunk;
}

static uint64_t large_next_end(struct pc_large *large, uint64_t chunk)
{
	uint64_t left = large->meta.size - large->offset;

	if (large->next_end < large->ends)
		return large->end[large->next_end++];
	return large->offset + (left < chunk ? left : chunk);
}

/* FINISH gets the remaining weight.  The estimate of the data may be wrong, for example in
 * compressed files. */
static double large_take_weight(struct pc_large *large, uint64_t data)
{
	double weight;

	if (data > large->data)
		data = large->data;
	weight = data > 0 ? large->weight * (double)data / (double)large->data : 0;
	large->data -= data;
	large->weight -= weight;
	return weight;
}

double pc_large_next(struct pc_large *large, uint64_t chunk, struct pc_job *job)
{
	job->offset = large->offset;
	large->offset = large_next_end(large, chunk);
	job->length = large->offset - job->offset;
	if (large->holes && large->next_end == large->ends && large->offset < large->meta.size) {
		job->flags |= PC_JOB_FIND_ENDS;
		large->finding_ends = true;
	}
	return large_take_weight(large, pc_large_data(job, chunk));
}

int pc_large_set_ends(struct pc_large *large, const struct pc_item *item)
{
	uint64_t *ends = malloc(item->text_len);

	if (!ends)
		return -ENOMEM;
	memcpy(ends, item->text, item->text_len);
	free(large->end);
	large->end = ends;
	large->ends = item->text_len / (unsigned)sizeof(*ends);
	large->next_end = 0;
	return 0;
}
