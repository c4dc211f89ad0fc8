# A target treats names that differ in case as equal: the second of two such entries is an error
# that names both, and the first is complete.  NTFS by lowntfs-3g represents all such file systems.
. "$(dirname "$0")/lib.sh"

fixture() {
	mkdir -p s/README.d s/readme.d small middle large others
	echo 1 >s/README.d/a
	echo 2 >s/readme.d/b
	echo upper >small/README
	echo lower >small/readme
	local name
	for name in README readme; do
		head -c 300000 /dev/urandom >"middle/$name"
		head -c 2200000 /dev/urandom >"large/$name"
	done
	ln -s a others/README
	ln -s b others/readme
	mkdir others/sub
	mkfifo others/sub/Fifo others/sub/fifo
}

# both DIR NAME NAME: one message names both entries, in either order.
both() {
	local dir=$1 a=$2 b=$3
	grep -qxF -e "pcopy: cannot copy '$dir/$a': its name in the target is the same as that of '$dir/$b'" \
		-e "pcopy: cannot copy '$dir/$b': its name in the target is the same as that of '$dir/$a'" "$err" ||
		fail "$(cat "$err")"
}

one_of_two() {
	mount_folding 100M
	fixture
	local dir how
	for how in -r -a -ru -rn '-r --remove-destination' '-r -b' '-r --atomic=never' '-r --atomic=always'; do
		for dir in small middle large; do
			rm -rf mnt/out
			expect_status 1 pcopy $how --chunk-size=1M $dir mnt/out
			both $dir README readme
			expect_same 1 "$(wc -l <"$err")" "$how $dir: messages"
			cmp -s $dir/README mnt/out/README || cmp -s $dir/readme mnt/out/README ||
				fail "$how $dir: neither"
			expect_no_temporary mnt
		done
		rm -rf mnt/out
		expect_status 1 pcopy $how others mnt/out
		both others README readme
		both others/sub Fifo fifo
		rm -rf mnt/out
		expect_status 1 pcopy $how s mnt/out
		both s README.d readme.d
	done
}

# An entry that existed before the run matches both names: one of them writes to it, or replaces it.
# Each option and each kind of file meets one older name; with PCOPY_TEST_SWEEP they meet all of them.
over_what_is_there() {
	mount_folding 100M
	fixture
	local dir how n=-1 older olders=(README readme ReadMe)
	for how in -r -a -ru '-r --remove-destination' '-r -b' '-r --atomic=never' '-r --atomic=always' '-a --attributes-only'; do
		for dir in small middle large; do
			n=$((n + 1))
			for older in "${olders[@]}"; do
				[[ -n ${PCOPY_TEST_SWEEP:-} || $older == "${olders[(n + n / 3) % 3]}" ]] || continue
				written_over "$how" "$dir" "$older"
			done
		done
	done
}

written_over() { # HOW DIR OLDER
	local how=$1 dir=$2 older=$3 name
	rm -rf mnt/out
	mkdir mnt/out
	echo older >"mnt/out/$older"
	touch -d 2001-01-01 "mnt/out/$older"
	later
	expect_status 1 pcopy $how --chunk-size=1M -T "$dir" mnt/out
	both "$dir" README readme
	expect_same 1 "$(wc -l <"$err")" "$how $dir: messages"
	expect_no_temporary mnt
	name=$(find mnt/out -iname readme) # the listed spelling: the other one is cached as absent
	[[ $how != *-only ]] || return 0
	cmp -s "$dir/README" "$name" || cmp -s "$dir/readme" "$name" || fail "$how $dir: neither"
}

# While pcopy looks up the spelling of an existing file, the file is removed and the copy of another worker takes
# its place: pcopy neither renames nor removes that copy.
replaced_in_a_look() {
	[[ -n $meddle_library ]] || skip "libmeddle.so was not built"
	mount_folding 100M
	fixture
	local how name
	# either of the two may be the first entry that is copied: pcopy looks up its own name last
	for name in README readme; do
		for how in '-r -b' '-r --remove-destination' '-r --atomic=always' '-ru -b' '-a --update=differ'; do
			rm -rf mnt/out
			mkdir mnt/out
			echo older >mnt/out/ReadMe
			touch -d 2001-01-01 mnt/out/ReadMe
			later
			expect_status 1 env MEDDLE_FILE=small/. MEDDLE_RUN='rm mnt/out/ReadMe' MEDDLE_LOOK=$name \
				MEDDLE_MISSED='echo other >mnt/out/README' LD_PRELOAD="$meddle_library" \
				"$PCOPY" --pool=serial $how -T small mnt/out
			expect_same readme "$(ls mnt/out | tr A-Z a-z)" "$how"
			expect_same other "$(cat mnt/out/README)" "$how"
			expect_same 2 "$(grep -c 'its name in the target is the same as that of' "$err")" "$how: $(cat "$err")"
		done
	done
}

# Waits until the clock of file times has advanced, by a tick of the kernel: 10 ms at most.
later() {
	local then=${EPOCHREALTIME/.}
	until ((${EPOCHREALTIME/.} - then > 20000)); do
		read -rt 0.005 -u 9 || :
	done
}

merged() {
	mount_folding 100M
	local how
	mkdir -p a/sub b/sub c
	echo 1 >a/README
	echo 2 >b/readme
	echo 1 >a/sub/Deep
	echo 2 >b/sub/deep
	echo 1 >a/sub/same
	echo 2 >b/sub/same
	echo 3 >c/README
	for how in -r -a '-r --remove-destination' '-r --atomic=always'; do
		rm -rf mnt/out
		mkdir mnt/out
		expect_status 1 pcopy $how a/. b/. mnt/out
		grep -qxF "pcopy: cannot copy 'b/./readme': its name in the target is the same as that of 'a/./README'" "$err" ||
			fail "$(cat "$err")"
		grep -qxF "pcopy: cannot copy 'b/./sub/deep': its name in the target is the same as that of 'a/./sub/Deep'" "$err" ||
			fail "$(cat "$err")"
		expect_same 2 "$(wc -l <"$err")"
		expect_same 1 "$(cat mnt/out/README)"
		expect_same 1 "$(cat mnt/out/sub/Deep)"
		expect_same 2 "$(cat mnt/out/sub/same)" # as in cp: the same name belongs to the other operand
		rm -rf mnt/out
		mkdir mnt/out
		expect_status 1 pcopy $how b/readme a/. mnt/out
		grep -qxF "pcopy: cannot copy 'a/./README': its name in the target is the same as that of 'b/readme'" "$err" ||
			fail "$(cat "$err")"
		rm -rf mnt/out
		mkdir mnt/out
		expect_status 1 pcopy $how a/. b/readme mnt/out
		grep -qxF "pcopy: cannot copy 'b/readme': its name in the target is the same as that of 'a/./README'" "$err" ||
			fail "$(cat "$err")"
		rm -rf mnt/out
		mkdir mnt/out
		expect_status 0 pcopy $how a/. c/. mnt/out
		expect_same 3 "$(cat mnt/out/README)"
	done
}

operands() {
	mount_folding 100M
	fixture
	mkdir mnt/out
	expect_status 1 pcopy small/README small/readme mnt/out
	both small README readme
	rm mnt/out/*
	expect_status 1 pcopy middle/README middle/readme mnt/out
	both middle README readme
	expect_status 1 pcopy -r s/README.d s/readme.d mnt/out
	both s README.d readme.d
}

each_pool "one of two" one_of_two
each_pool "over what is there" over_what_is_there
check "replaced in a look" replaced_in_a_look
each_pool "operands" operands
each_pool "merged operands" merged
done_testing
