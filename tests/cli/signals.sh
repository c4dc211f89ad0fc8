# A signal ends the copy: pcopy cleans up, and exits with 128 plus the signal's number.
. "$(dirname "$0")/lib.sh"

fixture() {
	mkdir src
	head -c 128M /dev/zero >src/big
	echo small >src/small
}

# Stops a copy while the temporary name of the large file exists, which is about a second.
catch() {
	local try
	for try in {1..10}; do
		rm -rf dst
		mkdir dst
		start "$@" "$PCOPY" "${P[@]}" --chunk-size=1M --reflink=never --bwlimit=100M -T src dst
		if while_running "$pid" has_temporary dst && kill -STOP "$pid" 2>/dev/null; then
			has_temporary dst && return
			kill -CONT "$pid"
		fi
		wait "$pid" || :
	done
	fail "never saw a copy in mid-work"
}

# ended NUMBER: checks the exit status for this signal, and the files that remain.
ended() {
	local status=0
	kill -CONT "$pid"
	wait "$pid" || status=$?
	expect_same $((128 + $1)) "$status" "exit status"
	expect_missing dst/big
	expect_no_temporary dst
	for kid in "${kids[@]}"; do
		! alive "$kid" || fail "worker $kid is still there"
	done
}

signalled() {
	fixture
	catch
	children "$pid"
	kill "-$1" "$pid"
	ended "$2"
}

# Each process of the group receives the signal, as from a terminal.
group_signalled() {
	fixture
	catch setsid
	children "$pid"
	kill "-$1" -- "-$pid"
	ended "$2"
	grep -qx "pcopy: ended by signal $2 (.*); copied so far: [0-9]* entr.*" "$err" ||
		fail "not said: $(cat "$err")"
	[[ $(wc -l <"$err") -eq 1 ]] || fail "said: $(head -n 5 "$err")"
}

# As under nohup, or in a shell's background job: an ignored signal stays ignored.
ignored() {
	local status=0
	fixture
	catch env --ignore-signal=INT,HUP
	kill -INT "$pid"
	kill -HUP "$pid"
	kill -CONT "$pid"
	wait "$pid" || status=$?
	expect_same 0 "$status" "exit status"
	cmp src/big dst/big
}

# With --json pcopy still writes the report, with status 130 and the reason.
reported() {
	fixture
	P+=(--json=report)
	catch
	kill -INT "$pid"
	kids=()
	ended 2
	expect_same "(130, 'canceled')" "$(json report 'd["status"], d["stop"]')"
}

# The reader closes the pipe to which -v prints.
closed_pipe() {
	local status
	fixture
	P+=(--chunk-size=1M)
	mkfifo pipe
	: <pipe &
	status=0
	timeout -s KILL 100 env --default-signal=PIPE "$PCOPY" "${P[@]}" -v -T src dst 2>"$err" >pipe || status=$?
	# A copy that ended before the pipe was closed exits with 0.
	[[ $status -eq 141 || $status -eq 0 ]] || fail "status $status: $(cat "$err")"
	expect_no_temporary dst
	[[ ! -e dst/big ]] || cmp src/big dst/big
}

# A device without an end always has more bytes to read.  The link protects /dev/null.
endless() {
	local status=0
	ln -s /dev/null sink
	start "$PCOPY" "${P[@]}" --cancel-timeout=20 /dev/zero sink
	while_running "$pid" opened /dev/zero "$pid"
	kill -INT "$pid"
	wait "$pid" || status=$?
	expect_same 130 "$status" "exit status"
	[[ -L sink ]] || fail "the target of the copy was removed"
	expect_same "pcopy: ended by signal 2 (Interrupt); copied so far: 0 entries, 0 B" "$(cat "$err")" "messages"
}

# opened FILE PID: the process, one of its threads or a child has FILE open.
opened() {
	children "$2"
	# each thread may have a descriptor table of its own
	find "/proc/$2/task/"*/fd $(printf '/proc/%s/task/*/fd ' "${kids[@]}") -lname "$1" 2>/dev/null | grep -q .
}

