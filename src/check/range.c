/* SPDX-License-Identifier: MIT */
/* range.c - reads a range of a file on both sides.
 *
 * Both sides are read into the same block, one after the other, and their hashes are compared.
 * So one block instead of two has to stay in the CPU cache. Where the hashes differ the block is
 * read again to find the byte. Holes that both sides have are not read. */
#include "check/range.h"

#include "base/residency.h"
#include "sys/extent.h"
#include "sys/sys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#define XXH_INLINE_ALL /* inline, so that no library has to be loaded at each start */
#include <xxhash.h>

/* The first offset at or behind `pos` where one side has data. Up to `*known` there is data, so
 * that the kernel is asked once for each run of it. */
static uint64_t range_skip_holes(const struct pc_range *s, uint64_t pos, uint64_t end,
                                 uint64_t *known)
{
	struct pc_extent data;

	if (!s->holes || pos < *known)
		return pos;
	data = s->src_fd < 0 ? pc_extent_next(s->dst_fd, pos, end)
	                     : pc_extent_next_of_two(s->dst_fd, s->src_fd, pos, end);
	*known = data.end;
	return data.start;
}

uint64_t pc_range_find_byte(struct pc_checker *c, const struct pc_range *s,
                            char want[PC_PROPERTY_TEXT], char have[PC_PROPERTY_TEXT])
{
	ssize_t src = pc_sys_pread_full(s->src_fd, c->block[0], PC_BLOCK_BYTES, (off_t)s->pos);
	ssize_t dst = pc_sys_pread_full(s->dst_fd, c->block[1], PC_BLOCK_BYTES, (off_t)s->pos);
	ssize_t i = 0;

	while (i < src && i < dst && c->block[0][i] == c->block[1][i])
		i++;
	if (i == src && i == dst)
		return PC_OFFSET_NONE;
	(void)snprintf(want, PC_PROPERTY_TEXT, i < src ? "0x%02x" : "end",
	               (unsigned char)c->block[0][i]);
	(void)snprintf(have, PC_PROPERTY_TEXT, i < dst ? "0x%02x" : "end",
	               (unsigned char)c->block[1][i]);
	return s->pos + (uint64_t)i;
}

static int block_digest(struct pc_checker *c, const struct pc_range *s, size_t len)
{
	return !s->digest || EVP_DigestUpdate(c->digest, c->block[0], len) == 1 ? 0 : -EIO;
}

/* Feeds the zeros of a hole into the digest without reading them. */
static int hole_digest(struct pc_checker *c, const struct pc_range *s, uint64_t len)
{
	if (!s->digest || len == 0)
		return 0;
	memset(c->block[0], 0, len < PC_BLOCK_BYTES ? (size_t)len : PC_BLOCK_BYTES);
	while (len > 0) {
		size_t n = len < PC_BLOCK_BYTES ? (size_t)len : PC_BLOCK_BYTES;
		int r = block_digest(c, s, n);

		if (r < 0 || pc_queue_canceled(c->walk.queue))
			return r < 0 ? r : -ECANCELED;
		len -= n;
	}
	return 0;
}

/* Reads the block of `want` bytes at s->pos of one side. Returns its length, and its hash if
 * `hash` is not NULL; or negative errno. */
static ssize_t block_read(struct pc_checker *c, const struct pc_range *s, int fd, size_t want,
                          XXH128_hash_t *hash)
{
	int r = pc_throttle_wait(c->walk.queue, c->walk.job, want);
	ssize_t n = r < 0 ? r : pc_sys_pread_full(fd, c->block[0], want, (off_t)s->pos);

	pc_throttle_give_back(c->walk.queue, n > 0 ? want - (size_t)n : want);
	if (n >= 0 && hash)
		*hash = XXH3_128bits(c->block[0], (size_t)n);
	return n;
}

/* Compares the block of `want` bytes at s->pos. 0 and the bytes read; 1 where it differs; or
 * negative errno. */
static int block_compare(struct pc_checker *c, struct pc_range *s, size_t want, size_t *ret_got)
{
	XXH128_hash_t src_hash = {0}, dst_hash = {0};
	bool compare = s->src_fd >= 0;
	ssize_t src = 0, dst;
	int r;

	s->step = PCOPY_STEP_READ;
	if (compare)
		src = block_read(c, s, s->src_fd, want, &src_hash);
	if (src < 0)
		return (int)src;
	s->step = PCOPY_STEP_READ_TARGET;
	dst = block_read(c, s, s->dst_fd, want, compare ? &dst_hash : NULL);
	r = dst < 0 ? (int)dst : block_digest(c, s, (size_t)dst);
	if (r < 0)
		return r;
	*ret_got = (size_t)dst;
	atomic_fetch_add_explicit(c->walk.moved, (uint64_t)dst, memory_order_relaxed);
	c->walk.job->counts.method_bytes[PCOPY_METHOD_READ_WRITE] += (uint64_t)dst;
	return compare && (src != dst || !XXH128_isEqual(src_hash, dst_hash));
}

int pc_range_read(struct pc_checker *c, struct pc_range *s)
{
	uint64_t end = s->unsized ? INT64_MAX : s->offset + s->length, known = s->offset;

	s->pos = s->offset;
	while (s->pos < end) {
		uint64_t data = range_skip_holes(s, s->pos, end, &known);
		size_t want, got = 0;
		int r = hole_digest(c, s, data - s->pos);

		s->pos = data;
		if (r == 0 && pc_queue_canceled(c->walk.queue))
			r = -ECANCELED;
		if (r < 0 || data == end)
			return r;
		want = end - data < PC_BLOCK_BYTES ? (size_t)(end - data) : PC_BLOCK_BYTES;
		want = pc_throttle_piece(c->walk.queue, want);
		r = block_compare(c, s, want, &got);
		if (r != 0)
			return r;
		if (got < want) /* the file ends here, whatever length it reports */
			return s->unsized || s->src_fd < 0 ? 0 : 1;
		s->pos += got;
	}
	return 0;
}

/* ---- Reading from disk ---- */

/* Bytes of a file in the page cache; 0 where the kernel does not report it. */
static uint64_t range_resident(int fd, uint64_t size)
{
	uint64_t bytes = 0;

	return pc_residency(fd, size, &bytes) < 0 ? 0 : bytes;
}

/* Syncs the file first, as unwritten pages cannot be dropped. */
int pc_range_make_cold(struct pc_checker *c, int fd, uint64_t size)
{
	int r;

	c->walk.job->counts.warm_bytes += range_resident(fd, size);
	r = pc_sys_fdatasync(fd);
	if (r < 0 && r != -EINVAL && r != -EROFS)
		return r;
	pc_sys_forget_pages(fd); /* advice only, so its effect is measured */
	c->walk.job->counts.cold_bytes += range_resident(fd, size);
	return 0;
}
