/* SPDX-License-Identifier: MIT
 *
 * ring_call.h - io_uring operations; private to the call layer. */
#ifndef PC_SYS_RING_CALL_H
#define PC_SYS_RING_CALL_H

#include "sys/helpers.h"
#include "sys/ring.h"

#include <sys/types.h>

struct open_how;
struct stat;
struct statx;
struct timespec;

/* The fields of a submission, see io_uring_enter(2). */
struct pc_ring_call {
	uint8_t op;
	int fd;
	const void *addr;
	uint64_t offset; /* or the second address */
	uint32_t len;
	uint32_t flags;
	const struct timespec *limit; /* canceled after this time; NULL: no limit */
};

/* Makes a call while other coroutines run. Its result, or negative errno. */
int pc_ring_submit(const struct pc_ring_call *call);

/* Only one coroutine of a thread passes the gate at a time; the one that arrived last is the
 * next. So idle workers do not touch their memory. */
void pc_ring_gate_enter(void);
void pc_ring_gate_leave(void);

struct pc_ring_worker;

/* The coroutine that runs on this thread; NULL: none. */
extern _Thread_local struct pc_ring_worker *pc_ring_here __attribute__((tls_model("initial-exec")));

#if defined(PC_HAVE_URING)
#define PC_IS_ON_RING __builtin_expect(pc_ring_here != NULL, 0)
#else
#define PC_IS_ON_RING 0
#endif

/* On a coroutine makes a call through its ring; otherwise returns PC_RING_PLAIN. */
#define PC_ON_RING(call) (PC_IS_ON_RING ? (call) : PC_RING_PLAIN)

/* Whether the caller's ring makes this operation on `fd`: its storage must be at least `least`
 * away. PC_REACH_UNKNOWN: it waits for something other than storage. */
bool pc_ring_can(unsigned op, int fd, enum pc_reach least);
enum pc_reach pc_ring_reach(int fd);

/* Whether the caller's thread has lately waited for a local disk. */
bool pc_ring_disk_waits(void);

/* Tells the caller's ring that `fd` was opened in `dirfd`. */
void pc_ring_opened(int dirfd, int fd, bool directory);

/* Makes a call in a helper thread. PC_RING_PLAIN: there is none. */
long pc_ring_help(struct pc_call *call);

/* Since Linux 6.9; older headers lack it. */
#define PC_RING_OP_FTRUNCATE 55

/* ---- ring_calls.c: as in sys.h. PC_RING_PLAIN: must be made as a plain call ---- */

#define PC_RING_PLAIN (-0x10000)

/* Out of line, so that a call without a ring does not prepare for one. */
#define PC_COLD_PATH __attribute__((cold, noinline))

/* Makes a call that io_uring lacks, on descriptor `fd`. pc_ring_farther(): the one of two
 * descriptors whose storage is farther away. */
#define PC_CALL(number_, ...) ((struct pc_call){.number = (number_), .arg = {__VA_ARGS__}})
PC_COLD_PATH long pc_ring_by_helper(int fd, struct pc_call call);
PC_COLD_PATH int pc_ring_farther(int a, int b);

PC_COLD_PATH int pc_ring_openat(int dirfd, const char *name, int flags, mode_t mode);
PC_COLD_PATH int pc_ring_openat2(int dirfd, const char *path, const struct open_how *how);
PC_COLD_PATH int pc_ring_close(int fd);
PC_COLD_PATH int pc_ring_poll(int fd, short events, int timeout_ms);
PC_COLD_PATH int pc_ring_sleep_until(uint64_t ns);
PC_COLD_PATH int pc_ring_statx(int dirfd, const char *name, int flags, unsigned mask,
                               struct statx *ret);
PC_COLD_PATH int pc_ring_stat(int dirfd, const char *name, int flags, struct stat *ret);
PC_COLD_PATH ssize_t pc_ring_read(int fd, void *buf, size_t len, off_t offset);
PC_COLD_PATH ssize_t pc_ring_read_pipe(int fd, void *buf, size_t len);
PC_COLD_PATH ssize_t pc_ring_read_in_turn(int fd, void *buf, size_t len);
PC_COLD_PATH ssize_t pc_ring_write(int fd, const void *buf, size_t len, off_t offset);
PC_COLD_PATH int pc_ring_ftruncate(int fd, uint64_t len);
PC_COLD_PATH int pc_ring_fsync(int fd, bool data_only);
PC_COLD_PATH int pc_ring_mkdirat(int dirfd, const char *name, mode_t mode);
PC_COLD_PATH int pc_ring_symlinkat(const char *text, int dirfd, const char *name);
PC_COLD_PATH int pc_ring_linkat(int src_dirfd, const char *src, int dirfd, const char *name,
                                int flags);
PC_COLD_PATH int pc_ring_unlinkat(int dirfd, const char *name, int flags);
PC_COLD_PATH int pc_ring_renameat(int dirfd, const char *from, const char *to, unsigned flags);

#endif
