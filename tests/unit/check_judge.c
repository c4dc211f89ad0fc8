/* check_judge.c - src/copy/judge.c: cp's rules about what is in the way, as a table.
 * SPDX-License-Identifier: MIT
 *
 * A row says in its first column what GNU cp does, or why pcopy does otherwise; the kinds of
 * source and target, whether they are one inode, and what else was found out; and the answer. */
#include "copy/judge.h"

#include "support.h"

#include "base/times.h"

#define OLD 1000
#define NEW 2000

/* Kinds of entries, as st_mode has them. */
#define REG S_IFREG
#define LNK S_IFLNK
#define DIR_ S_IFDIR
#define FIFO S_IFIFO
#define SOCK S_IFSOCK
#define CHR S_IFCHR
#define BLK S_IFBLK

struct row {
	const char *rule;
	struct pcopy_options o;
	mode_t source, target;
	bool one;            /* both are one inode */
	unsigned names;      /* of the target; 0: one */
	struct pc_judged at; /* what else was found out */
	enum pc_verdict verdict;
	enum pcopy_step step; /* of a refusal, or of what is to be done */
};

/* What was made for another name has a step of its own, and it need not be that of an operand. */
static void expect_step(const char *rule, const struct pc_judged *j, enum pcopy_step step,
                        enum pcopy_step wanted)
{
	if (j->folded)
		ck_assert_msg(step != PCOPY_STEP_NONE && step != PCOPY_STEP_UNLINK, "%s", rule);
	else
		ck_assert_msg(step == wanted, "%s: step %d", rule, (int)step);
}

static bool say_no(void *userdata, const char *dst, unsigned mode, bool writable)
{
	(void)userdata, (void)dst, (void)mode, (void)writable;
	return false;
}

/* ---- Whether an entry is wanted: --update, -n, -i ---- */

struct age {
	const char *rule;
	struct pcopy_options o;
	long source, target; /* modification times, in seconds */
	long source_ns, target_ns;
	bool one;
	struct pc_judged at;
	enum pc_verdict verdict;
	enum pcopy_step step;
};

#define TIMES PCOPY_KEEP_TIMES

