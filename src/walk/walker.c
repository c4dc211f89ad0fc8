/* walker.c - a worker's context, the directories of a job and its results. */
#include "walk/walk.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "sys/sys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* While workers are idle a job hands back what it has not begun this soon. */
#define BUDGET_HUNGRY_NS 250000U

/* Room that events may need beside the names left to do. */
#define EVENT_RESERVE (64U << 10)

/* Descriptors that are neither directories in work nor waiting to be closed. */
#define FD_RESERVE 16U

/* ---- Results ---- */

struct pc_item *pc_walk_item(struct pc_walker *w, enum pc_item_type type, const char *data,
			     size_t len)
{
	struct pc_item *item =
		pc_item_add(w->text, &w->job->text_len, PC_TEXT_BYTES, type, data, len);

	if (!item)
		w->job->error = -ENOBUFS; /* what was counted still tells */
	return item;
}

static int add_more(struct pc_buffer *path, const char *more, size_t len)
{
	int r = pc_buffer_add(path, "", 1);

	return r < 0 ? r : pc_buffer_add(path, more, len);
}

struct pc_item *pc_walk_event(struct pc_walker *w, enum pcopy_event_type type,
			      enum pcopy_kind kind, enum pcopy_step step, int error,
			      const char *name, const char *more, size_t len)
{
	size_t path_len = w->path.len;
	struct pc_item *item = NULL;
	int r = name ? pc_buffer_add_name(&w->path, name) : 0;

	if (r == 0 && more)
		r = add_more(&w->path, more, len);
	if (r == 0)
		item = pc_walk_item(w, PC_ITEM_EVENT, w->path.data, w->path.len);
	else
		w->job->error = -ENOMEM;
	pc_buffer_cut(&w->path, path_len);
	if (!item)
		return NULL;
	item->event = (uint8_t)type;
	item->kind = (uint16_t)kind;
	item->step = (uint16_t)step;
	item->error = error;
	item->root = w->root;
	return item;
}

void pc_walk_count_failed(struct pc_walker *w, enum pcopy_kind kind, enum pcopy_step step,
			  int error)
{
	unsigned most = w->options->max_errors;

	w->job->counts.entries[kind].failed++;
	w->errors++;
	w->ending = w->ending || pc_is_full(step, error) || (most > 0 && w->errors >= most);
}

void pc_walk_fail(struct pc_walker *w, enum pcopy_kind kind, enum pcopy_step step, int error,
		  const char *name)
{
	pc_walk_count_failed(w, kind, step, error);
	(void)pc_walk_event(w, PCOPY_EVENT_ERROR, kind, step, error, name, NULL, 0);
}

struct pc_item *pc_walk_hand_back(struct pc_walker *w, struct pc_frame *f, enum pc_item_type type,
				  const char *name, const struct pc_meta *meta)
{
	struct pc_item *item;

	pc_frame_enter(w, f);
	item = pc_item_add(w->text, &w->job->text_len, PC_TEXT_BYTES, type, name, strlen(name));
	if (!item) {
		pc_walk_fail(w, PCOPY_FILE, PCOPY_STEP_NONE, -ENOBUFS, name);
		return NULL;
	}
	item->root = w->root;
	item->flags = f->top ? PC_ITEM_TOP : 0;
	item->meta = *meta;
	return item;
}

void pc_walk_set_path(struct pc_walker *w, const char *path)
{
	pc_buffer_cut(&w->path, 0);
	if (pc_buffer_add(&w->path, path, strlen(path)) < 0)
		w->job->error = -ENOMEM; /* messages lack their directory then */
}

const char *pc_walk_name(struct pc_walker *w, struct pc_buffer *path, const char *name)
{
	const char *dir = w->job->flags & PC_JOB_TOP ? "" : w->text;

	pc_buffer_cut(path, 0);
	if (pc_buffer_add(path, dir, strlen(dir)) < 0 ||
	    (w->path.len > 0 && pc_buffer_add_name(path, w->path.data) < 0) ||
	    (name && pc_buffer_add_name(path, name) < 0)) {
		w->job->error = -ENOMEM;
		return NULL;
	}
	return path->data;
}

