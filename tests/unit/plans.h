/* SPDX-License-Identifier: MIT */
/* plans.h - what tests of the coordinator share: a run over operands that are nowhere, by
 * workers that copy nothing.  What a worker answers is each test's to say. */
#ifndef PC_TESTS_PLANS_H
#define PC_TESTS_PLANS_H

#include "plan/plan.h"

#include "support.h"

#define DEPTH 8U
#define ROOTS 2U

/* ---- The run ---- */

static struct pc_queue queue;
static struct pc_pool pool;
static struct pcopy_options options;
static struct pc_plan_result result;

/* Answers the job.  False: as if it was all done. */
typedef bool (*answer_fn)(struct pc_job *job, char *text, unsigned turn);

static answer_fn answer;
static const struct pcopy_names *listing;  /* of the one operand; or NULL */
UNUSED static bool counts_ahead;           /* its workers count ahead */
static const struct pc_pool_ops *pool_ops; /* others than the pool's own; or NULL */
static unsigned turns;                     /* jobs so far; the serial pool alone counts them */
UNUSED static unsigned jobs[PC_JOB_KINDS]; /* ... of each kind */

static struct {
	unsigned errors, bad_answers, others;
	struct pcopy_event last;
	char src[256];
} reported;

static void note_event(UNUSED void *userdata, const struct pcopy_event *event)
{
	/* whatever comes out is for a caller, who takes it at its word */
	ck_assert_uint_le(event->type, PCOPY_EVENT_DIFFERENT);
	ck_assert_uint_lt(event->kind, PCOPY_KINDS);
	ck_assert_uint_lt(event->step, PCOPY_STEPS);
	ck_assert_uint_lt(event->difference.field, PCOPY_FIELDS);
	ck_assert_int_ge(event->errnum, 0);
	if (event->type != PCOPY_EVENT_ERROR) {
		reported.others++;
		return;
	}
	reported.errors++;
	reported.bad_answers += event->step == PCOPY_STEP_WORKER && event->errnum == EBADMSG;
	reported.last = *event;
	snprintf(reported.src, sizeof(reported.src), "%s", event->src);
}

static int work_begin(UNUSED void *env, UNUSED struct pc_queue *q, UNUSED unsigned worker,
                      void **ret)
{
	*ret = &queue;
	return 0;
}

static void work_run(UNUSED void *context, UNUSED unsigned slot, struct pc_job *job, char *text)
{
	unsigned kind = job->kind;

	ck_assert_uint_lt(kind, PC_JOB_KINDS);
	jobs[kind]++;
	if (!answer || !answer(job, text, turns)) {
		if (job->flags & PC_JOB_DROP)
			job->counts.entries[PCOPY_FILE].failed = 1;
		else
			job->counts.entries[PCOPY_FILE].copied = 1;
	}
	turns++;
}

static void work_end(UNUSED void *context)
{
}

static void work_remove(UNUSED void *env, UNUSED const char *dir,
                        UNUSED const struct pc_work_file *file)
{
}

static void name_temporary(char *name, UNUSED const char *final_name)
{
	strcpy(name, ".part");
}

static void plan_setup(void)
{
	ck_assert_int_eq(pc_queue_init(&queue, DEPTH), 0);
	options = (struct pcopy_options)PCOPY_OPTIONS_INIT;
	options.on_event = note_event;
	options.preserve = PCOPY_KEEP_TIMES; /* directories get a job at their end */
}

static void plan_teardown(void)
{
	pc_plan_result_done(&result);
}

static int plan_run(enum pcopy_pool kind)
{
	static const struct pc_anchor top = {.path = "/"};
	const struct pc_root root[ROOTS] = {
		{.src = "src",
	         .dst = "dst",
	         .src_anchor = &top,
	         .dst_anchor = &top,
	         .src_name = "src",
	         .dst_name = "dst",
	         .kind = PCOPY_DIRECTORY},
		{.src = "two",
	         .dst = "dst2",
	         .src_anchor = &top,
	         .dst_anchor = &top,
	         .src_name = "two",
	         .dst_name = "dst2",
	         .kind = PCOPY_FILE,
	         .barrier = true},
	};
	struct pc_plan_config config = {
		.options = &options,
		.queue = &queue,
		.pool = &pool,
		.root = root,
		.root_count = listing ? 1 : ROOTS,
		.names = listing,
		.temp_name = name_temporary,
		.temp_name_max = 16,
		.counts_ahead = counts_ahead,
	};
	int r;

	pool = (struct pc_pool){
		.queue = &queue,
		.work = {.begin = work_begin,
	                 .run = work_run,
	                 .end = work_end,
	                 .remove_file = work_remove},
		.processes = kind == PCOPY_POOL_PROCESSES ? 2 : 1,
		.threads = kind == PCOPY_POOL_THREADS ? 2 : 1,
		.private_fds = true,
		.ops = pool_ops ? pool_ops : pc_pool_ops(kind),
	};
	result = (struct pc_plan_result){.workers = pool.processes * pool.threads,
	                                 .workers_most = pool.processes * pool.threads};
	result.worker = calloc(result.workers, sizeof(*result.worker));
	ck_assert_ptr_nonnull(result.worker);
	r = pc_plan_run(&config, &result);
	pc_queue_done(&queue);
	return r;
}

UNUSED static uint64_t failures(void)
{
	uint64_t n = 0;

	for (int k = 0; k < PCOPY_KINDS; k++)
		n += result.counts.entries[k].failed;
	return n;
}

/* ---- Items ---- */

UNUSED static struct pc_item *add(struct pc_job *job, char *text, enum pc_item_type type,
                                  const char *data, size_t len)
{
	struct pc_item *item = pc_item_add(text, &job->text_len, PC_TEXT_BYTES, type, data, len);

	ck_assert_ptr_nonnull(item);
	item->root = job->root;
	return item;
}

UNUSED static struct pc_item *add_name(struct pc_job *job, char *text, enum pc_item_type type,
                                       const char *name)
{
	struct pc_item *item = add(job, text, type, name, strlen(name));

	item->meta.size = 100;
	item->meta.mode = S_IFREG | 0644;
	item->meta.ino = 5;
	return item;
}

UNUSED static void add_names(struct pc_job *job, char *text, const char *names, size_t len,
                             uint32_t count)
{
	add(job, text, PC_ITEM_NAMES, names, len)->entries = count;
}

UNUSED static struct pc_item *add_event(struct pc_job *job, char *text, enum pcopy_event_type type)
{
	struct pc_item *item = add(job, text, PC_ITEM_EVENT, "a", 1);

	item->event = (uint8_t)type;
	return item;
}

UNUSED static void enter(struct pc_job *job, char *text, const char *name)
{
	(void)add(job, text, PC_ITEM_ENTER, name, strlen(name));
}

UNUSED static void leave(struct pc_job *job, char *text)
{
	(void)add(job, text, PC_ITEM_LEAVE, "", 0);
}

#endif
