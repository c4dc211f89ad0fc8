/* SPDX-License-Identifier: MIT */
/* new_calls.h - numbers of system calls that older headers lack. */
#ifndef TESTS_NEW_CALLS_H
#define TESTS_NEW_CALLS_H

#include <sys/syscall.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_setxattrat
#define SYS_setxattrat 463
#define SYS_getxattrat 464
#define SYS_listxattrat 465
#define SYS_removexattrat 466
#endif

#endif
