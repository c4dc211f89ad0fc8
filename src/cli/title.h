/* SPDX-License-Identifier: MIT */
/* title.h - the name of a worker process in ps(1). */
#ifndef PC_CLI_TITLE_H
#define PC_CLI_TITLE_H

/* Remembers the memory of the arguments.  Call it first, while argv[0] still points there. */
void cli_title_init(int argc, char **argv);

/* Renames this process to "pcopy: worker N".  Overwrites the argument strings: call it in a
 * forked child that no longer uses them. */
void cli_title_set_worker(unsigned worker);

#endif
