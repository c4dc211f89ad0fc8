/* SPDX-License-Identifier: MIT
 *
 * differ.c - whether a target equals its source.
 *
 * Stat data decide first (judge.c): no file is opened whose target agrees. Then the rest is read
 * and compared: the text of a link, with PCOPY_DIFFER_DATA the contents of files, and attributes
 * where either side has any. */
#include "copy/differ.h"

#include "base/cleanup.h"
#include "base/flags.h"
#include "copy/attr.h"
#include "copy/meta.h"
#include "sys/sys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL /* inline, so that no library has to be loaded at each start */
#include <xxhash.h>

#define BLOCK_BYTES (128U << 10)

/* ---- Contents ---- */

static int links_judge(struct pc_entry *e, struct pc_buffer text[2])
{
	const struct pc_frame *f = e->frame;
	size_t length = (size_t)e->src.st_size;
	int r;

	e->step = PCOPY_STEP_READLINK;
	r = pc_copier_read_link(f->src_fd, e->src_name, length, &text[0]);
	if (r < 0)
		return r;
	e->step = PCOPY_STEP_READ_TARGET;
	r = pc_copier_read_link(f->dst_fd, e->dst_name, length, &text[1]);
	if (r < 0)
		return r;
	return strcmp(text[0].data, text[1].data) == 0 ? PC_VERDICT_SKIP : PC_VERDICT_FREE;
}

static int texts_judge(struct pc_entry *e)
{
	struct pc_buffer text[2] = {{0}};
	int r = links_judge(e, text);

	pc_buffer_done(&text[0]);
	pc_buffer_done(&text[1]);
	return r;
}

static int compared_open(struct pc_copier *c, int dirfd, const char *name, bool follow)
{
	int flags = O_RDONLY | O_NOCTTY | (follow ? 0 : O_NOFOLLOW);
	/* a dry run leaves even access times alone; O_NOATIME needs the owner or root */
	bool traceless = c->walk.options->dry_run;
	int fd = -EPERM;

	if (traceless)
		fd = pc_walk_open_waiting(c->walk.queue, dirfd, name, flags | O_NOATIME, 0);
	return fd == -EPERM ? pc_walk_open_waiting(c->walk.queue, dirfd, name, flags, 0) : fd;
}

/* Hashes the block at `at`. Returns its length, or negative errno. */
static ssize_t block_hash(int fd, char *block, off_t at, XXH128_hash_t *ret)
{
	ssize_t len = pc_sys_pread_full(fd, block, BLOCK_BYTES, at);

	if (len >= 0)
		*ret = XXH3_128bits(block, (size_t)len);
	return len;
}

/* Compares two files block by block. Both are read into the same buffer, which stays in the CPU
 * cache. */
static int files_compare(struct pc_copier *c, struct pc_entry *e, const int fd[2])
{
	_cleanup_free_ char *block = malloc(BLOCK_BYTES);
	XXH128_hash_t want, have;
	ssize_t len, other;

	e->step = PCOPY_STEP_READ;
	if (!block)
		return -ENOMEM;
	for (off_t at = 0;; at += len) {
		if (pc_queue_canceled(c->walk.queue))
			return -ECANCELED;
		e->step = PCOPY_STEP_READ;
		len = block_hash(fd[0], block, at, &want);
		if (len < 0)
			return (int)len;
		e->step = PCOPY_STEP_READ_TARGET;
		other = block_hash(fd[1], block, at, &have);
		if (other < 0)
			return (int)other;
		if (len != other || !XXH128_isEqual(want, have))
			return PC_VERDICT_FREE;
		if (len < BLOCK_BYTES)
			return PC_VERDICT_SKIP;
	}
}

/* A target that cannot be read is copied over: the copy then reports what is wrong with it. */
static int files_judge(struct pc_copier *c, struct pc_entry *e)
{
	_cleanup_fd_ int src_fd = -1, dst_fd = -1;

	e->step = PCOPY_STEP_OPEN_SOURCE;
	src_fd = compared_open(c, e->frame->src_fd, e->src_name, pc_entry_follows(c, e));
	if (src_fd < 0)
		return src_fd;
	dst_fd = compared_open(c, e->frame->dst_fd, e->dst_name, pc_entry_goes_through(c, e));
	if (dst_fd < 0)
		return dst_fd == -ECANCELED ? dst_fd : PC_VERDICT_FREE;
	return files_compare(c, e, (const int[2]){src_fd, dst_fd});
}

/* ---- Metadata ---- */

