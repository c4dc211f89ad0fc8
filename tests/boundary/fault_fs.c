/* SPDX-License-Identifier: MIT */
/* fault_fs.c - a file system in memory that fails on request, for tests/boundary/run.
 *
 *	fault_fs DIRECTORY [BLOCK-DEVICE]
 *
 * It runs in the foreground, prints "ready" when it is mounted, and ends with its parent or when it
 * is unmounted.  With a block device, which is not read, it is mounted as "fuseblk": the kernel sends
 * syncfs only to such a server (since Linux 6.18).
 *
 * The kernel caches nothing, so each call arrives here. */
#define FUSE_USE_VERSION 35
#include "fault.h"
#include "store.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <limits.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

static struct node root = {.st = {.st_ino = 1, .st_mode = S_IFDIR | 0755, .st_nlink = 2}};

static struct node *node_of(fuse_ino_t ino)
{
	return ino == FUSE_ROOT_ID ? &root : (struct node *)ino;
}

static void answer_node(fuse_req_t req, struct node *node, struct fuse_file_info *opened)
{
	struct fuse_entry_param entry = {
		.ino = node == &root ? FUSE_ROOT_ID : (fuse_ino_t)node,
		.attr = fault_stat(node),
	};

	if (opened) {
		opened->direct_io = fault.length != 0;
		fuse_reply_create(req, &entry, opened);
	} else {
		fuse_reply_entry(req, &entry);
	}
}

static void fs_lookup(fuse_req_t req, fuse_ino_t dir, const char *text)
{
	struct name *name = store_find(node_of(dir), text);

	if (name)
		answer_node(req, name->node, NULL);
	else
		fuse_reply_err(req, strlen(text) > fault_name_max() ? ENAMETOOLONG : ENOENT);
}

static void fs_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	struct stat st = fault_stat(node_of(ino));

	(void)info;
	fuse_reply_attr(req, &st, 0);
}

static void fs_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *st, int wanted,
                       struct fuse_file_info *info)
{
	struct node *node = node_of(ino);
	int r = fault_in_setattr(wanted);

	if (r == 0 && wanted & FUSE_SET_ATTR_SIZE && st->st_size != 0)
		r = fault.appends;
	if (r == 0 && wanted & FUSE_SET_ATTR_SIZE)
		r = -store_resize(node, (size_t)st->st_size);
	if (r != 0) {
		fuse_reply_err(req, r);
		return;
	}
	store_now(&node->st.st_ctim);
	if (wanted & FUSE_SET_ATTR_MODE)
		store_set_mode(node, st->st_mode);
	if (wanted & FUSE_SET_ATTR_UID)
		node->st.st_uid = st->st_uid;
	if (wanted & FUSE_SET_ATTR_GID)
		node->st.st_gid = st->st_gid;
	if (wanted & FUSE_SET_ATTR_ATIME)
		node->st.st_atim =
			wanted & FUSE_SET_ATTR_ATIME_NOW ? node->st.st_ctim : st->st_atim;
	if (wanted & FUSE_SET_ATTR_MTIME)
		node->st.st_mtim =
			wanted & FUSE_SET_ATTR_MTIME_NOW ? node->st.st_ctim : st->st_mtim;
	fs_getattr(req, ino, info);
}

/* ---- Names ---- */

/* Makes a node; returns NULL when it has answered with an error. */
static struct node *make(fuse_req_t req, fuse_ino_t dir, const char *text, mode_t mode, dev_t rdev,
                         int refused)
{
	struct node *node = NULL;
	int r = fault_in_name(text, refused);

	if (r == 0)
		r = -store_make(node_of(dir), text, mode, rdev, &node);
	if (r != 0) {
		fuse_reply_err(req, r);
		return NULL;
	}
	node->st.st_uid = fuse_req_ctx(req)->uid;
	node->st.st_gid = fuse_req_ctx(req)->gid;
	return node;
}

static void fs_mknod(fuse_req_t req, fuse_ino_t dir, const char *text, mode_t mode, dev_t rdev)
{
	struct node *node;

	node = make(req, dir, text, mode, rdev, S_ISREG(mode) ? 0 : fault.mknod);
	if (node)
		answer_node(req, node, NULL);
}

