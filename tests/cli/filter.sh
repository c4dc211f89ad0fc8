# What is excluded: rules, .gitignore files, sizes.  tests/filter/run compares with rsync and git which names
# match; here are the other cases.
. "$(dirname "$0")/bench-room"
. "$(dirname "$0")/lib.sh"

tree() {
	mkdir -p s/a/b s/c/.cache s/d
	echo 1 >s/x.o
	echo 22 >s/a/y.o
	echo 333 >s/a/b/z
	echo 4444 >s/c/q
	echo 5 >s/c/.cache/big
	ln s/c/q s/c/q.o
	ln -s q s/c/link.o
	touch -d @1500000000 s/a/b s/a s/c s/d s
}

left_out() {
	tree
	expect_status 0 pcopy -a --exclude='*.o' --include=/c/.cache/ --exclude=.cache --exclude=/d/ s o
	rm -rf s/x.o s/a/y.o s/c/q.o s/c/link.o s/d
	touch -d @1500000000 s/a s/c s
	same_tree s o
	same_metadata s o
}

# No reader opens, looks up or reads excluded entries.
not_opened() {
	calls_are_seen
	command -v strace >/dev/null || skip "no strace"
	tree
	printf 'q\n' >s/c/.gitignore
	mkdir s/secret
	echo s >s/secret/s
	for run in '-a o' '--verify o2' '--verify=archive o3' '--verify-only o' '--verify-only --verify=archive o' \
		'--manifest=m o4'; do
		[[ $run != *archive* ]] || has_archive || continue
		expect_status 0 strace -f -qq -e trace=%file,getdents64 -e signal=none -o calls \
			"$PCOPY" "${P[@]}" -a --gitignore --exclude='*.o' --exclude=/secret --exclude=.cache \
			${run% *} s "${run##* }"
		grep -v execve calls >looked
		# libarchive looks up an entry before it calls the filter
		[[ $run != *archive* ]] || sed -i /newfstatat/d looked
		! grep -E '["/](x\.o|y\.o|q\.o|link\.o|secret|\.cache|q)["/]' looked || fail "$run"
		grep -qE '["/]z"' calls || fail "nothing was traced"
	done
	expect_missing o/secret o/c/q o/c/.cache o/x.o
}

# An excluded entry may be unreadable.  The check needs an ordinary user, since root can read everything.
unreadable() {
	become_user
	tree
	chmod 0 s/a s/c/q
	mkdir o
	give_to_user s o
	expect_status 0 "${AS[@]}" "$PCOPY" "${P[@]}" -r --exclude=/a --exclude=q --exclude=q.o s/. o
	expect_missing o/a o/c/q
	[[ -L o/c/link.o && -e o/d ]] || fail "too much is left out"
}

# The target of an excluded link need not exist.
dangling() {
	tree
	ln -s nowhere s/gone
	ln -s a s/to-a
	expect_status 1 pcopy -rL s o
	expect_status 0 pcopy -rL --exclude=gone s o2
	# a pattern with a trailing slash matches directories: the link's target decides
	expect_status 1 pcopy -rL --exclude=gone/ --exclude=to-a/ s o3
	[[ -d o2/to-a ]] || fail "to-a is left out"
	expect_missing o3/to-a
	expect_status 0 pcopy -r --exclude=to-a/ s o4
	[[ -L o4/to-a ]] || fail "a link is no directory"
}

operands() {
	tree
	mkdir o
	expect_status 0 pcopy -r --exclude='*' s/c s/x.o o
	expect_same "o o/c o/x.o" "$(echo $(find o | sort))"
	expect_status 0 pcopy -r --exclude=/a s s/a o
	expect_same "o/a o/a/b o/a/b/z o/a/y.o" "$(echo $(find o/a | sort))"
	expect_missing o/s/a
}

sizes() {
	tree
	expect_status 0 pcopy -a --max-size=3 --json=report s o
	expect_same "x.o c/link.o c/.cache/big a/y.o" "$(echo $(cd o && find . ! -type d -printf '%P\n' | sort -r))"
	expect_same 3 "$(json report 'd["entries"]["file"]["skipped"]')"
	expect_status 0 pcopy -a --min-size=3 --max-size=4 s o2
	expect_same "c/link.o a/y.o a/b/z" "$(echo $(cd o2 && find . ! -type d -printf '%P\n' | sort -r))"
	expect_status 0 pcopy --min-size=1K s/x.o o3
	expect_missing o3
	for reader in $(readers); do
		expect_status 0 pcopy -a --verify-only --verify=$reader --max-size=3 s o
		expect_status 3 pcopy -a --verify-only --verify=$reader --max-size=4 s o
		rm -rf o4
		expect_status 0 pcopy -a --verify=$reader --max-size=3 s o4
	done
	expect_status 2 pcopy --max-size=x s o5
	expect_missing o5
}

