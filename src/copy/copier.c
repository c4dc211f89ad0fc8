/* copier.c - a worker's context, the frame of a job and its results. */
#include "copy/copier.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/path.h"
#include "base/sys.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/vfs.h>
#include <unistd.h>

/* While workers are idle a job hands back what it has not begun this soon. */
#define BUDGET_HUNGRY_NS 250000U

/* Room that events may need beside the names left to do. */
#define EVENT_RESERVE (64U << 10)

/* Temporary names that a worker can give before it comes to those of the next. */
#define TEMP_WORKER_SHIFT 40

/* Descriptors that are neither directories in work nor waiting to be closed. */
#define FD_RESERVE 16U

struct pc_item *pc_copier_item(struct pc_copier *c, enum pc_item_type type, const char *data,
			       size_t len)
{
	struct pc_item *item =
		pc_item_add(c->text, &c->job->text_len, PC_TEXT_BYTES, type, data, len);

	if (!item)
		c->job->error = -ENOBUFS; /* what was counted still tells */
	return item;
}

/* The backup's name, behind the path's NUL. */
static int add_backup(struct pc_copier *c)
{
	int r = pc_buffer_add(&c->path, "", 1);

	return r < 0 ? r : pc_buffer_add(&c->path, c->backup, strlen(c->backup));
}

void pc_copier_event(struct pc_copier *c, enum pcopy_event_type type, enum pcopy_kind kind,
		     enum pcopy_step step, int error, const char *name)
{
	size_t len = c->path.len;
	struct pc_item *item = NULL;
	int r = name ? pc_buffer_add_name(&c->path, name) : 0;

	if (r == 0 && type == PCOPY_EVENT_COPIED && c->backup[0])
		r = add_backup(c);
	if (r == 0)
		item = pc_copier_item(c, PC_ITEM_EVENT, c->path.data, c->path.len);
	else
		c->job->error = -ENOMEM;
	pc_buffer_cut(&c->path, len);
	if (!item)
		return;
	item->event = (uint8_t)type;
	item->kind = (uint16_t)kind;
	item->step = (uint16_t)step;
	item->error = error;
	item->root = c->root;
	item->arg = type == PCOPY_EVENT_COPIED && kind == PCOPY_FILE ? pc_way_pack(&c->way) : 0;
}

void pc_copier_fail(struct pc_copier *c, enum pcopy_kind kind, enum pcopy_step step, int error,
		    const char *name)
{
	c->job->counts.entries[kind].failed++;
	c->errors++;
	c->ending = c->ending || pc_is_full(step, error) ||
		    (c->options->max_errors > 0 && c->errors >= c->options->max_errors);
	c->warn_step = PCOPY_STEP_NONE;
	c->backup[0] = '\0';
	pc_copier_event(c, PCOPY_EVENT_ERROR, kind, step, error, name);
}

bool pc_copier_count(struct pc_copier *c, enum pcopy_kind kind, const char *name)
{
	if (c->warn_step != PCOPY_STEP_NONE && c->warn_needed) {
		pc_copier_fail(c, kind, c->warn_step, c->warn_error, name);
		return false;
	}
	c->job->counts.entries[kind].copied++;
	if (c->warn_step != PCOPY_STEP_NONE) {
		c->job->counts.warnings++;
		pc_copier_event(c, PCOPY_EVENT_WARNING, kind, c->warn_step, c->warn_error, name);
		c->warn_step = PCOPY_STEP_NONE;
	}
	return true;
}

void pc_copier_done(struct pc_copier *c, enum pcopy_kind kind, const char *name)
{
	if (pc_copier_count(c, kind, name) && c->options->verbose)
		pc_copier_event(c, PCOPY_EVENT_COPIED, kind, PCOPY_STEP_NONE, 0, name);
	c->backup[0] = '\0';
}

void pc_copier_skip(struct pc_copier *c, enum pcopy_kind kind, const char *name)
{
	c->job->counts.entries[kind].skipped++;
	if (c->options->verbose)
		pc_copier_event(c, PCOPY_EVENT_SKIPPED, kind, PCOPY_STEP_NONE, 0, name);
}