/* clang-format off */
static const struct age ages[] = {
	{"all is wanted", .source = OLD, .target = NEW, .verdict = PC_VERDICT_FREE},
	{"-n: what is there stays", {.update = PCOPY_UPDATE_NONE}, NEW, OLD,
	 .verdict = PC_VERDICT_SKIP},
	{"-n, though it is the source", {.update = PCOPY_UPDATE_NONE}, OLD, OLD, .one = true,
	 .verdict = PC_VERDICT_SKIP},
	{"-n, and a lost worker has begun it", {.update = PCOPY_UPDATE_NONE}, NEW, OLD,
	 .at = {.begun = true}, .verdict = PC_VERDICT_FREE},
	{"-n, and a lost worker made it", {.update = PCOPY_UPDATE_NONE}, NEW, OLD,
	 .at = {.ours = true}, .verdict = PC_VERDICT_FREE},
	{"-n, and it was just made for another name", {.update = PCOPY_UPDATE_NONE}, NEW, OLD,
	 .at = {.folded = true}, .verdict = PC_VERDICT_REFUSED, .step = PCOPY_STEP_JUST_CREATED},
	{"none-fail: it stays, and that is a failure", {.update = PCOPY_UPDATE_NONE_FAIL}, NEW,
	 OLD, .verdict = PC_VERDICT_REFUSED, .step = PCOPY_STEP_NOT_REPLACED},
	{"none-fail, begun by a lost worker", {.update = PCOPY_UPDATE_NONE_FAIL}, NEW, OLD,
	 .at = {.begun = true}, .verdict = PC_VERDICT_FREE},
	{"none-fail, just made for another name", {.update = PCOPY_UPDATE_NONE_FAIL}, NEW, OLD,
	 .at = {.folded = true}, .verdict = PC_VERDICT_REFUSED, .step = PCOPY_STEP_JUST_CREATED},
	{"-u: older", {.update = PCOPY_UPDATE_OLDER}, NEW, OLD, .verdict = PC_VERDICT_FREE},
	{"-u: newer", {.update = PCOPY_UPDATE_OLDER}, OLD, NEW, .verdict = PC_VERDICT_SKIP},
	{"-u: of one age", {.update = PCOPY_UPDATE_OLDER}, OLD, OLD, .verdict = PC_VERDICT_SKIP},
	{"-u: older by a nanosecond", {.update = PCOPY_UPDATE_OLDER}, OLD, OLD, 8, 7,
	 .verdict = PC_VERDICT_FREE},
	{"-u: newer by a nanosecond", {.update = PCOPY_UPDATE_OLDER}, OLD, OLD, 7, 8,
	 .verdict = PC_VERDICT_SKIP},
	{"-pu: as old as whole seconds can say", {.update = PCOPY_UPDATE_OLDER,
	 .preserve = TIMES}, OLD, OLD, 999999999, 0, .at = {.granularity = PC_TIME_SECOND},
	 .verdict = PC_VERDICT_SKIP},
	{"-pu: a second older", {.update = PCOPY_UPDATE_OLDER, .preserve = TIMES}, OLD + 1, OLD,
	 .at = {.granularity = PC_TIME_SECOND}, .verdict = PC_VERDICT_FREE},
	{"-pu: two seconds a granule", {.update = PCOPY_UPDATE_OLDER, .preserve = TIMES}, OLD + 1,
	 OLD, .at = {.granularity = 2 * PC_TIME_SECOND}, .verdict = PC_VERDICT_SKIP},
	{"-u: without -p the target's time is its own", {.update = PCOPY_UPDATE_OLDER}, OLD, OLD,
	 999999999, 0, .at = {.granularity = PC_TIME_SECOND}, .verdict = PC_VERDICT_FREE},
	{"-u: a file and itself are refused later, not skipped", {.update = PCOPY_UPDATE_OLDER},
	 OLD, OLD, .one = true, .verdict = PC_VERDICT_FREE},
	{"-u: a link and what it names, likewise", {.update = PCOPY_UPDATE_OLDER}, OLD, NEW,
	 .at = {.is_referent = true}, .verdict = PC_VERDICT_FREE},
	{"-bu: other names of one inode go by age", {.update = PCOPY_UPDATE_OLDER,
	 .backup = PCOPY_BACKUP_SIMPLE}, OLD, OLD, .one = true, .verdict = PC_VERDICT_SKIP},
	{"-bu: one name does not", {.update = PCOPY_UPDATE_OLDER, .backup = PCOPY_BACKUP_SIMPLE},
	 OLD, OLD, .one = true, .at = {.same_entry = true}, .verdict = PC_VERDICT_FREE},
	{"--remove-destination -u: names of one inode go by age", {.update = PCOPY_UPDATE_OLDER,
	 .remove_destination = true}, OLD, OLD, .one = true, .verdict = PC_VERDICT_SKIP},
	{"-i: it is asked", {.on_overwrite = say_no}, OLD, NEW, .verdict = PC_VERDICT_ASK},
	{"-i -u: not about what is newer", {.on_overwrite = say_no, .update = PCOPY_UPDATE_OLDER},
	 OLD, NEW, .verdict = PC_VERDICT_SKIP},
	{"-i -u: about what is older", {.on_overwrite = say_no, .update = PCOPY_UPDATE_OLDER},
	 NEW, OLD, .verdict = PC_VERDICT_ASK},
	{"-i: not about what is refused anyway", {.on_overwrite = say_no}, OLD, OLD, .one = true,
	 .verdict = PC_VERDICT_FREE},
	{"-i: not about what a lost worker left", {.on_overwrite = say_no}, NEW, OLD,
	 .at = {.ours = true}, .verdict = PC_VERDICT_FREE},
	{"just made for another name", .source = NEW, .target = OLD, .at = {.folded = true},
	 .verdict = PC_VERDICT_REFUSED, .step = PCOPY_STEP_JUST_CREATED},
};
/* clang-format on */

START_TEST(wanted)
{
	const struct age *row = &ages[_i];
	struct pc_judged j = row->at;
	enum pcopy_step step = PCOPY_STEPS;

	j.options = &row->o;
	if (!j.granularity)
		j.granularity = PC_TIME_EXACT;
	j.source = (struct stat){.st_mode = REG, .st_dev = 1, .st_ino = 2, .st_nlink = 1};
	j.target = (struct stat){
		.st_mode = REG, .st_dev = 1, .st_ino = row->one ? 2 : 3, .st_nlink = 1};
	j.source.st_mtim = (struct timespec){row->source, row->source_ns};
	j.target.st_mtim = (struct timespec){row->target, row->target_ns};
	ck_assert_msg(pc_judge_wanted(&j, &step) == row->verdict, "%s", row->rule);
	expect_step(row->rule, &j, step, row->step);
}
END_TEST

