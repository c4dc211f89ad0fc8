/* SPDX-License-Identifier: MIT
 *
 * setup.h - what a rank needs before the first job: options, operands, rules, sets of entries.
 *
 * Sent once for each pass of workers, and never with a job.  Strings that were read lie in the
 * message, which has to be kept as long as they are used. */
#ifndef PC_RANKS_SETUP_H
#define PC_RANKS_SETUP_H

#include "base/attributes.h"
#include "job/path_set.h"
#include "job/root.h"
#include "ranks/wire.h"

/* ---- Options: one row a field ---- */

enum pc_setup_type { PC_SETUP_BOOL, PC_SETUP_WORD, PC_SETUP_LONG };

struct pc_setup_field {
	size_t offset;
	enum pc_setup_type type;
	uint64_t most; /* WORD, LONG: what is above is refused */
};

/* All that are sent as numbers. */
const struct pc_setup_field *pc_setup_fields(size_t *ret_count);

/* Of callbacks is sent whether there are any, as far as workers ask; those that were read are
 * not to be called. */
void pc_setup_put_options(struct pc_wire *w, const struct pcopy_options *options);

/* The filter is the caller's, for pcopy_filter_free().  0, -EBADMSG, or -ENOMEM. */
int pc_setup_get_options(struct pc_wire_reader *r, struct pcopy_options *ret);

/* ---- Operands ---- */

struct pc_setup_roots {
	struct pc_root *root;
	struct pc_anchor *top;
	struct pc_meta *parent;
	unsigned count;
};

/* The paths of directories that hold operands become absolute: by `cwd`, where they are not. */
void pc_setup_put_roots(struct pc_wire *w, const struct pc_root *root, unsigned count,
                        const char *cwd);

/* 0, -EBADMSG or -ENOMEM; pc_setup_roots_done() in any case. */
int pc_setup_get_roots(struct pc_wire_reader *r, struct pc_setup_roots *ret);
void pc_setup_roots_done(struct pc_setup_roots *roots);

/* ---- Rules about attributes, and sets of entries; NULL is told from an empty one ---- */

void pc_setup_put_attributes(struct pc_wire *w, const struct pc_attribute_rules *rules);
int pc_setup_get_attributes(struct pc_wire_reader *r, struct pc_attribute_rules *ret);

void pc_setup_put_path_set(struct pc_wire *w, const struct pc_path_set *marks);
/* `ret_there`: it was not NULL. */
int pc_setup_get_path_set(struct pc_wire_reader *r, struct pc_path_set *ret, bool *ret_there);

#endif
