/* archive.c - comparing trees by libarchive, which shares no line with what copied.
 *
 * archive_read_disk(3) changes directory and umask of its whole process, so each
 * worker is a process of its own.  A worker goes through the whole source and compares
 * those entries that fall to its share by a hash of their paths: walking is done by
 * all, reading is divided.  Each entry of the source is looked for in the target by a
 * second reader, and what the target alone has by another walk. */
#include "check/check.h"
#include "check/facts.h"

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/flags.h"
#include "base/path.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* Room of a job's text for what one entry may have to tell. */
#define TELL_RESERVE (PC_TEXT_BYTES / 4)

/* Less of a hole than that is not worth a word. */
#define HOLE_BYTES 4096

#define LISTS (ARCHIVE_ENTRY_ACL_TYPE_ACCESS | ARCHIVE_ENTRY_ACL_TYPE_DEFAULT)

enum side { SRC, DST, SIDES };

/* Data of one side, as blocks with holes between them. */
struct blocks {
	const char *data;
	size_t left;
	uint64_t at; /* UINT64_MAX: the end */
};

struct reader {
	const struct pc_check_env *env;
	const struct pcopy_options *options;
	struct pc_queue *queue;
	struct archive *source, *target;
	struct archive_entry *entry[SIDES];

	/* the job in work */
	struct pc_job *job;
	char *text;
	_Atomic uint64_t *moved;
	struct pc_buffer base[SIDES]; /* absolute paths of the trees */
	struct pc_buffer full;	      /* scratch */
	struct pc_buffer told;	      /* scratch */
	const char *path;	      /* of the entry in work, below them */
	enum pcopy_kind kind;
	bool changed; /* its source, after the run began */
};

/* ---- What is told ---- */

static struct pc_item *add_event(struct reader *r, enum pcopy_event_type type, const char *more,
				 size_t len)
{
	struct pc_item *item = NULL;

	pc_buffer_cut(&r->told, 0);
	if (pc_buffer_add(&r->told, r->path, strlen(r->path)) == 0 &&
	    (!more || (pc_buffer_add(&r->told, "", 1) == 0 &&
		       pc_buffer_add(&r->told, more, len) == 0)))
		item = pc_item_add(r->text, &r->job->text_len, PC_TEXT_BYTES, PC_ITEM_EVENT,
				   r->told.data, r->told.len);
	if (!item) {
		r->job->error = -ENOBUFS;
		return NULL;
	}
	item->event = (uint8_t)type;
	item->kind = (uint16_t)r->kind;
	item->root = r->job->root;
	return item;
}

static void fail(struct reader *r, enum pcopy_step step, int error)
{
	struct pc_item *item = add_event(r, PCOPY_EVENT_ERROR, NULL, 0);

	r->job->counts.entries[r->kind].failed++;
	if (!item)
		return;
	item->step = (uint16_t)step;
	item->error = error;
}

static void tell_at(struct reader *r, enum pcopy_field field, uint64_t offset, const char *want,
		    const char *have)
{
	_cleanup_free_ char *values = NULL;
	size_t want_len = want ? strlen(want) : 0, have_len = have ? strlen(have) : 0;
	struct pc_item *item;

	values = calloc(1, want_len + have_len + 2);
	if (!values) {
		r->job->error = -ENOMEM;
		return;
	}
	memcpy(values, want ? want : "", want_len);
	memcpy(values + want_len + 1, have ? have : "", have_len);
	r->job->counts.differences++;
	item = add_event(r, PCOPY_EVENT_DIFFERENT, values, want_len + have_len + 1);
	if (!item)
		return;
	item->step = (uint16_t)field;
	item->arg = offset;
	item->flags = r->changed ? PC_ITEM_CHANGED : 0;
}

static void tell(void *data, enum pcopy_field field, const char *want, const char *have)
{
	tell_at(data, field, 0, want, have);
}

/* ---- Data ---- */

