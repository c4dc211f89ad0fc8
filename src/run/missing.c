/* SPDX-License-Identifier: MIT */
/* missing.c - reports entries of a manifest that the directory does not have.
 *
 * The workers have marked what they found (check/index.c). Of the rest those are reported that were
 * to be found: not excluded, not below a directory that could not be read, and, with a list of
 * names, reached by one of them. */
#include "run/missing.h"

#include "base/cleanup.h"
#include "check/index.h"
#include "plan/listed.h"
#include "sys/sys.h"
#include "walk/walk.h"

#include <errno.h>
#include <string.h>

struct missing_sink {
	struct pcopy *copy;
	const struct pc_run *run;
	int dir_fd;                /* the directory that is checked; or negative */
	struct pc_path_set wanted; /* path set of the caller's list */
	uint64_t reported;
};

/* True if an entry is below a directory that could not be read. */
static bool is_below_failed(const struct pc_path_set *set, const char *path)
{
	for (size_t len = 0;; len += strcspn(path + len, "/")) {
		if (pc_path_set_has(set, 0, path, len, PC_MARK_TREE))
			return true;
		if (!path[len])
			return false;
		len += path[len] == '/';
	}
}

/* True if the filters exclude an entry or a directory above it. */
static bool is_left_out(const struct missing_sink *sink, const struct pc_listed *listed)
{
	const struct pcopy_options *o = &sink->copy->options;
	const struct pc_properties *properties = &listed->properties;

	if (S_ISREG(properties->mode) && (properties->known & PC_PROPERTY(PCOPY_FIELD_SIZE)) &&
	    pc_exclude_skips_bytes(o, properties->size))
		return true;
	if (!*listed->path || (!o->filter && !o->gitignore))
		return false;
	return pc_excludes_below(o, sink->dir_fd, listed->path, S_ISDIR(properties->mode)) > 0;
}

/* Without memory for the path the difference is counted and has no event. */
static void take_missing(void *data, const struct pc_listed *listed)
{
	struct missing_sink *sink = data;
	const struct pcopy_options *o = &sink->copy->options;
	struct pcopy_event event = {.type = PCOPY_EVENT_DIFFERENT,
	                            .kind = pc_kind_of_mode(listed->properties.mode),
	                            .count = 1,
	                            .difference.field = PCOPY_FIELD_MISSING};
	struct pc_buffer path = {0};

	if (is_below_failed(&sink->run->not_copied, listed->path) || is_left_out(sink, listed) ||
	    (o->names && !pc_path_set_reaches(&sink->wanted, 0, listed->path)))
		return;
	sink->reported++;
	sink->copy->report.verify.differences++;
	if (o->on_event && pc_buffer_add_name(&path, sink->run->root->dst) == 0 &&
	    (!*listed->path || pc_buffer_add_name(&path, listed->path) == 0)) {
		event.src = event.dst = path.data;
		o->on_event(o->userdata, &event);
	}
	pc_buffer_done(&path);
}

/* Of the list, only names that are in the manifest are kept. */
static int wanted_add(struct missing_sink *sink, struct pc_buffer *path, struct pc_buffer *scratch)
{
	const struct pc_index *index = sink->run->index;
	enum pc_mark mark = sink->copy->options.names->recursive ? PC_MARK_TREE : PC_MARK_ITSELF;

	if (path->len > 0 && path->data[path->len - 1] == '/')
		pc_buffer_cut(path, path->len - 1);
	if (!pc_index_is_above(index, path->data) && !pc_index_knows(index, path->data, scratch))
		return 0;
	return pc_path_set_add_below(&sink->wanted, 0, path->data, mark);
}

/* Repeats -EAGAIN without a delay: names->next() waits itself. */
static int wanted_next(const struct missing_sink *sink, const char **ret)
{
	const struct pcopy_names *names = sink->copy->options.names;
	int r;

	do {
		if (atomic_load(&sink->copy->canceled))
			return -ECANCELED;
		r = names->next(names->userdata, ret);
	} while (r == -EAGAIN);
	return r;
}

/* Reads the list again.  Returns 0 or negative errno. */
static int wanted_find(struct missing_sink *sink)
{
	const struct pcopy_names *names = sink->copy->options.names;
	struct pc_buffer path = {0}, scratch = {0};
	const char *name;
	int r = names ? names->again(names->userdata) : 0;

	while (names && r >= 0 && (r = wanted_next(sink, &name)) > 0) {
		pc_buffer_cut(&path, 0);
		r = pc_buffer_add(&path, "", 0);
		if (r == 0)
			r = pc_listed_path(name, &path);
		if (r == 0)
			r = wanted_add(sink, &path, &scratch);
		else if (r == -EXDEV)
			r = 0; /* reported before */
	}
	pc_buffer_done(&path);
	pc_buffer_done(&scratch);
	return r;
}

int pc_missing_report(struct pcopy *copy, const struct pc_run *run)
{
	_cleanup_fd_ int fd = pc_sys_openat(AT_FDCWD, run->root->src, O_RDONLY | O_DIRECTORY, 0);
	struct missing_sink sink = {.copy = copy, .run = run, .dir_fd = fd};
	int r = wanted_find(&sink);

	if (r == 0)
		r = pc_index_unseen(run->index, take_missing, &sink);
	pc_path_set_done(&sink.wanted);
	return r < 0 ? r : sink.reported > 0 ? PCOPY_DIFFERENT : 0;
}
