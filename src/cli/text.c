/* SPDX-License-Identifier: MIT */
/* text.c - the report of --stats. */
#include "cli/text.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/size.h"

static const char *const kind_titles[PCOPY_KINDS] = {
	[PCOPY_FILE] = "files",
	[PCOPY_DIRECTORY] = "directories",
	[PCOPY_SYMLINK] = "symbolic links",
	[PCOPY_HARD_LINK] = "hard links",
	[PCOPY_SPECIAL] = "special files",
};

static void pool_print(FILE *stream, const struct pcopy_report *report)
{
	(void)fprintf(stream, "Pool            %s", pcopy_pool_name(report->pool));
	if (report->asked == PCOPY_POOL_COROUTINES && report->pool != report->asked)
		(void)fprintf(stream, " (requested: %s)", pcopy_pool_name(report->asked));
	(void)fputs(", ", stream);
	if (report->width_least < report->width_most)
		(void)fprintf(stream, "workers %u to %u", report->width_least, report->width_most);
	else
		(void)fprintf(stream, "%u worker%s", report->workers,
		              report->workers == 1 ? "" : "s");
	if (report->pool == PCOPY_POOL_RANKS)
		(void)fprintf(stream, " (%u x %u: ranks x threads)", report->processes,
		              report->threads);
	if (report->pool == PCOPY_POOL_HYBRID)
		(void)fprintf(stream, " (%u x %u: processes x threads)", report->processes,
		              report->threads);
	if (report->pool == PCOPY_POOL_COROUTINES)
		(void)fprintf(stream, " (%u x %u: threads x coroutines)", report->threads,
		              report->coroutines);
	if (report->replaced)
		(void)fprintf(stream, ", %u replaced", report->replaced);
	(void)fputc('\n', stream);
}

static void time_print(FILE *stream, const struct pcopy_report *report)
{
	char wall[PC_SIZE_TEXT], peak[PC_SIZE_TEXT];

	(void)fprintf(stream, "Wall time       %s\n", pc_duration_format(wall, report->wall_ns));
	(void)fprintf(stream, "CPU time        %.3f s (user %.3f, system %.3f)\n",
	              pc_seconds(report->user_ns + report->system_ns), pc_seconds(report->user_ns),
	              pc_seconds(report->system_ns));
	(void)fprintf(stream, "Peak memory     %s\n", pc_size_format(peak, report->peak_bytes));
}

static void calls_print(FILE *stream, const struct pcopy_report *report)
{
	const struct pcopy_calls_report *c = &report->calls;
	char text[4][PC_SIZE_TEXT];

	if (c->enters > 0)
		(void)fprintf(
			stream,
			"io_uring        %s calls completed at once, %s later, %s as system calls; "
			"entered %s times\n",
			pc_count_format(text[0], c->at_once), pc_count_format(text[1], c->later),
			pc_count_format(text[2], c->plain), pc_count_format(text[3], c->enters));
}

static void excluded_counts_print(FILE *stream, const struct pcopy_report *report)
{
	uint64_t directories = report->excluded[PCOPY_DIRECTORY], others = 0;
	char text[2][PC_SIZE_TEXT];

	for (unsigned i = 0; i < PCOPY_KINDS; i++)
		others += i == PCOPY_DIRECTORY ? 0 : report->excluded[i];
	if (directories | others)
		(void)fprintf(stream, "Excluded        %s director%s, %s other entr%s\n",
		              pc_count_format(text[0], directories), directories == 1 ? "y" : "ies",
		              pc_count_format(text[1], others), others == 1 ? "y" : "ies");
}

/* Kinds of which an entry was found; files always. */
static void entries_print(FILE *stream, const struct pcopy_report *report)
{
	char copied[PC_SIZE_TEXT], skipped[PC_SIZE_TEXT], failed[PC_SIZE_TEXT];

	(void)fprintf(stream, "%-16s %11s %12s %12s\n", "Entries", "copied", "skipped", "failed");
	for (unsigned i = 0; i < PCOPY_KINDS; i++) {
		const struct pcopy_count *count = &report->entries[i];

		if (i != PCOPY_FILE && !(count->copied | count->skipped | count->failed))
			continue;
		(void)fprintf(stream, "  %-14s %11s %12s %12s\n", kind_titles[i],
		              pc_count_format(copied, count->copied),
		              pc_count_format(skipped, count->skipped),
		              pc_count_format(failed, count->failed));
	}
	if (report->unchanged | report->attributes_set)
		(void)fprintf(stream, "Unchanged       %s, attributes set %s\n",
		              pc_count_format(copied, report->unchanged),
		              pc_count_format(skipped, report->attributes_set));
	excluded_counts_print(stream, report);
	if (report->warnings)
		(void)fprintf(stream, "Warnings        %s\n",
		              pc_count_format(copied, report->warnings));
}

