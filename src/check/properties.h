/* SPDX-License-Identifier: MIT */
/* properties.h - the properties of an entry, according to a file system or a manifest.
 *
 * Two sets of properties are compared and formatted here alone, wherever they came from. */
#ifndef PC_CHECK_PROPERTIES_H
#define PC_CHECK_PROPERTIES_H

#include "base/times.h"
#include "job/job.h"
#include "sys/fs.h"

/* A bit for each property, for masks. */
#define PC_PROPERTY(field) (UINT32_C(1) << (field))

#define PC_PROPERTY_DIGEST_MAX 64U

struct pc_properties {
	uint32_t known; /* mask of PC_PROPERTY(): which of the following are known */
	uint32_t mode;  /* including the file type */
	uint32_t uid, gid;
	uint64_t size;
	uint64_t device;
	struct timespec mtime;
	uint64_t time_granularity; /* granularity of mtime, see base/times.h */
	const char *link;          /* the text of a symbolic link */
	uint32_t nlink;
	unsigned char digest[PC_PROPERTY_DIGEST_MAX];
	unsigned digest_len;
};

/* All properties that a stat has; `link` may be NULL. */
struct pc_properties pc_properties_of(const struct stat *st, const char *link);

/* Finds the granularity of an entry's time, which is needed before two different times count as
 * different. `st` is the source of properties->mtime and belongs to `name` in dirfd. */
void pc_properties_look_at_time(struct pc_properties *properties, const struct stat *st,
                                struct pc_fs_table *fs, int dirfd, const char *name);

/* The properties that a copy with this `preserve` keeps. Hard links are not among them: one name
 * does not show which others belong to its file. */
uint32_t pc_properties_kept(unsigned preserve);

/* Adjusts what is expected of a copy by the ordinary user `uid`: owner and group that he could
 * not set, and the set-id bits, are expected as the copy had to leave them. */
void pc_properties_expect_of_user(struct pc_properties *want, const struct pc_properties *have,
                                  uid_t uid, unsigned preserve);

#define PC_PROPERTY_TEXT (2 * PC_PROPERTY_DIGEST_MAX + 1)
/* Formats a property for messages, in `text` where it needs room. */
const char *pc_property_word(const struct pc_properties *properties, enum pcopy_field field,
                             char text[PC_PROPERTY_TEXT]);

/* Whether a property that both know is equal. */
bool pc_property_agrees(const struct pc_properties *want, const struct pc_properties *have,
                        enum pcopy_field field);

/* A property that differs, with both values formatted (NULL: none). */
struct pc_difference {
	enum pcopy_field field;
	uint64_t offset; /* for data: offset of the first different byte */
	const char *want, *have;
};

/* Passes each of `fields` that both know and that differs to `report`. Where the file types
 * differ, only that; then returns false. */
bool pc_properties_compare(const struct pc_properties *want, const struct pc_properties *have,
                           uint32_t fields,
                           void (*report)(void *data, const struct pc_difference *d), void *data);

#endif
