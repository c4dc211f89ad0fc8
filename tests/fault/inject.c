/* SPDX-License-Identifier: MIT */
/* inject.c - the table of calls, and their wrappers. */
#include "inject.h"

#include "../new_calls.h"
#include "sys/ring_call.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(PC_HAVE_URING)
#include <liburing.h>
#endif

#define ERRORS_MAX 10
#define SLOW_EVERY 16

/* A call: how it may fail so that something cannot be done, and how it may fail
 * so that the copy has another way (`harmless`).  Both end with 0. */
struct row {
	const char *name;
	int fails[ERRORS_MAX];
	int harmless[ERRORS_MAX];
	bool interrupted; /* EINTR is harmless, and may come again and again */
	int slow;         /* harmless as well, but the run waits a second: in a full sweep only */
};

/* The names of all rows, so that the list and the numbers cannot differ. */
/* clang-format off */
#define ROWS(X)                                                                                    \
	X(openat) X(openat2) X(getdents64) X(close_range) X(pidfd_open) X(fchmodat2) X(read)       \
	X(pread) X(write) X(pwrite) X(copy_file_range) X(clone_ioctl) X(ioctl) X(lseek)            \
	X(ftruncate) X(fallocate) X(fstat) X(fstatat) X(stat) X(lstat) X(statx) X(statfs) X(close) X(mkdirat)   \
	X(mkdir) X(mknodat) X(symlinkat) X(readlinkat) X(linkat) X(unlinkat) X(renameat) X(renameat2) \
	X(fchownat) X(fchmod) X(chmod) X(futimens) X(utimensat) X(listxattr) X(getxattr)           \
	X(setxattr) X(removexattr) X(faccessat) X(fork) X(wait4) X(poll) X(pipe2) X(mmap)          \
	X(madvise) X(fcntl) X(seek) X(fopen) X(fdopendir) X(readdir) X(unshare) X(pthread_create)          \
	X(getrandom) X(malloc) X(fsync) X(syncfs) X(flock) X(waitid) X(fchown)       \
	X(xattrat) X(ring)
/* clang-format on */

#define NUMBER(name) ROW_##name,
enum row_number { ROWS(NUMBER) ROW_COUNT };
_Static_assert(ROW_COUNT <= 64, "a row is a bit of a mask");

#define MADE EIO, ENOSPC, EDQUOT, EROFS, EACCES
#define LOOKED EIO, EACCES, ENOMEM

