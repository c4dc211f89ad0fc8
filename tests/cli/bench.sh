# --bench compares the pools and the default, and leaves no copies.
. "$(dirname "$0")/bench-room"
. "$(dirname "$0")/lib.sh"

fixture() {
	mkdir -p src/a/b
	for i in {1..30}; do
		seq "$((i * 50))" >"src/a/b/$i"
	done
	: >src/empty
	ln -s a src/link
}

table() {
	fixture
	expect_status 0 "$PCOPY" --bench --runs=2 src dst
	expect_quiet
	for mode in "${every_pool[@]}" auto; do
		expect_same 4 "$(grep -c "^$mode  *[0-9]" "$out")" "rows of $mode"
	done
	grep -q '^Tree ' "$out" && grep -q '^Machine ' "$out" || fail "$(cat "$out")"
	grep -qiE 'threads .*processes' "$out" || fail "no sentence: $(cat "$out")"
	! grep -q INVALID "$out" || fail "$(cat "$out")"
	expect_same "" "$(awk 'length > 80' "$out")" "lines wider than 80 columns"
	! grep -q "$(printf '\033')" "$out" || fail "colours in a file"
	expect_missing dst
}

samples() {
	fixture
	expect_status 0 "$PCOPY" --bench --runs=3 --warmup=0 --json=report src dst
	expect_same "$(rows_of_all)" \
		"$(json report '[m["mode"] for m in d["modes"]]')"
	json_same report "{3}" '{len(m["samples"]) for m in d["modes"]}' \
		True 'all(s["valid"] and s["wall_s"] > 0 and s["peak_bytes"] > 0
			for m in d["modes"] for s in m["samples"])' \
		"$(find src -type f | wc -l)" 'd["tree"]["files"]' \
		"$(find src -type d | wc -l)" 'd["tree"]["directories"]' \
		"$(cat src/a/b/* | wc -c)" 'd["tree"]["bytes"]' \
		"$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo)" 'd["machine"]["memory_bytes"] // 1024'
	# The figures follow from the samples.
	json_same report True 'all(abs(__import__("statistics").median(s["wall_s"] for s in m["samples"])
			- m["summary"]["wall"]["median_s"]) < 1e-6 for m in d["modes"])' \
		True 'all(min(s["wall_s"] for s in m["samples"]) == m["summary"]["wall"]["min_s"] for m in d["modes"])'
	expect_missing dst
}

some_modes() {
	fixture
	expect_status 0 "$PCOPY" --bench=threads,processes --runs=1 --json src dst
	expect_same "['threads', 'processes']" "$(json "$out" '[m["mode"] for m in d["modes"]]')"
	expect_missing dst
}

# --bench does not clone files unless cloning was requested.
no_clones() {
	fixture
	expect_status 0 "$PCOPY" --bench=serial --runs=1 --json src dst
	expect_same 0 "$(json "$out" \
		'sum(s["inside"]["method_bytes"]["clone"] for m in d["modes"] for s in m["samples"])')"
}

empty_target() {
	fixture
	mkdir dst
	expect_status 0 "$PCOPY" --bench --runs=1 src dst
	[[ -d dst ]] || fail "a directory that was there is gone"
	expect_same "" "$(ls -A dst)"
}

full_target() {
	fixture
	mkdir dst
	echo precious >dst/file
	expect_status 2 "$PCOPY" --bench --runs=1 src dst
	[[ -s $err ]] || fail "refused without a word"
	expect_same precious "$(cat dst/file)"
	expect_same file "$(ls -A dst)"
}

file_target() {
	fixture
	echo precious >dst
	expect_status 2 "$PCOPY" --bench --runs=1 src dst
	expect_same precious "$(cat dst)"
}

into_itself() {
	fixture
	find src | sort >before
	"$PCOPY" --bench --runs=1 src src/dst >"$out" 2>"$err" && fail "status 0"
	find src | sort | diff before - || fail "something was left in the source"
}

# A run with an error is not a valid sample.
invalid() {
	fixture
	become_user
	echo secret >src/secret
	chmod 000 src/secret
	give_to_user src/secret
	expect_status 1 "${AS[@]}" "$PCOPY" --bench --runs=1 src dst
	grep -q INVALID "$out" || fail "$(cat "$out" "$err")"
	expect_missing dst
}

missing_source() {
	"$PCOPY" --bench --runs=1 nowhere dst >"$out" 2>"$err" && fail "status 0"
	grep -q nowhere "$err"
	expect_missing dst
}

interrupted() {
	local status=0
	mkdir src
	truncate -s 64M src/big
	start "$PCOPY" --bench --runs=100 --sparse=never src dst
	while_running "$pid" test -e dst || fail "ended: $(cat "$err")"
	kill -INT "$pid"
	wait "$pid" || status=$?
	expect_same 130 "$status"
	expect_missing dst
}

