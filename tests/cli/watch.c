/* SPDX-License-Identifier: MIT */
/* watch.c - preloaded, records the state of a target entry after each call that may change
 * it: for tests/cli/window.sh.
 *
 * WATCH_ROOT is the target, WATCH_LOG receives a line for each state:
 *
 *	CALL INODE MODE UID GID SIZE ACL PATH
 *
 * MODE is octal with the type, ACL is system.posix_acl_access in hexadecimal or "-". */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

#define ACL "system.posix_acl_access"
#define LINE_MAX_BYTES (PATH_MAX + 2048)

static void write_line(const char *line, size_t len)
{
	int fd = open(getenv("WATCH_LOG"), O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0 || write(fd, line, len) != (ssize_t)len)
		abort();
	close(fd);
}

static void put_acl(char *text, const uint8_t *acl, ssize_t len)
{
	if (len <= 0)
		strcpy(text, "-");
	for (ssize_t i = 0; i < len; i++)
		sprintf(text + 2 * i, "%02x", acl[i]);
}

/* An entry by its place: a descriptor and a name below it, or "". */
static void tell(const char *call, int fd, const char *name)
{
	char place[PATH_MAX], dir[PATH_MAX], line[LINE_MAX_BYTES], text[1025];
	const char *root = getenv("WATCH_ROOT");
	int error = errno, n;
	uint8_t acl[512];
	struct stat st;
	ssize_t len;

	snprintf(place, sizeof(place), "/proc/thread-self/fd/%d", fd);
	len = readlink(place, dir, sizeof(dir) - 1);
	dir[len > 0 ? len : 0] = '\0';
	if (!root || strncmp(dir, root, strlen(root)) != 0 ||
	    fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) < 0) {
		errno = error;
		return;
	}
	if (*name) {
		snprintf(place, sizeof(place), "/proc/thread-self/fd/%d/%s", fd, name);
		len = lgetxattr(place, ACL, acl, sizeof(acl));
	} else {
		len = getxattr(place, ACL, acl, sizeof(acl));
	}
	put_acl(text, acl, len);
	n = snprintf(line, sizeof(line), "%s %ju %o %u %u %jd %s %s%s%s\n", call,
	             (uintmax_t)st.st_ino, st.st_mode, st.st_uid, st.st_gid, (intmax_t)st.st_size,
	             text, dir, *name ? "/" : "", name);
	write_line(line, (size_t)n);
	errno = error;
}

/* An entry by a path of the form that src/copy/attr.c uses. */
static void tell_place(const char *call, const char *place)
{
	int fd, at = 0;

	if (sscanf(place, "/proc/thread-self/fd/%d%n", &fd, &at) == 1 && at > 0)
		tell(call, fd, place[at] == '/' ? place + at + 1 : "");
}

/* The C library's headers give some of these other names: hence the labels. */
#define WATCH_AND(tell_it, type, name, params, args)                                               \
	type watch_##name params __asm__(#name);                                                   \
	type watch_##name params                                                                   \
	{                                                                                          \
		type(*next) params = (type(*) params)dlsym(RTLD_NEXT, #name);                      \
		type r = next args;                                                                \
                                                                                                   \
		tell_it;                                                                           \
		return r;                                                                          \
	}

#define WATCH(type, name, params, args, fd, entry)                                                 \
	WATCH_AND(tell(#name, fd, entry), type, name, params, args)
#define WATCH_PLACE(name, params, args) WATCH_AND(tell_place(#name, path), int, name, params, args)

#define WATCH_OPEN(name)                                                                           \
	WATCH(int, name, (int fd, const char *path, int flags, mode_t mode),                       \
	      (fd, path, flags, mode), r, "")

WATCH_OPEN(openat)
WATCH_OPEN(openat64)
WATCH(int, __openat_2, (int fd, const char *path, int flags), (fd, path, flags), r, "")
WATCH(int, __openat64_2, (int fd, const char *path, int flags), (fd, path, flags), r, "")
WATCH(int, mkdirat, (int fd, const char *path, mode_t mode), (fd, path, mode), fd, path)
WATCH(int, mknodat, (int fd, const char *path, mode_t mode, dev_t dev), (fd, path, mode, dev), fd,
      path)
WATCH(int, symlinkat, (const char *text, int fd, const char *path), (text, fd, path), fd, path)
WATCH(int, linkat, (int a, const char *old, int fd, const char *path, int flags),
      (a, old, fd, path, flags), fd, path)
WATCH(int, renameat, (int a, const char *old, int fd, const char *path), (a, old, fd, path), fd,
      path)
WATCH(int, fchmod, (int fd, mode_t mode), (fd, mode), fd, "")
WATCH(int, fchmodat, (int fd, const char *path, mode_t mode, int flags), (fd, path, mode, flags),
      fd, path)
WATCH(int, fchown, (int fd, uid_t uid, gid_t gid), (fd, uid, gid), fd, "")
WATCH(int, fchownat, (int fd, const char *path, uid_t uid, gid_t gid, int flags),
      (fd, path, uid, gid, flags), fd, path)
WATCH(int, fsetxattr, (int fd, const char *name, const void *value, size_t size, int flags),
      (fd, name, value, size, flags), fd, "")
WATCH(int, fremovexattr, (int fd, const char *name), (fd, name), fd, "")
WATCH_PLACE(lsetxattr,
            (const char *path, const char *name, const void *value, size_t size, int flags),
            (path, name, value, size, flags))
WATCH_PLACE(lremovexattr, (const char *path, const char *name), (path, name))
WATCH_PLACE(chmod, (const char *path, mode_t mode), (path, mode))
WATCH(int, ftruncate, (int fd, off_t size), (fd, size), fd, "")
WATCH(int, ftruncate64, (int fd, off_t size), (fd, size), fd, "")
WATCH(ssize_t, pwrite64, (int fd, const void *buf, size_t size, off_t at), (fd, buf, size, at), fd,
      "")
WATCH(ssize_t, copy_file_range,
      (int from, off_t *from_at, int fd, off_t *at, size_t size, unsigned flags),
      (from, from_at, fd, at, size, flags), fd, "")
WATCH(int, futimens, (int fd, const struct timespec *times), (fd, times), fd, "")
WATCH(int, utimensat, (int fd, const char *path, const struct timespec *times, int flags),
      (fd, path, times, flags), fd, path)

/* Calls that the C library has no name for. */
long watch_syscall(long number, long a, long b, long c, long d, long e, long f) __asm__("syscall");
long watch_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	long (*next)(long, long, long, long, long, long, long) =
		(long (*)(long, long, long, long, long, long, long))dlsym(RTLD_NEXT, "syscall");
	long r = next(number, a, b, c, d, e, f);

	if (number == SYS_fchmodat2)
		tell("fchmodat2", (int)a, (const char *)b);
	return r;
}
