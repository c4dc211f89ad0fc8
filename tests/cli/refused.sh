# System calls that the kernel does not have, or that a filter refuses: pcopy falls back to another
# method, or reports why it cannot.
. "$(dirname "$0")/lib.sh"

refuse=${REFUSE:-$PCOPY_BUILD/tests/refuse}

# Newer than Linux 4.19.
BY_NAME=(getxattrat listxattrat removexattrat setxattrat)
NEWER=(clone3 close_range faccessat2 fchmodat2 io_uring_setup openat2 pidfd_open "${BY_NAME[@]}")

# The tree contains entries that need these calls: directories by path, large files, special files, hard links, modes.
fixture() {
	local i
	mkdir -p src/sub/deep src/closed
	for i in {1..30}; do
		echo "$i" >"src/sub/file-$i"
	done
	head -c 3000000 /dev/urandom >src/large
	truncate -s 1000000 src/sparse
	echo end >>src/sparse
	: >src/empty
	ln src/large src/sub/hard
	ln src/empty src/sub/deep/hard
	ln -s ../large src/sub/link
	mkfifo -m 640 src/sub/fifo
	chmod 4711 src/sub/file-1
	chmod 555 src/closed
	touch -h -d '2001-02-03 04:05:06.7' src/sub/link src/sub/fifo src/large src/closed src/sub
}

# Without io_uring pcopy falls back to threads, which one line reports.
expect_fallback_alone() {
	[[ ${P[*]} != *coroutines* ]] || sed -i '/^pcopy: io_uring is not available (.*): using 4 threads instead$/d' "$err"
	expect_quiet
}

copies() {
	[[ -x $refuse ]] || skip "$refuse was not built"
	"$refuse" "$@" -- true || skip "no filter can be had"
	fixture
	mkdir dst
	expect_status 0 pcopy_refused "$@" -- -a --chunk-size=1M src dst
	same_copy src dst/src
	expect_fallback_alone
	# over existing targets, whose kind pcopy examines for the backup
	expect_status 0 pcopy_refused "$@" -- -a --backup=numbered --chunk-size=1M src dst
	cmp src/large dst/src/large.~1~
	find dst -name '*.~1~' -delete
	same_listing src dst/src type,link,mode,uid,gid,size,sha256
}

pcopy_refused() {
	local refused=()
	while [[ $1 != -- ]]; do
		refused+=("$1")
		shift
	done
	shift
	timeout --foreground -s KILL 100 "$refuse" "${refused[@]}" -- "$PCOPY" "${P[@]}" "$@"
}

# Compares the listings, because diff treats any two FIFOs as different.
same_copy() {
	same_listing "$1" "$2" type,link,mode,uid,gid,time,size,sha256
}

