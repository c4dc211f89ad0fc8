# kill.sh - kills workers in mid-copy; for tests/cli/workers.sh and kill-workers,
# both of which have sourced tests/cli/lib.sh.
#
# One volley a run: the coordinator is stopped first, so that it cannot hand a
# lost job to a second worker that is killed in the same volley.  A job that
# lost its worker twice is given up by design, with exit status 1.

# kill_tree: a tree of many small files and two of several chunks, at ./src.
kill_tree() {
	local i
	mkdir -p src
	for i in {1..40}; do
		mkdir -p "src/$i/sub"
		seq "$i" | split -a 3 -l 1 - "src/$i/f"
		seq "$((i * 200))" >"src/$i/sub/numbers"
		(cd "src/$i/sub" && seq -f '%03.0f' 30 | xargs touch)
		ln -s "../$i" "src/$i/link"
	done
	head -c 9000000 /dev/urandom >src/large-1
	head -c 5000000 /dev/urandom >src/20/large-2
}

# A random number of the children, one at least, in random order.
choose_victims() {
	local n
	children "$1"
	[[ ${#kids[@]} -gt 0 ]] || return 1
	n=$((RANDOM % ${#kids[@]} + 1))
	mapfile -t victims < <(shuf -n "$n" -e "${kids[@]}")
}

# Waits until the copy has made a random number of entries, so that the volley
# falls anywhere between the first and the last.
some_entries() {
	[[ $(find dst 2>/dev/null | wc -l) -ge $1 ]]
}

# kill_run ENTRIES: one copy with one volley; its tree must be complete.  Adds to
# $hit when a worker was replaced.
kill_run() {
	local status=0
	rm -rf dst report
	start "$PCOPY" "${P[@]}" --chunk-size=1M --json=report src dst
	while_running "$pid" some_entries "$((RANDOM % $1))" || :
	if kill -STOP "$pid" 2>/dev/null; then
		choose_victims "$pid" && kill -KILL "${victims[@]}" 2>/dev/null || :
		kill -CONT "$pid"
	fi
	wait "$pid" || status=$?
	[[ $status -eq 0 ]] || fail "status $status: $(head -n 20 "$err")"
	diff -r --no-dereference src dst || fail "the copy is not complete"
	expect_no_temporary dst
	[[ $(json report 'd["replaced"]') -eq 0 ]] || hit=$((hit + 1))
}

# kill_runs COUNT
kill_runs() {
	local i entries
	hit=0
	kill_tree
	entries=$(find src | wc -l)
	# by chance every kill may come between two jobs: some more runs then
	for ((i = 0; i < $1 || (hit == 0 && i < 10 * $1); i++)); do
		kill_run "$entries"
	done
	echo "$hit of $i runs lost a worker"
	[[ $hit -gt 0 ]] || fail "no kill met a worker in its work"
}