static void fs_mkdir(fuse_req_t req, fuse_ino_t dir, const char *text, mode_t mode)
{
	struct node *node = make(req, dir, text, S_IFDIR | mode, 0, fault.mkdir);

	if (node)
		answer_node(req, node, NULL);
}

static void fs_symlink(fuse_req_t req, const char *target, fuse_ino_t dir, const char *text)
{
	struct node *node = make(req, dir, text, S_IFLNK | 0777, 0, fault.symlink);
	size_t length = strlen(target);

	if (!node)
		return;
	if (store_write(node, target, length, 0) == (ssize_t)length) {
		answer_node(req, node, NULL);
		return;
	}
	store_unlink(node_of(dir), text, false);
	fuse_reply_err(req, -store_limits.error);
}

/* info->fh is the address of a word that tells whether this opening was written to. */
static void opening_begin(struct node *node, struct fuse_file_info *info)
{
	node->opens++;
	info->fh = (uintptr_t)calloc(1, sizeof(bool));
	if (!info->fh)
		abort();
}

static void fs_create(fuse_req_t req, fuse_ino_t dir, const char *text, mode_t mode,
                      struct fuse_file_info *info)
{
	struct node *node = make(req, dir, text, S_IFREG | mode, 0, 0);

	if (!node)
		return;
	opening_begin(node, info);
	answer_node(req, node, info);
}

static void fs_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t dir, const char *text)
{
	int r = fault_in_name(text, fault.link);

	if (r == 0)
		r = -store_link(node_of(ino), node_of(dir), text);
	if (r == 0)
		answer_node(req, node_of(ino), NULL);
	else
		fuse_reply_err(req, r);
}

static void fs_unlink(fuse_req_t req, fuse_ino_t dir, const char *text)
{
	int r = fault.readonly;

	fuse_reply_err(req, r ? r : -store_unlink(node_of(dir), text, false));
}

static void fs_rmdir(fuse_req_t req, fuse_ino_t dir, const char *text)
{
	int r = fault.readonly;

	fuse_reply_err(req, r ? r : -store_unlink(node_of(dir), text, true));
}

static void fs_rename(fuse_req_t req, fuse_ino_t from, const char *old, fuse_ino_t to,
                      const char *new, unsigned int flags)
{
	int r = fault_in_name(new, fault.rename);

	if (r == 0 && flags & ~(unsigned int)RENAME_NOREPLACE)
		r = EINVAL;
	if (r == 0)
		r = -store_rename(node_of(from), old, node_of(to), new, flags == 0);
	fuse_reply_err(req, r);
}

static void fs_readlink(fuse_req_t req, fuse_ino_t ino)
{
	const struct node *node = node_of(ino);
	char target[PATH_MAX];

	snprintf(target, sizeof(target), "%.*s", (int)node->st.st_size, node->data);
	fuse_reply_readlink(req, target);
}

static void fs_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t from,
                       struct fuse_file_info *info)
{
	const struct name *name = node_of(ino)->names;
	char *listing = malloc(size);
	size_t used = 0, more;

	(void)info;
	for (; listing && name; name = name->next) {
		struct stat st = fault_stat(name->node);

		if (name->cookie <= (uint64_t)from)
			continue;
		more = fuse_add_direntry(req, listing + used, size - used, name->text, &st,
		                         (off_t)name->cookie);
		if (more > size - used)
			break;
		used += more;
	}
	fuse_reply_buf(req, listing, used);
	free(listing);
}

/* ---- Contents ---- */

static void fs_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	struct node *node = node_of(ino);
	bool writes = (info->flags & O_ACCMODE) != O_RDONLY || info->flags & O_TRUNC;
	int r = writes ? fault.readonly : 0;

	if (r == 0 && info->flags & O_TRUNC)
		r = -store_resize(node, 0);
	if (r != 0) {
		fuse_reply_err(req, r);
		return;
	}
	opening_begin(node, info);
	info->direct_io = fault.length != 0;
	fuse_reply_open(req, info);
}

