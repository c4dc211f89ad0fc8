/* SPDX-License-Identifier: MIT
 *
 * asks.c - translates device numbers: a rank asks for the coordinator's number of a device.
 *
 * Two machines have the same file system if an entry has the same path, kind and inode number on
 * both, and the file systems are of the same type with inode numbers from the server.  Where each
 * machine assigns its own inode numbers (mostly FUSE), equal numbers prove nothing. */
#include "ranks/asks.h"

#include "ranks/ranks.h"
#include "sys/fs.h"

#include <fcntl.h>
#include <sys/vfs.h>

/* ---- The rank's side ---- */

void pc_asks_init(struct pc_asks *asks)
{
	*asks = (struct pc_asks){0};
	(void)pthread_mutex_init(&asks->lock, NULL); /* cannot fail without attributes */
	(void)pthread_cond_init(&asks->answered, NULL);
}

void pc_asks_done(struct pc_asks *asks)
{
	(void)pthread_cond_destroy(&asks->answered);
	(void)pthread_mutex_destroy(&asks->lock);
}

uint64_t pc_asks_ask(void *data, const struct stat *st, const char *path)
{
	struct pc_asks *asks = data;
	struct statfs fs;
	uint64_t there = 0;

	pthread_mutex_lock(&asks->lock);
	asks->path = path;
	asks->dev = st->st_dev;
	asks->ino = st->st_ino;
	asks->mode = st->st_mode & S_IFMT;
	asks->magic = statfs(path, &fs) < 0 ? 0 : (uint32_t)fs.f_type;
	asks->state = PC_ASK_NEW;
	if (!asks->closed)
		asks->wake(asks->data);
	while (asks->state != PC_ASK_ANSWERED && !asks->closed)
		pthread_cond_wait(&asks->answered, &asks->lock);
	if (asks->state == PC_ASK_ANSWERED)
		there = asks->there;
	asks->state = PC_ASK_NONE;
	pthread_mutex_unlock(&asks->lock);
	return there;
}

bool pc_asks_put(struct pc_asks *asks, struct pc_wire *w)
{
	bool is_new;

	pthread_mutex_lock(&asks->lock);
	is_new = asks->state == PC_ASK_NEW;
	if (is_new) {
		pc_message_begin(w, PC_MESSAGE_DEVICE);
		pc_wire_put_number(w, asks->dev);
		pc_wire_put_number(w, asks->ino);
		pc_wire_put_number(w, asks->mode);
		pc_wire_put_number(w, asks->magic);
		pc_wire_put_string(w, asks->path);
		asks->state = PC_ASK_SENT;
	}
	pthread_mutex_unlock(&asks->lock);
	return is_new;
}

void pc_asks_answer(struct pc_asks *asks, uint64_t there)
{
	pthread_mutex_lock(&asks->lock);
	if (asks->state == PC_ASK_SENT) {
		asks->there = there;
		asks->state = PC_ASK_ANSWERED;
		pthread_cond_broadcast(&asks->answered);
	}
	pthread_mutex_unlock(&asks->lock);
}

void pc_asks_close(struct pc_asks *asks)
{
	pthread_mutex_lock(&asks->lock);
	asks->closed = true;
	pthread_cond_broadcast(&asks->answered);
	pthread_mutex_unlock(&asks->lock);
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
