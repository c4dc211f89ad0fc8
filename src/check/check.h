/* SPDX-License-Identifier: MIT */
/* check.h - what a worker does that reads copies back.
 *
 * It goes through the same jobs as a worker that copies, and makes nothing: it
 * compares each pair of entries, or what is there with a manifest, and hands back
 * what targets are, for a manifest or a digest. */
#ifndef PC_CHECK_CHECK_H
#define PC_CHECK_CHECK_H

#include "base/attributes.h"
#include "job/marks.h"
#include "job/root.h"
#include "job/worker.h"

struct pc_index;

/* What all workers of a run read; set up before the pool starts. */
struct pc_check_env {
	const struct pcopy_options *options;
	const struct pc_root *root;
	unsigned root_count;
	const struct pc_attribute_rules *attributes; /* which of them a copy brings */
	bool compare;                                /* targets with their sources */
	bool both;   /* entries that the target alone has are told */
	bool alone;  /* there is one tree: the target is the source, however that is named */
	bool record; /* what the targets are is handed back */
	bool cold;   /* targets are read from the disk */
	const struct pc_marks *passed_over; /* not looked at; or NULL */
	const struct pc_index *index;       /* a manifest, instead of the sources; or NULL */
	struct timespec started;            /* of the run, by the fine clock */
	uid_t uid;
	pid_t coordinator; /* libarchive is not let into its process */
};

/* Whether a later operand was copied over what operand `number` has at `path`. */
bool pc_check_is_shadowed(const struct pc_check_env *env, uint32_t number, const char *path);

struct pc_work pc_check_work(struct pc_check_env *env);

/* The same by libarchive, each worker a process of its own: a job compares a share of
 * an operand.  Only where it was built in. */
bool pc_check_has_archive(void);

/* ... and libcrypto, for manifests and digests.  Both load it. */
bool pc_check_has_crypto(void);
struct pc_work pc_check_archive_work(struct pc_check_env *env);

#endif
