# FIFOs, sockets, devices, files that report no length, files that change while they are copied.
. "$(dirname "$0")/lib.sh"

# Makes a socket without a process that listens on it.
make_socket() {
	"${PCOPY_PYTHON:-python3}" -S -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$1"
}

specials() {
	mkdir -p src dst old
	mkfifo -m 640 src/fifo
	mkfifo -m 755 src/fifo-755
	make_socket src/socket
	chmod 751 src/socket
	ln src/fifo src/other-fifo
	ln -s fifo src/link
	if [[ $EUID -eq 0 ]]; then
		mknod -m 604 src/null c 1 3
		mknod src/loop b 7 99
		mknod src/large b 259 70000
		chown 12345:23456 src/fifo src/null
	fi
	touch -h -d @1500000000.5 src/* src
	cp -a src/. old
	for f in old/*; do
		rm "$f"
		echo old >"$f"
	done
	mkdir mixed
	mkfifo mixed/socket mixed/null
	mkdir mixed/fifo
	ln -s nowhere mixed/fifo-755
	touch -h -d @1400000000 old/* mixed/*
}

copied() {
	alike specials '-T src dst' '-p -T src dst' '-a -T src dst' '-d -T src dst' '-v -T src dst' \
		'-T src old' '-f -T src old' '-a -T src old' '-p -T src old' '-u -T src old' '-n -T src old' \
		'-b -T src old' '--remove-destination -T src old' '-T src mixed' '-a -T src mixed' '-bf -T src mixed' \
		'-l -T src dst/new' '-s src/fifo new' '-L -T src dst' '-L -T src old' '-Lf -T src old' '-H src/link dst' \
		'--attributes-only -T src dst' '--preserve=links -T src dst' '--preserve=mode -T src dst' \
		'-a --no-preserve=mode -T src dst' '--no-preserve=mode -T src dst' '--sparse=always -T src dst' \
		'--reflink=always -T src dst' 'src/fifo src/socket src/link dst'
}

by_umask() {
	umask "$1"
	alike specials '-T src dst' '-p -T src dst' '-a --no-preserve=mode -T src dst'
}

# An ordinary user may not make devices.
user_specials() {
	specials
	give_to_user . src dst old src/fifo src/link
}

by_a_user() {
	become_user
	like_cp user_specials "$@" -T src dst
}

# ---- Contents of special files ----

# Makes a tree with FIFOs, whose data a writer provides during the copy.
fed() {
	mkdir src
	mkfifo src/fifo src/other
	echo plain >src/plain
	ln -s fifo src/link
	chmod 640 src/fifo
}

contents_of_fifos() {
	local side
	for side in cp pcopy; do
		mkdir $side
		cd $side
		fed
		seq 1 30000 >src/fifo &
		echo short >src/other &
		if [[ $side == cp ]]; then
			timeout -s KILL 60 cp -r --copy-contents "$@" -T src dst
		else
			expect_status 0 pcopy --copy-contents "$@" -T src dst
			expect_quiet
		fi
		rm -r src
		wait
		cd ..
	done
	same_state cp pcopy
	expect_same 30000 "$(wc -l <pcopy/dst/fifo)"
	expect_same short "$(cat pcopy/dst/other)"
}

contents_of_operands() {
	mkfifo fifo
	seq 1 5000 >want
	cat want >fifo &
	expect_status 0 pcopy --copy-contents fifo new
	cmp want new
	chmod 640 fifo
	mkdir cp pcopy
	echo old longer | tee cp/existing >pcopy/existing
	chmod 604 cp/existing pcopy/existing
	for side in cp pcopy; do
		ln $side/existing $side/other-name
		echo x >fifo &
		if [[ $side == cp ]]; then
			cp -r --copy-contents fifo cp/existing
			cp -r --copy-contents /dev/null cp/null
		else
			expect_status 0 pcopy -r --copy-contents fifo pcopy/existing
			expect_status 0 pcopy -r --copy-contents /dev/null pcopy/null
		fi
	done
	same_state cp pcopy
	expect_same x "$(cat pcopy/existing)"
	expect_same 0 "$(find pcopy/null -type f -printf %s)"
	# The writer stays open between two writes, and each write is a part of the contents.
	{
		echo one
		echo two
	} >fifo &
	expect_status 0 pcopy --copy-contents fifo parts
	expect_same "one two" "$(echo $(<parts))"
	wait
}

# While pcopy receives the contents, other users must not be able to read a file whose final mode denies it.
mode_meanwhile() {
	mkfifo fifo
	chmod 600 fifo
	umask 022
	start "$PCOPY" "${P[@]}" -p --copy-contents fifo new
	exec 8>fifo
	until_true test -e new -o -e "$(echo .pcopy-*)"
	expect_same "" "$(find . -type f -perm /077 ! -name 'out*' -name 'n*' -printf '%p %m')" "opened to others"
	echo late >&8
	exec 8>&-
	wait "$pid"
	expect_same "late 600" "$(cat new) $(stat -c %a new)"
}

sockets() {
	mkdir src dst
	make_socket src/socket
	echo f >src/f
}

# ---- Special files as targets ----

null_and_full() {
	echo data >f
	mkfifo p
	expect_status 0 pcopy f /dev/null
	expect_status 0 pcopy -f f /dev/null
	[[ -c /dev/null ]] || fail "/dev/null is gone"
	[[ -c /dev/full ]] || return 0
	expect_status 1 pcopy f /dev/full
	expect_stderr "pcopy: error writing '/dev/full': No space left on device"
	[[ -c /dev/full ]] || fail "/dev/full is gone"
	: >empty
	expect_status 0 pcopy empty /dev/full
	truncate -s 1M holes
	expect_status 0 pcopy holes /dev/null
}

# ---- Files that do not report their length ----

kernel_files() {
	local file n=0
	mkdir want got
	for file in /proc/version /proc/cmdline /proc/filesystems /proc/devices /proc/modules \
		/proc/sys/kernel/ostype /proc/sys/kernel/osrelease /proc/sys/fs/file-max /proc/iomem \
		/sys/kernel/mm/transparent_hugepage/enabled /sys/devices/system/cpu/possible /proc/kallsyms; do
		[[ -r $file ]] && cat "$file" >"want/${file##*/}" 2>/dev/null || continue
		n=$((n + 1))
		expect_status 0 pcopy "$@" "$file" got
		cmp "want/${file##*/}" "got/${file##*/}"
	done
	[[ $n -ge 5 ]] || skip "too few files of /proc here"
	find got -type f -size +8k | grep -q . || fail "none is longer than a page"
}

