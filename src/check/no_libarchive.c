/* SPDX-License-Identifier: MIT */
/* no_libarchive.c - in its place where the library is built without it. */
#include "check/check.h"
#include "check/index.h"

#include <errno.h>

int pc_mtree_read(const char *file, struct pc_index *index, struct pcopy_manifest_error *error)
{
	(void)file, (void)index, (void)error;
	return -ENOTSUP;
}

bool pc_check_has_archive(void)
{
	return false;
}

struct pc_work pc_check_archive_work(struct pc_check_env *env)
{
	return pc_check_work(env); /* never asked for: see above */
}
