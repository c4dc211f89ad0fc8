# pcopy clones on file systems that support it, and reports a clear error on those that do not.
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

# Prints the position and the flags of each extent of a file.
extents() {
	filefrag -sv "$1" | sed -n 's/^ *[0-9]*: *//p'
}

# same_extents A B: both files share all their blocks on the disk.
same_extents() {
	extents "$1" >extents.1
	extents "$2" >extents.2
	[[ -s extents.1 ]] || fail "$1 has no extents"
	diff extents.1 extents.2 || fail "$1 and $2 are in different places"
	! grep -v shared extents.1 || fail "$1: not all of it is shared"
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
		sync -f dst
		for file in large small; do
			shared dst/$file || fail "$options: $file shares nothing"
			same_extents src/$file dst/$file
		done
		expect_no_temporary dst
	done
}

# The existing targets have other contents and are longer.
clones_over() {
	mount_image "$1" 400M
	cd mnt
	fixture
	mkdir dst
	head -c 4000000 /dev/urandom | tee dst/large >dst/small
	expect_status 0 pcopy --reflink=always --chunk-size=1M -T src dst
	same_tree src dst
	sync -f dst
	for file in large small; do
		same_extents src/$file dst/$file
	done
}

# Subvolumes of one file system report different device numbers.
across_subvolumes() {
	mount_image btrfs 400M
	command -v btrfs >/dev/null || skip "no btrfs"
	cd mnt
	fixture
	btrfs subvolume create other >/dev/null
	expect_status 0 pcopy --reflink=always --chunk-size=1M -T src other/dst
	same_tree src other/dst
	sync -f other
	same_extents src/large other/dst/large
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


# The messages are GNU cp's; no file remains that was not cloned.
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
	echo some | tee src/one >src/two
	expect_status 1 pcopy --reflink=always --chunk-size=1M -T src dst
	expect_same "" "$(find dst ! -type d)" "files left behind"
	expect_same 3 "$(grep -c "^pcopy: failed to clone 'dst/.*' from 'src/.*': " "$err")" messages
	expect_same 3 "$(wc -l <"$err")" "lines of messages"
	expect_status 0 pcopy --reflink=auto -T src dst
	same_tree src dst
}

plain() {
	echo some >one
}

# Both file systems support clones, but not from one to the other.
across() {
	mount_image "$1" 400M
	fixture
	rm src/empty # an empty file has nothing to clone
	expect_status 1 pcopy --reflink=always --chunk-size=1M -T src mnt/dst
	expect_stderr "pcopy: failed to clone 'mnt/dst/large' from 'src/large': Invalid cross-device link"
	expect_same "" "$(find mnt/dst ! -type d)" "files left behind"
	expect_status 0 pcopy --chunk-size=1M -T src mnt/dst
	same_tree src mnt/dst
}

for fs in xfs btrfs; do
	each_pool "$fs clones" clones "$fs"
	each_pool "$fs clones over files" clones_over "$fs"
	each_pool "$fs, --reflink=never" never "$fs"
	each_pool "from another file system onto $fs" across "$fs"
done
each_pool "between subvolumes" across_subvolumes
for fs in tmpfs ext4; do
	each_pool "$fs cannot" refused "$fs"
done
done_testing
