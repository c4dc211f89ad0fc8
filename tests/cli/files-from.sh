# --files-from: the names come from a file or from a program.  tests/names/run compares the results with
# rsync on random trees; here are the other cases.
. "$(dirname "$0")/lib.sh"

tree() {
	mkdir -p s/a/b/c s/k
	for name in a/x.o a/y a/b/z a/b/c/w.o a/b/c/v k/l top; do
		echo "$name" >"s/$name"
	done
	ln s/a/y s/k/y
	ln -s a s/link
	chmod 750 s/a/b
	touch -h -d @1500000000.123456789 s/a/b/c/* s/a/b/* s/a/* s/k/* s/* s
}

# Prints the entries below a directory, sorted, in one line.
names() {
	echo $(cd "$1" && find . -mindepth 1 -printf '%P\n' | sort)
}

# pcopy creates the directories that lead to a name, and preserves their metadata.
lead() {
	tree
	printf 'a/b/z\nk/y\n/a/./y\n' >list
	expect_status 0 pcopy -a --json=report --files-from=list s o
	expect_quiet
	expect_same "a a/b a/b/z a/y k k/y" "$(names o)"
	expect_same "$(cd s && stat -c '%n %a %y' . a a/b a/b/z k)" "$(cd o && stat -c '%n %a %y' . a a/b a/b/z k)"
	expect_same "$(stat -c %i o/a/y)" "$(stat -c %i o/k/y)"
	expect_same "4 2 1" "$(json report '" ".join(str(d["entries"][k]["copied"]) for k in ("directory", "file", "hard link"))')"
	mkdir d
	expect_status 0 pcopy --files-from=list s d
	expect_same "$(names o)" "$(names d/s)"
	expect_status 0 pcopy --files-from=list -T s/ e
	expect_same "$(names o)" "$(names e)"
}

# Listed directories are copied with all entries below them, or without.
directories() {
	tree
	printf 'a/b\nk/\n' >list
	expect_status 0 pcopy -a --files-from=list s o
	expect_same "a a/b a/b/c a/b/c/v a/b/c/w.o a/b/z k k/l k/y" "$(names o)"
	expect_status 0 pcopy -p --files-from=list s e
	expect_same "a a/b k" "$(names e)"
	expect_same "$(cd s && stat -c '%n %a %y' a/b k)" "$(cd e && stat -c '%n %a %y' a/b k)"
	echo . >list
	expect_status 0 pcopy -a --files-from=list s w
	same_tree s w
	same_metadata s w
	expect_status 0 pcopy -p --files-from=list s v
	expect_same "" "$(names v)"
}

# A name that is listed again is not copied again, whatever the order.
again() {
	tree
	(cd s && find . -printf '%P\n' && find . -printf '%P\n') | sed 's/^$/./' >list
	expect_status 0 pcopy -a --update=none-fail --json=report --files-from=list s o
	same_tree s o
	expect_same "$(find s | wc -l) 0" "$(json report '"%d %d" % tuple(sum(e[k] for e in d["entries"].values()) for k in ("copied", "skipped"))')"
	(cd s && find . -depth -printf '%P\n') | sed 's/^$/./' >list
	expect_status 0 pcopy -a --files-from=list s w
	same_tree s w
	same_metadata s w
}

# A directory with its final mode is not writable any more; then the list names more of its entries.
read_only() {
	become_user
	tree
	chmod 555 s/a/b/c s/a/b s/a s
	give_to_user .
	printf 'a/b/z\na/b\na/x.o\na\n' >list
	expect_status 0 "${AS[@]}" "$PCOPY" "${P[@]}" -a --files-from=list s o
	same_tree s/a o/a
	expect_same "$(cd s && stat -c '%n %a %y' . a a/b a/b/c)" "$(cd o && stat -c '%n %a %y' . a a/b a/b/c)"
}

# A directory that leads to a name need not be readable, as none in the path of a file that is opened; one
# that is listed itself has to be.
searchable() {
	local at
	become_user
	tree
	chmod 311 s/a/b s/a
	give_to_user .
	printf 'a/b/z\na/b/c\na/y\n' >list
	expect_status 0 "${AS[@]}" "$PCOPY" "${P[@]}" -a --files-from=list --verify -T s o
	expect_quiet
	for at in . a a/b a/y a/b/z a/b/c a/b/c/v a/b/c/w.o; do
		expect_same "$(stat -c '%a %Y %F' "s/$at")" "$(stat -c '%a %Y %F' "o/$at")" "$at"
		[[ -d s/$at ]] || cmp "s/$at" "o/$at"
	done
	expect_status 0 "${AS[@]}" "$PCOPY" "${P[@]}" -a --files-from=list --verify-only -T s o
	expect_status 0 "${AS[@]}" "$PCOPY" "${P[@]}" -a --files-from=list --dry-run -T s other
	expect_quiet
	echo a/b >list
	expect_status 1 "${AS[@]}" "$PCOPY" "${P[@]}" -a --files-from=list s o2
	expect_stderr "pcopy: cannot access 's/a/b': Permission denied"
}

# A directory that is listed after read-only files in it is copied without errors.
unwritable() {
	become_user
	tree
	chmod 444 s/a/b/c/* s/a/b/z s/a/y s/k/*
	give_to_user .
	(cd s && find . -depth -printf '%P\n') | sed 's/^$/./' >list
	expect_status 0 "${AS[@]}" "$PCOPY" "${P[@]}" -a --files-from=list s o
	same_tree s o
	expect_status 1 "${AS[@]}" "$PCOPY" "${P[@]}" -a --files-from=list -T s o
	expect_same 4 "$(grep "cannot create regular file .*: Permission denied" "$err" | sort -u | wc -l)"
}

errors() {
	tree
	printf '# none\n\n../x\na/y\na/../y\nmissing\na/none/at/all\nnew/none\na/y/\nlink/y\n; none\nk\n' >list
	expect_status 1 pcopy -a --json=report --files-from=list s o
	sort "$err" >have
	sort >want <<-'END'
		pcopy: cannot stat 's/a/none/at/all': No such file or directory
		pcopy: cannot stat 's/a/y/': Not a directory
		pcopy: cannot stat 's/link/y': Too many levels of symbolic links
		pcopy: cannot stat 's/missing': No such file or directory
		pcopy: cannot stat 's/new/none': No such file or directory
		pcopy: list:3: '../x' leads outside the source
		pcopy: list:5: 'a/../y' leads outside the source
	END
	diff want have || fail "other messages"
	expect_same "a a/y k k/l k/y" "$(names o)"
	expect_same 7 "$(json report 'sum(e["failed"] for e in d["entries"].values())')"
	expect_status 0 pcopy -aL --files-from=<(echo link/y) s w
	expect_same "link link/y" "$(names w)"
	expect_status 1 pcopy --files-from=list s/top w2
	expect_stderr "pcopy: cannot access 's/top': Not a directory"
	expect_status 1 pcopy --files-from=list nowhere w2
	: >list
	expect_status 0 pcopy --files-from=list s w2
	expect_missing w2
}

# The message names the file and the line, before pcopy changes anything.
bad_input() {
	tree
	printf 'a/y\0\0k\0' >empty
	printf 'a/y\nk\0l\n' >nul
	while IFS='|' read -r options text; do
		expect_status 2 pcopy $options --events=e --json=j --manifest=m s o
		expect_stderr "pcopy: $text"
		expect_missing o e j m
	done <<-'END'
		--files-from=nowhere|cannot read 'nowhere': No such file or directory
		--files-from=.|cannot read '.': Is a directory
		-0 --files-from=empty|empty:2: empty name
		--files-from=nul|nul:2: line contains a NUL byte
	END
	expect_status 2 pcopy -0 --files-from=- s o <empty
	expect_stderr "pcopy: standard input:2: empty name"
	expect_missing o
	expect_status 2 pcopy --files-from=- s o <&-
	expect_stderr "pcopy: cannot read standard input: Bad file descriptor"
	expect_missing o
	expect_status 2 pcopy -0 --files-from=<(cat empty) s o
	grep -q ":2: empty name" "$err" || fail "$(cat "$err")"
	if [[ $EUID -ne 0 ]]; then
		chmod 0 nul
		expect_status 2 pcopy --files-from=nul s o
	fi
}

# A list that is read on demand may be unreadable, too: here it is this shell's memory, at an unmapped address.
unreadable() {
	local at='import os, sys; os.lseek(0, 1, 0); os.execvp(sys.argv[1], sys.argv[1:])'
	tree
	expect_status 2 pcopy --files-from=/proc/self/mem s o
	expect_stderr "pcopy: cannot read '/proc/self/mem': Input/output error"
	exec 8</proc/self/mem
	expect_status 1 "${PCOPY_PYTHON:-python3}" -S -c "$at" "$PCOPY" "${P[@]}" --files-from=- s o <&8
	expect_stderr "pcopy: cannot read standard input: Input/output error"
	exec 8<&-
	expect_missing o
}

usage() {
	tree
	echo a/y >list
	for words in --delete --mirror --bench --verify=archive; do
		expect_status 2 pcopy $words --files-from=list s o
		expect_missing o
	done
	mkdir d
	expect_status 2 pcopy --files-from=list s k d
	expect_status 2 pcopy --files-from=list -t d s s/k
	expect_status 2 pcopy --files-from=- --exclude-from=- s o <list
	expect_missing o d/s
}

# pcopy copies names as they arrive: the program that writes them waits for each copy.
streamed() {
	tree
	mkfifo names
	{
		echo a/y
		until [[ -e o/a/y ]]; do read -rt 0.01 <>"$work/nap" || :; done
		echo k/l
		until [[ -e o/k/l ]]; do read -rt 0.01 <>"$work/nap" || :; done
		echo top
	} >names &
	expect_status 0 timeout -s KILL 100 "$PCOPY" "${P[@]}" -a --files-from=- s o <names
	wait
	expect_same "a a/y k k/l top" "$(names o)"
}

# A signal interrupts pcopy while it waits for a name.
canceled() {
	local status=0
	tree
	mkfifo names
	exec 8<>names
	echo a/y >&8
	start "$PCOPY" "${P[@]}" -a --files-from=names s o 8<&-
	while_running "$pid" test ! -e o/a/y || :
	until [[ -e o/a/y ]]; do read -rt 0.01 <>"$work/nap" || :; done
	kill -TERM "$pid"
	wait "$pid" || status=$?
	exec 8<&-
	expect_same 143 "$status"
}

# pcopy stores a list that it cannot read twice.
piped() {
	tree
	local list='a/b\nk/l\n'
	expect_status 0 pcopy -a --verify --manifest=m --files-from=- s o < <(printf "$list")
	expect_same "a a/b a/b/c a/b/c/v a/b/c/w.o a/b/z k k/l" "$(names o)"
	expect_same 9 "$(grep -vc '^#' m)"
	expect_status 0 pcopy -a --check=m --files-from=- o < <(printf "$list")
	expect_status 0 pcopy --check=m o
}

# Each reader verifies the listed names, and the directories that lead to them.
verified() {
	tree
	printf 'a/b\nk/l\n' >list
	pcopy -a --files-from=list -T s o
	echo other >o/not-listed
	touch -d @1500000000.123456789 o
	expect_status 0 pcopy -a --verify-only --files-from=list -T s o
	expect_status 3 pcopy -a --verify-only -T s o
	expect_status 0 pcopy -a --manifest=m --files-from=list o
	expect_same 9 "$(grep -vc '^#' m)"
	expect_status 0 pcopy --check=m -a --files-from=list o
	expect_status 3 pcopy --check=m -a o
	pcopy -a --manifest=all s
	expect_status 0 pcopy --check=all -a --files-from=list o
	expect_quiet
	chmod 700 o/k
	echo K/L >o/k/l
	rm o/a/b/z
	expect_status 3 pcopy -a --verify-only --files-from=list -T s o
	for name in k k/l a/b/z; do
		grep -q "'o/$name'" "$err" || fail "$name: $(cat "$err")"
	done
	expect_status 3 pcopy --check=all -a --files-from=list o
	for name in k k/l a/b/z; do
		grep -q "'o/$name'" "$err" || fail "$name: $(cat "$err")"
	done
	rm -r o/k
	expect_status 3 pcopy --check=all -a --files-from=list o
	grep -q "'o/k/l' is missing" "$err" || fail "$(cat "$err")"
	! grep -q "top\|cannot" "$err" || fail "$(cat "$err")"
	expect_status 0 pcopy -a --verify --on-mismatch=recopy --update=differ --files-from=list -T s o
	expect_same "a a/b a/b/c a/b/c/v a/b/c/w.o a/b/z k k/l not-listed" "$(names o)"
}

dry() {
	tree
	printf 'a/b\nk/l\n' >list
	expect_status 0 pcopy -a --dry-run --files-from=list -T s o
	expect_missing o
	sed -n "s/^would create '\(.*\)'/\1/p" "$out" | sort >have
	pcopy -a --files-from=list -T s o
	find o | sort | diff - have || fail "other lines"
	expect_status 0 pcopy -a --update=differ --dry-run --files-from=list -T s o
	expect_same 1 "$(wc -l <"$out")"
	chmod 700 o/k
	expect_status 0 pcopy -a --update=differ --dry-run --files-from=list -T s o
	expect_same "would change attributes of 'o/k'" "$(head -n 1 "$out")"
}

# Rules apply to a listed name, and to the contents of a listed directory.
rules() {
	tree
	printf 'v\n' >s/a/b/c/.gitignore
	printf 'a/b\na/x.o\na/b/c/v\nk/l\n' >list
	expect_status 0 pcopy -a --exclude='*.o' --files-from=list s o
	expect_same "a a/b a/b/c a/b/c/.gitignore a/b/c/v a/b/z k k/l" "$(names o)"
	expect_status 0 pcopy -a --gitignore --debug --files-from=list s w
	expect_same "a a/b a/b/c a/b/c/.gitignore a/b/c/w.o a/b/z a/x.o k k/l" "$(names w)"
	grep -q "excluded 's/a/b/c/v' by 'v' (line 1 of s/a/b/c/.gitignore)" "$out" || fail "$(cat "$out")"
	# an excluded directory leads to a name all the same
	expect_status 0 pcopy -a --exclude=b --files-from=list s v
	expect_same "a a/b a/b/c a/b/c/v a/x.o k k/l" "$(names v)"
	# pcopy creates nothing for excluded names
	printf 'a/b/z\ngone\n' >list
	expect_status 0 pcopy -a --exclude=z --exclude=gone --files-from=list s u
	expect_missing u
	printf 'a/b/z\nk/l\n' >list
	expect_status 0 pcopy -a --max-size=4 --files-from=list s t
	expect_same "a a/b k k/l" "$(names t)"
}

# Deep paths, in an order in which neighbours may lie far apart.
deep() {
	local i path=s
	mkdir s
	for i in {1..60}; do
		path+=/d$i
		mkdir "$path"
		echo "$i" >"$path/f"
		echo "$i" >"$path/g"
	done
	find s -depth -exec touch -d @1500000000 {} +
	(cd s && find . -name f -printf '%P\n' | tac && find . -name g -printf '%P\n' | sort -R) >list
	expect_status 0 pcopy -a --files-from=list s o
	expect_quiet
	same_tree s o
	same_metadata s o
}

# Files in ranges, and many names in many jobs.
many() {
	mkdir -p s/{a,b,c}/{1..20}
	for i in {1..20}; do
		touch s/{a,b,c}/$i/{1..60}
	done
	head -c 3000000 /dev/urandom >s/b/7/large
	(cd s && find . -type f -printf '%P\0') >list
	expect_status 0 pcopy -a --chunk-size=1M -0 --files-from=list s o
	diff -r s o
	same_metadata s o
}

# Memory use does not depend on the length of the list.
memory() {
	mkdir -p s/a
	touch s/a/{1..10}
	(cd s && printf 'a/%d\n' {1..10}) >ten
	for _ in {1..13}; do cat ten ten >more; mv more ten; done
	sed 's:/://///////////////////////////////////////////////////////////////////////:' ten >list
	expect_status 0 pcopy -a --json=report --files-from=list s o
	expect_same 11 "$(find o -mindepth 1 | wc -l)"
	[[ $(stat -c %s list) -gt 6000000 ]] || fail "the list is short"
	cp report long
	head list >short
	expect_status 0 pcopy -a --json=report --files-from=short s w
	[[ $(json long 'd["peak_bytes"]') -lt $(($(json report 'd["peak_bytes"]') + 4000000)) ]] ||
		fail "$(json long 'd["peak_bytes"]') bytes of memory"
}

# If a file crashes each worker that opens it, no other name is lost.
crash() {
	local trap_library=${PCOPY%/*}/tests/libtrap.so
	[[ -e $trap_library ]] || skip "no $trap_library"
	tree
	echo bad >s/a/b/poison
	(cd s && find . -type f -printf '%P\n') >list
	expect_status 1 env TRAP="poison SEGV" LD_PRELOAD="$trap_library" "$PCOPY" "${P[@]}" -a --files-from=list s o
	expect_stderr "pcopy: cannot copy 's/a/b/poison': its workers died"
	expect_same "$(echo $(grep -v poison list | sort))" "$(echo $(cd o && find . -type f -printf '%P\n' | sort))"
}

each_pool "directories that lead to names" lead
each_pool "directories" directories
each_pool "names that are listed again" again
each_pool "directories that may not be written to" read_only
each_pool "directories that may only be searched" searchable
each_pool "files that may not be written to" unwritable
each_pool "errors" errors
windows_lines() {
	command -v rsync >/dev/null || skip "no rsync"
	mkdir -p s/d
	touch s/a s/d/b s/c s/$'e\r'
	printf '# of Windows\r\na\r\n\r\nd/b\r\nc\r' >list
	rsync -a --files-from=list s want
	expect_status 0 pcopy -a --files-from=list -T s o
	expect_quiet
	diff -r want o
	printf 'e\r\0' >list
	expect_status 0 pcopy -a -0 --files-from=list -T s o2
	[[ -e o2/$'e\r' ]] || fail "a name with a carriage return is not copied"
}
check "lines of Windows" windows_lines
check "bad input" bad_input
each_pool "a list that cannot be read" unreadable
check "usage" usage
each_pool "streamed" streamed
each_pool "canceled" canceled
each_pool "from a pipe, and read back" piped
each_pool "read back" verified
each_pool "--dry-run" dry
each_pool "rules" rules
each_pool "deep" deep
each_pool "many" many
check "memory" memory
for one in $(pools_among processes hybrid); do
	pool_options "$one"
	check "a name that crashes its worker ($one)" crash
done
done_testing
