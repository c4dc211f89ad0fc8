/* SPDX-License-Identifier: MIT */
/* fuzz_mtree.c - what reads manifests, given anything.
 *
 *	try-mtree COUNT [SEED]		COUNT changed manifests, the same for one SEED
 *	try-mtree < FILE		one input, as AFL wants it
 *
 * Built with -DLIBFUZZER and -fsanitize=fuzzer it is a target of libFuzzer instead.  What is
 * accepted must be within the tree, and the reason of what is refused must be said. */
#include "check/mtree.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool what, const char *why)
{
	if (what)
		return;
	(void)fprintf(stderr, "fuzz-mtree: %s\n", why);
	abort();
}

static void is_within(void *data, const struct pc_listed *listed)
{
	const char *path = listed->path;

	(void)data;
	must(*path != '/', "an absolute path was accepted");
	for (; path; path = strchr(path, '/')) {
		path += *path == '/';
		must(strncmp(path, "..", 2) != 0 || (path[2] != '/' && path[2] != '\0'),
		     "a path that leads out was accepted");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pcopy_manifest_error error = {0};
	struct pc_index *index;
	char path[32];
	int fd = memfd_create("manifest", MFD_CLOEXEC), r;

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size, "cannot write the input");
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	must(pc_index_new(&index) == 0, "no memory");
	r = pc_mtree_read(path, index, &error);
	must(r == 0 || r == -EBADMSG, "another error than that of the input");
	must(r == 0 || *error.reason, "no reason");
	if (r == 0)
		must(pc_index_unseen(index, is_within, NULL) == 0, "cannot be read again");
	pc_index_free(index);
	close(fd);
	return 0;
}

#ifndef LIBFUZZER
static const char *const parts[] = {
	"#mtree\n",
	"# written by pcopy 0\n",
	"# end, 3 entries\n",
	"/set ",
	"/unset ",
	"all",
	"..\n",
	". type=dir\n",
	"./a/b type=file size=12 mode=0644\n",
	"a type=dir\n",
	"l type=link link=x\\040y\n",
	"\\\n",
	"\\056\\056/",
	"\\M-a",
	"\\^A",
	"type=socket ",
	"device=linux,1,2 ",
	"device=3 ",
	"time=1.5 ",
	"time=-1 ",
	"uid=0 ",
	"gid=99999999999999999999 ",
	"nlink=2 ",
	"optional ",
	"=",
	" ",
	"\n",
	"sha256digest=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 ",
	"md5=d41d8cd98f00b204e9800998ecf8427e ",
	"flags=none ",
	"contents=/etc/passwd ",
	"../",
	"/",
	"\r",
	"\t",
	"\\",
	"\\400",
	"mode=u+x ",
	"size=0x10 ",
	"type=char ",
};

static uint64_t state;

static uint32_t next(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16) % below;
}

/* Some parts, with some bytes of it changed. */
static size_t make(uint8_t *input, size_t cap)
{
	size_t len = 0;

	for (uint32_t n = next(40); n > 0; n--) {
		const char *part = parts[next(sizeof(parts) / sizeof(parts[0]))];

		if (len + strlen(part) < cap) {
			memcpy(input + len, part, strlen(part));
			len += strlen(part);
		}
	}
	for (uint32_t n = len > 0 ? next(4) : 0; n > 0; n--)
		input[next((uint32_t)len)] = (uint8_t)next(256);
	if (len > 0 && next(2))
		input[len - 1] = '\n';
	return next(8) ? len : next((uint32_t)len + 1);
}

int main(int argc, char **argv)
{
	static uint8_t input[1 << 16];
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;

	if (argc == 1)
		return LLVMFuzzerTestOneInput(input, fread(input, 1, sizeof(input), stdin));
	state = argc > 2 ? strtoul(argv[2], NULL, 10) + 1 : 88172645463325252U;
	for (unsigned long i = 0; i < count; i++)
		LLVMFuzzerTestOneInput(input, make(input, sizeof(input)));
	(void)printf("%lu inputs\n", count);
	return 0;
}
#endif
