/* SPDX-License-Identifier: MIT
 *
 * places.c - the places that ranks are asked about, and the exchange of questions and answers.
 *
 * Each rank answers each question once; whatever else it sends, or its exit, ends the greeting.
 * The wait has no limit but a cancel: a rank may be blocked on a file server, which is reported. */
#include "ranks/places.h"

#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Interval of checking whether the run was canceled. */
#define POLL_MS 200

/* ---- Places ---- */

static char *path_absolute(const struct pc_ranks *ranks, const char *dir, const char *name)
{
	struct pc_buffer path = {0};
	int r = *dir == '/' ? 0 : pc_buffer_add(&path, ranks->cwd, strlen(ranks->cwd));

	if (r == 0 && strcmp(dir, "/") == 0)
		r = pc_buffer_add(&path, "", 0);
	else if (r == 0 && *dir == '/')
		r = pc_buffer_add(&path, dir, strlen(dir));
	else if (r == 0 && strcmp(dir, ".") != 0)
		r = pc_buffer_add_name(&path, dir);
	if (r == 0 && name) /* at "/" this is the only slash */
		r = pc_buffer_add(&path, "/", 1);
	if (r == 0 && name)
		r = pc_buffer_add(&path, name, strlen(name));
	if (r == 0 && path.len == 0)
		r = pc_buffer_add(&path, "/", 1);
	if (r == 0)
		return path.data;
	pc_buffer_done(&path);
	return NULL;
}

/* Shortens the path of something that will be created to its nearest existing parent. */
static void path_climb(char *path)
{
	struct stat st;
	char *slash;

	while (stat(path, &st) < 0 && errno == ENOENT && (slash = strrchr(path, '/'))) {
		if (slash == path) {
			slash[1] = '\0';
			return;
		}
		*slash = '\0';
	}
}

static int place_add(struct pc_places *p, enum pc_place_kind kind, const struct pc_root *root)
{
	struct pc_place *place = &p->place[p->count];
	const struct pc_anchor *anchor =
		kind == PC_PLACE_TARGET_ANCHOR ? root->dst_anchor : root->src_anchor;

	place->kind = kind;
	place->root = root;
	place->follow = kind != PC_PLACE_SOURCE || pc_follows_operands(p->greeting->options);
	place->path = path_absolute(p->ranks, anchor->path,
	                            kind == PC_PLACE_SOURCE ? root->src_name : NULL);
	if (!place->path)
		return -ENOMEM;
	if (kind == PC_PLACE_TARGET_ANCHOR && anchor->absent)
		path_climb(place->path);
	pc_view_look(place->path, place->follow, &place->ours);
	p->count++;
	return 0;
}

/* Directories shared by consecutive operands are asked for once. */
int pc_places_find(struct pc_places *p)
{
	const struct pc_root *root = p->greeting->root;
	int r = 0;

	p->place = calloc(3 * (size_t)p->greeting->count + 1, sizeof(*p->place));
	if (!p->place)
		return -ENOMEM;
	for (unsigned i = 0; i < p->greeting->count && r == 0; i++) {
		if (i == 0 || root[i].src_anchor != root[i - 1].src_anchor)
			r = place_add(p, PC_PLACE_SOURCE_ANCHOR, &root[i]);
		if (r == 0 && (i == 0 || root[i].dst_anchor != root[i - 1].dst_anchor))
			r = place_add(p, PC_PLACE_TARGET_ANCHOR, &root[i]);
		if (r == 0)
			r = place_add(p, PC_PLACE_SOURCE, &root[i]);
	}
	if (r == 0)
		p->theirs = calloc((size_t)p->ranks->count * p->count + 1, sizeof(*p->theirs));
	return r == 0 && !p->theirs ? -ENOMEM : r;
}

void pc_places_done(struct pc_places *p)
{
	for (unsigned i = 0; i < p->count; i++) {
		free(p->place[i].path);
		free(p->place[i].probe);
	}
	free(p->place);
	free(p->theirs);
}

/* ---- Reports ---- */