static const struct row table[ROW_COUNT] = {
	[ROW_openat] = {.fails = {EIO, EMFILE, ENFILE, ENOSPC, ENOMEM, EACCES},
                        .interrupted = true},
	[ROW_openat2] = {.fails = {EIO, EMFILE, ENFILE, ENOMEM, EACCES},
                         .harmless = {ENOSYS, EPERM, EAGAIN},
                         .interrupted = true},
	[ROW_getdents64] = {.fails = {EIO, ENOENT}},
	[ROW_close_range] = {.harmless = {ENOSYS, EPERM}},
	[ROW_pidfd_open] = {.harmless = {ENOSYS, EPERM, EMFILE, ENFILE, ENOMEM}},
	[ROW_fchmodat2] = {.fails = {EIO, EROFS}, .harmless = {ENOSYS, EPERM}},
	[ROW_read] = {.interrupted = true}, /* of pipes, and of what /proc tells */
	[ROW_pread] = {.fails = {EIO}, .interrupted = true},
	[ROW_write] = {.interrupted = true, .slow = EAGAIN},
	[ROW_pwrite] = {.fails = {EIO, ENOSPC, EDQUOT, EFBIG}, .interrupted = true},
	[ROW_copy_file_range] = {.fails = {EIO, ENOSPC, EDQUOT, ENOMEM, EFBIG},
                                 .harmless = {ENOSYS, EPERM, EXDEV, EINVAL, EOPNOTSUPP, EBADF,
                                              ETXTBSY},
                                 .interrupted = true},
	[ROW_clone_ioctl] = {.fails = {EIO, ENOSPC, EDQUOT, ENOMEM},
                             .harmless = {EOPNOTSUPP, ENOTTY, EXDEV, ENOSYS, EPERM, EINVAL,
                                          ETXTBSY}},
	[ROW_ioctl] = {.fails = {EIO, EPERM, ENOTTY}},
	[ROW_lseek] = {.harmless = {EINVAL}},
	[ROW_seek] = {.fails = {EINVAL, EIO}}, /* to where a listing goes on */
	[ROW_ftruncate] = {.fails = {EIO, EFBIG, EPERM}, .interrupted = true},
	[ROW_fallocate] = {.harmless = {EOPNOTSUPP, ENOSYS, EPERM, EIO,
                                        ENOSPC}}, /* a hole at most */
	[ROW_fstat] = {.fails = {EIO, ENOMEM}},
	[ROW_fstatat] = {.fails = {LOOKED}},
	[ROW_stat] = {.fails = {LOOKED}},
	[ROW_lstat] = {.fails = {LOOKED}},
	[ROW_statx] = {.fails = {EIO}, .harmless = {ENOSYS, EPERM}},
	[ROW_statfs] = {.harmless = {EIO, ENOSYS}, .interrupted = true},
	[ROW_close] = {.fails = {EIO, ENOSPC, EDQUOT}, .interrupted = true},
	[ROW_mkdirat] = {.fails = {MADE, EMLINK}},
	[ROW_mkdir] = {.fails = {MADE}},
	[ROW_mknodat] = {.fails = {MADE, EPERM}},
	[ROW_symlinkat] = {.fails = {MADE, EPERM}},
	[ROW_readlinkat] = {.fails = {EIO, EACCES}},
	[ROW_linkat] = {.fails = {MADE}, .harmless = {EMLINK, EXDEV, EPERM}},
	[ROW_unlinkat] = {.fails = {EIO, EACCES, EBUSY, EROFS}},
	[ROW_renameat] = {.fails = {MADE, EBUSY}},
	[ROW_renameat2] = {.fails = {MADE, EBUSY}, .harmless = {EINVAL, ENOSYS}},
	[ROW_fchownat] = {.fails = {EIO, EPERM, EDQUOT, EROFS}},
	[ROW_fchmod] = {.fails = {EIO, EPERM, EROFS}},
	[ROW_chmod] = {.fails = {EIO, EPERM}},
	[ROW_futimens] = {.fails = {EIO, EPERM, EROFS}},
	[ROW_utimensat] = {.fails = {EIO, EPERM, EROFS}},
	[ROW_listxattr] = {.fails = {EIO, ENOMEM}},
	[ROW_getxattr] = {.fails = {EIO, ENOMEM}},
	[ROW_xattrat] = {.fails = {EIO, ENOMEM}, .harmless = {ENOSYS, EPERM}},
	[ROW_setxattr] = {.fails = {EIO, ENOSPC, EDQUOT, EPERM}},
	[ROW_removexattr] = {.fails = {EIO, EPERM}},
	[ROW_faccessat] = {.fails = {EIO}},
	[ROW_fork] = {.harmless = {EAGAIN, ENOMEM}},
	[ROW_wait4] = {.harmless = {ECHILD}, .interrupted = true},
	[ROW_poll] = {.harmless = {ENOMEM}, .interrupted = true},
	[ROW_pipe2] = {.fails = {EMFILE, ENFILE}},
	[ROW_mmap] = {.fails = {ENOMEM, EAGAIN}},
	[ROW_madvise] = {.harmless = {ENOSYS, EINVAL}},
	[ROW_fcntl] = {.fails = {EMFILE}},
	[ROW_fopen] = {.harmless = {EMFILE, ENOENT, ENOMEM}},
	[ROW_fdopendir] = {.fails = {ENOMEM}},
	[ROW_readdir] = {.fails = {EIO}},
	[ROW_unshare] = {.harmless = {EPERM, ENOMEM, ENOSYS}},
	[ROW_pthread_create] = {.harmless = {EAGAIN, ENOMEM, EPERM}},
	[ROW_getrandom] = {.harmless = {ENOSYS, EINTR, EPERM}},
	[ROW_malloc] = {.fails = {ENOMEM}},
	[ROW_fsync] = {.fails = {EIO, ENOSPC, EDQUOT}},
	[ROW_syncfs] = {.fails = {EIO, ENOSPC}},
	[ROW_flock] = {.harmless = {ENOLCK, ENOSYS}},
	[ROW_waitid] = {.harmless = {ECHILD}},
	[ROW_fchown] = {.fails = {EIO, EPERM}},
	/* what io_uring says where it has done nothing */
	[ROW_ring] = {.harmless = {EAGAIN, ECANCELED, EOPNOTSUPP, EINVAL}},
};

#define NAME(name) [ROW_##name] = #name,
static const char *const names[ROW_COUNT] = {ROWS(NAME)};

struct injection *injection;
_Atomic long injection_blocks;

static _Thread_local unsigned interruptions[ROW_COUNT];
static _Thread_local bool dies_after;

