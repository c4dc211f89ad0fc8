/* SPDX-License-Identifier: MIT */
/* warn.c - warnings about the validity of the measurements.
 *
 * A warning gives a reason to doubt the results; it invalidates none. */
#include "bench/warn.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/size.h"

#define SHORT_S 0.05    /* a shorter run is dominated by the start of the process */
#define OTHERS_MAX 0.05 /* share of the CPU time that other processes may use */
#define LOAD_MAX 0.5    /* load average for each CPU before the first run */
#define WARM_MIN 0.95   /* share of the source that is in memory in a warm run */
#define SPACE_COPIES 2  /* number of copies for which there should be space */

/* ---- Other processes ---- */

static void stat_read(struct bench_load *load)
{
	uint64_t t[8] = {0};
	FILE *file = fopen("/proc/stat", "re");

	if (!file)
		return;
	/* user nice system idle iowait irq softirq steal: proc_stat(5) */
	if (fscanf(file,
	           "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
	           " %" SCNu64 " %" SCNu64,
	           &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]) == 8) {
		load->busy = t[0] + t[1] + t[2] + t[5] + t[6];
		load->stolen = t[7];
		load->all = load->busy + load->stolen + t[3] + t[4];
	}
	fclose(file);
}

static double used_s(int who)
{
	struct rusage usage;

	if (getrusage(who, &usage) < 0)
		return 0;
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

void bench_load_begin(struct bench_load *load)
{
	*load = (struct bench_load){.own_s = used_s(RUSAGE_SELF) + used_s(RUSAGE_CHILDREN)};
	stat_read(load);
	if (getloadavg(&load->load, 1) != 1)
		load->load = 0;
}

void bench_load_end(const struct bench_load *load, struct bench_others *ret)
{
	struct bench_load now;
	double all, ours;

	bench_load_begin(&now);
	*ret = (struct bench_others){.load = load->load};
	all = (double)(now.all - load->all);
	if (!(all > 0))
		return;
	ours = (now.own_s - load->own_s) * (double)sysconf(_SC_CLK_TCK);
	ret->busy = fmax(0, ((double)(now.busy - load->busy) - ours) / all);
	ret->stolen = (double)(now.stolen - load->stolen) / all;
}

/* ---- Warnings ---- */

static int warning_format(struct bench *bench, const char *format, va_list list)
{
	char **more = reallocarray(bench->warning, bench->warnings + 1, sizeof(*more)),
	     *text = NULL;

	if (more)
		bench->warning = more;
	if (!more || vasprintf(&text, format, list) < 0)
		return -ENOMEM;
	more[bench->warnings++] = text;
	return 0;
}

int bench_warning_add(struct bench *bench, const char *format, ...)
{
	va_list list;
	int r;

	va_start(list, format);
	r = warning_format(bench, format, list);
	va_end(list);
	return r;
}

static void warning_add(struct bench *bench, int *r, const char *format, ...) PC_PRINTF(3, 4);
static void warning_add(struct bench *bench, int *r, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	if (warning_format(bench, format, list) < 0)
		*r = -ENOMEM;
	va_end(list);
}

void bench_warnings_free(struct bench *bench)
{
	for (size_t i = 0; i < bench->warnings; i++)
		free(bench->warning[i]);
	free(bench->warning);
}

static void warn_of_load(struct bench *bench, int *r)
{
	const struct bench_others *others = &bench->others;

	if (others->busy > OTHERS_MAX)
		warning_add(bench, r, "other processes used %.0f %% of the CPUs during the runs",
		            100 * others->busy);
	if (others->stolen > OTHERS_MAX)
		warning_add(bench, r, "the host gave %.0f %% of the CPU time to other guests",
		            100 * others->stolen);
	if (others->load > LOAD_MAX * bench->machine.cpus)
		warning_add(bench, r, "the load was %.1f before the first run", others->load);
}

static void warn_of_short_runs(struct bench *bench, int *r)
{
	for (unsigned i = 0; i < bench->rows; i++) {
		const struct bench_row *row = &bench->row[i];

		if (row->fault || row->wall.median >= SHORT_S)
			continue;
		warning_add(bench, r,
		            "runs of %s take less than 50 ms: starting a process is part of that",
		            row->name);
		return;
	}
}

static void warn_of_workers(struct bench *bench, int *r)
{
	unsigned most = 0;

	for (unsigned i = 0; i < bench->rows; i++) {
		unsigned workers = bench_row_workers(bench, &bench->row[i]);

		most = workers > most ? workers : most;
	}
	if (most > bench->cpus)
		warning_add(bench, r, "%u workers on %u usable CPU%s", most, bench->cpus,
		            bench->cpus == 1 ? "" : "s");
}

static void warn_of_cache(struct bench *bench, int *r)
{
	uint64_t bytes = bench->tree.bytes, memory = bench->machine.memory_bytes;
	bool warm = false, cold = false, files_only = false;

	for (unsigned i = 0; i < bench->rows; i++) {
		const struct bench_row *row = &bench->row[i];

		cold = cold || row->cache == BENCH_CACHE_COLD;
		for (size_t run = 0; run < row->samples && row->cache == BENCH_CACHE_WARM; run++)
			warm = warm || row->sample[run].resident < WARM_MIN;
	}
	if (bench->options->cache != CLI_CACHE_COLD && bytes > memory / 2)
		warning_add(bench, r, "the source may be too large for the page cache");
	if (warm && bytes)
		warning_add(bench, r,
		            "warm runs began with less than 95 %% of the source in the page cache");
	files_only = cold && access("/proc/sys/vm/drop_caches", W_OK) < 0;
	if (files_only)
		warning_add(bench, r,
		            "only file contents were dropped: directories may have been cached");
	if (cold && bytes < memory)
		warning_add(bench, r,
		            "the source fits into memory: it is cold only because it was dropped");
}

/* ---- Disks ---- */

static bool is_partition(const char *disk)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/partition", disk) < (int)sizeof(path) &&
	       access(path, F_OK) == 0;
}