static void rates_print(FILE *stream, const struct pcopy_report *report)
{
	double seconds = pc_seconds(report->wall_ns);
	char bytes[PC_SIZE_TEXT], exact[PC_SIZE_TEXT], files[PC_SIZE_TEXT];

	(void)fprintf(stream, "Bytes           %s (%s)\n", pc_count_format(exact, report->bytes),
	              pc_size_format(bytes, report->bytes));
	if (seconds <= 0)
		return;
	pc_count_format(files, (uint64_t)((double)report->entries[PCOPY_FILE].copied / seconds));
	(void)fprintf(stream, "Rates           %s files/s, %.1f MiB/s\n", files,
	              (double)report->bytes / seconds / 1048576);
}

static void methods_print(FILE *stream, const struct pcopy_report *report)
{
	char files[PC_SIZE_TEXT], bytes[PC_SIZE_TEXT];

	(void)fprintf(stream, "%-15s %12s %12s\n", "Methods", "files", "bytes");
	for (unsigned i = 0; i < PCOPY_METHODS; i++) {
		if (!report->method_files[i] && !report->method_bytes[i])
			continue;
		(void)fprintf(stream, "  %-15s %10s %12s\n",
		              pcopy_method_name((enum pcopy_method)i),
		              pc_count_format(files, report->method_files[i]),
		              pc_size_format(bytes, report->method_bytes[i]));
	}
}

static void verification_print(FILE *stream, const struct pcopy_report *report)
{
	const struct pcopy_verify_report *v = &report->verify;
	char number[PC_SIZE_TEXT], size[PC_SIZE_TEXT], warm[PC_SIZE_TEXT];

	if (!v->wall_ns)
		return;
	(void)fprintf(stream, "Read back       %s in %s, %s entries\n",
	              pc_size_format(size, v->bytes), pc_duration_format(warm, v->wall_ns),
	              pc_count_format(number, v->entries));
	(void)fprintf(stream, "  different     %s", pc_count_format(number, v->differences));
	(void)fprintf(stream, ", failed %s", pc_count_format(number, v->failed));
	(void)fprintf(stream, ", skipped %s", pc_count_format(number, v->skipped));
	(void)fprintf(stream, ", recopied %s\n", pc_count_format(number, v->recopied));
	if (v->warm_bytes)
		(void)fprintf(stream, "  cached        %s, after dropping the cache %s\n",
		              pc_size_format(warm, v->warm_bytes),
		              pc_size_format(size, v->cold_bytes));
}

static void deletion_print(FILE *stream, const struct pcopy_report *report)
{
	const struct pcopy_delete_report *d = &report->deleted;
	char number[PC_SIZE_TEXT], time[PC_SIZE_TEXT];

	if (!d->wall_ns)
		return;
	(void)fprintf(stream, "Deleted         %s in %s", pc_count_format(number, d->removed),
	              pc_duration_format(time, d->wall_ns));
	(void)fprintf(stream, ", of these directories %s", pc_count_format(number, d->directories));
	(void)fprintf(stream, ", kept %s", pc_count_format(number, d->stayed));
	(void)fprintf(stream, ", failed %s\n", pc_count_format(number, d->failed));
}

/* One row for each rank, if there are ranks. */
static void ranks_print(FILE *stream, const struct pcopy_report *report)
{
	char busy[PC_SIZE_TEXT], entries[PC_SIZE_TEXT], bytes[PC_SIZE_TEXT], peak[PC_SIZE_TEXT];

	if (report->ranks == 0)
		return;
	(void)fprintf(stream, "%-8s %12s %9s %12s %12s %12s  %s\n", "Ranks", "busy", "workers",
	              "entries", "bytes", "memory", "host");
	for (unsigned i = 0; i < report->ranks; i++) {
		const struct pcopy_rank_report *rank = &report->rank[i];

		(void)fprintf(stream, "  %-6u %12s %9u %12s %12s %12s  %s\n", i + 1,
		              pc_duration_format(busy, rank->busy_ns), rank->workers,
		              pc_count_format(entries, rank->entries),
		              pc_size_format(bytes, rank->bytes),
		              pc_size_format(peak, rank->peak_bytes), rank->host);
	}
}

uint64_t cli_worker_waited_ns(const struct pcopy_worker_report *worker)
{
	uint64_t span = worker->last_ns - worker->first_ns;

	return span > worker->busy_ns ? span - worker->busy_ns : 0;
}

