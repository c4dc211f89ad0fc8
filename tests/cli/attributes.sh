# Metadata that are preserved: the words of --preserve, attributes, lists, capabilities, --attributes-only.
. "$(dirname "$0")/lib.sh"

# A tree with one entry of each kind, with owners, modes, times and attributes of their own.
dressed() {
	mkdir -p src/dir dst
	echo new >src/file
	echo run >src/run
	echo in >src/dir/f
	ln -s file src/link
	mkfifo src/fifo
	ln src/file src/same
	setfattr -n user.one -v "a value" src/file 2>/dev/null || :
	setfattr -n user.dir -v dir src/dir 2>/dev/null || :
	if [[ $EUID -eq 0 ]]; then
		setfattr -n trusted.t -v secret src/file 2>/dev/null || :
		chown -h 12345:23456 src/file src/dir src/link src/fifo
		chown 12345:0 src/run
	fi
	command -v setfacl >/dev/null && setfacl -m u:1:rw,g:2:r src/file 2>/dev/null
	chmod 4751 src/run
	chmod 2711 src/dir
	chmod 604 src/fifo
	touch -h -d @1500000000.987654321 src/* src/dir/f src/dir src
}

words=('' -p -a -d --preserve --preserve=mode --preserve=ownership --preserve=timestamps --preserve=links
	--preserve=xattr --preserve=all --preserve=mode,timestamps --preserve=ownership,mode
	--preserve=mode,links,xattr '--preserve=mode --preserve=timestamps' '-p --no-preserve=mode'
	'-p --no-preserve=ownership' '-p --no-preserve=timestamps' '-a --no-preserve=links'
	'-a --no-preserve=xattr' '-a --no-preserve=mode' '-a --no-preserve=mode,timestamps'
	'-a --no-preserve=all' --no-preserve=mode --no-preserve=all '--no-preserve=mode -p'
	'--no-preserve=mode --preserve=all' '--no-preserve=links -d' '--preserve=all --no-preserve=ownership'
	--preserve=mod --preserve=own --preserve=t --preserve=mode,own,x '-a --no-preserve=own,ti'
	'--preserve=timestamps -L' '-pd' '-dp --no-preserve=links')

by_words() {
	umask "$1"
	alike dressed "${words[@]/%/ -T src dst/new}"
}

# The same tree and a target that has modes, owners and attributes of its own.
undressed() {
	dressed
	mkdir -p dst/dir
	echo old >dst/file
	echo old >dst/run
	echo old >dst/dir/f
	ln -s old dst/link
	mkfifo -m 622 dst/fifo
	echo old >dst/same
	setfattr -n user.two -v old dst/file dst/dir 2>/dev/null || :
	[[ $EUID -ne 0 ]] || chown 1:1 dst/file dst/dir
	command -v setfacl >/dev/null && setfacl -m u:3:rwx dst/file dst/dir 2>/dev/null
	chmod 640 dst/run
	chmod 700 dst/dir
	touch -h -d @1400000000 dst/* dst/dir/*
}

onto_existing() {
	alike undressed "${words[@]/%/ -T src dst}"
}

# ---- Nothing but attributes ----

only_these() {
	alike undressed '--attributes-only -T src dst' '--attributes-only -p -T src dst' \
		'--attributes-only -a -T src dst' '--attributes-only -T src dst/new' \
		'--attributes-only -a -T src dst/new' '--attributes-only -p src/file dst' \
		'--attributes-only --preserve=xattr src/file dst/run' '--attributes-only --preserve=timestamps -T src dst' \
		'--attributes-only --preserve=mode -T src dst' '--attributes-only src/file dst/missing' \
		'--attributes-only -p --no-preserve=timestamps -T src dst' '--attributes-only -a -T src/link dst/file' \
		'--attributes-only -a --remove-destination -T src/link dst/file' '--attributes-only src/fifo dst/file' \
		'--attributes-only -d -T src/link dst/new' '--attributes-only -L src/link dst/new' \
		'--attributes-only --reflink=always src/file dst/new' '--attributes-only --reflink src/file dst' \
		'--attributes-only --sparse=always src/file dst' '--attributes-only -f -p src/file dst' \
		'--attributes-only -v src/file dst' '--attributes-only -u -p src/file dst' \
		'--attributes-only -p --remove-destination src/file dst' '--attributes-only -pL src/link dst/link'
}

# --attributes-only copies the attributes of a large file, but none of its ranges.
only_of_large() {
	head -c 3000000 /dev/urandom >big
	chmod 640 big
	touch -d @1500000000.5 big
	expect_status 0 pcopy --attributes-only -p --chunk-size=1M big new
	expect_same "0 640 1500000000.5000000000" "$(find new -printf '%s %m %T@')"
	head -c 2000000 /dev/zero >old
	cp old want
	expect_status 0 pcopy --attributes-only -p --chunk-size=1M big old
	cmp want old
	expect_same "2000000 640 1500000000.5000000000" "$(find old -printf '%s %m %T@')"
	expect_no_temporary .
}

# The attributes of an unreadable file could be copied; but cp opens the file first, and pcopy does likewise.
only_of_unreadable() {
	become_user
	like_cp closed_file --attributes-only -p a new
	rm -rf cp* pcopy*
	like_cp closed_file --attributes-only -p a b
}

closed_file() {
	echo a >a
	echo b >b
	chmod 000 a
	touch -d @1500000000 a b
	give_to_user .
}

# ---- Targets that cannot hold attributes ----

# mount_ramfs: mounts a ramfs at ./mnt, which supports neither attributes nor lists.
mount_ramfs() {
	[[ $EUID -eq 0 ]] || skip "only root can mount"
	[[ -n ${PCOPY_TEST_NS:-} ]] || skip "no private mount namespace here"
	mkdir mnt
	mount -t ramfs ramfs mnt || skip "cannot mount a ramfs"
	touch mnt/x
	! setfattr -n user.x -v x mnt/x 2>/dev/null || skip "attributes on a ramfs"
	rm mnt/x
}

no_room() {
	mount_ramfs
	dressed
	[[ $(getfattr -d src/file) ]] || skip "no attributes here"
	local options source rc
	for options in '' -a -p --preserve=all --preserve=xattr '-a --preserve=xattr' --preserve=mode \
		'--preserve=xattr -a' '--preserve=all --preserve=xattr' '--preserve=xattr --no-preserve=xattr' \
		'-a --no-preserve=xattr' '--preserve=all -a' '--attributes-only --preserve=xattr'; do
		for source in src src/file src/same; do
			mkdir mnt/cp mnt/pcopy
			rc=0
			cp -r $options $source mnt/cp 2>raw.cp || rc=1
			sed 's|mnt/cp|mnt/T|g' raw.cp | said - >said.cp
			echo $rc >>said.cp
			rc=0
			"$PCOPY" "${P[@]}" $options $source mnt/pcopy 2>raw.pcopy || rc=1
			# A warning about several entries is reported once, with their number.
			sed 's|mnt/pcopy|mnt/T|g' raw.pcopy | said - >said.pcopy
			echo $rc >>said.pcopy
			# As in cp, a list that the target cannot hold is an error, which is reported before the
			# entry's attributes.  pcopy gives the group only the rights of the list, so the states differ.
			if grep -q 'preserving permissions' raw.cp; then
				sed -i '/setting attributes/d' said.cp said.pcopy
			else
				same_state mnt/cp mnt/pcopy
			fi
			diff said.cp said.pcopy || fail "cp -r $options $source"
			rm -r mnt/cp mnt/pcopy
		done
	done
}

# For a directory behind a link, pcopy copies the directory's attributes; cp -L reads those of the link, which has none.
behind_links() {
	mkdir -p real src
	echo f >real/f
	setfattr -n user.dir -v dir real 2>/dev/null || skip "no attributes here"
	ln -s ../real src/link
	expect_status 0 pcopy -aL src dst
	expect_same dir "$(getfattr --only-values -n user.dir dst/link)"
}

# ---- Access control lists ----

listed() {
	mkdir -p src/dir dst
	echo f >src/f
	echo g >src/g
	echo in >src/dir/f
	setfacl -m u:1:rw,g:2:r src/f 2>/dev/null || skip "no access control lists here"
	setfacl -m u:1:rwx,m::r src/dir
	setfacl -d -m u:7:rwx,o::- src/dir
	setfacl -d -m u:9:rwx,g:9:r,g::rwx dst
	chmod 640 src/g
	mkdir dst/dir
	echo old >dst/g
	setfacl -m u:3:rw dst/g
}

lists() {
	command -v setfacl >/dev/null || skip "no setfacl"
	umask "$1"
	alike listed '-T src dst/new' '-p -T src dst/new' '-a -T src dst/new' '-T src dst' '-p -T src dst' \
		'-a -T src dst' '--preserve=mode -T src dst' '--no-preserve=mode -T src dst' \
		'-p --no-preserve=mode -T src dst' '--attributes-only -p src/f dst' '--attributes-only -p src/f dst/g' \
		'-p src/f dst/g' 'src/f dst/g' '-p src/g dst' '--preserve=timestamps src/f dst' \
		'-p --parents src/dir/f dst' '-p --remove-destination src/g dst' '-l src/f dst'
}

# getfacl compares the lists, too, since the comparison above sees them only as attributes.
lists_kept() {
	command -v setfacl >/dev/null || skip "no setfacl"
	listed
	expect_status 0 pcopy -p src/f got
	diff <(getfacl -n src/f | sed 1d) <(getfacl -n got | sed 1d)
	expect_status 0 pcopy src/f plain
	expect_same 3 "$(getfacl -n --omit-header plain | grep -c :)" "entries of a list by default"
}

# ---- Capabilities, set-user-ID ----

capable() {
	mkdir dst
	echo run >run
	chmod 755 run
	[[ $EUID -ne 0 ]] || chown 12345:0 run
	setcap cap_net_bind_service=ep run 2>/dev/null || skip "cannot set capabilities"
	echo old >dst/run
	[[ $EUID -ne 0 ]] || chmod 4755 dst/run
}

capabilities() {
	command -v setcap >/dev/null || skip "no setcap"
	alike capable 'run new' '-p run new' '-a run new' '--preserve=xattr run new' '--preserve=all run new' \
		'-a run dst' '-p run dst' 'run dst' '--preserve=xattr run dst' '-a --no-preserve=xattr run new' \
		'-a --no-preserve=ownership run new' '-l run new' '--attributes-only -a run dst' \
		'--attributes-only -a run new' '--preserve=xattr,ownership run new'
	[[ $(getcap pcopy/3/new) == *net_bind* && -z $(getcap pcopy/2/new) ]] || fail "$(getcap pcopy/*/new)"
}