# With SIGPIPE ignored a failed write of -v is an ordinary error, reported after everything is copied.
ignored_pipe() {
	local status=0
	fixture
	timeout -s KILL 100 env --ignore-signal=PIPE "$PCOPY" "${P[@]}" -v -T src dst 2>"$err" >/dev/full || status=$?
	expect_same 1 "$status"
	expect_stderr "pcopy: write error: No space left on device"
	cmp src/big dst/big
}

# hung: starts a copy with a read that never returns, and waits until a worker has reached it.
hung() {
	local trap_library=${PCOPY%/*}/tests/libtrap.so
	[[ -e $trap_library ]] || skip "no $trap_library"
	# More than one job, so that the thread pool has threads.
	mkdir -p src/sub
	seq 1000 >src/sub/hangs
	(cd src && seq -f 'other-%g' 2000 | xargs touch)
	echo other >src/other
	start "$@" env "TRAP=hangs HANG" "LD_PRELOAD=$trap_library" "$PCOPY" "${P[@]}" --events=events src dst
	until_true test -e dst/sub/hangs
	children "$pid"
}

# The file that was being written is removed, and the workers have ended.
hung_ended() {
	local status=0
	wait "$pid" || status=$?
	expect_same $((128 + $1)) "$status" "exit status"
	for kid in "${kids[@]}"; do
		until_true gone "$kid"
	done
}

hung_read() {
	hung
	kill "-$1" "$pid"
	hung_ended "$2"
	expect_missing dst/sub/hangs
	# a blocking call outside io_uring stops all coroutines of its thread
	if [[ $pool == coroutines ]]; then
		grep -qE '^pcopy: giving up on [12] hung jobs?$' "$err" || fail "not said: $(cat "$err")"
		grep -qE '^{"event":"hung","count":[12]}$' events || fail "not among the events"
	elif [[ $pool != serial ]]; then
		expect_stderr "pcopy: giving up on 1 hung job"
		grep -q '^{"event":"hung","count":1}$' events || fail "not among the events"
	fi
}

second_interrupt() {
	hung
	kill -INT "$pid"
	until_true caught_no_more "$pid"
	kill -INT "$pid"
	hung_ended 2
}

# True when SIGINT has its default disposition again.
caught_no_more() {
	alive "$1" && ! catches "$1" INT
}

# Each SIGUSR1 makes pcopy print one status line, and the copy continues.
status_line() {
	[[ $pool != serial ]] || skip "between two jobs, of which one hangs here"
	hung
	for _ in 1 2; do
		: >"$err"
		kill -USR1 "$pid"
		until_true grep -qxE "pcopy: [0-9,]+ entries, .* in .*, about [0-9]+% done" "$err"
	done
	alive "$pid"
	kill -KILL "$pid"
}

# The other files are copied while one read hangs.
hangs_alone() {
	[[ $pool != serial ]] || skip "one worker"
	hung
	until_true test -s dst/other
	kill -KILL "$pid"
}

each_pool "SIGINT" signalled INT 2
each_pool "SIGTERM" signalled TERM 15
each_pool "SIGHUP" signalled HUP 1
each_pool "SIGINT to the process group" group_signalled INT 2
each_pool "SIGINT and SIGHUP ignored" ignored
each_pool "report of an interrupted copy" reported
each_pool "SIGINT while an endless device is read" endless
each_pool "a pipe that closes" closed_pipe
each_pool "SIGPIPE ignored" ignored_pipe
each_pool "SIGUSR1" status_line
each_pool "others beside a hung read" hangs_alone
each_pool "SIGINT with a hung read" hung_read INT 2
each_pool "SIGTERM with a hung read" hung_read TERM 15
each_pool "a second SIGINT" second_interrupt
done_testing
