/* signals.c - what signals do to a copy.
 *
 * A handler knows nothing but globals: these are the program's only ones.
 * `signals_copy` is written while no handler is installed, the others by handlers
 * and by the coordinator between jobs. */
#include "cli/signals.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

/* A canceled copy has so long to end: workers that hang are given up before. */
#define END_SECONDS 2

static struct pcopy *signals_copy;
static volatile sig_atomic_t signals_first, signals_status, signals_pause;

static void end_handle(int number)
{
	int saved = errno;

	if (!signals_first) {
		signals_first = number;
		(void)alarm(END_SECONDS);
	}
	if (number == SIGINT)
		(void)signal(SIGINT, SIG_DFL); /* cannot fail for SIGINT */
	pcopy_cancel(signals_copy);
	errno = saved;
}

/* The copy hangs in a call of this process, which nothing else can end. */
static void alarm_handle(int number)
{
	(void)number;
	_exit(128 + signals_first);
}

static void flag_handle(int number)
{
	if (number == SIGUSR1)
		signals_status = 1;
	else
		signals_pause = 1;
}

static const struct caught {
	int number;
	void (*handle)(int number);
} signals_caught[] = {
	{SIGINT, end_handle},  {SIGTERM, end_handle},  {SIGHUP, end_handle}, {SIGPIPE, end_handle},
	{SIGALRM, alarm_handle}, {SIGUSR1, flag_handle}, {SIGTSTP, flag_handle},
};
#define SIGNALS (sizeof(signals_caught) / sizeof(signals_caught[0]))

static struct sigaction signals_before[SIGNALS];

void cli_signals_catch(struct pcopy *copy, bool pauses)
{
	struct sigaction action = {.sa_flags = SA_RESTART};

	(void)sigemptyset(&action.sa_mask); /* these calls fail for bad numbers only */
	signals_copy = copy;
	for (size_t i = 0; i < SIGNALS; i++) {
		int number = signals_caught[i].number;

		(void)sigaction(number, NULL, &signals_before[i]);
		action.sa_handler = signals_caught[i].handle;
		if ((signals_before[i].sa_handler == SIG_IGN && number != SIGALRM) ||
		    (number == SIGTSTP && !pauses))
			continue;
		(void)sigaction(number, &action, NULL);
	}
	(void)signal(SIGXFSZ, SIG_IGN); /* EFBIG says as much */
}

int cli_signals_release(void)
{
	(void)alarm(0);
	for (size_t i = 0; i < SIGNALS; i++)
		(void)sigaction(signals_caught[i].number, &signals_before[i], NULL);
	signals_copy = NULL;
	return signals_first;
}

bool cli_signals_status_wanted(void)
{
	bool wanted = signals_status;

	signals_status = 0;
	return wanted;
}

bool cli_signals_pause_wanted(void)
{
	return signals_pause;
}

void cli_signals_pause(void)
{
	signals_pause = 0;
	(void)raise(SIGSTOP);
}

/* The signals are let in by ppoll() alone, so none comes between look and wait. */
bool cli_signals_wait_readable(int fd)
{
	struct pollfd poll = {.fd = fd, .events = POLLIN};
	sigset_t caught, before;
	int r = -1;

	(void)sigemptyset(&caught); /* these calls fail for bad numbers only */
	for (size_t i = 0; i < SIGNALS; i++)
		(void)sigaddset(&caught, signals_caught[i].number);
	(void)sigprocmask(SIG_BLOCK, &caught, &before);
	while (r < 0 && !signals_first) {
		r = ppoll(&poll, 1, NULL, &before);
		if (r < 0 && errno != EINTR)
			break;
		if (signals_pause)
			cli_signals_pause();
	}
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return !signals_first;
}

void cli_signals_leave_to_parent(void)
{
	for (size_t i = 0; i < SIGNALS; i++)
		(void)signal(signals_caught[i].number, SIG_IGN);
}