void injection_init(void)
{
	injection = mmap(NULL, sizeof(*injection), PROT_READ | PROT_WRITE,
	                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (injection == MAP_FAILED)
		abort();
	injection->judge = getpid();
}

void injection_reset(void)
{
	atomic_store(&injection->calls, 0);
	atomic_store(&injection->fired, false);
	atomic_store(&injection->row, 0);
	atomic_store(&injection->errnum, 0);
	atomic_store(&injection->errors, 1);
	atomic_store(&injection->harmless, false);
}

const char *injection_row_name(int row)
{
	return names[row];
}

uint64_t injection_row_bit(const char *name)
{
	for (int row = 0; row < ROW_COUNT; row++) {
		if (strcmp(names[row], name) == 0)
			return UINT64_C(1) << row;
	}
	return 0;
}

/* ---- What happens to a call ---- */

static unsigned count_errors(const int *errors)
{
	unsigned n = 0;

	while (n < ERRORS_MAX && errors[n])
		n++;
	return n;
}

/* The error chosen of a row's: first those that fail, then the harmless ones. */
static int choose(enum row_number number, bool spared)
{
	const struct row *row = &table[number];
	unsigned fails = count_errors(row->fails), harmless = count_errors(row->harmless);
	int error[2 * ERRORS_MAX + 2];
	unsigned all = fails + harmless, i;

	memcpy(error, row->fails, fails * sizeof(int));
	memcpy(error + fails, row->harmless, harmless * sizeof(int));
	if (row->interrupted)
		error[all++] = EINTR;
	if (row->slow && injection->thorough && injection->target % SLOW_EVERY == 0)
		error[all++] = row->slow;
	atomic_store(&injection->errors, all ? all : 1);
	i = all ? injection->error % all : 0;
	/* where all such calls fail, they are not only those that are spared */
	atomic_store(&injection->harmless,
	             i >= fails || (spared && injection->action == ACTION_FAIL));
	return all ? error[i] : 0;
}

static void die(void)
{
	raise(injection->signal);
	_exit(99); /* it was ignored */
}

static int strike_target(enum row_number row, bool spared)
{
	switch (injection->action) {
	case ACTION_FAIL:
	case ACTION_FAIL_ON:
		atomic_store(&injection->row, row);
		atomic_store(&injection->errnum, choose(row, spared));
		atomic_store(&injection->fired, true);
		return atomic_load(&injection->errnum);
	case ACTION_DIE:
		atomic_store(&injection->row, row);
		atomic_store(&injection->fired, true);
		die();
		return 0;
	case ACTION_DIE_AFTER:
		atomic_store(&injection->row, row);
		atomic_store(&injection->fired, true);
		dies_after = true;
		return 0;
	default:
		return 0;
	}
}

static bool is_counted(enum row_number row)
{
	bool dying = injection->action == ACTION_DIE || injection->action == ACTION_DIE_AFTER;

	if (injection->rows && !(injection->rows & UINT64_C(1) << row))
		return false;
	return !dying || getpid() != injection->coordinator;
}

/* Whoever is to try again would do so for ever. */
static bool lasts(int errnum)
{
	return errnum != EINTR && errnum != EAGAIN;
}

/* 0: the call is made; else the errno that it fails with.  `spared`: whatever fails
 * here, the copy is to succeed. */
static int strike(enum row_number row, bool spared, void *caller)
{
	enum action action;

	if (!injection || !atomic_load(&injection->armed) || getpid() == injection->judge)
		return 0;
	action = injection->action;
	if (action == ACTION_INTERRUPT) {
		if (!table[row].interrupted || interruptions[row]++ % 3 == 2)
			return 0;
		atomic_store(&injection->fired, true);
		return EINTR;
	}
	if (!is_counted(row))
		return 0;
	if (atomic_fetch_add(&injection->calls, 1) + 1 == injection->target) {
		atomic_store(&injection->caller, (uintptr_t)caller);
		return strike_target(row, spared);
	}
	if (action == ACTION_FAIL_ON && atomic_load(&injection->fired) &&
	    (int)row == atomic_load(&injection->row) && lasts(atomic_load(&injection->errnum)))
		return atomic_load(&injection->errnum);
	return 0;
}

static void after(void)
{
	if (dies_after)
		die();
}

static size_t cut(size_t len)
{
	if (injection->action != ACTION_SHORT || !atomic_load(&injection->armed) ||
	    len <= SHORT_BYTES)
		return len;
	atomic_store(&injection->fired, true);
	return SHORT_BYTES;
}

/* ---- The calls ---- */

#define CALLER __builtin_return_address(0)

/* One that returns -1 on failure: TYPE __wrap_CALL(PARAMETERS). */
#define WRAP_SPARED(type, row, call, failed, spared, parameters, arguments)                        \
	type __real_##call parameters;                                                             \
	type __wrap_##call parameters;                                                             \
	type __wrap_##call parameters                                                              \
	{                                                                                          \
		int error = strike(ROW_##row, spared, CALLER);                                     \
		type result;                                                                       \
                                                                                                   \
		if (error) {                                                                       \
			errno = error;                                                             \
			return failed;                                                             \
		}                                                                                  \
		result = __real_##call arguments;                                                  \
		after();                                                                           \
		return result;                                                                     \
	}
#define WRAP(type, row, call, parameters, arguments)                                               \
	WRAP_SPARED(type, row, call, -1, false, parameters, arguments)

WRAP(ssize_t, read, read, (int fd, void *buf, size_t len), (fd, buf, cut(len)))
WRAP(ssize_t, read, __read_chk, (int fd, void *buf, size_t len, size_t room),
     (fd, buf, cut(len), room))
WRAP(ssize_t, pread, pread64, (int fd, void *buf, size_t len, off_t at), (fd, buf, cut(len), at))
WRAP(ssize_t, pread, __pread64_chk, (int fd, void *buf, size_t len, off_t at, size_t room),
     (fd, buf, cut(len), at, room))
WRAP(ssize_t, pwrite, pwrite64, (int fd, const void *buf, size_t len, off_t at),
     (fd, buf, cut(len), at))
WRAP(int, ftruncate, ftruncate64, (int fd, off_t len), (fd, len))
WRAP(int, fallocate, fallocate64, (int fd, int mode, off_t at, off_t len), (fd, mode, at, len))
WRAP(int, fstat, fstat64, (int fd, struct stat *st), (fd, st))
WRAP(int, fstatat, fstatat64, (int fd, const char *path, struct stat *st, int flags),
     (fd, path, st, flags))
WRAP(int, lstat, lstat64, (const char *path, struct stat *st), (path, st))
WRAP_SPARED(int, statx, statx, -1, flags &AT_STATX_DONT_SYNC, /* where a ring's calls go */
            (int fd, const char *path, int flags, unsigned mask, struct statx *st),
            (fd, path, flags, mask, st))
WRAP(int, mkdirat, mkdirat, (int fd, const char *path, mode_t mode), (fd, path, mode))
WRAP(int, mkdir, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(int, mknodat, mknodat, (int fd, const char *path, mode_t mode, dev_t device),
     (fd, path, mode, device))
WRAP(int, symlinkat, symlinkat, (const char *text, int fd, const char *path), (text, fd, path))
WRAP(ssize_t, readlinkat, readlinkat, (int fd, const char *path, char *buf, size_t len),
     (fd, path, buf, len))
WRAP(ssize_t, readlinkat, __readlinkat_chk,
     (int fd, const char *path, char *buf, size_t len, size_t room), (fd, path, buf, len, room))
WRAP(int, linkat, linkat, (int from, const char *a, int to, const char *b, int flags),
     (from, a, to, b, flags))
WRAP(int, unlinkat, unlinkat, (int fd, const char *path, int flags), (fd, path, flags))
WRAP(int, renameat, renameat, (int from, const char *a, int to, const char *b), (from, a, to, b))
WRAP(int, renameat2, renameat2, (int from, const char *a, int to, const char *b, unsigned flags),
     (from, a, to, b, flags))
WRAP(int, fchownat, fchownat, (int fd, const char *path, uid_t uid, gid_t gid, int flags),
     (fd, path, uid, gid, flags))
WRAP(int, fchmod, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(int, chmod, chmod, (const char *path, mode_t mode), (path, mode))
WRAP(int, futimens, futimens, (int fd, const struct timespec *times), (fd, times))
WRAP(int, utimensat, utimensat, (int fd, const char *path, const struct timespec *times, int flags),
     (fd, path, times, flags))
WRAP(ssize_t, listxattr, flistxattr, (int fd, char *list, size_t len), (fd, list, len))
WRAP(ssize_t, listxattr, llistxattr, (const char *path, char *list, size_t len), (path, list, len))
WRAP(ssize_t, getxattr, fgetxattr, (int fd, const char *name, void *value, size_t len),
     (fd, name, value, len))
WRAP(ssize_t, getxattr, lgetxattr, (const char *path, const char *name, void *value, size_t len),
     (path, name, value, len))
WRAP(int, setxattr, fsetxattr, (int fd, const char *name, const void *value, size_t len, int flags),
     (fd, name, value, len, flags))
WRAP(int, setxattr, lsetxattr,
     (const char *path, const char *name, const void *value, size_t len, int flags),
     (path, name, value, len, flags))
WRAP(int, removexattr, fremovexattr, (int fd, const char *name), (fd, name))
WRAP(int, removexattr, lremovexattr, (const char *path, const char *name), (path, name))
WRAP(int, faccessat, faccessat, (int fd, const char *path, int mode, int flags),
     (fd, path, mode, flags))
WRAP(int, fsync, fsync, (int fd), (fd))
WRAP(int, fsync, fdatasync, (int fd), (fd))
WRAP(int, syncfs, syncfs, (int fd), (fd))
WRAP(int, flock, flock, (int fd, int how), (fd, how))
WRAP(int, waitid, waitid, (idtype_t kind, id_t id, siginfo_t *info, int flags),
     (kind, id, info, flags))
WRAP(int, fchown, fchown, (int fd, uid_t uid, gid_t gid), (fd, uid, gid))
WRAP(pid_t, fork, fork, (void), ())
WRAP(int, poll, poll, (struct pollfd * fds, nfds_t count, int timeout), (fds, count, timeout))
WRAP(int, poll, __poll_chk, (struct pollfd * fds, nfds_t count, int timeout, size_t room),
     (fds, count, timeout, room))
WRAP(int, pipe2, pipe2, (int fds[2], int flags), (fds, flags))
WRAP(int, madvise, madvise, (void *at, size_t len, int advice), (at, len, advice))
WRAP(int, unshare, unshare, (int flags), (flags))
WRAP(ssize_t, getrandom, getrandom, (void *buf, size_t len, unsigned flags), (buf, len, flags))
WRAP_SPARED(void *, mmap, mmap64, MAP_FAILED, false,
            (void *at, size_t len, int protection, int flags, int fd, off_t offset),
            (at, len, protection, flags, fd, offset))
WRAP_SPARED(FILE *, fopen, fopen64, NULL, true, (const char *path, const char *mode), (path, mode))
WRAP_SPARED(DIR *, fdopendir, fdopendir, NULL, false, (int fd), (fd))
WRAP_SPARED(struct dirent *, readdir, readdir64, NULL, false, (DIR * dir), (dir))
WRAP_SPARED(int, stat, stat64, -1, strncmp(path, "/proc/", 6) == 0,
            (const char *path, struct stat *st), (path, st))

ssize_t __real_write(int fd, const void *buf, size_t len);
ssize_t __wrap_write(int fd, const void *buf, size_t len);
/* The library writes to nothing but pipes with it: a part of a bell cannot be. */
ssize_t __wrap_write(int fd, const void *buf, size_t len)
{
	int error = strike(ROW_write, false, CALLER);
	ssize_t n;

	if (error) {
		errno = error;
		return -1;
	}
	n = __real_write(fd, buf, len);
	after();
	return n;
}

int __real_openat64(int dirfd, const char *path, int flags, mode_t mode);
int __wrap_openat64(int dirfd, const char *path, int flags, mode_t mode);
int __wrap_openat64(int dirfd, const char *path, int flags, mode_t mode)
{
	bool spared = strncmp(path, "/proc/", 6) == 0 || strncmp(path, "/sys/", 5) == 0;
	int error = strike(ROW_openat, spared, CALLER);
	int fd;

	if (error) {
		errno = error;
		return -1;
	}
	fd = __real_openat64(dirfd, path, flags, mode);
	after();
	return fd;
}

off_t __real_lseek64(int fd, off_t at, int whence);
off_t __wrap_lseek64(int fd, off_t at, int whence);
off_t __wrap_lseek64(int fd, off_t at, int whence)
{
	int error = strike(whence == SEEK_SET ? ROW_seek : ROW_lseek, false, CALLER);
	off_t result;

	if (error) {
		errno = error;
		return -1;
	}
	result = __real_lseek64(fd, at, whence);
	after();
	return result;
}

/* Numbers that are second ones of an open file. */
#define NUMBERS_MAX 4096
static _Thread_local bool second[NUMBERS_MAX];

static void note_second(int fd, bool is)
{
	if (fd >= 0 && fd < NUMBERS_MAX)
		second[fd] = is;
}

int __real_fcntl64(int fd, int command, long argument);
int __wrap_fcntl64(int fd, int command, long argument);
int __wrap_fcntl64(int fd, int command, long argument)
{
	int error = command == F_GETFL ? 0 : strike(ROW_fcntl, false, CALLER);
	int result;

	if (error) {
		errno = error;
		return -1;
	}
	result = __real_fcntl64(fd, command, argument);
	if (command == F_DUPFD_CLOEXEC)
		note_second(result, true);
	return result;
}

/* Whatever close() answers, the descriptor is gone.  Of what was only read it has nothing
 * to tell, and what it told of an open file it does not tell again: nobody asks. */
static bool is_written_file(int fd)
{
	struct stat st;

	return (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY && __real_fstat64(fd, &st) == 0 &&
	       S_ISREG(st.st_mode) && !(fd < NUMBERS_MAX && second[fd]);
}

int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
	bool asked = injection && atomic_load(&injection->armed) && injection->network &&
	             is_written_file(fd);
	int error = asked ? strike(ROW_close, false, CALLER) : 0;
	int result;

	note_second(fd, false); /* after the call, another thread may have the number */
	result = __real_close(fd);
	after();
	if (!error)
		return result;
	errno = error;
	return -1;
}

pid_t __real_wait4(pid_t pid, int *status, int flags, struct rusage *usage);
pid_t __wrap_wait4(pid_t pid, int *status, int flags, struct rusage *usage);
/* ECHILD: the kernel has buried the child itself. */
pid_t __wrap_wait4(pid_t pid, int *status, int flags, struct rusage *usage)
{
	int error = strike(ROW_wait4, false, CALLER), lost;
	pid_t ended = error == EINTR ? 0 : __real_wait4(pid, error ? &lost : status, flags, usage);

	if (!error || (error == ECHILD && ended == 0))
		return ended;
	errno = error;
	return -1;
}

ssize_t __real_copy_file_range(int from, off_t *from_at, int to, off_t *to_at, size_t len,
                               unsigned flags);
ssize_t __wrap_copy_file_range(int from, off_t *from_at, int to, off_t *to_at, size_t len,
                               unsigned flags);
ssize_t __wrap_copy_file_range(int from, off_t *from_at, int to, off_t *to_at, size_t len,
                               unsigned flags)
{
	int error = strike(ROW_copy_file_range, false, CALLER);
	ssize_t n;

	if (error) {
		errno = error;
		return -1;
	}
	if (injection && injection->action == ACTION_ZERO && atomic_load(&injection->armed) &&
	    atomic_load(&injection->calls) >= injection->target) {
		atomic_store(&injection->fired, true);
		return 0;
	}
	n = __real_copy_file_range(from, from_at, to, to_at, cut(len), flags);
	after();
	return n;
}

int __real_ioctl(int fd, unsigned long request, void *argument);
int __wrap_ioctl(int fd, unsigned long request, void *argument);
int __wrap_ioctl(int fd, unsigned long request, void *argument)
{
	int error = strike(request == FICLONE ? ROW_clone_ioctl : ROW_ioctl, false, CALLER);
	int result;

	if (error) {
		errno = error;
		return -1;
	}
	result = __real_ioctl(fd, request, argument);
	after();
	return result;
}

static int row_of_number(long number)
{
	switch (number) {
	case SYS_openat2:
		return ROW_openat2;
	case SYS_getdents64:
		return ROW_getdents64;
	case SYS_close_range:
		return ROW_close_range;
	case SYS_pidfd_open:
		return ROW_pidfd_open;
	case SYS_fchmodat2:
		return ROW_fchmodat2;
	case SYS_setxattrat:
	case SYS_getxattrat:
	case SYS_listxattrat:
	case SYS_removexattrat:
		return ROW_xattrat;
	default:
		fprintf(stderr, "tests/fault: system call %ld is not in the table\n", number);
		abort();
	}
}

/* Of a helper's call, which was looked at where it was given to it. */
#define STRUCK (1L << 30)

long __real_syscall(long number, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	long result;
	int error;

	if (number & STRUCK)
		return __real_syscall(number & ~STRUCK, a, b, c, d, e, f);
	error = strike((enum row_number)row_of_number(number), false, CALLER);
	if (error) {
		errno = error;
		return -1;
	}
	result = __real_syscall(number, a, b, c, d, e, f);
	after();
	return result;
}

int __real_statfs64(const char *path, struct statfs *fs);
int __wrap_statfs64(const char *path, struct statfs *fs);
int __real_fstatfs64(int fd, struct statfs *fs);
int __wrap_fstatfs64(int fd, struct statfs *fs);

static int statfs_disguise(int result, struct statfs *fs)
{
	if (result == 0 && injection && injection->network && atomic_load(&injection->armed))
		fs->f_type = NFS_SUPER_MAGIC;
	return result;
}

int __wrap_statfs64(const char *path, struct statfs *fs)
{
	int error = strike(ROW_statfs, false, CALLER);

	errno = error ? error : errno;
	return error ? -1 : statfs_disguise(__real_statfs64(path, fs), fs);
}

int __wrap_fstatfs64(int fd, struct statfs *fs)
{
	int error = strike(ROW_statfs, false, CALLER);

	errno = error ? error : errno;
	return error ? -1 : statfs_disguise(__real_fstatfs64(fd, fs), fs);
}

int __real_pthread_create(pthread_t *id, const pthread_attr_t *attr, void *(*run)(void *),
                          void *arg);
int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attr, void *(*run)(void *),
                          void *arg);
int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attr, void *(*run)(void *),
                          void *arg)
{
	int error = strike(ROW_pthread_create, false, CALLER);

	return error ? error : __real_pthread_create(id, attr, run, arg);
}

int __real_eventfd(unsigned first, int flags);
int __wrap_eventfd(unsigned first, int flags);
int __wrap_eventfd(unsigned first, int flags)
{
	int error = strike(ROW_pthread_create, false, CALLER);

	if (!error)
		return __real_eventfd(first, flags);
	errno = error;
	return -1;
}

/* ---- io_uring ---- */

#if defined(PC_HAVE_URING)
int __real_io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags);
int __wrap_io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags);
int __wrap_io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags)
{
	int error = strike(ROW_pthread_create, false, CALLER);

	return error ? -error : __real_io_uring_queue_init(entries, ring, flags);
}

