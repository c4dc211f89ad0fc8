/* SPDX-License-Identifier: MIT
 *
 * doubts.c - finds rules that have no effect on any tree.
 *
 * A reported rule certainly has none.  Others may be missed: only paths without wildcards are
 * checked for an excluded parent, and patterns are compared as text. */
#include "filter/filter.h"

#include <stdlib.h>
#include <string.h>

struct doubting {
	const struct pcopy_filter *filter;
	void (*report)(void *userdata, const struct pcopy_filter_doubt *doubt);
	void *userdata;
};

static void doubt_report(const struct doubting *d, enum pcopy_doubt what,
                         const struct pc_rule *rule, const struct pc_rule *other, const char *path)
{
	struct pcopy_filter_doubt doubt = {.what = what, .path = path};

	if (rule)
		doubt.rule = pc_filter_rule(rule);
	if (other)
		doubt.other = pc_filter_rule(other);
	d->report(d->userdata, &doubt);
}

/* The rule that decides on the path "/a/b/". */
static const struct pc_rule *decided_by(const struct pcopy_filter *f, const char *text, size_t len,
                                        bool directory)
{
	const struct pc_filter_path path = pc_filter_path(text, len, directory);

	return pc_filter_decide(f, &path);
}

/* Whether an earlier rule excludes a parent directory, so that this rule is never applied;
 * reports it. */
static bool is_below_excluded(const struct doubting *d, const struct pc_rule *rule, char *text)
{
	for (char *slash = strchr(text + 1, '/'); slash[1]; slash = strchr(slash + 1, '/')) {
		const struct pc_rule *by =
			decided_by(d->filter, text, (size_t)(slash - text), true);

		if (!by || by->include)
			continue;
		*slash = '\0';
		doubt_report(d, PCOPY_DOUBT_BELOW_EXCLUDED, rule, by, text);
		*slash = '/';
		return true;
	}
	return false;
}

/* The earlier rule that decides on everything that this one matches, or NULL. */
static const struct pc_rule *decided_before(const struct doubting *d, const struct pc_rule *rule)
{
	const struct pc_pattern *p = &rule->pattern;

	for (unsigned i = 0; i + 1 < rule->number; i++) {
		const struct pc_pattern *other = &d->filter->rule[i]->pattern;

		if (other->directory && !p->directory)
			continue;
		if (pc_pattern_matches_all(other) ||
		    (other->from == p->from && strcmp(other->glob, p->glob) == 0))
			return d->filter->rule[i];
	}
	return NULL;
}

/* Rules beyond this number are not compared with all others, which would take quadratic time: a
 * list that long was generated, and so is intended. */
#define COMPARED_MAX 1000U

/* Reports at most one doubt for a rule. */
static void rule_doubt(const struct doubting *d, const struct pc_rule *rule)
{
	const char *impossible = pc_pattern_impossible(&rule->pattern);
	const struct pc_rule *other;
	char *text;

	if (impossible) {
		doubt_report(d, PCOPY_DOUBT_NO_SUCH_NAME, rule, NULL, impossible);
		return;
	}
	if (pc_pattern_is_path(&rule->pattern)) {
		size_t size = strlen(rule->pattern.glob) + 3;

		text = malloc(size);
		if (!text)
			return;
		(void)stpcpy(stpcpy(stpcpy(text, "/"), rule->pattern.glob), "/");
		if (is_below_excluded(d, rule, text)) {
			free(text);
			return;
		}
		free(text);
	}
	other = rule->number <= COMPARED_MAX ? decided_before(d, rule) : NULL;
	if (other)
		doubt_report(d, PCOPY_DOUBT_DECIDED_BEFORE, rule, other, NULL);
}

void pcopy_filter_doubts(const struct pcopy_filter *f,
                         void (*report)(void *userdata, const struct pcopy_filter_doubt *doubt),
                         void *userdata)
{
	const struct doubting d = {f, report, userdata};

	if (f->count > 0 && f->excludes == 0) {
		doubt_report(&d, PCOPY_DOUBT_ONLY_INCLUDES, NULL, NULL, NULL);
		return;
	}
	for (unsigned i = 0; i < f->count; i++)
		rule_doubt(&d, f->rule[i]);
}
