# Coroutines: their number, the reports about them, and the fallback where io_uring is not available.
. "$(dirname "$0")/bench-room"
. "$(dirname "$0")/lib.sh"

refuse=${REFUSE:-$PCOPY_BUILD/tests/refuse}
disabled=/proc/sys/kernel/io_uring_disabled

fixture() {
	mkdir -p src/sub/deep
	seq 20000 >src/large
	(cd src/sub && seq -f 'file-%g' 300 | xargs touch)
	for i in {1..40}; do
		echo "$i" >"src/sub/deep/$i"
	done
}

needs_uring() {
	has_coroutines || skip "io_uring cannot be had here"
}

# expect_shape THREADS COROUTINES OPTION...
expect_shape() {
	local threads=$1 each=$2
	shift 2
	expect_status 0 "$PCOPY" --pool=coroutines "$@" --json=report src "dst-$#-$threads-$each"
	expect_quiet
	diff -r src "dst-$#-$threads-$each"
	expect_same "('coroutines', 'coroutines', 1, $threads, $each, $((threads * each)))" \
		"$(json report '(d["pool"], d["asked"], d["processes"], d["threads"], d["coroutines"], len(d["workers"]))')"
}

shapes() {
	[[ $(ulimit -n) == unlimited || $(ulimit -n) -ge 1024 ]] || skip "too few descriptors: $(ulimit -n)"
	needs_uring
	fixture
	expect_shape 1 7 -j 7
	expect_shape 3 5 -j 3x5
	expect_shape 1 256 -j 256
	expect_shape 2 1 -j 2x1
	expect_same True "$(json report 'd["calls"]["enters"] > 0 and d["calls"]["later"] > 0')"
	expect_status 2 "$PCOPY" --pool=threads -j 2x2 src dst
	expect_stderr "pcopy: --jobs=2x2 requires --pool=hybrid or coroutines, not --pool=threads"
}

by_default() {
	needs_uring
	fixture
	expect_status 0 "$PCOPY" --pool=coroutines --json=report src dst
	diff -r src dst
	expect_same "($(nproc), True)" \
		"$(json report '(d["threads"], d["width"]["most"] >= 16 * d["threads"])')"
}

# The process has as many threads as requested; it does not create the threads of the kernel by its own calls.
threads_there() {
	needs_uring
	command -v strace >/dev/null || skip "no strace"
	strace -f -qq -o /dev/null -e trace=none true 2>/dev/null || skip "strace cannot trace here"
	fixture
	expect_status 0 strace -f -qq -o trace -e trace=clone,clone3 "$PCOPY" --pool=coroutines -j 3x8 src dst
	expect_same 3 "$(grep -c 'CLONE_THREAD.*= [1-9]' trace)" threads
}

stats() {
	needs_uring
	fixture
	expect_status 0 "$PCOPY" --pool=coroutines -j 2x4 --stats src dst
	grep -qx 'Pool            coroutines, 8 workers (2 x 4: threads x coroutines)' "$out" || fail "$(cat "$out")"
	grep -qE '^io_uring        [0-9,]+ calls completed at once, [0-9,]+ later, [0-9,]+ as system calls; entered [0-9,]+ times$' "$out" ||
		fail "$(cat "$out")"
}

# The trace has a track for each coroutine, which names the thread that ran it.
traced() {
	needs_uring
	fixture
	expect_status 0 "$PCOPY" --pool=coroutines -j 2x3 --trace=trace src dst
	expect_same "['worker 0 (thread 0)', 'worker 1 (thread 1)', 'worker 2 (thread 0)', 'worker 3 (thread 1)', 'worker 4 (thread 0)', 'worker 5 (thread 1)']" \
		"$(json trace '[e["args"]["name"] for e in d["traceEvents"] if e["name"] == "thread_name"]')"
}

benched() {
	needs_uring
	fixture
	expect_status 0 "$PCOPY" --bench=threads,coroutines --sweep=j:2,16 --runs=1 --json=report src dst
	expect_same "['threads -j 2', 'threads -j 16', 'coroutines -j 2', 'coroutines -j 16']" \
		"$(json report '[m["mode"] for m in d["modes"]]')"
	json_same report "[2, 16, 2, 16]" '[m["workers"] for m in d["modes"]]' \
		True 'all(m["valid"] for m in d["modes"])'
}

