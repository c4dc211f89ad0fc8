/* SPDX-License-Identifier: MIT
 *
 * options.c - serialises the options of a run: one row for each numeric field.
 *
 * A field without a row would have its default value in other ranks; a unit test compares the rows
 * with struct pcopy_options. */
#include "ranks/setup.h"

#include "filter/filter.h"

#include <errno.h>

/* Limit of filter rules, far above any real use. */
#define RULES_MAX (UINT64_C(1) << 24)

#define BOOL(field)                                                                                \
	{                                                                                          \
		offsetof(struct pcopy_options, field), PC_SETUP_BOOL, 1                            \
	}
#define WORD(field, most)                                                                          \
	{                                                                                          \
		offsetof(struct pcopy_options, field), PC_SETUP_WORD, most                         \
	}
#define LONG(field)                                                                                \
	{                                                                                          \
		offsetof(struct pcopy_options, field), PC_SETUP_LONG, UINT64_MAX                   \
	}

static const struct pc_setup_field fields[] = {
	WORD(pool, PCOPY_POOL_RANKS),
	WORD(processes, UINT32_MAX),
	WORD(threads, UINT32_MAX),
	WORD(queue_depth, UINT32_MAX),
	LONG(chunk_bytes),
	WORD(reflink, PCOPY_NEVER),
	WORD(sparse, PCOPY_NEVER),
	WORD(preserve, UINT32_MAX),
	BOOL(shared_fd_table),
	BOOL(force),
	BOOL(verbose),
	WORD(progress_ms, UINT32_MAX),
	WORD(dereference, PCOPY_DEREFERENCES - 1),
	WORD(update, PCOPY_UPDATES - 1),
	WORD(make, PCOPY_MAKES - 1),
	WORD(method, PCOPY_METHODS - 1),
	WORD(backup, PCOPY_BACKUPS - 1),
	BOOL(remove_destination),
	BOOL(one_file_system),
	BOOL(attributes_only),
	BOOL(copy_contents),
	BOOL(keep_directory_symlink),
	WORD(max_errors, UINT32_MAX),
	WORD(fsync, PCOPY_FSYNCS - 1),
	WORD(atomic, PCOPY_NEVER),
	BOOL(resume),
	WORD(cancel_ms, UINT32_MAX),
	WORD(verify, PCOPY_VERIFIES - 1),
	WORD(mismatch, PCOPY_MISMATCHES - 1),
	BOOL(verify_cold),
	BOOL(digest),
	BOOL(progress_paths),
	BOOL(count_ahead),
	BOOL(measure),
	WORD(rules, UINT32_MAX),
	BOOL(gitignore),
	BOOL(limit_size),
	LONG(min_bytes),
	LONG(max_bytes),
	LONG(bwlimit),
	WORD(differ, PCOPY_DIFFERS - 1),
	LONG(modify_window_ns),
	BOOL(dry_run),
	WORD(width_min, UINT32_MAX),
	WORD(width_max, UINT32_MAX),
	BOOL(delete_extraneous),
	WORD(delete_flags, UINT32_MAX),
	WORD(delete_limit, PCOPY_DELETE_LIMITS - 1),
	LONG(max_delete),
	WORD(coroutines, UINT32_MAX),
	BOOL(no_fallback),
};

const struct pc_setup_field *pc_setup_fields(size_t *ret_count)
{
	*ret_count = sizeof(fields) / sizeof(fields[0]);
	return fields;
}

/* ---- Numbers ---- */

static uint64_t field_get(const struct pc_setup_field *field, const struct pcopy_options *options)
{
	const void *at = (const char *)options + field->offset;

	switch (field->type) {
	case PC_SETUP_BOOL:
		return *(const bool *)at;
	case PC_SETUP_WORD:
		return *(const uint32_t *)at;
	default:
		return *(const uint64_t *)at;
	}
}

