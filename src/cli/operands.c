/* operands.c - cp's rules for its operands.
 *
 *	SRC DST          DST is the copy, unless it is a directory
 *	SRC... DIR       DIR/basename(SRC)
 *	-t DIR SRC...    likewise
 *	-T SRC DST       DST is the copy in any case
 *	--parents        DIR/SRC, whatever directories SRC names
 *
 * A source that names no entry of its own, such as "." or "a/.." or "/", is
 * copied into DIR itself. */
#include "cli/operands.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "cli/messages.h"

/* DIR/basename(src), on the heap.  NULL: no memory. */
static char *path_in_directory(const char *directory, const char *src, bool parents)
{
	size_t start, length = pc_path_base(src, &start), directory_length = strlen(directory);
	const char *base = src + start;
	char *path;

	while (directory_length > 0 && directory[directory_length - 1] == '/')
		directory_length--;
	if (parents) {
		length += start;
		start = strspn(src, "/");
		length -= start;
		base = src + start;
	} else if (pc_path_is_dots(base, length)) {
		return strdup(directory);
	}
	if (asprintf(&path, "%.*s/%.*s", (int)directory_length, directory, (int)length, base) < 0)
		return NULL;
	return path;
}

/* 0, or why `path` cannot serve as a directory. */
static int directory_check(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno;
	return S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
}

static int operands_check_count(const struct cli_options *options)
{
	unsigned least = options->target_directory ? 1 : 2;

	if (options->operands < least && options->operands == 0)
		cli_error(0, "missing file operand");
	else if (options->operands < least)
		cli_error_named(0, "missing destination file operand after %s",
				options->operand[0], NULL);
	else if (options->no_target_directory && options->operands > 2)
		cli_error_named(0, "extra operand %s", options->operand[2], NULL);
	else
		return 0;
	return cli_options_try_help();
}

/* Finds the directory that receives the copies, NULL where the last operand is
 * the copy itself, and the number of sources. */
static int target_find(const struct cli_options *options, const char **ret_directory,
		       size_t *ret_sources)
{
	const char *last = options->operands ? options->operand[options->operands - 1] : NULL;
	const char *directory = options->target_directory;
	size_t sources = options->operands;
	int errnum = 0;

	if (directory) {
		errnum = directory_check(directory);
		if (errnum)
			cli_error_named(errnum, "target directory %s", directory, NULL);
	} else {
		sources--;
		errnum = options->no_target_directory ? ENOTDIR : directory_check(last);
		directory = errnum ? NULL : last;
		if (sources == 1)
			errnum = 0;
		if (errnum)
			cli_error_named(errnum, "target %s", last, NULL);
	}
	if (errnum)
		return CLI_EXIT_FAILED;
	if (options->parents && !directory) {
		cli_error(0, "with --parents, the destination must be a directory");
		return cli_options_try_help();
	}
	*ret_directory = directory;
	*ret_sources = sources;
	return 0;
}

/* Without its slashes "link/" is the link, not what it names. */
static const char *source_of(const struct cli_options *options, size_t n)
{
	char *src = options->operand[n];
	size_t start, length = pc_path_base(src, &start);

	if (options->strip_slashes && length > 0)
		src[start + length] = '\0';
	return src;
}

/* The target that was named by hand: POSIX wants a symbolic link to nothing to be
 * written through.  On the heap. */
static char *target_of(const char *src, const char *dst)
{
	char text[PATH_MAX];
	char *target = NULL;
	size_t start;
	ssize_t length;
	struct stat st;

	if (!getenv("POSIXLY_CORRECT") || lstat(src, &st) < 0 || !S_ISREG(st.st_mode) ||
	    stat(dst, &st) == 0 || errno != ENOENT)
		return strdup(dst);
	length = readlink(dst, text, sizeof(text) - 1);
	if (length < 0)
		return strdup(dst);
	text[length] = '\0';
	(void)pc_path_base(dst, &start);
	if (asprintf(&target, "%.*s%s", text[0] == '/' ? 0 : (int)start, dst, text) < 0)
		return NULL;
	return target;
}

int cli_operands_resolve(const struct cli_options *options, struct cli_pairs *ret)
{
	struct cli_pairs pairs = {0};
	const char *directory = NULL;
	size_t sources = 0;
	int status = operands_check_count(options);

	if (!status)
		status = target_find(options, &directory, &sources);
	if (status)
		return status;
	pairs.pair = calloc(sources, sizeof(*pairs.pair));
	for (; pairs.pair && pairs.count < sources; pairs.count++) {
		struct cli_pair *pair = &pairs.pair[pairs.count];

		pair->src = source_of(options, pairs.count);
		pair->dst = directory ? path_in_directory(directory, pair->src, options->parents)
				      : target_of(pair->src, options->operand[sources]);
		if (!pair->dst)
			break;
	}
	if (!pairs.pair || pairs.count < sources) {
		cli_error(ENOMEM, "cannot read the operands");
		cli_pairs_done(&pairs);
		return CLI_EXIT_FAILED;
	}
	pairs.exact = !directory;
	*ret = pairs;
	return 0;
}

void cli_pairs_done(struct cli_pairs *pairs)
{
	for (size_t i = 0; i < pairs->count; i++)
		free(pairs->pair[i].dst);
	free(pairs->pair);
	*pairs = (struct cli_pairs){0};
}
