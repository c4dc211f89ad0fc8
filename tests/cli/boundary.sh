# SPDX-License-Identifier: MIT
# boundary.sh - copies where file systems, files and calls behave unusually: mounts inside the trees,
# file sizes that are wrong, metadata and calls that are refused.
# shellcheck disable=SC2154 # of lib.sh
. "${BASH_SOURCE%/*}/lib.sh"

needs_root() {
	[[ $EUID -eq 0 ]] || skip "mounts need root"
}

needs_strace() {
	command -v strace >/dev/null || skip "no strace"
}

# injected CALL=ERROR... -- ARG...: runs pcopy and makes these calls fail.
injected() {
	local options=()
	while [[ $1 != -- ]]; do
		options+=(-e "inject=${1%%=*}:error=${1#*=}")
		shift
	done
	shift
	strace -f -qq -o trace "${options[@]}" "$PCOPY" "${P[@]}" "$@"
}

# ---- Mounts ----

# pcopy syncs each file system that it wrote to, by a descriptor on that file system.
fsync_end() {
	local dev
	needs_root
	needs_strace
	mkdir -p src/sub src/deep/er dst/src/sub dst/src/deep/er
	echo a | tee src/a src/sub/b src/deep/er/c >src/bound
	mount -t tmpfs none dst/src/sub
	mount -t tmpfs none dst/src/deep/er
	expect_status 0 strace -f -y -o trace -e trace=syncfs "$PCOPY" "${P[@]}" --fsync=end src dst
	for dev in dst dst/src/sub dst/src/deep/er; do
		grep -qE "syncfs\([0-9]+<$PWD/$dev>\) += 0" trace || fail "$dev was not synced: $(cat trace)"
	done
	expect_same 3 "$(grep -c 'syncfs.* = 0' trace)" "calls"
}

fsync_end_mount() {
	needs_root
	needs_strace
	mkdir src dst
	echo a >src/a
	mount -t tmpfs none dst
	expect_status 0 strace -f -y -o trace -e trace=syncfs "$PCOPY" "${P[@]}" --fsync=end src/. dst
	grep -qE "syncfs\([0-9]+<$PWD/dst>\) += 0" trace || fail "not the target: $(cat trace)"
	expect_same 1 "$(grep -c 'syncfs.* = 0' trace)" "calls"
}

overlay_target() {
	needs_root
	mkdir one two src view
	mount -t tmpfs none one
	mount -t tmpfs none two
	mkdir one/lower two/upper two/work
	mkdir -p one/lower/d/e src/d/e
	seq 2000 | tee src/d/f >src/d/e/g
	seq 300 | while read -r i; do echo "$i" >"src/d/e/$i"; done
	mount -t overlay none -o "lowerdir=one/lower,upperdir=two/upper,workdir=two/work,xino=off" view ||
		skip "no overlay"
	# the directory gets another inode number when the first file is written to it
	expect_status 0 "$PCOPY" "${P[@]}" -a src/d/f src/d/e view/d
	expect_quiet
	diff -r src view
	expect_status 0 "$PCOPY" "${P[@]}" -a src/. view
	diff -r src/d view/d
}

# Mounts an overlay of two file systems at ./view, with ./lower as the lower layer.
overlay() {
	needs_root
	mkdir one two view
	mount -t tmpfs none one
	mount -t tmpfs none two
	mv lower one
	mkdir two/upper two/work
	mount -t overlay none -o "lowerdir=one/lower,upperdir=two/upper,workdir=two/work,xino=off" view ||
		skip "no overlay"
}

# renumbered DIRECTORY ARG...: runs pcopy, one job at a time.  While it asks a question, DIRECTORY, which no process
# has open, gets another inode number: the number belongs to the cached entry, which a remount drops.
renumbered() {
	local directory=$1 status=0 before
	shift
	mkfifo answers
	exec 7<>answers
	before=$(stat -c %i "$directory")
	: >"$err"
	"$PCOPY" "${P[@]}" --queue-depth=1 -ri "$@" <answers >"$out" 2>"$err" &
	pid=$!
	until_true grep -q overwrite "$err"
	mount -o remount view
	[[ $(stat -c %i "$directory") != "$before" ]] || skip "its number stays"
	echo y >&7
	wait "$pid" || status=$?
	expect_same 0 "$status" "$(cat "$err")"
}

overlay_source_renumbered() {
	mkdir -p lower/d dst
	echo new >a
	echo old >dst/a
	echo f >lower/d/f
	overlay
	renumbered view/d a view/d/f dst
	expect_same "new f" "$(echo $(cat dst/a dst/f))"
}

overlay_target_renumbered() {
	mkdir -p lower/{p,q} p q
	echo new | tee p/a >q/b
	echo old >lower/p/a
	overlay
	renumbered view/q --parents p/a q/b view
	expect_same "new new" "$(echo $(cat view/p/a view/q/b))"
}

# dst/hosts is a mount point: the file is stored outside of dst.
bound_fixture() {
	needs_root
	mkdir src dst
	echo new >src/hosts
	touch dst/hosts outside
	mount --bind outside dst/hosts
	echo old >outside
	touch -d 2001-01-01 outside
}

