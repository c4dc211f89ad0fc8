/* failed.c - what a job was about that has no answer.
 *
 * A job whose worker was lost is done again one entry at a time.  So of one that is
 * given up the first entry is to blame: it fails, and the others go into another
 * job.  An error is one entry's matter, even one that kills. */
#include "plan/ledger.h"

#include <errno.h>
#include <string.h>

/* A failed job, taken apart. */
struct failed {
	struct pc_ledger *l;
	const struct pc_job *job;
	const char *text;
	struct pc_flight *flight;
	int error; /* negative errno; -EOWNERDEAD: its workers died */
};

static void tell(const struct failed *f, enum pcopy_kind kind, uint32_t root, const char *dir_path,
		 const char *name)
{
	struct pc_item item = {.root = root,
			       .event = PCOPY_EVENT_ERROR,
			       .kind = (uint16_t)kind,
			       .step = PCOPY_STEP_WORKER,
			       .error = f->error == -EOWNERDEAD ? 0 : f->error};

	pc_event_send(f->l, &item, dir_path, name);
}

static void fail(const struct failed *f, enum pcopy_kind kind, uint32_t root, const char *dir_path,
		 const char *name)
{
	f->l->result->counts.entries[kind].failed++;
	tell(f, kind, root, dir_path, name);
}

static void names_failed(const struct failed *f)
{
	const char *names = f->text + strlen(f->text) + 1;
	size_t len = f->job->request_len - (size_t)(names - f->text);
	size_t first = strlen(names) + 1;
	struct pc_task *task;

	fail(f, pc_kind_of_type((enum pc_type)names[0]), f->job->root, f->text, names + 1);
	if (f->job->flags & PC_JOB_FIRST) {
		pc_links_return(f->l, &f->flight->links->next, UINT32_MAX);
		return;
	}
	if (first == len)
		return;
	task = pc_task_push(f->l, PC_TASK_NAMES, f->flight->dir, names + first, len - first);
	if (!task)
		return;
	task->flags = (f->job->flags & PC_JOB_APPROVED) | PC_JOB_AGAIN;
	for (size_t pos = 0; pos < task->len; pos += strlen(task->names + pos) + 1)
		task->entries++;
}

static void operands_failed(const struct failed *f)
{
	uint32_t root = f->job->root;
	struct pc_task *task;

	fail(f, f->l->config->root[root].kind, root, "", "");
	if (f->job->root_count < 2)
		return;
	task = pc_task_push(f->l, PC_TASK_OPERANDS, NULL, "", 0);
	if (!task)
		return;
	task->flags = (f->job->flags & PC_JOB_APPROVED) | PC_JOB_AGAIN;
	task->first = root + 1;
	task->end = root + f->job->root_count;
}

/* Links and directories are named by the job's request. */
static void items_failed(const struct failed *f, enum pcopy_kind kind)
{
	const struct pc_item *item;
	uint32_t pos = 0;

	while ((item = pc_item_next(f->text, f->job->request_len, &pos))) {
		const char *name = item->text + strlen(item->text) + 1; /* of a link */

		if (!(item->flags & PC_ITEM_FAILED))
			fail(f, kind, item->root, item->text, kind == PCOPY_HARD_LINK ? name : "");
	}
}

/* A large file is told once, and counted by its last job. */
static void file_failed(const struct failed *f)
{
	const char *name = f->text + strlen(f->text) + 1;

	if (!f->flight->large->failed)
		tell(f, PCOPY_FILE, f->job->root, f->text, f->job->flags & PC_JOB_TOP ? "" : name);
	if (f->job->kind == PC_JOB_FINISH)
		f->l->result->counts.entries[PCOPY_FILE].failed++;
}

static void directory_failed(const struct failed *f)
{
	if (f->flight->dir)
		f->flight->dir->failed = true; /* counted here, and not when it is finished */
	fail(f, PCOPY_DIRECTORY, f->job->root, f->job->flags & PC_JOB_TOP ? "" : f->text, "");
}

static void entries_failed(const struct failed *f)
{
	if (f->job->flags & PC_JOB_TOP)
		operands_failed(f);
	else
		names_failed(f);
}

static void links_failed(const struct failed *f)
{
	items_failed(f, PCOPY_HARD_LINK);
}

static void directories_failed(const struct failed *f)
{
	items_failed(f, PCOPY_DIRECTORY);
}

void pc_failed_job(struct pc_ledger *l, const struct pc_job *job, const char *text,
		   struct pc_flight *flight, int error)
{
	/* `lost`: nothing was answered; `broken`: what was answered is not all of it */
	static const struct {
		void (*lost)(const struct failed *f);
		void (*broken)(const struct failed *f);
	} kinds[PC_JOB_KINDS] = {
		[PC_JOB_ENTRIES] = {entries_failed, directory_failed},
		[PC_JOB_LIST] = {directory_failed, directory_failed},
		[PC_JOB_CHUNK] = {file_failed, file_failed},
		[PC_JOB_FINISH] = {file_failed, file_failed},
		[PC_JOB_LINK] = {links_failed, directory_failed},
		[PC_JOB_DIRMETA] = {directories_failed, directory_failed},
		[PC_JOB_SHARE] = {directory_failed, directory_failed},
	};
	const struct failed f = {
		.l = l, .job = job, .text = text, .flight = flight, .error = error};

	if (error == -EOWNERDEAD)
		kinds[job->kind].lost(&f);
	else
		kinds[job->kind].broken(&f);
}
