/* SPDX-License-Identifier: MIT */
/* operands.c - interprets the operands as cp does.
 *
 *	SRC DST          DST is the copy, unless it is a directory
 *	SRC... DIR       DIR/basename(SRC)
 *	-t DIR SRC...    likewise
 *	-T SRC DST       DST is the copy, always
 *	--parents        DIR/SRC, with all directories of SRC
 *
 * A source without a name of its own, such as "." or "a/.." or "/", is copied into DIR itself.
 * The target is then "DIR/.", because DIR may be a symbolic link to a directory. */
#include "cli/operands.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/backup.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/sys.h"
#include "cli/messages.h"

/* The length without trailing slashes, except that of "/". */
static size_t path_length(const char *path)
{
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		length--;
	return length;
}

/* DIR/name, on the heap.  NULL: no memory. */
static char *path_below(const char *directory, const char *name, size_t name_length)
{
	size_t length = path_length(directory);
	char *path;

	if (length > 0 && directory[length - 1] == '/')
		length = 0; /* the root directory */
	if (asprintf(&path, "%.*s%s%.*s", (int)length, directory, *name == '/' ? "" : "/",
	             (int)name_length, name) < 0)
		return NULL;
	return path;
}

/* Likewise with the last component of `src`. */
static char *path_in_directory(const char *directory, const char *src)
{
	size_t start, length = pc_path_base(src, &start);

	if (pc_path_is_dots(src + start, length))
		return path_below(directory, ".", 1);
	return path_below(directory, src + start, length);
}

/* Returns 0, or the errno for which `path` cannot be the target directory. */
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
	unsigned most = options->files_from ? least : UINT_MAX;

	if (options->operands < least && options->operands == 0)
		cli_error(0, "missing file operand");
	else if (options->operands < least)
		cli_error_named(0, "missing destination file operand after %s", options->operand[0],
		                NULL);
	else if (options->no_target_directory && options->operands > 2)
		cli_error_named(0, "extra operand %s", options->operand[2], NULL);
	else if (options->operands > most)
		cli_error_named(0, "--files-from takes one source: extra operand %s",
		                options->operand[most - 1], NULL);
	else
		return 0;
	return cli_options_try_help();
}

/* Finds the directory that receives the copies and the number of sources.  The directory is NULL
 * if the last operand is the copy itself. */
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

/* ---- Targets that are dangling symbolic links ---- */

#define LINKS_MAX 40

