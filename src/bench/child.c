/* SPDX-License-Identifier: MIT */
/* child.c - one run in a child process, and signals in the meantime.
 *
 * The three signals are blocked from before the child is created until the handler knows its pid,
 * so none is lost.  A signal from the terminal reaches the whole process group, including the
 * child; only other signals are passed on, because a second one means "at once" to the command. */
#include "bench/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/quote.h"
#include "bench/report.h"
#include "bench/words.h"
#include "cli/messages.h"

#define DIFFERENCES_SHOWN 5

extern char **environ;

static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
#define CAUGHT (sizeof(caught) / sizeof(caught[0]))

static volatile sig_atomic_t first_signal, child;
static struct sigaction before[CAUGHT];

/* ---- Signals ---- */

static void signal_handle(int number, siginfo_t *info, void *context)
{
	int saved = errno;

	(void)context; /* not needed */
	if (!first_signal)
		first_signal = number;
	if (child > 0 && info->si_code != SI_KERNEL)
		(void)kill(child, number); /* the child may have just ended */
	errno = saved;
}

void bench_signals_catch(void)
{
	struct sigaction action = {.sa_sigaction = signal_handle, .sa_flags = SA_SIGINFO};

	first_signal = 0;
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1); /* on failure fewer processes are waited for */
	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < CAUGHT; i++) {
		(void)sigaction(caught[i], NULL, &before[i]); /* valid signal numbers */
		if (before[i].sa_handler != SIG_IGN)
			(void)sigaction(caught[i], &action, NULL);
	}
}

void bench_signals_release(void)
{
	(void)prctl(PR_SET_CHILD_SUBREAPER, 0);
	for (size_t i = 0; i < CAUGHT; i++)
		(void)sigaction(caught[i], &before[i], NULL);
}

int bench_signal(void)
{
	return first_signal;
}

static void signals_block(sigset_t *ret_old)
{
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < CAUGHT; i++)
		(void)sigaddset(&set, caught[i]);
	(void)sigprocmask(SIG_BLOCK, &set, ret_old);
}

/* Unblocks the signals after the handler knows the child. */
static void signals_unblock(pid_t pid, const sigset_t *old)
{
	child = pid;
	(void)sigprocmask(SIG_SETMASK, old, NULL);
}

/* Waits for the child.  wait4() also returns its resource usage, so it cannot be another
 * process's. */
static int child_wait(pid_t pid, int *ret_status, struct rusage *ret_usage)
{
	pid_t got;

	do
		got = wait4(pid, ret_status, 0, ret_usage);
	while (got < 0 && errno == EINTR);
	child = 0;
	return got < 0 ? -errno : 0;
}

/* Workers that outlived their parent are exiting, but may still write.  They were reparented to
 * this process, which therefore can wait for the last one.  A signal ends the wait. */
static void stragglers_wait(void)
{
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static double timeval_seconds(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static const char *status_fault(int status)
{
	if (WIFSIGNALED(status))
		return "killed by a signal";
	return WEXITSTATUS(status) ? "the copy failed" : NULL;
}

/* ---- A program ---- */

/* Standard output is discarded: ours is for the table. */
static int actions_fill(posix_spawn_file_actions_t *actions, int fd, int as)
{
	int rc = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);

	/* dup2() onto itself clears close-on-exec, as intended */
	if (!rc && fd >= 0)
		rc = posix_spawn_file_actions_adddup2(actions, fd, as);
	return rc;
}

static int attributes_fill(posix_spawnattr_t *attributes, const sigset_t *mask)
{
	int rc = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK);

	return rc ? rc : posix_spawnattr_setsigmask(attributes, mask);
}

