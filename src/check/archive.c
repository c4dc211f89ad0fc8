/* SPDX-License-Identifier: MIT */
/* archive.c - compares trees through libarchive, which shares no code with the copy.
 *
 * archive_read_disk(3) changes the working directory and umask of its process, so each worker is
 * a process. Each worker walks through the whole source and compares those entries that belong
 * to its share by a hash of their paths: all of them walk, but they divide the reading. A second
 * reader looks up each entry of the source in the target, and another walk finds entries that
 * only the target has. */
#include "check/archive_pair.h"
#include "check/reader.h"

#include "base/cleanup.h"
#include "sys/sys.h"
#include "walk/walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL /* inline, so that no library has to be loaded at each start */
#include <xxhash.h>

/* Space of a job's text that the reports of one entry may need. */
#define REPORT_RESERVE (PC_TEXT_BYTES / 4)

/* ---- Readers ---- */

/* Attributes that are not compared are not read, which saves calls for every entry. */
static int reader_behaviour(const struct pc_reader *r)
{
	unsigned keep = r->options->preserve;
	int flags = 0;

	if (!(keep & (PCOPY_KEEP_XATTR | PCOPY_KEEP_CONTEXT)))
		flags |= ARCHIVE_READDISK_NO_XATTR;
	if (!(keep & PCOPY_KEEP_MODE))
		flags |= ARCHIVE_READDISK_NO_ACL;
	if (!(keep & PCOPY_KEEP_FLAGS))
		flags |= ARCHIVE_READDISK_NO_FFLAGS;
	if (r->options->one_file_system)
		flags |= ARCHIVE_READDISK_NO_TRAVERSE_MOUNTS;
	return flags;
}

/* Creates a reader, for the source with the options applied. "Hybrid" follows a symbolic link that
 * is the operand, and none below it, as cp -H does. Links in the target are never followed: a copy
 * of a followed link is no link any more. NULL: no memory. */
static struct archive *disk_new(const struct pc_reader *r, bool source)
{
	struct archive *a = archive_read_disk_new();

	if (!a)
		return NULL;
	archive_read_disk_set_behavior(a, reader_behaviour(r));
	if (source && r->options->dereference == PCOPY_DEREFERENCE_ALWAYS)
		archive_read_disk_set_symlink_logical(a);
	else if (source && pc_follows_operands(r->options))
		archive_read_disk_set_symlink_hybrid(a);
	else
		archive_read_disk_set_symlink_physical(a);
	return a;
}

/* ---- One entry ---- */

/* ARCHIVE_WARN means that some attribute could not be read; the entry is compared with the rest.
 * libarchive has errors of its own besides errno, with negative numbers; these become -EIO. 1: the
 * end. */
static int header_next(struct archive *a, struct archive_entry *entry)
{
	int rc = archive_read_next_header2(a, entry);

	if (rc == ARCHIVE_OK || rc == ARCHIVE_WARN)
		return 0;
	if (rc == ARCHIVE_EOF)
		return 1;
	return archive_errno(a) > 0 ? -archive_errno(a) : -EIO;
}

/* Looks at a path of one side, which is asked without libarchive: that would open the entry only to
 * report that it is missing. */
static int path_look(const char *path, struct stat *st)
{
	return pc_sys_fstatat(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);
}

/* libarchive does not wait until another process gives up its lease on a file, so this function
 * does. False: the file cannot be opened for another reason. */
static bool lease_wait(struct pc_reader *r, enum pc_side side)
{
	int follow = side == PC_SRC && pc_reader_follows(r) ? 0 : O_NOFOLLOW;
	const char *path = pc_reader_path(r, side);
	int fd = path ? pc_walk_open_waiting(r->queue, AT_FDCWD, path, O_RDONLY | follow, 0)
	              : -ENOMEM;

	return fd >= 0 && pc_sys_close(fd) == 0;
}

/* Reads the entry at a path. The reader never descends, so the first header is the only one. It
 * stays open, as the data of the file are read through it; the caller closes it, also after an
 * error. 0 or negative errno. */
