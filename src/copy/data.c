/* SPDX-License-Identifier: MIT
 *
 * data.c - moving bytes: clone, copy_file_range, read and write.
 *
 * The methods are tried in this order. After most refusals the next method moves the rest; a
 * refusal that concerns the two file systems is remembered for them. The file fails only if the
 * target is full or the last method fails. All methods move the same bytes: data is copied, holes
 * stay holes. */
#include "copy/data.h"

#include "base/clock.h"
#include "job/errors.h"
#include "sys/extent.h"
#include "sys/sys.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* Bytes in one call, so that a worker notices a cancel in time on a slow source. While calls are
 * quick, the size doubles up to PIECE_BYTES_MAX. */
#define PIECE_BYTES PC_ONE_CALL_BYTES
#define PIECE_BYTES_MAX (UINT64_C(16) << 20)
#define QUICK_NS UINT64_C(50000000)
#define IO_BYTES (256U << 10)

/* Retries of a read that fails with EIO: a loose cable or a busy server. */
#define READ_RETRIES 2U

/* Upper bound of the time in which a worker that waits for a stream notices a cancel. */
#define STREAM_WAIT_MS 200

/* Runs of zeros shorter than this do not become a hole. */
#define HOLE_BYTES 4096U

/* The part of a span that is being moved. */
struct range {
	const struct pc_span *span;
	uint64_t pos, end; /* what is left of it */
	uint64_t data_end; /* the end of what was written, holes left out */
	bool punch;        /* runs of zeros become holes */
	uint64_t most;     /* bytes asked for in one call */
};

static void count_moved(struct pc_copier *c, enum pcopy_method method, uint64_t bytes)
{
	c->walk.job->counts.method_bytes[method] += bytes;
	atomic_fetch_add_explicit(c->walk.moved, bytes, memory_order_relaxed);
}

static int throttle_wait(struct pc_copier *c, uint64_t bytes)
{
	return pc_throttle_wait(c->walk.queue, c->walk.job, bytes);
}

/* Whether the options allow this method. */
static bool method_allowed(const struct pc_copier *c, enum pcopy_method method)
{
	return c->walk.options->method == PCOPY_METHOD_NONE || c->walk.options->method == method;
}

static struct pc_fs_route *route_of(const struct pc_span *span)
{
	return pc_fs_route(span->dst_fs, span->src_dev);
}

/* ---- clone ---- */

/* Errors that mean "not between these file systems" and never "something broke". */
static bool clone_unsupported(int error)
{
	return error == -EOPNOTSUPP || error == -ENOTTY || error == -EXDEV || error == -ENOSYS ||
	       error == -EPERM;
}

bool pc_data_must_clone(const struct pc_copier *c)
{
	return c->walk.options->reflink == PCOPY_ALWAYS ||
	       c->walk.options->method == PCOPY_METHOD_CLONE;
}

static bool clone_wanted(const struct pc_copier *c)
{
	const struct pcopy_options *o = c->walk.options;

	return pc_data_must_clone(c) || (method_allowed(c, PCOPY_METHOD_CLONE) &&
	                                 o->reflink != PCOPY_NEVER && o->sparse == PCOPY_AUTO);
}

int pc_data_clone(struct pc_copier *c, struct pc_entry *e, const struct pc_span *span)
{
	struct pc_fs_route *route = route_of(span);
	bool must = pc_data_must_clone(c);
	int r;

	e->step = PCOPY_STEP_CLONE;
	e->way.reflink = PCOPY_NO;
	if (!clone_wanted(c))
		return 1;
	e->way.reflink = PCOPY_UNSUPPORTED;
	if (!must && route->no_clone)
		return 1;
	r = pc_sys_clone(span->src_fd, span->dst_fd);
	if (r == 0) {
		e->way.reflink = PCOPY_YES;
		c->walk.job->counts.method_files[PCOPY_METHOD_CLONE]++;
		count_moved(c, PCOPY_METHOD_CLONE, span->length);
		return 0;
	}
	/* the target may be incomplete, and the next method would fail for the same reason */
	if (must || pc_error_class(PCOPY_STEP_CLONE, r) > PC_ERROR_NEXT)
		return r;
	/* EINVAL concerns this file alone (an inline extent, a swap file) */
	route->no_clone = clone_unsupported(r);
	return 1;
}

/* ---- copy_file_range ---- */

