/* SPDX-License-Identifier: MIT */
/* refuse.c - refuse ERRNO CALL... -- COMMAND...: runs a command for which these system
 * calls fail, as on an older kernel, or in a container whose seccomp filter does not
 * know them.
 *
 * The names of calls are listed below; "FICLONE" is that request of ioctl(), "shared" is
 * mmap() of memory that processes share. */
#include "../new_calls.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALLS_MAX 64

/* A call, and where `test` is not 0 only those with such an argument. */
static const struct call {
	const char *name;
	unsigned number;
	unsigned short test;
	unsigned argument, value;
} calls[] = {
	{"FICLONE", SYS_ioctl, BPF_JEQ, 1, FICLONE},
	{"shared", SYS_mmap, BPF_JSET, 3, MAP_SHARED},
	{"clone3", SYS_clone3, 0, 0, 0},
	{"close_range", SYS_close_range, 0, 0, 0},
	{"copy_file_range", SYS_copy_file_range, 0, 0, 0},
	{"faccessat2", SYS_faccessat2, 0, 0, 0},
	{"fchmodat2", SYS_fchmodat2, 0, 0, 0},
	{"getrandom", SYS_getrandom, 0, 0, 0},
	{"getxattrat", SYS_getxattrat, 0, 0, 0},
	{"io_uring_setup", SYS_io_uring_setup, 0, 0, 0},
	{"linkat", SYS_linkat, 0, 0, 0},
	{"listxattrat", SYS_listxattrat, 0, 0, 0},
	{"openat2", SYS_openat2, 0, 0, 0},
	{"pidfd_open", SYS_pidfd_open, 0, 0, 0},
	{"removexattrat", SYS_removexattrat, 0, 0, 0},
	{"setxattrat", SYS_setxattrat, 0, 0, 0},
	{"statx", SYS_statx, 0, 0, 0},
	{"unshare", SYS_unshare, 0, 0, 0},
};

static const struct error {
	const char *name;
	unsigned number;
} errors[] = {{"ENOSYS", ENOSYS}, {"EPERM", EPERM}, {"ENOMEM", ENOMEM}, {"EOPNOTSUPP", EOPNOTSUPP}};

struct program {
	struct sock_filter line[5 * CALLS_MAX + 1];
	unsigned short lines;
};

static void add(struct program *p, struct sock_filter line)
{
	p->line[p->lines++] = line;
}

/* Loads the low half of an argument: machines here are little-endian. */
static struct sock_filter load(unsigned offset)
{
	return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset);
}

static struct sock_filter jump(unsigned short test, unsigned value, uint8_t otherwise)
{
	return (struct sock_filter)BPF_JUMP((unsigned short)(BPF_JMP | test | BPF_K), value, 0,
	                                    otherwise);
}

static void add_call(struct program *p, const struct call *call, unsigned error)
{
	add(p, load(offsetof(struct seccomp_data, nr)));
	add(p, jump(BPF_JEQ, call->number, call->test ? 3 : 1));
	if (call->test) {
		add(p, load((unsigned)(offsetof(struct seccomp_data, args) + 8 * call->argument)));
		add(p, jump(call->test, call->value, 1));
	}
	add(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error));
}

static const struct call *call_of(const char *name)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (strcmp(calls[i].name, name) == 0)
			return &calls[i];
	}
	fprintf(stderr, "refuse: unknown call %s\n", name);
	exit(125);
}

static unsigned error_of(const char *name)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (strcmp(errors[i].name, name) == 0)
			return errors[i].number;
	}
	fprintf(stderr, "refuse: unknown error %s\n", name);
	exit(125);
}

static void install(struct program *p)
{
	const struct sock_fprog filter = {.len = p->lines, .filter = p->line};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0) {
		perror("refuse: no filter here");
		exit(125);
	}
}

int main(int argc, char **argv)
{
	struct program p = {.lines = 0};
	unsigned error = argc > 3 ? error_of(argv[1]) : 0;
	int i = 2;

	if (argc < 4)
		return 125;
	for (; i < argc && strcmp(argv[i], "--") != 0 && i < CALLS_MAX; i++)
		add_call(&p, call_of(argv[i]), error);
	if (i + 1 >= argc)
		return 125;
	add(&p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	install(&p);
	execvp(argv[i + 1], argv + i + 1);
	perror(argv[i + 1]);
	return 127;
}
