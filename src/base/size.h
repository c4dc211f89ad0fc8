/* SPDX-License-Identifier: MIT */
/* size.h - parses and formats sizes and counts for people.
 *
 * Formatting functions fill the caller's buffer and return it. */
#ifndef PC_BASE_SIZE_H
#define PC_BASE_SIZE_H

#include <stdint.h>

#define PC_SIZE_TEXT 32

/* Parses "0", "64", "64K", "64KiB" (1024) or "64KB", "64kB" (1000), with K, M, G, T or P in
 * either case; no sign, no blank, no fraction. 0; -EINVAL: not a size; -ERANGE: more than 2^64 -
 * 1. */
int pc_size_parse(const char *text, uint64_t *ret);

/* "0 B", "17 B", "1.5 KiB", "220 MiB": three digits, powers of 1024. */
const char *pc_size_format(char buffer[static PC_SIZE_TEXT], uint64_t bytes);

/* The same for a rate in bytes a second: "1.21 GiB/s". */
const char *pc_rate_format(char buffer[static PC_SIZE_TEXT], double bytes_per_second);

/* "85 ns", "12.3 us", "4.56 ms", "0.175 s", "12.3 s", "2:05", "1:02:05". */
const char *pc_duration_format(char buffer[static PC_SIZE_TEXT], uint64_t ns);

/* "15,036". */
const char *pc_count_format(char buffer[static PC_SIZE_TEXT], uint64_t count);

#endif
