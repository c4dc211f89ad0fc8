/* check_wire.c - src/ranks/{wire,message,options,setup}.c, src/job/request.c and src/run/pack.c: what
 * goes from one rank to another comes out as it was, and what is broken does no harm.
 * SPDX-License-Identifier: MIT */
#include "job/kinds.h"
#include "job/request.h"
#include "run/pack.h"

#include "support.h"

#include <sys/mman.h>

#define ROOTS 3U

/* A message that ends where the memory does: who reads on is killed. */
static char *fence_end;

static void fence_setup(void)
{
	const size_t bytes = 1U << 20;
	char *area = mmap(NULL, bytes + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
	                  -1, 0);

	ck_assert_ptr_ne(area, MAP_FAILED);
	fence_end = area + bytes;
	ck_assert_int_eq(mprotect(fence_end, 4096, PROT_NONE), 0);
}

static const char *at_fence(const void *bytes, size_t len)
{
	return memcpy(fence_end - len, bytes, len);
}

/* ---- Numbers and strings ---- */

START_TEST(values_round_trip)
{
	struct pc_wire w = {0};
	struct pc_wire_reader r;
	size_t len;

	pc_wire_put_number(&w, 7);
	pc_wire_put_string(&w, "name");
	pc_wire_put_string(&w, NULL);
	pc_wire_put_string(&w, "");
	pc_wire_put_block(&w, "abc", 3);
	ck_assert(!w.no_memory);
	r = pc_wire_reader_of(at_fence(w.bytes.data, w.bytes.len), w.bytes.len);
	ck_assert_uint_eq(pc_wire_get_number(&r, 7), 7);
	ck_assert_str_eq(pc_wire_get_text(&r), "name");
	ck_assert_ptr_null(pc_wire_get_string(&r));
	ck_assert_str_eq(pc_wire_get_string(&r), "");
	ck_assert_mem_eq(pc_wire_get_block(&r, 3, &len), "abc", 3);
	ck_assert_uint_eq(len, 3);
	ck_assert(pc_wire_is_whole(&r));
	pc_wire_done(&w);
}
END_TEST

START_TEST(missing_values_read_as_zero)
{
	const uint64_t lies = UINT64_MAX;
	struct pc_wire_reader r = pc_wire_reader_of(at_fence("abc", 3), 3);
	size_t len;

	ck_assert_uint_eq(pc_wire_get_number(&r, UINT64_MAX), 0);
	ck_assert(r.broken && !pc_wire_is_whole(&r));
	r = pc_wire_reader_of(at_fence(&lies, sizeof(lies)), sizeof(lies));
	ck_assert_str_eq(pc_wire_get_text(&r), "");
	ck_assert(r.broken);
	r = pc_wire_reader_of(at_fence(&lies, sizeof(lies)), sizeof(lies));
	ck_assert_ptr_null(pc_wire_get_block(&r, UINT64_MAX, &len));
	ck_assert_uint_eq(len, 0);
}
END_TEST

START_TEST(string_ends_with_its_only_nul)
{
	const struct {
		uint64_t size;
		char text[4];
	} open = {4, "abcd"}, early = {4, "a\0c"};
	struct pc_wire_reader r = pc_wire_reader_of(at_fence(&open, 12), 12);

	ck_assert_ptr_null(pc_wire_get_string(&r));
	ck_assert(r.broken);
	r = pc_wire_reader_of(at_fence(&early, 12), 12);
	ck_assert_ptr_null(pc_wire_get_string(&r));
	ck_assert(r.broken);
}
END_TEST

START_TEST(number_beyond_its_limit_is_refused)
{
	const uint64_t two = 2;
	struct pc_wire_reader r = pc_wire_reader_of(&two, sizeof(two));

	ck_assert_uint_eq(pc_wire_get_number(&r, 1), 0);
	ck_assert(r.broken);
}
END_TEST

/* ---- Jobs ---- */

static const char text[] = "dir\0fone\0ftwo";