/* Finds the sysfs directory of the disk that holds a device number.  False: there is none. */
static bool disk_of(dev_t device, char disk[static PATH_MAX])
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(device), minor(device));
	if (!realpath(path, disk))
		return false;
	if (is_partition(disk))
		(void)dirname(disk);
	return true;
}

static bool is_rotating(const char *disk)
{
	char path[PATH_MAX], answer = '0';
	FILE *file;

	if (snprintf(path, sizeof(path), "%s/queue/rotational", disk) >= (int)sizeof(path))
		return false;
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fread(&answer, 1, 1, file) != 1)
		answer = '0';
	fclose(file);
	return answer == '1';
}

static void warn_of_places(struct bench *bench, int *r)
{
	char from[PATH_MAX], to[PATH_MAX];
	struct stat src, dst;
	struct statvfs space;

	if (!strcmp(bench->dst_filesystem, "tmpfs") || !strcmp(bench->src_filesystem, "tmpfs"))
		warning_add(bench, r, "%s is on tmpfs: in memory, not on a disk",
		            strcmp(bench->src_filesystem, "tmpfs")   ? "the target"
		            : strcmp(bench->dst_filesystem, "tmpfs") ? "the source"
		                                                     : "all of it");
	if (!stat(bench->src_path, &src) && !fstat(bench->dst_fd, &dst) &&
	    disk_of(src.st_dev, from) && disk_of(dst.st_dev, to) && !strcmp(from, to) &&
	    is_rotating(from))
		warning_add(bench, r, "source and target are on one rotating disk");
	if (!fstatvfs(bench->dst_fd, &space) &&
	    (uint64_t)space.f_bavail * space.f_frsize < SPACE_COPIES * bench->tree.bytes)
		warning_add(bench, r, "little space is left for the copies");
}

static void warn_of_falls(struct bench *bench, int *r)
{
	for (unsigned i = 0; i < bench->rows; i++) {
		const char *name = bench->row[i].name;

		if (strstr(name, "(fell back)"))
			warning_add(bench, r, "%s had fewer workers than requested", name);
		else if (strstr(name, "(mixed)"))
			warning_add(bench, r, "%s used more than one copy method", name);
	}
}

int bench_warn(struct bench *bench)
{
	int r = 0;

	warn_of_falls(bench, &r);
	warn_of_places(bench, &r);
	warn_of_cache(bench, &r);
	warn_of_workers(bench, &r);
	warn_of_short_runs(bench, &r);
	warn_of_load(bench, &r);
	return r;
}
