/* SPDX-License-Identifier: MIT */
/* list.c - the names of --files-from.
 *
 * Names are read on demand, so a list may be of any length and come from a pipe.  A list in a
 * regular file is validated as a whole before the copy starts.  In a pipe, an invalid line ends
 * the run when it is reached. */
#include "cli/list.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/quote.h"
#include "base/sys.h"
#include "cli/messages.h"

#define READ_BYTES (64U << 10)

/* Longest line kept.  The rest of a longer line is dropped: the kernel rejects so long a name
 * anyway. */
#define TEXT_BYTES (64U << 10)

/* How long one read waits for input before it returns to the caller. */
#define WAIT_MS 20

/* ---- Bytes ---- */

static int spool_write(const struct cli_list *l, ssize_t len)
{
	for (ssize_t done = 0; done < len;) {
		ssize_t n = write(l->spool, l->bytes + done, (size_t)(len - done));

		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? n : 0;
	}
	return 0;
}

/* Reports that the list cannot be read, once.  Returns `error`, a negative errno. */
static int read_refuse(struct cli_list *l, int error)
{
	_cleanup_free_ char *quoted = l->fd == STDIN_FILENO ? NULL : pc_quote_new(l->file);

	if (!l->reported)
		cli_error(-error, "cannot read %s", quoted ? quoted : l->file);
	l->reported = true;
	return error;
}

/* Reads the next block.  Returns 1; 0 at the end; -EAGAIN if no data is there yet; or another
 * negative errno, already reported. */
static int bytes_read(struct cli_list *l)
{
	int fd = l->again && l->spool >= 0 ? l->spool : l->fd;
	struct pollfd one = {.fd = fd, .events = POLLIN};
	ssize_t n;

	if (poll(&one, 1, WAIT_MS) <= 0)
		return -EAGAIN;
	n = read(fd, l->bytes, READ_BYTES);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? -EAGAIN : read_refuse(l, -errno);
	l->at = 0;
	l->len = (size_t)n;
	if (n > 0 && l->spool >= 0 && !l->again) {
		int r = spool_write(l, n);

		if (r < 0)
			return read_refuse(l, r);
	}
	return n > 0;
}

/* The list's file name for messages: as it is, or quoted on the heap in `quoted`. */
static const char *list_name(const struct cli_list *l, char **quoted)
{
	bool plain = l->fd == STDIN_FILENO || cli_name_is_plain(l->file);

	*quoted = plain ? NULL : pc_quote_new(l->file);
	return *quoted ? *quoted : l->file;
}

static int line_refuse(struct cli_list *l, const char *what)
{
	_cleanup_free_ char *quoted = NULL;

	if (!l->reported)
		cli_error(0, "%s:%" PRIu64 ": %s", list_name(l, &quoted), l->line + 1, what);
	l->reported = true;
	return -EINVAL;
}

/* Appends input up to the end of the line to l->text.  True if the end of the line was reached. */
static bool line_append(struct cli_list *l)
{
	const char *from = l->bytes + l->at;
	const char *end = memchr(from, l->nul ? '\0' : '\n', l->len - l->at);
	size_t len = end ? (size_t)(end - from) : l->len - l->at;
	size_t room = TEXT_BYTES - l->text_len;
	size_t take = len < room ? len : room;

	memcpy(l->text + l->text_len, from, take);
	l->text_len += take;
	l->at += len + (end ? 1 : 0);
	return end != NULL;
}

/* Reads the next line into l->text.  Returns 1; 0 at the end; or a negative errno, as
 * bytes_read(). */
static int line_read(struct cli_list *l)
{
	bool whole = false;
	int r = 1;

	while (!whole && r > 0) {
		if (l->at == l->len)
			r = bytes_read(l);
		if (r > 0)
			whole = line_append(l);
	}
	if (r < 0 || (!whole && l->text_len == 0))
		return r;
	if (!l->nul && l->text_len > 0 && l->text[l->text_len - 1] == '\r')
		l->text_len--; /* the line ends as on Windows */
	l->text[l->text_len] = '\0';
	if (strlen(l->text) != l->text_len)
		return line_refuse(l, "line contains a NUL byte");
	l->line++;
	l->text_len = 0;
	return 1;
}

