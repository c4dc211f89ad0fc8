/* SPDX-License-Identifier: MIT */
/* operands.c - checks operands before anything is written, and makes roots of them.
 *
 * An operand is split into its directory and its name.  Operands that name a directory by `.`,
 * `..` or `/` have no name: that directory itself is opened and the name is `.`. */
#include "plan/operands.h"

#include "plan/overlap.h"
#include "plan/parents.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/sys.h"
#include "sys/fs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The directory of an operand, by path. */
struct top {
	struct pc_anchor top;
	char *real; /* owned: the path to open, or NULL */
	int error;  /* negative errno: the directory cannot be opened */
	UT_hash_handle hh;
	char path[];
};

/* A target name that an operand will get. */
struct taken {
	UT_hash_handle hh;
	uint64_t src_dev, src_ino;
	const struct top *src_anchor;
	const char *src_name;
	bool directory, link;
	size_t key_len;
	char key[]; /* device, inode, name */
};

struct pc_operands {
	const struct pcopy_options *options;
	bool look_only;
	struct pc_root *root;
	char **name; /* [2 * count], owned */
	unsigned root_count, name_count;
	struct top *tops;
	struct taken *taken;
	struct pc_parents parents;
	bool merged;  /* an operand goes into an existing directory */
	bool overlap; /* targets overlap, and deletion could remove entries */
	bool no_memory;
};

/* An operand under examination. */
struct look {
	const struct pc_operand *operand;
	struct pc_parent above; /* the directory above the target that could not be created */
	struct stat st;         /* of the source */
	struct top *src_anchor, *dst_anchor;
	char *src_name, *dst_name;
	bool through; /* the target is a symbolic link, opened as such */
	bool shared;  /* an earlier operand has the same target */
};

/* Stats the directory.  For a magic link such as /dev/fd, which resolves differently in each
 * process, stores the path as this process sees it. */
static void top_look(struct top *top)
{
	struct stat st;

	if (stat(top->path, &st) < 0) {
		top->error = -errno;
		top->top.ino =
			pc_name_hash(top->path, 1); /* distinct from other missing directories */
		return;
	}
	if (!S_ISDIR(st.st_mode)) {
		top->error = -ENOTDIR;
		return;
	}
	if (!pc_fs_type_of_path(top->path)->sizes_are_true)
		top->real = realpath(top->path, NULL);
	if (top->real && strncmp(top->real, "/proc/", strlen("/proc/")) == 0)
		top->top.path = top->real;
	top->top.dev = st.st_dev;
	top->top.ino = st.st_ino;
	top->top.local = pc_fs_type_of_path(top->path)->local;
}

static struct top *top_find(struct pc_operands *o, const char *path, size_t len)
{
	struct top *top;

	HASH_FIND(hh, o->tops, path, len, top);
	if (top)
		return top;
	top = calloc(1, sizeof(*top) + len + 1);
	if (!top) {
		o->no_memory = true;
		return NULL;
	}
	memcpy(top->path, path, len);
	top->top.path = top->path;
	top_look(top);
	HASH_ADD(hh, o->tops, path, len, top);
	if (!top->hh.tbl) { /* no memory for the hash table */
		free(top->real);
		free(top);
		o->no_memory = true;
		return NULL;
	}
	return top;
}

static char *name_keep(struct pc_operands *o, const char *name, size_t len)
{
	char *copy = strndup(name, len);

	if (!copy) {
		o->no_memory = true;
		return NULL;
	}
	o->name[o->name_count++] = copy;
	return copy;
}

/* Splits a path.  `whole`: do not split off a name, because it is a link to be followed. */
static void path_split(struct pc_operands *o, const char *path, bool whole, struct top **ret_top,
                       char **ret_name)
{
	size_t start, len = pc_path_base(path, &start);

	if (whole || pc_path_is_dots(path + start, len)) {
		*ret_top = top_find(o, path, strlen(path));
		*ret_name = name_keep(o, ".", 1);
		return;
	}
	if (start == 0) {
		*ret_top = top_find(o, ".", 1);
	} else {
		size_t parent = start;

		while (parent > 1 && path[parent - 1] == '/')
			parent--;
		*ret_top = top_find(o, path, parent);
	}
	*ret_name = name_keep(o, path + start, len);
}