capabilities_of_users() {
	command -v setcap >/dev/null || skip "no setcap"
	[[ $EUID -eq 0 ]] || skip "only root sets them"
	chmod 777 .
	AS=(setpriv --reuid=65534 --regid=65534 --clear-groups --)
	JUDGE=$1
	like_cp capable_for_all "${@:2}"
}

# An attribute that cannot be set is an error if it was requested by name; cp reports the attribute twice.
capability_refused() {
	chmod 777 .
	AS=(setpriv --reuid=65534 --regid=65534 --clear-groups --)
	mkdir cp pcopy
	(cd cp && capable_for_all && ! "${AS[@]}" cp -r --preserve=xattr run new 2>/dev/null)
	cd pcopy
	capable_for_all
	expect_status 1 "${AS[@]}" "$PCOPY" --preserve=xattr run new
	expect_same 1 "$(grep -c "'new': Operation not permitted" "$err")" "messages"
	cd ..
	same_state cp pcopy
}

capable_for_all() {
	capable
	chmod 777 . dst
}

# A set-ID bit that would grant rights is dropped where the owner cannot be preserved.
lending() {
	mkdir -p src/d dst
	for mode in 4755 2755 6755 4711 1755; do
		echo "$mode" >"src/$mode"
		echo "$mode" >"src/mine-$mode"
		mkdir "src/d/$mode"
	done
	if [[ $EUID -eq 0 ]]; then
		chown -R 65534:65534 .
		chown 0:0 src/[0-9]* src/d/4755 src/d/1755
		chown 65534:0 src/2755 src/d/2755
	fi
	for mode in 4755 2755 6755 4711 1755; do
		chmod "$mode" "src/$mode" "src/mine-$mode" "src/d/$mode"
	done
	chmod 755 src/4711
	chmod 4755 src/4711
}