/* ---- Names ---- */

static bool line_is_comment(const char *line)
{
	return *line == '\0' || *line == '#' || *line == ';';
}

static int list_next(void *userdata, const char **ret)
{
	struct cli_list *l = userdata;
	int r;

	while ((r = line_read(l)) > 0) {
		if (!l->nul && line_is_comment(l->text))
			continue;
		if (!*l->text) {
			l->line--;
			return line_refuse(l, "empty name");
		}
		*ret = l->text;
		return 1;
	}
	return r;
}

static int list_rewind(void *userdata)
{
	struct cli_list *l = userdata;

	l->again = true;
	l->line = 0;
	l->at = l->len = l->text_len = 0;
	return lseek(l->spool >= 0 ? l->spool : l->fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

void cli_list_leads_out(const struct cli_list *l)
{
	_cleanup_free_ char *quoted = NULL, *name = pc_quote_new(l->text);

	cli_error(0, "%s:%" PRIu64 ": %s leads outside the source", list_name(l, &quoted), l->line,
	          name ? name : "it");
}

/* ---- The list ---- */

static int list_refuse(struct cli_list *l, int error)
{
	(void)read_refuse(l, error);
	return CLI_EXIT_USAGE;
}

/* Validates the whole file, then rewinds. */
static int list_validate(struct cli_list *l)
{
	const char *name;
	int r;

	do {
		r = list_next(l, &name);
	} while (r > 0 || r == -EAGAIN);
	if (r == 0)
		r = list_rewind(l);
	l->again = false;
	return r < 0 ? list_refuse(l, r) : 0;
}

static int spool_open(void)
{
	FILE *file = tmpfile();
	int fd = file ? fcntl(fileno(file), F_DUPFD_CLOEXEC, 0) : -1;
	int r = fd < 0 ? -errno : fd;

	if (file)
		(void)fclose(file); /* the duplicate stays open */
	return r;
}

/* True if the list is read a second time, for verification. */
static bool is_read_again(const struct cli_options *options)
{
	const struct pcopy_options *copy = &options->copy;

	return copy->verify != PCOPY_VERIFY_NO || copy->manifest || copy->digest || options->check;
}

static int list_begin(const struct cli_options *options, struct cli_list *l)
{
	struct stat st;

	l->text = malloc(TEXT_BYTES + 1);
	l->bytes = malloc(READ_BYTES);
	if (!l->text || !l->bytes)
		return list_refuse(l, -ENOMEM);
	if (fstat(l->fd, &st) < 0)
		return list_refuse(l, -errno);
	/* EISDIR; or EBADF for a closed standard input, in whose place command.c opens one */
	if (S_ISDIR(st.st_mode) && read(l->fd, l->bytes, READ_BYTES) < 0)
		return list_refuse(l, -errno);
	if (S_ISREG(st.st_mode) && lseek(l->fd, 0, SEEK_CUR) == 0)
		return list_validate(l);
	if (!is_read_again(options))
		return 0;
	l->spool = spool_open();
	return l->spool < 0 ? list_refuse(l, l->spool) : 0;
}

int cli_list_open(const struct cli_options *options, struct cli_list *list)
{
	const char *file = options->files_from;
	bool input = file && strcmp(file, "-") == 0;

	*list = (struct cli_list){.names = {.userdata = list,
	                                    .next = list_next,
	                                    .again = list_rewind,
	                                    .recursive = options->recursive},
	                          .file = input ? "standard input" : file,
	                          .fd = -1,
	                          .spool = -1,
	                          .nul = options->nul};
	if (!file)
		return 0;
	list->fd = input ? STDIN_FILENO : pc_openat(AT_FDCWD, file, O_RDONLY, 0);
	if (list->fd < 0) {
		int r = list->fd;

		list->fd = -1;
		return list_refuse(list, r);
	}
	return list_begin(options, list);
}

void cli_list_done(struct cli_list *list)
{
	if (list->fd > STDIN_FILENO)
		close(list->fd);
	pc_close_cleanup(&list->spool);
	free(list->text);
	free(list->bytes);
}
