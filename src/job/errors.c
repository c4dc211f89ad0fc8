/* SPDX-License-Identifier: MIT */
/* errors.c - classifies errors by the step at which they occurred. */
#include "job/errors.h"

#include "job/job.h"

#include <errno.h>

enum step_trait {
	STEP_OPENS = 1 << 0, /* waits for leases of other processes */
	STEP_ROOM = 1 << 1,  /* needs space on the target's file system */
	STEP_KEEPS = 1 << 2, /* sets metadata; the contents are complete */
	STEP_LATE = 1 << 3,  /* runs when the last child of a directory is done */
	STEP_TRIES = 1 << 4, /* one of several methods */
	STEP_LINKS = 1 << 5,
};

/* ENOSPC for an attribute concerns the space that one inode has for attributes. */
static const unsigned char step_traits[PCOPY_STEPS + 1] = {
	[PCOPY_STEP_OPEN_SOURCE] = STEP_OPENS,
	[PCOPY_STEP_CREATE] = STEP_OPENS | STEP_ROOM,
	[PCOPY_STEP_MKDIR] = STEP_ROOM,
	[PCOPY_STEP_OPEN_TARGET] = STEP_OPENS | STEP_ROOM,
	[PCOPY_STEP_SYMLINK] = STEP_ROOM,
	[PCOPY_STEP_LINK] = STEP_ROOM | STEP_LINKS,
	[PCOPY_STEP_MKFIFO] = STEP_ROOM,
	[PCOPY_STEP_MKNOD] = STEP_ROOM,
	[PCOPY_STEP_UNLINK] = STEP_ROOM, /* copy-on-write file systems need space to remove a
	                                  * name */
	[PCOPY_STEP_WRITE] = STEP_ROOM,
	[PCOPY_STEP_CLONE] = STEP_ROOM | STEP_TRIES,
	[PCOPY_STEP_TRUNCATE] = STEP_ROOM,
	[PCOPY_STEP_OWNER] = STEP_ROOM | STEP_KEEPS | STEP_LATE,
	[PCOPY_STEP_XATTR] = STEP_KEEPS | STEP_LATE,
	[PCOPY_STEP_ACL] = STEP_KEEPS | STEP_LATE,
	[PCOPY_STEP_READ_XATTR] = STEP_KEEPS | STEP_LATE,
	[PCOPY_STEP_MODE] = STEP_ROOM | STEP_KEEPS | STEP_LATE,
	[PCOPY_STEP_TIMES] = STEP_ROOM | STEP_KEEPS | STEP_LATE,
	[PCOPY_STEP_CLOSE] = STEP_ROOM | STEP_LATE,
	[PCOPY_STEP_RENAME] = STEP_ROOM,
	[PCOPY_STEP_BACKUP] = STEP_ROOM,
	[PCOPY_STEP_CONTEXT] = STEP_KEEPS | STEP_LATE,
	[PCOPY_STEP_SYNC] = STEP_ROOM | STEP_LATE,
	[PCOPY_STEP_FLAGS] = STEP_ROOM | STEP_KEEPS | STEP_LATE,
	[PCOPY_STEP_READ_TARGET] = STEP_OPENS,
	[PC_STEP_OFFLOAD] = STEP_ROOM | STEP_TRIES,
};

static unsigned step_traits_of(enum pcopy_step step)
{
	return (unsigned)step <= PCOPY_STEPS ? step_traits[step] : 0;
}

/* Errors that concern the disk or the machine, so that any other method would fail, too. EROFS
 * is among them: the file system was written to a moment ago, so it broke. */
static bool error_is_breakage(int error)
{
	return error == -EIO || error == -ENOMEM || error == -EROFS;
}

/* Errors that forbid a hard link but not a copy: EXDEV for another file system, EMLINK for too
 * many links, the others for a file system without links (exFAT, some FUSE). */
static bool error_forbids_links(int error)
{
	return error == -EXDEV || error == -EMLINK || error == -EPERM || error == -EOPNOTSUPP ||
	       error == -ENOSYS;
}

static enum pc_error_class error_class_full(enum pcopy_step step, int error)
{
	if (error == -ENOSPC)
		return PC_ERROR_FILE_SYSTEM;
	/* the file is complete: it is the new owner or an attribute that has no more space */
	return step_traits_of(step) & STEP_KEEPS ? PC_ERROR_WARNING : PC_ERROR_QUOTA;
}

enum pc_error_class pc_error_class(enum pcopy_step step, int error)
{
	unsigned traits = step_traits_of(step);

	if (error == -EINTR || (error == -EAGAIN && (traits & STEP_OPENS)))
		return PC_ERROR_RETRY;
	if ((error == -ENOSPC || error == -EDQUOT) && (traits & STEP_ROOM))
		return error_class_full(step, error);
	/* read and write then show which side failed */
	if (step == PC_STEP_OFFLOAD)
		return PC_ERROR_NEXT;
	if (error_is_breakage(error) && (traits & (STEP_TRIES | STEP_KEEPS)))
		return PC_ERROR_ENTRY;
	if ((traits & STEP_TRIES) || ((traits & STEP_LINKS) && error_forbids_links(error)))
		return PC_ERROR_NEXT;
	if (traits & STEP_KEEPS)
		return PC_ERROR_WARNING;
	return pc_step_ends_tree(step) ? PC_ERROR_TREE : PC_ERROR_ENTRY;
}

bool pc_step_ends_tree(enum pcopy_step step)
{
	return !(step_traits_of(step) & STEP_LATE);
}

bool pc_is_full(enum pcopy_step step, int error)
{
	enum pc_error_class class = pc_error_class(step, error);

	return class == PC_ERROR_FILE_SYSTEM || class == PC_ERROR_QUOTA;
}
