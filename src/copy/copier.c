/* copier.c - a copying worker's context, and its results. */
#include "copy/copier.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/path.h"
#include "sys/sys.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/vfs.h>
#include <unistd.h>

void pc_copier_event(struct pc_copier *c, enum pcopy_event_type type, enum pcopy_kind kind,
		     enum pcopy_step step, int error, const char *name)
{
	const char *backup = type == PCOPY_EVENT_COPIED && c->backup[0] ? c->backup : NULL;
	struct pc_item *item = pc_walk_event(&c->walk, type, kind, step, error, name, backup,
					     backup ? strlen(backup) : 0);

	if (item && type == PCOPY_EVENT_COPIED && kind == PCOPY_FILE)
		item->arg = pc_way_pack(&c->way);
}

void pc_copier_fail(struct pc_copier *c, enum pcopy_kind kind, enum pcopy_step step, int error,
		    const char *name)
{
	pc_walk_count_failed(&c->walk, kind, step, error);
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
	if (c->options->verbose || pc_reads_back(c->options))
		pc_copier_event(c, PCOPY_EVENT_SKIPPED, kind, PCOPY_STEP_NONE, 0, name);
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

/* FNV-1a of 64 bits (Fowler, Noll, Vo), from a basis of one's own. */
static uint64_t hash_of(const char *name, uint64_t basis)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ basis;

	for (const char *at = name; *at; at++)
		hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
	return hash;
}

void pc_copier_temp_name(const struct pc_copier *c, const char *final_name,
			 char name[PC_TEMP_NAME_MAX])
{
	uint64_t run = c->env->run_id;

	(void)snprintf(name, PC_TEMP_NAME_MAX, ".pcopy-%016llx-%llx", (unsigned long long)run,
		       (unsigned long long)hash_of(final_name, run));
}