static int header_at(struct archive *a, const char *path, struct archive_entry *entry)
{
	int rc;

	archive_entry_clear(entry);
	if (!path)
		return -ENOMEM;
	if (archive_read_disk_open(a, path) != ARCHIVE_OK)
		return -EIO;
	rc = header_next(a, entry);
	return rc > 0 ? -ENOENT : rc;
}

/* Looks up the current entry in the target and compares it. */
static void target_compare(struct pc_reader *r)
{
	const char *path = pc_reader_path(r, PC_DST);
	struct stat st;
	int rc = path ? path_look(path, &st) : -ENOMEM;

	if (!path)
		return;
	if (rc == -ENOENT)
		pc_reader_report(r, &(struct pc_difference){.field = PCOPY_FIELD_MISSING});
	else if (rc < 0)
		pc_reader_fail(r, PCOPY_STEP_STAT_TARGET, rc);
	if (rc < 0)
		return;
	rc = header_at(r->target, path, r->entry[PC_DST]);
	if (rc == -EAGAIN && lease_wait(r, PC_DST)) {
		(void)archive_read_close(r->target);
		rc = header_at(r->target, pc_reader_path(r, PC_DST), r->entry[PC_DST]);
	}
	if (rc == 0)
		pc_archive_pair_compare(r);
	else if (!pc_queue_canceled(r->queue))
		pc_reader_fail(r, PCOPY_STEP_OPEN_TARGET, rc);
	(void)archive_read_close(r->target); /* only read */
}

/* ---- Walks ---- */

static bool reader_skips(const struct pc_reader *r, enum pc_mark mark)
{
	if (r->env->not_copied &&
	    pc_path_set_has(r->env->not_copied, r->job->root, r->path, strlen(r->path), mark))
		return true;
	return mark == PC_MARK_ITSELF && pc_check_is_overwritten(r->env, r->job->root, r->path);
}

/* Whether the current entry belongs to this job and was not compared before. The hash spreads the
 * entries evenly over the shares, which no division by directories would. `seen` counts the entries
 * of this share in the order of the walk. A job that continues another one walks from the start
 * again and skips as many as were compared: libarchive cannot begin a walk in the middle. */
static bool reader_takes(const struct pc_reader *r, uint64_t *seen)
{
	if (XXH3_64bits(r->path, strlen(r->path)) % r->job->length != r->job->offset)
		return false;
	return ++*seen > r->job->meta.size;
}

/* The pathname of an entry begins with that of the tree, which trees_open() made absolute. */
static void reader_take_entry(struct pc_reader *r, struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry) + r->base[PC_SRC].len;

	r->path = path + strspn(path, "/");
	r->kind = pc_kind_of_mode((uint32_t)archive_entry_filetype(entry));
}

/* Compares an entry that was under a lease when the walk reached it. The walk is past it now, so
 * another reader reads it. */
static void source_reread(struct pc_reader *r)
{
	struct archive *walk = r->source;
	int rc = -EAGAIN;

	r->source = disk_new(r, true);
	if (!r->source)
		rc = -ENOMEM;
	else if (lease_wait(r, PC_SRC))
		rc = header_at(r->source, pc_reader_path(r, PC_SRC), r->entry[PC_SRC]);
	if (rc == 0) {
		reader_take_entry(r, r->entry[PC_SRC]);
		target_compare(r);
	} else if (!pc_queue_canceled(r->queue)) {
		pc_reader_fail(r, PCOPY_STEP_OPEN_SOURCE, rc);
	}
	if (r->source)
		(void)archive_read_free(r->source); /* only read */
	r->source = walk;
}

/* Where the text is full, hands the rest back for another job. Asked after each entry, as the
 * reports of one entry stay together: these usually take less than REPORT_RESERVE, and a job in
 * which they do not fit fails. */
