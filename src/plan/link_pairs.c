/* SPDX-License-Identifier: MIT */
/* link_pairs.c - verifies hard links: the same names are one file in the source and in the copy.
 *
 * Only the coordinator sees all names.  For each inode with several names the first pair of
 * source and target inode is kept.  All other names of the source inode must belong to the target
 * inode, and no others may. */
#include "plan/ledger.h"

#include "base/buffer.h"
#include "base/cleanup.h"

#include <stdlib.h>
#include <string.h>

struct inode {
	uint64_t dev, ino;
};

/* A pair of source and target inode, and the first name with both. */
struct pc_link_pair {
	struct inode src, dst;
	UT_hash_handle by_src, by_dst;
	struct pc_dir *dir; /* NULL: an operand */
	uint32_t root;
	bool shared; /* another pair has the same target inode */
	char name[];
};

static struct pc_link_pair *link_pair_new(struct pc_ledger *l, struct pc_dir *dir,
                                          const struct pc_item *item)
{
	struct pc_link_pair *twin = calloc(1, sizeof(*twin) + item->text_len + 1);

	if (!twin) {
		l->no_memory = true;
		return NULL;
	}
	twin->src = (struct inode){item->meta.dev, item->meta.ino};
	twin->dst = (struct inode){item->meta.size, item->arg};
	twin->root = item->root;
	memcpy(twin->name, item->text, item->text_len + 1);
	twin->dir = item->flags & PC_ITEM_TOP ? NULL : dir;
	if (twin->dir)
		twin->dir->refs++;
	return twin;
}

static const char words[] = "the same file as ";

/* Builds the text, which ends with the path of the first name. */
static int first_name(struct pc_ledger *l, const struct pc_link_pair *twin, struct pc_buffer *text)
{
	ssize_t len = pc_dir_path(twin->dir, l->scratch, PC_REQUEST_MAX);

	if (len < 0 || pc_buffer_add(text, words, sizeof(words) - 1) < 0)
		return -1;
	if (len > 0 &&
	    (pc_buffer_add(text, l->scratch, (size_t)len) < 0 || pc_buffer_add(text, "/", 1) < 0))
		return -1;
	return pc_buffer_add(text, twin->name, strlen(twin->name));
}

/* `of_source`: the source names are one file and the target names are not; else the reverse. */
static void difference_report(struct pc_ledger *l, struct pc_dir *dir, const struct pc_item *item,
                              const struct pc_link_pair *first, bool of_source)
{
	static const char other[] = "another file";
	struct pc_buffer text = {0}, name = {0};
	struct pc_item *event = NULL;
	bool top = item->flags & PC_ITEM_TOP;
	size_t len;

	l->result->counts.differences++;
	if (first_name(l, first, &name) < 0 || pc_buffer_add(&text, "", 1) < 0 ||
	    pc_buffer_add(&text, of_source ? name.data : other,
	                  strlen(of_source ? name.data : other) + 1) < 0 ||
	    pc_buffer_add(&text, of_source ? other : name.data,
	                  strlen(of_source ? other : name.data)) < 0)
		goto done;
	event = calloc(1, sizeof(*event) + text.len + 1);
	if (!event)
		goto done;
	len = text.len;
	memcpy(event->text, text.data, len);
	event->text_len = (uint32_t)len;
	event->type = PC_ITEM_EVENT;
	event->event = PCOPY_EVENT_DIFFERENT;
	event->kind = (uint16_t)pc_kind_of_mode(item->meta.mode);
	event->step = PCOPY_FIELD_LINKS;
	event->root = item->root;
	if (pc_dir_path(top ? NULL : dir, l->scratch, PC_REQUEST_MAX) >= 0)
		pc_event_send(l, event, l->scratch, top ? "" : item->text);
	/* copy the other name again as well: this one will be linked to it */
	pc_event_note_different(l, first->root, name.data + sizeof(words) - 1, PC_MARK_ITSELF);
done:
	free(event);
	pc_buffer_done(&text);
	pc_buffer_done(&name);
}

void pc_link_pairs_match(struct pc_ledger *l, struct pc_dir *dir, const struct pc_item *item)
{
	const struct inode src = {item->meta.dev, item->meta.ino};
	const struct inode dst = {item->meta.size, item->arg};
	struct pc_link_pair *of_src, *of_dst, *twin;

	HASH_FIND(by_src, l->link_pairs_by_src, &src, sizeof(src), of_src);
	HASH_FIND(by_dst, l->link_pairs_by_dst, &dst, sizeof(dst), of_dst);
	if (of_src) {
		/* across file systems a link is impossible, so a copy is right */
		if (of_src != of_dst && memcmp(&of_src->dst, &dst, sizeof(dst)) != 0 &&
		    of_src->dst.dev == dst.dev)
			difference_report(l, dir, item, of_src, true);
		return;
	}
	twin = link_pair_new(l, dir, item);
	if (!twin)
		return;
	HASH_ADD(by_src, l->link_pairs_by_src, src, sizeof(twin->src), twin);
	twin->shared = of_dst != NULL;
	if (twin->shared)
		difference_report(l, dir, item, of_dst, false);
	else
		HASH_ADD(by_dst, l->link_pairs_by_dst, dst, sizeof(twin->dst), twin);
}

void pc_link_pairs_done(struct pc_ledger *l)
{
	struct pc_link_pair *twin, *next;

	HASH_CLEAR(by_dst, l->link_pairs_by_dst);
	HASH_ITER (by_src, l->link_pairs_by_src, twin, next) {
		HASH_DELETE(by_src, l->link_pairs_by_src, twin);
		pc_dir_unref(l, twin->dir);
		free(twin);
	}
}
