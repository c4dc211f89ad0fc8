# The report has the same counts as find.
. "$(dirname "$0")/lib.sh"

fixture() {
	mkdir -p src/a/b/c src/empty
	seq 1 30000 >src/a/numbers
	head -c 3500000 /dev/urandom >src/a/b/large
	: >src/nothing
	for i in {1..50}; do
		echo "$i" >"src/a/b/c/$i"
	done
	ln -s nowhere src/dangling
	ln -s a src/to-a
}

count() {
	find src -type "$1" | wc -l
}

bytes() {
	find src -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%d\n", sum }'
}

as_json() {
	fixture
	expect_status 0 pcopy --chunk-size=1M --json=report src dst
	[[ ! -s $out ]] || fail "stdout: $(cat "$out")"
	check_report report
	expect_status 0 pcopy --chunk-size=1M --json src dst-2
	check_report "$out"
	# -v does not print to stdout, so that it contains only JSON.
	expect_status 0 pcopy -v --json src dst-3
	check_report "$out"
}

check_report() {
	json_same "$1" "$(count f)" 'd["entries"]["file"]["copied"]' \
		"$(count d)" 'd["entries"]["directory"]["copied"]' \
		"$(count l)" 'd["entries"]["symlink"]["copied"]' \
		0 'sum(k["failed"] + k["skipped"] for k in d["entries"].values())' \
		"$(bytes)" 'd["bytes"]' \
		"$(bytes)" 'sum(m["bytes"] for m in d["methods"].values())'
	expect_same "('$pool', 0, 0)" "$(json "$1" '(d["pool"], d["status"], d["replaced"])')"
	json_same "$1" "$(find src | wc -l)" 'sum(w["entries"] for w in d["workers"])' \
		"$(bytes)" 'sum(w["bytes"] for w in d["workers"])' \
		True 'd["wall_ns"] > 0 and d["peak_bytes"] > 0 and d["jobs"] > 0' \
		True 'all(w["busy_ns"] <= d["wall_ns"] for w in d["workers"])'
}

as_text() {
	fixture
	expect_status 0 pcopy --stats src dst
	for word in 'Wall time' 'CPU time' 'Peak memory' 'Rates' 'Methods' 'Workers'; do
		grep -q "^$word" "$out" || fail "no line '$word': $(cat "$out")"
	done
	expect_same "$(count f)" "$(awk '$1 == "files" { print $2 }' "$out" | head -n 1)" files
	expect_same "$(count d)" "$(awk '$1 == "directories" { print $2 }' "$out")" directories
	expect_same "$(count l)" "$(awk '/^ *symbolic link/ { print $3 }' "$out")" "symbolic links"
	expect_same "$(bytes)" "$(awk '$1 == "Bytes" { gsub(",", "", $2); print $2 }' "$out")" bytes
}

# The number of walked entries is copied + skipped + failed.
with_failures() {
	fixture
	mkdir -p dst/nothing dst/a/b/large
	expect_status 1 pcopy --json=report -T src dst
	json_same report "$(find src | wc -l)" 'sum(sum(k.values()) for k in d["entries"].values())' \
		"(2, 1)" '(sum(k["failed"] for k in d["entries"].values()), d["status"])'
	expect_same 2 "$(wc -l <"$err")" "lines on stderr"
}

verbose() {
	fixture
	expect_status 0 pcopy -v src dst
	expect_same "$(find src | wc -l)" "$(wc -l <"$out")" "lines of -v"
	grep -qxF "'src/a/b/c/7' -> 'dst/a/b/c/7'" "$out" || fail "$(head -n 3 "$out")"
	expect_status 0 pcopy -q src dst-2
	[[ ! -s $out && ! -s $err ]] || fail "-q says something"
}

# A report that cannot be written is an error.
unwritable_report() {
	fixture
	expect_status 1 pcopy --json=nowhere/report src dst
	grep -q "nowhere/report" "$err"
	same_tree src dst
	if [[ -w /dev/full ]]; then
		local status=0
		pcopy --json src dst-2 >/dev/full 2>"$err" || status=$?
		expect_same 1 "$status"
		[[ -s $err ]] || fail "nothing was said"
	fi
}

each_pool "--json" as_json
each_pool "--stats" as_text
each_pool "failures counted" with_failures
each_pool "-v and -q" verbose
each_pool "report that cannot be written" unwritable_report
done_testing