/* Errors that concern the two file systems, and not one file. */
static bool range_unsupported(int error)
{
	return error == -EXDEV || error == -EOPNOTSUPP || error == -ENOSYS || error == -EPERM ||
	       error == -ETXTBSY;
}

/* Whether copy_file_range is to be tried. It clones where the file system can. */
static bool range_wanted(const struct pc_copier *c, struct pc_entry *e, const struct range *range)
{
	const struct pcopy_options *o = c->walk.options;
	const struct pc_fs_route *route = route_of(range->span);

	if (range->punch)
		return false;
	if (o->method == PCOPY_METHOD_COPY_FILE_RANGE)
		return true;
	e->way.offload = route->no_copy_file_range ? PCOPY_UNSUPPORTED : PCOPY_AVOIDED;
	return method_allowed(c, PCOPY_METHOD_COPY_FILE_RANGE) && !route->no_copy_file_range &&
	       o->reflink != PCOPY_NEVER && o->sparse != PCOPY_NEVER;
}

/* One call; if it was quick, the next one asks for more. */
static ssize_t range_call(struct range *range, size_t len)
{
	const struct pc_span *span = range->span;
	uint64_t start_ns = range->end - range->pos > range->most ? pc_now_ns() : 0;
	ssize_t n = pc_sys_copy_file_range(span->src_fd, span->dst_fd, (off_t)range->pos, len);

	if (n >= 0 && start_ns && range->most < PIECE_BYTES_MAX &&
	    pc_now_ns() - start_ns < QUICK_NS)
		range->most *= 2;
	return n;
}

/* Decides what a failed copy_file_range means. 0: the next method moves the rest; its calls show
 * whether reading or writing failed. Otherwise the error itself: the target is full, or no other
 * method is allowed. */
static int range_failed(struct pc_copier *c, struct pc_entry *e, const struct range *range,
                        int error)
{
	if (!method_allowed(c, PCOPY_METHOD_READ_WRITE) ||
	    pc_error_class(PC_STEP_OFFLOAD, error) > PC_ERROR_NEXT)
		return error;
	if (error == -EIO)
		return 0;
	e->way.offload = PCOPY_UNSUPPORTED;
	route_of(range->span)->no_copy_file_range = range_unsupported(error);
	return 0;
}

/* Returns 0 at the end of the file. Some file systems return 0 earlier, so the next method
 * checks. */
static ssize_t range_move(struct pc_copier *c, struct pc_entry *e, struct range *range, size_t len)
{
	ssize_t n;

	e->step = PCOPY_STEP_WRITE; /* the kernel does not say which side failed */
	n = range_call(range, len);
	if (n < 0)
		return range_failed(c, e, range, (int)n);
	if (n == 0)
		return 0;
	e->way.offload = PCOPY_YES;
	range->data_end = range->pos + (uint64_t)n;
	return n;
}

/* ---- read and write ---- */

static int io_buffer(struct pc_copier *c)
{
	if (!c->io)
		c->io = malloc(IO_BYTES);
	return c->io ? 0 : -ENOMEM;
}

static bool all_zero(const char *data, size_t len)
{
	/* the first byte is zero, and each byte equals the one before it */
	return len == 0 || (data[0] == 0 && memcmp(data, data + 1, len - 1) == 0);
}

/* XFS allocates more than is written at the end of a file, and keeps it where a write goes on behind
 * a hole. Other file systems have nothing to give back, or refuse: then the hole costs some blocks. */
static void hole_release(const struct range *range, uint64_t next)
{
	if (range->data_end > range->span->offset && range->data_end < next)
		(void)pc_sys_punch(range->span->dst_fd, range->data_end, next - range->data_end);
}

/* Writes the blocks of the buffer that are not zero. */
static int write_around_zeros(struct pc_copier *c, struct range *range, size_t len)
{
	for (size_t at = 0; at < len;) {
		size_t block = len - at < HOLE_BYTES ? len - at : HOLE_BYTES;
		int r;

		if (!all_zero(c->io + at, block)) {
			hole_release(range, range->pos + at);
			r = pc_sys_pwrite_full(range->span->dst_fd, c->io + at, block,
			                       (off_t)(range->pos + at));
			if (r < 0)
				return r;
			range->data_end = range->pos + at + block;
		}
		at += block;
	}
	return 0;
}