static bool is_symlink(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/* The target of the symbolic link `path` as a path, on the heap, or NULL. */
static char *link_read(const char *path)
{
	char text[PATH_MAX];
	ssize_t length = readlink(path, text, sizeof(text));
	const char *slash = strrchr(path, '/');
	int parent = slash ? (int)(slash - path + 1) : 0;
	char *named;

	if (length <= 0 || length == sizeof(text))
		return NULL;
	if (asprintf(&named, "%.*s%.*s", *text == '/' ? 0 : parent, path, (int)length, text) < 0)
		return NULL;
	return named;
}

/* True if the copy would open an existing target for writing. */
static bool target_is_written(const struct cli_options *options, const char *src)
{
	const struct pcopy_options *copy = &options->copy;
	bool follow = copy->dereference != PCOPY_DEREFERENCE_NEVER ||
	              (copy->rules & PCOPY_RULE_FOLLOW_OPERANDS);
	struct stat st;

	return copy->make == PCOPY_MAKE_COPIES && copy->backup == PCOPY_BACKUP_NONE &&
	       !copy->remove_destination &&
	       fstatat(AT_FDCWD, src, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode);
}

/* If the target is a dangling symbolic link, replaces it by the name at the end of the chain,
 * which does not exist yet. */
static void pair_write_through(struct cli_pair *pair)
{
	struct stat st;

	if (stat(pair->dst, &st) == 0 || errno != ENOENT)
		return;
	for (unsigned i = 0; i < LINKS_MAX && is_symlink(pair->dst); i++) {
		char *named = link_read(pair->dst);

		if (!named)
			return;
		free(pair->dst);
		pair->dst = named;
	}
}

/* ---- A file copied onto itself with --force and --backup: into its backup ---- */

static bool pair_backs_up(const struct cli_options *options, const struct cli_pair *pair)
{
	struct stat st;

	return options->copy.force && options->copy.backup != PCOPY_BACKUP_NONE &&
	       strcmp(pair->src, pair->dst) == 0 && stat(pair->src, &st) == 0 &&
	       S_ISREG(st.st_mode);
}

/* Makes the backup the target, as cp does with --force and --backup.  Returns 0 or negative
 * errno. */
static int pair_back_up(const struct cli_options *options, struct cli_pair *pair)
{
	size_t start, length = pc_path_base(pair->dst, &start);
	_cleanup_free_ char *directory = start ? strndup(pair->dst, start) : strdup(".");
	_cleanup_free_ char *name = strndup(pair->dst + start, length);
	_cleanup_close_ int fd = -ENOMEM;
	char backup[PC_BACKUP_NAME_MAX], *dst;
	int r;

	if (directory && name)
		fd = pc_openat(AT_FDCWD, directory, O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		return fd;
	r = pc_backup_name(fd, name, options->copy.backup, options->copy.backup_suffix, backup);
	if (r < 0)
		return r;
	if (asprintf(&dst, "%.*s%s", (int)start, pair->dst, backup) < 0)
		return -ENOMEM;
	free(pair->dst);
	pair->dst = dst;
	return 0;
}

/* ---- All operands ---- */

static char *dst_make(const struct cli_options *options, const char *directory, const char *src,
                      const char *last)
{
	if (!directory)
		return strdup(last);
	return options->parents ? path_below(directory, src, path_length(src))
	                        : path_in_directory(directory, src);
}

static int operand_pairs_fill(const struct cli_options *options, const char *directory,
                              size_t sources, struct cli_pairs *pairs)
{
	pairs->pair = calloc(sources, sizeof(*pairs->pair));
	for (; pairs->pair && pairs->count < sources; pairs->count++) {
		struct cli_pair *pair = &pairs->pair[pairs->count];
		char *src = options->operand[pairs->count];

		if (options->strip_slashes)
			src[path_length(src)] = '\0';
		pair->src = src;
		pair->dst = dst_make(options, directory, src, options->operand[sources]);
		if (!pair->dst)
			return -ENOMEM;
		if (!directory && getenv("POSIXLY_CORRECT") && target_is_written(options, src))
			pair_write_through(pair);
	}
	return pairs->pair ? 0 : -ENOMEM;
}

/* Operands of commands that copy nothing: one directory, or SOURCE and DEST exactly as given. */
static int resolve_read_only(const struct cli_options *options, struct cli_pairs *ret)
{
	unsigned wanted = options->command == CLI_VERIFY ? 2 : 1;
	struct cli_pair *pair;

	if (options->operands > wanted) {
		cli_error_named(0, "extra operand %s", options->operand[wanted], NULL);
		return cli_options_try_help();
	}
	if (options->operands == 0)
		cli_error(0, "missing file operand");
	else if (options->operands < wanted)
		cli_error_named(0, "missing destination file operand after %s", options->operand[0],
		                NULL);
	if (options->operands < wanted)
		return cli_options_try_help();
	pair = calloc(1, sizeof(*pair));
	if (pair) {
		pair->src = options->operand[0];
		pair->dst = strdup(options->operand[wanted - 1]);
	}
	/* `exact` stays false: a symbolic link is compared as a link */
	*ret = (struct cli_pairs){.pair = pair, .count = pair != NULL};
	if (pair && pair->dst)
		return 0;
	cli_error(ENOMEM, "cannot read the operands");
	cli_pairs_done(ret);
	return CLI_EXIT_FAILED;
}

/* True if the operands mean what they mean in a copy. */
static bool is_like_copy(const struct cli_options *options)
{
	return options->command == CLI_COPY ||
	       (options->command == CLI_VERIFY &&
	        (options->target_directory || options->operands > 2));
}

int cli_operands_resolve(const struct cli_options *options, struct cli_pairs *ret)
{
	struct cli_pairs pairs = {0};
	const char *directory = NULL;
	size_t sources = 0;
	int status;

	if (!is_like_copy(options))
		return resolve_read_only(options, ret);
	status = operands_check_count(options);
	if (!status)
		status = target_find(options, &directory, &sources);
	if (status)
		return status;
	if (operand_pairs_fill(options, directory, sources, &pairs) < 0) {
		cli_error(ENOMEM, "cannot read the operands");
		cli_pairs_done(&pairs);
		return CLI_EXIT_FAILED;
	}
	pairs.exact = !directory;
	pairs.backup = pairs.exact && pair_backs_up(options, pairs.pair);
	if (pairs.backup)
		status = pair_back_up(options, pairs.pair);
	if (status < 0) {
		cli_error_named(-status, "cannot backup %s", pairs.pair->dst, NULL);
		cli_pairs_done(&pairs);
		return CLI_EXIT_FAILED;
	}
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