static int row_of_stat(const struct pc_ring_call *call)
{
	if (call->len != STATX_BASIC_STATS)
		return ROW_statx;
	return *(const char *)call->addr ? ROW_fstatat : ROW_fstat;
}

/* -1: what does not fail. */
static int row_of_ring(const struct pc_ring_call *call)
{
	switch (call->op) {
	case IORING_OP_OPENAT:
		return ROW_openat;
	case IORING_OP_OPENAT2:
		return ROW_openat2;
	case IORING_OP_POLL_ADD:
		return ROW_poll;
	case IORING_OP_STATX:
		return row_of_stat(call);
	case IORING_OP_READ:
		return call->offset == UINT64_MAX ? ROW_read : ROW_pread;
	case IORING_OP_WRITE:
		return ROW_pwrite;
	case PC_RING_OP_FTRUNCATE:
		return ROW_ftruncate;
	case IORING_OP_FSYNC:
		return ROW_fsync;
	case IORING_OP_MKDIRAT:
		return ROW_mkdirat;
	case IORING_OP_SYMLINKAT:
		return ROW_symlinkat;
	case IORING_OP_LINKAT:
		return ROW_linkat;
	case IORING_OP_UNLINKAT:
		return ROW_unlinkat;
	case IORING_OP_RENAMEAT:
		return call->flags ? ROW_renameat2 : ROW_renameat;
	case IORING_OP_CLOSE:
		return ROW_close;
	case IORING_OP_TIMEOUT:
		return -1;
	default:
		fprintf(stderr, "tests/fault: operation %u is not in the table\n", call->op);
		abort();
	}
}