static int rw_write(struct pc_copier *c, struct range *range, size_t len)
{
	int r;

	if (range->punch)
		return write_around_zeros(c, range, len);
	r = pc_sys_pwrite_full(range->span->dst_fd, c->io, len, (off_t)range->pos);
	if (r == 0)
		range->data_end = range->pos + len;
	return r;
}

static bool rw_wanted(const struct pc_copier *c, struct pc_entry *e, const struct range *range)
{
	(void)e;
	return range->punch || method_allowed(c, PCOPY_METHOD_READ_WRITE);
}

static ssize_t rw_move(struct pc_copier *c, struct pc_entry *e, struct range *range, size_t len)
{
	unsigned retries = READ_RETRIES;
	int r = io_buffer(c);
	ssize_t n;

	e->step = PCOPY_STEP_READ;
	if (r < 0)
		return r;
	do
		n = pc_sys_pread(range->span->src_fd, c->io, len, (off_t)range->pos);
	while (n == -EIO && retries-- > 0);
	if (n <= 0)
		return n;
	e->step = PCOPY_STEP_WRITE;
	r = rw_write(c, range, (size_t)n);
	return r < 0 ? r : n;
}

/* ---- The table of methods, and holes ---- */

/* The methods that move a range, in the order in which they are tried. Cloning works on a whole
 * file, see pc_data_clone(). */
static const struct method {
	enum pcopy_method method;
	uint64_t most; /* bytes in a call, at first */
	bool (*wanted)(const struct pc_copier *c, struct pc_entry *e, const struct range *range);
	/* Moves up to `len` bytes and returns their number. 0: the next method moves the rest,
	 * if there is any. Negative errno on failure. */
	ssize_t (*move)(struct pc_copier *c, struct pc_entry *e, struct range *range, size_t len);
} methods[] = {
	{PCOPY_METHOD_COPY_FILE_RANGE, PIECE_BYTES, range_wanted, range_move},
	{PCOPY_METHOD_READ_WRITE, IO_BYTES, rw_wanted, rw_move},
};

#define METHODS (sizeof(methods) / sizeof(methods[0]))
#define LAST_METHOD (&methods[METHODS - 1])

/* Bytes to ask for in one call. At the end of the file it asks for one byte more, which shows
 * without another call whether the file has grown. */
static size_t range_piece(const struct pc_copier *c, const struct range *range)
{
	const struct pc_span *span = range->span;
	uint64_t more = span->last && range->end == span->offset + span->length ? 1 : 0;
	uint64_t left = range->end - range->pos + more;

	return pc_throttle_piece(c->walk.queue, left < range->most ? left : range->most);
}

/* Moves as much of the range as the method can. All bytes of files pass through here. 0 or
 * negative errno. */
static int method_run(const struct method *m, struct pc_copier *c, struct pc_entry *e,
                      struct range *range)
{
	range->most = m->most;
	while (range->pos < range->end) {
		size_t len = range_piece(c, range);
		int r = throttle_wait(c, len);
		ssize_t n = r < 0 ? r : m->move(c, e, range, len);

		pc_throttle_give_back(c->walk.queue, n > 0 ? len - (size_t)n : len);
		if (n <= 0)
			return (int)n;
		range->pos += (uint64_t)n;
		count_moved(c, m->method, (uint64_t)n);
		if (range->pos < range->end && pc_queue_canceled(c->walk.queue))
			return -ECANCELED;
	}
	return 0;
}

/* Moves one range of data with all methods in turn. */
static int range_copy(struct pc_copier *c, struct pc_entry *e, struct range *range)
{
	for (size_t i = 0; i < METHODS; i++) {
		int r = 0;

		if (range->pos < range->end && methods[i].wanted(c, e, range))
			r = method_run(&methods[i], c, e, range);
		if (r < 0)
			return r;
	}
	if (range->pos == range->end)
		return 0;
	range->data_end = range->pos;
	return PC_DATA_CHANGED;
}

/* The next range of data at or behind `pos`. False: only a hole is left. */
static bool next_data(int fd, uint64_t pos, uint64_t limit, struct range *ret)
{
	const struct pc_extent data = pc_extent_next(fd, pos, limit);

	ret->pos = data.start;
	ret->end = data.end;
	return data.start < limit;
}

