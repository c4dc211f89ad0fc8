# --fsync and --atomic: when data reach the disk, and what a reader sees.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)

tree() {
	mkdir -p src/sub
	seq 500 >src/one
	seq 700 >src/sub/two
	: >src/empty
	ln -s one src/link
	head -c 3000000 /dev/urandom >src/sub/big
}

# traced OPTION...: records the calls of one copy of ./src to ./dst, in order.
traced() {
	command -v strace >/dev/null || skip "no strace"
	strace -f -qq -y -o calls -e trace=openat,write,pwrite64,copy_file_range,ftruncate,ioctl,fsync,fdatasync,syncfs,rename,renameat,renameat2,linkat,unlinkat,fchmod,fchown,utimensat,close_range,close \
		"$PCOPY" "${P[@]}" "$@" -T src dst 2>"$err" || skip "strace: $(head -n 1 "$err")"
}

# pcopy writes each file under a temporary name, syncs the file, renames it, and then syncs
# its directory.
file_always() {
	calls_are_seen
	tree
	traced --fsync=file --atomic=always --chunk-size=1M "$@"
	diff -r --no-dereference src dst
	"${PCOPY_PYTHON:-python3}" -S "$here/durable.py" calls "$PWD/dst" one empty sub/two sub/big
}

# The same over existing files.
file_always_over() {
	calls_are_seen
	tree
	mkdir -p dst/sub
	echo old | tee dst/one dst/sub/two >/dev/null
	traced --fsync=file --atomic=always --chunk-size=1M -a
	diff -r --no-dereference src dst
	"${PCOPY_PYTHON:-python3}" -S "$here/durable.py" calls "$PWD/dst" one empty sub/two sub/big
}

# pcopy writes nothing after the one call that syncs everything.
at_the_end() {
	tree
	traced --fsync=end
	expect_same 1 "$(grep -c 'syncfs(' calls)"
	expect_same 0 "$(grep -cE 'f(data)?sync\(' calls || :)"
	expect_same 0 "$(sed '1,/syncfs(/d' calls | grep -cE '(write|copy_file_range|renameat|unlinkat)[^ ]*\(.*/dst' || :)"
}

not_at_all() {
	tree
	traced
	expect_same 0 "$(grep -cE 'f(data)?sync\(|syncfs\(' calls || :)"
}

# pcopy accepts that a file system cannot sync directories; a sync that fails with EIO is an error.
no_sync_of_directories() {
	local error status
	[[ -n $meddle_library ]] || skip "libmeddle.so was not built"
	calls_are_seen
	tree
	for error in 22 95 9; do # EINVAL EOPNOTSUPP EBADF
		rm -rf dst
		expect_status 0 env MEDDLE_FSYNC=$error LD_PRELOAD="$meddle_library" \
			"$PCOPY" "${P[@]}" --fsync=file --chunk-size=1M -a src dst
		expect_quiet
		diff -r --no-dereference src dst
	done
	status=0 # EIO
	MEDDLE_FSYNC=5 LD_PRELOAD="$meddle_library" "$PCOPY" "${P[@]}" --fsync=file -a src dst2 2>said || status=$?
	expect_same 1 "$status"
	grep -q "dst2.*Input/output error" said || fail "not named: $(cat said)"
}

# replaced WANT OPTION...: copies over dst, and checks whether dst has another inode afterwards.
replaced() {
	local want=$1 before
	shift
	echo new >src
	echo old >dst
	ln dst other
	before=$(stat -c %i dst)
	expect_status 0 pcopy "$@" src dst
	cmp src dst
	if [[ $want == replaced ]]; then
		[[ $before != $(stat -c %i dst) ]] || fail "written to"
		expect_same old "$(<other)"
	else
		expect_same "$before" "$(stat -c %i dst)"
		expect_same new "$(<other)"
	fi
	expect_no_temporary .
}

# With -u pcopy replaces a file by another inode only where no other observer can tell the difference.
updated() {
	local want=$1 before
	shift
	echo new >src
	echo old >dst
	touch -d '1 hour ago' dst
	"$@"
	before=$(stat -c %i dst)
	expect_status 0 pcopy -u src dst
	cmp src dst
	expect_no_temporary .
	if [[ $want == replaced ]]; then
		[[ $before != $(stat -c %i dst) ]] || fail "written to"
	else
		expect_same "$before" "$(stat -c %i dst)"
	fi
}

other_link() {
	ln dst other
}

set_id() {
	chmod 2755 dst
}

# A new file in this directory inherits a list, which the old file does not have.
list_for_new() {
	setfacl -d -m u:1:rwx . 2>/dev/null || skip "no access control lists here"
}

attribute() {
	setfattr -n user.kept -v yes dst 2>/dev/null || skip "no attributes here"
}