bound_file() { # OPTION
	bound_fixture
	expect_status 0 "$PCOPY" "${P[@]}" "$1" src/. dst
	expect_quiet
	expect_same new "$(cat outside)"
	expect_same hosts "$(ls -A dst)"
}

# Removing or renaming the mount point fails; the file keeps its contents, and pcopy leaves no other entry beside it.
bound_file_stays() { # OPTION
	bound_fixture
	expect_status 1 cp "$1" src/hosts dst
	expect_status 1 "$PCOPY" "${P[@]}" "$1" src/hosts dst
	grep -q "'dst/hosts': Device or resource busy" "$err" || fail "$(<"$err")"
	expect_same old "$(cat outside)"
	expect_same hosts "$(ls -A dst)"
}

# ---- File sizes that are wrong ----

kernel_file() {
	mkdir -p src/dir
	echo x | tee src/f >src/dir/g
	mkdir dst
	expect_status 0 "$PCOPY" "${P[@]}" src /proc/version dst/
	cmp /proc/version dst/version
}

kernel_file_bound() {
	needs_root
	mkdir -p src/dir
	echo x | tee src/a src/dir/b >src/version
	mount --bind /proc/version src/version
	expect_status 0 "$PCOPY" "${P[@]}" src dst
	cmp /proc/version dst/version
	expect_status 0 "$PCOPY" "${P[@]}" --verify src dst2
	cmp /proc/version dst2/version
}

# ---- Names and unfinished files ----

# A source entry has the name of the temporary file that pcopy uses for the large file beside it.
temporary_name() {
	local name
	needs_strace
	mkdir src
	head -c 3000000 /dev/urandom >src/big
	strace -f -o trace "$PCOPY" "${P[@]}" --chunk-size=1M src first
	name=$(grep -o '\.pcopy-[^"]*part' trace | head -n 1)
	[[ -n $name ]] || fail "no temporary name in use"
	echo precious >"src/$name"
	expect_status 0 "$PCOPY" "${P[@]}" --chunk-size=1M src dst
	diff -r src dst
}

# A copy that is killed in the middle of a file leaves no file under the final name.
killed() { # CALL OPTION...
	local call=$1
	shift
	needs_strace
	mkdir src dst
	head -c 10000000 /dev/urandom >src/f
	# a clone would copy the whole file in one call
	strace -f -qq -o trace -e inject=ioctl:error=EOPNOTSUPP -e "inject=$call:signal=KILL:when=3" \
		"$PCOPY" "${P[@]}" "$@" -r src/. dst || true
	grep -q "+++ killed by SIGKILL" trace || fail "nobody was killed"
	expect_missing dst/f # each worker that replaces a killed one is killed there, too
	expect_status 0 "$PCOPY" "${P[@]}" -u src/. dst
	cmp src/f dst/f
}

long_listing_names() {
	mkdir src
	(cd src && seq -f "%0200.0f" 3000 | xargs mkdir)
	expect_status 0 "$PCOPY" "${P[@]}" src dst
	expect_same 3000 "$(find dst -mindepth 1 -type d | wc -l)"
}

# ---- Metadata that are refused ----

