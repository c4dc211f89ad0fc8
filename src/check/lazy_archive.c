/* lazy_archive.c - libarchive, loaded when it is first wanted. */
#define PC_LAZY_NAMES_AS_THEY_ARE
#include "check/lazy_archive.h"

#include <dlfcn.h>
#include <pthread.h>

/* Of all versions 3. */
#define LIBRARY "libarchive.so.13"

struct pc_archive_calls pc_archive_calls;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool loaded;

static void load(void)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	loaded = library != NULL;
#define CALL(name)                                                                                 \
	if (loaded) {                                                                              \
		*(void **)(void *)&pc_archive_calls.name = dlsym(library, #name);                  \
		loaded = pc_archive_calls.name != NULL;                                            \
	}
	PC_ARCHIVE_CALLS(CALL)
#undef CALL
}

bool pc_archive_load(void)
{
	(void)pthread_once(&once, load); /* cannot fail */
	return loaded;
}
