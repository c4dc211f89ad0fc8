# Large files in ranges: they are complete under their final name, or missing.
. "$(dirname "$0")/lib.sh"

several() {
	mkdir src
	head -c 10485760 /dev/urandom >src/even
	head -c 9999999 /dev/urandom >src/odd
	head -c 1048577 /dev/urandom >src/one-more
	head -c 1048576 /dev/urandom >src/exactly
	head -c 1048575 /dev/urandom >src/one-less
	head -c 3333333 /dev/urandom >"src/$(printf 'n%.0s' {1..255})"
	chmod 4710 src/odd
	chmod 444 src/even
	touch -d @1234567890.123456789 src/odd
}

by_size() {
	several
	cp -r src want
	cp -r -p src want-p
	for size in 1M 64K 1000000 3MB 0; do
		expect_status 0 pcopy --chunk-size="$size" src "dst-$size"
		same_tree want "dst-$size"
		expect_no_temporary "dst-$size"
	done
	expect_status 0 pcopy -p --chunk-size=1M src dst-p
	same_metadata want-p dst-p
}

by_workers() {
	local jobs
	several
	for jobs in 1 2 5 16; do
		expect_status 0 "$PCOPY" "--pool=$1" -j "$jobs" --chunk-size=256K src "dst-$jobs"
		same_tree src "dst-$jobs" type,link
		expect_no_temporary "dst-$jobs"
	done
	expect_status 0 pcopy --chunk-size=256K --queue-depth=1 src dst-shallow
	same_tree src dst-shallow type,link
}

# Read and write, the fallback method.
no_offload() {
	several
	expect_status 0 pcopy --chunk-size=1M --reflink=never src dst
	same_tree src dst type,link
}

operand() {
	head -c 5000000 /dev/urandom >big
	echo old >old
	expect_status 0 pcopy --chunk-size=1M big new
	expect_status 0 pcopy --chunk-size=1M big old
	cmp big new
	cmp big old
	expect_no_temporary .
}

# Killed while the temporary name exists: the coordinator is stopped first, so that it cannot
# finish the file between the check and the kill.
killed() {
	local try caught=0
	mkdir src
	head -c 128M /dev/zero >src/big
	for try in {1..10}; do
		mkdir -p dst
		start "$PCOPY" "${P[@]}" --chunk-size=4M --reflink=never --bwlimit=100M -T src dst
		while_running "$pid" has_temporary dst || :
		kill -STOP "$pid" 2>/dev/null || :
		children "$pid"
		kill -KILL "$pid" "${kids[@]}" 2>/dev/null || :
		wait "$pid" || :
		for kid in "${kids[@]}"; do
			until_true gone "$kid"
		done
		if [[ -e dst/big ]]; then
			# The last range was finished before the stop.
			cmp src/big dst/big
		elif has_temporary dst; then
			caught=1
			break
		fi
		rm -rf dst
	done
	expect_same 1 "$caught" "a kill in mid-copy"
	# The leftovers do not disturb the next copy.
	expect_status 0 pcopy --chunk-size=4M -T src dst
	cmp src/big dst/big
}

# Killed at the moment of the rename itself.
killed_at_rename() {
	calls_are_seen
	local call=renameat,renameat2,rename
	command -v strace >/dev/null || skip "no strace"
	strace -o /dev/null true 2>/dev/null || skip "strace is not allowed to trace here"
	mkdir src
	head -c 5000000 /dev/urandom >src/big
	mkdir dst
	strace -f -qq -o trace -e "trace=$call" -e "inject=$call:signal=KILL:when=1" \
		"$PCOPY" "${P[@]}" --chunk-size=1M -T src dst && fail "status 0 without the file"
	grep -q 'rename.*pcopy-' trace || fail "no rename of a temporary name: $(cat trace)"
	expect_missing dst/big
}

each_pool "chunk sizes" by_size
for pool in threads processes hybrid; do
	pool_options "$pool"
	check "numbers of workers ($pool)" by_workers "$pool"
done
each_pool "without offload" no_offload
each_pool "as operand" operand
each_pool "killed in mid-copy" killed
each_pool "killed at the rename" killed_at_rename
done_testing
