/* SPDX-License-Identifier: MIT
 *
 * exclude.c - which listed entries the filter rules and .gitignore files exclude.
 *
 * The decision is made when an entry is listed, by its name and type, before the entry is opened.
 * Names handed back were already decided, so a job that continues with names does not ask again.
 * The first matching rule of the run decides; if none matches, the .gitignore files from the
 * operand down to the entry's directory. */
#include "walk/walk.h"

#include "base/cleanup.h"
#include "filter/filter.h"
#include "filter/ignore.h"
#include "sys/sys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A decision, and the rule that made it. */
struct decision {
	bool dropped;
	const struct pc_rule *rule;          /* of the run; or NULL: */
	const struct pc_ignore_rule *ignore; /* of a .gitignore file; or NULL */
	const struct pc_ignore *from;
};

static bool has_rules(const struct pc_walker *w)
{
	return w->options->filter || w->options->gitignore;
}

/* ---- .gitignore files ---- */

/* "/dir" for the frame's directory; "" for the operand itself. */
static int frame_path(struct pc_walker *w, struct pc_buffer *path)
{
	const char *dir = w->job->flags & PC_JOB_TOP ? "" : w->text;

	pc_buffer_cut(path, 0);
	if (pc_buffer_add(path, "", 0) < 0 || (*dir && (pc_buffer_add(path, "/", 1) < 0 ||
	                                                pc_buffer_add(path, dir, strlen(dir)) < 0)))
		return -ENOMEM;
	if (w->path.len > 0 &&
	    (pc_buffer_add(path, "/", 1) < 0 || pc_buffer_add(path, w->path.data, w->path.len) < 0))
		return -ENOMEM;
	return 0;
}

/* Reads a whole file.  Returns its length, 0 if it is not a regular file, or negative errno:
 * -EFBIG above a limit. */
static ssize_t ignore_file_read(int fd, char **ret)
{
	_cleanup_free_ char *text = NULL;
	struct stat st;
	ssize_t len;
	int r = pc_sys_fstat(fd, &st);

	if (r < 0)
		return r;
	if (!S_ISREG(st.st_mode)) /* like git */
		return 0;
	if (st.st_size > PC_IGNORE_BYTES_MAX)
		return -EFBIG;
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return -ENOMEM;
	len = pc_sys_pread_full(fd, text, (size_t)st.st_size, 0);
	if (len > 0) {
		*ret = text;
		text = NULL;
	}
	return len;
}

