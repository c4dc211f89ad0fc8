/* SPDX-License-Identifier: MIT */
/* readback.c - verification after a copy, or without one: comparison, manifest, digest.
 *
 * One pass does all of these, except that libarchive has a pass of its own. Each pass adds to the
 * verification's part of the report. Nothing in the targets is changed. The result of several
 * passes is the gravest of theirs. */
#include "run/readback.h"

#include "base/clock.h"
#include "check/check.h"
#include "check/index.h"
#include "check/manifest.h"
#include "check/records.h"
#include "run/missing.h"
#include "run/pack.h"
#include "run/pool.h"
#include "sys/sys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void readback_worker_started(void *env, unsigned worker)
{
	const struct pc_check_env *check_env = env;
	const struct pcopy_options *o = check_env->options;

	if (o->on_worker_start)
		o->on_worker_start(o->userdata, worker);
}

/* The coordinator must create nothing: no directory metadata, no prompts, no events about entries
 * that are correct. */
static struct pcopy_options options_of_plan(const struct pcopy_options *options)
{
	struct pcopy_options o = *options;

	o.preserve = 0;
	o.verbose = false;
	o.max_errors = 0; /* examine everything */
	o.on_overwrite = NULL;
	return o;
}

static uint64_t sum_of(const struct pc_counts *counts, size_t offset)
{
	uint64_t sum = 0;

	for (int k = 0; k < PCOPY_KINDS; k++)
		sum += *(const uint64_t *)(const void *)((const char *)&counts->entries[k] +
		                                         offset);
	return sum;
}

static void report_counts(struct pcopy *copy, const struct pc_counts *counts)
{
	struct pcopy_verify_report *v = &copy->report.verify;

	v->entries += sum_of(counts, offsetof(struct pcopy_count, copied));
	v->skipped += sum_of(counts, offsetof(struct pcopy_count, skipped));
	v->failed += sum_of(counts, offsetof(struct pcopy_count, failed));
	v->bytes += counts->bytes;
	v->differences += counts->differences;
	v->warm_bytes += counts->warm_bytes;
	v->cold_bytes += counts->cold_bytes;
	if (!copy->result.worker) /* else the copy has counted them */
		memcpy(copy->report.excluded, counts->excluded, sizeof(counts->excluded));
}

/* Called by the coordinator alone, in the order of the answers. */
static int record_take(void *data, const struct pc_item *item)
{
	return pc_records_add(data, item);
}

/* True if differing entries will be copied again, which happens once. */
static bool wants_again(const struct pcopy *copy, const struct pc_run *run)
{
	return copy->options.mismatch == PCOPY_MISMATCH_RECOPY && run->may_recopy && !run->again;
}

/* One pass of the workers over all operands with method `verify`. */
static int pass(struct pcopy *copy, struct pc_run *run, struct pc_check_env *env,
                enum pcopy_verify verify, struct pc_records *records)
{
	bool archive = verify == PCOPY_VERIFY_ARCHIVE;
	struct pcopy_options options = options_of_plan(&copy->options);
	struct pc_plan_config config = {
		.options = &options,
		.root = run->root,
		.root_count = run->root_count,
		.take_record = record_take,
		.record_data = records,
		.not_copied = run->index ? &run->not_copied : NULL,
		.different = wants_again(copy, run) ? &run->different : NULL,
		.temp_name = pc_run_no_temp_name,
		.temp_name_max = 1,
		.own_clock = true,
		.known_counts = copy->result.worker ? &copy->result.counts : NULL,
		.names = options.names,
		.above_by_job = true,
		.shares = archive ? pc_options_workers(&options) : 0,
	};
	struct pc_plan_result result = {0};
	struct pc_work work = archive ? pc_check_archive_work(env) : pc_check_work(env);
	uint64_t start_ns = pc_now_ns();
	int r;

	work.started = readback_worker_started;
	if (copy->ranks)
		pc_pack_check(copy->ranks, env);
	r = pc_run_pool(copy, &config, &work, archive ? PCOPY_POOL_PROCESSES : options.pool,
	                &result);
	copy->report.verify.wall_ns += pc_now_ns() - start_ns;
	report_counts(copy, &result.counts);
	if (r == 0 && result.counts.differences > 0)
		r = PCOPY_DIFFERENT;
	else if (r == 0 && sum_of(&result.counts, offsetof(struct pcopy_count, failed)) > 0)
		r = PCOPY_FAILED;
	pc_plan_result_done(&result);
	return r;
}

