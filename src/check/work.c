/* SPDX-License-Identifier: MIT */
/* work.c - the jobs of a comparing worker, and its part in the walk.
 *
 * The top of the room: it looks at both sides of each entry, calls pair.c to compare their
 * attributes and content.c to compare their contents.
 *
 * It guarantees: nothing is created, changed or opened for writing. Each entry of the source that
 * was to be copied is counted once, as compared, skipped or failed, unless it is missing in the
 * target or of another type there: that is only reported, and nothing below it is looked at.
 * Entries that only the target has are reported if the options ask for it, and of a tree only the
 * uppermost.
 *
 * Where one tree is described or checked against a manifest (env->single_tree), both sides are the
 * same directory. */
#include "check/checker.h"
#include "check/content.h"
#include "check/pair.h"

#include "base/cleanup.h"
#include "sys/sys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The walk knows only its own part of the context. */
static struct pc_checker *checker_of(struct pc_walker *w)
{
	return (struct pc_checker *)((char *)w - offsetof(struct pc_checker, walk));
}

/* ---- Entries ---- */

/* Finds the manifest's description of an existing entry. False: there is none, which was
 * reported. */
static bool pair_find_listed(struct pc_checker *c, struct pc_pair *p, struct pc_listed *listed)
{
	const char *path;
	int r;

	if (!c->env->index)
		return true;
	path = pc_walk_name(&c->walk, &c->name, p->label);
	r = path ? pc_index_find(c->env->index, path, &c->listed, listed) : -ENOMEM;
	p->listed = listed;
	if (r == -ENOENT && S_ISDIR(p->dst.st_mode) && pc_index_is_above(c->env->index, path)) {
		*listed = (struct pc_listed){0}; /* a directory without its own line: only its
		                                  * entries are compared */
		return true;
	}
	if (r == -ENOENT)
		pc_checker_report(c, p, &(struct pc_difference){.field = PCOPY_FIELD_EXTRA});
	else if (r < 0)
		pc_checker_fail(c, p, PCOPY_STEP_NONE, r);
	return r == 0;
}

/* Looks at both sides. False: that failed and was reported. */
static bool pair_look(struct pc_checker *c, struct pc_pair *p, bool directory)
{
	int follow = pc_walk_follows(&c->walk, p->f) ? 0 : AT_SYMLINK_NOFOLLOW;
	int follow_target = pc_pair_follows_target(c, p, directory) ? 0 : AT_SYMLINK_NOFOLLOW;

	int r = pc_sys_fstatat(p->f->src_fd, p->src_name, &p->src, follow);

	if (r < 0) {
		p->src.st_mode = 0;
		pc_checker_fail(c, p, PCOPY_STEP_STAT, r);
		return false;
	}
	p->kind = pc_kind_of_mode(p->src.st_mode);
	r = -ENOENT; /* also where the parent directory is missing */
	if (p->f->dst_fd >= 0)
		r = pc_sys_fstatat(p->f->dst_fd, p->dst_name, &p->dst, follow_target);
	if (r == -ENOENT)
		pc_checker_report(c, p, &(struct pc_difference){.field = PCOPY_FIELD_MISSING});
	else if (r < 0)
		pc_checker_fail(c, p, PCOPY_STEP_STAT_TARGET, r);
	return r == 0;
}

/* Whether the size limits exclude a file from copying. */
static bool checker_skips_size(const struct pc_checker *c, const struct pc_entry *e)
{
	int follow = pc_walk_follows(&c->walk, e->frame) ? 0 : AT_SYMLINK_NOFOLLOW;
	struct stat st;

	return c->walk.options->limit_size && !c->env->index && e->listed == PC_TYPE_FILE &&
	       pc_sys_fstatat(e->frame->src_fd, e->src_name, &st, follow) == 0 &&
	       pc_exclude_skips_size(c->walk.options, &st);
}

/* The same for a manifest: its size counts, where it has one. */
static bool listed_skips_size(struct pc_checker *c, const struct pc_pair *p)
{
	struct pc_listed listed;
	const char *path;

	if (!c->env->index || !c->walk.options->limit_size)
		return false;
	path = pc_walk_name(&c->walk, &c->name, p->label);
	if (path && pc_index_find(c->env->index, path, &c->listed, &listed) == 0 &&
	    (listed.properties.known & PC_PROPERTY(PCOPY_FIELD_SIZE)))
		return S_ISREG(listed.properties.mode) &&
		       pc_exclude_skips_bytes(c->walk.options, listed.properties.size);
	return pc_exclude_skips_size(c->walk.options, &p->dst);
}