static bool reader_hand_back_rest(struct pc_reader *r, uint64_t seen)
{
	struct pc_item *item;

	if (r->job->text_len + REPORT_RESERVE < PC_TEXT_BYTES)
		return false;
	item = pc_result_add(r->job, r->text, PC_ITEM_MORE, "", 0);
	if (item)
		item->arg = seen;
	else
		r->job->error = -ENOBUFS;
	return true;
}

/* Compares the entry at which the walk stands; `error` is the result of reading it. */
static void reader_compare(struct pc_reader *r, int error)
{
	if (error == 0 && reader_skips(r, PC_MARK_ITSELF))
		r->job->counts.entries[r->kind].skipped++;
	else if (error == 0)
		target_compare(r);
	else if (error == -EAGAIN)
		source_reread(r);
	else
		pc_reader_fail(r, PCOPY_STEP_OPEN_SOURCE, error);
}

/* Walks through the source. An entry that cannot be read is reported by the job that it belongs to,
 * and the walk goes on. An error without a pathname is one of the walk itself, which ends the job.
 * Every job descends into every directory, whichever share that belongs to. False: the rest was
 * handed back. */
static bool source_walk(struct pc_reader *r, uint64_t *seen)
{
	int rc;

	while (!pc_queue_canceled(r->queue)) {
		archive_entry_clear(r->entry[PC_SRC]);
		rc = header_next(r->source, r->entry[PC_SRC]);
		if (rc > 0)
			return true;
		if (rc < 0 && !archive_entry_pathname(r->entry[PC_SRC])) {
			r->job->error = rc;
			return true;
		}
		reader_take_entry(r, r->entry[PC_SRC]);
		r->changed = pc_time_order(&archive_entry_stat(r->entry[PC_SRC])->st_ctim,
		                           &r->env->started) >= 0;
		if (reader_skips(r, PC_MARK_TREE)) {
			r->job->counts.entries[r->kind].skipped += reader_takes(r, seen);
			continue;
		}
		if (reader_takes(r, seen)) {
			reader_compare(r, rc);
			if (reader_hand_back_rest(r, *seen))
				return false;
		}
		if (rc == 0 && archive_read_disk_can_descend(r->source))
			/* on failure it is treated as a leaf */
			(void)archive_read_disk_descend(r->source);
	}
	return true;
}

/* Walks through the target to find entries that only it has. Of a tree that only the target has the
 * uppermost directory is reported and not entered, as in work.c. */
static void target_walk(struct pc_reader *r, uint64_t *seen)
{
	struct stat st;
	int rc;

	r->changed = false;
	while (!pc_queue_canceled(r->queue)) {
		const char *path;

		archive_entry_clear(r->entry[PC_DST]);
		rc = header_next(r->target, r->entry[PC_DST]);
		path = archive_entry_pathname(r->entry[PC_DST]);
		if (rc > 0)
			return;
		if (!path) {
			r->job->error = rc;
			return;
		}
		/* an unreadable entry exists all the same */
		path += r->base[PC_DST].len;
		r->path = path + strspn(path, "/");
		r->kind = pc_kind_of_mode((uint32_t)archive_entry_filetype(r->entry[PC_DST]));
		path = pc_reader_path(r, PC_SRC);
		if (!path)
			return;
		if (path_look(path, &st) == -ENOENT) {
			if (reader_takes(r, seen))
				pc_reader_report(
					r, &(struct pc_difference){.field = PCOPY_FIELD_EXTRA});
			if (reader_hand_back_rest(r, *seen))
				return;
		} else if (rc == 0 && archive_read_disk_can_descend(r->target)) {
			/* on failure it is treated as a leaf */
			(void)archive_read_disk_descend(r->target);
		}
	}
}

/* ---- A job ---- */

/* The absolute path of an operand: that of its anchor directory and its name. */
static int base_find(struct pc_buffer *base, const struct pc_anchor *top, const char *name)
{
	_cleanup_free_ char *real = realpath(top->path, NULL);

	pc_buffer_cut(base, 0);
	if (!real)
		return -errno;
	if (pc_buffer_add(base, real, strcmp(real, "/") == 0 ? 0 : strlen(real)) < 0)
		return -ENOMEM;
	if (strcmp(name, ".") == 0)
		return base->len > 0 ? 0 : pc_buffer_add(base, "/", 1);
	if (pc_buffer_add(base, "/", 1) < 0 || pc_buffer_add(base, name, strlen(name)) < 0)
		return -ENOMEM;
	return 0;
}

