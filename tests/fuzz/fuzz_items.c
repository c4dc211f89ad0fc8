/* SPDX-License-Identifier: MIT */
/* fuzz_items.c - the items of a job's text, as a worker that went astray may leave them:
 * walking over them ends, and stays in the text. */
#include "fuzz.h"
#include "job/job.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* aligned as in a queue, and not a byte longer */
	char *text = aligned_alloc(8, (size + 8) & ~(size_t)7);
	const struct pc_item *item;
	uint32_t pos = 0, before = 0;

	FUZZ_CHECK(text);
	memcpy(text, data, size);
	while ((item = pc_item_next(text, (uint32_t)size, &pos))) {
		const char *at = (const char *)item;

		FUZZ_CHECK(at == text + before && pos > before && pos <= size);
		FUZZ_CHECK(item->text + item->text_len < text + pos);
		FUZZ_CHECK(item->text[item->text_len] == '\0');
		before = pos;
	}
	free(text);
	return 0;
}