# Coroutines measure CPU time by turns: their sum is not more than the time that passed.
time_of_turns() {
	needs_uring
	fixture
	expect_status 0 "$PCOPY" --pool=coroutines -j 32 --json=report src dst
	expect_same True "$(json report 'sum(w["cpu_ns"] for w in d["workers"]) <= d["wall_ns"]')"
}

# ---- Where io_uring is not available ----

# without ERRNO REASON: io_uring_setup() fails with ERRNO, and pcopy reports REASON.
without() {
	[[ -x $refuse ]] || skip "$refuse was not built"
	"$refuse" "$1" io_uring_setup -- true || skip "no filter can be had"
	expect_built_with
	fixture
	expect_status 0 "$refuse" "$1" io_uring_setup -- "$PCOPY" --pool=coroutines -j 2x2 --events=events --json=report src dst
	expect_stderr "pcopy: io_uring is not available ($2): using 4 threads instead"
	diff -r src dst
	expect_same "('threads', 'coroutines', 4)" "$(json report '(d["pool"], d["asked"], len(d["workers"]))')"
	expect_same 1 "$(grep -c '^{"event":"fallback","threads":4,' events)" "events"
	expect_status 0 "$refuse" "$1" io_uring_setup -- "$PCOPY" --pool=coroutines -j 2 --stats src dst-2
	grep -qx 'Pool            threads (requested: coroutines), 2 workers' "$out" || fail "$(cat "$out")"
	expect_status 2 "$refuse" "$1" io_uring_setup -- "$PCOPY" --pool=coroutines --no-fallback src dst-3
	expect_stderr "pcopy: io_uring is not available ($2)"
	expect_missing dst-3
	expect_status 0 "$refuse" "$1" io_uring_setup -- "$PCOPY" --no-fallback src dst-4
	expect_quiet
}

expect_built_with() {
	! "$PCOPY" --pool=coroutines --no-fallback x y 2>&1 | grep -q 'built without' || skip "built without io_uring"
}

# --bench runs only the rows that are possible.
bench_without() {
	[[ -x $refuse ]] || skip "$refuse was not built"
	"$refuse" EPERM io_uring_setup -- true || skip "no filter can be had"
	fixture
	expect_status 0 "$refuse" EPERM io_uring_setup -- "$PCOPY" --bench --runs=1 --json=report src dst
	expect_same "['serial', 'threads', 'processes', 'hybrid', 'auto']" "$(json report '[m["mode"] for m in d["modes"]]')"
}

# The system-wide switch, in a mount namespace where its file says that it is off: a seccomp filter makes
# the call fail, and pcopy reports the reason that it reads from the file.
switched_off() {
	[[ -x $refuse && -n ${PCOPY_TEST_NS:-} ]] || skip "no mounts of its own"
	"$refuse" EPERM io_uring_setup -- true || skip "no filter can be had"
	expect_built_with
	[[ -e $disabled ]] || skip "this kernel has no $disabled"
	echo 2 >two
	fixture
	mount --bind two "$disabled" 2>/dev/null || skip "nothing can be mounted over $disabled"
	expect_status 0 "$refuse" EPERM io_uring_setup -- "$PCOPY" --pool=coroutines -j 2 src dst
	umount "$disabled"
	expect_stderr "pcopy: io_uring is not available (Operation not permitted: kernel.io_uring_disabled is 2): using 2 threads instead"
}

check "threads and coroutines" shapes
check "by default" by_default
check "threads of the process" threads_there
check "--stats" stats
check "--trace" traced
check "--bench" benched
check "CPU time" time_of_turns
if [[ ! -e $disabled || $(<"$disabled") == 0 ]]; then
	check "a filter" without EPERM "Operation not permitted: blocked by a seccomp filter, as in containers"
fi
check "an old kernel" without ENOSYS "Function not implemented: this kernel was built without it"
check "--bench without it" bench_without
check "switched off" switched_off
done_testing
