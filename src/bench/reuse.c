/* SPDX-License-Identifier: MIT */
/* reuse.c - detects runs that were slowed down by inodes freed before them.
 *
 * Which runs are affected, and how much, is chance: it depends on the block groups of the freed
 * inodes and of new directories.  So one affected row invalidates all: the others were only
 * luckier, and the ratios mean nothing. */
#include "bench/reuse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/size.h"
#include "base/sys.h"
#include "bench/samples.h"
#include "bench/warn.h"
#include "cli/messages.h"

#define FAULT "ext4 searched past the inodes of removed files"

#define ADVICE                                                                                     \
	"ext4 without a journal does not reuse inodes that were freed in the last minutes, "       \
	"and each create searches past all of them, in any program.  Keep the copies "             \
	"(--keep-copies=auto), create a new file system, or wait for six minutes"

/* Limits of how much longer a create may take.  On a busy machine creates take longer but need no
 * more CPU time; with full memory they need more of both, but less than because of freed inodes.
 * Measured: 15 to 27 microseconds with no removals, on a machine with four times as much work as
 * CPUs; 300 to 1,000 after the removal of 4,400 files.  A create took as long as a link, or 40
 * times as long. */
#define CREATE_TIMES 3.0
#define CREATE_CPU_TIMES 1.5
#define COMMAND_CPU_TIMES 2.0
#define PROBE_TIMES 4.0
#define FIRST_TIMES 10.0
#define MORE_S 30e-6

/* ---- Criteria ---- */

static bool is_more(double first, double later, double times)
{
	return later >= first * times && later >= first + MORE_S;
}

bool bench_reuse_grew(struct bench_cost first, struct bench_cost later)
{
	if (first.create_s > 0 && later.create_s > 0)
		return is_more(first.create_s, later.create_s, CREATE_TIMES) &&
		       later.cpu_s >= CREATE_CPU_TIMES * first.cpu_s;
	return first.cpu_s > 0 && is_more(first.cpu_s, later.cpu_s, COMMAND_CPU_TIMES);
}

bool bench_reuse_before(struct bench_probe probe, struct bench_cost first)
{
	if (!(probe.link_s > 0))
		return false;
	return is_more(probe.link_s, probe.create_s, PROBE_TIMES) ||
	       (is_more(probe.link_s, first.create_s, FIRST_TIMES) &&
	        is_more(probe.link_s, first.cpu_s, FIRST_TIMES));
}

/* ---- The probe ---- */

#define PROBE_FILES 64

/* Creates and measures a file, or a link to the first one. */
static int reuse_probe_one(int dirfd, bool link, unsigned number, double *ret)
{
	char name[32];
	uint64_t began_ns;
	int rc;

	(void)snprintf(name, sizeof(name), "%s-%u", link ? "link" : "file", number);
	began_ns = pc_thread_cpu_ns();
	rc = link ? linkat(dirfd, "file-0", dirfd, name, 0)
	          : mknodat(dirfd, name, S_IFREG | 0600, 0);
	*ret = pc_seconds(pc_thread_cpu_ns() - began_ns);
	return rc < 0 ? -errno : 0;
}

/* The median of several. */
static int probe_measure(int dirfd, bool link, double *ret)
{
	double cost[PROBE_FILES];
	int rc = 0;

	for (unsigned i = 0; i < PROBE_FILES && rc == 0; i++)
		rc = reuse_probe_one(dirfd, link, i, &cost[i]);
	return rc < 0 ? rc : pc_stats_median(cost, PROBE_FILES, ret);
}

/* The ext4 driver also serves ext2 and ext3 if the kernel has no drivers of their own. */
static bool is_ext(const struct bench *bench)
{
	return strncmp(bench->dst_filesystem, "ext", 3) == 0;
}