int __real_pc_ring_submit(const struct pc_ring_call *call);
int __wrap_pc_ring_submit(const struct pc_ring_call *call);

/* As close() itself: the descriptor is gone in any case. */
static int ring_close(const struct pc_ring_call *call)
{
	bool asked = injection && atomic_load(&injection->armed) && injection->network &&
	             is_written_file(call->fd);
	int error = asked ? strike(ROW_close, false, CALLER) : 0;
	int result;

	note_second(call->fd, false); /* as in close() */
	result = __real_pc_ring_submit(call);
	return error ? -error : result;
}

/* The one place that all answers of io_uring come by. */
int __wrap_pc_ring_submit(const struct pc_ring_call *call)
{
	int row = row_of_ring(call);
	struct pc_ring_call shorter = *call;
	/* where a pipe can never be read, there is no pool */
	bool asked = row >= 0 && !(row == ROW_read && injection->action == ACTION_FAIL_ON);
	int error = asked ? strike(ROW_ring, false, CALLER) : 0;

	if (error)
		return -error;
	if (row == ROW_close)
		return ring_close(call);
	if (row >= 0)
		error = strike((enum row_number)row, false, CALLER);
	if (error)
		return -error;
	if (row == ROW_read || row == ROW_pread || row == ROW_pwrite)
		shorter.len = (uint32_t)cut(call->len);
	return __real_pc_ring_submit(&shorter);
}
#endif