/* True if a path without its trailing slashes is a symbolic link. */
static bool operand_is_link(const char *path)
{
	size_t start, len = pc_path_base(path, &start);
	_cleanup_free_ char *bare = strndup(path, start + len);
	struct stat st;

	return bare && lstat(bare, &st) == 0 && S_ISLNK(st.st_mode);
}

static bool ends_in_slash(const char *path)
{
	return *path && path[strlen(path) - 1] == '/';
}

/* ---- Refusals ---- */

static void refusal_send(const struct pc_operand_sink *sink, const struct look *k,
                         enum pcopy_step step, int error)
{
	bool twice = step == PCOPY_STEP_TWICE;
	struct pcopy_event event = {
		.type = twice ? PCOPY_EVENT_WARNING : PCOPY_EVENT_ERROR,
		.kind = pc_kind_of_mode(k->st.st_mode),
		.step = step,
		.errnum = -error,
		.src = k->above.src ? k->above.src : k->operand->src,
		.dst = k->above.dst ? k->above.dst : k->operand->dst,
	};

	if (twice) {
		sink->counts->warnings++;
		sink->counts->entries[event.kind].skipped++;
	} else {
		sink->counts->entries[event.kind].failed++;
	}
	if (sink->send)
		sink->send(sink->userdata, &event);
}

/* Reserves the target name.  Returns the operand that has it already, or NULL. */
static const struct taken *name_take(struct pc_operands *o, const struct look *k)
{
	uint64_t id[2] = {k->dst_anchor->top.dev, k->dst_anchor->top.ino};
	size_t name_len = strlen(k->dst_name);
	struct taken *found, *taken = calloc(1, sizeof(*taken) + sizeof(id) + name_len);

	if (!taken) {
		o->no_memory = true;
		return NULL;
	}
	memcpy(taken->key, id, sizeof(id));
	memcpy(taken->key + sizeof(id), k->dst_name, name_len);
	taken->key_len = sizeof(id) + name_len;
	HASH_FIND(hh, o->taken, taken->key, taken->key_len, found);
	if (found) {
		free(taken);
		return found;
	}
	taken->directory = S_ISDIR(k->st.st_mode);
	taken->link = S_ISLNK(k->st.st_mode);
	taken->src_dev = k->st.st_dev;
	taken->src_ino = k->st.st_ino;
	taken->src_anchor = k->src_anchor;
	taken->src_name = k->src_name;
	HASH_ADD_KEYPTR(hh, o->taken, taken->key, taken->key_len, taken);
	if (!taken->hh.tbl) {
		free(taken);
		o->no_memory = true;
	}
	return NULL;
}

/* A trailing slash after the name of a symbolic link means the directory it points to, as for a
 * source.  If the link is dangling or points to something else, the link itself is meant, and the
 * worker refuses it. */
static bool is_named_through(const struct pc_operand *operand)
{
	struct stat st;

	return ends_in_slash(operand->dst) && operand_is_link(operand->dst) &&
	       stat(operand->dst, &st) == 0 && S_ISDIR(st.st_mode);
}

/* True if the target is a symbolic link and its destination will be written. */
static bool is_written_through(const struct pc_operands *o, const struct look *k)
{
	return (k->operand->flags & PCOPY_ADD_FOLLOW_TARGET) && pc_writes_in_place(o->options) &&
	       (S_ISREG(k->st.st_mode) || pc_is_stream(o->options, k->st.st_mode, true));
}

static void operand_split_target(struct pc_operands *o, struct look *k)
{
	_cleanup_free_ char *real = NULL;
	const char *dst = k->operand->dst;
	struct stat st;

	if (is_written_through(o, k) && stat(dst, &st) == 0 && !S_ISDIR(st.st_mode) &&
	    operand_is_link(dst)) {
		/* descriptors such as /dev/stdout may have no path */
		real = S_ISREG(st.st_mode) ? realpath(dst, NULL) : NULL;
		k->through = !real;
	}
	path_split(o, real ? real : dst, is_named_through(k->operand), &k->dst_anchor,
	           &k->dst_name);
}

/* The error for which a target that must be followed cannot be examined, though it may exist. */
static int operand_target_error(const struct pc_operands *o, const struct look *k)
{
	struct stat st;

	if (!is_written_through(o, k) || o->options->force || stat(k->operand->dst, &st) == 0)
		return 0;
	return errno == ELOOP || errno == EACCES ? -errno : 0;
}

