/* SPDX-License-Identifier: MIT
 *
 * probe.c - proves that all ranks see the same directories if their numbers leave doubt.
 *
 * The root directories of two file systems may have the same inode number.  So each rank is asked
 * for a name: in a directory that will be written, an empty file created for this purpose and
 * removed again; in others an existing name. */
#include "ranks/probe.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_written_to(const struct pc_places *p, const struct pc_place *place)
{
	return p->greeting->writes && place->kind == PC_PLACE_TARGET_ANCHOR;
}

static int place_open(const struct pc_place *place)
{
	int flags = O_RDONLY | O_DIRECTORY | (place->follow ? 0 : O_NOFOLLOW);

	return pc_openat(AT_FDCWD, place->path, flags, 0);
}

/* ---- Names ---- */

/* Creates the file.  If that fails, nothing is asked: the copy will report a directory that cannot
 * be written. */
static int probe_make(struct pc_place *place, uint64_t number)
{
	_cleanup_close_ int dir_fd = place_open(place), fd = -1;
	char *name;

	if (asprintf(&name, ".pcopy-%016llx.rank", (unsigned long long)number) < 0)
		return -ENOMEM;
	if (dir_fd >= 0)
		fd = pc_openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	if (fd >= 0)
		place->probe = name;
	else
		free(name);
	return 0;
}

static int probe_choose(struct pc_place *place)
{
	int fd = place_open(place), r = 0;
	const struct dirent *entry = NULL;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	while (dir && !place->probe && r == 0 && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		place->probe = strdup(entry->d_name);
		r = place->probe ? 0 : -ENOMEM;
	}
	if (dir)
		(void)closedir(dir); /* only read */
	else if (fd >= 0)
		(void)close(fd);
	return r;
}

static int probes_find(struct pc_places *p)
{
	uint64_t number;
	int r = 0;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		number = pc_now_ns();
	for (unsigned n = 0; n < p->count && r == 0; n++) {
		struct pc_place *place = &p->place[n];

		if (!place->unproven || !S_ISDIR(place->ours.mode))
			continue;
		r = is_written_to(p, place) ? probe_make(place, number + n) : probe_choose(place);
	}
	return r;
}

/* Removes the file and restores the directory's time. */
static void probe_remove(const struct pc_place *place)
{
	const struct timespec times[2] = {
		{.tv_nsec = UTIME_OMIT},
		{.tv_sec = place->ours.mtime_sec, .tv_nsec = place->ours.mtime_nsec}};
	_cleanup_close_ int dir_fd = place_open(place);

	if (dir_fd < 0)
		return;
	(void)unlinkat(dir_fd, place->probe, 0); /* no recovery is possible */
	(void)futimens(dir_fd, times);           /* fails in directories of other owners */
}

/* ---- Questions and answers ---- */

/* Another process may have removed the name in the meantime. */
static bool is_still_there(const struct pc_place *place)
{
	_cleanup_close_ int dir_fd = place_open(place);
	struct stat st;

	return dir_fd >= 0 && fstatat(dir_fd, place->probe, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int probe_take(struct pc_places *p, unsigned i, struct pc_wire_reader *r)
{
	for (unsigned n = 0; n < p->count; n++) {
		const struct pc_place *place = &p->place[n];

		if (!place->probe || pc_wire_get_number(r, 1) || r->broken ||
		    !is_still_there(place))
			continue;
		pc_place_refuse(p, i, place,
		                place->kind == PC_PLACE_TARGET_ANCHOR ? PCOPY_STEP_OTHER_TARGET
		                                                      : PCOPY_STEP_OTHER_SOURCE,
		                0);
	}
	return pc_wire_is_whole(r) ? 0 : -EBADMSG;
}

static int probes_ask(struct pc_places *p)
{
	struct pc_wire *w = &p->ranks->message;
	unsigned probes = 0;
	int r;

	pc_message_begin_run(w, PC_MESSAGE_PROBE);
	for (unsigned n = 0; n < p->count; n++) {
		if (!p->place[n].probe)
			continue;
		pc_wire_put_string(w, p->place[n].path);
		pc_wire_put_string(w, p->place[n].probe);
		probes++;
	}
	if (probes == 0)
		return 0;
	pc_message_set_count(w, probes);
	r = pc_places_send(p, w);
	return r < 0 ? r : pc_places_answers(p, PC_MESSAGE_PROBE, probe_take);
}

int pc_places_prove(struct pc_places *p)
{
	int r = probes_find(p);

	if (r == 0)
		r = probes_ask(p);
	for (unsigned n = 0; n < p->count; n++) {
		if (p->place[n].probe && is_written_to(p, &p->place[n]))
			probe_remove(&p->place[n]);
	}
	return r;
}