static int next_block(struct archive *a, struct blocks *b)
{
	const void *data;
	size_t size;
	int64_t offset;
	int rc;

	do
		rc = archive_read_data_block(a, &data, &size, &offset);
	while (rc == ARCHIVE_OK && size == 0);
	if (rc == ARCHIVE_EOF) {
		*b = (struct blocks){.at = UINT64_MAX};
		return 0;
	}
	if (rc != ARCHIVE_OK)
		return archive_errno(a) ? -archive_errno(a) : -EIO;
	*b = (struct blocks){data, size, (uint64_t)offset};
	return 0;
}

/* How many bytes at `pos` are as they should be, of `len`; `data` NULL: zeros. */
static size_t same_bytes(const char *a, const char *b, size_t len)
{
	size_t i = 0;

	if (a && b && memcmp(a, b, len) == 0)
		return len;
	while (i < len && (a ? a[i] : 0) == (b ? b[i] : 0))
		i++;
	return i;
}

static void skip(struct blocks *b, size_t len)
{
	b->data += len;
	b->left -= len;
	b->at += len;
}

static void tell_byte(struct reader *r, uint64_t at, const char *want, const char *have)
{
	char text[SIDES][8];

	(void)snprintf(text[SRC], sizeof(text[SRC]), "0x%02x", want ? (unsigned char)*want : 0U);
	(void)snprintf(text[DST], sizeof(text[DST]), "0x%02x", have ? (unsigned char)*have : 0U);
	tell_at(r, PCOPY_FIELD_DATA, at, text[SRC], text[DST]);
}

/* Compares what both have next.  1: it differs, and was told. */
static int compare_next(struct reader *r, struct blocks b[SIDES])
{
	uint64_t at = b[SRC].at < b[DST].at ? b[SRC].at : b[DST].at;
	const char *data[SIDES];
	size_t len = SIZE_MAX, same;

	for (int side = 0; side < SIDES; side++) {
		bool here = b[side].at == at;
		uint64_t end = here ? b[side].at + b[side].left : b[side].at;

		data[side] = here ? b[side].data : NULL;
		if (end - at < len)
			len = (size_t)(end - at);
	}
	same = same_bytes(data[SRC], data[DST], len);
	if (same < len) {
		tell_byte(r, at + same, data[SRC] ? data[SRC] + same : NULL,
			  data[DST] ? data[DST] + same : NULL);
		return 1;
	}
	for (int side = 0; side < SIDES; side++) {
		if (data[side])
			skip(&b[side], len);
	}
	return 0;
}

static void compare_data(struct reader *r)
{
	struct blocks b[SIDES] = {0};
	int rc = 0;

	while (rc == 0 && !pc_queue_canceled(r->queue)) {
		if (b[SRC].left == 0 && b[SRC].at != UINT64_MAX && (rc = next_block(r->source, &b[SRC])) < 0)
			fail(r, PCOPY_STEP_READ, rc);
		if (rc == 0 && b[DST].left == 0 && b[DST].at != UINT64_MAX &&
		    (rc = next_block(r->target, &b[DST])) < 0)
			fail(r, PCOPY_STEP_READ_TARGET, rc);
		if (rc < 0 || (b[SRC].at == UINT64_MAX && b[DST].at == UINT64_MAX))
			return;
		atomic_fetch_add_explicit(r->moved, b[SRC].left, memory_order_relaxed);
		rc = compare_next(r, b);
	}
}

/* ---- Attributes ---- */

static bool find_xattr(struct archive_entry *entry, const char *name, const void **value,
		       size_t *size)
{
	const char *found;

	archive_entry_xattr_reset(entry);
	while (archive_entry_xattr_next(entry, &found, value, size) == ARCHIVE_OK) {
		if (strcmp(found, name) == 0)
			return true;
	}
	return false;
}

