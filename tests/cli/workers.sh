# Workers die: the coordinator notices, replaces them, and repeats their jobs.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../crash/kill.sh"

# The test kills workers as fast as they start: the run ends all the same, with a correct status.
kill_all() {
	local status=0 file
	kill_tree
	start "$PCOPY" "${P[@]}" --chunk-size=1M src dst
	while alive "$pid"; do
		children "$pid"
		[[ ${#kids[@]} -eq 0 ]] || kill -KILL "${kids[@]}" 2>/dev/null || :
	done
	wait "$pid" || status=$?
	[[ $status -le 1 ]] || fail "status $status: $(cat "$err")"
	if [[ $status -eq 1 ]]; then
		[[ -s $err ]] || fail "status 1 without a word"
	else
		diff -r --no-dereference src dst
	fi
	# Chunked files are complete or absent.
	for file in large-1 20/large-2; do
		[[ ! -e dst/$file ]] || cmp "src/$file" "dst/$file"
	done
}

# The test stops all workers before it kills them, so that each still holds its job when it dies.
all_at_once() {
	local status=0 hit=0 i
	kill_tree
	for i in {1..5}; do
		rm -rf dst report
		start "$PCOPY" "${P[@]}" --chunk-size=1M --json=report src dst
		while_running "$pid" has_children "$pid" 2 || :
		kill -STOP "$pid" 2>/dev/null || :
		children "$pid"
		[[ ${#kids[@]} -eq 0 ]] || kill -KILL "${kids[@]}" 2>/dev/null || :
		kill -CONT "$pid" 2>/dev/null || :
		wait "$pid" || fail "status $?: $(cat "$err")"
		diff -r --no-dereference src dst
		[[ $(json report 'd["replaced"]') -eq 0 ]] || hit=$((hit + 1))
	done
	[[ $hit -gt 0 ]] || fail "no kill met a worker in its work"
}

trap_library=${PCOPY%/*}/tests/libtrap.so

# A prefix that refuses system calls, as on an older kernel.
WITHOUT=()

# trapped_to STATUS NAME ACTION ARG...: a source of this name kills or stops the worker that opens it.
trapped_to() {
	local status=$1
	[[ -e $trap_library ]] || skip "no $trap_library"
	AS=("${WITHOUT[@]}" env "TRAP=$2 $3" "LD_PRELOAD=$trap_library")
	shift 3
	expect_status "$status" "${AS[@]}" timeout --foreground -s KILL 100 "$PCOPY" "${P[@]}" --json=report "$@"
}

trapped() {
	trapped_to 1 "$@"
}

# only_failed NAME: only NAME is reported and missing, all else is copied, and the report's counts are right.
only_failed() {
	expect_stderr "pcopy: cannot copy 'src/$1': its workers died"
	expect_same 1 "$(grep -c 'cannot copy' "$err")"
	rm -rf expected
	cp -a src expected
	rm -rf "expected/$1"
	diff -r --no-dereference expected dst
	expect_same 1 "$(json report 'sum(e["failed"] for e in d["entries"].values())')"
	expect_same "$(find expected | wc -l)" \
		"$(json report 'sum(e["copied"] for e in d["entries"].values())')"
	expect_no_temporary dst
}

poison_tree() {
	local i
	mkdir -p src/a/b src/z
	for i in {1..90}; do
		echo "$i" | tee "src/$i" "src/a/$i" "src/a/b/$i" >/dev/null
	done
}

# A file that crashes each worker that opens it is the only one that is not copied.
poison_file() {
	poison_tree
	echo bad >src/a/b/poison
	trapped poison SEGV src dst
	only_failed a/b/poison
}

# Without pidfd_open only the coordinator's periodic check notices the death of a worker.
poison_without_pidfd() {
	local refuse=${REFUSE:-$PCOPY_BUILD/tests/refuse}
	[[ -x $refuse ]] || skip "$refuse was not built"
	poison_tree
	echo bad >src/a/b/poison
	WITHOUT=("$refuse" ENOSYS pidfd_open --)
	trapped poison SEGV src dst
	only_failed a/b/poison
}

poison_directory() {
	poison_tree
	mkdir src/a/poison
	trapped poison SEGV src dst
	only_failed a/poison
}

# SIGKILL ends the worker, as from the out-of-memory killer.
poison_kill() {
	poison_tree
	echo bad >src/a/poison
	trapped poison KILL src dst
	only_failed a/poison
}

# The file that kills its worker lies among many files with two names each, whose hard links are kept.
poison_link() {
	local i
	poison_tree
	for i in {1..40}; do
		echo "$i" >"src/a/one-$i"
		ln "src/a/one-$i" "src/z/two-$i"
	done
	mv src/a/one-7 src/a/poison
	rm src/z/two-7
	ln src/a/poison src/a/poison-2
	rm src/a/poison-2
	trapped poison SEGV -a src dst
	only_failed a/poison
	expect_same "$(stat -c %i dst/a/one-8)" "$(stat -c %i dst/z/two-8)"
}

poison_operand() {
	mkdir src dst
	echo 1 >src/1
	echo bad >src/poison
	echo 3 >src/3
	trapped poison SEGV src/1 src/poison src/3 dst
	left_in_dst=$(ls dst | tr '\n' ' ')
	expect_same "1 3 " "$left_in_dst"
	expect_stderr "pcopy: cannot copy 'src/poison': its workers died"
}

poison_large() {
	poison_tree
	head -c 3000000 /dev/urandom >src/a/poison
	trapped poison SEGV --chunk-size=1M src dst
	only_failed a/poison
}

# A stopped worker delays neither the other workers nor the end of the run.
stopped() {
	poison_tree
	echo late >src/a/stops
	TRAP_ONCE=$PWD/stopped trapped_to 0 stops STOP src dst
	[[ -d stopped ]] || fail "no worker was stopped"
	diff -r --no-dereference src dst
	expect_same 1 "$(json report 'd["replaced"]')" "workers replaced"
}

# Workers of one process die together: --resume copies the rest.  A small file may be left empty under its
# final name, newer than its source, so that -u would skip it.
killed_together() {
	local status i entries hit=0
	kill_tree
	entries=$(find src | wc -l)
	for i in {1..20}; do
		[[ $hit -lt 3 ]] || break
		rm -rf dst
		status=0
		start "$PCOPY" "${P[@]}" --chunk-size=1M -a -T src dst
		while_running "$pid" some_entries "$((RANDOM % (entries / 2)))" || :
		kill -KILL "$pid" 2>/dev/null || :
		wait "$pid" || status=$?
		[[ $status -ne 137 ]] || hit=$((hit + 1))
		expect_status 0 "$PCOPY" "${P[@]}" --chunk-size=1M -a --resume -T src dst
		find dst -name '.pcopy-*' -delete
		diff -r --no-dereference src dst
	done
	[[ $hit -gt 0 ]] || fail "no kill met a copy in its work"
}

# The process with all its workers is stopped and continued again and again.
stopped_together() {
	local i
	kill_tree
	start "$PCOPY" "${P[@]}" --chunk-size=1M -T src dst
	for i in {1..20}; do
		while_running "$pid" some_entries "$((i * 100))" || break
		kill -STOP "$pid" 2>/dev/null || break
		kill -CONT "$pid"
	done
	wait "$pid" || fail "status $?: $(cat "$err")"
	diff -r --no-dereference src dst
	expect_no_temporary dst
}

for one in $(pools_among threads coroutines); do
	pool_options "$one"
	check "all killed ($one)" killed_together
	check "all stopped ($one)" stopped_together
done
for one in $(pools_among processes hybrid); do
	pool_options "$one"
	check "killed at random ($one)" kill_runs 5
	check "all killed at once ($one)" all_at_once
	check "killed as fast as they are started ($one)" kill_all
	check "one stopped ($one)" stopped
	check "a file that crashes its worker ($one)" poison_file
	check "a file that crashes its worker, no pidfd ($one)" poison_without_pidfd
	check "a directory that crashes its worker ($one)" poison_directory
	check "a file that gets its worker killed ($one)" poison_kill
	check "a linked file that crashes its worker ($one)" poison_link
	check "an operand that crashes its worker ($one)" poison_operand
	check "a large file that crashes its worker ($one)" poison_large
done
done_testing
