/* SPDX-License-Identifier: MIT */
/* sample.c - the directories of the source that were listed ahead of the copy.
 *
 * A parent has a lower index than its children: a pass up the array visits parents first, a pass
 * down visits children first. */
#include "plan/sample.h"

#include "base/path.h"
#include "base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HASH_SIZE (PC_SAMPLE_MAX * 2)

void pc_sample_done(struct pc_sample *s)
{
	free(s->node);
	free(s->hash);
	pc_buffer_done(&s->names);
	*s = (struct pc_sample){0};
}

/* ---- Nodes ---- */

static uint32_t bucket_of(uint32_t up, uint32_t root, const char *name)
{
	return (uint32_t)(pc_name_hash(name, up == PC_SAMPLE_NONE ? root : up) % HASH_SIZE);
}

static bool sample_grow(struct pc_sample *s)
{
	uint32_t cap = s->cap ? s->cap * 2 : 256;
	struct pc_sample_node *node;

	if (!s->hash) {
		s->hash = malloc(HASH_SIZE * sizeof(*s->hash));
		if (!s->hash)
			return false;
		memset(s->hash, 0xff, HASH_SIZE * sizeof(*s->hash)); /* PC_SAMPLE_NONE */
	}
	node = realloc(s->node, cap * sizeof(*node));
	if (!node)
		return false;
	s->node = node;
	s->cap = cap;
	return true;
}

static uint32_t node_find(struct pc_sample *s, uint32_t up, uint32_t root, const char *name)
{
	uint32_t bucket = bucket_of(up, root, name), n = s->hash ? s->hash[bucket] : PC_SAMPLE_NONE;

	while (n != PC_SAMPLE_NONE && (s->node[n].up != up || s->node[n].root != root ||
	                               strcmp(s->names.data + s->node[n].name, name) != 0))
		n = s->node[n].same_hash;
	if (n != PC_SAMPLE_NONE || s->count == PC_SAMPLE_MAX ||
	    (s->count == s->cap && !sample_grow(s)) ||
	    pc_buffer_add(&s->names, name, strlen(name) + 1) < 0)
		return n;
	n = s->count++;
	s->node[n] = (struct pc_sample_node){
		.up = up,
		.root = root,
		.same_hash = s->hash[bucket],
		.name = (uint32_t)(s->names.len - strlen(name) - 1),
		.depth = up == PC_SAMPLE_NONE ? 0 : (uint16_t)(s->node[up].depth + 1),
	};
	s->hash[bucket] = n;
	return n;
}

uint32_t pc_sample_root(struct pc_sample *s, uint32_t root)
{
	return node_find(s, PC_SAMPLE_NONE, root, "");
}

uint32_t pc_sample_child(struct pc_sample *s, uint32_t up, const char *name)
{
	return up == PC_SAMPLE_NONE ? PC_SAMPLE_NONE : node_find(s, up, s->node[up].root, name);
}

void pc_sample_list(struct pc_sample *s, uint32_t n, uint32_t others, uint32_t children,
                    const char *names, size_t len)
{
	uint32_t nodes = 0;

	for (size_t pos = 0; pos < len; pos += strlen(names + pos) + 1)
		nodes += pc_sample_child(s, n, names + pos + 1) != PC_SAMPLE_NONE;
	pc_estimate_add(&s->estimate, s->node[n].depth, children, others);
	s->listed++;
	s->node[n].listed = true;
	s->node[n].others = others;
	s->node[n].children = children;
	s->node[n].nodes = nodes;
}

int pc_sample_path(const struct pc_sample *s, uint32_t n, char *buf, size_t cap)
{
	size_t at = cap;

	if (s->node[n].up == PC_SAMPLE_NONE)
		at--;
	for (; s->node[n].up != PC_SAMPLE_NONE; n = s->node[n].up) {
		const char *name = s->names.data + s->node[n].name;
		size_t len = strlen(name) + 1;

		if (len > at)
			return -1;
		at -= len;
		memcpy(buf + at, name, len);
		buf[at + len - 1] = '/';
	}
	memmove(buf, buf + at, cap - at);
	buf[cap - at - 1] = '\0';
	return (int)(cap - at - 1);
}

/* ---- Estimates ---- */

static unsigned level_of(unsigned depth)
{
	return depth < PC_LEVELS ? depth : PC_LEVELS - 1;
}

void pc_sample_begin(struct pc_sample *s)
{
	for (uint32_t n = 0; n < s->count; n++)
		s->node[n].waits = false;
	memset(s->unknown, 0, sizeof(s->unknown));
}

void pc_sample_mark(struct pc_sample *s, uint32_t n, unsigned depth, double count)
{
	if (n == PC_SAMPLE_NONE)
		s->unknown[level_of(depth)] += count;
	else
		s->node[n].waits = true;
}

