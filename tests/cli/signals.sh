# Ended by a signal: after tidying up, with 128 and its number.
. "$(dirname "$0")/lib.sh"

fixture() {
	mkdir src
	head -c 128M /dev/zero >src/big
	echo small >src/small
}

# Stops a copy while the temporary name of the large file is there.
catch() {
	local try
	for try in {1..10}; do
		rm -rf dst
		mkdir dst
		start "$@" "$PCOPY" "${P[@]}" --chunk-size=1M -T src dst
		if while_running "$pid" has_temporary dst && kill -STOP "$pid" 2>/dev/null; then
			has_temporary dst && return
			kill -CONT "$pid"
		fi
		wait "$pid" || :
	done
	fail "never saw a copy in mid-work"
}

# ended NUMBER: the answer to it, and what is left.
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

# What a terminal does: every process of the group gets it.
group_signalled() {
	fixture
	catch setsid
	children "$pid"
	kill "-$1" -- "-$pid"
	ended "$2"
	[[ ! -s $err ]] || fail "said: $(head -n 5 "$err")"
}

# nohup, or a shell's background job: ignored stays ignored.
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

# With --json the report still comes, and says so.
reported() {
	fixture
	P+=(--json=report)
	catch
	kill -INT "$pid"
	kids=()
	ended 2
	expect_same "(130, True)" "$(json report 'd["status"], d["canceled"]')"
}

each_pool "SIGINT" signalled INT 2
each_pool "SIGTERM" signalled TERM 15
each_pool "SIGHUP" signalled HUP 1
each_pool "SIGINT to the process group" group_signalled INT 2
each_pool "SIGINT and SIGHUP ignored" ignored
each_pool "report of an interrupted copy" reported
done_testing
