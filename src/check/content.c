/* SPDX-License-Identifier: MIT */
/* content.c - compares the contents of files and reports differences.
 *
 * A file is compared once, either here or by several workers in ranges; FINISH then reports and
 * counts it. At most one difference of data is reported for a file, the first; where lengths
 * differ, only these. Nothing but a regular file is read: its type is asked of the open descriptor,
 * as another entry may have taken its place since it was listed.
 *
 * Descriptors belong to struct pc_pair until range_open_sides() moves them to a struct pc_range.
 * They are closed through the worker's batch, several by one call. */
#include "check/content.h"
#include "check/pair.h"
#include "check/range.h"

#include "base/cleanup.h"
#include "sys/sys.h"

#include <errno.h>
#include <string.h>

/* Whether a file's reported length is real: file systems that generate contents on reading
 * report 0 or a page. Depends on the file's own file system, as a single file can be mounted
 * anywhere. */
static bool content_size_is_true(struct pc_checker *c, const struct stat *st, int fd)
{
	return pc_fs_find(&c->walk.fs, st->st_dev, fd)->type->sizes_are_true;
}

/* Whether both sides must be read to their ends, whatever lengths they report. Files with data on a
 * disk report true ones, so the file system is asked only about empty files, files without blocks
 * and differing lengths: generated files are among those. */
static bool content_is_unsized(struct pc_checker *c, const struct pc_pair *p,
                               const struct pc_range *s)
{
	if (s->src_fd < 0)
		return (p->dst.st_size == 0 || p->dst.st_blocks == 0) &&
		       !content_size_is_true(c, &p->dst, s->dst_fd);
	if (p->src.st_size == p->dst.st_size && p->src.st_size > 0 && p->src.st_blocks > 0 &&
	    p->dst.st_blocks > 0)
		return false;
	return !content_size_is_true(c, &p->src, s->src_fd) ||
	       !content_size_is_true(c, &p->dst, s->dst_fd);
}

/* st_blocks counts units of 512 bytes, whatever the block size of the file system. */
static bool content_has_holes(const struct stat *st)
{
	return (uint64_t)st->st_blocks * 512 < (uint64_t)st->st_size;
}

/* Opens a regular file of the pair. If another kind of file took its place, it is not waited
 * for. */
static int side_open(const struct pc_checker *c, int dirfd, const char *name, bool follow,
                     struct stat *st)
{
	_cleanup_fd_ int fd = pc_walk_open_waiting(
		c->walk.queue, dirfd, name, O_RDONLY | O_NOCTTY | (follow ? 0 : O_NOFOLLOW), 0);

	int r = fd < 0 ? fd : pc_sys_fstat(fd, st);

	if (r < 0)
		return r;
	return S_ISREG(st->st_mode) ? pc_take_fd(&fd) : -ESTALE;
}

static void range_close(struct pc_checker *c, const struct pc_range *s)
{
	if (s->src_fd >= 0)
		pc_batch_add(&c->walk.batch, s->src_fd);
	if (s->dst_fd >= 0)
		pc_batch_add(&c->walk.batch, s->dst_fd);
}

static void range_close_source(struct pc_checker *c, struct pc_range *s)
{
	range_close(c, &(struct pc_range){.src_fd = s->src_fd, .dst_fd = -1});
	s->src_fd = -1;
}

bool pc_content_open(struct pc_checker *c, struct pc_pair *p)
{
	const struct pc_frame *f = p->f;

	if (c->env->index)
		return false;
	/* an existing entry may be of any kind: a device must not be opened just to look at it */
	if (c->env->both &&
	    (pc_sys_fstatat(f->dst_fd, p->dst_name, &p->dst, AT_SYMLINK_NOFOLLOW) < 0 ||
	     !S_ISREG(p->dst.st_mode)))
		return false;
	p->dst_fd =
		side_open(c, f->dst_fd, p->dst_name, pc_pair_follows_target(c, p, false), &p->dst);
	if (p->dst_fd < 0) {
		p->dst_fd = -1;
		return false;
	}
	if (!c->env->compare) {
		p->src = p->dst;
		return true;
	}
	p->src_fd = side_open(c, f->src_fd, p->src_name, pc_walk_follows(&c->walk, f), &p->src);
	if (p->src_fd >= 0)
		return true;
	pc_content_close(c, p);
	p->src_fd = p->dst_fd = -1;
	return false;
}

