/* SPDX-License-Identifier: MIT */
/* fault.c - fault [--thorough] [--every=N] [SCENARIO]...: every call fails once, in each
 * way that it can, and every worker dies at every call.  TAP on standard output.
 *
 * The number of the call that fails goes from 1 up to a run that is over before it.
 * Without --thorough only some of the numbers are tried, others at each scenario. */
#include "run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARCHIVE                                                                                    \
	(PCOPY_KEEP_MODE | PCOPY_KEEP_OWNER | PCOPY_KEEP_TIMES | PCOPY_KEEP_LINKS |                \
	 PCOPY_KEEP_XATTR)
#define CHUNK_BYTES 40000
#define OPTIONS .size = sizeof(struct pcopy_options), .chunk_bytes = CHUNK_BYTES

static const struct scenario scenarios[] = {
	{.name = "plain", .options = {OPTIONS}},
	{.name = "archive", .options = {OPTIONS, .preserve = ARCHIVE}},
	{.name = "network", .options = {OPTIONS, .preserve = ARCHIVE}, .network = true},
	{.name = "closed",
         .options = {OPTIONS, .preserve = ARCHIVE},
         .network = true,
         .rows = {"close"},
         .all = true},
	{.name = "sparse", .options = {OPTIONS, .preserve = ARCHIVE, .sparse = PCOPY_ALWAYS}},
	{.name = "flags",
         .options = {OPTIONS, .preserve = ARCHIVE | PCOPY_KEEP_FLAGS},
         .rows = {"ioctl", "fcntl", "openat"}},
	{.name = "overwrite", .options = {OPTIONS, .preserve = ARCHIVE}, .existing = true},
	{.name = "atomic",
         .options = {OPTIONS, .preserve = ARCHIVE, .atomic = PCOPY_ALWAYS,
                     .fsync = PCOPY_FSYNC_FILE},
         .existing = true},
	{.name = "resume", .options = {OPTIONS, .preserve = ARCHIVE, .resume = true}},
	{.name = "synced",
         .options = {OPTIONS, .fsync = PCOPY_FSYNC_END},
         .rows = {"syncfs", "openat"}},
	{.name = "backup",
         .options = {OPTIONS, .preserve = ARCHIVE, .backup = PCOPY_BACKUP_SIMPLE},
         .existing = true,
         .suffix = "~"},
	{.name = "numbered",
         .options = {OPTIONS, .backup = PCOPY_BACKUP_NUMBERED},
         .existing = true,
         .suffix = ".~1~"},
	{.name = "remove",
         .options = {OPTIONS, .preserve = ARCHIVE, .remove_destination = true},
         .existing = true},
	{.name = "update",
         .options = {OPTIONS, .preserve = ARCHIVE, .update = PCOPY_UPDATE_OLDER},
         .existing = true},
	{.name = "new", .options = {OPTIONS, .preserve = ARCHIVE, .update = PCOPY_UPDATE_NONE}},
	{.name = "followed", .options = {OPTIONS, .dereference = PCOPY_DEREFERENCE_ALWAYS}},
	{.name = "listed", .options = {OPTIONS, .preserve = ARCHIVE}, .listed = true},
	{.name = "link", .options = {OPTIONS, .make = PCOPY_MAKE_HARD_LINKS}},
	{.name = "link-over",
         .options = {OPTIONS, .make = PCOPY_MAKE_HARD_LINKS, .force = true},
         .existing = true},
	{.name = "delete",
         .options = {OPTIONS, .preserve = ARCHIVE, .fsync = PCOPY_FSYNC_FILE,
                     .delete_extraneous = true},
         .existing = true,
         .surplus = true},
	{.name = "ruled",
         .options = {OPTIONS, .preserve = ARCHIVE, .gitignore = true, .delete_extraneous = true},
         .existing = true,
         .surplus = true,
         .ruled = true,
         .rows = {"malloc", "openat", "openat2"}},
	{.name = "dropped",
         .options = {OPTIONS, .preserve = ARCHIVE, .gitignore = true, .delete_extraneous = true,
                     .delete_flags = PCOPY_DELETE_EXCLUDED},
         .existing = true,
         .surplus = true,
         .ruled = true,
         .rows = {"malloc", "openat", "openat2"}},
	{.name = "wide",
         .options = {OPTIONS, .preserve = ARCHIVE},
         .wide = true,
         .rows = {"getdents64", "openat2", "seek", "mkdirat", "malloc"},
         .every = 101},
};

static bool thorough;
static unsigned step = 17;
static unsigned tests, failures;

/* ---- Sweeps ---- */

/* What a sweep over the numbers of calls came to. */
struct sweep {
	const struct scenario *scenario;
	struct tree *tree;
	enum pcopy_pool pool;
	uint64_t runs, met, wrong, last;
	uint64_t ended[3]; /* complete, with entries that failed, given up */
};

static void judge(struct sweep *s, const struct outcome *o)
{
	s->runs++;
	s->met += o->fired;
	if (o->fired)
		s->ended[o->result < 0 ? 2 : o->result]++;
	if (!o->wrong[0])
		return;
	if (s->wrong++ < 20)
		printf("# %s (%s), %s: %s\n", s->scenario->name, pcopy_pool_name(s->pool), o->fault,
		       o->wrong);
}

/* Every error of one call.  False: the run was over before it. */
static bool fail_call(struct sweep *s, uint64_t number)
{
	struct outcome o = {.errors = 1};
	bool met = false;

	injection->target = number;
	for (injection->error = 0; injection->error < o.errors; injection->error++) {
		run_once(s->scenario, s->tree, s->pool, &o);
		judge(s, &o);
		met = met || o.fired;
	}
	return met;
}

