/* SPDX-License-Identifier: MIT */
/* checker.h - one comparing worker's context, the base of the room.
 *
 * Everything here belongs to one worker and is touched by its thread alone. Reading order:
 * checker.c, pair.c, range.c, content.c, work.c. */
#ifndef PC_CHECK_CHECKER_H
#define PC_CHECK_CHECKER_H

#include "check/check.h"
#include "check/index.h"
#include "check/lazy_crypto.h"
#include "walk/walk.h"

/* Bytes read at once. Both sides are read in turn into the same block, which stays in the CPU
 * cache. */
#define PC_BLOCK_BYTES (128U << 10)

struct pc_checker {
	struct pc_walker walk;
	const struct pc_check_env *env;
	struct pc_buffer name;   /* the path of the current entry, below its root */
	struct pc_buffer values; /* scratch for the values of differences */
	char *block[2];
	struct pc_buffer listed; /* the manifest's description of the current entry */
	EVP_MD_CTX *digest;      /* created on first use */
};

/* The current entry, in both trees. */
struct pc_pair {
	struct pc_frame *f;
	const char *src_name, *dst_name;
	const char *label; /* its name in messages, as in pc_walk_event() */
	struct stat src, dst;
	enum pcopy_kind kind;
	const struct pc_listed *listed; /* the manifest's description, instead of the source */
	int src_fd, dst_fd;             /* of regular files that are open already, or -1 */
};

/* Whether a symbolic link in the target is followed. If there is one tree, it is followed where
 * the source is; otherwise only directories may be reached through links. */
static inline bool pc_pair_follows_target(const struct pc_checker *c, const struct pc_pair *p,
                                          bool directory)
{
	if (c->env->single_tree)
		return pc_walk_follows(&c->walk, p->f);
	return directory && c->walk.options->keep_directory_symlink;
}

/* Whether this run skipped the entry, failed to copy it, or copied a later operand over it. */
bool pc_checker_skips(struct pc_checker *c, const char *name, enum pc_mark mark);

/* Reports that the entry could not be read, and counts it as failed. */
void pc_checker_fail(struct pc_checker *c, const struct pc_pair *p, enum pcopy_step step,
                     int error);

/* Reports a difference of the pair. */
void pc_checker_report(struct pc_checker *c, const struct pc_pair *p,
                       const struct pc_difference *d);

#endif