static enum pcopy_step step_to_make(const struct pcopy_options *options, const struct stat *st)
{
	if (!S_ISDIR(st->st_mode) && options->make != PCOPY_MAKE_COPIES)
		return options->make == PCOPY_MAKE_SYMLINKS ? PCOPY_STEP_SYMLINK : PCOPY_STEP_LINK;
	return S_ISDIR(st->st_mode)   ? PCOPY_STEP_MKDIR
	       : S_ISLNK(st->st_mode) ? PCOPY_STEP_SYMLINK
	       : S_ISREG(st->st_mode) ? PCOPY_STEP_CREATE
	                              : PCOPY_STEP_MKNOD;
}

/* Examines the source, and with PCOPY_ADD_PARENTS creates the directories above the target.
 * Returns PCOPY_STEP_NONE, or the step that failed. */
static enum pcopy_step operand_find_source(struct pc_operands *o, struct look *k, int *error)
{
	bool follow = pc_follows_operands(o->options);

	k->st.st_mode = S_IFREG;
	if (fstatat(AT_FDCWD, k->operand->src, &k->st, follow ? 0 : AT_SYMLINK_NOFOLLOW) < 0) {
		*error = -errno;
		return PCOPY_STEP_STAT;
	}
	if (o->options->names && !S_ISDIR(k->st.st_mode)) {
		*error = -ENOTDIR;
		return PCOPY_STEP_OPEN_DIRECTORY;
	}
	if (o->look_only)
		return PCOPY_STEP_NONE;
	if (S_ISDIR(k->st.st_mode) && !o->options->names &&
	    (o->options->rules & PCOPY_RULE_OMIT_DIRECTORIES))
		return PCOPY_STEP_OMITTED;
	if (!(k->operand->flags & PCOPY_ADD_PARENTS))
		return PCOPY_STEP_NONE;
	return pc_parents_make(&o->parents, o->options, k->operand->src, k->operand->dst, error,
	                       &k->above);
}

/* Splits the source and target paths. */
static void operand_find_names(struct pc_operands *o, struct look *k)
{
	const char *src = k->operand->src;
	bool follow = pc_follows_operands(o->options);
	/* "link/" is the directory that the link points to */
	bool whole =
		(ends_in_slash(src) || (follow && S_ISDIR(k->st.st_mode))) && operand_is_link(src);

	path_split(o, src, whole, &k->src_anchor, &k->src_name);
	if (o->look_only && strcmp(src, k->operand->dst) == 0) /* one tree, to be described */
		path_split(o, src, whole, &k->dst_anchor, &k->dst_name);
	else
		operand_split_target(o, k);
}

/* Returns the step for which the target name is unusable, as operand_find_source(). */
static enum pcopy_step operand_find_target(const struct pc_operands *o, struct look *k, int *error)
{
	*error = operand_target_error(o, k);
	if (*error < 0)
		return PCOPY_STEP_STAT_TARGET;
	*error = k->dst_anchor->error;
	if (*error == -ENOENT && o->options->dry_run && (k->operand->flags & PCOPY_ADD_PARENTS)) {
		k->dst_anchor->top.absent = true;
		*error = 0;
	}
	if (!*error && !S_ISDIR(k->st.st_mode) && is_named_through(k->operand))
		return PCOPY_STEP_FILE_OVER_DIR;
	if (!*error && !S_ISDIR(k->st.st_mode) && ends_in_slash(k->operand->dst))
		*error = -ENOTDIR;
	return *error < 0 ? step_to_make(o->options, &k->st) : PCOPY_STEP_NONE;
}

/* Examines the source and the target name.  Returns PCOPY_STEP_NONE, or the step that failed. */
static enum pcopy_step operand_find(struct pc_operands *o, struct look *k, int *error)
{
	enum pcopy_step step = operand_find_source(o, k, error);

	if (step != PCOPY_STEP_NONE)
		return step;
	operand_find_names(o, k);
	if (o->no_memory)
		return PCOPY_STEP_NONE;
	*error = k->src_anchor->error;
	if (*error < 0)
		return PCOPY_STEP_STAT;
	if (!o->look_only)
		return operand_find_target(o, k, error);
	*error = k->dst_anchor->error;
	return *error < 0 ? PCOPY_STEP_STAT_TARGET : PCOPY_STEP_NONE;
}

