/* SPDX-License-Identifier: MIT
 *
 * setup.h - what a rank needs before its first job: options, operands, rules, path sets.
 *
 * Sent once per pass of workers, never with a job.  Strings that were read point into the
 * message, which must be kept while they are used. */
#ifndef PC_RANKS_SETUP_H
#define PC_RANKS_SETUP_H

#include "base/attributes.h"
#include "job/path_set.h"
#include "job/root.h"
#include "ranks/wire.h"

/* ---- Options: one row per field ---- */

enum pc_setup_type { PC_SETUP_BOOL, PC_SETUP_WORD, PC_SETUP_LONG };

struct pc_setup_field {
	size_t offset;
	enum pc_setup_type type;
	uint64_t most; /* WORD, LONG: larger values are rejected */
};

/* All fields that are sent as numbers. */
const struct pc_setup_field *pc_setup_fields(size_t *ret_count);

/* For callbacks that workers use, only whether they are set is sent; those that were read must
 * not be called. */
void pc_setup_put_options(struct pc_wire *w, const struct pcopy_options *options);

/* The caller frees the filter with pcopy_filter_free().  Returns 0, -EBADMSG, or -ENOMEM. */
int pc_setup_get_options(struct pc_wire_reader *r, struct pcopy_options *ret);

/* ---- Operands ---- */

struct pc_setup_roots {
	struct pc_root *root;
	struct pc_anchor *anchor;
	struct pc_meta *parent;
	unsigned count;
};

/* Makes the paths of anchor directories absolute, relative to `cwd`. */
void pc_setup_put_roots(struct pc_wire *w, const struct pc_root *root, unsigned count,
                        const char *cwd);

/* Returns 0, -EBADMSG or -ENOMEM; call pc_setup_roots_done() in any case. */
int pc_setup_get_roots(struct pc_wire_reader *r, struct pc_setup_roots *ret);
void pc_setup_roots_done(struct pc_setup_roots *roots);

/* ---- Attribute rules, and path sets; NULL differs from an empty set ---- */

void pc_setup_put_attributes(struct pc_wire *w, const struct pc_attribute_rules *rules);
int pc_setup_get_attributes(struct pc_wire_reader *r, struct pc_attribute_rules *ret);

void pc_setup_put_path_set(struct pc_wire *w, const struct pc_path_set *set);
/* `ret_there`: it was not NULL. */
int pc_setup_get_path_set(struct pc_wire_reader *r, struct pc_path_set *ret, bool *ret_there);

#endif
