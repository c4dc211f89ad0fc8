/* SPDX-License-Identifier: MIT */
/* check.h - the worker side of reading copies back.
 *
 * These workers get the same jobs as those that copy, and write nothing. They compare each pair
 * of entries, or the entries of a tree with a manifest, or return descriptions of targets for a
 * manifest or a digest. */
#ifndef PC_CHECK_CHECK_H
#define PC_CHECK_CHECK_H

#include "base/attributes.h"
#include "job/path_set.h"
#include "job/root.h"
#include "job/worker.h"

struct pc_index;

/* Read by all workers of a run; filled before the pool starts. */
struct pc_check_env {
	const struct pcopy_options *options;
	const struct pc_root *root;
	unsigned root_count;
	const struct pc_attribute_rules *attributes; /* which extended attributes a copy brings */
	bool compare;                                /* compare targets with their sources */
	bool both;                                   /* report entries that only the target has */
	bool single_tree; /* there is one tree: the target is the source, whatever its name */
	bool record;      /* return descriptions of the targets */
	bool cold;        /* read targets from disk instead of the page cache */
	const struct pc_path_set *not_copied; /* paths to be skipped; or NULL */
	const struct pc_index *index;         /* a manifest to compare with instead of the sources;
	                                        * or NULL */
	struct timespec started;              /* start of the run, by the fine clock */
	uid_t uid;
	pid_t coordinator; /* libarchive must not run in this process */
};

/* Whether a later operand was copied over the entry `path` of operand `number`. */
bool pc_check_is_overwritten(const struct pc_check_env *env, uint32_t number, const char *path);

struct pc_work pc_check_work(struct pc_check_env *env);

/* Workers that use libarchive, each in its own process; a job compares a share of an operand.
 * Only where libarchive was found at build time. */
bool pc_check_has_archive(void);

/* Whether libcrypto is available, for manifests and digests. Both functions load the library. */
bool pc_check_has_crypto(void);
struct pc_work pc_check_archive_work(struct pc_check_env *env);

#endif
