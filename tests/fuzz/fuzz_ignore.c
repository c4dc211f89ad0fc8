/* SPDX-License-Identifier: MIT */
/* fuzz_ignore.c - a path, and a .gitignore file behind it: what decides is a rule of the file. */
#include "filter/ignore.h"
#include "fuzz.h"

static void ask(const struct pc_ignore *ignore, const char *text, size_t len)
{
	for (int directory = 0; directory < 2; directory++) {
		struct pc_filter_path path = pc_filter_path(text, len, directory);
		const struct pc_ignore *from = NULL;
		const struct pc_ignore_rule *rule = pc_ignore_decide(ignore, &path, &from);

		FUZZ_CHECK(!rule || (from == ignore && rule >= ignore->rule &&
		                     rule < ignore->rule + ignore->count));
		FUZZ_CHECK(!rule || directory || !rule->directory);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	size_t len = strcspn(text, "\n"), rules = len < size && text[len] == '\n' ? len + 1 : size;
	char *path = malloc(len + 3);
	struct pc_ignore *ignore = NULL;

	FUZZ_CHECK(path);
	path[0] = '/';
	memcpy(path + 1, text, len);
	memcpy(path + 1 + len, "/", 2);
	FUZZ_CHECK(pc_ignore_new(text + rules, size - rules, 0, &ignore) == 0);
	if (ignore)
		ask(ignore, path, len + 1);
	pc_ignore_free(ignore);
	free(path);
	free(text);
	return 0;
}
