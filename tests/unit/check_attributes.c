/* check_attributes.c - src/base/attributes.c.  SPDX-License-Identifier: MIT */
#include "base/attributes.h"

#include "support.h"

static void rules_of(struct pc_attribute_rules *rules, const char *text)
{
	make_file("rules", text);
	*rules = (struct pc_attribute_rules){0};
	pc_attribute_rules_read(rules, "rules");
}

START_TEST(without_rules)
{
	static const struct {
		const char *name;
		enum pc_attribute is;
	} names[] = {
		{"user.one", PC_ATTRIBUTE_PLAIN},
		{"trusted.one", PC_ATTRIBUTE_PLAIN},
		{"trusted.lover", PC_ATTRIBUTE_PLAIN},
		{"trusted.overlayed", PC_ATTRIBUTE_PLAIN},
		{"security.capability", PC_ATTRIBUTE_PLAIN},
		{"security.selinux", PC_ATTRIBUTE_CONTEXT},
		{"system.posix_acl_access", PC_ATTRIBUTE_PERMISSION},
		{"system.posix_acl_default", PC_ATTRIBUTE_PERMISSION},
		{"lustre.lov", PC_ATTRIBUTE_NOT_COPIED},
		{"trusted.lov", PC_ATTRIBUTE_NOT_COPIED},
		{"trusted.lma", PC_ATTRIBUTE_NOT_COPIED},
		{"trusted.lmv", PC_ATTRIBUTE_NOT_COPIED},
		{"trusted.link", PC_ATTRIBUTE_NOT_COPIED},
		{"trusted.fid", PC_ATTRIBUTE_NOT_COPIED},
		{"trusted.overlay.opaque", PC_ATTRIBUTE_NOT_COPIED},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_int_eq(pc_attribute_is(NULL, names[i].name), names[i].is);
}
END_TEST

START_TEST(rules_of_a_file)
{
	struct pc_attribute_rules rules;

	rules_of(&rules, "# a comment\n\n"
	                 "user.skipped\tskip\n"
	                 "  user.cache.*   skip   # why\n"
	                 "system.nfs4_acl permissions\n"
	                 "security.selinux skip\n"
	                 "user.unknown forbid\n"
	                 "user.alone\n"
	                 "user.both skip\nuser.b* permissions");
	ck_assert_int_eq(pc_attribute_is(&rules, "user.skipped"), PC_ATTRIBUTE_NOT_COPIED);
	ck_assert_int_eq(pc_attribute_is(&rules, "user.skipped2"), PC_ATTRIBUTE_PLAIN);
	ck_assert_int_eq(pc_attribute_is(&rules, "user.cache.a.b"), PC_ATTRIBUTE_NOT_COPIED);
	ck_assert_int_eq(pc_attribute_is(&rules, "user.cache"), PC_ATTRIBUTE_PLAIN);
	ck_assert_int_eq(pc_attribute_is(&rules, "system.nfs4_acl"), PC_ATTRIBUTE_PERMISSION);
	ck_assert_int_eq(pc_attribute_is(&rules, "security.selinux"), PC_ATTRIBUTE_CONTEXT);
	ck_assert_int_eq(pc_attribute_is(&rules, "user.unknown"), PC_ATTRIBUTE_PLAIN);
	ck_assert_int_eq(pc_attribute_is(&rules, "user.alone"), PC_ATTRIBUTE_PLAIN);
	ck_assert_int_eq(pc_attribute_is(&rules, "user.both"), PC_ATTRIBUTE_PERMISSION);
	pc_attribute_rules_done(&rules);
	ck_assert_int_eq(pc_attribute_is(&rules, "user.skipped"), PC_ATTRIBUTE_PLAIN);
}
END_TEST

START_TEST(no_file)
{
	struct pc_attribute_rules rules = {0};

	pc_attribute_rules_read(&rules, "/nonexistent/xattr.conf");
	ck_assert_uint_eq(rules.count, 0);
	pc_attribute_rules_done(&rules);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("attributes");
	TCase *tcase = fresh_case(suite, "attributes");

	tcase_add_test(tcase, without_rules);
	tcase_add_test(tcase, rules_of_a_file);
	tcase_add_test(tcase, no_file);
	return run_suite(suite);
}
