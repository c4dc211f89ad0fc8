# Holes stay holes, are filled, or are made, as asked for.
. "$(dirname "$0")/lib.sh"

# Blocks of 512 bytes; a file system may add a few of its own.
slack=256

blocks() {
	stat -c %b "$1"
}

# Data at the start, in the middle, at the end, nowhere; holes at either end.
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
	# the last data and the zeros behind it come in one read
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
	# By default zeros that are data stay data.
	expect_status 0 pcopy --reflink=never src plain
	[[ $(blocks plain/zeros) -ge 16384 ]] || fail "zeros lost their blocks"
}

# A hole in the source over data in the target.
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

each_pool "holes kept" kept
each_pool "holes filled" filled
each_pool "holes made" made
each_pool "holes over old data" over_data
each_pool "1 TiB of hole" huge
done_testing