refused_tree() {
	mkdir -p src/d
	echo small >src/d/small
	head -c 300000 /dev/urandom >src/d/medium
	head -c 2500000 /dev/urandom >src/d/large
	ln -s small src/d/link
	chmod 640 src/d/*
	touch -h -d 2001-02-03 src/d/*
	chmod 750 src/d
}

# refused CALL WORDS: the data stay, cp's message names what was not preserved, and the exit status is cp's.
refused() {
	local error file status
	needs_strace
	needs_root
	refused_tree
	chown -hR 1234:1234 src
	for error in EPERM EINVAL EOVERFLOW EOPNOTSUPP ENOSYS EACCES EDQUOT; do
		status=0
		injected "$1=$error" -- -a --chunk-size=1M src "dst-$error" 2>said || status=$?
		expect_same 1 "$status" "status with $error"
		for file in small medium large; do
			cmp "src/d/$file" "dst-$error/d/$file" || fail "$file is lost by $error"
			grep -q "$2.*d/$file'" said || fail "$file is not named: $(cat said)"
		done
		expect_same small "$(readlink "dst-$error/d/link")"
		expect_no_temporary "dst-$error"
		# the copy grants others no more than the source does
		[[ -z $(find "dst-$error" -not -type l -perm /027 -path '*/d/*') ]] ||
			fail "more open than the source: $(find "dst-$error" -printf '%m %p\n')"
	done
	# a failing disk is different: pcopy removes files that it could not finish
	status=0
	injected "$1=EIO" -- -a --chunk-size=1M src dst-EIO 2>said || status=$?
	expect_same 1 "$status" "status with EIO"
	expect_missing dst-EIO/d/small
}

# An attribute that cannot be set is a warning with -a, and an error if it was requested by name.
refused_attributes() {
	local error status
	needs_strace
	mkdir src
	head -c 300000 /dev/urandom >src/f
	setfattr -n user.a -v 1 src/f || skip "no attributes here"
	for error in EPERM ENOSPC EOPNOTSUPP EACCES; do
		injected "fsetxattr=$error" -- -a src "dst-$error" 2>said || fail "status $? with $error"
		cmp src/f "dst-$error/f"
		status=0
		injected "fsetxattr=$error" -- -a --preserve=xattr src "need-$error" 2>said || status=$?
		expect_same 1 "$status" "status with $error"
		cmp src/f "need-$error/f"
		grep -q "attributes for 'need-$error/f'" said || fail "not named: $(cat said)"
	done
}

# The group bits of a file with a list are the list's mask; without the list they are the rights that
# the list gives to the group.
refused_list() {
	needs_strace
	mkdir src
	echo x >src/f
	chmod 600 src/f
	setfacl -m u:1234:rw,g::-,m::rw src/f || skip "no lists here"
	expect_same 660 "$(stat -c %a src/f)"
	injected fsetxattr=EOPNOTSUPP -- -a src dst 2>said || true
	cmp src/f dst/f
	expect_same 600 "$(stat -c %a dst/f)"
}

# An attribute that cannot be read is not reported as one that cannot be set.
unread_attribute() {
	needs_strace
	mkdir src
	echo x >src/f
	setfattr -n user.a -v 1 src/f || skip "no attributes here"
	injected fgetxattr=EIO -- -a src dst 2>said || true
	grep -q "src/f" said || fail "not the source: $(cat said)"
	! grep -q "setting attributes" said || fail "called setting: $(cat said)"
}

# ---- Calls that are refused ----

offload() {
	local error
	needs_strace
	mkdir src
	head -c 700000 /dev/urandom >src/f
	for error in EACCES ENOENT EBADF EINVAL ENOMEM ETXTBSY EXDEV EIO; do
		injected ioctl=EOPNOTSUPP "copy_file_range=$error" -- src "dst-$error" 2>said ||
			fail "status $? with $error"
		cmp src/f "dst-$error/f"
		[[ ! -s said ]] || fail "$error: $(cat said)"
	done
	for error in ENOSPC EDQUOT; do
		! injected ioctl=EOPNOTSUPP "copy_file_range=$error" -- src "dst-$error" 2>said || fail "no failure with $error"
		expect_missing "dst-$error/f"
	done
}

# A target that cannot become a clone keeps its contents; a target that becomes one loses all of them.
clone_always() {
	mkdir src dst
	echo new >src/f
	! can_clone src/f || skip "files can be cloned here"
	seq 10000 | tee dst/f >old
	expect_status 1 "$PCOPY" "${P[@]}" --reflink=always src/f dst/f
	cmp old dst/f
}

clone_shorter() {
	needs_root
	mount_image xfs 320m
	cd mnt
	echo new >f
	seq 10000 >g
	expect_status 0 "$PCOPY" "${P[@]}" --reflink=always f g
	cmp f g
}

# When -v reports an entry that was removed for a further hard link, it names the entry's own path.
removed_links() {
	mkdir -p src/a src/b src/c dst/a dst/b dst/c
	echo x >src/a/f
	ln src/a/f src/b/g
	ln src/a/f src/c/h
	echo old | tee dst/a/f dst/b/g >dst/c/h
	expect_status 0 "$PCOPY" "${P[@]}" -av --remove-destination src/. dst
	for one in a/f b/g c/h; do
		grep -qE "removed 'dst/(\./)?$one'" "$out" || fail "$one is not named: $(cat "$out")"
	done
	expect_same 3 "$(grep -c removed "$out")"
}

each_pool "--fsync=end: mounts in the target" fsync_end
each_pool "--fsync=end: the target is a mount" fsync_end_mount
each_pool "an overlay of two file systems" overlay_target
each_pool "an overlay, and another number of a source directory" overlay_source_renumbered
each_pool "an overlay, and another number of a target directory" overlay_target_renumbered
for one in -ru -au; do
	each_pool "$one onto a file that is a mount point" bound_file $one
done
for one in --remove-destination -b; do
	each_pool "$one onto a file that is a mount point" bound_file_stays $one
done
each_pool "a file of /proc after a directory" kernel_file
each_pool "a file of /proc bound into a tree" kernel_file_bound
each_pool "an entry with a temporary name" temporary_name
each_pool "killed while it reads and writes" killed pwrite64 --method=rw
each_pool "killed while the kernel copies" killed copy_file_range
each_pool "thousands of long names" long_listing_names
each_pool "owners refused" refused fchownat "preserve ownership"
each_pool "modes refused" refused fchmod "permissions"
each_pool "times refused" refused utimensat "times"
each_pool "attributes refused" refused_attributes
each_pool "a list refused" refused_list
each_pool "an attribute that cannot be read" unread_attribute
each_pool "copy_file_range refused" offload
each_pool "--reflink=always refused" clone_always
each_pool "--reflink=always onto a longer file" clone_shorter
each_pool "-v: removed for a link" removed_links
done_testing