/* Compares with libarchive; manifest and digest then need a second pass. */
static int passes(struct pcopy *copy, struct pc_run *run, struct pc_check_env *env,
                  struct pc_records *records)
{
	int r;

	if (!env->compare || copy->options.verify != PCOPY_VERIFY_ARCHIVE)
		return pass(copy, run, env, PCOPY_VERIFY_HASH, records);
	r = pass(copy, run, env, PCOPY_VERIFY_ARCHIVE, NULL);
	if (r < 0 || !env->record)
		return r;
	env->compare = env->both = false;
	return pc_graver(r, pass(copy, run, env, PCOPY_VERIFY_HASH, records));
}

struct digest_sink {
	const struct pcopy_options *options;
	const struct pc_root *root;
};

static void digest_report(void *data, uint32_t root, const char hex[PC_DIGEST_TEXT])
{
	const struct digest_sink *sink = data;

	sink->options->on_digest(sink->options->userdata, sink->root[root].dst, hex);
}

/* Writes the manifest and computes digests from the records. */
static int use_records(struct pcopy *copy, const struct pc_run *run, struct pc_records *records)
{
	struct digest_sink sink = {&copy->options, run->root};
	int r = 0;

	if (run->manifest) {
		(void)pc_sys_ftruncate(fileno(run->manifest),
		                       0); /* fails on a pipe, which is empty */
		r = pc_manifest_write(records, run->root, run->root_count, run->manifest);
	}
	if (r == 0 && copy->options.digest && copy->options.on_digest)
		r = pc_manifest_digest(records, digest_report, &sink);
	return r;
}

/* ---- The whole verification ---- */

/* What the workers read.  Their options are put into `read_options`, which must live as long. */
static struct pc_check_env check_env_of(const struct pcopy *copy, const struct pc_run *run,
                                        enum pc_purpose purpose, struct pcopy_options *read_options)
{
	const struct pcopy_options *o = &copy->options;
	bool single_tree = purpose == PC_TO_DESCRIBE || purpose == PC_TO_CHECK;

	*read_options = *o;
	read_options->verbose = false;           /* the copy has reported excluded entries */
	read_options->delete_extraneous = false; /* the list of source directories is not needed */
	if (single_tree) /* links that are followed in the source are followed in the target */
		read_options->keep_directory_symlink = o->dereference == PCOPY_DEREFERENCE_ALWAYS;
	return (struct pc_check_env){
		.options = read_options,
		.root = run->root,
		.root_count = run->root_count,
		.attributes = &run->attributes,
		.compare = purpose == PC_TO_COMPARE ||
	                   (purpose == PC_TO_COPY && o->verify != PCOPY_VERIFY_NO),
		.both = purpose == PC_TO_COMPARE,
		.single_tree = single_tree,
		.record = (o->manifest || o->digest) && purpose != PC_TO_CHECK,
		.cold = o->verify_cold,
		.not_copied = run->index ? NULL : &run->not_copied,
		.index = run->index,
		.started = run->started,
		.uid = geteuid(),
		.coordinator = getpid(),
	};
}

int pc_read_back(struct pcopy *copy, struct pc_run *run, enum pc_purpose purpose)
{
	struct pcopy_options read_options;
	struct pc_check_env env = check_env_of(copy, run, purpose, &read_options);
	struct pc_records *records = NULL;
	int r = env.record ? pc_records_new(run->root_count, &records) : 0;

	if (r == 0)
		r = passes(copy, run, &env, records);
	if (r >= 0 && run->index)
		r = pc_graver(r, pc_missing_report(copy, run));
	if (r == PCOPY_DIFFERENT && wants_again(copy, run)) {
		pc_records_free(records);
		return r;
	}
	if (r >= 0 && env.record) {
		int used = use_records(copy, run, records);

		r = used < 0 ? used : r;
	}
	pc_records_free(records);
	return r;
}