static bool flags_differ(struct pc_copier *c, struct pc_entry *e)
{
	_cleanup_fd_ int src_fd = -1, dst_fd = -1;
	int want, have;

	if (!(c->walk.options->preserve & PCOPY_KEEP_FLAGS) ||
	    (!S_ISREG(e->src.st_mode) && !S_ISDIR(e->src.st_mode)))
		return false;
	src_fd = compared_open(c, e->frame->src_fd, e->src_name, pc_entry_follows(c, e));
	dst_fd = compared_open(c, e->frame->dst_fd, e->dst_name, pc_entry_goes_through(c, e));
	return src_fd >= 0 && dst_fd >= 0 && pc_sys_get_flags(src_fd, &want) == 0 &&
	       pc_sys_get_flags(dst_fd, &have) == 0 && ((want ^ have) & PC_KEPT_FLAGS) != 0;
}

/* A source behind a followed link is opened, as its attributes cannot be read by name. */
static bool attributes_differ(struct pc_copier *c, struct pc_entry *e)
{
	const struct pc_frame *f = e->frame;
	_cleanup_fd_ int src_fd = -1;
	struct pc_attr_pair pair = {.from = {.fd = f->src_fd, .name = e->src_name},
	                            .to = {.fd = f->dst_fd, .name = e->dst_name}};

	if (pc_entry_follows(c, e) && S_ISREG(e->src.st_mode)) {
		src_fd = compared_open(c, f->src_fd, e->src_name, true);
		if (src_fd < 0)
			return false;
		pair.from = (struct pc_sys_file){.fd = src_fd};
	}
	return pc_attr_differs(c, e, &pair);
}

bool pc_differ_directory(struct pc_copier *c, struct pc_entry *e, const struct pc_judged *j,
                         int src_fd)
{
	const struct pc_attr_pair pair = {.from = {.fd = src_fd},
	                                  .to = {.fd = e->frame->dst_fd, .name = e->dst_name},
	                                  .directory = true};

	return !pc_judge_metadata_agrees(j) || pc_attr_differs(c, e, &pair) || flags_differ(c, e);
}

/* ---- Contents and metadata ---- */

int pc_differ_judge(struct pc_copier *c, struct pc_entry *e, const struct pc_judged *j)
{
	int verdict = (int)pc_judge_contents(j);

	if (verdict == PC_VERDICT_LOOK)
		verdict = S_ISLNK(e->src.st_mode) ? texts_judge(e) : files_judge(c, e);
	if (verdict != PC_VERDICT_SKIP)
		return verdict;
	if (pc_judge_metadata_agrees(j) && !attributes_differ(c, e) && !flags_differ(c, e))
		return PC_VERDICT_SKIP;
	return (int)pc_judge_metadata(j);
}

/* Opens both sides where possible: an open file takes more kinds of metadata. */
static void task_open(struct pc_copier *c, struct pc_entry *e, struct pc_meta_task *task, int fd[2])
{
	if (!S_ISREG(e->src.st_mode))
		return;
	fd[0] = compared_open(c, e->frame->src_fd, e->src_name, pc_entry_follows(c, e));
	fd[1] = compared_open(c, e->frame->dst_fd, e->dst_name, pc_entry_goes_through(c, e));
	if (fd[0] >= 0)
		task->from = (struct pc_sys_file){.fd = fd[0]};
	if (fd[1] >= 0)
		task->to = (struct pc_sys_file){.fd = fd[1]};
}

static int metadata_flush(struct pc_copier *c, struct pc_entry *e, int fd)
{
	if (c->walk.options->fsync != PCOPY_FSYNC_FILE || fd < 0)
		return 0;
	e->step = PCOPY_STEP_SYNC;
	return pc_walk_flush(&c->walk, pc_sys_fsync, fd);
}

void pc_differ_set_metadata(struct pc_copier *c, struct pc_entry *e, const struct stat *target)
{
	const struct pc_meta meta = pc_copier_meta(c, &e->src);
	const struct pc_frame *f = e->frame;
	struct pc_meta_task task = {.from = {.fd = f->src_fd, .name = e->src_name},
	                            .to = {.fd = f->dst_fd, .name = e->dst_name},
	                            .want = &meta,
	                            .have = {.mode = PC_MODE_UNKNOWN,
	                                     .uid = target->st_uid,
	                                     .gid = target->st_gid,
	                                     .acl = true}};
	int fd[2] = {-1, -1};
	int r;

	pc_phase(c, PCOPY_PHASE_METADATA);
	task_open(c, e, &task, fd);
	if (fd[1] >= 0)
		task.have.mode = target->st_mode & 07777;
	r = pc_meta_apply(c, e, &task);
	if (r == 0 && fd[0] >= 0 && fd[1] >= 0)
		pc_meta_set_flags(c, e, fd[0], fd[1]);
	if (r == 0)
		r = metadata_flush(c, e, fd[1]);
	if (r < 0)
		pc_entry_fail(c, e, r);
	else
		pc_entry_metadata_set(c, e);
	pc_close_cleanup(&fd[0]);
	pc_close_cleanup(&fd[1]);
}