kernel_trees() {
	local tree
	for tree in /proc/sys/fs/inotify /sys/kernel/mm/transparent_hugepage; do
		[[ -d $tree ]] || continue
		cp -r "$tree" want 2>cp.err || :
		[[ ! -s cp.err ]] || continue
		expect_status 0 pcopy "$tree" got
		diff -r want got >differs || fail "$(head -n 5 differs)"
		same_state want got >differs || fail "$(head -n 20 differs)"
		remove_tree "$PWD/want"
		remove_tree "$PWD/got"
	done
	cp -r /proc/sys/fs/inotify want || skip "no /proc/sys/fs/inotify"
	[[ -n $(find want -type f -size +0) ]] || fail "want is empty"
}

# ---- Files that change while they are copied ----

# stopped_at CALL PATTERN CHANGE COMMAND...: stops the command after its first system call CALL that
# strace shows with PATTERN, runs CHANGE, and continues the command.  A rehearsal in a copy of the
# directory finds the number of the call.  One worker nearly always makes the same calls: when another
# call stopped the command, the test starts over.
stopped_at() {
	local call=$1 pattern=$2 change=$3 which try
	shift 3
	command -v strace >/dev/null || skip "no strace"
	strace -o /dev/null true 2>/dev/null || skip "strace is not allowed to trace here"
	for try in {1..5}; do
		cp -a work rehearsal
		cp -a work fresh
		(cd rehearsal && strace -qq -o ../calls -e "trace=$call" "$@") >"$out" 2>"$err" || :
		# an older strace shows calls that it does not know, whatever its filter
		which=$(grep "^$call(" calls | grep -nE -m 1 -- "$pattern" | cut -d : -f 1)
		[[ $which ]] || skip "no call of $call shows $pattern: $(cat calls)"
		cd work
		start strace -qq -o ../stops -e "trace=$call" -e "inject=$call:signal=STOP:when=$which" "$@"
		until_true stopped ../stops
		children "$pid"
		if stopped_elsewhere ../stops; then
			kill -KILL "${kids[0]}"
			wait "$pid" || :
			cd ..
			rm -rf work rehearsal
			mv fresh work
			mv stops stopped-elsewhere
			continue
		fi
		"$change"
		kill -CONT "${kids[0]}"
		status=0
		wait "$pid" || status=$?
		cd ..
		rm -rf rehearsal fresh
		return
	done
	fail "stopped by another call each time: $(cat stopped-elsewhere)"
}

stopped() {
	grep -q 'stopped by SIGSTOP' "$1" 2>/dev/null
}

stopped_elsewhere() {
	! grep "^$call(" "$1" | tail -n 1 | grep -qE -- "$pattern"
}

changing() {
	mkdir -p work/src
	echo first >work/src/a
	seq 1 20000 >work/src/f
	echo last >work/src/z
}

grows() {
	seq 20001 30000 >>src/f
}

shrinks() {
	truncate -s 50 src/f
}

empties() {
	: >src/f
}

vanishes() {
	rm src/f
}

becomes_a_link() {
	echo secret >outside
	rm src/f
	ln -s ../outside src/f
}

becomes_a_fifo() {
	rm src/f
	mkfifo src/f
}

