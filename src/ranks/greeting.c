/* SPDX-License-Identifier: MIT
 *
 * greeting.c - checks all ranks before the run: the same program, and the same view of the files.
 *
 * A rank on this machine that sees the same device and inode number sees the same directory.  On
 * other machines, or through another mount, this is less certain: file systems known to be local
 * are refused; otherwise the kinds, types and, if they come from the server, the inode numbers
 * must agree.  As the final proof all ranks look for a name (probe.h). */
#include "ranks/greeting.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/sys.h"
#include "ranks/places.h"
#include "ranks/probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#define XXH_INLINE_ALL /* avoids loading a library at each start */
#include <xxhash.h>

/* ---- Comparison ---- */

static bool is_like_entry(const struct pc_view *a, const struct pc_view *b)
{
	if ((a->mode & S_IFMT) != (b->mode & S_IFMT) || a->magic != b->magic)
		return false;
	return a->stable ? a->ino == b->ino : true;
}

/* If nothing else is known, a source is the same if its time and size are. */
static bool is_like_source(const struct pc_place *place, const struct pc_view *theirs)
{
	return place->kind == PC_PLACE_TARGET_ANCHOR || place->ours.stable ||
	       (place->ours.size == theirs->size && place->ours.mtime_sec == theirs->mtime_sec &&
	        place->ours.mtime_nsec == theirs->mtime_nsec);
}

static void links_warn(struct pc_places *p, unsigned i, const struct pc_place *place)
{
	if (p->links_reported || place->kind == PC_PLACE_TARGET_ANCHOR || place->ours.stable ||
	    !(p->greeting->options->preserve & PCOPY_KEEP_LINKS))
		return;
	p->links_reported = true;
	pc_places_report(p, i,
	                 &(struct pcopy_event){
				 .step = PCOPY_STEP_LINK, .src = place->path, .dst = place->path});
}

/* Why a rank cannot take part that sees the place in another way, or PCOPY_STEP_NONE. */
static enum pcopy_step place_difference(const struct pc_place *place, const struct pc_view *theirs,
                                        bool same_host)
{
	bool target = place->kind == PC_PLACE_TARGET_ANCHOR;
	const struct pc_view *ours = &place->ours;
	bool local = ours->local || theirs->local;

	if (local && !same_host)
		return target ? PCOPY_STEP_LOCAL_TARGET : PCOPY_STEP_LOCAL_SOURCE;
	if (local || !is_like_entry(ours, theirs) || !is_like_source(place, theirs))
		return target ? PCOPY_STEP_OTHER_TARGET : PCOPY_STEP_OTHER_SOURCE;
	return PCOPY_STEP_NONE;
}

static void place_judge(struct pc_places *p, unsigned i, struct pc_place *place,
                        const struct pc_view *theirs)
{
	bool target = place->kind == PC_PLACE_TARGET_ANCHOR,
	     same_host = p->ranks->rank[i].same_host;
	const struct pc_view *ours = &place->ours;
	enum pcopy_step step;

	if (ours->error < 0) /* it has vanished, which the copy will report */
		return;
	if (theirs->error < 0) {
		pc_place_refuse(p, i, place, target ? PCOPY_STEP_STAT_TARGET : PCOPY_STEP_STAT,
		                -theirs->error);
		return;
	}
	if (same_host && ours->dev == theirs->dev && ours->ino == theirs->ino)
		return;
	p->ranks->rank[i].maps_devices = place->unproven = true;
	step = place_difference(place, theirs, same_host);
	if (step != PCOPY_STEP_NONE)
		pc_place_refuse(p, i, place, step, 0);
	else
		links_warn(p, i, place);
}

static void rank_identify(struct pc_places *p, unsigned i, const struct pc_identity *self)
{
	struct pc_rank *rank = &p->ranks->rank[i];
	struct pc_wire ours = {0};
	struct pc_wire_reader r;
	struct pc_identity we;

	pc_identity_put(&ours);
	r = pc_wire_reader_of(ours.bytes.data, ours.bytes.len);
	we = pc_identity_get(&r);
	pc_wire_done(&ours);
	memcpy(rank->boot_id, self->boot_id, sizeof(rank->boot_id));
	rank->same_host = *we.boot_id && strcmp(we.boot_id, self->boot_id) == 0;
	rank->clock_offset_ns = (int64_t)(we.now_ns - self->now_ns);
	if (self->uid != we.uid || self->gid != we.gid)
		pc_places_report(p, i, &(struct pcopy_event){.step = PCOPY_STEP_OTHER_USER});
}

