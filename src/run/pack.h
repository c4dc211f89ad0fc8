/* SPDX-License-Identifier: MIT */
/* pack.h - the work of a pass, for workers of another process. */
#ifndef PC_RUN_PACK_H
#define PC_RUN_PACK_H

#include "check/check.h"
#include "copy/copy.h"
#include "prune/prune.h"
#include "ranks/ranks.h"
#include "ranks/setup.h"

/* Each makes the whole message. */
void pc_pack_copy(struct pc_ranks *ranks, const struct pc_copy_env *env);
void pc_pack_check(struct pc_ranks *ranks, const struct pc_check_env *env);
void pc_pack_prune(struct pc_ranks *ranks, const struct pc_prune_env *env);

#define PC_UMASK_ANY UINT32_MAX

/* What was in it.  It refers to the message, which is to be kept. */
struct pc_unpacked {
	struct pcopy_options options;
	struct pc_setup_roots roots;
	struct pc_attribute_rules attributes;
	struct pc_path_set marks[2];
	struct pc_meter *meter; /* [threads]; or NULL */
	unsigned threads;
	uint32_t umask;      /* that the process is to have, or PC_UMASK_ANY */
	struct pc_work work; /* over one of these: */
	union {
		struct pc_copy_env copy;
		struct pc_check_env check;
		struct pc_prune_env prune;
	} env;
};

/* 0, -EBADMSG or -ENOMEM; pc_unpacked_done() in any case. */
int pc_unpack(struct pc_wire_reader *r, struct pc_unpacked *ret);
void pc_unpacked_done(struct pc_unpacked *u);

#endif
