/* checker.h - the inside of the check room: one worker's context.
 *
 * Everything here belongs to one worker and is touched by its thread alone. */
#ifndef PC_CHECK_CHECKER_H
#define PC_CHECK_CHECKER_H

#include "check/check.h"
#include "check/index.h"
#include "check/lazy_crypto.h"
#include "walk/walk.h"


/* Read at once; of both sides in turn, so that it stays in the cache. */
#define PC_BLOCK_BYTES (128U << 10)

struct pc_checker {
	union {
		struct pc_walker walk;
		struct {
			PC_WALKER_FIELDS
		};
	};
	const struct pc_check_env *env;
	struct pc_buffer name; /* of the entry in work, below its root */
	struct pc_buffer told; /* scratch for what is told of it */
	char *block[2];
	struct pc_buffer listed; /* what a manifest says of the entry in work */
	EVP_MD_CTX *digest; /* made when first needed */
	uint64_t src_dev;   /* the device that trust_size is about */
	bool trust_size;    /* a size of 0 means an empty file */
};

/* An entry in work, in both trees. */
struct pc_pair {
	struct pc_frame *f;
	const char *src_name, *dst_name;
	const char *label; /* what it is called in messages, as in pc_walk_event() */
	struct stat src, dst;
	enum pcopy_kind kind;
	const struct pc_listed *listed; /* of a manifest, instead of the source */
	int src_fd, dst_fd; /* of regular files that were opened already, or -1 */
};

/* A stretch of a file that is read back. */
struct pc_stretch {
	int src_fd, dst_fd;
	uint64_t offset, length;
	bool holes; /* both may have some */
	bool unsized; /* to the end of both, wherever that is */
};

/* ---- checker.c ---- */

/* Whether an entry was not copied in this run. */
bool pc_checker_passes_over(struct pc_checker *c, const char *name, enum pc_mark mark);

/* The entry could not be read: event and count. */
void pc_checker_fail(struct pc_checker *c, const struct pc_pair *p, enum pcopy_step step,
		     int error);

/* Tells that the pair differs in `field`, with both values (or NULL). */
void pc_checker_tell(struct pc_checker *c, const struct pc_pair *p, enum pcopy_field field,
		     uint64_t offset, const char *want, const char *have);

/* ---- pair.c ---- */

/* Compares what the pair is, but for contents.  False: nothing more of it can be
 * compared. */
bool pc_pair_compare(struct pc_checker *c, const struct pc_pair *p);

/* Hands back what the target is. */
void pc_pair_record(struct pc_checker *c, const struct pc_pair *p,
		    const unsigned char digest[PC_DIGEST_BYTES]);

/* ---- stretch.c ---- */

/* Reads a stretch; with no source, for its digest alone.  0; 1 where it differs, and
 * the block's place; or negative errno and step. */
int pc_stretch_read(struct pc_checker *c, const struct pc_stretch *s, bool digest,
		    uint64_t *ret_pos, enum pcopy_step *step);

/* Finds the first byte that differs in the block at `pos`.  Both values in words;
 * PC_OFFSET_NONE: it is the same now. */
uint64_t pc_stretch_find_byte(struct pc_checker *c, const struct pc_stretch *s, uint64_t pos,
			      char want[PC_FACT_TEXT], char have[PC_FACT_TEXT]);

/* Has a target read from the disk, and counts what of it was in memory. */
int pc_stretch_make_cold(struct pc_checker *c, int fd, uint64_t size);

/* ---- content.c ---- */

/* Opens what a listing calls a regular file on both sides, as far as it will be read, and
 * looks at it; fewer calls than to look first.  False: nothing is open, look. */
bool pc_content_open(struct pc_checker *c, struct pc_pair *p);
void pc_content_close(struct pc_checker *c, const struct pc_pair *p);

/* Compares the contents of a pair of regular files, or what a manifest says of
 * them, and computes the target's digest where it is wanted. */
void pc_content_check(struct pc_checker *c, const struct pc_pair *p);

/* The jobs of files that are compared in ranges. */
void pc_content_chunk(struct pc_checker *c);
void pc_content_finish(struct pc_checker *c);

#endif
