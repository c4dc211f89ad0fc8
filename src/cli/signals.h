/* SPDX-License-Identifier: MIT */
/* signals.h - what signals do to a copy.
 *
 * SIGINT, SIGTERM, SIGHUP and SIGPIPE end it after it has tidied up, SIGUSR1 asks
 * how far it came, SIGTSTP clears the progress line before it stops. */
#ifndef PC_CLI_SIGNALS_H
#define PC_CLI_SIGNALS_H

#include <stdbool.h>

#include <pcopy.h>

/* Lets SIGUSR1 ask, and SIGTSTP when `pauses`: there is a line to be cleared.  One that
 * was ignored stays ignored.  One copy at a time. */
void cli_signals_catch(bool pauses);

/* Lets those that end a copy end `copy`.  Not before it has begun: until then they end the
 * program, which may wait for a server that is gone.  A second SIGINT ends the program
 * at once, and so does a copy that does not come to its end. */
void cli_signals_catch_end(struct pcopy *copy);

/* Puts back what was there before cli_signals_catch().  Returns the first of the signals
 * that end a copy, or 0. */
int cli_signals_release(void);

/* Whether SIGUSR1 came since the last call. */
bool cli_signals_status_wanted(void);

/* Whether SIGTSTP came.  The caller clears its line and pauses: until SIGCONT. */
bool cli_signals_pause_wanted(void);
void cli_signals_pause(void);

/* Waits until `fd` can be read or is at its end.  False: a signal that ends the copy
 * came, now or before. */
bool cli_signals_wait_readable(int fd);

/* In a worker process: the signals that a terminal, timeout(1) or a service
 * manager sends to all processes are left to the first one, which tidies up. */
void cli_signals_leave_to_parent(void);

#endif