/* Whether an attribute is among those that were to be kept. */
static bool is_kept(const struct reader *r, const char *name)
{
	unsigned bit = strcmp(name, "security.selinux") == 0 ? PCOPY_KEEP_CONTEXT : PCOPY_KEEP_XATTR;

	return r->options->preserve & bit;
}

static void compare_xattrs(struct reader *r)
{
	struct archive_entry *src = r->entry[SRC], *dst = r->entry[DST];
	const void *value, *other;
	size_t size, other_size;
	const char *name;
	int left = archive_entry_xattr_reset(src);

	while (left-- > 0 && archive_entry_xattr_next(src, &name, &value, &size) == ARCHIVE_OK) {
		if (!is_kept(r, name))
			continue;
		if (!find_xattr(dst, name, &other, &other_size))
			tell_at(r, PCOPY_FIELD_XATTR, 0, name, NULL);
		else if (size != other_size || memcmp(value, other, size) != 0)
			tell_at(r, PCOPY_FIELD_XATTR, 0, name, "one of another value");
	}
	left = r->env->both ? archive_entry_xattr_reset(dst) : 0;
	while (left-- > 0 && archive_entry_xattr_next(dst, &name, &value, &size) == ARCHIVE_OK) {
		if (is_kept(r, name) && !find_xattr(src, name, &other, &other_size))
			tell_at(r, PCOPY_FIELD_XATTR, 0, NULL, name);
	}
}

static void compare_lists(struct reader *r)
{
	const int style = LISTS | ARCHIVE_ENTRY_ACL_STYLE_EXTRA_ID | ARCHIVE_ENTRY_ACL_STYLE_MARK_DEFAULT |
			  ARCHIVE_ENTRY_ACL_STYLE_SEPARATOR_COMMA;
	char *text[SIDES];

	/* lists that say no more than the mode are none */
	if (archive_entry_acl_count(r->entry[SRC], LISTS) == 0 &&
	    archive_entry_acl_count(r->entry[DST], LISTS) == 0)
		return;
	for (int side = 0; side < SIDES; side++)
		text[side] = archive_entry_acl_to_text(r->entry[side], NULL, style);
	if ((text[SRC] || text[DST]) &&
	    (!text[SRC] || !text[DST] || strcmp(text[SRC], text[DST]) != 0))
		tell_at(r, PCOPY_FIELD_ACL, 0, text[SRC], text[DST]);
	free(text[SRC]);
	free(text[DST]);
}

static void compare_flags(struct reader *r)
{
	unsigned long set[SIDES], clear;
	char text[SIDES][24];

	for (int side = 0; side < SIDES; side++) {
		archive_entry_fflags(r->entry[side], &set[side], &clear);
		set[side] &= PC_KEPT_FLAGS;
		(void)snprintf(text[side], sizeof(text[side]), "0x%lx", set[side]);
	}
	if (set[SRC] != set[DST])
		tell_at(r, PCOPY_FIELD_FLAGS, 0, text[SRC], text[DST]);
}

/* The path of the entry in work in a tree. */
static const char *full_path(struct reader *r, enum side side)
{
	pc_buffer_cut(&r->full, 0);
	if (pc_buffer_add(&r->full, r->base[side].data, r->base[side].len) < 0 ||
	    (*r->path && pc_buffer_add_name(&r->full, r->path) < 0)) {
		r->job->error = -ENOMEM;
		return NULL;
	}
	return r->full.data;
}

static bool look(struct reader *r, enum side side, struct stat *st)
{
	const char *path = full_path(r, side);

	return path && lstat(path, st) == 0;
}

/* Whether a file with holes was copied as one.  By the blocks it takes: libarchive's map
 * of the data depends on whether ext4 has written it already. */
static void compare_holes(struct reader *r)
{
	struct stat src, dst;
	char text[32];

	if (r->options->sparse != PCOPY_AUTO || !look(r, SRC, &src) || !look(r, DST, &dst) ||
	    src.st_blocks * 512 + HOLE_BYTES > src.st_size || dst.st_blocks * 512 < dst.st_size)
		return;
	(void)snprintf(text, sizeof(text), "%lld bytes", (long long)(src.st_size - src.st_blocks * 512));
	tell_at(r, PCOPY_FIELD_HOLES, 0, text, "none");
}

