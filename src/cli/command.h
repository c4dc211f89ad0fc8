/* SPDX-License-Identifier: MIT */
/* command.h - the command, whoever runs it. */
#ifndef PC_CLI_COMMAND_H
#define PC_CLI_COMMAND_H

#include <pcopy.h>

/* Does what the arguments say, over these ranks (NULL: there are none).  The exit status. */
int cli_main(int argc, char **argv, const struct pcopy_transport *transport);

#endif
