/* SPDX-License-Identifier: MIT */
/* events.c - converts a worker's items to the caller's events.
 *
 * A warning that many entries may share, such as a target file system without extended
 * attributes, is reported once, at the end of the run, with the first entry and their number. */
#include "plan/ledger.h"

#include "base/path.h"
#include "job/errors.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *pc_event_path(struct pc_buffer *path, const char *operand, const char *dir,
                          const char *rest)
{
	size_t len = strlen(operand);

	/* "dir/" and "/" already end with a slash */
	while (len > 0 && operand[len - 1] == '/' && (*dir || *rest))
		len--;
	if (pc_buffer_add(path, operand, len) < 0)
		return operand;
	if (len == 0 && *operand == '/' && pc_buffer_add(path, "", 0) < 0)
		return operand;
	if ((*dir &&
	     (pc_buffer_add(path, "/", 1) < 0 || pc_buffer_add(path, dir, strlen(dir)) < 0)) ||
	    (*rest &&
	     (pc_buffer_add(path, "/", 1) < 0 || pc_buffer_add(path, rest, strlen(rest)) < 0)))
		return operand;
	return path->data;
}

/* ---- Warnings ---- */

/* All warnings with the same step and error. */
struct pc_warning {
	struct pc_warning *next;
	struct pcopy_event event; /* the first one; owns its paths */
	char *src, *dst;
};

static void warning_free(struct pc_warning *w)
{
	free(w->src);
	free(w->dst);
	free(w);
}

/* Keeps a warning for the end of the run.  False: it concerns this entry only, or there is no
 * memory. */
static bool warning_kept(struct pc_ledger *l, const struct pcopy_event *event)
{
	struct pc_warning *w = l->warnings;

	if (event->step == PCOPY_STEP_CHANGED || event->step == PCOPY_STEP_MOUNTED ||
	    event->step == PCOPY_STEP_IN_USE)
		return false;
	while (w && (w->event.step != event->step || w->event.errnum != event->errnum))
		w = w->next;
	if (w) {
		w->event.count++;
		return true;
	}
	w = calloc(1, sizeof(*w));
	if (!w)
		return false;
	w->event = *event;
	w->event.src = w->src = strdup(event->src);
	w->event.dst = w->dst = strdup(event->dst);
	if (!w->src || !w->dst) {
		warning_free(w);
		return false;
	}
	w->next = l->warnings;
	l->warnings = w;
	return true;
}

void pc_events_end(struct pc_ledger *l)
{
	const struct pcopy_options *options = l->config->options;

	while (l->warnings) {
		struct pc_warning *w = l->warnings;

		l->warnings = w->next;
		options->on_event(options->userdata, &w->event);
		warning_free(w);
	}
}

/* The path of `backup`, to which the existing `dst` was renamed. */
static const char *display_backup(struct pc_buffer *path, const char *dst, const char *backup)
{
	size_t start;

	(void)pc_path_base(dst, &start);
	if (pc_buffer_add(path, dst, start) < 0 || pc_buffer_add(path, backup, strlen(backup)) < 0)
		return backup;
	return path->data;
}

/* ---- Entries that were skipped or differ ---- */

void pc_event_note_different(struct pc_ledger *l, uint32_t root, const char *path,
                             enum pc_mark mark)
{
	if (l->config->different &&
	    pc_path_set_add_below(l->config->different, root, path, mark) < 0)
		l->no_memory = true;
}

static void note_path(struct pc_ledger *l, const struct pc_item *item, const char *path)
{
	const struct pc_path_set *uncounted = l->config->uncounted;
	struct pc_path_set *set =
		item->event == PCOPY_EVENT_WOULD ? l->config->removed : l->config->not_copied;
	enum pc_mark mark = item->event == PCOPY_EVENT_WARNING ? PC_MARK_ATTRIBUTES
	                    : pc_step_ends_tree(item->step)    ? PC_MARK_TREE
	                                                       : PC_MARK_ITSELF;

	if (uncounted && item->event == PCOPY_EVENT_ERROR &&
	    !pc_path_set_covers(uncounted, item->root, path))
		l->result->failed_again[item->kind]++;
	if (item->event == PCOPY_EVENT_DIFFERENT)
		pc_event_note_different(l, item->root, path,
		                        item->step <= PCOPY_FIELD_KIND ? PC_MARK_TREE
		                                                       : PC_MARK_ITSELF);
	else if (set && pc_path_set_add(set, item->root, path, strlen(path), mark) < 0)
		l->no_memory = true;
}

/* Records an entry for the verification, or for copying it again. */
static void note(struct pc_ledger *l, const struct pc_item *item, const char *dir_path,
                 const char *name)
{
	struct pc_buffer path = {0};

	if ((!l->config->not_copied && !l->config->different && !l->config->uncounted &&
	     !l->config->removed) ||
	    item->event == PCOPY_EVENT_COPIED || item->event == PCOPY_EVENT_REMOVED ||
	    item->event == PCOPY_EVENT_EXCLUDED || item->event == PCOPY_EVENT_ATTRIBUTES ||
	    (item->event == PCOPY_EVENT_WARNING && item->step == PCOPY_STEP_CHANGED))
		return;
	if (pc_buffer_add(&path, dir_path, strlen(dir_path)) < 0 ||
	    (*name && pc_buffer_add_name(&path, name) < 0))
		l->no_memory = true;
	else
		note_path(l, item, path.data);
	pc_buffer_done(&path);
}

/* The two values of a difference, stored after the path. */
static struct pcopy_difference difference_of(const struct pc_item *item)
{
	const char *want = item->text + strlen(item->text) + 1;
	const char *have = want + strlen(want) + 1;

