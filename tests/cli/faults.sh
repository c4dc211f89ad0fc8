# Failing disks, vanishing targets and closed streams: what pcopy reports.
. "$(dirname "$0")/lib.sh"

fixture() {
	local i
	mkdir -p src/sub src/other
	for i in {1..20}; do
		echo "$i" >"src/sub/file-$i"
		echo "$i" >"src/other/file-$i"
	done
	head -c 3000000 /dev/urandom >src/large
}

# strace options that restrict faults to one path.
AT=()

# with_fault EXPRESSION ARG...: runs pcopy under strace, which makes a call fail.
with_fault() {
	local expression=$1
	shift
	command -v strace >/dev/null || skip "no strace"
	strace -f -qq -o /dev/null -e trace=none true 2>/dev/null || skip "strace cannot trace here"
	strace -f -qq -o /dev/null "${AT[@]}" -e "trace=${expression%%:*}" -e "inject=$expression" \
		timeout --foreground -s KILL 100 "$PCOPY" "${P[@]}" "$@"
}

# All files except the reported one were copied.
rest_is_there() {
	expect_same 1 "$(wc -l <"$err")" messages
	expect_missing dst/large
	rm src/large
	diff -r src dst
}

# pcopy retries the read once, and then reports the file.
read_error() {
	calls_are_seen
	fixture
	AT=(-P "$PWD/src/large")
	expect_status 0 with_fault pread64:error=EIO:when=3 --method=rw src dst
	diff -r src dst
	expect_quiet
	rm -r dst
	expect_status 1 with_fault pread64:error=EIO:when=3+ --method=rw src dst
	expect_stderr "pcopy: error reading 'src/large': Input/output error"
	rest_is_there
	expect_no_temporary dst
}

# Each piece has its own retries: a disk on which every second read succeeds is read to its end.
read_errors_now_and_then() {
	calls_are_seen
	fixture
	AT=(-P "$PWD/src/large")
	expect_status 0 with_fault pread64:error=EIO:when=1+2 --method=rw src dst
	expect_quiet
	diff -r src dst
}

# A further hard link replaces a file: where the link cannot be made, pcopy restores
# the file.
link_error() {
	calls_are_seen
	local name new=0 old=0
	mkdir src dst
	echo new >src/a
	ln src/a src/b
	echo old >dst/a
	echo old >dst/b
	AT=()
	expect_status 1 with_fault linkat:error=EIO:when=2 -a -b -T src dst
	grep -q "^pcopy: cannot create hard link 'dst/[ab]'.*: Input/output error$" "$err" || fail "$(cat "$err")"
	for name in a b; do
		if [[ -e dst/$name~ ]]; then
			expect_same "new old" "$(cat dst/$name) $(cat dst/$name~)"
			new=$((new + 1))
		else
			expect_same old "$(cat dst/$name)"
			old=$((old + 1))
		fi
	done
	expect_same "1 1" "$new $old"
}

# pcopy writes under the final name, which strace can select.
write_error() {
	calls_are_seen
	fixture
	AT=(-P "$PWD/dst/large")
	expect_status 1 with_fault pwrite64:error=EIO:when=3 --method=rw --atomic=never src dst
	expect_stderr "pcopy: error writing 'dst/large': Input/output error"
	rest_is_there
	expect_no_temporary dst
}

# The same for a file created in the default way, where no other file is written.
write_error_alone() {
	fixture
	mkdir dst
	AT=()
	expect_status 1 with_fault pwrite64:error=EIO:when=3 --method=rw src/large dst
	expect_stderr "pcopy: error writing 'dst/large': Input/output error"
	expect_same "" "$(ls -A dst)"
}

# pcopy does not take entries that it could not list for absent.
listing_error() {
	fixture
	[[ $pool == serial ]] || skip "which worker lists, and how often, is nobody's promise"
	expect_status 1 with_fault getdents64:error=EIO:when=3 src dst
	grep -q "^pcopy: error reading 'src.*': Input/output error$" "$err" || fail "$(cat "$err")"
	expect_same 1 "$(grep -c . "$err")" "lines"
}

