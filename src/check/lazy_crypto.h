/* SPDX-License-Identifier: MIT */
/* lazy_crypto.h - libcrypto, loaded when the first digest is needed: it would add half a
 * millisecond to the start of every program with this library. */
#ifndef PC_CHECK_LAZY_CRYPTO_H
#define PC_CHECK_LAZY_CRYPTO_H

#include <openssl/evp.h>

#include <stdbool.h>

/* clang-format off */
#define PC_CRYPTO_CALLS(CALL)                                                                      \
	CALL(EVP_MD_CTX_new)                                                                       \
	CALL(EVP_MD_CTX_free) CALL(EVP_DigestInit_ex) CALL(EVP_DigestUpdate)                       \
		CALL(EVP_DigestFinal_ex) CALL(EVP_md5) CALL(EVP_sha1) CALL(EVP_sha256)             \
			CALL(EVP_sha384) CALL(EVP_sha512)
/* clang-format on */

/* Function addresses, stored once for the whole process. */
#define PC_LAZY_MEMBER(name) __typeof__(&name) name;
struct pc_crypto_calls {
	PC_CRYPTO_CALLS(PC_LAZY_MEMBER)
};
#undef PC_LAZY_MEMBER
extern struct pc_crypto_calls pc_crypto_calls;

/* Only after pc_check_has_crypto() of check.h, which stores the addresses. */

#ifndef PC_LAZY_NAMES_AS_THEY_ARE
#define EVP_MD_CTX_new pc_crypto_calls.EVP_MD_CTX_new
#define EVP_MD_CTX_free pc_crypto_calls.EVP_MD_CTX_free
#define EVP_DigestInit_ex pc_crypto_calls.EVP_DigestInit_ex
#define EVP_DigestUpdate pc_crypto_calls.EVP_DigestUpdate
#define EVP_DigestFinal_ex pc_crypto_calls.EVP_DigestFinal_ex
#define EVP_md5 pc_crypto_calls.EVP_md5
#define EVP_sha1 pc_crypto_calls.EVP_sha1
#define EVP_sha256 pc_crypto_calls.EVP_sha256
#define EVP_sha384 pc_crypto_calls.EVP_sha384
#define EVP_sha512 pc_crypto_calls.EVP_sha512
#endif

#endif
