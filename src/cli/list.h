/* SPDX-License-Identifier: MIT */
/* list.h - the names of --files-from. */
#ifndef PC_CLI_LIST_H
#define PC_CLI_LIST_H

#include "cli/options.h"

struct cli_list {
	struct pcopy_names names;
	const char *file; /* as it is called in messages */
	int fd;           /* -1: there is no list */
	bool nul;         /* names end with a NUL and not with a line */
	bool again;       /* it is read from its beginning again, from `spool` if that is open */
	bool told;        /* what is wrong with it */
	int spool;        /* a copy of what cannot be read twice; or -1 */
	uint64_t line;    /* the last one that was read, from 1 on */
	char *text;       /* of it */
	size_t text_len;
	char *bytes; /* that were read of the file */
	size_t at, len;
};

/* Opens the list that the options name, if they do.  Of a regular file all is looked at before
 * anything is done.  0 or an exit status after a message; cli_list_done() in any case. */
int cli_list_open(const struct cli_options *options, struct cli_list *list);
/* Tells that the name that was read last is refused for leading out of the source. */
void cli_list_leads_out(const struct cli_list *list);
void cli_list_done(struct cli_list *list);

#endif
