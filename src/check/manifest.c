/* SPDX-License-Identifier: MIT */
/* manifest.c - writes records as an mtree(5) manifest, and computes one hash of a tree.
 *
 * Equal trees give equal manifests and hashes, whatever order the workers sent the records in: they
 * come sorted, see records.h. A manifest has each directory before its entries, paths relative to
 * "." and one line for each entry, as mtree(8) and bsdtar read it. The hash covers type, mode,
 * contents and path, but no owner and no time, which not every copy can keep. */
#include "check/manifest.h"
#include "check/check.h"
#include "check/lazy_crypto.h"

#include "base/cleanup.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

/* Cached names of users and of groups. */
#define NAMES 64U
#define NAME_BYTES 64U

struct owner_name {
	bool known;
	uint32_t id;
	char name[NAME_BYTES]; /* "": there is none */
};

struct writer {
	FILE *file;
	const struct pc_root *root;
	bool below_copy; /* paths are relative to the copy of the only root */
	uint64_t entries;
	struct owner_name user[NAMES], group[NAMES];
};

void pc_digest_hex(const unsigned char digest[PC_DIGEST_BYTES], char hex[PC_DIGEST_TEXT])
{
	static const char digit[] = "0123456789abcdef";

	for (unsigned i = 0; i < PC_DIGEST_BYTES; i++) {
		hex[2 * i] = digit[digest[i] >> 4];
		hex[2 * i + 1] = digit[digest[i] & 15];
	}
	hex[2 * PC_DIGEST_BYTES] = '\0';
}

/* ---- Manifest ---- */

/* Encodes bytes that readers of mtree(5) might misinterpret, as vis(3) does: blanks end a word, "#"
 * begins a comment, "=" ends a keyword, and a backslash at the end of a line continues it. Always
 * as three octal digits, which every reader knows. */
static void writer_put_encoded(FILE *file, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "+,-./:@]_";

	for (;;) {
		size_t len = strspn(text, plain);

		(void)fwrite(text, 1, len, file);
		text += len;
		if (!*text)
			return;
		(void)fprintf(file, "\\%03o", (unsigned char)*text++);
	}
}

static const char *writer_kind_word(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "dir";
	case S_IFLNK:
		return "link";
	case S_IFIFO:
		return "fifo";
	case S_IFSOCK:
		return "socket";
	case S_IFCHR:
		return "char";
	case S_IFBLK:
		return "block";
	default:
		return "file";
	}
}

/* A name that is too long is left out: the numeric id identifies the owner anyway. So is one whose
 * lookup fails. The lookup may ask a server, hence the cache. */
static void owner_look_up(struct owner_name *o, uint32_t id, bool user)
{
	char room[4096];
	struct passwd pw, *pw_found = NULL;
	struct group gr, *gr_found = NULL;
	const char *name = "";

	if (user && getpwuid_r(id, &pw, room, sizeof(room), &pw_found) == 0 && pw_found)
		name = pw_found->pw_name;
	if (!user && getgrgid_r(id, &gr, room, sizeof(room), &gr_found) == 0 && gr_found)
		name = gr_found->gr_name;
	*o = (struct owner_name){.known = true, .id = id};
	if (strlen(name) < NAME_BYTES)
		memcpy(o->name, name, strlen(name) + 1);
}

/* The cache is direct-mapped: each id has one place. */
static void writer_put_owner(struct writer *w, struct owner_name cache[NAMES], const char *key,
                             uint32_t id, bool user)
{
	struct owner_name *o = &cache[id % NAMES];

	if (!o->known || o->id != id)
		owner_look_up(o, id, user);
	if (!*o->name)
		return;
	(void)fprintf(w->file, " %s=", key);
	writer_put_encoded(w->file, o->name);
}

static void writer_put_path(struct writer *w, const struct pc_record *r)
{
	(void)putc('.', w->file);
	if (!w->below_copy && strcmp(w->root[r->root].dst_name, ".") != 0) {
		(void)putc('/', w->file);
		writer_put_encoded(w->file, w->root[r->root].dst_name);
	}
	if (!r->path_len)
		return;
	(void)putc('/', w->file);
	/* slashes are not encoded */
	writer_put_encoded(w->file, r->text);
}

/* Errors of single writes are found here once for each line, by ferror(). */
static int writer_put_record(void *data, const struct pc_record *r)
{
	struct writer *w = data;
	char hex[PC_DIGEST_TEXT];

	writer_put_path(w, r);
	(void)fprintf(w->file, " type=%s uid=%u gid=%u", writer_kind_word(r->mode), r->uid, r->gid);
	writer_put_owner(w, w->user, "uname", r->uid, true);
	writer_put_owner(w, w->group, "gname", r->gid, false);
	(void)fprintf(w->file, " mode=%04o nlink=%u time=%lld.%09ld", r->mode & 07777U, r->nlink,
	              (long long)r->mtime.tv_sec, r->mtime.tv_nsec);
	if (S_ISREG(r->mode))
		(void)fprintf(w->file, " size=%" PRIu64, r->bytes);
	if (S_ISCHR(r->mode) || S_ISBLK(r->mode))
		(void)fprintf(w->file, " device=linux,%u,%u", major(r->device), minor(r->device));
	if (S_ISLNK(r->mode)) {
		(void)fputs(" link=", w->file);
		writer_put_encoded(w->file, pc_record_link(r));
	}
	if (r->has_digest) {
		pc_digest_hex(r->digest, hex);
		(void)fputs(" sha256digest=", w->file);
		(void)fputs(hex, w->file);
	}
	(void)putc('\n', w->file);
	w->entries++;
	return ferror(w->file) ? -EIO : 0;
}

