/* SPDX-License-Identifier: MIT */
/* no_libarchive.c - stubs for builds without libarchive. */
#include "check/check.h"

bool pc_check_has_archive(void)
{
	return false;
}

struct pc_work pc_check_archive_work(struct pc_check_env *env)
{
	return pc_check_work(env); /* never called: see above */
}
