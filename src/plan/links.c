/* SPDX-License-Identifier: MIT */
/* links.c - hard links: inodes with several names.
 *
 * The names of an inode form groups: the first name is copied, the others become links to that
 * copy.  Usually there is one group.  If a link is refused (another file system is mounted in the
 * target, the inode has no room for more names, the file system has no links), the name moves to
 * the next group.  If there is none, it becomes the first name of a new group: it is copied, and
 * later names are linked to it.
 *
 *            first is copied            LINK job
 *   waiting -----------------> ready ------------> made
 *      ^                                 |
 *      +--- another group, or a new one -+ refused
 *
 * A name waits only for a first name that is queued or being copied, and is linked only to one
 * that has been copied.  A group that refused a name for a reason other than its place is closed
 * and takes no more.  An inode is identified by device and number. */
#include "plan/ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- Names ---- */

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
	/* operands have no directory, which the pool distinguishes by NULL */
	link->dir = item->flags & PC_ITEM_TOP ? NULL : dir;
	if (link->dir) {
		link->dir->refs++;
		pc_dir_hold(link->dir);
	}
	return link;
}

static void link_free(struct pc_ledger *l, struct pc_link *link)
{
	pc_dir_unref(l, link->dir);
	free(link);
}

static void links_free(struct pc_ledger *l, struct pc_link *links)
{
	while (links) {
		struct pc_link *next = links->next;

		link_free(l, links);
		links = next;
	}
}

/* ---- Groups ---- */

static void group_list(struct pc_group **head, struct pc_group *group)
{
	group->at = head;
	group->next = *head;
	if (group->next)
		group->next->at = &group->next;
	*head = group;
}

static void group_unlist(struct pc_group *group)
{
	*group->at = group->next;
	if (group->next)
		group->next->at = group->at;
}

static void group_free(struct pc_ledger *l, struct pc_group *group)
{
	group_unlist(group);
	links_free(l, group->waiting);
	if (group->first)
		link_free(l, group->first);
	free(group);
}

/* Frees a closed group once no name is being linked to it. */
static void group_tidy(struct pc_ledger *l, struct pc_group *group)
{
	if (group->closed && group->there && group->users == 0)
		group_free(l, group);
}

static void group_close(struct pc_group *group)
{
	if (group->closed)
		return;
	group->closed = true;
	group_unlist(group);
	group_list(&group->linked->closed, group);
}

static void links_push_ready(struct pc_ledger *l, struct pc_link *link)
{
	link->next = l->links;
	l->links = link;
	l->links_count++;
}

/* Starts a new group with `link` as its first name.  `closed`: no other name may join. */
static void group_begin(struct pc_ledger *l, struct pc_linked *linked, struct pc_link *link,
                        bool closed)
{
	struct pc_group *group = calloc(1, sizeof(*group));

	if (!group) {
		l->no_memory = true;
		pc_dir_release(l, link->dir);
		link_free(l, link);
		return;
	}
	group->linked = linked;
	group->number = ++linked->groups_begun;
	group->first = link;
	group->closed = closed;
	group_list(closed ? &linked->closed : &linked->groups, group);
	link->group = group;
	pc_task_push_first(l, link, false);
}

static void group_join(struct pc_ledger *l, struct pc_group *group, struct pc_link *link)
{
	link->group = group;
	group->users++;
	if (group->there) {
		links_push_ready(l, link);
		return;
	}
	link->next = group->waiting;
	group->waiting = link;
}

static void group_leave(struct pc_ledger *l, struct pc_link *link)
{
	struct pc_group *group = link->group;

	group->users--;
	group_tidy(l, group);
}

/* ---- Inodes ---- */

/* A node that only stands for a path: no work is pending in it. */
static struct pc_dir *dir_of_path(struct pc_ledger *l, uint32_t root, const char *path)
{
	const struct pc_meta meta = {0};
	struct pc_dir *top = pc_dir_new(l, NULL, root, &meta, "");

	return top && *path ? pc_dir_new(l, top, root, &meta, path) : top;
}

/* The name that an earlier pass gave the inode. */
static struct pc_link *link_of_known(struct pc_ledger *l, const struct pc_known *known)
{
	const char *name = known->text + known->name;
	struct pc_link *link = calloc(1, sizeof(*link) + strlen(name) + 1);

	if (!link)
		return NULL;
	link->root = known->root;
	memcpy(link->name, name, strlen(name) + 1);
	link->dir = known->top ? NULL : dir_of_path(l, known->root, known->text);
	if (link->dir)
		link->dir->refs++;
	else if (!known->top) {
		free(link);
		return NULL;
	}
	return link;
}

static void linked_recall(struct pc_ledger *l, struct pc_linked *linked)
{
	const struct pc_known *known =
		pc_known_find(l->config->known, linked->key.dev, linked->key.ino);
	struct pc_group *group = known ? calloc(1, sizeof(*group)) : NULL;

	if (!known)
		return;
	if (group)
		group->first = link_of_known(l, known);
	if (!group || !group->first) {
		free(group);
		l->no_memory = true;
		return;
	}
	group->linked = linked;
	group->number = ++linked->groups_begun;
	group->there = true;
	group->first->group = group;
	group_list(&linked->groups, group);
}

