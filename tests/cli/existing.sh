# Existing targets are merged into, overwritten, or refused in GNU's words.
. "$(dirname "$0")/lib.sh"

merge() {
	mkdir -p src/sub/new dst/sub/kept dst/old
	echo new >src/f
	echo sub >src/sub/g
	echo old longer text >dst/f
	echo stays >dst/old/h
	echo stays >dst/sub/kept/i
	chmod 600 dst/f
	chmod 755 src/f
	chmod 701 dst/sub
	ln -s f src/link
}

# Longer, shorter and empty files over one another; the target keeps its inode and mode.
overwrite() {
	mkdir src dst
	seq 1 60000 >src/grows
	echo x >dst/grows
	echo x >src/shrinks
	seq 1 60000 >dst/shrinks
	: >src/empties
	echo full >dst/empties
	echo full >src/fills
	: >dst/fills
	chmod 640 dst/*
}

overwrite_keeps_inode() {
	overwrite
	stat -c '%n %i %a' dst/* >before
	ln dst/shrinks other-name
	expect_status 0 pcopy -T src dst
	stat -c '%n %i %a' dst/* >after
	diff before after || fail "another inode or mode"
	cmp src/shrinks other-name
}

# A copy in chunks must not lose the existing file either, nor its mode.
overwrite_chunked() {
	mkdir src dst
	head -c 5000000 /dev/urandom >src/big
	echo old >dst/big
	chmod 604 dst/big
	expect_status 0 pcopy --chunk-size=1M -T src dst
	cmp src/big dst/big
	expect_same 604 "$(stat -c %a dst/big)" "mode of the file overwritten"
	expect_no_temporary dst
}

file_over_dir() {
	mkdir -p src dst/x/inside
	echo file >src/x
	echo other >src/y
}

dir_over_file() {
	mkdir -p src/x/inside dst
	echo in >src/x/inside/f
	echo other >src/y
	echo file >dst/x
}

link_over_dir() {
	mkdir -p src dst/x
	ln -s nowhere src/x
}

link_over_file() {
	mkdir src dst
	ln -s nowhere src/x
	echo file >dst/x
}

link_over_link() {
	mkdir src dst
	ln -s new src/x
	ln -s old dst/x
}

dir_over_link() {
	mkdir -p src/x dst outside
	echo in >src/x/f
	ln -s ../outside dst/x
}

# cp writes through a link found inside the target; pcopy does not.
through_symlink() {
	mkdir src dst
	echo new >src/f
	echo new >src/g
	echo outside >outside
	ln -s ../outside dst/f
	expect_status 1 pcopy -T src dst
	grep -q "dst/f" "$err" || fail "dst/f is not named: $(cat "$err")"
	expect_same outside "$(cat outside)"
	expect_same ../outside "$(readlink dst/f)"
	cmp src/g dst/g
}

through_symlink_chunked() {
	mkdir src dst
	head -c 3000000 /dev/urandom >src/f
	echo outside >outside
	ln -s ../outside dst/f
	expect_status 1 pcopy --chunk-size=1M -T src dst
	expect_same outside "$(cat outside)"
	expect_same ../outside "$(readlink dst/f)"
	expect_no_temporary dst
}

dangling() {
	mkdir src dst
	echo new >src/f
	ln -s ../created dst/f
}

through_dangling() {
	JUDGE=messages
	like_cp dangling -T src dst
	expect_missing pcopy/created
	expect_same ../created "$(readlink pcopy/dst/f)"
}

dangling_operand() {
	echo new >f
	ln -s created d
}

same_file() {
	mkdir d
	echo a >a
	echo in >d/f
	ln a hard
	ln -s a link
	ln -s d to-d
}

# refused ARG...: pcopy prints cp's words and changes nothing.
refused() {
	same_file
	cp -a . "$work/before"
	cd ..
	mkdir both
	cd both
	JUDGE=messages
	like_cp same_file "$@"
	same_tree "$work/before" pcopy
	rm -rf "$work/before"
}
refused_in_place() {
	mkdir here
	cd here
	refused "$@"
	rm -rf ../both
}

nested() {
	mkdir -p a/b/c
	echo in >a/f
	ln -s a to-a
	ln -s a/b to-b
}

# For a link below the source cp has a message of its own, and for a trailing dot it copies one level;
# pcopy prints the plain message.
into_itself_plainly() {
	nested
	cp -a . "$work/before"
	expect_status 1 pcopy "$1" "$2"
	expect_stderr "pcopy: cannot copy a directory, '$1', into itself, '${3:-$2}'"
	same_tree "$work/before" .
	rm -rf "$work/before"
}

# The target is a directory of the source, seen as another device: cp continues until names are too
# long, and without its check pcopy would continue until the disk is full.
overlaid() {
	[[ -n ${PCOPY_TEST_NS:-} ]] || skip "no private mount namespace here"
	mkdir mnt
	mount -t tmpfs -o size=20M,nr_inodes=3000 tmpfs mnt || skip "cannot mount a tmpfs"
	mkdir -p mnt/low/was/sub mnt/up mnt/work mnt/ov
	mount -t overlay -o lowerdir=mnt/low,upperdir=mnt/up,workdir=mnt/work overlay mnt/ov ||
		skip "cannot mount an overlay"
	mkdir -p mnt/ov/there/deep mnt/ov/was/sub
	mkdir mnt/ov/d{1..40}
	for i in {1..40}; do
		echo "$i" >"mnt/ov/d$i/f"
	done
	echo in >mnt/ov/f
}

into_overlay() {
	local got=0
	overlaid
	pcopy "$1" "$2" 2>"$err" || got=$?
	expect_same 1 "$got" "exit status"
	grep -q "^pcopy: cannot copy a directory, '.*', into itself, '.*'$" "$err" || fail "$(head -n 3 "$err")"
	[[ $(find mnt/up | wc -l) -lt 400 ]] || fail "copied many times"
	diff mnt/up/d7/f "$3/d7/f"
	[[ -z $(find mnt/up -name '.pcopy-*') ]] || fail "left behind: $(find mnt/up -name '.pcopy-*')"
}

# Newly created directories at paths that end alike may be the target seen through another mount.  The check
# for this leaves no trace: their times are those of the source.
just_made() {
	local i
	for i in 1 2 3 4 5 6 7 8; do
		rm -rf src dst
		mkdir -p src/{a,b,c}/{a,b,c}/{a,b,c}
		find src -type d -printf '%p/1\0%p/2\0' | xargs -0 touch
		expect_status 0 pcopy -a src dst
		diff <(cd src && find . -printf '%p %T@\n' | sort) <(cd dst && find . -printf '%p %T@\n' | sort)
	done
}

bound() {
	[[ -n ${PCOPY_TEST_NS:-} ]] || skip "no private mount namespace here"
	mkdir -p s/sub/there m
	mkdir s/d{1..40}
	for i in {1..40}; do
		echo "$i" >"s/d$i/f"
	done
	mount --bind s/sub m || skip "cannot bind a directory"
}

into_bound() {
	bound
	local got=0
	pcopy "$1" "$2" 2>"$err" || got=$?
	expect_same 1 "$got" "exit status"
	grep -q "^pcopy: cannot copy a directory, '.*', into itself, '.*'$" "$err" || fail "$(head -n 3 "$err")"
	[[ $(find s | wc -l) -lt 400 ]] || fail "copied many times"
	diff s/d7/f "$3/d7/f"
}

# cp creates the first level before it detects the loop; pcopy creates nothing.
into_itself() {
	JUDGE=messages
	like_cp nested "$@"
	mkdir want
	cd want
	nested
	cd ..
	same_tree want pcopy
}

two_sources() {
	mkdir -p a b dst a/d b/d
	echo one >a/f
	echo two >b/f
	echo one >a/d/g
	echo two >b/d/g
	echo only >b/d/h
	ln -s one a/l
	ln -s two b/l
}

as_cp() {
	like_cp "$@"
}

# pcopy does not write through a link that it made from an earlier operand.
just_made_link() {
	mkdir a b c
	ln -s ../t a/1
	echo payload >b/1
}

just_made_link_to_file() {
	just_made_link
	echo outside >t
}

for operands in '-T src dst' 'src dst' 'src/. dst'; do
	# shellcheck disable=SC2086
	each_pool "merge: $operands" as_cp merge $operands
done
each_pool "overwrite" as_cp overwrite -T src dst
each_pool "overwrite: inode and mode stay" overwrite_keeps_inode
each_pool "overwrite in chunks" overwrite_chunked
each_pool "file over directory" as_cp file_over_dir -T src dst
each_pool "directory over file" as_cp dir_over_file -T src dst
each_pool "file operand over directory" as_cp file_over_dir src/x dst
each_pool "directory operand over file" as_cp dir_over_file -T src dst/x
each_pool "link over directory" as_cp link_over_dir -T src dst
each_pool "link over file" as_cp link_over_file -T src dst
each_pool "link over link" as_cp link_over_link -T src dst
each_pool "directory over link to a directory" as_cp dir_over_link -T src dst
each_pool "through a link in the target" through_symlink
each_pool "through a link in the target, in chunks" through_symlink_chunked
each_pool "through a dangling link in the target" through_dangling
each_pool "through a dangling operand" as_cp dangling_operand f d
# The coordinator refuses these before the first worker is started.
one_pool "same file: a a" refused_in_place a a
one_pool "same file: ./a a" refused_in_place ./a a
one_pool "same file: a d/.." refused_in_place a d/..
one_pool "same file: a hard link" refused_in_place a hard
one_pool "same file: through a link" refused_in_place -T a link
one_pool "same directory: -T d d" refused_in_place -T d d
one_pool "same directory: d ." refused_in_place d .
one_pool "same directory: -T d to-d" refused_in_place d/f to-d
one_pool "into itself: a a" into_itself a a
one_pool "into itself: a a/new" into_itself a a/new
one_pool "into itself: a a/b/c" into_itself a a/b/c
one_pool "into itself: through a link" into_itself a to-a
each_pool "into itself: through a link below" into_itself_plainly a to-b/new
each_pool "into itself: . b" into_itself_plainly a/. a/b a/b/.
each_pool "directories that were made a moment ago" just_made
each_pool "into itself: through an overlay, new" into_overlay mnt/up mnt/ov/new mnt/up/new
each_pool "into itself: through an overlay, there" into_overlay mnt/up/. mnt/ov/there mnt/up/there
each_pool "into itself: through an overlay, deep" into_overlay mnt/up/. mnt/ov/there/deep mnt/up/there/deep
each_pool "into itself: through a bound directory, new" into_bound s m/new s/sub/new
each_pool "into itself: through a bound directory, there" into_bound s/. m/there s/sub/there
each_pool "into itself: through a bound directory, itself" into_bound s/. m s/sub
each_pool "two sources, one name: files" as_cp two_sources a/f b/f dst
each_pool "two sources, one name: directories merge, the later wins" as_cp two_sources a/d b/d dst
each_pool "source twice: file" as_cp two_sources a/f a/f dst
each_pool "source twice: directory" as_cp two_sources a a/ dst
SAME="s/copy 'b.1' through just-created symlink 'c.1'/overwrite just-created 'c\/1' with 'b\/1'/"
each_pool "through a link just made: dangling" as_cp just_made_link a/1 b/1 c
each_pool "through a link just made: to a file" as_cp just_made_link_to_file a/1 b/1 c
done_testing