/* ---- Whether it is what its source is: --update=differ ---- */

/* A pair of entries: what both are unless a row says otherwise is the same. */
struct pair {
	const char *rule;
	struct pcopy_options o;
	mode_t source, target;                            /* kinds */
	long size, time, time_ns, mode, uid, gid, device; /* by which the target differs */
	long names, source_names;                         /* 0: one */
	struct pc_judged at;
	enum pc_verdict contents;
	bool metadata_differs;
};

#define KEEP (PCOPY_KEEP_MODE | PCOPY_KEEP_OWNER | PCOPY_KEEP_TIMES)
#define USER 1000

/* clang-format off */
static const struct pair pairs[] = {
	{"size and time agree", {.preserve = KEEP}, REG, REG, .contents = PC_VERDICT_SKIP},
	{"a byte more", {0}, REG, REG, .size = 1, .contents = PC_VERDICT_FREE},
	{"a nanosecond later", {.preserve = KEEP}, REG, REG, .time_ns = 1,
	 .contents = PC_VERDICT_FREE, .metadata_differs = true},
	{"... or earlier", {0}, REG, REG, .time_ns = -1, .contents = PC_VERDICT_FREE},
	{"... where whole seconds are kept", {.preserve = KEEP}, REG, REG, .time_ns = -1,
	 .at = {.coarser = PC_TIME_SECOND}, .contents = PC_VERDICT_SKIP},
	{"a second later there", {0}, REG, REG, .time = 1, .at = {.coarser = PC_TIME_SECOND},
	 .contents = PC_VERDICT_FREE},
	{"within the window", {.preserve = KEEP, .modify_window_ns = 2000000001}, REG, REG, .time = 2,
	 .time_ns = 1, .contents = PC_VERDICT_SKIP},
	{"at its other end", {.modify_window_ns = 2000000001}, REG, REG, .time = -2, .time_ns = -1,
	 .contents = PC_VERDICT_SKIP},
	{"outside of it", {.preserve = KEEP, .modify_window_ns = 2000000000}, REG, REG, .time = 2,
	 .time_ns = 1, .contents = PC_VERDICT_FREE, .metadata_differs = true},
	{"--size-only: time says nothing of the contents", {.preserve = KEEP,
	 .differ = PCOPY_DIFFER_SIZE}, REG, REG, .time = 5, .contents = PC_VERDICT_SKIP, .metadata_differs = true},
	{"--size-only: size does", {.differ = PCOPY_DIFFER_SIZE}, REG, REG, .size = -1,
	 .contents = PC_VERDICT_FREE},
	{"--checksum: they are looked at, whatever the times are", {.differ = PCOPY_DIFFER_DATA}, REG,
	 REG, .time = 5, .contents = PC_VERDICT_LOOK},
	{"--checksum: not where sizes differ", {.differ = PCOPY_DIFFER_DATA}, REG, REG, .size = 1,
	 .contents = PC_VERDICT_FREE},
	{"another kind", {0}, REG, LNK, .contents = PC_VERDICT_FREE},
	{"a link is looked at", {0}, LNK, LNK, .time = 5, .contents = PC_VERDICT_LOOK},
	{"a FIFO is a FIFO", {0}, FIFO, FIFO, .time = 5, .contents = PC_VERDICT_SKIP},
	{"a device of that number", {0}, CHR, CHR, .contents = PC_VERDICT_SKIP},
	{"a device of another", {0}, CHR, CHR, .device = 1, .contents = PC_VERDICT_FREE},

	{"another mode", {.preserve = KEEP}, REG, REG, .mode = 1, .contents = PC_VERDICT_SKIP,
	 .metadata_differs = true},
	{"... that is not kept", {.preserve = TIMES}, REG, REG, .mode = 1, .contents = PC_VERDICT_SKIP},
	{"a link has none", {.preserve = KEEP}, LNK, LNK, .mode = 1, .contents = PC_VERDICT_LOOK},
	{"another owner", {.preserve = KEEP}, REG, REG, .uid = 1, .contents = PC_VERDICT_SKIP,
	 .metadata_differs = true},
	{"another group", {.preserve = KEEP}, REG, REG, .gid = 1, .contents = PC_VERDICT_SKIP,
	 .metadata_differs = true},
	{"a user's copy of another's file", {.preserve = KEEP}, REG, REG, .uid = USER, .gid = USER,
	 .at = {.uid = USER}, .contents = PC_VERDICT_SKIP},
	{"... in a group that the user may give", {.preserve = KEEP}, REG, REG, .uid = USER,
	 .gid = USER, .at = {.uid = USER, .group_can_be_given = true}, .contents = PC_VERDICT_SKIP,
	 .metadata_differs = true},
	{"another user's target", {.preserve = KEEP}, REG, REG, .uid = USER + 1,
	 .at = {.uid = USER}, .contents = PC_VERDICT_SKIP, .metadata_differs = true},
};
/* clang-format on */

