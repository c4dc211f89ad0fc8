/* SPDX-License-Identifier: MIT */
/* pack.h - serialises the work of a pass for workers in other processes. */
#ifndef PC_RUN_PACK_H
#define PC_RUN_PACK_H

#include "check/check.h"
#include "copy/copy.h"
#include "prune/prune.h"
#include "ranks/ranks.h"
#include "ranks/setup.h"

/* Each builds a complete SETUP message. */
void pc_pack_copy(struct pc_ranks *ranks, const struct pc_copy_env *env);
void pc_pack_check(struct pc_ranks *ranks, const struct pc_check_env *env);
void pc_pack_prune(struct pc_ranks *ranks, const struct pc_prune_env *env);

#define PC_UMASK_ANY UINT32_MAX

/* The contents of a message.  Points into the message, which must be kept. */
struct pc_unpacked {
	struct pcopy_options options;
	struct pc_setup_roots roots;
	struct pc_attribute_rules attributes;
	struct pc_path_set path_set[2];
	struct pc_meter *meter; /* [threads]; or NULL */
	unsigned threads;
	uint32_t umask;      /* for the process, or PC_UMASK_ANY */
	struct pc_work work; /* its environment is one of these: */
	union {
		struct pc_copy_env copy;
		struct pc_check_env check;
		struct pc_prune_env prune;
	} env;
};

/* Returns 0, -EBADMSG or -ENOMEM; call pc_unpacked_done() in any case. */
int pc_unpack(struct pc_wire_reader *r, struct pc_unpacked *ret);
void pc_unpacked_done(struct pc_unpacked *u);

#endif
