# verify.sh - pcopy reads copies back: --verify, --verify-only, --on-mismatch, --manifest, --check,
# --digest.  The judges of trees are tests/diff and tests/damage; those of manifests are bsdtar and
# mtree.
. "$(dirname "$0")/lib.sh"

build=${PCOPY_BUILD:-$(dirname "$PCOPY")}
here=$(cd "$(dirname "$0")" && pwd)
digest=$here/../digest.py
corrupt_library=$(find "$build" -name 'libcorrupt.so' 2>/dev/null | head -n 1)

small_tree() {
	mkdir -p src/a/b src/z
	echo one >src/a/one
	: >src/a/empty
	seq 20000 >src/a/b/large
	ln -s one src/a/link
	ln src/a/one src/z/two
	mkfifo src/z/fifo
	printf x >src/$'new\nline'
	chmod 640 src/a/one
	truncate -s 1M src/hole
	printf x | dd of=src/hole bs=1 seek=500000 conv=notrunc status=none
}

reads_back() {
	small_tree
	for reader in $(readers); do
		expect_status 0 pcopy -a --chunk-size=16K --verify=$reader --manifest=m --digest src dst-$reader
		expect_quiet
		expect_same "$("${PCOPY_PYTHON:-python3}" -S "$digest" src)  dst-$reader" "$(cat "$out")"
		expect_status 0 pcopy -a --verify-only --verify=$reader --chunk-size=16K src dst-$reader
		expect_quiet
		expect_status 0 pcopy --check=m dst-$reader
		expect_quiet
	done
	expect_status 0 pcopy --verify src plain
	expect_quiet
	expect_status 0 pcopy --stats --verify src plain2
	grep -q 'Read back .* 12 entries' "$out" || fail "no report: $(cat "$out")"
}
each_pool "a copy that is right" reads_back

# differs READER MESSAGE: pcopy reports the difference, and the status is 3
differs() {
	local options=(-a --verify-only "--verify=$1" src dst)
	[[ $1 != check ]] || options=(--check=m dst)
	expect_status 3 pcopy --chunk-size=16K "${options[@]}"
	expect_stderr "pcopy: $2"
}

each_difference() {
	small_tree
	expect_status 0 pcopy -a --manifest=m src dst
	chmod 600 dst/a/one
	for reader in $(readers); do
		differs $reader "'dst/a/one' differs from 'src/a/one' in mode: is 0600, should be 0640"
	done
	differs check "'dst/a/one' differs from the manifest in mode: is 0600, should be 0640"
	chmod 640 dst/a/one
	touch -r dst/a/b/large then
	printf X | dd of=dst/a/b/large bs=1 seek=49152 conv=notrunc status=none # a chunk boundary
	touch -r then dst/a/b/large
	local was
	was=$(tail -c +49153 src/a/b/large | od -An -N1 -tx1 | tr -d ' ')
	for reader in $(readers); do
		differs $reader "'dst/a/b/large' differs from 'src/a/b/large' in data at byte 49152: is 0x58, should be 0x$was"
		expect_same 1 "$(wc -l <"$err")" "$reader"
	done
	differs check "'dst/a/b/large' differs from the manifest in digest: is $(sha256sum <dst/a/b/large | cut -c-64), should be $(sha256sum <src/a/b/large | cut -c-64)"
	cp -a src/a/b/large dst/a/b/large
	rm dst/$'new\nline'
	echo more >dst/z/more
	for reader in $(readers); do
		differs $reader "'dst/new'\$'\\n''line' is missing"
		expect_stderr "pcopy: 'dst/z/more' is not in the source"
	done
	differs check "'dst/new'\$'\\n''line' is missing"
	expect_stderr "pcopy: 'dst/z/more' is not in the manifest"
}
each_pool "each difference is named" each_difference

# A target that the run skipped is no difference.
left_alone() {
	small_tree
	mkdir -p dst/a
	echo other >dst/a/one
	echo mine >dst/mine
	for reader in $(readers); do
		expect_status 0 pcopy -n --verify=$reader -T src dst
		expect_quiet
		expect_status 0 pcopy --update=none --verify=$reader --manifest=m -T src dst
		expect_quiet
	done
	expect_same other "$(cat dst/a/one)"
	! grep -q ' *\./a/one ' m || fail "not copied, but in the manifest"
}
each_pool "entries that were skipped" left_alone

