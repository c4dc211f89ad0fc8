/* SPDX-License-Identifier: MIT */
/* records.c - sorts descriptions of entries by an external merge sort.
 *
 *   add -> [ arena ] --full: sort--> run 0 | run 1 | run 2 ...   in one file
 *   each:  the arena's records, sorted, and the head of every run: the least first */
#include "check/records.h"

#include "base/buffer.h"
#include "base/cleanup.h"
#include "sys/sys.h"
#include "job/queue.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES ((size_t)16 << 20)
/* The largest record: a path, a link's text, and the fixed part. */
#define RECORD_MAX ((size_t)PC_TEXT_BYTES + 1024)
#define READ_BYTES ((size_t)64 << 10)
#define ALIGN 8U

/* A sorted part of the file, and how far it was read. */
struct run {
	uint64_t start, end;
	uint64_t pos; /* start of what is not in the buffer yet */
	struct pc_buffer buffer;
	size_t at; /* offset of its head in the buffer */
};

/* `record` points to the records in the arena, in the order of their arrival until they are sorted.
 * When the arena is full it is written as a run and begins anew, so a record is either in the arena
 * or in one run. */
struct pc_records {
	uint32_t root_count;
	char *arena;
	size_t used;
	/* pointers are sorted, so that records need not move */
	struct pc_record **record; /* [count], pointing into the arena */
	size_t count, cap;
	FILE *file; /* NULL: everything fits into the arena */
	struct run *run;
	size_t runs;
};

int pc_records_new(uint32_t root_count, struct pc_records **ret)
{
	struct pc_records *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->root_count = root_count;
	r->arena = malloc(ARENA_BYTES + RECORD_MAX);
	if (!r->arena) {
		free(r);
		return -ENOMEM;
	}
	*ret = r;
	return 0;
}

/* A slash sorts before all other bytes, so that a directory's entries follow it: "a", "a/b", "a-b".
 * An order by bytes alone would put "a-b" between the two. */
int pc_path_order(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (*a == *b)
		return 0;
	if (!*a || !*b)
		return *a ? 1 : -1;
	if (*a == '/' || *b == '/')
		return *a == '/' ? -1 : 1;
	return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
}

static int record_order(const struct pc_record *a, const struct pc_record *b)
{
	if (a->root != b->root)
		return a->root < b->root ? -1 : 1;
	return pc_path_order(a->text, b->text);
}

static int records_compare(const void *a, const void *b)
{
	return record_order(*(struct pc_record *const *)a, *(struct pc_record *const *)b);
}

static void records_sort(struct pc_records *r)
{
	if (r->count > 0)
		qsort(r->record, r->count, sizeof(*r->record), records_compare);
}

/* ---- Runs ---- */