static int writer_first_is_directory(void *data, const struct pc_record *r)
{
	*(bool *)data = S_ISDIR(r->mode);
	return 1;
}

/* The records are read twice: first to see whether the only root is a directory. The last line
 * holds the number of entries, by which mtree_check_end() detects a truncated manifest. */
int pc_manifest_write(struct pc_records *records, const struct pc_root *root, unsigned root_count,
                      FILE *file)
{
	_cleanup_free_ struct writer *w = calloc(1, sizeof(*w));
	bool directory = false;
	int r;

	if (!w)
		return -ENOMEM;
	w->file = file;
	w->root = root;
	r = pc_records_each(records, writer_first_is_directory, &directory);
	if (r < 0)
		return r;
	w->below_copy = root_count == 1 && directory;
	(void)fputs("#mtree\n# written by pcopy " PCOPY_VERSION "\n", file);
	r = pc_records_each(records, writer_put_record, w);
	if (r < 0)
		return r;
	(void)fprintf(file, "# end, %" PRIu64 " entries\n", w->entries);
	errno = 0;
	if (fflush(file) != 0 || ferror(file))
		return errno ? -errno : -EIO;
	return 0;
}

/* ---- The hash of a tree ---- */

struct hashing {
	EVP_MD_CTX *all, *one;
	bool begun;
	uint32_t root;
	void (*take)(void *data, uint32_t root, const char hex[PC_DIGEST_TEXT]);
	void *data;
};

static char hashing_kind_letter(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return 'd';
	case S_IFLNK:
		return 'l';
	case S_IFIFO:
		return 'p';
	case S_IFSOCK:
		return 's';
	case S_IFCHR:
		return 'c';
	case S_IFBLK:
		return 'b';
	default:
		return 'f';
	}
}

/* Roots follow each other in the records, so one digest is computed at a time. */
static int hashing_end_root(struct hashing *h)
{
	unsigned char digest[PC_DIGEST_BYTES];
	char hex[PC_DIGEST_TEXT];

	if (!h->begun)
		return 0;
	h->begun = false;
	if (EVP_DigestFinal_ex(h->all, digest, NULL) != 1)
		return -EIO;
	pc_digest_hex(digest, hex);
	h->take(h->data, h->root, hex);
	return 0;
}

static int hashing_begin_root(struct hashing *h, uint32_t root)
{
	int r;

	if (h->begun && h->root == root)
		return 0;
	r = hashing_end_root(h);
	h->root = root;
	h->begun = true;
	if (r == 0 && EVP_DigestInit_ex(h->all, EVP_sha256(), NULL) != 1)
		r = -ENOMEM;
	return r;
}

static int hashing_text(struct hashing *h, const char *text, unsigned char digest[PC_DIGEST_BYTES])
{
	return EVP_DigestInit_ex(h->one, EVP_sha256(), NULL) == 1 &&
	                       EVP_DigestUpdate(h->one, text, strlen(text)) == 1 &&
	                       EVP_DigestFinal_ex(h->one, digest, NULL) == 1
	               ? 0
	               : -EIO;
}

/* Hashes "KIND MODE HASH PATH" and a NUL, which no path contains: so no two trees give the same
 * bytes. The hash of a symbolic link is that of its text; of entries without contents it is "-". */
static int hashing_record(void *data, const struct pc_record *record)
{
	struct hashing *h = data;
	char hex[PC_DIGEST_TEXT] = "-", head[PC_DIGEST_TEXT + 16];
	unsigned char digest[PC_DIGEST_BYTES];
	const char *path = record->path_len ? record->text : ".";
	int len, r = hashing_begin_root(h, record->root);

	if (r == 0 && S_ISLNK(record->mode))
		r = hashing_text(h, pc_record_link(record), digest);
	if (r < 0)
		return r;
	if (S_ISLNK(record->mode) || record->has_digest)
		pc_digest_hex(record->has_digest ? record->digest : digest, hex);
	len = snprintf(head, sizeof(head), "%c %04o %s ", hashing_kind_letter(record->mode),
	               record->mode & 07777U, hex);
	if (EVP_DigestUpdate(h->all, head, (size_t)len) != 1 ||
	    EVP_DigestUpdate(h->all, path, strlen(path) + 1) != 1)
		return -EIO;
	return 0;
}

int pc_manifest_digest(struct pc_records *records,
                       void (*take)(void *data, uint32_t root, const char hex[PC_DIGEST_TEXT]),
                       void *data)
{
	struct hashing h = {.take = take, .data = data};
	int r;

	if (!pc_check_has_crypto())
		return -ENOTSUP;
	h.all = EVP_MD_CTX_new();
	h.one = EVP_MD_CTX_new();
	r = h.all && h.one ? pc_records_each(records, hashing_record, &h) : -ENOMEM;
	if (r == 0)
		r = hashing_end_root(&h);
	EVP_MD_CTX_free(h.all);
	EVP_MD_CTX_free(h.one);
	return r;
}
