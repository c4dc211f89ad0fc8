/* SPDX-License-Identifier: MIT
 *
 * cp.c - how the program differs under the name cp. */
#include "cli/cp.h"

#include <signal.h>
#include <stddef.h>

void cli_cp_set_rules(struct cli_options *options)
{
	struct pcopy_options *copy = &options->copy;

	copy->rules |= PCOPY_RULE_UPDATE_IN_PLACE | PCOPY_RULE_UPDATE_LINKS |
	               PCOPY_RULE_CLOSED_MEANWHILE | PCOPY_RULE_GO_ON_WHEN_FULL;
	if (!options->recursive && options->command == CLI_COPY)
		copy->rules |= PCOPY_RULE_OMIT_DIRECTORIES | PCOPY_RULE_READ_OPERANDS;
}

int cli_cp_status(int status)
{
	sigset_t one;

	if (status == CLI_EXIT_USAGE)
		return CLI_EXIT_FAILED;
	if (status <= 128)
		return status;
	(void)sigemptyset(&one); /* these calls fail for bad numbers only */
	(void)sigaddset(&one, status - 128);
	(void)signal(status - 128, SIG_DFL);
	(void)sigprocmask(SIG_UNBLOCK, &one, NULL);
	(void)raise(status - 128);
	return status;
}
