# --delete: after the copy, pcopy removes entries below the target of a SOURCE directory that the SOURCE lacks.
# The results are compared with those of rsync -aHAX --delete and of find.
. "$(dirname "$0")/lib.sh"

old=2020-02-02

# ages DIR...: sets old times on all entries, so that a recent time shows a change.
ages() {
	find "$@" -depth -exec touch -h -d $old {} +
}

# A source, and a target with more, fewer and different entries.
fixture() {
	mkdir -p s/a/b s/keep s/kinds/dir s/empty o/a/b/c/d o/keep o/kinds/file/sub o/gone/deep/er
	echo new >s/a/f
	echo 2 >s/a/b/g
	echo 3 >s/kinds/file
	echo 4 >s/kinds/dir/in
	ln -s a s/link
	echo older >o/a/f
	echo x | tee o/a/extra o/a/b/.hidden o/a/b/c/d/file o/gone/deep/er/file >o/kinds/file/sub/in
	echo y >o/kinds/dir
	mkfifo o/gone/fifo
	ln -s /nowhere o/gone/link
	ln -s .. o/a/up
	mkdir o/empty o/empty/er
	ages s o
}

# by_rsync SOURCE TARGET: creates TARGET.rsync, the expected state of TARGET.
by_rsync() {
	command -v rsync >/dev/null || skip "no rsync"
	cp -a "$2" "$2.rsync"
	rsync -aHAX --delete "$1/" "$2.rsync/"
}

same_as_rsync() {
	same_state "$1.rsync" "$1"
}

# unchanged DIR: DIR is as `note DIR` recorded it.
note() {
	find "$1" -printf '%p %y %m %s %T@ %l %i\n' | sort >"$1.noted"
}

unchanged() {
	find "$1" -printf '%p %y %m %s %T@ %l %i\n' | sort | diff "$1.noted" - || fail "$1 changed"
}

# ---- What is removed ----

as_rsync() {
	fixture
	by_rsync s o
	expect_status 0 pcopy -a --delete -T s o
	expect_quiet
	same_as_rsync o
	expect_status 0 pcopy -a --delete -v -T s o
	! grep removed "$out" | grep -v o/link || fail "removed once more"
	same_as_rsync o
}
each_pool "as rsync does" as_rsync

beside() {
	fixture
	mkdir dst
	mv o dst/s
	echo mine >dst/other
	mkdir -p dst/t/x
	by_rsync s dst/s
	expect_status 0 pcopy -a --delete s dst
	same_as_rsync dst/s
	expect_same mine "$(<dst/other)"
	[[ -d dst/t/x ]] || fail "a name beside the target is gone"
	echo file >file
	expect_status 0 pcopy -a --delete file dst
	[[ -d dst/t/x && -L dst/s/link ]] || fail "a file has deleted something"
}
each_pool "only below the targets of directories" beside

several() {
	fixture
	cp -a s s2
	mkdir dst
	cp -a o dst/s
	cp -a o dst/s2
	echo only >s2/only
	by_rsync s dst/s
	by_rsync s2 dst/s2
	rm -rf dst.noted
	expect_status 0 pcopy -a --delete s s2 dst
	same_as_rsync dst/s
	same_as_rsync dst/s2
}
each_pool "of several SOURCEs each by its own" several

counts_agree() {
	mkdir -p s o/d
	echo >o/d/f
	echo >s/same
	expect_status 0 pcopy -r -v --delete -T s o
	expect_same "'s/same' -> 'o/same'
removed 'o/d/f'
removed directory 'o/d'" "$(cat "$out")"
	mkdir o/d
	echo >o/d/f
	expect_status 0 pcopy -r -v --delete --events=events --json=report --stats -T s o
	"${PCOPY_PYTHON:-python3}" - <<-'END'
		import json
		lines = [json.loads(line) for line in open("events")]
		gone = [(e["dst"], e["kind"]) for e in lines if e["event"] == "removed"]
		assert gone == [("o/d/f", "file"), ("o/d", "directory")], gone
		d = json.load(open("report"))["deleted"]
		assert (d["removed"], d["directories"], d["found"], d["stayed"], d["failed"]) == \
		    (2, 1, 3, 0, 0), d
	END
	grep -Eq '^Deleted +2 in .*, of these directories 1, kept 0, failed 0$' "$out" ||
		fail "$(cat "$out")"
}
each_pool "-v, --events, --json, --stats" counts_agree

