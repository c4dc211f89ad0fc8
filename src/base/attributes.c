/* SPDX-License-Identifier: MIT */
/* attributes.c - which extended attributes a copy brings, and as part of what. */
#include "base/attributes.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer than any attribute name (XATTR_NAME_MAX: 255 bytes) with an action. */
#define LINE_BYTES 1024

/* These rules take precedence over the file. */
static const struct {
	const char *pattern;
	enum pc_attribute is;
} fixed[] = {
	{"system.posix_acl_access", PC_ATTRIBUTE_PERMISSION},
	{"system.posix_acl_default", PC_ATTRIBUTE_PERMISSION},
	{"security.selinux", PC_ATTRIBUTE_CONTEXT},
	{"lustre.*", PC_ATTRIBUTE_NOT_COPIED},
	{"trusted.lov", PC_ATTRIBUTE_NOT_COPIED},
	{"trusted.lma", PC_ATTRIBUTE_NOT_COPIED},
	{"trusted.lmv", PC_ATTRIBUTE_NOT_COPIED},
	{"trusted.link", PC_ATTRIBUTE_NOT_COPIED},
	{"trusted.fid", PC_ATTRIBUTE_NOT_COPIED},
	{"trusted.overlay.*", PC_ATTRIBUTE_NOT_COPIED},
};

static int rule_add(struct pc_attribute_rules *rules, const char *pattern, enum pc_attribute is)
{
	struct pc_attribute_rule *more =
		realloc(rules->rule, (rules->count + 1) * sizeof(rules->rule[0]));
	char *own = more ? strdup(pattern) : NULL;

	if (more)
		rules->rule = more;
	if (!own)
		return -ENOMEM;
	rules->rule[rules->count++] = (struct pc_attribute_rule){.pattern = own, .is = is};
	return 0;
}

static int line_take(struct pc_attribute_rules *rules, char *line)
{
	static const char blanks[] = " \t\r\n";
	char *rest, *pattern, *action;

	line[strcspn(line, "#")] = '\0';
	pattern = strtok_r(line, blanks, &rest);
	action = pattern ? strtok_r(NULL, blanks, &rest) : NULL;
	if (action && strcmp(action, "skip") == 0)
		return rule_add(rules, pattern, PC_ATTRIBUTE_NOT_COPIED);
	if (action && strcmp(action, "permissions") == 0)
		return rule_add(rules, pattern, PC_ATTRIBUTE_PERMISSION);
	return 0;
}

void pc_attribute_rules_read(struct pc_attribute_rules *rules, const char *path)
{
	char line[LINE_BYTES];
	FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof(line), f)) {
		if (line_take(rules, line) < 0)
			break;
	}
	if (f)
		(void)fclose(f); /* only read */
}

void pc_attribute_rules_done(struct pc_attribute_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		free(rules->rule[i].pattern);
	free(rules->rule);
	*rules = (struct pc_attribute_rules){0};
}

enum pc_attribute pc_attribute_is(const struct pc_attribute_rules *rules, const char *name)
{
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		if (fnmatch(fixed[i].pattern, name, 0) == 0)
			return fixed[i].is;
	}
	for (size_t i = rules ? rules->count : 0; i > 0; i--) {
		if (fnmatch(rules->rule[i - 1].pattern, name, 0) == 0)
			return rules->rule[i - 1].is;
	}
	return PC_ATTRIBUTE_PLAIN;
}
