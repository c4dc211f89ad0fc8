/* copies.h - what tests of whole copies share: options, a handle, a tree.
 * SPDX-License-Identifier: MIT */
#ifndef PC_TESTS_COPIES_H
#define PC_TESTS_COPIES_H

#include "pcopy.h"

#include "support.h"

static struct pcopy_options options;

static void setup(void)
{
	fresh_enter();
	options = (struct pcopy_options)PCOPY_OPTIONS_INIT;
}

UNUSED static void use_pool(int pool)
{
	options.pool = (enum pcopy_pool)pool;
	options.processes = 2;
	options.threads = pool == PCOPY_POOL_COROUTINES ? 1 : 2;
	options.coroutines = 2;
}

UNUSED static struct pcopy *make_copy(const char *src, const char *dst)
{
	struct pcopy *copy;

	ck_assert_int_eq(pcopy_new(&options, &copy), 0);
	ck_assert_int_eq(pcopy_add(copy, src, dst, 0), 0);
	return copy;
}

UNUSED static uint64_t entries_walked(const struct pcopy_report *report)
{
	uint64_t n = 0;

	for (int k = 0; k < PCOPY_KINDS; k++)
		n += report->entries[k].copied + report->entries[k].skipped +
		     report->entries[k].failed;
	return n;
}

/* `dirs` directories of `files` small files each, and a link in each. */
UNUSED static void make_tree(const char *name, int dirs, int files)
{
	char path[64];

	make_dir(name);
	for (int d = 0; d < dirs; d++) {
		snprintf(path, sizeof(path), "%s/d%d", name, d);
		make_dir(path);
		snprintf(path, sizeof(path), "%s/d%d/link", name, d);
		ck_assert_int_eq(symlink("f0", path), 0);
		for (int f = 0; f < files; f++) {
			snprintf(path, sizeof(path), "%s/d%d/f%d", name, d, f);
			make_file(path, "text\n");
		}
	}
}

#endif