void pc_content_close(struct pc_checker *c, const struct pc_pair *p)
{
	range_close(c, &(struct pc_range){.src_fd = p->src_fd, .dst_fd = p->dst_fd});
}

/* Sides that pc_content_open() opened are used as they are. */
static int range_open_sides(struct pc_checker *c, struct pc_pair *p, struct pc_range *s)
{
	*s = (struct pc_range){.src_fd = p->src_fd, .dst_fd = p->dst_fd};
	s->step = PCOPY_STEP_OPEN_SOURCE;
	if (c->env->compare && s->src_fd < 0) {
		s->src_fd = side_open(c, p->f->src_fd, p->src_name, pc_walk_follows(&c->walk, p->f),
		                      &p->src);
		if (s->src_fd < 0)
			return s->src_fd;
	}
	s->step = PCOPY_STEP_OPEN_TARGET;
	if (s->dst_fd < 0)
		s->dst_fd = side_open(c, p->f->dst_fd, p->dst_name,
		                      pc_pair_follows_target(c, p, false), &p->dst);
	if (s->dst_fd < 0)
		return s->dst_fd;
	s->length = (uint64_t)p->dst.st_size;
	s->unsized = content_is_unsized(c, p, s);
	s->holes = !s->unsized && content_has_holes(&p->dst) &&
	           (s->src_fd < 0 || content_has_holes(&p->src));
	s->step = PCOPY_STEP_READ_TARGET;
	return c->env->cold ? pc_range_make_cold(c, s->dst_fd, s->length) : 0;
}

static void content_report(struct pc_checker *c, const struct pc_pair *p, enum pcopy_field field,
                           const char *want, const char *have)
{
	pc_checker_report(c, p,
	                  &(struct pc_difference){.field = field, .want = want, .have = have});
}

static void content_report_size(struct pc_checker *c, const struct pc_pair *p)
{
	struct pc_properties want = pc_properties_of(&p->src, NULL),
			     have = pc_properties_of(&p->dst, NULL);
	char want_text[PC_PROPERTY_TEXT], have_text[PC_PROPERTY_TEXT];

	content_report(c, p, PCOPY_FIELD_SIZE, pc_property_word(&want, PCOPY_FIELD_SIZE, want_text),
	               pc_property_word(&have, PCOPY_FIELD_SIZE, have_text));
}

/* Reports the first different byte of the block at s->pos. */
static void content_report_data(struct pc_checker *c, const struct pc_pair *p,
                                const struct pc_range *s)
{
	char want[PC_PROPERTY_TEXT] = "unsteady", have[PC_PROPERTY_TEXT] = "unsteady";
	uint64_t at = pc_range_find_byte(c, s, want, have);

	pc_checker_report(c, p,
	                  &(struct pc_difference){PCOPY_FIELD_DATA,
	                                          at == PC_OFFSET_NONE ? s->pos : at, want, have});
}

/* The digest of the target that is needed, or NULL. */
static const EVP_MD *content_digest_wanted(const struct pc_checker *c, const struct pc_pair *p)
{
	if (c->env->record)
		return EVP_sha256();
	if (!p->listed || !(p->listed->properties.known & PC_PROPERTY(PCOPY_FIELD_DIGEST)))
		return NULL;
	switch (p->listed->digest) {
	case PC_DIGEST_SHA512:
		return EVP_sha512();
	case PC_DIGEST_SHA384:
		return EVP_sha384();
	case PC_DIGEST_SHA256:
		return EVP_sha256();
	case PC_DIGEST_SHA1:
		return EVP_sha1();
	case PC_DIGEST_MD5:
		return EVP_md5();
	default:
		return NULL;
	}
}

