/* SPDX-License-Identifier: MIT */
/* size.c - parses and formats sizes and counts for people.
 *
 * Independent of the locale: the decimal separator is a point as long as the program does not
 * call setlocale(), and digits are grouped here. */
#include "base/size.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char unit_letters[] = "KMGTP";

/* Parses the unit behind the digits: "", "K", "KiB" or "KB". */
static int unit_parse(const char *text, uint64_t *ret_factor)
{
	const char *letter;
	uint64_t base = 1024, factor = 1;

	if (!*text) {
		*ret_factor = 1;
		return 0;
	}
	letter = strchr(unit_letters, *text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text);
	if (!letter)
		return -EINVAL;
	if (strcmp(text + 1, "B") == 0)
		base = 1000;
	else if (text[1] && strcmp(text + 1, "iB") != 0)
		return -EINVAL;
	for (const char *unit = unit_letters; unit <= letter; unit++)
		factor *= base;
	*ret_factor = factor;
	return 0;
}

int pc_size_parse(const char *text, uint64_t *ret)
{
	uint64_t number, factor;
	char *end;
	int r;

	/* strtoull() would accept a sign and blanks */
	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno)
		return -errno;
	r = unit_parse(end, &factor);
	if (r < 0)
		return r;
	if (__builtin_mul_overflow(number, factor, &number))
		return -ERANGE;
	*ret = number;
	return 0;
}

/* Decimals for three significant digits. */
static int precision_of(double value)
{
	return value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
}

static void size_print(char *buffer, double bytes, const char *suffix)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	size_t unit = 0;

	if (bytes < 1023.5) {
		(void)snprintf(buffer, PC_SIZE_TEXT, "%.0f B%s", bytes, suffix);
		return;
	}
	do {
		bytes /= 1024;
		unit++;
	} while (bytes >= 999.5 && unit + 1 < sizeof(units) / sizeof(units[0]));
	(void)snprintf(buffer, PC_SIZE_TEXT, "%.*f %s%s", precision_of(bytes), bytes, units[unit],
	               suffix);
}

const char *pc_size_format(char buffer[static PC_SIZE_TEXT], uint64_t bytes)
{
	size_print(buffer, (double)bytes, "");
	return buffer;
}

const char *pc_rate_format(char buffer[static PC_SIZE_TEXT], double bytes_per_second)
{
	size_print(buffer, bytes_per_second > 0 ? bytes_per_second : 0, "/s");
	return buffer;
}

/* Formats as on a clock: minutes and seconds, or hours, minutes and seconds. */
static void clock_print(char *buffer, uint64_t seconds)
{
	uint64_t hours = seconds / 3600, minutes = seconds / 60 % 60;

	if (hours)
		(void)snprintf(buffer, PC_SIZE_TEXT, "%" PRIu64 ":%02u:%02u", hours,
		               (unsigned)minutes, (unsigned)(seconds % 60));
	else
		(void)snprintf(buffer, PC_SIZE_TEXT, "%u:%02u", (unsigned)minutes,
		               (unsigned)(seconds % 60));
}

const char *pc_duration_format(char buffer[static PC_SIZE_TEXT], uint64_t ns)
{
	double value = (double)ns;

	if (ns < 1000)
		(void)snprintf(buffer, PC_SIZE_TEXT, "%" PRIu64 " ns", ns);
	else if (value < 999.5e3)
		(void)snprintf(buffer, PC_SIZE_TEXT, "%.*f us", precision_of(value / 1e3),
		               value / 1e3);
	else if (value < 99.95e6)
		(void)snprintf(buffer, PC_SIZE_TEXT, "%.*f ms", precision_of(value / 1e6),
		               value / 1e6);
	else if (value < 9.9995e9)
		(void)snprintf(buffer, PC_SIZE_TEXT, "%.3f s", value / 1e9);
	else if (value < 99.95e9)
		(void)snprintf(buffer, PC_SIZE_TEXT, "%.1f s", value / 1e9);
	else
		clock_print(buffer, ns / 1000000000 + (ns % 1000000000 >= 500000000));
	return buffer;
}

const char *pc_count_format(char buffer[static PC_SIZE_TEXT], uint64_t count)
{
	char digits[PC_SIZE_TEXT];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, count);
	char *out = buffer;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			*out++ = ',';
		*out++ = digits[i];
	}
	*out = '\0';
	return buffer;
}