void pc_links_leave(struct pc_ledger *l)
{
	struct pc_linked *linked, *next;

	if (l->result->obstacles == 0)
		return;
	HASH_ITER (hh, l->linked, linked, next) {
		const struct pc_group *group = linked->groups;
		const struct pc_link *first;
		struct pc_known what = {.key = {linked->key.dev, linked->key.ino}};

		while (group && !group->there)
			group = group->next;
		first = group ? group->first : NULL;
		if (!first || pc_dir_path(first->dir, l->scratch, PC_REQUEST_MAX) < 0)
			continue;
		what.root = first->root;
		what.top = !first->dir;
		if (pc_known_add(&l->result->known, &what, l->scratch, first->name) < 0)
			l->no_memory = true;
	}
}

static struct pc_linked *linked_find(struct pc_ledger *l, const struct pc_item *item)
{
	struct pc_linked *linked, key = {0};

	key.key.dev = item->meta.dev;
	key.key.ino = item->meta.ino;
	HASH_FIND(hh, l->linked, &key.key, sizeof(key.key), linked);
	if (linked)
		return linked;
	linked = calloc(1, sizeof(*linked));
	if (!linked) {
		l->no_memory = true;
		return NULL;
	}
	linked->key = key.key;
	linked->bytes = item->meta.size;
	linked->type = pc_type_of_mode(item->meta.mode);
	HASH_ADD(hh, l->linked, key, sizeof(linked->key), linked);
	if (!linked->hh.tbl) { /* no memory for the hash table */
		free(linked);
		l->no_memory = true;
		return NULL;
	}
	linked_recall(l, linked);
	return linked;
}

/* ---- Choosing ---- */

/* The next group to try: one whose first name is in the same directory, otherwise the oldest one
 * not tried. */
static struct pc_group *group_choose(struct pc_linked *linked, struct pc_link *link)
{
	struct pc_group *oldest = NULL;

	for (struct pc_group *group = linked->groups; group; group = group->next) {
		if (!link->guess && link->dir && group->first->dir == link->dir) {
			link->guess = group->number;
			return group;
		}
		if (group->number > link->tried && group->number != link->guess &&
		    (!oldest || group->number < oldest->number))
			oldest = group;
	}
	if (oldest)
		link->tried = oldest->number;
	return oldest;
}

static void link_place(struct pc_ledger *l, struct pc_linked *linked, struct pc_link *link)
{
	struct pc_group *group = group_choose(linked, link);

	if (group)
		group_join(l, group, link);
	else
		group_begin(l, linked, link, false);
}

/* ---- Life of a name ---- */

void pc_links_add(struct pc_ledger *l, struct pc_dir *dir, const struct pc_item *item,
                  double weight)
{
	struct pc_linked *linked = linked_find(l, item);
	struct pc_link *link = linked ? link_new(l, dir, item, weight) : NULL;

	if (link)
		link_place(l, linked, link);
}

void pc_link_done(struct pc_ledger *l, struct pc_link *link)
{
	group_leave(l, link);
	pc_dir_release(l, link->dir);
	link_free(l, link);
}

void pc_links_refused(struct pc_ledger *l, struct pc_link *link, int error)
{
	struct pc_linked *linked = link->group->linked;
	bool closed = error != -EXDEV && error != -EMLINK;

	if (error != -EXDEV) /* this inode accepts no more links */
		group_close(link->group);
	group_leave(l, link);
	link->refused = 0;
	link->next = NULL;
	if (closed) /* and a copy of this name will probably not either */
		group_begin(l, linked, link, true);
	else
		link_place(l, linked, link);
}

void pc_links_first_done(struct pc_ledger *l, struct pc_link *first, bool copied)
{
	struct pc_group *group = first->group;
	struct pc_link *link = group->waiting;

	pc_dir_release(l, first->dir);
	if (!copied) {
		group->waiting = link ? link->next : NULL;
		group->first = link;
		link_free(l, first);
		if (link) {
			group->users--;
			pc_task_push_first(l, link, false);
		} else {
			group_free(l, group);
		}
		return;
	}
	group->there = true;
	group->waiting = NULL;
	while (link) {
		struct pc_link *next = link->next;

		links_push_ready(l, link);
		link = next;
	}
	group_tidy(l, group);
}

void pc_links_firsts_failed(struct pc_ledger *l, struct pc_link *firsts)
{
	while (firsts) {
		struct pc_link *next = firsts->next;

		firsts->next = NULL;
		pc_links_first_done(l, firsts, false);
		firsts = next;
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
		pc_task_push_first(l, link, true);
	}
}

/* ---- Names whose first is copied ---- */

struct pc_link *pc_links_pop(struct pc_ledger *l)
{
	struct pc_link *link = l->links;

	l->links = link->next;
	l->links_count--;
	link->next = NULL;
	return link;
}

/* Names whose group was closed in the meantime move to another one. */
struct pc_link *pc_links_ready(struct pc_ledger *l)
{
	while (l->links && l->links->group->closed) {
		struct pc_link *link = pc_links_pop(l);
		struct pc_linked *linked = link->group->linked;

		group_leave(l, link);
		link_place(l, linked, link);
	}
	return l->links;
}

void pc_links_drop(struct pc_ledger *l)
{
	while (l->links)
		pc_link_done(l, pc_links_pop(l));
}

void pc_links_done(struct pc_ledger *l)
{
	struct pc_linked *linked, *next;

	links_free(l, l->links);
	for (unsigned i = 0; l->flight && i < l->config->queue->depth; i++) {
		if (l->flight[i].sent.kind == PC_JOB_LINK)
			links_free(l, l->flight[i].links);
	}
	HASH_ITER (hh, l->linked, linked, next) {
		HASH_DEL(l->linked, linked);
		while (linked->groups)
			group_free(l, linked->groups);
		while (linked->closed)
			group_free(l, linked->closed);
		free(linked);
	}
}