static struct pc_job job_of(void)
{
	return (struct pc_job){
		.kind = PC_JOB_ENTRIES, .root = 1, .budget_ns = 5, .request_len = sizeof(text)};
}

START_TEST(job_round_trips)
{
	struct pc_job job = job_of(), got;
	struct pc_wire w = {0};
	struct pc_wire_reader r;
	const char *request;
	unsigned slot;

	pc_message_begin_run(&w, PC_MESSAGE_JOBS);
	pc_message_put_job(&w, 17, &job, text);
	pc_message_set_count(&w, 1);
	ck_assert_int_eq(pc_message_open(at_fence(w.bytes.data, w.bytes.len), w.bytes.len, &r),
	                 PC_MESSAGE_JOBS);
	ck_assert_uint_eq(pc_wire_get_number(&r, 9), 1);
	ck_assert(pc_message_get_job(&r, &slot, &got, &request));
	ck_assert_uint_eq(slot, 17);
	ck_assert_mem_eq(request, text, sizeof(text));
	ck_assert_mem_eq(&got, &job, offsetof(struct pc_job, text_len));
	ck_assert(pc_wire_is_whole(&r));
	ck_assert(pc_job_request_is_valid(&got, request, ROOTS));
	pc_wire_done(&w);
}
END_TEST

START_TEST(answer_goes_into_the_slot_of_its_request)
{
	static char there[PC_TEXT_BYTES], here[PC_TEXT_BYTES];
	struct pc_job job = job_of(), answer, got;
	struct pc_wire w = {0};
	struct pc_wire_reader r;
	const char *items;
	unsigned slot;
	size_t len;

	memcpy(there, text, sizeof(text));
	memcpy(here, text, sizeof(text));
	answer = job;
	answer.text_len = answer.request_len;
	answer.counts.bytes = 99;
	ck_assert_ptr_nonnull(
		pc_item_add(there, &answer.text_len, PC_TEXT_BYTES, PC_ITEM_LINKED, "one", 3));
	pc_message_begin_run(&w, PC_MESSAGE_RESULTS);
	pc_message_put_result(&w, 3, &answer, there);
	ck_assert_int_eq(pc_message_open(w.bytes.data, w.bytes.len, &r), PC_MESSAGE_RESULTS);
	(void)pc_wire_get_number(&r, 9);
	ck_assert(pc_message_get_result(&r, &slot, &got, &items, &len));
	ck_assert(pc_message_answer(&job, here, &got, items, len));
	ck_assert_uint_eq(slot, 3);
	ck_assert_uint_eq(job.text_len, answer.text_len);
	ck_assert_uint_eq(job.counts.bytes, 99);
	ck_assert_mem_eq(here, there, answer.text_len);
	pc_wire_done(&w);
}
END_TEST

START_TEST(answer_to_another_request_is_refused)
{
	static char here[PC_TEXT_BYTES];
	struct pc_job job = job_of(), answer = job;

	answer.kind = PC_JOB_LIST;
	ck_assert(!pc_message_answer(&job, here, &answer, here, 0));
	answer = job;
	answer.request_len++;
	ck_assert(!pc_message_answer(&job, here, &answer, here, 0));
	answer = job;
	ck_assert(!pc_message_answer(&job, here, &answer, here, PC_TEXT_BYTES - 1));
}
END_TEST

START_TEST(message_of_another_program_is_refused)
{
	const uint32_t head[2] = {1, PC_MESSAGE_JOBS}, unknown[2] = {0x70630a01, PC_MESSAGES};
	struct pc_wire_reader r;

	ck_assert_int_eq(pc_message_open(head, sizeof(head), &r), PC_MESSAGE_NONE);
	ck_assert_int_eq(pc_message_open(unknown, sizeof(unknown), &r), PC_MESSAGE_NONE);
	ck_assert_int_eq(pc_message_open(head, 3, &r), PC_MESSAGE_NONE);
}
END_TEST

