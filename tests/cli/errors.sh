# Errors of single entries are reported and counted, and the other entries are copied.
. "$(dirname "$0")/lib.sh"

unreadable() {
	mkdir -p src/open src/locked
	echo a >src/a
	echo b >src/open/b
	echo c >src/secret
	echo d >src/open/secret
	echo e >src/locked/e
	chmod 000 src/secret src/open/secret src/locked
	become_user
}

unreadable_named() {
	become_user
	like_cp unreadable src dst
	cmp pcopy/src/a pcopy/dst/a
	cmp pcopy/src/open/b pcopy/dst/open/b
	expect_missing pcopy/dst/secret
	expect_missing pcopy/dst/open/secret
}

missing() {
	mkdir dst
	echo a >a
	echo b >b
}

closed_target() {
	mkdir -p src/sub dst
	echo a >src/a
	chmod 555 dst
	become_user
}

closed_subdirectory() {
	mkdir -p src/sub src/sub2 dst/sub
	echo a >src/sub/a
	echo a >src/sub2/a
	echo b >src/b
	chmod 555 dst/sub
	become_user
}

closed_file() {
	mkdir src dst
	echo new >src/f
	echo new >src/g
	echo old >dst/f
	chmod 444 dst/f
	become_user
}

as_user_like_cp() {
	become_user
	like_cp "$@"
}

# usage ARG...: pcopy exits with status 2, prints a hint and creates nothing.
usage() {
	mkdir src dir
	echo a >src/a
	find . | sort >"$work/before"
	expect_status 2 "$PCOPY" "$@"
	grep -q "^Try '.*--help' for more information\.$" "$err" || fail "no hint: $(cat "$err")"
	[[ ! -s $out ]] || fail "usage went to stdout"
	find . | sort | diff "$work/before" - || fail "something was touched"
}

special() {
	mkdir -p src/sub
	echo a >src/a
	mkfifo src/fifo src/sub/fifo
	echo b >src/sub/b
	"${PCOPY_PYTHON:-python3}" -S -c 'import socket; socket.socket(socket.AF_UNIX).bind("src/socket")'
}

# Special files are created anew as in cp -r, and pcopy does not wait for a writer.
fifo() {
	JUDGE=messages
	like_cp special src dst
	same_listing cp pcopy type,link,mode
	cmp pcopy/src/a pcopy/dst/a
	cmp pcopy/src/sub/b pcopy/dst/sub/b
}

fifo_in_the_way() {
	mkdir src dst
	echo a >src/a
	echo b >src/b
	mkfifo dst/a
	expect_status 1 pcopy -T src dst
	[[ -p dst/a ]] || fail "the FIFO is gone"
	cmp src/b dst/b
}

device_operand() {
	[[ $EUID -eq 0 ]] || skip "only root makes devices"
	mknod probe c 1 5 || skip "cannot make a device here"
	rm probe
	JUDGE=messages
	like_cp device zero dst
	[[ -c pcopy/dst ]] || fail "no device was made"
	expect_same "$(stat -c '%t %T %a' cp/dst)" "$(stat -c '%t %T %a' pcopy/dst)"
}

device() {
	mknod zero c 1 5
}

