/* SPDX-License-Identifier: MIT
 *
 * data.h - moving the bytes of a file. */
#ifndef PC_COPY_DATA_H
#define PC_COPY_DATA_H

#include "copy/copier.h"

/* New files over this size take more than one call, so that a killed run could leave them half
 * written. */
#define PC_ONE_CALL_BYTES (UINT64_C(256) << 10)

/* A range of bytes to move. */
struct pc_span {
	int src_fd, dst_fd;
	struct pc_fs *dst_fs;
	uint64_t src_dev;
	uint64_t offset, length;
	bool holes; /* the source has fewer blocks than its length needs */
	bool last;  /* the range ends at the end of the file */
};

/* Whether only a clone will do, without falling back to copying. */
bool pc_data_must_clone(const struct pc_copier *c);

/* Clones the source into the target. Returns 0; 1 where the next method is to be tried; or
 * negative errno. */
int pc_data_clone(struct pc_copier *c, struct pc_entry *e, const struct pc_span *span);

/* Copies a span. Returns 0, with the end of the last byte written in `ret_end` (a hole at the
 * end is not written); PC_DATA_CHANGED where the source ends before the span does, at `ret_end`,
 * or, for a `last` span, goes on behind it; or negative errno with the entry's step set. */
#define PC_DATA_CHANGED 1
int pc_data_copy(struct pc_copier *c, struct pc_entry *e, const struct pc_span *span,
                 uint64_t *ret_end);

/* Copies from the span's offset to the end of the source: for files that report no size or have
 * grown. */
int pc_data_drain(struct pc_copier *c, struct pc_entry *e, const struct pc_span *span,
                  uint64_t *ret_end);

/* Copies a FIFO or device to its end, with plain writes where the target has no offsets. */
int pc_data_stream(struct pc_copier *c, struct pc_entry *e, const struct pc_span *span,
                   uint64_t *ret_end);

#endif