/* ---- Requests ---- */

static bool is_valid(const struct pc_job *job, const char *request, size_t len)
{
	struct pc_job copy = *job;

	copy.request_len = (uint32_t)len;
	return pc_job_request_is_valid(&copy, at_fence(request, len), ROOTS);
}

START_TEST(incomplete_request_is_refused)
{
	static const char file[] = "dir\0a\0b\0c", names[] = "dir\0fone\0x";
	struct pc_job job = job_of();

	ck_assert(is_valid(&job, text, sizeof(text)));
	ck_assert(!is_valid(&job, text, sizeof(text) - 1));
	ck_assert(!is_valid(&job, names, sizeof(names) - 1)); /* a letter without a name */
	ck_assert(!is_valid(&job, "dir\0fa/b", 9));
	ck_assert(!is_valid(&job, "dir\0qone", 9));
	job.root = ROOTS;
	ck_assert(!is_valid(&job, text, sizeof(text)));
	job = (struct pc_job){.kind = PC_JOB_CHUNK};
	ck_assert(is_valid(&job, file, sizeof(file)));
	ck_assert(!is_valid(&job, file, sizeof(file) - 1));
	ck_assert(!is_valid(&job, file, sizeof(file) - 2));
	job.kind = PC_JOB_KINDS;
	ck_assert(!is_valid(&job, file, sizeof(file)));
}
END_TEST

START_TEST(job_about_unknown_operands_is_refused)
{
	struct pc_job job = {.kind = PC_JOB_ENTRIES, .flags = PC_JOB_TOP, .root = 1};

	job.root_count = 2;
	ck_assert(is_valid(&job, "", 0));
	job.root_count = 3;
	ck_assert(!is_valid(&job, "", 0));
	job.root_count = 0;
	ck_assert(!is_valid(&job, "", 0));
	job.root_count = UINT32_MAX;
	ck_assert(!is_valid(&job, "", 0));
}
END_TEST

START_TEST(link_to_an_unknown_operand_is_refused)
{
	_Alignas(8) static char request[512];
	static const char link[] = "dir\0name\0other\0first";
	struct pc_job job = {.kind = PC_JOB_LINK};
	struct pc_item *item = pc_item_add(request, &job.request_len, sizeof(request), PC_ITEM_LINK,
	                                   link, sizeof(link) - 1);

	ck_assert_ptr_nonnull(item);
	ck_assert(pc_job_request_is_valid(&job, request, ROOTS));
	item->arg = ROOTS;
	ck_assert(!pc_job_request_is_valid(&job, request, ROOTS));
	item->arg = 0;
	item->root = ROOTS;
	ck_assert(!pc_job_request_is_valid(&job, request, ROOTS));
	item->root = 0;
	item->type = PC_ITEM_DIR;
	ck_assert(!pc_job_request_is_valid(&job, request, ROOTS));
}
END_TEST

/* ---- Options ---- */

/* What is not sent as a number: callbacks, strings, what is the caller's own. */
static bool is_sent_otherwise(size_t at)
{
	static const struct {
		size_t offset, bytes;
	} others[] = {
#define OTHER(field)                                                                               \
	{offsetof(struct pcopy_options, field), sizeof(((struct pcopy_options *)0)->field)}
		OTHER(size),        OTHER(backup_suffix),   OTHER(userdata),     OTHER(on_event),
		OTHER(on_progress), OTHER(on_worker_start), OTHER(on_overwrite), OTHER(manifest),
		OTHER(on_digest),   OTHER(on_slice),        OTHER(on_start),     OTHER(filter),
		OTHER(on_width),    OTHER(on_delete),       OTHER(transport),    OTHER(names),
	};

	for (size_t i = 0; i < COUNT(others); i++) {
		if (at >= others[i].offset && at < others[i].offset + others[i].bytes)
			return true;
	}
	return false;
}

