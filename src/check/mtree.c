/* SPDX-License-Identifier: MIT */
/* mtree.c - reading mtree(5) manifests, by libarchive.
 *
 * libarchive keeps a whole manifest in memory, says little of where it is wrong and
 * merges what is named twice.  So it is fed in pieces of some hundred entries, each
 * under a name of our own, and only the values of keywords are its business:
 *
 *     lines -> logical lines -> /set, names, keywords  (here: numbered, checked)
 *           -> "e17 type=file ..."                     (a piece)
 *           -> libarchive -> values -> index
 *
 * It is not asked to look at files (its option checkfs is off), and no name of the
 * manifest reaches it. */
#include "check/index.h"
#include "check/lazy_archive.h"
#include "check/mtree_lines.h"
#include "check/mtree_words.h"

#include "base/buffer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#define PIECE_ENTRIES 256U

/* One line that matters, in the order of the manifest. */
struct line {
	uint64_t number;
	bool up;       /* ".." */
	bool full;     /* its name holds a slash */
	bool optional;
	uint32_t known; /* PC_FACT() of the keywords that count */
	uint64_t time_granularity;
	size_t name;	/* in reader.names, decoded */
	size_t link;	/* likewise what it names, 0: nothing */
	bool socket;	/* of which libarchive does not know in mtree */
	bool has_device;
	uint64_t device; /* ... and of large numbers neither */
};

/* A keyword of /set. */
struct set_word {
	char *key, *word; /* "uid", "uid=0" */
};

struct reader {
	struct pc_index *index;
	struct pcopy_manifest_error *error;
	uint64_t number; /* of the line in work */
	struct set_word *set;
	size_t set_count;
	struct line line[PIECE_ENTRIES];
	unsigned lines;
	struct pc_buffer names, text; /* of the piece */
	struct pc_buffer path;	      /* the current directory, "" for the root */
	struct pc_buffer depths;      /* size_t: lengths of path before each directory entered */
	uint64_t entries;
};

static int refuse(struct reader *r, uint64_t number, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int refuse(struct reader *r, uint64_t number, const char *format, ...)
{
	va_list arguments;

	r->error->line = number;
	va_start(arguments, format);
	/* it is set by the line before: NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	(void)vsnprintf(r->error->reason, sizeof(r->error->reason), format, arguments);
	va_end(arguments);
	return -EBADMSG;
}

/* ---- Keywords ---- */

/* Takes one word of an entry or of /set into account.  0 or -EBADMSG. */
static int take_word(struct reader *r, struct line *line, const char *word)
{
	size_t len = strcspn(word, "=");
	const char *value = word[len] ? word + len + 1 : NULL;
	const struct pc_keyword *k = pc_keyword_find(word, len);

	if (!k)
		return refuse(r, r->number, "'%.40s' is no keyword of mtree(5)", word);
	if (k->facts && (!value || !pc_keyword_takes(k, value)))
		return refuse(r, r->number, "'%.60s' has no value that makes sense", word);
	line->known |= k->facts;
	if (strcmp(word, "optional") == 0)
		line->optional = true;
	if (k->facts == PC_FACT(PCOPY_FIELD_TIME))
		line->time_granularity = strchr(value, '.') ? PC_TIME_EXACT : PC_TIME_SECOND;
	return 0;
}

/* ---- /set and /unset ---- */

static void set_drop(struct reader *r, const char *key)
{
	for (size_t i = 0; i < r->set_count; i++) {
		if (strcmp(r->set[i].key, key) != 0)
			continue;
		free(r->set[i].key);
		free(r->set[i].word);
		r->set[i] = r->set[--r->set_count];
		return;
	}
}

static int set_add(struct reader *r, const char *word)
{
	struct line probe = {0};
	char *key = strndup(word, strcspn(word, "="));
	struct set_word *grown;
	int rc = key ? take_word(r, &probe, word) : -ENOMEM;

	if (rc < 0) {
		free(key);
		return rc;
	}
	set_drop(r, key); /* the last one counts */
	grown = realloc(r->set, (r->set_count + 1) * sizeof(*grown));
	if (grown)
		r->set = grown;
	word = grown ? strdup(word) : NULL;
	if (!word) {
		free(key);
		return -ENOMEM;
	}
	r->set[r->set_count++] = (struct set_word){key, (char *)word};
	return 0;
}

/* "all" drops everything. */
static void unset(struct reader *r, const char *word)
{
	if (strcmp(word, "all") != 0) {
		set_drop(r, word);
		return;
	}
	while (r->set_count > 0)
		set_drop(r, r->set[0].key);
}

/* ---- Names ---- */

/* Adds a decoded name to the piece's. */
static int add_name(struct reader *r, const char *word)
{
	while (*word) {
		char c;
		int len = pc_vis_decode(word, &c);

		if (len < 0 || c == '\0')
			return refuse(r, r->number, "an escape that is none of vis(3)");
		if (pc_buffer_add(&r->names, &c, 1) < 0)
			return -ENOMEM;
		word += len;
	}
	return pc_buffer_add(&r->names, "", 1);
}

/* Whether a name stays within the tree. */
static int check_name(struct reader *r, const char *name)
{
	if (*name == '/')
		return refuse(r, r->number, "an absolute path");
	for (const char *p = name; *p; p += strcspn(p, "/"), p += strspn(p, "/")) {
		if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || p[2] == '\0'))
			return refuse(r, r->number, "a path that leads out of the tree");
	}
	return 0;
}