static void workers_print(FILE *stream, const struct pcopy_report *report)
{
	char busy[PC_SIZE_TEXT], jobs[PC_SIZE_TEXT], entries[PC_SIZE_TEXT], bytes[PC_SIZE_TEXT];

	(void)fprintf(stream, "%-8s %12s %7s %9s %12s %12s\n", "Workers", "busy", "share", "jobs",
	              "entries", "bytes");
	for (unsigned i = 0; report->worker && i < report->workers; i++) {
		const struct pcopy_worker_report *worker = &report->worker[i];
		double share =
			report->wall_ns ? (double)worker->busy_ns / (double)report->wall_ns : 0;

		(void)fprintf(stream, "  %-6u %12s %6.1f%% %9s %12s %12s\n", i,
		              pc_duration_format(busy, worker->busy_ns), 100 * share,
		              pc_count_format(jobs, worker->jobs),
		              pc_count_format(entries, worker->entries),
		              pc_size_format(bytes, worker->bytes));
	}
}

/* How each worker spent its time: on a CPU, ready for one, asleep on a disk or a lock, without a
 * job. */
static void waits_print(FILE *stream, const struct pcopy_report *report)
{
	char text[5][PC_SIZE_TEXT];

	(void)fprintf(stream, "%-8s %12s %11s %11s %11s %12s\n", "", "on CPU", "ready", "asleep",
	              "no job", "done at");
	for (unsigned i = 0; report->worker && i < report->workers; i++) {
		const struct pcopy_worker_report *w = &report->worker[i];
		uint64_t off = w->busy_ns > w->cpu_ns ? w->busy_ns - w->cpu_ns : 0;
		uint64_t delay = w->delay_ns < off ? w->delay_ns : off;

		(void)fprintf(stream, "  %-6u %12s %11s %11s %11s %12s\n", i,
		              pc_duration_format(text[0], w->busy_ns - off),
		              pc_duration_format(text[1], delay),
		              pc_duration_format(text[2], off - delay),
		              pc_duration_format(text[3], cli_worker_waited_ns(w)),
		              pc_duration_format(text[4], w->last_ns));
	}
}

static void phases_print(FILE *stream, const struct pcopy_report *report)
{
	char count[PC_SIZE_TEXT], text[4][PC_SIZE_TEXT];
	uint64_t sum_ns = 0;

	for (unsigned i = 0; i < PCOPY_PHASES; i++)
		sum_ns += report->phase[i].sum_ns;
	(void)fprintf(stream, "%-10s %10s %7s %11s %11s %11s %12s\n", "Phases", "times", "share",
	              "median", "95 %", "99 %", "longest");
	for (unsigned i = 0; i < PCOPY_PHASES; i++) {
		const struct pcopy_phase_report *p = &report->phase[i];

		if (!p->count)
			continue;
		(void)fprintf(stream, "  %-8s %10s %6.1f%% %11s %11s %11s %12s\n",
		              pcopy_phase_name((enum pcopy_phase)i),
		              pc_count_format(count, p->count),
		              sum_ns ? 100 * (double)p->sum_ns / (double)sum_ns : 0,
		              pc_duration_format(text[0], p->p50_ns),
		              pc_duration_format(text[1], p->p95_ns),
		              pc_duration_format(text[2], p->p99_ns),
		              pc_duration_format(text[3], p->max_ns));
	}
	(void)fprintf(stream, "Measurement     %s, %.2f %% of the workers' time\n",
	              pc_duration_format(count, report->measuring_ns),
	              sum_ns ? 100 * (double)report->measuring_ns / (double)sum_ns : 0);
}

static void kernel_print(FILE *stream, const struct pcopy_report *report)
{
	char a[PC_SIZE_TEXT], b[PC_SIZE_TEXT];

	(void)fprintf(
		stream, "Queue           %u of %u slots used, full %s times, starved %s times\n",
		report->queue_peak, report->queue_depth, pc_count_format(a, report->queue_full),
		pc_count_format(b, report->queue_starved));
	(void)fprintf(stream, "Page faults     %s minor, %s major\n",
	              pc_count_format(a, report->minor_faults),
	              pc_count_format(b, report->major_faults));
	(void)fprintf(stream, "Switches        %s voluntary, %s involuntary\n",
	              pc_count_format(a, report->voluntary_switches),
	              pc_count_format(b, report->involuntary_switches));
	(void)fprintf(stream, "Tail            first worker done at %s, last at %s\n",
	              pc_duration_format(a, report->first_done_ns),
	              pc_duration_format(b, report->last_done_ns));
}

void cli_text_report(FILE *stream, const struct pcopy_report *report)
{
	pool_print(stream, report);
	time_print(stream, report);
	calls_print(stream, report);
	entries_print(stream, report);
	rates_print(stream, report);
	methods_print(stream, report);
	ranks_print(stream, report);
	workers_print(stream, report);
	deletion_print(stream, report);
	verification_print(stream, report);
	if (report->phase) {
		waits_print(stream, report);
		phases_print(stream, report);
		kernel_print(stream, report);
	}
	if (report->stop != PCOPY_STOP_NOT)
		(void)fputs("The copy stopped before it was complete.\n", stream);
}