static bool is_row(size_t at)
{
	static const size_t bytes[] = {[PC_SETUP_BOOL] = sizeof(bool),
	                               [PC_SETUP_WORD] = sizeof(uint32_t),
	                               [PC_SETUP_LONG] = sizeof(uint64_t)};
	size_t count;
	const struct pc_setup_field *field = pc_setup_fields(&count);

	for (size_t i = 0; i < count; i++) {
		if (at >= field[i].offset && at < field[i].offset + bytes[field[i].type])
			return true;
	}
	return false;
}

START_TEST(each_option_is_sent)
{
	struct pcopy_options all;
	const unsigned char *byte = (const unsigned char *)&all;

	memset(&all, 0xff, sizeof(all));
	__builtin_clear_padding(&all);
	for (size_t at = 0; at < sizeof(all); at++)
		ck_assert_msg((byte[at] != 0) == (is_row(at) || is_sent_otherwise(at)),
		              "byte %zu of the options", at);
}
END_TEST

static bool overwrite(UNUSED void *data, UNUSED const char *dst, UNUSED unsigned mode,
                      UNUSED bool writable)
{
	return true;
}

/* Values that no two fields share, as far as they may have them. */
static struct pcopy_options some_options(void)
{
	struct pcopy_options options = PCOPY_OPTIONS_INIT;
	size_t count;
	const struct pc_setup_field *field = pc_setup_fields(&count);

	for (size_t i = 0; i < count; i++) {
		char *at = (char *)&options + field[i].offset;
		uint64_t number = field[i].most < 100 ? (i + 1) % (field[i].most + 1) : 1000 + i;

		if (field[i].type == PC_SETUP_BOOL)
			*(bool *)at = i % 3 == 0;
		else if (field[i].type == PC_SETUP_WORD)
			*(uint32_t *)(void *)at = (uint32_t)number;
		else
			*(uint64_t *)(void *)at = number;
	}
	options.backup_suffix = ".bak";
	options.on_overwrite = overwrite;
	return options;
}

START_TEST(options_round_trip)
{
	struct pcopy_options options = some_options(), got;
	struct pcopy_filter_rule rule;
	struct pcopy_filter *filter;
	struct pc_wire w = {0};
	struct pc_wire_reader r;
	size_t count;
	const struct pc_setup_field *field = pc_setup_fields(&count);

	ck_assert_int_eq(pcopy_filter_new(&filter), 0);
	ck_assert_int_eq(pcopy_filter_add(filter, PCOPY_FILTER_RULES, "+ keep*", false, NULL), 0);
	ck_assert_int_eq(pcopy_filter_add(filter, PCOPY_FILTER_EXCLUDE, "/a/", false, NULL), 0);
	options.filter = filter;
	pc_setup_put_options(&w, &options);
	r = pc_wire_reader_of(at_fence(w.bytes.data, w.bytes.len), w.bytes.len);
	ck_assert_int_eq(pc_setup_get_options(&r, &got), 0);
	ck_assert(pc_wire_is_whole(&r));
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(memcmp((char *)&got + field[i].offset,
		                     (char *)&options + field[i].offset,
		                     field[i].type == PC_SETUP_BOOL   ? 1
		                     : field[i].type == PC_SETUP_WORD ? 4
		                                                      : 8) == 0,
		              "row %zu", i);
	ck_assert_str_eq(got.backup_suffix, ".bak");
	ck_assert_ptr_null(got.manifest);
	ck_assert(got.on_overwrite && !got.on_delete && !got.on_slice);
	ck_assert_uint_eq(pcopy_filter_count(got.filter), 2);
	ck_assert(pcopy_filter_get(got.filter, 2, &rule) && !rule.include);
	ck_assert_str_eq(rule.pattern, "/a/");
	pcopy_filter_free((struct pcopy_filter *)got.filter);
	pcopy_filter_free(filter);
	pc_wire_done(&w);
}
END_TEST

/* ---- A whole pass ---- */

