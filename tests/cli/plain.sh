# Without -r pcopy copies operands as cp without -r does, except that it copies the contents of directories.
. "$(dirname "$0")/lib.sh"

fixture() {
	mkdir -p src/sub dir
	echo a >src/a
	ln -s a src/link
	ln -s nowhere src/dangling
	mkfifo src/fifo
	mknod src/null c 1 3 2>/dev/null || :
	echo one >one
	echo older >old
	chmod 640 one
	ln -s one link
	ln -s link link-to-link
	ln -s src to-src
	ln -s old to-old
	ln -s nowhere dangling
	ln -s nothing to-nothing
}

# Without -r on both sides.
RECURSIVE=()
SAME="/stopped: the target is full/d"
all_as_cp() {
	alike fixture 'link new' 'link dir' 'link one dir' 'link-to-link new' 'src/link dir' 'dangling new' 'dangling one dir' \
		'link old' 'one to-old' 'link to-old' 'link to-nothing' '-p link new' '--preserve=all link new' '-d link new' '-P link new' \
		'-dp link dir' '-L link new' '-H link new' '-l link new' '-s link new' '-b link old' '-f link to-old' \
		'--remove-destination link old' '--remove-destination link one' '--remove-destination -s link one' '-n link old' \
		'-u link old' 'link one' 'one link' '-v link new' '--attributes-only -p link new' '/dev/null new' '/dev/null old' \
		'-p /dev/null new' '-t dir link one old' '--parents src/link dir' '-T link new' 'one /dev/null' 'link /dev/null' \
		'/dev/null /dev/null' 'one /dev/full' '/dev/null to-old' '-n /dev/null old' '-b /dev/null old' '--remove-destination /dev/null old'
}

# Directories are copied, and their contents as with -r; also through a link.
directories() {
	fixture
	local from
	cp -r src want
	for from in src to-src to-src/; do
		expect_status 0 pcopy "$from" got
		expect_same "$(find want -printf '%P %y %l %s\n' | sort)" "$(find got -printf '%P %y %l %s\n' | sort)"
		rm -r got
	done
	expect_status 0 pcopy -r to-src got
	expect_same src "$(readlink got)"
	expect_status 0 pcopy -P to-src got-2
	expect_same src "$(readlink got-2)"
}

# The sources are FIFOs: one of the shell, standard input, one with a name.
from_fifos() {
	fixture
	expect_status 0 pcopy <(seq 30000) new
	cmp <(seq 30000) new
	seq 30000 | "$PCOPY" "${P[@]}" /dev/stdin new-2
	cmp new new-2
	seq 30000 | "$PCOPY" "${P[@]}" /dev/fd/0 dir
	cmp new dir/0
	seq 30000 | "$PCOPY" "${P[@]}" /proc/self/fd/0 new-3
	cmp new new-3
	exec 7< <(seq 30000)
	expect_status 0 pcopy -p /dev/fd/7 new-4
	cmp new new-4
	mkfifo named
	seq 30000 >named &
	expect_status 0 pcopy named old
	cmp new old
	expect_status 0 pcopy -r named again
	[[ -p again ]] || fail "-r makes it anew"
	expect_status 0 pcopy -P named again-2
	[[ -p again-2 ]] || fail "-P makes it anew"
}

# The targets are FIFOs: standard output as a pipe, and a named one with a reader that may come later.
to_fifos() {
	fixture
	seq 100000 >f
	"$PCOPY" "${P[@]}" f /dev/stdout | cmp - f
	"$PCOPY" "${P[@]}" f /dev/fd/1 | cmp - f
	"$PCOPY" "${P[@]}" f /proc/self/fd/1 | cmp - f
	"$PCOPY" "${P[@]}" <(cat f) /dev/stdout | cmp - f
	mkfifo named
	cat named >got &
	expect_status 0 pcopy f named
	wait $!
	cmp f got
	start "$PCOPY" "${P[@]}" f named
	until_true catches "$pid" INT # so the copy runs
	cmp named f
	wait "$pid"
	ln -s named to-named
	cmp to-named f &
	expect_status 0 pcopy f to-named
	wait $!
	# the target is an open file without a path
	exec 8<>gone
	rm gone
	expect_status 0 pcopy f /dev/fd/8
	cmp /dev/fd/8 f
	# pcopy does not write to a FIFO below a target directory, whether or not -T names that directory
	mkdir -p into tree
	mkfifo into/f tree/f
	mkdir source
	cp f source/f
	expect_status 1 pcopy f into
	expect_stderr "pcopy: not writing to FIFO, socket or device 'into/f'"
	expect_status 1 pcopy -T source tree
	expect_stderr "pcopy: not writing to FIFO, socket or device 'tree/f'"
}

