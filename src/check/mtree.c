/* SPDX-License-Identifier: MIT */
/* mtree.c - reads mtree(5) manifests into an index.
 *
 * 	lines -> logical lines -> /set, names and `..`, words -> entries with their path -> index
 * 	(mtree_lines.c)		   (here)	 (mtree_words.c)			(index.c)
 *
 * A manifest may come from anywhere. An unknown keyword, an invalid value, a path that leads out
 * of the tree or a truncated file ends the reading with the line and a reason, before any entry
 * is looked at. Only one entry at a time is in memory. */
#include "check/mtree.h"
#include "check/mtree_lines.h"
#include "check/mtree_words.h"

#include "base/buffer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct mtree {
	struct pc_index *index;
	struct pcopy_manifest_error *error;
	uint64_t line;                     /* number of the current logical line's first line */
	struct pc_mtree_values set, entry; /* values by /set; values of the current line */
	struct pc_buffer name;             /* of the entry, decoded */
	struct pc_buffer path;             /* the current directory, "" for the root */
	struct pc_buffer full;             /* path of an entry whose name contains a slash */
	struct pc_buffer depths; /* size_t: lengths of path before each directory entered */
	uint64_t entries;
};

static int mtree_refuse(struct mtree *m, uint64_t line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Fills the caller's error record; the first error ends the reading. */
static int mtree_refuse(struct mtree *m, uint64_t line, const char *format, ...)
{
	va_list arguments;

	m->error->line = line;
	va_start(arguments, format);
	/* it is set by the line before: NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
	(void)vsnprintf(m->error->reason, sizeof(m->error->reason), format, arguments);
	va_end(arguments);
	return -EBADMSG;
}

/* ---- Words ---- */

static int mtree_take_word(struct mtree *m, struct pc_mtree_values *values, const char *word)
{
	switch (pc_mtree_values_take(values, word)) {
	case 0:
		return 0;
	case -ENOENT:
		return mtree_refuse(m, m->line, "'%.40s' is not a keyword of mtree(5)", word);
	case -EDOM:
		return mtree_refuse(m, m->line, "'%.60s' has an invalid value", word);
	default:
		return -ENOMEM;
	}
}

static int mtree_take_words(struct mtree *m, struct pc_mtree_values *values, char *words)
{
	char *save;
	int r = 0;

	for (char *word = strtok_r(words, " \t", &save); r == 0 && word;
	     word = strtok_r(NULL, " \t", &save))
		r = mtree_take_word(m, values, word);
	return r;
}

/* Words with a value, which /unset does not allow, are ignored. */
static void mtree_unset(struct mtree *m, char *words)
{
	char *save;

	for (char *word = strtok_r(words, " \t", &save); word; word = strtok_r(NULL, " \t", &save))
		pc_mtree_values_drop(&m->set, word);
}

/* ---- Names ---- */

/* Decodes the name of an entry and checks that it stays within the tree. */
static int mtree_take_name(struct mtree *m, const char *word)
{
	int r;

	pc_buffer_cut(&m->name, 0);
	r = pc_vis_add(&m->name, word);
	if (r == -EDOM)
		return mtree_refuse(m, m->line, "invalid escape sequence, see vis(3)");
	if (r < 0)
		return r;
	if (*m->name.data == '/')
		return mtree_refuse(m, m->line, "the path is absolute");
	for (const char *p = m->name.data; *p; p += strcspn(p, "/"), p += strspn(p, "/")) {
		if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || p[2] == '\0'))
			return mtree_refuse(m, m->line, "the path leads outside the tree");
	}
	return 0;
}

/* Returns to the parent directory. */
static int mtree_go_up(struct mtree *m)
{
	size_t len;

	if (m->depths.len < sizeof(len))
		return mtree_refuse(m, m->line, "'..' leads outside the tree");
	memcpy(&len, m->depths.data + m->depths.len - sizeof(len), sizeof(len));
	pc_buffer_cut(&m->depths, m->depths.len - sizeof(len));
	pc_buffer_cut(&m->path, len);
	return 0;
}

/* Appends a name to a path, without "." and doubled slashes. */
static int path_add_components(struct pc_buffer *path, const char *name)
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

/* ---- Entries ---- */

/* Adds the entry to the index. A name with a slash is the whole path; a directory without one
 * becomes the current directory. */