#if defined(PC_HAVE_URING)
static int row_of_help(const struct pc_call *call)
{
	switch (call->number) {
	case SYS_flock:
		return ROW_flock;
	case SYS_pread64:
		return ROW_pread;
	case SYS_fstatfs:
		return ROW_statfs;
	case SYS_faccessat2:
		return ROW_faccessat;
	case SYS_readlinkat:
		return ROW_readlinkat;
	case SYS_lseek:
		return call->arg[2] == SEEK_SET ? ROW_seek : ROW_lseek;
	case SYS_copy_file_range:
		return ROW_copy_file_range;
	case SYS_ioctl:
		return (unsigned long)call->arg[1] == FICLONE ? ROW_clone_ioctl : ROW_ioctl;
	case SYS_syncfs:
		return ROW_syncfs;
	case SYS_mknodat:
		return ROW_mknodat;
	case SYS_fchownat:
		return ROW_fchownat;
	case SYS_utimensat:
		return call->arg[1] ? ROW_utimensat : ROW_futimens;
	case SYS_fallocate:
		return ROW_fallocate;
	case SYS_fchmod:
		return ROW_fchmod;
	case SYS_flistxattr:
		return ROW_listxattr;
	case SYS_fgetxattr:
		return ROW_getxattr;
	case SYS_fsetxattr:
		return ROW_setxattr;
	case SYS_fremovexattr:
		return ROW_removexattr;
	default:
		return row_of_number(call->number);
	}
}

