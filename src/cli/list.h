/* SPDX-License-Identifier: MIT */
/* list.h - the names of --files-from. */
#ifndef PC_CLI_LIST_H
#define PC_CLI_LIST_H

#include "cli/options.h"

struct cli_list {
	struct pcopy_names names;
	const char *file; /* name for messages */
	int fd;           /* -1: no list */
	bool nul;         /* names end with NUL instead of newline */
	bool again;       /* reading from the beginning again, from `spool` if that is open */
	bool reported;    /* an error was reported */
	int spool;        /* temporary file with a copy of a list that cannot be rewound; or -1 */
	uint64_t line;    /* number of the line in `text`, from 1 */
	char *text;       /* the current line */
	size_t text_len;
	char *bytes; /* input block */
	size_t at, len;
};

/* Opens the list that the options name, if any.  A list in a regular file is validated first.
 * Returns 0, or an exit status after a message.  Call cli_list_done() in any case. */
int cli_list_open(const struct cli_options *options, struct cli_list *list);
/* Reports that the last name read was rejected because it leads outside the source. */
void cli_list_leads_out(const struct cli_list *list);
void cli_list_done(struct cli_list *list);

#endif
