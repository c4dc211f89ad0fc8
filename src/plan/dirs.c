/* SPDX-License-Identifier: MIT */
/* dirs.c - directories with unfinished work.
 *
 * A node waits for its own jobs and for the nodes below it.  When nothing is pending it is
 * finished: by a DIRMETA job if metadata must be set, otherwise at once.  Only then is it
 * released by its parent. */
#include "plan/ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Adds the node to the list of all nodes.  The list holds no reference.  (utlist.h would
 * assert.) */
static void dir_enlist(struct pc_ledger *l, struct pc_dir *dir)
{
	dir->older = l->dirs;
	if (dir->older)
		dir->older->newer = dir;
	l->dirs = dir;
}

static void dir_unlist(struct pc_ledger *l, struct pc_dir *dir)
{
	if (dir->older)
		dir->older->newer = dir->newer;
	if (dir->newer)
		dir->newer->older = dir->older;
	else
		l->dirs = dir->older;
}

struct pc_dir *pc_dir_new(struct pc_ledger *l, struct pc_dir *up, uint32_t root,
                          const struct pc_meta *meta, const char *name)
{
	size_t len = strlen(name) + 1;
	struct pc_dir *dir = calloc(1, sizeof(*dir) + len);

	if (!dir) {
		l->no_memory = true;
		return NULL;
	}
	dir->up = up;
	dir->depth = up ? up->depth + 1 : 0;
	dir->root = root;
	dir->refs = 1;
	dir->meta = *meta;
	memcpy(dir->name, name, len);
	dir_enlist(l, dir);
	if (up) {
		up->refs++;
		pc_dir_hold(up);
	}
	return dir;
}

void pc_dir_unref(struct pc_ledger *l, struct pc_dir *dir)
{
	while (dir && --dir->refs == 0) {
		struct pc_dir *up = dir->up;

		dir_unlist(l, dir);
		free(dir);
		dir = up;
	}
}

void pc_dir_hold(struct pc_dir *dir)
{
	if (dir)
		dir->pending++;
}

static bool dir_wants_finish(const struct pc_ledger *l, const struct pc_dir *dir)
{
	unsigned keep = l->config->options->preserve & PC_KEEP_OF_DIRECTORIES;

	return keep || dir->meta.made > PC_MADE || dir->torn ||
	       (dir->above && l->config->above_by_job) ||
	       l->config->options->fsync == PCOPY_FSYNC_FILE;
}

/* Counts a directory that is complete without a DIRMETA job. */
static void dir_count_copied(struct pc_ledger *l, const struct pc_dir *dir)
{
	struct pc_item item = {
		.root = dir->root,
		.event = PCOPY_EVENT_COPIED,
		.kind = PCOPY_DIRECTORY,
		.step = l->config->root[dir->root].parent ? PCOPY_STEP_MKDIR : PCOPY_STEP_NONE,
	};

	l->result->counts.entries[PCOPY_DIRECTORY].copied++;
	l->result->worker[l->worker].entries++;
	if (l->config->options->verbose && dir->meta.made &&
	    pc_dir_path(dir, l->scratch, PC_REQUEST_MAX) >= 0)
		pc_event_send(l, &item, l->scratch, "");
}

/* Called when nothing is pending.  False: a DIRMETA job will finish the directory. */
static bool dir_is_done(struct pc_ledger *l, struct pc_dir *dir)
{
	if (dir_wants_finish(l, dir)) {
		dir->next = l->ready;
		l->ready = dir;
		l->ready_count++;
		return false;
	}
	if (!dir->failed && !dir->meta.counted)
		dir_count_copied(l, dir);
	return true;
}

/* Finishing a directory may finish the one above, and so on to the root.  This is a loop, because
 * trees may be deeper than any stack.  Each node is freed after those above it were finished. */
void pc_dir_release(struct pc_ledger *l, struct pc_dir *dir)
{
	struct pc_dir *lowest = dir;
	size_t done = 0;

	while (dir && --dir->pending == 0 && dir_is_done(l, dir)) {
		dir = dir->up;
		done++;
	}
	for (; done > 0; done--) {
		struct pc_dir *up = lowest->up;

		pc_dir_unref(l, lowest);
		lowest = up;
	}
}

void pc_dirs_done(struct pc_ledger *l)
{
	while (l->dirs) {
		struct pc_dir *dir = l->dirs;

		l->dirs = dir->older;
		free(dir);
	}
}

ssize_t pc_dir_path(const struct pc_dir *dir, char *buf, size_t cap)
{
	size_t len = 0, at;

	for (const struct pc_dir *d = dir; d && d->up; d = d->up)
		len += strlen(d->name) + 1;
	if (len > cap || cap == 0)
		return -ENAMETOOLONG;
	len = len ? len - 1 : 0;
	buf[len] = '\0';
	at = len;
	for (const struct pc_dir *d = dir; d && d->up; d = d->up) {
		size_t n = strlen(d->name);

		at -= n;
		memcpy(buf + at, d->name, n);
		if (at > 0)
			buf[--at] = '/';
	}
	return (ssize_t)len;
}
