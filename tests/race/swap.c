/* SPDX-License-Identifier: MIT */
/* swap.c - swaps entries of two trees for links while a command runs.
 *
 *	swap [OPTION]... DIR COMMAND [ARG]...
 *
 * DIR contains src, secret, dst, victim and an empty shelf.  For each entry of src
 * the shelf has a symbolic link to its counterpart in secret, and another to that
 * in victim.  While COMMAND runs, src/NAME and dst/NAME are swapped with these
 * links and swapped back a moment later, by a thread for each depth of each tree,
 * and one for the temporary names in dst/large.
 *
 *	-s SEED		of names and pauses
 *	-t SECONDS	kills the command after this time (60)
 *	-d DEPTH	least depth of swaps; 0: also src and dst (1)
 *	-f		in dst every third link is a FIFO instead
 *	-k		simulates a kernel without openat2 and fchmodat2
 *	-m MASK		the command's umask, octal
 *
 * The last line of output has the numbers of swaps.  The status is the command's, 124
 * if it was killed, 128 + signal if it died, 125 if nothing could run. */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

#define DEPTH_MAX 8
#define CANNOT_RUN 125

enum side { SRC, DST, SIDES };
static const char *const root_of[SIDES] = {"src", "dst"};
static const char *const outside_of[SIDES] = {"secret", "victim"};

/* An entry of src, by its path below it. */
struct name {
	char *path;
	unsigned depth;
	bool directory;
};

struct options {
	unsigned seed, limit, least, mask;
	bool fifos, old_kernel, has_mask;
};

/* One thread, and what it may touch. */
struct swapper {
	pthread_t thread;
	enum side side;
	unsigned depth;
	bool temporary; /* it looks for names of its own in dst/large */
	uint64_t random;
	uint64_t swaps, misses, strange;
};

static struct options options = {.seed = 1, .limit = 60, .least = 1};
static struct name *names;
static size_t names_count;
static char *work; /* DIR, absolute */
static int work_fd, shelf_fd;
static atomic_bool stop;

static uint32_t next_random(struct swapper *s)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return (uint32_t)(s->random >> 16);
}

/* Every buffer here is of this size. */
__attribute__((format(printf, 2, 3))) static void put(char buf[PATH_MAX], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (vsnprintf(buf, PATH_MAX, format, args) >= PATH_MAX)
		errx(CANNOT_RUN, "a path is too long");
	va_end(args);
}

static void nap(long us)
{
	nanosleep(&(struct timespec){.tv_nsec = us * 1000}, NULL);
}

/* ---- The names ---- */

static void add_name(const char *path, unsigned depth, bool directory)
{
	names = reallocarray(names, names_count + 1, sizeof(*names));
	if (!names)
		err(CANNOT_RUN, "reallocarray");
	names[names_count] = (struct name){strdup(path), depth, directory};
	if (!names[names_count++].path)
		err(CANNOT_RUN, "strdup");
}

static void list_names(int dirfd, const char *below, unsigned depth)
{
	DIR *dir = fdopendir(dirfd);
	struct dirent *e;
	char path[PATH_MAX];

	while (dir && (e = readdir(dir))) {
		bool directory = e->d_type == DT_DIR;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		put(path, "%s%s%s", below, *below ? "/" : "", e->d_name);
		add_name(path, depth, directory);
		if (directory && depth < DEPTH_MAX)
			list_names(openat(dirfd, e->d_name, O_RDONLY | O_DIRECTORY), path,
			           depth + 1);
	}
	if (!dir)
		err(CANNOT_RUN, "%s", below);
	closedir(dir);
}

/* ---- The shelf ---- */

/* What lies on the shelf for name number `i`: a link to its like outside; in the
 * target some name what is not there yet, which following would create. */
static void lay_out(enum side side, const char *shelf, size_t i)
{
	char text[PATH_MAX];
	int r;

	if (side == DST && options.fifos && i % 3 == 0) {
		r = mkfifoat(shelf_fd, shelf, 0600);
	} else {
		put(text, "%s/%s/%s%s", work, outside_of[side], names[i].path,
		    side == DST && i % 5 == 0 ? ".new" : "");
		r = symlinkat(text, shelf_fd, shelf);
	}
	if (r < 0)
		err(CANNOT_RUN, "shelf/%s", shelf);
}