# When pcopy creates the target, it knows the length of the source and has copied no data.  It warns
# that the source changed, which cp does not.
while_copied() {
	local change=$1 side
	shift
	for side in cp pcopy; do
		changing
		if [[ $side == cp ]]; then
			stopped_at openat 'dst/f", O_WRONLY' "$change" cp -r "$@" -T src dst
		else
			stopped_at openat '"f", O_WRONLY' "$change" "$PCOPY" --pool=serial "$@" -T src dst
		fi
		echo "status $status" >said.$side
		said "$err" >>said.$side
		mv work $side
		rm -f calls stops
	done
	# a clone contains the whole source as of one moment
	grep -qxF "pcopy: 'src/f' changed while it was copied" said.pcopy ||
		{ [[ "$*" != *--* ]] && can_clone pcopy/src/f; } || fail "$(cat said.pcopy)"
	diff said.cp <(grep -v ' changed while it was copied' said.pcopy)
	same_state cp/dst pcopy/dst
}

# changed_before FILE CHANGE COMMAND...: runs COMMAND, which is pcopy, in work/, and runs CHANGE when
# it first opens FILE.
changed_before() {
	local file=$1 change=$2
	shift 2
	[[ -n $meddle_library ]] || skip "libmeddle.so was not built"
	{ declare -f "$change" && echo "$change"; } >change
	cd work
	status=0
	env MEDDLE_FILE="$file" MEDDLE_RUN="bash ../change" LD_PRELOAD="$meddle_library" "$@" >"$out" 2>"$err" ||
		status=$?
	cd ..
}

# pcopy has read the name of the file from its directory, but has not yet examined the file.
before_it_is_opened() {
	local change=$1 side
	for side in cp pcopy; do
		changing
		if [[ $side == cp ]]; then
			stopped_at getdents64 '= 0$' "$change" cp -r -T src dst
		else
			changed_before src/f "$change" "$PCOPY" --pool=serial -T src dst
		fi
		echo "status $status" >said.$side
		said "$err" >>said.$side
		mv work $side
		rm -f calls stops
	done
	expect_same first "$(cat pcopy/dst/a)"
	expect_same last "$(cat pcopy/dst/z)"
	[[ $2 != cp ]] || {
		diff said.cp said.pcopy
		same_state cp/dst pcopy/dst
	}
	[[ $2 != never_through ]] || ! grep -rq secret pcopy/dst || fail "went through the link"
}

# A directory is removed when pcopy opens it.
directory_vanishes() {
	mkdir -p work/src/sub/deep
	echo f >work/src/sub/deep/f
	echo z >work/src/z
	changed_before src/sub tree_goes "$PCOPY" --pool=serial -T src dst
	expect_same 1 "$status" "status"
	expect_stderr "pcopy: cannot stat 'src/sub': No such file or directory"
	expect_same z "$(cat work/dst/z)"
}

tree_goes() {
	rm -r src/sub
}

# With -n pcopy does not overwrite a target that appears during the copy: it is another process's work.
target_appears() {
	changing
	changed_before src/f other_was_first "$PCOPY" --pool=serial -n -T src dst
	expect_same "theirs" "$(cat work/dst/f)"
	expect_same first "$(cat work/dst/a)"
}

# pcopy creates a target again that was removed during the copy.
target_vanishes() {
	changing
	mkdir work/dst
	echo old >work/dst/f
	changed_before src/f target_goes "$PCOPY" --pool=serial -T src dst
	expect_same 0 "$status" "status"
	cmp work/src/f work/dst/f
	same_tree work/src work/dst
}

target_goes() {
	rm dst/f
}

other_was_first() {
	mkdir -p dst
	echo theirs >dst/f
}

each_pool "FIFOs, sockets, devices" copied
check "FIFOs, sockets, devices, umask 077" by_umask 077
check "FIFOs, sockets, devices, umask 000" by_umask 000
check "as an ordinary user" by_a_user
check "as an ordinary user, -a" by_a_user -a
each_pool "--copy-contents" contents_of_fifos
each_pool "--copy-contents, -a" contents_of_fifos -a --no-preserve=timestamps
check "--copy-contents --sparse=always" contents_of_fifos --sparse=always
check "--copy-contents --reflink=auto" contents_of_fifos --reflink=auto
each_pool "--copy-contents: operands" contents_of_operands
check "--copy-contents: the mode meanwhile" mode_meanwhile
check "--copy-contents of a socket" like_cp sockets --copy-contents -T src dst
check "written to /dev/null and /dev/full" null_and_full
each_pool "files of the kernel" kernel_files
check "files of the kernel, --sparse=always" kernel_files --sparse=always
check "files of the kernel, --reflink=never" kernel_files --reflink=never
each_pool "trees of the kernel" kernel_trees
for change in grows shrinks empties; do
	check "a file that $change" while_copied "$change"
	check "a file that $change, --sparse=always" while_copied "$change" --sparse=always
	check "a file that $change, --reflink=never" while_copied "$change" --reflink=never
done
check "a file that is gone before it is opened" before_it_is_opened vanishes cp
check "a file that has become a FIFO" before_it_is_opened becomes_a_fifo any
check "a file that has become a link" before_it_is_opened becomes_a_link never_through
check "a directory that is gone" directory_vanishes
check "a target that appears, -n" target_appears
check "a target that vanishes" target_vanishes
done_testing
