# The flags of chattr(1), by --preserve=flags: cp has no such word, so lsattr shows the expected result.
. "$(dirname "$0")/lib.sh"

# flags DIR: prints a line for each file and directory, with those flags that pcopy preserves.
flags() {
	(cd "$1" && find . \( -type f -o -type d \) -print0 | sort -z | xargs -0 lsattr -d) |
		awk '{ gsub(/[^aACcdDiS]/, "", $1); print $2, $1 }'
}

same_flags() {
	diff <(flags "$1") <(flags "$2") || fail "flags of $1 and $2 differ"
}

# chattr_or_skip FLAGS FILE...
chattr_or_skip() {
	chattr "$@" 2>flag.err || skip "chattr $*: $(cat flag.err)"
}

# on FS: mounts a file system of its own at ./mnt, so that no immutable file outlives the check.
on() {
	command -v chattr >/dev/null && command -v lsattr >/dev/null || skip "no chattr"
	mount_image "$1" "${2:-64M}"
	mkdir mnt/src
}

# One file for each flag, and two directories whose flags must not be set before their contents exist.
fixture() {
	local one
	mkdir mnt/src/{none,closed,log}
	for one in a A d i S none/plain closed/in log/in; do
		echo "$one" >"mnt/src/$one"
	done
	head -c 3000000 /dev/zero | tr '\0' x | tee mnt/src/large >mnt/src/large-i
	ln -s a mnt/src/link
	touch -d 2001-01-01 mnt/src/* mnt/src/closed/in
	chattr_or_skip +a mnt/src/a mnt/src/log
	chattr_or_skip +A mnt/src/A
	chattr_or_skip +d mnt/src/d mnt/src/large
	chattr_or_skip +dSA mnt/src/S
	chattr_or_skip +D mnt/src/closed
	chattr_or_skip +i mnt/src/i mnt/src/large-i mnt/src/closed
}

kept() {
	on ext4
	fixture
	expect_status 0 pcopy -a --preserve=flags "$@" mnt/src mnt/dst
	expect_quiet
	same_tree mnt/src mnt/dst type,link,mode,time
	same_flags mnt/src mnt/dst
	[[ -n $(flags mnt/dst | awk '$1 == "./i" && $2 == "i"') ]] || fail "$(flags mnt/dst)"
	expect_no_temporary mnt/dst
}

not_asked_for() {
	local one
	on ext4
	fixture
	expect_status 0 pcopy -a mnt/src mnt/dst
	expect_status 0 pcopy -r --preserve=all mnt/src mnt/all
	expect_status 0 pcopy -a --preserve=flags --no-preserve=flags mnt/src mnt/no
	same_tree mnt/src mnt/dst
	for one in dst all no; do
		expect_same "" "$(flags "mnt/$one" | awk 'NF > 1')" "$one"
	done
}

# Preserved flags are set as in the source; other flags do not change.
onto_existing() {
	on ext4
	mkdir mnt/src/dir mnt/dst mnt/dst/dir
	echo new | tee mnt/src/f mnt/src/g >mnt/src/dir/f
	echo old | tee mnt/dst/f mnt/dst/g >mnt/dst/dir/f
	chattr_or_skip +d mnt/src/f mnt/src/dir
	chattr_or_skip +A mnt/dst/f mnt/dst/g
	chattr_or_skip +T mnt/dst/dir
	lsattr -d mnt/dst/f | grep -q '^[^ ]*e' || skip "no extents here"
	expect_status 0 pcopy -r --preserve=flags mnt/src/. mnt/dst
	expect_quiet
	same_tree mnt/src mnt/dst
	same_flags mnt/src mnt/dst
	[[ $(lsattr -d mnt/dst/dir) == *T* ]] || fail "top directory no more: $(lsattr -d mnt/dst/dir)"
	[[ $(lsattr -d mnt/dst/f) == *e* ]] || fail "no extents any more: $(lsattr -d mnt/dst/f)"
}

# Further hard links to a file that pcopy has just made immutable or append-only.
names() {
	local one
	on ext4
	mkdir mnt/src/{1,2}
	for one in i a; do
		echo "$one" >"mnt/src/1/$one"
		ln "mnt/src/1/$one" "mnt/src/2/$one"
		ln "mnt/src/1/$one" "mnt/src/$one"
		chattr_or_skip "+$one" "mnt/src/$one"
	done
	expect_status 0 pcopy -a --preserve=flags mnt/src mnt/dst
	expect_quiet
	same_tree mnt/src mnt/dst
	same_flags mnt/src mnt/dst
	for one in i a; do
		expect_same 3 "$(stat -c %h "mnt/dst/$one")" "names of $one"
	done
}

# Flags that the target does not support are reported once; the rest of the file is copied.
without_room() {
	on ext4
	mkdir other
	mount -t ramfs none other || skip "no ramfs"
	echo a | tee mnt/src/a >mnt/src/b
	echo c >mnt/src/c
	chattr_or_skip +S mnt/src/a mnt/src/b
	expect_status 0 pcopy -a --preserve=flags mnt/src other/dst
	grep -qx "pcopy: setting flags for 'other/dst/[ab]' and 1 more entry: .*" "$err" ||
		fail "not reported: $(cat "$err")"
	expect_same 1 "$(wc -l <"$err")" "messages"
	same_tree mnt/src other/dst
}

# A source file system without flags has none to preserve, and nothing is reported.
from_without() {
	on ext4
	mkdir other
	mount -t ramfs none other || skip "no ramfs"
	echo a >other/a
	expect_status 0 pcopy -a --preserve=flags other mnt/dst
	expect_quiet
	same_tree other mnt/dst
}

each_pool "flags kept" kept
each_pool "flags kept, large files" kept --chunk-size=1M
check "flags kept, beside what is there" kept --atomic=always
check "flags that nobody asked for" not_asked_for
each_pool "flags onto existing entries" onto_existing
each_pool "names of one file that may not be changed" names
check "flags without room" without_room
check "no flags to be kept" from_without
done_testing