/* True for the same directory entry, not just for the same inode. */
static bool is_same_source(const struct taken *taken, const struct look *k)
{
	if (taken->src_dev != k->st.st_dev || taken->src_ino != k->st.st_ino)
		return false;
	return taken->directory || (taken->src_anchor->top.dev == k->src_anchor->top.dev &&
	                            taken->src_anchor->top.ino == k->src_anchor->top.ino &&
	                            strcmp(taken->src_name, k->src_name) == 0);
}

/* True if the target is a directory without a name of its own. */
static bool is_whole_target(const struct look *k)
{
	return strcmp(k->dst_name, ".") == 0;
}

static bool is_same_dir(const struct top *top, const struct stat *st)
{
	return top->top.dev == st->st_dev && top->top.ino == st->st_ino;
}

/* True if the directory of the target lies inside the source.  If that directory does not exist
 * yet, its nearest existing parent is checked. */
static bool is_into_itself(const struct look *k)
{
	_cleanup_free_ char *path = strdup(k->dst_anchor->path);
	int r = path ? pc_path_lies_within(path, &k->st) : -ENOMEM;

	while (r == -ENOENT && k->dst_anchor->top.absent) {
		char *slash = strrchr(path, '/');

		if (!slash || slash == path)
			return false; /* in the current directory: the full path was checked */
		*slash = '\0';
		r = pc_path_lies_within(path, &k->st);
	}
	return r == 1;
}

/* The step for which an operand is refused whose target name an earlier one has taken, or
 * PCOPY_STEP_NONE. */
static enum pcopy_step taken_refusal(struct pc_operands *o, struct look *k,
                                     const struct taken *taken)
{
	if (o->options->delete_extraneous) { /* each source lacks the entries of the other */
		o->overlap = true;
		return PCOPY_STEP_ONE_TARGET;
	}
	if (o->options->backup == PCOPY_BACKUP_NUMBERED) { /* no data is lost */
		k->shared = true;
		return PCOPY_STEP_NONE;
	}
	if (is_same_source(taken, k) && o->options->backup == PCOPY_BACKUP_NONE)
		return PCOPY_STEP_TWICE;
	/* directories merge; the worker refuses a directory over another kind */
	k->shared = taken->directory || S_ISDIR(k->st.st_mode) ||
	            o->options->update != PCOPY_UPDATE_ALL; /* the existing target may remain */
	if (k->shared)
		return PCOPY_STEP_NONE;
	return taken->link && S_ISREG(k->st.st_mode) ? PCOPY_STEP_THROUGH_CREATED
	                                             : PCOPY_STEP_JUST_CREATED;
}

/* Returns the step for which an operand is refused, or PCOPY_STEP_NONE. */
static enum pcopy_step operand_refusal(struct pc_operands *o, struct look *k)
{
	const struct taken *taken;

	if (o->look_only)
		return PCOPY_STEP_NONE;
	if (is_whole_target(k) && is_same_dir(k->dst_anchor, &k->st))
		return PCOPY_STEP_SAME_FILE;
	if (S_ISDIR(k->st.st_mode) && is_into_itself(k))
		return PCOPY_STEP_INTO_ITSELF;
	taken = name_take(o, k);
	return taken ? taken_refusal(o, k, taken) : PCOPY_STEP_NONE;
}

/* True if an operand is on a local file system: that of its directory, or its own if it is a
 * mount point.  `st`: its attributes, or NULL if it does not exist yet. */
static bool operand_is_local(const struct pc_anchor *top, const char *path, const struct stat *st)
{
	if (st && st->st_dev != top->dev)
		return pc_fs_type_of_path(path)->local;
	return top->local;
}

static void root_add(struct pc_operands *o, const struct look *k)
{
	bool directory = S_ISDIR(k->st.st_mode);
	struct stat st;
	bool there = directory && lstat(k->operand->dst, &st) == 0;
	/* entries merged into a directory may conflict with other operands */
	bool merges = there && S_ISDIR(st.st_mode);

	o->root[o->root_count] = (struct pc_root){
		.src = k->operand->src,
		.dst = k->operand->dst,
		.src_anchor = &k->src_anchor->top,
		.dst_anchor = &k->dst_anchor->top,
		.src_name = k->src_name,
		.dst_name = k->dst_name,
		.named = k->operand->flags & PCOPY_ADD_FOLLOW_TARGET,
		.through = k->through,
		.kind = pc_kind_of_mode(k->st.st_mode),
		.src_dev = k->st.st_dev,
		.src_ino = k->st.st_ino,
		.local = operand_is_local(&k->src_anchor->top, k->operand->src, &k->st) &&
	                 operand_is_local(&k->dst_anchor->top, k->operand->dst, there ? &st : NULL),
		.barrier =
			!o->look_only && (k->shared || o->merged || (merges && o->root_count > 0)),
	};
	o->root_count++;
	o->merged = o->merged || merges;
}

