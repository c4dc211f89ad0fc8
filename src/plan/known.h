/* SPDX-License-Identifier: MIT */
/* known.h - hard-linked inodes and one target name of each.  One pass records them for the next. */
#ifndef PC_PLAN_KNOWN_H
#define PC_PLAN_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* report lack of memory instead of exiting: this is a library */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct pc_known {
	struct {
		uint64_t dev, ino; /* of the source inode */
	} key;
	UT_hash_handle hh;
	uint32_t root;
	bool top;    /* the name is that of an operand */
	size_t name; /* offset of the name in `text` */
	char text[]; /* path of the directory below the root, NUL, name */
};

/* Returns 0 or -ENOMEM. */
int pc_known_add(struct pc_known **known, const struct pc_known *what, const char *dir,
                 const char *name);
const struct pc_known *pc_known_find(const struct pc_known *known, uint64_t dev, uint64_t ino);
void pc_known_done(struct pc_known **known);

#endif
