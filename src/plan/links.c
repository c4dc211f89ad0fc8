/* links.c - inodes with several names.
 *
 * The first name that is seen is copied; the others wait in the ledger, not in
 * a worker, and are linked when it is there.  Where the first cannot be copied
 * the next takes its place.  Identity is device and inode. */
#include "plan/ledger.h"

#include <stdlib.h>
#include <string.h>

static struct pc_link *link_new(struct pc_ledger *l, struct pc_dir *dir, const struct pc_item *item,
				double weight)
{
	struct pc_link *link = calloc(1, sizeof(*link) + item->text_len + 1);

	if (!link) {
		l->no_memory = true;
		return NULL;
	}
	link->root = item->root;
	link->weight = weight;
	memcpy(link->name, item->text, item->text_len + 1);
	/* an operand has no directory here, and the pool tells that from NULL */
	link->dir = item->flags & PC_ITEM_TOP ? NULL : dir;
	if (link->dir) {
		link->dir->refs++;
		pc_dir_hold(link->dir);
	}
	return link;
}

void pc_link_free(struct pc_ledger *l, struct pc_link *link)
{
	pc_dir_unref(l, link->dir);
	free(link);
}

void pc_links_free(struct pc_ledger *l, struct pc_link *links)
{
	while (links) {
		struct pc_link *next = links->next;

		pc_link_free(l, links);
		links = next;
	}
}

static struct pc_linked *linked_of(struct pc_ledger *l, const struct pc_meta *meta, bool *known)
{
	struct pc_linked *linked, key = {0};

	key.key.dev = meta->dev;
	key.key.ino = meta->ino;
	HASH_FIND(hh, l->linked, &key.key, sizeof(key.key), linked);
	*known = linked != NULL;
	if (linked)
		return linked;
	linked = calloc(1, sizeof(*linked));
	if (!linked) {
		l->no_memory = true;
		return NULL;
	}
	linked->key = key.key;
	HASH_ADD(hh, l->linked, key, sizeof(linked->key), linked);
	if (!linked->hh.tbl) { /* no memory for the table */
		free(linked);
		l->no_memory = true;
		return NULL;
	}
	return linked;
}

static void push_ready(struct pc_ledger *l, struct pc_link *link)
{
	link->next = l->links;
	l->links = link;
	l->links_count++;
}

static void make_first(struct pc_ledger *l, struct pc_linked *linked, struct pc_link *link)
{
	linked->ready = false;
	linked->first = link;
	link->next = NULL;
	pc_task_push_firsts(l, link->dir, link, link->weight);
}

void pc_links_add(struct pc_ledger *l, struct pc_dir *dir, const struct pc_item *item,
		  double weight)
{
	bool known;
	struct pc_linked *linked = linked_of(l, &item->meta, &known);
	struct pc_link *link = linked ? link_new(l, dir, item, weight) : NULL;

	if (!link)
		return;
	link->linked = linked;
	if (!known) {
		linked->bytes = item->meta.size;
		linked->type = pc_type_of_mode(item->meta.mode);
		make_first(l, linked, link);
	} else if (linked->ready) {
		push_ready(l, link);
	} else {
		link->next = linked->waiting;
		linked->waiting = link;
	}
}

void pc_links_first_done(struct pc_ledger *l, struct pc_link *first, bool copied)
{
	struct pc_linked *linked = first->linked;
	struct pc_link *link = linked->waiting;

	pc_dir_release(l, first->dir);
	linked->ready = copied;
	if (!copied) {
		linked->first = NULL;
		linked->waiting = link ? link->next : NULL;
		pc_link_free(l, first);
		if (link) {
			make_first(l, linked, link);
		} else {
			HASH_DEL(l->linked, linked);
			free(linked);
		}
		return;
	}
	linked->waiting = NULL;
	while (link) {
		struct pc_link *next = link->next;

		push_ready(l, link);
		link = next;
	}
}

void pc_links_return(struct pc_ledger *l, struct pc_link **links, uint32_t count)
{
	uint32_t done = 0;

	for (const struct pc_link *link = *links; link; link = link->next)
		done++;
	for (done = done > count ? done - count : 0; done > 0; done--)
		links = &(*links)->next;
	while (*links) {
		struct pc_link *link = *links;

		*links = link->next;
		pc_task_push_firsts(l, link->dir, link, link->weight);
		if (l->task && l->task->firsts == link)
			l->task->flags |= PC_JOB_AGAIN;
	}
}

void pc_links_copy_instead(struct pc_ledger *l, struct pc_link *link)
{
	struct pc_linked *linked = link->linked;

	/* A name before it may have done so already, and links wait for that. */
	if (!linked->ready) {
		link->next = linked->waiting;
		linked->waiting = link;
		return;
	}
	pc_link_free(l, linked->first);
	make_first(l, linked, link);
}

void pc_links_done(struct pc_ledger *l)
{
	struct pc_linked *linked, *next;

	HASH_ITER(hh, l->linked, linked, next) {
		HASH_DEL(l->linked, linked);
		pc_links_free(l, linked->waiting);
		if (linked->first)
			pc_link_free(l, linked->first);
		free(linked);
	}
}
