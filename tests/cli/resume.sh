# --resume: pcopy continues an interrupted copy, and copies again whatever changed meanwhile.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../crash/resume.sh"

# moved FILE: prints the number of bytes that a run copied, from its report.
moved() {
	json "$1" 'sum(m["bytes"] for m in d["methods"].values())'
}

skipped() {
	json "$1" 'd["entries"]["file"]["skipped"]'
}

small_tree() {
	mkdir -p src/sub/closed
	seq 2000 >src/one
	seq 3000 >src/sub/two
	: >src/empty
	echo closed >src/sub/closed/three
	truncate -s 1M src/hole
	ln -s one src/link
	chmod 555 src/sub/closed
}

# A second run finds everything copied, and copies nothing.
again() {
	small_tree
	pcopy "$@" src dst
	expect_status 0 pcopy "$@" --resume --json=report -T src dst
	json_same report "(0, 5)" '(sum(m["bytes"] for m in d["methods"].values()), d["entries"]["file"]["skipped"])'
	same_tree src dst
}

# changed COMMAND: the command changes the source after the copy, and pcopy copies it again.
changed() {
	small_tree
	pcopy "${keep[@]}" src dst
	"$@"
	expect_status 0 pcopy "${keep[@]}" --resume --json=report -T src dst
	cmp src/one dst/one
	expect_same 4 "$(skipped report)" "files skipped"
}

other_contents() {
	seq 2000 | rev >other
	expect_same "$(stat -c %s src/one)" "$(stat -c %s other)"
	cat other >src/one
}

# The file keeps its modification time: only its ctime shows the change.
other_contents_old_time() {
	local time
	time=$(stat -c %y src/one)
	other_contents
	touch -d "$time" src/one
}

other_inode() {
	other_contents
	cp -p src/one one
	mv one src/one
}

# A target with coarse times counts as complete, except when the source changed.
coarse_target() {
	local ns server
	coarse_mount
	for server in "" yes; do
		for ns in 100 10000000 1000000000 2000000000; do
			[[ -z $server ]] || export COARSE_SERVER=yes
			rm -rf src mnt/dst
			small_tree
			find src -exec touch -h -d @1500000001.999999999 {} +
			expect_status 0 coarse $ns -a src mnt/dst
			expect_status 0 coarse $ns -a --resume --json=report -T src mnt/dst
			json_same report "(0, 5)" '(sum(m["bytes"] for m in d["methods"].values()), d["entries"]["file"]["skipped"])' ||
				fail "$ns $server"
			seq 2000 | rev >src/one
			expect_status 0 coarse $ns -a --resume --json=report -T src mnt/dst
			expect_same 4 "$(skipped report)" "$ns $server"
			cmp src/one mnt/dst/one
			# and from the file system with the coarse times
			find mnt/dst -exec touch -h -d @1500000001.999999999 {} +
			expect_status 0 coarse $ns -a mnt/dst back
			expect_status 0 coarse $ns -a --resume --json=report -T mnt/dst back
			expect_same 5 "$(skipped report)" "back: $ns $server"
			rm -r back
		done
	done
}

# A target that is short, or was changed, is no complete copy.
short() {
	small_tree
	pcopy "${keep[@]}" src dst
	truncate -s 100 dst/one
	touch -r src/one dst/one
	expect_status 0 pcopy "${keep[@]}" --resume -T src dst
	same_tree src dst
}

# An interrupted run left a directory writable for its owner.
loose_directory() {
	become_user
	small_tree
	"${AS[@]}" "$PCOPY" "${P[@]}" src dst
	chmod 755 dst/sub/closed
	"${AS[@]}" "$PCOPY" "${P[@]}" --resume -T src dst
	expect_same 555 "$(stat -c %a dst/sub/closed)"
}

# interrupted: kills a copy when some chunks of a large file are written.
interrupted() {
	local try
	[[ -e src/big ]] || resume_tree
	for try in {1..20}; do
		rm -rf dst
		mkdir dst
		start "$PCOPY" "${P[@]}" --chunk-size=256K --reflink=never --bwlimit=24M -a -T "$@" src dst
		# the copy may have ended after the check
		if while_running "$pid" has_chunks dst 3 && kill -STOP "$pid" 2>/dev/null; then
			children "$pid"
			kill -KILL "$pid" "${kids[@]}"
			wait "$pid" || :
			part=(dst/.pcopy-*.part)
			[[ ! -e ${part[0]} ]] || return 0
		fi
		wait "$pid" || :
	done
	fail "never saw a copy in mid-work"
}

chunks() {
	local before total
	interrupted
	total=$(stat -c %s src/big)
	before=$(chunks_in "${part[0]}" 256K "$total")
	expect_status 0 pcopy --chunk-size=256K --reflink=never -a --resume --json=report -T src dst
	same_metadata src dst
	expect_no_temporary dst
	[[ $(($(moved report) + before * 262144)) -le $(($(du -sb --apparent-size src | cut -f 1) + 262144)) ]] ||
		fail "$before chunks were in, and $(moved report) bytes were moved"
	[[ $before -ge 3 ]] || fail "only $before chunks were in"
}