void bench_reuse_probe(struct bench *bench)
{
	_cleanup_close_ int fd = -1;

	if (!is_ext(bench) || mkdirat(bench->dst_fd, BENCH_PROBE_NAME, 0700) < 0)
		return;
	fd = pc_openat(bench->dst_fd, BENCH_PROBE_NAME, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0 || probe_measure(fd, false, &bench->probe.create_s) < 0 ||
	    probe_measure(fd, true, &bench->probe.link_s) < 0)
		bench->probe = (struct bench_probe){0}; /* full disk: the runs will report it */
}

/* ---- The runs ---- */

static struct bench_cost cost_make(const struct bench *bench, double create_s, double cpu_s)
{
	uint64_t entries = bench_tree_entries(&bench->tree);

	return (struct bench_cost){create_s, cpu_s / (double)(entries ? entries : 1)};
}

static struct bench_cost cost_first(const struct bench *bench, const struct bench_row *row)
{
	return cost_make(bench, bench_create_s(&row->first), bench_cpu_s(&row->first));
}

/* The medians of all runs of a row except its first, which may be a warm-up; of the first if
 * there is no other. */
static int cost_later(const struct bench *bench, const struct bench_row *row,
                      struct bench_cost *ret)
{
	size_t skipped = row->samples && row->sample[0].began_s == row->first.began_s;
	double create_s, cpu_s;
	int rc;

	*ret = cost_first(bench, row);
	if (row->samples == skipped)
		return 0;
	rc = bench_samples_median(row, skipped, bench_create_s, &create_s);
	if (!rc)
		rc = bench_samples_median(row, skipped, bench_cpu_s, &cpu_s);
	if (!rc)
		*ret = cost_make(bench, create_s, cpu_s);
	return rc;
}

static int growth_report(struct bench *bench, const struct bench_row *row, struct bench_cost first,
                         struct bench_cost later)
{
	bool create = first.create_s > 0;
	char from[PC_SIZE_TEXT], to[PC_SIZE_TEXT];

	return bench_warning_add(
		bench, "%s of %s took %s in its first run and %s in later ones: " ADVICE,
		create ? "a create" : "an entry", row->name,
		pc_duration_format(from, (uint64_t)(1e9 * (create ? first.create_s : first.cpu_s))),
		pc_duration_format(to, (uint64_t)(1e9 * (create ? later.create_s : later.cpu_s))));
}

static int before_report(struct bench *bench, const struct bench_row *row, struct bench_cost first)
{
	bool probe = bench_reuse_before(bench->probe, (struct bench_cost){0});
	char create[PC_SIZE_TEXT], link[PC_SIZE_TEXT];

	return bench_warning_add(
		bench, "a create took %s %s%s, where a hard link took %s: " ADVICE,
		pc_duration_format(
			create, (uint64_t)(1e9 * (probe ? bench->probe.create_s : first.create_s))),
		probe ? "before the first run" : "in the first run of ", probe ? "" : row->name,
		pc_duration_format(link, (uint64_t)(1e9 * bench->probe.link_s)));
}

/* Returns 1 if the row was affected, after a warning; 0, or -ENOMEM. */
static int row_judge(struct bench *bench, const struct bench_row *row)
{
	struct bench_cost first = cost_first(bench, row), later;
	bool removed = bench->copies != BENCH_COPIES_KEPT;
	int rc = cost_later(bench, row, &later);

	if (rc == 0 && bench_reuse_before(bench->probe, first))
		rc = before_report(bench, row, first);
	else if (rc == 0 && (removed || !row->command) && bench_reuse_grew(first, later))
		rc = growth_report(bench, row, first, later);
	else
		return rc;
	return rc < 0 ? rc : 1;
}

int bench_reuse_judge(struct bench *bench)
{
	int rc = 0;

	if (!is_ext(bench))
		return 0;
	for (unsigned i = 0; i < bench->rows && rc == 0; i++) {
		if (bench->row[i].ran && !bench->row[i].fault)
			rc = row_judge(bench, &bench->row[i]);
	}
	if (rc > 0) {
		cli_error(0, "invalid runs: %s", FAULT);
		bench_rows_invalidate(bench, FAULT);
	}
	return rc < 0 ? rc : 0;
}
