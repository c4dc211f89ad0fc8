# A limit of bytes a second applies to all workers together, with each copy method; cancellation while they wait.
. "$(dirname "$0")/lib.sh"

clock_library=${PCOPY%/*}/tests/libclock.so
rate=$((1 << 20))

# Runs the program with a clock that only sleeping advances, so that the report shows the intended duration.
by_clock() {
	[[ -e $clock_library ]] || skip "no $clock_library"
	expect_status 0 env LD_PRELOAD="$clock_library" timeout --foreground -s KILL 100 \
		"$PCOPY" "${P[@]}" --json=report "$@"
}

# took_as_long_as BYTES EXPRESSION: the nanoseconds in the report are the time that BYTES take.
took_as_long_as() {
	local ns
	ns=$(json report "$2")
	((ns >= 1000000000 * $1 / rate * 95 / 100 && ns <= 1000000000 * $1 / rate * 105 / 100)) ||
		fail "$1 bytes at $rate a second took $ns ns"
}

# Two megabytes: small files, and one that is copied in ranges.
fixture() {
	local i
	mkdir -p src/a src/b
	for i in {1..64}; do
		head -c 10240 /dev/urandom | tee "src/a/$i" >"src/b/$i"
	done
	head -c 786432 /dev/urandom >src/large
}
bytes=$((128 * 10240 + 786432))

# All workers of the pool together take as long as one.
all_together() {
	fixture
	by_clock --bwlimit=1M --chunk-size=256K src dst
	same_tree src dst
	took_as_long_as "$bytes" 'd["wall_ns"]'
	[[ $pool == serial ]] || expect_same True "$(json report 'sum(w["bytes"] > 0 for w in d["workers"]) > 1')"
	expect_no_temporary dst
}

each_method() {
	local method
	fixture
	for method in rw copy_file_range; do
		by_clock --bwlimit=1M --method="$method" src "dst-$method"
		same_tree src "dst-$method"
		expect_same "$bytes" "$(json report "d['methods']['${method/#rw/read/write}']['bytes']")"
		took_as_long_as "$bytes" 'd["wall_ns"]'
	done
	by_clock --bwlimit=1M --sparse=always src dst-sparse
	took_as_long_as "$bytes" 'd["wall_ns"]'
}

# Bytes that come from a FIFO count.
stream() {
	mkfifo fifo
	head -c 1048576 /dev/zero >fifo &
	by_clock --bwlimit=1M fifo file
	expect_same 1048576 "$(stat -c %s file)"
	took_as_long_as 1048576 'd["wall_ns"]'
}

# Verification reads both sides, and the bytes of each side count.
verification() {
	local reader
	fixture
	for reader in hash archive; do
		[[ $reader == hash ]] || bsdtar --version >/dev/null || continue
		by_clock --bwlimit=1M --verify="$reader" src "dst-$reader"
		took_as_long_as "$bytes" 'd["wall_ns"]'
		took_as_long_as $((2 * bytes)) 'd["verification"]["wall_ns"]'
	done
	by_clock --bwlimit=1M --manifest=list src dst-list
	took_as_long_as "$bytes" 'd["verification"]["wall_ns"]'
	by_clock --bwlimit=1M --check=list dst-list
	took_as_long_as "$bytes" 'd["verification"]["wall_ns"]'
}

# Clones transfer no bytes.
clones() {
	mount_image btrfs 256M
	head -c 16M /dev/urandom >mnt/file
	by_clock --bwlimit=1 --reflink=always mnt/file mnt/clone
	cmp mnt/file mnt/clone
	expect_same True "$(json report 'd["wall_ns"] < 10**9')"
}

# At one byte a second, a worker that missed the cancellation would still run in a week.
canceled() {
	local status=0
	head -c 1M /dev/zero >src
	mkdir dst
	start "$PCOPY" "${P[@]}" --bwlimit=1 --cancel-timeout=0 src dst/file
	while_running "$pid" has_temporary dst || fail "status $?: $(cat "$err")"
	kill -INT "$pid"
	wait "$pid" || status=$?
	expect_same 130 "$status"
	expect_missing dst/file
	expect_no_temporary dst
}

# The same for a verification.
canceled_verification() {
	local status=0
	head -c 1M /dev/zero >src
	cp src dst
	start "$PCOPY" "${P[@]}" --bwlimit=1 --cancel-timeout=0 --progress=lines --verify-only src dst
	while_running "$pid" is_reading || fail "status $?: $(cat "$err")"
	kill -INT "$pid"
	wait "$pid" || status=$?
	expect_same 130 "$status"
}

# Each thread has a descriptor table of its own.
is_reading() {
	local one
	children "$pid"
	for one in "$pid" "${kids[@]}"; do
		! ls -l "/proc/$one"/task/*/fd 2>/dev/null | grep -q " -> $PWD/dst\$" || return 0
	done
	return 1
}

# Pieces are then smaller than a small file: a copy that is killed meanwhile leaves no half-written file.
no_half_files() {
	local status=0
	head -c 100000 /dev/zero >src
	mkdir dst
	start "$PCOPY" "${P[@]}" --bwlimit=1 src dst/file
	while_running "$pid" has_temporary dst || fail "status $?: $(cat "$err")"
	expect_missing dst/file
	kill -KILL "$pid"
	wait "$pid" || status=$?
	expect_missing dst/file
}

rates() {
	local word
	echo a >src
	for word in '' -1 x 1.5M 1X 10M/s 18446744073709551616; do
		expect_status 2 pcopy --bwlimit="$word" src dst
		expect_stderr "pcopy: invalid argument '$word' for '--bwlimit'"
		expect_missing dst
	done
	for word in 0 10M 1GB 64k 18446744073709551615; do
		expect_status 0 pcopy --bwlimit="$word" src dst
		cmp src dst
	done
	expect_status 2 pcopy --bench --bwlimit=1M src new
	expect_missing new
}

each_pool "all workers together" all_together
each_pool "each method" each_method
check "a FIFO" stream
each_pool "--verify, --manifest, --check" verification
check "clones" clones
each_pool "SIGINT" canceled
each_pool "SIGINT while it reads back" canceled_verification
check "small files are written beside their names" no_half_files
check "rates" rates
done_testing
