/* SPDX-License-Identifier: MIT
 *
 * written.c - the file systems that a run writes to, so that each can be synced at its end. */
#include "plan/ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool written_is_known(const struct pc_plan_result *result, uint64_t dev)
{
	for (unsigned i = 0; i < result->written_count; i++) {
		if (result->written[i].dev == dev)
			return true;
	}
	return false;
}

int pc_written_note(struct pc_ledger *l, const struct pc_item *item)
{
	struct pc_plan_result *result = l->result;
	struct pc_written *more;
	char *path;

	if (written_is_known(result, item->meta.dev))
		return 0;
	more = realloc(result->written, (result->written_count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	result->written = more;
	path = strdup(item->text);
	if (!path)
		return -ENOMEM;
	result->written[result->written_count++] = (struct pc_written){
		.dev = item->meta.dev,
		.root = item->root,
		.top = item->flags & PC_ITEM_TOP,
		.path = path,
	};
	return 0;
}

void pc_plan_result_done(struct pc_plan_result *result)
{
	for (unsigned i = 0; i < result->written_count; i++)
		free(result->written[i].path);
	free(result->written);
	for (size_t i = 0; i < result->obstacles; i++)
		free(result->obstacle[i].path);
	free(result->obstacle);
	pc_known_done(&result->known);
	free(result->worker);
	*result = (struct pc_plan_result){0};
}