/* ---- Pieces ---- */

static int add_text(struct reader *r, const char *a, const char *b)
{
	return pc_buffer_add(&r->text, a, strlen(a)) < 0 ||
			       pc_buffer_add(&r->text, b, strlen(b)) < 0
		       ? -ENOMEM
		       : 0;
}

static const struct digest {
	int type; /* of libarchive */
	unsigned len;
} digests[PC_DIGESTS] = {
	[PC_DIGEST_SHA512] = {ARCHIVE_ENTRY_DIGEST_SHA512, 64},
	[PC_DIGEST_SHA384] = {ARCHIVE_ENTRY_DIGEST_SHA384, 48},
	[PC_DIGEST_SHA256] = {ARCHIVE_ENTRY_DIGEST_SHA256, 32},
	[PC_DIGEST_SHA1] = {ARCHIVE_ENTRY_DIGEST_SHA1, 20},
	[PC_DIGEST_MD5] = {ARCHIVE_ENTRY_DIGEST_MD5, 16},
};

/* The best digest that there is: libarchive has zeros where there is none. */
static void take_digest(struct archive_entry *entry, struct pc_listed *listed)
{
	static const unsigned char zeros[PC_FACT_DIGEST_MAX];

	for (unsigned i = PC_DIGEST_NONE + 1; i < PC_DIGESTS; i++) {
		const unsigned char *digest = archive_entry_digest(entry, digests[i].type);

		if (!digest || memcmp(digest, zeros, digests[i].len) == 0)
			continue;
		listed->digest = (enum pc_digest_kind)i;
		listed->facts.digest_len = digests[i].len;
		memcpy(listed->facts.digest, digest, digests[i].len);
		return;
	}
	listed->facts.known &= ~PC_FACT(PCOPY_FIELD_DIGEST);
}

static struct pc_listed listed_of(struct archive_entry *entry, const struct line *line)
{
	struct pc_listed listed = {.optional = line->optional, .line = line->number};
	struct pc_facts *f = &listed.facts;

	f->known = line->known;
	f->mode = (uint32_t)(archive_entry_filetype(entry) | archive_entry_perm(entry));
	f->uid = (uint32_t)archive_entry_uid(entry);
	f->gid = (uint32_t)archive_entry_gid(entry);
	f->size = (uint64_t)archive_entry_size(entry);
	if (line->socket)
		f->mode = (f->mode & ~(uint32_t)S_IFMT) | S_IFSOCK;
	f->device = line->has_device ? line->device : archive_entry_rdev(entry);
	f->mtime = (struct timespec){archive_entry_mtime(entry), archive_entry_mtime_nsec(entry)};
	f->time_granularity = line->time_granularity;
	f->nlink = archive_entry_nlink(entry);
	if (!line->link || !S_ISLNK(f->mode))
		f->known &= ~PC_FACT(PCOPY_FIELD_LINK);
	if (S_ISLNK(f->mode)) /* Linux gives them no mode of their own */
		f->known &= ~PC_FACT(PCOPY_FIELD_MODE);
	if (S_ISDIR(f->mode))
		f->known &= ~PC_FACT(PCOPY_FIELD_LINKS);
	if (!S_ISREG(f->mode))
		f->known &= ~(PC_FACT(PCOPY_FIELD_SIZE) | PC_FACT(PCOPY_FIELD_DIGEST));
	if (f->known & PC_FACT(PCOPY_FIELD_DIGEST))
		take_digest(entry, &listed);
	return listed;
}

/* Leaves a directory.  -EBADMSG: there is none to be left. */
static int go_up(struct reader *r, const struct line *line)
{
	size_t len;

	if (r->depths.len < sizeof(len))
		return refuse(r, line->number, "'..' leads out of the tree");
	memcpy(&len, r->depths.data + r->depths.len - sizeof(len), sizeof(len));
	pc_buffer_cut(&r->depths, r->depths.len - sizeof(len));
	pc_buffer_cut(&r->path, len);
	return 0;
}

