# Workers that die: noticed, their jobs done again, replaced.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../crash/kill.sh"

# Killed as fast as they are born: the run ends all the same, and nothing lies.
massacre() {
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
	# Chunked files are there as a whole or not at all.
	for file in large-1 20/large-2; do
		[[ ! -e dst/$file ]] || cmp "src/$file" "dst/$file"
	done
}

# All workers stopped, then killed: each of them surely holds what it holds.
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

for one in processes hybrid; do
	[[ " ${POOLS[*]} " == *" $one "* ]] || continue
	pool_options "$one"
	check "killed at random ($one)" kill_runs 5
	check "all killed at once ($one)" all_at_once
	check "killed as fast as they are born ($one)" massacre
done
done_testing
