/* data.c - moving bytes: clone, copy_file_range, read and write.
 *
 * The methods are tried in this order.  "Cannot here" sends a span to the next
 * one and is remembered for the pair of devices; "failed" ends the file.  All
 * of them move the same bytes: data is copied, holes stay holes. */
#include "copy/copier.h"

#include "base/clock.h"
#include "base/sys.h"

#include <errno.h>
#include <linux/fs.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* One call's worth, so that a cancel is seen in time on a slow source: more is
 * asked for while calls are quick. */
#define PIECE_BYTES (UINT64_C(256) << 10)
#define PIECE_BYTES_MAX (UINT64_C(16) << 20)
#define QUICK_NS UINT64_C(50000000)
#define IO_BYTES (256U << 10)

/* A read that fails with EIO is tried so often again: a loose cable, a busy server. */
#define READ_RETRIES 2U

/* How soon a cancel is seen by who waits for a stream. */
#define STREAM_WAIT_MS 200

/* Zeros shorter than this are not worth a hole. */
#define HOLE_BYTES 4096U

static struct pc_route *route_of(struct pc_copier *c, uint64_t src_dev)
{
	uint64_t dst_dev = c->dst_top->dev;
	struct pc_route *route;

	for (unsigned i = 0; i < PC_ROUTES; i++) {
		if (c->route[i].src_dev == src_dev && c->route[i].dst_dev == dst_dev)
			return &c->route[i];
	}
	route = &c->route[c->route_next++ % PC_ROUTES];
	*route = (struct pc_route){.src_dev = src_dev, .dst_dev = dst_dev};
	return route;
}

static void count_moved(struct pc_copier *c, enum pcopy_method method, uint64_t bytes)
{
	c->job->counts.method_bytes[method] += bytes;
	atomic_fetch_add_explicit(c->moved, bytes, memory_order_relaxed);
}

/* Whether the caller leaves this method to us. */
static bool allowed(const struct pc_copier *c, enum pcopy_method method)
{
	return c->options->method == PCOPY_METHOD_NONE || c->options->method == method;
}

/* ---- clone ---- */

/* Answers that mean "not between these devices", never "something broke". */
static bool clone_unsupported(int error)
{
	return error == EOPNOTSUPP || error == ENOTTY || error == EXDEV || error == ENOSYS ||
	       error == EPERM;
}

/* Answers that mean that something broke: part of the clone may be there, and the
 * next method would meet the same, if later. */
static bool clone_broke(int error)
{
	return error == EIO || error == ENOSPC || error == EDQUOT || error == ENOMEM;
}

static int clone(struct pc_copier *c, const struct pc_span *span, struct pc_route *route,
		 bool always)
{
	if (ioctl(span->dst_fd, FICLONE, span->src_fd) == 0) {
		c->way.reflink = PCOPY_YES;
		c->job->counts.method_files[PCOPY_METHOD_CLONE]++;
		count_moved(c, PCOPY_METHOD_CLONE, span->length);
		return 0;
	}
	c->way.reflink = PCOPY_UNSUPPORTED;
	if (always || clone_broke(errno))
		return -errno;
	/* EINVAL is about this file (an inline extent, a swap file), not the devices. */
	route->no_clone = clone_unsupported(errno);
	return 1;
}

int pc_data_clone(struct pc_copier *c, const struct pc_span *span)
{
	const struct pcopy_options *o = c->options;
	bool always = o->reflink == PCOPY_ALWAYS || o->method == PCOPY_METHOD_CLONE;
	struct pc_route *route = route_of(c, span->src_dev);

	c->way.reflink = PCOPY_NO;
	if (!allowed(c, PCOPY_METHOD_CLONE) ||
	    (!always && (o->reflink == PCOPY_NEVER || o->sparse != PCOPY_AUTO)))
		return 1;
	c->way.reflink = PCOPY_UNSUPPORTED;
	return !always && route->no_clone ? 1 : clone(c, span, route, always);
}

/* ---- copy_file_range ---- */

static bool range_unsupported(int error)
{
	return error == EXDEV || error == EINVAL || error == EOPNOTSUPP || error == ENOSYS ||
	       error == EPERM || error == EBADF || error == ETXTBSY;
}

/* Whether it may be tried.  It clones where the file system can. */
static bool range_wanted(struct pc_copier *c, const struct pc_route *route)
{
	const struct pcopy_options *o = c->options;

	if (o->method == PCOPY_METHOD_COPY_FILE_RANGE)
		return true;
	c->way.offload = route->no_copy_file_range ? PCOPY_UNSUPPORTED : PCOPY_AVOIDED;
	return allowed(c, PCOPY_METHOD_COPY_FILE_RANGE) && !route->no_copy_file_range &&
	       o->reflink != PCOPY_NEVER && o->sparse != PCOPY_NEVER;
}

