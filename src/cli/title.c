/* SPDX-License-Identifier: MIT */
/* title.c - the name of a worker process in ps(1).
 *
 * The kernel shows the memory where it placed the arguments:
 *
 *	argv[0]\0 argv[1]\0 ... environ[0]\0 environ[1]\0 ...
 *
 * A title longer than the arguments continues in the environment: the kernel reads on if the last
 * byte of the arguments is not zero.  The environment is moved to the heap first. */
#include "cli/title.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static char *title_begin, *title_end;

/* Extends the area by the strings of `list` that are adjacent to it. */
static void area_extend(char **list)
{
	for (; list && *list; list++)
		if (*list == title_end)
			title_end += strlen(*list) + 1;
}

void cli_title_init(int argc, char **argv)
{
	if (argc < 1)
		return;
	title_begin = title_end = argv[0];
	area_extend(argv);
	area_extend(environ);
}

/* Copies the environment to the heap.  Returns 0, or -1 without memory. */
static int environment_move(void)
{
	size_t count = 0;
	char **moved;

	while (environ && environ[count])
		count++;
	moved = calloc(count + 1, sizeof(*moved));
	if (!moved)
		return -1;
	for (size_t i = 0; i < count; i++) {
		moved[i] = strdup(environ[i]);
		if (!moved[i])
			return -1; /* the child keeps the old one */
	}
	environ = moved;
	return 0;
}

void cli_title_set_worker(unsigned worker)
{
	char title[32];
	int length = snprintf(title, sizeof(title), "pcopy: worker %u", worker);
	size_t area = (size_t)(title_end - title_begin);

	(void)prctl(PR_SET_NAME, title); /* truncated at 15 bytes, which is harmless */
	if (!area || environment_move() < 0)
		return;
	memset(title_begin, 0, area);
	memcpy(title_begin, title, (size_t)length < area ? (size_t)length : area - 1);
}