void pc_copier_drop_lost(const struct pc_copier *c, const struct pc_frame *f,
			 const char *final_name)
{
	char name[PC_TEMP_NAME_MAX];

	if (!pc_job_is_again(c->job))
		return;
	pc_copier_temp_name(c, final_name, name);
	(void)unlinkat(f->dst_fd, name, 0); /* in most cases there is none */
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

static void new_target(struct pc_walker *w)
{
	struct pc_copier *c = pc_copier_of(w);
	struct stat st;

	look_at_target(c);
	c->top_acl = pc_attr_inherits(c->dst_top_fd);
	c->top_gid_own = fstat(c->dst_top_fd, &st) == 0 && st.st_gid == c->env->gid;
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
	int r = pc_walk_open_dirs(&c->walk, path, top, f);

	if (r == 0 && top) {
		f->acl = c->top_acl;
		f->gid_own = c->top_gid_own;
	}
	return r;
}

/* ---- What is done on the way down, see struct pc_walk_ops ---- */

static void walk_entry(struct pc_walker *w, struct pc_frame *f, enum pc_type type,
		       const char *src_name, const char *dst_name)
{
	struct pc_copier *c = pc_copier_of(w);
	const char *label = pc_frame_label(f, src_name);

	if (!c->env->only || (pc_walk_name(w, &c->name, label) &&
			      pc_marks_cover(c->env->only, c->root, c->name.data)))
		pc_entry_copy(c, f, type, src_name, dst_name);
}

static bool walk_open(struct pc_walker *w, struct pc_frame *up, const char *src_name,
		      const char *dst_name, struct pc_frame *f)
{
	struct pc_copier *c = pc_copier_of(w);

	if (c->env->only && (!pc_walk_name(w, &c->name, NULL) ||
			     !pc_marks_reach(c->env->only, c->root, c->name.data)))
		return false;
	return pc_directory_open(c, up, src_name, dst_name, f);
}

static void walk_finish(struct pc_walker *w, struct pc_frame *f)
{
	struct pc_copier *c = pc_copier_of(w);
	enum pcopy_step step = PCOPY_STEP_NONE;
	int r = pc_directory_finish(c, f->dst_fd, f->src_fd, &f->meta, &step);

	if (r < 0 && !f->failed)
		pc_copier_fail(c, PCOPY_DIRECTORY, step, r, NULL);
	else if (!f->failed)
		pc_directory_done(c, &f->meta);
}

static void walk_look(struct pc_walker *w, struct pc_frame *f)
{
	struct pc_copier *c = pc_copier_of(w);

	if (f->top) {
		f->acl = c->top_acl;
		f->gid_own = c->top_gid_own;
		return;
	}
	remember_target(c);
	pc_directory_look(c, f);
}

static void walk_moment(struct pc_walker *w, enum pc_walk_moment moment)
{
	struct pc_copier *c = pc_copier_of(w);

	if (moment == PC_WALK_LISTS)
		pc_phase_walk(c);
	else if (moment == PC_WALK_LISTED)
		pc_phase_listed(c);
	else
		pc_phase(c, PCOPY_PHASE_WALK);
}

static const struct pc_walk_ops walk_ops = {
	.entry = walk_entry,
	.open = walk_open,
	.finish = walk_finish,
	.look = walk_look,
	.moment = walk_moment,
	.new_target = new_target,
};

/* ---- The worker's life ---- */

static void copier_free(struct pc_copier *c)
{
	pc_phase_done(c);
	pc_walk_done(&c->walk);
	pc_buffer_done(&c->name);
	free(c->io);
	free(c);
}

static int copier_begin(void *env, struct pc_queue *queue, unsigned worker, void **ret)
{
	struct pc_copier *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->env = env;
	c->attr.fd = -1;
	c->src_dev = UINT64_MAX;
	if (pc_walk_init(&c->walk, &walk_ops, c->env->options, c->env->root, queue) < 0 ||
	    pc_phase_init(c, worker) < 0) {
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

static void entries_job(struct pc_copier *c)
{
	pc_walk_entries(&c->walk);
}

static void list_job(struct pc_copier *c)
{
	pc_walk_list(&c->walk);
}

static void copier_run(void *context, unsigned slot, struct pc_job *job, char *text)
{
	static void (*const run[])(struct pc_copier *) = {
		[PC_JOB_ENTRIES] = entries_job, [PC_JOB_LIST] = list_job,
		[PC_JOB_CHUNK] = pc_chunk_job,	[PC_JOB_FINISH] = pc_finish_job,
		[PC_JOB_LINK] = pc_link_job,	[PC_JOB_DIRMETA] = pc_directory_job,
	};
	struct pc_copier *c = context;

	pc_walk_take(&c->walk, slot, job, text);
	c->attr.fd = -1;
	pc_phase_begin_job(c);
	run[job->kind](c);
	pc_phase(c, PCOPY_PHASE_COMMIT);
	pc_batch_flush(&c->batch);
	pc_phase_end_job(c);
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

static bool is_that_file(int dirfd, const char *name, const struct pc_work_file *file)
{
	struct stat st;

	return file->ino == 0 || (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
				  st.st_dev == file->dev && st.st_ino == file->ino);
}

/* By the path alone, as whoever had it open may hang. */
static void remove_file(void *env, const char *dir, const struct pc_work_file *file)
{
	const struct pc_copy_env *copy_env = env;
	const struct pc_root *root = &copy_env->root[file->root];
	size_t start, len = pc_path_base(file->path, &start);
	_cleanup_close_ int top_fd = pc_walk_open_top(root->dst_top), dir_fd = -1;
	struct pc_buffer path = {0};

	if (top_fd < 0 || pc_buffer_add(&path, "", 0) < 0)
		return;
	if (file->top ||
	    (add_part(&path, root->dst_name, strlen(root->dst_name)) == 0 &&
	     add_part(&path, dir, strlen(dir)) == 0 &&
	     add_part(&path, file->path, start > 0 ? start - 1 : 0) == 0)) {
		dir_fd = pc_sys_open_dir_beneath(top_fd, path.data, O_PATH);
		if (dir_fd >= 0 && len > 0 && is_that_file(dir_fd, file->path + start, file))
			(void)unlinkat(dir_fd, file->path + start, 0); /* nobody is left to tell */
	}
	pc_buffer_done(&path);
}

struct pc_work pc_copy_work(struct pc_copy_env *env)
{
	return (struct pc_work){
		.env = env,
		.begin = copier_begin,
		.run = copier_run,
		.end = copier_end,
		.remove_file = remove_file,
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
			 o->on_overwrite || o->remove_destination || o->atomic == PCOPY_ALWAYS);
}

/* A few milliseconds at most: a file that was made just before the run is older than
 * all that is made in it.  File times are by the coarse clock, or since Linux 6.13 by
 * the fine one where somebody has looked, and never go back. */
static void wait_for_step(struct pc_copy_env *env)
{
	const struct timespec moment = {.tv_nsec = 500000};
	struct timespec now, *started = &env->started;

	if (clock_gettime(CLOCK_REALTIME, started) < 0)
		return;
	do {
		nanosleep(&moment, NULL);
		if (clock_gettime(CLOCK_REALTIME_COARSE, &now) < 0)
			return;
	} while (now.tv_sec < started->tv_sec ||
		 (now.tv_sec == started->tv_sec && now.tv_nsec <= started->tv_nsec));
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

int pc_copy_sync(const struct pcopy_options *options, const struct pc_root *root)
{
	_cleanup_close_ int fd = pc_openat(AT_FDCWD, root->dst_top->path, O_RDONLY | O_DIRECTORY, 0);
	int r;

	if (fd < 0)
		return fd;
	r = options->fsync == PCOPY_FSYNC_END ? syncfs(fd) : fsync(fd);
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

void pc_large_temp_name(char *name, const char *final_name)
{
	(void)snprintf(name, PC_TEMP_NAME_MAX, ".pcopy-%016llx.part",
		       (unsigned long long)hash_of(final_name, 0));
}
