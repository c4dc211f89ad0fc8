# --dry-run reports what would be done, and does nothing.  tests/dry/run compares it with the real run
# on random trees.
. "$(dirname "$0")/lib.sh"

tree() {
	mkdir -p s/new s/old o/old
	echo new >s/new/f
	echo same >s/old/same
	echo changed >s/old/changed
	echo mode >s/old/mode
	ln -s x s/old/kind
	touch -h -d @1500000000 s/old/* s/new/* s/old s/new s
	cp -a s/old o
	echo longer than it was >o/old/changed
	chmod 600 o/old/mode
	rm o/old/kind
	echo file >o/old/kind
	touch -d @1500000000 o/old o
}

lines() {
	tree
	find s o -printf '%p %i %C@ %T@\n' | sort >before
	expect_status 0 pcopy -a --update=differ --dry-run --json=report s/. o
	expect_quiet
	find s o -printf '%p %i %C@ %T@\n' | sort >after
	diff before after || fail "something was done"
	cat >want <<-'END'
		would change attributes of 'o/./old/mode'
		would create 'o/./new'
		would create 'o/./new/f'
		would replace 'o/./old/kind'
		would update 'o/./old/changed'
	END
	sed '$d' "$out" | sort >have
	diff want have || fail "other lines"
	expect_same "would create 2, replace 1, update 1, change attributes of 1, remove 0 entries; copy 12 bytes" \
		"$(tail -n 1 "$out")"
}

# pcopy does not create a missing target, nor a file that probes the target's features.
nothing_there() {
	tree
	expect_status 0 pcopy -r --dry-run s nowhere
	expect_missing nowhere
	expect_same "would create 8, replace 0, update 0, change attributes of 0, remove 0 entries; copy 22 bytes" \
		"$(tail -n 1 "$out")"
	expect_status 1 pcopy -r --dry-run s nowhere/deeper
	expect_status 1 pcopy -r --dry-run missing o
	expect_stderr "pcopy: cannot stat 'missing': No such file or directory"
}

refused() {
	tree
	rm o/old/kind o/old/same
	mkdir o/old/same
	ln -s ../../victim o/old/kind
	echo v >s/old/kind.new && mv s/old/kind.new s/old/kind
	expect_status 1 pcopy -r --dry-run s/. o
	sort "$err" >dry
	expect_status 1 pcopy -r s/. o
	sort "$err" | diff dry - || fail "other messages"
}

unreadable() {
	become_user
	mkdir s o
	echo a >s/a
	mkdir s/d
	chmod 0 s/a s/d
	give_to_user s o
	expect_status 1 "${AS[@]}" "$PCOPY" "${P[@]}" -r --dry-run s o
	grep -q "cannot open 's/a' for reading: Permission denied" "$err" || fail "$(cat "$err")"
	grep -q "s/d.*: Permission denied" "$err" || fail "$(cat "$err")"
	[[ -z $(ls o) ]] || fail "something was made"
}

# Many directories are passed from job to job, below one that does not exist.
wide() {
	mkdir -p s
	(cd s && seq -f 'd%g/e/f' 2000 | xargs mkdir -p && seq -f 'd%g/e/f/x' 2000 | xargs touch)
	expect_status 0 pcopy -r --dry-run s nowhere
	expect_same 8001 "$(grep -c '^would create' "$out" | awk '{ print $1 - 1 }')"
	expect_missing nowhere
}

# Missing directories above an operand are reported like others.
parents() {
	tree
	mkdir -p d/s/old
	for operands in "s/new/f s/old" "s/old/same s/new/f" "s" "./s/new/f"; do
		rm -rf e
		cp -a d e
		find e -printf '%p %C@ %T@\n' | sort >before
		expect_status 0 pcopy -a --parents --dry-run $operands e
		expect_quiet
		sed -n "s/^would [a-z]* '\(.*\)'/\1/p" "$out" | sort >foretold
		find e -printf '%p %C@ %T@\n' | sort | diff before - || fail "something was made"
		find e | sort >before
		expect_status 0 pcopy -a --parents $operands e
		find e | sort | comm -13 before - >made
		sed -i 's:/\./:/:' foretold
		diff made foretold || fail "other lines: $operands"
	done
	expect_status 1 pcopy -a --parents --dry-run missing/f s/old/nothing d
	expect_status 1 pcopy -a --parents --dry-run s/new s/new
	cp "$err" dry
	expect_status 1 pcopy -a --parents s/new s/new
	diff dry "$err" || fail "other messages"
	expect_status 0 pcopy --mirror --parents --dry-run s/new d
}

# A dry run asks no questions: it reports what would be done if each answer were yes.
interactive() {
	tree
	find s o -printf '%p %i %C@ %T@\n' | sort >before
	expect_status 0 pcopy -ai --dry-run s/. o </dev/null
	expect_quiet
	find s o -printf '%p %i %C@ %T@\n' | sort | diff before - || fail "something was done"
	sort "$out" >asked
	expect_status 0 pcopy -a --dry-run s/. o
	sort "$out" | diff - asked || fail "other lines"
}

usage() {
	tree
	for words in --bench --verify --manifest=m --digest --verify-only; do
		expect_status 2 pcopy --dry-run $words s nowhere
		expect_missing m nowhere
	done
}

each_pool "lines" lines
each_pool "nothing is there" nothing_there
each_pool "what would be refused" refused
each_pool "what cannot be read" unreadable
each_pool "a wide tree" wide
each_pool "--parents" parents
check "-i" interactive
check "usage" usage
done_testing
