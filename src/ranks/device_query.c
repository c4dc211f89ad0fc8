/* SPDX-License-Identifier: MIT
 *
 * device_query.c - translates device numbers: a rank asks for the coordinator's number of a device.
 *
 * Two machines have the same file system if an entry has the same path, kind and inode number on
 * both, and the file systems are of the same type with inode numbers from the server.  Where each
 * machine assigns its own inode numbers (mostly FUSE), equal numbers prove nothing. */
#include "ranks/device_query.h"

#include "ranks/ranks.h"
#include "sys/fs.h"

#include <fcntl.h>
#include <sys/vfs.h>

/* ---- The rank's side ---- */

void pc_device_query_init(struct pc_device_query *query)
{
	*query = (struct pc_device_query){0};
	(void)pthread_mutex_init(&query->lock, NULL); /* cannot fail without attributes */
	(void)pthread_cond_init(&query->answered, NULL);
}

void pc_device_query_done(struct pc_device_query *query)
{
	(void)pthread_cond_destroy(&query->answered);
	(void)pthread_mutex_destroy(&query->lock);
}

uint64_t pc_device_query_ask(void *data, const struct stat *st, const char *path)
{
	struct pc_device_query *query = data;
	struct statfs fs;
	uint64_t coordinator_dev = 0;

	pthread_mutex_lock(&query->lock);
	query->path = path;
	query->dev = st->st_dev;
	query->ino = st->st_ino;
	query->mode = st->st_mode & S_IFMT;
	query->magic = statfs(path, &fs) < 0 ? 0 : (uint32_t)fs.f_type;
	query->state = PC_QUERY_NEW;
	if (!query->closed)
		query->wake(query->data);
	while (query->state != PC_QUERY_ANSWERED && !query->closed)
		pthread_cond_wait(&query->answered, &query->lock);
	if (query->state == PC_QUERY_ANSWERED)
		coordinator_dev = query->coordinator_dev;
	query->state = PC_QUERY_NONE;
	pthread_mutex_unlock(&query->lock);
	return coordinator_dev;
}

bool pc_device_query_put(struct pc_device_query *query, struct pc_wire *w)
{
	bool is_new;

	pthread_mutex_lock(&query->lock);
	is_new = query->state == PC_QUERY_NEW;
	if (is_new) {
		pc_message_begin(w, PC_MESSAGE_DEVICE);
		pc_wire_put_number(w, query->dev);
		pc_wire_put_number(w, query->ino);
		pc_wire_put_number(w, query->mode);
		pc_wire_put_number(w, query->magic);
		pc_wire_put_string(w, query->path);
		query->state = PC_QUERY_SENT;
	}
	pthread_mutex_unlock(&query->lock);
	return is_new;
}

void pc_device_query_answer(struct pc_device_query *query, uint64_t coordinator_dev)
{
	pthread_mutex_lock(&query->lock);
	if (query->state == PC_QUERY_SENT) {
		query->coordinator_dev = coordinator_dev;
		query->state = PC_QUERY_ANSWERED;
		pthread_cond_broadcast(&query->answered);
	}
	pthread_mutex_unlock(&query->lock);
}

void pc_device_query_close(struct pc_device_query *query)
{
	pthread_mutex_lock(&query->lock);
	query->closed = true;
	pthread_cond_broadcast(&query->answered);
	pthread_mutex_unlock(&query->lock);
}

/* ---- The coordinator's side ---- */

struct question {
	uint64_t dev, ino, mode, magic;
	const char *path;
};

static bool is_entry(const struct question *q, const struct stat *st)
{
	return st->st_ino == q->ino && (st->st_mode & S_IFMT) == q->mode;
}

/* Finds the entry at the path here: as a symbolic link or following it, since the rank may have
 * meant either. */
static bool entry_find(const struct question *q, struct stat *ret)
{
	return (fstatat(AT_FDCWD, q->path, ret, AT_SYMLINK_NOFOLLOW) == 0 && is_entry(q, ret)) ||
	       (fstatat(AT_FDCWD, q->path, ret, 0) == 0 && is_entry(q, ret));
}

/* Returns 0 if the device is unknown. */
static uint64_t device_of(const struct question *q, const struct pc_rank *rank)
{
	struct statfs fs;
	struct stat st;

	if (!entry_find(q, &st))
		return 0;
	if (rank->same_host && st.st_dev == q->dev) /* same kernel */
		return st.st_dev;
	if (statfs(q->path, &fs) < 0 || (uint32_t)fs.f_type != q->magic ||
	    !pc_fs_type_of_path(q->path)->inodes_are_stable)
		return 0;
	return st.st_dev;
}

bool pc_ranks_answer_device(struct pc_ranks *ranks, unsigned i, struct pc_wire_reader *r)
{
	struct question q = {.dev = pc_wire_get_number(r, UINT64_MAX)};

	q.ino = pc_wire_get_number(r, UINT64_MAX);
	q.mode = pc_wire_get_number(r, S_IFMT);
	q.magic = pc_wire_get_number(r, UINT32_MAX);
	q.path = pc_wire_get_text(r);
	if (!pc_wire_is_whole(r))
		return false;
	pc_message_begin(&ranks->message, PC_MESSAGE_DEVICE);
	pc_wire_put_number(&ranks->message, device_of(&q, &ranks->rank[i]));
	return pc_ranks_send_to(ranks, i, &ranks->message) == 0;
}
