/* check_properties.c - src/check/properties.c: what a copy is expected to be.
 * SPDX-License-Identifier: MIT */
#include "check/properties.h"

#include "job/job.h"

#include "support.h"

#define USER 1000U

static struct pc_properties properties(mode_t mode, uid_t uid, gid_t gid)
{
	const struct stat st = {.st_mode = mode, .st_uid = uid, .st_gid = gid};

	return pc_properties_of(&st, NULL);
}

START_TEST(preserved_properties_are_compared)
{
	const uint32_t always = pc_properties_kept(0);

	ck_assert(always & PC_PROPERTY(PCOPY_FIELD_KIND));
	ck_assert(!(always & PC_PROPERTY(PCOPY_FIELD_MODE)));
	ck_assert_uint_eq(pc_properties_kept(PCOPY_KEEP_MODE),
	                  always | PC_PROPERTY(PCOPY_FIELD_MODE));
	ck_assert_uint_eq(pc_properties_kept(PCOPY_KEEP_OWNER),
	                  always | PC_PROPERTY(PCOPY_FIELD_USER) | PC_PROPERTY(PCOPY_FIELD_GROUP));
	ck_assert_uint_eq(pc_properties_kept(PCOPY_KEEP_TIMES),
	                  always | PC_PROPERTY(PCOPY_FIELD_TIME));
	ck_assert_uint_eq(pc_properties_kept(PCOPY_KEEP_XATTR), always);
}
END_TEST

/* Only root gives a file away; and what is not given away loses its set-id bits, and no others. */
static const struct {
	uid_t uid; /* whose run it is */
	mode_t source, want;
	uid_t source_uid, target_uid;
	unsigned preserve;
} users[] = {
	{USER, S_IFREG | 06755, S_IFREG | 0755, 0, USER, PCOPY_KEEP_OWNER},
	{USER, S_IFREG | 01644, S_IFREG | 0644, 0, USER, PCOPY_KEEP_OWNER},
	{USER, S_IFDIR | 07755, S_IFDIR | 01755, 0, USER, PCOPY_KEEP_OWNER},
	{USER, S_IFREG | 06755, S_IFREG | 06755, USER, USER, PCOPY_KEEP_OWNER},
	{0, S_IFREG | 06755, S_IFREG | 06755, USER, 0, PCOPY_KEEP_OWNER},
	{USER, S_IFREG | 06755, S_IFREG | 06755, 0, 7, PCOPY_KEEP_OWNER},
	{USER, S_IFREG | 06755, S_IFREG | 06755, 0, USER, 0},
};

START_TEST(expectations_of_an_ordinary_user)
{
	struct pc_properties want =
		properties(users[_i].source, users[_i].source_uid, users[_i].source_uid);
	const struct pc_properties have = properties(0, users[_i].target_uid, users[_i].target_uid);
	bool expected = users[_i].want != users[_i].source;

	pc_properties_expect_of_user(&want, &have, users[_i].uid, users[_i].preserve);
	ck_assert_uint_eq(want.mode, users[_i].want);
	ck_assert_uint_eq(want.uid, expected ? users[_i].target_uid : users[_i].source_uid);
	ck_assert_uint_eq(want.gid, expected ? users[_i].target_uid : users[_i].source_uid);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("properties");
	TCase *tcase = plain_case(suite, "properties");

	tcase_add_test(tcase, preserved_properties_are_compared);
	tcase_add_loop_test(tcase, expectations_of_an_ordinary_user, 0, COUNT(users));
	return run_suite(suite);
}
