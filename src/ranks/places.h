/* SPDX-License-Identifier: MIT
 *
 * places.h - the places that ranks are asked about, and the exchange of questions and answers.
 *
 * A place is an operand, the directory that holds it, or the directory that will hold its copy. */
#ifndef PC_RANKS_PLACES_H
#define PC_RANKS_PLACES_H

#include "ranks/greeting.h"
#include "ranks/view.h"

enum pc_place_kind { PC_PLACE_SOURCE_ANCHOR, PC_PLACE_TARGET_ANCHOR, PC_PLACE_SOURCE };

struct pc_place {
	enum pc_place_kind kind;
	const struct pc_root *root;
	char *path; /* absolute */
	bool follow;
	bool unproven; /* a rank sees another device number */
	struct pc_view ours;
	char *probe; /* a name in it that other ranks must see; or NULL */
};

struct pc_places {
	struct pc_ranks *ranks;
	const struct pc_greeting *greeting;
	struct pc_place *place;
	unsigned count;
	bool refused;
	bool links_reported;
	struct pc_view *theirs; /* [ranks * count] */
};

/* Collects and examines all places of a run.  Returns 0 or -ENOMEM; call pc_places_done() in any
 * case. */
int pc_places_find(struct pc_places *p);
void pc_places_done(struct pc_places *p);

/* Reports something about rank `i` + 1, and records whether it can take part. */
void pc_places_report(struct pc_places *p, unsigned i, const struct pcopy_event *what);

/* Reports a problem with a place.  For each side only a rank's first one is reported, because
 * entries below share it. */
void pc_place_refuse(struct pc_places *p, unsigned i, const struct pc_place *place,
                     enum pcopy_step step, int errnum);

/* Sends a message to all ranks.  Returns 0 or negative errno. */
int pc_places_send(struct pc_places *p, const struct pc_wire *w);

/* Processes one rank's answer.  Returns 0, or negative errno, which ends the communication. */
typedef int (*pc_answer_fn)(struct pc_places *p, unsigned i, struct pc_wire_reader *r);

/* Receives an answer of this kind from each rank.  Returns 0 or negative errno. */
int pc_places_answers(struct pc_places *p, enum pc_message kind, pc_answer_fn take);

#endif
