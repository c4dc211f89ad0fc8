/* SPDX-License-Identifier: MIT */
/* facts.h - what is said of an entry, by a file system or a manifest.
 *
 * One place compares two of them and words the values, whoever the reader was. */
#ifndef PC_CHECK_FACTS_H
#define PC_CHECK_FACTS_H

#include "base/times.h"
#include "job/job.h"
#include "sys/fs.h"

/* Bits of what is known, or looked at. */
#define PC_FACT(field) (UINT32_C(1) << (field))

#define PC_FACT_DIGEST_MAX 64U

struct pc_facts {
	uint32_t known; /* PC_FACT() of enum pcopy_field */
	uint32_t mode;  /* with the kind */
	uint32_t uid, gid;
	uint64_t size;
	uint64_t device;
	struct timespec mtime;
	uint64_t time_granularity; /* of mtime, see base/times.h */
	const char *link;          /* what a symbolic link names */
	uint32_t nlink;
	unsigned char digest[PC_FACT_DIGEST_MAX];
	unsigned digest_len;
};

/* All that a stat tells; `link` may be NULL. */
struct pc_facts pc_facts_of(const struct stat *st, const char *link);

/* Looks how finely the file system of an entry keeps times: before two that differ are taken for
 * different.  `st` is what facts->mtime is from, and was asked of `name` in dirfd. */
void pc_facts_look_at_time(struct pc_facts *facts, const struct stat *st, struct pc_fs_table *fs,
                           int dirfd, const char *name);

/* The facts that are to be the same after a copy that keeps `preserve`; which names are
 * one file is not seen from one of them. */
uint32_t pc_facts_kept(unsigned preserve);

/* An ordinary user `uid` keeps what he may: the owner and the group that were refused
 * him, and set-id bits with them, are as the copy was to leave them. */
void pc_facts_expect_of_user(struct pc_facts *want, const struct pc_facts *have, uid_t uid,
                             unsigned preserve);

#define PC_FACT_TEXT (2 * PC_FACT_DIGEST_MAX + 1)
/* The value of a fact in words, in `text` or as it is. */
const char *pc_facts_word(const struct pc_facts *facts, enum pcopy_field field,
                          char text[PC_FACT_TEXT]);

/* Whether a fact that both know is the same. */
bool pc_facts_agree(const struct pc_facts *want, const struct pc_facts *have,
                    enum pcopy_field field);

/* What differs, with both values in words (NULL: none). */
struct pc_difference {
	enum pcopy_field field;
	uint64_t offset; /* of data */
	const char *want, *have;
};

/* Gives each of `fields` that both know and that differs to `tell`.  Where the kinds differ,
 * that alone: false. */
bool pc_facts_compare(const struct pc_facts *want, const struct pc_facts *have, uint32_t fields,
                      void (*tell)(void *data, const struct pc_difference *d), void *data);

#endif
