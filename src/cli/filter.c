/* SPDX-License-Identifier: MIT */
/* filter.c - loads the filter rules of the command line and warns about useless ones. */
#include "cli/filter.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/quote.h"
#include "cli/messages.h"

/* ---- Warnings ---- */

/* "'+ /a/b' (rule 2)", on the heap, or NULL. */
static char *rule_words(const struct pcopy_filter_rule *rule)
{
	char *text = NULL;
	size_t size = 0;
	_cleanup_free_ char *both = NULL, *quoted = NULL;
	FILE *stream;

	if (asprintf(&both, "%c %s", rule->include ? '+' : '-',
	             rule->pattern ? rule->pattern : "") < 0)
		return NULL;
	quoted = pc_quote_new(both);
	stream = quoted ? open_memstream(&text, &size) : NULL;
	if (!stream)
		return NULL;
	(void)fprintf(stream, "%s ", quoted);
	cli_message_rule_place(stream, rule);
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

static void doubt_show(void *userdata, const struct pcopy_filter_doubt *doubt)
{
	const struct cli_options *options = userdata;
	_cleanup_free_ char *rule = rule_words(&doubt->rule), *other = rule_words(&doubt->other);
	_cleanup_free_ char *path = pc_quote_new(doubt->path ? doubt->path : "");

	if (!rule || !other || !path)
		cli_error(ENOMEM, "cannot check the rules");
	else if (doubt->what == PCOPY_DOUBT_ONLY_INCLUDES && !options->copy.gitignore)
		cli_error(0, "warning: include rules alone exclude nothing; add --exclude='*' "
		             "after them to exclude the rest");
	else if (doubt->what == PCOPY_DOUBT_BELOW_EXCLUDED)
		cli_error(0, "warning: %s has no effect: %s is excluded by %s", rule, path, other);
	else if (doubt->what == PCOPY_DOUBT_DECIDED_BEFORE)
		cli_error(0, "warning: %s has no effect: %s matches first", rule, other);
	else if (doubt->what == PCOPY_DOUBT_NO_SUCH_NAME)
		cli_error(0, "warning: %s has no effect: no entry can be named %s", rule, path);
}

/* ---- Loading ---- */

static void filter_refuse(const struct pcopy_filter_error *error)
{
	char *name;

	if (!error->file) {
		cli_error(0, "%s", error->reason);
		return;
	}
	name = cli_name_is_plain(error->file) || strcmp(error->file, "standard input") == 0
	               ? NULL
	               : pc_quote_new(error->file);
	cli_error(0, "%s:%" PRIu64 ": %s", name ? name : error->file, error->line, error->reason);
	free(name);
}

static int word_load(struct pcopy_filter *filter, const struct cli_filter_word *word, bool nul)
{
	struct pcopy_filter_error error;
	int r = word->file ? pcopy_filter_add_file(filter, word->kind, word->text, nul, &error)
	                   : pcopy_filter_add(filter, word->kind, word->text, nul, &error);

	if (r == 0)
		return 0;
	filter_refuse(&error);
	return CLI_EXIT_USAGE;
}

int cli_filter_load(struct cli_options *options)
{
	struct pcopy_filter *filter;
	int status = 0;

	if (options->filter_words == 0)
		return 0;
	if (pcopy_filter_new(&filter) < 0) {
		cli_error(ENOMEM, "cannot read the rules");
		return CLI_EXIT_FAILED;
	}
	options->copy.filter = filter;
	for (unsigned i = 0; !status && i < options->filter_words; i++)
		status = word_load(filter, &options->filter_word[i], options->nul);
	if (!status && !options->quiet)
		pcopy_filter_doubts(filter, doubt_show, options);
	return status;
}
