/* SPDX-License-Identifier: MIT
 *
 * survey.h - finds out what a copy would do, by the rules of the copy itself (`dry_run` of the
 * options). */
#ifndef PC_COPY_SURVEY_H
#define PC_COPY_SURVEY_H

#include "copy/copier.h"

/* On the way down, see struct pc_walk_ops. */
extern const struct pc_walk_ops pc_survey_ops;

/* The job DIRMETA. */
void pc_survey_directories(struct pc_copier *c);

#endif
