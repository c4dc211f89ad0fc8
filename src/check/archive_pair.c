/* SPDX-License-Identifier: MIT */
/* archive_pair.c - compares two entries as libarchive reads them.
 *
 * Each property that differs is reported once, data at its first different byte. Where the types
 * differ, nothing else is reported. Any other entry that can be read is counted as compared,
 * whatever differs. This file calls the kernel only for what libarchive does not report: allocated
 * blocks, and files of wrong length (plain.c). */
#include "check/archive_pair.h"
#include "check/plain.h"

#include "base/flags.h"
#include "sys/sys.h"
#include "walk/walk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Holes smaller than this are not reported. */
#define HOLE_BYTES 4096

#define LISTS (ARCHIVE_ENTRY_ACL_TYPE_ACCESS | ARCHIVE_ENTRY_ACL_TYPE_DEFAULT)

/* The data of one side, as blocks with holes between them. */
struct data_blocks {
	const char *data;
	size_t left;
	uint64_t at; /* UINT64_MAX: end of file */
};

/* ---- Data ---- */

/* libarchive reads as much as it likes; the rate limit delays the next read. Between two blocks
 * there may be a hole; empty blocks are skipped. The bytes belong to libarchive until the next call
 * for that side. */
static int block_next(struct pc_reader *r, struct archive *a, struct data_blocks *b)
{
	const void *data;
	size_t size;
	int64_t offset;
	int rc;

	do
		rc = archive_read_data_block(a, &data, &size, &offset);
	while (rc == ARCHIVE_OK && size == 0);
	if (rc == ARCHIVE_EOF) {
		*b = (struct data_blocks){.at = UINT64_MAX};
		return 0;
	}
	if (rc != ARCHIVE_OK)
		return archive_errno(a) ? -archive_errno(a) : -EIO;
	*b = (struct data_blocks){data, size, (uint64_t)offset};
	(void)pc_throttle_wait(r->queue, r->job, size); /* the caller notices a cancel */
	return 0;
}

/* The number of equal bytes at the beginning, of `len`; NULL stands for zeros. */
static size_t bytes_same(const char *a, const char *b, size_t len)
{
	size_t i = 0;

	if (a && b && memcmp(a, b, len) == 0)
		return len;
	while (i < len && (a ? a[i] : 0) == (b ? b[i] : 0))
		i++;
	return i;
}

static void block_skip(struct data_blocks *b, size_t len)
{
	b->data += len;
	b->left -= len;
	b->at += len;
}

/* A hole is reported as 0x00. */
static void byte_report(struct pc_reader *r, uint64_t at, const char *want, const char *have)
{
	char text[PC_SIDES][8];

	(void)snprintf(text[PC_SRC], sizeof(text[PC_SRC]), "0x%02x",
	               want ? (unsigned char)*want : 0U);
	(void)snprintf(text[PC_DST], sizeof(text[PC_DST]), "0x%02x",
	               have ? (unsigned char)*have : 0U);
	pc_reader_report(r,
	                 &(struct pc_difference){PCOPY_FIELD_DATA, at, text[PC_SRC], text[PC_DST]});
}

/* Compares the next piece of both sides: from the lower of their positions to where a block of one
 * side ends or begins. A side that has no data in it has a hole there. Both files have the same
 * length, so the end of the data of one side is a hole to the end of the file. 1: it differs, which
 * was reported. */
static int blocks_compare(struct pc_reader *r, struct data_blocks b[PC_SIDES])
{
	uint64_t at = b[PC_SRC].at < b[PC_DST].at ? b[PC_SRC].at : b[PC_DST].at;
	const char *data[PC_SIDES];
	size_t len = SIZE_MAX, same;

	for (int side = 0; side < PC_SIDES; side++) {
		bool here = b[side].at == at;
		uint64_t end = here ? b[side].at + b[side].left : b[side].at;

		data[side] = here ? b[side].data : NULL;
		if (end - at < len)
			len = (size_t)(end - at);
	}
	same = bytes_same(data[PC_SRC], data[PC_DST], len);
	if (same < len) {
		byte_report(r, at + same, data[PC_SRC] ? data[PC_SRC] + same : NULL,
		            data[PC_DST] ? data[PC_DST] + same : NULL);
		return 1;
	}
	for (int side = 0; side < PC_SIDES; side++) {
		if (data[side])
			block_skip(&b[side], len);
	}
	return 0;
}

/* Reads both sides block by block. Where one side has a hole, it counts as zeros. */
static void data_compare(struct pc_reader *r)
{
	struct data_blocks b[PC_SIDES] = {0};
	int rc = 0;

	while (rc == 0 && !pc_queue_canceled(r->queue)) {
		if (b[PC_SRC].left == 0 && b[PC_SRC].at != UINT64_MAX &&
		    (rc = block_next(r, r->source, &b[PC_SRC])) < 0)
			pc_reader_fail(r, PCOPY_STEP_READ, rc);
		if (rc == 0 && b[PC_DST].left == 0 && b[PC_DST].at != UINT64_MAX &&
		    (rc = block_next(r, r->target, &b[PC_DST])) < 0)
			pc_reader_fail(r, PCOPY_STEP_READ_TARGET, rc);
		if (rc < 0 || (b[PC_SRC].at == UINT64_MAX && b[PC_DST].at == UINT64_MAX))
			return;
		atomic_fetch_add_explicit(r->moved, b[PC_SRC].left, memory_order_relaxed);
		rc = blocks_compare(r, b);
	}
}