/* The paths must be absolute, as libarchive changes the working directory. */
static int trees_open(struct pc_reader *r)
{
	const struct pc_root *root = &r->env->root[r->job->root];
	int rc = base_find(&r->base[PC_SRC], root->src_anchor, root->src_name);

	if (rc == 0)
		rc = base_find(&r->base[PC_DST], root->dst_anchor, root->dst_name);
	if (rc < 0)
		return rc;
	r->source = disk_new(r, true);
	r->target = disk_new(r, false);
	if (!r->source || !r->target)
		return -ENOMEM;
	pc_reader_exclude(r, r->source, PC_SRC);
	return archive_read_disk_open(r->source, r->base[PC_SRC].data) == ARCHIVE_OK
	               ? 0
	               : -archive_errno(r->source);
}

static void trees_close(struct pc_reader *r)
{
	if (r->source)
		(void)archive_read_free(r->source); /* only read */
	if (r->target)
		(void)archive_read_free(r->target);
	r->source = r->target = NULL;
}

/* Entries that only the target has are looked for when the source is done, so `seen` counts
 * both. */
static void share_compare(struct pc_reader *r)
{
	uint64_t seen = 0;
	int rc = trees_open(r);

	if (rc == 0 && source_walk(r, &seen) && r->env->both && r->job->error == 0) {
		struct stat st;

		/* a target that is missing altogether was reported */
		if (path_look(r->base[PC_DST].data, &st) == 0 &&
		    archive_read_disk_open(r->target, r->base[PC_DST].data) == ARCHIVE_OK) {
			pc_reader_exclude(r, r->target, PC_DST);
			target_walk(r, &seen);
		}
	}
	if (rc < 0)
		r->job->error = rc;
	trees_close(r);
}

/* ---- The worker's lifetime ---- */

static void reader_end(void *context)
{
	struct pc_reader *r = context;

	archive_entry_free(r->entry[PC_SRC]);
	archive_entry_free(r->entry[PC_DST]);
	pc_buffer_done(&r->base[PC_SRC]);
	pc_buffer_done(&r->base[PC_DST]);
	pc_buffer_done(&r->full);
	pc_buffer_done(&r->event);
	pc_reader_exclude_done(r);
	pc_fs_table_done(&r->fs);
	free(r);
}

/* Refuses to run in the coordinator's process, whose working directory would change. */
static int reader_begin(void *env, struct pc_queue *queue, unsigned worker, void **ret)
{
	const struct pc_check_env *check_env = env;
	struct pc_reader *r;

	(void)worker;
	if (getpid() == check_env->coordinator)
		return -ECHILD;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->env = env;
	r->options = check_env->options;
	r->queue = queue;
	r->entry[PC_SRC] = archive_entry_new();
	r->entry[PC_DST] = archive_entry_new();
	if (!r->entry[PC_SRC] || !r->entry[PC_DST]) {
		reader_end(r);
		return -ENOMEM;
	}
	*ret = r;
	return 0;
}

static void reader_run(void *context, unsigned slot, struct pc_job *job, char *text)
{
	struct pc_reader *r = context;

	r->job = job;
	r->text = text;
	r->moved = pc_queue_moved(r->queue, slot);
	r->path = "";
	if (job->kind == PC_JOB_SHARE)
		share_compare(r);
	else
		job->error = -EOPNOTSUPP;
}

bool pc_check_has_archive(void)
{
	return pc_archive_load();
}

struct pc_work pc_check_archive_work(struct pc_check_env *env)
{
	return (struct pc_work){
		.env = env,
		.begin = reader_begin,
		.run = reader_run,
		.end = reader_end,
	};
}