# A thread unshares its descriptor table while the file is locked, and so holds a copy of the
# locked descriptor: the lock is released all the same.
locked_by_nobody() {
	[[ $pool == serial ]] || skip "other pools have no such thread then"
	command -v strace >/dev/null || skip "no strace"
	strace -o /dev/null true 2>/dev/null || skip "strace is not allowed to trace here"
	interrupted
	expect_status 0 strace -f -qq -o trace -e trace=flock,unshare,pread64 \
		-e inject=unshare:delay_enter=200000 -e inject=pread64:delay_exit=300000:when=1..5 \
		"$PCOPY" "${P[@]}" --chunk-size=256K --reflink=never -a --resume src/big dst
	cmp src/big dst/big
	awk '/flock.*LOCK_EX/ { locked = 1 } /unshare/ && locked { hit = 1 } END { exit !hit }' trace ||
		fail "no descriptor was copied: $(grep -e flock -e unshare trace)"
}

# Without --resume pcopy starts the file again, and leaves no unfinished file.
chunks_anew() {
	interrupted
	expect_status 0 pcopy --chunk-size=256K --reflink=never -a --json=report -T src dst
	same_metadata src dst
	expect_no_temporary dst
}

# not_trusted COMMAND: after the command pcopy does not continue the unfinished file.
not_trusted() {
	interrupted
	"$@"
	expect_status 0 pcopy --chunk-size="${size:-256K}" --reflink=never -a --resume --json=report -T src dst
	same_tree src dst
	expect_no_temporary dst
	[[ $(moved report) -ge $(stat -c %s src/big) ]] || fail "only $(moved report) bytes were moved"
}

big_changed() {
	printf changed | dd of=src/big conv=notrunc status=none
}

# The file keeps its modification time and length: only its ctime shows the change.
big_changed_old_time() {
	touch -r src/big then
	printf changed | dd of=src/big conv=notrunc status=none
	touch -r then src/big
}

big_replaced() {
	cp -p src/big big
	mv big src/big
}

other_size() {
	size=512K
}

# Changes the recorded boot ID, as if the machine had rebooted.
other_boot() {
	"${PCOPY_PYTHON:-python3}" -S -c 'import re, sys
data = open(sys.argv[1], "rb").read()
new, n = re.subn(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\n", b"0" * 36 + b"\n", data)
assert n == 1
open(sys.argv[1], "r+b").write(new)' "${part[0]}"
}

# pcopy does not write to another user's file of this name, or through a link.
others_link() {
	echo precious >precious
	rm "${part[0]}"
	ln -s ../precious "${part[0]}"
}

others_file() {
	[[ $EUID -eq 0 ]] || skip "only root gives files away"
	chown 65534 "${part[0]}"
}

kept_by_signal() {
	local status=0
	resume_tree
	for _ in {1..20}; do
		rm -rf dst
		mkdir dst
		start "$PCOPY" "${P[@]}" --chunk-size=256K --reflink=never --bwlimit=24M -a --resume -T src dst
		if while_running "$pid" has_chunks dst 3; then
			kill -INT "$pid" 2>/dev/null || : # the copy may have ended meanwhile
			status=0
			wait "$pid" || status=$?
			[[ $status -ne 130 ]] || break
		fi
		wait "$pid" || :
	done
	expect_same 130 "$status"
	part=(dst/.pcopy-*.part)
	[[ -e ${part[0]} ]] || fail "not kept"
	expect_status 0 pcopy --chunk-size=256K --reflink=never -a --resume -T src dst
	same_metadata src dst
	expect_no_temporary dst
}

keep=(-a)
# Another run may resume the file that this one has not finished.  Whichever of them reports success has
# copied it, and nothing is appended to the finished file.
two_runs() {
	local i other status
	head -c 20M /dev/urandom >big
	for ((i = 0; i < 4; i++)); do
		rm -rf dst
		mkdir dst
		pcopy -a --resume --chunk-size=1M big dst 2>other &
		other=$!
		status=0
		pcopy -a --resume --chunk-size=1M big dst 2>"$err" || status=$?
		! wait "$other" || status=0
		[[ $status -ne 0 && ! -e dst/big ]] || cmp big dst/big
		[[ $status -eq 0 || -s $err ]] || fail "status $status without a message"
	done
}

each_pool "-a again" again -a
each_pool "again without times" again
each_pool "other contents" changed other_contents
each_pool "other contents and the same time" changed other_contents_old_time
each_pool "another inode" changed other_inode
each_pool "a short target" short
one_pool "-a again, onto coarse times" coarse_target
keep=()
each_pool "other contents, without times" changed other_contents
each_pool "another inode, without times" changed other_inode
each_pool "a short target, without times" short
each_pool "a directory left open" loose_directory
each_pool "chunks that are in" chunks
each_pool "a lock that another thread has a copy of" locked_by_nobody
each_pool "two runs into one directory" two_runs
each_pool "begun anew without --resume" chunks_anew
each_pool "kept by SIGINT" kept_by_signal
pool_options threads
check "a large source that changed" not_trusted big_changed
check "a large source that changed and has its old time" not_trusted big_changed_old_time
check "a large source that was replaced" not_trusted big_replaced
check "chunks of another size" not_trusted other_size
check "another boot" not_trusted other_boot
check "a link of that name" not_trusted others_link
check "a file of somebody else" not_trusted others_file
check "killed anywhere, and resumed" resume_runs 2
done_testing
