/* signals.c - SIGINT, SIGTERM and SIGHUP end a copy after it has tidied up.
 *
 * A handler knows nothing but globals: these are the program's only ones.
 * `signals_copy` is written while no handler is installed, `signals_first` by
 * the handler alone. */
#include "cli/signals.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>

static const int signals_caught[] = {SIGINT, SIGTERM, SIGHUP};
#define SIGNALS (sizeof(signals_caught) / sizeof(signals_caught[0]))

static struct pcopy *signals_copy;
static volatile sig_atomic_t signals_first;
static struct sigaction signals_before[SIGNALS];

static void signal_handle(int number)
{
	int saved = errno;

	if (!signals_first)
		signals_first = number;
	if (number == SIGINT)
		(void)signal(SIGINT, SIG_DFL); /* cannot fail for SIGINT */
	pcopy_cancel(signals_copy);
	errno = saved;
}

void cli_signals_catch(struct pcopy *copy)
{
	struct sigaction action = {.sa_handler = signal_handle, .sa_flags = SA_RESTART};

	(void)sigemptyset(&action.sa_mask); /* these calls fail for bad numbers only */
	signals_copy = copy;
	for (size_t i = 0; i < SIGNALS; i++) {
		(void)sigaction(signals_caught[i], NULL, &signals_before[i]);
		if (signals_before[i].sa_handler != SIG_IGN)
			(void)sigaction(signals_caught[i], &action, NULL);
	}
}

int cli_signals_release(void)
{
	for (size_t i = 0; i < SIGNALS; i++)
		(void)sigaction(signals_caught[i], &signals_before[i], NULL);
	signals_copy = NULL;
	return signals_first;
}

/* The signals are let in by ppoll() alone, so none comes between look and wait. */
bool cli_signals_wait_readable(int fd)
{
	struct pollfd poll = {.fd = fd, .events = POLLIN};
	sigset_t caught, before;
	int r = -1;

	(void)sigemptyset(&caught); /* these calls fail for bad numbers only */
	for (size_t i = 0; i < SIGNALS; i++)
		(void)sigaddset(&caught, signals_caught[i]);
	(void)sigprocmask(SIG_BLOCK, &caught, &before);
	while (r < 0 && !signals_first) {
		r = ppoll(&poll, 1, NULL, &before);
		if (r < 0 && errno != EINTR)
			break;
	}
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return !signals_first;
}

void cli_signals_leave_to_parent(void)
{
	for (size_t i = 0; i < SIGNALS; i++)
		(void)signal(signals_caught[i], SIG_IGN);
}
