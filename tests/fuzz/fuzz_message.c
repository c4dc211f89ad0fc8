/* SPDX-License-Identifier: MIT */
/* fuzz_message.c - a message that a rank gets, from whomever: what is read of it lies in it.
 *
 * The first byte says what is read. */
#include "filter/filter.h"
#include "fuzz.h"
#include "job/queue.h"
#include "job/request.h"
#include "ranks/message.h"
#include "ranks/setup.h"

#include <errno.h>

/* A rank has few of them; here some are right. */
#define ROOTS 3

static void read_jobs(struct pc_wire_reader *r)
{
	char *text = aligned_alloc(8, PC_TEXT_BYTES);
	const char *at;
	struct pc_job job;
	unsigned slot;

	FUZZ_CHECK(text);
	while (pc_message_get_job(r, &slot, &job, &at)) {
		FUZZ_CHECK(job.request_len <= PC_TEXT_BYTES);
		memcpy(text, at, job.request_len);
		(void)pc_job_request_is_valid(&job, text, ROOTS);
	}
	free(text);
}

static void read_results(struct pc_wire_reader *r)
{
	char *text = aligned_alloc(8, PC_TEXT_BYTES);
	const char *items;
	struct pc_job job, answer;
	unsigned slot;
	size_t len;

	FUZZ_CHECK(text);
	while (pc_message_get_result(r, &slot, &answer, &items, &len)) {
		job = (struct pc_job){.kind = answer.kind, .request_len = 5};
		memcpy(text, "Afile", 5);
		if (pc_message_answer(&job, text, &answer, items, len))
			FUZZ_CHECK(job.text_len <= PC_TEXT_BYTES);
	}
	free(text);
}

static void read_setup(struct pc_wire_reader *r)
{
	struct pc_setup_roots roots = {0};
	struct pc_path_set set = {0};
	struct pcopy_options options;
	bool there;
	int e = pc_setup_get_options(r, &options);

	FUZZ_CHECK(e == 0 || e == -EBADMSG);
	if (e < 0)
		return;
	pcopy_filter_free((struct pcopy_filter *)options.filter);
	(void)pc_setup_get_roots(r, &roots);
	(void)pc_setup_get_path_set(r, &set, &there);
	pc_setup_roots_done(&roots);
	pc_path_set_done(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const read[])(struct pc_wire_reader *) = {read_jobs, read_results,
	                                                        read_setup};
	struct pc_wire_reader r;
	unsigned what;

	if (size == 0)
		return 0;
	(void)pc_message_open(data, size, &r);
	what = data[0] % (sizeof(read) / sizeof(read[0]));
	r = pc_wire_reader_of(data + 1, size - 1);
	read[what](&r);
	(void)pc_wire_is_whole(&r);
	return 0;
}
