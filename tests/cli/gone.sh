# A server stops answering: calls on its files do not return, and only a signal that kills
# reaches a process that waits for it.
. "$(dirname "$0")/lib.sh"

server=${PCOPY%/*}/tests/gone_fs
[[ -x $server ]] || skip_all "no $server: libfuse was not found"
[[ -w /dev/fuse && $EUID -eq 0 ]] || skip_all "/dev/fuse is not for us"

# serve OPTION...: mounts a working file system at ./gone.
serve() {
	mkdir gone
	"$server" -f "$@" gone >asked 2>served &
	server_pid=$!
	until_true served || skip "FUSE does not work here: $(cat served)"
}

served() {
	[[ -d gone/dir ]] || ! alive "$server_pid"
}

# Each call on it then returns, so that no process waits in the kernel for ever.
server_ends() {
	kill -KILL "$server_pid"
	wait "$server_pid" || :
}

# all_end NUMBER: ends the server, and expects that signal NUMBER ended the copy.
all_end() {
	local status=0
	server_ends
	wait "$pid" || status=$?
	expect_same $((128 + $1)) "$status" "exit status"
}

# ended_by SIGNAL NUMBER: ends the copy by a signal while the server does not answer.
ended_by() {
	kill "-$1" "$pid"
	until_true gone "$pid"
	all_end "$2"
}

# pcopy removes the file that it was writing.
in_work() {
	serve
	start "$PCOPY" "${P[@]}" "gone${3:+/$3}" dst
	until_true test -s asked
	ended_by "$1" "$2"
	grep -qE 'giving up|not returning' "$err" || fail "not reported: $(cat "$err")"
	expect_missing "$4"
}

# The server of the target does not answer, so pcopy cannot remove an unfinished file.  A write that the server
# accepted blocks its thread and thus the process: worker processes are left behind.
in_target() {
	serve
	mkdir src
	seq 1000 | tee src/a src/hangs >src/z
	start "$PCOPY" "${P[@]}" -T src gone/new
	until_true test -s asked
	kill "-$1" "$pid"
	until_true grep -qE 'giving up|not returning' "$err"
	[[ $pool != processes && $pool != hybrid ]] || until_true gone "$pid"
	all_end "$2"
}

# The copy has not begun: pcopy looks up the operands.  Not even SIGKILL can end a call that the server has
# accepted; so the server is kept busy with another reader.
not_begun() {
	serve -s
	cat gone/dir/hangs >none 2>&1 &
	until_true test -s asked
	start "$PCOPY" "${P[@]}" gone/lost dst
	until_true waits "$pid"
	ended_by "$1" "$2"
	expect_missing dst
}

# pcopy waits for a server that is slow to write data, but not for one that does not answer.
into_slow() {
	mkfifo go
	GONE_GO=$PWD/go serve
	mkdir src
	seq 1000 >"src/$1"
	start "$PCOPY" "${P[@]}" --cancel-timeout="$2" -T src gone/new
	until_true test -s asked
	kill -INT "$pid"
}

slow_flush() {
	local status=0 begun=$EPOCHREALTIME
	into_slow slow 0.2
	# longer than the timeout of other calls; a copy that has given up reports this
	while_running "$pid" past "$begun" 1 || fail "not waited for: $(cat "$err")"
	echo go >go
	wait "$pid" || status=$?
	expect_same 130 "$status"
	! grep -qE 'giving up|not returning' "$err" || fail "$(cat "$err")"
	[[ $pool == serial ]] || expect_stderr "pcopy: waiting for 1 file to be written to disk"
	expect_stderr "pcopy: ended by signal 2 (Interrupt); copied so far: 2 entries, 3.80 KiB"
	[[ -e gone/new/slow ]] || fail "it was thrown away"
	server_ends
}

stuck_flush() {
	into_slow stuck 0.1
	until_true grep -qE 'giving up|not returning' "$err"
	[[ $pool != processes && $pool != hybrid ]] || until_true gone "$pid"
	all_end 2
}

# past BEGUN SECONDS
past() {
	((${EPOCHREALTIME/.} - ${1/.} > $2 * 1000000))
}

waits() {
	[[ $(<"/proc/$1/wchan") == request_wait_answer ]]
}

each_pool "SIGINT in a directory" in_work INT 2 dir dst/hangs
each_pool "SIGTERM in a directory" in_work TERM 15 dir dst/hangs
each_pool "SIGTERM in a file" in_work TERM 15 dir/hangs dst
each_pool "SIGTERM, and the operand is the mount point" in_work TERM 15 "" dst/dir/hangs
each_pool "SIGTERM, and the target is gone" in_target TERM 15
each_pool "SIGINT, and the target is slow to close" slow_flush
each_pool "SIGINT, and the target never closes" stuck_flush
each_pool "SIGINT before it began" not_begun INT 2
done_testing
