/* SPDX-License-Identifier: MIT */
/* options.c - options in words, as the command line takes them. */
#include "bench/options.h"

#include <string.h>

const char *bench_when_word(enum pcopy_when when)
{
	return when == PCOPY_ALWAYS ? "always" : when == PCOPY_NEVER ? "never" : "auto";
}

const char *bench_reflink_word(const struct cli_options *options)
{
	bool given = options->reflink_given || options->copy.method != PCOPY_METHOD_NONE;

	return given ? bench_when_word(options->copy.reflink) : "never";
}

const char *bench_method_word(enum pcopy_method method)
{
	return method == PCOPY_METHOD_READ_WRITE ? "rw"
	       : method == PCOPY_METHOD_NONE     ? "auto"
	                                         : pcopy_method_name(method);
}

void bench_preserve_words(unsigned preserve, char ret[static BENCH_PRESERVE])
{
	/* In the order of the bits; all of them together fit. */
	static const char *const words[] = {"mode",  "ownership", "timestamps", "links",
	                                    "xattr", "context",   "flags"};

	ret[0] = '\0';
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!(preserve & 1U << i))
			continue;
		if (*ret)
			strcat(ret, ",");
		strcat(ret, words[i]);
	}
}
