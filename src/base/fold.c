/* SPDX-License-Identifier: MIT
 *
 * fold.c - names that some file system may treat as one, as README and readme. */
#include "base/fold.h"

#include "base/path.h"

#include <string.h>

bool pc_name_is_ascii(const char *name)
{
	for (; *name; name++) {
		if ((unsigned char)*name > 127)
			return false;
	}
	return true;
}

/* Some file systems ignore blanks and dots at the end. */
static size_t name_length(const char *name)
{
	size_t len = strlen(name);

	while (len > 0 && (name[len - 1] == '.' || name[len - 1] == ' '))
		len--;
	return len;
}

/* For ASCII, in every locale. */
static unsigned char byte_lower(unsigned char byte)
{
	return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
}

static bool byte_is_letter(unsigned char byte)
{
	return byte_lower(byte) >= 'a' && byte_lower(byte) <= 'z';
}

uint64_t pc_fold_hash_ascii(const char *name)
{
	uint64_t hash = pc_name_hash("", 1);

	for (size_t i = 0, len = name_length(name); i < len; i++)
		hash = pc_hash_add(hash, byte_lower((unsigned char)name[i]));
	return hash;
}

/* Letters can be composed in several ways and become several letters in another case, so only
 * digits and punctuation are hashed. */
uint64_t pc_fold_hash_any(const char *name, uint64_t basis)
{
	uint64_t hash = pc_name_hash("", basis);

	for (size_t i = 0, len = name_length(name); i < len; i++) {
		unsigned char byte = (unsigned char)name[i];

		if (byte < 128 && !byte_is_letter(byte) && !strchr(";`=<>", byte))
			hash = pc_hash_add(hash, byte);
	}
	return hash;
}
