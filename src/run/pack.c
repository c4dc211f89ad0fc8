/* SPDX-License-Identifier: MIT */
/* pack.c - serialises the work of a pass for workers in other processes.
 *
 * Each kind of work has one record that all its workers read.  What does not depend on the
 * process is sent, and the record is rebuilt by the receiver. */
#include "run/pack.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum pack_kind { PACK_COPY, PACK_CHECK, PACK_PRUNE, PACK_KINDS };

/* ---- Common fields ---- */

static void pack_begin(struct pc_ranks *ranks, enum pack_kind kind,
                       const struct pcopy_options *options)
{
	struct pc_wire *w = &ranks->setup;

	pc_message_begin(w, PC_MESSAGE_SETUP);
	pc_wire_put_number(w, kind);
	pc_wire_put_number(w, ranks->threads);
	pc_setup_put_options(w, options);
}

static void time_put(struct pc_wire *w, const struct timespec *time)
{
	pc_wire_put_number(w, (uint64_t)time->tv_sec);
	pc_wire_put_number(w, (uint64_t)time->tv_nsec);
}

static struct timespec time_get(struct pc_wire_reader *r)
{
	struct timespec time = {.tv_sec = (time_t)pc_wire_get_number(r, UINT64_MAX)};

	time.tv_nsec = (long)pc_wire_get_number(r, 999999999);
	return time;
}

/* ---- Copying ---- */

void pc_pack_copy(struct pc_ranks *ranks, const struct pc_copy_env *env)
{
	struct pc_wire *w = &ranks->setup;

	pack_begin(ranks, PACK_COPY, env->options);
	pc_setup_put_roots(w, env->root, env->root_count + env->parent_count, ranks->cwd);
	pc_setup_put_attributes(w, env->attributes);
	pc_wire_put_number(w, env->parent_count);
	pc_wire_put_number(w, env->run_id);
	time_put(w, &env->started);
	pc_wire_put_number(w, env->waited);
	pc_wire_put_number(w, env->umask);
	pc_wire_put_string(w, ranks->machines);
	pc_setup_put_path_set(w, env->only);
	pc_wire_put_number(w, env->meter != NULL);
}

static int meters_make(struct pc_unpacked *u, bool wanted)
{
	if (!wanted)
		return 0;
	u->meter = pc_meters_new(u->threads);
	return u->meter ? 0 : -ENOMEM;
}

static int copy_unpack(struct pc_wire_reader *r, struct pc_unpacked *u)
{
	struct pc_copy_env *env = &u->env.copy;
	unsigned parents = (unsigned)pc_wire_get_number(r, u->roots.count);
	bool only;
	int e;

	*env = (struct pc_copy_env){.options = &u->options,
	                            .root = u->roots.root,
	                            .root_count = u->roots.count - parents,
	                            .parent_count = parents,
	                            .uid = geteuid(),
	                            .gid = getegid(),
	                            .attributes = &u->attributes};
	env->run_id = pc_wire_get_number(r, UINT64_MAX);
	env->started = time_get(r);
	env->waited = pc_wire_get_number(r, 1);
	env->umask = (mode_t)pc_wire_get_number(r, 0777);
	env->machines = pc_wire_get_text(r);
	u->umask = env->umask;
	if (u->options.update == PCOPY_UPDATE_DIFFER)
		env->group_count = getgroups(PC_GROUPS_MAX, env->group); /* -1: unknown */
	e = pc_setup_get_path_set(r, &u->path_set[0], &only);
	env->only = only ? &u->path_set[0] : NULL;
	if (e == 0)
		e = meters_make(u, pc_wire_get_number(r, 1));
	env->meter = u->meter;
	u->work = pc_copy_work(env);
	return e;
}

/* ---- Verification ---- */

void pc_pack_check(struct pc_ranks *ranks, const struct pc_check_env *env)
{
	struct pc_wire *w = &ranks->setup;

	pack_begin(ranks, PACK_CHECK, env->options);
	pc_setup_put_roots(w, env->root, env->root_count, ranks->cwd);
	pc_setup_put_attributes(w, env->attributes);
	pc_wire_put_number(w, env->compare);
	pc_wire_put_number(w, env->both);
	pc_wire_put_number(w, env->single_tree);
	pc_wire_put_number(w, env->record);
	pc_wire_put_number(w, env->cold);
	pc_setup_put_path_set(w, env->not_copied);
	time_put(w, &env->started);
}