static int child_spawn(const struct bench_words *words, int fd, int as, const sigset_t *mask,
                       pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int rc;

	rc = posix_spawn_file_actions_init(&actions);
	if (rc)
		return -rc;
	rc = posix_spawnattr_init(&attributes);
	if (rc) {
		posix_spawn_file_actions_destroy(&actions);
		return -rc;
	}
	rc = actions_fill(&actions, fd, as);
	if (!rc)
		rc = attributes_fill(&attributes, mask);
	if (!rc)
		rc = posix_spawnp(ret, words->program, &actions, &attributes, words->argument,
		                  environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return -rc;
}

int bench_child_run(const struct bench_words *words, int fd, int as, int *ret_status,
                    struct rusage *ret_usage)
{
	sigset_t old;
	pid_t pid = 0;
	int rc;

	signals_block(&old);
	rc = child_spawn(words, fd, as, &old, &pid);
	signals_unblock(pid, &old);
	return rc < 0 ? rc : child_wait(pid, ret_status, ret_usage);
}

/* ---- A run ---- */

static void usage_read(const struct rusage *usage, struct bench_sample *sample)
{
	sample->user_s = timeval_seconds(&usage->ru_utime);
	sample->system_s = timeval_seconds(&usage->ru_stime);
	sample->minor_faults = (uint64_t)usage->ru_minflt;
	sample->major_faults = (uint64_t)usage->ru_majflt;
	sample->voluntary_switches = (uint64_t)usage->ru_nvcsw;
	sample->involuntary_switches = (uint64_t)usage->ru_nivcsw;
	sample->peak_bytes = (uint64_t)usage->ru_maxrss * 1024;
}

/* The measured time begins before the process is created and ends after it was reaped. */
static int run_timed(const struct bench_words *words, int report_fd, struct bench_sample *sample,
                     int *ret_status)
{
	uint64_t begin = pc_now_ns();
	struct rusage usage;
	int rc = bench_child_run(words, report_fd, BENCH_REPORT_FD, ret_status, &usage);

	if (rc < 0)
		return rc;
	sample->wall_s = pc_seconds(pc_now_ns() - begin);
	usage_read(&usage, sample);
	return 0;
}

int bench_child_copy(const struct bench *bench, struct bench_row *row, const char *target,
                     struct bench_sample *ret)
{
	struct bench_words words = {0};
	struct bench_sample sample = *ret;
	/* In memory: a pipe would block a run with many workers until this process reads. */
	_cleanup_close_ int fd = memfd_create("pcopy-report", MFD_CLOEXEC);
	int status = 0, rc;

	if (fd < 0)
		return -errno;
	rc = bench_words_fill(&words, bench, row, target);
	if (rc == 0)
		rc = run_timed(&words, row->command ? -1 : fd, &sample, &status);
	bench_words_done(&words);
	stragglers_wait();
	if (rc < 0)
		return rc;
	if (bench_signal())
		return -EINTR;
	sample.fault = status_fault(status);
	if (!sample.fault && !row->command)
		sample.fault = bench_report_load(fd, &sample, row->phase);
	*ret = sample;
	return 0;
}

/* ---- Comparison ---- */

static void show_difference(void *userdata, const struct pcopy_event *event)
{
	unsigned *shown = userdata;

	if ((*shown)++ >= DIFFERENCES_SHOWN)
		return;
	if (event->type == PCOPY_EVENT_DIFFERENT)
		cli_message_different(event, false);
	else
		cli_message_event(event, false);
}

/* Owners are compared only if this user can set them. */
static unsigned preserve_checked(const struct bench *bench)
{
	unsigned preserve = bench->options->copy.preserve;

	return geteuid() ? preserve & ~(unsigned)PCOPY_KEEP_OWNER : preserve;
}

static _Noreturn void compare_and_exit(const struct bench *bench, const char *target,
                                       const sigset_t *mask)
{
	struct pcopy_options choices = bench->options->copy;
	struct pcopy *copy = NULL;
	unsigned shown = 0;
	int r;

	bench_signals_release();
	(void)sigprocmask(SIG_SETMASK, mask, NULL);
	choices.pool = PCOPY_POOL_THREADS;
	choices.processes = choices.threads = choices.coroutines = 0;
	choices.preserve = preserve_checked(bench);
	choices.userdata = &shown;
	choices.on_event = show_difference;
	r = pcopy_new(&choices, &copy);
	if (r == 0)
		r = pcopy_add(copy, bench->src_path, target, 0);
	if (r == 0)
		r = pcopy_verify(copy);
	if (r < 0)
		cli_error_named(-r, "cannot compare %s and %s", bench->src_path, target);
	_exit(r != 0);
}

int bench_child_compare(const struct bench *bench, const char *target)
{
	struct rusage usage;
	sigset_t old;
	int status, rc;
	pid_t pid;

	signals_block(&old);
	pid = fork();
	if (!pid)
		compare_and_exit(bench, target, &old);
	rc = pid < 0 ? -errno : 0;
	signals_unblock(pid, &old);
	if (!rc)
		rc = child_wait(pid, &status, &usage);
	if (bench_signal())
		return -EINTR;
	return rc < 0 ? rc : status != 0;
}