deep() {
	mkdir s o
	"${PCOPY_PYTHON:-python3}" - <<-'END'
		import os
		os.chdir("o")
		for i in range(2000):
		    os.mkdir("directory" * 3)
		    os.chdir("directory" * 3)
		    open("f", "w").close()
	END
	echo >s/f
	expect_status 0 pcopy -a --delete -T s o
	expect_same "o o/f" "$(echo $(find o))"
}
each_pool "2,000 levels" deep

wide() {
	mkdir -p s/d o/d/many
	(cd o/d && seq -f 'extraneous-%g' 20000 | xargs touch)
	(cd o/d/many && seq 3000 | xargs mkdir && seq -f '%g/f' 3000 | xargs touch)
	(cd s/d && seq 2000 | xargs touch)
	expect_status 0 pcopy -r --delete --json=report -T s o
	diff <(cd s && find . | sort) <(cd o && find . | sort) || fail "differs"
	expect_same 26001 "$(json report 'd["deleted"]["removed"]')"
	mkdir o/d/many
	(cd o/d/many && seq 3000 | xargs touch)
	expect_status 0 pcopy -r --delete -v -T s o
	expect_same 3001 "$(grep -c ^removed "$out")"
}
each_pool "many names" wide

# ---- What is kept ----

mounts() {
	[[ $EUID -eq 0 && -n ${PCOPY_TEST_NS:-} ]] || skip "only root can mount"
	mkdir -p s o/x/y/mnt o/x/y/z o/bound/in outside/sub o/direct o/x/files
	echo >s/f
	echo >outside/sub/precious
	echo >o/x/y/z/goes
	echo >o/x/files/bound
	mount -t tmpfs tmpfs o/x/y/mnt
	echo >o/x/y/mnt/precious
	mount --bind outside o/bound/in
	mount --bind outside o/direct
	mount --bind outside/sub/precious o/x/files/bound
	expect_status 0 pcopy -a --delete -v -T s o
	for name in o/x/y/mnt o/bound/in o/direct o/x/files/bound; do
		expect_stderr "pcopy: not deleting '$name': it is a mount point or a subvolume"
	done
	expect_same 4 "$(wc -l <"$err")" messages
	[[ -e o/x/y/mnt/precious && -e outside/sub/precious ]] || fail "gone beyond a mount"
	expect_same "removed 'o/x/y/z/goes'
removed directory 'o/x/y/z'" "$(grep removed "$out")"
	umount o/x/y/mnt o/bound/in o/direct o/x/files/bound
	expect_status 0 pcopy -a --delete -T s o
	expect_same "o o/f" "$(echo $(find o))"
}
each_pool "mounts" mounts

# A subvolume is not a mount, but pcopy does not empty it either, unless the source has that directory, too.
subvolumes() {
	command -v btrfs >/dev/null || skip "no btrfs-progs"
	mount_image btrfs 128M
	mkdir -p s/pair mnt/o/x/y
	echo >s/pair/f
	echo >s/f
	for name in pair x/y/inner x/outer top; do
		btrfs -q subvolume create "mnt/o/$name" >/dev/null
		echo >"mnt/o/$name/precious"
	done
	btrfs -q subvolume create mnt/o/x/outer/in >/dev/null
	btrfs -q subvolume snapshot -r mnt/o/top mnt/o/x/snapshot >/dev/null
	echo >mnt/o/x/y/goes
	expect_status 0 pcopy -a --delete -v -T s mnt/o
	for name in x/y/inner x/outer x/snapshot top; do
		expect_stderr "pcopy: not deleting 'mnt/o/$name': it is a mount point or a subvolume"
	done
	expect_same 4 "$(wc -l <"$err")" messages
	expect_same "f pair pair/f top top/precious x x/outer x/outer/in x/outer/precious x/snapshot x/snapshot/precious x/y x/y/inner x/y/inner/precious" \
		"$(cd mnt/o && echo $(find . -mindepth 1 -printf '%P\n' | sort))"
	expect_same "removed 'mnt/o/pair/precious'
removed 'mnt/o/x/y/goes'" "$(grep removed "$out" | sort)"
	btrfs -q property set mnt/o/x/snapshot ro false
}
each_pool "subvolumes" subvolumes

