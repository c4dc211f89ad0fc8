/* SPDX-License-Identifier: MIT
 *
 * build.c - identifies this build by the linker's build-id note: two builds of one version may
 * use different numbers. */
#include "ranks/build.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#define XXH_INLINE_ALL /* avoids loading a library at each start */
#include <xxhash.h>

#define NOTE_ALIGN(n) (((n) + 3U) & ~(size_t)3)

static bool note_is_build_id(const ElfW(Nhdr) * note)
{
	return note->n_type == NT_GNU_BUILD_ID && note->n_namesz == sizeof(ELF_NOTE_GNU) &&
	       memcmp(note + 1, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) == 0;
}

/* The notes are mapped by the kernel and the loader, so they are trusted. */
static uint64_t notes_hash(const char *at, size_t len)
{
	while (len >= sizeof(ElfW(Nhdr))) {
		const ElfW(Nhdr) *note = (const void *)at;
		size_t name = NOTE_ALIGN(note->n_namesz), size;

		size = sizeof(*note) + name + NOTE_ALIGN(note->n_descsz);
		if (size > len)
			break;
		if (note_is_build_id(note))
			return XXH3_64bits(at + sizeof(*note) + name, note->n_descsz);
		at += size;
		len -= size;
	}
	return 0;
}

static bool object_has(const struct dl_phdr_info *object, uintptr_t address)
{
	for (unsigned i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];
		uintptr_t start = object->dlpi_addr + part->p_vaddr;

		if (part->p_type == PT_LOAD && address >= start && address - start < part->p_memsz)
			return true;
	}
	return false;
}

static int object_look(struct dl_phdr_info *object, size_t size, void *data)
{
	uint64_t *hash = data;

	(void)size;
	if (!object_has(object, (uintptr_t)&pc_build_hash))
		return 0;
	for (unsigned i = 0; i < object->dlpi_phnum && *hash == 0; i++) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];

		if (part->p_type == PT_NOTE)
			*hash = notes_hash((const char *)object->dlpi_addr + part->p_vaddr,
			                   part->p_memsz);
	}
	return 1;
}

uint64_t pc_build_hash(void)
{
	uint64_t hash = 0;

	(void)dl_iterate_phdr(object_look, &hash);
	return hash;
}
