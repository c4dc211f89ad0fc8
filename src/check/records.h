/* SPDX-License-Identifier: MIT */
/* records.h - what is known of each entry, put in order.
 *
 * Records come as the workers answer, in any order, and leave by root and then
 * depth first, names in the order of their bytes.  What does not fit into 16 MiB is
 * sorted into a temporary file in runs that are merged in the end. */
#ifndef PC_CHECK_RECORDS_H
#define PC_CHECK_RECORDS_H

#include "job/job.h"

struct pc_records;

struct pc_record {
	uint32_t size; /* of all, text included */
	uint32_t root;
	uint32_t mode;
	uint32_t uid, gid;
	uint32_t nlink;
	uint64_t bytes;
	uint64_t device;
	struct timespec mtime;
	uint32_t path_len;
	uint32_t has_digest;
	unsigned char digest[PC_DIGEST_BYTES];
	char text[]; /* path below the root, and what a link names, each with its NUL */
};

static inline const char *pc_record_link(const struct pc_record *r)
{
	return r->text + r->path_len + 1;
}

/* Of entries below so many roots.  0 or -ENOMEM. */
int pc_records_new(uint32_t root_count, struct pc_records **ret);

/* Takes an item of type PC_ITEM_RECORD.  0; -EBADMSG: a worker went astray, it is no record; or
 * another negative errno. */
int pc_records_add(struct pc_records *r, const struct pc_item *item);

/* Gives each record, one an entry, to `take` until that returns other than 0; that, or 0, or negative
 * errno.  May be called again. */
int pc_records_each(struct pc_records *r, int (*take)(void *data, const struct pc_record *record),
                    void *data);
void pc_records_free(struct pc_records *r);

/* The order of two paths: that of their names, one after the other. */
int pc_path_order(const char *a, const char *b);

#endif
