/* SPDX-License-Identifier: MIT */
/* records.h - sorts descriptions of entries.
 *
 * Records arrive from the workers in any order. They come out by root and then depth first, with
 * names in byte order. Beyond 16 MiB they are sorted into runs in a temporary file, which are
 * merged in the end. */
#ifndef PC_CHECK_RECORDS_H
#define PC_CHECK_RECORDS_H

#include "job/job.h"

struct pc_records;

struct pc_record {
	uint32_t size; /* bytes of the record, text included */
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
	char text[]; /* path below the root and a symbolic link's text, each with its NUL */
};

static inline const char *pc_record_link(const struct pc_record *r)
{
	return r->text + r->path_len + 1;
}

/* For entries below `root_count` roots. 0 or -ENOMEM. */
int pc_records_new(uint32_t root_count, struct pc_records **ret);

/* Adds an item of type PC_ITEM_RECORD. 0; -EBADMSG: it is malformed, so its worker's memory is
 * corrupted; or another negative errno. */
int pc_records_add(struct pc_records *r, const struct pc_item *item);

/* Passes the records to `take` in order, one for each entry, until that returns other than 0.
 * Returns that, 0, or negative errno. May be called again. */
int pc_records_each(struct pc_records *r, int (*take)(void *data, const struct pc_record *record),
                    void *data);
void pc_records_free(struct pc_records *r);

/* Compares two paths component by component. */
int pc_path_order(const char *a, const char *b);

#endif