struct pc_item *pc_copier_hand_back(struct pc_copier *c, struct pc_frame *f, enum pc_item_type type,
			 const char *name, const struct pc_meta *meta)
{
	struct pc_item *item;

	pc_frame_enter(c, f);
	item = pc_item_add(c->text, &c->job->text_len, PC_TEXT_BYTES, type, name, strlen(name));
	if (!item) {
		pc_copier_fail(c, PCOPY_FILE, PCOPY_STEP_NONE, -ENOBUFS, name);
		return NULL;
	}
	item->root = c->root;
	item->flags = f->top ? PC_ITEM_TOP : 0;
	item->meta = *meta;
	return item;
}

bool pc_copier_linked(struct pc_copier *c, struct pc_frame *f, const struct stat *st,
		      const char *name)
{
	struct pc_meta meta;

	if (!(c->options->preserve & PCOPY_KEEP_LINKS) || (c->job->flags & PC_JOB_FIRST))
		return false;
	if (st->st_nlink < 2 && !pc_frame_follows(c, f)) /* links lead to it, too */
		return false;
	meta = pc_meta_of(st);
	pc_copier_hand_back(c, f, PC_ITEM_LINKED, name, &meta);
	return true;
}

void pc_copier_temp_name(struct pc_copier *c, char name[PC_TEMP_NAME_MAX])
{
	(void)snprintf(name, PC_TEMP_NAME_MAX, ".pcopy-%016llx-%llx",
		       (unsigned long long)c->env->run_id, (unsigned long long)c->temp_number++);
}

struct pc_meta pc_copier_meta(const struct pc_copier *c, const struct stat *st)
{
	struct pc_meta meta = pc_meta_of(st);

	if (!(c->options->preserve & PCOPY_DEFAULT_MODE))
		return meta;
	meta.mode &= S_IFMT;
	if (S_ISDIR(st->st_mode)) /* GNU cp leaves them this bit */
		meta.mode |= 0777 | (st->st_mode & 01000);
	else
		meta.mode |= S_ISSOCK(st->st_mode) ? 0777 : 0666;
	return meta;
}

void pc_copier_warn(struct pc_copier *c, enum pcopy_step step, int error, bool needed)
{
	if (c->warn_step != PCOPY_STEP_NONE && c->warn_needed)
		return; /* it is told why it failed */
	c->warn_step = step;
	c->warn_error = error;
	c->warn_needed = needed;
}

void pc_copier_set_path(struct pc_copier *c, const char *path)
{
	pc_buffer_cut(&c->path, 0);
	if (pc_buffer_add(&c->path, path, strlen(path)) < 0)
		c->job->error = -ENOMEM; /* messages lack their directory then */
}

bool pc_copier_stop(const struct pc_copier *c, unsigned budgets)
{
	size_t used = c->job->text_len + c->dirs.len + c->files.len;
	uint64_t budget = pc_queue_hungry(c->queue) ? BUDGET_HUNGRY_NS : budgets * c->job->budget_ns;

	return c->ending || c->job->blame > 0 || pc_now_ns() - c->start_ns >= budget ||
	       used + EVENT_RESERVE > PC_TEXT_BYTES || pc_queue_canceled(c->queue);
}

/* ---- Directories of a job ---- */

/* Learns how the target's file system behaves.  `close_safe`: its close() has no
 * error to report that write() had not.  `write_shared`: two workers on one file
 * gain, as it locks the file for each page and not for each call. */
static void look_at_target(struct pc_copier *c)
{
	struct statfs fs;

	c->close_safe = c->write_shared = false;
	if (fstatfs(c->dst_top_fd, &fs) < 0) /* O_PATH descriptors know theirs */
		return;
	c->write_shared = fs.f_type == TMPFS_MAGIC;
	c->close_safe = fs.f_type == TMPFS_MAGIC || fs.f_type == EXT4_SUPER_MAGIC ||
			fs.f_type == XFS_SUPER_MAGIC || fs.f_type == BTRFS_SUPER_MAGIC;
}

/* Opens one of the two directories that hold operands, if it is not open. */
static int top_open(const struct pc_top *top, const struct pc_top **open, int *fd)
{
	struct stat st;

	if (*open == top)
		return 0;
	if (*fd >= 0)
		close(*fd);
	*open = NULL;
	*fd = pc_openat(AT_FDCWD, top->path, O_PATH | O_DIRECTORY, 0);
	if (*fd < 0)
		return *fd;
	if (fstat(*fd, &st) < 0)
		return -errno;
	if (st.st_dev != top->dev || st.st_ino != top->ino)
		return -ESTALE; /* another directory took its name during the run */
	*open = top;
	return 0;
}