/* One context serves all files of a worker. */
static int content_digest_begin(struct pc_checker *c, const EVP_MD *digest)
{
	if (!c->digest)
		c->digest = EVP_MD_CTX_new();
	return c->digest && EVP_DigestInit_ex(c->digest, digest, NULL) == 1 ? 0 : -ENOMEM;
}

/* Compares the target's digest with the manifest's. */
static void content_compare_digest(struct pc_checker *c, const struct pc_pair *p,
                                   const unsigned char *digest)
{
	struct pc_properties have = p->listed->properties;
	char want_text[PC_PROPERTY_TEXT], have_text[PC_PROPERTY_TEXT];

	if (memcmp(have.digest, digest, have.digest_len) == 0)
		return;
	memcpy(have.digest, digest, have.digest_len);
	content_report(c, p, PCOPY_FIELD_DIGEST,
	               pc_property_word(&p->listed->properties, PCOPY_FIELD_DIGEST, want_text),
	               pc_property_word(&have, PCOPY_FIELD_DIGEST, have_text));
}

/* Whether several workers compare the file, each a range. Not for digests, which need the bytes in
 * order, and not where targets are read from disk, as pages are dropped for a whole file at once.
 * Files with few data in a great length are not worth it. */
static bool content_is_large(const struct pc_checker *c, const struct pc_pair *p)
{
	uint64_t limit = c->walk.options->chunk_bytes;

	return limit > 0 && c->env->compare && !c->env->record && !c->env->cold &&
	       (uint64_t)p->src.st_size > limit && p->src.st_size == p->dst.st_size &&
	       (uint64_t)p->src.st_blocks * 512 > limit;
}

/* Bytes of the file that are read: everything, where one side has no holes. The coordinator weighs
 * ranges by it. */
static uint64_t content_data(const struct pc_pair *p)
{
	const struct stat *st = p->src.st_blocks > p->dst.st_blocks ? &p->src : &p->dst;

	return (uint64_t)st->st_blocks * 512;
}

static void content_count(struct pc_checker *c, uint64_t bytes)
{
	c->walk.job->counts.bytes += bytes;
	c->walk.job->counts.entries[PCOPY_FILE].copied++;
}

/* Reports and counts a file that was read. */
static void content_conclude(struct pc_checker *c, const struct pc_pair *p, const EVP_MD *wanted)
{
	unsigned char digest[EVP_MAX_MD_SIZE];

	content_count(c, (uint64_t)p->dst.st_size);
	if (!wanted || EVP_DigestFinal_ex(c->digest, digest, NULL) != 1)
		return;
	if (c->env->record)
		pc_pair_record(c, p, digest);
	else
		content_compare_digest(c, p, digest);
}

/* Reads the pair as far as needed. With a digest the target is read to its end in any case, and the
 * source as long as they agree. 0, also where they differ; or negative errno, and the step in
 * `s`. */
static int content_read(struct pc_checker *c, const struct pc_pair *p, struct pc_range *s,
                        const EVP_MD *wanted)
{
	int r = wanted ? content_digest_begin(c, wanted) : 0;

	s->digest = wanted != NULL;
	if (c->env->compare && !s->unsized && p->src.st_size != p->dst.st_size) {
		content_report_size(c, p);
		range_close_source(c, s); /* with different sizes it is not needed any more */
	}
	if (r == 0 && (wanted || s->src_fd >= 0))
		r = pc_range_read(c, s);
	if (r > 0)
		content_report_data(c, p, s);
	if (r > 0 && wanted) { /* the digest needs the whole target: start again without the
	                        * source */
		range_close_source(c, s);
		r = content_digest_begin(c, wanted);
		if (r == 0)
			r = pc_range_read(c, s);
	}
	return r < 0 ? r : 0;
}

/* The pair is copied, as the attributes of what was opened replace those that a stat() by name
 * gave. */
