/* SPDX-License-Identifier: MIT
 *
 * data.h - moving bytes. */
#ifndef PC_COPY_DATA_H
#define PC_COPY_DATA_H

#include "copy/copier.h"

/* New files over this size take more than one call, so that a killed run could leave
 * them half written. */
#define PC_ONE_CALL_BYTES (UINT64_C(256) << 10)

/* Bytes to be moved. */
struct pc_span {
	int src_fd, dst_fd;
	struct pc_fs *dst_fs;
	uint64_t src_dev;
	uint64_t offset, length;
	bool holes; /* the source has fewer blocks than its length wants */
	bool last;  /* nothing is expected behind it */
};

/* Whether the target is to become a clone or nothing. */
bool pc_data_must_clone(const struct pc_copier *c);

/* Makes the target a clone of the source.  0; 1 when the next method is to be tried; or
 * negative errno. */
int pc_data_clone(struct pc_copier *c, struct pc_entry *e, const struct pc_span *span);

/* Copies a span.  Returns 0 and the end of the last byte written in `ret_end` (a hole at
 * the end is not written); PC_DATA_CHANGED when the source ends before it (there `ret_end`
 * is) or, of a `last` span, behind it; or negative errno, and the entry's step. */
#define PC_DATA_CHANGED 1
int pc_data_copy(struct pc_copier *c, struct pc_entry *e, const struct pc_span *span,
                 uint64_t *ret_end);

/* Copies from the span's offset until the source ends: what tells no size, or has grown. */
int pc_data_drain(struct pc_copier *c, struct pc_entry *e, const struct pc_span *span,
                  uint64_t *ret_end);

/* Copies what a FIFO or a device has to give until it ends, by plain writes where the
 * target has no offsets. */
int pc_data_stream(struct pc_copier *c, struct pc_entry *e, const struct pc_span *span,
                   uint64_t *ret_end);

#endif