/* A worker that dies takes nothing with it: its job is done again. */
static bool die_at_call(struct sweep *s, uint64_t number)
{
	static const int by[] = {SIGKILL, SIGSEGV};
	struct outcome o;

	injection->target = number;
	injection->signal = by[number % 2];
	run_once(s->scenario, s->tree, s->pool, &o);
	if (!o.wrong[0] && o.fired && (o.result != 0 || o.replaced > 1))
		snprintf(o.wrong, sizeof(o.wrong), "status %d, %u workers replaced", o.result,
		         o.replaced);
	judge(s, &o);
	return o.fired;
}

static void report(struct sweep *s, const char *what)
{
	tests++;
	failures += s->wrong > 0;
	printf("%sok %u - %s: %s (%s): %lu runs, %lu faults met: %lu complete, %lu told, %lu "
	       "ended\n",
	       s->wrong ? "not " : "", tests, s->scenario->name, what, pcopy_pool_name(s->pool),
	       s->runs, s->met, s->ended[0], s->ended[1], s->ended[2]);
	fflush(stdout);
}

static void sweep(const struct scenario *scenario, struct tree *tree, enum pcopy_pool pool,
                  const char *what, bool (*at)(struct sweep *, uint64_t))
{
	struct sweep s = {.scenario = scenario, .tree = tree, .pool = pool};
	unsigned every =
		(scenario->every ? scenario->every : 1) * (thorough || scenario->all ? 1 : step);
	/* others in each sweep, and the same ones each time */
	uint64_t number = every > 1 ? 1 + tests * 5 % every : 1;

	injection->rows = 0;
	for (int i = 0; i < 6 && scenario->rows[i]; i++)
		injection->rows |= injection_row_bit(scenario->rows[i]);
	while (at(&s, number))
		number += every;
	report(&s, what);
}

/* Whether a whole run of one kind is complete. */
static void try_once(const struct scenario *scenario, struct tree *tree, enum pcopy_pool pool,
                     enum action action, const char *rows, const char *what)
{
	struct sweep s = {.scenario = scenario, .tree = tree, .pool = pool};
	struct outcome o;

	injection->action = action;
	injection->rows = rows ? injection_row_bit(rows) : 0;
	injection->target = 2;
	run_once(scenario, tree, pool, &o);
	if (!o.wrong[0] && o.result != 0)
		snprintf(o.wrong, sizeof(o.wrong), "status %d", o.result);
	judge(&s, &o);
	report(&s, what);
}

static void try_pool(const struct scenario *scenario, struct tree *tree, enum pcopy_pool pool)
{
	try_once(scenario, tree, pool, ACTION_NONE, NULL, "without a fault");
	try_once(scenario, tree, pool, ACTION_INTERRUPT, NULL, "interrupted twice in a row");
	try_once(scenario, tree, pool, ACTION_SHORT, NULL, "a thousand bytes at a time");
	try_once(scenario, tree, pool, ACTION_ZERO, "copy_file_range", "an offload that stops");
	injection->action = ACTION_FAIL;
	sweep(scenario, tree, pool, "each call fails", fail_call);
	injection->action = ACTION_FAIL_ON;
	sweep(scenario, tree, pool, "and all such after it", fail_call);
	if (pool != PCOPY_POOL_PROCESSES && pool != PCOPY_POOL_HYBRID)
		return;
	injection->action = ACTION_DIE;
	sweep(scenario, tree, pool, "a worker dies before a call", die_at_call);
	injection->action = ACTION_DIE_AFTER;
	sweep(scenario, tree, pool, "and after one", die_at_call);
}

/* ---- Scenarios ---- */

static void try_scenario(const struct scenario *scenario, const char *base)
{
	static const enum pcopy_pool pools[] = {PCOPY_POOL_SERIAL, PCOPY_POOL_PROCESSES,
	                                        PCOPY_POOL_COROUTINES, PCOPY_POOL_THREADS,
	                                        PCOPY_POOL_HYBRID};
	struct tree tree = {0};

	if (mkdir(scenario->name, 0755) < 0 || chdir(scenario->name) < 0) {
		perror(scenario->name);
		exit(99);
	}
	run_prepare(scenario, &tree);
	for (int i = 0; i < (thorough ? 5 : 3); i++)
		try_pool(scenario, &tree, pools[i]);
	if (chdir(base) < 0)
		exit(99);
	tree_remove(scenario->name);
}

static bool is_chosen(const struct scenario *scenario, char **names, int count)
{
	for (int i = 0; i < count; i++) {
		if (strcmp(names[i], scenario->name) == 0)
			return true;
	}
	return count == 0;
}

/* Thousands of trees are made: in memory, where nothing else is said. */
static const char *place(void)
{
	const char *tmp = getenv("TMPDIR");

	if (tmp)
		return tmp;
	return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}

int main(int argc, char **argv)
{
	char base[256];
	int first = 1;

	for (; first < argc && argv[first][0] == '-'; first++) {
		if (strcmp(argv[first], "--thorough") == 0)
			thorough = true;
		else if (sscanf(argv[first], "--every=%u", &step) != 1 || step == 0)
			return 2;
	}
	snprintf(base, sizeof(base), "%s/pcopy-fault.XXXXXX", place());
	umask(022);
	if (!mkdtemp(base) || chdir(base) < 0) {
		perror(base);
		return 99;
	}
	injection_init();
	injection->thorough = thorough;
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		if (is_chosen(&scenarios[i], argv + first, argc - first))
			try_scenario(&scenarios[i], base);
	}
	tree_remove(base);
	(void)rmdir(base);
	printf("1..%u\n", tests);
	return failures > 0 && !getenv("PCOPY_TEST_MESON");
}
