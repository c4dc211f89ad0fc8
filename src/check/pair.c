/* SPDX-License-Identifier: MIT */
/* pair.c - compares two entries except for the contents of files.
 *
 * Only what the copy was to preserve is compared. Each difference is one report; where the types
 * differ, that is the only one. The entry is looked at no more than needed: its attributes are in
 * the pair already, and only links are read here. The blocks of the checker hold their texts, which
 * are thus valid until the next file is read. */
#include "check/pair.h"

#include "sys/sys.h"

#include <errno.h>
#include <string.h>

struct pair_reporting {
	struct pc_checker *c;
	const struct pc_pair *p;
};

static void pair_report(void *data, const struct pc_difference *d)
{
	const struct pair_reporting *t = data;

	pc_checker_report(t->c, t->p, d);
}

/* Reads a symbolic link's text and ends it with a NUL. The block is longer than any text that Linux
 * allows, so it is never truncated. 0 or negative errno. */
static int pair_read_link(int dirfd, const char *name, char text[PC_BLOCK_BYTES])
{
	ssize_t len = pc_sys_readlinkat(dirfd, name, text, PC_BLOCK_BYTES - 1);

	text[len < 0 ? 0 : len] = '\0';
	return len < 0 ? (int)len : 0;
}

static int pair_read_links(struct pc_checker *c, const struct pc_pair *p, enum pcopy_step *step)
{
	int r;

	*step = PCOPY_STEP_READLINK;
	r = pair_read_link(p->f->src_fd, p->src_name, c->block[0]);
	if (r < 0)
		return r;
	*step = PCOPY_STEP_READ_TARGET;
	return pair_read_link(p->f->dst_fd, p->dst_name, c->block[1]);
}

/* Returns an entry with several hard links to the coordinator, which alone sees all names of a
 * file. One side is enough: the names may be linked in one tree and not in the other. The item has
 * no room for two identities, so the target's are in its size and arg. */
static void pair_hand_back_links(struct pc_checker *c, const struct pc_pair *p)
{
	struct pc_meta meta = pc_meta_of(&p->src);
	struct pc_item *item;

	if (!(c->walk.options->preserve & PCOPY_KEEP_LINKS) || S_ISDIR(p->src.st_mode) ||
	    (p->src.st_nlink < 2 && p->dst.st_nlink < 2 && !pc_walk_follows(&c->walk, p->f)))
		return;
	meta.size = p->dst.st_dev;
	item = pc_walk_hand_back(&c->walk, p->f, PC_ITEM_LINK_PAIR, p->src_name, &meta);
	if (item)
		item->arg = p->dst.st_ino;
}

/* Finds the granularities before times count as different; the source's not where a manifest
 * replaces it. */
static void pair_look_at_times(struct pc_checker *c, const struct pc_pair *p,
                               struct pc_properties *want, struct pc_properties *have)
{
	if (pc_property_agrees(want, have, PCOPY_FIELD_TIME))
		return;
	pc_properties_look_at_time(have, &p->dst, &c->walk.fs, p->f->dst_fd, p->dst_name);
	if (!p->listed)
		pc_properties_look_at_time(want, &p->src, &c->walk.fs, p->f->src_fd, p->src_name);
}

/* The digest is left to content.c, which reads the file for it. */
static bool pair_compare_listed(struct pc_checker *c, const struct pc_pair *p,
                                struct pair_reporting *reporting)
{
	bool link = S_ISLNK(p->dst.st_mode);
	int r = link ? pair_read_link(p->f->dst_fd, p->dst_name, c->block[1]) : 0;
	struct pc_properties want = p->listed->properties;
	struct pc_properties have = pc_properties_of(&p->dst, link ? c->block[1] : NULL);

	if (r < 0) {
		pc_checker_fail(c, p, PCOPY_STEP_READ_TARGET, r);
		return false;
	}
	if (want.known & PC_PROPERTY(PCOPY_FIELD_TIME))
		pair_look_at_times(c, p, &want, &have);
	return pc_properties_compare(&want, &have, ~PC_PROPERTY(PCOPY_FIELD_DIGEST), pair_report,
	                             reporting);
}

bool pc_pair_compare(struct pc_checker *c, const struct pc_pair *p)
{
	struct pair_reporting reporting = {c, p};
	bool links = S_ISLNK(p->src.st_mode) && S_ISLNK(p->dst.st_mode);
	struct pc_properties want, have;
	enum pcopy_step step;
	int r = 0;

	if (p->listed)
		return pair_compare_listed(c, p, &reporting);
	if (!c->env->compare)
		return true;
	if (links)
		r = pair_read_links(c, p, &step);
	if (r < 0) {
		pc_checker_fail(c, p, step, r);
		return false;
	}
	want = pc_properties_of(&p->src, links ? c->block[0] : NULL);
	have = pc_properties_of(&p->dst, links ? c->block[1] : NULL);
	/* content.c compares the length of regular files */
	want.known &= ~PC_PROPERTY(PCOPY_FIELD_SIZE);
	pc_properties_expect_of_user(&want, &have, c->env->uid, c->walk.options->preserve);
	if (c->walk.options->preserve & PCOPY_KEEP_TIMES)
		pair_look_at_times(c, p, &want, &have);
	if (!pc_properties_compare(&want, &have, pc_properties_kept(c->walk.options->preserve),
	                           pair_report, &reporting))
		return false;
	pair_hand_back_links(c, p);
	return true;
}

/* The item's text is path, NUL, link text, NUL, and the digest of a regular file. The attributes
 * are the target's, as the manifest is to describe what is there. */
void pc_pair_record(struct pc_checker *c, const struct pc_pair *p,
                    const unsigned char digest[PC_DIGEST_BYTES])
{
	const char *link = "";
	struct pc_item *item;

	if (S_ISLNK(p->dst.st_mode)) {
		int r = pair_read_link(p->f->dst_fd, p->dst_name, c->block[1]);

		link = c->block[1];
		if (r < 0) {
			pc_checker_fail(c, p, PCOPY_STEP_READ_TARGET, r);
			return;
		}
	}
	if (!pc_walk_name(&c->walk, &c->name, p->label))
		return;
	if (pc_buffer_add(&c->name, "", 1) < 0 ||
	    pc_buffer_add(&c->name, link, strlen(link) + 1) < 0 ||
	    (digest && pc_buffer_add(&c->name, digest, PC_DIGEST_BYTES) < 0)) {
		c->walk.job->error = -ENOMEM;
		return;
	}
	item = pc_walk_item(&c->walk, PC_ITEM_RECORD, c->name.data, c->name.len);
	if (!item)
		return;
	item->root = c->walk.root;
	item->meta = pc_meta_of(&p->dst);
	item->arg = p->dst.st_rdev;
	item->entries = (uint32_t)p->dst.st_nlink;
}
