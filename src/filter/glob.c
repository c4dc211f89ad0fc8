/* SPDX-License-Identifier: MIT
 *
 * glob.c - matches a pattern against a path.
 *
 * The matcher backtracks to at most two places: the last `*`, which may take one more byte as
 * long as that is no slash, and the last `**` before it, which may take any byte. Earlier stars
 * need not be retried: whatever they could take more, the last star can take as well. So no
 * recursion is needed. */
#include "filter/glob.h"

#include <string.h>

/* ---- Sets: [a-z], [!a], [[:digit:]] ---- */

static bool is_between(unsigned char c, char first, char last)
{
	return c >= (unsigned char)first && c <= (unsigned char)last;
}

static bool is_alpha(unsigned char c)
{
	return is_between(c, 'a', 'z') || is_between(c, 'A', 'Z');
}

static bool is_alnum(unsigned char c)
{
	return is_alpha(c) || is_between(c, '0', '9');
}

static bool is_blank(unsigned char c)
{
	return c == ' ' || c == '\t';
}

static bool is_cntrl(unsigned char c)
{
	return c < ' ' || c == 127;
}

static bool is_digit(unsigned char c)
{
	return is_between(c, '0', '9');
}

static bool is_graph(unsigned char c)
{
	return is_between(c, '!', '~');
}

static bool is_lower(unsigned char c)
{
	return is_between(c, 'a', 'z');
}

static bool is_print(unsigned char c)
{
	return is_between(c, ' ', '~');
}

static bool is_punct(unsigned char c)
{
	return is_graph(c) && !is_alnum(c);
}

static bool is_space(unsigned char c)
{
	return c == ' ' || is_between(c, '\t', '\r');
}

static bool is_upper(unsigned char c)
{
	return is_between(c, 'A', 'Z');
}

static bool is_xdigit(unsigned char c)
{
	return is_digit(c) || is_between(c, 'a', 'f') || is_between(c, 'A', 'F');
}

static const struct {
	const char *name;
	bool (*has)(unsigned char c);
} classes[] = {
	{"alnum", is_alnum}, {"alpha", is_alpha}, {"blank", is_blank}, {"cntrl", is_cntrl},
	{"digit", is_digit}, {"graph", is_graph}, {"lower", is_lower}, {"print", is_print},
	{"punct", is_punct}, {"space", is_space}, {"upper", is_upper}, {"xdigit", is_xdigit},
};

#define CLASSES (sizeof(classes) / sizeof(classes[0]))

/* The index of the class with this name; CLASSES: there is none. */
static size_t class_find(const char *name, size_t len)
{
	size_t i = 0;

	while (i < CLASSES &&
	       (strlen(classes[i].name) != len || memcmp(classes[i].name, name, len) != 0))
		i++;
	return i;
}

/* The length of the name in `[:name:]` at `p`; 0: it is an ordinary bracket. */
static size_t class_length(const char *p)
{
	const char *end;

	if (p[0] != '[' || p[1] != ':')
		return 0;
	end = strchr(p + 2, ']');
	return end && end > p + 2 && end[-1] == ':' ? (size_t)(end - p) - 3 : 0;
}

/* A set while it is read: the position, and the last byte that may begin a range. */
struct set {
	const char *p;
	unsigned char c, from;
	bool in;
	const char *wrong; /* why it is not a set, or NULL */
};

/* Reads one byte of a set, which may be escaped by a backslash. */
static unsigned char set_byte(struct set *s)
{
	if (*s->p == '\\' && s->p[1])
		s->p++;
	return (unsigned char)*s->p++;
}

/* The last byte of a range cannot begin another one: [a-c-e] is a to c, - and e. */
static void set_range(struct set *s)
{
	unsigned char to;

	s->p++;
	to = set_byte(s);
	s->in = s->in || (s->c >= s->from && s->c <= to);
	s->from = 0;
}

/* A class cannot begin a range. */
static void set_class(struct set *s, size_t len)
{
	size_t i = class_find(s->p + 2, len);

	if (i == CLASSES)
		s->wrong = "unknown [:class:]";
	else
		s->in = s->in || classes[i].has(s->c);
	s->p += len + 4;
	s->from = 0;
}

/* A - at the beginning or the end of a set stands for itself. */
static void set_item_read(struct set *s)
{
	size_t len = class_length(s->p);

	if (len > 0) {
		set_class(s, len);
	} else if (*s->p == '-' && s->from && s->p[1] && s->p[1] != ']') {
		set_range(s);
	} else {
		s->from = set_byte(s);
		s->in = s->in || s->c == s->from;
	}
}

/* Reads the set behind `[`, up to and including its `]`, or to the end of the pattern. Returns
 * the end. `ret_in` tells whether the set contains `c`; it never contains a slash. `ret_wrong`
 * tells why it is not a set. */
