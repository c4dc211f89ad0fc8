/* SPDX-License-Identifier: MIT */
/* main.c - the command alone, without ranks. */
#include <stddef.h>

#include "cli/command.h"

int main(int argc, char **argv)
{
	return cli_main(argc, argv, NULL);
}
