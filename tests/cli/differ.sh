# --update=differ keeps an entry that equals its source; where only metadata differ, it sets only these.
# tests/differ/run compares the results on random pairs of trees with rsync.
. "$(dirname "$0")/lib.sh"

tree() {
	mkdir -p s/a
	echo one >s/f
	echo two >s/a/g
	ln s/a/g s/h
	ln -s f s/l
	mkfifo s/p
	touch -h -d @1500000000.123456789 s/f s/a/g s/l s/p s/a s
	[[ $EUID -ne 0 ]] || chown -h 1:2 s/f s/l
}

counts() {
	json report '" ".join(str(sum(k[n] for k in d["entries"].values())) for n in ("copied", "skipped", "failed")) + " %d %d %d" % (d["unchanged"], d["attributes_set"], d["bytes"])'
}

# Prints the preserved metadata of each entry and its change time, but no time that reading changes.
now() {
	find "$1" -printf '%P %i %y %m %U %G %s %T@ %C@ %n %l\n' | sort
}

unchanged() {
	tree
	pcopy -a s o
	now o >before
	expect_status 0 pcopy -a --update=differ -v --json=report s/. o
	expect_same "0 7 0 7 0 0" "$(counts)"
	[[ ! -s $out ]] || fail "$(cat "$out")"
	now o >after
	diff before after || fail "something was changed"
}

# Where pcopy need not read attributes, it opens only directories.
not_opened() {
	command -v strace >/dev/null || skip "no strace"
	tree
	pcopy -a s o
	expect_status 0 strace -f -qq -e trace=openat -o calls "$PCOPY" "${P[@]}" -a --update=differ s/. o
	! grep -E '"(f|g|h|l|p)"' calls || fail "a file was opened"
}

# pcopy only looks up unchanged entries, once on each side.
not_touched() {
	local calls='mkdirat|chmod|fchmod|fchmodat|fchownat|utimensat|fsetxattr|fremovexattr|ftruncate|renameat'
	command -v strace >/dev/null || skip "no strace"
	mkdir -p s/d/e
	for i in {1..20}; do echo "$i" >"s/d/e/f$i"; done
	pcopy -a s o
	expect_status 0 strace -f -qq -e trace="${calls//|/,},newfstatat,statx" -o calls "$PCOPY" "${P[@]}" -a --update=differ s/. o
	! grep -E "$calls" calls || fail "something was changed"
	expect_same 40 "$(grep -c '"f[0-9]*"' calls)"
}

# Creating an entry changes the time of its directory; pcopy restores the time.
directory_times() {
	tree
	pcopy -a s o
	rm o/a/g
	touch o/new
	expect_status 0 pcopy -a --update=differ s/. o
	expect_same "$(stat -c '%y' s s/a)" "$(stat -c '%y' o o/a)"
}

# Directories above operands get missing metadata, too.
directories_above() {
	mkdir -p s/a o
	echo 1 >s/a/f
	pcopy -a --parents s/a/f o
	setfattr -n user.x -v 1 s/a 2>/dev/null || skip "no attributes here"
	expect_status 0 pcopy -a --parents --update=differ s/a/f o
	expect_same 1 "$(getfattr --only-values -n user.x o/s/a)"
}

attributes_alone() {
	tree
	pcopy -a s o
	ino=$(stat -c %i o/f)
	chmod 4711 s/f
	setfattr -n user.x -v y s/a/g 2>/dev/null || skip "no attributes here"
	chmod 700 s/a
	setfattr -n user.gone -v y o/f
	expect_status 0 pcopy -a --update=differ -v --json=report s/. o
	expect_same "0 7 0 4 3 0" "$(counts)"
	printf "changed attributes of 'o/./%s'\n" a a/g f | sort >want
	sort "$out" | sed "s/'o\/\.\/h'/'o\/.\/a\/g'/" | sort >have
	diff want have || fail "other lines"
	expect_same "$ino" "$(stat -c %i o/f)"
	rm s/p o/p # diff reports two FIFOs as different
	touch -r s o; same_metadata s o
	expect_same "" "$(getfattr --absolute-names -d o/f)"
}