clone_error() {
	fixture
	AT=(-P "$PWD/dst/large")
	expect_status 1 with_fault ioctl:error=EIO --atomic=never src dst
	expect_stderr "pcopy: failed to clone 'dst/large' from 'src/large': Input/output error"
	rest_is_there
}

read_only() {
	mount_image tmpfs 4m
	mkdir -p mnt/dst
	mount -o remount,ro mnt || skip "cannot remount"
	fixture
	expect_status 1 pcopy -T src mnt/dst
	expect_stderr "pcopy: cannot create directory 'mnt/dst/sub': Read-only file system"
	expect_stderr "pcopy: cannot create regular file 'mnt/dst/large': Read-only file system"
}

# The target is removed during the copy.
vanishing() {
	local status=0 i
	fixture
	for i in {1..40}; do
		cp -r src/sub "src/sub-$i"
	done
	mkdir dst
	start timeout --foreground -s KILL 100 "$PCOPY" "${P[@]}" -T src dst
	while_running "$pid" test -e dst/sub || :
	rm -rf dst/* 2>/dev/null || :
	wait "$pid" || status=$?
	[[ $status -le 1 ]] || fail "status $status: $(cat "$err")"
	[[ $status -eq 0 || -s $err ]] || fail "status 1 without a word"
}

full_output() {
	local option
	fixture
	for option in -v --stats --json --debug --help --version; do
		rm -rf dst
		expect_status 1 to_full "$option" src dst
		grep -q '^pcopy: .*: \(No space left on device\|Input/output error\)$' "$err" ||
			fail "$option: $(cat "$err")"
		[[ $option == --help || $option == --version ]] || diff -r src dst
	done
}

to_full() {
	pcopy "$@" >/dev/full
}

# No file of the copy gets the number of a closed stream.
closed_streams() {
	local closed verbose want
	fixture
	for closed in '<&-' '2>&-' '>&-' '<&- >&-' '<&- >&- 2>&-'; do
		rm -rf dst
		eval "pcopy src dst $closed" || fail "$closed: status $?"
		diff -r src dst || fail "$closed"
		rm -rf dst
		verbose=0
		eval "pcopy -v src dst $closed" || verbose=$?
		want=1 # the requested output cannot be written
		[[ $closed == *'>&-'* && $closed != '2>&-' ]] || want=0
		expect_same "$want" "$verbose" "$closed"
		diff -r src dst || fail "$closed"
	done
	rm -rf dst
	eval 'pcopy -v src dst 2>"$err" >&-' || :
	expect_stderr "pcopy: write error: Bad file descriptor"
	rm -rf dst
	eval 'pcopy src/large src/nowhere dst 2>&-' && fail "status 0"
	[[ ! -e dst ]] || fail "dst was made"
}

# pcopy is started with SIGCHLD ignored, and must notice the end of its children all the same.
children_ignored() {
	fixture
	start timeout --foreground -s KILL 100 env --ignore-signal=CHLD "$PCOPY" "${P[@]}" --chunk-size=1M \
		src dst
	wait "$pid" || fail "status $?: $(cat "$err")"
	diff -r src dst
	expect_quiet
}

each_pool "an error while a file is read" read_error
each_pool "errors now and then while a file is read" read_errors_now_and_then
each_pool "an error while a file is written" write_error
each_pool "an error while a file is written alone" write_error_alone
each_pool "an error while a further name is made" link_error
each_pool "an error while a directory is listed" listing_error
each_pool "an error while a file is cloned" clone_error
each_pool "a target that cannot be written to" read_only
each_pool "a target that vanishes" vanishing
each_pool "children that the pool does not know" children_ignored
check "an output that is full" full_output
each_pool "closed streams" closed_streams
done_testing