static int tops_open(struct pc_copier *c)
{
	const struct pc_root *root = &c->env->root[c->root];
	bool same_target = c->dst_top == root->dst_top;
	struct stat st;
	int r = top_open(root->src_top, &c->src_top, &c->src_top_fd);

	if (r == 0)
		r = top_open(root->dst_top, &c->dst_top, &c->dst_top_fd);
	if (r < 0 || same_target)
		return r;
	look_at_target(c);
	c->top_acl = pc_attr_inherits(c->dst_top_fd);
	c->top_gid_own = fstat(c->dst_top_fd, &st) == 0 && st.st_gid == c->env->gid;
	return 0;
}

/* A name of a root and a path below it, in c->full. */
static const char *full_path(struct pc_copier *c, const char *name, const char *path)
{
	pc_buffer_cut(&c->full, 0);
	if (pc_buffer_add_name(&c->full, name) < 0 ||
	    (*path && pc_buffer_add_name(&c->full, path) < 0))
		return NULL;
	return c->full.data;
}

static int open_below(struct pc_copier *c, int top_fd, const char *name, const char *path,
		      bool follow)
{
	const char *full = full_path(c, name, path);

	if (!full)
		return -ENOMEM;
	return follow ? pc_open_dir_following(top_fd, full, O_RDONLY)
		      : pc_open_dir_beneath(top_fd, full, O_RDONLY);
}

static int open_source(struct pc_copier *c, const char *path)
{
	return open_below(c, c->src_top_fd, c->env->root[c->root].src_name, path,
			  c->options->dereference == PCOPY_DEREFERENCE_ALWAYS);
}

static int open_target(struct pc_copier *c, uint32_t root, const char *path)
{
	return open_below(c, c->dst_top_fd, c->env->root[root].dst_name, path,
			  c->options->keep_directory_symlink);
}

/* The directories from the root's down to the job's, where links are followed:
 * one may lead back to any of them. */
static int note_above(struct pc_copier *c, const char *path)
{
	pc_buffer_cut(&c->above, 0);
	if (c->options->dereference != PCOPY_DEREFERENCE_ALWAYS)
		return 0;
	for (size_t len = 0;;) {
		_cleanup_free_ char *part = strndup(path, len);
		_cleanup_close_ int fd = part ? open_source(c, part) : -ENOMEM;
		struct stat st;
		struct pc_identity one;

		if (fd < 0)
			return fd;
		if (fstat(fd, &st) < 0)
			return -errno;
		one = (struct pc_identity){st.st_dev, st.st_ino};
		if (pc_buffer_add(&c->above, (const char *)&one, sizeof(one)) < 0)
			return -ENOMEM;
		if (!path[len])
			return 0;
		len += strspn(path + len, "/");
		len += strcspn(path + len, "/");
	}
}

