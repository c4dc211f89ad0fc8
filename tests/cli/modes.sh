# Permission bits by default, and what -p and -a keep; GNU cp is the judge.
. "$(dirname "$0")/lib.sh"

fixture() {
	local mode
	mkdir src
	for mode in 644 600 444 755 500 666 777 711 640 000 4755 2755 6711 1644; do
		echo "$mode" >"src/file-$mode"
		: >"src/empty-$mode"
		chmod "$mode" "src/file-$mode" "src/empty-$mode"
	done
	for mode in 755 700 555 500 777 775 1777 2755 2700; do
		mkdir -p "src/dir-$mode/sub"
		echo in >"src/dir-$mode/sub/file"
		echo in >"src/dir-$mode/file"
		chmod "$mode" "src/dir-$mode"
	done
	ln -s file-644 src/link
	ln -s nowhere src/dangling
}

# The fixture without the files that an ordinary user cannot read.
user_fixture() {
	fixture
	rm -f src/*-000
}

readable_fixture() {
	fixture
	[[ $EUID -eq 0 ]] || rm -f src/*-000
}

# Sets times with nanoseconds, some of them before 1970 and after 2038.
set_times() {
	"${PCOPY_PYTHON:-python3}" -S -c 'import os
paths = [os.path.join(top, name) for top, directories, files in os.walk("src", topdown=False) for name in files + directories]
for n, path in enumerate(paths + ["src"], 1):
    times = (1700000000 + n) * 10**9 + 100000000 + n * 7919, (1600000000 + n * 1000) * 10**9 + 900000001 - n * 104729
    os.utime(path, ns=times, follow_symlinks=False)'
	touch -m -d '1965-03-04 05:06:07.123456789' src/file-644
	touch -m -d '2040-03-04 05:06:07.987654321' src/file-755
}

set_owners() {
	[[ $EUID -eq 0 ]] || return 0
	chown 12345:23456 src/file-644 src/dir-700 src/file-6711
	chown -h 1:2 src/link src/dangling
	chown 0:23456 src/dir-2755
	# Changing the owner clears the set-id bits.
	chmod 6711 src/file-6711
	chmod 2755 src/dir-2755
}

by_umask() {
	like_cp fixture src dst
}

under_umask() {
	umask "$1"
	by_umask
}

merged_under_umask() {
	umask "$1"
	like_cp existing_dirs -T src dst
}

existing_dirs() {
	fixture
	mkdir -p dst/dir-755 dst/dir-700
	chmod 711 dst/dir-755
	echo old >dst/file-755
	chmod 640 dst/file-755
	chmod 2750 dst/dir-700
}

# keeps OPTION: with it pcopy makes the same tree as cp, as compared by bsdtar and by stat.
keeps() {
	readable_fixture
	set_owners
	set_times
	stamps src >stamps.src
	expect_status 0 pcopy "$@" src dst
	expect_quiet
	stamps dst >stamps.dst
	diff stamps.src stamps.dst || fail "times of files differ"
	cp -r "$@" src want
	same_metadata want dst
	same_metadata src dst
}

# Prints times to the nanosecond; the access times are those of files that no command has read since.
stamps() {
	(cd "$1" && find . -type f -printf '%p %A@ %T@ %m %U %G\n' | sort)
}

# Without -p pcopy keeps no times: a new tree has new times.
default_keeps_no_times() {
	readable_fixture
	set_times
	expect_status 0 pcopy src dst
	[[ dst/file-600 -nt src/file-600 ]] || fail "an old time on a new file"
	[[ dst/dir-755 -nt src/dir-755 ]] || fail "an old time on a new directory"
}

# Metadata that an ordinary user may not preserve (the owner, set-id bits) is no error.
user_keeps() {
	user_fixture
	set_times
	become_user
	# Files of another user that everyone may read.
	if [[ $EUID -eq 0 ]]; then
		chown 0:0 src/file-644 src/file-755 src/file-4755 src/file-6711
		chmod 4755 src/file-4755 src/file-6711
	fi
	"${AS[@]}" cp -r "$@" src want
	expect_status 0 "${AS[@]}" "$PCOPY" "${P[@]}" "$@" src dst
	expect_quiet
	same_metadata want dst
}

user_by_umask() {
	become_user
	umask 027
	like_cp user_owned src dst
}

user_owned() {
	user_fixture
	become_user
}

existing_file() {
	mkdir src dst
	echo new >src/f
	echo old >dst/f
	chmod 4751 src/f
	chmod 604 dst/f
	touch -d @1500000000.123456789 src/f
	set_times
	cp -r dst want
	chmod 604 want/f
	cp -r -p -T src want
	expect_status 0 pcopy -p -T src dst
	same_metadata want dst
}

# The target's default ACL decides the modes of new entries, and may deny their owner what the copy
# itself needs: to enter and fill a directory, to open a large file again.  $list is the ACL.
inheriting() {
	mkdir -p src/sub/deep dst
	echo a >src/a
	head -c 300000 /dev/zero >src/big
	echo b >src/sub/b
	echo c >src/sub/deep/c
	mkfifo src/p
	mkfifo -m 666 src/sub/p
	"${PCOPY_PYTHON:-python3}" -S -c 'import os, stat
os.mknod("src/s", stat.S_IFSOCK | 0o644)'
	ln -s a src/link
	ln src/a src/sub/hard
	chmod 750 src/sub
	chmod 600 src/sub/b
	chmod 1777 src/sub/deep
	setfacl -d -m "$list" dst || skip "no access control lists here"
	give_to_user .
}

by_default_list() {
	list=$1
	command -v setfacl >/dev/null || skip "no setfacl"
	[[ -z $2 ]] || become_user
	alike inheriting '-T src dst/new' '-T src dst' '-p src dst' '-a -T src dst' '--no-preserve=mode -T src dst/new' \
		'-a --no-preserve=mode src dst' '--preserve=mode -T src dst' '--no-preserve=mode src/p src/s src/a dst' \
		'--parents src/sub/deep/c dst' '-p --parents src/sub/deep/c dst' '--no-preserve=mode --parents src/sub/deep/c dst' \
		'-T src dst => --chunk-size=64K -T src dst' '-a src dst => -a --chunk-size=64K src dst' \
		'--no-preserve=mode src dst => --no-preserve=mode --chunk-size=64K src dst'
}

for mask in 000 022 027 077; do
	each_pool "umask $mask" under_umask "$mask"
	each_pool "umask $mask, into existing directories" merged_under_umask "$mask"
done
for acl in u::r-x,g::r-x,o::--- u::---,g::r-x,o::---,u:7:rwx u::rw-,g::-wx,o::rwx u::rwx,u:7:rwx,g:9:-w-,o::---; do
	one_pool "default ACL $acl" by_default_list "$acl" ''
	each_pool "default ACL $acl, an ordinary user" by_default_list "$acl" yes
done
each_pool "-p" keeps -p
each_pool "-a" keeps -a
each_pool "no times by default" default_keeps_no_times
each_pool "an ordinary user, by umask" user_by_umask
each_pool "an ordinary user, -p" user_keeps -p
each_pool "an ordinary user, -a" user_keeps -a
each_pool "-p onto an existing file" existing_file
done_testing