/* From the operands downwards: which nodes are ahead, and their entries without known children. */
static void ahead_refresh(struct pc_sample *s)
{
	memset(s->pending, 0, sizeof(s->pending));
	for (uint32_t n = 0; n < s->count; n++) {
		struct pc_sample_node *node = &s->node[n];

		node->ahead =
			node->waits || (node->up != PC_SAMPLE_NONE && s->node[node->up].ahead);
		if (node->ahead && !node->listed)
			s->pending[level_of(node->depth)]++;
		node->below = pc_estimate_below(&s->estimate, node->depth);
		if (node->listed)
			node->below = node->others + node->children +
			              (node->children - node->nodes) *
			                      pc_estimate_below(&s->estimate, node->depth + 1U);
	}
}

/* From the leaves upwards: adds known children. */
static void below_refresh(struct pc_sample *s)
{
	s->expected = 0;
	for (uint32_t n = s->count; n-- > 0;) {
		const struct pc_sample_node *node = &s->node[n];

		if (node->up != PC_SAMPLE_NONE && s->node[node->up].listed)
			s->node[node->up].below += node->below;
		if (node->waits)
			s->expected += node->below;
	}
}

void pc_sample_refresh(struct pc_sample *s)
{
	double unlisted = 0;

	ahead_refresh(s);
	below_refresh(s);
	for (unsigned i = 0; i < PC_LEVELS; i++) {
		const struct pc_level *level = &s->estimate.level[i];

		s->expected += s->unknown[i] * pc_estimate_below(&s->estimate, i);
		unlisted += s->pending[i] + s->unknown[i];
		s->unlisted[i] = unlisted;
		unlisted *= level->listed > 0 ? level->directories / level->listed : 1;
	}
}

/* The errors of different depths are independent, so their squares are added. */
double pc_sample_unsure(struct pc_sample *s)
{
	double sum = 0;

	for (unsigned i = 0; i < PC_LEVELS; i++) {
		double error = s->unlisted[i] * pc_estimate_error(&s->estimate, i);

		sum += error * error;
	}
	return sqrt(sum);
}

double pc_sample_trust(const struct pc_sample *s)
{
	double ahead = 0;

	for (unsigned i = 0; i < PC_LEVELS; i++)
		ahead += s->pending[i] + s->unknown[i];
	return ahead > 0 && s->listed < PC_SAMPLE_MIN ? s->listed / PC_SAMPLE_MIN : 1;
}

/* ---- Choosing ---- */

/* Divides `most` listings between depths: first depths without any listing, upper ones before lower
 * ones; then where one more reduces the error most.  If the names of a depth's directories are not
 * known yet, its part is left for the next job. */
static void levels_deal(struct pc_sample *s, unsigned *take, unsigned most)
{
	memset(take, 0, PC_LEVELS * sizeof(*take));
	for (; most > 0; most--) {
		unsigned best = PC_LEVELS;
		double most_weight = 0;

		for (unsigned i = 0; i < PC_LEVELS; i++) {
			double listed = s->estimate.level[i].listed + take[i];
			double all = s->unlisted[i] - take[i];
			double weight =
				all * (1 + pc_estimate_below(&s->estimate, i)) / (listed + 0.01);

			if (weight > most_weight) {
				best = i;
				most_weight = weight;
			}
		}
		if (best == PC_LEVELS)
			break;
		take[best]++;
	}
	for (unsigned i = 0; i < PC_LEVELS; i++)
		take[i] = take[i] < s->pending[i] ? take[i] : s->pending[i];
}

/* Knuth, The Art of Computer Programming, 3.4.2, algorithm S: all nodes of a depth are equally likely
 * to be chosen.  The seed is the number of listed nodes, so that runs of one tree are alike. */
unsigned pc_sample_choose(struct pc_sample *s, uint32_t *chosen, unsigned most)
{
	unsigned take[PC_LEVELS], left[PC_LEVELS], count = 0;
	uint64_t random = (uint64_t)s->listed;
	uint32_t root = PC_SAMPLE_NONE;

	levels_deal(s, take, most);
	memcpy(left, s->pending, sizeof(left));
	for (uint32_t n = 0; n < s->count; n++) {
		const struct pc_sample_node *node = &s->node[n];
		unsigned i = level_of(node->depth);

		if (!node->ahead || node->listed)
			continue;
		if (pc_random_below(&random, left[i]--) >= take[i])
			continue;
		take[i]--;
		if (root != PC_SAMPLE_NONE && node->root != root)
			continue;
		root = node->root;
		chosen[count++] = n;
	}
	return count;
}
