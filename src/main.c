/* SPDX-License-Identifier: MIT */
/* main.c - the command with its timing report, without ranks. */
#include <stddef.h>

#include "bench/bench.h"
#include "cli/command.h"

int main(int argc, char **argv)
{
	return cli_main(argc, argv, NULL, bench_run);
}
