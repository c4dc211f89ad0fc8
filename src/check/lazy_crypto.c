/* SPDX-License-Identifier: MIT */
/* lazy_crypto.c - libcrypto, loaded when the first digest is needed.
 *
 * The name has the version of the headers at build time: the functions of another one may have
 * other arguments. The library is loaded once in a process; forked workers inherit it. */
#define PC_LAZY_NAMES_AS_THEY_ARE
#include "check/lazy_crypto.h"

#include "check/check.h"
#include "check/lazy.h"

#include <openssl/opensslv.h>
#include <pthread.h>

#define TEXT_OF(value) #value
#define TEXT(value) TEXT_OF(value)
#define LIBRARY "libcrypto.so." TEXT(OPENSSL_SHLIB_VERSION)

struct pc_crypto_calls pc_crypto_calls;

#define CALL(name) {#name, (void **)(void *)&pc_crypto_calls.name},
static const struct pc_lazy_call calls[] = {PC_CRYPTO_CALLS(CALL)};
#undef CALL

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool loaded;

static void crypto_calls_load(void)
{
	loaded = pc_lazy_load(LIBRARY, calls, sizeof(calls) / sizeof(*calls));
}

bool pc_check_has_crypto(void)
{
	(void)pthread_once(&once, crypto_calls_load); /* cannot fail */
	return loaded;
}
