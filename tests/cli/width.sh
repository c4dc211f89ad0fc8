# Without -j N pcopy runs as many workers as the storage rewards; with it, exactly N.
. "$(dirname "$0")/lib.sh"

server=${PCOPY%/*}/tests/delay_fs

# far: mounts the directory near at ./far, through a file system that takes five milliseconds a call.
far() {
	[[ $EUID -eq 0 && -e /dev/fuse ]] || skip "no FUSE"
	[[ -n ${PCOPY_TEST_NS:-} ]] || skip "no private mount namespace here"
	[[ -e $server ]] || skip "delay_fs was not built"
	mkdir -p near far
	"$server" near 5000 -f far &
	until_true mountpoint -q far
}

# fixture N: makes eight directories with N files each.
fixture() {
	local i
	mkdir -p near/{a,b,c,d}/{x,y}
	for ((i = 1; i <= $1; i++)); do
		echo "$i" | tee near/{a,b,c,d}/{x,y}/"$i" >/dev/null
	done
}

jobs_auto() {
	P=(--pool="$pool" -j auto)
}

# When pcopy reads from slow storage, the number of workers grows, and the added workers run jobs.
wider() {
	jobs_auto
	fixture 100
	far
	expect_status 0 pcopy --json=report --trace=trace far/. dst
	diff -r near dst
	json_same report True 'd["width"]["least"] < d["width"]["most"] <= 64' \
		True 'len(d["workers"]) == d["processes"] * d["threads"] >= d["width"]["most"]' \
		True 'sum(w["jobs"] > 0 for w in d["workers"]) > d["width"]["least"]'
	# the trace contains each change of the number, in order
	expect_same True "$(json trace '(lambda c: len(c) > 1 and c == sorted(c) and
		c[0][1] < max(w for _, w in c))([(e["ts"], e["args"]["workers"])
		for e in d["traceEvents"] if e["ph"] == "C" and e["name"] == "workers"])')"
	expect_same "$(json report 'd["width"]["most"]')" "$(json trace 'max(e["args"]["workers"]
		for e in d["traceEvents"] if e["ph"] == "C")')"
}

# The number also grows when pcopy writes to slow storage, or copies the ranges of one large file.
to_far() {
	jobs_auto
	fixture 100
	mv near src
	far
	expect_status 0 pcopy --json=report src far/dst
	diff -r src near/dst
	expect_same True "$(json report 'd["width"]["least"] < d["width"]["most"]')"
}

large() {
	jobs_auto
	mkdir near
	head -c 12M /dev/urandom >near/large
	far
	expect_status 0 pcopy --json=report --chunk-size=256K far/large large
	cmp near/large large
	expect_same True "$(json report 'sum(w["jobs"] > 0 for w in d["workers"]) > 2')"
}

# --verify reads the copies back in a separate run, with its own workers.
verified() {
	jobs_auto
	fixture 100
	far
	expect_status 0 pcopy --verify far/. dst
	expect_status 0 pcopy --verify-only far/. dst
}

shown() {
	fixture 100
	far
	expect_status 0 "$PCOPY" --stats far/. dst
	grep -qE '^Pool            threads, workers [0-9]+ to [0-9]+$' "$out" || fail "$(head -n 2 "$out")"
	expect_status 0 "$PCOPY" --stats -j 5 far/. dst-5
	grep -qx 'Pool            threads, 5 workers' "$out" || fail "$(head -n 2 "$out")"
}

# -j N starts N workers, whatever the speed of the storage.
exactly() {
	fixture 5
	far
	expect_status 0 pcopy --json=report far/. dst
	expect_same "[$1, $1, $1]" "$(json report '[d["width"]["least"], d["width"]["most"], len(d["workers"])]')"
}

each_exactly() {
	local n=3
	[[ $pool != serial ]] || n=1
	[[ $pool != hybrid && $pool != coroutines ]] || n=4
	exactly "$n"
}

# Without -j the number of workers is not known in advance, but all of them end.
canceled() {
	local status=0
	jobs_auto
	fixture 100
	far
	start "$PCOPY" "${P[@]}" far/. dst
	while_running "$pid" copied_some || fail "status $?: $(cat "$err")"
	kill -INT "$pid"
	wait "$pid" || status=$?
	expect_same 130 "$status"
	expect_no_temporary dst
	! pgrep -P "$pid" >/dev/null || fail "workers are left"
}

copied_some() {
	[[ -n $(find dst -type f 2>/dev/null | head -n 1) ]]
}

# The queue has room for the maximum number of workers, but holds jobs only for the current number.
few_wait() {
	mkdir -p src/{a,b,c,d,e,f,g,h}/{a,b,c,d,e,f,g,h}/{a,b,c,d,e,f,g,h}
	expect_status 0 pcopy "${P[@]}" -j auto --json=report src dst
	expect_same True "$(json report 'd["queue"]["peak"] <= 4 * d["width"]["most"] < d["queue"]["depth"]')"
}

words() {
	local word
	echo a >src
	for word in automatic Auto 'auto ' autox2 2xauto; do
		expect_status 2 pcopy -j "$word" src dst
		expect_stderr "pcopy: invalid argument '$word' for '--jobs'"
	done
	expect_status 0 pcopy -j auto src dst
	expect_status 0 pcopy -j 3 -j auto --json=report src dst
	expect_same True "$(json report 'd["width"]["least"] == d["width"]["most"]')"
}

for pool in $(pools_among threads processes hybrid); do
	check "from far away ($pool)" wider
	check "to far away ($pool)" to_far
	check "a large file ($pool)" large
	check "--verify ($pool)" verified
	check "SIGINT ($pool)" canceled
	check "jobs that wait ($pool)" few_wait
done
check "--stats" shown
each_pool "-j N" each_exactly
check "-j auto" words
done_testing
