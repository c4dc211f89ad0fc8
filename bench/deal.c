/* SPDX-License-Identifier: MIT
 *
 * deal.c - measures how many jobs rank 0 can send: its MPI ranks answer jobs without copying.
 *
 *	mpirun -n 4 build/bench-deal DIRECTORIES FILES COST_NS PART THREADS
 *
 * The simulated tree has DIRECTORIES directories of FILES files each.  A rank reports COST_NS for each
 * entry, so that jobs are as large as on storage that takes so long, but takes no time.  For PART per
 * cent of the directories it hands back the names of all files, as if the job's budget were used up.
 *
 * Prints a line: entries, jobs, seconds, CPU seconds of rank 0, entries and jobs for each CPU second of
 * rank 0, its peak memory in MiB. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mpi.h>

#include "base/clock.h"
#include "base/memory.h"
#include "job/queue.h"
#include "mpi/transport.h"
#include "ranks/greeting.h"
#include "sys/devices.h"

static struct {
	unsigned directories, files, cost_ns, part, threads;
} tree;

static _Alignas(8) char text[PC_TEXT_BYTES];

/* ---- A rank that does nothing ---- */

static void item_add(struct pc_job *job, enum pc_item_type type, const char *data, size_t len,
                     unsigned entries)
{
	struct pc_item *item = pc_item_add(text, &job->text_len, sizeof(text), type, data, len);

	item->entries = entries;
	item->meta.mode = S_IFDIR | 0755;
	item->flags = type == PC_ITEM_ENTER && len == 0 ? PC_ITEM_TOP : 0;
}

static void names_add(struct pc_job *job, char letter, unsigned count)
{
	static char names[PC_TEXT_BYTES / 2];
	size_t len = 0;

	for (unsigned i = 0; i < count && len < sizeof(names) - 16; i++)
		len += (size_t)sprintf(names + len, "%c%c%07u", letter, letter, i) + 1;
	item_add(job, PC_ITEM_NAMES, names, len, count);
}

/* Of the names of a job: what they are counts as done, or comes back. */
static void names_do(struct pc_job *job)
{
	uint64_t *files = &job->counts.entries[PCOPY_FILE].copied;
	uint64_t *directories = &job->counts.entries[PCOPY_DIRECTORY].copied;
	const char *name = pc_text_next(text), *end = text + job->request_len;

	for (; name < end; name = pc_text_next(name)) {
		if (*name == PC_TYPE_FILE) {
			++*files;
			continue;
		}
		++*directories;
		if ((unsigned)atoi(name + 2) % 100 >= tree.part) {
			*files += tree.files;
			continue;
		}
		item_add(job, PC_ITEM_ENTER, name + 1, strlen(name + 1), 0);
		names_add(job, PC_TYPE_FILE, tree.files);
		item_add(job, PC_ITEM_LEAVE, "", 0, 0);
	}
}

static void job_answer(struct pc_job *job)
{
	job->text_len = job->request_len;
	if (job->kind == PC_JOB_ENTRIES && (job->flags & PC_JOB_TOP)) {
		item_add(job, PC_ITEM_ENTER, "", 0, 0);
		names_add(job, PC_TYPE_DIR, tree.directories);
		item_add(job, PC_ITEM_LEAVE, "", 0, 0);
	} else if (job->kind == PC_JOB_ENTRIES) {
		names_do(job);
	}
	job->start_ns = pc_now_ns();
	job->busy_ns = job->cpu_ns = (pc_counts_entries(&job->counts) + 1) * tree.cost_ns;
}

static void jobs_answer(const struct pcopy_transport *t, struct pc_wire_reader *r)
{
	uint64_t count = pc_wire_get_number(r, PC_QUEUE_MAX);
	struct pc_wire w = {0};

	pc_message_begin_run(&w, PC_MESSAGE_RESULTS);
	for (uint64_t i = 0; i < count; i++) {
		struct pc_job job;
		const char *request;
		unsigned slot;

		if (!pc_message_get_job(r, &slot, &job, &request))
			abort();
		memcpy(text, request, job.request_len);
		job_answer(&job);
		pc_message_put_result(&w, slot, &job, text);
	}
	pc_message_set_count(&w, (unsigned)count);
	if (t->send(t->data, 0, w.bytes.data, w.bytes.len) < 0)
		abort();
	pc_wire_done(&w);
}