failures() {
	small_tree
	mkdir -p src/closed dst
	echo in >src/closed/in
	chmod 000 src/closed src/a/one
	become_user
	for reader in $(readers); do
		status=0
		"${AS[@]}" "$PCOPY" "${P[@]}" -a --verify=$reader -T src dst/$reader >"$out" 2>"$err" || status=$?
		[[ $EUID -ne 0 && ${#AS[@]} -eq 0 ]] || [[ $status -eq 1 ]] ||
			fail "status $status: $(cat "$err")"
		! grep -q differs "$err" || fail "$(cat "$err")"
	done
}
each_pool "entries that failed" failures

# pcopy reports entries that only the target has, also when other files cannot be read.
closed_target() {
	local n
	mkdir src dst
	for n in 1 2 3 4 5 6; do
		echo $n | tee src/file$n >dst/file$n
		echo $n >dst/more$n
	done
	chmod 000 dst/file? dst/more?
	chmod 755 .
	become_user
	chmod 666 "$out" "$err"
	for reader in $(readers); do
		status=0
		"${AS[@]}" "$PCOPY" "${P[@]}" -a --verify-only --verify=$reader src dst >"$out" 2>"$err" || status=$?
		[[ $status -eq 3 ]] || fail "$reader: status $status: $(cat "$err")"
		for n in 1 2 3 4 5 6; do
			expect_stderr "pcopy: 'dst/more$n' is not in the source"
			grep -q "cannot .*'dst/file$n'.*: Permission denied" "$err" || fail "$reader: $(cat "$err")"
		done
	done
}
each_pool "a target that cannot be read" closed_target

merged() {
	mkdir -p one/d two/d
	echo 1 >one/d/both
	echo only >one/d/only
	echo 22 >two/d/both
	mkdir dst
	for reader in $(readers); do
		expect_status 0 pcopy -p --verify=$reader one/d two/d dst
		expect_quiet
	done
	expect_same 22 "$(cat dst/d/both)"
}
each_pool "operands that are merged" merged

several() {
	small_tree
	mkdir dst
	expect_status 0 pcopy -p --verify --manifest=m --digest src/a src/hole dst
	expect_same "$("${PCOPY_PYTHON:-python3}" -S "$digest" src/a)  dst/a" "$(head -n 1 "$out")"
	expect_status 0 pcopy --check=m dst
	expect_status 0 pcopy -p --verify-only src/a src/hole -t dst
	rm dst/hole
	expect_status 3 pcopy -p --verify-only src/a src/hole -t dst
	expect_stderr "pcopy: 'dst/hole' is missing"
}
check "several operands" several

# With each option of the copy the verification finds no difference.
with_options() {
	local words reader n=0
	small_tree
	rm src/z/fifo
	ln -s a src/to-a
	mkdir there there/a
	echo old >there/a/one
	touch -d 2001-02-03 there/a/one
	while read -r words; do
		for reader in $(readers); do
			n=$((n + 1))
			cp -a there dst$n
			eval "status=0; pcopy --verify=$reader $words -T src dst$n 2>\$err || status=\$?"
			[[ $status -eq 0 && ! -s $err ]] || fail "$words by $reader: $status: $(cat "$err")"
		done
	done <<-'END'
		-L
		-aL
		-H
		-x
		-u
		-pu
		-b
		-a --backup=numbered
		--remove-destination
		-a --remove-destination
		--keep-directory-symlink
		--sparse=always
		--sparse=never
		--reflink=never
		--method=rw
		--no-preserve=mode
		-a --no-preserve=links
		--preserve=timestamps
		--chunk-size=0
		--fd-table=shared
	END
	ln -s src/a/one link
	expect_status 3 pcopy --verify-only src/a/one link # pcopy compares the link itself
	expect_stderr "pcopy: 'link' differs from 'src/a/one' in kind: is symbolic link, should be file"
}
each_pool "with options of the copy" with_options

# ---- File systems with coarse times ----

coarse_times() {
	local ns reader COARSE_SERVER=${1:-}
	[[ -z $COARSE_SERVER ]] || export COARSE_SERVER
	coarse_mount
	small_tree
	# an odd second, and each digit of the fraction is significant
	find src ! -type l -exec touch -d @1500000001.999999999 {} +
	for ns in 100 1000 1000000 10000000 1000000000 2000000000; do
		for reader in $(readers); do
			expect_status 0 coarse $ns -a --verify=$reader --manifest=m src mnt/$reader-$ns
			expect_quiet
			# in the other direction, and against the manifest of the finer times
			expect_status 0 coarse $ns -a --verify-only --verify=$reader mnt/$reader-$ns src
			expect_quiet
		done
		expect_status 0 pcopy --manifest=m src
		expect_status 0 coarse $ns --check=m mnt/hash-$ns
		expect_quiet
	done
	touch -d @1500000002 mnt/hash-2000000000/a/one
	for reader in $(readers); do
		expect_status 3 coarse 2000000000 -a --verify-only --verify=$reader src mnt/hash-2000000000
		expect_same 2 "$(grep -c "differs from .* in time: " "$err")" # two names of one file differ
	done
	expect_status 3 coarse 2000000000 --check=m mnt/hash-2000000000
}
each_pool "times at 100 ns to 2 s" coarse_times
one_pool "... and change times that are finer" coarse_times server

# A round time is a difference where the file system stores finer ones.
round_times() {
	local have want reader
	mkdir src dst
	while read -r want have; do
		echo x | tee src/f >dst/f
		touch -d "@$want" src/f
		# a change time that is round by chance looks like that of a file system with 100 ns
		until touch -d "@$have" dst/f && [[ $(stat -c %.9Z dst/f) != *00 ]]; do :; done
		touch -r src dst
		for reader in $(readers); do
			expect_status 3 pcopy -p --verify-only --verify=$reader src dst
			grep -q "^pcopy: 'dst/f' differs from 'src/f' in time: " "$err" || fail "$want, $have: $(cat "$err")"
		done
	done <<-'END'
		1500000001.123456789 1500000001.123456700
		1500000001.123456789 1500000001
		1500000001 1500000000
		1500000001.999999999 1500000000
		1500000000 1500000000.5
		1500000000 1500000001
	END
}
check "round times where others are kept" round_times

# Messages contain a time as a local date and time of day; events contain it as a number.
times_in_words() {
	mkdir src dst
	echo x | tee src/f >dst/f
	touch -d @-5.25 src/f
	touch -d @1500000001.000000007 dst/f
	touch -r src dst
	await_later_than dst/f
	expect_status 3 env TZ=UTC "$PCOPY" -p --verify-only src dst
	expect_stderr "pcopy: 'dst/f' differs from 'src/f' in time: is 2017-07-14 02:40:01.000000007 +0000, should be 1969-12-31 23:59:54.750000000 +0000"
	expect_status 3 env TZ=Europe/Berlin "$PCOPY" -p --verify-only src dst
	expect_stderr "pcopy: 'dst/f' differs from 'src/f' in time: is $(TZ=Europe/Berlin stat -c %y dst/f), should be $(TZ=Europe/Berlin stat -c %y src/f)"
}
check "a difference in time" times_in_words
# ---- Files that report a wrong length ----

# Fills ./src with files whose contents the kernel generates: files of /proc, /sys and tracefs are
# bind mounted there.
made_up() {
	[[ $EUID -eq 0 && -n ${PCOPY_TEST_NS:-} ]] || skip "no private mount namespace here"
	mkdir -p src/sub mnt
	echo plain >src/plain
	: >src/empty
	: >src/sub/version
	: >src/sub/page
	mount --bind /proc/version src/sub/version || skip "cannot bind a file of /proc"
	mount --bind /sys/kernel/mm/transparent_hugepage/enabled src/sub/page ||
		cp src/plain src/sub/page
	mount -t tracefs trace mnt 2>/dev/null || return 0
	: >src/sub/tracers
	: >src/sub/readme
	mount --bind mnt/available_tracers src/sub/tracers
	mount --bind mnt/README src/sub/readme
}

untrue_lengths() {
	local reader options
	made_up
	for reader in $(readers); do
		rm -rf dst
		expect_status 0 pcopy -r --verify=$reader src dst
		expect_quiet
		diff -r src dst
		cp -rp src dst2
		for options in "" -p --chunk-size=64K; do
			expect_status 0 pcopy $options --verify-only --verify=$reader --manifest=m --digest src dst2
			expect_quiet
			expect_same "$("${PCOPY_PYTHON:-python3}" -S "$digest" dst2)  dst2" "$(cat "$out")"
		done
		printf X >>dst2/sub/version
		expect_status 3 pcopy --verify-only --verify=$reader src dst2
		expect_same "pcopy: 'dst2/sub/version' differs from 'src/sub/version' in data at byte $(wc -c <src/sub/version): is 0x58, should be end" "$(cat "$err")"
		: >dst2/sub/version
		expect_status 3 pcopy --verify-only --verify=$reader src dst2
		expect_same "pcopy: 'dst2/sub/version' differs from 'src/sub/version' in data at byte 0: is end, should be 0x4c" "$(cat "$err")"
		rm -r dst2
	done
	# a digest and a manifest describe the whole contents
	expect_status 0 pcopy --digest --manifest=m src
	expect_same "$("${PCOPY_PYTHON:-python3}" -S "$digest" src)  src" "$(cat "$out")"
	expect_status 0 pcopy --check=m src
	expect_quiet
	grep -q "^\./sub/version .* sha256digest=$(sha256sum <src/sub/version | cut -c-64)\$" m || fail "$(cat m)"
}
each_pool "files whose length is no truth" untrue_lengths

# ---- Leases ----

# leased FILE [keep]: another process takes a lease on FILE, and releases it when the kernel breaks it.
leased() {
	"${PCOPY_PYTHON:-python3}" -S "$here/lease.py" "$1" w on "${@:2}" >holder 2>&1 &
	holder=$!
	while_running $holder test -e on || skip "no leases here: $(cat holder)"
}

# pcopy waits until another process releases its lease on a file, and then reads the file.
leases() {
	local side
	mkdir src
	seq 50000 >src/doc
	cp -a src dst
	expect_status 0 pcopy --manifest=m src
	for side in src dst; do
		for options in "-a --verify-only src dst" "-a --verify-only --verify=archive src dst" \
			"-a --verify-only --chunk-size=64K src dst"; do
			[[ $options != *archive* ]] || has_archive || continue
			leased $side/doc
			expect_status 0 pcopy $options
			expect_quiet
			wait $holder
			expect_missing on
		done
	done
	leased dst/doc
	expect_status 0 pcopy --check=m dst
	wait $holder
	leased dst/doc
	expect_status 0 pcopy --digest dst
	expect_same "$("${PCOPY_PYTHON:-python3}" -S "$digest" dst)  dst" "$(cat "$out")"
	wait $holder
}
each_pool "a file under a lease" leases

lease_kept() {
	mkdir src
	seq 500 >src/doc
	cp -a src dst
	leased dst/doc keep
	start "$PCOPY" "${P[@]}" --verify-only src dst
	while_running $pid test -e on-kept || fail "$(cat "$err")"
	kill -INT $pid
	status=0
	wait $pid || status=$?
	kill $holder
	[[ $status -eq 130 ]] || fail "status $status: $(cat "$err")"
	! grep 'doc' "$err" || fail "it is no error of the file"
}
each_pool "a lease that is kept, and SIGINT" lease_kept

# ---- Copies that go wrong ----

preloaded() {
	[[ -n $corrupt_library ]] || skip "libcorrupt.so was not built"
	mount_image tmpfs 16M # a tmpfs has no clones
	cd mnt
}

WRAP=() # a command to run pcopy under
corrupt() {
	"${WRAP[@]}" env LD_PRELOAD="$corrupt_library" CORRUPT="$1" ${CORRUPT_ONCE:+CORRUPT_ONCE="$CORRUPT_ONCE"} \
		timeout -s KILL 100 "$PCOPY" "${P[@]}" "${@:2}"
}

goes_wrong() {
	preloaded
	small_tree
	for reader in $(readers); do
		expect_status 0 corrupt none -p --verify=$reader src fine-$reader
		expect_status 3 corrupt data -p --verify=$reader src dst-$reader
		expect_stderr "pcopy: 'dst-$reader/a/one' differs from 'src/a/one' in data at byte 0: is 0x90, should be 0x6f"
		expect_status 3 corrupt mode -p --verify=$reader src mode-$reader
		expect_stderr "pcopy: 'mode-$reader/a/one' differs from 'src/a/one' in mode: is 0000, should be 0640"
	done
}
each_pool "a copy that goes wrong" goes_wrong

source_changed() {
	preloaded
	mkdir src
	echo one >src/one
	expect_status 3 corrupt source --verify src dst
	expect_stderr "pcopy: 'dst/one' differs from 'src/one' in data at byte 0: is 0x6f, should be 0x90 (the source changed after the run began)"
}
each_pool "a source that changed" source_changed

copied_again() {
	preloaded
	small_tree
	rm src/z/fifo # diff cannot compare FIFOs
	expect_status 0 corrupt data -a --verify --on-mismatch=recopy --manifest=m src dst
	expect_stderr "pcopy: 'dst/a/one' differs from 'src/a/one' in data at byte 0: is 0x90, should be 0x6f; recopying it"
	same_metadata src dst
	expect_same "$(stat -c %i dst/a/one)" "$(stat -c %i dst/z/two)"
	expect_status 0 pcopy --check=m dst
	rm src/z/two # any file may be damaged; this one has two names
	touch once
	CORRUPT_ONCE=$PWD/once
	expect_status 0 corrupt mode -a --verify --on-mismatch=recopy --stats src dst2
	CORRUPT_ONCE=
	same_metadata src dst2
	grep -q 'recopied 1$' "$out" || fail "$(cat "$out")"
	expect_status 3 corrupt mode -p --verify --on-mismatch=recopy src dst3 # the second copy is damaged as well
}
each_pool "--on-mismatch=recopy" copied_again

# pcopy empties a file before it copies it again, and leaves the others unchanged.
nothing_else_again() {
	command -v strace >/dev/null || skip "no strace"
	preloaded
	small_tree
	rm src/z/two
	touch once
	CORRUPT_ONCE=$PWD/once
	WRAP=(strace -f -qq -e trace=ftruncate -o "$PWD/calls")
	expect_status 0 corrupt mode -a --verify --on-mismatch=recopy src dst
	CORRUPT_ONCE=
	WRAP=()
	expect_same 1 "$(grep -c 'ftruncate([0-9]*, 0[ )]' calls)" # or "0 <unfinished ...>"
}
each_pool "--on-mismatch=recopy of one file" nothing_else_again

cold() {
	mount_image ext4 64M
	small_tree
	expect_status 0 pcopy --verify --verify-cold --stats src mnt/dst
	grep -q '  cached .*, after dropping the cache 0 B$' "$out" || fail "$(cat "$out")"
}
check "--verify-cold" cold

# ---- Manifests ----

odd_tree() {
	small_tree
	mkdir 'src/sp ace' src/$'\001\377'
	echo x >'src/sp ace/#*?[\q'
	echo y >src/$'\001\377/=!&'
	ln -s 'to $x [\' src/z/odd
	touch -d @-5.25 src/a/empty
}

# An existing manifest stays until the new one is complete, which then replaces it as a whole.
an_older_one() {
	small_tree
	expect_status 0 pcopy -a --manifest=m src dst
	cp m older
	mkdir dst2
	expect_status 1 pcopy -a --max-errors=1 --manifest=m nowhere src dst2
	cmp m older
	expect_status 0 pcopy -a --manifest=m src/z dst3
	expect_status 0 pcopy -a --manifest=new src/z dst4
	diff <(grep -v '^#' m) <(grep -v '^#' new)
}

read_by_others() {
	odd_tree
	expect_status 0 pcopy -a --manifest=m src dst
	bsdtar -tf m >listed
	expect_same "$(find src -printf . | wc -c)" "$(wc -l <listed)"
	LC_ALL=C sort -c <(sed -n 's/^\(\.[^ ]*\) type.*/\1/p' m | tr / '\001') || fail "not in order"
	command -v mtree >/dev/null || skip "no mtree"
	(cd dst && mtree -f ../m) >said || fail "mtree: $(cat said)"
	chmod 600 dst/a/one
	! (cd dst && mtree -f ../m) >said || fail "mtree finds nothing"
}
# A device with another number is a difference.
devices() {
	[[ $EUID -eq 0 ]] || skip "only root makes devices"
	mkdir src
	mknod src/block b 7 5 && mknod src/char c 1 260 || skip "cannot make a device here"
	expect_status 0 pcopy -a --manifest=m src dst
	grep -q '^\./block type=block .* device=linux,7,5$' m || fail "$(cat m)"
	grep -q '^\./char type=char .* device=linux,1,260$' m || fail "$(cat m)"
	expect_status 0 pcopy --check=m dst
	rm dst/block dst/char
	mknod dst/block b 7 6
	mknod dst/char c 2 260
	touch -r src/block dst/block
	touch -r src/char dst/char
	touch -r src dst
	expect_status 3 pcopy --check=m dst
	expect_stderr "pcopy: 'dst/block' differs from the manifest in device: is 7, 6, should be 7, 5"
	expect_stderr "pcopy: 'dst/char' differs from the manifest in device: is 2, 260, should be 1, 260"
}

# Where source and target differ, the manifest describes the whole contents of the target.
of_what_differs() {
	local at
	mkdir src
	head -c 1500000 /dev/urandom >src/large
	for at in 0 1000000 1499999; do
		rm -rf dst
		cp -a src dst
		printf '\0\0' | dd of=dst/large bs=1 seek=$at conv=notrunc status=none
		touch -r src/large dst/large
		expect_status 3 pcopy -a --verify-only --manifest=m src dst
		grep -q "^\./large .* sha256digest=$(sha256sum <dst/large | cut -c-64)\$" m ||
			fail "at $at: $(cat m)"
		expect_status 0 pcopy --check=m dst
	done
}

# mtree_of WORD: writes a manifest, as from another program, in which tree/f has this keyword.
mtree_of() {
	printf '#mtree\n. type=dir\n./f type=file %s\n' "$1" >m
}

# A manifest time without a fraction matches any fraction; one with a fraction matches only its own.
whole_seconds() {
	local time
	mkdir tree
	echo x >tree/f
	touch -d @1500000000.5 tree/f
	for time in 1500000000 1500000000.500000000; do
		mtree_of time=$time
		expect_status 0 pcopy --check=m tree
		expect_quiet
	done
	printf '#mtree\n/set type=file time=1500000000\n. type=dir time=%s\n./f\n' "$(stat -c %.9Y tree)" >m
	expect_status 0 pcopy --check=m tree
	expect_quiet
	for time in 1500000001 1499999999 1500000000.0 1500000000.4; do
		mtree_of time=$time
		expect_status 3 pcopy --check=m tree
		grep -q "^pcopy: 'tree/f' differs from the manifest in time: " "$err" || fail "$time: $(cat "$err")"
	done
	touch -d @1500000000 tree/f
	mtree_of time=1500000000
	expect_status 0 pcopy --check=m tree
}

# A target file system with whole seconds matches the source's times; a target time with a fraction
# does not match a source time without one.
coarse_target() {
	[[ $EUID -eq 0 && -n ${PCOPY_TEST_NS:-} ]] || skip "no private mount namespace here"
	mkdir src mnt fine
	echo x >src/f
	touch -d @1500000000.5 src/f src
	truncate -s 8M image
	mkfs.ext4 -q -I 128 image >/dev/null 2>&1 || skip "no mkfs.ext4"
	mount -o loop image mnt 2>/dev/null || skip "cannot mount ext4 through a loop device"
	for reader in $(readers); do
		expect_status 0 pcopy -p --verify=$reader src mnt/$reader
		expect_quiet
		expect_same 1500000000.000000000 "$(stat -c %.9Y mnt/$reader/f)"
	done
	touch -d @1500000000 src/f src
	cp -a -T src fine
	touch -d @1500000000.5 fine/f
	for reader in $(readers); do
		expect_status 3 pcopy -p --verify-only --verify=$reader src fine
		grep -q "^pcopy: 'fine/f' differs from 'src/f' in time: " "$err" || fail "$reader: $(cat "$err")"
	done
}

check "a manifest over an older one" an_older_one
check "a manifest of devices" devices
each_pool "a manifest of what differs" of_what_differs
check "manifests with whole seconds" whole_seconds
check "targets with whole seconds" coarse_target
check "a manifest, read by bsdtar and mtree" read_by_others

same_bytes() {
	odd_tree
	for pool in serial threads processes hybrid; do
		expect_status 0 "$PCOPY" --pool=$pool -a --manifest=m-$pool src dst-$pool
		cmp m-serial m-$pool || fail "another manifest by $pool"
		# also of an existing tree
		expect_status 0 "$PCOPY" --pool=$pool --manifest=n dst-$pool
		cmp m-serial n || fail "another manifest of the copy"
	done
}
check "a manifest, whatever the pool" same_bytes

of_others() {
	odd_tree
	rm src/$'new\nline' # mtree -c writes its name into a comment as it is
	(cd src && bsdtar -cf ../tar --format=mtree --options='!all,type,mode,uid,gid,size,time,link,sha256' .)
	expect_status 0 pcopy --check=tar src
	expect_quiet
	(cd src && bsdtar -cf ../tar --format=mtree --options='!all,use-set,type,size,time,link,md5,sha512' .)
	expect_status 0 pcopy --check=tar src
	command -v mtree >/dev/null || skip "no mtree"
	mtree -c -K sha256 -p src >netbsd
	expect_status 0 pcopy --check=netbsd src
	expect_quiet
	mtree -C <netbsd >flat
	expect_status 0 pcopy --check=flat src
	printf X | dd of=src/hole bs=1 seek=1000 conv=notrunc status=none
	for m in netbsd tar; do
		expect_status 3 pcopy --check=$m src
		grep -q "^pcopy: 'src/hole' differs from the manifest in digest: " "$err" || fail "$m: $(cat "$err")"
	done
}
check "manifests by bsdtar and mtree" of_others

# refused LINE REASON: pcopy refuses the manifest ./m before it reads any file
refused() {
	local before
	before=$(stat -c %X tree/f)
	expect_status 2 pcopy --check=m tree
	expect_same "pcopy: m:$1: $2" "$(cat "$err")"
	expect_same "$before" "$(stat -c %X tree/f)"
}

# pcopy reports the name of an unreadable manifest.
no_manifest() {
	mkdir tree dir
	expect_status 2 pcopy --check=none tree
	expect_same "pcopy: cannot read 'none': No such file or directory" "$(cat "$err")"
	expect_status 2 pcopy --check=dir tree
	expect_same "pcopy: cannot read 'dir': Is a directory" "$(cat "$err")"
}
check "a manifest that cannot be read" no_manifest

bad_manifests() {
	mkdir tree
	echo x >tree/f
	expect_status 0 pcopy --manifest=good tree
	head -n -1 good >m
	refused 4 "the manifest is truncated"
	head -c -30 good >m
	refused 4 "the manifest is truncated"
	sed 3d good >m
	refused 4 "1 entries instead of 2"
	printf '#mtree\n. type=dir\n./../../etc/passwd type=file\n' >m
	refused 3 "the path leads outside the tree"
	printf '#mtree\n. type=dir\n/etc/passwd type=file\n' >m
	refused 3 "the path is absolute"
	printf '#mtree\n. type=dir\n..\n..\n' >m
	refused 4 "'..' leads outside the tree"
	printf '#mtree\n/set type=file\n. type=dir\n\\056\\056/x\n' >m
	refused 4 "the path leads outside the tree"
	printf '#mtree\n. type=dir\n./f type=file size=many\n' >m
	refused 3 "'size=many' has an invalid value"
	local word
	for word in uid=99999999999999999999 mode=0888 mode=u+x time=1.2.3 time=1.1000000000 sha256=ab \
		"md5=$(printf '%032d' 0 | tr 0 g)" device=linux,1 type=door link= nlink=-1; do
		printf '#mtree\n. type=dir\n./f type=file %s\n' "$word" >m
		refused 3 "'$word' has an invalid value"
	done
	printf 'some text\nof another kind\n' >m
	refused 1 "'text' is not a keyword of mtree(5)"
	printf '{"json": true}\n' >m
	refused 1 "'true}' is not a keyword of mtree(5)"
	printf '\177ELF\0\0' >m
	refused 1 "the manifest is truncated"
	printf '\177ELF\0\0\n' >m
	refused 1 "not a manifest: it contains a NUL byte"
	: >m
	refused 0 "not a manifest: it contains no entries"
	printf '#mtree\n. type=dir\n./f type=file\n./f type=file\n' >m
	refused 4 "duplicate entry: f"
	printf '#mtree\n. type=dir\n./f type=file \\\n' >m
	refused 3 "the manifest is truncated"
	printf '#mtree\n./f size=1\n' >m
	refused 2 "the entry has no type"
	printf '#mtree\n./f\\400 type=file\n' >m
	refused 2 "invalid escape sequence, see vis(3)"
	{ printf '#mtree\n' && head -c 2000000 /dev/zero | tr '\0' x && echo; } >m
	refused 2 "a line is longer than 1 MiB"
	# /set lines that cancel each other, many times
	{
		printf '#mtree\n'
		for i in {1..2000}; do printf '/set type=file uid=%d\n/unset uid\n/set type=dir\n' "$i"; done
		printf '. type=dir\n./f type=file size=2\n'
	} >m
	expect_status 0 pcopy --check=m tree
	expect_status 2 pcopy --check=none tree
	expect_status 1 pcopy --check=good none
}
check "manifests that are none" bad_manifests

# a manifest of 100 MB, with 450,000 optional entries that do not exist
large_manifest() {
	mkdir tree
	echo x >tree/f
	awk 'BEGIN { print "#mtree\n. type=dir\n./f type=file"
		for (i = 0; i < 450000; i++)
			printf "./%0150d/%06d type=file uid=0 gid=0 mode=0644 size=12345 optional\n", i % 7, i }' >m
	[[ $(stat -c %s m) -gt 90000000 ]] || fail "only $(stat -c %s m)"
	expect_status 0 pcopy --json=report --check=m tree
	peak=$(json report "d['peak_bytes']")
	[[ $peak -lt 67108864 ]] || fail "peak memory: $peak"
}
check "a manifest of 100 MB" large_manifest

# ---- Digests ----

digests() {
	odd_tree
	want=$("${PCOPY_PYTHON:-python3}" -S "$digest" src)
	for pool in serial threads processes hybrid; do
		expect_status 0 "$PCOPY" --pool=$pool --digest src
		expect_same "$want  src" "$(cat "$out")"
	done
	mount_image xfs 400M
	expect_status 0 pcopy -p --digest src mnt/dst
	expect_same "$want  mnt/dst" "$(cat "$out")"
	chmod 777 src/a/one
	expect_status 0 pcopy --digest src
	[[ $(cat "$out") != "$want  src" ]] || fail "a mode makes no difference"
	expect_same "$("${PCOPY_PYTHON:-python3}" -S "$digest" src)  src" "$(cat "$out")"
}
check "--digest" digests

# A digest and a manifest describe the tree that a copy with the same options would make.
links_followed() {
	small_tree
	rm src/z/fifo
	mkdir -p outside/sub
	echo far >outside/sub/file
	ln -s ../outside src/to-outside
	ln -s ../a/one src/z/to-one
	ln -s src to-src
	ln -s src/a/one to-file
	cp -rpL src copy
	local words
	for words in "-L src" "-L to-src" "-L src/" "-H to-src"; do
		[[ $words == -H* ]] || expect_same "$("${PCOPY_PYTHON:-python3}" -S "$digest" copy)" "$(pcopy --digest $words | cut -d ' ' -f 1)" "$words"
		[[ $words != -H* ]] || expect_same "$("${PCOPY_PYTHON:-python3}" -S "$digest" src)" "$(pcopy --digest $words | cut -d ' ' -f 1)" "$words"
		expect_status 0 pcopy --chunk-size=16K --manifest=m $words
		expect_quiet
		expect_status 0 pcopy --chunk-size=16K --check=m $words
		expect_quiet
	done
	expect_status 0 pcopy --manifest=m -L src
	expect_status 0 pcopy --check=<(sed -E 's/ (time|nlink)=[^ ]*//g; /^#/d' m) copy
	expect_quiet
	expect_status 0 pcopy --digest -H to-file
	expect_same "$(printf 'f 0640 %s .\0' "$(sha256sum <src/a/one | cut -c-64)" | sha256sum | cut -c-64)  to-file" \
		"$(cat "$out")"
}
each_pool "a tree described with links followed" links_followed

# The file has holes at both ends and in between: pcopy reads none, and looks up each run of data once.
holes_not_read() {
	command -v strace >/dev/null || skip "no strace"
	local at
	mkdir src
	truncate -s 64M src/f
	for at in 10 11 40; do
		head -c 300000 /dev/urandom | dd of=src/f bs=1M seek=$at conv=notrunc status=none
	done
	[[ $(stat -c %b src/f) -lt 4096 ]] || skip "no holes here"
	strace -f -qq -e trace=lseek,pread64 -o calls "$PCOPY" --digest --manifest=m src >"$out" 2>"$err" ||
		skip "strace: $(head -n 1 "$err")"
	expect_same "$("${PCOPY_PYTHON:-python3}" -S "$digest" src)  src" "$(cat "$out")"
	grep -q "sha256digest=$(sha256sum <src/f | cut -c-64)\$" m || fail "$(cat m)"
	! grep 'lseek(-1' calls || fail "a file that is not there is asked for its holes"
	[[ $(grep -c pread64 calls) -le 16 && $(grep -c lseek calls) -le 10 ]] || fail "$(cat calls)"
}
check "--digest of a file with holes" holes_not_read

usage() {
	small_tree
	while read -r words; do
		eval "expect_status 2 pcopy $words src dst"
		expect_missing dst
	done <<-'END'
		--verify -l
		--verify --attributes-only
		--verify=other
		--on-mismatch=recopy
		--verify-cold
		--check=m --verify-only
		--check=m
		--manifest=m --parents
		--verify --bench
	END
	expect_status 1 pcopy --manifest=none/m src dst
	expect_stderr "pcopy: cannot write manifest 'none/m': No such file or directory"
	expect_missing dst
}
check "usage" usage

done_testing
