/* chunk.c - large files, by several workers.
 *
 * Each chunk opens the temporary file anew and writes its own range.  The
 * coordinator sends FINISH when all are in; until then nothing has the final
 * name.  The first chunk comes alone, as it may turn out to be a clone.  A chunk
 * may be done twice: it writes the same bytes to the same place. */
#include "copy/copier.h"

#include "base/cleanup.h"
#include "base/sys.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* A file in chunks: the job's text and what it names. */
struct large {
	const char *src_name, *dst_name, *temp_name;
	struct pc_frame f;
	int src_fd, dst_fd;
	struct stat src;
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

/* Whether the mode is set when the file is whole; else it is made with it, so
 * that umask or access control list apply, and the bit to write it goes at the end. */
static bool sets_mode(const struct pc_copier *c)
{
	return c->options->preserve & (PCOPY_KEEP_MODE | PCOPY_KEEP_OWNER);
}

/* The first chunk makes the file.  What others may have put in its place by the
 * time it is opened again is neither waited for nor written to. */
static int open_temp(struct pc_copier *c, struct large *l, int flags)
{
	mode_t mode = sets_mode(c) ? 0600 : (c->job->meta.mode & 0777) | 0200;
	struct stat st;

	l->step = PCOPY_STEP_CREATE;
	l->dst_fd = pc_openat(l->f.dst_fd, l->temp_name,
			      O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | flags, mode);
	if (l->dst_fd < 0)
		return l->dst_fd;
	if (fstat(l->dst_fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) && st.st_nlink == 1 ? 0 : -ESTALE;
}

static int large_open(struct pc_copier *c, struct large *l, int temp_flags)
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
		r = open_temp(c, l, temp_flags);
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

	if (span->offset == 0) {
		struct pc_span all = *span;

		all.length = c->job->meta.size;
		l->step = PCOPY_STEP_CLONE;
		r = pc_data_clone(c, &all);
		c->job->whole = r == 0;
		if (r <= 0)
			return r;
	}
	r = pc_data_copy(c, span, &end, &l->step);
	return r == PC_DATA_CHANGED ? 0 : r; /* FINISH sees it, too */
}

void pc_chunk_job(struct pc_copier *c)
{
	struct pc_span span = {.offset = c->job->offset, .length = c->job->length};
	struct large l;
	/* made once; by a worker that was lost, perhaps */
	int make = span.offset > 0 ? 0 : c->job->blame > 0 ? O_CREAT : O_CREAT | O_EXCL;
	int r;

	pc_phase(c, PCOPY_PHASE_OPEN);
	r = large_open(c, &l, make);
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
	have->take = ~mode & (sets_mode(c) ? 0600 : 0200);
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
	return ftruncate(l->dst_fd, (off_t)*size) < 0 ? -errno : 0;
}

static int commit(struct pc_copier *c, struct large *l, uint64_t *size)
{
	_cleanup_close_ int sealed = -1; /* flags wait for the final name */
	struct pc_target_state have;
	int fd, r;

	pc_phase(c, PCOPY_PHASE_METADATA);
	r = set_length(c, l, size);
	if (r == 0)
		r = target_state(c, l, &have);
	if (r == 0)
		r = pc_meta_apply(c, l->src_fd, l->dst_fd, &c->job->meta, &have, &l->step);
	if (r < 0)
		return r;
	if (c->options->preserve & PCOPY_KEEP_FLAGS)
		sealed = fcntl(l->dst_fd, F_DUPFD_CLOEXEC, 0);
	pc_phase(c, PCOPY_PHASE_COMMIT);
	fd = pc_take_fd(&l->dst_fd);
	l->step = PCOPY_STEP_CLOSE;
	r = pc_file_close_target(c, fd);
	if (r < 0)
		return r;
	l->step = PCOPY_STEP_RENAME;
	if (renameat(l->f.dst_fd, l->temp_name, l->f.dst_fd, l->dst_name) < 0)
		return -errno;
	if (sealed >= 0)
		pc_meta_seal(c, l->src_fd, sealed);
	return 0;
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

static void drop(struct pc_copier *c, struct large *l)
{
	if (l->f.dst_fd >= 0)
		(void)unlinkat(l->f.dst_fd, l->temp_name, 0); /* its failure was told before */
	c->job->counts.entries[PCOPY_FILE].failed++;
}

void pc_finish_job(struct pc_copier *c)
{
	uint64_t size = c->job->meta.size;
	struct large l;
	int r;

	pc_phase(c, PCOPY_PHASE_OPEN);
	r = large_open(c, &l, 0);
	if (c->job->flags & PC_JOB_DROP) {
		drop(c, &l);
		large_close(c, &l);
		return;
	}
	if (r == 0)
		r = commit(c, &l, &size);
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