contents() {
	tree
	pcopy -a s o
	echo ONE >s/f
	touch -d @1500000000.123456789 s/f
	expect_status 0 pcopy -a --update=differ --json=report s/. o
	expect_same one "$(cat o/f)"
	expect_status 0 pcopy -a --update=differ --size-only --json=report s/. o
	expect_same one "$(cat o/f)"
	expect_status 0 pcopy -a --update=differ --checksum --json=report s/. o
	expect_same ONE "$(cat o/f)"
	expect_same "1 6 0 6 0 4" "$(counts)"
	touch s/f
	expect_status 0 pcopy -a --update=differ --checksum --json=report s/. o
	expect_same "0 7 0 6 1 0" "$(counts)"
	expect_same "$(stat -c %y s/f)" "$(stat -c %y o/f)"
	touch -d "$(stat -c %y s/f) + 3 seconds" s/f
	expect_status 0 pcopy -a --update=differ --modify-window=3 --json=report s/. o
	expect_same "0 7 0 7 0 0" "$(counts)"
	expect_status 0 pcopy -a --update=differ --modify-window=2.5 --json=report s/. o
	expect_same "1 6 0 6 0 4" "$(counts)"
}

# --checksum reads large files in blocks.
large_checksum() {
	mkdir s o
	head -c 700000 /dev/zero >s/f
	cp -p s/f o/f
	expect_status 0 pcopy -a --update=differ --checksum --json=report s/. o
	expect_same 0 "$(json report 'd["bytes"]')"
	printf x | dd of=s/f bs=1 seek=699999 conv=notrunc status=none
	touch -r o/f s/f
	expect_status 0 pcopy -a --update=differ --checksum --json=report s/. o
	cmp s/f o/f || fail "the last byte was not seen"
}

links() {
	tree
	pcopy -a s o
	cp -p o/h o/new && mv o/new o/h # two files with the same contents
	expect_status 0 pcopy -a --update=differ s/. o
	[[ o/h -ef o/a/g ]] || fail "names of one file are two files"
	echo two >s/new && touch -r s/h s/new && mv s/new s/h
	chmod 600 s/h
	expect_status 0 pcopy -a --update=differ s/. o
	[[ ! o/h -ef o/a/g ]] || fail "one file was changed under both names"
	rm s/p o/p # diff reports two FIFOs as different
	touch -r s o; same_metadata s o
}

kinds() {
	tree
	pcopy -a s o
	rm s/f s/l s/p
	ln -s x s/f
	mkfifo s/l
	echo p >s/p
	echo outside >victim
	ln -s ../victim o/v
	echo v >s/v
	expect_status 0 pcopy -a --update=differ -v s/. o
	rm -f s/l o/l s/new # diff reports two FIFOs as different
	same_tree s o
	expect_same outside "$(cat victim)"
	rm -r s/a && echo a >s/a
	expect_status 1 pcopy -a --update=differ s/. o
	[[ -f o/a/g ]] || fail "something was lost"
}

# Metadata that an ordinary user cannot preserve are not a difference.
ordinary_user() {
	become_user
	tree
	mkdir o
	chmod 777 o
	expect_status 0 "${AS[@]}" "$PCOPY" "${P[@]}" -a s o
	expect_status 0 "${AS[@]}" "$PCOPY" "${P[@]}" -a --update=differ --json="$PWD/o/report" s o
	cp o/report report
	expect_same "0 7 0 7 0 0" "$(counts)"
}

# A user in more groups than pcopy lists: each group may be one that the user can give to a file.
many_groups() {
	[[ $EUID -eq 0 ]] || skip "only root can become a user of many groups"
	command -v setpriv >/dev/null || skip "no setpriv"
	mkdir s
	echo one >s/f
	chown -R 65534:100299 s
	chown 65534 .
	AS=(setpriv --reuid=65534 --regid=65534 --groups="$(seq -s, 100000 100299)" --)
	"${AS[@]}" test -x "$PCOPY" || skip "an ordinary user cannot reach $PCOPY"
	expect_status 0 "${AS[@]}" "$PCOPY" -a s o
	expect_same 100299 "$(stat -c %g o/f)"
	chgrp 65534 o/f
	expect_status 0 "${AS[@]}" "$PCOPY" -aT --update=differ s o
	expect_same 100299 "$(stat -c %g o/f)"
}

usage() {
	tree
	for words in --checksum --size-only --modify-window=1 '--update=older --checksum' '--update=differ -l' \
		'--update=differ --attributes-only' '--update=differ --checksum --modify-window=1' \
		'--update=differ --modify-window=x' '--update=differ --modify-window=-1' \
		'--update=differ --modify-window=0x1' '--update=differ --modify-window=+1'; do
		expect_status 2 pcopy $words s o
		expect_missing o
	done
}

each_pool "unchanged" unchanged
check "nothing is opened" not_opened
check "nothing is touched" not_touched
each_pool "times of directories" directory_times
each_pool "directories above operands" directories_above
each_pool "attributes alone" attributes_alone
each_pool "contents" contents
check "--checksum of large files" large_checksum
each_pool "hard links" links
each_pool "other kinds" kinds
each_pool "an ordinary user" ordinary_user
check "many groups" many_groups
check "usage" usage
done_testing