/* ---- Attributes ---- */

static void attribute_report(struct pc_reader *r, enum pcopy_field field, const char *want,
                             const char *have)
{
	pc_reader_report(r, &(struct pc_difference){.field = field, .want = want, .have = have});
}

/* An entry has one cursor for its attributes, so one side is iterated and the other searched. That
 * takes n * m steps, of which there are few. */
static bool xattr_find(struct archive_entry *entry, const char *name, const void **value,
                       size_t *size)
{
	const char *found;

	archive_entry_xattr_reset(entry);
	while (archive_entry_xattr_next(entry, &found, value, size) == ARCHIVE_OK) {
		if (strcmp(found, name) == 0)
			return true;
	}
	return false;
}

/* Whether a copy keeps the attribute. */
static bool xattr_is_kept(const struct pc_reader *r, const char *name)
{
	static const unsigned bits[] = {
		[PC_ATTRIBUTE_PLAIN] = PCOPY_KEEP_XATTR,
		[PC_ATTRIBUTE_PERMISSION] = PCOPY_KEEP_MODE,
		[PC_ATTRIBUTE_CONTEXT] = PCOPY_KEEP_CONTEXT,
		[PC_ATTRIBUTE_NOT_COPIED] = 0,
	};

	return r->options->preserve & bits[pc_attribute_is(r->env->attributes, name)];
}

/* Attributes have no order, so each is looked up by its name. */
static void xattrs_compare(struct pc_reader *r)
{
	struct archive_entry *src = r->entry[PC_SRC], *dst = r->entry[PC_DST];
	const void *value, *other;
	size_t size, other_size;
	const char *name;
	int left = archive_entry_xattr_reset(src);

	while (left-- > 0 && archive_entry_xattr_next(src, &name, &value, &size) == ARCHIVE_OK) {
		if (!xattr_is_kept(r, name))
			continue;
		if (!xattr_find(dst, name, &other, &other_size))
			attribute_report(r, PCOPY_FIELD_XATTR, name, NULL);
		else if (size != other_size || memcmp(value, other, size) != 0)
			attribute_report(r, PCOPY_FIELD_XATTR, name, "one of another value");
	}
	left = r->env->both ? archive_entry_xattr_reset(dst) : 0;
	while (left-- > 0 && archive_entry_xattr_next(dst, &name, &value, &size) == ARCHIVE_OK) {
		if (xattr_is_kept(r, name) && !xattr_find(src, name, &other, &other_size))
			attribute_report(r, PCOPY_FIELD_XATTR, NULL, name);
	}
}

/* ACLs are compared by their texts, in which the numeric ids stand behind the names. libarchive
 * allocates the texts by malloc(). */
static void lists_compare(struct pc_reader *r)
{
	const int style = LISTS | ARCHIVE_ENTRY_ACL_STYLE_EXTRA_ID |
	                  ARCHIVE_ENTRY_ACL_STYLE_MARK_DEFAULT |
	                  ARCHIVE_ENTRY_ACL_STYLE_SEPARATOR_COMMA;
	char *text[PC_SIDES];

	/* ACLs equivalent to the mode do not count */
	if (archive_entry_acl_count(r->entry[PC_SRC], LISTS) == 0 &&
	    archive_entry_acl_count(r->entry[PC_DST], LISTS) == 0)
		return;
	for (int side = 0; side < PC_SIDES; side++)
		text[side] = archive_entry_acl_to_text(r->entry[side], NULL, style);
	if ((text[PC_SRC] || text[PC_DST]) &&
	    (!text[PC_SRC] || !text[PC_DST] || strcmp(text[PC_SRC], text[PC_DST]) != 0))
		attribute_report(r, PCOPY_FIELD_ACL, text[PC_SRC], text[PC_DST]);
	free(text[PC_SRC]);
	free(text[PC_DST]);
}

/* Only flags that a copy can keep are compared. */
static void flags_compare(struct pc_reader *r)
{
	unsigned long set[PC_SIDES], clear;
	char text[PC_SIDES][24];

	for (int side = 0; side < PC_SIDES; side++) {
		archive_entry_fflags(r->entry[side], &set[side], &clear);
		set[side] &= PC_KEPT_FLAGS;
		(void)snprintf(text[side], sizeof(text[side]), "0x%lx", set[side]);
	}
	if (set[PC_SRC] != set[PC_DST])
		attribute_report(r, PCOPY_FIELD_FLAGS, text[PC_SRC], text[PC_DST]);
}

