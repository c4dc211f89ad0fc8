/* SPDX-License-Identifier: MIT */
/* properties.c - the properties of an entry, compared and formatted.
 *
 * A property counts only where both sides know it: a manifest need not have all, and a file system
 * does not keep all. So whoever fills a struct pc_properties decides by `known` what can differ.
 * Times agree if they agree at the coarser granularity of both sides. */
#include "check/properties.h"

#include "base/cleanup.h"
#include "sys/sys.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#define OF_ANY                                                                                     \
	(PC_PROPERTY(PCOPY_FIELD_KIND) | PC_PROPERTY(PCOPY_FIELD_MODE) |                           \
	 PC_PROPERTY(PCOPY_FIELD_USER) | PC_PROPERTY(PCOPY_FIELD_GROUP) |                          \
	 PC_PROPERTY(PCOPY_FIELD_TIME))

/* The link count of a directory depends on its file system, so it is not a property to compare. */
struct pc_properties pc_properties_of(const struct stat *st, const char *link)
{
	struct pc_properties properties = {
		.known = OF_ANY,
		.mode = st->st_mode,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.size = (uint64_t)st->st_size,
		.device = st->st_rdev,
		.nlink = (uint32_t)st->st_nlink,
		.mtime = st->st_mtim,
		.time_granularity = pc_time_granularity(st, true),
		.link = link,
	};

	if (!S_ISDIR(st->st_mode))
		properties.known |= PC_PROPERTY(PCOPY_FIELD_LINKS);
	if (S_ISREG(st->st_mode))
		properties.known |= PC_PROPERTY(PCOPY_FIELD_SIZE);
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
		properties.known |= PC_PROPERTY(PCOPY_FIELD_DEVICE);
	if (S_ISLNK(st->st_mode)) /* on Linux symbolic links have no mode of their own */
		properties.known &= ~PC_PROPERTY(PCOPY_FIELD_MODE);
	if (link)
		properties.known |= PC_PROPERTY(PCOPY_FIELD_LINK);
	return properties;
}

/* A round time may be round by chance. The coarser granularity is assumed only where the file
 * system does not set change times itself, which takes an open file to find out. */
void pc_properties_look_at_time(struct pc_properties *properties, const struct stat *st,
                                struct pc_fs_table *fs, int dirfd, const char *name)
{
	uint64_t coarse = pc_time_granularity(st, false);
	_cleanup_fd_ int fd = -1;
	struct stat now;

	if (coarse == properties->time_granularity) /* its change time is just as round */
		return;
	fd = pc_sys_openat(dirfd, name, O_PATH | (S_ISLNK(st->st_mode) ? O_NOFOLLOW : 0), 0);
	if (fd >= 0 && pc_sys_fstat(fd, &now) == 0 && now.st_dev == st->st_dev &&
	    !pc_fs_find(fs, st->st_dev, fd)->type->ctime_is_own)
		properties->time_granularity = coarse;
}

/* Size, link text, device and digest are contents: they are compared whatever is preserved. */
uint32_t pc_properties_kept(unsigned preserve)
{
	uint32_t fields = PC_PROPERTY(PCOPY_FIELD_KIND) | PC_PROPERTY(PCOPY_FIELD_SIZE) |
	                  PC_PROPERTY(PCOPY_FIELD_LINK) | PC_PROPERTY(PCOPY_FIELD_DEVICE) |
	                  PC_PROPERTY(PCOPY_FIELD_DIGEST);

	if (preserve & PCOPY_KEEP_MODE)
		fields |= PC_PROPERTY(PCOPY_FIELD_MODE);
	if (preserve & PCOPY_KEEP_OWNER)
		fields |= PC_PROPERTY(PCOPY_FIELD_USER) | PC_PROPERTY(PCOPY_FIELD_GROUP);
	if (preserve & PCOPY_KEEP_TIMES)
		fields |= PC_PROPERTY(PCOPY_FIELD_TIME);
	return fields;
}

/* Expects what owner_apply() and mode_apply() of copy/meta.c leave where chown() is refused. */
void pc_properties_expect_of_user(struct pc_properties *want, const struct pc_properties *have,
                                  uid_t uid, unsigned preserve)
{
	if (uid == 0 || have->uid != uid || !(preserve & PCOPY_KEEP_OWNER) ||
	    (want->uid == have->uid && want->gid == have->gid))
		return;
	want->uid = have->uid;
	want->gid = have->gid;
	want->mode &= S_IFMT | (S_ISDIR(want->mode) ? 01777U : 0777U);
}