# The copy stopped and reported its progress; the files in the target are complete, and no more than reported.
stopped_full() {
	local file there=0 entries
	entries=$(json report 'sum(e["copied"] for e in d["entries"].values())')
	grep -q "^pcopy: stopped: the target is full; copied so far: $entries entr" "$err" ||
		fail "not said: $(cat "$err")"
	expect_same "full" "$(json report 'd["stop"]')"
	while IFS= read -r -d '' file; do
		[[ -e mnt/dst/${file#src/} ]] || continue
		cmp "$file" "mnt/dst/${file#src/}"
		there=$((there + 1))
	done < <(find src -type f -print0)
	expect_same "$(json report 'd["entries"]["file"]["copied"]')" "$there" "files"
}

full_disk() {
	local i
	mount_image tmpfs 8m
	mkdir -p src/small
	for i in {1..6}; do
		head -c 3000000 /dev/urandom >"src/large-$i"
		head -c 3000 /dev/urandom >"src/small/$i"
	done
	: >src/empty
	expect_status 1 pcopy "$@" --json=report src mnt/dst
	grep -q "No space left on device" "$err" || fail "no reason given: $(cat "$err")"
	stopped_full
	expect_no_temporary mnt
}

# A quota of 1 MiB for the copying user.
quota() {
	command -v xfs_quota >/dev/null || skip "no xfs_quota"
	mount_image xfs 320m
	umount mnt
	mount -o loop,uquota image mnt 2>/dev/null || skip "no quotas here"
	become_user
	chown 65534 mnt
	xfs_quota -x -c 'limit -u bhard=1m 65534' mnt
	mkdir src
	for i in {1..4}; do
		head -c 400000 /dev/urandom >"src/$i"
	done
	give_to_user src
	P+=(--reflink=never)
	expect_status 1 "${AS[@]}" timeout -s KILL 100 "$PCOPY" "${P[@]}" --json=report src mnt/dst
	grep -q "Disk quota exceeded" "$err" || fail "no reason given: $(cat "$err")"
	stopped_full
}

# A directory tree with a quota of its own: XFS reports a full disk.
project_quota() {
	command -v xfs_quota >/dev/null || skip "no xfs_quota"
	mount_image xfs 320m
	umount mnt
	mount -o loop,pquota image mnt 2>/dev/null || skip "no quotas here"
	mkdir mnt/tree src
	xfs_quota -x -D /dev/null -P /dev/null -c "project -s -p $PWD/mnt/tree 7" mnt >/dev/null
	xfs_quota -x -c 'limit -p bhard=1m 7' mnt
	for i in {1..4}; do
		head -c 400000 /dev/urandom >"src/$i"
	done
	P+=(--reflink=never)
	expect_status 1 pcopy --json=report src mnt/tree/dst
	grep -qE "No space left on device|Disk quota exceeded" "$err" || fail "no reason given: $(cat "$err")"
	mv mnt/tree/dst mnt/dst # stopped_full compares mnt/dst
	stopped_full
}

unreadable_many() {
	become_user
	mkdir src
	for i in {1..200}; do
		echo "$i" >"src/$i"
	done
	chmod 0 src/*
	give_to_user src
}

# pcopy stops after the allowed number of errors; jobs in progress may then add some more.
max_errors() {
	unreadable_many
	expect_status 1 "${AS[@]}" timeout -s KILL 100 "$PCOPY" "${P[@]}" --max-errors=3 --json=report src dst
	expect_same errors "$(json report 'd["stop"]')"
	expect_stderr "pcopy: stopped after too many errors; copied so far: 1 entry, 0 B"
	[[ $(grep -c "Permission denied" "$err") -ge 3 ]] || fail "stopped too early"
	[[ $(json report 'd["entries"]["file"]["failed"]') -lt 200 ]] || fail "did not stop"
}

# A missing operand counts, too: nothing is copied.
fail_fast() {
	mkdir dst
	echo one >one
	expect_status 1 pcopy --fail-fast missing one dst
	expect_missing dst/one
	expect_status 1 pcopy missing one dst
	cmp one dst/one
}

# inodes_end COUNT: copies COUNT files to a file system with few inodes.
inodes_end() {
	local i
	mount_image tmpfs 8m,nr_inodes=20
	mkdir -p src
	for ((i = 1; i <= $1; i++)); do
		echo "$i" >"src/$i"
	done
	expect_status 1 pcopy --json=report src mnt/dst
	stopped_full
}

# pcopy reports the error once, and tries no further file.
full_disk_once() {
	inodes_end 200
	expect_same 1 "$(grep -c 'No space left on device' "$err")" "messages"
	expect_same 1 "$(json report 'd["entries"]["file"]["failed"]')" "failed"
}

each_pool "unreadable files and directories" unreadable_named
each_pool "missing source, the rest copied" like_cp missing a nowhere b dst
each_pool "missing source alone" like_cp missing nowhere dst
each_pool "unwritable target" as_user_like_cp closed_target src/a dst
each_pool "unwritable target directory" as_user_like_cp closed_target src dst
each_pool "unwritable directory inside the target" as_user_like_cp closed_subdirectory -T src dst
each_pool "unwritable file inside the target" as_user_like_cp closed_file -T src dst
each_pool "FIFO and socket" fifo
each_pool "FIFO in the way" fifo_in_the_way
each_pool "device as operand" device_operand
# A full file system is mounted in the target, and pcopy reaches it before the other files or after them:
# it copies the files that have room elsewhere, and reports those that have none.
full_mount() { # DIRECTORY of the source that goes to it, [the target itself is a mount]
	local i d
	[[ $EUID -eq 0 ]] || skip "mounts need root"
	mkdir -p src/{a,m,z} dst
	for d in a m z; do
		for i in {1..30}; do echo "$d$i" >"src/$d/$i"; done
	done
	head -c 300000 /dev/urandom >"src/$1/big"
	head -c 300000 /dev/urandom >"src/$1/more"
	[[ -z ${2:-} ]] || mount -t tmpfs none dst
	mkdir "dst/$1"
	mount -t tmpfs -o size=128k none "dst/$1" || skip "no mount"
	expect_status 1 "$PCOPY" "${P[@]}" -a src/. dst
	grep -q "/$1/big': No space left on device" "$err" || fail "big is not named: $(cat "$err")"
	grep -q "/$1/more': No space left on device" "$err" || fail "more is not named"
	! grep -q stopped "$err" || fail "the run was stopped: $(cat "$err")"
	# tmpfs may release the space of an unfinished file late, so other files there may fail, too
	diff -r src dst >"$work/diff" || true
	while read -r _ _ where name; do
		[[ $where == "src/$1:" ]] || fail "'$where$name' had room"
		grep -q "/$1/$name': No space left on device" "$err" || fail "$name is not named"
	done <"$work/diff"
	[[ $(grep -c . "$work/diff") == "$(grep -c . "$err")" ]] || fail "$(cat "$work/diff" "$err")"
}

each_pool "full disk" full_disk
each_pool "full disk, in chunks" full_disk --chunk-size=1M
for one in a m z; do
	each_pool "one mount is full: $one" full_mount $one
done
each_pool "one mount of a mount is full" full_mount z mount
each_pool "no inodes" inodes_end 40
for one in $(pools_among serial); do
	pool_options "$one"
	check "a full disk ends a job ($one)" full_disk_once
	P=()
done
each_pool "quota used up" quota
each_pool "project quota used up" project_quota
each_pool "--max-errors" max_errors
each_pool "--fail-fast" fail_fast

check "no operands" usage
check "one operand" usage src
check "-t without source" usage -t dir
check "-T with three operands" usage -T src src dst
check "-t with -T" usage -t dir -T src
check "unknown option" usage --frobnicate src dst
check "unknown letter" usage -Y src dst
check "ambiguous abbreviation" usage --re src dst
check "a value where none goes" usage --stats=3 src dst
for size in 1Q 1.5.5M -1 x '' 99999999999999999999 1MM ' 1M'; do
	check "bad size '$size'" usage "--chunk-size=$size" src dst
done
for jobs in x -3 2x 0x2 2x2x2 '' 1.5 99999999999; do
	check "bad -j '$jobs'" usage "-j$jobs" --pool=hybrid src dst
	[[ -n $jobs ]] || continue
	check "bad -j '$jobs', threads" usage "-j$jobs" src dst
done
check "bad pool" usage --pool=fibers src dst
check "empty pool" usage --pool= src dst
check "bad --reflink" usage --reflink=maybe src dst
check "bad --sparse" usage --sparse=maybe src dst
check "bad queue depth" usage --queue-depth=none src dst
check "bad runs" usage --bench --runs=none src dst
check "bad mode for bench" usage --bench=serial,fibers src dst
# The target is a link into a directory that cannot be searched.
behind_a_closed_directory() {
	mkdir -p closed/sub
	echo f >f
	ln -s closed/sub link
	give_to_user .
	chmod 000 closed
}

closed_target() {
	become_user
	local SAME="s/not writing through symlink 'link'/cannot stat 'link': Permission denied/"
	local operands
	for operands in 'f link' '-T f link' '-t link f' 'f f link'; do
		[[ ! -e cp ]] || chmod 755 cp/closed pcopy/closed # so that this check can remove them
		rm -rf cp* pcopy*
		like_cp behind_a_closed_directory $operands
	done
	chmod 755 cp/closed pcopy/closed
}

# Errors in a directory do not change the mode that the directory gets.
partly_unreadable() {
	mkdir -p src/sub
	echo a >src/a
	echo b >src/b
	chmod 000 src/a
	chmod 500 src
	give_to_user .
}

mode_of_the_rest() {
	become_user
	like_cp partly_unreadable -p src dst
	expect_same 500 "$(stat -c %a pcopy/dst)"
}

check "a target behind a closed directory" closed_target
each_pool "-p of a directory, some of which cannot be read" mode_of_the_rest
done_testing
