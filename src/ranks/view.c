/* SPDX-License-Identifier: MIT
 *
 * view.c - identifies a process, and what it sees at a path, for the greeting. */
#include "ranks/view.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/sys.h"
#include "ranks/build.h"
#include "sys/fs.h"
#include "sys/sys.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

void pc_view_look(const char *path, bool follow, struct pc_view *ret)
{
	_cleanup_close_ int fd = pc_openat(AT_FDCWD, path, O_PATH | (follow ? 0 : O_NOFOLLOW), 0);
	const struct pc_fs_type *type;
	struct statfs fs;
	struct stat st;

	*ret = (struct pc_view){.error = fd};
	if (fd < 0)
		return;
	if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0) {
		ret->error = -errno;
		return;
	}
	type = pc_fs_type_of_fd(fd);
	*ret = (struct pc_view){
		.dev = st.st_dev,
		.ino = st.st_ino,
		.size = (uint64_t)st.st_size,
		.magic = (uint32_t)fs.f_type,
		.mode = st.st_mode,
		.mtime_sec = st.st_mtim.tv_sec,
		.mtime_nsec = st.st_mtim.tv_nsec,
		.local = type->local,
		.stable = type->inodes_are_stable,
	};
}

void pc_view_put(struct pc_wire *w, const struct pc_view *view)
{
	pc_wire_put_number(w, view->error < 0 ? (uint64_t)-view->error : 0);
	pc_wire_put_number(w, view->dev);
	pc_wire_put_number(w, view->ino);
	pc_wire_put_number(w, view->size);
	pc_wire_put_number(w, view->magic);
	pc_wire_put_number(w, view->mode);
	pc_wire_put_number(w, (uint64_t)view->mtime_sec);
	pc_wire_put_number(w, (uint64_t)view->mtime_nsec);
	pc_wire_put_number(w, view->local);
	pc_wire_put_number(w, view->stable);
}

struct pc_view pc_view_get(struct pc_wire_reader *r)
{
	struct pc_view view = {.error = -(int)pc_wire_get_number(r, INT16_MAX)};

	view.dev = pc_wire_get_number(r, UINT64_MAX);
	view.ino = pc_wire_get_number(r, UINT64_MAX);
	view.size = pc_wire_get_number(r, UINT64_MAX);
	view.magic = pc_wire_get_number(r, UINT32_MAX);
	view.mode = (uint32_t)pc_wire_get_number(r, UINT32_MAX);
	view.mtime_sec = (int64_t)pc_wire_get_number(r, UINT64_MAX);
	view.mtime_nsec = (int64_t)pc_wire_get_number(r, UINT64_MAX);
	view.local = pc_wire_get_number(r, 1);
	view.stable = pc_wire_get_number(r, 1);
	return view;
}

/* ---- Processes ---- */

/* Programs with different records cannot communicate, whatever their version; nor can builds
 * between which a number has changed its meaning. */
static void layout_put(struct pc_wire *w)
{
	pc_wire_put_number(w, UINT64_C(0x0102030405060708));
	pc_wire_put_number(w, sizeof(struct pc_job));
	pc_wire_put_number(w, sizeof(struct pc_item));
	pc_wire_put_number(w, sizeof(struct pc_meter));
	pc_wire_put_number(w, sizeof(struct pcopy_options));
	pc_wire_put_number(w, pc_build_hash());
}

static bool layout_is_ours(struct pc_wire_reader *r)
{
	struct pc_wire ours = {0};
	const void *theirs;
	bool same;

	layout_put(&ours);
	theirs = pc_wire_get(r, ours.bytes.len);
	same = theirs && memcmp(theirs, ours.bytes.data, ours.bytes.len) == 0;
	pc_wire_done(&ours);
	return same;
}

void pc_identity_put(struct pc_wire *w)
{
	char id[PC_BOOT_ID_MAX];
	struct utsname name;

	if (uname(&name) < 0)
		strcpy(name.nodename, "?");
	pc_sys_boot_id(id, sizeof(id));
	id[strcspn(id, "\n")] = '\0';
	pc_wire_put_string(w, PCOPY_VERSION);
	pc_wire_put_string(w, name.nodename);
	layout_put(w);
	pc_wire_put_string(w, id);
	pc_wire_put_number(w, geteuid());
	pc_wire_put_number(w, getegid());
	pc_wire_put_number(w, pc_now_ns());
}

struct pc_identity pc_identity_get(struct pc_wire_reader *r)
{
	const char *version = pc_wire_get_text(r);
	struct pc_identity self = {.same_program = strcmp(version, PCOPY_VERSION) == 0};

	strncpy(self.host, pc_wire_get_text(r), sizeof(self.host) - 1);
	self.same_program = layout_is_ours(r) && self.same_program;
	strncpy(self.boot_id, pc_wire_get_text(r), sizeof(self.boot_id) - 1);
	self.uid = (uint32_t)pc_wire_get_number(r, UINT32_MAX);
	self.gid = (uint32_t)pc_wire_get_number(r, UINT32_MAX);
	self.now_ns = pc_wire_get_number(r, UINT64_MAX);
	return self;
}
