/* SPDX-License-Identifier: MIT */
/* left_out.c - the entries of the source that a copy excludes or skips.
 *
 * The library is asked once, before the first run, so that rules and .gitignore files are
 * evaluated in one place.  Sizes are checked while the tree is walked. */
#include "bench/left_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

struct search {
	struct bench_left_out *left_out;
	const char *src;
};

static int path_add(struct bench_left_out *l, const char *path)
{
	char *copy = strdup(path);

	if (copy && l->count == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 64;
		char **more = reallocarray(l->path, cap, sizeof(*more));

		if (!more) {
			free(copy);
			return -ENOMEM;
		}
		l->path = more;
		l->cap = cap;
	}
	if (!copy)
		return -ENOMEM;
	l->path[l->count++] = copy;
	return 0;
}

/* The copies report errors. */
static void excluded_take(void *userdata, const struct pcopy_event *event)
{
	const struct search *search = userdata;
	const char *path = event->src;
	int r;

	if (event->type != PCOPY_EVENT_EXCLUDED)
		return;
	path += strlen(search->src);
	path += strspn(path, "/");
	r = path_add(search->left_out, path);
	if (r < 0)
		search->left_out->error = r;
}

static int path_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int bench_left_out_find(const struct pcopy_options *options, const char *src, const char *dst,
                        struct bench_left_out *ret)
{
	struct search search = {ret, src};
	struct pcopy_options choices = *options;
	_cleanup_free_ char *target = NULL;
	struct pcopy *copy = NULL;
	int r;

	*ret = (struct bench_left_out){.options = options};
	if (!options->filter && !options->gitignore)
		return 0;
	if (asprintf(&target, "%s/copy", dst) < 0)
		return -ENOMEM;
	choices.pool = PCOPY_POOL_SERIAL;
	choices.dry_run = choices.verbose = true;
	choices.processes = choices.threads = choices.coroutines = 0;
	choices.userdata = &search;
	choices.on_event = excluded_take;
	r = pcopy_new(&choices, &copy);
	if (r == 0)
		r = pcopy_add(copy, src, target, 0);
	if (r == 0)
		r = pcopy_run(copy);
	pcopy_free(copy);
	if (r < 0 || ret->error < 0)
		return r < 0 ? r : ret->error;
	if (ret->count > 0)
		qsort(ret->path, ret->count, sizeof(*ret->path), path_order);
	return 0;
}

bool bench_left_out_has(const struct bench_left_out *l, const char *path, const struct stat *st)
{
	const struct pcopy_options *o = l->options;

	if (o->limit_size && S_ISREG(st->st_mode) &&
	    ((uint64_t)st->st_size < o->min_bytes || (uint64_t)st->st_size > o->max_bytes))
		return true;
	return l->count > 0 && bsearch(&path, l->path, l->count, sizeof(*l->path), path_order);
}

void bench_left_out_done(struct bench_left_out *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->path[i]);
	free(l->path);
	*l = (struct bench_left_out){0};
}