static int mtree_add_entry(struct mtree *m, bool has_slash)
{
	struct pc_listed listed = pc_mtree_values_listed(&m->entry);
	struct pc_buffer *path = has_slash ? &m->full : &m->path;
	size_t up = m->path.len;
	int r;

	pc_buffer_cut(&m->full, 0);
	r = pc_buffer_add(path, "", 0);
	if (r == 0)
		r = path_add_components(path, m->name.data);
	listed.path = path->data;
	listed.line = m->line;
	if (r == 0)
		r = pc_index_add(m->index, &listed);
	if (r == 0 && !has_slash && S_ISDIR(listed.properties.mode))
		r = pc_buffer_add(&m->depths, &up, sizeof(up));
	else if (!has_slash)
		pc_buffer_cut(&m->path, up);
	m->entries++;
	return r;
}

static int mtree_take_entry(struct mtree *m, const char *name, char *words)
{
	int r;

	if (strcmp(name, "..") == 0)
		return mtree_go_up(m);
	r = mtree_take_name(m, name);
	if (r == 0)
		r = pc_mtree_values_copy(&m->entry, &m->set);
	if (r == 0)
		r = mtree_take_words(m, &m->entry, words);
	if (r == 0 && !(m->entry.properties.known & PC_PROPERTY(PCOPY_FIELD_KIND)))
		r = mtree_refuse(m, m->line, "the entry has no type");
	return r < 0 ? r : mtree_add_entry(m, strchr(name, '/') != NULL);
}

/* Handles one logical line. */
static int mtree_take_line(struct mtree *m, char *text)
{
	char *words;

	text += strspn(text, " \t");
	if (*text == '\0' || *text == '#')
		return 0;
	words = text + strcspn(text, " \t");
	if (*words)
		*words++ = '\0';
	if (strcmp(text, "/set") == 0)
		return mtree_take_words(m, &m->set, words);
	if (strcmp(text, "/unset") != 0)
		return mtree_take_entry(m, text, words);
	mtree_unset(m, words);
	return 0;
}

/* ---- The whole manifest ---- */

/* Our own manifests end with their number of entries. */
static int mtree_check_end(struct mtree *m, uint64_t line, bool ours, const char *last)
{
	uint64_t entries;

	if (m->entries == 0)
		return mtree_refuse(m, line, "not a manifest: it contains no entries");
	if (!ours)
		return 0;
	if (sscanf(last, "# end, %" SCNu64 " entries", &entries) != 1)
		return mtree_refuse(m, line, "the manifest is truncated");
	if (entries != m->entries)
		return mtree_refuse(m, line, "%" PRIu64 " entries instead of %" PRIu64, m->entries,
		                    entries);
	return 0;
}

static int mtree_take_lines(struct mtree *m, struct pc_mtree_lines *l)
{
	char last[64] = "";
	bool ours = false;
	int r;

	while ((r = pc_mtree_lines_next(l)) > 0) {
		m->line = l->first;
		if (l->text.len == 0)
			continue;
		(void)snprintf(last, sizeof(last), "%s", l->text.data);
		ours = ours || strncmp(last, "# written by pcopy ", 19) == 0;
		r = mtree_take_line(m, l->text.data);
		if (r < 0)
			return r;
	}
	if (r == -EBADMSG)
		return mtree_refuse(m, l->number, "%s", l->wrong);
	return r < 0 ? r : mtree_check_end(m, l->number, ours, last);
}

/* Seals the index. */
static int mtree_seal(struct mtree *m)
{
	struct pc_listed twice;
	int r = pc_index_seal(m->index, &m->full, &twice);

	if (r == -EEXIST)
		r = mtree_refuse(m, twice.line, "duplicate entry: %.80s",
		                 *twice.path ? twice.path : ".");
	return r;
}

static void mtree_done(struct mtree *m)
{
	pc_mtree_values_done(&m->set);
	pc_mtree_values_done(&m->entry);
	pc_buffer_done(&m->name);
	pc_buffer_done(&m->path);
	pc_buffer_done(&m->full);
	pc_buffer_done(&m->depths);
}

int pc_mtree_read(const char *file, struct pc_index *index, struct pcopy_manifest_error *error)
{
	struct mtree m = {.index = index, .error = error};
	struct pc_mtree_lines lines = {.file = fopen(file, "re")};
	int r = lines.file ? pc_buffer_add(&m.path, "", 0) : -errno;

	if (r == 0)
		r = mtree_take_lines(&m, &lines);
	if (r == 0)
		r = mtree_seal(&m);
	if (lines.file)
		(void)fclose(lines.file); /* only read */
	pc_mtree_lines_done(&lines);
	mtree_done(&m);
	return r;
}
