/* chunk.c - large files, by several workers.
 *
 * Each chunk opens the temporary file anew and writes its own range.  The
 * coordinator sends FINISH when all are in; until then nothing has the final
 * name.  The first chunk comes alone: it makes the file, and may turn out to be a
 * clone.  A chunk may be done twice: it writes the same bytes to the same place.
 *
 * The temporary name is the same in every run, so that the next one finds what an
 * interrupted one left.  Should two runs meet, one of them fails with the file: all
 * jobs know its inode, and FINISH holds a lock on it until it is renamed. */
#include "copy/copier.h"

#include "base/cleanup.h"
#include "sys/sys.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* A file in chunks: the job's text and what it names. */
struct large {
	const char *src_name, *dst_name, *temp_name;
	struct pc_frame f;
	int src_fd, dst_fd;
	struct stat src;
	bool resumed; /* chunks may be in already */
	enum pcopy_step step;
};

static const char *next_text(const char *text)
{
	return text + strlen(text) + 1;
}

static int open_source(const struct pc_copier *c, struct large *l)
{
	l->step = PCOPY_STEP_OPEN_SOURCE;
	l->src_fd = pc_file_open_source(c, &l->f, l->src_name);
	if (l->src_fd < 0)
		return l->src_fd;
	l->step = PCOPY_STEP_STAT;
	if (fstat(l->src_fd, &l->src) < 0)
		return -errno;
	l->step = PCOPY_STEP_CHANGED;
	return pc_file_replaced(&c->job->meta, &l->src) ? 1 : 0;
}

/* Whether the mode is set when the file is whole; else it is made with it, so that
 * umask or access control list apply, and the bits to open it again go at the end. */
static bool sets_mode(const struct pc_copier *c)
{
	return c->options->preserve & (PCOPY_KEEP_MODE | PCOPY_KEEP_OWNER);
}

/* Opens what has the temporary name; what others may have put there is neither
 * waited for nor written to.  The identity of a file of ours is in `ret`. */
static int open_found(const struct large *l, struct stat *ret)
{
	_cleanup_close_ int fd = pc_openat(l->f.dst_fd, l->temp_name,
					   O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);

	if (fd < 0)
		return fd;
	if (fstat(fd, ret) < 0)
		return -errno;
	if (!S_ISREG(ret->st_mode) || ret->st_nlink != 1)
		return -ESTALE;
	return pc_take_fd(&fd);
}

/* Other file systems than those that are known may number a file anew when it is
 * opened again. */
static bool is_temp(const struct pc_copier *c, const struct stat *st)
{
	const struct pc_job *job = c->job;

	return job->temp_ino != 0 &&
	       (!c->close_safe ||
		(st->st_dev == job->temp_dev && st->st_ino == job->temp_ino));
}

static int create_temp(struct pc_copier *c, struct large *l)
{
	mode_t mode = sets_mode(c) ? 0600 : (c->job->meta.mode & 0777) | 0600;

	return pc_openat(l->f.dst_fd, l->temp_name,
			 O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY, mode);
}

/* What an interrupted run left, or a worker that was lost: goes on with it when that
 * is asked for and it is a copy of this source, and else makes it anew. */
static int take_over(struct pc_copier *c, struct large *l)
{
	struct stat st;
	int fd = open_found(l, &st);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
		close(fd);
		return -EBUSY; /* another run is about to give it its final name */
	}
	if (fd >= 0 && c->options->resume && st.st_uid == c->env->uid &&
	    pc_partial_matches(c, fd, &l->src)) {
		l->resumed = true;
		return fd;
	}
	if (fd >= 0)
		close(fd);
	if (unlinkat(l->f.dst_fd, l->temp_name, 0) < 0)
		return -errno;
	return create_temp(c, l);
}

static int make_temp(struct pc_copier *c, struct large *l)
{
	struct stat st;

	l->step = PCOPY_STEP_CREATE;
	l->dst_fd = create_temp(c, l);
	if (l->dst_fd == -EEXIST)
		l->dst_fd = take_over(c, l);
	if (l->dst_fd < 0)
		return l->dst_fd;
	if (fstat(l->dst_fd, &st) < 0) {
		int error = -errno;

		if (!l->resumed) /* else nobody would know it for ours */
			(void)unlinkat(l->f.dst_fd, l->temp_name, 0); /* the error told is the first */
		return error;
	}
	c->job->temp_dev = st.st_dev;
	c->job->temp_ino = st.st_ino;
	return 0;
}

