# Clones on the file systems that can, a clear refusal on those that cannot.
. "$(dirname "$0")/lib.sh"

command -v filefrag >/dev/null || skip_all "no filefrag"

fixture() {
	mkdir src
	head -c 3000000 /dev/urandom >src/large
	head -c 70000 /dev/urandom >src/small
	: >src/empty
	sync -f src
}

shared() {
	filefrag -sv "$1" | grep -q shared
}

clones() {
	mount_image "$1" 400M
	cd mnt
	fixture
	for options in --reflink=always --reflink=auto '' '--reflink=always --chunk-size=1M'; do
		rm -rf dst
		# shellcheck disable=SC2086
		expect_status 0 pcopy $options src dst
		same_tree src dst
		for file in large small; do
			shared dst/$file || fail "$options: $file shares nothing"
		done
		expect_no_temporary dst
	done
}

never() {
	mount_image "$1" 400M
	cd mnt
	fixture
	for options in '' --chunk-size=1M; do
		rm -rf dst
		# shellcheck disable=SC2086
		expect_status 0 pcopy --reflink=never $options src dst
		same_tree src dst
		for file in large small; do
			! shared dst/$file || fail "$file is shared"
		done
	done
}


# GNU's words; no file that was not cloned is left.
refused() {
	mount_image "$1" 40M
	JUDGE=messages
	cd mnt
	like_cp plain --reflink=always one two
	expect_missing pcopy/two
	mkdir src
	head -c 3000000 /dev/urandom >src/large
	expect_status 1 pcopy --reflink=always -T src dst
	expect_status 1 pcopy --reflink=always --chunk-size=1M -T src dst
	expect_missing dst/large
	expect_no_temporary dst
	expect_status 0 pcopy --reflink=auto -T src dst
	same_tree src dst
}

plain() {
	echo some >one
}

for fs in xfs btrfs; do
	each_pool "$fs clones" clones "$fs"
	each_pool "$fs, --reflink=never" never "$fs"
done
for fs in tmpfs ext4; do
	each_pool "$fs cannot" refused "$fs"
done
done_testing
