/* SPDX-License-Identifier: MIT
 *
 * places.h - what the ranks of a run are asked about, and the way of questions and answers.
 *
 * A place is each directory that holds an operand or is to hold its copy, and each operand. */
#ifndef PC_RANKS_PLACES_H
#define PC_RANKS_PLACES_H

#include "ranks/greeting.h"
#include "ranks/view.h"

enum pc_place_is { PLACE_SOURCE_TOP, PLACE_TARGET_TOP, PLACE_SOURCE };

struct pc_place {
	enum pc_place_is is;
	const struct pc_root *root;
	char *path; /* absolute */
	bool follow;
	bool doubted; /* a rank sees it by another device number */
	struct pc_view ours;
	char *probe; /* a name in it that others are to see; or NULL */
};

struct pc_places {
	struct pc_ranks *ranks;
	const struct pc_greeting *g;
	struct pc_place *place;
	unsigned count;
	bool refused;
	bool told_of_links;
	struct pc_view *theirs; /* [ranks * count] */
};

/* All places of a run, each looked at.  0 or -ENOMEM; pc_places_done() in any case. */
int pc_places_find(struct pc_places *p);
void pc_places_done(struct pc_places *p);

/* Tells something of rank `i` + 1, and remembers whether it can take part. */
void pc_places_tell(struct pc_places *p, unsigned i, const struct pcopy_event *what);

/* Tells what is wrong with a place: of each side a rank is told the first trouble, as what lies
 * below has it, too. */
void pc_place_refuse(struct pc_places *p, unsigned i, const struct pc_place *place,
                     enum pcopy_step step, int errnum);

/* Sends a message to all ranks.  0 or negative errno. */
int pc_places_send(struct pc_places *p, const struct pc_wire *w);

/* Takes what one rank answered: 0, or negative errno, which is the transport's end. */
typedef int (*pc_answer_fn)(struct pc_places *p, unsigned i, struct pc_wire_reader *r);

/* Takes an answer of this kind from each rank.  0 or negative errno. */
int pc_places_answers(struct pc_places *p, enum pc_message kind, pc_answer_fn take);

#endif
