/* SPDX-License-Identifier: MIT
 *
 * worker.c - a deleting worker: its walk functions, jobs, creation. */
#include "prune/pruner.h"

#include <errno.h>
#include <stdlib.h>

/* ---- Walk functions, see struct pc_walk_ops ---- */

static void pruner_entry(struct pc_walker *w, struct pc_entry *e)
{
	if (!e->frame->top) /* an operand that is not a directory has nothing below its target */
		pc_prune_entry(pc_pruner_of(w), e->frame, e->dst_name, e->listed);
}

static bool pruner_open(struct pc_walker *w, struct pc_entry *e, struct pc_frame *f)
{
	return pc_prune_directory_open(pc_pruner_of(w), e, f);
}

static bool pruner_is_quick(struct pc_walker *w, const struct pc_frame *f, const char *name)
{
	return pc_prune_is_known(pc_pruner_of(w), f, name);
}

static void pruner_list(struct pc_walker *w, struct pc_frame *f)
{
	pc_prune_list_source(pc_pruner_of(w), f);
}

static void pruner_finish(struct pc_walker *w, struct pc_frame *f)
{
	pc_prune_directory_finish(pc_pruner_of(w), f);
}

static void pruner_leave(struct pc_walker *w, struct pc_frame *f)
{
	(void)w;
	/* a directory that a later job will remove stays accessible */
	if (!f->extra || (f->stays && !f->entered))
		pc_prune_close(f);
}

static void pruner_look(struct pc_walker *w, struct pc_frame *f)
{
	(void)w, (void)f;
}

static const struct pc_walk_ops walk_ops = {
	.entry = pruner_entry,
	.open = pruner_open,
	.list = pruner_list,
	.is_quick = pruner_is_quick,
	.finish = pruner_finish,
	.leave = pruner_leave,
	.look = pruner_look,
};

/* ---- Creation ---- */

static void pruner_free(struct pc_pruner *p)
{
	pc_walk_done(&p->walk);
	pc_buffer_done(&p->name);
	pc_buffer_done(&p->fold_name);
	pc_prune_forget(p);
	pc_path_set_done(&p->fold_names);
	free(p->listing);
	free(p);
}

static int pruner_begin(void *env, struct pc_queue *queue, unsigned worker, void **ret)
{
	struct pc_pruner *p = calloc(1, sizeof(*p));

	(void)worker;
	if (!p)
		return -ENOMEM;
	p->env = env;
	p->walk.lists_target = true;
	if (pc_walk_init(&p->walk, &walk_ops, p->env->options, p->env->root, queue) < 0) {
		pruner_free(p);
		return -ENOMEM;
	}
	*ret = p;
	return 0;
}

static void pruner_end(void *context)
{
	pruner_free(context);
}

static void pruner_run(void *context, unsigned slot, struct pc_job *job, char *text)
{
	struct pc_pruner *p = context;

	pc_walk_take(&p->walk, slot, job, text);
	p->fold_dir = (struct pc_identity){0};
	pc_prune_forget(p);
	switch (job->kind) {
	case PC_JOB_ENTRIES:
		pc_walk_entries(&p->walk);
		break;
	case PC_JOB_LIST:
		pc_walk_list(&p->walk);
		break;
	case PC_JOB_DIRMETA:
		pc_prune_directory_job(p);
		break;
	default: /* kinds of copying and verification do not occur */
		job->error = -EOPNOTSUPP;
		break;
	}
	pc_batch_flush(&p->walk.batch);
}

struct pc_work pc_prune_work(struct pc_prune_env *env)
{
	return (struct pc_work){
		.env = env,
		.begin = pruner_begin,
		.run = pruner_run,
		.end = pruner_end,
	};
}