static struct pc_root roots[ROOTS];
static const struct pc_anchor tops[2] = {{"/", 1, 2, true, false}, {"here", 3, 4, false, true}};
static const struct pc_meta parent = {.mode = 0755};
static struct pc_path_set set;
static struct pc_attribute_rule rule = {(char *)"user.*", PC_ATTRIBUTE_NOT_COPIED};

static struct pc_ranks *some_ranks(void)
{
	static const struct pcopy_transport transport = {.size = sizeof(transport), .ranks = 3};
	struct pc_ranks *ranks;

	ck_assert_int_eq(pc_ranks_new(&transport, 2, &ranks), 0);
	free(ranks->cwd);
	ranks->cwd = strdup("/tmp");
	for (unsigned i = 0; i < ROOTS; i++)
		roots[i] = (struct pc_root){.src = "src",
		                            .dst = "dst",
		                            .src_anchor = &tops[0],
		                            .dst_anchor = &tops[i > 0],
		                            .src_name = "name",
		                            .dst_name = ".",
		                            .parent = i == 2 ? &parent : NULL};
	for (uint64_t hash = 1; hash < 40; hash++)
		ck_assert_int_eq(pc_path_set_add_hash(&set, hash * 77), 0);
	return ranks;
}

static void pack_some(struct pc_ranks *ranks, int kind)
{
	static struct pcopy_options options;
	const struct pc_attribute_rules rules = {&rule, 1};

	options = some_options();
	if (kind == 0)
		pc_pack_copy(ranks, &(struct pc_copy_env){.options = &options,
		                                          .root = roots,
		                                          .root_count = 2,
		                                          .parent_count = 1,
		                                          .run_id = 5,
		                                          .umask = 027,
		                                          .attributes = &rules,
		                                          .only = &set});
	else if (kind == 1)
		pc_pack_check(ranks, &(struct pc_check_env){.options = &options,
		                                            .root = roots,
		                                            .root_count = ROOTS,
		                                            .attributes = &rules,
		                                            .both = true,
		                                            .not_copied = &set});
	else
		pc_pack_prune(ranks, &(struct pc_prune_env){.options = &options,
		                                            .root = roots,
		                                            .root_count = ROOTS,
		                                            .listed = &set,
		                                            .obstacles = &set,
		                                            .act = true});
	ck_assert(!ranks->setup.no_memory);
}

static int unpack_some(const void *bytes, size_t len, struct pc_unpacked *ret)
{
	struct pc_wire_reader r;

	if (pc_message_open(bytes, len, &r) != PC_MESSAGE_SETUP) {
		memset(ret, 0, sizeof(*ret));
		return -EBADMSG;
	}
	return pc_unpack(&r, ret);
}

START_TEST(pass_round_trips)
{
	struct pc_ranks *ranks = some_ranks();
	struct pc_unpacked u;

	pack_some(ranks, 0);
	ck_assert_int_eq(unpack_some(ranks->setup.bytes.data, ranks->setup.bytes.len, &u), 0);
	ck_assert_uint_eq(u.threads, 2);
	ck_assert_uint_eq(u.umask, 027);
	ck_assert_uint_eq(u.env.copy.run_id, 5);
	ck_assert_uint_eq(u.env.copy.root_count, 2);
	ck_assert_str_eq(u.roots.root[1].dst_anchor->path, "/tmp/here");
	ck_assert_str_eq(u.roots.root[1].src_anchor->path, "/");
	ck_assert(u.roots.root[1].src_anchor->local && !u.roots.root[1].dst_anchor->local);
	ck_assert(u.roots.root[1].dst_anchor->absent && !u.roots.root[0].dst_anchor->absent);
	ck_assert_ptr_eq(u.roots.root[1].src_anchor, u.roots.root[0].src_anchor);
	ck_assert_ptr_ne(u.roots.root[1].dst_anchor, u.roots.root[0].dst_anchor);
	ck_assert_uint_eq(u.roots.root[2].parent->mode, 0755);
	ck_assert_int_eq(pc_attribute_is(&u.attributes, "user.a"), PC_ATTRIBUTE_NOT_COPIED);
	ck_assert_uint_eq(u.env.copy.only->len, 39);
	ck_assert(pc_path_set_has_hash(u.env.copy.only, 77) &&
	          !pc_path_set_has_hash(u.env.copy.only, 1));
	pc_unpacked_done(&u);
	pack_some(ranks, 1);
	ck_assert_int_eq(unpack_some(ranks->setup.bytes.data, ranks->setup.bytes.len, &u), 0);
	ck_assert(u.env.check.both && !u.env.check.compare);
	pc_unpacked_done(&u);
	pack_some(ranks, 2);
	ck_assert_int_eq(unpack_some(ranks->setup.bytes.data, ranks->setup.bytes.len, &u), 0);
	ck_assert(u.env.prune.act && !u.env.prune.reports);
	ck_assert(pc_path_set_has_hash(u.env.prune.listed, 77));
	pc_unpacked_done(&u);
	pc_ranks_free(ranks);
}
END_TEST

