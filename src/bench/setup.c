/* SPDX-License-Identifier: MIT */
/* setup.c - everything before the first run, and after the last.
 *
 * Nothing is created before all checks have passed.  Functions return 0, or an exit status after
 * a message. */
#include "bench/setup.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/path.h"
#include "base/size.h"
#include "base/sys.h"
#include "bench/against.h"
#include "bench/export.h"
#include "bench/plot.h"
#include "bench/rows.h"
#include "bench/tree.h"
#include "bench/warn.h"
#include "bench/words.h"
#include "cli/messages.h"

/* ---- Arguments ---- */

/* Chosen if not given, and printed, so that the order can be reproduced. */
static int parse_seed(struct bench *bench)
{
	const char *seed = bench->options->seed;

	if (!bench->options->order_random)
		return 0;
	if (!seed && getrandom(&bench->seed, sizeof(bench->seed), 0) != sizeof(bench->seed))
		bench->seed = pc_now_ns();
	if (!seed)
		bench->seed &= UINT32_MAX;
	if (seed && (seed[strspn(seed, "0123456789")] || pc_size_parse(seed, &bench->seed) < 0)) {
		cli_error_named(0, "invalid argument %s for %s", seed, "--seed");
		return cli_options_try_help();
	}
	bench->random = bench->seed;
	return 0;
}

static int parse_operands(struct bench *bench)
{
	const struct cli_options *options = bench->options;

	if (options->target_directory)
		cli_error(0, "cannot combine --bench and --target-directory (-t)");
	else if (!options->operands)
		cli_error(0, "missing file operand");
	else if (options->operands == 1)
		cli_error_named(0, "missing destination file operand after %s", options->operand[0],
		                NULL);
	else if (options->operands > 2)
		cli_error_named(0, "extra operand %s", options->operand[2], NULL);
	if (options->target_directory || options->operands != 2)
		return cli_options_try_help();
	bench->src = options->operand[0];
	bench->dst = options->operand[1];
	return 0;
}

/* ---- Source and target ---- */

static int setup_refuse(int errnum, const char *format, const char *name)
{
	cli_error_named(errnum, format, name, NULL);
	return CLI_EXIT_USAGE;
}

static int setup_source_find(struct bench *bench, struct stat *ret)
{
	bench->src_path = realpath(bench->src, NULL);
	if (!bench->src_path || stat(bench->src_path, ret) < 0)
		return setup_refuse(errno, "cannot stat %s", bench->src);
	if (!S_ISDIR(ret->st_mode) && !S_ISREG(ret->st_mode))
		return setup_refuse(0, "%s is neither a directory nor a regular file", bench->src);
	return 0;
}

static int refuse_within(const struct bench *bench, const char *directory, const struct stat *src)
{
	int rc = pc_path_lies_within(directory, src);

	if (rc < 0)
		return setup_refuse(-rc, "cannot create directory %s", bench->dst);
	if (!rc)
		return 0;
	cli_error_named(0, "cannot copy a directory, %s, into itself, %s", bench->src, bench->dst);
	return CLI_EXIT_USAGE;
}

static int create_target(struct bench *bench, const struct stat *src)
{
	_cleanup_free_ char *copy = strdup(bench->dst);
	int rc;

	if (!copy)
		return setup_refuse(ENOMEM, "cannot create directory %s", bench->dst);
	rc = refuse_within(bench, dirname(copy), src);
	if (rc)
		return rc;
	if (mkdir(bench->dst, 0777) < 0)
		return setup_refuse(errno, "cannot create directory %s", bench->dst);
	bench->dst_created = true;
	return 0;
}

static int target_is_empty(int fd)
{
	struct dirent **entry;
	int count = scandirat(fd, ".", &entry, NULL, NULL);

	if (count < 0)
		return -errno;
	for (int i = 0; i < count; i++)
		free(entry[i]);
	free(entry);
	return count <= 2; /* "." and ".." */
}

static int setup_target_find(struct bench *bench, const struct stat *src)
{
	struct stat st;
	int rc, empty;

	if (stat(bench->dst, &st) < 0)
		rc = errno == ENOENT ? create_target(bench, src)
		                     : setup_refuse(errno, "cannot stat %s", bench->dst);
	else if (!S_ISDIR(st.st_mode))
		rc = setup_refuse(ENOTDIR, "target %s", bench->dst);
	else
		rc = refuse_within(bench, bench->dst, src);
	if (rc)
		return rc;

	bench->dst_fd = pc_openat(AT_FDCWD, bench->dst, O_RDONLY | O_DIRECTORY, 0);
	if (bench->dst_fd < 0)
		return setup_refuse(-bench->dst_fd, "cannot access %s", bench->dst);
	empty = target_is_empty(bench->dst_fd);
	if (empty <= 0)
		return setup_refuse(empty < 0 ? -empty : ENOTEMPTY, "target %s", bench->dst);
	bench->dst_path = realpath(bench->dst, NULL);
	return bench->dst_path ? 0 : setup_refuse(errno, "cannot stat %s", bench->dst);
}

static int source_survey(struct bench *bench)
{
	int rc = bench_left_out_find(&bench->options->copy, bench->src_path, bench->dst_path,
	                             &bench->left_out);

	if (rc == 0)
		rc = bench_tree_survey(bench->src_path, &bench->left_out, &bench->tree);
	if (rc < 0) {
		cli_error_named(-rc, "cannot read all of %s", bench->src, NULL);
		return CLI_EXIT_FAILED;
	}
	pc_machine_describe(&bench->machine);
	/* without a name the report leaves it empty */
	(void)pc_filesystem_name(bench->src_path, bench->src_filesystem);
	(void)pc_filesystem_name(bench->dst_path, bench->dst_filesystem);
	return 0;
}

int bench_setup(struct bench *bench)
{
	struct stat src;
	int rc;

	bench->cpus = pcopy_cpus();
	if (bench_words_pass_on(bench->options, &bench->passed_on) < 0) {
		cli_error(ENOMEM, "cannot set up the comparison");
		return CLI_EXIT_FAILED;
	}
	rc = bench_rows_make(bench);
	if (!rc)
		rc = parse_seed(bench);
	if (!rc)
		rc = parse_operands(bench);
	if (!rc)
		rc = bench_against_load(bench);
	if (!rc)
		rc = bench_plot_check(bench);
	if (!rc)
		rc = setup_source_find(bench, &src);
	if (!rc)
		rc = setup_target_find(bench, &src);
	if (!rc) /* a file may lie in the target */
		rc = bench_exports_check(bench);
	return rc ? rc : source_survey(bench);
}

void bench_done(struct bench *bench)
{
	bench_rows_done(bench);
	bench_words_done(&bench->passed_on);
	bench_warnings_free(bench);
	bench_left_out_done(&bench->left_out);
	json_decref(bench->before);
	free(bench->comparison);
	free(bench->change);
	if (bench->dst_fd >= 0)
		close(bench->dst_fd);
	if (bench->dst_created && rmdir(bench->dst) < 0)
		cli_error_named(errno, "cannot remove %s", bench->dst, NULL);
	free(bench->src_path);
	free(bench->dst_path);
}