# A directory that several jobs list, with names at which other jobs continue.
wide() {
	mkdir -p s/deep/er
	printf '/x*\n*9\n!19\n' >s/deep/.gitignore
	(cd s/deep/er && seq 30000 | sed 's/$/-a-name-that-is-long-enough-to-fill-a-listing/' | xargs touch &&
		seq 2000 | xargs touch)
	touch s/deep/x1
	expect_status 0 pcopy -r --gitignore --exclude='*7' --exclude='/deep/er/1*-a*' s o
	(cd s && find . -type f | grep -vE '^./deep/x1|/([0-9]*7)$|er/1[^/]*-a' |
		grep -vE '/[0-9]*9$' | sort; find . -path './deep/er/19' ) | sort >want
	(cd o && find . -type f | sort) >have
	diff want have || fail "other names"
}

debug() {
	tree
	printf '# one\n*.o\n' >rules
	printf 'b/\n' >s/a/.gitignore
	expect_status 0 pcopy -a --gitignore --exclude=/c --exclude-from=rules --debug --events=e --stats s o
	grep -E '^excluded' "$out" | sort >have
	cat >want <<-'END'
		excluded 's/a/b' by 'b/' (line 1 of s/a/.gitignore)
		excluded 's/a/y.o' by '*.o' (rule 2, line 2 of rules)
		excluded 's/c' by '/c' (rule 1)
		excluded 's/x.o' by '*.o' (rule 2, line 2 of rules)
	END
	diff want have || fail "other lines"
	grep -q '^Excluded  *2 directories, 2 other entries$' "$out" || fail "$(cat "$out")"
	expect_same "4 b/ 0 1 s/a/.gitignore" "$(jq -rs 'map(select(.event == "excluded")) | "\(length) " +
		(map(select(.rule == 0))[0] | "\(.pattern) \(.rule) \(.line) \(.file)")' e)"
	expect_status 0 pcopy -av --exclude='*' s o2
	! grep -q excluded "$out" || fail "-v alone names what is left out"
}

# The message names the file and the line, before pcopy changes anything.
bad_input() {
	tree
	printf 'fine\n[x\n' >rules
	printf -- '- a\nb\n' >merged
	printf 'a' >nul
	while IFS='|' read -r option text; do
		expect_status 2 pcopy "$option" --events=e --json=j --manifest=m s o
		expect_stderr "pcopy: $text"
		expect_missing o e j m
	done <<-'END'
		--exclude-from=rules|rules:2: invalid pattern '[x': missing ]
		--filter=merge merged|merged:2: invalid rule 'b': it must begin with '- ', '+ ' or 'merge '
		--include-from=nowhere|cannot read 'nowhere': No such file or directory
		--exclude-from=.|cannot read '.': Is a directory
		--filter=x|invalid rule 'x': it must begin with '- ', '+ ' or 'merge '
		--exclude=|invalid pattern '': empty pattern
	END
	if [[ $EUID -ne 0 ]]; then
		chmod 0 rules
		expect_status 2 pcopy --exclude-from=rules s o
		chmod 644 rules
	fi
	expect_status 2 pcopy --exclude-from=- s o <rules
	expect_stderr "pcopy: standard input:2: invalid pattern '[x': missing ]"
	for option in --include-from=- '--filter=merge -'; do
		expect_status 2 pcopy --exclude-from=- "$option" s o < <(echo fine)
		expect_stderr "pcopy: standard input can be read only once"
		expect_missing o
	done
	expect_status 2 pcopy --min-size=2K --max-size=1K s o
	expect_missing o
	expect_status 0 pcopy -0 --exclude-from=- s o < <(printf '/a\0/c')
	expect_missing o/a o/c
}

doubts() {
	tree
	expect_status 0 pcopy --include=x --include=y s o
	expect_stderr "pcopy: warning: include rules alone exclude nothing; add --exclude='*' after them to exclude the rest"
	expect_status 0 pcopy --gitignore --include=x s o2
	expect_quiet
	expect_status 0 pcopy -q --include=x s o3
	expect_quiet
	expect_status 0 pcopy --exclude=/a --include=/a/b s o4
	expect_stderr "pcopy: warning: '+ /a/b' (rule 2) has no effect: '/a' is excluded by '- /a' (rule 1)"
}

# A .gitignore file that cannot be read excludes nothing, and is reported.
unreadable_ignore() {
	become_user
	tree
	printf '*.o\n' >s/.gitignore
	chmod 0 s/.gitignore
	mkdir o
	give_to_user s o
	expect_status 1 "${AS[@]}" "$PCOPY" "${P[@]}" -r --gitignore s/. o
	[[ -e o/x.o ]] || fail "something is left out"
	expect_status 0 "${AS[@]}" "$PCOPY" "${P[@]}" -r --gitignore --exclude=.gitignore s/. o
	expect_stderr "pcopy: cannot open 's/./.gitignore' for reading: Permission denied"
}

# A .gitignore that is a link or not a regular file is ignored.
odd_ignores() {
	tree
	printf '*.o\n' >rules
	ln -s ../rules s/.gitignore
	mkdir s/a/.gitignore
	mkfifo s/c/.gitignore
	expect_status 0 pcopy -r --gitignore s o
	[[ -e o/x.o && -p o/c/.gitignore ]] || fail "something is left out"
}

