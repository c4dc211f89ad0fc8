/* SPDX-License-Identifier: MIT
 *
 * ring_calls.c - the io_uring operation for each system call.
 *
 * Some results mean that io_uring did nothing. Then the plain call is made, whatever the reason,
 * and its result counts. So io_uring never changes the meaning of a call. */
#include "sys/ring_call.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>

/* Pause between attempts to read from a pipe. */
#define PAUSE_NS UINT64_C(1000000)

static uint64_t address(const void *at)
{
	return (uint64_t)(uintptr_t)at;
}

/* EAGAIN: the operation would block and was not passed to a kernel worker, as for files opened
 * with O_NONBLOCK; or the kernel was short of memory. EINVAL: io_uring may not support this
 * call. */
static bool did_nothing(int r)
{
	return r == -EAGAIN || r == -EINVAL || r == -ECANCELED || r == -EOPNOTSUPP;
}

static int call_make(const struct pc_ring_call *call, enum pc_reach least)
{
	int r = PC_RING_PLAIN;

	if (pc_ring_can(call->op, call->fd, least))
		r = pc_ring_submit(call);
	return did_nothing(r) ? PC_RING_PLAIN : r;
}

static int call_make_uninterrupted(const struct pc_ring_call *call, enum pc_reach least)
{
	int r;

	do
		r = call_make(call, least);
	while (r == -EINTR);
	return r;
}

/* ---- Calls without an operation ---- */

int pc_ring_farther(int a, int b)
{
	return pc_ring_reach(a) >= pc_ring_reach(b) ? a : b;
}

/* Whether a call reads what may not be cached. Others change what an earlier call has read. */
static bool call_reads(long number)
{
	return number == SYS_getdents64 || number == SYS_copy_file_range ||
	       number == SYS_readlinkat;
}

/* EINTR and ENOSYS are followed by the plain call: the owner's thread blocks all signals, and
 * the C library may emulate a call that the kernel lacks. Where a long is shorter than an
 * offset, arguments do not fit. */
long pc_ring_by_helper(int fd, struct pc_call call)
{
	enum pc_reach reach = pc_ring_reach(fd);
	bool waits = reach == PC_REACH_FAR ||
	             (reach == PC_REACH_DISK && call_reads(call.number) && pc_ring_disk_waits());
	long r = PC_RING_PLAIN;

	if (sizeof(long) >= sizeof(off_t) && waits)
		r = pc_ring_help(&call);
	return r == -ENOSYS || r == -EINTR ? PC_RING_PLAIN : r;
}

/* ---- Descriptors ---- */

int pc_ring_openat(int dirfd, const char *name, int flags, mode_t mode)
{
	const struct pc_ring_call call = {
		.op = IORING_OP_OPENAT,
		.fd = dirfd,
		.addr = name,
		.len = mode,
		.flags = (uint32_t)flags,
	};

	return call_make_uninterrupted(&call, PC_REACH_DISK);
}

int pc_ring_openat2(int dirfd, const char *path, const struct open_how *how)
{
	const struct pc_ring_call call = {
		.op = IORING_OP_OPENAT2,
		.fd = dirfd,
		.addr = path,
		.offset = address(how),
		.len = sizeof(*how),
	};

	return call_make(&call, PC_REACH_DISK);
}

/* If it did not start, the descriptor is still open. */
int pc_ring_close(int fd)
{
	const struct pc_ring_call call = {.op = IORING_OP_CLOSE, .fd = fd};

	return call_make(&call, PC_REACH_FAR);
}

int pc_ring_poll(int fd, short events, int timeout_ms)
{
	const struct timespec limit = {.tv_sec = timeout_ms / 1000,
	                               .tv_nsec = (long)(timeout_ms % 1000) * 1000000};
	const struct pc_ring_call call = {
		.op = IORING_OP_POLL_ADD,
		.fd = fd,
		.flags = (uint16_t)events,
		.limit = &limit,
	};
	int r = pc_ring_can(call.op, fd, PC_REACH_UNKNOWN) ? pc_ring_submit(&call) : PC_RING_PLAIN;

	return r == -ECANCELED ? 0 : did_nothing(r) ? PC_RING_PLAIN : r;
}

int pc_ring_sleep_until(uint64_t ns)
{
	const struct __kernel_timespec until = {.tv_sec = (long long)(ns / 1000000000U),
	                                        .tv_nsec = (long long)(ns % 1000000000U)};
	const struct pc_ring_call call = {
		.op = IORING_OP_TIMEOUT,
		.fd = -1,
		.addr = &until,
		.len = 1,
		.flags = IORING_TIMEOUT_ABS,
	};
	int r = call_make(&call, PC_REACH_UNKNOWN);

	return r == PC_RING_PLAIN ? r : 0; /* the usual result is -ETIME */
}

/* ---- Attributes of entries ---- */

/* The attributes of an open local file are in memory, so only servers need io_uring. */
int pc_ring_statx(int dirfd, const char *name, int flags, unsigned mask, struct statx *ret)
{
	const struct pc_ring_call call = {
		.op = IORING_OP_STATX,
		.fd = dirfd,
		.addr = name,
		.offset = address(ret),
		.len = mask,
		.flags = (uint32_t)flags,
	};

	return call_make(&call, *name ? PC_REACH_DISK : PC_REACH_FAR);
}

static struct timespec time_of(const struct statx_timestamp *time)
{
	return (struct timespec){.tv_sec = time->tv_sec, .tv_nsec = time->tv_nsec};
}