# When it is interrupted while several copies exist, pcopy removes all of them.
interrupted_late() {
	local status=0
	fixture
	start "$PCOPY" --bench=serial --runs=1000 src dst
	while_running "$pid" test -e dst/copy-3 || fail "ended: $(cat "$err")"
	kill -INT "$pid"
	wait "$pid" || status=$?
	expect_same 130 "$status"
	expect_missing dst
}

# counted OPTION...: after each run the command appends the number of existing copies to ./counts
counted() {
	expect_status 0 "$PCOPY" --bench=serial --runs=3 --json=report \
		--bench-command="sh -c 'cp -r {src} {dst}; ls {dst}/.. | grep -c copy- >>counts'" "$@"
}

copies_kept() {
	fixture
	counted src dst
	expect_same "2 4 6 8" "$(echo $(cat counts))"
	expect_same kept "$(json report 'd["experiment"]["copies"]')"
	expect_missing dst
	rm counts
	counted --keep-copies=never src dst
	expect_same "1 1 1 1" "$(echo $(cat counts))"
	expect_same removed "$(json report 'd["experiment"]["copies"]')"
	expect_missing dst
	expect_status 0 "$PCOPY" --bench=serial --runs=1 src dst
	grep -q '^ *copies kept until the last run$' "$out" || fail "$(cat "$out")"
	expect_status 0 "$PCOPY" --bench=serial --runs=1 --keep-copies=never src dst
	grep -q '^ *copies each removed before the next run$' "$out" || fail "$(cat "$out")"
}

# A file system with room for two copies, but not for eight.
copies_no_room() {
	[[ $EUID -eq 0 ]] || skip "no root for a mount"
	fixture
	mkdir mnt
	mount -t tmpfs -o size=700k none mnt || skip "no tmpfs"
	counted src mnt
	expect_same "1 1 1 1" "$(echo $(cat counts))"
	expect_same no-room "$(json report 'd["experiment"]["copies"]')"
	expect_same "" "$(ls -A mnt)"
	expect_status 0 "$PCOPY" --bench=serial --runs=6 src mnt
	grep -q '^ *copies each removed .*: no room for all of them$' "$out" || fail "$(cat "$out")"
}

# --runs=auto ends when another round has no room: the times of this command never become precise enough.
copies_until_full() {
	[[ $EUID -eq 0 ]] || skip "no root for a mount"
	fixture
	mkdir mnt
	mount -t tmpfs -o size=1900k none mnt || skip "no tmpfs"
	expect_status 0 "$PCOPY" --bench=none --runs=auto --max-time=60 --warmup=0 --json=report \
		--bench-command='sh -c "cp -r {src} {dst}; rm nap 2>/dev/null && sleep 0.1 || : >nap"' src mnt
	expect_same "(True, 'kept')" \
		"$(json report '(5 <= len(d["modes"][0]["samples"]) < 20, d["experiment"]["copies"])')"
	expect_same "" "$(ls -A mnt)"
}

# pcopy passes the given options to each copy unchanged, but not those of the benchmark and its reports.
passed_on() {
	command -v strace >/dev/null || skip "no strace"
	fixture
	expect_status 0 strace -f -qq -s 4096 -e trace=execve -o calls "$PCOPY" -auv --bench=serial,threads \
		--runs=1 --warmup=0 --fsync=end -S "it's" --exclude-from=- --stats --export-json=report src dst \
		< <(printf '%s\n' '2?' 'no such name')
	expect_same 2 "$(grep -cF '"--reflink=never", "--archive", "-u", "--fsync=end", "--suffix=it'"'"'s", "--filter=- 2?", "--filter=- no such name", "--pool=' calls)"
	! grep -F -- --reflink=never calls | grep -qE -- '"(-v|--verbose|--stats|--runs=.*|--exclude-from.*)"' || fail "$(cat calls)"
	expect_same "['--reflink=never', '--archive', '-u', '--fsync=end', \"--suffix=it's\", '--filter=- 2?', '--filter=- no such name']" \
		"$(json report 'd["options"]')"
	grep -q '^Options   --reflink=never --archive -u --fsync=end ' "$out" || fail "$(cat "$out")"
	expect_same 21 "$(json report 'd["tree"]["files"]')"
}

check "table of all modes" table
check "options are passed on" passed_on
check "JSON with all samples" samples
check "modes by name" some_modes
check "no clones" no_clones
check "empty target kept" empty_target
check "full target refused" full_target
check "file as target refused" file_target
check "into itself" into_itself
check "a run with an error is INVALID" invalid
check "missing source" missing_source
check "interrupted" interrupted
check "interrupted with copies there" interrupted_late
check "copies are kept" copies_kept
check "no room for copies" copies_no_room
check "until there is no room" copies_until_full
done_testing
