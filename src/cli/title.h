/* SPDX-License-Identifier: MIT */
/* title.h - the name that ps shows for a worker process. */
#ifndef PC_CLI_TITLE_H
#define PC_CLI_TITLE_H

/* Remembers where the arguments lie.  Call it first: argv[0] still points
 * there. */
void cli_title_init(int argc, char **argv);

/* Calls this process "pcopy: worker N".  The argument strings are overwritten:
 * for a forked child that needs them no more. */
void cli_title_set_worker(unsigned worker);

#endif