static void fs_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t from,
                    struct fuse_file_info *info)
{
	const struct node *node = node_of(ino);

	(void)info;
	if (fault.read)
		fuse_reply_err(req, fault.read);
	else if (from >= node->st.st_size)
		fuse_reply_buf(req, NULL, 0);
	else if (size > (size_t)(node->st.st_size - from))
		fuse_reply_buf(req, node->data + from, (size_t)(node->st.st_size - from));
	else
		fuse_reply_buf(req, node->data + from, size);
}

static void fs_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t at,
                     struct fuse_file_info *info)
{
	struct node *node = node_of(ino);
	bool at_end = at == node->st.st_size;
	int refused = fault_in_change(at_end || !fault.appends ? fault.write : fault.appends);
	ssize_t done = refused ? -refused : store_write(node, data, size, (size_t)at);

	if (done < 0) {
		fuse_reply_err(req, (int)-done);
		return;
	}
	*(bool *)info->fh = true;
	fuse_reply_write(req, (size_t)done);
}

static void fs_copy_range(fuse_req_t req, fuse_ino_t ino, off_t from, struct fuse_file_info *info,
                          fuse_ino_t into, off_t at, struct fuse_file_info *into_info, size_t size,
                          int flags)
{
	const struct node *node = node_of(ino);

	(void)info;
	(void)flags;
	if (fault.range)
		fuse_reply_err(req, fault.range);
	else if (from >= node->st.st_size)
		fuse_reply_write(req, 0);
	else
		fs_write(req, into, node->data + from,
		         size < (size_t)(node->st.st_size - from)
		                 ? size
		                 : (size_t)(node->st.st_size - from),
		         at, into_info);
}

static void fs_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	(void)ino;
	fuse_reply_err(req, *(bool *)info->fh ? fault.close : 0);
}

static void fs_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	free((bool *)info->fh);
	node_of(ino)->opens--;
	store_forget(node_of(ino));
	fuse_reply_err(req, 0);
}

static void fs_fsync(fuse_req_t req, fuse_ino_t ino, int data_only, struct fuse_file_info *info)
{
	(void)ino;
	(void)data_only;
	(void)info;
	fuse_reply_err(req, fault.fsync);
}

static void fs_fsyncdir(fuse_req_t req, fuse_ino_t ino, int data_only, struct fuse_file_info *info)
{
	(void)ino;
	(void)data_only;
	(void)info;
	fuse_reply_err(req, fault.fsyncdir);
}

static void fs_statfs(fuse_req_t req, fuse_ino_t ino)
{
	const struct statvfs all = {
		.f_bsize = 4096,
		.f_frsize = 4096,
		.f_blocks = 1 << 20,
		.f_bfree = 1 << 19,
		.f_bavail = 1 << 19,
		.f_namemax = fault_name_max(),
	};

	(void)ino;
	fuse_reply_statfs(req, &all);
}

/* ---- Attributes ---- */

static void fs_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value,
                        size_t size, int flags)
{
	const struct attribute *there = store_attribute(node_of(ino), name);
	int r;

	if (ino == FUSE_ROOT_ID && strcmp(name, "trusted.fault") == 0) {
		fuse_reply_err(req, fault_set(value, size));
		return;
	}
	r = fault_in_setxattr(name);
	if (r == 0 && there && flags & XATTR_CREATE)
		r = EEXIST;
	if (r == 0 && !there && flags & XATTR_REPLACE)
		r = ENODATA;
	if (r == 0 && strcmp(name, "system.posix_acl_access") == 0)
		r = -store_set_list(node_of(ino), value, size);
	else if (r == 0)
		r = -store_set_attribute(node_of(ino), name, value, size);
	fuse_reply_err(req, r);
}

/* What is asked for with a size of 0 is how long the answer would be. */
static void answer_text(fuse_req_t req, const char *text, size_t length, size_t size)
{
	if (size == 0)
		fuse_reply_xattr(req, length);
	else if (size < length)
		fuse_reply_err(req, ERANGE);
	else
		fuse_reply_buf(req, text, length);
}

