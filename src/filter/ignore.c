/* SPDX-License-Identifier: MIT
 *
 * ignore.c - the rules of .gitignore files: of the nearest file with a match, the last matching
 * rule decides. */
#include "filter/ignore.h"

#include "filter/glob.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- Lines ---- */

/* Removes trailing blanks, unless a backslash escapes them. */
static void blanks_trim(char *line)
{
	char *end = NULL;

	for (; *line; line++) {
		if (*line == ' ') {
			end = end ? end : line;
			continue;
		}
		end = NULL;
		if (*line == '\\' && line[1])
			line++;
	}
	if (end)
		*end = '\0';
}

/* Whether the last byte is a backslash that escapes nothing. */
static bool ends_in_backslash(const char *line, size_t len)
{
	size_t slashes = 0;

	while (slashes < len && line[len - 1 - slashes] == '\\')
		slashes++;
	return slashes % 2 != 0;
}

/* Parses a rule. False: the line is empty or matches no name. */
static bool rule_parse(char *line, char *shown, struct pc_ignore_rule *ret)
{
	size_t len;

	*ret = (struct pc_ignore_rule){.shown = shown};
	if (*line == '!') {
		ret->keeps = true;
		line++;
	}
	len = strlen(line);
	if (len > 0 && line[len - 1] == '/') {
		ret->directory = true;
		line[--len] = '\0';
	}
	ret->name_alone = !strchr(line, '/');
	if (*line == '/')
		line++;
	ret->glob = line;
	ret->literal = strcspn(line, "*?[\\");
	return len > 0 && !ends_in_backslash(line, strlen(line));
}

static size_t lines_in(const char *text, size_t len)
{
	size_t n = 1;

	for (const char *end = text + len; (text = memchr(text, '\n', (size_t)(end - text)));)
		text++, n++;
	return n;
}

/* Allocates two copies of the text: the rules as displayed, and their parsed patterns. */
static struct pc_ignore *ignore_alloc(const char *text, size_t len)
{
	struct pc_ignore *ignore =
		calloc(1, sizeof(*ignore) + lines_in(text, len) * sizeof(ignore->rule[0]));

	if (!ignore)
		return NULL;
	ignore->text = malloc(2 * (len + 1));
	if (!ignore->text) {
		free(ignore);
		return NULL;
	}
	memcpy(ignore->text, text, len);
	ignore->text[len] = '\0';
	return ignore;
}

/* Terminates a line, and adds a rule if it holds one. */
static void ignore_line_take(struct pc_ignore *ignore, char *line, char *end, char *copy,
                             uint64_t number)
{
	*end = '\0';
	if (end > line && end[-1] == '\r')
		end[-1] = '\0';
	if (*line == '\0' || *line == '#')
		return;
	blanks_trim(line);
	(void)strcpy(copy, line); /* the copy has the same size */
	if (!rule_parse(copy, line, &ignore->rule[ignore->count]))
		return;
	ignore->rule[ignore->count++].line = number;
}

/* A last line without a newline counts, and CR before the newline does not, as in git. */
int pc_ignore_new(const char *text, size_t len, size_t dir_len, struct pc_ignore **ret)
{
	static const char mark[] = "\xef\xbb\xbf"; /* the byte order mark of UTF-8 */
	struct pc_ignore *ignore;
	char *line, *end, *all;
	uint64_t number = 0;

	*ret = NULL;
	if (len >= 3 && memcmp(text, mark, 3) == 0) {
		text += 3;
		len -= 3;
	}
	ignore = ignore_alloc(text, len);
	if (!ignore)
		return -ENOMEM;
	ignore->dir_len = dir_len;
	all = ignore->text;
	for (line = all; line < all + len; line = end + 1) {
		end = memchr(line, '\n', (size_t)(all + len - line));
		end = end ? end : all + len;
		ignore_line_take(ignore, line, end, line + len + 1, ++number);
	}
	if (ignore->count == 0)
		pc_ignore_free(ignore);
	else
		*ret = ignore;
	return 0;
}

void pc_ignore_free(struct pc_ignore *ignore)
{
	if (!ignore)
		return;
	free(ignore->text);
	free(ignore);
}

/* ---- Matching ---- */

static bool ignore_rule_matches(const struct pc_ignore_rule *rule, const char *text, size_t len)
{
	if (len < rule->literal || memcmp(text, rule->glob, rule->literal) != 0)
		return false;
	text += rule->literal;
	len -= rule->literal;
	return pc_glob_match(rule->glob + rule->literal, text, len, PC_GLOB_GIT);
}

/* Rules are tried from the last to the first, and files from the nearest upwards. */
const struct pc_ignore_rule *pc_ignore_decide(const struct pc_ignore *ignore,
                                              const struct pc_filter_path *path,
                                              const struct pc_ignore **ret_from)
{
	const char *name = pc_filter_name(path);

	/* git does not apply rules to its own directory */
	if (ignore && strstr(path->text, "/.git/"))
		return NULL;
	for (; ignore; ignore = ignore->up) {
		const char *from = path->text + ignore->dir_len + 1;

		for (uint64_t i = ignore->count; i-- > 0;) {
			const struct pc_ignore_rule *rule = &ignore->rule[i];
			const char *text = rule->name_alone ? name : from;

			if ((rule->directory && !path->directory) ||
			    !ignore_rule_matches(rule, text,
			                         (size_t)(path->text + path->len - text)))
				continue;
			*ret_from = ignore;
			return rule;
		}
	}
	return NULL;
}
