/* SPDX-License-Identifier: MIT */
/* no_libarchive.c - in its place where the library is built without it. */
#include "check/check.h"

bool pc_check_has_archive(void)
{
	return false;
}

struct pc_work pc_check_archive_work(struct pc_check_env *env)
{
	return pc_check_work(env); /* never asked for: see above */
}