static int open_temp(struct pc_copier *c, struct large *l)
{
	struct stat st;

	l->step = PCOPY_STEP_CREATE;
	l->dst_fd = open_found(l, &st);
	if (l->dst_fd < 0)
		return l->dst_fd;
	l->resumed = c->options->resume;
	return is_temp(c, &st) ? 0 : -ESTALE;
}

static int large_open(struct pc_copier *c, struct large *l,
		      int (*temp)(struct pc_copier *c, struct large *l))
{
	int r;

	*l = (struct large){.src_fd = -1, .dst_fd = -1, .step = PCOPY_STEP_OPEN_DIRECTORY};
	l->src_name = next_text(c->text);
	l->dst_name = next_text(l->src_name);
	l->temp_name = next_text(l->dst_name);
	r = pc_copier_open_dirs(c, c->text, c->job->flags & PC_JOB_TOP, &l->f);
	if (r == 0)
		r = open_source(c, l);
	if (r == 0)
		r = temp(c, l);
	return r;
}

static void large_close(struct pc_copier *c, struct large *l)
{
	pc_close_cleanup(&l->src_fd);
	pc_close_cleanup(&l->dst_fd);
	pc_copier_close_dirs(c, &l->f);
}

/* Named by its own: a large file is counted once, by FINISH or by its failure. */
static void tell(struct pc_copier *c, struct large *l, int r)
{
	c->job->error = r < 0 ? r : -ESTALE;
	if (r != -ECANCELED)
		pc_copier_event(c, PCOPY_EVENT_ERROR, PCOPY_FILE, l->step, r < 0 ? r : 0,
				pc_frame_label(&l->f, l->src_name));
}

/* The first chunk tries to clone, which is the whole file in one step. */
static int copy_range(struct pc_copier *c, struct large *l, struct pc_span *span)
{
	uint64_t end;
	int r;

	if (l->resumed && pc_partial_has(c, l->dst_fd, c->job->meta.size, span->offset))
		return 0;
	if (span->offset == 0 && !l->resumed) {
		struct pc_span all = *span;

		all.length = c->job->meta.size;
		l->step = PCOPY_STEP_CLONE;
		r = pc_data_clone(c, &all);
		c->job->whole = r == 0;
		if (r <= 0)
			return r;
		pc_partial_begin(c, l->dst_fd, &l->src);
	}
	r = pc_data_copy(c, span, &end, &l->step);
	if (r == PC_DATA_CHANGED)
		return 0; /* FINISH sees it, too */
	if (r < 0)
		return r;
	l->step = PCOPY_STEP_SYNC;
	return pc_partial_note(c, l->dst_fd, c->job->meta.size, span->offset);
}

void pc_chunk_job(struct pc_copier *c)
{
	struct pc_span span = {.offset = c->job->offset, .length = c->job->length};
	struct large l;
	int r;

	pc_phase(c, PCOPY_PHASE_OPEN);
	r = large_open(c, &l, span.offset > 0 ? open_temp : make_temp);
	pc_phase(c, PCOPY_PHASE_COPY);
	c->job->locked = !c->write_shared;
	if (r == 0) {
		span.src_fd = l.src_fd;
		span.dst_fd = l.dst_fd;
		span.src_dev = l.src.st_dev;
		span.holes = (uint64_t)l.src.st_blocks * 512 < c->job->meta.size;
		r = copy_range(c, &l, &span);
	}
	pc_phase(c, PCOPY_PHASE_COMMIT);
	if (r == 0 && !c->close_safe) {
		int fd = pc_take_fd(&l.dst_fd);

		l.step = PCOPY_STEP_CLOSE;
		r = pc_file_close_target(c, fd);
	}
	if (r != 0)
		tell(c, &l, r);
	large_close(c, &l);
}

/* What the file is now, and what its mode lacks or has too much. */
static int target_state(struct pc_copier *c, struct large *l, struct pc_target_state *have)
{
	mode_t mode = c->job->meta.mode;
	struct stat st;

	l->step = PCOPY_STEP_STAT_TARGET;
	if (fstat(l->dst_fd, &st) < 0)
		return -errno;
	*have = (struct pc_target_state){
		.mode = st.st_mode & 07777, .uid = st.st_uid, .gid = st.st_gid, .acl = true};
	have->take = ~mode & 0600;
	have->give = pc_meta_left_out(c, &c->job->meta) | (sets_mode(c) ? mode & 0100 : 0);
	return 0;
}