static bool step_is_warning(enum pcopy_step step)
{
	return step == PCOPY_STEP_LINK || step == PCOPY_STEP_SILENT;
}

void pc_places_report(struct pc_places *p, unsigned i, const struct pcopy_event *what)
{
	struct pcopy_event event = *what;

	event.type = PCOPY_EVENT_RANK;
	event.kind = PCOPY_DIRECTORY;
	event.rank = i + 1;
	event.host = p->ranks->rank[i].host;
	event.count = 1;
	if (!event.src)
		event.src = event.dst = "";
	p->refused = p->refused || !step_is_warning(event.step);
	p->greeting->report(p->greeting->data, &event);
}

/* For each side only a rank's first problem is reported: entries below share it. */
void pc_place_refuse(struct pc_places *p, unsigned i, const struct pc_place *place,
                     enum pcopy_step step, int errnum)
{
	bool target = place->kind == PC_PLACE_TARGET_ANCHOR;
	bool *reported =
		target ? &p->ranks->rank[i].target_reported : &p->ranks->rank[i].source_reported;

	if (*reported)
		return;
	*reported = true;
	pc_places_report(
		p, i,
		&(struct pcopy_event){
			.step = step, .errnum = errnum, .src = place->path, .dst = place->path});
}

/* ---- Messages to and from all ranks ---- */

int pc_places_send(struct pc_places *p, const struct pc_wire *w)
{
	int r = 0;

	for (unsigned i = 0; i < p->ranks->count && r == 0; i++)
		r = pc_ranks_send_to(p->ranks, i, w);
	return r;
}

/* A rank that is blocked on a file server does not answer. */
static void silence_report(struct pc_places *p)
{
	for (unsigned i = 0; i < p->ranks->count; i++) {
		if (!p->ranks->rank[i].answered)
			pc_places_report(p, i, &(struct pcopy_event){.step = PCOPY_STEP_SILENT});
	}
}

/* Processes a rank's answer, or its exit if `r` is NULL.  Returns 1, or negative errno. */
static int rank_answer_take(struct pc_places *p, unsigned i, struct pc_wire_reader *r,
                            pc_answer_fn take)
{
	bool answers = r && !p->ranks->rank[i].answered && take(p, i, r) == 0;

	p->ranks->rank[i].answered = true;
	if (answers)
		return 1;
	pc_ranks_note_fault(p->ranks, i, r ? PCOPY_STEP_NO_MESSAGE : PCOPY_STEP_GONE, 0);
	return r ? -EBADMSG : -EPIPE;
}

/* Waits for an answer.  Returns 1, 0 without one, or negative errno. */
static int answer_wait(struct pc_places *p, enum pc_message kind, pc_answer_fn take)
{
	const struct pcopy_transport *t = p->ranks->transport;
	struct pc_wire_reader reader;
	const void *bytes;
	unsigned rank;
	size_t len;
	int r = t->receive(t->data, POLL_MS, -1, &rank, &bytes, &len);

	if (r <= 0 && r != -EPIPE)
		return r;
	if (rank == 0 || rank > p->ranks->count)
		return -EBADMSG;
	if (r == -EPIPE)
		return rank_answer_take(p, rank - 1, NULL, take);
	if (pc_message_open(bytes, len, &reader) != kind)
		reader.broken = true;
	return rank_answer_take(p, rank - 1, &reader, take);
}

/* Receives an answer of this kind from each rank. */
int pc_places_answers(struct pc_places *p, enum pc_message kind, pc_answer_fn take)
{
	uint64_t report_ns = pc_now_ns() + p->ranks->silence_ms * PC_NS_PER_MS;
	unsigned left = p->ranks->count;
	int r = 0;

	for (unsigned i = 0; i < p->ranks->count; i++)
		p->ranks->rank[i].answered = false;
	while (left > 0 && r >= 0) {
		if (p->greeting->is_canceled(p->greeting->data))
			return -ECANCELED;
		if (pc_now_ns() >= report_ns) {
			silence_report(p);
			report_ns = UINT64_MAX;
		}
		r = answer_wait(p, kind, take);
		left -= r > 0;
	}
	return r < 0 ? r : 0;
}