static int check_unpack(struct pc_wire_reader *r, struct pc_unpacked *u)
{
	struct pc_check_env *env = &u->env.check;
	bool there;
	int e;

	*env = (struct pc_check_env){.options = &u->options,
	                             .root = u->roots.root,
	                             .root_count = u->roots.count,
	                             .attributes = &u->attributes,
	                             .uid = geteuid()};
	env->compare = pc_wire_get_number(r, 1);
	env->both = pc_wire_get_number(r, 1);
	env->single_tree = pc_wire_get_number(r, 1);
	env->record = pc_wire_get_number(r, 1);
	env->cold = pc_wire_get_number(r, 1);
	e = pc_setup_get_path_set(r, &u->path_set[0], &there);
	env->not_copied = there ? &u->path_set[0] : NULL;
	env->started = time_get(r);
	if (e == 0 && env->record && !pc_check_has_crypto())
		e = -ENOTSUP;
	u->work = pc_check_work(env);
	return e;
}

/* ---- Deletion ---- */

void pc_pack_prune(struct pc_ranks *ranks, const struct pc_prune_env *env)
{
	struct pc_wire *w = &ranks->setup;

	pack_begin(ranks, PACK_PRUNE, env->options);
	pc_setup_put_roots(w, env->root, env->root_count, ranks->cwd);
	pc_setup_put_attributes(w, &(struct pc_attribute_rules){0});
	pc_setup_put_path_set(w, env->listed);
	pc_setup_put_path_set(w, env->obstacles);
	pc_wire_put_number(w, env->act);
	pc_wire_put_number(w, env->reports);
}

static int prune_unpack(struct pc_wire_reader *r, struct pc_unpacked *u)
{
	struct pc_prune_env *env = &u->env.prune;
	bool there;
	int e = pc_setup_get_path_set(r, &u->path_set[0], &there);

	if (e == 0)
		e = pc_setup_get_path_set(r, &u->path_set[1], &there);
	*env = (struct pc_prune_env){.options = &u->options,
	                             .root = u->roots.root,
	                             .root_count = u->roots.count,
	                             .listed = &u->path_set[0],
	                             .obstacles = &u->path_set[1],
	                             .uid = geteuid()};
	env->act = pc_wire_get_number(r, 1);
	env->reports = pc_wire_get_number(r, 1);
	u->work = pc_prune_work(env);
	return e;
}

/* ---- Receiving ---- */

int pc_unpack(struct pc_wire_reader *r, struct pc_unpacked *ret)
{
	static int (*const unpack[PACK_KINDS])(struct pc_wire_reader *, struct pc_unpacked *) = {
		[PACK_COPY] = copy_unpack,
		[PACK_CHECK] = check_unpack,
		[PACK_PRUNE] = prune_unpack};
	uint64_t kind = pc_wire_get_number(r, PACK_KINDS - 1);
	int e;

	memset(ret, 0, sizeof(*ret));
	ret->threads = (unsigned)pc_wire_get_number(r, PC_WORKERS_MAX);
	ret->umask = PC_UMASK_ANY;
	if (r->broken || ret->threads == 0)
		return -EBADMSG;
	e = pc_setup_get_options(r, &ret->options);
	if (e == 0)
		e = pc_setup_get_roots(r, &ret->roots);
	if (e == 0)
		e = pc_setup_get_attributes(r, &ret->attributes);
	if (e == 0)
		e = unpack[kind](r, ret);
	return e == 0 && !pc_wire_is_whole(r) ? -EBADMSG : e;
}

void pc_unpacked_done(struct pc_unpacked *u)
{
	pcopy_filter_free((struct pcopy_filter *)u->options.filter); /* allocated by pc_unpack() */
	pc_setup_roots_done(&u->roots);
	pc_attribute_rules_done(&u->attributes);
	pc_path_set_done(&u->path_set[0]);
	pc_path_set_done(&u->path_set[1]);
	if (u->meter)
		pc_meters_free(u->meter, u->threads);
}
