/* SPDX-License-Identifier: MIT */
/* known.h - inodes with several names, and one name that each has in the target: what a pass of
 * copying leaves to the one after it. */
#ifndef PC_PLAN_KNOWN_H
#define PC_PLAN_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* a library neither ends the process nor loses entries unseen */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct pc_known {
	struct {
		uint64_t dev, ino; /* of the source */
	} key;
	UT_hash_handle hh;
	uint32_t root;
	bool top;    /* the name is an operand's */
	size_t name; /* where the name begins in `text` */
	char text[]; /* the directory's path below the root, NUL, name */
};

/* 0 or -ENOMEM. */
int pc_known_add(struct pc_known **known, const struct pc_known *what, const char *dir,
                 const char *name);
const struct pc_known *pc_known_find(const struct pc_known *known, uint64_t dev, uint64_t ino);
void pc_known_done(struct pc_known **known);

#endif