static const char *property_kind_word(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "directory";
	case S_IFREG:
		return "file";
	case S_IFLNK:
		return "symbolic link";
	case S_IFIFO:
		return "fifo";
	case S_IFSOCK:
		return "socket";
	case S_IFCHR:
		return "character device";
	case S_IFBLK:
		return "block device";
	default:
		return "unknown";
	}
}

static void property_hex_word(char text[PC_PROPERTY_TEXT], const struct pc_properties *properties)
{
	for (unsigned i = 0; i < properties->digest_len; i++)
		(void)snprintf(text + 2U * i, 3, "%02x", properties->digest[i]);
}

/* What is written here is part of the messages and of the JSON report, so a change of it is one of
 * the interface. */
const char *pc_property_word(const struct pc_properties *properties, enum pcopy_field field,
                             char text[PC_PROPERTY_TEXT])
{
	*text = '\0';
	switch (field) {
	case PCOPY_FIELD_KIND:
		return property_kind_word(properties->mode);
	case PCOPY_FIELD_LINK:
		return properties->link;
	case PCOPY_FIELD_SIZE:
		(void)snprintf(text, PC_PROPERTY_TEXT, "%" PRIu64, properties->size);
		break;
	case PCOPY_FIELD_DEVICE:
		(void)snprintf(text, PC_PROPERTY_TEXT, "%u, %u", major(properties->device),
		               minor(properties->device));
		break;
	case PCOPY_FIELD_MODE:
		(void)snprintf(text, PC_PROPERTY_TEXT, "%04o", properties->mode & 07777U);
		break;
	case PCOPY_FIELD_LINKS:
		(void)snprintf(text, PC_PROPERTY_TEXT, "a file of %u %s", properties->nlink,
		               properties->nlink == 1 ? "name" : "names");
		break;
	case PCOPY_FIELD_USER:
		(void)snprintf(text, PC_PROPERTY_TEXT, "%u", properties->uid);
		break;
	case PCOPY_FIELD_GROUP:
		(void)snprintf(text, PC_PROPERTY_TEXT, "%u", properties->gid);
		break;
	case PCOPY_FIELD_TIME:
		(void)snprintf(text, PC_PROPERTY_TEXT, "%lld.%09ld",
		               (long long)properties->mtime.tv_sec, properties->mtime.tv_nsec);
		break;
	case PCOPY_FIELD_DIGEST:
		property_hex_word(text, properties);
		break;
	default:
		break;
	}
	return text;
}

bool pc_property_agrees(const struct pc_properties *want, const struct pc_properties *have,
                        enum pcopy_field field)
{
	switch (field) {
	case PCOPY_FIELD_KIND:
		return (want->mode & S_IFMT) == (have->mode & S_IFMT);
	case PCOPY_FIELD_LINK:
		return strcmp(want->link, have->link) == 0;
	case PCOPY_FIELD_SIZE:
		return want->size == have->size;
	case PCOPY_FIELD_DEVICE:
		return want->device == have->device;
	case PCOPY_FIELD_LINKS:
		return want->nlink == have->nlink;
	case PCOPY_FIELD_MODE:
		return (want->mode & 07777U) == (have->mode & 07777U);
	case PCOPY_FIELD_USER:
		return want->uid == have->uid;
	case PCOPY_FIELD_GROUP:
		return want->gid == have->gid;
	case PCOPY_FIELD_TIME:
		return pc_times_agree(
			&want->mtime, &have->mtime,
			pc_time_coarser(want->time_granularity, have->time_granularity));
	case PCOPY_FIELD_DIGEST:
		return memcmp(want->digest, have->digest, want->digest_len) == 0;
	default:
		return true;
	}
}

/* The file type has the lowest number of the properties that are compared here, so it comes
 * first. */
bool pc_properties_compare(const struct pc_properties *want, const struct pc_properties *have,
                           uint32_t fields,
                           void (*report)(void *data, const struct pc_difference *d), void *data)
{
	char want_text[PC_PROPERTY_TEXT], have_text[PC_PROPERTY_TEXT];

	fields &= want->known & have->known;
	for (unsigned i = 0; i < PCOPY_FIELDS; i++) {
		struct pc_difference d = {.field = (enum pcopy_field)i};

		if (!(fields & PC_PROPERTY(i)) || pc_property_agrees(want, have, d.field))
			continue;
		d.want = pc_property_word(want, d.field, want_text);
		d.have = pc_property_word(have, d.field, have_text);
		report(data, &d);
		if (d.field == PCOPY_FIELD_KIND)
			return false;
	}
	return true;
}
