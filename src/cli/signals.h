/* signals.h - SIGINT, SIGTERM and SIGHUP end a copy after it has tidied up. */
#ifndef PC_CLI_SIGNALS_H
#define PC_CLI_SIGNALS_H

#include <stdbool.h>

#include <pcopy.h>

/* Lets the three signals cancel `copy`; one that was ignored stays ignored.  A
 * second SIGINT ends the program at once.  One copy at a time. */
void cli_signals_catch(struct pcopy *copy);

/* Puts back what was there.  Returns the first signal caught, or 0. */
int cli_signals_release(void);

/* Waits until `fd` can be read or is at its end.  False: one of the signals came,
 * now or before. */
bool cli_signals_wait_readable(int fd);

/* In a worker process: the signals that a terminal, timeout(1) or a service
 * manager sends to all processes are left to the first one, which tidies up. */
void cli_signals_leave_to_parent(void);

#endif
