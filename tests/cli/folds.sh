# A target that takes names that differ in case for one: the second of two such entries is an
# error that names both, and the first is whole.  NTFS by lowntfs-3g stands for all of them.
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

# both DIR NAME...: that of one and of the other, in one message, and one of them is there.
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

# What was there before the run is found by both: it is written to, or replaced, by one of them.
# Each way and each kind of file meets each older name; all of all, where the sweep is wanted.
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
	name=$(find mnt/out -iname readme) # as it is listed: the other is cached as absent
	[[ $how != *-only ]] || return 0
	cmp -s "$dir/README" "$name" || cmp -s "$dir/readme" "$name" || fail "$how $dir: neither"
}

# What has the name goes while its spelling is looked for, and what another worker copied comes in its
# place: that is neither renamed nor removed.
replaced_in_a_look() {
	[[ -n $meddle_library ]] || skip "libmeddle.so was not built"
	mount_folding 100M
	fixture
	local how name
	# the first entry to be copied is one of the two: its own name is looked up last
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

# Until the clock of file times has gone on, which is that of the kernel's ticks: 10 ms at most.
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
		expect_same 2 "$(cat mnt/out/sub/same)" # as cp: the same name is another's
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
