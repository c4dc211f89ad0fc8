/* SPDX-License-Identifier: MIT
 *
 * chunk.h - large files, copied by several workers. */
#ifndef PC_COPY_CHUNK_H
#define PC_COPY_CHUNK_H

#include "copy/copier.h"

/* The jobs CHUNK and FINISH. */
void pc_chunk_job(struct pc_copier *c);
void pc_finish_job(struct pc_copier *c);

#endif