/* Regular files are opened before they are looked at, which saves a stat() by name for each side.
 * Until the pair was compared both descriptors are this function's to close; pc_content_check()
 * takes them over. */
static void checker_entry(struct pc_walker *w, struct pc_entry *e)
{
	struct pc_checker *c = checker_of(w);
	struct pc_pair p = {.f = e->frame,
	                    .src_name = e->src_name,
	                    .dst_name = e->dst_name,
	                    .label = e->label,
	                    .kind = e->listed == PC_TYPE_LINK ? PCOPY_SYMLINK : PCOPY_FILE,
	                    .src_fd = -1,
	                    .dst_fd = -1};
	struct pc_listed listed;

	if (pc_checker_skips(c, p.label, PC_MARK_ITSELF) ||
	    pc_checker_skips(c, p.label, PC_MARK_TREE) || checker_skips_size(c, e)) {
		c->walk.job->counts.entries[p.kind].skipped++;
		return;
	}
	if (e->listed != PC_TYPE_FILE || !pc_content_open(c, &p)) {
		if (!pair_look(c, &p, false))
			return;
	}
	if (listed_skips_size(c, &p)) {
		pc_content_close(c, &p);
		c->walk.job->counts.entries[p.kind].skipped++;
		return;
	}
	if (!pair_find_listed(c, &p, &listed) || !pc_pair_compare(c, &p)) {
		pc_content_close(c, &p);
		return;
	}
	if (S_ISREG(p.dst.st_mode)) {
		pc_content_check(c, &p);
		return;
	}
	if (c->env->record)
		pc_pair_record(c, &p, NULL);
	c->walk.job->counts.entries[p.kind].copied++;
}

/* ---- Directories ---- */

/* The step tells the side that failed. */
static int pair_open(struct pc_checker *c, const struct pc_pair *p, struct pc_frame *f,
                     enum pcopy_step *step)
{
	*step = PCOPY_STEP_OPEN_DIRECTORY;
	f->src_fd = pc_sys_open_dir(p->f->src_fd, p->src_name, pc_walk_follows(&c->walk, p->f),
	                            !f->above);
	if (f->src_fd < 0)
		return f->src_fd;
	*step = PCOPY_STEP_OPEN_TARGET;
	f->dst_fd = pc_sys_open_dir(p->f->dst_fd, p->dst_name, pc_pair_follows_target(c, p, true),
	                            !f->above);
	return f->dst_fd < 0 ? f->dst_fd : 0;
}

/* Whether an error means that the target directory does not exist as such. */
static bool is_absent(int error)
{
	return error == -ENOENT || error == -ENOTDIR || error == -ELOOP || error == -EBADF;
}

/* Checks one name of the target directory. An entry that vanished since it was listed is not
 * reported. Nor is one that a rule excludes: the copy was not to touch it. */
