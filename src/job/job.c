/* SPDX-License-Identifier: MIT */
/* job.c - items in a job's text, and small conversions of modes, types and options. */
#include "job/job.h"

#include <errno.h>
#include <string.h>

#define ITEM_ALIGN 8U

uint64_t pc_counts_entries(const struct pc_counts *counts)
{
	uint64_t n = 0;

	for (int k = 0; k < PCOPY_KINDS; k++)
		n += counts->entries[k].copied + counts->entries[k].skipped +
		     counts->entries[k].failed;
	return n;
}

void pc_counts_add(struct pc_counts *sum, const struct pc_counts *more)
{
	for (int k = 0; k < PCOPY_KINDS; k++) {
		sum->entries[k].copied += more->entries[k].copied;
		sum->entries[k].skipped += more->entries[k].skipped;
		sum->entries[k].failed += more->entries[k].failed;
		sum->excluded[k] += more->excluded[k];
	}
	for (int m = 0; m < PCOPY_METHODS; m++) {
		sum->method_bytes[m] += more->method_bytes[m];
		sum->method_files[m] += more->method_files[m];
	}
	sum->warnings += more->warnings;
	sum->unchanged += more->unchanged;
	sum->attributes_set += more->attributes_set;
	sum->bytes += more->bytes;
	sum->differences += more->differences;
	sum->warm_bytes += more->warm_bytes;
	sum->cold_bytes += more->cold_bytes;
	sum->found += more->found;
	sum->removed += more->removed;
	sum->removed_directories += more->removed_directories;
	sum->stayed += more->stayed;
}

/* The clocks are read one after the other, so the difference may be negative. */
uint64_t pc_job_slept_ns(const struct pc_job *job)
{
	uint64_t awake_ns = job->cpu_ns + job->throttled_ns + job->ready_ns;

	return job->busy_ns > awake_ns ? job->busy_ns - awake_ns : 0;
}

uint32_t pc_item_start(uint32_t len)
{
	return (len + ITEM_ALIGN - 1) & ~(ITEM_ALIGN - 1);
}

struct pc_item *pc_item_add(char *text, uint32_t *text_len, size_t cap, enum pc_item_type type,
                            const char *data, size_t len)
{
	uint32_t start = pc_item_start(*text_len);
	size_t size = pc_item_start((uint32_t)(sizeof(struct pc_item) + len + 1));
	struct pc_item *item;

	if (start + size > cap)
		return NULL;
	item = (struct pc_item *)(void *)(text + start);
	memset(item, 0, sizeof(*item));
	item->size = (uint32_t)size;
	item->text_len = (uint32_t)len;
	item->type = (uint16_t)type;
	memcpy(item->text, data, len);
	item->text[len] = '\0';
	*text_len = start + (uint32_t)size;
	return item;
}

/* Whether an item lies within `room` bytes, and its text within the item. */
static bool is_whole(const struct pc_item *item, uint32_t room)
{
	return item->size > sizeof(*item) && item->size <= room && item->size % ITEM_ALIGN == 0 &&
	       item->text_len < item->size - sizeof(*item) && item->text[item->text_len] == '\0';
}

const struct pc_item *pc_item_next(const char *text, uint32_t text_len, uint32_t *pos)
{
	const struct pc_item *item = (const struct pc_item *)(const void *)(text + *pos);

	if (*pos > text_len || text_len - *pos < sizeof(*item) || !is_whole(item, text_len - *pos))
		return NULL;
	*pos += item->size;
	return item;
}

struct pc_meta pc_meta_of(const struct stat *st)
{
	return (struct pc_meta){
		.dev = st->st_dev,
		.ino = st->st_ino,
		.size = (uint64_t)st->st_size,
		.mode = st->st_mode,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.atime = st->st_atim,
		.mtime = st->st_mtim,
	};
}

enum pc_type pc_type_of_mode(uint32_t mode)
{
	return S_ISDIR(mode)   ? PC_TYPE_DIR
	       : S_ISREG(mode) ? PC_TYPE_FILE
	       : S_ISLNK(mode) ? PC_TYPE_LINK
	                       : PC_TYPE_OTHER;
}

enum pcopy_kind pc_kind_of_type(enum pc_type type)
{
	return type == PC_TYPE_DIR    ? PCOPY_DIRECTORY
	       : type == PC_TYPE_FILE ? PCOPY_FILE
	       : type == PC_TYPE_LINK ? PCOPY_SYMLINK
	                              : PCOPY_SPECIAL;
}

enum pcopy_kind pc_kind_of_mode(uint32_t mode)
{
	return pc_kind_of_type(pc_type_of_mode(mode));
}

bool pc_reads_back(const struct pcopy_options *options)
{
	return options->verify != PCOPY_VERIFY_NO || options->manifest || options->digest;
}

bool pc_follows_operands(const struct pcopy_options *options)
{
	return options->dereference != PCOPY_DEREFERENCE_NEVER ||
	       (options->rules & PCOPY_RULE_FOLLOW_OPERANDS);
}

bool pc_is_stream(const struct pcopy_options *options, mode_t mode, bool operand)
{
	return !S_ISREG(mode) && !S_ISDIR(mode) && !S_ISLNK(mode) &&
	       (options->copy_contents || (operand && (options->rules & PCOPY_RULE_READ_OPERANDS)));
}

bool pc_writes_in_place(const struct pcopy_options *options)
{
	return options->make == PCOPY_MAKE_COPIES && options->backup == PCOPY_BACKUP_NONE &&
	       !options->remove_destination;
}

uint64_t pc_way_pack(const struct pcopy_way *way)
{
	return (uint64_t)way->offload | (uint64_t)way->reflink << 8 |
	       (uint64_t)way->seek_hole << 16 | (uint64_t)way->zeros << 17;
}

struct pcopy_way pc_way_unpack(uint64_t number)
{
	return (struct pcopy_way){
		.offload = (enum pcopy_answer)(number & 0xff),
		.reflink = (enum pcopy_answer)(number >> 8 & 0xff),
		.seek_hole = number >> 16 & 1,
		.zeros = number >> 17 & 1,
	};
}
