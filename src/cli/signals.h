/* SPDX-License-Identifier: MIT */
/* signals.h - how signals affect a copy.
 *
 * SIGINT, SIGTERM, SIGHUP and SIGPIPE cancel it, and it removes unfinished files.  SIGUSR1 prints
 * the progress.  SIGTSTP erases the progress line before the process stops. */
#ifndef PC_CLI_SIGNALS_H
#define PC_CLI_SIGNALS_H

#include <stdbool.h>

#include <pcopy.h>

/* Installs the handler of SIGUSR1, and of SIGTSTP if `pauses`: there is a progress line to erase.
 * Ignored signals stay ignored.  Only one copy at a time. */
void cli_signals_catch(bool pauses);

/* From now on the signals that end a copy cancel `copy`.  Call it when the copy begins: before
 * that they kill the program, which may be blocked on an unresponsive server.  A second SIGINT
 * kills the program at once.  It also exits if the copy does not end in time. */
void cli_signals_catch_end(struct pcopy *copy);

/* Restores the signal actions from before cli_signals_catch().  Returns the first signal that
 * canceled the copy, or 0. */
int cli_signals_release(void);

/* True if SIGUSR1 arrived since the last call. */
bool cli_signals_status_wanted(void);

/* True if SIGTSTP arrived.  The caller erases its line and calls cli_signals_pause(), which
 * returns after SIGCONT. */
bool cli_signals_pause_wanted(void);
void cli_signals_pause(void);

/* Waits until `fd` is readable or at its end.  False: a signal has canceled the copy. */
bool cli_signals_wait_readable(int fd);

/* For a worker process: ignores the signals that a terminal, timeout(1) or a service manager
 * sends to the whole group.  The parent handles them and cleans up. */
void cli_signals_leave_to_parent(void);

#endif
