/* SPDX-License-Identifier: MIT */
/* fuzz_size.c - sizes, read and written. */
#include "base/size.h"
#include "fuzz.h"

#include <errno.h>
#include <inttypes.h>

static void check_formats(uint64_t number)
{
	char text[PC_SIZE_TEXT];

	FUZZ_CHECK(strlen(pc_size_format(text, number)) < sizeof(text));
	FUZZ_CHECK(strlen(pc_rate_format(text, (double)number)) < sizeof(text));
	FUZZ_CHECK(strlen(pc_duration_format(text, number)) < sizeof(text));
	FUZZ_CHECK(strlen(pc_count_format(text, number)) < sizeof(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), written[32];
	uint64_t number = 0, again = 0;
	int r = pc_size_parse(text, &number);

	FUZZ_CHECK(r == 0 || r == -EINVAL || r == -ERANGE);
	if (r == 0) {
		snprintf(written, sizeof(written), "%" PRIu64, number);
		FUZZ_CHECK(pc_size_parse(written, &again) == 0 && again == number);
		FUZZ_CHECK(text[0] >= '0' && text[0] <= '9');
		check_formats(number);
	}
	free(text);
	return 0;
}