/* Once a root: what its target is, so that no copy descends into itself. */
static void remember_target(struct pc_copier *c)
{
	struct stat st;

	if (c->target_root == c->root + 1U)
		return;
	c->target_dev = c->target_ino = 0;
	if (fstatat(c->dst_top_fd, c->env->root[c->root].dst_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return; /* not made yet */
	c->target_root = c->root + 1U;
	c->target_dev = st.st_dev;
	c->target_ino = st.st_ino;
}

int pc_copier_open_dirs(struct pc_copier *c, const char *path, bool top, struct pc_frame *f)
{
	int r = tops_open(c);

	*f = (struct pc_frame){.src_fd = -1, .dst_fd = -1, .entered = true, .top = top};
	if (r < 0)
		return r;
	if (top) {
		pc_buffer_cut(&c->above, 0);
		f->acl = c->top_acl;
		f->gid_own = c->top_gid_own;
		f->src_fd = c->src_top_fd;
		f->dst_fd = c->dst_top_fd;
		return 0;
	}
	remember_target(c);
	r = note_above(c, path);
	if (r < 0)
		return r;
	f->src_fd = open_source(c, path);
	if (f->src_fd < 0)
		return f->src_fd;
	f->dst_fd = open_target(c, c->root, path);
	return f->dst_fd < 0 ? f->dst_fd : 0;
}

void pc_copier_close_dirs(struct pc_copier *c, struct pc_frame *f)
{
	if (f->top)
		return;
	if (f->src_fd >= 0)
		pc_batch_add(&c->batch, f->src_fd);
	if (f->dst_fd >= 0)
		pc_batch_add(&c->batch, f->dst_fd);
}

int pc_copier_open_target(struct pc_copier *c, uint32_t root, const char *path, bool top)
{
	uint32_t job_root = c->root;
	int r;

	c->root = root;
	r = tops_open(c);
	c->root = job_root;
	if (r < 0)
		return r;
	if (top) /* one of its own, as the other root's may replace it */
		return pc_openat(c->dst_top_fd, ".", O_PATH | O_DIRECTORY, 0);
	return open_target(c, root, path);
}

/* ---- The worker's life ---- */

static void copier_free(struct pc_copier *c)
{
	pc_batch_flush(&c->batch);
	pc_phase_done(c);
	if (c->src_top_fd >= 0)
		close(c->src_top_fd);
	if (c->dst_top_fd >= 0)
		close(c->dst_top_fd);
	pc_buffer_done(&c->path);
	pc_buffer_done(&c->dirs);
	pc_buffer_done(&c->files);
	pc_buffer_done(&c->full);
	pc_buffer_done(&c->above);
	free(c->listing);
	free(c->io);
	free(c);
}

/* Few descriptors: fewer levels at once, and nothing kept open for later.  A
 * shared table is dealt to its threads. */
static void fit_fd_limit(struct pc_copier *c)
{
	const struct pcopy_options *o = c->options;
	unsigned limit = pc_fd_limit() / (o->shared_fd_table ? o->threads : 1);
	unsigned spare = limit > FD_RESERVE ? limit - FD_RESERVE : 0;

	c->depth_max = spare / 4 < PC_DEPTH_MAX ? spare / 4 : PC_DEPTH_MAX;
	c->batch.max = spare / 4 < PC_BATCH_MAX ? spare / 4 : PC_BATCH_MAX;
}

static int copier_begin(void *env, struct pc_queue *queue, unsigned worker, void **ret)
{
	struct pc_copier *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->env = env;
	c->options = c->env->options;
	c->queue = queue;
	c->src_top_fd = c->dst_top_fd = c->attr.fd = -1;
	c->src_dev = UINT64_MAX;
	c->temp_number = (worker + UINT64_C(1)) << TEMP_WORKER_SHIFT;
	fit_fd_limit(c);
	c->listing = malloc(PC_LISTING_BYTES);
	if (!c->listing || pc_buffer_add(&c->path, "", 0) < 0 || pc_phase_init(c, worker) < 0) {
		copier_free(c);
		return -ENOMEM;
	}
	*ret = c;
	return 0;
}

static void copier_end(void *context)
{
	copier_free(context);
}

static void copier_run(void *context, unsigned slot, struct pc_job *job, char *text)
{
	static void (*const run[])(struct pc_copier *) = {
		[PC_JOB_ENTRIES] = pc_tree_entries, [PC_JOB_LIST] = pc_tree_list,
		[PC_JOB_CHUNK] = pc_chunk_job,	    [PC_JOB_FINISH] = pc_finish_job,
		[PC_JOB_LINK] = pc_link_job,	    [PC_JOB_DIRMETA] = pc_directory_job,
	};
	struct pc_copier *c = context;

	c->job = job;
	c->text = text;
	c->slot = slot;
	c->moved = pc_queue_moved(c->queue, slot);
	c->start_ns = pc_now_ns();
	c->root = job->root;
	c->attr.fd = -1;
	c->ending = false;
	c->errors = 0;
	pc_buffer_cut(&c->path, 0);
	pc_buffer_cut(&c->dirs, 0);
	pc_buffer_cut(&c->files, 0);
	pc_phase_begin_job(c);
	run[job->kind](c);
	pc_phase(c, PCOPY_PHASE_COMMIT);
	pc_batch_flush(&c->batch);
	pc_phase_end_job(c);
}

struct pc_work pc_copy_work(struct pc_copy_env *env)
{
	return (struct pc_work){
		.env = env,
		.begin = copier_begin,
		.run = copier_run,
		.end = copier_end,
	};
}

/* ---- The run's part ---- */

/* The umask can only be read by setting it, which is the whole process's; the
 * kernel tells it since 4.7. */
static mode_t read_umask(void)
{
	char line[128];
	unsigned mask;
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "Umask: %o", &mask) == 1) {
			fclose(f);
			return mask & 0777;
		}
	}
	if (f)
		fclose(f);
	mask = umask(077);
	umask(mask);
	return mask;
}

