# pcopy keeps, fills or makes holes, as its options request.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../crash/resume.sh"

# Blocks of 512 bytes; a file system may add a few of its own.
slack=256

blocks() {
	stat -c %b "$1"
}

# The files have data at the start, in the middle, at the end, or nowhere, and holes at either end.
fixture() {
	mkdir src
	truncate -s 8M src/hole
	truncate -s 8M src/middle
	head -c 65536 /dev/urandom | dd of=src/middle bs=64K seek=50 conv=notrunc status=none
	head -c 65536 /dev/urandom >src/start
	truncate -s 8M src/start
	truncate -s 8388000 src/end
	head -c 1000 /dev/urandom >>src/end
	local i
	for i in {0..31}; do
		head -c 4096 /dev/urandom | dd of=src/comb bs=4K seek=$((i * 16)) conv=notrunc status=none
	done
	truncate -s 1 src/byte
	[[ $(blocks src/hole) -lt $slack ]] || skip "this file system has no holes"
}

kept() {
	local file
	fixture
	for options in --sparse=auto '--sparse=auto --chunk-size=1M' '--reflink=never' \
		'--reflink=never --chunk-size=1M'; do
		rm -rf dst
		# shellcheck disable=SC2086
		expect_status 0 pcopy $options src dst
		same_tree src dst type,link
		for file in hole middle start end comb; do
			[[ $(blocks dst/$file) -le $(($(blocks src/$file) + slack)) ]] ||
				fail "$options: $file has $(blocks dst/$file) blocks," \
					"its source has $(blocks src/$file)"
		done
	done
}

filled() {
	local file
	fixture
	for options in '' --chunk-size=1M; do
		rm -rf dst
		# shellcheck disable=SC2086
		expect_status 0 pcopy --sparse=never $options src dst
		same_tree src dst type,link
		for file in hole middle start end comb; do
			[[ $(($(blocks dst/$file) * 512)) -ge $(stat -c %s src/$file) ]] ||
				fail "$file has only $(blocks dst/$file) blocks"
		done
	done
}

made() {
	mkdir src
	head -c 8388608 /dev/zero >src/zeros
	(head -c 2097152 /dev/zero && echo data && head -c 2097152 /dev/zero) >src/mixed
	head -c 100 /dev/zero >src/short
	# one read returns the last data and the zeros after it
	(echo data && head -c 100000 /dev/zero) >src/tail
	(head -c 2097152 /dev/zero && echo data && head -c 100000 /dev/zero) >src/far-tail
	truncate -s 8M probe
	[[ $(blocks probe) -lt $slack ]] || skip "this file system has no holes"
	for options in '' --chunk-size=1M; do
		rm -rf dst
		# shellcheck disable=SC2086
		expect_status 0 pcopy --sparse=always $options src dst
		same_tree src dst type,link
		[[ $(blocks dst/zeros) -le $slack ]] || fail "zeros: $(blocks dst/zeros) blocks"
		[[ $(blocks dst/mixed) -le $slack ]] || fail "mixed: $(blocks dst/mixed) blocks"
	done
	# By default allocated zeros stay allocated.
	expect_status 0 pcopy --reflink=never src plain
	[[ $(blocks plain/zeros) -ge 16384 ]] || fail "zeros lost their blocks"
}

# A hole in the source replaces data in the target.
over_data() {
	fixture
	mkdir dst
	head -c 9000000 /dev/urandom >dst/middle
	head -c 9000000 /dev/urandom >dst/hole
	expect_status 0 pcopy -T src dst
	same_tree src dst type,link
}

huge() {
	mkdir src
	truncate -s 1T src/huge 2>/dev/null || skip "no file of 1 TiB on this file system"
	echo here | dd of=src/huge bs=1M seek=500000 conv=notrunc status=none
	expect_status 0 pcopy src dst
	expect_same 1099511627776 "$(stat -c %s dst/huge)" size
	[[ $(blocks dst/huge) -le $(($(blocks src/huge) + slack)) ]] || fail "$(blocks dst/huge) blocks"
	expect_same here "$(dd if=dst/huge bs=5 skip=524288000000 iflag=skip_bytes count=1 status=none)"
}