static void compare_attributes(struct reader *r)
{
	const struct pc_marks *marks = r->env->passed_over;

	if (marks && pc_marks_has(marks, r->job->root, r->path, strlen(r->path), PC_MARK_ATTRIBUTES))
		return; /* it was said that they could not be kept */
	if (r->options->preserve & (PCOPY_KEEP_XATTR | PCOPY_KEEP_CONTEXT))
		compare_xattrs(r);
	if ((r->options->preserve & PCOPY_KEEP_MODE) && r->kind != PCOPY_SYMLINK)
		compare_lists(r);
	if (r->options->preserve & PCOPY_KEEP_FLAGS)
		compare_flags(r);
}

/* ---- Entries ---- */

/* The names of one file are the coordinator's to compare. */
static void hand_back_twin(struct reader *r, const struct stat st[SIDES])
{
	struct pc_item *item;

	if (!(r->options->preserve & PCOPY_KEEP_LINKS) || S_ISDIR(st[SRC].st_mode) ||
	    (st[SRC].st_nlink < 2 && st[DST].st_nlink < 2 &&
	     r->options->dereference != PCOPY_DEREFERENCE_ALWAYS))
		return;
	item = pc_item_add(r->text, &r->job->text_len, PC_TEXT_BYTES, PC_ITEM_TWIN, r->path,
			   strlen(r->path));
	if (!item) {
		r->job->error = -ENOBUFS;
		return;
	}
	item->root = r->job->root;
	item->flags = *r->path ? 0 : PC_ITEM_TOP;
	item->meta = pc_meta_of(&st[SRC]);
	item->meta.size = st[DST].st_dev;
	item->arg = st[DST].st_ino;
}

static void compare_entry(struct reader *r)
{
	uint32_t fields = pc_facts_kept(r->options->preserve);
	struct stat st[SIDES];
	struct pc_facts want, have;

	for (int side = 0; side < SIDES; side++)
		st[side] = *archive_entry_stat(r->entry[side]);
	want = pc_facts_of(&st[SRC], archive_entry_symlink(r->entry[SRC]));
	have = pc_facts_of(&st[DST], archive_entry_symlink(r->entry[DST]));
	pc_facts_expect_of_user(&want, &have, r->env->uid, r->options->preserve);
	if (!pc_facts_compare(&want, &have, fields, tell, r))
		return;
	compare_attributes(r);
	hand_back_twin(r, st);
	if (S_ISREG(st[SRC].st_mode)) {
		compare_holes(r);
		if (st[SRC].st_size == st[DST].st_size)
			compare_data(r);
		r->job->counts.bytes += (uint64_t)st[DST].st_size;
	}
	r->job->counts.entries[r->kind].copied++;
}

static int next_header(struct archive *a, struct archive_entry *entry)
{
	int rc = archive_read_next_header2(a, entry);

	if (rc == ARCHIVE_OK || rc == ARCHIVE_WARN)
		return 0;
	if (rc == ARCHIVE_EOF)
		return 1;
	return archive_errno(a) > 0 ? -archive_errno(a) : -EIO;
}

/* Finds the entry in the target and compares it. */
static void look_up(struct reader *r)
{
	const char *path = full_path(r, DST);
	struct stat st;
	int rc;

	if (!path)
		return;
	if (lstat(path, &st) < 0) {
		if (errno == ENOENT)
			tell_at(r, PCOPY_FIELD_MISSING, 0, NULL, NULL);
		else
			fail(r, PCOPY_STEP_STAT_TARGET, -errno);
		return;
	}
	archive_entry_clear(r->entry[DST]);
	rc = archive_read_disk_open(r->target, path) == ARCHIVE_OK
		     ? next_header(r->target, r->entry[DST])
		     : -EIO;
	if (rc != 0)
		fail(r, PCOPY_STEP_OPEN_TARGET, rc < 0 ? rc : -ENOENT);
	else
		compare_entry(r);
	(void)archive_read_close(r->target); /* it was read only */
}

