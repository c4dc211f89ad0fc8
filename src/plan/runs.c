/* SPDX-License-Identifier: MIT */
/* runs.c - puts links and finished directories into jobs, several at a time. */
#include "plan/ledger.h"

#include <errno.h>
#include <string.h>

/* ---- Links ---- */

/* Writes the four strings of a link.  Returns their length, or negative. */
static ssize_t link_text(const struct pc_link *link, const struct pc_root *root, char *buf,
                         size_t cap)
{
	const struct pc_link *both[2] = {link, link->group->first};
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

static bool link_put(struct pc_ledger *l, struct pc_job *job, unsigned slot,
                     const struct pc_link *link)
{
	const struct pc_link *first = link->group->first;
	ssize_t len = link_text(link, l->config->root, l->scratch, PC_REQUEST_MAX);
	struct pc_item *item = NULL;

	if (len >= 0)
		item = pc_job_put_item(l, job, slot, PC_ITEM_LINK, (size_t)len);
	if (!item)
		return false;
	item->root = link->root;
	item->arg = first->root;
	item->flags =
		(uint8_t)((link->dir ? 0 : PC_ITEM_TOP) | (first->dir ? 0 : PC_ITEM_FIRST_TOP));
	return true;
}

void pc_links_fill(struct pc_ledger *l)
{
	struct pc_link *link = pc_links_ready(l);
	struct pc_link **tail;
	struct pc_job *job;
	unsigned slot;

	if (!link)
		return;
	job = pc_job_begin(l, PC_JOB_LINK, NULL, link->root, &slot);
	tail = &l->flight[slot].links;
	for (unsigned n = 0; link && n < PC_LINK_RUN && link_put(l, job, slot, link); n++) {
		*tail = pc_links_pop(l);
		tail = &link->next;
		l->flight[slot].weight += link->weight;
		link = pc_links_ready(l);
	}
	if (l->flight[slot].links) {
		pc_job_send(l, slot);
		return;
	}
	/* not even one fits, because two paths together are too long: copy it, which needs only
	 * one */
	pc_links_refused(l, pc_links_pop(l), -EXDEV);
}

/* ---- Directories ---- */

static bool dir_put(struct pc_ledger *l, struct pc_job *job, unsigned slot,
                    const struct pc_dir *dir)
{
	ssize_t len = pc_dir_path(dir, l->scratch, PC_REQUEST_MAX);
	struct pc_item *item = NULL;

	if (len >= 0)
		item = pc_job_put_item(l, job, slot, PC_ITEM_DIR, (size_t)len);
	if (!item)
		return false;
	item->root = dir->root;
	item->meta = dir->meta;
	item->flags =
		(uint8_t)((dir->failed ? PC_ITEM_FAILED : 0) | (dir->above ? PC_ITEM_ABOVE : 0));
	pc_pruned_fill(dir, item);
	return true;
}

void pc_dirs_fill(struct pc_ledger *l)
{
	unsigned slot;
	struct pc_job *job = pc_job_begin(l, PC_JOB_DIRMETA, NULL, l->ready->root, &slot);
	struct pc_dir **tail = &l->flight[slot].dirs; /* answers refer to them by number */
	struct pc_dir *dir;

	for (unsigned n = 0; l->ready && n < PC_DIRMETA_RUN; n++) {
		dir = l->ready;
		if (!dir_put(l, job, slot, dir))
			break;
		l->ready = dir->next;
		l->ready_count--;
		dir->next = NULL;
		*tail = dir;
		tail = &dir->next;
	}
	if (l->flight[slot].dirs) {
		pc_job_send(l, slot);
		return;
	}
	dir = l->ready; /* not even one fits */
	l->ready = dir->next;
	l->ready_count--;
	dir->next = NULL;
	pc_job_path_failed(l, dir);
	pc_dirs_finished(l, dir);
}

void pc_dirs_finished(struct pc_ledger *l, struct pc_dir *dirs)
{
	while (dirs) {
		struct pc_dir *next = dirs->next;

		if (!pc_pruned_repeat(l, dirs)) {
			pc_dir_release(l, dirs->up); /* `dirs` still holds a reference to it */
			pc_dir_unref(l, dirs);
		}
		dirs = next;
	}
}