static const char *set_read(const char *p, unsigned char c, bool *ret_in, const char **ret_wrong)
{
	bool negated = *p == '!' || *p == '^';
	struct set s = {.p = p + negated, .c = c};

	while (*s.p && !s.wrong && (s.p == p + negated || *s.p != ']'))
		set_item_read(&s);
	if (!*s.p && !s.wrong)
		s.wrong = "missing ]";
	*ret_in = s.in != negated && c != '/';
	*ret_wrong = s.wrong;
	return *s.p ? s.p + 1 : s.p;
}

/* ---- Checks before matching ---- */

bool pc_glob_is_wild(const char *pattern)
{
	return pattern[strcspn(pattern, "*?[")] != '\0';
}

/* A set with a slash in it is rejected, as sets are matched within a component. */
static const char *set_refuse(const char *p, const char **ret_end)
{
	const char *wrong, *end;
	bool in;

	end = set_read(p, 0, &in, &wrong);
	if (!wrong && memchr(p, '/', (size_t)(end - p)))
		wrong = "missing ] before /";
	*ret_end = end;
	return wrong;
}

const char *pc_glob_refuse(const char *pattern)
{
	const char *wrong = NULL;

	if (!pc_glob_is_wild(pattern))
		return NULL;
	while (*pattern && !wrong) {
		if (*pattern == '\\' && !pattern[1])
			wrong = "trailing backslash";
		else if (*pattern == '[')
			wrong = set_refuse(pattern + 1, &pattern);
		else
			pattern += *pattern == '\\' ? 2 : 1;
	}
	return wrong;
}

/* The part is found before matching, so a malformed set is simply skipped. */
size_t pc_glob_literal(const char *pattern, const char **ret)
{
	const char *wrong;
	size_t longest = 0;
	bool in;

	while (*pattern) {
		size_t len = strcspn(pattern, "*?[\\");

		if (len > longest) {
			*ret = pattern;
			longest = len;
		}
		pattern += len;
		if (*pattern == '[')
			pattern = set_read(pattern + 1, 0, &in, &wrong);
		else
			pattern += strnlen(pattern, *pattern == '\\' ? 2 : 1);
	}
	return longest;
}

/* ---- Matching ---- */

/* A place to continue at if the rest does not match. */
struct star {
	const char *p; /* in the pattern, behind the star; NULL: no star yet */
	const char *t; /* end of what the star has taken */
	bool whole;    /* it takes whole directories */
};

struct match {
	const char *pattern;
	const char *p, *t, *end;
	struct star one, deep;
	enum pc_glob_deep kind;
};

/* Whether the stars at m->p, which end before `after`, form a `**`. */
static bool is_deep(const struct match *m, const char *after)
{
	if (after - m->p < 2)
		return false;
	return m->kind == PC_GLOB_RSYNC ||
	       ((m->p == m->pattern || m->p[-1] == '/') && (*after == '\0' || *after == '/'));
}

static void star_take(struct match *m)
{
	const char *after = m->p + strspn(m->p, "*");

	if (is_deep(m, after)) {
		bool whole = m->kind == PC_GLOB_GIT && *after == '/';

		m->deep = (struct star){whole ? after + 1 : after, m->t, whole};
		m->one = (struct star){0};
		m->p = m->deep.p;
	} else {
		m->one = (struct star){after, m->t, false};
		m->p = after;
	}
}

/* Matches the next byte of the text. */
static bool byte_match(struct match *m)
{
	unsigned char c = (unsigned char)*m->t;
	const char *wrong;
	bool in;

	if (*m->p == '?') {
		m->p++;
		in = c != '/';
	} else if (*m->p == '[') {
		const char *next = set_read(m->p + 1, c, &in, &wrong);

		if (wrong)
			return false;
		m->p = next;
	} else {
		if (*m->p == '\\' && m->p[1])
			m->p++;
		in = (unsigned char)*m->p++ == c;
	}
	m->t++;
	return in;
}

/* Backtracks to a star that can take more. False: there is none. */
static bool star_retry(struct match *m)
{
	struct star *deep = &m->deep;

	if (m->one.p && m->one.t < m->end && *m->one.t != '/') {
		m->t = ++m->one.t;
		m->p = m->one.p;
		return true;
	}
	m->one.p = NULL;
	if (!deep->p || deep->t == m->end)
		return false;
	if (deep->whole) {
		deep->t = memchr(deep->t, '/', (size_t)(m->end - deep->t));
		if (!deep->t) {
			deep->p = NULL;
			return false;
		}
	}
	m->t = ++deep->t;
	m->p = deep->p;
	return true;
}

/* Every step consumes pattern or text, or makes a star longer, so the loop ends. */
bool pc_glob_match(const char *pattern, const char *text, size_t len, enum pc_glob_deep deep)
{
	struct match m = {
		.pattern = pattern, .p = pattern, .t = text, .end = text + len, .kind = deep};

	for (;;) {
		if (*m.p == '*')
			star_take(&m);
		else if (*m.p == '\0' && m.t == m.end)
			return true;
		else if ((*m.p == '\0' || m.t == m.end || !byte_match(&m)) && !star_retry(&m))
			return false;
	}
}
