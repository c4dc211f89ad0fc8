/* SPDX-License-Identifier: MIT */
/* plain.c - compares files whose length is not their real one, without libarchive.
 *
 * Both files are read to their ends, block by block at the same offsets, and the first different
 * byte is reported; "end" stands for the value behind the shorter one's end. Contents that change
 * while they are read, as those in /proc do, can differ without an error of the copy. Both
 * descriptors are open or none. */
#include "check/plain.h"

#include "base/cleanup.h"
#include "sys/sys.h"
#include "walk/walk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define PLAIN_BYTES ((size_t)64 << 10)

static void plain_close(struct pc_plain *p)
{
	for (int side = 0; side < PC_SIDES; side++)
		pc_close_cleanup(&p->fd[side]);
}

/* Opens the file that `st` describes. If another file took its place, it is not waited for, and not
 * compared with what libarchive said about the one before. */
static int plain_open_side(struct pc_reader *r, enum pc_side side, const struct stat *st)
{
	bool follow = side == PC_SRC && pc_reader_follows(r);
	const char *path = pc_reader_path(r, side);
	_cleanup_fd_ int fd = -ENOMEM;
	struct stat now;

	if (path)
		fd = pc_walk_open_waiting(r->queue, AT_FDCWD, path,
		                          O_RDONLY | O_NOCTTY | (follow ? 0 : O_NOFOLLOW), 0);
	if (fd < 0 || pc_sys_fstat(fd, &now) < 0 || !pc_same_inode(&now, st))
		return -ESTALE;
	return pc_take_fd(&fd);
}

/* Files of equal length with allocated blocks are taken to be real without asking their file
 * systems. */
bool pc_plain_open(struct pc_reader *r, const struct stat st[PC_SIDES], struct pc_plain *p)
{
	bool lies = false;

	if (!S_ISREG(st[PC_SRC].st_mode) || !S_ISREG(st[PC_DST].st_mode) ||
	    (st[PC_SRC].st_size == st[PC_DST].st_size && st[PC_SRC].st_size > 0 &&
	     st[PC_SRC].st_blocks > 0 && st[PC_DST].st_blocks > 0))
		return false;
	*p = (struct pc_plain){{-1, -1}};
	for (int side = 0; side < PC_SIDES; side++) {
		p->fd[side] = plain_open_side(r, (enum pc_side)side, &st[side]);
		if (p->fd[side] < 0)
			break;
		lies = lies ||
		       !pc_fs_find(&r->fs, st[side].st_dev, p->fd[side])->type->sizes_are_true;
	}
	if (lies && p->fd[PC_DST] >= 0)
		return true;
	plain_close(p);
	return false;
}

/* Formats a byte; `i` may lie behind the last one. */
static void plain_word(char word[8], const char *data, ssize_t i, ssize_t len)
{
	(void)snprintf(word, 8, i < len ? "0x%02x" : "end", (unsigned char)data[i < len ? i : 0]);
}

/* Compares the next block. 0: equal; 1: the end of both, or a difference that was reported; or
 * negative errno and the step. */
static int plain_compare_block(struct pc_reader *r, const struct pc_plain *p, char *data[PC_SIDES],
                               uint64_t at, enum pcopy_step *step)
{
	char word[PC_SIDES][8];
	ssize_t len[PC_SIDES], i = 0;

	for (int side = 0; side < PC_SIDES; side++) {
		*step = side == PC_SRC ? PCOPY_STEP_READ : PCOPY_STEP_READ_TARGET;
		len[side] = pc_throttle_wait(r->queue, r->job, PLAIN_BYTES);
		if (len[side] == 0)
			len[side] =
				pc_sys_pread_full(p->fd[side], data[side], PLAIN_BYTES, (off_t)at);
		if (len[side] < 0)
			return (int)len[side];
		pc_throttle_give_back(r->queue, PLAIN_BYTES - (size_t)len[side]);
	}
	while (i < len[PC_SRC] && i < len[PC_DST] && data[PC_SRC][i] == data[PC_DST][i])
		i++;
	atomic_fetch_add_explicit(r->moved, (uint64_t)i, memory_order_relaxed);
	if (i == len[PC_SRC] && i == len[PC_DST])
		return (size_t)i < PLAIN_BYTES;
	for (int side = 0; side < PC_SIDES; side++)
		plain_word(word[side], data[side], i, len[side]);
	pc_reader_report(r, &(struct pc_difference){PCOPY_FIELD_DATA, at + (uint64_t)i,
	                                            word[PC_SRC], word[PC_DST]});
	return 1;
}

void pc_plain_compare(struct pc_reader *r, struct pc_plain *p)
{
	_cleanup_free_ char *room = malloc(PC_SIDES * PLAIN_BYTES);
	char *data[PC_SIDES] = {room, room ? room + PLAIN_BYTES : NULL};
	enum pcopy_step step = PCOPY_STEP_READ;
	int rc = room ? 0 : -ENOMEM;

	for (uint64_t at = 0; rc == 0 && !pc_queue_canceled(r->queue); at += PLAIN_BYTES)
		rc = plain_compare_block(r, p, data, at, &step);
	if (rc < 0 && rc != -ECANCELED)
		pc_reader_fail(r, step, rc);
	plain_close(p);
}
