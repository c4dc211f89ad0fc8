# Real trees of the system are copied; diff and rsync compare the copies, and find counts their entries.
. "$(dirname "$0")/lib.sh"

copied() {
	local tree=$1 dst=${2:-dst} kind name=(f file d directory l symlink)
	[[ -d $tree ]] || skip "no $tree here"
	expect_status 0 pcopy -p --chunk-size=1M --json=report "$tree" "$dst"
	expect_quiet
	diff -r --no-dereference "$tree" "$dst" || fail "contents differ"
	rsync -ani --checksum --delete "$tree/" "$dst/" >differences
	[[ ! -s differences ]] || fail "rsync would change: $(head -n 5 differences)"
	for kind in 0 2 4; do
		expect_same "$(find "$tree" -type "${name[kind]}" | wc -l)" \
			"$(json report "d['entries']['${name[kind + 1]}']['copied']")" \
			"${name[kind + 1]}"
	done
	expect_same "$(find "$tree" -printf '%y %p\n' | sed "s,$tree,," | sort | cksum)" \
		"$(find "$dst" -printf '%y %p\n' | sed "s,$dst,," | sort | cksum)" "names and kinds"
}

# The target is another file system, where no range can be cloned or shared.
copied_across() {
	mkdir mnt
	if [[ -n ${PCOPY_TEST_NS:-} ]]; then
		mount -t tmpfs -o size=50% tmpfs mnt 2>/dev/null || :
	fi
	copied "$1" mnt/dst
}

each_pool "/usr/include" copied /usr/include
each_pool "/usr/share/doc, across" copied_across /usr/share/doc
done_testing