/* ---- Walks ---- */

static bool is_marked(const struct reader *r, enum pc_mark mark)
{
	if (r->env->passed_over && pc_marks_has(r->env->passed_over, r->job->root, r->path,
						strlen(r->path), mark))
		return true;
	return mark == PC_MARK_ITSELF && pc_check_is_shadowed(r->env, r->job->root, r->path);
}

/* Whether the entry in work is one of this job's, and was not compared before. */
static bool is_mine(const struct reader *r, uint64_t *seen)
{
	if (XXH3_64bits(r->path, strlen(r->path)) % r->job->length != r->job->offset)
		return false;
	return ++*seen > r->job->meta.size;
}

static void take_entry(struct reader *r, struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry) + r->base[SRC].len;

	r->path = path + strspn(path, "/");
	r->kind = pc_kind_of_mode((uint32_t)archive_entry_filetype(entry));
}

/* The text is full: the rest is for another job. */
static bool hand_back_rest(struct reader *r, uint64_t seen)
{
	struct pc_item *item;

	if (r->job->text_len + TELL_RESERVE < PC_TEXT_BYTES)
		return false;
	item = pc_item_add(r->text, &r->job->text_len, PC_TEXT_BYTES, PC_ITEM_MORE, "", 0);
	if (item)
		item->arg = seen;
	else
		r->job->error = -ENOBUFS;
	return true;
}

static bool is_later(const struct stat *st, const struct timespec *than)
{
	return st->st_ctim.tv_sec != than->tv_sec ? st->st_ctim.tv_sec > than->tv_sec
						  : st->st_ctim.tv_nsec >= than->tv_nsec;
}

/* Goes through the source.  False: the rest was handed back. */
static bool walk_source(struct reader *r, uint64_t *seen)
{
	int rc;

	while (!pc_queue_canceled(r->queue)) {
		archive_entry_clear(r->entry[SRC]);
		rc = next_header(r->source, r->entry[SRC]);
		if (rc > 0)
			return true;
		if (rc < 0 && !archive_entry_pathname(r->entry[SRC])) {
			r->job->error = rc;
			return true;
		}
		take_entry(r, r->entry[SRC]);
		r->changed = is_later(archive_entry_stat(r->entry[SRC]), &r->env->started);
		if (is_marked(r, PC_MARK_TREE)) {
			r->job->counts.entries[r->kind].skipped += is_mine(r, seen);
			continue;
		}
		if (is_mine(r, seen)) {
			if (rc < 0)
				fail(r, PCOPY_STEP_OPEN_SOURCE, rc);
			else if (is_marked(r, PC_MARK_ITSELF))
				r->job->counts.entries[r->kind].skipped++;
			else
				look_up(r);
			if (hand_back_rest(r, *seen))
				return false;
		}
		if (rc == 0 && archive_read_disk_can_descend(r->source))
			(void)archive_read_disk_descend(r->source); /* else it stays a leaf */
	}
	return true;
}

/* Goes through the target, for what it alone has. */
static void walk_target(struct reader *r, uint64_t *seen)
{
	struct stat st;
	int rc;

	r->changed = false;
	while (!pc_queue_canceled(r->queue) &&
	       (rc = next_header(r->target, r->entry[DST])) == 0) {
		const char *path = archive_entry_pathname(r->entry[DST]) + r->base[DST].len;

		r->path = path + strspn(path, "/");
		r->kind = pc_kind_of_mode((uint32_t)archive_entry_filetype(r->entry[DST]));
		path = full_path(r, SRC);
		if (!path)
			return;
		if (lstat(path, &st) < 0 && errno == ENOENT) {
			if (is_mine(r, seen))
				tell_at(r, PCOPY_FIELD_EXTRA, 0, NULL, NULL);
			if (hand_back_rest(r, *seen))
				return;
		} else if (archive_read_disk_can_descend(r->target)) {
			(void)archive_read_disk_descend(r->target); /* else it stays a leaf */
		}
	}
}