silly() {
	mkdir -p s o/d
	touch s/f o/d/.nfs000000000000a3b500000001 o/d/f o/.nfs
	expect_status 0 pcopy -a --delete -T s o
	expect_stderr "pcopy: not deleting 'o/d/.nfs000000000000a3b500000001': a program has it open"
	expect_same "o o/d o/d/.nfs000000000000a3b500000001 o/f" "$(echo $(find o | sort))"
}
each_pool ".nfs names" silly

immutable() {
	mount_image ext4 20M
	mkdir -p s/pair mnt/o/d/sub mnt/o/e mnt/o/empty mnt/o/append mnt/o/pair
	touch s/f mnt/o/d/file mnt/o/d/sub/in mnt/o/e/in mnt/o/append/in mnt/o/pair/in
	chattr +i mnt/o/d/file mnt/o/e mnt/o/empty
	chattr +a mnt/o/append mnt/o/pair
	expect_status 1 pcopy -r --delete -T s mnt/o
	for name in d/file e/in empty append/in pair/in; do
		expect_stderr "pcopy: cannot remove 'mnt/o/$name': Operation not permitted"
	done
	expect_same 5 "$(wc -l <"$err")" messages
	expect_missing mnt/o/d/sub
	expect_same "append append/in d d/file e e/in empty f pair pair/in" \
		"$(cd mnt/o && echo $(find . -mindepth 1 -path ./lost+found -o -printf '%P\n' | sort))"
	chattr -i mnt/o/d/file mnt/o/e mnt/o/empty
	chattr -a mnt/o/append mnt/o/pair
	expect_status 0 pcopy -a --delete -T s mnt/o
	expect_same "o/f o/pair" "$(cd mnt && echo $(find o -mindepth 1 | sort))"
}
each_pool "immutable and append-only" immutable

# pcopy makes a user's own directories writable; it cannot remove entries from sticky directories of others.
modes() {
	mkdir -p s/same o/same o/ro/sub o/none o/sticky
	touch s/same/f o/same/f o/same/extra o/ro/f o/ro/sub/f o/none/f o/sticky/theirs
	ln o/sticky/theirs theirs
	chmod 500 s/same o/same
	become_user
	if [[ $EUID -eq 0 ]]; then
		chown 0:0 o/sticky o/sticky/theirs
		chmod 1777 o/sticky
	fi
	chmod 555 o/ro/sub o/ro
	chmod 000 o/none
	ages s
	local status=0
	[[ $EUID -ne 0 ]] || status=1
	expect_status $status "${AS[@]}" timeout -s KILL 100 "$PCOPY" "${P[@]}" -a --delete -T s o
	[[ $status -eq 0 ]] ||
		expect_same "pcopy: cannot remove 'o/sticky/theirs': Operation not permitted" "$(cat "$err")"
	expect_missing o/ro
	expect_missing o/none
	expect_same "500 f" "$(stat -c %a o/same) $(ls o/same)"
	same_metadata s/same o/same
}
each_pool "read-only and sticky directories" modes