/* Whether a file that was there would be missed if it were taken for one that a lost
 * worker left. */
static bool keeps_what_is_there(const struct pcopy_options *o)
{
	bool forks = o->pool == PCOPY_POOL_PROCESSES || o->pool == PCOPY_POOL_HYBRID;

	return forks && (o->backup != PCOPY_BACKUP_NONE || o->update != PCOPY_UPDATE_ALL ||
			 o->on_overwrite);
}

/* A few milliseconds at most: a file that was made just before the run is older than
 * all that is made in it. */
static void wait_for_step(struct pc_copy_env *env)
{
	const struct timespec moment = {.tv_nsec = 500000};
	struct timespec now;

	do {
		nanosleep(&moment, NULL);
		if (clock_gettime(CLOCK_REALTIME_COARSE, &now) < 0)
			return;
	} while (now.tv_sec == env->started.tv_sec && now.tv_nsec == env->started.tv_nsec);
	env->waited = true;
}

int pc_copy_env_init(struct pc_copy_env *env)
{
	env->umask = read_umask();
	env->uid = geteuid();
	env->gid = getegid();
	if (clock_gettime(CLOCK_REALTIME_COARSE, &env->started) < 0)
		return -errno;
	if (keeps_what_is_there(env->options))
		wait_for_step(env);
	if (getrandom(&env->run_id, sizeof(env->run_id), 0) != sizeof(env->run_id))
		env->run_id = pc_now_ns() ^ ((uint64_t)getpid() << 40);
	return 0;
}

/* A part of a path, below a directory or, when empty, that itself. */
static int add_part(struct pc_buffer *path, const char *part, size_t len)
{
	if (len == 0)
		return 0;
	if (path->len > 0 && pc_buffer_add(path, "/", 1) < 0)
		return -ENOMEM;
	return pc_buffer_add(path, part, len);
}

void pc_copy_remove_file(void *env, const char *dir, const struct pc_work_file *file)
{
	const struct pc_copy_env *copy_env = env;
	const struct pc_root *root = &copy_env->root[file->root];
	size_t start, len = pc_path_base(file->path, &start);
	_cleanup_close_ int top_fd = -1, dir_fd = -1;
	const struct pc_top *open = NULL;
	struct pc_buffer path = {0};

	if (top_open(root->dst_top, &open, &top_fd) < 0 || pc_buffer_add(&path, "", 0) < 0)
		return;
	if (file->top ||
	    (add_part(&path, root->dst_name, strlen(root->dst_name)) == 0 &&
	     add_part(&path, dir, strlen(dir)) == 0 &&
	     add_part(&path, file->path, start > 0 ? start - 1 : 0) == 0)) {
		dir_fd = pc_open_dir_beneath(top_fd, path.data, O_PATH);
		if (dir_fd >= 0 && len > 0)
			(void)unlinkat(dir_fd, file->path + start, 0); /* nobody is left to tell */
	}
	pc_buffer_done(&path);
}

int pc_copy_sync(const struct pc_copy_env *env, const struct pc_root *root)
{
	_cleanup_close_ int fd = pc_openat(AT_FDCWD, root->dst_top->path, O_RDONLY | O_DIRECTORY, 0);
	int r;

	if (fd < 0)
		return fd;
	r = env->options->fsync == PCOPY_FSYNC_END ? syncfs(fd) : fsync(fd);
	return r < 0 ? -errno : 0;
}

/* One tree holds all the inodes of a btrfs subvolume, and writers of it wait for
 * each other: with everything in memory one worker is a quarter faster than two
 * (see docs/DECISIONS.md). */
unsigned pc_copy_width(const struct pc_root *root)
{
	struct statfs fs;

	return statfs(root->dst_top->path, &fs) == 0 && fs.f_type == BTRFS_SUPER_MAGIC ? 1 : 0;
}

/* FNV-1a of 64 bits (Fowler, Noll, Vo). */
void pc_large_temp_name(char *name, const char *final_name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (const char *at = final_name; *at; at++)
		hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
	(void)snprintf(name, PC_TEMP_NAME_MAX, ".pcopy-%016llx.part", (unsigned long long)hash);
}
