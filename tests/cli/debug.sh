# --debug: how each file was copied, in the words of newer versions of GNU cp.
. "$(dirname "$0")/lib.sh"

way='copy offload: (unknown|no|yes|avoided|unsupported), reflink: (unknown|no|yes|avoided|unsupported), sparse detection: (unknown|no|zeros|SEEK_HOLE|SEEK_HOLE \+ zeros)'

# tells PATTERN: a line of the output, which describes how a file was copied, matches PATTERN.
tells() {
	grep -qxE -- "$1" "$out" || fail "expected $1: $(cat "$out")"
}

# --debug prints what --verbose prints, and after each regular file how it was copied.
tree() {
	mkdir -p src/sub
	echo a >src/a
	echo b >src/sub/b
	: >src/empty
	ln -s a src/link
	mkfifo src/fifo
	ln src/a src/hard
	cp -rv src dst | sort >cp.out
	rm -r dst
	expect_status 0 pcopy --debug src dst
	expect_quiet
	diff cp.out <(grep -vE "^$way\$" "$out" | sort) || fail "names"
	expect_same 4 "$(grep -cxE "$way" "$out")" "lines of four files"
	expect_same 3 "$(grep -A 1 -E "^'src/(a|hard|sub/b)' ->" "$out" | grep -cxE "$way")" "lines after names"
	# A further hard link to a copied file is not a copy.
	rm -r dst
	expect_status 0 pcopy -a --debug src dst
	expect_same 3 "$(grep -cxE "$way" "$out")" "lines with hard links"
}

ways() {
	head -c 100000 /dev/urandom >data
	truncate -s 1M holes
	expect_status 0 pcopy --debug data new
	tells "$way"
	expect_status 0 pcopy --debug --sparse=never --reflink=never data new1
	tells 'copy offload: avoided, reflink: no, sparse detection: no'
	expect_status 0 pcopy --debug --sparse=always --reflink=never data new2
	tells 'copy offload: (avoided|unsupported|unknown|no|yes), reflink: no, sparse detection: .*zeros'
	expect_status 0 pcopy --debug --reflink=never holes new3
	tells 'copy offload: .*, reflink: no, sparse detection: SEEK_HOLE'
	for f in new new1 new2; do
		cmp data $f
	done
}

# Where pcopy can clone a file, it reports a clone.
clones() {
	mount_image "$1" "$2"
	head -c 100000 /dev/urandom >mnt/data
	expect_status 0 pcopy --debug --reflink=always mnt/data mnt/new
	tells "copy offload: (unknown|avoided), reflink: yes, sparse detection: (unknown|no)"
	expect_status 0 pcopy --debug mnt/data mnt/auto
	tells "copy offload: .*, reflink: yes, sparse detection: .*"
	expect_status 0 pcopy --debug --reflink=never mnt/data mnt/never
	tells "copy offload: .*, reflink: no, sparse detection: .*"
}

# Where pcopy copies nothing, it reports no method; it names skipped files.
nothing() {
	echo new >a
	echo old >b
	touch -d @1500000000 a
	expect_status 0 pcopy --debug --attributes-only a c
	! grep -qE 'copy offload' "$out" || fail "$(cat "$out")"
	tells "'a' -> 'c'"
	for options in -n -u --update=none; do
		expect_status 0 pcopy --debug $options a b
		tells "skipped 'b'"
		! grep -qE 'copy offload' "$out" || fail "$options: $(cat "$out")"
		expect_status 0 pcopy -v $options a b
		expect_same "" "$(cat "$out")" "-v $options"
	done
	expect_status 0 pcopy --debug -l a d
	! grep -qE 'copy offload' "$out" || fail "-l: $(cat "$out")"
	expect_status 0 pcopy --debug -s a e
	! grep -qE 'copy offload' "$out" || fail "-s: $(cat "$out")"
	expect_same old "$(cat b)"
}

in_chunks() {
	head -c 3000000 /dev/urandom >big
	expect_status 0 pcopy --debug --chunk-size=1M big new
	expect_same 1 "$(grep -cxE "$way" "$out")" "lines"
	expect_same 1 "$(grep -cxF "'big' -> 'new'" "$out")" "names"
	cmp big new
}

# Output that cannot be written is an error.
full() {
	[[ -c /dev/full ]] || skip "no /dev/full"
	echo a >a
	local rc=0
	"$PCOPY" "${P[@]}" --debug a b >/dev/full 2>"$err" || rc=$?
	expect_same 1 "$rc" "status"
	cmp a b
}

each_pool "trees" tree
check "ways" ways
check "a clone, btrfs" clones btrfs 128M
check "a clone, xfs" clones xfs 320M
check "nothing to tell" nothing
each_pool "chunks" in_chunks
check "standard output is full" full
done_testing