bool pc_walk_stop(const struct pc_walker *w, unsigned budgets)
{
	size_t used = w->job->text_len + w->dirs.len + w->files.len;
	uint64_t budget = pc_queue_hungry(w->queue) ? BUDGET_HUNGRY_NS : budgets * w->job->budget_ns;

	return w->ending || w->job->blame > 0 || pc_now_ns() - w->start_ns >= budget ||
	       used + EVENT_RESERVE > PC_TEXT_BYTES || pc_queue_canceled(w->queue);
}

/* ---- Directories of a job ---- */

int pc_walk_open_top(const struct pc_top *top)
{
	_cleanup_close_ int fd = pc_openat(AT_FDCWD, top->path, O_PATH | O_DIRECTORY, 0);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_dev != top->dev || st.st_ino != top->ino)
		return -ESTALE; /* another directory took its name during the run */
	return pc_take_fd(&fd);
}

/* Opens one of the two directories that hold operands, if it is not open. */
static int top_open(const struct pc_top *top, const struct pc_top **open, int *fd)
{
	if (*open == top)
		return 0;
	pc_close_cleanup(fd);
	*open = NULL;
	*fd = pc_walk_open_top(top);
	if (*fd < 0)
		return *fd;
	*open = top;
	return 0;
}

static int tops_open(struct pc_walker *w)
{
	const struct pc_root *root = &w->roots[w->root];
	bool same_target = w->dst_top == root->dst_top;
	int r = top_open(root->src_top, &w->src_top, &w->src_top_fd);

	if (r == 0)
		r = top_open(root->dst_top, &w->dst_top, &w->dst_top_fd);
	if (r == 0 && !same_target && w->ops->new_target)
		w->ops->new_target(w);
	return r;
}

/* A name of a root and a path below it, in w->full. */
static const char *full_path(struct pc_walker *w, const char *name, const char *path)
{
	pc_buffer_cut(&w->full, 0);
	if (pc_buffer_add_name(&w->full, name) < 0 ||
	    (*path && pc_buffer_add_name(&w->full, path) < 0))
		return NULL;
	return w->full.data;
}

static int open_below(struct pc_walker *w, int top_fd, const char *name, const char *path,
		      bool follow)
{
	const char *full = full_path(w, name, path);

	if (!full)
		return -ENOMEM;
	return follow ? pc_sys_open_dir_following(top_fd, full, O_RDONLY)
		      : pc_sys_open_dir_beneath(top_fd, full, O_RDONLY);
}

static int open_source(struct pc_walker *w, const char *path)
{
	return open_below(w, w->src_top_fd, w->roots[w->root].src_name, path,
			  w->options->dereference == PCOPY_DEREFERENCE_ALWAYS);
}

static int open_target(struct pc_walker *w, uint32_t root, const char *path)
{
	return open_below(w, w->dst_top_fd, w->roots[root].dst_name, path,
			  w->options->keep_directory_symlink);
}

/* The directories from the root's down to the job's, where links are followed:
 * one may lead back to any of them. */
static int note_above(struct pc_walker *w, const char *path)
{
	pc_buffer_cut(&w->above, 0);
	if (w->options->dereference != PCOPY_DEREFERENCE_ALWAYS)
		return 0;
	for (size_t len = 0;;) {
		_cleanup_free_ char *part = strndup(path, len);
		_cleanup_close_ int fd = part ? open_source(w, part) : -ENOMEM;
		struct stat st;
		struct pc_identity one;

		if (fd < 0)
			return fd;
		if (fstat(fd, &st) < 0)
			return -errno;
		one = (struct pc_identity){st.st_dev, st.st_ino};
		if (pc_buffer_add(&w->above, (const char *)&one, sizeof(one)) < 0)
			return -ENOMEM;
		if (!path[len])
			return 0;
		len += strspn(path + len, "/");
		len += strcspn(path + len, "/");
	}
}