# An ordinary user copies, to whom modes apply: a filter must not change the permissions of the copy.
copies_as_user() {
	become_user
	[[ ${#AS[@]} -eq 0 ]] || skip_unless_reachable
	fixture
	give_to_user .
	expect_status 0 "${AS[@]}" "$refuse" "$@" -- "$PCOPY" "${P[@]}" -p src dst
	same_listing src dst type,link,mode,time,size,sha256
	expect_quiet
}

skip_unless_reachable() {
	"${AS[@]}" test -x "$refuse" || skip "an ordinary user cannot reach $refuse"
}

# Entries that cannot be opened have attributes: FIFOs, devices, links; the target directory has a default ACL.
attributed() {
	mkdir -p src/sub dst
	mkfifo src/fifo src/plain
	mknod src/null c 1 3
	ln -s fifo src/link
	ln -s fifo src/sub/plain
	echo f >src/file
	setfattr -n user.one -v 1 src/file || skip "no attributes here"
	setfacl -m u:7:rw src/fifo src/null || skip "no lists here"
	setfattr -h -n trusted.one -v 1 src/link || skip "no trusted attributes here"
	setfacl -d -m u:8:rw dst
}

attributes_of() {
	(cd "$1" && find . -printf '%P\n' | sort | while read -r name; do
		getfattr -h -d -m - -e hex --absolute-names -- "$name" 2>/dev/null || :
	done)
}

# attributes_kept HIDE-PROC CALL...: attributes are kept while the calls, if any, are refused.
attributes_kept() {
	local hidden=$1
	shift
	[[ $EUID -eq 0 ]] || skip "devices and trusted attributes want root"
	attributed
	expect_status 0 without_proc "$hidden" "$@" -- -a -T src dst/new
	expect_quiet
	diff <(attributes_of src) <(attributes_of dst/new)
	same_listing src dst/new type,link,mode,uid,gid,time
}

# Neither method works: pcopy reports and counts the entries of kinds that can have an ACL, whose
# attributes may be lost.
attributes_lost() {
	[[ $EUID -eq 0 ]] || skip "devices and trusted attributes want root"
	attributed
	setfacl -k dst
	expect_status 0 without_proc yes ENOSYS "${BY_NAME[@]}" -- -a -T src dst/new
	grep -qxE "pcopy: getting attributes of 'src/(fifo|null|plain)' and 2 more entries: No such device or address" "$err" ||
		fail "reported: $(<"$err")"
	same_listing src dst/new type,link,uid,gid,time
	expect_status 0 without_proc yes ENOSYS "${BY_NAME[@]}" -- -r -T src dst/plain
	expect_quiet
	expect_status 1 without_proc yes ENOSYS "${BY_NAME[@]}" -- -r --preserve=xattr -T src/sub dst/asked
	expect_stderr "pcopy: getting attributes of 'src/sub/plain': No such device or address"
}

without_proc() {
	local hidden=$1 refused=()
	shift
	while [[ $1 != -- ]]; do
		refused+=("$1")
		shift
	done
	shift
	[[ ${#refused[@]} -eq 0 ]] || refused=("$refuse" "${refused[@]}" --)
	[[ $hidden == no ]] || refused=(unshare -m bash -c 'mount -t tmpfs tmpfs /proc && exec "$@"' - "${refused[@]}")
	timeout --foreground -s KILL 100 "${refused[@]}" "$PCOPY" "${P[@]}" "$@"
}

kernel_has_attributes_by_name() {
	local version
	IFS=. read -ra version < <(uname -r)
	((version[0] > 6 || (version[0] == 6 && version[1] >= 13)))
}

# Shared memory is refused: pcopy copies nothing, and reports why.
no_shared_memory() {
	fixture
	expect_status 1 pcopy_refused ENOMEM shared -- -a src dst
	expect_stderr "pcopy: copy aborted: Cannot allocate memory"
	expect_missing dst
}

# A worker is killed, and without pidfd_open only the coordinator's periodic check notices it.
killed() {
	local kids=()
	fixture
	start "$refuse" EPERM pidfd_open -- "$PCOPY" "${P[@]}" -a --chunk-size=1M src dst
	while_running "$pid" has_children "$pid" || :
	kill -STOP "$pid" 2>/dev/null || :
	children "$pid"
	[[ ${#kids[@]} -eq 0 ]] || kill -KILL "${kids[0]}" 2>/dev/null || :
	kill -CONT "$pid" 2>/dev/null || :
	wait "$pid" || fail "status $?: $(cat "$err")"
	same_copy src dst
}

for error in ENOSYS EPERM; do
	for call in "${NEWER[@]}" copy_file_range statx FICLONE unshare getrandom; do
		# the C library treats EPERM as a failure to start a thread, and only ENOSYS as a missing call
		[[ $call/$error != clone3/EPERM ]] || continue
		P=(-j 3)
		check "$call: $error" copies "$error" "$call"
	done
	each_pool "all that Linux 4.19 lacks: $error" copies "$error" "${NEWER[@]:1}"
	P=()
	check "all that Linux 4.19 lacks, as a user: $error" copies_as_user "$error" "${NEWER[@]:1}"
done
each_pool "attributes of FIFOs, devices, links" attributes_kept no
for error in ENOSYS EPERM; do
	each_pool "attributes of FIFOs, devices, links: $error" attributes_kept no "$error" "${BY_NAME[@]}"
done
! kernel_has_attributes_by_name ||
	each_pool "attributes of FIFOs, devices, links: no /proc" attributes_kept yes
each_pool "attributes that may be lost" attributes_lost
each_pool "no thread by clone3" copies ENOSYS "${NEWER[@]}" copy_file_range statx FICLONE unshare
each_pool "no shared memory" no_shared_memory
for one in $(pools_among processes hybrid); do
	pool_options "$one"
	check "a worker killed without pidfd ($one)" killed
done
done_testing