# The other end of the FIFO stays closed: a signal ends the copy, and the FIFO stays.
canceled() {
	local status=0
	echo x >f
	mkfifo named
	start "$PCOPY" "${P[@]}" "$@"
	until_true catches "$pid" INT # so the copy runs
	kill -INT "$pid"
	wait "$pid" || status=$?
	expect_same 130 "$status"
	[[ -p named ]] || fail "no FIFO any more"
	expect_no_temporary .
}

# In every pool a reader that closes the pipe is an ordinary error: no worker dies of it.
deaf_reader() {
	head -c 4M /dev/zero >f
	local statuses
	set +o pipefail
	"$PCOPY" "${P[@]}" f /dev/stdout 2>"$err" | head -c 1 >/dev/null
	statuses=("${PIPESTATUS[@]}")
	expect_same 1 "${statuses[0]}"
	expect_stderr "pcopy: error writing '/dev/stdout': Broken pipe"
	[[ $(wc -l <"$err") -eq 1 ]] || fail "$(cat "$err")"
}

# A loop device is the source, and then the target.
disks() {
	[[ $EUID -eq 0 ]] || skip "only root has loop devices"
	local loop
	truncate -s 2M disk
	loop=$(losetup -f --show disk 2>/dev/null) || skip "no loop device"
	trap 'losetup -d '"$loop" EXIT
	head -c 1500000 /dev/urandom >image
	expect_status 0 pcopy image "$loop"
	cmp -n 1500000 image "$loop"
	expect_status 0 pcopy --fsync=file image "$loop"
	expect_status 0 pcopy "$loop" copy
	cmp "$loop" copy
	ln -s "$loop" to-disk
	expect_status 0 pcopy to-disk copy-2
	cmp copy copy-2
	head -c 1000000 /dev/urandom >image
	expect_status 0 pcopy image to-disk
	cmp -n 1000000 image "$loop"
	[[ -L to-disk && -b $loop ]]
	expect_status 1 pcopy copy /dev/full
	truncate -s 3M large
	expect_status 1 pcopy large "$loop"
	expect_stderr "pcopy: error writing '$loop': No space left on device"
	expect_status 0 pcopy -r "$loop" node
	[[ -b node ]] || fail "-r makes it anew"
}

# The target is /dev/tty, a terminal.
terminal() {
	echo hello >f
	GO=/dev/null "${PCOPY_PYTHON:-python3}" "$PCOPY_SOURCE/tests/cli/terminal.py" raw "$PCOPY" "${P[@]}" f /dev/tty
	grep -q '^hello' raw || fail "$(cat -v raw)"
}

# Data from a FIFO cannot be read again: with --verify pcopy creates a new FIFO, as it does below directories.
read_back() {
	fixture
	expect_status 0 pcopy --verify link new
	expect_same one "$(<new)"
	[[ ! -L new ]] || fail "a link"
	! has_archive || expect_status 0 pcopy --verify=archive link new-2
	mkfifo named
	expect_status 0 pcopy --verify named new-3
	[[ -p new-3 ]] || fail "read"
}

each_pool "operands, beside cp" all_as_cp
each_pool "directories come along" directories
each_pool "from FIFOs" from_fifos
each_pool "to FIFOs" to_fifos
each_pool "a signal while a FIFO is not read" canceled f named
each_pool "a signal while a FIFO is not written" canceled named new
each_pool "a reader that goes" deaf_reader
each_pool "disks" disks
each_pool "a terminal" terminal
each_pool "--verify" read_back
done_testing
