/* SPDX-License-Identifier: MIT
 *
 * partial.c - the progress of a large file, recorded in the file itself.
 *
 * A file in chunks has a temporary name and gets its length last. Until then a record lies behind
 * its end: which source it is a copy of, and which of its ranges are complete.
 *
 *      0 ... length ... | header | range[0] range[1] ... range[chunks - 1]
 *
 * The record begins at the next multiple of PLACE_BYTES, so that a hole at the end of the file
 * stays one. So an interrupted copy can continue on any file system without a state file, and
 * setting the length removes the record. Where the record cannot be written the copy goes on
 * without it.
 *
 * The place of a range follows from its start, counted in chunks. Only the last range is shorter
 * than a chunk (a range with holes may be longer), so each place belongs to one range, which one
 * worker writes. The place holds the start and the end of the range: the next run may divide the
 * file differently, as holes can change without a trace in the source's times.
 *
 * The length is the one by which the run divided the file: no range is written behind it, and
 * FINISH cuts off whatever lies behind it before anything else (chunk.c). So the record never
 * becomes part of the contents, whatever happens to the source. */
#include "copy/partial.h"

#include "base/cleanup.h"
#include "sys/sys.h"

#include <string.h>

#define MAGIC "pcopy 2"
#define BOOT_ID_MAX 48U /* keeps a record within one block of a disk */

/* No file system has larger blocks. */
#define PLACE_BYTES (64U << 10)

/* In native byte order: it also holds the machine's boot_id. */
struct header {
	char magic[8];
	uint64_t chunk_bytes;
	uint64_t dev, ino, size;
	int64_t mtime_sec, mtime_nsec;
	int64_t ctime_sec, ctime_nsec;
	/* Without fsync, a crash of the system loses data even of ranges that are recorded. */
	uint64_t synced;
	char boot_id[BOOT_ID_MAX];
};

/* A complete range. */
struct record {
	uint64_t start, end;
};

static struct header header_of(const struct pc_copier *c, const struct stat *src)
{
	struct header h;

	memset(&h, 0, sizeof(h));
	memcpy(h.magic, MAGIC, sizeof(MAGIC));
	h.chunk_bytes = c->walk.options->chunk_bytes;
	h.dev = src->st_dev;
	h.ino = src->st_ino;
	h.size = (uint64_t)src->st_size;
	h.mtime_sec = src->st_mtim.tv_sec;
	h.mtime_nsec = src->st_mtim.tv_nsec;
	h.ctime_sec = src->st_ctim.tv_sec;
	h.ctime_nsec = src->st_ctim.tv_nsec;
	h.synced = c->walk.options->fsync == PCOPY_FSYNC_FILE;
	if (c->env->machines)
		strncpy(h.boot_id, c->env->machines, sizeof(h.boot_id) - 1);
	else
		pc_sys_boot_id(h.boot_id, sizeof(h.boot_id)); /* "": no other run trusts it */
	return h;
}

static off_t header_place(const struct pc_copier *c)
{
	uint64_t size = c->walk.job->meta.size;

	return (off_t)((size + PLACE_BYTES - 1) / PLACE_BYTES * PLACE_BYTES);
}

static off_t record_place(const struct pc_copier *c)
{
	uint64_t place = c->walk.job->offset / c->walk.options->chunk_bytes;

	return header_place(c) + (off_t)(sizeof(struct header) + place * sizeof(struct record));
}

static struct record record_of(const struct pc_job *job)
{
	return (struct record){.start = job->offset, .end = job->offset + job->length};
}

static bool has_known_size(const struct pc_copier *c, const struct stat *src)
{
	return (uint64_t)src->st_size == c->walk.job->meta.size;
}

void pc_partial_begin(const struct pc_copier *c, int fd, const struct stat *src)
{
	struct header h = header_of(c, src);

	if (has_known_size(c, src))
		(void)pc_sys_pwrite_full(fd, &h, sizeof(h), header_place(c)); /* best effort */
}

bool pc_partial_matches(const struct pc_copier *c, int fd, const struct stat *src)
{
	struct header want = header_of(c, src), have;

	if (!has_known_size(c, src) ||
	    pc_sys_pread_full(fd, &have, sizeof(have), header_place(c)) != sizeof(have))
		return false;
	if (have.synced) /* the run that wrote it synced each range, so the data outlive the boot */
		memcpy(have.boot_id, want.boot_id, sizeof(have.boot_id));
	have.synced = want.synced;
	return want.boot_id[0] && memcmp(&have, &want, sizeof(have)) == 0;
}

bool pc_partial_has(const struct pc_copier *c, int fd)
{
	const struct record want = record_of(c->walk.job);
	struct record have;

	return pc_sys_pread_full(fd, &have, sizeof(have), record_place(c)) == sizeof(have) &&
	       have.start == want.start && have.end >= want.end;
}

int pc_partial_note(struct pc_copier *c, int fd)
{
	const struct record done = record_of(c->walk.job);
	int r = c->walk.options->fsync == PCOPY_FSYNC_FILE
	                ? pc_walk_flush(&c->walk, pc_sys_fdatasync, fd)
	                : 0;

	if (r < 0)
		return r;
	(void)pc_sys_pwrite_full(fd, &done, sizeof(done), record_place(c)); /* best effort */
	return 0;
}