lent() {
	become_user
	like_cp lending "$@" -T src dst
}

# A group is preserved if the user is a member of it.
groups() {
	mkdir -p src dst
	for group in 0 12345 23456 65534; do
		echo "$group" >"src/f-$group"
		mkdir "src/d-$group"
		chown "65534:$group" "src/f-$group" "src/d-$group"
		chmod 2750 "src/f-$group" "src/d-$group"
	done
	chown 65534:65534 . src dst
}

groups_kept() {
	[[ $EUID -eq 0 ]] || skip "only root gives to other groups"
	become_user
	AS=(setpriv --reuid=65534 --regid=65534 --groups=65534,12345 --)
	like_cp groups "$@" -T src dst
}

# A file that is overwritten loses its privileges, even where both files are empty.
privileged() {
	: >empty
	echo data >full
	chmod 755 empty full
	for one in empty full; do
		cp "$one" "old-$one"
		cp "$one" "set-$one"
		cp "$one" "cap-$one"
		give_to_user "$one" "set-$one" "old-$one"
		chmod 6755 "set-$one"
		[[ $EUID -ne 0 ]] || setcap cap_net_raw=ep "cap-$one" 2>/dev/null || skip "cannot set capabilities"
	done
	chmod 777 .
	cp -p set-full onto-set-full
	cp -p set-full another
	cp -p set-empty onto-set-empty
}