START_TEST(truncated_pass_is_refused)
{
	struct pc_ranks *ranks = some_ranks();
	struct pc_unpacked u;

	pack_some(ranks, _i);
	for (size_t len = 0; len < ranks->setup.bytes.len; len++) {
		ck_assert_int_lt(unpack_some(at_fence(ranks->setup.bytes.data, len), len, &u), 0);
		pc_unpacked_done(&u);
	}
	pc_wire_put(&ranks->setup, "", 1);
	ck_assert_int_lt(unpack_some(ranks->setup.bytes.data, ranks->setup.bytes.len, &u), 0);
	pc_unpacked_done(&u);
	pc_ranks_free(ranks);
}
END_TEST

/* Each byte in turn is another one: what comes out of it is refused, or can be used. */
START_TEST(corrupted_pass_does_no_harm)
{
	struct pc_ranks *ranks = some_ranks();
	size_t len, refused = 0;
	struct pc_unpacked u;

	pack_some(ranks, _i);
	len = ranks->setup.bytes.len;
	for (size_t at = 0; at < len; at++) {
		char *message = memcpy(fence_end - len, ranks->setup.bytes.data, len);

		message[at] = (char)(message[at] ^ 0xff);
		refused += unpack_some(message, len, &u) < 0;
		for (unsigned i = 0; u.roots.root && i < u.roots.count; i++)
			ck_assert(!u.roots.root[i].src_name || *u.roots.root[i].src_name != '\1');
		pc_unpacked_done(&u);
	}
	ck_assert_uint_gt(refused, len / 4);
	pc_ranks_free(ranks);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wire");
	TCase *tcase = plain_case(suite, "wire");

	tcase_add_checked_fixture(tcase, fence_setup, NULL);
	tcase_add_test(tcase, values_round_trip);
	tcase_add_test(tcase, missing_values_read_as_zero);
	tcase_add_test(tcase, string_ends_with_its_only_nul);
	tcase_add_test(tcase, number_beyond_its_limit_is_refused);
	tcase_add_test(tcase, job_round_trips);
	tcase_add_test(tcase, answer_goes_into_the_slot_of_its_request);
	tcase_add_test(tcase, answer_to_another_request_is_refused);
	tcase_add_test(tcase, message_of_another_program_is_refused);
	tcase_add_test(tcase, incomplete_request_is_refused);
	tcase_add_test(tcase, job_about_unknown_operands_is_refused);
	tcase_add_test(tcase, link_to_an_unknown_operand_is_refused);
	tcase_add_test(tcase, each_option_is_sent);
	tcase_add_test(tcase, options_round_trip);
	tcase_add_test(tcase, pass_round_trips);
	tcase_add_loop_test(tcase, truncated_pass_is_refused, 0, 3);
	tcase_add_loop_test(tcase, corrupted_pass_does_no_harm, 0, 3);
	return run_suite(suite);
}
