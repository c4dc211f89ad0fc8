/* SPDX-License-Identifier: MIT
 *
 * rules.c - the list of rules: the first one that matches decides.
 *
 * Indices of the list count from 0, numbers shown to the user from 1. */
#include "filter/filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int pcopy_filter_new(struct pcopy_filter **ret)
{
	struct pcopy_filter *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	*ret = f;
	return 0;
}

static void rule_free(struct pc_rule *rule)
{
	pc_pattern_done(&rule->pattern);
	free(rule);
}

void pcopy_filter_free(struct pcopy_filter *f)
{
	if (!f)
		return;
	for (unsigned i = 0; i < f->count; i++)
		rule_free(f->rule[i]);
	free(f->rule);
	pc_keys_done(&f->keys);
	while (f->files) {
		struct pc_filter_file *next = f->files->next;

		free(f->files);
		f->files = next;
	}
	free(f);
}

/* A file name is stored once for all its rules. */
const char *pc_filter_keep(struct pcopy_filter *f, const char *name)
{
	size_t size = strlen(name) + 1;
	struct pc_filter_file *file;

	for (file = f->files; file; file = file->next) {
		if (strcmp(file->name, name) == 0)
			return file->name;
	}
	file = malloc(sizeof(*file) + size);
	if (!file)
		return NULL;
	memcpy(file->name, name, size);
	file->next = f->files;
	f->files = file;
	return file->name;
}

static int rules_reserve(struct pcopy_filter *f)
{
	unsigned cap = f->cap ? 2 * f->cap : 16;
	struct pc_rule **more;

	if (f->count < f->cap)
		return 0;
	more = reallocarray(f->rule, cap, sizeof(*more));
	if (!more)
		return -ENOMEM;
	f->rule = more;
	f->cap = cap;
	return 0;
}

int pc_filter_append(struct pcopy_filter *f, const struct pc_rule *origin, const char *pattern,
                     const char **ret_why)
{
	struct pc_rule *rule = rules_reserve(f) < 0 ? NULL : malloc(sizeof(*rule));
	int r;

	*ret_why = NULL;
	if (!rule)
		return -ENOMEM;
	*rule = *origin;
	rule->number = f->count + 1;
	r = pc_pattern_init(&rule->pattern, pattern, ret_why);
	if (r == 0)
		r = pc_keys_add(&f->keys, &rule->pattern, f->count);
	if (r < 0) {
		rule_free(rule);
		return r;
	}
	f->rule[f->count++] = rule;
	f->excludes += !rule->include;
	return 0;
}

struct question {
	const struct pcopy_filter *filter;
	const struct pc_filter_path *path;
};

static bool rule_matches(const void *data, unsigned number)
{
	const struct question *q = data;

	return pc_pattern_matches(&q->filter->rule[number]->pattern, q->path);
}

const struct pc_rule *pc_filter_decide(const struct pcopy_filter *f,
                                       const struct pc_filter_path *path)
{
	const struct question q = {f, path};
	unsigned first = pc_keys_first(&f->keys, path, rule_matches, &q, f->count);

	return first < f->count ? f->rule[first] : NULL;
}

struct pcopy_filter_rule pc_filter_rule(const struct pc_rule *rule)
{
	return (struct pcopy_filter_rule){
		.number = rule->number,
		.include = rule->include,
		.pattern = rule->pattern.text,
		.file = rule->file,
		.line = rule->line,
	};
}

unsigned pcopy_filter_count(const struct pcopy_filter *f)
{
	return f->count;
}

bool pcopy_filter_get(const struct pcopy_filter *f, unsigned number, struct pcopy_filter_rule *ret)
{
	if (number == 0 || number > f->count)
		return false;
	*ret = pc_filter_rule(f->rule[number - 1]);
	return true;
}

/* Without memory nothing is excluded. */
bool pcopy_filter_excludes(const struct pcopy_filter *f, const char *path, bool directory)
{
	size_t len = strlen(path);
	char *text = malloc(len + 3);
	const struct pc_rule *rule;
	struct pc_filter_path asked;

	if (!text)
		return false;
	text[0] = '/';
	memcpy(text + 1, path, len);
	memcpy(text + 1 + len, "/", 2);
	asked = pc_filter_path(text, len + 1, directory);
	rule = pc_filter_decide(f, &asked);
	free(text);
	return rule && !rule->include;
}
