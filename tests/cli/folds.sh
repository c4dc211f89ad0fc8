# A target that takes names that differ in case for one: the second of two such entries is an
# error that names both, and the first is whole.  NTFS by lowntfs-3g stands for all of them.
. "$(dirname "$0")/lib.sh"

folding() {
	[[ $EUID -eq 0 && -n ${PCOPY_TEST_NS:-} ]] || skip "only root can mount"
	command -v mkntfs >/dev/null && command -v lowntfs-3g >/dev/null || skip "no ntfs-3g"
	truncate -s 100M image
	mkntfs -F -q -f image >/dev/null 2>&1 || skip "mkntfs failed"
	mkdir mnt
	loop=$(losetup --show -f image) || skip "no loop device"
	lowntfs-3g -o ignore_case "$loop" mnt || { losetup -d "$loop"; skip "cannot mount"; }
	losetup -d "$loop" # goes with the mount
}

fixture() {
	mkdir -p s/README.d s/readme.d small middle large others
	echo 1 >s/README.d/a
	echo 2 >s/readme.d/b
	echo upper >small/README
	echo lower >small/readme
	local name
	for name in README readme; do
		head -c 300000 /dev/urandom >"middle/$name"
		head -c 5000000 /dev/urandom >"large/$name"
	done
	ln -s a others/README
	ln -s b others/readme
	mkdir others/sub
	mkfifo others/sub/Fifo others/sub/fifo
}

# both DIR NAME...: that of one and of the other, in one message, and one of them is there.
both() {
	local dir=$1 a=$2 b=$3
	grep -qxF -e "pcopy: cannot copy '$dir/$a': in the target it has the same name as '$dir/$b'" \
		-e "pcopy: cannot copy '$dir/$b': in the target it has the same name as '$dir/$a'" "$err" ||
		fail "$(cat "$err")"
}

one_of_two() {
	folding
	fixture
	local dir how
	for how in -r -a -ru -rn '-r --remove-destination' '-r -b' '-r --atomic=never' '-r --atomic=always'; do
		for dir in small middle large; do
			rm -rf mnt/out
			expect_status 1 pcopy $how --chunk-size=1M $dir mnt/out
			both $dir README readme
			expect_same 1 "$(wc -l <"$err")" "$how $dir: messages"
			cmp -s $dir/README mnt/out/README || cmp -s $dir/readme mnt/out/README ||
				fail "$how $dir: neither"
			expect_no_temporary mnt
		done
		rm -rf mnt/out
		expect_status 1 pcopy $how others mnt/out
		both others README readme
		both others/sub Fifo fifo
		rm -rf mnt/out
		expect_status 1 pcopy $how s mnt/out
		both s README.d readme.d
	done
}

operands() {
	folding
	fixture
	mkdir mnt/out
	expect_status 1 pcopy small/README small/readme mnt/out
	both small README readme
	rm mnt/out/*
	expect_status 1 pcopy middle/README middle/readme mnt/out
	both middle README readme
	expect_status 1 pcopy -r s/README.d s/readme.d mnt/out
	both s README.d readme.d
}

each_pool "one of two" one_of_two
each_pool "operands" operands
done_testing
