/* SPDX-License-Identifier: MIT */
/* quote.c - quotes names in messages so that a shell reads them back.
 *
 * The result is a sequence of quoted pieces:
 *
 * 	'plain'  '\''  '...'$'\n''...'
 *
 * `escaping` tells whether the current piece began with $'. A name with single quotes, all of
 * whose other characters are safe between double quotes, is put between those as GNU does:
 * "it's". */
#include "base/quote.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct quote_out {
	char *buffer;
	size_t size;
	size_t length;
	bool escaping;
};

static void out_put(struct quote_out *out, char byte)
{
	if (out->length + 1 < out->size)
		out->buffer[out->length] = byte;
	out->length++;
}

static void out_put_text(struct quote_out *out, const char *text)
{
	while (*text)
		out_put(out, *text++);
}

/* Characters that a terminal would interpret although they are valid UTF-8: C1 controls, line
 * separators, and those that change the writing direction. */
static bool code_is_control(uint32_t code)
{
	return code < 0xa0 || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}

/* The length of the printable multibyte character at `text`, or 0. */
static size_t utf8_length(const unsigned char *text)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
	uint32_t code;

	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	code = text[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		/* the terminating NUL is no continuation byte either */
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3fu);
	}
	if (code < smallest[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return code_is_control(code) ? 0 : length;
}

/* Whether double quotes are suitable: the name contains single quotes, and all other characters
 * mean the same in C and in every shell. */
static bool name_suits_double_quotes(const char *name)
{
	const unsigned char *text = (const unsigned char *)name;
	bool single = false;

	for (size_t i = 0; text[i]; i++) {
		size_t length = utf8_length(text + i);

		if (length)
			i += length - 1;
		else if (text[i] >= 0x80)
			return false;
		else if (text[i] == '\'')
			single = true;
		else if (!isalnum(text[i]) && !strchr("%+,-./:]_@ ", text[i]) &&
		         !(i == 0 && strchr("#~", text[i])))
			return false;
	}
	return single;
}

static void escape_put(struct quote_out *out, unsigned char byte)
{
	static const char from[] = "\a\b\f\n\r\t\v", to[] = "abfnrtv";
	const char *letter = strchr(from, byte);

	if (!out->escaping)
		out_put_text(out, "'$'");
	out->escaping = true;
	out_put(out, '\\');
	if (letter) {
		out_put(out, to[letter - from]);
		return;
	}
	out_put(out, (char)('0' + (byte >> 6)));
	out_put(out, (char)('0' + (byte >> 3 & 7)));
	out_put(out, (char)('0' + (byte & 7)));
}

static void plain_put(struct quote_out *out, unsigned char byte)
{
	if (byte == '\'') {
		/* closes an escaped piece as well as a plain one */
		out_put_text(out, "'\\''");
		out->escaping = false;
		return;
	}
	if (out->escaping)
		out_put_text(out, "''");
	out->escaping = false;
	out_put(out, (char)byte);
}

static void name_put(struct quote_out *out, const char *name)
{
	const unsigned char *text = (const unsigned char *)name;

	while (*text) {
		size_t length = utf8_length(text);

		if (!length && (*text >= 0x7f || *text < ' ')) {
			escape_put(out, *text++);
			continue;
		}
		do
			plain_put(out, *text++);
		while (length && --length);
	}
}

size_t pc_quote_write(char *buffer, size_t size, const char *name)
{
	struct quote_out out = {.buffer = buffer, .size = size};
	bool doubled = name_suits_double_quotes(name);

	out_put(&out, doubled ? '"' : '\'');
	if (doubled)
		out_put_text(&out, name);
	else
		name_put(&out, name);
	out_put(&out, doubled ? '"' : '\'');
	if (size)
		buffer[out.length < size ? out.length : size - 1] = '\0';
	return out.length;
}

char *pc_quote_new(const char *name)
{
	size_t size = pc_quote_write(NULL, 0, name) + 1;
	char *quoted = malloc(size);

	if (quoted)
		(void)pc_quote_write(quoted, size, name); /* the buffer has the exact size */
	return quoted;
}
