# A server that stops answering: calls on its files do not return, and of all signals only
# one that kills gets through to who waits.
. "$(dirname "$0")/lib.sh"

server=${PCOPY%/*}/tests/gone_fs
[[ -x $server ]] || skip_all "no $server: libfuse was not found"
[[ -w /dev/fuse && $EUID -eq 0 ]] || skip_all "/dev/fuse is not for us"

# serve OPTION...: a file system on ./gone that is there.
serve() {
	mkdir gone
	"$server" -f "$@" gone >asked 2>served &
	server_pid=$!
	until_true served || skip "FUSE does not work here: $(cat served)"
}

served() {
	[[ -d gone/dir ]] || ! alive "$server_pid"
}

# Then every call on it returns: with it nobody waits in the kernel for ever.
server_ends() {
	kill -KILL "$server_pid"
	wait "$server_pid" || :
}

# all_end NUMBER: the server, and the copy by a signal of this number.
all_end() {
	local status=0
	server_ends
	wait "$pid" || status=$?
	expect_same $((128 + $1)) "$status" "exit status"
}

# ended_by SIGNAL NUMBER: the copy, while the server says nothing.
ended_by() {
	kill "-$1" "$pid"
	until_true gone "$pid"
	all_end "$2"
}

# What was being written is gone.
in_work() {
	serve
	start "$PCOPY" "${P[@]}" "gone${3:+/$3}" dst
	until_true test -s asked
	ended_by "$1" "$2"
	grep -q 'given up' "$err" || fail "not told: $(cat "$err")"
	expect_missing "$4"
}

# The server of the target is gone, so what was being written cannot be removed.  A write that
# it took up keeps its thread, and so the process: processes of workers are left behind.
in_target() {
	serve
	mkdir src
	seq 1000 | tee src/a src/hangs >src/z
	start "$PCOPY" "${P[@]}" -T src gone/new
	until_true test -s asked
	kill "-$1" "$pid"
	until_true grep -q 'given up' "$err"
	[[ $pool != processes && $pool != hybrid ]] || until_true gone "$pid"
	all_end "$2"
}

# Nothing has begun yet: the operands are looked at.  What the server has taken up nothing
# can end, not even SIGKILL; so it is busy with another reader.
not_begun() {
	serve -s
	cat gone/dir/hangs >none 2>&1 &
	until_true test -s asked
	start "$PCOPY" "${P[@]}" gone/lost dst
	until_true waits "$pid"
	ended_by "$1" "$2"
	expect_missing dst
}

waits() {
	[[ $(<"/proc/$1/wchan") == request_wait_answer ]]
}

each_pool "SIGINT in a directory" in_work INT 2 dir dst/hangs
each_pool "SIGTERM in a directory" in_work TERM 15 dir dst/hangs
each_pool "SIGTERM in a file" in_work TERM 15 dir/hangs dst
each_pool "SIGTERM, and the operand is the mount point" in_work TERM 15 "" dst/dir/hangs
each_pool "SIGTERM, and the target is gone" in_target TERM 15
each_pool "SIGINT before it began" not_begun INT 2
done_testing
