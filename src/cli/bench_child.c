/* bench_child.c - one run in a process of its own, and the signals meanwhile.
 *
 * The three signals are blocked from before the child is made until its number
 * is known to the handler, so that none is lost between.  One that a terminal
 * sent has reached the child as well, as a member of the same process group;
 * only others are passed on: to the command a second one means "at once". */
#include "cli/bench_child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
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
#include "cli/bench_words.h"
#include "cli/messages.h"

#define PROGRAM "/proc/self/exe"

/* The report lies here in the child, above the three standard descriptors. */
#define REPORT_FD 3

#define DIFFERENCES_SHOWN 5

extern char **environ;

static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
#define CAUGHT (sizeof(caught) / sizeof(caught[0]))

static volatile sig_atomic_t first_signal, child;
static struct sigaction before[CAUGHT];

/* ---- Signals ---- */

static void on_signal(int number, siginfo_t *info, void *context)
{
	int saved = errno;

	(void)context; /* not needed */
	if (!first_signal)
		first_signal = number;
	if (child > 0 && info->si_code != SI_KERNEL)
		(void)kill(child, number); /* it may have ended just now */
	errno = saved;
}

void bench_signals_catch(void)
{
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};

	first_signal = 0;
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1); /* where it fails there is less to wait for */
	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < CAUGHT; i++) {
		(void)sigaction(caught[i], NULL, &before[i]); /* these numbers are valid */
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

/* Lets signals through again, now that the handler knows the child. */
static void signals_unblock(pid_t pid, const sigset_t *old)
{
	child = pid;
	(void)sigprocmask(SIG_SETMASK, old, NULL);
}

/* Waits for the child; what it used comes with its end, so it cannot be that of
 * another. */
static int child_wait(pid_t pid, int *ret_status, struct rusage *ret_usage)
{
	pid_t got;

	do
		got = wait4(pid, ret_status, 0, ret_usage);
	while (got < 0 && errno == EINTR);
	child = 0;
	return got < 0 ? -errno : 0;
}

/* Workers that outlived the process that made them are on their way out and may
 * still write; as we adopted them, we can wait for the last one.  A signal ends
 * the waiting. */
static void stragglers_wait(void)
{
	while (waitpid(-1, NULL, 0) > 0)
		;
}

/* ---- The command line of a run ---- */

struct arguments {
	char text[768];
	size_t used;
	char *argument[24];
	unsigned count;
};

/* What is put together here is short and counted: 21 with the closing NULL. */
static void add(struct arguments *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct arguments *a, const char *format, ...)
{
	va_list list;
	int length;

	va_start(list, format);
	length = vsnprintf(a->text + a->used, sizeof(a->text) - a->used, format, list);
	va_end(list);
	assert(length >= 0 && (size_t)length < sizeof(a->text) - a->used);
	a->argument[a->count++] = a->text + a->used;
	a->used += (size_t)length + 1;
}

static void add_jobs(struct arguments *a, const struct bench *bench, enum pcopy_pool pool)
{
	const struct cli_options *options = bench->options;
	unsigned processes = options->jobs_processes, threads = options->jobs_threads;

	if (pool == PCOPY_POOL_SERIAL)
		return;
	/* Said in any case: each pool is to have as many workers as the others. */
	if (processes && pool == PCOPY_POOL_HYBRID)
		add(a, "--jobs=%ux%u", processes, threads);
	else if (processes)
		add(a, "--jobs=%u", processes * threads);
	else
		add(a, "--jobs=%u", options->jobs ? options->jobs : bench->cpus);
}

/* What is to be kept where it can be is part of `all`, by name it is a duty. */
static void add_preserve(struct arguments *a, unsigned preserve)
{
	const unsigned all = PCOPY_KEEP_MODE | PCOPY_KEEP_OWNER | PCOPY_KEEP_TIMES |
			     PCOPY_KEEP_LINKS | PCOPY_KEEP_XATTR | PCOPY_KEEP_CONTEXT;
	char words[BENCH_PRESERVE];
	unsigned wish = 0;

	if (!(preserve & PCOPY_NEED_XATTR))
		wish |= preserve & PCOPY_KEEP_XATTR;
	if (!(preserve & PCOPY_NEED_CONTEXT))
		wish |= preserve & PCOPY_KEEP_CONTEXT;
	if (wish) {
		add(a, "--preserve=all");
		bench_preserve_words(all & ~preserve, words);
		if (*words)
			add(a, "--no-preserve=%s", words);
	}
	bench_preserve_words(preserve & ~wish, words);
	if (*words)
		add(a, "--preserve=%s", words);
	if (preserve & PCOPY_DEFAULT_MODE)
		add(a, "--no-preserve=mode");
}

static void arguments_fill(struct arguments *a, const struct bench *bench, enum pcopy_pool pool)
{
	const struct pcopy_options *copy = &bench->options->copy;

	add(a, "pcopy");
	add(a, "--pool=%s", pcopy_pool_name(pool));
	add_jobs(a, bench, pool);
	add(a, "--reflink=%s", bench_reflink_word(bench->options));
	add(a, "--sparse=%s", bench_when_word(copy->sparse));
	add(a, "--chunk-size=%" PRIu64, copy->chunk_bytes);
	if (copy->queue_depth)
		add(a, "--queue-depth=%u", copy->queue_depth);
	if (copy->shared_fd_table)
		add(a, "--fd-table=shared");
	if (copy->force)
		add(a, "--force");
	if (copy->method)
		add(a, "--method=%s", bench_method_word(copy->method));
	add_preserve(a, copy->preserve);
	add(a, "--quiet");
	add(a, "--json=/proc/self/fd/%d", REPORT_FD);
	add(a, "-T");
	add(a, "--");
}

/* ---- What a run reports ---- */

static uint64_t report_number(const json_t *report, const char *key)
{
	json_int_t number = json_integer_value(json_object_get(report, key));

	return number > 0 ? (uint64_t)number : 0;
}

static void report_read(const json_t *report, struct bench_sample *sample)
{
	const json_t *methods = json_object_get(report, "methods");

	sample->processes = (unsigned)report_number(report, "processes");
	sample->threads = (unsigned)report_number(report, "threads");
	sample->workers = sample->processes * sample->threads;
	sample->peak_bytes = report_number(report, "peak_bytes");
	for (unsigned i = 0; i < PCOPY_METHODS; i++) {
		const char *name = pcopy_method_name((enum pcopy_method)i);

		sample->method_bytes[i] = report_number(json_object_get(methods, name), "bytes");
	}
}

static const char *report_load(int fd, struct bench_sample *sample)
{
	json_t *report;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return "no report";
	report = json_loadfd(fd, 0, NULL);
	if (!json_is_object(report) || !report_number(report, "processes")) {
		json_decref(report);
		return "no report";
	}
	report_read(report, sample);
	json_decref(report);
	return NULL;
}

static double seconds(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static const char *status_fault(int status)
{
	if (WIFSIGNALED(status))
		return "killed by a signal";
	return WEXITSTATUS(status) ? "the copy failed" : NULL;
}

/* ---- A run ---- */

/* Standard output goes nowhere: it is for the table. */
static int spawn(char **argv, int report_fd, const sigset_t *mask, pid_t *ret)
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
	rc = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	/* On itself it would only lose its close-on-exec flag: that is wanted. */
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(&actions, report_fd, REPORT_FD);
	if (!rc)
		rc = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	if (!rc)
		rc = posix_spawnattr_setsigmask(&attributes, mask);
	if (!rc)
		rc = posix_spawn(ret, PROGRAM, &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return -rc;
}

/* The clock runs from before the process is made until it was reaped. */
static int run_timed(char **argv, int report_fd, struct bench_sample *sample, int *ret_status)
{
	struct rusage usage;
	uint64_t begin;
	sigset_t old;
	pid_t pid = 0;
	int rc;

	signals_block(&old);
	begin = pc_now_ns();
	rc = spawn(argv, report_fd, &old, &pid);
	signals_unblock(pid, &old);
	if (!rc)
		rc = child_wait(pid, ret_status, &usage);
	if (rc < 0)
		return rc;
	sample->wall_s = (double)(pc_now_ns() - begin) / 1e9;
	sample->user_s = seconds(&usage.ru_utime);
	sample->system_s = seconds(&usage.ru_stime);
	return 0;
}

int bench_child_copy(const struct bench *bench, enum pcopy_pool pool, const char *target,
                     struct bench_sample *ret)
{
	struct arguments arguments = {0};
	struct bench_sample sample = {0};
	/* In memory: a pipe would make a run with many workers wait for us. */
	_cleanup_close_ int fd = memfd_create("pcopy-report", MFD_CLOEXEC);
	int status = 0, rc;

	if (fd < 0)
		return -errno;
	arguments_fill(&arguments, bench, pool);
	arguments.argument[arguments.count++] = bench->src_path;
	arguments.argument[arguments.count++] = (char *)target; /* posix_spawn() leaves it be */

	rc = run_timed(arguments.argument, fd, &sample, &status);
	stragglers_wait();
	if (rc < 0)
		return rc;
	if (bench_signal())
		return -EINTR;
	sample.fault = status_fault(status);
	if (!sample.fault)
		sample.fault = report_load(fd, &sample);
	*ret = sample;
	return 0;
}

/* ---- The check ---- */

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

/* Owners are looked at where we may set them. */
static unsigned preserve_checked(const struct bench *bench)
{
	unsigned preserve = bench->options->copy.preserve;

	return geteuid() ? preserve & ~(unsigned)PCOPY_KEEP_OWNER : preserve;
}

static _Noreturn void compare_and_exit(const struct bench *bench, const char *target,
                                       const sigset_t *mask)
{
	struct pcopy_options choices = PCOPY_OPTIONS_INIT;
	struct pcopy *copy = NULL;
	unsigned shown = 0;
	int r;

	bench_signals_release();
	(void)sigprocmask(SIG_SETMASK, mask, NULL);
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