no_privileges() {
	local from to commands=()
	for from in empty full; do
		for to in set-empty set-full cap-empty cap-full; do
			commands+=("$from $to" "-f $from $to" "--attributes-only $from $to" "-u $from $to")
		done
	done
	alike privileged "${commands[@]}"
	[[ $EUID -eq 0 ]] || return 0
	rm -rf -- *
	chmod 777 .
	AS=(setpriv --reuid=65534 --regid=65534 --clear-groups --)
	# The same as the files' owner, who may write but has no other rights; and with the bits preserved.
	alike privileged "${commands[@]}" '-p set-full onto-set-full' '-a set-empty onto-set-empty' \
		'-p another onto-set-full' '-p set-empty onto-set-full' '-p set-full set-empty' \
		'--preserve=mode set-full onto-set-full'
}

# ---- Words that do not exist ----

wrong_words() {
	echo a >a
	for words in --preserve=foo --preserve= --no-preserve= --no-preserve=foo --preserve=mode,foo \
		--preserve=mode,, --no-preserve --sparse=some --sparse \
		'--sparse=always --reflink' '--sparse=never --reflink=always'; do
		expect_status 2 pcopy $words a b
		[[ -s $err ]] || fail "no message for $words"
		expect_missing b
	done
}

# Without SELinux there is no context to preserve: like cp, pcopy reports this if it was requested by name.
context() {
	[[ ! -e /sys/fs/selinux/enforce ]] || skip "SELinux is on"
	alike dressed '-a src/file new' '--preserve=all src/file new' '--preserve=context src/file new' \
		'-a --preserve=context src/file new' '--preserve=context,mode src dst' \
		'--no-preserve=context src/file new' '-a --no-preserve=context src/file new' \
		'--preserve=context --no-preserve=context src/file new'
}

each_pool "words, umask 022" by_words 022
one_pool "words, umask 077" by_words 077
# While pcopy sets the attributes of a directory, the directory stays searchable: another worker may be
# on its way to a name in it, to which it links.
always_passable() {
	[[ $EUID -eq 0 ]] || skip "only root can hand a directory to another"
	command -v strace >/dev/null || skip "no strace"
	mkdir -p src/sub dst
	setfattr -n user.kept -v yes src/sub 2>/dev/null || skip "no attributes here"
	chmod 555 src/sub
	become_user
	chgrp 65533 dst
	chmod 2775 dst
	expect_status 0 "${AS[@]}" strace -f -y -qq -e trace=fchmod -o calls "$PCOPY" "${P[@]}" -a src dst
	# the owner's digit is odd (searchable) in each mode that the directory had
	expect_same "" "$(grep -E 'fchmod\([^>]*/sub>, [0-7]*[0246][0-7]{2}[ )]' calls || :)"
	grep -q 'fchmod(.*/sub>, 0555[ )]' calls || fail "$(cat calls)"
	expect_same yes "$(getfattr --only-values -n user.kept dst/src/sub)"
	expect_same 555 "$(stat -c %a dst/src/sub)"
}
each_pool "directories can be gone through" always_passable

check "words, umask 000" by_words 000
check "words, onto what is there" onto_existing
each_pool "--attributes-only" only_these
each_pool "--attributes-only of a large file" only_of_large
check "--attributes-only of what cannot be read" only_of_unreadable
check "no room for attributes" no_room
check "attributes behind links" behind_links
each_pool "access control lists, umask 022" lists 022
check "access control lists, umask 027" lists 027
check "access control lists, as getfacl shows them" lists_kept
check "capabilities" capabilities
check "capabilities copied by a user, -a" capabilities_of_users all -a run new
check "capabilities copied by a user" capabilities_of_users all run new
check "capabilities copied by a user, --preserve=xattr" capability_refused
for options in '' -p -a --preserve=mode --preserve=ownership '-p --no-preserve=ownership' \
	'-a --no-preserve=mode'; do
	check "set-id bits, a user's copy, options: $options" lent $options
