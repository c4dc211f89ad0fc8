/* SPDX-License-Identifier: MIT
 *
 * entry.c - chooses how an entry other than a directory is copied. The type from its listing is a
 * hint: the entry may have changed since. */
#include "copy/entry.h"

#include "copy/file.h"
#include "copy/special.h"
#include "sys/sys.h"

static void entry_copy_file(struct pc_copier *c, struct pc_entry *e)
{
	switch (pc_file_copy(c, e)) {
	case PC_FILE_IS_SYMLINK:
		pc_special_symlink(c, e);
		break;
	case PC_FILE_IS_SPECIAL:
		pc_special_node(c, e);
		break;
	case PC_FILE_WAS_COPIED:
		break;
	}
}

/* FIFOs, sockets and devices; and entries that were directories when they were listed. */
static void entry_copy_other(struct pc_copier *c, struct pc_entry *e)
{
	int flags = pc_entry_follows(c, e) ? 0 : AT_SYMLINK_NOFOLLOW;
	int r = pc_sys_fstatat(e->frame->src_fd, e->src_name, &e->src, flags);

	if (r < 0) {
		e->kind = PCOPY_SPECIAL;
		e->step = PCOPY_STEP_STAT;
		pc_entry_fail(c, e, r);
	} else if (pc_entry_is_stream(c, e)) {
		entry_copy_file(c, e);
	} else {
		pc_special_node(c, e);
	}
}

static void entry_dispatch(struct pc_copier *c, struct pc_entry *e)
{
	if (c->walk.options->make != PCOPY_MAKE_COPIES) {
		pc_linking_entry(c, e);
		return;
	}
	switch (e->listed) {
	case PC_TYPE_FILE:
		entry_copy_file(c, e);
		break;
	case PC_TYPE_LINK:
		pc_special_symlink(c, e);
		break;
	case PC_TYPE_DIR:
	case PC_TYPE_OTHER:
		entry_copy_other(c, e);
		break;
	}
}

void pc_entry_copy(struct pc_copier *c, struct pc_entry *e)
{
	bool file = e->listed == PC_TYPE_FILE && c->walk.options->make == PCOPY_MAKE_COPIES;

	pc_phase(c, file ? PCOPY_PHASE_OPEN : PCOPY_PHASE_LINK);
	if (c->walk.options->progress_paths)
		pc_queue_show(c->walk.queue, c->walk.slot, c->walk.root, c->walk.path.data,
		              e->frame->top ? "" : e->src_name);
	entry_dispatch(c, e);
	pc_phase_entry_done(c);
}