	return (struct pcopy_difference){
		.field = (enum pcopy_field)item->step,
		.want = *want ? want : NULL,
		.have = *have ? have : NULL,
		.offset = item->arg,
		.changed = item->flags & PC_ITEM_CHANGED,
	};
}

static const char *backup_of(const struct pc_item *item)
{
	size_t len;

	if (item->type != PC_ITEM_EVENT)
		return NULL;
	len = strlen(item->text) + 1;
	return item->text_len > len ? item->text + len : NULL;
}

/* The source that occupies the target name of `src`; or NULL. */
static const char *display_other(const struct pc_ledger *l, const struct pc_item *item,
                                 struct pc_buffer *path, const char *src)
{
	const char *name = backup_of(item);

	if (item->arg > 0 && item->arg <= l->config->root_count)
		return pc_event_path(path, l->config->root[item->arg - 1].src, "",
		                     name ? name : "");
	return name ? display_backup(path, src, name) : NULL;
}

/* The rule that excluded an entry.  `file` receives the name of a .gitignore file. */
static struct pcopy_filter_rule rule_of(const struct pc_ledger *l, const struct pc_item *item,
                                        struct pc_buffer *file)
{
	const char *pattern = item->text + strlen(item->text) + 1;
	const char *dir = pattern + strlen(pattern) + 1;
	struct pcopy_filter_rule rule = {.pattern = pattern, .line = item->arg};

	if (*pattern)
		rule.file = pc_event_path(file, l->config->root[item->root].src, dir, ".gitignore");
	else if (!l->config->options->filter ||
	         !pcopy_filter_get(l->config->options->filter, (unsigned)item->arg, &rule))
		rule = (struct pcopy_filter_rule){.pattern = ""};
	return rule;
}

/* True if an entry was listed but no longer exists.  A missing operand never was listed. */
static bool is_vanished(const struct pc_item *item, const char *dir_path, const char *name)
{
	return item->event == PCOPY_EVENT_ERROR && item->error == -ENOENT && (*dir_path || *name) &&
	       (item->step == PCOPY_STEP_STAT || item->step == PCOPY_STEP_OPEN_SOURCE ||
	        item->step == PCOPY_STEP_OPEN_DIRECTORY || item->step == PCOPY_STEP_READLINK);
}

/* Fills in what only events of this type have.  `more`: memory for a further path. */
static void event_fill(const struct pc_ledger *l, const struct pc_item *item,
                       struct pcopy_event *event, struct pc_buffer *more)
{
	switch (event->type) {
	case PCOPY_EVENT_DIFFERENT:
		event->step = PCOPY_STEP_NONE;
		event->difference = difference_of(item);
		event->difference.again = l->config->different != NULL;
		break;
	case PCOPY_EVENT_COPIED:
		if (backup_of(item))
			event->backup = display_backup(more, event->dst, backup_of(item));
		break;
	case PCOPY_EVENT_WOULD:
		event->would = (enum pcopy_would)item->arg;
		break;
	case PCOPY_EVENT_EXCLUDED:
		event->rule = rule_of(l, item, more);
		break;
	case PCOPY_EVENT_ERROR:
		if (event->step == PCOPY_STEP_FOLDED)
			event->other = display_other(l, item, more, event->src);
		break;
	default:
		break;
	}
}

void pc_event_send(struct pc_ledger *l, const struct pc_item *item, const char *dir_path,
                   const char *name)
{
	const struct pcopy_options *options = l->config->options;
	const struct pc_root *root = &l->config->root[item->root];
	struct pc_buffer src = {0}, dst = {0}, more = {0};
	struct pcopy_event event = {
		.type = item->event,
		.kind = item->kind,
		.step = item->step,
		.errnum = -item->error,
		.count = 1,
		.way = pc_way_unpack(item->arg),
	};

	note(l, item, dir_path, name);
	if (event.type == PCOPY_EVENT_ERROR)
		pc_policy_error(l, item);
	if (is_vanished(item, dir_path, name))
		l->result->vanished++;
	if (!options->on_event || (!options->verbose && (event.type == PCOPY_EVENT_SKIPPED ||
	                                                 event.type == PCOPY_EVENT_EXCLUDED)))
		return;
	event.src = pc_event_path(&src, root->src, dir_path, name);
	event.dst = pc_event_path(&dst, root->dst, dir_path, name);
	event_fill(l, item, &event, &more);
	if (event.type != PCOPY_EVENT_WARNING || !warning_kept(l, &event))
		options->on_event(options->userdata, &event);
	pc_buffer_done(&src);
	pc_buffer_done(&dst);
	pc_buffer_done(&more);
}

bool pc_event_ask(struct pc_ledger *l, const struct pc_item *item, const char *dir_path,
                  const char *name)
{
	const struct pcopy_options *options = l->config->options;
	struct pc_buffer dst = {0};
	const char *path = pc_event_path(&dst, l->config->root[item->root].dst, dir_path, name);
	bool yes;

	if (l->config->prunes)
		yes = options->on_delete(options->userdata, path, pc_kind_of_mode(item->meta.mode));
	else
		yes = options->on_overwrite(options->userdata, path, item->arg & 07777U,
		                            item->arg & PC_ASK_WRITABLE);
	pc_buffer_done(&dst);
	return yes;
}

void pc_event_jobs(struct pc_ledger *l, enum pcopy_event_type type, uint64_t jobs)
{
	const struct pcopy_options *options = l->config->options;
	struct pcopy_event event = {.type = type, .count = jobs};

	if (options->on_event)
		options->on_event(options->userdata, &event);
}

void pc_event_worker(struct pc_ledger *l, enum pcopy_event_type type, int errnum)
{
	const struct pcopy_options *options = l->config->options;
	struct pcopy_event event = {.type = type, .errnum = errnum};

	if (options->on_event)
		options->on_event(options->userdata, &event);
}