/* Adds the parents as roots after those of the operands; each is `.` in itself. */
static void roots_add_parents(struct pc_operands *o)
{
	struct pc_root *grown = realloc(
		o->root, (o->root_count + HASH_COUNT(o->parents.first) + 1U) * sizeof(*o->root));
	struct pc_root *root;

	if (!grown) {
		o->no_memory = true;
		return;
	}
	o->root = grown;
	root = o->root + o->root_count;
	for (const struct pc_parent *p = o->parents.first; p; p = p->hh.next, root++) {
		struct top *src = top_find(o, p->src, strlen(p->src));
		struct top *dst = top_find(o, p->dst, strlen(p->dst));

		if (o->no_memory)
			return;
		dst->top.absent = dst->error < 0; /* in a dry run */
		*root = (struct pc_root){.src = p->src,
		                         .dst = p->dst,
		                         .src_anchor = &src->top,
		                         .dst_anchor = &dst->top,
		                         .src_name = ".",
		                         .dst_name = ".",
		                         .kind = PCOPY_DIRECTORY,
		                         .parent = &p->meta,
		                         .local = src->top.local && dst->top.local};
	}
}

/* Adds the root of an operand, or reports why it is refused. */
static void operand_resolve(struct pc_operands *o, const struct pc_operand *operand,
                            const struct pc_operand_sink *sink)
{
	struct look k = {.operand = operand};
	int error = 0;
	enum pcopy_step step = operand_find(o, &k, &error);

	if (step == PCOPY_STEP_NONE && !o->no_memory)
		step = operand_refusal(o, &k);
	if (!o->no_memory && step != PCOPY_STEP_NONE)
		refusal_send(sink, &k, step, error);
	else if (!o->no_memory)
		root_add(o, &k);
	free(k.above.src);
	free(k.above.dst);
}

int pc_operands_resolve(const struct pcopy_options *options, bool look_only,
                        const struct pc_operand *operand, unsigned count,
                        const struct pc_operand_sink *sink, struct pc_operands **ret)
{
	struct pc_operands *o = calloc(1, sizeof(*o));

	if (!o)
		return -ENOMEM;
	o->options = options;
	o->look_only = look_only;
	o->root = calloc(count + 1U, sizeof(*o->root));
	o->name = calloc(2 * (size_t)count + 1, sizeof(*o->name));
	o->no_memory = !o->root || !o->name;
	for (unsigned i = 0; i < count && !o->no_memory; i++)
		operand_resolve(o, &operand[i], sink);
	if (!o->no_memory && options->delete_extraneous && !look_only)
		o->overlap = pc_overlap_report(o->root, o->root_count, sink) || o->overlap;
	if (!o->no_memory)
		roots_add_parents(o);
	if (o->no_memory || o->overlap) {
		int r = o->no_memory ? -ENOMEM : -EINVAL;

		pc_operands_free(o);
		return r;
	}
	*ret = o;
	return 0;
}

const struct pc_root *pc_operands_roots(const struct pc_operands *o, unsigned *ret_count,
                                        unsigned *ret_parents)
{
	*ret_count = o->root_count;
	*ret_parents = HASH_COUNT(o->parents.first);
	return o->root;
}

void pc_operands_free(struct pc_operands *o)
{
	struct top *top, *top_next;
	struct taken *taken, *taken_next;

	if (!o)
		return;
	HASH_ITER (hh, o->tops, top, top_next) {
		HASH_DEL(o->tops, top);
		free(top->real);
		free(top);
	}
	HASH_ITER (hh, o->taken, taken, taken_next) {
		HASH_DEL(o->taken, taken);
		free(taken);
	}
	pc_parents_done(&o->parents);
	for (unsigned i = 0; i < o->name_count; i++)
		free(o->name[i]);
	free(o->name);
	free(o->root);
	free(o);
}
