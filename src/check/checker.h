/* SPDX-License-Identifier: MIT */
/* checker.h - one comparing worker's context, which the rest of it stands on.
 *
 * Everything here belongs to one worker and is touched by its thread alone.  To be read in
 * this order: checker.c, pair.c, stretch.c, content.c, work.c. */
#ifndef PC_CHECK_CHECKER_H
#define PC_CHECK_CHECKER_H

#include "check/check.h"
#include "check/index.h"
#include "check/lazy_crypto.h"
#include "walk/walk.h"

/* Read at once; of both sides in turn, so that it stays in the cache. */
#define PC_BLOCK_BYTES (128U << 10)

struct pc_checker {
	struct pc_walker walk;
	const struct pc_check_env *env;
	struct pc_buffer name; /* of the entry in work, below its root */
	struct pc_buffer told; /* scratch for what is told of it */
	char *block[2];
	struct pc_buffer listed; /* what a manifest says of the entry in work */
	EVP_MD_CTX *digest;      /* made when first needed */
};

/* An entry in work, in both trees. */
struct pc_pair {
	struct pc_frame *f;
	const char *src_name, *dst_name;
	const char *label; /* what it is called in messages, as in pc_walk_event() */
	struct stat src, dst;
	enum pcopy_kind kind;
	const struct pc_listed *listed; /* of a manifest, instead of the source */
	int src_fd, dst_fd;             /* of regular files that were opened already, or -1 */
};

/* Whether what a symbolic link names is the pair's target.  Where there is one tree it is what
 * its source is; else only directories may be reached through links. */
static inline bool pc_pair_follows_target(const struct pc_checker *c, const struct pc_pair *p,
                                          bool directory)
{
	if (c->env->alone)
		return pc_walk_follows(&c->walk, p->f);
	return directory && c->walk.options->keep_directory_symlink;
}

/* Whether an entry was not copied in this run. */
bool pc_checker_passes_over(struct pc_checker *c, const char *name, enum pc_mark mark);

/* The entry could not be read: event and count. */
void pc_checker_fail(struct pc_checker *c, const struct pc_pair *p, enum pcopy_step step,
                     int error);

/* Tells in what the pair differs. */
void pc_checker_tell(struct pc_checker *c, const struct pc_pair *p, const struct pc_difference *d);

#endif
