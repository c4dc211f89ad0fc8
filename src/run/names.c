/* SPDX-License-Identifier: MIT */
/* names.c - names of pcopy.h's enumerators, and functions about this machine. */
#include "pcopy.h"

#include "base/cpus.h"
#include "base/histogram.h"

const char *pcopy_pool_name(enum pcopy_pool pool)
{
	static const char *const name[PCOPY_POOLS] = {"serial", "threads", "processes", "hybrid",
	                                              "coroutines"};

	if (pool == PCOPY_POOL_RANKS)
		return "ranks";
	return (unsigned)pool < PCOPY_POOLS ? name[pool] : NULL;
}

const char *pcopy_method_name(enum pcopy_method method)
{
	static const char *const name[PCOPY_METHODS] = {"none", "clone", "copy_file_range",
	                                                "read/write"};

	return (unsigned)method < PCOPY_METHODS ? name[method] : NULL;
}

const char *pcopy_kind_name(enum pcopy_kind kind)
{
	static const char *const name[PCOPY_KINDS] = {"file", "directory", "symlink", "hard link",
	                                              "special"};

	return (unsigned)kind < PCOPY_KINDS ? name[kind] : NULL;
}

const char *pcopy_phase_name(enum pcopy_phase phase)
{
	static const char *const name[PCOPY_PHASES] = {"walk",     "open", "create", "copy",
	                                               "metadata", "link", "commit"};

	return (unsigned)phase < PCOPY_PHASES ? name[phase] : NULL;
}

uint64_t pcopy_bucket_ns(unsigned bucket)
{
	return pc_histogram_floor(bucket);
}

const char *pcopy_stop_name(enum pcopy_stop stop)
{
	static const char *const name[PCOPY_STOPS] = {"not", "canceled", "full", "errors"};

	return (unsigned)stop < PCOPY_STOPS ? name[stop] : NULL;
}

const char *pcopy_field_name(enum pcopy_field field)
{
	static const char *const name[PCOPY_FIELDS] = {
		[PCOPY_FIELD_MISSING] = "missing", [PCOPY_FIELD_EXTRA] = "extra",
		[PCOPY_FIELD_KIND] = "kind",       [PCOPY_FIELD_SIZE] = "size",
		[PCOPY_FIELD_DATA] = "data",       [PCOPY_FIELD_LINK] = "link target",
		[PCOPY_FIELD_DEVICE] = "device",   [PCOPY_FIELD_LINKS] = "hard link",
		[PCOPY_FIELD_MODE] = "mode",       [PCOPY_FIELD_USER] = "user",
		[PCOPY_FIELD_GROUP] = "group",     [PCOPY_FIELD_TIME] = "time",
		[PCOPY_FIELD_XATTR] = "attribute", [PCOPY_FIELD_ACL] = "access list",
		[PCOPY_FIELD_FLAGS] = "flags",     [PCOPY_FIELD_HOLES] = "holes",
		[PCOPY_FIELD_DIGEST] = "digest",
	};

	return (unsigned)field < PCOPY_FIELDS ? name[field] : NULL;
}

unsigned pcopy_cpus(void)
{
	return pc_cpus();
}