static enum pcopy_method method_used(const struct pc_counts *before, const struct pc_counts *now)
{
	if (now->method_bytes[PCOPY_METHOD_READ_WRITE] >
	    before->method_bytes[PCOPY_METHOD_READ_WRITE])
		return PCOPY_METHOD_READ_WRITE;
	if (now->method_bytes[PCOPY_METHOD_COPY_FILE_RANGE] >
	    before->method_bytes[PCOPY_METHOD_COPY_FILE_RANGE])
		return PCOPY_METHOD_COPY_FILE_RANGE;
	return PCOPY_METHOD_NONE;
}

int pc_data_copy(struct pc_copier *c, struct pc_entry *e, const struct pc_span *span,
                 uint64_t *ret_end)
{
	enum pcopy_when sparse = c->walk.options->sparse;
	bool skip_holes = span->holes && sparse != PCOPY_NEVER;
	uint64_t limit = span->offset + span->length;
	struct pc_counts before = c->walk.job->counts;
	struct range range = {
		.span = span,
		.pos = span->offset,
		.end = limit,
		.data_end = span->offset,
		.punch = sparse == PCOPY_ALWAYS,
	};
	int r = 0;

	e->way.zeros = range.punch;
	e->way.seek_hole = skip_holes;
	while (r == 0 && range.pos < limit) {
		if (skip_holes && !next_data(span->src_fd, range.pos, limit, &range))
			break;
		r = range_copy(c, e, &range);
	}
	if (range.punch && r == 0)
		hole_release(&range, limit);
	*ret_end = range.data_end;
	if (r >= 0)
		c->walk.job->counts.method_files[method_used(&before, &c->walk.job->counts)]++;
	return r;
}

int pc_data_drain(struct pc_copier *c, struct pc_entry *e, const struct pc_span *span,
                  uint64_t *ret_end)
{
	struct range range = {
		.span = span, .pos = span->offset, .end = INT64_MAX, .data_end = span->offset};
	int r = method_run(LAST_METHOD, c, e, &range);

	*ret_end = range.data_end;
	if (r == 0 && span->offset == 0)
		c->walk.job->counts
			.method_files[range.pos ? PCOPY_METHOD_READ_WRITE : PCOPY_METHOD_NONE]++;
	return r;
}

/* ---- Streams ---- */

/* Waits until a descriptor can be read or written. For a FIFO this is until another process
 * opens its other end. */
static int stream_wait(const struct pc_copier *c, int fd, short events)
{
	struct pollfd p = {.fd = fd, .events = events};

	for (;;) {
		int n = pc_sys_poll(&p, 1, STREAM_WAIT_MS);

		if (n != 0)
			return n < 0 ? n : 0;
		if (pc_queue_canceled(c->walk.queue))
			return -ECANCELED;
	}
}

/* Writes to a target that has no offsets. */
static int stream_write(struct pc_copier *c, int fd, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = pc_sys_write(fd, c->io + done, len - done);
		int r = 0;

		if (n == -EAGAIN)
			r = stream_wait(c, fd, POLLOUT);
		else if (n < 0)
			r = (int)n;
		else
			done += (size_t)n;
		if (r == 0 && done < len && pc_queue_canceled(c->walk.queue))
			r = -ECANCELED;
		if (r < 0)
			return r;
	}
	return 0;
}

int pc_data_stream(struct pc_copier *c, struct pc_entry *e, const struct pc_span *span,
                   uint64_t *ret_end)
{
	int r = io_buffer(c);

	*ret_end = 0;
	e->step = PCOPY_STEP_READ;
	while (r == 0) {
		ssize_t n;

		r = stream_wait(c, span->src_fd, POLLIN);
		if (r < 0)
			return r;
		e->step = PCOPY_STEP_READ;
		n = pc_sys_read(span->src_fd, c->io, pc_throttle_piece(c->walk.queue, IO_BYTES));
		if (n == -EAGAIN)
			continue;
		if (n <= 0)
			return (int)n;
		e->step = PCOPY_STEP_WRITE;
		r = throttle_wait(c, (uint64_t)n);
		if (r < 0)
			return r;
		r = stream_write(c, span->dst_fd, (size_t)n);
		*ret_end += (uint64_t)n;
		count_moved(c, PCOPY_METHOD_READ_WRITE, (uint64_t)n);
		if (r == 0 && pc_queue_canceled(c->walk.queue)) /* a device may have no end */
			r = -ECANCELED;
	}
	return r;
}
