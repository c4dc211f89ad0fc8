/* check_size.c - src/base/size.c.  SPDX-License-Identifier: MIT */
#include "base/size.h"

#include "support.h"

static const struct {
	const char *text;
	uint64_t value;
} good[] = {
	{"0", 0},
	{"64", 64},
	{"1K", 1024},
	{"1k", 1024},
	{"64KiB", 65536},
	{"64KB", 64000},
	{"64kB", 64000},
	{"3M", 3 << 20},
	{"3MB", 3000000},
	{"2G", UINT64_C(2) << 30},
	{"2GB", 2000000000},
	{"1T", UINT64_C(1) << 40},
	{"1TB", 1000000000000},
	{"1P", UINT64_C(1) << 50},
	{"18446744073709551615", UINT64_MAX},
	{"16383P", UINT64_C(16383) << 50},
};

static const struct {
	const char *text;
	int error;
} bad[] = {
	{"", -EINVAL},       {"K", -EINVAL},
	{"-1", -EINVAL},     {"+1", -EINVAL},
	{" 1", -EINVAL},     {"1 K", -EINVAL},
	{"1.5M", -EINVAL},   {"1X", -EINVAL},
	{"1KX", -EINVAL},    {"1Ki", -EINVAL},
	{"1KiBs", -EINVAL},  {"1B", -EINVAL},
	{"0x10", -EINVAL},   {"18446744073709551616", -ERANGE},
	{"16384P", -ERANGE},
};

START_TEST(reads_sizes)
{
	uint64_t value = 1;

	ck_assert_int_eq(pc_size_parse(good[_i].text, &value), 0);
	ck_assert_uint_eq(value, good[_i].value);
}
END_TEST

START_TEST(refuses_malformed_sizes)
{
	uint64_t value = 4711;

	ck_assert_msg(pc_size_parse(bad[_i].text, &value) == bad[_i].error, "'%s'", bad[_i].text);
	ck_assert_uint_eq(value, 4711);
}
END_TEST

START_TEST(writes_sizes)
{
	char buffer[PC_SIZE_TEXT];

	ck_assert_str_eq(pc_size_format(buffer, 0), "0 B");
	ck_assert_str_eq(pc_size_format(buffer, 17), "17 B");
	ck_assert_str_eq(pc_size_format(buffer, 1023), "1023 B");
	ck_assert_str_eq(pc_size_format(buffer, 1024), "1.00 KiB");
	ck_assert_str_eq(pc_size_format(buffer, 1536), "1.50 KiB");
	ck_assert_str_eq(pc_size_format(buffer, UINT64_C(220) << 20), "220 MiB");
	/* three digits, and never 1000 of anything */
	ck_assert_str_eq(pc_size_format(buffer, (UINT64_C(1) << 20) - 1), "1.00 MiB");
	ck_assert_str_eq(pc_size_format(buffer, UINT64_C(12345) << 10), "12.1 MiB");
	ck_assert_str_eq(pc_size_format(buffer, UINT64_MAX), "16.0 EiB");
}
END_TEST

START_TEST(writes_rates)
{
	char buffer[PC_SIZE_TEXT];

	ck_assert_str_eq(pc_rate_format(buffer, 1.21 * 1073741824), "1.21 GiB/s");
	ck_assert_str_eq(pc_rate_format(buffer, 0), "0 B/s");
	ck_assert_str_eq(pc_rate_format(buffer, -1), "0 B/s");
}
END_TEST

START_TEST(writes_durations)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
		{0, "0 ns"},
		{85, "85 ns"},
		{12300, "12.3 us"},
		{999999, "1.00 ms"},
		{4560000, "4.56 ms"},
		{175000000, "0.175 s"},
		{12300000000, "12.3 s"},
		{99990000000, "1:40"},
		{125000000000, "2:05"},
		{3599600000000, "1:00:00"},
		{3725000000000, "1:02:05"},
	};
	char buffer[PC_SIZE_TEXT];

	for (size_t i = 0; i < COUNT(cases); i++)
		ck_assert_str_eq(pc_duration_format(buffer, cases[i].ns), cases[i].text);
}
END_TEST

START_TEST(writes_counts)
{
	char buffer[PC_SIZE_TEXT];

	ck_assert_str_eq(pc_count_format(buffer, 0), "0");
	ck_assert_str_eq(pc_count_format(buffer, 999), "999");
	ck_assert_str_eq(pc_count_format(buffer, 1000), "1,000");
	ck_assert_str_eq(pc_count_format(buffer, 15036), "15,036");
	ck_assert_str_eq(pc_count_format(buffer, 123456789), "123,456,789");
	ck_assert_str_eq(pc_count_format(buffer, UINT64_MAX), "18,446,744,073,709,551,615");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("size");
	TCase *tcase = plain_case(suite, "size");

	tcase_add_loop_test(tcase, reads_sizes, 0, COUNT(good));
	tcase_add_loop_test(tcase, refuses_malformed_sizes, 0, COUNT(bad));
	tcase_add_test(tcase, writes_sizes);
	tcase_add_test(tcase, writes_rates);
	tcase_add_test(tcase, writes_durations);
	tcase_add_test(tcase, writes_counts);
	return run_suite(suite);
}
