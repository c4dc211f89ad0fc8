/* SPDX-License-Identifier: MIT */
/* signals.c - how signals affect a copy.
 *
 * Signal handlers can reach globals only: these are the only ones of the program.  A handler may
 * run in any thread.  `signals_copy` is written only while no handler that reads it is
 * installed. */
#include "cli/signals.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "cli/program.h"

/* Time after the cancel timeout for removing unfinished files. */
#define CLEANUP_MS 500U

/* Interval of checking `signals_first`: if another thread handles the signal, ppoll() of this one
 * is not interrupted. */
#define POLL_MS 100

static struct pcopy *signals_copy;
static _Atomic int signals_first;
static _Atomic bool signals_status, signals_pause;

/* Sets the alarm for the time when a canceled copy must have ended.  Async-signal-safe. */
static void alarm_set(unsigned wait_ms)
{
	const struct itimerval end = {.it_value.tv_sec = (wait_ms + CLEANUP_MS) / 1000,
	                              .it_value.tv_usec =
	                                      (suseconds_t)((wait_ms + CLEANUP_MS) % 1000) * 1000};

	if (wait_ms < UINT_MAX - CLEANUP_MS) /* else no limit */
		(void)setitimer(ITIMER_REAL, &end, NULL);
}

static void end_handle(int number)
{
	int saved = errno, none = 0;

	if (number == SIGINT)
		(void)signal(SIGINT, SIG_DFL); /* cannot fail for SIGINT */
	pcopy_cancel(signals_copy);
	if (atomic_compare_exchange_strong(&signals_first, &none, number))
		alarm_set(pcopy_grace_ms(signals_copy));
	errno = saved;
}

/* The copy did not end in time.  Either it waits for data that is being written to disk, or a
 * system call of this process hangs, which no one can interrupt. */
static void alarm_handle(int number)
{
	static const char text[] = ": a system call is not returning; exiting without cleanup\n";
	const char *name = cli_program_name();
	int saved = errno;
	unsigned wait_ms = pcopy_grace_ms(signals_copy);

	(void)number;
	if (wait_ms == 0) {
		(void)!write(STDERR_FILENO, name, strlen(name)); /* stderr is the last resort */
		(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
		_exit(128 + signals_first);
	}
	alarm_set(wait_ms);
	errno = saved;
}

static void flag_handle(int number)
{
	atomic_store(number == SIGUSR1 ? &signals_status : &signals_pause, true);
}

static const struct caught {
	int number;
	void (*handle)(int number);
} signals_caught[] = {
	{SIGUSR1, flag_handle},  {SIGTSTP, flag_handle}, {SIGINT, end_handle},
	{SIGTERM, end_handle},   {SIGHUP, end_handle},   {SIGPIPE, end_handle},
	{SIGALRM, alarm_handle},
};
#define SIGNALS (sizeof(signals_caught) / sizeof(signals_caught[0]))

static struct sigaction signals_before[SIGNALS];

static void catch_one(size_t i)
{
	struct sigaction action = {.sa_handler = signals_caught[i].handle, .sa_flags = SA_RESTART};
	int number = signals_caught[i].number;

	(void)sigemptyset(&action.sa_mask); /* these calls fail for bad numbers only */
	if (signals_before[i].sa_handler != SIG_IGN || number == SIGALRM)
		(void)sigaction(number, &action, NULL);
}

void cli_signals_catch(bool pauses)
{
	for (size_t i = 0; i < SIGNALS; i++) {
		int number = signals_caught[i].number;

		(void)sigaction(number, NULL, &signals_before[i]);
		if ((number == SIGUSR1 && !cli_program_is_cp()) || (number == SIGTSTP && pauses))
			catch_one(i);
	}
	(void)signal(SIGXFSZ, SIG_IGN); /* write() returns EFBIG instead */
}

void cli_signals_catch_end(struct pcopy *copy)
{
	signals_copy = copy;
	for (size_t i = 0; i < SIGNALS; i++) {
		if (signals_caught[i].handle != flag_handle)
			catch_one(i);
	}
}

int cli_signals_release(void)
{
	static const struct itimerval never;

	(void)setitimer(ITIMER_REAL, &never, NULL);
	for (size_t i = 0; i < SIGNALS; i++)
		(void)sigaction(signals_caught[i].number, &signals_before[i], NULL);
	signals_copy = NULL;
	return signals_first;
}

bool cli_signals_status_wanted(void)
{
	return atomic_exchange(&signals_status, false);
}

bool cli_signals_pause_wanted(void)
{
	return signals_pause;
}

void cli_signals_pause(void)
{
	atomic_store(&signals_pause, false);
	(void)raise(SIGSTOP);
}

/* ppoll() unblocks the signals atomically, so no signal is lost between the check and the wait. */
bool cli_signals_wait_readable(int fd)
{
	struct pollfd poll = {.fd = fd, .events = POLLIN};
	const struct timespec interval = {.tv_nsec = POLL_MS * 1000000L};
	sigset_t caught, before;
	int r = 0;

	(void)sigemptyset(&caught); /* these calls fail for bad numbers only */
	for (size_t i = 0; i < SIGNALS; i++)
		(void)sigaddset(&caught, signals_caught[i].number);
	(void)pthread_sigmask(SIG_BLOCK, &caught, &before);
	while (r <= 0 && !signals_first) {
		r = ppoll(&poll, 1, &interval, &before);
		if (r < 0 && errno != EINTR)
			break;
		if (signals_pause)
			cli_signals_pause();
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return !signals_first;
}

void cli_signals_leave_to_parent(void)
{
	for (size_t i = 0; i < SIGNALS; i++)
		(void)signal(signals_caught[i].number, SIG_IGN);
}
