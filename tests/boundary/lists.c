/* SPDX-License-Identifier: MIT */
/* lists.c - keeps the access control list and the mode of a node consistent: setting one of them
 * changes the other; see store.h. */
#include "store.h"

#include <endian.h>
#include <string.h>

#define ACCESS "system.posix_acl_access"

/* As the kernel passes it, all little-endian: four bytes of version, then entries. */
#define HEAD_BYTES 4
#define ENTRY_BYTES 8
#define MINIMAL_ENTRIES 3

enum { TAG_OWNER = 1, TAG_GROUP = 4, TAG_MASK = 16, TAG_OTHER = 32 };

static uint16_t number_at(const char *at)
{
	uint16_t number;

	memcpy(&number, at, sizeof(number));
	return le16toh(number);
}

static bool has_mask(const char *value, size_t size)
{
	for (size_t at = HEAD_BYTES; at + ENTRY_BYTES <= size; at += ENTRY_BYTES) {
		if (number_at(value + at) == TAG_MASK)
			return true;
	}
	return false;
}

/* How far the rights of an entry stand to the left in a mode; -1 where they are not in it. */
static int shift_of(uint16_t tag, bool masked)
{
	if (tag == TAG_OWNER)
		return 6;
	if (tag == (masked ? TAG_MASK : TAG_GROUP))
		return 3;
	return tag == TAG_OTHER ? 0 : -1;
}

int store_set_list(struct node *node, const char *value, size_t size)
{
	bool masked = has_mask(value, size);
	mode_t mode = node->st.st_mode & ~(mode_t)0777;
	int r = 0;

	for (size_t at = HEAD_BYTES; at + ENTRY_BYTES <= size; at += ENTRY_BYTES) {
		int shift = shift_of(number_at(value + at), masked);

		if (shift >= 0)
			mode |= (mode_t)(number_at(value + at + 2) & 7) << shift;
	}
	/* A list that says no more than a mode is none. */
	if (size > HEAD_BYTES + MINIMAL_ENTRIES * ENTRY_BYTES)
		r = store_set_attribute(node, ACCESS, value, size);
	else
		store_remove_attribute(node, ACCESS);
	if (r == 0)
		node->st.st_mode = mode;
	return r;
}

void store_set_mode(struct node *node, mode_t mode)
{
	struct attribute *list = store_attribute(node, ACCESS);
	bool masked = list && has_mask(list->value, list->size);

	node->st.st_mode = mode;
	if (!list)
		return;
	for (size_t at = HEAD_BYTES; at + ENTRY_BYTES <= list->size; at += ENTRY_BYTES) {
		int shift = shift_of(number_at(list->value + at), masked);
		uint16_t rights = htole16((uint16_t)(mode >> (shift > 0 ? shift : 0) & 7));

		if (shift >= 0)
			memcpy(list->value + at + 2, &rights, sizeof(rights));
	}
}
