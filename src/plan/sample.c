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

#define RANDOM_LIMIT 1048576U

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

/* Listed directories that the copy has reached are a biased sample of those ahead. */
#define WEIGHT_PAST 0.3

/* From the operands downwards: which nodes are ahead; and the listed ones, for the estimate. */
static void ahead_refresh(struct pc_sample *s, unsigned *found)
{
	memset(s->pending, 0, sizeof(s->pending));
	memset(s->sampled, 0, sizeof(s->sampled));
	pc_estimate_clear(&s->estimate);
	for (uint32_t n = 0; n < s->count; n++) {
		struct pc_sample_node *node = &s->node[n];
		unsigned i = level_of(node->depth);

		node->ahead =
			node->waits || (node->up != PC_SAMPLE_NONE && s->node[node->up].ahead);
		if (node->listed)
			pc_estimate_add(&s->estimate, node->depth, node->ahead ? 1 : WEIGHT_PAST,
			                node->children, node->others);
		if (!node->ahead)
			continue;
		s->pending[i] += !node->listed;
		s->sampled[i] += node->listed;
		found[i] += !node->waits;
	}
}

/* From the operands downwards: the number of directories ahead for which each sampled node of a depth
 * stands.  `found`: nodes ahead that are not marked, but children of sampled ones. */
static void represents_refresh(struct pc_sample *s, const unsigned *found)
{
	double up = 1;

	for (unsigned i = 0; i < PC_LEVELS; i++) {
		unsigned nodes = s->pending[i] + s->sampled[i];
		double all = nodes - found[i] + found[i] * up;

		s->represents[i] = s->sampled[i] > 0 ? all / s->sampled[i] : 1;
		up = s->represents[i];
	}
}

/* The entries below each node without those below its known children. */
static void own_refresh(struct pc_sample *s)
{
	for (uint32_t n = 0; n < s->count; n++) {
		struct pc_sample_node *node = &s->node[n];

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
	unsigned found[PC_LEVELS] = {0};
	double unlisted = 0;

	ahead_refresh(s, found);
	represents_refresh(s, found);
	own_refresh(s);
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

/* The size of a node for choosing: the entries for which it stands, of a depth with few sampled nodes
 * more.  0: it cannot be chosen. */
static double node_size(struct pc_sample *s, const struct pc_sample_node *node)
{
	unsigned i = level_of(node->depth);
	double stands = node->waits || i == 0 ? 1 : s->represents[i - 1];

	if (!node->ahead || node->listed)
		return 0;
	return stands * (1 + pc_estimate_below(&s->estimate, node->depth)) / (s->sampled[i] + 0.5);
}

/* The sizes of all nodes of an operand; PC_SAMPLE_NONE: of all. */
static double size_sum(struct pc_sample *s, uint32_t root)
{
	double sum = 0;

	for (uint32_t n = 0; n < s->count; n++) {
		if (root == PC_SAMPLE_NONE || s->node[n].root == root)
			sum += node_size(s, &s->node[n]);
	}
	return sum;
}

static double random_part(uint64_t *random)
{
	return (double)pc_random_below(random, RANDOM_LIMIT) / RANDOM_LIMIT;
}

/* An operand, with a probability in proportion to the sizes of its nodes. */
static uint32_t root_choose(struct pc_sample *s, uint64_t *random)
{
	double left = size_sum(s, PC_SAMPLE_NONE) * random_part(random);
	uint32_t root = PC_SAMPLE_NONE;

	for (uint32_t n = 0; n < s->count && left >= 0; n++) {
		double size = node_size(s, &s->node[n]);

		if (size > 0)
			root = s->node[n].root;
		left -= size;
	}
	return root;
}

/* Systematic sampling with probability in proportion to size: Madow, "On the theory of systematic
 * sampling, II", 1949.  The seed is the number of listed nodes, so that runs of one tree are
 * alike. */
unsigned pc_sample_choose(struct pc_sample *s, uint32_t *chosen, unsigned most)
{
	uint64_t random = (uint64_t)s->listed;
	uint32_t root = root_choose(s, &random);
	double step = size_sum(s, root) / most, next = step * random_part(&random), sum = 0;
	unsigned count = 0;

	for (uint32_t n = 0; n < s->count && count < most; n++) {
		if (s->node[n].root == root)
			sum += node_size(s, &s->node[n]);
		if (sum <= next)
			continue;
		next += step * (1 + (double)(uint64_t)((sum - next) / step));
		chosen[count++] = n;
	}
	return count;
}