static void fs_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	const struct attribute *one = store_attribute(node_of(ino), name);
	int refused = fault_in_getxattr(name);

	if (refused || !one)
		fuse_reply_err(req, refused ? refused : ENODATA);
	else
		answer_text(req, one->value, one->size, size);
}

static void fs_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	const struct attribute *one = node_of(ino)->attributes;
	char names[65536];
	size_t length = 0;

	if (fault.xattr) {
		fuse_reply_err(req, fault.xattr);
		return;
	}
	for (; one && length + strlen(one->name) < sizeof(names); one = one->next) {
		memcpy(names + length, one->name, strlen(one->name) + 1);
		length += strlen(one->name) + 1;
	}
	answer_text(req, names, length, size);
}

static void fs_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	int r = fault_in_setxattr(name);

	fuse_reply_err(req, r ? r : -store_remove_attribute(node_of(ino), name));
}

/* ---- The server ---- */

/* The kernel is to take away set-id bits itself, by a call that can be refused. */
static void fs_init(void *data, struct fuse_conn_info *connection)
{
	(void)data;
	connection->want &= ~(unsigned int)FUSE_CAP_HANDLE_KILLPRIV;
}

static const struct fuse_lowlevel_ops operations = {
	.init = fs_init,
	.lookup = fs_lookup,
	.getattr = fs_getattr,
	.setattr = fs_setattr,
	.readlink = fs_readlink,
	.mknod = fs_mknod,
	.mkdir = fs_mkdir,
	.unlink = fs_unlink,
	.rmdir = fs_rmdir,
	.symlink = fs_symlink,
	.rename = fs_rename,
	.link = fs_link,
	.open = fs_open,
	.read = fs_read,
	.write = fs_write,
	.flush = fs_flush,
	.release = fs_release,
	.fsync = fs_fsync,
	.readdir = fs_readdir,
	.fsyncdir = fs_fsyncdir,
	.statfs = fs_statfs,
	.setxattr = fs_setxattr,
	.getxattr = fs_getxattr,
	.listxattr = fs_listxattr,
	.removexattr = fs_removexattr,
	.create = fs_create,
	.copy_file_range = fs_copy_range,
};

/* The library does not know this request.  Returns false for all others. */
static bool answer_syncfs(struct fuse_session *session, const struct fuse_buf *request)
{
	const struct fuse_in_header *head = request->mem;
	struct fuse_out_header answer = {.len = sizeof(answer), .error = -fault.syncfs};

	if (request->flags & FUSE_BUF_IS_FD || head->opcode != FUSE_SYNCFS)
		return false;
	answer.unique = head->unique;
	(void)!write(fuse_session_fd(session), &answer, sizeof(answer));
	return true;
}

static void serve(struct fuse_session *session)
{
	struct fuse_buf request = {.mem = NULL};

	while (!fuse_session_exited(session)) {
		int r = fuse_session_receive_buf(session, &request);

		if (r == -EINTR)
			continue;
		if (r <= 0)
			break;
		if (!answer_syncfs(session, &request))
			fuse_session_process_buf(session, &request);
	}
	free(request.mem);
}

int main(int argc, char **argv)
{
	char device[PATH_MAX + 32] = "fsname=fault,subtype=fault";
	char *words[] = {argv[0], "-o", device, NULL};
	struct fuse_args args = FUSE_ARGS_INIT(3, words);
	struct fuse_session *session;

	if (argc < 2)
		return 2;
	if (argc > 2)
		snprintf(device, sizeof(device), "blkdev,fsname=%s", argv[2]);
	store_now(&root.st.st_mtim);
	root.st.st_atim = root.st.st_ctim = root.st.st_mtim;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	session = fuse_session_new(&args, &operations, sizeof(operations), NULL);
	if (!session || fuse_session_mount(session, argv[1]) != 0)
		return 1;
	puts("ready");
	fflush(stdout);
	serve(session);
	fuse_session_unmount(session);
	fuse_session_destroy(session);
	return 0;
}