# sparse_file NAME LENGTH BLOCKS: makes a file with BLOCKS blocks of 4 KiB, spread evenly over the length.
sparse_file() {
	"${PCOPY_PYTHON:-python3}" -S -c 'import os, sys
name, length, blocks = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
fd = os.open(name, os.O_WRONLY | os.O_CREAT, 0o644)
os.truncate(fd, length)
for i in range(blocks):
    os.pwrite(fd, os.urandom(4096), length // blocks * i // 4096 * 4096)' "$@"
	[[ $(blocks "$1") -le $(($3 * 8 + slack)) ]] || skip "this file system has no such holes"
}

# same_data A B: both have the same length and data, read without the holes, and B allocates no other blocks.
same_data() {
	"${PCOPY_PYTHON:-python3}" -S -c 'import os, sys
def data(name):
    fd = os.open(name, os.O_RDONLY)
    length, at = os.fstat(fd).st_size, 0
    yield length
    while at < length:
        try:
            at = os.lseek(fd, at, os.SEEK_DATA)
        except OSError:
            return
        block = os.pread(fd, 4096, at // 4096 * 4096)
        if block.strip(b"\0"):
            yield at // 4096, block
        at = (at // 4096 + 1) * 4096
sys.exit(list(data(sys.argv[1])) != list(data(sys.argv[2])))' "$@" || fail "$2 is not $1"
	[[ $(blocks "$2") -le $(($(blocks "$1") + slack)) ]] || fail "$(blocks "$2") blocks"
}

# expect_jobs REPORT LIMIT: the run had at most LIMIT jobs.
expect_jobs() {
	local jobs
	jobs=$(json "$1" 'd["jobs"]')
	[[ $jobs -le $2 ]] || fail "$jobs jobs and not $2"
}

# Chunks consist of data, not of length.  This file has 33 of them; further jobs handle the part before
# the first chunk, the operand and the end.
chunks_of_data() {
	local options
	sparse_file src $((512 << 20)) 528
	[[ $(stat -c %s src) -eq 536870912 ]]
	for options in '' --reflink=never --method=rw --sparse=always -a; do
		rm -f dst
		# shellcheck disable=SC2086
		expect_status 0 pcopy --chunk-size=64K $options --json=report src dst
		same_data src dst
		expect_jobs report 37
	done
	sparse_file dense 524288 128
	rm -f dst
	expect_status 0 pcopy --chunk-size=64K --json=report dense dst
	cmp dense dst
	expect_jobs report 10
}

# All data lies at the start, or at the end; --verify reads the copies back.
huge_in_chunks() {
	local length
	for length in $((1 << 47)) $((1 << 43)) 0; do
		[[ $length -ne 0 ]] || skip "no file of 8 TiB on this file system"
		! truncate -s "$length" front 2>/dev/null || break
	done
	head -c 2M /dev/urandom | dd of=front bs=1M conv=notrunc status=none
	truncate -s "$length" back
	head -c 2M /dev/urandom | dd of=back bs=1M seek=$(((length >> 20) - 2)) conv=notrunc status=none
	for file in front back; do
		expect_status 0 pcopy --chunk-size=1M --verify --json=report "$file" "$file-2"
		same_data "$file" "$file-2"
		expect_jobs report 7
		expect_status 0 pcopy --chunk-size=1M --verify-only "$file" "$file-2"
		printf X | dd of="$file-2" bs=1 seek=$((length - 10000)) conv=notrunc status=none
		expect_status 3 pcopy --chunk-size=1M --verify-only "$file" "$file-2"
		grep -q "byte $((length - 10000))" "$out" "$err" || fail "not named: $(cat "$out" "$err")"
	done
}

# A copy is killed and resumed: no range is copied twice, except the one in progress.
resumed() {
	local i before
	sparse_file src $((1 << 30)) 2048
	for i in {1..20}; do
		rm -rf dst
		mkdir dst
		start "$PCOPY" "${P[@]}" --chunk-size=64K --reflink=never --bwlimit=4M -a --fsync=file src dst
		while_running "$pid" ranges_in dst 5 || :
		kill -STOP "$pid" 2>/dev/null || :
		children "$pid"
		kill -KILL "$pid" "${kids[@]}" 2>/dev/null || :
		wait "$pid" || :
		part=(dst/.pcopy-*.part)
		[[ ! -e ${part[0]} ]] || break
	done
	[[ -e ${part[0]} ]] || fail "never saw a copy in mid-work"
	before=$(chunks_in "${part[0]}" 64K "$(stat -c %s src)")
	[[ $before -ge 5 ]] || fail "only $before ranges were in"
	expect_status 0 pcopy --chunk-size=64K --fsync=file -a --resume --json=report src dst
	same_data src dst/src
	expect_no_temporary dst
	i=$(json report 'sum(m["bytes"] for m in d["methods"].values())')
	[[ $((i + (before - 1) * 65536)) -le $((2048 * 4096)) ]] ||
		fail "$before ranges were in, and $i bytes were moved"
}

ranges_in() {
	part=("$1"/.pcopy-*.part)
	[[ -e ${part[0]} && $(chunks_in "${part[0]}" 64K "$(stat -c %s src)" 2>/dev/null || echo 0) -ge $2 ]]
}

# XFS preallocates blocks beyond the end of a written file: pcopy frees those that lie in a hole.
allocated_ahead() {
	local i
	mount_image xfs 320m
	truncate -s 4M mnt/src
	for i in 0 4 8; do
		head -c 262144 /dev/urandom | dd of=mnt/src bs=64K seek=$((2 * i)) conv=notrunc status=none
	done
	cp --reflink=never --sparse=always mnt/src mnt/cp
	expect_status 0 pcopy --sparse=always mnt/src mnt/dst
	cmp mnt/src mnt/dst
	expect_same "$(blocks mnt/cp)" "$(blocks mnt/dst)" blocks
}

each_pool "holes kept" kept
each_pool "holes filled" filled
each_pool "holes made" made
each_pool "holes over old data" over_data
each_pool "1 TiB of hole" huge
each_pool "blocks that are allocated ahead" allocated_ahead
each_pool "chunks of data" chunks_of_data
each_pool "chunks of a huge file" huge_in_chunks
each_pool "a file with holes, resumed" resumed
done_testing