int pc_exclude_read(int dirfd, size_t dir_len, struct pc_ignore **ret)
{
	/* a symbolic link does not count, as in git */
	_cleanup_fd_ int fd = pc_sys_openat(dirfd, PC_IGNORE_FILE,
	                                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	_cleanup_free_ char *text = NULL;
	ssize_t len;

	*ret = NULL;
	if (fd < 0)
		return fd == -ENOENT || fd == -ELOOP || fd == -ENXIO ? 0 : fd;
	len = ignore_file_read(fd, &text);
	return len > 0 ? pc_ignore_new(text, (size_t)len, dir_len, ret) : (int)len;
}

/* Warns that a .gitignore file was not read: what it excludes is copied. */
static void ignore_failed(struct pc_walker *w, int error)
{
	const struct pc_note note = {.type = PCOPY_EVENT_WARNING,
	                             .kind = PCOPY_FILE,
	                             .step = PCOPY_STEP_OPEN_SOURCE,
	                             .error = error,
	                             .name = PC_IGNORE_FILE};

	if (w->lists_target) /* reported when the source was copied */
		return;
	w->job->counts.warnings++;
	(void)pc_walk_event(w, &note); /* without room the job fails */
}

static int ignore_push(struct pc_frame *f, int dirfd, size_t dir_len)
{
	struct pc_ignore *own;
	int r = pc_exclude_read(dirfd, dir_len, &own);

	if (own)
		own->up = f->ignore;
	if (own)
		f->ignore = own;
	return r;
}

/* Errors that say that the file cannot be read at all.  After any other error what is excluded is
 * not known. */
static bool error_lasts(int error)
{
	return error == -EACCES || error == -EPERM || error == -EFBIG;
}

/* A copy goes on without the rules of a file that cannot be read.  A deletion must not: they may
 * protect what the target has. */
static int ignore_error(const struct pc_walker *w, int error)
{
	return w->lists_target || !error_lasts(error) ? error : 0;
}

int pc_exclude_enter(struct pc_walker *w, struct pc_frame *f)
{
	int r;

	f->ignore = f->up->ignore;
	if (!w->options->gitignore || f->extra)
		return 0;
	r = frame_path(w, &w->asked);
	if (r == 0)
		r = ignore_push(f, f->src_fd, w->asked.len);
	if (r >= 0 || ignore_error(w, r) < 0)
		return r < 0 ? r : 0;
	ignore_failed(w, r);
	return 0;
}

/* Pushes the rules of the directories above a job's own. */
static int ignores_push_above(struct pc_walker *w, struct pc_frame *f)
{
	const char *path = w->text;
	int r = 0;

	for (size_t len = 0; r == 0 && path[len];) {
		_cleanup_free_ char *part = strndup(path, len);
		_cleanup_fd_ int fd = part ? pc_walk_open_source(w, part) : -ENOMEM;

		r = fd >= 0 ? ignore_push(f, fd, len > 0 ? len + 1 : 0) : fd;
		/* what only the target has lies below directories that the source does not have */
		r = f->extra && fd < 0 && pc_walk_is_absent(w, fd) ? 0 : ignore_error(w, r);
		len += strspn(path + len, "/");
		len += strcspn(path + len, "/");
	}
	return r;
}

/* Unreadable files were reported when the directory was first entered. */
int pc_exclude_enter_job(struct pc_walker *w, struct pc_frame *f)
{
	int r;

	if (!w->options->gitignore || f->top)
		return 0;
	r = ignores_push_above(w, f);
	if (r == 0 && !f->extra)
		r = ignore_error(w, ignore_push(f, f->src_fd, *w->text ? strlen(w->text) + 1 : 0));
	return r;
}

void pc_exclude_leave(struct pc_frame *f)
{
	const struct pc_ignore *end = f->up ? f->up->ignore : NULL;

	while (f->ignore && f->ignore != end) {
		struct pc_ignore *own = f->ignore;

		f->ignore = own->up;
		pc_ignore_free(own);
	}
}

/* ---- Deciding ---- */

int pc_exclude_list(struct pc_walker *w, const struct pc_frame *f)
{
	w->asked_len = 0;
	if (!has_rules(w) || f->top)
		return 0;
	if (frame_path(w, &w->asked) < 0 || pc_buffer_add(&w->asked, "/", 1) < 0)
		return -ENOMEM;
	w->asked_len = w->asked.len;
	return 0;
}

/* Without memory for its path an entry fails. */
static void path_fail(struct pc_walker *w, const struct pc_frame *f, const char *name,
                      enum pc_type type)
{
	if (f->meta.counted)
		w->job->error = -ENOMEM;
	else
		pc_walk_fail(w, pc_kind_of_type(type), PCOPY_STEP_STAT, -ENOMEM, name);
}

/* False: no memory. */
static bool path_ask(struct pc_walker *w, const char *name, struct pc_filter_path *ret)
{
	pc_buffer_cut(&w->asked, w->asked_len);
	if (pc_buffer_add(&w->asked, name, strlen(name)) < 0 ||
	    pc_buffer_add(&w->asked, "/", 1) < 0)
		return false;
	*ret = (struct pc_filter_path){
		.text = w->asked.data, .len = w->asked.len - 1, .name = w->asked_len};
	return true;
}

static struct decision decide(const struct pcopy_options *o, const struct pc_ignore *ignore,
                              const struct pc_filter_path *path)
{
	struct decision d = {0};

	if (o->filter)
		d.rule = pc_filter_decide(o->filter, path);
	if (d.rule)
		d.dropped = !d.rule->include;
	else if (ignore)
		d.ignore = pc_ignore_decide(ignore, path, &d.from);
	if (d.ignore)
		d.dropped = !d.ignore->keeps;
	return d;
}

bool pc_excludes_path(const struct pcopy_options *options, const struct pc_ignore *ignore,
                      const struct pc_filter_path *path)
{
	return decide(options, ignore, path).dropped;
}

/* The .gitignore files from an open directory down to an entry's; `text` is "/dir/name/" and
 * `name` the offset of the last component. */
static int ignores_above(const struct pcopy_options *options, int dirfd, char *text, size_t name,
                         struct pc_ignore **ret)
{
	struct pc_frame f = {0};
	int r = 0;

	for (size_t end = 0; options->gitignore && end < name && r == 0;
	     end += 1 + strcspn(text + end + 1, "/")) {
		_cleanup_fd_ int fd = -1;

		text[end] = '\0';
		fd = pc_sys_open_dir_beneath(dirfd, end > 0 ? text + 1 : "", O_RDONLY);
		text[end] = '/';
		r = fd >= 0 ? ignore_push(&f, fd, end) : fd;
		/* a missing directory has no rules */
		if (r == -ENOENT || r == -ENOTDIR || r == -ELOOP || error_lasts(r))
			r = 0;
	}
	*ret = f.ignore;
	return r;
}

static void ignores_free(struct pc_ignore *ignore)
{
	struct pc_frame f = {.ignore = ignore};

	pc_exclude_leave(&f);
}

int pc_excludes_below(const struct pcopy_options *options, int dirfd, const char *path,
                      bool directory)
{
	size_t len = strlen(path) + 1, end = 0;
	_cleanup_free_ char *text = malloc(len + 2);
	bool dropped = false;
	int r = 0;

	if (!text)
		return -ENOMEM;
	(void)sprintf(text, "/%s/", path);
	while (r == 0 && !dropped && end < len) {
		struct pc_filter_path part;
		struct pc_ignore *ignore;
		char behind;

		end += 1 + strcspn(text + end + 1, "/");
		part = pc_filter_path(text, end, directory || end < len);
		r = ignores_above(options, dirfd, text, part.name, &ignore);
		behind = text[end + 1];
		text[end + 1] = '\0';
		dropped = decide(options, ignore, &part).dropped;
		text[end + 1] = behind;
		ignores_free(ignore);
	}
	return r < 0 ? r : dropped;
}

/* Reports the rule: its number; or the pattern and directory of the .gitignore file, after the
 * path, and the line. */
static void exclusion_report(struct pc_walker *w, const char *name, enum pcopy_kind kind,
                             const struct decision *d)
{
	struct pc_note note = {.type = PCOPY_EVENT_EXCLUDED, .kind = kind, .name = name};
	struct pc_buffer more = {0};
	struct pc_item *item = NULL;
	int r = 0;

	if (d->ignore) {
		size_t dir_len = d->from->dir_len;

		r = pc_buffer_add(&more, d->ignore->shown, strlen(d->ignore->shown) + 1);
		if (r == 0) /* without the leading slash */
			r = pc_buffer_add(&more, w->asked.data + (dir_len > 0),
			                  dir_len - (dir_len > 0));
	} else {
		r = pc_buffer_add(&more, "", 1);
	}
	note.more = more.data;
	note.more_len = more.len;
	if (r == 0)
		item = pc_walk_event(w, &note);
	else
		w->job->error = -ENOMEM;
	if (item)
		item->arg = d->rule ? d->rule->number : d->ignore->line;
	pc_buffer_done(&more);
}

static void drop(struct pc_walker *w, const struct pc_frame *f, const char *name,
                 enum pcopy_kind kind, const struct decision *d)
{
	if (f->meta.counted)
		return;
	w->job->counts.excluded[kind]++;
	if (w->options->verbose)
		exclusion_report(w, name, kind, d);
}

bool pc_excludes_entry(struct pc_walker *w, struct pc_frame *f, const char *name, enum pc_type type)
{
	struct pc_filter_path path;
	struct decision d;

	if (w->asked_len == 0)
		return false;
	if (!path_ask(w, name, &path)) {
		path_fail(w, f, name, type);
		return true;
	}
	path.directory = type == PC_TYPE_DIR;
	d = decide(w->options, f->ignore, &path);
	if (d.dropped)
		drop(w, f, name, pc_kind_of_type(type), &d);
	return d.dropped;
}

bool pc_excludes_named(struct pc_walker *w, int dirfd, const char *path, enum pc_type type)
{
	const struct pc_frame above = {0}; /* its fields are not used */
	struct pc_filter_path asked;
	struct pc_ignore *ignore;
	struct decision d = {0};
	int r;

	w->asked_len = 0;
	if (!has_rules(w))
		return false;
	pc_buffer_cut(&w->asked, 0);
	if (pc_buffer_add(&w->asked, "/", 1) < 0 ||
	    pc_buffer_add(&w->asked, path, strlen(path)) < 0 ||
	    pc_buffer_add(&w->asked, "/", 1) < 0) {
		path_fail(w, &above, path, type);
		return true;
	}
	asked = pc_filter_path(w->asked.data, w->asked.len - 1, type == PC_TYPE_DIR);
	r = ignores_above(w->options, dirfd, w->asked.data, asked.name, &ignore);
	if (r < 0)
		pc_walk_fail(w, pc_kind_of_type(type), PCOPY_STEP_STAT, r, path);
	else
		d = decide(w->options, ignore, &asked);
	if (d.dropped)
		drop(w, &above, path, pc_kind_of_type(type), &d);
	ignores_free(ignore);
	return r < 0 || d.dropped;
}

bool pc_excludes_any_type(struct pc_walker *w, struct pc_frame *f, const char *name,
                          enum pc_type likely)
{
	struct pc_filter_path path;
	struct decision d;

	if (w->asked_len == 0)
		return false;
	if (!path_ask(w, name, &path)) {
		path_fail(w, f, name, likely);
		return true;
	}
	path.directory = true;
	d = decide(w->options, f->ignore, &path);
	if (!d.dropped)
		return false;
	path.directory = false;
	d = decide(w->options, f->ignore, &path);
	if (d.dropped)
		drop(w, f, name, pc_kind_of_type(likely), &d);
	return d.dropped;
}

bool pc_exclude_protects(struct pc_walker *w, const struct pc_frame *f, const char *name,
                         enum pc_type type)
{
	struct pc_filter_path path;

	if (w->asked_len == 0)
		return false;
	if (!path_ask(w, name, &path)) {
		w->job->error = -ENOMEM;
		return true;
	}
	path.directory = type == PC_TYPE_DIR;
	return decide(w->options, f->ignore, &path).dropped;
}

bool pc_excludes_target(struct pc_walker *w, const struct pc_frame *f, const char *name,
                        enum pc_type type)
{
	struct pc_filter_path path = {.directory = type == PC_TYPE_DIR};
	size_t len = 0;

	if (!has_rules(w))
		return false;
	if (frame_path(w, &w->asked) < 0 ||
	    (name && (pc_buffer_add(&w->asked, "/", 1) < 0 ||
	              pc_buffer_add(&w->asked, name, strlen(name)) < 0)) ||
	    pc_buffer_add(&w->asked, "/", 1) < 0) {
		w->job->error = -ENOMEM;
		return true; /* keep what cannot be decided */
	}
	path.text = w->asked.data;
	path.len = w->asked.len - 1;
	for (len = path.len; len > 0 && path.text[len - 1] != '/'; len--)
		;
	path.name = len;
	return decide(w->options, f->ignore, &path).dropped;
}
