/* SPDX-License-Identifier: MIT */
/* request.c - checks requests: the text holds everything that the header promises. */
#include "job/request.h"

#include "job/kinds.h"
#include "job/queue.h"

/* More than the longest name of any file system. */
#define NAME_BYTES_MAX 4096U

bool pc_strings_are_whole(const char *text, size_t len, unsigned count, bool more)
{
	size_t pos = 0;

	for (unsigned i = 0; i < count; i++) {
		const char *end = pos < len ? memchr(text + pos, '\0', len - pos) : NULL;

		if (!end)
			return false;
		pos = (size_t)(end - text) + 1;
	}
	return more || pos == len;
}

bool pc_name_is_valid(const char *name, size_t len)
{
	return len > 0 && len < NAME_BYTES_MAX && strlen(name) == len && !strchr(name, '/');
}

uint32_t pc_names_count(const char *names, size_t len)
{
	static const char types[] = {PC_TYPE_DIR, PC_TYPE_FILE, PC_TYPE_LINK, PC_TYPE_OTHER};
	uint32_t count = 0;

	for (size_t pos = 0; pos < len; count++) {
		size_t name_len = strnlen(names + pos, len - pos);

		if (pos + name_len == len || !memchr(types, names[pos], sizeof(types)) ||
		    !pc_name_is_valid(names + pos + 1, name_len - 1))
			return 0;
		pos += name_len + 1;
	}
	return count;
}

static bool link_is_whole(const struct pc_item *item, uint32_t roots)
{
	/* the NUL behind the item's text may also end its last string */
	return item->arg < roots && pc_strings_are_whole(item->text, item->text_len + 1, 4, true);
}

static bool items_are_whole(const struct pc_job *job, const char *text, uint32_t roots)
{
	const struct pc_item *item;
	uint32_t pos = 0;

	while ((item = pc_item_next(text, job->request_len, &pos))) {
		if (item->root >= roots ||
		    item->type != (job->kind == PC_JOB_LINK ? PC_ITEM_LINK : PC_ITEM_DIR) ||
		    (job->kind == PC_JOB_LINK && !link_is_whole(item, roots)))
			return false;
	}
	return pos == job->request_len;
}

bool pc_job_text_is_valid(const struct pc_job *job, const char *text, uint32_t roots)
{
	size_t len = job->request_len, path_len;
	bool top = job->flags & PC_JOB_TOP;

	switch (pc_job_kinds[job->kind].about) {
	case PC_ABOUT_FILE:
		return pc_strings_are_whole(text, len, 4, false);
	case PC_ABOUT_ITEMS:
		return items_are_whole(job, text, roots);
	case PC_ABOUT_DIRECTORY:
		if (top)
			return true;
		if (job->kind == PC_JOB_COUNT)
			return len > 0 && text[len - 1] == '\0';
		path_len = strnlen(text, len);
		if (path_len == len || job->kind == PC_JOB_LIST)
			return path_len + 1 == len;
		path_len++;
		return pc_names_count(text + path_len, len - path_len) > 0;
	default:
		return true;
	}
}

/* A job about operands has no text and names existing operands. */
static bool operands_are_valid(const struct pc_job *job, uint32_t roots)
{
	if (job->kind == PC_JOB_COUNT)
		return false;
	if (job->kind != PC_JOB_ENTRIES)
		return true;
	return job->request_len == 0 && job->root_count > 0 && job->root_count <= roots - job->root;
}

bool pc_job_request_is_valid(const struct pc_job *job, const char *text, uint32_t roots)
{
	if (job->kind >= PC_JOB_KINDS || job->root >= roots || job->request_len > PC_TEXT_BYTES)
		return false;
	if (pc_job_kinds[job->kind].about == PC_ABOUT_DIRECTORY && (job->flags & PC_JOB_TOP))
		return operands_are_valid(job, roots);
	if (pc_job_kinds[job->kind].about == PC_ABOUT_OPERAND)
		return job->length > 0 && job->offset < job->length;
	return pc_job_text_is_valid(job, text, roots);
}
