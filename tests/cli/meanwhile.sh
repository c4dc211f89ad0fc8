# SPDX-License-Identifier: MIT
# meanwhile.sh - other processes change files, or hold leases on them, while pcopy copies them.
# shellcheck disable=SC2154 # lib.sh assigns these
. "${BASH_SOURCE%/*}/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)

# ---- A source that shrinks and grows ----

# Makes a large file without a zero byte, and the directory in which libmeddle counts its openings.
meddled_tree() {
	[[ -n $meddle_library ]] || skip "libmeddle.so was not built"
	mkdir src opened
	yes 'neither zeros nor what a copy notes for itself' | head -c 3500000 >body
	cp body src/f
	touch -d 2001-01-01 src src/f
}

# meddled SHRINK GROW COMMAND...: libmeddle truncates the file before opening SHRINK and restores it before GROW.
meddled() {
	rm -rf opened/*
	env MEDDLE_FILE="$PWD/src/f" MEDDLE_DIR="$PWD/opened" MEDDLE_BODY="$PWD/body" MEDDLE_SHRINK="$1" \
		MEDDLE_GROW="$2" LD_PRELOAD="$meddle_library" "${@:3}"
}

# Each byte of the copy is one that the source once had at this offset, or a zero.
expect_own_bytes() { # FILE
	local foreign
	[[ $(stat -c %s "$1") -le $(stat -c %s body) ]] || fail "longer than the source ever was"
	foreign=$({ cmp -l body "$1" 2>&1 || :; } | awk '/EOF/ { next } $3 != 0 { n++ } END { print n + 0 }')
	expect_same 0 "$foreign" "foreign bytes with $2"
}

foreign_bytes() { # OPTION...
	local shrink grow status
	meddled_tree
	for shrink in 1 2 3 4 5; do
		for grow in $((shrink + 1)) $((shrink + 2)) 9; do
			rm -rf dst
			cp body src/f
			touch -d 2001-01-01 src/f
			status=0
			meddled "$shrink" "$grow" "$PCOPY" "${P[@]}" --chunk-size=1M "$@" src dst 2>said ||
				status=$?
			[[ -e opened/$shrink ]] || continue # pcopy opened the file fewer times
			if [[ -e dst/f ]]; then
				expect_own_bytes dst/f "$shrink $grow"
				# only a truncation before the first look at the file is no change
				cmp -s body dst/f || [[ -s said || $shrink == 1 ]] || fail "not a word: $shrink $grow"
			else
				expect_same 1 "$status" "status where nothing is left"
			fi
			expect_no_temporary dst
		done
	done
}

# A warning about one entry is not reported for another one when the first entry fails afterwards.
warning_of_another() {
	meddled_tree
	command -v strace >/dev/null || skip "no strace"
	meddled 3 4 strace -f -qq -o trace -e inject=utimensat:error=EIO:when=1 \
		"$PCOPY" "${P[@]}" -a --chunk-size=1M src dst 2>said || :
	grep -q "times for 'dst/f'" said || fail "not named: $(cat said)"
	! grep "'src' changed" said || fail "another one is named"
}

# ---- Leases ----

# leased FILE KIND: another process takes a lease on FILE, and releases it when the kernel breaks it.
leased() {
	"${PCOPY_PYTHON:-python3}" -S "$here/lease.py" "$1" "$2" on >holder 2>&1 &
	holder=$!
	while_running $holder test -e on || skip "no leases here: $(cat holder)"
}

# Samba and NFS servers take leases: an open waits until the lease is released.
leases() { # OPTION...
	local side
	mkdir src
	head -c 2500000 /dev/urandom >src/large
	echo new >src/doc
	for side in src/doc src/large dst/doc dst/large; do
		rm -rf dst
		mkdir dst
		echo old | tee dst/doc >dst/large
		touch -d 2001-01-01 dst/*
		leased $side "$([[ $side == src* ]] && echo w || echo r)"
		expect_status 0 "$PCOPY" "${P[@]}" --chunk-size=1M "$@" src/. dst
		expect_quiet
		diff -r src dst
		end_started # replacing a target breaks no lease
		wait "$holder" || :
		rm -f on
	done
}

# ---- Results that are full ----

# One job has time for more entries than its result can hold: no entry of the listing is lost.
long_listing() {
	local deep=. i
	[[ -n $meddle_library ]] || skip "libmeddle.so was not built"
	for i in {1..11}; do
		deep+=/$(printf '%0248d' "$i")
	done
	mkdir src dst
	(cd src && mkdir -p "$deep" && cd -P "$deep" && seq -f "%012.0f" 20000 | xargs touch)
	cp -r src/. dst
	(cd dst && cd -P "$deep" && rm -- *999)
	expect_status 0 env MEDDLE_CLOCK=100 LD_PRELOAD="$meddle_library" "$PCOPY" "${P[@]}" -nvT src dst
	expect_same 20 "$(grep -c -e ' -> ' "$out")"
	diff -r src dst
}

each_pool "a large file that shrinks and grows" foreign_bytes
each_pool "a large file that shrinks and grows, read and written" foreign_bytes --method=rw
each_pool "a warning about a file that fails then" warning_of_another
each_pool "files under a lease" leases -a
each_pool "files under a lease, -u" leases -u
each_pool "a long listing at the end of a long path" long_listing
done_testing