int pc_ring_stat(int dirfd, const char *name, int flags, struct stat *ret)
{
	struct statx x;
	int r = pc_ring_statx(dirfd, name, flags | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &x);

	if (r < 0)
		return r;
	*ret = (struct stat){
		.st_dev = makedev(x.stx_dev_major, x.stx_dev_minor),
		.st_ino = x.stx_ino,
		.st_mode = x.stx_mode,
		.st_nlink = x.stx_nlink,
		.st_uid = x.stx_uid,
		.st_gid = x.stx_gid,
		.st_rdev = makedev(x.stx_rdev_major, x.stx_rdev_minor),
		.st_size = (off_t)x.stx_size,
		.st_blksize = (blksize_t)x.stx_blksize,
		.st_blocks = (blkcnt_t)x.stx_blocks,
		.st_atim = time_of(&x.stx_atime),
		.st_mtim = time_of(&x.stx_mtime),
		.st_ctim = time_of(&x.stx_ctime),
	};
	return 0;
}

/* ---- File contents ---- */

/* Reads from servers go to a helper: io_uring reads may end at the cached length of the file, as
 * FUSE's direct reads do. */
ssize_t pc_ring_read(int fd, void *buf, size_t len, off_t offset)
{
	const struct pc_ring_call call = {
		.op = IORING_OP_READ,
		.fd = fd,
		.addr = buf,
		.offset = (uint64_t)offset,
		.len = (uint32_t)len,
	};

	if (offset < 0)
		return call_make_uninterrupted(&call, PC_REACH_UNKNOWN);
	if (pc_ring_reach(fd) == PC_REACH_FAR)
		return pc_ring_by_helper(fd,
		                         PC_CALL(SYS_pread64, fd, (long)buf, (long)len, offset));
	return call_make_uninterrupted(&call, PC_REACH_DISK);
}

/* A plain read would block the thread for as long as no data comes. */
ssize_t pc_ring_read_pipe(int fd, void *buf, size_t len)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	ssize_t n = pc_ring_read(fd, buf, len, -1);

	while (n == PC_RING_PLAIN) {
		if (pc_ring_sleep_until(pc_now_ns() + PAUSE_NS) == PC_RING_PLAIN)
			(void)nanosleep(&pause, NULL);
		n = pc_ring_read(fd, buf, len, -1);
	}
	return n;
}

ssize_t pc_ring_read_in_turn(int fd, void *buf, size_t len)
{
	ssize_t n;

	pc_ring_gate_enter();
	n = pc_ring_read_pipe(fd, buf, len);
	pc_ring_gate_leave();
	return n;
}

ssize_t pc_ring_write(int fd, const void *buf, size_t len, off_t offset)
{
	const struct pc_ring_call call = {
		.op = IORING_OP_WRITE,
		.fd = fd,
		.addr = buf,
		.offset = (uint64_t)offset,
		.len = (uint32_t)len,
	};

	return call_make_uninterrupted(&call, PC_REACH_DISK);
}

int pc_ring_ftruncate(int fd, uint64_t len)
{
	const struct pc_ring_call call = {
		.op = PC_RING_OP_FTRUNCATE,
		.fd = fd,
		.offset = len,
	};

	return call_make_uninterrupted(&call, PC_REACH_FAR);
}

int pc_ring_fsync(int fd, bool data_only)
{
	const struct pc_ring_call call = {
		.op = IORING_OP_FSYNC,
		.fd = fd,
		.flags = data_only ? IORING_FSYNC_DATASYNC : 0,
	};

	return call_make(&call, PC_REACH_DISK);
}

/* ---- Names ---- */

int pc_ring_mkdirat(int dirfd, const char *name, mode_t mode)
{
	const struct pc_ring_call call = {
		.op = IORING_OP_MKDIRAT,
		.fd = dirfd,
		.addr = name,
		.len = mode,
	};

	return call_make(&call, PC_REACH_DISK);
}

int pc_ring_symlinkat(const char *text, int dirfd, const char *name)
{
	const struct pc_ring_call call = {
		.op = IORING_OP_SYMLINKAT,
		.fd = dirfd,
		.addr = text,
		.offset = address(name),
	};

	return call_make(&call, PC_REACH_DISK);
}

int pc_ring_linkat(int src_dirfd, const char *src, int dirfd, const char *name, int flags)
{
	const struct pc_ring_call call = {
		.op = IORING_OP_LINKAT,
		.fd = src_dirfd,
		.addr = src,
		.offset = address(name),
		.len = (uint32_t)dirfd,
		.flags = (uint32_t)flags,
	};

	return call_make(&call, PC_REACH_DISK);
}

int pc_ring_unlinkat(int dirfd, const char *name, int flags)
{
	const struct pc_ring_call call = {
		.op = IORING_OP_UNLINKAT,
		.fd = dirfd,
		.addr = name,
		.flags = (uint32_t)flags,
	};

	return call_make(&call, PC_REACH_DISK);
}

int pc_ring_renameat(int dirfd, const char *from, const char *to, unsigned flags)
{
	const struct pc_ring_call call = {
		.op = IORING_OP_RENAMEAT,
		.fd = dirfd,
		.addr = from,
		.offset = address(to),
		.len = (uint32_t)dirfd,
		.flags = flags,
	};

	return call_make(&call, PC_REACH_DISK);
}
