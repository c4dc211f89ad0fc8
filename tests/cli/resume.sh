# --resume: an interrupted copy goes on, and trusts nothing that changed meanwhile.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../crash/resume.sh"

# moved FILE: bytes that a run moved, as its report has it.
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

# A second run has nothing to do, and does nothing.
again() {
	small_tree
	pcopy "$@" src dst
	expect_status 0 pcopy "$@" --resume --json=report -T src dst
	json_same report "(0, 5)" '(sum(m["bytes"] for m in d["methods"].values()), d["entries"]["file"]["skipped"])'
	same_tree src dst
}

# changed COMMAND: the source changes after it was copied, and is copied again.
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

# With the time that it had: its ctime tells.
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

# A target that keeps its times coarsely is finished all the same, and is not when the source
# changed.
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
			# and from the side that keeps less
			find mnt/dst -exec touch -h -d @1500000001.999999999 {} +
			expect_status 0 coarse $ns -a mnt/dst back
			expect_status 0 coarse $ns -a --resume --json=report -T mnt/dst back
			expect_same 5 "$(skipped report)" "back: $ns $server"
			rm -r back
		done
	done
}

# What is short, or was changed in the target, is no finished copy.
short() {
	small_tree
	pcopy "${keep[@]}" src dst
	truncate -s 100 dst/one
	touch -r src/one dst/one
	expect_status 0 pcopy "${keep[@]}" --resume -T src dst
	same_tree src dst
}

# A directory that an interrupted run left open to its owner.
loose_directory() {
	become_user
	small_tree
	"${AS[@]}" "$PCOPY" "${P[@]}" src dst
	chmod 755 dst/sub/closed
	"${AS[@]}" "$PCOPY" "${P[@]}" --resume -T src dst
	expect_same 555 "$(stat -c %a dst/sub/closed)"
}

# interrupted: a large file of which some chunks are in, and the copy was killed.
interrupted() {
	local try
	[[ -e src/big ]] || resume_tree
	for try in {1..20}; do
		rm -rf dst
		mkdir dst
		start "$PCOPY" "${P[@]}" --chunk-size=256K --reflink=never --bwlimit=24M -a -T "$@" src dst
		# it may have ended after the look
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

# A thread that gets a descriptor table of its own while the file is locked, of which it has a
# copy then: the lock ends all the same.
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

# Without --resume it begins anew, and leaves nothing.
chunks_anew() {
	interrupted
	expect_status 0 pcopy --chunk-size=256K --reflink=never -a --json=report -T src dst
	same_metadata src dst
	expect_no_temporary dst
}

# not_trusted COMMAND: what was begun is not gone on with.
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

# With the time and the length that it had: only its change time tells.
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

# As after the machine went down.
other_boot() {
	"${PCOPY_PYTHON:-python3}" -S -c 'import re, sys
data = open(sys.argv[1], "rb").read()
new, n = re.subn(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\n", b"0" * 36 + b"\n", data)
assert n == 1
open(sys.argv[1], "r+b").write(new)' "${part[0]}"
}

# Somebody else's file of this name, or a link, is not written to.
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
			kill -INT "$pid" 2>/dev/null || : # it may have ended meanwhile
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
