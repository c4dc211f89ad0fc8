/* SPDX-License-Identifier: MIT
 *
 * chunk.c - large files, copied by several workers.
 *
 * Each CHUNK job opens the temporary file anew and writes its own range. When all ranges are
 * complete the coordinator sends FINISH; until then no file has the final name. The first chunk
 * runs alone: it creates the file, and may clone it as a whole. A chunk may run twice: it writes
 * the same bytes to the same place.
 *
 * The temporary name is the same in every run, so that a run finds what an interrupted one left.
 * If two runs meet, one of them fails for this file: all jobs know its inode, and FINISH holds a
 * lock on it until it is renamed. */
#include "copy/chunk.h"

#include "base/cleanup.h"
#include "copy/attr.h"
#include "copy/commit.h"
#include "copy/file.h"
#include "copy/meta.h"
#include "copy/partial.h"
#include "copy/target.h"
#include "sys/sys.h"

#include <errno.h>
#include <string.h>

/* A file in chunks: the job's request text and what it names. */
struct large {
	struct pc_entry e;
	const char *temp_name;
	struct pc_frame f;
	int src_fd, dst_fd;
	bool resumed; /* some chunks may be complete already */
	bool locked;  /* this job took the file over and holds its lock */
};

static int large_open_source(struct pc_copier *c, struct large *l)
{
	struct pc_entry *e = &l->e;
	int r;

	e->step = PCOPY_STEP_OPEN_SOURCE;
	l->src_fd = pc_file_open_source(c, e);
	if (l->src_fd < 0)
		return l->src_fd;
	e->step = PCOPY_STEP_STAT;
	r = pc_sys_fstat(l->src_fd, &e->src);
	if (r < 0)
		return r;
	e->step = PCOPY_STEP_CHANGED;
	return pc_file_replaced(&c->walk.job->meta, &e->src) ? 1 : 0;
}

/* Whether FINISH sets the mode. Otherwise the file is created with its final mode, so that umask
 * or default ACL apply, plus the owner's bits to open it again, which FINISH removes. */
static bool sets_mode(const struct pc_copier *c)
{
	return c->walk.options->preserve & (PCOPY_KEEP_MODE | PCOPY_KEEP_OWNER);
}

/* Opens the file with the temporary name. A file that another process may have put there is
 * neither waited for nor written to. `ret` gets the identity of the file opened. */