static void pair_fill(const struct pair *row, struct pc_judged *j)
{
	const struct stat base = {.st_dev = 1, .st_ino = 2, .st_nlink = 1, .st_size = 100};

	*j = row->at;
	j->options = &row->o;
	if (!j->coarser)
		j->coarser = PC_TIME_EXACT;
	j->source = j->target = base;
	j->source.st_mode = row->source | 0644;
	j->source.st_mtim = (struct timespec){OLD, 500};
	j->source.st_nlink = row->source_names ? (nlink_t)row->source_names : 1;
	j->target.st_ino = 3;
	j->target.st_mode = row->target | (mode_t)(0644 + row->mode);
	j->target.st_size += row->size;
	j->target.st_mtim = (struct timespec){OLD + row->time, 500 + row->time_ns};
	j->target.st_uid = (uid_t)row->uid;
	j->target.st_gid = (gid_t)row->gid;
	j->target.st_rdev = (dev_t)row->device;
	j->target.st_nlink = row->names ? (nlink_t)row->names : 1;
}

START_TEST(differing)
{
	const struct pair *row = &pairs[_i];
	struct pc_judged j;

	pair_fill(row, &j);
	ck_assert_msg(pc_judge_contents(&j) == row->contents, "%s: contents", row->rule);
	ck_assert_msg(pc_judge_metadata_agrees(&j) == !row->metadata_differs, "%s: the rest",
	              row->rule);
}
END_TEST

/* Set-id bits are for the owner that they were given by. */
START_TEST(set_id_bits_of_a_user)
{
	struct pair row = {.o = {.preserve = KEEP}, REG, REG, .uid = USER, .gid = USER};
	struct pc_judged j;

	row.at.uid = USER;
	pair_fill(&row, &j);
	j.source.st_mode |= 06000;
	ck_assert(pc_judge_metadata_agrees(&j));
	j.source.st_uid = j.source.st_gid = USER;
	ck_assert(!pc_judge_metadata_agrees(&j));
}
END_TEST

/* What is one file in the target alone is not changed under its other names. */
START_TEST(other_names)
{
	struct pair row = {.o = {.preserve = KEEP | PCOPY_KEEP_LINKS}, REG, REG, .names = 2};
	struct pc_judged j;

	pair_fill(&row, &j);
	ck_assert_int_eq(pc_judge_metadata(&j), PC_VERDICT_FREE);
	j.source.st_nlink = 2;
	ck_assert_int_eq(pc_judge_metadata(&j), PC_VERDICT_METADATA);
	j.source.st_nlink = j.target.st_nlink = 1;
	ck_assert_int_eq(pc_judge_metadata(&j), PC_VERDICT_METADATA);
}
END_TEST

/* ---- What becomes of the target ---- */

#define SAME PCOPY_STEP_SAME_FILE
#define GO PCOPY_STEP_UNLINK
#define LINKS PCOPY_KEEP_LINKS
#define HARD PCOPY_MAKE_HARD_LINKS
#define SYMBOLIC PCOPY_MAKE_SYMLINKS
#define ALWAYS PCOPY_DEREFERENCE_ALWAYS
#define OPERANDS PCOPY_DEREFERENCE_OPERANDS
#define SIMPLE PCOPY_BACKUP_SIMPLE