# Without -f a file that may not be written to is not replaced either, though its directory would allow it.
read_only() {
	[[ $EUID -eq 0 ]] || skip "only root can run as another user here"
	mkdir open
	chown 65534:65534 open
	echo new >src
	echo old >open/dst
	touch -d '1 hour ago' open/dst
	chown 65534:65534 open/dst
	chmod 444 open/dst
	chmod 755 .
	expect_status 1 setpriv --reuid=65534 --regid=65534 --clear-groups "$PCOPY" "$@" src open/dst
	expect_same old "$(<open/dst)"
	expect_status 0 setpriv --reuid=65534 --regid=65534 --clear-groups "$PCOPY" -f "$@" src open/dst
	cmp src open/dst
}

# Files in this directory can be written to, but none can be created.
closed_directory() {
	[[ $EUID -eq 0 ]] || skip "only root can run as another user here"
	mkdir closed
	echo old >closed/dst
	touch -d '1 hour ago' closed/dst
	echo new >src
	chmod 666 closed/dst
	chmod 755 . closed
	expect_status 0 setpriv --reuid=65534 --regid=65534 --clear-groups "$PCOPY" -u src closed/dst
	cmp src closed/dst
}

# The old file keeps the name until the new one is complete: here, this never happens.
old_stays() {
	mount_image tmpfs 2m
	head -c 4M /dev/urandom >src
	echo old >mnt/dst
	expect_status 1 pcopy "$@" src mnt/dst
	expect_same old "$(<mnt/dst)"
	expect_no_temporary mnt
}

# ... and with --atomic=never pcopy removes the old file first, as cp does.
old_goes() {
	mount_image tmpfs 2m
	head -c 4M /dev/urandom >src
	echo old >mnt/dst
	expect_status 1 pcopy --atomic=never --remove-destination src mnt/dst
	expect_missing mnt/dst
}

# A file that is replaced instead of written to keeps owner and mode, as with cp.
keeps_mode() {
	echo new >src
	echo old >dst
	chmod 640 dst
	[[ $EUID -ne 0 ]] || chown 65534:65533 dst
	cp -p dst judge
	cp src judge
	expect_status 0 pcopy --atomic=always src dst
	expect_same "$(stat -c '%a %u %g' judge)" "$(stat -c '%a %u %g' dst)"
	chmod 4755 dst
	expect_status 0 pcopy --atomic=always src dst
	expect_same 755 "$(stat -c %a dst)"
	expect_status 0 pcopy --atomic=always -p src dst
	expect_same "$(stat -c '%a %u %g' src)" "$(stat -c '%a %u %g' dst)"
}

# The other rules remain in force: refusals, backups, devices, followed links.
rules() {
	echo new >src
	echo old >dst
	expect_status 0 pcopy --atomic=always -b src dst
	expect_same "old new" "$(cat dst~ dst | tr '\n' ' ' | sed 's/ $//')"
	expect_status 1 pcopy --atomic=always src src
	expect_stderr "pcopy: 'src' and 'src' are the same file"
	mkdir dir
	expect_status 1 pcopy --atomic=always -T src dir
	expect_stderr "pcopy: cannot overwrite directory 'dir' with non-directory"
	ln -s dst link
	expect_status 0 pcopy --atomic=always src link
	[[ -L link ]] || fail "the link is gone"
	cmp src dst
	expect_status 0 pcopy --atomic=always src /dev/null
	[[ -c /dev/null ]] || fail "/dev/null is gone"
	expect_status 0 pcopy --atomic=always -n src dst
	expect_no_temporary .
}

removed_is_reported() {
	echo new >src
	echo old >dst
	expect_status 0 pcopy -v --remove-destination src dst
	expect_same "removed 'dst' 'src' -> 'dst'" "$(tr '\n' ' ' <"$out" | sed 's/ $//')"
}

each_pool "--fsync=file --atomic=always" file_always
each_pool "--fsync=file --atomic=always -a" file_always -a
each_pool "--fsync=file --atomic=always over files" file_always_over
each_pool "--fsync=end" at_the_end
each_pool "--fsync=none" not_at_all
each_pool "--fsync=file: directories that cannot be synced" no_sync_of_directories
pool_options threads
check "--atomic=auto writes to what is there" replaced written
check "--atomic=never" replaced written --atomic=never
check "--atomic=always" replaced replaced --atomic=always
check "--atomic=auto --remove-destination" replaced replaced --remove-destination
check "--atomic=never --remove-destination" replaced replaced --atomic=never --remove-destination
check "--atomic=auto -a" replaced replaced -a
check "--atomic=auto -u" updated replaced true
check "--atomic=auto -u over a file with two names" updated written other_link
check "--atomic=auto -u over a file with attributes" updated written attribute
check "--atomic=auto -u over a file with a set-id bit" updated written set_id
check "--atomic=auto -u where lists are handed down" updated written list_for_new
check "--atomic=auto -u over a read-only file" read_only -u
check "--atomic=always over a read-only file" read_only --atomic=always
check "--atomic=auto -u where no file can be made" closed_directory
each_pool "the old file stays until then" old_stays --atomic=always
check "also with --remove-destination" old_stays --remove-destination
check "but not with --atomic=never" old_goes
check "owner and mode of what is replaced" keeps_mode
check "the rules of cp" rules
check "removed, in words" removed_is_reported
done_testing