static int temp_open_found(const struct large *l, struct stat *ret)
{
	_cleanup_fd_ int fd = pc_sys_openat(l->f.dst_fd, l->temp_name,
	                                    O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	int r = fd < 0 ? fd : pc_sys_fstat(fd, ret);

	if (r < 0)
		return r;
	if (!S_ISREG(ret->st_mode) || ret->st_nlink != 1)
		return -ESTALE;
	return pc_take_fd(&fd);
}

/* Whether this is the job's temporary file. Some file systems may give a file another inode
 * number each time it is opened; there any file counts. */
static bool is_temp(const struct pc_copier *c, const struct large *l, const struct stat *st)
{
	const struct pc_job *job = c->walk.job;
	bool stable = l->f.dst_fs && l->f.dst_fs->type->inodes_are_stable;

	return job->temp_ino != 0 &&
	       (!stable || (st->st_dev == job->temp_dev && st->st_ino == job->temp_ino));
}

/* A umask or a default ACL that removes the owner's bits would keep the next chunk from opening the
 * file. */
static int temp_unlock(int fd)
{
	struct stat st;
	int r = pc_sys_fstat(fd, &st);

	if (r < 0 || (st.st_mode & 0600) == 0600)
		return r;
	return pc_sys_fchmod(fd, (st.st_mode & 0777) | 0600);
}

static int temp_create(const struct pc_copier *c, const struct large *l)
{
	mode_t mode = sets_mode(c) ? 0600 : (c->walk.job->meta.mode & 0777) | 0600;
	_cleanup_fd_ int fd = pc_sys_openat(
		l->f.dst_fd, l->temp_name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY, mode);
	int r = fd < 0 ? fd : temp_unlock(fd);

	if (fd >= 0 && r < 0)
		/* the entry's own error is the one reported */
		(void)pc_sys_unlinkat(l->f.dst_fd, l->temp_name, 0);
	return r < 0 ? r : pc_take_fd(&fd);
}

/* Takes over the file that an interrupted run or a lost worker left. It is continued where the
 * options ask for that and it is a copy of this source; otherwise it is created anew. */
static int temp_take_over(struct pc_copier *c, struct large *l)
{
	struct stat st;
	int fd = temp_open_found(l, &st), r = fd < 0 ? fd : pc_sys_lock(fd);

	if (fd >= 0 && r == -EWOULDBLOCK) {
		(void)pc_sys_close(fd); /* nothing was written */
		return -EBUSY;          /* another run is about to rename it */
	}
	if (fd >= 0 && c->walk.options->resume && st.st_uid == c->env->uid &&
	    pc_partial_matches(c, fd, &l->e.src)) {
		l->resumed = true;
		l->locked = r == 0;
		return fd;
	}
	if (fd >= 0)
		(void)pc_sys_close(fd); /* nothing was written */
	r = pc_sys_unlinkat(l->f.dst_fd, l->temp_name, 0);
	return r < 0 ? r : temp_create(c, l);
}

static int temp_make(struct pc_copier *c, struct large *l)
{
	struct stat st;
	int r;

	l->e.step = PCOPY_STEP_CREATE;
	l->dst_fd = temp_create(c, l);
	if (l->dst_fd == -EEXIST)
		l->dst_fd = temp_take_over(c, l);
	if (l->dst_fd < 0)
		return l->dst_fd;
	r = pc_sys_fstat(l->dst_fd, &st);
	if (r < 0) {
		if (!l->resumed) /* without its identity no later job could remove it */
			(void)pc_sys_unlinkat(l->f.dst_fd, l->temp_name, 0);
		return r;
	}
	c->walk.job->temp_dev = st.st_dev;
	c->walk.job->temp_ino = st.st_ino;
	return 0;
}

static int temp_open(struct pc_copier *c, struct large *l)
{
	struct stat st;

	l->e.step = PCOPY_STEP_CREATE;
	l->dst_fd = temp_open_found(l, &st);
	if (l->dst_fd < 0)
		return l->dst_fd;
	l->resumed = c->walk.options->resume;
	return is_temp(c, l, &st) ? 0 : -ESTALE;
}

static int large_open(struct pc_copier *c, struct large *l,
                      int (*temp)(struct pc_copier *c, struct large *l))
{
	bool top = c->walk.job->flags & PC_JOB_TOP;
	const char *src_name = pc_text_next(c->walk.text), *dst_name = pc_text_next(src_name);
	int r;

	l->src_fd = l->dst_fd = -1;
	l->resumed = l->locked = false;
	l->temp_name = pc_text_next(dst_name);
	r = pc_copier_open_dirs(c, c->walk.text, top, &l->f);
	pc_entry_init(&l->e, &l->f, PC_TYPE_FILE, src_name, dst_name);
	l->e.step = PCOPY_STEP_OPEN_DIRECTORY;
	if (r == 0)
		r = large_open_source(c, l);
	return r == 0 ? temp(c, l) : r;
}

static void large_close(struct pc_copier *c, struct large *l)
{
	pc_close_cleanup(&l->src_fd);
	pc_close_cleanup(&l->dst_fd);
	pc_walk_close_dirs(&c->walk, &l->f);
}

/* Reports the failure of a large file, which is counted once: by FINISH or when the file is
 * dropped. */
static void large_failed(struct pc_copier *c, struct large *l, int r)
{
	c->walk.job->error = r < 0 ? r : -ESTALE;
	if (r != -ECANCELED)
		pc_entry_event(c, &l->e, PCOPY_EVENT_ERROR, r < 0 ? r : 0);
}

static struct pc_span large_span(const struct pc_copier *c, const struct large *l)
{
	return (struct pc_span){
		.src_fd = l->src_fd,
		.dst_fd = l->dst_fd,
		.dst_fs = l->f.dst_fs,
		.src_dev = l->e.src.st_dev,
		.offset = c->walk.job->offset,
		.length = c->walk.job->length,
		.holes = (uint64_t)l->e.src.st_blocks * 512 < c->walk.job->meta.size,
	};
}

/* ---- CHUNK ---- */

/* The first chunk tries to clone the whole file in one step. */
static int chunk_copy(struct pc_copier *c, struct large *l)
{
	struct pc_span span = large_span(c, l);
	uint64_t end;
	int r;

	if (l->resumed && pc_partial_has(c, l->dst_fd))
		return 0;
	if (span.offset == 0 && !l->resumed) {
		struct pc_span all = span;

		all.length = c->walk.job->meta.size;
		r = pc_data_clone(c, &l->e, &all);
		c->walk.job->whole = r == 0;
		if (r <= 0)
			return r;
		pc_partial_begin(c, l->dst_fd, &l->e.src);
	}
	r = pc_data_copy(c, &l->e, &span, &end);
	if (r == PC_DATA_CHANGED)
		return 0; /* FINISH detects it, too */
	if (r < 0)
		return r;
	l->e.step = PCOPY_STEP_SYNC;
	return pc_partial_note(c, l->dst_fd);
}

/* Keeps the file from being finished while this chunk is written: two runs write to it where one
 * resumes what the other has not finished. Fails where the other is finishing it, or has. */
static int chunk_lock(struct pc_copier *c, struct large *l)
{
	struct stat st;
	int r;

	if (l->locked)
		return 0;
	r = pc_sys_lock_shared(l->dst_fd);
	if (r == -EWOULDBLOCK)
		return -EBUSY;
	l->locked = r == 0; /* some file systems have no locks */
	r = pc_sys_fstatat(l->f.dst_fd, l->temp_name, &st, AT_SYMLINK_NOFOLLOW);
	if (r < 0)
		return r;
	return is_temp(c, l, &st) ? 0 : -ESTALE;
}

/* Whether the file system refuses writes anywhere but at the end, so that the file must be
 * written in order. */
static bool chunk_is_misplaced(const struct pc_copier *c, const struct large *l, int r)
{
	return c->walk.job->offset > 0 && l->e.step == PCOPY_STEP_WRITE &&
	       (r == -EINVAL || r == -ESPIPE || r == -EOPNOTSUPP);
}

void pc_chunk_job(struct pc_copier *c)
{
	struct large l;
	int r;

	pc_phase(c, PCOPY_PHASE_OPEN);
	r = large_open(c, &l, c->walk.job->offset > 0 ? temp_open : temp_make);
	pc_phase(c, PCOPY_PHASE_COPY);
	c->walk.job->locked = !l.f.dst_fs || !l.f.dst_fs->type->page_locked;
	if (r == 0)
		r = chunk_lock(c, &l);
	if (r == 0)
		r = chunk_copy(c, &l);
	/* closing is not enough: a thread that was just given its own descriptor table holds a
	 * copy of each descriptor as long as it lives */
	if (l.locked)
		(void)pc_sys_unlock(l.dst_fd);
	if (r == 0 && !c->walk.job->whole)
		pc_walk_find_range_ends(&c->walk, l.src_fd, -1);
	pc_phase(c, PCOPY_PHASE_COMMIT);
	if (r == 0 && !l.f.dst_fs->type->close_is_quiet) {
		l.e.step = PCOPY_STEP_CLOSE;
		r = pc_file_close_target(c, l.f.dst_fs, pc_take_fd(&l.dst_fd));
	}
	c->walk.job->in_order = chunk_is_misplaced(c, &l, r);
	if (c->walk.job->in_order)
		c->walk.job->error = r; /* the coordinator then has the file copied as a whole */
	else if (r != 0)
		large_failed(c, &l, r);
	large_close(c, &l);
}

/* ---- FINISH ---- */

/* Collects the current state of the file, and the mode bits that it lacks or has too many. */
static int large_state(struct pc_copier *c, struct large *l, struct pc_target_state *have)
{
	mode_t mode = c->walk.job->meta.mode;
	bool inherits = pc_attr_inherits(l->f.dst_fd);
	struct stat st;
	int r;

	l->e.step = PCOPY_STEP_STAT_TARGET;
	r = pc_sys_fstat(l->dst_fd, &st);
	if (r < 0)
		return r;
	*have = (struct pc_target_state){.mode = st.st_mode & 07777,
	                                 .uid = st.st_uid,
	                                 .gid = st.st_gid,
	                                 .acl = true,
	                                 .inherited = inherits};
	have->take = ~mode & 0600;
	have->take |= 0600 & (inherits ? ~pc_attr_inherited_owner(l->f.dst_fd) : c->env->umask);
	have->give = pc_meta_left_out(c, &c->walk.job->meta) | (sets_mode(c) ? mode & 0100 : 0);
	return 0;
}

/* Sets the file's length. The first step cuts off the record behind the ranges. Only then is
 * appended what the source has gained. */
static int large_set_length(struct pc_copier *c, struct large *l, uint64_t *size)
{
	const struct pc_meta *meta = &c->walk.job->meta;
	const struct pc_span span = large_span(c, l);
	struct stat dst;
	int r;

	*size = meta->size;
	l->e.step = PCOPY_STEP_TRUNCATE;
	r = pc_sys_fstat(l->dst_fd, &dst);
	/* a clone has its length already: XFS would unshare its last block */
	if (r == 0 && (uint64_t)dst.st_size != *size)
		r = pc_sys_ftruncate(l->dst_fd, *size);
	if (r < 0)
		return r;
	if (pc_file_changed(meta, &l->e.src))
		r = pc_file_catch_up(c, &l->e, &span, meta, size);
	else
		r = pc_file_find_end(c, &l->e, &span, size);
	if (r < 0 || (*size == meta->size && !pc_file_changed(meta, &l->e.src)))
		return r;
	l->e.step = PCOPY_STEP_TRUNCATE;
	return pc_sys_ftruncate(l->dst_fd, *size);
}

/* Locks the file: from here on no other run can take it over. Fails where one already did. */
static int large_lock(struct pc_copier *c, struct large *l)
{
	struct stat st;
	int r;

	l->e.step = PCOPY_STEP_RENAME;
	if (pc_sys_lock(l->dst_fd) == -EWOULDBLOCK)
		return -EBUSY;
	r = pc_sys_fstatat(l->f.dst_fd, l->temp_name, &st, AT_SYMLINK_NOFOLLOW);
	if (r < 0)
		return r;
	return is_temp(c, l, &st) ? 0 : -ESTALE;
}

static int large_finish(struct pc_copier *c, struct large *l, uint64_t *size)
{
	const struct pc_commit commit = {
		.src_fd = l->src_fd,
		.dst_fs = l->f.dst_fs,
		.temp_name = l->temp_name,
		.is_new = true,
		.locked = true,
	};
	struct pc_meta_task task = {
		.from = {.fd = l->src_fd}, .to = {.fd = l->dst_fd}, .want = &c->walk.job->meta};
	int r;

	pc_phase(c, PCOPY_PHASE_METADATA);
	r = large_lock(c, l);
	if (r == 0)
		r = large_set_length(c, l, size);
	if (r == 0)
		r = large_state(c, l, &task.have);
	if (r == 0)
		r = pc_meta_apply(c, &l->e, &task);
	return r < 0 ? r : pc_file_commit(c, &l->e, &commit, &l->dst_fd);
}

/* Whether a worker renamed the file and died before it answered. */
static bool renamed_already(const struct pc_copier *c, const struct large *l)
{
	struct stat st;

	return c->walk.job->suspicion > 0 && l->e.step == PCOPY_STEP_CREATE &&
	       pc_sys_fstatat(l->f.dst_fd, l->e.dst_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (uint64_t)st.st_size == c->walk.job->meta.size &&
	       pc_target_is_ours(c, l->f.dst_fd, l->e.dst_name);
}

/* Removes the temporary file. Returns whether it is gone; a file that is not this job's does not
 * count. */
static bool temp_remove(struct pc_copier *c, const struct large *l)
{
	_cleanup_fd_ int again = -1;
	int fd = l->f.dst_fd, r;
	struct stat st;

	pc_batch_flush(&c->walk.batch); /* frees descriptors: there may be no other left */
	if (fd < 0)
		fd = again = pc_walk_open_target(&c->walk, c->walk.root, c->walk.text,
		                                 c->walk.job->flags & PC_JOB_TOP);
	if (fd < 0)
		return false;
	r = pc_sys_fstatat(fd, l->temp_name, &st, AT_SYMLINK_NOFOLLOW);
	if (r < 0)
		return r == -ENOENT;
	return !is_temp(c, l, &st) || pc_sys_unlinkat(fd, l->temp_name, 0) == 0;
}

/* Removes the temporary file after a failure, even where the directory could not be opened a
 * moment ago. A canceled run keeps it if the next one is to resume. */
static void large_drop(struct pc_copier *c, const struct large *l)
{
	struct pc_job *job = c->walk.job;
	bool kept = c->walk.options->resume && pc_queue_canceled(c->walk.queue);

	job->left = !kept && job->temp_ino != 0 && !temp_remove(c, l);
	job->counts.entries[PCOPY_FILE].failed++;
}

/* Copies the file as a whole under its final name, where the file system cannot rename or writes
 * only in order. That it is to be copied, and as the first of its hard links, was decided
 * before. */
static void large_copy_anew(struct pc_copier *c, struct large *l)
{
	struct pc_job *job = c->walk.job;
	uint16_t flags = job->flags;

	pc_close_cleanup(&l->dst_fd);
	job->left = job->temp_ino != 0 && !temp_remove(c, l);
	job->flags |= PC_JOB_FIRST;
	(void)pc_file_copy(c, &l->e); /* if it is no longer a regular file, pc_file_copy()
	                               * reports it */
	job->flags = flags;
	job->error = 0;
}

void pc_finish_job(struct pc_copier *c)
{
	uint64_t size = c->walk.job->meta.size;
	struct large l;
	int r;

	pc_phase(c, PCOPY_PHASE_OPEN);
	r = large_open(c, &l, temp_open);
	if (c->walk.job->flags & PC_JOB_DROP) {
		large_drop(c, &l);
		large_close(c, &l);
		return;
	}
	if (r == 0 && !(c->walk.job->flags & PC_JOB_ANEW))
		r = large_finish(c, &l, &size);
	else if (r == -ENOENT && renamed_already(c, &l))
		r = 0;
	if (pc_rename_is_refused(&l.e, r) && c->walk.options->atomic != PCOPY_ALWAYS)
		l.f.dst_fs->no_rename = true;
	if (l.f.dst_fs && ((c->walk.job->flags & PC_JOB_ANEW) ||
	                   (l.f.dst_fs->no_rename && pc_rename_is_refused(&l.e, r)))) {
		large_copy_anew(c, &l);
	} else if (r != 0) {
		large_failed(c, &l, r);
		large_drop(c, &l);
		c->walk.job->error = 0;
	} else {
		c->walk.job->counts.bytes += size;
		pc_entry_done(c, &l.e);
	}
	large_close(c, &l);
}