done
for options in -p -a --preserve=ownership --preserve=mode; do
	check "groups of a user, $options" groups_kept $options
done
check "privileges of what is written over" no_privileges
check "wrong words" wrong_words
check "--preserve=context without SELinux" context
# The rules of /etc/xattr.conf, which the C library of attributes reads for cp.  In pcopy an attribute of the
# class `permissions` is copied with the mode; cp 9.1 leaves it to the code that handles such a list.
ruled() {
	[[ $EUID -eq 0 && -n ${PCOPY_TEST_NS:-} && -e /etc/xattr.conf ]] || skip "nothing can be bound here"
	printf '%s\n' '# a comment' 'user.skipped skip' 'user.cache.*	skip # why' >conf
	mount --bind conf /etc/xattr.conf || skip "cannot bind"
	mkdir -p src/sub
	local name
	for name in user.kept user.skipped user.skipped2 user.cache.a user.cache trusted.kept; do
		echo f >"src/$name"
		setfattr -n "$name" -v 1 "src/$name" || skip "no attributes here"
		setfattr -n "$name" -v 1 src/sub
	done
	for how in -a --preserve=xattr --preserve=mode; do
		rm -rf want got
		cp -r "$how" src want
		expect_status 0 pcopy "$how" src got
		expect_quiet
		diff <(attributes_below want) <(attributes_below got)
		! has_archive || expect_status 0 pcopy --verify-only --verify=archive "$how" src got
	done
	echo 'user.kept permissions' >conf
	expect_status 0 pcopy -r --preserve=xattr src asked
	expect_missing_attribute user.kept asked/user.kept
	expect_status 0 pcopy -p src mode
	expect_same 1 "$(getfattr --only-values -n user.kept mode/user.kept)"
	umount /etc/xattr.conf
}

attributes_below() {
	(cd "$1" && find . | sort | xargs getfattr -h -d -m - --) 2>/dev/null
}

expect_missing_attribute() {
	! getfattr -n "$1" "$2" 2>/dev/null || fail "$2 has $1"
}

# Attributes that a file system reserves for itself are not copied.
of_file_systems() {
	[[ $EUID -eq 0 ]] || skip "only root sees trusted attributes"
	mkdir src
	local name
	for name in lov lma lmv link fid overlay.opaque kept; do
		setfattr -n "trusted.$name" -v y src || skip "no trusted attributes here"
	done
	for how in -a --preserve=xattr; do
		rm -rf dst
		expect_status 0 pcopy "$how" src dst
		expect_quiet
		expect_same trusted.kept "$(getfattr -m - dst 2>/dev/null | grep trusted)"
		! has_archive || expect_status 0 pcopy --verify-only --verify=archive "$how" src dst
	done
}

# pcopy does not take the cached attributes of a file that it could not copy for those of the next file.
# With few descriptors the next file gets the same descriptor; and a target with several hard links is
# written in place, so that no other step lists the attribute names of the next file.
behind_a_failure() {
	mkdir src dst
	head -c 400000 /dev/zero >src/large
	echo new >src/f
	setfattr -n user.kept -v yes src/f 2>/dev/null || skip "no attributes here"
	echo old >dst/f
	touch -d 2001-01-01 dst/f
	ln dst/f other
	(
		trap '' XFSZ
		ulimit -f 300
		ulimit -n "$1"
		expect_status 1 "$PCOPY" "${P[@]}" --queue-depth=1 -p --preserve=xattr -u src/large src/f dst
	)
	expect_stderr "pcopy: error writing 'dst/large': File too large"
	expect_missing dst/large
	expect_same new "$(<other)"
	expect_same yes "$(getfattr --only-values -n user.kept other)"
}

# More attribute names than fit into the initial buffer.
many_names() {
	local i
	mkdir src
	echo new >src/f
	for i in {1..30}; do
		setfattr -n "user.a-rather-long-name-$i" -v "$i" src/f 2>/dev/null || skip "no attributes here"
	done
	expect_status 0 pcopy -r --preserve=xattr src dst
	expect_quiet
	diff <(attributes_below src) <(attributes_below dst)
	expect_status 0 pcopy -a src again
	diff <(attributes_below src) <(attributes_below again)
}

each_pool "attributes behind a file that failed" behind_a_failure 20
each_pool "many attributes" many_names
each_pool "attributes that a file system keeps for itself" of_file_systems
each_pool "rules of /etc/xattr.conf" ruled
done_testing