/* clang-format off */
static const struct row rows[] = {
	/* what a lost worker left */
	{"a lost worker's file goes, and nobody hears", {0}, REG, REG, .at = {.ours = true},
	 .verdict = PC_VERDICT_DROP, .step = GO},
	{"... and is no reason for a backup", {.backup = SIMPLE}, REG, REG, .at = {.ours = true},
	 .verdict = PC_VERDICT_DROP, .step = GO},
	{"... a link, likewise", {0}, LNK, LNK, .at = {.ours = true}, .verdict = PC_VERDICT_DROP,
	 .step = GO},

	/* names of one inode */
	{"a file and itself", {0}, REG, REG, true, .at = {.same_entry = true},
	 .verdict = PC_VERDICT_REFUSED, .step = SAME},
	{"two names of one file", {0}, REG, REG, true, 2, .verdict = PC_VERDICT_REFUSED,
	 .step = SAME},
	{"-f helps neither", {.force = true}, REG, REG, true, .at = {.same_entry = true},
	 .verdict = PC_VERDICT_REFUSED, .step = SAME},
	{"-a neither, with two names", {.preserve = LINKS}, REG, REG, true, 2,
	 .verdict = PC_VERDICT_REFUSED, .step = SAME},
	{"--remove-destination: the other name goes", {.remove_destination = true}, REG, REG,
	 true, 2, .verdict = PC_VERDICT_REPLACE, .step = GO},
	{"--remove-destination: never the source itself", {.remove_destination = true}, REG, REG,
	 true, .at = {.same_entry = true}, .verdict = PC_VERDICT_REFUSED, .step = SAME},
	{"-b: the other name is renamed", {.backup = SIMPLE}, REG, REG, true, 2,
	 .verdict = PC_VERDICT_BACKUP, .step = PCOPY_STEP_BACKUP},
	{"-b: the source would lose its name", {.backup = SIMPLE}, REG, REG, true,
	 .at = {.same_entry = true}, .verdict = PC_VERDICT_REFUSED, .step = SAME},
	{"-b: the link that led to it would lead nowhere", {.backup = SIMPLE}, REG, REG, true,
	 .at = {.source_is_link = true}, .verdict = PC_VERDICT_REFUSED, .step = SAME},
	{"-b --remove-destination: as -b", {.backup = SIMPLE, .remove_destination = true}, REG,
	 REG, true, .at = {.same_entry = true}, .verdict = PC_VERDICT_REFUSED, .step = SAME},
	{"-l: it is that link already", {.make = HARD}, REG, REG, true, 2,
	 .verdict = PC_VERDICT_DONE, .step = SAME},
	{"-l: onto itself", {.make = HARD}, REG, REG, true, .at = {.same_entry = true},
	 .verdict = PC_VERDICT_DONE, .step = SAME},
	{"-l -b: no backup of what is right", {.make = HARD, .backup = SIMPLE}, REG, REG, true, 2,
	 .verdict = PC_VERDICT_DONE, .step = SAME},
	{"-l --remove-destination: nor a removal", {.make = HARD, .remove_destination = true},
	 REG, REG, true, 2, .verdict = PC_VERDICT_DONE, .step = SAME},
	{"-l of a link that has that name", {.make = HARD}, LNK, LNK, true, 2,
	 .verdict = PC_VERDICT_DONE, .step = SAME},
	{"-s onto the source", {.make = SYMBOLIC}, REG, REG, true, .at = {.same_entry = true},
	 .verdict = PC_VERDICT_REFUSED, .step = SAME},
	{"a link and itself", {0}, LNK, LNK, true, .at = {.same_entry = true},
	 .verdict = PC_VERDICT_REFUSED, .step = SAME},
	{"two names of one link are equal already", {0}, LNK, LNK, true, 2,
	 .verdict = PC_VERDICT_DONE, .step = SAME},
	{"... with --remove-destination too", {.remove_destination = true}, LNK, LNK, true, 2,
	 .verdict = PC_VERDICT_DONE, .step = SAME},
	{"-b: two names of one link", {.backup = SIMPLE}, LNK, LNK, true, 2,
	 .verdict = PC_VERDICT_BACKUP, .step = PCOPY_STEP_BACKUP},
	{"-b: a link and itself", {.backup = SIMPLE}, LNK, LNK, true, .at = {.same_entry = true},
	 .verdict = PC_VERDICT_REFUSED, .step = SAME},
	{"a FIFO and itself", {0}, FIFO, FIFO, true, .at = {.same_entry = true},
	 .verdict = PC_VERDICT_REFUSED, .step = SAME},

	/* a link in the place of what it names */
	{"a link onto what it names", {0}, LNK, REG, .at = {.is_referent = true},
	 .verdict = PC_VERDICT_REFUSED, .step = SAME},
	{"... nor with --remove-destination: they are two inodes", {.remove_destination = true},
	 LNK, REG, .at = {.is_referent = true}, .verdict = PC_VERDICT_REFUSED, .step = SAME},
	{"... nor with -f", {.force = true}, LNK, REG, .at = {.is_referent = true},
	 .verdict = PC_VERDICT_REFUSED, .step = SAME},
	{"-b: the link would name itself", {.backup = SIMPLE}, LNK, REG,
	 .at = {.is_referent = true, .source_is_link = true}, .verdict = PC_VERDICT_REFUSED,
	 .step = SAME},
	{"-b: what it names may get another name", {.backup = SIMPLE}, LNK, REG,
	 .at = {.is_referent = true}, .verdict = PC_VERDICT_BACKUP, .step = PCOPY_STEP_BACKUP},
	{"-l of a link onto what it names: left alone", {.make = HARD}, LNK, REG,
	 .at = {.is_referent = true}, .verdict = PC_VERDICT_DONE, .step = SAME},

	{"-s of a link onto a link that it names: that one goes", {.make = SYMBOLIC}, LNK, LNK,
	 .at = {.is_referent = true}, .verdict = PC_VERDICT_REMOVE, .step = GO},

	/* what this run made for another name */
	{"just made for a name that folds to this", {0}, REG, REG, .at = {.folded = true},
	 .verdict = PC_VERDICT_REFUSED, .step = PCOPY_STEP_JUST_CREATED},
	{"... not with --remove-destination", {.remove_destination = true}, REG, REG,
	 .at = {.folded = true}, .verdict = PC_VERDICT_REFUSED, .step = PCOPY_STEP_JUST_CREATED},
	{"... not with -f", {.force = true}, REG, REG, .at = {.folded = true},
	 .verdict = PC_VERDICT_REFUSED, .step = PCOPY_STEP_JUST_CREATED},
	{"... nor with a backup", {.backup = SIMPLE}, LNK, LNK, .at = {.folded = true},
	 .verdict = PC_VERDICT_REFUSED, .step = PCOPY_STEP_JUST_CREATED},

	/* directories */
	{"a file over a directory", {0}, REG, DIR_, .verdict = PC_VERDICT_REFUSED,
	 .step = PCOPY_STEP_FILE_OVER_DIR},
	{"... be it of this run", {0}, REG, DIR_, .at = {.ours = true},
	 .verdict = PC_VERDICT_REFUSED, .step = PCOPY_STEP_FILE_OVER_DIR},
	{"a link over a directory", {0}, LNK, DIR_, .verdict = PC_VERDICT_REFUSED,
	 .step = PCOPY_STEP_FILE_OVER_DIR},
	{"a FIFO over a directory", {0}, FIFO, DIR_, .verdict = PC_VERDICT_REFUSED,
	 .step = PCOPY_STEP_FILE_OVER_DIR},
	{"--remove-destination removes none", {.remove_destination = true}, REG, DIR_,
	 .verdict = PC_VERDICT_REFUSED, .step = PCOPY_STEP_FILE_OVER_DIR},
	{"-b renames none", {.backup = SIMPLE}, REG, DIR_, .verdict = PC_VERDICT_REFUSED,
	 .step = PCOPY_STEP_FILE_OVER_DIR},
	{"-f removes none", {.force = true}, REG, DIR_, .verdict = PC_VERDICT_REFUSED,
	 .step = PCOPY_STEP_FILE_OVER_DIR},

	/* backups */
	{"-b: a file", {.backup = SIMPLE}, REG, REG, .verdict = PC_VERDICT_BACKUP,
	 .step = PCOPY_STEP_BACKUP},
	{"-b: a link that leads nowhere", {.backup = SIMPLE}, REG, LNK,
	 .at = {.link_error = ENOENT}, .verdict = PC_VERDICT_BACKUP, .step = PCOPY_STEP_BACKUP},
	{"-b: a FIFO", {.backup = PCOPY_BACKUP_NUMBERED}, REG, FIFO, .verdict = PC_VERDICT_BACKUP,
	 .step = PCOPY_STEP_BACKUP},
	{"-b before --remove-destination", {.backup = SIMPLE, .remove_destination = true}, REG,
	 REG, .verdict = PC_VERDICT_BACKUP, .step = PCOPY_STEP_BACKUP},

	/* files onto files */
	{"a file is written to", {0}, REG, REG, .verdict = PC_VERDICT_IN_PLACE},
	{"with further names, too", {0}, REG, REG, .names = 2, .verdict = PC_VERDICT_IN_PLACE},
	{"-a: further names are parted from it", {.preserve = LINKS}, REG, REG, .names = 2,
	 .verdict = PC_VERDICT_REPLACE, .step = GO},
	{"-a: one name is written to", {.preserve = LINKS}, REG, REG,
	 .verdict = PC_VERDICT_IN_PLACE},
	{"--remove-destination: in one step", {.remove_destination = true}, REG, REG,
	 .verdict = PC_VERDICT_REPLACE, .step = GO},
	{"... in two with --atomic=never", {.remove_destination = true, .atomic = PCOPY_NEVER},
	 REG, REG, .verdict = PC_VERDICT_REMOVE, .step = GO},
	{"... in two with --attributes-only", {.remove_destination = true,
	 .attributes_only = true}, REG, REG, .verdict = PC_VERDICT_REMOVE, .step = GO},
	{"... in two with -l", {.remove_destination = true, .make = HARD}, REG, REG,
	 .verdict = PC_VERDICT_REMOVE, .step = GO},
	{"--attributes-only leaves the file where it is", {.attributes_only = true}, REG, REG,
	 .verdict = PC_VERDICT_IN_PLACE},

	/* files onto links: inside a directory never through them */
	{"not through a link", {0}, REG, LNK, .verdict = PC_VERDICT_REFUSED,
	 .step = PCOPY_STEP_THROUGH_SYMLINK},
	{"not through one that leads nowhere", {0}, REG, LNK, .at = {.link_error = ENOENT},
	 .verdict = PC_VERDICT_REFUSED, .step = PCOPY_STEP_THROUGH_DANGLING},
	{"-f does not make it so", {.force = true}, REG, LNK, .at = {.link_error = ENOENT},
	 .verdict = PC_VERDICT_REFUSED, .step = PCOPY_STEP_THROUGH_DANGLING},
	{"-f removes one that leads to itself", {.force = true}, REG, LNK,
	 .at = {.link_error = ELOOP}, .verdict = PC_VERDICT_REMOVE, .step = GO},
	{"without -f it stays", {0}, REG, LNK, .at = {.link_error = ELOOP},
	 .verdict = PC_VERDICT_REFUSED, .step = PCOPY_STEP_THROUGH_SYMLINK},
	{"--remove-destination", {.remove_destination = true}, REG, LNK,
	 .at = {.link_error = ENOENT}, .verdict = PC_VERDICT_REPLACE, .step = GO},
	{"-l onto a link: link(2) says that it is there", {.make = HARD}, REG, LNK,
	 .verdict = PC_VERDICT_IN_PLACE, .step = PCOPY_STEP_THROUGH_SYMLINK},
	{"-s onto a link, likewise", {.make = SYMBOLIC}, REG, LNK, .at = {.link_error = ENOENT},
	 .verdict = PC_VERDICT_IN_PLACE, .step = PCOPY_STEP_THROUGH_DANGLING},

	/* files onto what is no file */
	{"not into a FIFO", {0}, REG, FIFO, .verdict = PC_VERDICT_REFUSED,
	 .step = PCOPY_STEP_OVER_SPECIAL},
	{"not into a device", {0}, REG, CHR, .verdict = PC_VERDICT_REFUSED,
	 .step = PCOPY_STEP_OVER_SPECIAL},
	{"not into a socket", {0}, REG, SOCK, .verdict = PC_VERDICT_REFUSED,
	 .step = PCOPY_STEP_OVER_SPECIAL},
	{"not into a disk, with -f", {.force = true}, REG, BLK, .verdict = PC_VERDICT_REFUSED,
	 .step = PCOPY_STEP_OVER_SPECIAL},
	{"into a device named by hand", {0}, REG, CHR, .at = {.top = true},
	 .verdict = PC_VERDICT_IN_PLACE},
	{"--remove-destination: a FIFO", {.remove_destination = true}, REG, FIFO,
	 .verdict = PC_VERDICT_REPLACE, .step = GO},

	/* what is no file */
	{"a link over a file: it goes first", {0}, LNK, REG, .verdict = PC_VERDICT_REMOVE,
	 .step = GO},
	{"a link over a link", {0}, LNK, LNK, .verdict = PC_VERDICT_REMOVE, .step = GO},
	{"a FIFO over a file", {0}, FIFO, REG, .verdict = PC_VERDICT_REMOVE, .step = GO},
	{"-L: a FIFO stays out of what is there", {.dereference = ALWAYS}, FIFO, REG,
	 .verdict = PC_VERDICT_IN_PLACE, .step = GO},
	{"--attributes-only: a FIFO stays out, too", {.attributes_only = true}, FIFO, REG,
	 .verdict = PC_VERDICT_IN_PLACE, .step = GO},
	{"-H: a link of a directory over a link", {.dereference = OPERANDS}, LNK, LNK,
	 .verdict = PC_VERDICT_REMOVE, .step = GO},
	{"-H: a FIFO of a directory over a file", {.dereference = OPERANDS}, FIFO, REG,
	 .verdict = PC_VERDICT_REMOVE, .step = GO},
	{"-H: a FIFO as operand stays out of what is there", {.dereference = OPERANDS}, FIFO, REG,
	 .at = {.top = true}, .verdict = PC_VERDICT_IN_PLACE, .step = GO},
	{"-L: what is read is a file", {.dereference = ALWAYS}, FIFO, REG, .at = {.stream = true},
	 .verdict = PC_VERDICT_IN_PLACE},
	{"-L: what is read, onto a link", {.dereference = ALWAYS}, FIFO, LNK,
	 .at = {.stream = true}, .verdict = PC_VERDICT_REFUSED,
	 .step = PCOPY_STEP_THROUGH_SYMLINK},
	{"-L --remove-destination: a FIFO", {.dereference = ALWAYS, .remove_destination = true},
	 FIFO, REG, .verdict = PC_VERDICT_REMOVE, .step = GO},
	{"-La: further names are parted from", {.dereference = ALWAYS, .preserve = LINKS}, FIFO,
	 REG, .names = 2, .verdict = PC_VERDICT_REMOVE, .step = GO},
};
/* clang-format on */

