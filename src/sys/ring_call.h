/* SPDX-License-Identifier: MIT
 *
 * ring_call.h - a call in its form for io_uring; for the call layer alone. */
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
	const struct timespec *limit; /* canceled when so much time is over; NULL: no end */
};

/* Makes a call while other coroutines run.  Its answer, or negative errno. */
int pc_ring_submit(const struct pc_ring_call *call);

/* One coroutine of a thread at a time may go on behind this; the last one that came is the
 * next.  So an idle one does not touch its memory. */
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

/* On a coroutine: makes a call by its ring, else answers that it is to be made as a call. */
#define PC_ON_RING(call) (PC_IS_ON_RING ? (call) : PC_RING_PLAIN)

/* Whether the caller's ring makes such calls, of which that of `fd` waits where storage is at least
 * so far away.  PC_REACH_UNKNOWN: it waits for something else. */
bool pc_ring_can(unsigned op, int fd, enum pc_reach least);
enum pc_reach pc_ring_reach(int fd);

/* Tells the caller's ring that `fd` was opened in `dirfd`. */
void pc_ring_opened(int dirfd, int fd, bool directory);

/* Has a helper thread make a call.  PC_RING_PLAIN: there is none. */
long pc_ring_help(struct pc_call *call);

/* Linux 6.9, and not in the headers of all that is built with. */
#define PC_RING_OP_FTRUNCATE 55

/* ---- ring_calls.c: as in sys.h.  PC_RING_PLAIN: to be made as a call ---- */

#define PC_RING_PLAIN (-0x10000)

/* So that what they need is not made ready where there is no ring. */
#define PC_OUT_OF_THE_WAY __attribute__((cold, noinline))

/* A call without a form in io_uring, about what is open as `fd`.  pc_ring_farther(): the one of two
 * descriptors that is. */
#define PC_CALL(number_, ...) ((struct pc_call){.number = (number_), .arg = {__VA_ARGS__}})
PC_OUT_OF_THE_WAY long pc_ring_away(int fd, struct pc_call call);
PC_OUT_OF_THE_WAY int pc_ring_farther(int a, int b);

PC_OUT_OF_THE_WAY int pc_ring_openat(int dirfd, const char *name, int flags, mode_t mode);
PC_OUT_OF_THE_WAY int pc_ring_openat2(int dirfd, const char *path, const struct open_how *how);
PC_OUT_OF_THE_WAY int pc_ring_close(int fd);
PC_OUT_OF_THE_WAY int pc_ring_poll(int fd, short events, int timeout_ms);
PC_OUT_OF_THE_WAY int pc_ring_sleep_until(uint64_t ns);
PC_OUT_OF_THE_WAY int pc_ring_statx(int dirfd, const char *name, int flags, unsigned mask,
                                    struct statx *ret);
PC_OUT_OF_THE_WAY int pc_ring_stat(int dirfd, const char *name, int flags, struct stat *ret);
PC_OUT_OF_THE_WAY ssize_t pc_ring_read(int fd, void *buf, size_t len, off_t offset);
PC_OUT_OF_THE_WAY ssize_t pc_ring_read_pipe(int fd, void *buf, size_t len);
PC_OUT_OF_THE_WAY ssize_t pc_ring_read_in_turn(int fd, void *buf, size_t len);
PC_OUT_OF_THE_WAY ssize_t pc_ring_write(int fd, const void *buf, size_t len, off_t offset);
PC_OUT_OF_THE_WAY int pc_ring_ftruncate(int fd, uint64_t len);
PC_OUT_OF_THE_WAY int pc_ring_fsync(int fd, bool data_only);
PC_OUT_OF_THE_WAY int pc_ring_mkdirat(int dirfd, const char *name, mode_t mode);
PC_OUT_OF_THE_WAY int pc_ring_symlinkat(const char *text, int dirfd, const char *name);
PC_OUT_OF_THE_WAY int pc_ring_linkat(int src_dirfd, const char *src, int dirfd, const char *name,
                                     int flags);
PC_OUT_OF_THE_WAY int pc_ring_unlinkat(int dirfd, const char *name, int flags);
PC_OUT_OF_THE_WAY int pc_ring_renameat(int dirfd, const char *from, const char *to, unsigned flags);

#endif