void pc_content_check(struct pc_checker *c, const struct pc_pair *pair)
{
	const EVP_MD *wanted = content_digest_wanted(c, pair);
	struct pc_pair p = *pair;
	struct pc_range s;
	int r;

	if (content_is_large(c, &p)) {
		struct pc_meta meta = pc_meta_of(&p.src);

		(void)pc_walk_hand_large(&c->walk, p.f, p.src_name, &meta, content_data(&p));
		pc_content_close(c, &p);
		return;
	}
	if (!wanted && !c->env->compare) {
		content_count(c, 0);
		pc_content_close(c, &p);
		return;
	}
	r = range_open_sides(c, &p, &s);
	if (r == 0)
		r = content_read(c, &p, &s, wanted);
	if (r == 0)
		content_conclude(c, &p, wanted);
	else if (r != -ECANCELED)
		pc_checker_fail(c, &p, s.step, r);
	range_close(c, &s);
}

/* ---- Large files, in ranges ---- */

/* A range of a file: the open directories, both sides, and its position. */
struct chunk_file {
	struct pc_frame frame;
	struct pc_pair pair;
	struct pc_range range;
};

/* Opens the file of the job. */
static int chunk_file_open(struct pc_checker *c, struct chunk_file *chunk)
{
	struct pc_pair *p = &chunk->pair;
	struct pc_range *s = &chunk->range;
	int r;

	*p = (struct pc_pair){.f = &chunk->frame, .kind = PCOPY_FILE, .src_fd = -1, .dst_fd = -1};
	*s = (struct pc_range){.src_fd = -1, .dst_fd = -1, .step = PCOPY_STEP_OPEN_DIRECTORY};
	p->src_name = pc_text_next(c->walk.text);
	p->dst_name = pc_text_next(p->src_name);
	r = pc_walk_open_dirs(&c->walk, c->walk.text, c->walk.job->flags & PC_JOB_TOP,
	                      &chunk->frame);
	p->label = chunk->frame.top ? NULL : p->src_name;
	if (r == 0)
		r = range_open_sides(c, p, s);
	s->offset = s->pos = c->walk.job->offset;
	s->length = c->walk.job->length;
	s->unsized = false; /* a file with a wrong length is never divided */
	return r;
}

static void chunk_file_close(struct pc_checker *c, struct chunk_file *chunk)
{
	range_close(c, &chunk->range);
	pc_walk_close_dirs(&c->walk, &chunk->frame);
}

/* Where a range differs, FINISH reports it once for the file. */
void pc_content_chunk(struct pc_checker *c)
{
	struct chunk_file chunk;
	const struct pc_pair *p = &chunk.pair;
	int r = chunk_file_open(c, &chunk);

	if (r == 0)
		r = pc_range_read(c, &chunk.range);
	if (r > 0)
		c->walk.job->differs = chunk.range.pos;
	if (r == 0)
		pc_walk_find_range_ends(&c->walk, chunk.range.dst_fd, chunk.range.src_fd);
	if (r < 0) { /* reported here, counted once by FINISH */
		const struct pc_note note = {.type = PCOPY_EVENT_ERROR,
		                             .kind = PCOPY_FILE,
		                             .step = chunk.range.step,
		                             .error = r,
		                             .name = p->label};

		c->walk.job->error = r;
		if (r != -ECANCELED)
			(void)pc_walk_event(&c->walk, &note); /* the job fails if it does not fit */
	}
	chunk_file_close(c, &chunk);
}

/* PC_JOB_DROP: a range could not be read, or differs at the job's offset. */
void pc_content_finish(struct pc_checker *c)
{
	bool dropped = c->walk.job->flags & PC_JOB_DROP;
	struct chunk_file chunk;
	int r = chunk_file_open(c, &chunk);

	if (dropped && c->walk.job->offset == PC_OFFSET_NONE) {
		c->walk.job->counts.entries[PCOPY_FILE].failed++;
	} else if (r < 0) {
		if (r != -ECANCELED)
			pc_checker_fail(c, &chunk.pair, chunk.range.step, r);
	} else {
		if (dropped)
			content_report_data(c, &chunk.pair, &chunk.range);
		content_count(c, c->walk.job->meta.size);
	}
	chunk_file_close(c, &chunk);
}
