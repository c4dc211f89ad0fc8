/* SPDX-License-Identifier: MIT */
/* run.c - start and end of a run, whatever its purpose.
 *
 * At the start everything that can refuse the run comes before what creates something in the
 * targets: libraries and threads, then what the ranks see, then the operands, whose parents are
 * created with PCOPY_ADD_PARENTS. pc_run_end() undoes whatever pc_run_begin() did, however far it
 * came. */
#include "run/run.h"

#include "base/sys.h"
#include "check/check.h"
#include "run/pool.h"
#include "run/ranks.h"
#include "run/report.h"
#include "sys/ring.h"

#include <errno.h>
#include <time.h>

/* An error that ended a pass (negative) is graver than what a pass found. */
int pc_graver(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? a : b;
	return a > b ? a : b;
}

static int manifest_failed(struct pcopy *copy, int error)
{
	struct pcopy_event event = {.type = PCOPY_EVENT_ERROR,
	                            .step = PCOPY_STEP_MANIFEST,
	                            .errnum = error,
	                            .src = copy->options.manifest,
	                            .dst = copy->options.manifest,
	                            .count = 1};

	if (copy->options.on_event)
		copy->options.on_event(copy->options.userdata, &event);
	return PCOPY_FAILED;
}

/* Checks libraries and threads.  Returns 0 or negative errno. */
static int can_run(const struct pcopy *copy, enum pc_purpose purpose)
{
	const struct pcopy_options *o = &copy->options;
	bool archive = o->verify == PCOPY_VERIFY_ARCHIVE;
	bool forks = archive || (!copy->ranks && pc_pool_ops(o->pool)->forks);

	if (copy->ranks &&
	    purpose == PC_TO_CHECK) /* the index of entries seen is in this process */
		return -EINVAL;
	if (archive && purpose != PC_TO_CHECK && !pc_check_has_archive())
		return -ENOTSUP;
	if ((o->manifest || o->digest || purpose == PC_TO_CHECK) && !pc_check_has_crypto())
		return -ENOTSUP;
	return forks && pc_pool_is_unsafe() ? -EBUSY : 0;
}

/* Opens the manifest before anything is copied, since that may fail.  It is truncated only when
 * written. */
static int manifest_open(struct pcopy *copy, struct pc_run *run, enum pc_purpose purpose)
{
	const char *file = copy->options.manifest;

	if (!file || purpose == PC_TO_CHECK)
		return 0;
	run->manifest = fopen(file, "ae");
	return run->manifest ? 0 : manifest_failed(copy, errno);
}

int pcopy_pool_refused(enum pcopy_pool pool)
{
	return pool == PCOPY_POOL_COROUTINES ? -pc_ring_refused() : 0;
}

/* If coroutines are not available, switches to threads. */
static int pool_choose(struct pcopy *copy)
{
	struct pcopy_options *o = &copy->options;
	struct pcopy_event event = {.type = PCOPY_EVENT_FALLBACK};

	copy->report.asked = o->pool;
	event.errnum = pcopy_pool_refused(o->pool);
	if (event.errnum == 0)
		return 0;
	if (o->no_fallback)
		return -event.errnum;
	pc_options_to_threads(copy);
	event.count = pc_options_workers(o);
	if (o->on_event)
		o->on_event(o->userdata, &event);
	return 0;
}

/* ---- Ranks ---- */

static bool has_parents(const struct pcopy *copy)
{
	for (unsigned i = 0; i < copy->operand_count; i++) {
		if (copy->operand[i].flags & PCOPY_ADD_PARENTS)
			return true;
	}
	return false;
}

static bool run_writes(const struct pcopy *copy, enum pc_purpose purpose)
{
	return purpose == PC_TO_COPY && !copy->options.dry_run;
}

/* Resolving operands creates their parents, but ranks must be asked before anything is created.
 * So this resolves them as a dry run, and asks about what exists. */
