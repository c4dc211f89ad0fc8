/* gone_fs.c - a file system whose server stops answering, for tests/cli/gone.sh.
 *
 *	gone_fs -f DIRECTORY
 *
 * It has a directory "dir" with the files "a", "hangs" and "z" of 5,000 bytes each.  What
 * is read from "hangs" never comes: it says "asked" instead. */
#define FUSE_USE_VERSION 35
#include <errno.h>
#include <fuse.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE 5000

static const char *const names[] = {"/dir/a", "/dir/hangs", "/dir/z"};
#define NAMES (sizeof(names) / sizeof(names[0]))

static void no_answer(void)
{
	(void)!write(STDOUT_FILENO, "asked\n", 6); /* for the test */
	for (;;)
		pause();
}

static int gone_getattr(const char *path, struct stat *st, struct fuse_file_info *info)
{
	(void)info;
	if (strcmp(path, "/") == 0 || strcmp(path, "/dir") == 0) {
		*st = (struct stat){.st_mode = S_IFDIR | 0755, .st_nlink = 2};
		return 0;
	}
	for (size_t i = 0; i < NAMES; i++) {
		if (strcmp(path, names[i]) == 0) {
			*st = (struct stat){.st_mode = S_IFREG | 0644, .st_nlink = 1, .st_size = SIZE};
			return 0;
		}
	}
	return -ENOENT;
}

static int gone_readdir(const char *path, void *into, fuse_fill_dir_t fill, off_t from,
			struct fuse_file_info *info, enum fuse_readdir_flags flags)
{
	(void)from;
	(void)info;
	(void)flags;
	if (strcmp(path, "/") == 0)
		return fill(into, "dir", NULL, 0, 0);
	for (size_t i = 0; i < NAMES; i++)
		fill(into, strrchr(names[i], '/') + 1, NULL, 0, 0);
	return 0;
}

static int gone_read(const char *path, char *into, size_t size, off_t from,
		     struct fuse_file_info *info)
{
	(void)info;
	if (strcmp(path, "/dir/hangs") == 0)
		no_answer();
	if (from >= SIZE)
		return 0;
	if (size > (size_t)(SIZE - from))
		size = (size_t)(SIZE - from);
	memset(into, 'x', size);
	return (int)size;
}

int main(int argc, char **argv)
{
	static const struct fuse_operations operations = {
		.getattr = gone_getattr, .readdir = gone_readdir, .read = gone_read};

	return fuse_main(argc, argv, &operations, NULL);
}