static int extra_take(struct pc_walker *w, void *data, const char *name)
{
	const struct pc_frame *f = data;
	struct pc_pair p = {.label = name, .kind = PCOPY_FILE};
	struct stat st;

	if (pc_sys_faccessat(f->src_fd, name, F_OK) != -ENOENT ||
	    pc_sys_fstatat(f->dst_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    pc_exclude_protects(w, f, name, pc_type_of_mode(st.st_mode)))
		return 0;
	p.kind = pc_kind_of_mode(st.st_mode);
	pc_checker_report(checker_of(w), &p, &(struct pc_difference){.field = PCOPY_FIELD_EXTRA});
	return 0;
}

/* The walk lists the source, so the target's directory is listed here for names that only it
 * has. */
static void checker_list(struct pc_walker *w, struct pc_frame *f)
{
	const struct pc_pair p = {.kind = PCOPY_DIRECTORY};
	struct pc_checker *c = checker_of(w);
	int r = 0;

	if (!c->env->both)
		return;
	r = pc_exclude_list(w, f);
	if (r == 0)
		r = pc_walk_names(w, f->dst_fd, extra_take, f);
	if (r < 0)
		pc_checker_fail(c, &p, PCOPY_STEP_READ_TARGET, r);
}

/* Opens both directories for the walk. Through followed links a directory may contain itself, which
 * is reported and not entered. */
static bool pair_enter(struct pc_checker *c, const struct pc_pair *p, struct pc_frame *f)
{
	enum pcopy_step step;
	int r = pair_open(c, p, f, &step);

	if (r == 0) {
		f->meta = pc_meta_of(&p->src);
		if (!pc_walk_is_cycle(&c->walk, p->f, &p->src))
			return true;
		step = PCOPY_STEP_CYCLE;
	}
	pc_checker_fail(c, p, step, r);
	pc_close_cleanup(&f->src_fd);
	pc_close_cleanup(&f->dst_fd);
	return false;
}

/* Opens a directory that leads to listed paths. It is compared when everything that it leads to
 * is done. */
static bool leading_open(struct pc_checker *c, const struct pc_pair *p, struct pc_frame *f)
{
	enum pcopy_step step = PCOPY_STEP_STAT;
	struct stat st;
	int r = pair_open(c, p, f, &step);

	if (r < 0 && step == PCOPY_STEP_OPEN_TARGET && is_absent(r))
		r = 0;
	if (r == 0)
		r = pc_sys_fstat(f->src_fd, &st);
	if (r == 0) {
		f->meta = pc_meta_of(&st);
		step = PCOPY_STEP_CYCLE;
		r = pc_walk_is_cycle(&c->walk, p->f, &st) ? 1 : 0;
	}
	if (r == 0)
		return true;
	pc_checker_fail(c, p, step, r < 0 ? r : 0);
	pc_close_cleanup(&f->src_fd);
	pc_close_cleanup(&f->dst_fd);
	return false;
}

/* A directory that the run skipped or failed to finish is entered without being compared: its
 * entries may have been copied. */
static bool checker_open(struct pc_walker *w, struct pc_entry *e, struct pc_frame *f)
{
	struct pc_checker *c = checker_of(w);
	struct pc_pair p = {.f = e->frame,
	                    .src_name = e->src_name,
	                    .dst_name = e->dst_name,
	                    .kind = PCOPY_DIRECTORY,
	                    .src_fd = -1,
	                    .dst_fd = -1};
	struct pc_listed listed;

	if (pc_checker_skips(c, NULL, PC_MARK_TREE)) {
		c->walk.job->counts.entries[PCOPY_DIRECTORY].skipped++;
		return false;
	}
	if (f->above)
		return leading_open(c, &p, f);
	if (!pair_look(c, &p, true) || !pair_find_listed(c, &p, &listed))
		return false;
	if (!pc_checker_skips(c, NULL, PC_MARK_ITSELF) && !pc_pair_compare(c, &p))
		return false;
	if (!S_ISDIR(p.src.st_mode) || !S_ISDIR(p.dst.st_mode) || !pair_enter(c, &p, f))
		return false;
	if (c->env->record)
		pc_pair_record(c, &p, NULL);
	return true;
}

static void checker_finish(struct pc_walker *w, struct pc_frame *f)
{
	if (!f->failed)
		w->job->counts.entries[PCOPY_DIRECTORY].copied++;
}

/* The identity is all that pc_walk_is_cycle() needs of a directory opened by path. */
static void checker_look(struct pc_walker *w, struct pc_frame *f)
{
	struct stat st;

	(void)w;
	if (f->top || pc_sys_fstat(f->src_fd, &st) < 0)
		return;
	f->meta.dev = st.st_dev;
	f->meta.ino = st.st_ino;
}

/* Whether a missing entry is known: its copy failed, or a manifest has it. */
static bool checker_excuses(struct pc_walker *w, const char *name)
{
	struct pc_checker *c = checker_of(w);
	const char *path;

	if (pc_checker_skips(c, name, PC_MARK_ITSELF) || pc_checker_skips(c, name, PC_MARK_TREE)) {
		w->job->counts.entries[PCOPY_FILE].skipped++;
		return true;
	}
	path = c->env->index ? pc_walk_name(w, &c->name, name) : NULL;
	return path && pc_index_knows(c->env->index, path, &c->listed);
}

/* ---- Directories that lead to listed paths ---- */

/* `f` is the frame of the parent directory. */
static void leading_compare(struct pc_checker *c, struct pc_frame *f, const char *name)
{
	const struct pc_root *root = &c->env->root[c->walk.root];
	struct pc_pair p = {.f = f,
	                    .src_name = f->top ? root->src_name : name,
	                    .dst_name = f->top ? root->dst_name : name,
	                    .kind = PCOPY_DIRECTORY,
	                    .src_fd = -1,
	                    .dst_fd = -1};
	struct pc_listed listed;

	if (pc_checker_skips(c, NULL, PC_MARK_ITSELF) || pc_checker_skips(c, NULL, PC_MARK_TREE)) {
		c->walk.job->counts.entries[PCOPY_DIRECTORY].skipped++;
		return;
	}
	if (!pair_look(c, &p, true) || !pair_find_listed(c, &p, &listed) || !pc_pair_compare(c, &p))
		return;
	if (c->env->record)
		pc_pair_record(c, &p, NULL);
	c->walk.job->counts.entries[PCOPY_DIRECTORY].copied++;
}

/* The request has the path of each directory. Its parents are opened anew, as the job that went
 * through them may have been another worker's. */
static void leading_item(struct pc_checker *c, const struct pc_item *item)
{
	const char *slash = strrchr(item->text, '/');
	_cleanup_free_ char *dir = strndup(item->text, slash ? (size_t)(slash - item->text) : 0);
	struct pc_frame f;
	int r;

	if (!dir) {
		c->walk.job->error = -ENOMEM;
		return;
	}
	c->walk.root = item->root;
	r = pc_walk_open_dirs(&c->walk, dir, !*item->text, &f);
	pc_walk_set_path(&c->walk, item->text);
	/* a missing target was reported with the parent directory */
	if (r == 0)
		leading_compare(c, &f, slash ? slash + 1 : item->text);
	else if (f.src_fd < 0 || !is_absent(r))
		pc_walk_fail(&c->walk, PCOPY_DIRECTORY, PCOPY_STEP_OPEN_DIRECTORY, r, NULL);
	pc_walk_close_dirs(&c->walk, &f);
}

static void leading_job(struct pc_checker *c)
{
	const struct pc_item *item;
	uint32_t pos = 0;

	while ((item = pc_item_next(c->walk.text, c->walk.job->request_len, &pos)))
		leading_item(c, item);
}

/* ---- The worker's lifetime ---- */

static void checker_free(struct pc_checker *c)
{
	pc_walk_done(&c->walk);
	pc_buffer_done(&c->name);
	pc_buffer_done(&c->values);
	pc_buffer_done(&c->listed);
	if (c->digest)
		EVP_MD_CTX_free(c->digest);
	free(c->block[0]);
	free(c->block[1]);
	free(c);
}

static int checker_begin(void *env, struct pc_queue *queue, unsigned worker, void **ret)
{
	static const struct pc_walk_ops ops = {
		.entry = checker_entry,
		.open = checker_open,
		.list = checker_list,
		.finish = checker_finish,
		.look = checker_look,
		.excuses = checker_excuses,
	};
	struct pc_checker *c = calloc(1, sizeof(*c));

	(void)worker;
	if (!c)
		return -ENOMEM;
	c->env = env;
	c->block[0] = malloc(PC_BLOCK_BYTES);
	c->block[1] = malloc(PC_BLOCK_BYTES);
	if (pc_walk_init(&c->walk, &ops, c->env->options, c->env->root, queue) < 0 ||
	    !c->block[0] || !c->block[1] || pc_buffer_add(&c->name, "", 0) < 0) {
		checker_free(c);
		return -ENOMEM;
	}
	*ret = c;
	return 0;
}

static void checker_end(void *context)
{
	checker_free(context);
}

static void checker_run(void *context, unsigned slot, struct pc_job *job, char *text)
{
	struct pc_checker *c = context;

	pc_walk_take(&c->walk, slot, job, text);
	switch (job->kind) {
	case PC_JOB_ENTRIES:
		pc_walk_entries(&c->walk);
		break;
	case PC_JOB_LIST:
		pc_walk_list(&c->walk);
		break;
	case PC_JOB_CHUNK:
		pc_content_chunk(c);
		break;
	case PC_JOB_FINISH:
		pc_content_finish(c);
		break;
	case PC_JOB_PATHS:
		pc_walk_paths(&c->walk);
		break;
	case PC_JOB_COUNT:
		pc_walk_count(&c->walk);
		break;
	case PC_JOB_DIRMETA:
		leading_job(c);
		break;
	default: /* jobs of a copy are never sent here */
		job->error = -EOPNOTSUPP;
		break;
	}
	pc_batch_flush(&c->walk.batch);
}

struct pc_work pc_check_work(struct pc_check_env *env)
{
	return (struct pc_work){
		.env = env,
		.begin = checker_begin,
		.run = checker_run,
		.end = checker_end,
	};
}
