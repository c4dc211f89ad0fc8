# Existing targets: -u, -n, -i and --update, each in combination with other options.
. "$(dirname "$0")/lib.sh"

# at SECONDS FILE...
at() {
	touch -h -d "@$1" "${@:2}"
}

# All entries in src have the time 1500000000.5; those in dst are slightly older, equal, or slightly newer.
ages() {
	local age kind
	mkdir -p src/sub dst/sub
	for age in older equal newer missing; do
		echo "new $age" >"src/$age"
		echo "new $age" >"src/sub/$age"
		ln -s "new-$age" "src/link-$age"
		[[ $age == missing ]] || {
			echo "was $age" >"dst/$age"
			echo "was $age" >"dst/sub/$age"
			ln -s "was-$age" "dst/link-$age"
		}
	done
	mkfifo src/fifo-older
	mkfifo dst/fifo-older
	at 1500000000.5 src/* src/sub/* src/sub
	at 1500000000.500000001 dst/*newer dst/sub/*newer
	at 1500000000.5 dst/*equal dst/sub/*equal
	at 1500000000.499999999 dst/*older dst/sub/*older
	at 1400000000 src dst
}

# Targets have another kind than their sources.
kinds() {
	ages
	rm -r dst/older dst/newer dst/link-older dst/link-newer
	mkdir dst/older dst/link-older
	ln -s nowhere dst/newer
	at 1600000000 dst/newer
	echo file >dst/link-newer
	rm -r dst/sub
	echo file >dst/sub
}

# The target contains links that cp would follow; the other fixtures leave them out.
with_operand_link() {
	ages
	ln -s newer dst/to-newer
	ln -s older dst/to-older
}

pair() {
	echo new >a
	echo old >b
	at 1500000000 a
	at 1400000000 b
	chmod 640 a
	chmod 604 b
}

# (pcopy refuses -us of relative names before it removes anything; cp removes the target first.)
options=(-u -n -uv -nv -up -ua -ud -ul -ub -un -nu -uf -nf -fn -np -nl -ns '-n --remove-destination'
	'-u --remove-destination' '-n --attributes-only' '-u --attributes-only' -bu '-S .bak -u'
	'--backup=none -n' -nb -bn '-u --backup=numbered' '-n --preserve=links')

in_trees() {
	alike ages "${options[@]/%/ -T src dst}"
}

of_operands() {
	alike ages "${options[@]/%/ src/older src/equal src/newer src/missing src/link-older dst}" \
		'-u src/older dst/older => --atomic=never -u src/older dst/older' '-u src/newer dst/newer' '-u src/equal dst/equal' \
		'-u -T src/older dst/newer' '-u -T src/link-newer dst/link-newer' '-u src/older dst/missing'
}

kinds_in_the_way() {
	alike kinds "-u -T src dst" "-n -T src dst" "-nf -T src dst" "-u --remove-destination -T src dst" \
		"-n --remove-destination -T src dst" "-n src/older src/sub dst" "-u src/sub dst" "-n src/sub dst"
}

through_links() {
	alike with_operand_link '-u src/older dst/to-newer' '-u src/older dst/to-older' \
		'-n src/older dst/to-older' '-n -T src/sub dst/to-older' '-u src/link-older dst/to-newer' \
		'-u src/link-older dst/to-older'
}

# Each target name is written once: for the second operand of a name the first one's copy is no older target.
two_sources() {
	mkdir a b dst
	echo one >a/f
	echo two >b/f
	at 1500000000 a/f
	at 1600000000 b/f
}

just_created() {
	alike two_sources '-n a/f b/f dst' '-u a/f b/f dst' '-u b/f a/f dst' '-n a/f a/f dst' '-u a/f a/f dst'
}

# Skipped names of one inode are not linked to each other, unless pcopy preserves links; cp links
# them.
skipped_names() {
	mkdir src dst
	echo new >src/a
	ln src/a src/b
	echo old >dst/a
	echo old too >dst/b
	at 1500000000 src/a
	expect_status 0 pcopy -u -T src dst
	expect_quiet
	[[ ! dst/a -ef dst/b ]] || fail "linked"
	expect_same "old old too" "$(echo $(cat dst/a dst/b))"
}

# pcopy compares the time of each name separately: a newer target stays, and is not linked to the copy,
# as it is by cp.
linked() {
	mkdir -p s t/s
	echo f >s/f
	ln s/f s/missing
	ln s/f s/linked
	ln s/f s/older
	ln s/f s/newer
	echo f >t/s/f
	ln t/s/f t/s/linked
	echo f >t/s/older
	echo f >t/s/newer
	at 1500000000 s/f t/s/f
	at 1400000000 t/s/older
	at 1600000000 t/s/newer
}

keeps_links() {
	linked
	expect_status 0 pcopy -au s t
	[[ t/s/missing -ef t/s/older ]] || fail "not one file"
	[[ ! t/s/newer -ef t/s/older ]] || fail "a newer one was replaced"
	expect_same 1600000000 "$(stat -c %Y t/s/newer)"
}

# ---- Options newer than the installed cp ----

# cp 9.1 runs with its own names of options that newer versions spell differently.
new_words() {
	alike ages '-u -T src dst => --update=older -T src dst' '-u -T src dst => --update -T src dst' \
		'-T src dst => --update=all -T src dst' '-n -T src dst => --update=none -T src dst' \
		'-nv -T src/older dst/older => -v --update=none -T src/older dst/older' \
		'-T src dst => --update=none --update=all -T src dst' \
		'-n -T src dst => --update=all --update=none -T src dst' \
		'-u -T src dst => --update=none --update=older -T src dst' \
		'-n -T src dst => --update=all -n -T src dst' '-n -T src dst => -n --update=all -T src dst' \
		'-n -T src dst => --update=none -f -T src dst' '-u -T src dst => --update=o -T src dst' \
		'-b -T src dst => --update=all -b -T src dst' '-ub -T src dst => --update=older -b -T src dst' \
		'-ul -T src dst => --update=older -l -T src dst'
}

# The resulting tree is as with -n, but pcopy reports each skipped target, and exits with 1.
none_fail() {
	local name
	mkdir cp pcopy
	(cd cp && ages && cp -rn -T src dst)
	cd pcopy
	ages
	expect_status 1 pcopy --update=none-fail -T src dst
	for name in older equal newer sub/older sub/equal sub/newer link-older link-equal link-newer \
		fifo-older; do
		expect_stderr "pcopy: not replacing 'dst/$name'"
	done
	expect_same 10 "$(wc -l <"$err")" "messages"
	cd ..
	same_state cp pcopy
	rm -r pcopy/dst
	cd pcopy
	expect_status 0 pcopy --update=none-fail -T src dst
	expect_quiet
}

wrong_words() {
	pair
	for words in --update=nothing --update= '-b --update=none' '-b --update=none-fail'; do
		expect_status 2 pcopy $words a b
		[[ -s $err ]] || fail "no message for $words"
		expect_same old "$(cat b)" "$words"
		expect_missing b~
	done
	expect_status 2 pcopy --update=n a b
}

# ---- Prompts ----

asked_once() {
	local answer
	for answer in y n Y N yes no yeah '' ' y' 'y ' ny $'\ny' $'n\ny' 1; do
		rm -rf -- *
		ANSWERS=$answer$'\n'
		like_cp pair -iv a b
	done
	rm -rf -- *
	ANSWERS=
	like_cp pair -iv a b
	rm -rf -- *
	ANSWERS=y # without an end of line
	like_cp pair -iv a b
}

# Each prompt gets the same answer, and the order of the prompts does not matter.
asked_often() {
	ANSWERS=$(printf "$1%.0s\n" {1..40})
	shift
	like_cp ages "$@"
}

interplay() {
	ANSWERS=$1
	alike pair '-i a b' '-if a b' '-fi a b' '-in a b' '-ni a b' '-iu a b' '-ui a b' '-ib a b' '-bi a b' \
		'-il a b' '-is a b' '-ilf a b' '-isf a b' '-i --remove-destination a b' '-ip a b' \
		'-i --attributes-only a b' '-iu b a' '-i a c' '-ivb a b' '-i --backup=numbered a b' '-ia a b' \
		'-i a a' '-ib a a' '-ifb a a'
}

interplay_new() {
	ANSWERS=$1
	alike pair '-in a b => -i --update=none a b' '-iu a b => -i --update=older a b' \
		'-i a b => -i --update=all a b' '-i a b => --update=all -i a b' '-iu b a => --update=older -i b a' \
		'-iu a b => --update=older -i a b' '-in a b => --update=none -i a b'
}

# pcopy does not prompt where it cannot overwrite the target anyway, or where there is no target.
in_the_way() {
	mkdir -p a/d dst/f dst/d/x
	echo file >a/f
	echo file >dst/g
	mkdir a/g
	echo file >a/d/x
	mkfifo a/p dst/p
	ln -s one a/l
	ln -s two dst/l
}

asked_kinds() {
	ANSWERS=$(printf "$1%.0s\n" {1..9})
	alike in_the_way '-i a/f dst' '-i a/g dst' '-i -T a/f dst/f' '-i -T a/g dst/g' '-i a/d dst' \
		'-i a/p dst' '-i a/l dst' '-i -T a/l dst/g' '-i -T a/f dst/g' '-i -T a/d dst/d' '-i -T a/f dst/l'
}

# For a target that is not writable the prompt contains the mode.
unwritable() {
	echo new >a
	echo old >b
	chmod "$mode" b
	give_to_user .
}

asked_unwritable() {
	become_user
	ANSWERS=$1
	for mode in 444 000 4555 200 604; do
		rm -rf -- *
		chmod 755 .
		like_cp unwritable "${@:2}" a b
	done
}

# -n and -u do not open a skipped target, and so report no error for an unreadable one.
left_alone() {
	become_user
	mode=000
	like_cp unwritable "$@" a b
}

# A source whose target stays is not opened: nobody need be able to read it, and no FIFO need have a writer.
closed_sources() {
	mkdir src dst
	echo old >src/a
	echo new >dst/a
	echo b >src/b
	echo b >dst/other
	at 1500000000 src/a
	at 1400000000 src/b
	chmod 000 src/a src/b
	mkfifo p
	: >q
	"${PCOPY_PYTHON:-python3}" -S -c 'import os, stat
os.mknod("s", stat.S_IFSOCK | 0o644)'
	give_to_user .
}

not_opened() {
	become_user
	ANSWERS=$'n\nn\nn\n'
	alike closed_sources '-n -T src dst' '-u -T src dst' '-i -T src dst' '-n src/a dst' '-u src/a dst' '-n src/b dst' \
		'-au -T src dst' '-an -T src dst' '-n --remove-destination -T src dst' '-nb src/a src/b dst'
}

# Without -r cp reads FIFOs and sockets that are operands.
no_stream_opened() {
	become_user
	ANSWERS=$'n\nn\nn\n'
	RECURSIVE=()
	alike closed_sources '-n p q' '-u p q' '-n s q' '-n p dst/a' '-n s src/a dst' '-i p q'
}

# Nor is one that is skipped because of its size, and a dry run reports the same.
not_opened_for_size() {
	become_user
	mkdir user
	cd user
	closed_sources
	expect_status 0 "${AS[@]}" "$PCOPY" "${P[@]}" -r --max-size=1 -T src new
	expect_quiet
	expect_status 0 "${AS[@]}" "$PCOPY" "${P[@]}" -r -n --dry-run -T src/a dst/a
	expect_quiet
	expect_status 1 "${AS[@]}" "$PCOPY" "${P[@]}" -r -n --dry-run -T src/b dst/new
	expect_stderr "pcopy: cannot open 'src/b' for reading: Permission denied"
}

# A difference of one nanosecond counts also next to a whole second, and when times are preserved.
nanosecond() {
	local from to options
	for from in 1500000000.000000001 1500000000.000000000 -1.000000000 0.000000001 4294967296.000000000 \
		1500000000.100000000 1500000000.999999999; do
		for options in -u -pu; do
			rm -rf cp pcopy
			mkdir cp pcopy
			pair
			at "$from" a
			to=$("${PCOPY_PYTHON:-python3}" -S -c 'import os
t = os.stat("a").st_mtime_ns - 1
print("%s%d.%09d" % ("-" if t < 0 else "", abs(t) // 10**9, abs(t) % 10**9))')
			cp b cp/b
			cp b pcopy/b
			at "$to" cp/b
			# one change time in a hundred looks like that of a file system with a granularity of 100 ns
			until at "$to" pcopy/b && [[ $(stat -c %z pcopy/b) != *00\ +* ]]; do :; done
			cp -r $options a cp/b
			expect_status 0 pcopy $options a pcopy/b
			cmp cp/b pcopy/b || fail "$options $from onto $to"
			expect_same new "$(cat cp/b)" "$options $from onto $to"
		done
	done
}

# A source is not newer only because the target's file system cannot store its exact time.
whole_seconds() {
	[[ $EUID -eq 0 ]] || skip "only root can mount"
	[[ -n ${PCOPY_TEST_NS:-} ]] || skip "no private mount namespace here"
	command -v mkfs.ext4 >/dev/null || skip "no mkfs.ext4"
	mkdir mnt
	truncate -s 4M image
	mkfs.ext4 -q -I 128 image 2>/dev/null || skip "mkfs.ext4 failed"
	mount -o loop image mnt 2>/dev/null || skip "cannot mount through a loop device"
	echo a >a
	at 1500000000.75 a
	cp -p a mnt/a
	expect_same 1500000000.0000000000 "$(find mnt/a -printf %T@)"
	cp -rpuv a mnt >cp.out
	expect_status 0 pcopy -puv a mnt
	diff cp.out "$out"
	expect_same "" "$(cat "$out")"
	expect_status 0 pcopy -uv a mnt
	expect_same "'a' -> 'mnt/a'" "$(cat "$out")" "without -p"
}

# The file system has no space for the new file beside the old one: cp overwrites the old one.
no_room_beside() {
	mount_image tmpfs 3M
	head -c 2M /dev/urandom >f
	head -c 2M /dev/zero >mnt/f
	at 1500000000 mnt/f
	cp -p mnt/f old
	expect_status 1 pcopy "$@" f mnt
	expect_stderr "pcopy: error writing 'mnt/f': No space left on device"
	expect_stderr "pcopy: 'mnt/f' is kept until its new copy is complete, which needs space for both; --atomic=never needs space for one"
	cmp old mnt/f
	expect_status 0 pcopy "$@" --atomic=never f mnt
	cmp f mnt/f
	head -c 2M /dev/urandom >g
	expect_status 1 pcopy "$@" g mnt # no target exists
	! grep -q 'needs room' "$err" || fail "$(<"$err")"
}

each_pool "trees, by age" in_trees
check "operands, by age" of_operands
check "-u: no room for both" no_room_beside -u
check "--remove-destination: no room for both" no_room_beside --remove-destination
each_pool "kinds in the way" kinds_in_the_way
check "target named by hand is a link" through_links
check "two sources of one name" just_created
each_pool "-u links nothing that it skips" skipped_names
each_pool "-au: hard links" keeps_links
check "--update=WORD" new_words
each_pool "--update=none-fail" none_fail
check "wrong words, and words that exclude each other" wrong_words
check "-i: answers" asked_once
each_pool "-i: all yes" asked_often y -i -T src dst
each_pool "-i: all no" asked_often n -i -T src dst
each_pool "-iu: all yes" asked_often y -iu -T src dst
check "-i: operands" asked_often y -i src/older src/equal src/newer src/missing dst
check "-i with others: yes" interplay y
check "-i with others: no" interplay n
check "-i with --update: yes" interplay_new y
check "-i with --update: no" interplay_new n
check "-i and kinds in the way: yes" asked_kinds y
check "-i and kinds in the way: no" asked_kinds n
check "-i: not writable, yes" asked_unwritable y -i
check "-i: not writable, no" asked_unwritable n -i
check "-if: not writable, yes" asked_unwritable y -if
check "-i --remove-destination: not writable" asked_unwritable y -i --remove-destination
each_pool "the source is not opened" not_opened
each_pool "the source is not opened: FIFOs and sockets" no_stream_opened
one_pool "the source is not opened: sizes, --dry-run" not_opened_for_size
check "-n: not readable, not writable" left_alone -n
check "-u: not writable" left_alone -u
# A target is not older only because of coarse times, but is replaced when it really is older.
coarse_target() {
	local ns server
	coarse_mount
	for server in "" yes; do
		for ns in 100 1000 10000000 1000000000 2000000000; do
			[[ -z $server ]] || export COARSE_SERVER=yes
			rm -rf src mnt/dst
			mkdir src
			seq 10 >src/a
			seq 20 >src/b
			at 1500000001.999999999 src/a src/b src
			cp -rp src mnt/dst
			expect_status 0 coarse $ns -puv -T src mnt/dst
			expect_same "" "$(cat "$out")" "$ns"
			seq 30 >src/a
			at 1500000003.999999999 src/a
			expect_status 0 coarse $ns -puv -T src mnt/dst
			expect_same "'src/a' -> 'mnt/dst/a'" "$(cat "$out")" "$ns"
			cmp src/a mnt/dst/a
		done
	done
}
one_pool "-pu onto a file system with coarse times" coarse_target
check "-u: a nanosecond" nanosecond
check "-pu onto a file system with whole seconds" whole_seconds
done_testing