/* Adds a name to the current path, without "." and doubled slashes. */
static int add_components(struct pc_buffer *path, const char *name)
{
	while (*name) {
		size_t len = strcspn(name, "/");
		int r = 0;

		if (len > 0 && !(len == 1 && *name == '.')) {
			if (path->len > 0)
				r = pc_buffer_add(path, "/", 1);
			if (r == 0)
				r = pc_buffer_add(path, name, len);
		}
		if (r < 0)
			return r;
		name += len;
		name += strspn(name, "/");
	}
	return 0;
}

/* Puts an entry with its values into the index; a directory without a slash in its
 * name becomes the current one. */
static int take_entry(struct reader *r, const struct line *line, struct archive_entry *entry)
{
	struct pc_listed listed = listed_of(entry, line);
	size_t up = r->path.len;
	struct pc_buffer full = {0};
	struct pc_buffer *path = line->full ? &full : &r->path;
	bool enters = !line->full && S_ISDIR(listed.facts.mode);
	int rc = pc_buffer_add(path, "", 0);

	if (rc == 0)
		rc = add_components(path, r->names.data + line->name);
	listed.path = path->data;
	if (listed.facts.known & PC_FACT(PCOPY_FIELD_LINK))
		listed.facts.link = r->names.data + line->link;
	if (rc == 0)
		rc = pc_index_add(r->index, &listed);
	if (rc == 0 && enters)
		rc = pc_buffer_add(&r->depths, &up, sizeof(up));
	else if (!line->full)
		pc_buffer_cut(&r->path, up);
	pc_buffer_done(&full);
	r->entries++;
	return rc;
}

static int next_entry(struct reader *r, struct archive *a, const struct line *line,
		      struct archive_entry **ret)
{
	const char *why;
	int rc = archive_read_next_header(a, ret);

	if (rc == ARCHIVE_OK)
		return 0;
	if (rc == ARCHIVE_EOF)
		return refuse(r, line->number, "libarchive does not know it for an entry");
	why = archive_error_string(a);
	return refuse(r, line->number, "%.100s", why ? why : "libarchive refuses it");
}

static int piece_read(struct reader *r, struct archive *a)
{
	struct archive_entry *entry;
	int rc = 0;

	if (archive_read_support_format_mtree(a) != ARCHIVE_OK ||
	    archive_read_open_memory(a, r->text.data, r->text.len) != ARCHIVE_OK)
		return refuse(r, r->number, "%.100s", archive_error_string(a));
	for (unsigned i = 0; rc == 0 && i < r->lines; i++) {
		const struct line *line = &r->line[i];

		if (line->up) {
			rc = go_up(r, line);
			continue;
		}
		rc = next_entry(r, a, line, &entry);
		if (rc == 0)
			rc = take_entry(r, line, entry);
	}
	return rc;
}

/* Gives what was gathered to libarchive. */
static int piece_end(struct reader *r)
{
	struct archive *a = archive_read_new();
	int rc = a ? piece_read(r, a) : -ENOMEM;

	if (a)
		(void)archive_read_free(a); /* nothing is lost by it */
	r->lines = 0;
	pc_buffer_cut(&r->names, 0);
	pc_buffer_cut(&r->text, 0);
	return rc;
}

static int piece_begin(struct reader *r)
{
	return r->text.len == 0 ? add_text(r, "#mtree\n", "") : 0;
}

/* ---- Lines ---- */

/* A word into the piece, unless its value is better taken here. */
static int word_text(struct reader *r, struct line *line, const char *word)
{
	unsigned major, minor;

	if (strncmp(word, "link=", 5) == 0) { /* libarchive knows fewer escapes */
		line->link = r->names.len;
		return add_name(r, word + 5);
	}
	if (strcmp(word, "type=socket") == 0) {
		line->socket = true;
		word = "type=file";
	} else if (strncmp(word, "type=", 5) == 0) {
		line->socket = false;
	}
	if (sscanf(word, "device=linux,%u,%u", &major, &minor) == 2 ||
	    sscanf(word, "device=native,%u,%u", &major, &minor) == 2) {
		line->has_device = true;
		line->device = makedev(major, minor);
		return 0;
	}
	return add_text(r, " ", word);
}

/* An entry's line into the piece, what /set says first. */
static int entry_text(struct reader *r, struct line *line, char *words)
{
	char name[32];
	char *save, *word;
	int rc;

	(void)snprintf(name, sizeof(name), "e%u", r->lines);
	rc = add_text(r, "./", name);
	for (size_t i = 0; rc == 0 && i < r->set_count; i++) {
		rc = take_word(r, line, r->set[i].word);
		if (rc == 0)
			rc = word_text(r, line, r->set[i].word);
	}
	for (word = strtok_r(words, " \t", &save); rc == 0 && word;
	     word = strtok_r(NULL, " \t", &save)) {
		rc = take_word(r, line, word);
		if (rc == 0)
			rc = word_text(r, line, word);
	}
	if (rc == 0 && !(line->known & PC_FACT(PCOPY_FIELD_KIND)))
		rc = refuse(r, line->number, "an entry without a type");
	return rc < 0 ? rc : add_text(r, "\n", "");
}

