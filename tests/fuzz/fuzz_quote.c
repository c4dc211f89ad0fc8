/* SPDX-License-Identifier: MIT */
/* fuzz_quote.c - names in messages: a shell reads them back, and nothing in them reaches
 * the terminal. */
#include "base/quote.h"
#include "fuzz.h"

#include <stdbool.h>

struct reader {
	const char *at;
	char *to;
};

static unsigned octal(struct reader *r)
{
	unsigned n = 0;

	for (int digits = 0; digits < 3; digits++, r->at++) {
		FUZZ_CHECK(*r->at >= '0' && *r->at <= '7');
		n = n * 8 + (unsigned)(*r->at - '0');
	}
	FUZZ_CHECK(n < 256);
	return n;
}

/* What stands between $' and ': letters, or three octal digits. */
static void read_escaped(struct reader *r)
{
	static const char letters[] = "abfnrtv\\'", means[] = "\a\b\f\n\r\t\v\\'";

	while (*r->at != '\'') {
		const char *letter;

		if (*r->at != '\\') {
			FUZZ_CHECK(*r->at);
			*r->to++ = *r->at++;
			continue;
		}
		r->at++;
		letter = *r->at ? strchr(letters, *r->at) : NULL;
		if (letter) {
			*r->to++ = means[letter - letters];
			r->at++;
		} else {
			*r->to++ = (char)octal(r);
		}
	}
	r->at++;
}

static void read_until(struct reader *r, char end)
{
	while (*r->at != end) {
		FUZZ_CHECK(*r->at);
		FUZZ_CHECK(end == '\'' || !strchr("$`\\!", *r->at));
		*r->to++ = *r->at++;
	}
	r->at++;
}

/* As a shell reads it: '...', "...", $'...' one after the other, \' in between. */
static void read_back(const char *quoted, char *to)
{
	struct reader r = {.at = quoted, .to = to};

	while (*r.at) {
		char first = *r.at++;

		if (first == '$') {
			FUZZ_CHECK(*r.at++ == '\'');
			read_escaped(&r);
		} else if (first == '\\') {
			FUZZ_CHECK(*r.at == '\'');
			*r.to++ = *r.at++;
		} else {
			FUZZ_CHECK(first == '\'' || first == '"');
			read_until(&r, first);
		}
	}
	*r.to = '\0';
}

static bool is_safe(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *name = fuzz_text(data, size);
	char *quoted = pc_quote_new(name), *back, *part;
	size_t len, room;

	FUZZ_CHECK(quoted);
	len = strlen(quoted);
	FUZZ_CHECK(pc_quote_write(NULL, 0, name) == len);
	FUZZ_CHECK(is_safe(quoted));
	back = malloc(len + 1);
	FUZZ_CHECK(back);
	read_back(quoted, back);
	FUZZ_CHECK(strcmp(back, name) == 0);
	room = size > 0 ? 1 + data[size - 1] % (len + 1) : 1;
	part = malloc(room);
	FUZZ_CHECK(part && pc_quote_write(part, room, name) == len);
	FUZZ_CHECK(strlen(part) < room && strncmp(part, quoted, strlen(part)) == 0);
	free(part);
	free(back);
	free(quoted);
	free(name);
	return 0;
}