/* A number is not enough to be one inode: it takes the device, too. */
static void judged_of(const struct row *row, bool other_device, struct pc_judged *ret)
{
	*ret = row->at;
	ret->options = &row->o;
	ret->source =
		(struct stat){.st_mode = row->source, .st_dev = 1, .st_ino = 2, .st_nlink = 1};
	ret->target = (struct stat){.st_mode = row->target,
	                            .st_dev = other_device ? 9 : 1,
	                            .st_ino = row->one || other_device ? 2 : 3,
	                            .st_nlink = row->names ? row->names : 1};
}

START_TEST(target)
{
	const struct row *row = &rows[_i];
	enum pcopy_step step = PCOPY_STEPS;
	struct pc_judged j;

	judged_of(row, false, &j);
	ck_assert_msg(pc_judge_target(&j, &step) == row->verdict, "%s", row->rule);
	expect_step(row->rule, &j, step, row->step);
	if (row->one)
		return;
	judged_of(row, true, &j);
	ck_assert_msg(pc_judge_target(&j, &step) == row->verdict, "%s: other device", row->rule);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("judge");
	TCase *tcase = plain_case(suite, "judge");

	tcase_add_loop_test(tcase, differing, 0, (int)COUNT(pairs));
	tcase_add_test(tcase, set_id_bits_of_a_user);
	tcase_add_test(tcase, other_names);
	tcase_add_loop_test(tcase, wanted, 0, (int)COUNT(ages));
	tcase_add_loop_test(tcase, target, 0, (int)COUNT(rows));
	return run_suite(suite);
}