/* ---- A job ---- */

static int behaviour(const struct reader *r)
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

/* The absolute path of an operand: its directory's, and its name. */
static int find_base(struct pc_buffer *base, const struct pc_top *top, const char *name)
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

static int open_trees(struct reader *r)
{
	const struct pc_root *root = &r->env->root[r->job->root];
	int rc = find_base(&r->base[SRC], root->src_top, root->src_name);

	if (rc == 0)
		rc = find_base(&r->base[DST], root->dst_top, root->dst_name);
	if (rc < 0)
		return rc;
	r->source = archive_read_disk_new();
	r->target = archive_read_disk_new();
	if (!r->source || !r->target)
		return -ENOMEM;
	archive_read_disk_set_behavior(r->source, behaviour(r));
	archive_read_disk_set_behavior(r->target, behaviour(r));
	archive_read_disk_set_symlink_physical(r->target);
	if (r->options->dereference == PCOPY_DEREFERENCE_ALWAYS)
		archive_read_disk_set_symlink_logical(r->source);
	else if (r->options->dereference == PCOPY_DEREFERENCE_OPERANDS)
		archive_read_disk_set_symlink_hybrid(r->source);
	else
		archive_read_disk_set_symlink_physical(r->source);
	return archive_read_disk_open(r->source, r->base[SRC].data) == ARCHIVE_OK
		       ? 0
		       : -archive_errno(r->source);
}

static void close_trees(struct reader *r)
{
	if (r->source)
		(void)archive_read_free(r->source); /* it was read only */
	if (r->target)
		(void)archive_read_free(r->target);
	r->source = r->target = NULL;
}

static void compare_share(struct reader *r)
{
	uint64_t seen = 0;
	int rc = open_trees(r);

	if (rc == 0 && walk_source(r, &seen) && r->env->both && r->job->error == 0) {
		struct stat st;

		/* what is missing as a whole was told */
		if (lstat(r->base[DST].data, &st) == 0 &&
		    archive_read_disk_open(r->target, r->base[DST].data) == ARCHIVE_OK)
			walk_target(r, &seen);
	}
	if (rc < 0)
		r->job->error = rc;
	close_trees(r);
}

/* ---- The worker's life ---- */

static void reader_end(void *context)
{
	struct reader *r = context;

	archive_entry_free(r->entry[SRC]);
	archive_entry_free(r->entry[DST]);
	pc_buffer_done(&r->base[SRC]);
	pc_buffer_done(&r->base[DST]);
	pc_buffer_done(&r->full);
	pc_buffer_done(&r->told);
	free(r);
}

static int reader_begin(void *env, struct pc_queue *queue, unsigned worker, void **ret)
{
	const struct pc_check_env *check_env = env;
	struct reader *r;

	(void)worker;
	if (getpid() == check_env->coordinator)
		return -ECHILD;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->env = env;
	r->options = check_env->options;
	r->queue = queue;
	r->entry[SRC] = archive_entry_new();
	r->entry[DST] = archive_entry_new();
	if (!r->entry[SRC] || !r->entry[DST]) {
		reader_end(r);
		return -ENOMEM;
	}
	*ret = r;
	return 0;
}

static void reader_run(void *context, unsigned slot, struct pc_job *job, char *text)
{
	struct reader *r = context;

	r->job = job;
	r->text = text;
	r->moved = pc_queue_moved(r->queue, slot);
	r->path = "";
	if (job->kind == PC_JOB_SHARE)
		compare_share(r);
	else
		job->error = -EOPNOTSUPP;
}

bool pc_check_has_archive(void)
{
	return true;
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