/* How much to ask for in one call: where the span is to be the end of the file,
 * for a byte behind it too, which tells without another call that it goes on. */
static size_t piece(const struct pc_span *span, uint64_t pos, uint64_t end, uint64_t max)
{
	uint64_t more = span->last && end == span->offset + span->length ? 1 : 0;

	return end - pos + more < max ? end - pos + more : max;
}

/* One call; where it was quick the next one is asked for more. */
static ssize_t range_call(const struct pc_span *span, uint64_t pos, uint64_t end, uint64_t *most)
{
	off_t from = (off_t)pos, to = (off_t)pos;
	uint64_t start_ns = end - pos > *most ? pc_now_ns() : 0;
	ssize_t n;

	do
		n = copy_file_range(span->src_fd, &from, span->dst_fd, &to,
				    piece(span, pos, end, *most), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (start_ns && *most < PIECE_BYTES_MAX && pc_now_ns() - start_ns < QUICK_NS)
		*most *= 2;
	return n;
}

/* 0: the rest is for the next method; or the error that it is. */
static int range_failed(struct pc_copier *c, struct pc_route *route, int error)
{
	bool leave = allowed(c, PCOPY_METHOD_READ_WRITE);

	if (leave && error == EIO)
		return 0; /* that one tries again, and knows whether it read or wrote */
	if (!leave || !range_unsupported(error))
		return -error;
	c->way.offload = PCOPY_UNSUPPORTED;
	route->no_copy_file_range = error != EINVAL && error != EBADF;
	return 0;
}

/* Moves up to the whole range and says how far it came in `*pos`.  0 also when
 * the rest is for the next method: it may be at the end of the file, or the
 * file system only says so. */
static int range_copy(struct pc_copier *c, const struct pc_span *span, uint64_t *pos, uint64_t end)
{
	struct pc_route *route = route_of(c, span->src_dev);
	uint64_t most = PIECE_BYTES;

	if (!range_wanted(c, route))
		return 0;
	while (*pos < end) {
		ssize_t n = range_call(span, *pos, end, &most);

		if (n < 0)
			return range_failed(c, route, (int)-n);
		if (n == 0)
			return 0;
		c->way.offload = PCOPY_YES;
		*pos += (uint64_t)n;
		count_moved(c, PCOPY_METHOD_COPY_FILE_RANGE, (uint64_t)n);
		if (*pos < end && pc_queue_canceled(c->queue))
			return -ECANCELED;
	}
	return 0;
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
	/* the first byte is zero and each equals the one before it */
	return len == 0 || (data[0] == 0 && memcmp(data, data + 1, len - 1) == 0);
}

/* Writes what is not zero, and sets `*data_end` to the end of the last such. */
static int write_around_zeros(struct pc_copier *c, int fd, size_t len, uint64_t pos,
			      uint64_t *data_end)
{
	for (size_t at = 0; at < len;) {
		size_t block = len - at < HOLE_BYTES ? len - at : HOLE_BYTES;
		int r;

		if (!all_zero(c->io + at, block)) {
			r = pc_pwrite_full(fd, c->io + at, block, (off_t)(pos + at));
			if (r < 0)
				return r;
			*data_end = pos + at + block;
		}
		at += block;
	}
	return 0;
}

/* Writes what was read, and sets `*data_end` to the end of what is no hole. */
static int write_piece(struct pc_copier *c, int fd, size_t len, uint64_t pos, bool punch,
		       uint64_t *data_end)
{
	int r;

	if (punch)
		return write_around_zeros(c, fd, len, pos, data_end);
	r = pc_pwrite_full(fd, c->io, len, (off_t)pos);
	if (r == 0)
		*data_end = pos + len;
	return r;
}

/* Moves [*pos, end) or up to the end of the source.  `punch`: zeros become
 * holes. */
static int rw_copy(struct pc_copier *c, const struct pc_span *span, uint64_t *pos, uint64_t end,
		   bool punch, uint64_t *data_end, enum pcopy_step *step)
{
	unsigned retries = READ_RETRIES;
	int r = io_buffer(c);

	*step = PCOPY_STEP_READ;
	while (r == 0 && *pos < end) {
		ssize_t n = pread(span->src_fd, c->io, piece(span, *pos, end, IO_BYTES),
				  (off_t)*pos);

		*step = PCOPY_STEP_READ;
		if (n < 0 && (errno == EINTR || (errno == EIO && retries-- > 0)))
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		retries = READ_RETRIES;
		*step = PCOPY_STEP_WRITE;
		r = write_piece(c, span->dst_fd, (size_t)n, *pos, punch, data_end);
		if (r < 0)
			return r;
		*pos += (uint64_t)n;
		count_moved(c, PCOPY_METHOD_READ_WRITE, (uint64_t)n);
		if (*pos < end && pc_queue_canceled(c->queue))
			return -ECANCELED;
	}
	return r;
}

/* ---- The ladder, and holes ---- */

/* One stretch of data. */
static int copy_stretch(struct pc_copier *c, const struct pc_span *span, uint64_t start,
			uint64_t end, bool punch, uint64_t *data_end, enum pcopy_step *step)
{
	uint64_t pos = start;
	int r = 0;

	*step = PCOPY_STEP_WRITE; /* it does not say which side failed */
	if (!punch) {
		r = range_copy(c, span, &pos, end);
		if (pos > start)
			*data_end = pos;
	}
	if (r == 0 && pos < end && (punch || allowed(c, PCOPY_METHOD_READ_WRITE)))
		r = rw_copy(c, span, &pos, end, punch, data_end, step);
	if (r < 0 || pos == end)
		return r;
	*data_end = pos;
	return PC_DATA_CHANGED;
}

/* The next stretch of data at or after `pos`.  False: nothing but a hole is
 * left.  Where the file system cannot tell, all of it is data. */
static bool next_data(int fd, uint64_t pos, uint64_t limit, uint64_t *ret_start, uint64_t *ret_end)
{
	off_t start = lseek(fd, (off_t)pos, SEEK_DATA);
	off_t end;

	if (start < 0 && errno == ENXIO)
		return false;
	end = start < 0 ? -1 : lseek(fd, start, SEEK_HOLE);
	*ret_start = start < 0 ? pos : (uint64_t)start;
	*ret_end = end < 0 || (uint64_t)end > limit ? limit : (uint64_t)end;
	return *ret_start < limit;
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

int pc_data_copy(struct pc_copier *c, const struct pc_span *span, uint64_t *ret_end,
		 enum pcopy_step *step)
{
	enum pcopy_when sparse = c->options->sparse;
	bool punch = sparse == PCOPY_ALWAYS;
	bool skip_holes = span->holes && sparse != PCOPY_NEVER;
	uint64_t limit = span->offset + span->length;
	struct pc_counts before = c->job->counts;
	uint64_t pos = span->offset;
	uint64_t start = pos, end = limit;
	int r = 0;

	c->way.zeros = punch;
	c->way.seek_hole = skip_holes;
	*ret_end = span->offset;
	while (r == 0 && pos < limit) {
		if (skip_holes && !next_data(span->src_fd, pos, limit, &start, &end))
			break;
		r = copy_stretch(c, span, start, end, punch, ret_end, step);
		pos = end;
	}
	if (r >= 0)
		c->job->counts.method_files[method_used(&before, &c->job->counts)]++;
	return r;
}

int pc_data_drain(struct pc_copier *c, const struct pc_span *span, uint64_t *ret_end,
		  enum pcopy_step *step)
{
	uint64_t pos = span->offset;
	int r;

	*ret_end = pos;
	r = rw_copy(c, span, &pos, INT64_MAX, false, ret_end, step);
	if (r == 0 && span->offset == 0)
		c->job->counts.method_files[pos ? PCOPY_METHOD_READ_WRITE : PCOPY_METHOD_NONE]++;
	return r;
}

/* Waits until a stream can be read; for a FIFO that is until somebody writes. */
static int stream_wait(const struct pc_copier *c, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	for (;;) {
		int n = poll(&p, 1, STREAM_WAIT_MS);

		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (pc_queue_canceled(c->queue))
			return -ECANCELED;
	}
}

int pc_data_stream(struct pc_copier *c, const struct pc_span *span, uint64_t *ret_end,
		   enum pcopy_step *step)
{
	int r = io_buffer(c);

	*ret_end = 0;
	*step = PCOPY_STEP_READ;
	while (r == 0) {
		ssize_t n;

		r = stream_wait(c, span->src_fd);
		if (r < 0)
			return r;
		*step = PCOPY_STEP_READ;
		n = read(span->src_fd, c->io, IO_BYTES);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		*step = PCOPY_STEP_WRITE;
		r = write_piece(c, span->dst_fd, (size_t)n, *ret_end, false, ret_end);
		count_moved(c, PCOPY_METHOD_READ_WRITE, (uint64_t)n);
	}
	return r;
}