static void numbers_send(const struct pcopy_transport *t, enum pc_message kind, uint64_t first)
{
	const struct pc_usage none = {0};
	struct pc_wire w = {0};

	pc_message_begin(&w, kind);
	pc_wire_put_number(&w, first);
	if (kind == PC_MESSAGE_ENDED)
		pc_wire_put(&w, &none, sizeof(none));
	pc_wire_put_number(&w, 0);
	if (t->send(t->data, 0, w.bytes.data, w.bytes.len) < 0)
		abort();
	pc_wire_done(&w);
}

static void serve(const struct pcopy_transport *t)
{
	struct pc_devices devices;
	struct pc_guest guest = {.transport = t, .devices = &devices};
	enum pc_message kind = PC_MESSAGE_NONE;

	pc_devices_init(&devices, PC_DEVICE_OWN(t->rank));
	while (kind != PC_MESSAGE_QUIT) {
		struct pc_wire_reader r;
		const void *bytes;
		unsigned rank;
		size_t len;

		if (t->receive(t->data, -1, -1, &rank, &bytes, &len) <= 0)
			continue;
		kind = pc_message_open(bytes, len, &r);
		if (kind == PC_MESSAGE_SETUP)
			numbers_send(t, PC_MESSAGE_READY, tree.threads);
		else if (kind == PC_MESSAGE_JOBS)
			jobs_answer(t, &r);
		else if (kind == PC_MESSAGE_END)
			numbers_send(t, PC_MESSAGE_ENDED, 0);
		else if (kind == PC_MESSAGE_GREET || kind == PC_MESSAGE_PROBE ||
		         kind == PC_MESSAGE_WELCOME)
			(void)pc_guest_take(&guest, kind, &r);
	}
	pc_devices_done(&devices);
}

/* ---- Rank 0 ---- */

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static int deal(const struct pcopy_transport *t)
{
	struct pcopy_options options = PCOPY_OPTIONS_INIT;
	char src[] = "/tmp/pcopy-deal.XXXXXX", dst[] = "/tmp/pcopy-deal.none";
	double entries = (double)tree.directories * (tree.files + 1), cpu = cpu_seconds(), jobs;
	uint64_t start_ns = pc_now_ns();
	struct pcopy *copy;
	int r;

	options.transport = t;
	options.threads = tree.threads;
	if (!mkdtemp(src) || pcopy_new(&options, &copy) < 0 || pcopy_add(copy, src, dst, 0) < 0)
		return 1;
	r = pcopy_run(copy);
	cpu = cpu_seconds() - cpu;
	jobs = (double)pcopy_get_report(copy)->jobs;
	printf("%.0f entries, %.0f jobs, %.3f s, %.3f CPU s: %.0f entries/CPU s, %.0f jobs/CPU s, "
	       "%.1f MiB, status %d\n",
	       entries, jobs, pc_seconds(pc_now_ns() - start_ns), cpu, entries / cpu, jobs / cpu,
	       (double)pc_memory_own_peak() / (1 << 20), r);
	pcopy_free(copy);
	rmdir(src);
	return r != 0;
}

int main(int argc, char **argv)
{
	const struct pcopy_transport *t;
	struct mpi_link *link;
	int provided, status = 0;

	if (argc < 6 ||
	    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS ||
	    mpi_link_new(&link) < 0)
		return 2;
	tree.directories = (unsigned)atoi(argv[1]);
	tree.files = (unsigned)atoi(argv[2]);
	tree.cost_ns = (unsigned)atoi(argv[3]);
	tree.part = (unsigned)atoi(argv[4]);
	tree.threads = (unsigned)atoi(argv[5]);
	t = mpi_link_transport(link);
	if (t->rank > 0) {
		serve(t);
	} else {
		status = deal(t);
		(void)pcopy_dismiss(t);
	}
	mpi_link_free(link);
	(void)MPI_Finalize();
	return status;
}