/* Gives the file its length, which may be another by now. */
static int set_length(struct pc_copier *c, struct large *l, uint64_t *size)
{
	const struct pc_span span = {
		.src_fd = l->src_fd, .dst_fd = l->dst_fd, .src_dev = l->src.st_dev};
	struct stat dst;
	int r = 0;

	*size = c->job->meta.size;
	if (pc_file_changed(&c->job->meta, &l->src))
		r = pc_file_catch_up(c, &span, &c->job->meta, size, &l->step);
	if (r < 0)
		return r;
	l->step = PCOPY_STEP_TRUNCATE;
	if (fstat(l->dst_fd, &dst) < 0)
		return -errno;
	if ((uint64_t)dst.st_size == *size) /* a clone: XFS would unshare its last block */
		return 0;
	return pc_sys_ftruncate(l->dst_fd, *size);
}

/* From here on no other run takes the file over, or it did so already. */
static int lock_temp(const struct pc_copier *c, const struct large *l)
{
	struct stat st;

	if (flock(l->dst_fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return -EBUSY;
	if (fstatat(l->f.dst_fd, l->temp_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return is_temp(c, &st) ? 0 : -ESTALE;
}

static int finish(struct pc_copier *c, struct large *l, uint64_t *size)
{
	const struct pc_commit commit = {
		.src_fd = l->src_fd, .temp_name = l->temp_name, .dst_name = l->dst_name,
		.locked = true};
	struct pc_target_state have;
	int r;

	l->step = PCOPY_STEP_RENAME;
	pc_phase(c, PCOPY_PHASE_METADATA);
	r = lock_temp(c, l);
	if (r == 0)
		r = set_length(c, l, size);
	if (r == 0)
		r = target_state(c, l, &have);
	if (r == 0)
		r = pc_meta_apply(c, l->src_fd, l->dst_fd, &c->job->meta, &have, &l->step);
	return r < 0 ? r : pc_file_commit(c, &l->f, &commit, &l->dst_fd, &l->step);
}

/* A worker may have died between the renaming and the answer. */
static bool renamed_already(const struct pc_copier *c, const struct large *l)
{
	struct stat st;

	return c->job->blame > 0 && l->step == PCOPY_STEP_CREATE &&
	       fstatat(l->f.dst_fd, l->dst_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (uint64_t)st.st_size == c->job->meta.size &&
	       pc_target_is_ours(c, l->f.dst_fd, l->dst_name);
}

/* Whether the temporary file is gone; one that is not ours is none. */
static bool remove_temp(struct pc_copier *c, const struct large *l)
{
	_cleanup_close_ int again = -1;
	int fd = l->f.dst_fd;
	struct stat st;

	pc_batch_flush(&c->batch); /* there may be no descriptor left but those */
	if (fd < 0)
		fd = again = pc_copier_open_target(c, c->root, c->text, c->job->flags & PC_JOB_TOP);
	if (fd < 0)
		return false;
	if (fstatat(fd, l->temp_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT;
	return !is_temp(c, &st) || unlinkat(fd, l->temp_name, 0) == 0;
}

/* The temporary file goes, also where the directory could not be opened a moment ago;
 * unless the next run is to go on with it. */
static void drop(struct pc_copier *c, const struct large *l)
{
	bool kept = c->options->resume && pc_queue_canceled(c->queue);

	c->job->left = !kept && c->job->temp_ino != 0 && !remove_temp(c, l);
	c->job->counts.entries[PCOPY_FILE].failed++;
}

void pc_finish_job(struct pc_copier *c)
{
	uint64_t size = c->job->meta.size;
	struct large l;
	int r;

	pc_phase(c, PCOPY_PHASE_OPEN);
	r = large_open(c, &l, open_temp);
	if (c->job->flags & PC_JOB_DROP) {
		drop(c, &l);
		large_close(c, &l);
		return;
	}
	if (r == 0)
		r = finish(c, &l, &size);
	else if (r == -ENOENT && renamed_already(c, &l))
		r = 0;
	if (r != 0) {
		tell(c, &l, r);
		drop(c, &l);
		c->job->error = 0;
	} else {
		c->job->counts.bytes += size;
		pc_copier_done(c, PCOPY_FILE, pc_frame_label(&l.f, l.src_name));
	}
	large_close(c, &l);
}