static int run_add(struct pc_records *r, uint64_t start, uint64_t end)
{
	struct run *grown = realloc(r->run, (r->runs + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	r->run = grown;
	r->run[r->runs++] = (struct run){.start = start, .end = end};
	return 0;
}

/* Sorts the arena's records and writes them as a run. Records keep their layout, and their
 * alignment by their sizes. */
static int records_spill(struct pc_records *r)
{
	off_t start, end;

	if (!r->file)
		r->file = tmpfile();
	if (!r->file)
		return -errno;
	records_sort(r);
	start = ftello(r->file);
	for (size_t i = 0; i < r->count; i++) {
		if (fwrite(r->record[i], r->record[i]->size, 1, r->file) != 1)
			return errno ? -errno : -EIO;
	}
	if (fflush(r->file) != 0)
		return -errno;
	end = ftello(r->file);
	r->used = r->count = 0;
	return start < 0 || end < 0 ? -EIO : run_add(r, (uint64_t)start, (uint64_t)end);
}

/* Makes sure that the buffer holds at least `want` bytes of the run. */
static int run_read(struct pc_records *r, struct run *run, size_t want)
{
	size_t have = run->buffer.len - run->at, more;
	ssize_t n;

	if (have >= want)
		return 0;
	if (have > 0)
		memmove(run->buffer.data, run->buffer.data + run->at, have);
	pc_buffer_cut(&run->buffer, have);
	run->at = 0;
	more = want > READ_BYTES ? want : READ_BYTES;
	if (more > run->end - run->pos)
		more = (size_t)(run->end - run->pos);
	if (pc_buffer_reserve(&run->buffer, more) < 0)
		return -ENOMEM;
	n = pc_sys_pread_full(fileno(r->file), run->buffer.data + have, more, (off_t)run->pos);
	if (n < 0)
		return (int)n;
	run->buffer.len = have + (size_t)n;
	run->pos += (uint64_t)n;
	return have + (size_t)n < want ? -EIO : 0;
}

/* The run's first unread record; NULL at its end. It is valid until the run is read again. The size
 * stands at the beginning of a record, so that is read first. */
static int run_head(struct pc_records *r, struct run *run, const struct pc_record **ret)
{
	int rc;

	*ret = NULL;
	if (run->at == run->buffer.len && run->pos == run->end)
		return 0;
	rc = run_read(r, run, sizeof(**ret));
	if (rc == 0)
		rc = run_read(r, run,
		              ((struct pc_record *)(void *)(run->buffer.data + run->at))->size);
	if (rc == 0)
		*ret = (const struct pc_record *)(const void *)(run->buffer.data + run->at);
	return rc;
}

/* ---- Adding and reading ---- */

static int records_grow(struct pc_records *r)
{
	size_t cap = r->cap ? 2 * r->cap : 4096;
	struct pc_record **grown;

	if (r->count < r->cap)
		return 0;
	grown = realloc(r->record, cap * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	r->record = grown;
	r->cap = cap;
	return 0;
}

/* Measures an item's path, and its path and link text, each with its NUL. False: it is
 * malformed. */
static bool item_measure(const struct pc_item *item, size_t *ret_path, size_t *ret_text)
{
	size_t path = strnlen(item->text, item->text_len) + 1, link;

	if (path >= item->text_len)
		return false;
	link = strnlen(item->text + path, item->text_len - path) + 1;
	*ret_path = path;
	*ret_text = path + link;
	return path + link == item->text_len || path + link + PC_DIGEST_BYTES == item->text_len;
}

/* A record may exceed ARENA_BYTES by up to RECORD_MAX, so that it is never split. */
int pc_records_add(struct pc_records *r, const struct pc_item *item)
{
	size_t path_len, text_len, size;
	struct pc_record *record;
	bool digest;

	if (item->root >= r->root_count || !item_measure(item, &path_len, &text_len))
		return -EBADMSG;
	digest = item->text_len > text_len;
	size = (sizeof(struct pc_record) + text_len + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (r->used > ARENA_BYTES) {
		int rc = records_spill(r);

		if (rc < 0)
			return rc;
	}
	if (records_grow(r) < 0)
		return -ENOMEM;
	record = (struct pc_record *)(void *)(r->arena + r->used);
	memset(record, 0, size);
	record->size = (uint32_t)size;
	record->root = item->root;
	record->mode = item->meta.mode;
	record->uid = item->meta.uid;
	record->gid = item->meta.gid;
	record->nlink = item->entries;
	record->bytes = item->meta.size;
	record->device = item->arg;
	record->mtime = item->meta.mtime;
	record->path_len = (uint32_t)path_len - 1;
	record->has_digest = digest;
	memcpy(record->text, item->text, text_len);
	if (digest)
		memcpy(record->digest, item->text + text_len, PC_DIGEST_BYTES);
	r->used += size;
	r->record[r->count++] = record;
	return 0;
}

/* Finds the least of all heads: its run, or r->runs for the arena's record `next`. Linear in the
 * number of runs, each of which has some hundred thousand entries. */
static int records_least(struct pc_records *r, size_t next, size_t *ret_run,
                         const struct pc_record **ret)
{
	*ret_run = r->runs;
	*ret = next < r->count ? r->record[next] : NULL;
	for (size_t i = 0; i < r->runs; i++) {
		const struct pc_record *head;
		int rc = run_head(r, &r->run[i], &head);

		if (rc < 0)
			return rc;
		if (head && (!*ret || record_order(head, *ret) < 0)) {
			*ret = head;
			*ret_run = i;
		}
	}
	return 0;
}

/* Passes a record to `take`, unless the previous one had the same path: paths listed by the
 * caller may lead to an entry twice. */
static int record_give(const struct pc_record *record, struct pc_buffer *before,
                       int (*take)(void *data, const struct pc_record *record), void *data)
{
	size_t head = sizeof(record->root);

	if (before->len == head + record->path_len &&
	    memcmp(before->data, &record->root, head) == 0 &&
	    memcmp(before->data + head, record->text, record->path_len) == 0)
		return 0;
	pc_buffer_cut(before, 0);
	if (pc_buffer_add(before, &record->root, head) < 0 ||
	    pc_buffer_add(before, record->text, record->path_len) < 0)
		return -ENOMEM;
	return take(data, record);
}

/* Runs are read from their starts again, so that a second pass works. */
static int records_each(struct pc_records *r, struct pc_buffer *before,
                        int (*take)(void *data, const struct pc_record *record), void *data)
{
	size_t next = 0, from;
	const struct pc_record *record;
	int rc;

	records_sort(r);
	for (size_t i = 0; i < r->runs; i++) {
		r->run[i].pos = r->run[i].start;
		r->run[i].at = 0;
		pc_buffer_cut(&r->run[i].buffer, 0);
	}
	for (;;) {
		rc = records_least(r, next, &from, &record);
		if (rc < 0 || !record)
			return rc;
		rc = record_give(record, before, take, data);
		if (rc != 0)
			return rc;
		if (from == r->runs)
			next++;
		else
			r->run[from].at += record->size;
	}
}

int pc_records_each(struct pc_records *r, int (*take)(void *data, const struct pc_record *record),
                    void *data)
{
	struct pc_buffer before = {0};
	int rc = records_each(r, &before, take, data);

	pc_buffer_done(&before);
	return rc;
}

void pc_records_free(struct pc_records *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->runs; i++)
		pc_buffer_done(&r->run[i].buffer);
	if (r->file)
		(void)fclose(r->file); /* nothing left to read */
	free(r->run);
	free(r->record);
	free(r->arena);
	free(r);
}
