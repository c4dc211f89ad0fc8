/* SPDX-License-Identifier: MIT */
/* known.c - the target name of each hard-linked inode, for a later pass. */
#include "plan/known.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int pc_known_add(struct pc_known **known, const struct pc_known *what, const char *dir,
                 const char *name)
{
	size_t dir_len = strlen(dir) + 1, name_len = strlen(name) + 1;
	struct pc_known *k = calloc(1, sizeof(*k) + dir_len + name_len);

	if (!k)
		return -ENOMEM;
	k->key = what->key;
	k->root = what->root;
	k->top = what->top;
	k->name = dir_len;
	memcpy(k->text, dir, dir_len);
	memcpy(k->text + dir_len, name, name_len);
	HASH_ADD(hh, *known, key, sizeof(k->key), k);
	if (k->hh.tbl)
		return 0;
	free(k);
	return -ENOMEM;
}

const struct pc_known *pc_known_find(const struct pc_known *known, uint64_t dev, uint64_t ino)
{
	const struct pc_known *found, key = {.key = {dev, ino}};

	HASH_FIND(hh, known, &key.key, sizeof(key.key), found);
	return found;
}

void pc_known_done(struct pc_known **known)
{
	struct pc_known *k, *next;

	HASH_ITER (hh, *known, k, next) {
		HASH_DEL(*known, k);
		free(k);
	}
}