# fault_mount FAULT: the server of tests/boundary at ./mnt.
fault_mount() {
	local server=${PCOPY%/*}/tests/fault_fs
	[[ -x $server ]] || skip "no $server: libfuse was not found"
	[[ -w /dev/fuse && $EUID -eq 0 ]] || skip "/dev/fuse is not for us"
	mkdir mnt
	"$server" mnt >served 2>&1 &
	until_true grep -q ready served || skip "FUSE does not work here: $(cat served)"
	mkdir mnt/first # it gets the inode number of the root there
	setfattr -n trusted.fault -v "$1" mnt
}

# The target treats names that differ in case as equal.
folds() {
	fault_mount folds=1
	mkdir -p s/Dir/Sub mnt/o/DIR/sUB mnt/o/DIR/more/in s/Becomes-Dir mnt/o/becomes-FILE/in
	echo 1 >s/Dir/File
	echo 1 >s/README
	echo 3 >s/Becomes-Dir/in
	echo 4 >s/Becomes-File
	echo 2 >mnt/o/DIR/FILE
	echo 2 >mnt/o/readme
	touch mnt/o/other mnt/o/DIR/OTHER mnt/o/DIR/sUB/other mnt/o/BECOMES-dir
	expect_status 0 pcopy -r --delete --json=report -T s mnt/o
	expect_quiet
	expect_same "1 1 3 4" "$(echo $(cat mnt/o/dir/file mnt/o/README mnt/o/becomes-dir/in mnt/o/becomes-file))"
	expect_same "Becomes-Dir Becomes-Dir/in Becomes-File DIR DIR/FILE DIR/sUB readme" \
		"$(cd mnt/o && echo $(find . -mindepth 1 -printf '%P\n' | sort))"
	expect_same "12 8" "$(json report '"%(found)d %(removed)d" % d["deleted"]')"
	umount mnt
	wait
}
each_pool "a target that folds case" folds

# The target drops dots and blanks at the end of a name, as vfat and SMB do: it lists `a` for the source's `a.`.
drops_dots() {
	fault_mount folds=2
	mkdir -p s/sub. mnt/o/other
	echo 1 >s/a.
	echo 2 >s/sub./B..
	echo 3 >"s/c "
	touch mnt/o/d mnt/o/A
	local run
	for run in first second; do
		expect_status 0 pcopy -r --delete -T s mnt/o
		expect_quiet
		expect_same "1 2 3" "$(echo $(cat mnt/o/a mnt/o/sub/b mnt/o/c))" "$run run"
		expect_same "A c sub sub/B" "$(cd mnt/o && echo $(find . -mindepth 1 -printf '%P\n' | sort))" "$run run"
	done
	umount mnt
	wait
}
each_pool "a target that drops dots at the end of names" drops_dots

# The file system compares names beyond ASCII by a table of its own.
folds_by_table() {
	mount_folding 20M
	mkdir -p s/ÄPFEL mnt/o/äpfel mnt/o/mÉlange
	touch s/ÄPFEL/Größe s/Ålesund s/plain
	touch mnt/o/äpfel/gRÖßE mnt/o/äpfel/größer mnt/o/åLESUND mnt/o/PLAIN mnt/o/ÅLE mnt/o/mÉlange/f
	(cd s && find . -type f | sort) >want
	expect_status 0 pcopy -r --delete -T s mnt/o
	(cd mnt/o && find . -type f) >have # the file system lists names in lower case
	expect_quiet
	expect_same "$(wc -l <want)" "$(wc -l <have)" "names"
	while read -r name; do
		[[ -f mnt/o/$name ]] || fail "$name is gone"
	done <want
	expect_missing mnt/o/mÉlange
	umount mnt
}
each_pool "a target that folds more than case of ASCII" folds_by_table

# Entries that the rules exclude are protected, with the directories that contain them.
filters() {
	local rules=(--exclude=*.o --exclude=/cache/ --include=keep.log --exclude=*.log)
	mkdir -p s/cache s/d s/obj o/cache/old o/d/sub/deep o/gone/x o/obj
	touch s/a s/a.o s/cache/c s/d/b s/d/b.log s/kind.o
	touch o/a.o o/b.o o/cache/c o/cache/old/f o/d/b.log o/d/keep.log o/d/sub/deep/x.o o/d/sub/f
	touch o/gone/x/f o/gone/x.log o/obj/keep.log
	mkdir o/kind.o
	touch o/kind.o/f
	ages s o
	cp -a o o2
	command -v rsync >/dev/null || skip "no rsync"
	cp -a o o.rsync
	cp -a o2 o2.rsync
	rsync -aHAX --delete "${rules[@]}" s/ o.rsync/
	expect_status 0 pcopy -a --delete "${rules[@]}" -T s o
	expect_quiet
	same_as_rsync o
	rsync -aHAX --delete --delete-excluded "${rules[@]}" s/ o2.rsync/
	expect_status 0 pcopy -a --delete --delete-excluded "${rules[@]}" -T s o2
	same_as_rsync o2
}
each_pool "what the rules leave out" filters

# What the source has as an excluded kind, and the target as another one.
excluded_kinds() {
	local rules=(--exclude=cache/ --include=*/ --include=/kept --exclude=*)
	mkdir -p s/cache s/d/cache o/file/below o/d
	touch s/cache/c s/file s/kept
	echo old >o/cache
	ln -s nowhere o/d/cache
	touch o/file/below/f
	ages s o
	cp -a o o.rsync
	cp -a o o2
	command -v rsync >/dev/null || skip "no rsync"
	rsync -aHAX --delete --delete-excluded "${rules[@]}" s/ o.rsync/
	expect_status 0 pcopy -a --delete --delete-excluded "${rules[@]}" -T s o
	expect_quiet
	same_as_rsync o
	expect_status 0 pcopy -a --delete "${rules[@]}" -T s o2
	expect_same old "$(<o2/cache)"
	[[ -L o2/d/cache && -e o2/file/below/f ]] || fail "something protected is gone"
}
each_pool "what the rules leave out as another kind" excluded_kinds