static void field_set(const struct pc_setup_field *field, struct pcopy_options *options,
                      uint64_t number)
{
	void *at = (char *)options + field->offset;

	switch (field->type) {
	case PC_SETUP_BOOL:
		*(bool *)at = number;
		break;
	case PC_SETUP_WORD:
		*(uint32_t *)at = (uint32_t)number;
		break;
	default:
		*(uint64_t *)at = number;
		break;
	}
}

/* ---- Callbacks: only whether they are set ---- */

static bool never_asked(void *userdata, const char *dst, unsigned mode, bool writable)
{
	(void)userdata, (void)dst, (void)mode, (void)writable;
	return false;
}

static bool never_deleted(void *userdata, const char *dst, enum pcopy_kind kind)
{
	(void)userdata, (void)dst, (void)kind;
	return false;
}

static void never_sliced(void *userdata, const struct pcopy_slice *slice)
{
	(void)userdata, (void)slice;
}

/* ---- The filter ---- */

static void filter_put(struct pc_wire *w, const struct pcopy_filter *filter)
{
	struct pcopy_filter_rule rule;

	pc_wire_put_number(w, filter != NULL);
	pc_wire_put_number(w, filter ? pcopy_filter_count(filter) : 0);
	for (unsigned i = 1; filter && pcopy_filter_get(filter, i, &rule); i++) {
		pc_wire_put_number(w, rule.include);
		pc_wire_put_string(w, rule.pattern);
		pc_wire_put_string(w, rule.file);
		pc_wire_put_number(w, rule.line);
	}
}

static int filter_rule_get(struct pc_wire_reader *r, struct pcopy_filter *filter)
{
	struct pc_rule rule = {.include = pc_wire_get_number(r, 1)};
	const char *pattern = pc_wire_get_text(r), *file = pc_wire_get_string(r), *why;

	rule.line = pc_wire_get_number(r, UINT64_MAX);
	if (r->broken)
		return -EBADMSG;
	rule.file = file ? pc_filter_keep(filter, file) : NULL;
	if (file && !rule.file)
		return -ENOMEM;
	return pc_filter_append(filter, &rule, pattern, &why) == -ENOMEM ? -ENOMEM : 0;
}

static int filter_get(struct pc_wire_reader *r, const struct pcopy_filter **ret)
{
	bool there = pc_wire_get_number(r, 1);
	uint64_t count = pc_wire_get_number(r, RULES_MAX);
	struct pcopy_filter *filter = NULL;
	int e = there ? pcopy_filter_new(&filter) : 0;

	for (uint64_t i = 0; there && e == 0 && i < count; i++)
		e = filter_rule_get(r, filter);
	if (e < 0)
		pcopy_filter_free(filter);
	else
		*ret = filter;
	return e;
}

/* ---- All of them ---- */

void pc_setup_put_options(struct pc_wire *w, const struct pcopy_options *options)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		pc_wire_put_number(w, field_get(&fields[i], options));
	pc_wire_put_string(w, options->backup_suffix);
	pc_wire_put_string(w, options->manifest);
	pc_wire_put_number(w, options->on_overwrite != NULL);
	pc_wire_put_number(w, options->on_delete != NULL);
	pc_wire_put_number(w, options->on_slice != NULL);
	filter_put(w, options->filter);
}

int pc_setup_get_options(struct pc_wire_reader *r, struct pcopy_options *ret)
{
	struct pcopy_options options = {.size = sizeof(options)};
	int e;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		field_set(&fields[i], &options, pc_wire_get_number(r, fields[i].most));
	options.backup_suffix = pc_wire_get_string(r);
	options.manifest = pc_wire_get_string(r);
	options.on_overwrite = pc_wire_get_number(r, 1) ? never_asked : NULL;
	options.on_delete = pc_wire_get_number(r, 1) ? never_deleted : NULL;
	options.on_slice = pc_wire_get_number(r, 1) ? never_sliced : NULL;
	e = r->broken ? -EBADMSG : filter_get(r, &options.filter);
	if (e == 0 && r->broken) {
		pcopy_filter_free((struct pcopy_filter *)options.filter); /* allocated here */
		e = -EBADMSG;
	}
	if (e == 0)
		*ret = options;
	return e;
}
