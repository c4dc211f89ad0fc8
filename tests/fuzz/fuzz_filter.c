/* SPDX-License-Identifier: MIT */
/* fuzz_filter.c - a path, and rules behind it, a line each: which of them decides is found by keys
 * as by trying one after the other. */
#include "filter/filter.h"
#include "fuzz.h"

#include <errno.h>

static unsigned doubts;

static void count_doubt(void *userdata, const struct pcopy_filter_doubt *doubt)
{
	(void)userdata;
	FUZZ_CHECK(doubt->what < PCOPY_DOUBTS);
	doubts++;
}

static const struct pc_rule *first_match(const struct pcopy_filter *f,
                                         const struct pc_filter_path *path)
{
	for (unsigned i = 0; i < f->count; i++) {
		if (pc_pattern_matches(&f->rule[i]->pattern, path))
			return f->rule[i];
	}
	return NULL;
}

static void ask(const struct pcopy_filter *f, const char *text, size_t len)
{
	for (int directory = 0; directory < 2; directory++) {
		struct pc_filter_path path = pc_filter_path(text, len, directory);

		FUZZ_CHECK(pc_filter_decide(f, &path) == first_match(f, &path));
	}
	pcopy_filter_doubts(f, count_doubt, NULL);
}

/* What reads other files is no rule here. */
static void add(struct pcopy_filter *f, const char *line)
{
	struct pcopy_filter_error error;
	int r;

	if (line[0] != '-' && line[0] != '+')
		return;
	r = pcopy_filter_add(f, PCOPY_FILTER_RULES, line, false, &error);
	FUZZ_CHECK(r == 0 || (r == -EINVAL && error.reason[0]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *rest = text, *line = strsep(&rest, "\n"), *path;
	struct pcopy_filter *f;
	size_t len = strlen(line);

	FUZZ_CHECK(pcopy_filter_new(&f) == 0);
	path = malloc(len + 3);
	FUZZ_CHECK(path);
	sprintf(path, "/%s/", line);
	while ((line = strsep(&rest, "\n")))
		add(f, line);
	ask(f, path, len + 1);
	free(path);
	pcopy_filter_free(f);
	free(text);
	return 0;
}