check_manifest() {
	tree
	pcopy -a --manifest=m s o
	expect_status 0 pcopy --check=m o
	rm -r o/a
	echo extra >o/extra
	touch -r s o
	expect_status 3 pcopy --check=m o
	expect_status 0 pcopy --check=m --exclude=/a --exclude=extra o
	expect_quiet
}

# The existing .gitignore files decide.  The entries that they exclude may exist, be missing or have changed.
check_gitignore() {
	tree
	mkdir -p s/a/deep/er
	echo deep | tee s/a/deep/er/x >s/a/deep/kept
	printf 'y.o\n/deep/*\n!kept\n' >s/a/.gitignore
	pcopy -a --manifest=m s o
	pcopy -a --gitignore --manifest=less s o2
	expect_status 0 pcopy --check=m --gitignore o
	expect_status 0 pcopy --check=less --gitignore o
	expect_status 0 pcopy --check=m --gitignore o2
	expect_status 3 pcopy --check=m o2
	expect_status 3 pcopy --check=less o
	echo other >o/a/y.o
	rm -r o/a/deep/er
	touch -r s/a o/a; touch -r s/a/deep o/a/deep
	expect_status 0 pcopy --check=m --gitignore o
	expect_quiet
	rm o/a/deep/kept o/c/q.o
	touch -r s/a/deep o/a/deep; touch -r s/c o/c
	expect_status 3 pcopy --check=m --gitignore o
	expect_same 2 "$(grep -c 'q.o\|kept' "$err")"
	rm o/a/.gitignore
	expect_status 3 pcopy --check=m --gitignore o
	grep -q y.o "$err" || fail "without its file it is left out"
}

# The size of an entry in the manifest decides, or else its actual size.
check_sizes() {
	tree
	pcopy -a --manifest=m s o
	pcopy -a --max-size=3 --manifest=less s o2
	expect_status 0 pcopy --check=m --max-size=3 o
	expect_status 0 pcopy --check=less --max-size=3 o
	expect_status 3 pcopy --check=less --max-size=4 o
	expect_status 0 pcopy --check=m --max-size=3 o2
	expect_status 3 pcopy --check=m --max-size=4 o2
	expect_stderr "pcopy: 'o2/a/b/z' is missing"
	echo longer than three >o/x.o
	echo 4 >o/a/b/z
	touch -r s/x.o o/x.o
	expect_status 3 pcopy --check=m --max-size=3 o
	grep -q x.o "$err" || fail "x.o is small enough"
	! grep -q /z "$err" || fail "z is too large"
	expect_status 3 pcopy --check=m --min-size=4 o
	grep -q /z "$err" || fail "z is not too small"
}

bench() {
	tree
	mkdir s/secret
	echo 123456 >s/secret/x
	expect_status 0 pcopy --bench=serial --runs=1 --warmup=0 --exclude-from=- --max-size=4 \
		--export-json=e s o < <(printf 'secret\n/c/*\n')
	expect_same "3 5" "$(json e '"%d %d" % (d["tree"]["files"], d["tree"]["directories"])')"
	printf '/c/\n' >s/.gitignore
	printf 'x\n' >s/secret/.gitignore
	for cache in any warm; do
		expect_status 0 pcopy --bench=serial,threads --runs=1 --warmup=0 --gitignore --exclude=d --cache=$cache \
			--export-json=e s o3
		expect_same "5 4" "$(json e '"%d %d" % (d["tree"]["files"], d["tree"]["directories"])')"
		expect_missing o3/*
	done
}

# A carriage return before the newline belongs to the end of the line, but not with -0.
windows_lines() {
	command -v rsync >/dev/null || skip "no rsync"
	mkdir s
	touch s/{a,b,x.log,$'c\r'}
	printf '# of Windows\r\n\r\n*.log\r\n+ b\r\n' >rules
	printf -- '- *.tmp\r\n- a\r' >more
	rsync -a --exclude-from=rules --filter='merge more' s/ want/
	expect_status 0 pcopy -a --exclude-from=rules --filter='merge more' -T s o
	expect_quiet
	diff -r want o
	printf '*.log\r\n' >s/.gitignore
	expect_status 0 pcopy -a --gitignore --exclude=.gitignore -T s o2
	expect_missing o2/x.log
	printf 'c\r\0' >rules
	expect_status 0 pcopy -a -0 --exclude-from=rules -T s o3
	expect_missing o3/$'c\r'
}
check "lines of Windows" windows_lines
each_pool "left out" left_out
each_pool "not opened" not_opened
each_pool "unreadable, and left out" unreadable
check "links that lead nowhere" dangling
check "operands are never left out" operands
each_pool "sizes" sizes
each_pool "a wide directory" wide
check "--debug, --events and --stats" debug
check "bad input" bad_input
check "rules that decide nothing" doubts
check "a .gitignore file that cannot be read" unreadable_ignore
each_pool "a .gitignore file that is none" odd_ignores
each_pool "--check" check_manifest
each_pool "--check --gitignore" check_gitignore
each_pool "--check and sizes" check_sizes
check "--bench" bench
done_testing