static int take_entry_line(struct reader *r, char *name, char *words)
{
	struct line *line = &r->line[r->lines];
	int rc;

	*line = (struct line){.number = r->number, .name = r->names.len,
			      .up = strcmp(name, "..") == 0, .full = strchr(name, '/') != NULL};
	rc = piece_begin(r);
	if (rc == 0 && !line->up)
		rc = add_name(r, name);
	if (rc == 0 && !line->up)
		rc = check_name(r, r->names.data + line->name);
	if (rc == 0 && !line->up)
		rc = entry_text(r, line, words);
	if (rc < 0)
		return rc;
	return ++r->lines == PIECE_ENTRIES ? piece_end(r) : 0;
}

static int take_set(struct reader *r, char *words, bool set)
{
	char *save;

	for (char *word = strtok_r(words, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
		int rc = 0;

		if (set)
			rc = set_add(r, word);
		else
			unset(r, word);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* One logical line. */
static int take_line(struct reader *r, char *text)
{
	char *words;

	text += strspn(text, " \t");
	if (*text == '\0' || *text == '#')
		return 0;
	words = text + strcspn(text, " \t");
	if (*words)
		*words++ = '\0';
	if (strcmp(text, "/set") == 0)
		return take_set(r, words, true);
	if (strcmp(text, "/unset") == 0)
		return take_set(r, words, false);
	return take_entry_line(r, text, words);
}

/* Our own manifests say in the end how many entries they have. */
static int check_end(struct reader *r, uint64_t number, bool ours, const char *last)
{
	uint64_t entries;

	if (r->entries == 0)
		return refuse(r, number, "no entry: this is no manifest");
	if (!ours)
		return 0;
	if (sscanf(last, "# end, %" SCNu64 " entries", &entries) != 1)
		return refuse(r, number, "the manifest is cut off");
	if (entries != r->entries)
		return refuse(r, number, "%" PRIu64 " entries, where there should be %" PRIu64,
			      r->entries, entries);
	return 0;
}

static int take_lines(struct reader *r, struct pc_mtree_lines *l)
{
	char last[64] = "";
	bool ours = false;
	int rc;

	while ((rc = pc_mtree_lines_next(l)) > 0) {
		r->number = l->first;
		if (l->text.len > 0)
			(void)snprintf(last, sizeof(last), "%s", l->text.data);
		ours = ours || strncmp(last, "# written by pcopy ", 19) == 0;
		rc = l->text.len > 0 ? take_line(r, l->text.data) : 0;
		if (rc < 0)
			return rc;
	}
	if (rc == -EBADMSG)
		return refuse(r, l->number, "%s", l->wrong);
	if (rc == 0 && r->lines > 0)
		rc = piece_end(r);
	return rc < 0 ? rc : check_end(r, l->number, ours, last);
}

static int read_lines(struct reader *r, FILE *file)
{
	struct pc_mtree_lines lines = {.file = file};
	int rc = take_lines(r, &lines);

	pc_mtree_lines_done(&lines);
	return rc;
}

int pc_mtree_read(const char *file, struct pc_index *index, struct pcopy_manifest_error *error)
{
	struct reader *r = calloc(1, sizeof(*r));
	struct pc_buffer buffer = {0};
	struct pc_listed twice;
	FILE *stream = fopen(file, "re");
	int rc = stream ? 0 : -errno;

	if (rc == 0 && !pc_archive_load())
		rc = -ENOTSUP;
	if (!r)
		rc = -ENOMEM;
	if (rc == 0) {
		r->index = index;
		r->error = error;
		rc = pc_buffer_add(&r->path, "", 0);
	}
	if (rc == 0)
		rc = read_lines(r, stream);
	if (rc == 0)
		rc = pc_index_seal(index, &buffer, &twice);
	if (rc == -EEXIST)
		rc = refuse(r, twice.line, "named twice: %.80s", *twice.path ? twice.path : ".");
	if (stream)
		(void)fclose(stream); /* it was read */
	if (r) {
		unset(r, "all");
		free(r->set);
		pc_buffer_done(&r->names);
		pc_buffer_done(&r->text);
		pc_buffer_done(&r->path);
		pc_buffer_done(&r->depths);
	}
	free(r);
	pc_buffer_done(&buffer);
	return rc;
}