static bool side_look(struct pc_reader *r, enum pc_side side, struct stat *st)
{
	const char *path = pc_reader_path(r, side);

	return path && pc_sys_fstatat(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Reports a file with holes whose copy has none. It compares allocated blocks: libarchive's map
 * of the data depends on whether ext4 has written it yet. */
static void holes_compare(struct pc_reader *r)
{
	struct stat src, dst;
	char text[32];

	if (r->options->sparse != PCOPY_AUTO || !side_look(r, PC_SRC, &src) ||
	    !side_look(r, PC_DST, &dst) || src.st_blocks * 512 + HOLE_BYTES > src.st_size ||
	    dst.st_blocks * 512 < dst.st_size)
		return;
	(void)snprintf(text, sizeof(text), "%lld bytes",
	               (long long)(src.st_size - src.st_blocks * 512));
	attribute_report(r, PCOPY_FIELD_HOLES, text, "none");
}

static void attributes_compare(struct pc_reader *r)
{
	const struct pc_path_set *set = r->env->not_copied;

	if (set && pc_path_set_has(set, r->job->root, r->path, strlen(r->path), PC_MARK_ATTRIBUTES))
		return; /* it was reported that they could not be kept */
	if (r->options->preserve & (PCOPY_KEEP_XATTR | PCOPY_KEEP_CONTEXT))
		xattrs_compare(r);
	if ((r->options->preserve & PCOPY_KEEP_MODE) && r->kind != PCOPY_SYMLINK)
		lists_compare(r);
	if (r->options->preserve & PCOPY_KEEP_FLAGS)
		flags_compare(r);
}

/* ---- Entries ---- */

/* For pc_properties_compare(): `data` is the reader. */
static void property_report(void *data, const struct pc_difference *d)
{
	pc_reader_report(data, d);
}

static void side_look_at_time(struct pc_reader *r, enum pc_side side,
                              struct pc_properties *properties, const struct stat *st)
{
	const char *path = pc_reader_path(r, side);

	if (path)
		pc_properties_look_at_time(properties, st, &r->fs, AT_FDCWD, path);
}

/* Returns an entry with several hard links to the coordinator, which compares the links. The item
 * is that of pair_hand_back_links(): its size and arg are the target's device and inode. Where
 * links are followed, several names may lead to a file of one link. */
static void reader_hand_back_links(struct pc_reader *r, const struct stat st[PC_SIDES])
{
	struct pc_item *item;

	if (!(r->options->preserve & PCOPY_KEEP_LINKS) || S_ISDIR(st[PC_SRC].st_mode) ||
	    (st[PC_SRC].st_nlink < 2 && st[PC_DST].st_nlink < 2 &&
	     r->options->dereference != PCOPY_DEREFERENCE_ALWAYS))
		return;
	item = pc_result_add(r->job, r->text, PC_ITEM_LINK_PAIR, r->path, strlen(r->path));
	if (!item) {
		r->job->error = -ENOBUFS;
		return;
	}
	item->root = r->job->root;
	item->flags = *r->path ? 0 : PC_ITEM_TOP;
	item->meta = pc_meta_of(&st[PC_SRC]);
	item->meta.size = st[PC_DST].st_dev;
	item->arg = st[PC_DST].st_ino;
}

/* Files of different lengths are not read: the difference was reported already. */
static void contents_compare(struct pc_reader *r, const struct stat st[PC_SIDES],
                             struct pc_plain *plain)
{
	if (plain) {
		pc_plain_compare(r, plain);
		return;
	}
	holes_compare(r);
	if (st[PC_SRC].st_size == st[PC_DST].st_size)
		data_compare(r);
}

/* Times are looked at more closely only where they differ, and the length of a file is a property
 * only where it is true. */
void pc_archive_pair_compare(struct pc_reader *r)
{
	uint32_t fields = pc_properties_kept(r->options->preserve);
	struct stat st[PC_SIDES];
	struct pc_properties want, have;
	struct pc_plain plain;
	bool unsized;

	for (int side = 0; side < PC_SIDES; side++)
		st[side] = *archive_entry_stat(r->entry[side]);
	want = pc_properties_of(&st[PC_SRC], archive_entry_symlink(r->entry[PC_SRC]));
	have = pc_properties_of(&st[PC_DST], archive_entry_symlink(r->entry[PC_DST]));
	pc_properties_expect_of_user(&want, &have, r->env->uid, r->options->preserve);
	if ((fields & PC_PROPERTY(PCOPY_FIELD_TIME)) &&
	    !pc_property_agrees(&want, &have, PCOPY_FIELD_TIME)) {
		side_look_at_time(r, PC_SRC, &want, &st[PC_SRC]);
		side_look_at_time(r, PC_DST, &have, &st[PC_DST]);
	}
	unsized = pc_plain_open(r, st, &plain);
	if (unsized)
		fields &= ~PC_PROPERTY(PCOPY_FIELD_SIZE);
	if (!pc_properties_compare(&want, &have, fields, property_report, r))
		return; /* the file types differ, so `plain` is not open */
	attributes_compare(r);
	reader_hand_back_links(r, st);
	if (S_ISREG(st[PC_SRC].st_mode)) {
		contents_compare(r, st, unsized ? &plain : NULL);
		r->job->counts.bytes += (uint64_t)st[PC_DST].st_size;
	}
	r->job->counts.entries[r->kind].copied++;
}