static bool is_range_moved_by_none(const struct pc_call *call)
{
	return call->number == SYS_copy_file_range && injection &&
	       injection->action == ACTION_ZERO && atomic_load(&injection->armed) &&
	       atomic_load(&injection->calls) >= injection->target;
}

long __real_pc_ring_help(struct pc_call *call);
long __wrap_pc_ring_help(struct pc_call *call);

/* The one place that all calls of helper threads come by. */
long __wrap_pc_ring_help(struct pc_call *call)
{
	int error = strike((enum row_number)row_of_help(call), false, CALLER);
	long result;

	if (error)
		return -error;
	if (is_range_moved_by_none(call)) {
		atomic_store(&injection->fired, true);
		return 0;
	}
	if (call->number == SYS_copy_file_range)
		call->arg[4] = (long)cut((size_t)call->arg[4]);
	if (call->number == SYS_pread64)
		call->arg[2] = (long)cut((size_t)call->arg[2]);
	call->number |= STRUCK;
	result = __real_pc_ring_help(call);
	if (call->number == (SYS_fstatfs | STRUCK))
		return statfs_disguise((int)result, (struct statfs *)call->arg[1]);
	return result;
}
#endif

/* ---- Memory ---- */

static void *counted(void *block)
{
	if (block)
		atomic_fetch_add(&injection_blocks, 1);
	return block;
}