ignored() {
	mkdir -p s/d o/d/build o/x
	echo '*.o' >s/.gitignore
	echo build/ >s/d/.gitignore
	touch s/a.o o/b.o o/d/c.o o/d/build/f o/x/d.o o/x/e o/y
	expect_status 0 pcopy -r --gitignore --delete -T s o
	expect_same "o o/.gitignore o/b.o o/d o/d/.gitignore o/d/build o/d/build/f o/d/c.o o/x o/x/d.o" \
		"$(echo $(find o | sort))"
	expect_status 0 pcopy -r --gitignore --delete --delete-excluded -T s o
	expect_same "o o/.gitignore o/d o/d/.gitignore" "$(echo $(find o | sort))"
}
each_pool "what .gitignore files leave out" ignored

# ---- Conditions that prevent deleting ----

failures() {
	fixture
	echo >s/unreadable
	become_user
	chmod 000 s/unreadable
	[[ $EUID -ne 0 || ${#AS[@]} -gt 0 ]] || skip "root reads everything"
	note o
	expect_status 1 "${AS[@]}" "$PCOPY" "${P[@]}" -r --delete s/unreadable s/empty o
	expect_stderr "pcopy: not deleting: 1 entry was not copied (see --ignore-errors)"
	[[ -d o/empty/er ]] || fail "deleted all the same"
	expect_status 1 "${AS[@]}" "$PCOPY" "${P[@]}" -r --delete -T s o
	expect_stderr "pcopy: cannot overwrite directory 'o/kinds/file' with non-directory"
	expect_stderr "pcopy: cannot overwrite non-directory 'o/kinds/dir' with directory 's/kinds/dir'"
	expect_stderr "pcopy: not deleting: 1 entry was not copied (see --ignore-errors)"
	[[ -e o/kinds/file/sub/in && -L o/gone/link && -f o/kinds/dir ]] || fail "deleted all the same"
	expect_status 1 "${AS[@]}" "$PCOPY" "${P[@]}" -r --delete --ignore-errors -T s o
	expect_missing o/gone
	expect_same "3 4" "$(echo $(cat o/kinds/file o/kinds/dir/in))"
}
each_pool "entries that failed" failures

unreadable_directory() {
	fixture
	mkdir s/keep/closed o/keep/closed
	touch o/keep/closed/x
	become_user
	chmod 000 s/keep/closed
	expect_status 1 "${AS[@]}" "$PCOPY" "${P[@]}" -r --delete -T s o
	[[ -L o/gone/link ]] || fail "deleted all the same"
	expect_status 1 "${AS[@]}" "$PCOPY" "${P[@]}" -r --delete --ignore-errors -T s o
	expect_missing o/gone
	chmod 755 o/keep/closed
	[[ -e o/keep/closed/x ]] || fail "deleted where the source could not be listed"
	chmod 755 s/keep/closed
}
each_pool "a directory that cannot be listed" unreadable_directory

empty() {
	fixture
	mkdir nothing
	ages nothing
	cp -a o o2
	note o
	expect_status 1 pcopy -a --delete --ignore-errors -T nothing o
	expect_same "pcopy: not deleting: 'nothing' is empty and 'o' is not (see --delete-from-empty)" \
		"$(cat "$err")"
	unchanged o
	expect_status 0 pcopy -a --delete --delete-from-empty -T nothing o
	expect_same o "$(echo $(find o))"
	expect_status 0 pcopy -a --delete -T nothing o
	mkdir dst
	mv o2 dst/s
	mkdir dst/nothing
	touch dst/nothing/x
	expect_status 1 pcopy -a --delete s nothing dst
	[[ -L dst/s/gone/link && -e dst/nothing/x ]] || fail "one of two was deleted from"
}
each_pool "an empty SOURCE" empty

limit() {
	mkdir -p s o/d
	touch s/f o/f o/1 o/2 o/d/3
	note o
	local n
	for n in 0 3 '79%' 1%; do
		expect_status 1 pcopy -r -n --delete --max-delete=$n -T s o
		expect_same "pcopy: not deleting: 4 entries would be deleted, more than --max-delete allows" \
			"$(cat "$err")"
		unchanged o
	done
	cp -a o o2
	cp -a o o3
	expect_status 0 pcopy -r --delete --max-delete=4 -T s o
	expect_same "o o/f" "$(echo $(find o))"
	expect_status 0 pcopy -r --delete --max-delete=80% -T s o2
	expect_same "o2 o2/f" "$(echo $(find o2))"
	expect_status 0 pcopy -r --delete --max-delete=100% -T s o3
	expect_status 0 pcopy -r --delete --max-delete=0 -T s o3
	# the limit applies to all operands together, and conflicting entries count
	mkdir dst s2
	cp -a s/. s2
	mkdir s2/kind
	cp -a o.noted s2/kind/x
	mkdir dst/s dst/s2
	touch dst/s/1 dst/s2/2 dst/s2/kind
	expect_status 1 pcopy -r --delete --max-delete=2 s s2 dst
	expect_stderr "pcopy: not deleting: 3 entries would be deleted, more than --max-delete allows"
	expect_stderr "pcopy: cannot overwrite non-directory 'dst/s2/kind' with directory 's2/kind'"
	expect_status 0 pcopy -r --delete --max-delete=3 s s2 dst
	expect_same "dst dst/s dst/s/f dst/s2 dst/s2/f dst/s2/kind dst/s2/kind/x" "$(echo $(find dst | sort))"
}
each_pool "--max-delete" limit

# Entries of conflicting kinds in the middle of trees: files, directories, links and special files.
kinds() {
	mkdir -p s/d1 s/d2/sub o/f1/x o/f2
	echo 1 >s/f1
	ln s/f1 s/f2
	mkfifo s/p o/n
	echo 2 >s/n
	echo 3 >s/l
	ln -s nowhere o/l
	ln -s f1 s/sl
	mkdir o/sl o/p
	echo >o/d1
	mkfifo o/d2
	echo >s/d2/sub/in
	ages s o
	cp -a o o2
	by_rsync s o
	expect_status 1 pcopy -a -T s o2
	expect_status 0 pcopy -a --delete --json=report -T s o
	expect_quiet
	same_as_rsync o
	[[ o/f1 -ef o/f2 ]] || fail "two files of one"
	local all failed
	all=$(find s | wc -l)
	expect_same "$all 0" "$(json report 'sum(c["copied"] for c in d["entries"].values()), sum(c["failed"] for c in d["entries"].values())' | tr -d '(),')"
}
each_pool "kinds that conflict" kinds

# pcopy processes the directories that lead to a replaced entry twice, and counts them once.
counts() {
	local words
	mkdir -p s/d/e o/d/e/k
	echo 1 >s/d/e/k
	touch s/d/e/{x.o,same}
	ages s o
	cp -a s/d/e/same o/d/e
	while read -r words; do
		rm -rf o2
		cp -a o o2
		expect_status 0 pcopy $words --exclude='*.o' --events=events -v --json=report -T s o2
		expect_same "5 1 1" "$(json report '"%d %d %d" % (sum(n for c in d["entries"].values()
			for n in c.values()), sum(d["excluded"].values()), d["deleted"]["removed"])')" "$words"
		expect_same 1 "$(grep -c '"event":"excluded"' events)" "$words"
		[[ $words != *mirror* ]] ||
			expect_same "3 1" "$(json report '"%d %d" % (d["unchanged"], d["attributes_set"])')" "$words"
	done <<-'END'
		-a --delete
		-r --delete
		--mirror
		--mirror --dry-run
	END
}
each_pool "what is counted" counts

# Verification covers removed and replaced entries like all others.
verified() {
	local words all
	fixture
	mkdir -p o/a o/k s/k2/in
	echo >s/k
	echo >o/k/below
	echo >o/k2
	ages s o
	all=$(find s | wc -l)
	for words in "-a --delete" --mirror; do
		rm -rf o2
		cp -a o o2
		expect_status 0 pcopy $words --verify --manifest=manifest --json=report -T s o2
		expect_quiet
		diff -r --no-dereference s o2
		expect_same "$all 0" "$(json report '"%(entries)d %(differences)d" % d["verification"]')" "$words"
		expect_status 0 "$PCOPY" --check=manifest o2
		echo more >o2/extraneous
		expect_status 3 "$PCOPY" --check=manifest o2
	done
}
each_pool "--verify and --manifest" verified

# What the run itself writes below the target is removed: that is not passed over.
own_files() {
	mkdir s
	touch s/a
	expect_status 0 pcopy -a -T s o
	expect_status 1 pcopy --mirror --manifest=o/m -T s o
	expect_stderr "pcopy: cannot write manifest 'o/m': No such file or directory"
	expect_status 1 pcopy --mirror --events=o/e -T s o
	expect_stderr "pcopy: not all events could be written to 'o/e'"
	expect_status 1 pcopy --mirror --trace=o/t -T s o
	expect_stderr "pcopy: cannot write the trace to 'o/t': No such file or directory"
	expect_status 0 pcopy --mirror --manifest=o/m --events=o/e --trace=o/t --exclude='[met]' -T s o
	expect_quiet
	[[ -s o/m && -s o/e && -s o/t ]] || fail "something is missing"
	expect_status 0 pcopy --mirror --manifest=m --events=fd:9 -T s o 9>e
	[[ -s m && -s e ]] || fail "something is missing beside the target"
}
one_pool "files of the run below the target" own_files

# A dry run reports what the real run then does, and changes nothing.
dry() {
	local status words
	fixture
	mkdir -p o/a/{x,y}/z o/k s/k2/in
	echo >s/k
	echo >o/k/below
	echo >o/k2
	chmod 555 o/a/x
	while read -r status words; do
		cp -a o o2
		note o2
		expect_status "$status" pcopy -a --delete --dry-run $words -T s o2
		unchanged o2
		sed -n 's/^would remove //p' "$out" | sort >want
		[[ $status -eq 1 || -s want ]] || fail "nothing would be removed"
		sort "$err" >errors
		expect_status "$status" pcopy -av --delete $words -T s o2
		sed -n 's/^removed //p' "$out" | sed 's/^directory //' | sort >have
		diff want have
		sort "$err" | diff errors -
		remove_tree "$PWD/o2"
	done <<-'END'
		0
		0 --delete-excluded --exclude=a
		1 --max-delete=1
		0 --max-delete=90%
		1 --exclude=below
		1 --exclude=below --exclude=k2
	END
}
each_pool "what would be removed" dry

refused() {
	fixture
	mkdir -p t/s o/a/inside/s
	note o
	touch t/s/x o/a/inside/s/y
	note o
	local said
	for words in "s t/s o" "s s o" "-T s/. o --max-delete=101%" "-T s o --max-delete=x" \
		"-T s o --max-delete=" "-T s o --max-delete=5%%" "-b -T s o" "--verify-only -T s o"; do
		expect_status 2 pcopy -a --delete $words
		unchanged o
	done
	expect_status 2 pcopy -a --delete t/. s/. o
	expect_status 2 pcopy -a --delete t/. s/a o
	expect_status 2 pcopy -a --delete s/a t/. o
	expect_stderr "pcopy: cannot use --delete: 'o/a', the target of 's/a', overlaps the target of another source"
	expect_status 2 pcopy -a --delete o/a/inside/s/. o/a
	expect_stderr "pcopy: cannot use --delete: 'o/a/.' contains a source"
	expect_status 2 pcopy -a --max-delete=1 -T s o
	expect_status 2 pcopy -a --ignore-errors -T s o
	expect_status 2 pcopy -a --delete-from-empty -T s o
	unchanged o
}
check "what is refused" refused

# Each removal names one component relative to a descriptor, after the source has reported ENOENT for it.
calls() {
	calls_are_seen
	command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null || skip "no strace"
	fixture
	strace -f -y -qq -o trace -e trace=%file "$PCOPY" "${P[@]}" $1 -T s o
	"${PCOPY_PYTHON:-python3}" - "$PWD" <<-'END'
		import re, sys
		top = sys.argv[1]
		absent, removed = set(), 0
		started = {}
		for line in open("trace"):
		    pid, line = line.split(None, 1)
		    if "<unfinished" in line:
		        started[pid] = line.split("<unfinished")[0].rstrip()
		        continue
		    if line.startswith("<..."):
		        line = started.pop(pid) + re.sub(r"^<... \S+ resumed>", "", line)
		    line = re.sub(r"\) +=", ") =", line)
		    m = re.match(r'newfstatat\((\d+|AT_FDCWD)<(.*?)>, "(.*?)",.*= -1 ENOENT', line)
		    if m:
		        absent.add(m[2] + "/" + m[3])
		    m = re.match(r"(unlink|rmdir|rename)\(", line)
		    assert not m, line
		    m = re.match(r'unlinkat\((\S+?)<(.*?)>, "(.*?)", (\S+)\) = (.*)', line)
		    if not m:
		        continue
		    assert m[1] != "AT_FDCWD" and "/" not in m[3] and m[3] not in ("", ".", ".."), line
		    path = m[2] + "/" + m[3]
		    assert path.startswith(top + "/o/"), line
		    name = path[len(top) + 3:].split("/")
		    up = ["/".join(name[:i]) for i in range(1, len(name) + 1)]
		    kinds = path.startswith(top + "/o/kinds/")
		    assert kinds or any(top + "/s/" + one in absent for one in up), line
		    removed += m[5].startswith("0")
		assert removed >= 12, removed
	END
}
each_pool "one component, a descriptor, and ENOENT before" calls "-a --delete"
each_pool "... with --mirror" calls "--mirror --max-delete=99%"

# Only the copy looks up a source entry, once; the removal knows the existing names from a listing.
asked_once() {
	calls_are_seen
	command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null || skip "no strace"
	mkdir -p s/d
	seq -f s/d/f%g 100 | xargs touch
	cp -a s o
	touch o/d/extra
	expect_status 0 strace -f -y -qq -e trace=%file -e signal=none -o calls \
		"$PCOPY" "${P[@]}" --mirror -T s o
	expect_same 100 "$(grep -c 'fstatat.*/s/d>, "f' calls)"
	expect_missing o/d/extra
}
each_pool "what the source lists is not asked for" asked_once

# pcopy neither opens nor looks up excluded entries, on either side; with --delete-excluded this holds
# for the source.
left_alone() {
	calls_are_seen
	command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null || skip "no strace"
	local words
	mkdir -p s/{secret/in,d/hidden} o/{secret/in,d/hidden,gone/secret}
	touch s/{secret/in/f,d/x.key,d/hidden/f,z} o/{secret/in/g,d/x.key,d/y.key,d/hidden/g,gone/secret/f,gone/z}
	while read -r words; do
		rm -rf o2
		cp -a o o2
		expect_status 0 strace -f -y -qq -e trace=%file,getdents64 -e signal=none -o calls \
			"$PCOPY" "${P[@]}" $words --exclude=secret --exclude='*.key' --exclude=/d/hidden/ -T s o2
		grep -v execve calls >looked
		# pcopy checks whether s/gone, and thus its contents, exists by now
		[[ $words != *excluded* ]] || sed -i -e '\|["/]o2[/>"]|d' -e '\|"s/gone|d' looked
		! grep -E '["/](secret|x\.key|y\.key|hidden)["/>]' looked || fail "$words"
		grep -qE '["/]z"' calls || fail "nothing was traced"
		expect_missing o2/gone/z
		[[ $words == *excluded* || -e o2/gone/secret/f && -e o2/secret/in/g && -e o2/d/y.key ]] || fail "$words"
		[[ $words != *excluded* ]] || expect_same "o2 o2/d o2/z" "$(echo $(find o2 | sort))"
	done <<-'END'
		-a --delete
		--mirror
		--mirror --max-delete=50%
		--mirror --delete-excluded
	END
}
each_pool "what is left out is not opened" left_alone

# Killed before its n-th removal, the same command then produces the same tree.  In the same run, the other
# workers take over the work of a killed one, unless each of them is killed.
killed() {
	calls_are_seen
	command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null || skip "no strace"
	fixture
	(cd o/gone && mkdir -p {1..4}/e/{1..4} && touch {1..4}/e/{1..4}/f)
	ages s o
	by_rsync s o
	cp -a o o.full
	local n status died=0
	for n in 1 2 4 9 17; do
		rm -rf o
		cp -a o.full o
		status=0
		strace -f -qq -o /dev/null -e trace=unlinkat -e inject=unlinkat:signal=KILL:when=$n \
			timeout -s KILL 100 "$PCOPY" "${P[@]}" -a --delete -T s o >"$out" 2>"$err" || status=$?
		[[ $status -eq 0 || $status -eq 137 || $status -eq 1 && $pool == [ph]* ]] ||
			fail "when $n: status $status: $(head -n 20 "$err")"
		[[ $status -eq 0 && ! -s $err ]] || died=$((died + 1))
		if [[ $status -eq 0 ]]; then
			! grep -v 'a worker was killed by signal 9' "$err" || fail "when $n"
			same_as_rsync o
		fi
		expect_status 0 pcopy -a --delete -T s o
		same_as_rsync o
	done
	[[ $died -ge 2 ]] || fail "killed $died times"
}
each_pool "killed, and once more" killed
done_testing
