/* SPDX-License-Identifier: MIT */
/* lazy_archive.c - libarchive, loaded on first use. */
#define PC_LAZY_NAMES_AS_THEY_ARE
#include "check/lazy_archive.h"

#include "check/lazy.h"

#include <pthread.h>

/* This name covers all versions 3. */
#define LIBRARY "libarchive.so.13"

struct pc_archive_calls pc_archive_calls;

#define CALL(name) {#name, (void **)(void *)&pc_archive_calls.name},
static const struct pc_lazy_call calls[] = {PC_ARCHIVE_CALLS(CALL)};
#undef CALL

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool loaded;

static void archive_calls_load(void)
{
	loaded = pc_lazy_load(LIBRARY, calls, sizeof(calls) / sizeof(*calls));
}

bool pc_archive_load(void)
{
	(void)pthread_once(&once, archive_calls_load); /* cannot fail */
	return loaded;
}