static int ranks_ask_ahead(struct pcopy *copy, enum pc_purpose purpose)
{
	struct pcopy_options options = copy->options;
	struct pc_counts counts = {0};
	const struct pc_operand_sink sink = {.counts = &counts}; /* the real run reports it */
	struct pc_run run = {0};
	int r;

	options.dry_run = true;
	r = pc_operands_resolve(&options, false, copy->operand, copy->operand_count, &sink,
	                        &run.operands);
	if (r == -EINVAL) /* the real run reports it */
		return 0;
	if (r < 0)
		return r;
	run.root = pc_operands_roots(run.operands, &run.root_count, &run.parent_count);
	r = pc_run_greet(copy, &run, run_writes(copy, purpose));
	pc_operands_free(run.operands);
	return r;
}

/* Everything that must hold before operands are examined.  Returns 0 or negative errno. */
static int run_prepare(struct pcopy *copy, enum pc_purpose purpose, struct pc_run *run)
{
	const struct pcopy_options *o = &copy->options;
	int r;

	if (copy->ran || (o->names && copy->operand_count != 1))
		return -EINVAL;
	copy->ran = true;
	r = pool_choose(copy);
	if (r == 0)
		r = can_run(copy, purpose);
	if (r < 0)
		return r;
	if (clock_gettime(CLOCK_REALTIME, &run->started) < 0)
		return -errno;
	if (o->preserve & (PCOPY_KEEP_XATTR | PCOPY_KEEP_MODE))
		pc_attribute_rules_read(&run->attributes, PC_ATTRIBUTES_FILE);
	return 0;
}

/* Resolves the operands, and counts the refused ones.  Returns 0 or negative errno. */
static int operands_find(struct pcopy *copy, enum pc_purpose purpose, struct pc_run *run)
{
	const struct pcopy_options *o = &copy->options;
	const struct pc_operand_sink sink = {o->userdata, o->on_event, &copy->result.counts};
	int r = pc_operands_resolve(o, purpose != PC_TO_COPY, copy->operand, copy->operand_count,
	                            &sink, &run->operands);

	if (r < 0)
		return r;
	run->root = pc_operands_roots(run->operands, &run->root_count, &run->parent_count);
	pc_report_run(copy, &copy->result);
	return 0;
}

/* With ranks the manifest is opened after they have agreed, so that a refused run leaves no empty
 * file.  A handle runs once, as its report and its counts are those of one run. */
int pc_run_begin(struct pcopy *copy, enum pc_purpose purpose, struct pc_run *run)
{
	bool ahead = copy->ranks && run_writes(copy, purpose) && has_parents(copy);
	int r;

	*run = (struct pc_run){0};
	r = run_prepare(copy, purpose, run);
	if (r == 0 && ahead)
		r = ranks_ask_ahead(copy, purpose);
	else if (r == 0 && !copy->ranks)
		r = manifest_open(copy, run, purpose);
	if (r == 0)
		r = operands_find(copy, purpose, run);
	if (r != 0 || !copy->ranks)
		return r;
	r = ahead ? 0 : pc_run_greet(copy, run, run_writes(copy, purpose));
	return r == 0 ? manifest_open(copy, run, purpose) : r;
}

/* A manifest below a target may have been deleted. */
static int manifest_close(struct pcopy *copy, struct pc_run *run)
{
	bool removed = pc_is_removed(fileno(run->manifest), copy->options.manifest);

	if (fclose(run->manifest) != 0)
		return manifest_failed(copy, errno);
	return removed ? manifest_failed(copy, ENOENT) : 0;
}

int pc_run_end(struct pcopy *copy, struct pc_run *run, int r)
{
	r = pc_run_report_fault(copy, r);
	if (pc_report_ranks(copy) < 0 && r == 0)
		r = -ENOMEM;
	if (run->manifest)
		r = pc_graver(r, manifest_close(copy, run));
	pc_attribute_rules_done(&run->attributes);
	pc_path_set_done(&run->not_copied);
	pc_path_set_done(&run->different);
	pc_path_set_done(&run->listed);
	pc_path_set_done(&run->obstacles);
	pc_operands_free(run->operands);
	return r;
}