#define WRAP_HEAP(call, parameters, arguments)                                                     \
	void *__real_##call parameters;                                                            \
	void *__wrap_##call parameters;                                                            \
	void *__wrap_##call parameters                                                             \
	{                                                                                          \
		int error = strike(ROW_malloc, false, CALLER);                                     \
                                                                                                   \
		if (!error)                                                                        \
			return counted(__real_##call arguments);                                   \
		errno = error;                                                                     \
		return NULL;                                                                       \
	}

WRAP_HEAP(malloc, (size_t size), (size))
WRAP_HEAP(calloc, (size_t count, size_t size), (count, size))
WRAP_HEAP(strdup, (const char *text), (text))
WRAP_HEAP(strndup, (const char *text, size_t len), (text, len))
WRAP_HEAP(realpath, (const char *path, char *to), (path, to))
WRAP_HEAP(__realpath_chk, (const char *path, char *to, size_t room), (path, to, room))

void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size)
{
	int error = strike(ROW_malloc, false, CALLER);

	if (!error)
		return block ? __real_realloc(block, size) : counted(__real_realloc(block, size));
	errno = error;
	return NULL;
}

void __real_free(void *block);
void __wrap_free(void *block);
void __wrap_free(void *block)
{
	if (block)
		atomic_fetch_sub(&injection_blocks, 1);
	__real_free(block);
}