static int hello_take(struct pc_places *p, unsigned i, struct pc_wire_reader *r)
{
	struct pc_identity self = pc_identity_get(r);
	uint64_t count;

	memcpy(p->ranks->rank[i].host, self.host, sizeof(self.host));
	if (!self.same_program) {
		pc_places_report(p, i, &(struct pcopy_event){.step = PCOPY_STEP_OTHER_PROGRAM});
		return 0;
	}
	rank_identify(p, i, &self);
	count = pc_wire_get_number(r, p->count);
	if (count != p->count)
		return -EBADMSG;
	for (unsigned n = 0; n < p->count; n++) {
		struct pc_view *theirs = &p->theirs[(size_t)i * p->count + n];

		*theirs = pc_view_get(r);
		if (!r->broken)
			place_judge(p, i, &p->place[n], theirs);
	}
	return pc_wire_is_whole(r) ? 0 : -EBADMSG;
}

static int greet_send(struct pc_places *p)
{
	struct pc_wire *w = &p->ranks->message;

	pc_message_begin(w, PC_MESSAGE_GREET);
	pc_identity_put(w);
	pc_wire_put_number(w, p->count);
	for (unsigned n = 0; n < p->count; n++) {
		pc_wire_put_string(w, p->place[n].path);
		pc_wire_put_number(w, p->place[n].follow);
	}
	return pc_places_send(p, w);
}

/* ---- The machines ---- */

static int boot_ids_order(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* One machine is identified by its own boot id, so that it can also trust what it did alone
 * before; several by a hash of all boot ids.  If one has none, the identity is unknown. */
static int machines_identify(struct pc_ranks *ranks)
{
	_cleanup_free_ const char **id = calloc(ranks->count, sizeof(*id));
	struct pc_buffer all = {0};
	int r = id ? 0 : -ENOMEM;

	for (unsigned i = 0; i < ranks->count && r == 0; i++)
		id[i] = ranks->rank[i].boot_id;
	if (r == 0)
		qsort(id, ranks->count, sizeof(*id), boot_ids_order);
	for (unsigned i = 0; i < ranks->count && r == 0; i++) {
		if (i == 0 || strcmp(id[i], id[i - 1]) != 0)
			r = pc_buffer_add(&all, id[i], strlen(id[i]) + 1);
	}
	if (r == 0 && !*id[0])
		ranks->machines[0] = '\0';
	else if (r == 0 && strlen(all.data) + 1 == all.len)
		memcpy(ranks->machines, id[0], strlen(id[0]) + 1);
	else if (r == 0)
		(void)snprintf(ranks->machines, sizeof(ranks->machines), "machines %016llx",
		               (unsigned long long)XXH3_64bits(all.data, all.len));
	pc_buffer_done(&all);
	return r;
}

/* ---- Device numbers ---- */

static int welcome_send(struct pc_places *p, unsigned i)
{
	const struct pc_view *theirs = &p->theirs[(size_t)i * p->count];
	struct pc_wire *w = &p->ranks->message;
	unsigned pairs = 0;

	pc_message_begin_run(w, PC_MESSAGE_WELCOME);
	pc_wire_put_number(w, p->ranks->rank[i].maps_devices);
	for (unsigned n = 0; n < p->count; n++) {
		if (p->place[n].ours.error < 0 || theirs[n].error < 0)
			continue;
		pc_wire_put_number(w, theirs[n].dev);
		pc_wire_put_number(w, p->place[n].ours.dev);
		pairs++;
	}
	pc_message_set_count(w, pairs);
	return pc_ranks_send_to(p->ranks, i, w);
}

static int welcome_all(struct pc_places *p)
{
	int r = 0;

	for (unsigned i = 0; i < p->ranks->count && r == 0; i++)
		r = welcome_send(p, i);
	return r;
}

int pc_ranks_greet(struct pc_ranks *ranks, const struct pc_greeting *greeting)
{
	struct pc_places p = {.ranks = ranks, .greeting = greeting};
	int r = pc_places_find(&p);

	if (r == 0)
		r = greet_send(&p);
	if (r == 0)
		r = pc_places_answers(&p, PC_MESSAGE_HELLO, hello_take);
	if (r == 0)
		r = machines_identify(ranks);
	if (r == 0 && !p.refused)
		r = pc_places_prove(&p);
	if (r == 0 && !p.refused)
		r = welcome_all(&p);
	pc_places_done(&p);
	return r == 0 && p.refused ? PCOPY_FAILED : r;
}