bool pc_walk_is_cycle(const struct pc_walker *w, const struct pc_frame *up, const struct stat *st)
{
	const struct pc_identity *above = (const void *)w->above.data;

	if (w->options->dereference != PCOPY_DEREFERENCE_ALWAYS)
		return false;
	for (size_t i = 0; i < w->above.len / sizeof(*above); i++) {
		if (above[i].dev == st->st_dev && above[i].ino == st->st_ino)
			return true;
	}
	for (; up; up = up->up) {
		if (!up->top && up->meta.dev == st->st_dev && up->meta.ino == st->st_ino)
			return true;
	}
	return false;
}

int pc_walk_open_dirs(struct pc_walker *w, const char *path, bool top, struct pc_frame *f)
{
	int r = tops_open(w);

	*f = (struct pc_frame){.src_fd = -1, .dst_fd = -1, .entered = true, .top = top};
	if (r < 0)
		return r;
	if (top) {
		pc_buffer_cut(&w->above, 0);
		f->src_fd = w->src_top_fd;
		f->dst_fd = w->dst_top_fd;
		return 0;
	}
	r = note_above(w, path);
	if (r < 0)
		return r;
	f->src_fd = open_source(w, path);
	if (f->src_fd < 0)
		return f->src_fd;
	f->dst_fd = open_target(w, w->root, path);
	return f->dst_fd < 0 ? f->dst_fd : 0;
}

void pc_walk_close_dirs(struct pc_walker *w, struct pc_frame *f)
{
	if (f->top)
		return;
	if (f->src_fd >= 0)
		pc_batch_add(&w->batch, f->src_fd);
	if (f->dst_fd >= 0)
		pc_batch_add(&w->batch, f->dst_fd);
}

int pc_walk_open_target(struct pc_walker *w, uint32_t root, const char *path, bool top)
{
	uint32_t job_root = w->root;
	int r;

	w->root = root;
	r = tops_open(w);
	w->root = job_root;
	if (r < 0)
		return r;
	if (top) /* one of its own, as the other root's may replace it */
		return pc_openat(w->dst_top_fd, ".", O_PATH | O_DIRECTORY, 0);
	return open_target(w, root, path);
}

/* ---- The worker's life ---- */

/* Few descriptors: fewer levels at once, and nothing kept open for later.  A
 * shared table is dealt to its threads. */
static void fit_fd_limit(struct pc_walker *w)
{
	const struct pcopy_options *o = w->options;
	unsigned limit = pc_fd_limit() / (o->shared_fd_table ? o->threads : 1);
	unsigned spare = limit > FD_RESERVE ? limit - FD_RESERVE : 0;

	w->depth_max = spare / 4 < PC_DEPTH_MAX ? spare / 4 : PC_DEPTH_MAX;
	w->batch.max = spare / 4 < PC_BATCH_MAX ? spare / 4 : PC_BATCH_MAX;
}

int pc_walk_init(struct pc_walker *w, const struct pc_walk_ops *ops,
		 const struct pcopy_options *options, const struct pc_root *roots,
		 struct pc_queue *queue)
{
	w->ops = ops;
	w->options = options;
	w->roots = roots;
	w->queue = queue;
	w->src_top_fd = w->dst_top_fd = -1;
	fit_fd_limit(w);
	w->listing = malloc(PC_LISTING_BYTES);
	return w->listing && pc_buffer_add(&w->path, "", 0) == 0 ? 0 : -ENOMEM;
}

void pc_walk_done(struct pc_walker *w)
{
	pc_batch_flush(&w->batch);
	pc_close_cleanup(&w->src_top_fd);
	pc_close_cleanup(&w->dst_top_fd);
	pc_buffer_done(&w->path);
	pc_buffer_done(&w->dirs);
	pc_buffer_done(&w->files);
	pc_buffer_done(&w->full);
	pc_buffer_done(&w->above);
	free(w->listing);
}

void pc_walk_take(struct pc_walker *w, unsigned slot, struct pc_job *job, char *text)
{
	w->job = job;
	w->text = text;
	w->slot = slot;
	w->moved = pc_queue_moved(w->queue, slot);
	w->start_ns = pc_now_ns();
	w->root = job->root;
	w->ending = false;
	w->errors = 0;
	pc_buffer_cut(&w->path, 0);
	pc_buffer_cut(&w->dirs, 0);
	pc_buffer_cut(&w->files, 0);
}