static bool ours(const char *shelf)
{
	struct stat st;

	return fstatat(shelf_fd, shelf, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (S_ISLNK(st.st_mode) || (S_ISFIFO(st.st_mode) && options.fifos));
}

/* Whatever has our name on the shelf is put aside. */
static void lay_out_again(struct swapper *s, const char *shelf, size_t i)
{
	char aside[PATH_MAX];

	put(aside, "aside-%d-%u-%llu", s->side, s->depth, (unsigned long long)s->strange++);
	if (renameat(shelf_fd, shelf, shelf_fd, aside) < 0 && errno != ENOENT)
		err(CANNOT_RUN, "rename shelf/%s", shelf);
	lay_out(s->side, shelf, i);
}

/* ---- Swapping ---- */

/* Opens a directory below DIR, never through one of our own links. */
static int open_inside(const char *path)
{
	struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
	                       .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};

	return (int)syscall(SYS_openat2, work_fd, path, &how, sizeof(how));
}

static int exchange(int dirfd, const char *name, const char *shelf)
{
	return renameat2(dirfd, name, shelf_fd, shelf, RENAME_EXCHANGE);
}

static void hold(struct swapper *s)
{
	uint32_t r = next_random(s);

	if (r % 4)
		nap(1 + (r >> 8) % (r % 16 == 1 ? 2000 : 100));
}

/* There, and back again. */
static bool swap_entry(struct swapper *s, int dirfd, const char *name, const char *shelf)
{
	if (exchange(dirfd, name, shelf) < 0) {
		s->misses++;
		return false;
	}
	s->swaps++;
	hold(s);
	if (exchange(dirfd, name, shelf) == 0)
		s->swaps++;
	else /* the command removed what was there */
		(void)renameat2(shelf_fd, shelf, dirfd, name, RENAME_NOREPLACE);
	return true;
}

static bool swap_name(struct swapper *s, size_t i)
{
	char parent[PATH_MAX], shelf[PATH_MAX];
	char *base;
	bool done;
	int fd;

	put(parent, "./%s%s%s", root_of[s->side], names[i].depth ? "/" : "", names[i].path);
	base = strrchr(parent, '/');
	*base++ = '\0';
	fd = open_inside(parent);
	if (fd < 0) {
		s->misses++;
		return false;
	}
	put(shelf, "%s-%zu", root_of[s->side], i);
	done = swap_entry(s, fd, base, shelf);
	if (done && !ours(shelf))
		lay_out_again(s, shelf, i);
	close(fd);
	return done;
}

/* The names that a large file has while it is not complete. */
static bool swap_temporary(struct swapper *s, size_t i)
{
	int fd = open_inside("dst/large");
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;
	bool done = false;
	char shelf[PATH_MAX];

	while (dir && (e = readdir(dir))) {
		if (strncmp(e->d_name, ".pcopy-", 7) != 0)
			continue;
		put(shelf, "temp-%zu", i);
		if (!ours(shelf))
			lay_out_again(s, shelf, i);
		done |= swap_entry(s, fd, e->d_name, shelf);
	}
	if (dir)
		closedir(dir);
	else
		s->misses++;
	return done;
}

static void *swap_away(void *arg)
{
	struct swapper *s = arg;
	unsigned missed = 0;

	prctl(PR_SET_TIMERSLACK, 1UL);
	while (!atomic_load(&stop)) {
		size_t i = next_random(s) % names_count;
		bool done;

		if (s->temporary)
			done = swap_temporary(s, i);
		else if (names[i].depth != s->depth)
			continue;
		else
			done = swap_name(s, i);
		missed = done ? 0 : missed + 1;
		if (missed % 32 == 31)
			nap(20);
	}
	return NULL;
}

/* ---- The command ---- */

/* What came after Linux 5.5 is not there. */
static void forget_new_calls(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fchmodat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(filter) / sizeof(*filter), filter};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		err(CANNOT_RUN, "seccomp");
}

/* The command waits for the end of `gate`: threads come first. */
static pid_t begin_command(char **argv, int gate[2])
{
	pid_t pid = fork();
	char byte;

	if (pid < 0)
		err(CANNOT_RUN, "fork");
	if (pid > 0)
		return pid;
	setpgid(0, 0);
	close(gate[1]);
	if (read(gate[0], &byte, 1) != 0)
		_exit(CANNOT_RUN);
	close(gate[0]);
	if (options.has_mask)
		umask(options.mask);
	if (options.old_kernel)
		forget_new_calls();
	execvp(argv[0], argv);
	err(CANNOT_RUN, "%s", argv[0]);
}

