/* SPDX-License-Identifier: MIT */
/* fuzz_arguments.c - a command line: words with NULs between them. */
#include "cli/options.h"
#include "fuzz.h"

#include <errno.h>
#include <getopt.h>

#define ARGUMENTS_MAX 64

static void check_options(const struct cli_options *options)
{
	struct pcopy *copy = NULL;
	int r;

	FUZZ_CHECK(options->command <= CLI_VERSION);
	FUZZ_CHECK(options->operands < ARGUMENTS_MAX);
	if (options->command != CLI_COPY)
		return;
	r = pcopy_new(&options->copy, &copy);
	FUZZ_CHECK(r == 0 || r == -EINVAL);
	if (r == 0)
		pcopy_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *argv[ARGUMENTS_MAX + 1] = {text};
	char program[] = "pcopy";
	struct cli_options options;
	int argc = 1;

	argv[0] = program;
	for (size_t at = 0; at < size && argc < ARGUMENTS_MAX; at += strlen(text + at) + 1)
		argv[argc++] = text + at;
	optind = 0; /* getopt_long() begins anew */
	if (cli_options_parse(argc, argv, &options) == 0) {
		check_options(&options);
		cli_options_done(&options);
	}
	free(text);
	return 0;
}
