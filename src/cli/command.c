/* SPDX-License-Identifier: MIT */
/* command.c - the command: parses the options and runs what they ask for. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/copy.h"
#include "cli/cp.h"
#include "cli/filter.h"
#include "cli/messages.h"
#include "cli/options.h"
#include "cli/program.h"
#include "cli/ranks.h"
#include "cli/title.h"

/* Opens descriptors 0 to 2 if they are closed.  Otherwise a file of the copy could get one of
 * these numbers, and messages would be written into it.  Printing to them still fails, as in GNU
 * cp. "/" with O_PATH works where there is no /dev/null. */
static int descriptors_fill(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/", O_PATH | O_DIRECTORY) < 0)
			return -errno;
	}
	return 0;
}

static int version_print(void)
{
	/* cli_close_stdout() reports errors */
	(void)printf("%s %s\n", cli_program_is_cp() ? "cp (pcopy)" : cli_program_name(),
	             PCOPY_VERSION);
	return CLI_EXIT_OK;
}

/* A process of MPI cannot start copies that are processes of MPI, too. */
static int bench_refuse(void)
{
	cli_error(0, "--bench is an option of pcopy: it compares pools on one machine");
	return cli_options_try_help();
}

static int command_run(struct cli_options *options, int (*bench)(const struct cli_options *options))
{
	int status = cli_ranks_refuse(options);

	if (!status)
		status = cli_filter_load(options);
	if (status)
		return status;
	switch (options->command) {
	case CLI_HELP:
		cli_options_help(stdout);
		return CLI_EXIT_OK;
	case CLI_VERSION:
		return version_print();
	case CLI_BENCH:
		return bench ? bench(options) : bench_refuse();
	default:
		break;
	}
	return cli_copy(options);
}

int cli_main(int argc, char **argv, const struct pcopy_transport *transport,
             int (*bench)(const struct cli_options *options))
{
	struct cli_options options;
	int r;

	cli_program_init(argc > 0 ? argv[0] : NULL);
	r = descriptors_fill();
	if (r < 0) {
		cli_error(-r, "cannot open the standard descriptors");
		return CLI_EXIT_FAILED;
	}
	cli_title_init(argc, argv);
	r = cli_options_parse(argc, argv, &options);
	if (r < 0) {
		r = r == -ENOMEM ? CLI_EXIT_FAILED : CLI_EXIT_USAGE;
	} else {
		options.copy.transport = transport;
		r = cli_close_stdout(command_run(&options, bench));
		cli_options_done(&options);
	}
	return cli_program_is_cp() ? cli_cp_status(r) : r;
}