static int end_command(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd end = {.fd = pidfd, .events = POLLIN};
	bool late = poll(&end, 1, (int)options.limit * 1000) == 0;
	int status;

	if (late)
		kill(-pid, SIGKILL);
	if (waitpid(pid, &status, 0) < 0)
		err(CANNOT_RUN, "waitpid");
	close(pidfd);
	return late ? 124 : WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* ---- All together ---- */

static void prepare(const char *dir)
{
	char shelf[PATH_MAX];

	work = realpath(dir, NULL);
	work_fd = work ? open(work, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (work_fd < 0)
		err(CANNOT_RUN, "%s", dir);
	shelf_fd = openat(work_fd, "shelf", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (shelf_fd < 0)
		err(CANNOT_RUN, "shelf");
	add_name("", 0, true);
	list_names(openat(work_fd, "src", O_RDONLY | O_DIRECTORY), "", 1);
	for (size_t i = 0; i < names_count; i++) {
		for (enum side side = SRC; side < SIDES; side++) {
			put(shelf, "%s-%zu", root_of[side], i);
			lay_out(side, shelf, i);
		}
		put(shelf, "temp-%zu", i);
		lay_out(DST, shelf, i);
	}
}

static size_t make_swappers(struct swapper *s)
{
	unsigned deepest = 0;
	size_t n = 0;

	for (size_t i = 0; i < names_count; i++)
		deepest = names[i].depth > deepest ? names[i].depth : deepest;
	for (unsigned depth = options.least; depth <= deepest; depth++) {
		s[n++] = (struct swapper){.side = SRC, .depth = depth};
		s[n++] = (struct swapper){.side = DST, .depth = depth};
	}
	s[n++] = (struct swapper){.side = DST, .depth = deepest + 1, .temporary = true};
	for (size_t i = 0; i < n; i++) {
		s[i].random = (options.seed + 1) * UINT64_C(0x9e3779b97f4a7c15) + i * 7919;
		if ((errno = pthread_create(&s[i].thread, NULL, swap_away, &s[i])))
			err(CANNOT_RUN, "pthread_create");
	}
	return n;
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void tell(const struct swapper *s, size_t n, int status, uint64_t ms)
{
	uint64_t of[SIDES] = {0}, temporary = 0, misses = 0, strange = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i].temporary)
			temporary += s[i].swaps;
		else
			of[s[i].side] += s[i].swaps;
		misses += s[i].misses;
		strange += s[i].strange;
	}
	printf("status=%d swaps=%llu src=%llu dst=%llu temporary=%llu misses=%llu replaced=%llu "
	       "ms=%llu\n",
	       status, (unsigned long long)(of[SRC] + of[DST] + temporary),
	       (unsigned long long)of[SRC], (unsigned long long)of[DST],
	       (unsigned long long)temporary, (unsigned long long)misses,
	       (unsigned long long)strange, (unsigned long long)ms);
}

static char **read_options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "+s:t:d:fkm:")) != -1) {
		switch (c) {
		case 's':
			options.seed = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 't':
			options.limit = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'd':
			options.least = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'f':
			options.fifos = true;
			break;
		case 'k':
			options.old_kernel = true;
			break;
		case 'm':
			options.mask = (unsigned)strtoul(optarg, NULL, 8);
			options.has_mask = true;
			break;
		default:
			exit(CANNOT_RUN);
		}
	}
	if (argc - optind < 2)
		errx(CANNOT_RUN,
		     "usage: swap [-s SEED] [-t SECONDS] [-d DEPTH] [-f] [-k] [-m MASK] DIR "
		     "COMMAND [ARG]...");
	return argv + optind;
}

int main(int argc, char **argv)
{
	struct swapper swapper[2 * (DEPTH_MAX + 1) + 1];
	char **rest = read_options(argc, argv);
	int gate[2], status;
	uint64_t start;
	size_t n;
	pid_t pid;

	prepare(rest[0]);
	if (pipe2(gate, 0) < 0)
		err(CANNOT_RUN, "pipe");
	pid = begin_command(rest + 1, gate);
	close(gate[0]);
	n = make_swappers(swapper);
	start = now_ms();
	close(gate[1]);
	status = end_command(pid);
	start = now_ms() - start;
	atomic_store(&stop, true);
	for (size_t i = 0; i < n; i++)
		pthread_join(swapper[i].thread, NULL);
	tell(swapper, n, status, start);
	return status;
}
