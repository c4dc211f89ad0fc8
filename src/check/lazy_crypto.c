/* lazy_crypto.c - libcrypto, loaded when a digest is first wanted. */
#define PC_LAZY_NAMES_AS_THEY_ARE
#include "check/lazy_crypto.h"

#include "check/check.h"

#include <dlfcn.h>
#include <openssl/opensslv.h>
#include <pthread.h>

#define TEXT_OF(value) #value
#define TEXT(value) TEXT_OF(value)

struct pc_crypto_calls pc_crypto_calls;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool loaded;

static void load(void)
{
	void *library = dlopen("libcrypto.so." TEXT(OPENSSL_SHLIB_VERSION), RTLD_NOW | RTLD_LOCAL);

	loaded = library != NULL;
#define CALL(name)                                                                                 \
	if (loaded) {                                                                              \
		*(void **)(void *)&pc_crypto_calls.name = dlsym(library, #name);                   \
		loaded = pc_crypto_calls.name != NULL;                                             \
	}
	PC_CRYPTO_CALLS(CALL)
#undef CALL
}

bool pc_check_has_crypto(void)
{
	(void)pthread_once(&once, load); /* cannot fail */
	return loaded;
}
