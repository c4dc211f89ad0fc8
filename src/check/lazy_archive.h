/* SPDX-License-Identifier: MIT */
/* lazy_archive.h - libarchive, loaded on first use: with the libraries that it depends on it
 * would add three milliseconds to every start. */
#ifndef PC_CHECK_LAZY_ARCHIVE_H
#define PC_CHECK_LAZY_ARCHIVE_H

#include <archive.h>
#include <archive_entry.h>

#include <stdbool.h>

/* clang-format off */
#define PC_ARCHIVE_CALLS(CALL)                                                                     \
	CALL(archive_entry_acl_count)                                                              \
	CALL(archive_entry_acl_to_text)                                                            \
	CALL(archive_read_disk_set_metadata_filter_callback)                                       \
	CALL(archive_entry_clear)                                                                  \
	CALL(archive_entry_fflags) CALL(archive_entry_filetype) CALL(archive_entry_free) CALL(     \
		archive_entry_new) CALL(archive_entry_pathname) CALL(archive_entry_stat)           \
		CALL(archive_entry_symlink) CALL(archive_entry_xattr_next) CALL(                   \
			archive_entry_xattr_reset) CALL(archive_errno) CALL(archive_read_close)    \
			CALL(archive_read_data_block) CALL(archive_read_disk_can_descend) CALL(    \
				archive_read_disk_descend) CALL(archive_read_disk_new)             \
				CALL(archive_read_disk_open) CALL(archive_read_disk_set_behavior)  \
					CALL(archive_read_disk_set_symlink_hybrid)                 \
						CALL(archive_read_disk_set_symlink_logical) CALL(  \
							archive_read_disk_set_symlink_physical)    \
							CALL(archive_read_free)                    \
								CALL(archive_read_next_header2)
/* clang-format on */

/* Function addresses, stored once for the whole process. */
#define PC_LAZY_MEMBER(name) __typeof__(&name) name;
struct pc_archive_calls {
	PC_ARCHIVE_CALLS(PC_LAZY_MEMBER)
};
#undef PC_LAZY_MEMBER
extern struct pc_archive_calls pc_archive_calls;

/* Loads the library. False: it is not available, and none of its functions may be called.
 * Thread-safe. */
bool pc_archive_load(void);

#ifndef PC_LAZY_NAMES_AS_THEY_ARE
#define archive_entry_acl_count pc_archive_calls.archive_entry_acl_count
#define archive_entry_acl_to_text pc_archive_calls.archive_entry_acl_to_text
#define archive_entry_clear pc_archive_calls.archive_entry_clear
#define archive_entry_fflags pc_archive_calls.archive_entry_fflags
#define archive_entry_filetype pc_archive_calls.archive_entry_filetype
#define archive_entry_free pc_archive_calls.archive_entry_free
#define archive_entry_new pc_archive_calls.archive_entry_new
#define archive_entry_pathname pc_archive_calls.archive_entry_pathname
#define archive_entry_stat pc_archive_calls.archive_entry_stat
#define archive_entry_symlink pc_archive_calls.archive_entry_symlink
#define archive_entry_xattr_next pc_archive_calls.archive_entry_xattr_next
#define archive_entry_xattr_reset pc_archive_calls.archive_entry_xattr_reset
#define archive_errno pc_archive_calls.archive_errno
#define archive_read_close pc_archive_calls.archive_read_close
#define archive_read_data_block pc_archive_calls.archive_read_data_block
#define archive_read_disk_can_descend pc_archive_calls.archive_read_disk_can_descend
#define archive_read_disk_descend pc_archive_calls.archive_read_disk_descend
#define archive_read_disk_new pc_archive_calls.archive_read_disk_new
#define archive_read_disk_open pc_archive_calls.archive_read_disk_open
#define archive_read_disk_set_behavior pc_archive_calls.archive_read_disk_set_behavior
#define archive_read_disk_set_metadata_filter_callback                                             \
	pc_archive_calls.archive_read_disk_set_metadata_filter_callback
#define archive_read_disk_set_symlink_hybrid pc_archive_calls.archive_read_disk_set_symlink_hybrid
#define archive_read_disk_set_symlink_logical pc_archive_calls.archive_read_disk_set_symlink_logical
#define archive_read_disk_set_symlink_physical                                                     \
	pc_archive_calls.archive_read_disk_set_symlink_physical
#define archive_read_free pc_archive_calls.archive_read_free
#define archive_read_next_header2 pc_archive_calls.archive_read_next_header2
#endif

#endif
